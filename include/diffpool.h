/*
 * diffpool.h - DiffPool graph classification as a library: train, save, load and run.
 *
 * DiffPool (Ying et al., "Hierarchical Graph Representation Learning with Differentiable Pooling", NeurIPS 2018)
 * classifies whole graphs. It learns to sort the nodes of a graph into clusters, then the clusters into fewer clusters,
 * and tells the class of the graph from what it sees on every level.
 *
 *
 * A COMPLETE PROGRAM
 *
 * It makes up a data set, trains a model on nine tenths of it, saves the model, loads it again, and classifies a graph
 * it has not seen. Compile it with `cc -std=c99 first.c -ldiffpool`.
 *
 *     #include <diffpool.h>
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *
 *     static diffpool_error *error = NULL;
 *
 *     static void check(diffpool_status status)
 *     {
 *         if (status != DIFFPOOL_STATUS_OK) {
 *             fprintf(stderr, "%s: %s\n", diffpool_status_name(status), diffpool_error_message(error));
 *             exit(1);
 *         }
 *     }
 *
 *     static int progress(void *ctx, const diffpool_epoch *epoch)
 *     {
 *         (void)ctx;
 *         printf("epoch %2u  loss %.3f  accuracy %.2f\n", (unsigned)diffpool_epoch_number(epoch),
 *                diffpool_epoch_loss(epoch), diffpool_epoch_accuracy(epoch));
 *         return 0;
 *     }
 *
 *     int main(void)
 *     {
 *         diffpool_dataset *dataset;
 *         diffpool_split *split;
 *         diffpool_config *config;
 *         diffpool_trainer *trainer;
 *         diffpool_model *model;
 *         diffpool_session *session;
 *         const size_t *train, *test;
 *         size_t train_length, test_length, predicted;
 *
 *         check(diffpool_dataset_synthetic("ba", 200, 1, &dataset, &error));
 *         check(diffpool_split_holdout(dataset, 0.1, 1, &split, &error));
 *         check(diffpool_split_train(split, &train, &train_length, &error));
 *         check(diffpool_split_test(split, &test, &test_length, &error));
 *
 *         check(diffpool_config_new("default", &config, &error));
 *         check(diffpool_config_set_int(config, "epochs", 10, &error));
 *         check(diffpool_trainer_new(config, dataset, train, train_length, NULL, 0, &trainer, &error));
 *         check(diffpool_trainer_fit(trainer, progress, NULL, NULL, NULL, &error));
 *         check(diffpool_trainer_model(trainer, &model, &error));
 *         check(diffpool_model_save(model, "first.safetensors", &error));
 *         diffpool_model_free(model);
 *         diffpool_trainer_free(trainer);
 *
 *         check(diffpool_model_load("first.safetensors", &model, &error));
 *         check(diffpool_session_new(model, &session, &error));
 *         check(diffpool_session_predict_graph(session, dataset, test[0], &error));
 *         check(diffpool_session_class(session, &predicted, &error));
 *         printf("graph %u is of class %u\n", (unsigned)test[0], (unsigned)predicted);
 *
 *         diffpool_session_free(session);
 *         diffpool_model_free(model);
 *         diffpool_config_free(config);
 *         diffpool_split_free(split);
 *         diffpool_dataset_free(dataset);
 *         return 0;
 *     }
 *
 *
 * THE RULES, which hold for every function unless it says otherwise
 *
 * Handles. Data sets, models and so on are pointers to incomplete structs, made by a function that writes the handle to
 * `*out` and freed by the function of the same name that ends in `_free`. Freeing NULL is harmless. Handles keep alive
 * what they need of one another, so they may be freed in any order.
 *
 * Ownership. What a function does with memory is said in one of three phrases. What is *copied* may be freed or changed
 * once the call returns. What is *borrowed until* something happens must be neither freed nor changed before. What is
 * *owned by the caller* must be freed by the caller, with the function that is named.
 *
 * Errors. A function that can fail returns a diffpool_status, DIFFPOOL_STATUS_OK if all is well. Its last parameter
 * `error` may be NULL; otherwise a failing call puts an error object there, with a message that names the offending
 * values. It is owned by the caller, free with diffpool_error_free. On failure nothing else is written, and the handles
 * are as they were. Every function may return NULL_POINTER, POISONED, OUT_OF_MEMORY and PANIC, and any that takes a
 * string or an array INVALID_ARGUMENT; "Fails" names what else. Data for which there is not enough memory is an error
 * and not the end of the process. The library prints nothing.
 *
 * Panics. A bug in the library that is caught becomes DIFFPOOL_STATUS_PANIC. The handle that the call was changing is
 * then poisoned: every later call with it returns DIFFPOOL_STATUS_POISONED; all that can be done is to free it. Handles
 * that the call only read, those it takes as `const`, go on as before: one graph that meets a bug does not take away
 * the model that other threads share.
 *
 * Threads. The library has no global state. A handle that a function takes as `const` may be used by any number of
 * threads at once, as long as none changes or frees it; "Threads" says so for each function. Nothing is tied to the
 * thread that made it.
 *
 * Strings are UTF-8 and end in a NUL, those given and those returned, file names included.
 *
 * Arrays are given as a pointer and a length, which counts values, not bytes. Where the length is 0 the pointer may be
 * NULL. Matrices are stored row by row, without gaps.
 *
 * Results of unknown length go to an array of the caller's with a capacity. The function tells the length that is
 * needed, even if the capacity is too small and it fails with DIFFPOOL_STATUS_BUFFER_TOO_SMALL; the pointer where it
 * tells may be NULL. With NULL for the array and a capacity of 0 it tells the length and does nothing else.
 */


#ifndef DIFFPOOL_H
#define DIFFPOOL_H

#include <stddef.h>
#include <stdint.h>

/** The length of a list of graphs that, with NULL for the list, stands for all graphs. An empty list is empty. */
#define DIFFPOOL_ALL ((size_t)-1)

/* =====================================================================================================================
 * Constants.
 * ================================================================================================================== */

/** The version of this header: incompatible changes. */
#define DIFFPOOL_VERSION_MAJOR 0

/** The version of this header: additions, and before 1.0 incompatible changes too. */
#define DIFFPOOL_VERSION_MINOR 1

/** The version of this header: repairs. */
#define DIFFPOOL_VERSION_PATCH 0

/** The version of this header as one number, to be given to `diffpool_abi_check`. */
#define DIFFPOOL_VERSION (((DIFFPOOL_VERSION_MAJOR * 10000) + (DIFFPOOL_VERSION_MINOR * 100)) + DIFFPOOL_VERSION_PATCH)

/** Flag: edges keep their direction. Row i of the matrix lists the nodes that node i reads from. */
#define DIFFPOOL_DATASET_DIRECTED 1

/** Flag: every node carries an integer label, which a model sees one-hot. */
#define DIFFPOOL_DATASET_NODE_LABELS 2

/** Flag: every edge carries an integer label, which a model may see as a relation of its own. */
#define DIFFPOOL_DATASET_EDGE_LABELS 16

/** Flag of diffpool_dataset_load_ogb: successive tokens of a syntax tree are joined by an edge. */
#define DIFFPOOL_DATASET_NEXT_TOKEN_EDGES 4

/** Flag of diffpool_dataset_load_ogb: labels or attributes of the edges are kept. */
#define DIFFPOOL_DATASET_EDGE_DATA 8

/** A kind of diagnostic: clusters that are the first choice of at least one node. */
#define DIFFPOOL_DIAGNOSTIC_CLUSTERS_IN_USE 0

/** A kind of diagnostic: over how many clusters of equal size the nodes are spread. */
#define DIFFPOOL_DIAGNOSTIC_EFFECTIVE_CLUSTERS 1

/** A kind of diagnostic: mean entropy of the assignments of the nodes, in nats. */
#define DIFFPOOL_DIAGNOSTIC_ENTROPY 2

/** A kind of diagnostic: the same as a share of the largest possible. */
#define DIFFPOOL_DIAGNOSTIC_RELATIVE_ENTROPY 3

/** A kind of diagnostic: share of the edges inside clusters. */
#define DIFFPOOL_DIAGNOSTIC_EDGES_INSIDE 4

/** A kind of diagnostic: modularity. */
#define DIFFPOOL_DIAGNOSTIC_MODULARITY 5

/** Why training stopped. */
typedef enum {
    /** All epochs are done. */
    DIFFPOOL_STOP_REASON_FINISHED = 0,
    /** The validation graphs saw no improvement for as many epochs as `patience` allows. */
    DIFFPOOL_STOP_REASON_PATIENCE = 1,
    /** A callback returned another number than 0. */
    DIFFPOOL_STOP_REASON_CALLBACK = 2,
    /** diffpool_trainer_cancel was called. */
    DIFFPOOL_STOP_REASON_CANCELLED = 3,
} diffpool_stop_reason;

/** What a model looks like and how it is trained, by key. */
typedef struct diffpool_config diffpool_config;

/** Graphs with their classes and other targets. */
typedef struct diffpool_dataset diffpool_dataset;

/** The file of a data set while it is written. */
typedef struct diffpool_dataset_writer diffpool_dataset_writer;

/** What an epoch of training came to. */
typedef struct diffpool_epoch diffpool_epoch;

/** Why a call failed: a status, and a message with the offending values. */
typedef struct diffpool_error diffpool_error;

/** The outcome of an evaluation. */
typedef struct diffpool_evaluation diffpool_evaluation;

/** The threads and the memory of evaluations of one model. */
typedef struct diffpool_evaluator diffpool_evaluator;

/** A DiffPool graph classifier. */
typedef struct diffpool_model diffpool_model;

/** The scratch memory and the results of predictions by one thread. */
typedef struct diffpool_session diffpool_session;

/** Lists of graphs of a data set that have none in common. */
typedef struct diffpool_split diffpool_split;

/** A model in training. */
typedef struct diffpool_trainer diffpool_trainer;

/* =====================================================================================================================
 * Types.
 * ================================================================================================================== */

/**
 * What became of a call. The numbers are fixed: none is ever used again for something else.
 *
 * Any function that takes pointers may return NULL_POINTER, any that takes a handle POISONED, and any at all
 * OUT_OF_MEMORY and PANIC; the functions below name only what else can go wrong. New kinds may be added, so treat an
 * unknown number as a failure.
 *
 * It is a number of 32 bits, so that it has the same size in every program. Its values follow.
 */
typedef int32_t diffpool_status;
enum {
    /** The call did what it says. */
    DIFFPOOL_STATUS_OK = 0,
    /** An argument is outside what the function accepts. */
    DIFFPOOL_STATUS_INVALID_ARGUMENT = 1,
    /** A pointer that must not be NULL is NULL. */
    DIFFPOOL_STATUS_NULL_POINTER = 2,
    /** A graph breaks a rule: empty, an index out of range, a value that is not finite. */
    DIFFPOOL_STATUS_INVALID_GRAPH = 3,
    /** A configuration key is unknown, its value is out of range, or two keys contradict each other. */
    DIFFPOOL_STATUS_INVALID_CONFIG = 4,
    /** Two sizes that must agree do not. */
    DIFFPOOL_STATUS_SHAPE_MISMATCH = 5,
    /** Reading or writing a file failed. */
    DIFFPOOL_STATUS_IO = 6,
    /** A text file has a malformed line. */
    DIFFPOOL_STATUS_PARSE = 7,
    /** The file of a model, checkpoint or data set is damaged or is not one. */
    DIFFPOOL_STATUS_INVALID_FILE = 8,
    /** The file or the program is of a version that this library does not serve. */
    DIFFPOOL_STATUS_UNSUPPORTED_VERSION = 9,
    /** Memory could not be had. */
    DIFFPOOL_STATUS_OUT_OF_MEMORY = 10,
    /** The call is not allowed in the handle's present state. */
    DIFFPOOL_STATUS_INVALID_STATE = 11,
    /** An earlier call on this handle panicked; it can only be freed. */
    DIFFPOOL_STATUS_POISONED = 12,
    /** The library has a bug, which was caught. The handle that the call was changing is poisoned. */
    DIFFPOOL_STATUS_PANIC = 13,
    /** The caller asked to stop. */
    DIFFPOOL_STATUS_CANCELLED = 14,
    /** The caller's array is too small; the needed length was reported. */
    DIFFPOOL_STATUS_BUFFER_TOO_SMALL = 15,
    /** Nothing has this name or index. */
    DIFFPOOL_STATUS_NOT_FOUND = 16,
    /** Training produced a loss or a weight that is not finite. */
    DIFFPOOL_STATUS_DIVERGED = 17,
    /** The request is understood but not supported. */
    DIFFPOOL_STATUS_UNSUPPORTED = 18
};

/**
 * Called after every epoch, on the thread that called diffpool_trainer_fit, with the `ctx` given there. `epoch` is
 * borrowed until the callback returns. 0 goes on; any other number stops cleanly after this epoch. It must not throw
 * an exception or jump out.
 */
typedef int (*diffpool_epoch_callback)(void *ctx, const diffpool_epoch *epoch);

/**
 * Called after every batch, on the thread that called diffpool_trainer_fit, with the `ctx` given there: the epoch and
 * the batch, both from 1, the number of batches, and the loss of this one. (A step of the optimiser follows every
 * `accumulate_batches` of them and the last.) 0 goes on; any other number stops cleanly
 * and gives up the unfinished epoch. It must not throw an exception or jump out.
 */
typedef int (*diffpool_batch_callback)(void *ctx,
                                       size_t epoch,
                                       size_t batch,
                                       size_t batches,
                                       double loss);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/* =====================================================================================================================
 * Which version of the library a program was compiled for, and which one it runs with.
 *
 * Before 1.0 the library may change from one minor version to the next; from 1.0 on it only grows within a major
 * version. A program that loads the library at run time, or ships apart from it, calls `diffpool_abi_check` first.
 * ================================================================================================================== */

/**
 * The version of the library that is running, as one number like DIFFPOOL_VERSION.
 *
 * Threads: any.
 */
uint32_t diffpool_version(void);

/**
 * The version of the library that is running, such as "0.1.0".
 *
 * Ownership: the string is borrowed until the program ends.
 *
 * Threads: any.
 */
const char *diffpool_version_string(void);

