//! Configuration: what a model looks like and how it is trained.
//!
//! A configuration is made from a preset and then changed key by key, or read from JSON: one flat object with the same
//! keys. Each value is checked where it is set; whether they fit together is checked by diffpool_config_check and by
//! every function that takes a configuration. These are the keys, and which function sets them:
//!
//! ```text
//! features               string  node features, separated by commas: "attributes" (those given), "labels" (one-hot),
//!                                "categories" (through learned tables), "constant:W" (W ones), "degree",
//!                                "one_hot_degree:D" (up to D), "clustering" (local coefficient); or "auto":
//!                                attributes, labels and categories if there are any, else degree
//! standardize_attributes bool    give attributes mean 0 and deviation 1 over the training graphs
//! embedding_width        int     columns of the learned tables that categories are looked up in
//! embedding_combine      string  from the rows that the categories of a node name to its features: their "sum" or
//!                                "concat", side by side
//! embedding_sizes        ints    rows of every table; an empty list is the largest value of the training graphs and
//!                                one more, and another one with "reserve"
//! out_of_vocabulary      string  what becomes of a category without a row: "refuse" the graph, or "reserve" the last
//!                                row of the table for it
//! relations              string  kinds of edges, for each of which convolutions have weights and which are pooled each
//!                                by itself: "none", or "edge_labels", one for every label
//! clusters               floats  one number a pooling level: from 1 up that many clusters, below 1 that share of the
//!                                nodes, then of the clusters before; an empty list is a model without pooling
//! cluster_base           string  the nodes that the first share is of: the training graphs' "mean" or "max"
//! cluster_rounding       string  how a share of nodes becomes a whole number: "up" or "down"
//! assignment             string  of nodes to clusters: "learned"; "random", a softmax of normal numbers that belong to
//!                                the seed, the level and the number of the node, so that numbering matters; "graclus",
//!                                a clustering of each graph by its edges alone, in which ties are decided by number.
//!                                The keys assign_... are for "learned", temperature for that and "random"
//! hard_assignment        bool    every node is of its largest cluster alone, in evaluation and prediction
//! final_adjacency        string  that the convolutions of the last level see: "pooled", or "full", all ones, which
//!                                does not go with relations
//! embed_conv             string  convolution of the embedding stacks. Beside a weight for the node itself: "sage" (the
//!                                mean of the neighbours), "sage_max" (the largest), "graph_conv" (the weighted sum).
//!                                One weight for all: "gcn" (symmetric, with self-loops), "gcn_self" (self-loops
//!                                alone), "gcn_mean" (the mean of the neighbours), "gcn_raw" (edges as they are). And
//!                                "gin", "gat" (where edges of weights that are not above 0 do not count),
//!                                "structure2vec". docs/model.md has the formulas
//! assign_conv            string  convolution of the assignment stacks: one of the same, chosen by itself
//! root_weight            bool    "sage", "sage_max" and "graph_conv" have a weight for the node itself
//! gin_epsilon            float   "gin" counts the node itself 1 + this often
//! gin_learn_epsilon      bool    that number is learned, starting there
//! gat_heads              int     heads of "gat": hidden convolutions share their columns among them, the last one of a
//!                                stack is the mean of heads of its width
//! s2v_iterations         int     iterations within a convolution "structure2vec"
//! embed_layers           int     convolutions of an embedding stack before a pooling, and of a model without one
//! assign_layers          int     convolutions of an assignment stack
//! final_layers           int     convolutions of the embedding stack after the last pooling
//! embed_hidden           int     columns of the hidden convolutions of an embedding stack
//! embed_output           int     columns of its last convolution
//! assign_hidden          int     columns of the hidden convolutions of an assignment stack
//! jumping_knowledge      string  output of a stack: all its convolutions, "concat", the "last", or the largest values
//!                                of all, "max"
//! embed_final            string  after an embedding stack: "none", "linear", "linear_activation"
//! assign_final           string  after an assignment stack: the same
//! activation             string  "relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "identity"
//! normalization          string  of what a convolution gives: "batch" norm over the nodes of a batch, "layer" norm
//!                                over the columns of a node, or "none"
//! norm_position          string  before the activation, "pre", or after it, "post"
//! norm_affine            bool    the normalisation has a learned scale and shift
//! activate_last          bool    activation and normalisation also after the last convolution of a stack
//! l2_normalize           bool    rows of length 1 after every convolution, before the activation
//! dropout                float   share of the values after a convolution that training drops
//! temperature            float   divides the logits of the assignment: smaller is harder
//! batch_norm_momentum    float   share of a batch in the update of the running statistics
//! batch_norm_epsilon     float   added to a variance before its root is taken, also by layer norm
//! padding                string  nodes that graphs count as where another implementation pads them: "none", "batch"
//!                                (the largest of the batch) or a number as a string. The missing ones are zeros to
//!                                batch norm and, with a number, to the readout "max" of the first level, and count
//!                                where loss_scope is "batch"
//! padded_rows            string  what the rows that it adds are to batch norms: "zeros", or "nodes" without edges,
//!                                which does not go with dropout
//! readout                string  from the nodes of a level to one row: "max", "mean", "sum"; "attention" (weighted by
//!                                a learned score), "set2set" (an LSTM that looks at them several times), "sort_pool"
//!                                (the first ones in the order of their last column, side by side)
//! readout_levels         string  what is read out: the embeddings of "all" levels or of the "last", or "pooled": the
//!                                clusters' features where they enter a level, and the embedding of the last
//! set2set_steps          int     how often "set2set" looks at the nodes
//! sort_pool_nodes        int     nodes of a graph that "sort_pool" keeps; where there are fewer, zeros follow
//! head_hidden            ints    columns of the hidden layers between readouts and logits
//! head_dropout           float   share of the values after these layers that training drops
//! task                   string  what is predicted: "multiclass", "binary", "multilabel", "regression", "sequence"
//! regression_loss        string  "mse", "mae" or "huber"
//! huber_delta            float   difference from which on the Huber loss is no longer a square
//! metric                 string  what the history records: "accuracy", "macro_f1", "micro_f1", "roc_auc",
//!                                "average_precision", "rmse", "mae", "sequence_f1"; or "auto", see
//!                                diffpool_evaluation_metric; the task must have it
//! link_weight            float   weight of the link loss of every level
//! link_loss              string  "frobenius", at every level, or "cross_entropy", at the first one, which takes time
//!                                (not memory) by the square of the nodes
//! adj_hop                int     steps through shared clusters that link two nodes in the cross-entropy form
//! link_normalizer        string  what a graph's link loss is divided by in the Frobenius form: "none", "nodes",
//!                                "nodes_squared", "edges"
//! entropy_weight         float   weight of the entropy loss of every level
//! loss_scope             string  what link and entropy loss are means over: each "graph", or all of a "batch" together
//! class_weights          floats  weight of every class in the loss of "multiclass"; an empty list is 1 each
//! label_smoothing        float   share of every target that training spreads evenly over all classes or words, and
//!                                over 0 and 1 of a label; not of "regression". Validation and evaluation do without
//! initialization         string  "xavier_uniform" or "fan_in_uniform"
//! linear_initialization  string  the same for linear layers outside convolutions: ends of stacks, scores, head
//! optimizer              string  "adam" or "adamw"
//! learning_rate          float   step size: the largest one of a schedule
//! learning_rate_schedule string  how it changes from epoch to epoch: "constant", "step", "cosine" (half a wave down to
//!                                the last epoch), "plateau" (where the validation graphs see no improvement).
//!                                docs/training.md has the formulas
//! warmup_epochs          int     first epochs, in which the step size rises to learning_rate by equal amounts; the
//!                                schedule begins after them; 0 is none
//! step_epochs            int     epochs between two steps of "step"
//! step_factor            float   what each of them multiplies the step size with
//! cosine_min             float   share of the step size that "cosine" ends at
//! plateau_patience       int     epochs in a row without improvement that "plateau" lets pass: after one more the
//!                                step size falls
//! plateau_factor         float   what the step size is multiplied with then
//! plateau_min_rate       float   step size below which "plateau" does not go
//! beta1                  float   decay of the mean of gradients
//! beta2                  float   decay of the mean of squared gradients
//! epsilon                float   added to the root of the latter
//! weight_decay           float   part of the gradient with "adam", apart from it with "adamw"
//! clip_norm              float   largest norm of the whole gradient; 0 is no limit
//! batch_size             int     graphs a batch
//! accumulate_batches     int     batches a step: together they count as one larger batch, but for batch norms, which
//!                                see each by itself; the last step of an epoch may have fewer
//! epochs                 int     passes over the training graphs
//! shuffle                bool    every epoch in an order of its own
//! chunks                 int     pieces of a batch that may be worked on at once; unlike threads, part of the result
//! patience               int     epochs without improvement on the validation graphs before training stops; 0 is never
//! early_stopping         string  what has to improve, also for "plateau": "loss", "accuracy" or "metric"
//! min_delta              float   an improvement counts for patience and "plateau" only where it is larger than this;
//!                                the best weights are the best ones in any case
//! restore_best           bool    end with the weights that were best on the validation graphs
//! ema_decay              float   share that a moving average of the weights keeps of itself at every step, such as
//!                                0.99; 0 is no average. With one, validation, early stopping and the finished model
//!                                are of the averaged weights and running statistics
//! seed                   int     where all random numbers come from
//! threads                int     threads of training; 0 is one a core
//! checkpoint_every       int     epochs between checkpoints; 0 is none
//! diagnostics            bool    training and evaluation look at the clusters; no other number depends on it
//! preset                 string  the preset it was made from; fixed
//! ```

