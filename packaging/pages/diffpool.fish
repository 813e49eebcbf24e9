# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_diffpool_global_optspecs
    string join \n h/help V/version
end

function __fish_diffpool_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_diffpool_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_diffpool_using_subcommand
    set -l cmd (__fish_diffpool_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c diffpool -n "__fish_diffpool_needs_command" -s h -l help -d 'Print help'
complete -c diffpool -n "__fish_diffpool_needs_command" -s V -l version -d 'Print version'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "bench" -d 'How fast this machine predicts and trains'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "convert" -d 'Convert data sets between formats, weights from and to PyTorch, and models to ONNX'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "cross-validate" -d 'Judge a model by ten folds, under a published protocol'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "evaluate" -d 'Losses, metrics and confusion of a model on graphs that are known'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "explain" -d 'Draw what a model makes of a graph, and which of its nodes mattered'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "inspect" -d 'What a model, a checkpoint or a data set holds'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "predict" -d 'Predict graphs'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "report" -d 'Write a page of results from the runs of cross-validate'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "train" -d 'Train a model'
complete -c diffpool -n "__fish_diffpool_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l graphs -d 'Number of generated graphs' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l preset -d 'Named configuration to start from' -r -f -a "default\t''
tuned\t''
molecules\t''
paper\t''
authors\t''
pyg\t''
errica\t''
ogb-code2\t''
mincut\t''
dmon\t''
just_balance\t''"
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l config -d 'JSON or TOML file (`*.toml`) with keys of the configuration' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l set -d 'A key of the configuration and its value, as JSON or as a word, such as epochs=50 or clusters=[32,8]; may be given again. --print-config prints every key with its value, and docs/configuration.md says what they mean' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l runs -d 'Measurements of each kind' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l threads -d 'Threads where many are used; 0 is one a core' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l print-config -d 'Print the configuration that would be used, as JSON, and do nothing'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -l json -d 'Print everything as one JSON object'
complete -c diffpool -n "__fish_diffpool_using_subcommand bench" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and not __fish_seen_subcommand_from data weights help" -s h -l help -d 'Print help'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and not __fish_seen_subcommand_from data weights help" -f -a "data" -d 'Write a data set in another format'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and not __fish_seen_subcommand_from data weights help" -f -a "weights" -d 'Make a model of the weights of a PyTorch model, or a state dict or an ONNX file of a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and not __fish_seen_subcommand_from data weights help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -s o -l output -d 'File or folder to write. A folder must not be there yet, or be empty' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l to -d 'Format to write; by default what the name of the output says: `*.jsonl`, `*.jsonl.gz` (compressed), `*.safetensors`, or a folder where it ends in a slash' -r -f -a "file\t'Data set file of this library'
jsonl\t'One graph a line, each a JSON object'
tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l words -d 'The labels of the Open Graph Benchmark folder are words, of which so many, the most frequent, are told apart and five are to be predicted' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l splits -d 'Published folds, as JSON, of which --fold is the split of the Open Graph Benchmark folder that is written' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l fold -d 'Which fold, from 0' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -l json -d 'Print what was written as JSON'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from data" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l to -d 'What a model becomes; by default what the name of the output says: `*.onnx`, else a state dict' -r -f -a "torch\t'State dict of a PyTorch model'
onnx\t'ONNX file, of opset 17'"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l source -d 'Which PyTorch model it is; by default what the names of the tensors, or the model\'s preset, say' -r -f -a "pyg\t'The example `proteins_diff_pool.py` of PyTorch Geometric'
errica\t'`DiffPool` of Errica et al., gnn-comparison'
authors\t'`SoftPoolingGcnEncoder` and `GcnEncoderGraph` of RexYing/diffpool'
ogb-code2\t'The DiffPool entry for ogbg-code2'"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l key -d 'Entry of the mapping in a file of torch.save that is the state dict' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l like -d 'Model that has the same features and classes; on the way back, a state dict of the model that is to be filled, whose names and shapes are compared' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l data -d 'Data set that has the features and classes' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l preset -d 'Named configuration to start from' -r -f -a "default\t''
tuned\t''
molecules\t''
paper\t''
authors\t''
pyg\t''
errica\t''
ogb-code2\t''
mincut\t''
dmon\t''
just_balance\t''"
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l config -d 'JSON or TOML file (`*.toml`) with keys of the configuration' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l set -d 'A key of the configuration and its value, as JSON or as a word, such as epochs=50 or clusters=[32,8]; may be given again. --print-config prints every key with its value, and docs/configuration.md says what they mean' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l batched -d 'The ONNX file takes batches of padded graphs with a mask, in place of one graph'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -l print-config -d 'Print the configuration that would be used, as JSON, and do nothing'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from weights" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from help" -f -a "data" -d 'Write a data set in another format'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from help" -f -a "weights" -d 'Make a model of the weights of a PyTorch model, or a state dict or an ONNX file of a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand convert; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l preset -d 'Named configuration to start from' -r -f -a "default\t''
tuned\t''
molecules\t''
paper\t''
authors\t''
pyg\t''
errica\t''
ogb-code2\t''
mincut\t''
dmon\t''
just_balance\t''"
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l config -d 'JSON or TOML file (`*.toml`) with keys of the configuration' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l set -d 'A key of the configuration and its value, as JSON or as a word, such as epochs=50 or clusters=[32,8]; may be given again. --print-config prints every key with its value, and docs/configuration.md says what they mean' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l protocol -d 'How the model is judged' -r -f -a "fair\t'Errica et al., ICLR 2020: in each of ten folds the configuration is chosen on a validation part, then trained anew several times; the test part is looked at once a run'
paper\t'The code of Ying et al., NeurIPS 2018: ten folds without a test part, and the epoch that is best for the mean of the folds. An optimistic number'"
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -s o -l output -d 'File of finished runs, one line of JSON each; it is added to' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l splits -d 'Published folds, as JSON. By default splits/NAME.json beside the data set or in a folder of DIFFPOOL_DATA; where there is none, folds are drawn from the seed, with the same share of every class' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l grid -d 'Configurations to choose from: `small`, which is built in, or a JSON file with an array of objects of keys' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l folds -d 'Only these folds, counted from 0, such as 0,1,5-9' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l repeats -d 'Runs of the chosen configuration on every fold under `fair`, each with a seed of its own' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l jobs -d 'Runs at the same time, of one thread each; 0 is one a core' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l name -d 'What the model is called in tables; by default the name of its preset' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l print-config -d 'Print the configuration that would be used, as JSON, and do nothing'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -l json -d 'Print the outcome as JSON'
complete -c diffpool -n "__fish_diffpool_using_subcommand cross-validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l graphs -d 'Only these graphs, counted from 0, such as 0,1,5-9' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l splits -d 'Published folds, as JSON, of which --fold is one: only the graphs of --part' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l fold -d 'Which fold, from 0' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l part -d 'Which part of the fold, or of the split that comes with a folder of the Open Graph Benchmark: by default those to judge by' -r -f -a "train\t'Graphs to train on'
validation\t'Graphs to choose by'
test\t'Graphs to judge by'
all\t'All graphs'"
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l ogb-split -d 'Which split of a folder of the Open Graph Benchmark; by default the only one there' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l threads -d 'Threads; 0 is one a core. The numbers do not depend on it' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -l json -d 'Print everything as one JSON object'
complete -c diffpool -n "__fish_diffpool_using_subcommand evaluate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l index -d 'Which graph of the data set, counted from 0' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -s o -l output -d 'File to write; - is standard output' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l out-format -d 'What to write; by default what the name of the file ends in' -r -f -a "html\t'A page to look around in'
svg\t'A picture'
json\t'All numbers'
dot\t'Graphs for Graphviz'"
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l class -d 'Class to explain, or number of a logit; by default the predicted one' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l tensors -d 'Print range, mean and deviation of every tensor of a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l features -d 'Print the name of every feature column of a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l config -d 'Print the configuration of a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l history -d 'Print every epoch of a training run'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -l json -d 'Print everything as one JSON object'
complete -c diffpool -n "__fish_diffpool_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l graphs -d 'Only these graphs, counted from 0, such as 0,1,5-9' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l splits -d 'Published folds, as JSON, of which --fold is one: only the graphs of --part' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l fold -d 'Which fold, from 0' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l part -d 'Which part of the fold, or of the split that comes with a folder of the Open Graph Benchmark: by default those to judge by' -r -f -a "train\t'Graphs to train on'
validation\t'Graphs to choose by'
test\t'Graphs to judge by'
all\t'All graphs'"
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l ogb-split -d 'Which split of a folder of the Open Graph Benchmark; by default the only one there' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l threads -d 'Threads; 0 is one a core. The numbers do not depend on it' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -s o -l output -d 'File to write, replaced when all is done; by default, and where it is -, standard output' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l out-format -d 'Format of the output; by default a table where the file is called *.csv, else JSON lines' -r -f -a "jsonl\t'One JSON object a graph'
csv\t'A table with a header'"
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l embedding -d 'Add the vector that represents the graph: what the last layers of the model read'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l assignments -d 'Add the assignment matrix of every pooling level, a row a node'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l logits -d 'Add the logits'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l keep-going -d 'Go on after a graph that is refused: its line says why, in place of a prediction'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -l json -d 'The output is JSON lines anyway; for likeness with other commands'
complete -c diffpool -n "__fish_diffpool_using_subcommand predict" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -s o -l output -d 'The page, as Markdown; by default it is printed' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -l plots -d 'Folder for learning curves, one SVG picture a data set and protocol' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -l preface -d 'Markdown that becomes the beginning of the page' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -l notes -d 'Markdown that is put between the tables of all data sets and what is said of each' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -l check -d 'Write nothing; end with exit code 9 where the page or a picture on disk is not what would be written'
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -l json -d 'Print one line of JSON a model, data set and protocol'
complete -c diffpool -n "__fish_diffpool_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l data -d 'Data set: a path, or a name within the folders that the variable DIFFPOOL_DATA lists; `-` for JSON lines from standard input; synthetic:KIND[:GRAPHS[:SEED]] for graphs that the library draws' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l format -d 'Format of the data set; by default what it looks like' -r -f -a "tu\t'Folder in the format of the TUDataset collection'
ogb\t'Raw folder of the Open Graph Benchmark'
jsonl\t'One graph a line, each a JSON object'
file\t'Data set file of this library'
synthetic\t'Graphs that the library draws: synthetic:KIND[:GRAPHS[:SEED]], of 200 graphs and seed 0 where they are left out'"
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l data-name -d 'Which data set of a folder in TU format that holds several: what the names of its files begin with' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l preset -d 'Named configuration to start from' -r -f -a "default\t''
tuned\t''
molecules\t''
paper\t''
authors\t''
pyg\t''
errica\t''
ogb-code2\t''
mincut\t''
dmon\t''
just_balance\t''"
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l config -d 'JSON or TOML file (`*.toml`) with keys of the configuration' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l set -d 'A key of the configuration and its value, as JSON or as a word, such as epochs=50 or clusters=[32,8]; may be given again. --print-config prints every key with its value, and docs/configuration.md says what they mean' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l validation -d 'Share of the graphs that are held out to validate on, of every class the same; 0 is none. A tenth, where nothing else divides the graphs' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l test -d 'Share of the graphs that are held out to test on at the end, of every class the same' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l splits -d 'Published folds, as JSON, of which --fold is one' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l fold -d 'Which fold, from 0' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l train-graphs -d 'File with the numbers, from 0, of the graphs to train on' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l validation-graphs -d 'The same of the graphs to validate on' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l test-graphs -d 'The same of the graphs to test on' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l ogb-split -d 'Which split of a folder of the Open Graph Benchmark, such as scaffold. The only one there is taken where no other option divides the graphs' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -s o -l output -d 'File to write the model to, when training has ended' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l checkpoint -d 'File to write the state of the run to, on the way and at the end; by default that of --resume' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l checkpoint-every -d 'Epochs between two checkpoints; by default the key checkpoint_every, or 10' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l resume -d 'Checkpoint to go on from: of the same data, division and configuration, but for epochs, threads and checkpoint_every. Keys that are not named are those of the checkpoint' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l report -d 'File to write a page about the run to, as HTML: curves, results, calibration, the best and the worst graphs' -r -F
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l seconds -d 'Stop after the epoch in which so many seconds have passed' -r
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l directed -d 'Edges keep their direction'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l drop-self-loops -d 'Leave out edges from a node to itself, as PyTorch Geometric reads a folder in TU format; the key self_loops makes a model do so with all graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l skip-empty -d 'Leave out the graphs of a folder in TU format that have no nodes, which are an error otherwise'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l print-config -d 'Print the configuration that would be used, as JSON, and do nothing'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l json -d 'Print an object an epoch and one at the end, as JSON'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -l quiet -d 'Print nothing on the way'
complete -c diffpool -n "__fish_diffpool_using_subcommand train" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "bench" -d 'How fast this machine predicts and trains'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "convert" -d 'Convert data sets between formats, weights from and to PyTorch, and models to ONNX'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "cross-validate" -d 'Judge a model by ten folds, under a published protocol'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "evaluate" -d 'Losses, metrics and confusion of a model on graphs that are known'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "explain" -d 'Draw what a model makes of a graph, and which of its nodes mattered'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "inspect" -d 'What a model, a checkpoint or a data set holds'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "predict" -d 'Predict graphs'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "report" -d 'Write a page of results from the runs of cross-validate'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "train" -d 'Train a model'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and not __fish_seen_subcommand_from bench convert cross-validate evaluate explain inspect predict report train help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and __fish_seen_subcommand_from convert" -f -a "data" -d 'Write a data set in another format'
complete -c diffpool -n "__fish_diffpool_using_subcommand help; and __fish_seen_subcommand_from convert" -f -a "weights" -d 'Make a model of the weights of a PyTorch model, or a state dict or an ONNX file of a model'
