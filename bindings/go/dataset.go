package diffpool

// #include <diffpool.h>
import "C"

import "fmt"

// Dataset is a list of graphs, each with its class. Other targets can be given to them once all are there, see
// [Dataset.SetTargets] and [Dataset.SetSequences].
type Dataset struct {
	datasetOwner
}

// DatasetOptions says how the graphs of a data set are read.
type DatasetOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool
	// NodeLabels says that graphs come with a label for every node. Files decide this by themselves.
	NodeLabels bool
	// Categories is how many categories every node comes with. Files decide this by themselves.
	Categories int
	// EdgeLabels says that graphs come with a label for every edge. Files decide this by themselves.
	EdgeLabels bool
}

func (o DatasetOptions) flags() C.uint32_t {
	var flags C.uint32_t
	if o.Directed {
		flags |= C.DIFFPOOL_DATASET_DIRECTED
	}
	if o.NodeLabels {
		flags |= C.DIFFPOOL_DATASET_NODE_LABELS
	}
	if o.EdgeLabels {
		flags |= C.DIFFPOOL_DATASET_EDGE_LABELS
	}
	return flags
}

func newDataset(make func(out **C.diffpool_dataset, failure *cError) cStatus) (*Dataset, error) {
	owner, err := newOwner(func(dataset *C.diffpool_dataset) { C.diffpool_dataset_free(dataset) }, make)
	if err != nil {
		return nil, err
	}
	return &Dataset{owner}, nil
}

func (*Dataset) what() string {
	return "data set"
}

// NewDataset returns a data set without graphs, whose nodes will have this many features.
func NewDataset(name string, features int, options DatasetOptions) (*Dataset, error) {
	size, err := toSize("features", features)
	if err != nil {
		return nil, err
	}
	categories, err := toSize("categories", options.Categories)
	if err != nil {
		return nil, err
	}
	text, err := toText("the name", name)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_new(text, size, categories, options.flags(), out, failure)
	})
}

// LoadTU reads a folder in the format of the TU Dortmund collection. Its files decide what nodes and edges come with:
// of the options only Directed may be set, and any other one is an error.
func LoadTU(folder string, options DatasetOptions) (*Dataset, error) {
	if other := (DatasetOptions{Directed: options.Directed}); options != other {
		return nil, &Error{InvalidArgument, fmt.Sprintf(
			"of the options only Directed can be set for a folder in TU format, but they are %+v", options)}
	}
	path, err := toText("the folder", folder)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_load_tu(path, options.flags(), out, failure)
	})
}

// OGBOptions says how a folder of the Open Graph Benchmark is read.
type OGBOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool
	// NextTokenEdges joins successive tokens of syntax trees.
	NextTokenEdges bool
	// EdgeData keeps labels or attributes of the edges.
	EdgeData bool
	// Vocabulary is 0 where labels are numbers. Where they are words it is how many of them a model tells apart, and
	// Length how many it predicts: 5000 and 5 for ogbg-code2.
	Vocabulary int
	Length     int
	// Split names the split whose training graphs have the vocabulary; empty is the only one there.
	Split string
}

func (o OGBOptions) flags() C.uint32_t {
	flags := DatasetOptions{Directed: o.Directed}.flags()
	if o.NextTokenEdges {
		flags |= C.DIFFPOOL_DATASET_NEXT_TOKEN_EDGES
	}
	if o.EdgeData {
		flags |= C.DIFFPOOL_DATASET_EDGE_DATA
	}
	return flags
}

// LoadOGB reads a folder of the Open Graph Benchmark in its raw form.
func LoadOGB(folder string, options OGBOptions) (*Dataset, error) {
	vocabulary, err := toSize("the vocabulary", options.Vocabulary)
	if err != nil {
		return nil, err
	}
	length, err := toSize("the length", options.Length)
	if err != nil {
		return nil, err
	}
	path, err := toText("the folder", folder)
	if err != nil {
		return nil, err
	}
	split, err := toOptionalText("the split", options.Split)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_load_ogb(path, split, vocabulary, length, options.flags(), out, failure)
	})
}

// Synthetic makes one of the built-in benchmarks from a seed: "ba" or "hierarchy" of the paper's authors, or
// "syntax_trees".
func Synthetic(kind string, graphs int, seed uint64) (*Dataset, error) {
	size, err := toSize("graphs", graphs)
	if err != nil {
		return nil, err
	}
	name, err := toText("the kind", kind)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_synthetic(name, size, C.uint64_t(seed), out, failure)
	})
}

// OpenDataset opens a file that [Dataset.Save] wrote. Its graphs stay in the file, which may be larger than memory, and
// none can be added to them. The file must not be changed in place or shortened while the data set, or a trainer that
// was made with it, is open: that may end the process. Replacing or removing it is harmless.
func OpenDataset(path string) (*Dataset, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_open(text, out, failure)
	})
}

// Save writes the data set to a file for [OpenDataset]: it is either the complete new file or, after an error, what was
// there before.
func (d *Dataset) Save(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_save(dataset, text, failure)
	})
}