/**
 * The kernels for matrix products that the library uses in this process: "avx512" or "avx2" on x86-64, "neon" on
 * aarch64, or "portable" where the processor has none of them.
 *
 * The best one of the processor is found at run time. The environment variable DIFFPOOL_CPU names another one of those
 * that the processor has, for example to run a machine as if it were a lesser one; it is read once, when something is
 * computed or this function is called for the first time. Making a trainer or a session and evaluating a model fail
 * with INVALID_CONFIG where the variable is no such name, and with UNSUPPORTED where the processor lacks what it
 * names; this function then tells the best one. An empty variable is none.
 *
 * Results are the same bits with all of them but "portable", whose products are rounded in another way.
 *
 * Ownership: the string is borrowed until the program ends.
 *
 * Threads: any.
 */
const char *diffpool_cpu(void);

/**
 * Checks that the library that is running can serve a program compiled with a header of version `header_version`,
 * which is DIFFPOOL_VERSION.
 *
 * Fails: UNSUPPORTED_VERSION if it cannot.
 *
 * Threads: any.
 */
diffpool_status diffpool_abi_check(uint32_t header_version,
                                   diffpool_error **error);

/* =====================================================================================================================
 * What every fallible function returns.
 * ================================================================================================================== */

/**
 * The name of a status, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none.
 *
 * Ownership: the string is borrowed until the program ends.
 *
 * Threads: any.
 */
const char *diffpool_status_name(diffpool_status status);

/* =====================================================================================================================
 * What went wrong, in words.
 *
 * Every fallible function takes a last parameter `diffpool_error **error`. It may be NULL. Otherwise a failing call
 * puts a new error object there, and a call that succeeds leaves it alone: set it to NULL before the first call, and
 * again after freeing an error. Where there is no memory even for the error object, `*error` becomes NULL and the
 * status alone tells.
 * ================================================================================================================== */

/**
 * The status that the failing call returned; OK for NULL.
 *
 * Threads: any; `error` is const.
 */
diffpool_status diffpool_error_status(const diffpool_error *error);

/**
 * What went wrong, with the offending values, in lower case and without a final dot; an empty string for NULL.
 *
 * Ownership: the string is borrowed until the error is freed.
 *
 * Threads: any; `error` is const.
 */
const char *diffpool_error_message(const diffpool_error *error);

/**
 * Frees an error object. NULL is harmless.
 *
 * Ownership: `error` is gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_error_free(diffpool_error *error);

/* =====================================================================================================================
 * Strings and bytes that the library hands out.
 *
 * Some functions return a new string or a new array of bytes. Such memory does not come from the program's own
 * `malloc`, so it goes back through the functions here and never to `free`.
 * ================================================================================================================== */

/**
 * Frees a string that a function of this library returned. NULL is harmless.
 *
 * Ownership: `text` is gone after the call.
 *
 * Threads: any.
 */
void diffpool_string_free(char *text);

/**
 * Frees an array of bytes that a function of this library returned. NULL is harmless.
 *
 * Ownership: `bytes` is gone after the call.
 *
 * Threads: any.
 */
void diffpool_bytes_free(uint8_t *bytes);

/* =====================================================================================================================
 * Configuration: what a model looks like and how it is trained.
 *
 * A configuration is made from a preset and then changed key by key, or read from JSON: one flat object with the same
 * keys. Each value is checked where it is set; whether they fit together is checked by diffpool_config_check and by
 * every function that takes a configuration. What shapes the network ("network" below) cannot change once a model is
 * made; what the training graphs settle ("network, settled by data") may be left open again. A key is set by the
 * function of its type: diffpool_config_set_int and so on. docs/configuration.md has what every preset sets.
 *
 * These are the keys, each with its type, its default, and the numbers or words that it allows:
 *
 * preset                 string The preset that the configuration was made from; it cannot be set. Default
 *                              "default".
 * features               string Node features, separated by commas, side by side in the order given: `attributes`
 *                              (the features given with each graph), `labels` (one-hot), `categories` (integers,
 *                              through learned tables), `constant:W` (W columns of ones), `degree`,
 *                              `one_hot_degree:D` (columns for degrees 0 to D, the last also for larger ones),
 *                              `clustering` (local clustering coefficient). `auto` stands for attributes, labels
 *                              and categories where the data has any, else degree. Default "auto"; network, settled
 *                              by data.
 * standardize_attributes bool   Shift and scale every attribute column to mean 0 and deviation 1 over the nodes of
 *                              the training graphs. Default false; network.
 * embedding_width        int    Columns of the learned tables that categories are looked up in. Default 64, from 1
 *                              to 1000000; network.
 * embedding_combine      string How the rows that the categories of a node name become its features. Default "sum";
 *                              network.
 *                                "sum": The sum of the rows.
 *                                "concat": The rows side by side.
 * embedding_sizes        ints   Rows of every table, one table a column of categories. An empty list is the largest
 *                              value of the training graphs and one more, and another one where `out_of_vocabulary`
 *                              is `reserve`. Default [], from 1 to 1000000; network, settled by data.
 * out_of_vocabulary      string What becomes of a node label or relation that no training graph has, and of a
 *                              category that has no row. Default "refuse"; network.
 *                                "refuse": The graph is refused.
 *                                "ignore": It counts nothing: a label or category is a row of zeros, and an edge is
 *                                in no relation.
 *                                "reserve": It takes a row that training has prepared. A category takes the last
 *                                row of its table, which is kept for that: a table of 21 rows cuts values off at
 *                                20, and those beyond train the row. A label takes the mean of the labels of the
 *                                training nodes, an edge the relation that most training edges have.
 * relations              string What the kinds of edges are. Every convolution has weights for each, and a pooling
 *                              pools each by itself. Default "none"; network.
 *                                "none": All edges are of one kind.
 *                                "edge_labels": Every edge label that occurs in the data set is a kind.
 * clusters               floats One number a pooling level, for at most 64 levels. From 1 up: that many clusters.
 *                              Below 1: that share of the nodes; for the first level of the nodes counted by
 *                              `cluster_base`, later of the clusters of the level before. An empty list is a flat
 *                              model that pools once, by the readout. Default [0.25,0.25], a share between 0 and 1
 *                              or a whole number up to 1000000; network, settled by data.
 * cluster_base           string Which node count of the training graphs a share of the first level refers to.
 *                              Default "mean".
 *                                "max": The node count of the largest graph.
 *                                "mean": The mean.
 * cluster_rounding       string How shares become whole numbers. Default "up".
 *                                "up": The next larger whole number.
 *                                "down": The next smaller whole number, but at least 1.
 * assignment             string Where the assignment of nodes to clusters comes from. All keys that begin with
 *                              `assign_` are for a learned one, and `temperature` for all but `graclus`. Default
 *                              "learned"; network.
 *                                "learned": A stack of convolutions.
 *                                "random": The softmax of standard normal numbers that belong to the seed, the
 *                                level, and the number of the node within its graph (Mesquita et al., 2020). Other
 *                                numbers of the nodes give another assignment.
 *                                "graclus": A clustering of each graph by its edges alone, in the manner of Graclus
 *                                (Dhillon et al., 2007).
 * hard_assignment        bool   Whether evaluation and prediction give every node to its largest cluster alone, the
 *                              first of equal ones. Link and entropy loss are then those of this assignment.
 *                              Training is not changed. Default false.
 * final_adjacency        string The adjacency that the convolutions of the last level see. Default "pooled";
 *                              network.
 *                                "pooled": `S^T A S`.
 *                                "full": All ones: every cluster is joined to every cluster, itself included. It
 *                                has no relations.
 * embed_conv             string Convolution of the embedding stacks; docs/model.md has the formulas. Default "sage";
 *                              network.
 *                                "sage": The mean of the neighbours, beside a weight for the node itself.
 *                                "sage_max": The largest of the neighbours element by element, beside a weight for
 *                                the node itself.
 *                                "graph_conv": The weighted sum of the neighbours, beside a weight for the node
 *                                itself.
 *                                "gcn": Neighbours and node by one weight, with self-loops and symmetric
 *                                normalisation.
 *                                "gcn_self": Neighbours and node by one weight, with self-loops.
 *                                "gcn_mean": The mean of the neighbours, by one weight.
 *                                "gcn_raw": The weighted sum of the neighbours, by one weight.
 *                                "gin": The sum of the neighbours and the node, through an MLP.
 *                                "gat": The neighbours and the node, weighted by attention; edges of weights that
 *                                are not above 0 do not count.
 *                                "structure2vec": The same weights several times, each time with the sum of the
 *                                neighbours.
 * assign_conv            string Convolution of the assignment stacks, of the same choice. Default "sage"; network.
 *                              One of the words of embed_conv.
 * root_weight            bool   Whether `sage`, `sage_max` and `graph_conv` have a weight for the node itself.
 *                              Default true; network.
 * gin_epsilon            float  `eps` of `gin`: the node itself counts `1 + eps` times. Default 0.0, from -1e30 to
 *                              1e30; network.
 * gin_learn_epsilon      bool   Whether `eps` is learned, from `gin_epsilon`. Default false; network.
 * gat_heads              int    Heads of `gat`. Hidden convolutions share their columns among them; the last of a
 *                              stack takes the mean of heads of its own width. Default 1, from 1 to 64; network.
 * s2v_iterations         int    Iterations of `structure2vec` within every convolution. Default 3, from 1 to 64;
 *                              network.
 * embed_layers           int    Convolutions of every embedding stack that is followed by a pooling, and of the only
 *                              one of a flat model. Default 3, from 1 to 64; network.
 * assign_layers          int    Convolutions of every assignment stack. Default 3, from 1 to 64; network.
 * final_layers           int    Convolutions of the embedding stack after the last pooling. Default 3, from 1 to 64;
 *                              network.
 * embed_hidden           int    Columns of the hidden convolutions of an embedding stack. Default 64, from 1 to
 *                              1000000; network.
 * embed_output           int    Columns of the last convolution of an embedding stack, and of its final layer if it
 *                              has one. Default 64, from 1 to 1000000; network.
 * assign_hidden          int    Columns of the hidden convolutions of an assignment stack, which ends in as many
 *                              columns as there are clusters. Default 64, from 1 to 1000000; network.
 * jumping_knowledge      string Which convolutions make up the output of a stack. With `max` the last convolution is
 *                              as wide as the hidden ones. Default "concat"; network.
 *                                "concat": All, side by side.
 *                                "last": The last.
 *                                "max": The largest value of each column over all of them; every convolution then
 *                                has as many columns.
 * embed_final            string What follows the convolutions of an embedding stack. Default "none"; network.
 *                                "none": Nothing.
 *                                "linear": A linear layer with bias.
 *                                "linear_activation": A linear layer with bias, then the activation.
 * assign_final           string What follows the convolutions of an assignment stack. `none` needs
 *                              `jumping_knowledge` to be `last`, since the output must have one column a cluster.
 *                              Default "linear"; network.
 *                              One of the words of embed_final.
 * activation             string Activation after convolutions, and in the head. Default "relu"; network.
 *                                "relu": `max(x, 0)`.
 *                                "leaky_relu": `x` where positive, else `0.01 x`.
 *                                "elu": `x` where positive, else `exp(x) - 1`.
 *                                "gelu": `x P(N <= x)` with `N` standard normal, by the error function and not by
 *                                its tanh approximation.
 *                                "silu": `x sigmoid(x)`.
 *                                "tanh": Hyperbolic tangent.
 *                                "sigmoid": `1 / (1 + exp(-x))`.
 *                                "identity": `x`.
 * normalization          string Normalisation of what a convolution gives. Default "batch"; network.
 *                                "batch": Batch norm over the nodes of the batch.
 *                                "layer": Layer norm: every node by itself.
 *                                "none": Nothing.
 * norm_position          string Whether the normalisation stands before or after the activation. Default "post";
 *                              network.
 *                                "post": After the activation.
 *                                "pre": Before the activation.
 * norm_affine            bool   Whether a normalisation has a learned scale and shift. Default true; network.
 * activate_last          bool   Whether activation and normalisation also follow the last convolution of a stack.
 *                              Default true; network.
 * l2_normalize           bool   Scale every row of a convolution's output to length 1, before the activation.
 *                              Default false; network.
 * dropout                float  Probability that a value after a convolution is zeroed in training. Default 0.0,
 *                              from 0.0 to 0.999999.
 * temperature            float  Divides the logits of the cluster assignment: smaller is harder. Default 1.0, from
 *                              1e-30 to 1e30.
 * batch_norm_momentum    float  Share of a batch's statistics in the update of the running ones. Default 0.1, from
 *                              1e-30 to 1.0.
 * batch_norm_epsilon     float  Added to a variance before its root is taken, by batch norm and layer norm. Default
 *                              0.00001, from 1e-30 to 1e30.
 * padding                string Nodes that graphs count as at the first level where another implementation pads
 *                              them: `none`, `batch` (those of the largest graph of the batch) or a number, as a
 *                              string. The rows that are missing are rows of zeros to the statistics of batch norm
 *                              and to the largest values of a readout (with a number only), and count in the means
 *                              of `loss_scope` `batch`. For presets that reproduce such implementations. Default
 *                              "none"; network.
 * padded_rows            string What the rows that `padding` adds are to the batch norms. Default "zeros"; network.
 *                                "zeros": Rows of zeros after every convolution, as in implementations that mask
 *                                them.
 *                                "nodes": Nodes without edges and with features 0, as in implementations that mask
 *                                only what leaves the stacks; only for training without dropout.
 * readout                string How the nodes of a level become one row. Default "max"; network.
 *                                "max": The largest value of each column.
 *                                "mean": The mean of each column.
 *                                "sum": The sum of each column.
 *                                "attention": The mean of the rows, weighted by the softmax of a learned linear
 *                                score (Li et al., 2016).
 *                                "set2set": An LSTM that looks at all rows several times (Vinyals et al., 2016);
 *                                twice as many columns.
 *                                "sort_pool": The first rows in the order of their last column, side by side (Zhang
 *                                et al., 2018).
 * readout_levels         string Which levels are read out; the rows of several are put side by side. Default "all";
 *                              network.
 *                                "all": The embedding of every level.
 *                                "last": The embedding of the level after the last pooling.
 *                                "pooled": The pooled features that enter every level after the first, and the
 *                                embedding of the last.
 * set2set_steps          int    How often the readout `set2set` looks at the nodes. Default 3, from 1 to 64;
 *                              network.
 * sort_pool_nodes        int    Nodes of a level that the readout `sort_pool` keeps; where a graph has fewer, zeros
 *                              follow. Default 10, from 1 to 1000000; network.
 * head_hidden            ints   Columns of the hidden layers between the readout and the logits, at most 64 layers.
 *                              Default [50], from 1 to 1000000; network.
 * head_dropout           float  Probability that a value after a hidden layer of the head is zeroed in training.
 *                              Default 0.0, from 0.0 to 0.999999.
 * task                   string What a model predicts. Default "multiclass"; network.
 *                                "multiclass": One of several classes.
 *                                "binary": Yes or no: one target of 0 or 1, by one logit.
 *                                "multilabel": Several targets of 0 or 1, by a logit each.
 *                                "regression": One or several numbers.
 *                                "sequence": The first words of a sequence, each by a logit a word of the
 *                                vocabulary.
 * regression_loss        string The loss of a regression. Default "mse".
 *                                "mse": `d^2`.
 *                                "mae": `|d|`.
 *                                "huber": `d^2 / 2` up to a size `delta` of `d`, beyond it `delta (|d| - delta /
 *                                2)`.
 * huber_delta            float  Size of a difference from which on the Huber loss is no longer a square. Default
 *                              1.0, from 1e-30 to 1e30.
 * metric                 string Which metric the history records; the task must have it. Default "auto".
 *                                "auto": The first of the task's.
 *                                "accuracy": Share of the predictions that are right.
 *                                "macro_f1": Mean of the F1 scores of classes or labels.
 *                                "micro_f1": F1 score of all classes or labels together.
 *                                "roc_auc": Area under the ROC curve.
 *                                "average_precision": Mean precision over the positive graphs, by falling score.
 *                                "rmse": Root of the mean squared error.
 *                                "mae": Mean absolute error.
 *                                "sequence_f1": F1 score of the sets of words, mean over graphs.
 * link_weight            float  Weight of the link loss of every level. Default 1.0, from 0.0 to 1e30.
 * link_loss              string Form of the link loss. Default "frobenius".
 *                                "frobenius": `||A - S S^T||_F`, at every level.
 *                                "cross_entropy": The mean over pairs of nodes of the cross-entropy of an edge,
 *                                given the overlap of their clusters. At the first level only: later ones have no
 *                                edges that are or are not there. It takes time, not memory, by the square of the
 *                                nodes.
 * adj_hop                int    In the cross-entropy form, nodes are linked by up to this many steps through shared
 *                              clusters. Default 1, from 1 to 64.
 * link_normalizer        string What the link loss of a graph is divided by in the Frobenius form. (The other is a
 *                              mean over pairs of nodes.) Default "nodes_squared".
 *                                "none": 1.
 *                                "nodes": The number of nodes.
 *                                "nodes_squared": The number of pairs of nodes, which is the number of entries of
 *                                the dense `A`.
 *                                "edges": The number of stored entries of `A`.
 * loss_scope             string What the link and entropy losses of a batch are means over. Default "graph".
 *                                "graph": Graphs: each weighs the same, and a batch gives what its graphs give one
 *                                by one.
 *                                "batch": The pairs of nodes (link loss) and the nodes (entropy loss) of the whole
 *                                batch, as in padded implementations.
 * entropy_weight         float  Weight of the assignment's entropy at every level. Default 0.1, from 0.0 to 1e30.
 * class_weights          floats Weight of each class in the loss of a multiclass task, not all of them 0; an empty
 *                              list is 1 each. Default [], from 0.0 to 1e30.
 * label_smoothing        float  Share of every target that training spreads evenly over the classes, labels and
 *                              words that it could be; not of a regression. Validation and evaluation do without.
 *                              Default 0.0, from 0.0 to 0.999999.
 * initialization         string How parameters are drawn. Default "xavier_uniform".
 *                                "xavier_uniform": Weights uniform in `+-gain sqrt(6 / (fan_in + fan_out))` with
 *                                the activation's gain, biases 0.
 *                                "fan_in_uniform": Weights and biases uniform in `+-1 / sqrt(fan_in)`, as a linear
 *                                layer of PyTorch starts.
 * linear_initialization  string How the parameters of linear layers outside convolutions are drawn: ends of stacks,
 *                              scores of readouts, head. Default "xavier_uniform".
 *                              One of the words of initialization.
 * optimizer              string The optimiser. Default "adam".
 *                                "adam": Adam; weight decay is part of the gradient.
 *                                "adamw": Adam with weight decay apart from the gradient.
 * learning_rate          float  Step size: the largest one of a schedule. Default 0.001, from 1e-30 to 1e30.
 * learning_rate_schedule string How the step size changes from epoch to epoch; docs/training.md has the formulas.
 *                              Default "constant".
 *                                "constant": Not at all.
 *                                "step": The step size falls by the factor `step_factor` every `step_epochs`
 *                                epochs.
 *                                "cosine": The step size falls along half a wave, down to the last epoch.
 *                                "plateau": The step size falls by the factor `plateau_factor` where the validation
 *                                graphs see no improvement.
 * warmup_epochs          int    First epochs, in which the step size rises to `learning_rate` by equal amounts; the
 *                              schedule begins after them. Default 0, from 0 to 2147483647.
 * step_epochs            int    Epochs between two steps of the schedule `step`. Default 50, from 1 to 2147483647.
 * step_factor            float  What every step of the schedule `step` multiplies the step size with. Default 0.5,
 *                              from 1e-30 to 1.0.
 * cosine_min             float  Share of the step size that the schedule `cosine` ends at. Default 0.0, from 0.0 to
 *                              1.0.
 * plateau_patience       int    Epochs in a row without improvement that the schedule `plateau` lets pass; after one
 *                              more the step size falls. Default 10, from 0 to 2147483647.
 * plateau_factor         float  What the schedule `plateau` multiplies the step size with where it falls. Default
 *                              0.5, from 1e-30 to 0.999999.
 * plateau_min_rate       float  Step size below which the schedule `plateau` does not go. Default 0.0, from 0.0 to
 *                              1e30.
 * beta1                  float  Decay of the mean of gradients. Default 0.9, from 0.0 to 0.999999.
 * beta2                  float  Decay of the mean of squared gradients. Default 0.999, from 0.0 to 0.999999.
 * epsilon                float  Added to the root of the mean of squared gradients. Default 1e-8, from 1e-30 to
 *                              1e30.
 * weight_decay           float  Weight decay: added to the gradient by `adam`, taken off the parameter by `adamw`.
 *                              Default 0.0, from 0.0 to 1e30.
 * clip_norm              float  Largest norm of the gradient of all parameters together; 0 is no limit. Default 2.0,
 *                              from 0.0 to 1e30.
 * batch_size             int    Graphs a batch. Default 20, from 1 to 1000000.
 * accumulate_batches     int    Batches a step: their gradients count as that of one larger batch, but for the
 *                              statistics of batch norms. The last step of an epoch may have fewer. Default 1, from
 *                              1 to 1000000.
 * epochs                 int    Passes over the training graphs. Default 100, from 1 to 2147483647.
 * shuffle                bool   Whether every epoch takes the graphs in another order. Default true.
 * chunks                 int    Pieces of a batch that may be worked on at the same time. The result depends on it,
 *                              but not on `threads`. Default 4, from 1 to 1024.
 * patience               int    Epochs without improvement on the validation graphs after which training stops; 0 is
 *                              never. Default 0, from 0 to 2147483647.
 * early_stopping         string What counts as improvement on the validation graphs, also for the schedule
 *                              `plateau`. Default "loss".
 *                                "loss": The loss: lower is better.
 *                                "accuracy": The accuracy: higher is better.
 *                                "metric": The metric that the history records: higher is better, but for errors of
 *                                a regression.
 * min_delta              float  An improvement counts for `patience` and for the schedule `plateau` only where it is
 *                              larger than this; the best weights are the best ones in any case. Default 0.0, from
 *                              0.0 to 1e30.
 * restore_best           bool   Whether training ends with the weights that were best on the validation graphs.
 *                              Default true.
 * ema_decay              float  Share that the moving average of the weights keeps of itself at every step, such as
 *                              0.99; 0 is no average. With one, validation, early stopping and the finished model
 *                              are of the averaged weights and running statistics. Default 0.0, from 0.0 to
 *                              0.999999.
 * seed                   int    Where all random numbers come from. Random assignments belong to it: a trained model
 *                              that has them keeps it. Default 0.
 * threads                int    Threads of training; 0 is one a core. Default 0, from 0 to 1024.
 * checkpoint_every       int    Epochs between two checkpoints; 0 is none. Default 0, from 0 to 2147483647.
 * diagnostics            bool   Whether training and evaluation look at the clusters: how many are in use, how sharp
 *                              they are, what edges they hold. No other number depends on it. Default true.
 * ================================================================================================================== */