use std::ffi::{c_char, c_int};
use std::fmt::Display;

use serde_json::Value;

use super::arguments::{output, slice, text, try_vec};
use super::error::DiffpoolError;
use super::guard::guard;
use super::handle::{Opaque, free};
use super::status::DiffpoolStatus;
use crate::config::Config;
use crate::error::{Result, bail};

/// What a model looks like and how it is trained, by key.
pub struct DiffpoolConfig {
    _opaque: [u8; 0],
}

impl Opaque for DiffpoolConfig {
    type Value = Config;
}

/// Makes a configuration from a preset: "default", a good start for most data; "tuned", the same network with the
/// training that docs/results.md measures, which needs validation graphs; "paper", the architecture of Ying et al.
/// (2018); "authors", "pyg" and "errica", which reproduce the paper's code, an example of PyTorch Geometric and the
/// model of Errica et al. (2020); "ogb-code2", the DiffPool entry for the syntax trees of the Open Graph Benchmark.
/// The last four imitate the padding of what they reproduce, so that in training and in losses a graph may depend on
/// the others of its batch.
///
/// Ownership: `preset` is copied; `*out` is owned by the caller, free with diffpool_config_free.
///
/// Fails: INVALID_CONFIG if there is no such preset.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_new(
    preset: *const c_char,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (preset, out) = unsafe { (text(preset, "preset")?, output(out, "out")?) };
        out.put_handle(Config::preset(preset)?)
    })
}