// Close frees the data set.
func (d *Dataset) Close() error {
	return closeObject[*C.diffpool_dataset](d)
}

// Add copies a graph of the class y into the data set. When it fails the data set is as it was before.
func (d *Dataset) Add(graph Graph, y int) error {
	class, err := toSize("the class", y)
	if err != nil {
		return err
	}
	features, err := readSize(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_features(dataset, out, failure)
	})
	if err != nil {
		return err
	}
	// Both numbers stay as they are. Should the data set be closed by now, the call below says so.
	if err := graph.checkLengths(features, d.Categories()); err != nil {
		return err
	}
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		if graph.isCSR() {
			return C.diffpool_dataset_add_csr(dataset, C.size_t(graph.Nodes), lengthOf(graph.Indices),
				int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
				int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
				int64Pointer(graph.NodeLabels), class, failure)
		}
		return C.diffpool_dataset_add_edges(dataset, C.size_t(graph.Nodes), lengthOf(graph.Sources),
			int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), class, failure)
	})
}

// SetClassNames names the classes.
func (d *Dataset) SetClassNames(names ...string) error {
	return withNames(names, func(array **C.char, count C.size_t) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_set_class_names(dataset, array, count, failure)
		})
	})
}

// Len returns the number of graphs; like the other counts it is 0 for a closed data set.
func (d *Dataset) Len() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_length(dataset, out, failure)
	})
}

// Classes returns the number of classes.
func (d *Dataset) Classes() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_classes(dataset, out, failure)
	})
}

// Features returns the number of features that every node comes with.
func (d *Dataset) Features() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_features(dataset, out, failure)
	})
}

// Categories returns the number of categories that every node comes with.
func (d *Dataset) Categories() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_categories(dataset, out, failure)
	})
}

// TotalNodes returns the number of nodes of all graphs.
func (d *Dataset) TotalNodes() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_total_nodes(dataset, out, failure)
	})
}

// ClassName returns the name of class y; for files it is the label in the file.
func (d *Dataset) ClassName(y int) (string, error) {
	index, err := toSize("the class", y)
	if err != nil {
		return "", err
	}
	return readText(d, func(dataset *C.diffpool_dataset, out **C.char, failure *cError) cStatus {
		return C.diffpool_dataset_class_name(dataset, index, out, failure)
	})
}

// Summary describes the data set as JSON.
func (d *Dataset) Summary() (string, error) {
	return readText(d, func(dataset *C.diffpool_dataset, out **C.char, failure *cError) cStatus {
		return C.diffpool_dataset_summary_json(dataset, out, failure)
	})
}

// Class returns the class of graph i.
func (d *Dataset) Class(i int) (int, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return 0, err
	}
	return readSize(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_class_of(dataset, index, out, failure)
	})
}

// Graph returns a copy of graph i, with its edges as rows of neighbours: sorted, without doubles, and both ways unless
// the data set is directed.
func (d *Dataset) Graph(i int) (Graph, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Graph{}, err
	}
	return whileReading(d, func(dataset *C.diffpool_dataset) (Graph, error) { return copyGraph(dataset, index) })
}

func copyGraph(dataset *C.diffpool_dataset, index C.size_t) (Graph, error) {
	graph, err := copyEdges(dataset, index)
	if err != nil {
		return Graph{}, err
	}
	graph.X, err = arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_x(dataset, index, floatPointer(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return Graph{}, err
	}
	graph.Categories, err = nilIfEmpty(arrayOf(func(out []int32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_categories(dataset, index, int32Pointer(out), lengthOf(out), needed, failure)
	}))
	if err != nil {
		return Graph{}, err
	}
	graph.EdgeLabels, err = nilIfEmpty(arrayOf(func(out []int64, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_edge_labels(dataset, index, int64Pointer(out), lengthOf(out), needed, failure)
	}))
	if err != nil {
		return Graph{}, err
	}
	graph.NodeLabels, err = nilIfEmpty(arrayOf(func(out []int64, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_node_labels(dataset, index, int64Pointer(out), lengthOf(out), needed, failure)
	}))
	return graph, err
}

func copyEdges(dataset *C.diffpool_dataset, index C.size_t) (Graph, error) {
	var nodes, entries C.size_t
	if err := check(func(failure *cError) cStatus {
		return C.diffpool_dataset_graph_size(dataset, index, &nodes, &entries, failure)
	}); err != nil {
		return Graph{}, err
	}
	graph := Graph{
		Nodes:      toInt(nodes),
		Indptr:     make([]int64, toInt(nodes)+1),
		Indices:    make([]int32, toInt(entries)),
		EdgeWeight: make([]float32, toInt(entries)),
	}
	return graph, check(func(failure *cError) cStatus {
		return C.diffpool_dataset_copy_csr(dataset, index, int64Pointer(graph.Indptr), lengthOf(graph.Indptr),
			int32Pointer(graph.Indices), entries, floatPointer(graph.EdgeWeight), entries, failure)
	})
}