/**
 * Makes a configuration from a preset: "default", a good start for most data; "tuned", the same network with the
 * training that docs/results.md measures, which needs validation graphs; "paper", the architecture of Ying et al.
 * (2018); "authors", "pyg" and "errica", which reproduce the paper's code, an example of PyTorch Geometric and the
 * model of Errica et al. (2020); "ogb-code2", the DiffPool entry for the syntax trees of the Open Graph Benchmark.
 * The last four imitate the padding of what they reproduce, so that in training and in losses a graph may depend on
 * the others of its batch.
 *
 * Ownership: `preset` is copied; `*out` is owned by the caller, free with diffpool_config_free.
 *
 * Fails: INVALID_CONFIG if there is no such preset.
 *
 * Threads: any.
 */
diffpool_status diffpool_config_new(const char *preset,
                                    diffpool_config **out,
                                    diffpool_error **error);

/**
 * Reads a configuration from a JSON object. Keys that it leaves out have the value of the preset that it names under
 * "preset", or of "default".
 *
 * Ownership: `json` is copied; `*out` is owned by the caller, free with diffpool_config_free.
 *
 * Fails: INVALID_CONFIG if it is not a JSON object, has a key that is unknown, or a value that a key does not accept.
 *
 * Threads: any.
 */
diffpool_status diffpool_config_from_json(const char *json,
                                          diffpool_config **out,
                                          diffpool_error **error);

/**
 * Makes a second configuration with the same values.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_config_free.
 *
 * Threads: any; `config` is const.
 */
diffpool_status diffpool_config_clone(const diffpool_config *config,
                                      diffpool_config **out,
                                      diffpool_error **error);

/**
 * Frees a configuration. NULL is harmless.
 *
 * Ownership: `config` is gone after the call; models and trainers made with it have their own copy.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_config_free(diffpool_config *config);

/**
 * Sets a key that holds a whole number, such as "epochs", "batch_size" or "seed"; also a key that holds a fraction.
 *
 * Ownership: `key` is copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_int(diffpool_config *config,
                                        const char *key,
                                        int64_t value,
                                        diffpool_error **error);

/**
 * Sets a key that holds a fraction, such as "learning_rate" or "dropout".
 *
 * Ownership: `key` is copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, it does not accept the value, or the value is not finite.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_float(diffpool_config *config,
                                          const char *key,
                                          double value,
                                          diffpool_error **error);

/**
 * Sets a key that is on or off, such as "shuffle": 0 is off, any other number is on.
 *
 * Ownership: `key` is copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, or it is not one that is on or off.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_bool(diffpool_config *config,
                                         const char *key,
                                         int value,
                                         diffpool_error **error);

/**
 * Sets a key that holds a word or words, such as "readout" or "features".
 *
 * Ownership: `key` and `value` are copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_string(diffpool_config *config,
                                           const char *key,
                                           const char *value,
                                           diffpool_error **error);

/**
 * Sets a key that holds a list of whole numbers, such as "head_hidden", or of numbers of any kind.
 *
 * Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
 *
 * Fails: INVALID_CONFIG if there is no such key, or it does not accept the values.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_ints(diffpool_config *config,
                                         const char *key,
                                         const int64_t *values,
                                         size_t length,
                                         diffpool_error **error);

/**
 * Sets a key that holds a list of numbers, such as "clusters" or "class_weights".
 *
 * Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
 *
 * Fails: INVALID_CONFIG if there is no such key, it does not accept the values, or one of them is not finite.
 *
 * Threads: one at a time; `config` is changed.
 */
diffpool_status diffpool_config_set_floats(diffpool_config *config,
                                           const char *key,
                                           const double *values,
                                           size_t length,
                                           diffpool_error **error);

/**
 * Writes the value of one key as JSON: `0.001`, `[0.25]`, `"mean"`.
 *
 * Ownership: `key` is copied; `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: INVALID_CONFIG if there is no such key.
 *
 * Threads: any; `config` is const.
 */
diffpool_status diffpool_config_get_json(const diffpool_config *config,
                                         const char *key,
                                         char **json,
                                         diffpool_error **error);

/**
 * Writes all keys and values as a JSON object, which diffpool_config_from_json reads.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `config` is const.
 */
diffpool_status diffpool_config_to_json(const diffpool_config *config,
                                        char **json,
                                        diffpool_error **error);

/**
 * Checks that the values fit together.
 *
 * Fails: INVALID_CONFIG, naming the keys that do not.
 *
 * Threads: any; `config` is const.
 */
diffpool_status diffpool_config_check(const diffpool_config *config, diffpool_error **error);

/* =====================================================================================================================
 * Data sets: graphs from arrays in memory, from files, or made up.
 *
 * A data set is a list of graphs, each with its class; other targets can be given to them once all are there. All its
 * graphs have the same number of features and of categories a node, and all or none have node labels. Graphs are
 * undirected unless the data set is made with DIFFPOOL_DATASET_DIRECTED: an edge may then be given in either direction
 * or in both, which is the same. An edge given twice in one direction is merged: without weights it counts once, with
 * weights they are summed. Self-loops and isolated nodes are kept.
 *
 * With DIFFPOOL_DATASET_EDGE_LABELS every edge carries an integer label, its kind. Two nodes may then be joined by
 * edges of several labels, each of which is kept; what is said above of an edge holds for those of one label. An edge
 * of an undirected graph that is given in both directions must have the same labels in both. A model sees the labels
 * where its configuration says so; any other adds up the weights of edges that join the same nodes.
 * ================================================================================================================== */