/// Reads a configuration from a JSON object. Keys that it leaves out have the value of the preset that it names under
/// "preset", or of "default".
///
/// Ownership: `json` is copied; `*out` is owned by the caller, free with diffpool_config_free.
///
/// Fails: INVALID_CONFIG if it is not a JSON object, has a key that is unknown, or a value that a key does not accept.
///
/// Threads: any.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_from_json(
    json: *const c_char,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |_| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (json, out) = unsafe { (text(json, "json")?, output(out, "out")?) };
        out.put_handle(Config::from_json(json)?)
    })
}

/// Makes a second configuration with the same values.
///
/// Ownership: `*out` is owned by the caller, free with diffpool_config_free.
///
/// Threads: any; `config` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_clone(
    config: *const DiffpoolConfig,
    out: *mut *mut DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, out) = unsafe { (call.read(config, "config")?, output(out, "out")?) };
        out.put_handle(config.clone())
    })
}

/// Frees a configuration. NULL is harmless.
///
/// Ownership: `config` is gone after the call; models and trainers made with it have their own copy.
///
/// Threads: any, once no other thread uses it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_free(config: *mut DiffpoolConfig) {
    // SAFETY: by the header's rules it is NULL or came from this library, and this is its last use.
    unsafe { free(config) };
}

/// Sets a key that holds a whole number, such as "epochs", "batch_size" or "seed"; also a key that holds a fraction.
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_int(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: i64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok(value.into())) }
}