/**
 * Makes an empty data set whose nodes have `features` numbers each, possibly 0, and `categories` whole numbers each,
 * possibly 0, which a model looks up in learned tables.
 *
 * `flags` is 0 or a sum of DIFFPOOL_DATASET_DIRECTED, DIFFPOOL_DATASET_NODE_LABELS and DIFFPOOL_DATASET_EDGE_LABELS.
 *
 * Ownership: `name` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: INVALID_ARGUMENT if a flag is unknown.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_new(const char *name,
                                     size_t features,
                                     size_t categories,
                                     uint32_t flags,
                                     diffpool_dataset **out,
                                     diffpool_error **error);

/**
 * Reads a folder in the format of the TU graph data sets: DS_A.txt, DS_graph_indicator.txt, DS_graph_labels.txt, and
 * what there is of DS_node_labels.txt, DS_node_attributes.txt, DS_edge_labels.txt, DS_edge_attributes.txt and
 * DS_graph_attributes.txt, where DS is the folder's name or the only one there. The classes are numbered in ascending
 * order of the labels in the file, which become their names. Where there are graph attributes, DS_graph_labels.txt may
 * be missing; see diffpool_dataset_use_graph_attributes_as_targets. Lines of the same edge are one edge, with the
 * label and the attributes of the first line in its direction, else of the first in the other. No model reads the
 * attributes of edges.
 *
 * `flags` is 0 or DIFFPOOL_DATASET_DIRECTED.
 *
 * Ownership: `folder` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: IO if a file cannot be read, PARSE with file and line if one is malformed, INVALID_ARGUMENT if a flag is
 * unknown.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_load_tu(const char *folder,
                                         uint32_t flags,
                                         diffpool_dataset **out,
                                         diffpool_error **error);

/**
 * Reads a folder of the Open Graph Benchmark in its raw form, as it is downloaded: raw/num-node-list.csv.gz,
 * raw/num-edge-list.csv.gz, raw/edge.csv.gz, raw/graph-label.csv.gz, and what there is of raw/node-feat.csv.gz,
 * raw/edge-feat.csv.gz, raw/node_depth.csv.gz and mapping/. Whole numbers of nodes become categories, the depth in a
 * syntax tree one more; other numbers become features.
 *
 * `vocabulary` is 0 where labels are numbers, such as those of ogbg-molhiv: they are the targets, of which some may be
 * missing, and a single column of whole numbers from 0 without gaps is also the class. Where labels are words, such as
 * those of ogbg-code2, it is how many of the most frequent words of the training graphs a model tells apart, 5000 for
 * that data set, and `length` how many words it predicts, 5 there; the words, the unknown word __UNK__ and the end
 * __EOS__ are then the names of the classes. `split` names the folder in split/ with the training graphs; NULL is the
 * only one there. With a `vocabulary` of 0 neither is looked at.
 *
 * `flags` is 0 or a sum of DIFFPOOL_DATASET_DIRECTED, DIFFPOOL_DATASET_NEXT_TOKEN_EDGES, which needs
 * raw/node_is_attributed.csv.gz and gives an edge of the tree that joins two successive tokens the weight 2, and
 * DIFFPOOL_DATASET_EDGE_DATA, which keeps what raw/edge-feat.csv.gz says of the edges, or, with the former flag, the
 * label 0 for edges of the tree and 1 for the others.
 *
 * Ownership: `folder` and `split` are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: IO if a file cannot be read, PARSE with file and line if one is malformed, INVALID_ARGUMENT if a flag is
 * unknown, a number is out of range, or there are several splits and none is named.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_load_ogb(const char *folder,
                                          const char *split,
                                          size_t vocabulary,
                                          size_t length,
                                          uint32_t flags,
                                          diffpool_dataset **out,
                                          diffpool_error **error);

/**
 * Makes up a benchmark of `graphs` graphs from a seed, with which a program can be tried without any file.
 *
 * `kind` is "ba", Barabasi-Albert graphs against two such graphs joined, "hierarchy", two groups of communities, by
 * their numbers, against two plain communities, or "syntax_trees", trees of the shape of ogbg-code2 with the words of
 * their names. The same arguments give the same graphs.
 *
 * Ownership: `kind` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: NOT_FOUND if there is no such kind; INVALID_ARGUMENT if the number of graphs is 0 or beyond reason.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_synthetic(const char *kind,
                                           size_t graphs,
                                           uint64_t seed,
                                           diffpool_dataset **out,
                                           diffpool_error **error);

/**
 * Frees a data set. NULL is harmless.
 *
 * Ownership: `dataset` is gone after the call; a trainer made with it keeps the graphs it needs.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_dataset_free(diffpool_dataset *dataset);

/**
 * Adds a graph given as compressed rows: the neighbours of node i are indices[indptr[i]] to indices[indptr[i+1] - 1].
 *
 * `indptr` has `nodes` + 1 values, the first 0 and the last `entries`; `indices` has `entries`, each from 0 to
 * `nodes` - 1. `edge_weight` has `entries` finite values, or is NULL, and every edge weighs 1. `edge_labels` has
 * `entries` values if the data set has edge labels, and is NULL if not. `x` has `nodes` rows of as many finite values
 * as the data set has features, one row after the other, and may be NULL if it has none.
 * `categories` has `nodes` rows of as many values as the data set has categories, and may be NULL if it has none.
 * `node_labels` has `nodes` values if the data set has node labels, and is NULL if not. `y` is the class, from 0.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: INVALID_GRAPH or SHAPE_MISMATCH, naming graph, index and value, if the graph breaks one of these rules;
 * INVALID_ARGUMENT if the class has no name although classes do; INVALID_STATE if a trainer uses the data set, it has
 * targets or attributes of graphs, or it was opened from a file. The data set is then as it was.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_add_csr(diffpool_dataset *dataset,
                                         size_t nodes,
                                         size_t entries,
                                         const int64_t *indptr,
                                         const int32_t *indices,
                                         const float *edge_weight,
                                         const int64_t *edge_labels,
                                         const float *x,
                                         const int32_t *categories,
                                         const int64_t *node_labels,
                                         size_t y,
                                         diffpool_error **error);

/**
 * Adds a graph given as a list of edges: edge e is row sources[e], column targets[e] of the matrix.
 *
 * `sources` and `targets` have `edges` values, each from 0 to `nodes` - 1, and `edge_weight` has as many finite
 * values, or is NULL, and every edge weighs 1. `edge_labels` has `edges` values if the data set has edge labels, and
 * is NULL if not. The rest is as for diffpool_dataset_add_csr.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: as diffpool_dataset_add_csr.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_add_edges(diffpool_dataset *dataset,
                                           size_t nodes,
                                           size_t edges,
                                           const int32_t *sources,
                                           const int32_t *targets,
                                           const float *edge_weight,
                                           const int64_t *edge_labels,
                                           const float *x,
                                           const int32_t *categories,
                                           const int64_t *node_labels,
                                           size_t y,
                                           diffpool_error **error);

/**
 * Names the classes, from 0 on. Without names they are called "0", "1" and so on. The names are also those of
 * the words of sequences, of which there must then be as many.
 *
 * Ownership: `names`, an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE if
 * a trainer uses the data set.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_set_class_names(diffpool_dataset *dataset,
                                                 const char *const *names,
                                                 size_t count,
                                                 diffpool_error **error);

/* =====================================================================================================================
 * Reading a data set: its sizes, and its graphs as they are stored.
 *
 * Graphs are stored as compressed rows, sorted, merged, and for undirected graphs with both directions of every edge,
 * so that an edge is two entries and a self-loop one. Edges of several labels between the same nodes are an entry
 * each, in ascending order of their labels. Functions that fill an array take its capacity and report the needed
 * length; with NULL and a capacity of 0 they only do the latter.
 * ================================================================================================================== */

/**
 * The number of graphs.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_length(const diffpool_dataset *dataset,
                                        size_t *length,
                                        diffpool_error **error);

/**
 * The number of classes: that of their names, or of the words of sequences, or one more than the largest class in use.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_classes(const diffpool_dataset *dataset,
                                         size_t *classes,
                                         diffpool_error **error);

/**
 * The number of features that every node has.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_features(const diffpool_dataset *dataset,
                                          size_t *features,
                                          diffpool_error **error);

/**
 * The number of categories that every node has.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_categories(const diffpool_dataset *dataset,
                                            size_t *categories,
                                            diffpool_error **error);

/**
 * The number of nodes of all graphs together.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_total_nodes(const diffpool_dataset *dataset,
                                             size_t *nodes,
                                             diffpool_error **error);

/**
 * The name of class number `class_index`, from 0.
 *
 * Ownership: `*name` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: NOT_FOUND if there is no such class.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_class_name(const diffpool_dataset *dataset,
                                            size_t class_index,
                                            char **name,
                                            diffpool_error **error);

/**
 * What there is in the data set, as a JSON object, the same that `diffpool inspect --json` prints.
 *
 * - `name`: the name given at creation
 * - `graphs`: number of graphs
 * - `nodes`, `edges`: of a graph: `min`, `mean`, `max`, and of all `total`; an edge without direction counts once
 * - `degree`: stored entries of a node: `min`, `mean`, `max`, and of all nodes `total`
 * - `directed`, `weighted`: whether edges keep their direction, whether they have weights
 * - `isolated_nodes`: number of nodes that no edge touches
 * - `self_loops`: number of edges from a node to itself
 * - `features`, `categories`: how many a node has
 * - `node_labels`, `edge_labels`: the labels that occur, sorted
 * - `edge_attributes`, `graph_attributes`: how many an edge has, how many a graph has
 * - `targets`, `missing_targets`: how many a graph has, how many are missing in all
 * - `sequence_length`, `vocabulary`: words to predict of a graph, words that exist
 * - `classes`: a list of objects: `name` and number of `graphs`; empty where graphs have sequences
 * - `columns`: a list of objects: `name` and `bytes` of every array that the graphs are stored as
 *
 * Every edge is looked at, so the time is linear in their number, and a data set that was opened from a file is read
 * as a whole. The sizes alone are told by diffpool_dataset_length and the functions after it at once.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_summary_json(const diffpool_dataset *dataset,
                                              char **json,
                                              diffpool_error **error);

/**
 * The number of nodes and of stored entries of graph `index`, from 0.
 *
 * Fails: NOT_FOUND if there is no such graph.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_graph_size(const diffpool_dataset *dataset,
                                            size_t index,
                                            size_t *nodes,
                                            size_t *entries,
                                            diffpool_error **error);

/**
 * The class of graph `index`.
 *
 * Fails: NOT_FOUND if there is no such graph.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_class_of(const diffpool_dataset *dataset,
                                          size_t index,
                                          size_t *y,
                                          diffpool_error **error);

/**
 * Copies the matrix of graph `index` as compressed rows.
 *
 * With the sizes from diffpool_dataset_graph_size, `indptr` needs `nodes` + 1 values, `indices` needs `entries`, and
 * so does `edge_weight`, which may be NULL with a capacity of 0 and is filled with 1 where the data has no weights.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then nothing is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_csr(const diffpool_dataset *dataset,
                                          size_t index,
                                          int64_t *indptr,
                                          size_t indptr_capacity,
                                          int32_t *indices,
                                          size_t indices_capacity,
                                          float *edge_weight,
                                          size_t edge_weight_capacity,
                                          diffpool_error **error);

/**
 * Copies the node features of graph `index`: a row a node, one after the other.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_x(const diffpool_dataset *dataset,
                                        size_t index,
                                        float *x,
                                        size_t capacity,
                                        size_t *needed,
                                        diffpool_error **error);

/**
 * Copies the categories of the nodes of graph `index`: a row a node, one after the other.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_categories(const diffpool_dataset *dataset,
                                                 size_t index,
                                                 int32_t *categories,
                                                 size_t capacity,
                                                 size_t *needed,
                                                 diffpool_error **error);

/**
 * Copies the labels of the nodes of graph `index`; none where the data has none.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_node_labels(const diffpool_dataset *dataset,
                                                  size_t index,
                                                  int64_t *node_labels,
                                                  size_t capacity,
                                                  size_t *needed,
                                                  diffpool_error **error);

/**
 * Copies the labels of the entries of graph `index`, in the order of `indices`; none where the data has none.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_edge_labels(const diffpool_dataset *dataset,
                                                  size_t index,
                                                  int64_t *edge_labels,
                                                  size_t capacity,
                                                  size_t *needed,
                                                  diffpool_error **error);

/**
 * Copies the attributes of the entries of graph `index`: a row an entry, in the order of `indices`; none where the
 * data has none.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_edge_attributes(const diffpool_dataset *dataset,
                                                      size_t index,
                                                      float *edge_attributes,
                                                      size_t capacity,
                                                      size_t *needed,
                                                      diffpool_error **error);

/**
 * Copies the attributes of graph `index`; none where the data has none.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_graph_attributes(const diffpool_dataset *dataset,
                                                       size_t index,
                                                       float *graph_attributes,
                                                       size_t capacity,
                                                       size_t *needed,
                                                       diffpool_error **error);

/* =====================================================================================================================
 * Data set files: graphs that stay on disk, for data sets larger than memory.
 *
 * A data set of any origin is saved to a file once, and opened from there as often as wanted. One that is larger than
 * memory is written graph by graph, see diffpool_dataset_writer_new. The graphs of an opened data set are not read
 * into memory but mapped: the system brings in what is used and drops it again where memory is scarce. All functions
 * take an opened data set as any other, except that no graph can be added to it; names of classes, targets and
 * sequences can be set, and are then in memory. Training with it gives the same bits.
 *
 * While it is open, the file must not be changed in place, shortened or written over by any program, nor its disk be
 * taken away: its bytes are used unchecked after opening, and a read of what is no longer there ends the process, on
 * Unix by the signal SIGBUS. Replacing the file as a whole or removing it is harmless, and diffpool_dataset_save and
 * diffpool_dataset_writer_finish only do the former. The file is closed once the data set is freed, and every trainer
 * that was made with it.
 *
 * What stays in memory does not depend on the size of the file but for a few numbers a graph: eight bytes for every
 * entry of the lists of graphs that a trainer is given, some copies of them, and what was predicted of each graph. The
 * feature "clustering" and the assignment "graclus" are computed once for all graphs, and each keeps four bytes a
 * node. A new trainer reads its graphs two or three times over: to find the categories and labels that there are, to
 * tell the data by a checksum, and to see that all graphs fit the model. After that every batch reads its own graphs.
 *
 * Other programs can read the file: it is in the safetensors format. Files work on machines of 64 bits whose numbers
 * begin with their lowest byte, which are all those of x86-64 and practically all of aarch64.
 * ================================================================================================================== */

/**
 * Saves a data set to a file with everything that belongs to it. A file that is there is replaced in one step:
 * whatever happens, it is the old one or the new one. It may be the file that the data set itself was opened from.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written; UNSUPPORTED on machines that such files do not work on.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_save(const diffpool_dataset *dataset,
                                      const char *path,
                                      diffpool_error **error);

/**
 * Opens a data set from a file that diffpool_dataset_save or a diffpool_dataset_writer wrote.
 *
 * The whole file is read once to check it: its checksum, and every number in it, so that not even a file made with
 * malice can lead a later call astray. Almost no memory is needed for that.
 *
 * Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_dataset_free. The file must stay as
 * it is as said above.
 *
 * Fails: IO if the file cannot be read or mapped; INVALID_FILE if it is damaged or no data set; UNSUPPORTED_VERSION
 * if a newer library wrote it; UNSUPPORTED on machines that such files do not work on.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_open(const char *path,
                                      diffpool_dataset **out,
                                      diffpool_error **error);

/* =====================================================================================================================
 * Targets: what a model is to predict of a graph besides a class.
 *
 * The key "task" of a configuration says what a model predicts:
 *
 * "multiclass"  one of the classes that the graphs were added with
 * "binary"      one target of 0 or 1, by one logit
 * "multilabel"  several targets of 0 or 1, by a logit each
 * "regression"  one or several numbers
 * "sequence"    the first words of a sequence of words, each by a logit a word of a vocabulary
 *
 * All but the first need the functions below, which are called once all graphs are there; classes stay beside them,
 * and splits are by class. A target that is NaN is missing: it takes no part in losses and metrics. A graph without
 * any target can be given, too; it takes part in the link and entropy losses only.
 * ================================================================================================================== */

/**
 * Gives every graph of a data set `width` targets, in place of any that it has. After it no graph can be added.
 *
 * `targets` has `length` values: `width` a graph, one graph after the other, each finite or NaN where it is missing.
 *
 * Ownership: `targets` is copied.
 *
 * Fails: SHAPE_MISMATCH if `length` is not `width` times the number of graphs; INVALID_ARGUMENT if a value is infinite
 * or `width` is 0 or beyond reason; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_set_targets(diffpool_dataset *dataset,
                                             const float *targets,
                                             size_t length,
                                             size_t width,
                                             diffpool_error **error);

/**
 * Makes the attributes of the graphs, as DS_graph_attributes.txt of a folder in TU format has them, their targets.
 *
 * Fails: INVALID_STATE if the graphs have no attributes, or a trainer uses the data set.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_use_graph_attributes_as_targets(diffpool_dataset *dataset,
                                                                 diffpool_error **error);

/**
 * Gives every graph of a data set a sequence of words, in place of any that it has. After it no graph can be added.
 *
 * The words of graph g are words[offsets[g]] to words[offsets[g+1] - 1]; `offsets` has one value more than there are
 * graphs, the first 0 and the last `words_length`. A model predicts the first `length` of them, followed by ends.
 *
 * The words that a model can tell apart are numbered from 0 to `vocabulary` - 3. `vocabulary` - 2 is any other word,
 * and `vocabulary` - 1 is the end, which may be left out. Numbers from `vocabulary` up are words beyond the
 * vocabulary: a model can only predict them as the other word, and the metric counts them as missed. The names of the
 * words are those of the classes: where these are named, there must be as many, see diffpool_dataset_set_class_names.
 *
 * Ownership: `offsets` and `words` are copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_ARGUMENT, naming index and value, if the offsets do not fit the graphs, a word is
 * negative, or `length` or `vocabulary` is too small or beyond reason; INVALID_STATE if a trainer uses the data set.
 * The data set is then as it was.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_set_sequences(diffpool_dataset *dataset,
                                               const size_t *offsets,
                                               size_t offsets_length,
                                               const int64_t *words,
                                               size_t words_length,
                                               size_t length,
                                               size_t vocabulary,
                                               diffpool_error **error);

/**
 * The number of targets of every graph, 0 if there are none.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_target_width(const diffpool_dataset *dataset,
                                              size_t *width,
                                              diffpool_error **error);

/**
 * The number of words of a sequence that a model is to predict, 0 if there are no sequences. The size of their
 * vocabulary is diffpool_dataset_classes.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_sequence_length(const diffpool_dataset *dataset,
                                                 size_t *length,
                                                 diffpool_error **error);

/**
 * Copies the targets of graph `index`, with NaN for those that are missing.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_targets(const diffpool_dataset *dataset,
                                              size_t index,
                                              float *targets,
                                              size_t capacity,
                                              size_t *needed,
                                              diffpool_error **error);

/**
 * Copies all words of the sequence of graph `index`, without its end; none where there are no sequences.
 *
 * Fails: NOT_FOUND if there is no such graph; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_dataset_copy_sequence(const diffpool_dataset *dataset,
                                               size_t index,
                                               int64_t *words,
                                               size_t capacity,
                                               size_t *needed,
                                               diffpool_error **error);

/* =====================================================================================================================
 * Data set files written graph by graph, for data sets that do not fit into memory.
 *
 * A writer takes graphs as a data set does and writes the file that diffpool_dataset_save would write of them, byte
 * for byte, to be opened with diffpool_dataset_open. It needs a few megabytes of memory besides the largest graph,
 * however many graphs there are.
 *
 * Targets and sequences of words are given along with the graphs: at any time, for all graphs that were added since
 * the last such call. If some graphs have them, all must in the end. Whole data sets can be added, too, such as the
 * parts of a larger one.
 *
 * The graphs are gathered in files without names in the folder of the file: they need as much room on its disk as the
 * file, and while it is finished once more that of its largest part. The file appears in one step when it is
 * finished. Until then a file that is there stays as it is, and if the writer is freed before or the process ends,
 * nothing is left behind. After an error of the kind IO, such as a full disk, the writer can only be freed.
 * ================================================================================================================== */

/**
 * Begins to write a file of graphs whose nodes have `features` numbers and `categories` whole numbers each, either
 * possibly 0. `flags` is as for diffpool_dataset_new.
 *
 * Ownership: `path` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_writer_free.
 *
 * Fails: IO if no file can be written there; INVALID_ARGUMENT if a flag is unknown; UNSUPPORTED on machines that such
 * files do not work on.
 *
 * Threads: any.
 */
diffpool_status diffpool_dataset_writer_new(const char *path,
                                            const char *name,
                                            size_t features,
                                            size_t categories,
                                            uint32_t flags,
                                            diffpool_dataset_writer **out,
                                            diffpool_error **error);

/**
 * Frees a writer. NULL is harmless. A file that is not finished is given up, and nothing is left of it.
 *
 * Ownership: `writer` is gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_dataset_writer_free(diffpool_dataset_writer *writer);

/**
 * Adds a graph given as compressed rows, with the arguments of diffpool_dataset_add_csr.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: IO if the graphs cannot be written; INVALID_STATE after that, after diffpool_dataset_writer_finish, and if
 * data sets with attributes of edges or graphs were added; else as diffpool_dataset_add_csr, and the writer is then as
 * it was.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_add_csr(diffpool_dataset_writer *writer,
                                                size_t nodes,
                                                size_t entries,
                                                const int64_t *indptr,
                                                const int32_t *indices,
                                                const float *edge_weight,
                                                const int64_t *edge_labels,
                                                const float *x,
                                                const int32_t *categories,
                                                const int64_t *node_labels,
                                                size_t y,
                                                diffpool_error **error);

/**
 * Adds a graph given as a list of edges, with the arguments of diffpool_dataset_add_edges.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: as diffpool_dataset_writer_add_csr.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_add_edges(diffpool_dataset_writer *writer,
                                                  size_t nodes,
                                                  size_t edges,
                                                  const int32_t *sources,
                                                  const int32_t *targets,
                                                  const float *edge_weight,
                                                  const int64_t *edge_labels,
                                                  const float *x,
                                                  const int32_t *categories,
                                                  const int64_t *node_labels,
                                                  size_t y,
                                                  diffpool_error **error);

/**
 * Adds all graphs of a data set with everything that belongs to them: targets, words and attributes, of which the
 * graphs that are there already must have as many. It may be opened from a file.
 *
 * A data set that names its classes brings the names with it if it is the first to be added. If the writer has names
 * already, the classes of the data set are found among them by their names; those of its graphs must be there.
 * Words of sequences must be the same ones.
 *
 * Ownership: the graphs are copied.
 *
 * Fails: SHAPE_MISMATCH, INVALID_ARGUMENT or INVALID_STATE if the graphs differ from those before in what they have,
 * or in their names; the writer is then as it was. IO and INVALID_STATE else as diffpool_dataset_writer_add_csr.
 *
 * Threads: one at a time; `writer` is changed, and `dataset` is const.
 */
diffpool_status diffpool_dataset_writer_append(diffpool_dataset_writer *writer,
                                               const diffpool_dataset *dataset,
                                               diffpool_error **error);

/**
 * Gives `width` targets to each of the graphs that have none yet, which are those added since the last call: after
 * every graph, now and then, or once at the end. `targets` has `length` values as for diffpool_dataset_set_targets.
 *
 * Ownership: `targets` is copied.
 *
 * Fails: SHAPE_MISMATCH if `length` is not `width` times the number of these graphs, or `width` is not that of the
 * graphs before; INVALID_ARGUMENT if a value is infinite or `width` is 0 or beyond reason; IO and INVALID_STATE as
 * diffpool_dataset_writer_add_csr.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_add_targets(diffpool_dataset_writer *writer,
                                                    const float *targets,
                                                    size_t length,
                                                    size_t width,
                                                    diffpool_error **error);

/**
 * Gives a sequence of words to each of the graphs that have none yet, which are those added since the last call. The
 * arguments are those of diffpool_dataset_set_sequences for these graphs: `offsets` begins with 0.
 *
 * Ownership: `offsets` and `words` are copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_ARGUMENT as diffpool_dataset_set_sequences, and if `length` or `vocabulary` is not
 * that of the graphs before; IO and INVALID_STATE as diffpool_dataset_writer_add_csr.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_add_sequences(diffpool_dataset_writer *writer,
                                                      const size_t *offsets,
                                                      size_t offsets_length,
                                                      const int64_t *words,
                                                      size_t words_length,
                                                      size_t length,
                                                      size_t vocabulary,
                                                      diffpool_error **error);

/**
 * Names the classes, or the words of sequences, as diffpool_dataset_set_class_names does. Graphs that are added later
 * must be of one of these classes.
 *
 * Ownership: `names`, an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE
 * as diffpool_dataset_writer_add_csr.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_set_class_names(diffpool_dataset_writer *writer,
                                                        const char *const *names,
                                                        size_t count,
                                                        diffpool_error **error);

/**
 * The number of graphs that were added so far.
 *
 * Threads: any; `writer` is const.
 */
diffpool_status diffpool_dataset_writer_length(const diffpool_dataset_writer *writer,
                                               size_t *length,
                                               diffpool_error **error);

/**
 * Finishes the file: it is put in place, or replaces one that is there, in one step. After that the writer can only be
 * freed.
 *
 * Fails: INVALID_STATE if graphs lack targets or words that others have, which can then be given, and as
 * diffpool_dataset_writer_add_csr; IO if the file cannot be written, and nothing is left of it.
 *
 * Threads: one at a time; `writer` is changed.
 */
diffpool_status diffpool_dataset_writer_finish(diffpool_dataset_writer *writer,
                                               diffpool_error **error);

/* =====================================================================================================================
 * Splits: which graphs to train on, and which to keep back.
 *
 * Functions that take graphs take them as an array of indices into the data set, so any split can be used. The ones
 * made here are stratified, so that every class is shared out in the same proportion, and depend on nothing but the
 * classes of the graphs and the seed.
 * ================================================================================================================== */

/**
 * Keeps a share of the graphs back for testing.
 *
 * `fraction`, above 0 and below 1, is the share of the graphs of every class that goes to the test list.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_split_free. It does not need the data set any more.
 *
 * Fails: INVALID_ARGUMENT if the fraction is out of range or leaves one of the lists empty.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_split_holdout(const diffpool_dataset *dataset,
                                       double fraction,
                                       uint64_t seed,
                                       diffpool_split **out,
                                       diffpool_error **error);

/**
 * Makes the split of one fold of a k-fold cross-validation.
 *
 * The graphs are dealt to `folds` lists of nearly equal size; the test list is number `fold`, from 0, and the train
 * list all others. Calls with the same seed and number of folds deal alike.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_split_free. It does not need the data set any more.
 *
 * Fails: INVALID_ARGUMENT if there are fewer than 2 folds, more folds than graphs, or no such fold.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_split_k_fold(const diffpool_dataset *dataset,
                                      size_t folds,
                                      size_t fold,
                                      uint64_t seed,
                                      diffpool_split **out,
                                      diffpool_error **error);

/**
 * Reads the split of a folder that diffpool_dataset_load_ogb read `dataset` from. Its lists keep their order.
 *
 * `name` is that of the folder in split/, or NULL for the only one there.
 *
 * Ownership: `folder` and `name` are copied; `*out` is owned by the caller, free with diffpool_split_free. It does not
 * need the data set any more.
 *
 * Fails: IO if a file cannot be read, PARSE with file and line if one is malformed or names a graph that the data set
 * does not have or that was named before, INVALID_ARGUMENT if there are several splits and none is named.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_split_load_ogb(const diffpool_dataset *dataset,
                                        const char *folder,
                                        const char *name,
                                        diffpool_split **out,
                                        diffpool_error **error);

/**
 * Frees a split. NULL is harmless.
 *
 * Ownership: `split` and its lists are gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_split_free(diffpool_split *split);

/**
 * The graphs to train on, in ascending order if the library made the split.
 *
 * Ownership: the array is borrowed until the split is freed.
 *
 * Threads: any; `split` is const.
 */
diffpool_status diffpool_split_train(const diffpool_split *split,
                                     const size_t **indices,
                                     size_t *length,
                                     diffpool_error **error);

/**
 * The graphs to watch while training; none if the library made the split.
 *
 * Ownership: the array is borrowed until the split is freed.
 *
 * Threads: any; `split` is const.
 */
diffpool_status diffpool_split_validation(const diffpool_split *split,
                                          const size_t **indices,
                                          size_t *length,
                                          diffpool_error **error);

/**
 * The graphs kept back, in ascending order if the library made the split.
 *
 * Ownership: the array is borrowed until the split is freed.
 *
 * Threads: any; `split` is const.
 */
diffpool_status diffpool_split_test(const diffpool_split *split,
                                    const size_t **indices,
                                    size_t *length,
                                    diffpool_error **error);

/* =====================================================================================================================
 * Models: made, saved, loaded, described.
 *
 * A model knows all that a prediction needs: its configuration, which features it computes from a graph, its weights,
 * the number of targets and the names of the classes. A model file is in the safetensors format, so other programs can
 * read its tensors.
 * ================================================================================================================== */