/// Sets a key that holds a fraction, such as "learning_rate" or "dropout".
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, it does not accept the value, or the value is not finite.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_float(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: f64,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |key| number(key, value)) }
}

/// Sets a key that is on or off, such as "shuffle": 0 is off, any other number is on.
///
/// Ownership: `key` is copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it is not one that is on or off.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_bool(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: c_int,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok((value != 0).into())) }
}

/// Sets a key that holds a word or words, such as "readout" or "features".
///
/// Ownership: `key` and `value` are copied.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_string(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    value: *const c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe { set(config, key, error, |_| Ok(text(value, "value")?.into())) }
}

/// Sets a key that holds a list of whole numbers, such as "head_hidden", or of numbers of any kind.
///
/// Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
///
/// Fails: INVALID_CONFIG if there is no such key, or it does not accept the values.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_ints(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    values: *const i64,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        set(config, key, error, |_| {
            let values = slice(values, length, "values")?;
            try_vec(values, |_, &value| Ok(value.into())).map(Value::Array)
        })
    }
}

/// Sets a key that holds a list of numbers, such as "clusters" or "class_weights".
///
/// Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
///
/// Fails: INVALID_CONFIG if there is no such key, it does not accept the values, or one of them is not finite.
///
/// Threads: one at a time; `config` is changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_set_floats(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    values: *const f64,
    length: usize,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    // SAFETY: the caller keeps the header's rules on pointers.
    unsafe {
        set(config, key, error, |key| {
            let values = slice(values, length, "values")?;
            try_vec(values, |at, &value| number(format_args!("{key}[{at}]"), value)).map(Value::Array)
        })
    }
}

/// Writes the value of one key as JSON: `0.001`, `[0.25]`, `"mean"`.
///
/// Ownership: `key` is copied; `*json` is owned by the caller, free with diffpool_string_free.
///
/// Fails: INVALID_CONFIG if there is no such key.
///
/// Threads: any; `config` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_get_json(
    config: *const DiffpoolConfig,
    key: *const c_char,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, key, json) = unsafe { (call.read(config, "config")?, text(key, "key")?, output(json, "json")?) };
        json.put_string(&config.get(key)?.to_string())
    })
}

/// Writes all keys and values as a JSON object, which diffpool_config_from_json reads.
///
/// Ownership: `*json` is owned by the caller, free with diffpool_string_free.
///
/// Threads: any; `config` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_to_json(
    config: *const DiffpoolConfig,
    json: *mut *mut c_char,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        let (config, json) = unsafe { (call.read(config, "config")?, output(json, "json")?) };
        json.put_string(&config.to_json())
    })
}

/// Checks that the values fit together.
///
/// Fails: INVALID_CONFIG, naming the keys that do not.
///
/// Threads: any; `config` is const.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn diffpool_config_check(
    config: *const DiffpoolConfig,
    error: *mut *mut DiffpoolError,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller keeps the header's rules on pointers.
        unsafe { call.read(config, "config") }?.check()
    })
}

/// Sets a key to the value that `make` reads from the remaining arguments.
///
/// # Safety
///
/// The pointers are as the header's rules want them.
unsafe fn set(
    config: *mut DiffpoolConfig,
    key: *const c_char,
    error: *mut *mut DiffpoolError,
    make: impl FnOnce(&str) -> Result<Value>,
) -> DiffpoolStatus {
    guard(error, |call| {
        // SAFETY: the caller promises it.
        let (config, key) = unsafe { (call.change(config, "config")?, text(key, "key")?) };
        config.set(key, make(key)?)
    })
}

/// A number as JSON, which knows none that is not finite.
fn number(key: impl Display, value: f64) -> Result<Value> {
    if !value.is_finite() {
        bail!(InvalidConfig, "{key} is {value}");
    }
    Ok(value.into())
}