/**
 * Makes a model with fresh weights, drawn from the seed of the configuration.
 *
 * What depends on data, such as the number of clusters or the deviation of an attribute, is taken from the graphs
 * `train`, an array of `train_length` indices; NULL and DIFFPOOL_ALL stand for all graphs. To train the model see
 * diffpool_trainer_from_model; diffpool_trainer_new makes its own.
 *
 * Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data; NOT_FOUND if an index
 * names no graph; INVALID_ARGUMENT if there are no graphs; INVALID_GRAPH if a category cannot have a row in a table.
 * Data that lacks the targets of the task, or has fewer than two classes, does not suit it.
 *
 * Threads: any; `config` and `dataset` are const.
 */
diffpool_status diffpool_model_new(const diffpool_config *config,
                                   const diffpool_dataset *dataset,
                                   const size_t *train,
                                   size_t train_length,
                                   diffpool_model **out,
                                   diffpool_error **error);

/**
 * Loads a model from a file.
 *
 * Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no model; UNSUPPORTED_VERSION if a newer
 * library wrote it.
 *
 * Threads: any.
 */
diffpool_status diffpool_model_load(const char *path,
                                    diffpool_model **out,
                                    diffpool_error **error);

/**
 * Saves a model to a file. A file that is there is replaced in one step: whatever happens, it is the old one or the
 * new one.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_save(const diffpool_model *model,
                                    const char *path,
                                    diffpool_error **error);

/**
 * Loads a model from the bytes of a model file.
 *
 * Ownership: `bytes`, an array of `length`, is copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_FILE if the bytes are damaged or no model; UNSUPPORTED_VERSION if a newer library wrote them.
 *
 * Threads: any.
 */
diffpool_status diffpool_model_from_bytes(const uint8_t *bytes,
                                          size_t length,
                                          diffpool_model **out,
                                          diffpool_error **error);

/**
 * Writes the bytes of a model file to memory.
 *
 * Ownership: `*bytes`, an array of `*length`, is owned by the caller, free with diffpool_bytes_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_to_bytes(const diffpool_model *model,
                                        uint8_t **bytes,
                                        size_t *length,
                                        diffpool_error **error);

/**
 * Makes a second model with the same weights, which can be changed without changing the first.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_clone(const diffpool_model *model,
                                     diffpool_model **out,
                                     diffpool_error **error);

/**
 * Frees a model. NULL is harmless.
 *
 * Ownership: `model` is gone after the call; sessions made with it live on.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_model_free(diffpool_model *model);

/**
 * Describes the model in a few lines for people: levels, layers, sizes, number of parameters.
 *
 * Ownership: `*summary` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_summary(const diffpool_model *model,
                                       char **summary,
                                       diffpool_error **error);

/**
 * Describes the model as a JSON object for programs.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_summary_json(const diffpool_model *model,
                                            char **json,
                                            diffpool_error **error);

/**
 * Makes a configuration that says what the model looks like and how it was trained. Shares of nodes have become
 * numbers of clusters.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_config_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_config(const diffpool_model *model,
                                      diffpool_config **out,
                                      diffpool_error **error);

/**
 * The number of trained parameters.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_parameter_count(const diffpool_model *model,
                                               size_t *count,
                                               diffpool_error **error);

/**
 * The number of classes that a target is one of: those of "multiclass", 2 for "binary", the words of the vocabulary
 * for "sequence"; 0 for "multilabel" and "regression". How many logits a prediction has is diffpool_model_outputs.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_classes(const diffpool_model *model,
                                       size_t *classes,
                                       diffpool_error **error);

/**
 * The number of features that every node of a graph must come with: that of the data set that the model was made for,
 * or 0 if the model does not use them.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_features(const diffpool_model *model,
                                        size_t *features,
                                        diffpool_error **error);

/**
 * The number of categories that every node of a graph must come with: that of the data set that the model was made
 * for, or 0 if the model does not use them.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_categories(const diffpool_model *model,
                                          size_t *categories,
                                          diffpool_error **error);

/**
 * Whether every node of a graph must come with a label, 1, or the model does not use labels, 0.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_node_labels(const diffpool_model *model,
                                           int *node_labels,
                                           diffpool_error **error);

/**
 * Copies the edge labels that are a relation of the model each, in ascending order; none where it takes all edges for
 * one kind. Every edge of a graph must come with one of them.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_relations(const diffpool_model *model,
                                         int64_t *edge_labels,
                                         size_t capacity,
                                         size_t *needed,
                                         diffpool_error **error);

/**
 * What the model predicts, the key "task" of its configuration: "multiclass", "binary", "multilabel", "regression" or
 * "sequence".
 *
 * Ownership: `*task` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_task(const diffpool_model *model,
                                    char **task,
                                    diffpool_error **error);

/**
 * The number of targets of a graph: 1 for "multiclass" and "binary", labels for "multilabel", numbers for
 * "regression", words that are predicted for "sequence".
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_targets(const diffpool_model *model,
                                       size_t *targets,
                                       diffpool_error **error);

/**
 * The number of logits of a graph: one a class for "multiclass", one for "binary", one a target for "multilabel" and
 * "regression", and for "sequence" one a word of the vocabulary for every word that is predicted, word after word.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_outputs(const diffpool_model *model,
                                       size_t *outputs,
                                       diffpool_error **error);

/**
 * The name of the metric that the history of its training records, and that diffpool_evaluation_metric calls "auto".
 *
 * Ownership: `*metric` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_metric(const diffpool_model *model,
                                      char **metric,
                                      diffpool_error **error);

/**
 * The name of class number `class_index`, from 0.
 *
 * Ownership: `*name` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: NOT_FOUND if there is no such class.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_class_name(const diffpool_model *model,
                                          size_t class_index,
                                          char **name,
                                          diffpool_error **error);

/* =====================================================================================================================
 * Tensors: the weights of a model by name.
 *
 * A tensor is named by its place in the model, such as "levels.0.embed.convs.1.weight_rel", and holds floats, row by
 * row. The trained parameters come first, then what training only measures, such as the running mean of a batch norm.
 * Weights from elsewhere can be written into a new model with diffpool_model_tensor_write.
 * ================================================================================================================== */

/**
 * The number of tensors.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_tensor_count(const diffpool_model *model,
                                            size_t *count,
                                            diffpool_error **error);

/**
 * The name of tensor number `index`, from 0.
 *
 * Ownership: `*name` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: NOT_FOUND if there is no such tensor.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_tensor_name(const diffpool_model *model,
                                           size_t index,
                                           char **name,
                                           diffpool_error **error);

/**
 * The sizes of a tensor along each of its dimensions: rows and columns of a matrix, the length of a vector.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if no tensor has this name; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_tensor_shape(const diffpool_model *model,
                                            const char *name,
                                            size_t *shape,
                                            size_t capacity,
                                            size_t *needed,
                                            diffpool_error **error);

/**
 * Whether a tensor is trained, 1, or only measured in training, 0.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if no tensor has this name.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_tensor_trained(const diffpool_model *model,
                                              const char *name,
                                              int *trained,
                                              diffpool_error **error);

/**
 * Copies the values of a tensor.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if no tensor has this name; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_tensor_read(const diffpool_model *model,
                                           const char *name,
                                           float *values,
                                           size_t capacity,
                                           size_t *needed,
                                           diffpool_error **error);

/**
 * Replaces the values of a tensor.
 *
 * Ownership: `name` and `values`, an array of `length`, are copied.
 *
 * Fails: NOT_FOUND if no tensor has this name; SHAPE_MISMATCH if it has another number of values; INVALID_ARGUMENT if
 * a value is not finite; INVALID_STATE if a session or an evaluator uses the model.
 *
 * Threads: one at a time; `model` is changed.
 */
diffpool_status diffpool_model_tensor_write(diffpool_model *model,
                                            const char *name,
                                            const float *values,
                                            size_t length,
                                            diffpool_error **error);

/* =====================================================================================================================
 * What is written down with a model: any keys and values of the user's, and how it was trained.
 *
 * Metadata is kept in the file of the model, by training that goes on from it, and in checkpoints. No prediction
 * depends on it. A key has from 1 to 255 bytes, a value at most 1048576; there are at most 1024 keys, and 4194304
 * bytes in all. Keys that begin with "diffpool." are written by training:
 *
 * diffpool.date               when training ended, such as 2026-03-01T12:00:00Z; see below
 * diffpool.library_version    of the library that trained
 * diffpool.data_fingerprint   eight hexadecimal digits that tell training and validation graphs from others
 * diffpool.training_graphs    how many
 * diffpool.validation_graphs  how many
 * diffpool.epochs             epochs that were trained
 * diffpool.best_epoch         the epoch whose weights the model has
 * diffpool.metric             name of the metric that the history records
 * diffpool.validation_metric  that metric of the validation graphs after the best epoch, where there are any
 *
 * The variable SOURCE_DATE_EPOCH of the environment, seconds since 1970, takes the place of the clock where it is set:
 * then the same training gives the same file, byte for byte.
 * ================================================================================================================== */

/**
 * Gives a key of the metadata a value, in place of the one that it has. NULL for the value takes the key away, whether
 * it is there or not.
 *
 * Ownership: `key` and `value` are copied.
 *
 * Fails: INVALID_ARGUMENT if the key begins with "diffpool." and there is a value, if key or value are too long or not
 * UTF-8, or if there would be too many; INVALID_STATE if a session or an evaluator uses the model.
 *
 * Threads: one at a time; `model` is changed.
 */
diffpool_status diffpool_model_set_metadata(diffpool_model *model,
                                            const char *key,
                                            const char *value,
                                            diffpool_error **error);

/**
 * The value of a key of the metadata, or NULL if there is none, or if `model` or `key` is NULL.
 *
 * Ownership: `key` is copied; the string is borrowed until the metadata is changed or the model is freed.
 *
 * Threads: any; `model` is const.
 */
const char *diffpool_model_metadata(const diffpool_model *model,
                                    const char *key);

/**
 * The number of keys of the metadata; 0 for NULL.
 *
 * Threads: any; `model` is const.
 */
size_t diffpool_model_metadata_count(const diffpool_model *model);

/**
 * Key number `key_index` of the metadata, from 0, in the order of their bytes; NULL if there is none.
 *
 * Ownership: the string is borrowed until the metadata is changed or the model is freed.
 *
 * Threads: any; `model` is const.
 */
const char *diffpool_model_metadata_key(const diffpool_model *model,
                                        size_t key_index);

/* =====================================================================================================================
 * What a model expects of a graph, and which model it is.
 *
 * The object of diffpool_model_schema_json has these keys:
 *
 * task         what is predicted, see diffpool_model_task
 * classes      names of the classes that a target is one of, or the words of the vocabulary; else empty
 * targets      number of targets of a graph
 * outputs      number of logits of a graph
 * directed     whether edges keep their direction
 * features     "width", how many features every node brings; "names" of them, empty where they have none; "min", "max"
 *              and "mean" of each over the nodes of the training graphs, empty where nothing is known
 * columns      names of the columns that the network makes of a node
 * node_labels  labels that a node may have; empty where they are not read
 * relations    edge labels that are a relation each; empty where edges are of one kind
 * categories   "width", how many categories every node brings, and "rows" of the table of each
 * out_of_vocabulary  what becomes of other labels, relations and categories, see the configuration key of this name
 * nodes        "min", "max" and "mean" number of nodes of a training graph; null where nothing is known
 * levels       number of pooling levels
 * clusters     number of clusters of every level
 * ================================================================================================================== */

/**
 * What a model expects of a graph and says of it, as a JSON object.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_model_schema_json(const diffpool_model *model,
                                           char **json,
                                           diffpool_error **error);

/**
 * Reads the header of a model file and nothing else: no weight is read, and no more memory is used than the header
 * needs. What it says is not checked against the weights, so it may be damaged or made up.
 *
 * The JSON object has the keys "schema" (see diffpool_model_schema_json), "config" (see diffpool_config_to_json),
 * "metadata" (an object of strings), "tensors" (how many), "tensor_bytes" (that they are said to have) and "complete"
 * (whether so many bytes follow the header).
 *
 * Ownership: `path` is copied; `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if its header is damaged or it is no model; UNSUPPORTED_VERSION
 * if a newer library wrote it.
 *
 * Threads: any.
 */
diffpool_status diffpool_model_peek(const char *path,
                                    char **json,
                                    diffpool_error **error);

/**
 * The SHA-256 of all that determines predictions, as 64 hexadecimal digits: the configuration keys that a prediction
 * depends on, features, classes, and every number of every tensor. Equal models have equal fingerprints, whatever file
 * they are from; keys of training and metadata do not count. NULL for NULL, or where memory is out.
 *
 * The first call on a model takes time that grows with its weights.
 *
 * Ownership: the string is borrowed until a tensor is written or the model is freed.
 *
 * Threads: any; `model` is const.
 */
const char *diffpool_model_fingerprint(const diffpool_model *model);

/**
 * Numbers the classes of a data set as a model does: by their names, with those that no graph has. After it the class
 * of a graph is the same number to both.
 *
 * Nothing needs it: whenever a model meets a data set, classes are found by name. Of a model without classes, such as
 * a regression, nothing changes.
 *
 * Fails: INVALID_GRAPH if a graph is of a class that the model does not know, which the message names, or if the words
 * of sequences are not those of the model; INVALID_STATE if a trainer uses the data set. Then nothing changes.
 *
 * Threads: one at a time; `dataset` is changed, `model` is const.
 */
diffpool_status diffpool_dataset_align_classes(diffpool_dataset *dataset,
                                               const diffpool_model *model,
                                               diffpool_error **error);

/**
 * Names the features of a node, in order: `names` is an array of `count` strings, each another one of 1 to 255 bytes.
 * They go with the data set and its file, and with the model that is trained on it. A model whose features have other
 * names refuses the data set.
 *
 * Ownership: `names` is copied.
 *
 * Fails: SHAPE_MISMATCH if there are not as many names as features; INVALID_ARGUMENT if a name is empty, too long or
 * there twice; INVALID_STATE if a trainer uses the data set.
 *
 * Threads: one at a time; `dataset` is changed.
 */
diffpool_status diffpool_dataset_set_feature_names(diffpool_dataset *dataset,
                                                   const char *const *names,
                                                   size_t count,
                                                   diffpool_error **error);

/* =====================================================================================================================
 * Training.
 *
 * A trainer has a model, a data set and a position in training. `diffpool_trainer_fit` runs from there to the end of
 * the configured epochs, until early stopping, or until it is told to stop; then the model is taken with
 * `diffpool_trainer_model`. A run depends on nothing but data, configuration and seed: the number of threads, and a
 * stop with a later resume, leave every bit as it would have been.
 *
 * While one thread is in `diffpool_trainer_fit`, others may call `diffpool_trainer_cancel`; any other function answers
 * INVALID_STATE, also when it is called from a callback.
 * ================================================================================================================== */

/**
 * Makes a trainer for a new model.
 *
 * `train` is an array of `train_length` indices of the graphs to train on, and `validation` one of
 * `validation_length` to watch. `train` NULL and DIFFPOOL_ALL stands for all graphs that are not in `validation`,
 * which has to be listed; NULL and 0 stand for none.
 *
 * Ownership: `config`, `train` and `validation` are copied. The data set is shared: it may be freed, but cannot be
 * changed until the trainer is freed. `*out` is owned by the caller, free with diffpool_trainer_free.
 *
 * Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data, as where that lacks the
 * targets of the task or has fewer than two classes; NOT_FOUND if an index names no graph; INVALID_ARGUMENT if there
 * are no graphs to train on, a graph is named twice, or a label is neither 0, 1 nor missing; INVALID_GRAPH if a
 * category has no row in its table.
 *
 * Threads: any; `config` and `dataset` are const.
 */
diffpool_status diffpool_trainer_new(const diffpool_config *config,
                                     const diffpool_dataset *dataset,
                                     const size_t *train,
                                     size_t train_length,
                                     const size_t *validation,
                                     size_t validation_length,
                                     diffpool_trainer **out,
                                     diffpool_error **error);

/**
 * Makes a trainer that begins with the weights of a model, to fine-tune it or to train a model made beforehand.
 *
 * How to train is taken from `config`, which must describe the same network as the model's own: begin with
 * diffpool_model_config and change what is to change. The rest is as for diffpool_trainer_new.
 *
 * Ownership: as diffpool_trainer_new; the model is copied.
 *
 * Fails: as diffpool_trainer_new; INVALID_CONFIG also if the configuration describes another network; SHAPE_MISMATCH
 * or INVALID_GRAPH if the graphs lack features, categories, labels or targets that the model needs; others may be
 * there. INVALID_ARGUMENT also if the model does not have the class of a graph.
 *
 * Threads: any; `model`, `config` and `dataset` are const.
 */
diffpool_status diffpool_trainer_from_model(const diffpool_model *model,
                                            const diffpool_config *config,
                                            const diffpool_dataset *dataset,
                                            const size_t *train,
                                            size_t train_length,
                                            const size_t *validation,
                                            size_t validation_length,
                                            diffpool_trainer **out,
                                            diffpool_error **error);

/**
 * Makes a trainer from a checkpoint, which goes on as if it had never stopped.
 *
 * Data set and indices must be those of the run that wrote the checkpoint; the configuration is in it. The rest is as
 * for diffpool_trainer_new.
 *
 * Ownership: as diffpool_trainer_new; `path` is copied.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no checkpoint; UNSUPPORTED_VERSION if a newer
 * library wrote it; INVALID_ARGUMENT if data and indices are not those of the run.
 *
 * Threads: any; `dataset` is const.
 */
diffpool_status diffpool_trainer_resume(const char *path,
                                        const diffpool_dataset *dataset,
                                        const size_t *train,
                                        size_t train_length,
                                        const size_t *validation,
                                        size_t validation_length,
                                        diffpool_trainer **out,
                                        diffpool_error **error);

/**
 * Frees a trainer. NULL is harmless.
 *
 * Ownership: `trainer` and its history are gone after the call; models taken from it live on.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_trainer_free(diffpool_trainer *trainer);

/**
 * Says where diffpool_trainer_fit writes a checkpoint every `checkpoint_every` epochs. Each replaces the last in one
 * step. NULL stands for nowhere.
 *
 * Ownership: `path` is copied.
 *
 * Fails: INVALID_STATE if another call is using the trainer.
 *
 * Threads: one at a time; `trainer` is changed.
 */
diffpool_status diffpool_trainer_set_checkpoint_path(diffpool_trainer *trainer,
                                                     const char *path,
                                                     diffpool_error **error);

/**
 * Changes how many epochs the run has in all, so that a finished or a resumed one can go on for longer. Until then a
 * resumed run has as many as the run that was saved. The learning_rate_schedule "cosine" goes on along the curve of
 * that many epochs.
 *
 * Fails: INVALID_ARGUMENT if more epochs are finished already, INVALID_CONFIG if `epochs` is 0 or not more than
 * warmup_epochs, INVALID_STATE if another call is using the trainer.
 *
 * Threads: one at a time; `trainer` is changed.
 */
diffpool_status diffpool_trainer_set_epochs(diffpool_trainer *trainer,
                                            size_t epochs,
                                            diffpool_error **error);

/**
 * Trains until the epochs are done, early stopping, a callback that returns another number than 0, or
 * diffpool_trainer_cancel.
 *
 * The callbacks may be NULL; `ctx` is handed to them as it is. `reason` may be NULL. Where training stopped because it
 * was told to, a second call goes on.
 *
 * Ownership: `ctx` is borrowed until the call returns.
 *
 * Fails: DIVERGED if a loss or a weight is not finite; IO if a checkpoint cannot be written; INVALID_STATE if another
 * call is using the trainer, or checkpoints are to be written and no path is set. The state of the last good epoch is
 * kept.
 *
 * Threads: one at a time; `trainer` is changed. Only diffpool_trainer_cancel may be called meanwhile.
 */
diffpool_status diffpool_trainer_fit(diffpool_trainer *trainer,
                                     diffpool_epoch_callback epoch_callback,
                                     diffpool_batch_callback batch_callback,
                                     void *ctx,
                                     diffpool_stop_reason *reason,
                                     diffpool_error **error);

/**
 * Stops the diffpool_trainer_fit that is running after the batch at hand, or else the next one at its start: where it
 * comes after the last batch of a call, that call ends as it would have, and the next one stops.
 *
 * Threads: any, also from callbacks and while another thread trains; `trainer` is const.
 */
diffpool_status diffpool_trainer_cancel(const diffpool_trainer *trainer,
                                        diffpool_error **error);

/**
 * Makes a model with the trained weights: those that were best on the validation graphs if `restore_best` is set and
 * there are such graphs, else the last. With an `ema_decay` above 0 they are averaged weights.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_model(const diffpool_trainer *trainer,
                                       diffpool_model **out,
                                       diffpool_error **error);

/**
 * Saves a checkpoint, from which diffpool_trainer_resume goes on. A file that is there is replaced in one step.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written; INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_save_checkpoint(const diffpool_trainer *trainer,
                                                 const char *path,
                                                 diffpool_error **error);

/* =====================================================================================================================
 * The history of training: the epochs that a trainer has behind it.
 * ================================================================================================================== */

/**
 * The number of epochs trained so far.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_history_length(const diffpool_trainer *trainer,
                                                size_t *length,
                                                diffpool_error **error);

/**
 * Entry `index` of the history, from 0, which is epoch number `index` + 1.
 *
 * Ownership: `*epoch` is borrowed until the next diffpool_trainer_fit, or until the trainer is freed.
 *
 * Fails: NOT_FOUND if there is no such epoch; INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_history_get(const diffpool_trainer *trainer,
                                             size_t index,
                                             const diffpool_epoch **epoch,
                                             diffpool_error **error);

/**
 * The number of the epoch, from 1, whose weights were best on the validation graphs so far: of equal ones the first. 0
 * if there is none yet, or there are no such graphs.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_best_epoch(const diffpool_trainer *trainer,
                                            size_t *epoch,
                                            diffpool_error **error);

/**
 * All epochs as a JSON array of objects.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 *
 * Threads: any; `trainer` is const.
 */
diffpool_status diffpool_trainer_history_json(const diffpool_trainer *trainer,
                                              char **json,
                                              diffpool_error **error);

/* =====================================================================================================================
 * Epochs of training: what each came to.
 *
 * Losses are means over the graphs, or, where loss_scope is "batch", over the batches by their graphs; the class loss
 * is one over the targets. `diffpool_epoch_loss` is what was minimised: the class loss, and the link and entropy
 * losses times their weights. Labels are smoothed in the losses of the train graphs alone, and validation is by the
 * averaged weights where there are any.
 * ================================================================================================================== */

/**
 * The number of the epoch, from 1; 0 for NULL.
 *
 * Threads: any; `epoch` is const.
 */
size_t diffpool_epoch_number(const diffpool_epoch *epoch);

/**
 * The loss that was minimised; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_loss(const diffpool_epoch *epoch);

/**
 * The loss of the task: the cross-entropy of classes, labels or words, or the loss of a regression. NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_class_loss(const diffpool_epoch *epoch);

/**
 * The link losses of all levels together, unweighted; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_link_loss(const diffpool_epoch *epoch);

/**
 * The entropy losses of all levels together, unweighted; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_entropy_loss(const diffpool_epoch *epoch);

/**
 * The share of the targets of the train graphs that was predicted rightly during the epoch: of the graphs, where each
 * has a class. NaN for NULL and for a regression.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_accuracy(const diffpool_epoch *epoch);

/**
 * The metric that the configuration names, of the train graphs during the epoch; NaN for NULL, or if the graphs do not
 * define it.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_metric(const diffpool_epoch *epoch);

/**
 * The loss of the validation graphs after the epoch, of the same parts as diffpool_epoch_loss, but labels are not
 * smoothed; NaN for NULL, or if there are no such graphs.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_validation_loss(const diffpool_epoch *epoch);

/**
 * The share of the targets of the validation graphs that is predicted rightly after the epoch; NaN for NULL, for a
 * regression, or if there are no such graphs.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_validation_accuracy(const diffpool_epoch *epoch);

/**
 * The metric that the configuration names, of the validation graphs after the epoch; NaN for NULL, or if there are no
 * such graphs or they do not define it.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_validation_metric(const diffpool_epoch *epoch);

/**
 * The largest norm of the gradient of all parameters together, before clipping; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_gradient_norm(const diffpool_epoch *epoch);

/**
 * The step size of the optimiser in this epoch, which a schedule may change; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_learning_rate(const diffpool_epoch *epoch);

/**
 * How long the epoch took, validation included; NaN for NULL.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_seconds(const diffpool_epoch *epoch);

/* =====================================================================================================================
 * Evaluation: how well a model does on graphs whose targets are known.
 * ================================================================================================================== */

/**
 * Predicts graphs and compares with their targets. Classes are matched by name: those of the data set may have other
 * numbers than those of the model.
 *
 * Threads are started and memory is had for this one call. A program that evaluates the same model again and again
 * makes a diffpool_evaluator.
 *
 * `indices` is an array of `length` indices of the graphs; NULL and DIFFPOOL_ALL stand for all of them. `threads` is
 * how many threads to use, at most 1024, 0 for one a core; the outcome does not depend on it.
 *
 * Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_evaluation_free.
 *
 * Fails: NOT_FOUND if an index names no graph; SHAPE_MISMATCH or INVALID_GRAPH if the graphs lack features,
 * categories, labels or targets that the model needs (others may be there), or are of a class that the model does not
 * know by its name, or a logit is not finite; INVALID_ARGUMENT if there are no graphs, too many threads, or a label is
 * neither 0, 1 nor missing.
 *
 * Threads: any; `model` and `dataset` are const.
 */
diffpool_status diffpool_evaluate(const diffpool_model *model,
                                  const diffpool_dataset *dataset,
                                  const size_t *indices,
                                  size_t length,
                                  size_t threads,
                                  diffpool_evaluation **out,
                                  diffpool_error **error);

/**
 * Makes an evaluator, which does what diffpool_evaluate does, and keeps its threads and its memory for the next time.
 * Between calls the threads sleep.
 *
 * `threads` is how many threads to use, at most 1024, 0 for one a core; the outcome does not depend on it.
 *
 * Ownership: the model is shared: it may be freed, but cannot be changed until the evaluator is freed. `*out` is owned
 * by the caller, free with diffpool_evaluator_free.
 *
 * Fails: INVALID_ARGUMENT if there are too many threads; OUT_OF_MEMORY also if they cannot be started.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_evaluator_new(const diffpool_model *model,
                                       size_t threads,
                                       diffpool_evaluator **out,
                                       diffpool_error **error);

/**
 * Predicts graphs and compares with their targets, as diffpool_evaluate does with the evaluator's model.
 *
 * Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_evaluation_free, and does not need
 * the evaluator any more.
 *
 * Fails: as diffpool_evaluate. The evaluator can be used again.
 *
 * Threads: one at a time; `evaluator` is changed, `dataset` is const.
 */
diffpool_status diffpool_evaluator_evaluate(diffpool_evaluator *evaluator,
                                            const diffpool_dataset *dataset,
                                            const size_t *indices,
                                            size_t length,
                                            diffpool_evaluation **out,
                                            diffpool_error **error);

/**
 * Frees an evaluator and ends its threads. NULL is harmless.
 *
 * Ownership: `evaluator` is gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_evaluator_free(diffpool_evaluator *evaluator);

/**
 * Frees an evaluation. NULL is harmless.
 *
 * Ownership: `evaluation` is gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_evaluation_free(diffpool_evaluation *evaluation);

/**
 * The loss: the parts that training minimises, with their weights, but labels are not smoothed. Where loss_scope is
 * "batch", link and entropy loss are those of batches of the library's choice, not of batch_size graphs.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_loss(const diffpool_evaluation *evaluation,
                                         double *loss,
                                         diffpool_error **error);

/**
 * The share of the targets that are predicted rightly; of a model with classes, the share of the graphs. NaN for a
 * regression.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_accuracy(const diffpool_evaluation *evaluation,
                                             double *accuracy,
                                             diffpool_error **error);

/**
 * The mean over the classes that occur of the F1 score, the harmonic mean of precision and recall; of several labels
 * the mean over those.
 *
 * Fails: INVALID_ARGUMENT for a regression or sequences, which have none.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_macro_f1(const diffpool_evaluation *evaluation,
                                             double *macro_f1,
                                             diffpool_error **error);

/**
 * The area under the ROC curve: how likely a graph of class 1 is given a higher probability of it than one of class 0;
 * of several labels the mean over those that are 1 of some graph and 0 of another.
 *
 * Fails: INVALID_STATE unless the model has two classes, or labels, and the graphs are of both kinds; INVALID_ARGUMENT
 * for a regression or sequences, which have none.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_roc_auc(const diffpool_evaluation *evaluation,
                                            double *roc_auc,
                                            diffpool_error **error);

/**
 * A metric by its name: "accuracy", "macro_f1", "micro_f1", "roc_auc", "average_precision", "rmse", "mae",
 * "sequence_f1", or "auto" for the one that the configuration names.
 *
 * "auto" is the accuracy of classes, the ROC-AUC of labels, the RMSE of numbers, the F1 score of sequences. Means over
 * labels or numbers leave out those that the graphs do not define; where they define none, the value is NaN.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if there is no such metric; INVALID_ARGUMENT if the task of the model is not measured by it.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_metric(const diffpool_evaluation *evaluation,
                                           const char *name,
                                           double *value,
                                           diffpool_error **error);

/**
 * Copies a metric of every target by itself, with NaN where the graphs do not define it: of every label, number or
 * word.
 *
 * Ownership: `name` is copied.
 *
 * Fails: as diffpool_evaluation_metric; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_metric_by_target(const diffpool_evaluation *evaluation,
                                                     const char *name,
                                                     double *values,
                                                     size_t capacity,
                                                     size_t *needed,
                                                     diffpool_error **error);

/**
 * Copies the confusion matrix, a row a true class, a column a predicted one: `classes` times `classes` counts. It is
 * empty unless a graph is of one of several classes.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_confusion(const diffpool_evaluation *evaluation,
                                              uint64_t *confusion,
                                              size_t capacity,
                                              size_t *needed,
                                              diffpool_error **error);

/**
 * Copies the predicted class of every graph, in the order of the indices; of a model with several targets a row a
 * graph, with a label or a word a target. A regression has none.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_predictions(const diffpool_evaluation *evaluation,
                                                size_t *predictions,
                                                size_t capacity,
                                                size_t *needed,
                                                diffpool_error **error);

/**
 * Copies the logits: a row a graph, in the order of the indices, a column a class, label or number. Those of sequences
 * are not kept, for they would be too many.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_logits(const diffpool_evaluation *evaluation,
                                           float *logits,
                                           size_t capacity,
                                           size_t *needed,
                                           diffpool_error **error);

/**
 * The numbers of the evaluation and its confusion matrix as a JSON object; null stands for what is not defined.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_json(const diffpool_evaluation *evaluation,
                                         char **json,
                                         diffpool_error **error);

/* =====================================================================================================================
 * Sessions: predicting one graph at a time.
 *
 * A session holds the scratch memory of one thread. Make one a thread from the same model; once a session has seen a
 * graph of the largest size, predicting allocates nothing and waits for nothing. After a prediction its results are
 * read with the functions below, until the next one. The same graph and model give the same bits in every session.
 * ================================================================================================================== */

/**
 * Makes a session.
 *
 * Ownership: the model is shared: it may be freed, but cannot be changed until the session is freed. `*out` is owned
 * by the caller, free with diffpool_session_free.
 *
 * Threads: any; `model` is const.
 */
diffpool_status diffpool_session_new(const diffpool_model *model,
                                     diffpool_session **out,
                                     diffpool_error **error);

/**
 * Frees a session. NULL is harmless.
 *
 * Ownership: `session` is gone after the call.
 *
 * Threads: any, once no other thread uses it.
 */
void diffpool_session_free(diffpool_session *session);

/**
 * Classifies a graph given as compressed rows.
 *
 * The arrays are those of diffpool_dataset_add_csr, with as many features and categories a node as
 * diffpool_model_features and diffpool_model_categories tell. Features, categories and labels that the model does not
 * use are not looked at, and may be NULL. Edge labels may always be given: to a model without relations they only tell
 * edges apart that join the same nodes, whose weights add up, as those of a data set with edge labels do. Without
 * labels such edges are one edge given twice, which counts once.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: INVALID_GRAPH or SHAPE_MISMATCH, naming index and value, if the graph breaks a rule or has a category without
 * a row in the model's tables. The session then has no results.
 *
 * Threads: one at a time; `session` is changed.
 */
diffpool_status diffpool_session_predict_csr(diffpool_session *session,
                                             size_t nodes,
                                             size_t entries,
                                             const int64_t *indptr,
                                             const int32_t *indices,
                                             const float *edge_weight,
                                             const int64_t *edge_labels,
                                             const float *x,
                                             const int32_t *categories,
                                             const int64_t *node_labels,
                                             diffpool_error **error);

/**
 * Classifies a graph given as a list of edges.
 *
 * The arrays are those of diffpool_dataset_add_edges. The rest is as for diffpool_session_predict_csr.
 *
 * Ownership: all arrays are copied.
 *
 * Fails: as diffpool_session_predict_csr.
 *
 * Threads: one at a time; `session` is changed.
 */
diffpool_status diffpool_session_predict_edges(diffpool_session *session,
                                               size_t nodes,
                                               size_t edges,
                                               const int32_t *sources,
                                               const int32_t *targets,
                                               const float *edge_weight,
                                               const int64_t *edge_labels,
                                               const float *x,
                                               const int32_t *categories,
                                               const int64_t *node_labels,
                                               diffpool_error **error);

/**
 * Classifies graph `index` of a data set.
 *
 * Fails: NOT_FOUND if there is no such graph; SHAPE_MISMATCH or INVALID_GRAPH if it lacks features,
 * categories or labels that the model reads; others may be there.
 *
 * Threads: one at a time; `session` is changed, `dataset` is const.
 */
diffpool_status diffpool_session_predict_graph(diffpool_session *session,
                                               const diffpool_dataset *dataset,
                                               size_t index,
                                               diffpool_error **error);

/**
 * The predicted class: the one of the largest logit; of the task "binary" 1 if its logit is positive, else 0.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is another, see
 * diffpool_session_predictions.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_class(const diffpool_session *session,
                                       size_t *class_index,
                                       diffpool_error **error);

/**
 * Copies the prediction of every target: its class or word; for the tasks "binary" and "multilabel" 1 if its logit is
 * positive, else 0. A sequence ends before the first word that is the last of the vocabulary.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED for a regression, whose predictions are the logits;
 * BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_predictions(const diffpool_session *session,
                                             size_t *predictions,
                                             size_t capacity,
                                             size_t *needed,
                                             diffpool_error **error);

/**
 * Copies the logits, as many as diffpool_model_outputs tells: one a class, label, number or word. Those of a
 * regression are the numbers that it predicts.
 *
 * Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_logits(const diffpool_session *session,
                                        float *logits,
                                        size_t capacity,
                                        size_t *needed,
                                        diffpool_error **error);

/**
 * Copies the probabilities, one a logit: the softmax of the logits of each target, or of a label that it is 1: the
 * sigmoid of its logit.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED for a regression; BUFFER_TOO_SMALL, and then only `*needed` is
 * written.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_probabilities(const diffpool_session *session,
                                               float *probabilities,
                                               size_t capacity,
                                               size_t *needed,
                                               diffpool_error **error);

/**
 * Copies the embedding of the graph: the readouts that the head of the model sees.
 *
 * Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_embedding(const diffpool_session *session,
                                           float *embedding,
                                           size_t capacity,
                                           size_t *needed,
                                           diffpool_error **error);

/**
 * Copies how much each node of the graph adds to a logit: its features times the gradient of the logit with respect to
 * them, summed over the features. A positive number speaks for the logit, a negative one against it.
 *
 * The gradient is that of the prediction, through all levels. Features are those that the network sees: standardised
 * attributes, and in place of categories the rows of their tables. A learned assignment moves with them; one that is
 * random, a clustering or hard is taken as a constant. `logit` counts as diffpool_session_logits does: for the task
 * "multiclass" it is the class.
 *
 * `*needed` is the number of nodes. The first call makes memory that the session keeps, and later ones allocate
 * nothing once a graph of the largest size has been seen. The results of the prediction stay.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such logit; BUFFER_TOO_SMALL, and then only
 * `*needed` is written; INVALID_GRAPH if a result would not be a finite number.
 *
 * Threads: one at a time; `session` is changed.
 */
diffpool_status diffpool_session_node_importance(diffpool_session *session,
                                                 size_t logit,
                                                 float *importance,
                                                 size_t capacity,
                                                 size_t *needed,
                                                 diffpool_error **error);

/* =====================================================================================================================
 * Levels: what pooling made of the graph that a session predicted last.
 * ================================================================================================================== */

/**
 * The number of pooling levels, 0 for a flat model.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_levels(const diffpool_session *session,
                                        size_t *levels,
                                        diffpool_error **error);

/**
 * Copies the assignment matrix `S` of a level, from 0: a row a node (from level 1 on: a cluster of the level before),
 * a column a cluster; every row sums to 1. (With the assignment "graclus", rows of clusters that the graph has too few
 * nodes for are 0.)
 *
 * `*rows` and `*columns` are always told, and either may be NULL; `assignment` needs room for their product.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; BUFFER_TOO_SMALL, and then only
 * `*rows` and `*columns` are written.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_assignment(const diffpool_session *session,
                                            size_t level,
                                            float *assignment,
                                            size_t capacity,
                                            size_t *rows,
                                            size_t *columns,
                                            diffpool_error **error);

/**
 * Copies the pooled features of a level: a row a cluster. They are the input of the next level.
 *
 * The rest is as for diffpool_session_assignment.
 *
 * Fails: as diffpool_session_assignment.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_pooled_x(const diffpool_session *session,
                                          size_t level,
                                          float *pooled_x,
                                          size_t capacity,
                                          size_t *rows,
                                          size_t *columns,
                                          diffpool_error **error);

/**
 * Copies the pooled adjacency matrix of a level: a row and a column a cluster. It is the sum over all relations. (With
 * final_adjacency "full", the convolutions of the last level see ones in its place.)
 *
 * The rest is as for diffpool_session_assignment.
 *
 * Fails: as diffpool_session_assignment.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_pooled_adjacency(const diffpool_session *session,
                                                  size_t level,
                                                  float *pooled_adjacency,
                                                  size_t capacity,
                                                  size_t *rows,
                                                  size_t *columns,
                                                  diffpool_error **error);

/**
 * The number of relations: that of diffpool_model_relations, or 1 where edges are of one kind.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_relations(const diffpool_session *session,
                                           size_t *relations,
                                           diffpool_error **error);

/**
 * Copies the pooled adjacency matrix of a level in one relation, from 0, in the order of diffpool_model_relations.
 *
 * The rest is as for diffpool_session_assignment.
 *
 * Fails: as diffpool_session_assignment; NOT_FOUND also if there is no such relation.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_pooled_relation(const diffpool_session *session,
                                                 size_t level,
                                                 size_t relation,
                                                 float *pooled_relation,
                                                 size_t capacity,
                                                 size_t *rows,
                                                 size_t *columns,
                                                 diffpool_error **error);

/* =====================================================================================================================
 * Diagnostics of the clusters: what the assignment of a pooling level does with the nodes.
 *
 * Clusters can collapse: all nodes go to one, or every node goes to all of them alike. The loss does not tell; these
 * numbers do. They are kept for every epoch of training, of the graphs trained on and of the validation graphs, unless
 * the key `diagnostics` is off; of an evaluation, likewise; and of the last prediction of a session. There is one of
 * each kind for each pooling level, a mean over the graphs. n nodes go to k clusters, s_ij is the share of node i that
 * goes to cluster j, and a_ij the weight of the edge from i to j:
 *
 * CLUSTERS_IN_USE        clusters that are the first choice of at least one node; 1 if all nodes choose the same
 * EFFECTIVE_CLUSTERS     exp(-sum_j p_j ln p_j), p_j being the mean of s_ij over the nodes: over how many clusters of
 *                        equal size the nodes are spread; from 1 to k
 * ENTROPY                mean over the nodes of -sum_j s_ij ln s_ij: 0 if all nodes are sure, ln k if none knows
 * RELATIVE_ENTROPY       the same divided by ln k; 0 if k is 1
 * EDGES_INSIDE           share of the edges, by weight, that stay inside clusters: sum_ij a_ij (s_i . s_j) / m, m is
 *                        the sum of all a_ij
 * MODULARITY             how much larger that share is than if edges were drawn by the degrees of the nodes alone:
 *                        EDGES_INSIDE - sum_ij out_i in_j (s_i . s_j) / m^2; 0 if all nodes are in one cluster
 *
 * The nodes of a level after the first are the clusters before, its edges the pooled adjacency with the diagonal. The
 * last two leave out graphs without edges, or whose weights do not have a positive sum; they are 0 if all are such.
 * ================================================================================================================== */

/**
 * The number of pooling levels whose clusters were looked at in the epoch: 0 for NULL, for a flat model, and if the
 * key `diagnostics` is off.
 *
 * Threads: any; `epoch` is const.
 */
size_t diffpool_epoch_levels(const diffpool_epoch *epoch);

/**
 * A number on the clusters of a level, from 0, while the epoch's graphs were trained on. `diagnostic` is one of
 * DIFFPOOL_DIAGNOSTIC_*. NaN for NULL, or if there is no such level or kind.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_diagnostic(const diffpool_epoch *epoch,
                                 size_t level,
                                 uint32_t diagnostic);

/**
 * The same of the validation graphs after the epoch; NaN also if there are none.
 *
 * Threads: any; `epoch` is const.
 */
double diffpool_epoch_validation_diagnostic(const diffpool_epoch *epoch,
                                            size_t level,
                                            uint32_t diagnostic);

/**
 * The number of pooling levels whose clusters were looked at in the evaluation: 0 for a flat model, and if the key
 * `diagnostics` of the model is off.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_levels(const diffpool_evaluation *evaluation,
                                           size_t *levels,
                                           diffpool_error **error);

/**
 * A number on the clusters of a level, from 0, over the graphs of an evaluation. `diagnostic` is one of
 * DIFFPOOL_DIAGNOSTIC_*.
 *
 * Fails: NOT_FOUND if there is no such level; INVALID_ARGUMENT if there is no such kind.
 *
 * Threads: any; `evaluation` is const.
 */
diffpool_status diffpool_evaluation_diagnostic(const diffpool_evaluation *evaluation,
                                               size_t level,
                                               uint32_t diagnostic,
                                               double *value,
                                               diffpool_error **error);

/**
 * A number on the clusters of a level, from 0, in the last prediction. `diagnostic` is one of DIFFPOOL_DIAGNOSTIC_*.
 * It is computed when it is asked for, so that a prediction takes no time for it.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; INVALID_ARGUMENT if there is no such
 * kind.
 *
 * Threads: any; `session` is const.
 */
diffpool_status diffpool_session_diagnostic(const diffpool_session *session,
                                            size_t level,
                                            uint32_t diagnostic,
                                            double *value,
                                            diffpool_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* DIFFPOOL_H */
