/*
 * diffpool.h - DiffPool graph classification as a library: train, save, load and run.
 *
 * DiffPool (Ying et al., "Hierarchical Graph Representation Learning with Differentiable Pooling", NeurIPS 2018)
 * classifies whole graphs. It learns to sort the nodes of a graph into clusters, then the clusters into fewer clusters,
 * and tells the class of the graph from what it sees on every level.
 *
 *
 * CONTENTS
 *
 *     Version                  which version of the library a program was compiled for, and which one it runs with
 *     Statuses                 what every fallible function returns
 *     Errors                   what went wrong, in words
 *     Strings and bytes        what the library hands out
 *     Graphs                   one at a time, to be predicted or added to a data set, or looked at
 *     Nodes                    what the nodes of a graph are like: features, categories, labels
 *     Graphs as a whole        their class and other targets, their attributes, their weight in the loss, their id
 *     Reading graphs           what a graph holds, lent until it is changed
 *     Models                   made, saved, loaded, described
 *     Schemas                  what a model expects of a graph, and which model it is
 *     Metadata                 what is written down with a model, any keys and values of the user's, and how it was
 *                              trained
 *     Sessions                 predicting one graph at a time
 *     Predictors               many graphs in one call, on many threads
 *     Evaluations              how well a model does on graphs whose targets are known
 *     Controls                 what a long call may take, and how it is watched and stopped
 *     Data sets                graphs in memory or in a file, with their classes and other targets
 *     Sources of data sets     formats of others, files of this library, benchmarks that are made up
 *     Reading data sets        how much there is in one, the names of its classes, and its statistics
 *     Parts of data sets       data sets put together, cut into parts, emptied
 *     Data sets as text        JSON lines, and folders in TU format or of the Open Graph Benchmark
 *     Targets                  what a model is to predict of a graph besides a class
 *     Graph weights            how much each graph counts in the loss that training minimises
 *     Data set files           written graph by graph, for data sets that do not fit into memory
 *     Splits                   which graphs to train on, and which to keep back
 *     Split files              published ones, and those of one's own, saved so that a run can be repeated
 *     Configuration            what a model looks like and how it is trained
 *     Training                 from a configuration, a data set and a split to a model
 *     Fine-tuning              training that goes on with other graphs or other settings
 *     Log                      what a person should know of a training, such as data that a model cannot learn from
 *     Epochs                   what each epoch of training came to
 *     History                  the epochs of training that a trainer has behind it
 *     Levels                   what pooling made of the graph that a session predicted last
 *     Diagnostics              what the assignment of a pooling level does with the nodes
 *     Tensors                  the weights of a model by name
 *
 *
 * THE FUNCTIONS YOU NEED
 *
 * To run a model that is there:
 *
 *     diffpool_model_load              reads a model from a file
 *     diffpool_session_new             makes the scratch memory of one thread
 *     diffpool_graph_new               makes a graph, to be filled again and again
 *     diffpool_graph_set_edges         says which nodes it joins; diffpool_graph_set_csr does so by rows
 *     diffpool_graph_set_x             says what the nodes are like
 *     diffpool_session_predict         predicts the graph
 *     diffpool_session_class           tells the class; diffpool_session_copy_probabilities how sure it is
 *
 * To train one:
 *
 *     diffpool_dataset_new             makes a data set; diffpool_dataset_load reads one
 *     diffpool_dataset_add             adds a graph, after diffpool_graph_set_class
 *     diffpool_split_holdout           keeps some graphs back
 *     diffpool_config_new              how to train: the keys are explained there
 *     diffpool_trainer_new, _fit       trains
 *     diffpool_trainer_model           takes the model
 *     diffpool_model_save              writes it to a file
 *     diffpool_predictor_evaluate      says how well it does
 *
 *
 * A COMPLETE PROGRAM: PREDICT
 *
 * It loads the model that the next program saves, and classifies a ring of five nodes without features. Compile it with
 * `cc -std=c99 predict.c -ldiffpool`.
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
 *     int main(void)
 *     {
 *         const int32_t from[] = {0, 1, 2, 3, 4}, to[] = {1, 2, 3, 4, 0};
 *         diffpool_model *model;
 *         diffpool_session *session;
 *         diffpool_graph *graph;
 *         size_t predicted;
 *
 *         check(diffpool_model_load("first.safetensors", &model, &error));
 *         check(diffpool_session_new(model, &session, &error));
 *         check(diffpool_graph_new(&graph, &error));
 *
 *         check(diffpool_graph_set_edges(graph, 5, from, to, 5, &error));
 *         check(diffpool_session_predict(session, graph, NULL, &error));
 *         check(diffpool_session_class(session, &predicted, &error));
 *         printf("the ring is of class %s\n", diffpool_model_class_name(model, predicted));
 *
 *         diffpool_graph_free(graph);
 *         diffpool_session_free(session);
 *         diffpool_model_free(model);
 *         return 0;
 *     }
 *
 *
 * A COMPLETE PROGRAM: TRAIN AND SAVE
 *
 * It makes up a data set, trains a model on nine tenths of it, and saves the model. `check` is as above.
 *
 *     static int progress(void *ctx, const diffpool_epoch *epoch)
 *     {
 *         (void)ctx;
 *         printf("epoch %2u  loss %.3f  accuracy %.2f\n", (unsigned)diffpool_epoch_number(epoch),
 *                diffpool_epoch_metric(epoch, "loss"), diffpool_epoch_metric(epoch, "accuracy"));
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
 *         diffpool_predictor *predictor;
 *         diffpool_evaluation *evaluation;
 *         const size_t *test;
 *         size_t test_length;
 *
 *         check(diffpool_dataset_synthetic("ba", 200, 1, &dataset, &error));
 *         check(diffpool_split_holdout(dataset, 0.1, 1, &split, &error));
 *         check(diffpool_config_new("default", &config, &error));
 *         check(diffpool_config_set_int(config, "epochs", 10, &error));
 *         check(diffpool_trainer_new(config, dataset, split, NULL, &trainer, &error));
 *         check(diffpool_trainer_fit(trainer, progress, NULL, NULL, NULL, NULL, &error));
 *         check(diffpool_trainer_model(trainer, &model, &error));
 *         check(diffpool_model_save(model, "first.safetensors", &error));
 *
 *         test = diffpool_split_test(split, &test_length);
 *         check(diffpool_predictor_new(model, 0, &predictor, &error));
 *         check(diffpool_predictor_evaluate(predictor, dataset, test, test_length, NULL, &evaluation, &error));
 *         printf("accuracy of %u graphs kept back: %.2f\n", (unsigned)test_length,
 *                diffpool_evaluation_metric(evaluation, "accuracy"));
 *
 *         diffpool_evaluation_free(evaluation);
 *         diffpool_predictor_free(predictor);
 *         diffpool_model_free(model);
 *         diffpool_trainer_free(trainer);
 *         diffpool_config_free(config);
 *         diffpool_split_free(split);
 *         diffpool_dataset_free(dataset);
 *         return 0;
 *     }
 *
 *
 * THE RULES, which hold for every function unless it says otherwise
 *
 * Names. A function that ends in `_new` or takes `out` makes a handle, `_free` frees it. `_count` counts, `copy_` copies
 * into the caller's array, `set_` copies what it is given, `_json` and `_text` make a string; a bare noun that returns
 * a pointer lends what the handle keeps. Numbers of a live handle are returned: 0, NaN or NULL where there is none.
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
 * string or an array INVALID_ARGUMENT; "Fails" names what else. The library prints nothing.
 *
 * Memory. A request that the system refuses is OUT_OF_MEMORY and not the end of the process, at whatever place of a
 * call it happens; the handles can be used and freed after it. SECURITY.md says what remains. (A static library or a
 * shared one that was built without the feature "reserve" promises it for what grows with data, not for small things.)
 *
 * Panics. A bug in the library that is caught becomes DIFFPOOL_STATUS_PANIC. The handle that the call was changing is
 * then poisoned: every later call with it returns DIFFPOOL_STATUS_POISONED; all that can be done is to free it. Handles
 * that the call only read, those it takes as `const`, go on as before: one graph that meets a bug does not take away
 * the model that other threads share.
 *
 * Threads. The library has no global state. A handle that a function takes as `const` may be used by any number of
 * threads at once, as long as none changes or frees it; one that it does not take as `const` is used by one thread at a
 * time. Nothing is tied to the thread that made it. "Threads" says so where a function allows more or less.
 *
 * Signals. Of all functions a signal handler may call diffpool_control_cancel, _reset and _is_cancelled.
 *
 * The process. After fork() the child may go on with sessions and models, and may make what it likes; of handles that
 * have threads, trainers and predictors with more than one, calls return INVALID_STATE there, and freeing them is
 * harmless. Threads of the library block every signal that comes from outside, are called diffpool-0 and so on, have 2
 * MiB of stack, and have ended when the handle that had them is freed: then the library may be unloaded by dlclose().
 * A callback must not throw an exception, longjmp() out or free the handle that calls it. The library needs 64 KiB of
 * stack on a thread that loads and predicts, 256 KiB on one that trains. Calls compute in the default floating-point
 * environment, whatever rounding, traps and flags the thread has, and put that back; callbacks run in the caller's.
 * Other libraries that are written in Rust may be in the program: this one shares nothing with them, and exports no
 * symbol but its functions.
 *
 * Files are replaced as a whole or not at all. Until then the new content is in `.NAME.diffpool-0.tmp` beside NAME,
 * which a process that is killed leaves there until the same file is written again. Symbolic links are followed; mode,
 * owner and group are kept as far as the process may. Where a rename cannot replace a file, as one that is itself a
 * mount point, its bytes are overwritten.
 *
 * Strings are UTF-8 and end in a NUL, those given and those returned, file names included.
 *
 * Arrays are given as a pointer and a length, which counts values, not bytes. Where the length is 0 the pointer may be
 * NULL. Matrices are stored row by row, without gaps.
 *
 * Results of unknown length go to an array of the caller's with a capacity. The function tells the length that is
 * needed, even if the capacity is too small and it fails with DIFFPOOL_STATUS_BUFFER_TOO_SMALL; the pointer where it
 * tells may be NULL. With NULL for the array and a capacity of 0 it tells the length and does nothing else.
 *
 * Examples. Every section has one. `check` and `error` are those of the first program; other names that an example does
 * not explain are handles that are there: `config`; `dataset`, which has 30 graphs of two classes, and a `split` of it in
 * three parts; `trainer`, which has an epoch to go; the `model` that it gave before, and a `session` and a `predictor` of
 * that; `graph`, a ring of five nodes.
 */


#ifndef DIFFPOOL_H
#define DIFFPOOL_H

#include <stddef.h>
#include <stdint.h>

/* What every function is declared with. Define it empty for a static library on Windows. */
#ifndef DIFFPOOL_API
#if defined(_WIN32)
#define DIFFPOOL_API __declspec(dllimport)
#elif defined(__GNUC__)
#define DIFFPOOL_API __attribute__((visibility("default")))
#else
#define DIFFPOOL_API
#endif
#endif

/* A status that nobody looks at is a warning. Define it empty to turn that off. */
#ifndef DIFFPOOL_NODISCARD
#if defined(__cplusplus) && __cplusplus >= 201703L && !defined(__clang__)
#define DIFFPOOL_NODISCARD [[nodiscard]]
#elif defined(__GNUC__) || defined(__clang__)
#define DIFFPOOL_NODISCARD __attribute__((warn_unused_result))
#else
#define DIFFPOOL_NODISCARD
#endif
#endif

/* The length of a list of graphs that, with NULL for the list, stands for all graphs; an empty list is empty. As a
 * relation, all of them together. */
#define DIFFPOOL_ALL ((size_t)-1)

/** The version of this header: additions, and before 1.0 incompatible changes too. */
#define DIFFPOOL_VERSION_MINOR 1

/** The version of this header: repairs. */
#define DIFFPOOL_VERSION_PATCH 0

/** The version of this header as one number, to be given to `diffpool_abi_check`. */
#define DIFFPOOL_VERSION (((DIFFPOOL_VERSION_MAJOR * 10000) + (DIFFPOOL_VERSION_MINOR * 100)) + DIFFPOOL_VERSION_PATCH)

/** What a model looks like and how it is trained, by key. */
typedef struct diffpool_config diffpool_config;

/** What calls may take, and a way to stop them. */
typedef struct diffpool_control diffpool_control;

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

/** One graph with all that may belong to it. */
typedef struct diffpool_graph diffpool_graph;

/** A DiffPool graph classifier. */
typedef struct diffpool_model diffpool_model;

/** The threads and the memory of predictions with one model, and the results of the last. */
typedef struct diffpool_predictor diffpool_predictor;

/** The scratch memory and the results of predictions by one thread. */
typedef struct diffpool_session diffpool_session;

/** Lists of graphs of a data set that have none in common. */
typedef struct diffpool_split diffpool_split;

/** A model in training. */
typedef struct diffpool_trainer diffpool_trainer;

/* =====================================================================================================================
 * Types, declared here for all sections.
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
    DIFFPOOL_STATUS_UNSUPPORTED = 18,
    /** The time that the caller gave the call is over. */
    DIFFPOOL_STATUS_TIMEOUT = 19,
    /** The input is larger than the caller allows. */
    DIFFPOOL_STATUS_LIMIT = 20
};

#ifdef __cplusplus
extern "C" {
#endif

/* =====================================================================================================================
 * Version: which version of the library a program was compiled for, and which one it runs with.
 *
 * Before 1.0 the library may change from one minor version to the next; from 1.0 on it only grows within a major
 * version. A program that loads the library at run time, or ships apart from it, calls `diffpool_abi_check` first.
 *
 *     if (diffpool_version() != DIFFPOOL_VERSION)
 *         printf("runs with version %s of the library\n", diffpool_version_string());
 *     check(diffpool_abi_check(DIFFPOOL_VERSION, &error));
 * ================================================================================================================== */

/** The version of this header: incompatible changes. */
#define DIFFPOOL_VERSION_MAJOR 0

/** The version of the library that is running, as one number like DIFFPOOL_VERSION. */
DIFFPOOL_API uint32_t diffpool_version(void);

/**
 * The version of the library that is running, such as "0.1.0".
 *
 * Ownership: the string is borrowed until the program ends.
 */
DIFFPOOL_API const char *diffpool_version_string(void);

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
 */
DIFFPOOL_API
const char *diffpool_cpu(void);

/**
 * Checks that the library that is running can serve a program compiled with a header of version `header_version`,
 * which is DIFFPOOL_VERSION.
 *
 * Fails: UNSUPPORTED_VERSION if it cannot.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_abi_check(uint32_t header_version,
                                   diffpool_error **error);

/* =====================================================================================================================
 * Statuses: what every fallible function returns.
 *
 *     diffpool_status status = diffpool_model_check(model, graph, NULL);
 *     if (status != DIFFPOOL_STATUS_OK)
 *         fprintf(stderr, "the model does not take the graph: %s\n", diffpool_status_name(status));
 * ================================================================================================================== */

/**
 * The name of a status, such as "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none.
 *
 * Ownership: the string is borrowed until the program ends.
 */
DIFFPOOL_API const char *diffpool_status_name(diffpool_status status);

/* =====================================================================================================================
 * Errors: what went wrong, in words.
 *
 * Every fallible function takes a last parameter `diffpool_error **error`. It may be NULL. Otherwise a failing call
 * puts a new error object there, and a call that succeeds leaves it alone: set it to NULL before the first call, and
 * again after freeing an error. Where there is no memory even for the error object, `*error` becomes NULL and the
 * status alone tells.
 *
 *     diffpool_model *other;
 *     if (diffpool_model_load("absent.safetensors", &other, &error) == DIFFPOOL_STATUS_OK) {
 *         diffpool_model_free(other);
 *     } else {
 *         fprintf(stderr, "goes on without it: %s\n", diffpool_error_message(error));
 *         diffpool_error_free(error);
 *         error = NULL;
 *     }
 * ================================================================================================================== */

/** The status that the failing call returned; OK for NULL. */
DIFFPOOL_API diffpool_status diffpool_error_status(const diffpool_error *error);

/**
 * What went wrong, with the offending values, in lower case and without a final dot; an empty string for NULL.
 *
 * Ownership: the string is borrowed until the error is freed.
 */
DIFFPOOL_API
const char *diffpool_error_message(const diffpool_error *error);

/**
 * Frees an error object. NULL is harmless.
 *
 * Ownership: `error` is gone after the call.
 */
DIFFPOOL_API void diffpool_error_free(diffpool_error *error);

/* =====================================================================================================================
 * Strings and bytes: what the library hands out.
 *
 * Some functions return a new string or a new array of bytes. Such memory does not come from the program's own
 * `malloc`, so it goes back through the functions here and never to `free`.
 *
 *     char *json;
 *     uint8_t *bytes;
 *     size_t length;
 *     check(diffpool_model_summary_json(model, &json, &error));
 *     check(diffpool_model_to_bytes(model, &bytes, &length, &error));
 *     printf("%u bytes of %s\n", (unsigned)length, json);
 *     diffpool_string_free(json);
 *     diffpool_bytes_free(bytes);
 * ================================================================================================================== */

/**
 * Frees a string that a function of this library returned. NULL is harmless.
 *
 * Ownership: `text` is gone after the call.
 */
DIFFPOOL_API void diffpool_string_free(char *text);

/**
 * Frees an array of bytes that a function of this library returned. NULL is harmless.
 *
 * Ownership: `bytes` is gone after the call.
 */
DIFFPOOL_API void diffpool_bytes_free(uint8_t *bytes);

/* =====================================================================================================================
 * Graphs: one at a time, to be predicted or added to a data set, or looked at.
 *
 * A diffpool_graph is made once and filled again and again; its memory only grows. A setter copies what it is given,
 * and replaces what the graph had of that kind; the others stay, so begin with diffpool_graph_clear or set all. They
 * may be called in any order: whether the parts fit together, and fit a model or a data set, is checked where the
 * graph is used, and told with both numbers. Every setter takes the lengths of its arrays, so nothing is ever read
 * beyond them. One that refuses a value, or finds no memory, leaves nothing of what it was to set, so that what was
 * there before is not taken for it.
 *
 * Nodes are numbered from 0. In a graph without direction an edge may be given either way or both ways, which is the
 * same. An edge given twice in one direction is merged: without weights it counts once, with weights they are summed,
 * and edges under different labels stay apart. Weights given both ways must have the same sum each way, up to a
 * difference of 1e-6 of the largest weight of the graph. Self-loops and isolated nodes are kept. There are at most
 * 2^31 - 1 nodes and 2^31 - 1 edges.
 *
 * Functions that end in `_i64` or `_f64` take numbers of 64 bits, and otherwise do what the function of the same name
 * does. Numbers of 64 bits must fit the 32 that the library computes with; one that does not is an error that names
 * it. Matrices are stored row by row, without gaps, but for those of the `_strided` functions: there the value of row
 * i and column j is at i * row_stride + j * column_stride, counted in values. A matrix stored column by column, as
 * Eigen and Fortran have it, has the row_stride 1 and its number of rows as column_stride.
 *
 *     const int64_t edge_index[2][3] = {{0, 1, 2}, {1, 2, 3}};
 *     const float edge_weight[3] = {0.5f, 1, 2};
 *     check(diffpool_graph_clear(graph, &error));
 *     check(diffpool_graph_set_edges_i64(graph, 4, edge_index[0], edge_index[1], 3, &error));
 *     check(diffpool_graph_set_edge_weight(graph, edge_weight, 3, &error));
 * ================================================================================================================== */

/**
 * Makes a graph without nodes.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_graph_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD diffpool_status diffpool_graph_new(diffpool_graph **out, diffpool_error **error);

/** Forgets the graph that is there, and keeps its memory for the next one. */
DIFFPOOL_API DIFFPOOL_NODISCARD diffpool_status diffpool_graph_clear(diffpool_graph *graph, diffpool_error **error);

/**
 * Frees a graph. NULL is harmless.
 *
 * Ownership: `graph` is gone after the call.
 */
DIFFPOOL_API void diffpool_graph_free(diffpool_graph *graph);

/**
 * Says how many nodes the graph has and which are joined: edge e goes from `from[e]` to `to[e]`, both of which have
 * `edges` values from 0 to `nodes` - 1. A graph of `nodes` nodes without edges has NULL, NULL and 0.
 *
 * Ownership: `from` and `to` are copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edges(diffpool_graph *graph,
                                         size_t nodes,
                                         const int32_t *from,
                                         const int32_t *to,
                                         size_t edges,
                                         diffpool_error **error);

/**
 * Does what diffpool_graph_set_edges does, with node numbers of 64 bits: the two rows of an `edge_index`.
 *
 * Ownership: `from` and `to` are copied.
 *
 * Fails: INVALID_GRAPH if a value does not fit 32 bits. Whether there is such a node is checked where the graph is
 * used.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edges_i64(diffpool_graph *graph,
                                             size_t nodes,
                                             const int64_t *from,
                                             const int64_t *to,
                                             size_t edges,
                                             diffpool_error **error);

/**
 * Says which nodes are joined as compressed rows, in place of diffpool_graph_set_edges: the edges of node i go to
 * indices[indptr[i]] to indices[indptr[i + 1] - 1]. `indptr` has one value more than there are nodes, the first 0 and
 * the last `entries`, the length of `indices`. What else is said of edges is in the order of `indices`.
 *
 * Ownership: `indptr` and `indices` are copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if `indptr` is none.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_csr(diffpool_graph *graph,
                                       const int32_t *indptr,
                                       size_t indptr_length,
                                       const int32_t *indices,
                                       size_t entries,
                                       diffpool_error **error);

/**
 * Does what diffpool_graph_set_csr does, with numbers of 64 bits.
 *
 * Ownership: `indptr` and `indices` are copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if `indptr` is none.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_csr_i64(diffpool_graph *graph,
                                           const int64_t *indptr,
                                           size_t indptr_length,
                                           const int64_t *indices,
                                           size_t entries,
                                           diffpool_error **error);

/**
 * Gives every edge a weight, in the order in which the edges are given. Without, each weighs 1.
 *
 * Ownership: `edge_weight` is copied.
 *
 * Fails: INVALID_GRAPH if a weight is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edge_weight(diffpool_graph *graph,
                                               const float *edge_weight,
                                               size_t edges,
                                               diffpool_error **error);

/**
 * Does what diffpool_graph_set_edge_weight does, with numbers of 64 bits.
 *
 * Ownership: `edge_weight` is copied.
 *
 * Fails: INVALID_GRAPH if a weight is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edge_weight_f64(diffpool_graph *graph,
                                                   const double *edge_weight,
                                                   size_t edges,
                                                   diffpool_error **error);

/**
 * Gives every edge a label, its kind. Edges between the same nodes under different labels stay apart.
 *
 * Ownership: `edge_labels` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edge_labels(diffpool_graph *graph,
                                               const int64_t *edge_labels,
                                               size_t edges,
                                               diffpool_error **error);

/**
 * Gives every edge attributes: a row an edge, in the order in which the edges are given. Of edges that are merged
 * those of the first count, in its own direction where it is given so.
 *
 * Ownership: `edge_attributes` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edge_attributes(diffpool_graph *graph,
                                                   const float *edge_attributes,
                                                   size_t rows,
                                                   size_t columns,
                                                   diffpool_error **error);

/**
 * Does what diffpool_graph_set_edge_attributes does, with numbers of 64 bits.
 *
 * Ownership: `edge_attributes` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_edge_attributes_f64(diffpool_graph *graph,
                                                       const double *edge_attributes,
                                                       size_t rows,
                                                       size_t columns,
                                                       diffpool_error **error);

/* =====================================================================================================================
 * Nodes: what the nodes of a graph are like: features, categories, labels.
 *
 *     const int64_t node_labels[5] = {6, 6, 8, 6, 7};
 *     const double columns[2][5] = {{0, 1, 0, 1, 0}, {12.5, 12, 16, 12, 14}}; // column by column
 *     check(diffpool_graph_set_node_labels(graph, node_labels, 5, &error));
 *     check(diffpool_graph_set_x_strided_f64(graph, columns[0], 5, 2, 1, 5, &error));
 * ================================================================================================================== */

/**
 * Gives every node features: a row a node.
 *
 * Ownership: `x` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_x(diffpool_graph *graph,
                                     const float *x,
                                     size_t rows,
                                     size_t columns,
                                     diffpool_error **error);

/**
 * Does what diffpool_graph_set_x does, with numbers of 64 bits.
 *
 * Ownership: `x` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_x_f64(diffpool_graph *graph,
                                         const double *x,
                                         size_t rows,
                                         size_t columns,
                                         diffpool_error **error);

/**
 * Gives every node features that are stored in any regular way, see above. A stride may be negative or 0; `x` is where
 * row 0 and column 0 are.
 *
 * Ownership: `x` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite; INVALID_ARGUMENT if the strides reach beyond any memory.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_x_strided(diffpool_graph *graph,
                                             const float *x,
                                             size_t rows,
                                             size_t columns,
                                             ptrdiff_t row_stride,
                                             ptrdiff_t column_stride,
                                             diffpool_error **error);

/**
 * Does what diffpool_graph_set_x_strided does, with numbers of 64 bits.
 *
 * Ownership: `x` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite; INVALID_ARGUMENT if the strides reach beyond any memory.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_x_strided_f64(diffpool_graph *graph,
                                                 const double *x,
                                                 size_t rows,
                                                 size_t columns,
                                                 ptrdiff_t row_stride,
                                                 ptrdiff_t column_stride,
                                                 diffpool_error **error);

/**
 * Gives every node categories, whole numbers that a model looks up in learned tables: a row a node.
 *
 * Ownership: `categories` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_categories(diffpool_graph *graph,
                                              const int32_t *categories,
                                              size_t rows,
                                              size_t columns,
                                              diffpool_error **error);

/**
 * Does what diffpool_graph_set_categories does, with numbers of 64 bits.
 *
 * Ownership: `categories` is copied.
 *
 * Fails: INVALID_GRAPH if a value does not fit 32 bits.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_categories_i64(diffpool_graph *graph,
                                                  const int64_t *categories,
                                                  size_t rows,
                                                  size_t columns,
                                                  diffpool_error **error);

/**
 * Gives every node a label.
 *
 * Ownership: `node_labels` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_node_labels(diffpool_graph *graph,
                                               const int64_t *node_labels,
                                               size_t nodes,
                                               diffpool_error **error);

/* =====================================================================================================================
 * Graphs as a whole: their class and other targets, their attributes, their weight in the loss, their id.
 *
 *     check(diffpool_graph_set_class(graph, 1, &error));
 *     check(diffpool_graph_set_weight(graph, 2, &error)); // as if it were there twice
 *     check(diffpool_dataset_add(dataset, graph, &error));
 * ================================================================================================================== */

/**
 * Gives the graph attributes as a whole, which a data set keeps. No model reads them; they can be made targets, see
 * diffpool_dataset_use_graph_attributes_as_targets.
 *
 * Ownership: `attributes` is copied.
 *
 * Fails: INVALID_GRAPH if a value is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_attributes(diffpool_graph *graph,
                                              const float *attributes,
                                              size_t count,
                                              diffpool_error **error);

/** Says which class the graph is of, from 0: what the task "multiclass" predicts. Predictions need none. */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_class(diffpool_graph *graph,
                                         size_t class_index,
                                         diffpool_error **error);

/**
 * Gives the graph the numbers that a model is to predict: one of 0 or 1 for the task "binary", several for
 * "multilabel", any for "regression". NaN stands for one that is missing.
 *
 * Ownership: `targets` is copied.
 *
 * Fails: INVALID_ARGUMENT if a value is infinite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_targets(diffpool_graph *graph,
                                           const float *targets,
                                           size_t count,
                                           diffpool_error **error);

/**
 * Gives the graph the words that a model of the task "sequence" is to predict, as numbers in a vocabulary, see
 * diffpool_dataset_set_vocabulary.
 *
 * Ownership: `words` is copied.
 *
 * Fails: INVALID_ARGUMENT if a word is negative or beyond 32 bits.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_words(diffpool_graph *graph,
                                         const int64_t *words,
                                         size_t count,
                                         diffpool_error **error);

/**
 * Says how much the graph counts in the loss that training minimises, from 0 to 1e30; without, it is 1.
 *
 * Fails: INVALID_ARGUMENT if the weight is negative, not a number or larger.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_weight(diffpool_graph *graph,
                                          float weight,
                                          diffpool_error **error);

/**
 * Says by what the graph is called, a text of 1 to 4096 bytes. A data set keeps it, its files too, and the program
 * prints it beside a prediction. Nothing sees to it that ids differ.
 *
 * Ownership: `id` is copied.
 *
 * Fails: INVALID_ARGUMENT if the id is empty or too long.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_set_id(diffpool_graph *graph,
                                      const char *id,
                                      diffpool_error **error);

/* =====================================================================================================================
 * Reading graphs: what a graph holds, lent until it is changed.
 *
 *     check(diffpool_dataset_get(dataset, 0, graph, &error));
 *     const int32_t *from = diffpool_graph_from(graph), *to = diffpool_graph_to(graph);
 *     for (size_t edge = 0; edge < diffpool_graph_edge_count(graph); edge++)
 *         printf("%d - %d\n", (int)from[edge], (int)to[edge]);
 * ================================================================================================================== */

/** How much the graph counts in the loss; NaN for NULL. */
DIFFPOOL_API float diffpool_graph_weight(const diffpool_graph *graph);

/**
 * By what the graph is called; NULL where it has no id.
 *
 * Ownership: the string is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API const char *diffpool_graph_id(const diffpool_graph *graph);

/** The number of nodes; 0 for NULL. */
DIFFPOOL_API size_t diffpool_graph_node_count(const diffpool_graph *graph);

/**
 * The number of edges, as they are given; 0 for NULL. Those without direction that a data set stores are there both
 * ways.
 */
DIFFPOOL_API
size_t diffpool_graph_edge_count(const diffpool_graph *graph);

/**
 * Where every edge comes from; NULL for NULL.
 *
 * Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const int32_t *diffpool_graph_from(const diffpool_graph *graph);

/**
 * Where every edge leads to; NULL for NULL.
 *
 * Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const int32_t *diffpool_graph_to(const diffpool_graph *graph);

/**
 * The weight of every edge; NULL if there are none.
 *
 * Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const float *diffpool_graph_edge_weight(const diffpool_graph *graph);

/**
 * The label of every edge; NULL if there are none.
 *
 * Ownership: the array, of diffpool_graph_edge_count values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const int64_t *diffpool_graph_edge_labels(const diffpool_graph *graph);

/**
 * The label of every node; NULL if there are none.
 *
 * Ownership: the array, of diffpool_graph_node_count values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const int64_t *diffpool_graph_node_labels(const diffpool_graph *graph);

/**
 * The attributes of the edges, and how many an edge has; NULL and 0 if there are none.
 *
 * Ownership: the array, a row an edge, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const float *diffpool_graph_edge_attributes(const diffpool_graph *graph,
                                            size_t *columns);

/**
 * The features of the nodes, and how many a node has; NULL and 0 if there are none.
 *
 * Ownership: the array, a row a node, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API const float *diffpool_graph_x(const diffpool_graph *graph, size_t *columns);

/**
 * The categories of the nodes, and how many a node has; NULL and 0 if there are none.
 *
 * Ownership: the array, a row a node, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API const int32_t *diffpool_graph_categories(const diffpool_graph *graph, size_t *columns);

/**
 * The attributes of the graph as a whole, and how many; NULL and 0 if there are none.
 *
 * Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API const float *diffpool_graph_attributes(const diffpool_graph *graph, size_t *count);

/**
 * The numbers that a model is to predict, NaN for those that are missing, and how many; NULL and 0 if there are none.
 *
 * Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const float *diffpool_graph_targets(const diffpool_graph *graph,
                                    size_t *count);

/**
 * The words that a model is to predict, without their end, and how many; NULL and 0 if there are none.
 *
 * Ownership: the array, of so many values, is borrowed until the graph is changed or freed.
 */
DIFFPOOL_API
const uint32_t *diffpool_graph_words(const diffpool_graph *graph,
                                     size_t *count);

/**
 * The class of the graph.
 *
 * Fails: NOT_FOUND if it has none.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_graph_class(const diffpool_graph *graph,
                                     size_t *class_index,
                                     diffpool_error **error);

/* =====================================================================================================================
 * Models: made, saved, loaded, described.
 *
 * A model knows all that a prediction needs: its configuration, which features it computes from a graph, its weights,
 * the number of targets and the names of the classes. A model file is in the safetensors format, so other programs can
 * read its tensors.
 *
 *     diffpool_model *other;
 *     check(diffpool_model_save(model, "model.safetensors", &error));
 *     check(diffpool_model_load("model.safetensors", &other, &error));
 *     for (size_t i = 0; i < diffpool_model_class_count(other); i++)
 *         printf("class %u is %s\n", (unsigned)i, diffpool_model_class_name(other, i));
 *     diffpool_model_free(other);
 * ================================================================================================================== */

/**
 * Makes a model with fresh weights, drawn from the seed of the configuration.
 *
 * What depends on data, such as the number of clusters or the deviation of an attribute, is taken from the graphs to
 * train on of `split`, which are all graphs if it is NULL. To train the model see diffpool_trainer_from_model;
 * diffpool_trainer_new makes its own.
 *
 * Ownership: all arguments are copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data; NOT_FOUND if an index
 * names no graph; INVALID_ARGUMENT if there are no graphs; INVALID_GRAPH if a category cannot have a row in a table.
 * Data that lacks the targets of the task, or has fewer than two classes, does not suit it.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_new(const diffpool_config *config,
                                   const diffpool_dataset *dataset,
                                   const diffpool_split *split,
                                   diffpool_model **out,
                                   diffpool_error **error);

/**
 * Loads a model from a file.
 *
 * Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no model; UNSUPPORTED_VERSION if a newer
 * library wrote it.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_save(const diffpool_model *model,
                                    const char *path,
                                    diffpool_error **error);

/**
 * Loads a model from the bytes of a model file.
 *
 * Ownership: `bytes`, an array of `length`, is copied; `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_FILE if the bytes are damaged or no model; UNSUPPORTED_VERSION if a newer library wrote them.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_from_bytes(const uint8_t *bytes,
                                          size_t length,
                                          diffpool_model **out,
                                          diffpool_error **error);

/**
 * Writes the bytes of a model file to memory.
 *
 * Ownership: `*bytes`, an array of `*length`, is owned by the caller, free with diffpool_bytes_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_to_bytes(const diffpool_model *model,
                                        uint8_t **bytes,
                                        size_t *length,
                                        diffpool_error **error);

/**
 * Makes a second model with the same weights, which can be changed without changing the first.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_model_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_clone(const diffpool_model *model,
                                     diffpool_model **out,
                                     diffpool_error **error);

/**
 * Frees a model. NULL is harmless.
 *
 * Ownership: `model` is gone after the call; sessions made with it live on.
 */
DIFFPOOL_API void diffpool_model_free(diffpool_model *model);

/**
 * Describes the model in a few lines for people: levels, layers, sizes, number of parameters.
 *
 * Ownership: `*text` is owned by the caller, free with diffpool_string_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_summary_text(const diffpool_model *model,
                                            char **text,
                                            diffpool_error **error);

/**
 * Describes the model as a JSON object for programs.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_summary_json(const diffpool_model *model,
                                            char **json,
                                            diffpool_error **error);

/**
 * Makes a configuration that says what the model looks like and how it was trained. Shares of nodes have become
 * numbers of clusters.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_config_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_config(const diffpool_model *model,
                                      diffpool_config **out,
                                      diffpool_error **error);

/**
 * What the model predicts, the key "task" of its configuration: "multiclass", "binary", "multilabel", "regression" or
 * "sequence". NULL for NULL.
 *
 * Ownership: the string is borrowed until the model is freed.
 */
DIFFPOOL_API
const char *diffpool_model_task(const diffpool_model *model);

/**
 * The name of the metric that the history of its training records. NULL for NULL.
 *
 * Ownership: the string is borrowed until the model is freed.
 */
DIFFPOOL_API const char *diffpool_model_metric(const diffpool_model *model);

/**
 * The number of classes that a target is one of: those of "multiclass", 2 for "binary", the words of the vocabulary
 * for "sequence"; 0 for "multilabel" and "regression". How many logits a prediction has is
 * diffpool_model_output_count.
 */
DIFFPOOL_API
size_t diffpool_model_class_count(const diffpool_model *model);

/**
 * The name of class number `class_index`, from 0; NULL if there is no such class.
 *
 * Ownership: the string is borrowed until the model is freed.
 */
DIFFPOOL_API const char *diffpool_model_class_name(const diffpool_model *model, size_t class_index);

/**
 * The number of targets of a graph: 1 for "multiclass" and "binary", labels for "multilabel", numbers for
 * "regression", words that are predicted for "sequence".
 */
DIFFPOOL_API
size_t diffpool_model_target_count(const diffpool_model *model);

/**
 * The number of logits of a graph: one a class for "multiclass", one for "binary", one a target for "multilabel" and
 * "regression", and for "sequence" one a word of the vocabulary for every word that is predicted, word after word.
 */
DIFFPOOL_API
size_t diffpool_model_output_count(const diffpool_model *model);

/** The number of columns of the embedding of a graph. */
DIFFPOOL_API size_t diffpool_model_embedding_width(const diffpool_model *model);

/** The number of pooling levels, 0 for a flat model. */
DIFFPOOL_API size_t diffpool_model_level_count(const diffpool_model *model);

/** The number of trained parameters. */
DIFFPOOL_API size_t diffpool_model_parameter_count(const diffpool_model *model);

/** Whether the model is for graphs whose edges keep their direction, 1, or not, 0. */
DIFFPOOL_API int diffpool_model_is_directed(const diffpool_model *model);

/**
 * The number of features that every node of a graph must come with, the columns of its `x`: that of the data set that
 * the model was made for, or 0 if the model does not use them.
 */
DIFFPOOL_API
size_t diffpool_model_feature_count(const diffpool_model *model);

/**
 * The number of categories that every node of a graph must come with: that of the data set that the model was made
 * for, or 0 if the model does not use them.
 */
DIFFPOOL_API
size_t diffpool_model_category_count(const diffpool_model *model);

/** Whether every node of a graph must come with a label, 1, or the model does not use labels, 0. */
DIFFPOOL_API int diffpool_model_uses_node_labels(const diffpool_model *model);

/** The number of relations: edge labels that the model tells apart, or 1 if it takes all edges for one kind. */
DIFFPOOL_API
size_t diffpool_model_relation_count(const diffpool_model *model);

/**
 * Copies the edge labels that are a relation of the model each, in ascending order; none where it takes all edges for
 * one kind. Every edge of a graph must come with one of them.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_copy_relations(const diffpool_model *model,
                                              int64_t *edge_labels,
                                              size_t capacity,
                                              size_t *needed,
                                              diffpool_error **error);

/**
 * Whether the model would take a graph: what a prediction checks of it, and nothing more. Features, categories and
 * labels that the model does not use are not looked at.
 *
 * Fails: SHAPE_MISMATCH or INVALID_GRAPH, which name what is wrong, as the prediction would.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_check(const diffpool_model *model,
                                     const diffpool_graph *graph,
                                     diffpool_error **error);

/* =====================================================================================================================
 * Schemas: what a model expects of a graph, and which model it is.
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
 * edge_features  what convolutions read of the edges: "width", how many attributes each brings, their "names",
 *              "categories", the values of each where they are categories, and "labels"; 0 and empty without
 * names        names of "categories", "category_values", "node_labels", "edge_labels" and "targets", as far as the
 *              training data had them, as diffpool_dataset_set_names_json takes them
 * categories   "width", how many categories every node brings, and "rows" of the table of each
 * out_of_vocabulary  what becomes of other labels, relations and categories, see the configuration key of this name
 * nodes        "min", "max" and "mean" number of nodes of a training graph; null where nothing is known
 * levels       number of pooling levels
 * clusters     number of clusters of every level
 *
 *     char *json;
 *     check(diffpool_model_schema_json(model, &json, &error));
 *     printf("model %.12s expects graphs of this kind: %s\n", diffpool_model_fingerprint(model), json);
 *     diffpool_string_free(json);
 * ================================================================================================================== */

/**
 * What a model expects of a graph and says of it, as a JSON object.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any; `model` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_peek_json(const char *path,
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
DIFFPOOL_API
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
DIFFPOOL_API DIFFPOOL_NODISCARD
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
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_feature_names(diffpool_dataset *dataset,
                                                   const char *const *names,
                                                   size_t count,
                                                   diffpool_error **error);

/**
 * Names what the graphs have, in place of the names that there are, by a JSON object with any of these keys:
 *
 * x, categories, edge_attributes, graph_attributes, targets   a list of as many names as there are columns, each
 *                  another one
 * category_values  for every column of categories a list of what 0, 1, ... stand for, as far as they have names
 * node_labels, edge_labels   an object of names by the label, such as {"6": "C", "7": "N"}
 *
 * The names go with the data set, its file and its JSON lines, and those of what a model reads with the model that is
 * trained on it. A model refuses a data set in which something that it reads has another name. Names have 1 to 255
 * bytes, but those of category_values, which may be empty. diffpool_dataset_summary_json writes them.
 *
 * Ownership: `json` is copied.
 *
 * Fails: PARSE if it is no such object; SHAPE_MISMATCH if there are not as many names as columns, or labels are named
 * where there are none; INVALID_ARGUMENT if a name is empty, too long or there twice; INVALID_STATE if a trainer uses
 * the data set.
 *
 * Threads: one at a time; `dataset` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_names_json(diffpool_dataset *dataset,
                                                const char *json,
                                                diffpool_error **error);

/* =====================================================================================================================
 * Metadata: what is written down with a model, any keys and values of the user's, and how it was trained.
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
 * and this one by diffpool_predictor_calibrate:
 *
 * diffpool.calibration_temperature  what the logits were divided by
 *
 * The variable SOURCE_DATE_EPOCH of the environment, seconds since 1970, takes the place of the clock where it is set:
 * then the same training gives the same file, byte for byte.
 *
 *     check(diffpool_model_set_metadata(model, "licence", "CC-BY-4.0", &error));
 *     for (size_t i = 0; i < diffpool_model_metadata_count(model); i++) {
 *         const char *key = diffpool_model_metadata_key(model, i);
 *         printf("%s: %s\n", key, diffpool_model_metadata(model, key));
 *     }
 * ================================================================================================================== */

/**
 * Gives a key of the metadata a value, in place of the one that it has. NULL for the value takes the key away, whether
 * it is there or not.
 *
 * Ownership: `key` and `value` are copied.
 *
 * Fails: INVALID_ARGUMENT if the key begins with "diffpool." and there is a value, if key or value are too long or not
 * UTF-8, or if there would be too many; INVALID_STATE if a session or a predictor uses the model.
 *
 * Threads: one at a time; `model` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
DIFFPOOL_API
const char *diffpool_model_metadata(const diffpool_model *model,
                                    const char *key);

/**
 * The number of keys of the metadata; 0 for NULL.
 *
 * Threads: any; `model` is const.
 */
DIFFPOOL_API size_t diffpool_model_metadata_count(const diffpool_model *model);

/**
 * Key number `key_index` of the metadata, from 0, in the order of their bytes; NULL if there is none.
 *
 * Ownership: the string is borrowed until the metadata is changed or the model is freed.
 *
 * Threads: any; `model` is const.
 */
DIFFPOOL_API
const char *diffpool_model_metadata_key(const diffpool_model *model,
                                        size_t key_index);

/* =====================================================================================================================
 * Sessions: predicting one graph at a time.
 *
 * A session holds the scratch memory of one thread. Make one a thread from the same model; once a session has seen a
 * graph of the largest size, predicting allocates nothing and waits for nothing. After a prediction its results are
 * read with the functions below, until the next one. The same graph and model give the same bits in every session.
 *
 *     size_t best;
 *     float probability;
 *     check(diffpool_session_predict(session, graph, NULL, &error));
 *     check(diffpool_session_copy_top(session, &best, &probability, 1, &error));
 *     printf("%s, with a probability of %.2f\n", diffpool_model_class_name(model, best), probability);
 * ================================================================================================================== */

/**
 * Makes a session.
 *
 * Ownership: the model is shared: it may be freed, but cannot be changed until the session is freed. `*out` is owned
 * by the caller, free with diffpool_session_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_new(const diffpool_model *model,
                                     diffpool_session **out,
                                     diffpool_error **error);

/**
 * Frees a session. NULL is harmless.
 *
 * Ownership: `session` is gone after the call.
 */
DIFFPOOL_API void diffpool_session_free(diffpool_session *session);

/**
 * Predicts a graph. Features, categories and labels that the model does not use are not looked at. Edge labels may
 * always be given: to a model without relations they only tell edges apart that join the same nodes, whose weights add
 * up.
 *
 * Ownership: the graph is copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value or both sizes, if the graph breaks a rule, is not of
 * the width that the model needs, or has a category without a row in the model's tables; UNSUPPORTED if the features
 * `laplacian` and `random_walk` of the model take too many operations for it; CANCELLED, TIMEOUT and LIMIT by
 * `control`. The session then has no results.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_predict(diffpool_session *session,
                                         const diffpool_graph *graph,
                                         const diffpool_control *control,
                                         diffpool_error **error);

/**
 * Predicts graph `index` of a data set.
 *
 * Fails: NOT_FOUND if there is no such graph; SHAPE_MISMATCH or INVALID_GRAPH if it lacks features, categories or
 * labels that the model reads; others may be there; UNSUPPORTED as diffpool_session_predict; CANCELLED, TIMEOUT and
 * LIMIT by `control`.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_predict_from(diffpool_session *session,
                                              const diffpool_dataset *dataset,
                                              size_t index,
                                              const diffpool_control *control,
                                              diffpool_error **error);

/**
 * Makes room for graphs of up to so many nodes and edges, so that predicting them asks for no memory. Edges count as
 * they are given.
 *
 * Fails: OUT_OF_MEMORY, and what was reserved before stays.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_reserve(diffpool_session *session,
                                         size_t nodes,
                                         size_t edges,
                                         diffpool_error **error);

/** The number of bytes that the session holds, without those of the model. */
DIFFPOOL_API size_t diffpool_session_memory(const diffpool_session *session);

/** Gives the memory of the session back, and its results. The next prediction asks for what it needs. */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_shrink(diffpool_session *session,
                                        diffpool_error **error);

/**
 * The predicted class: the one of the largest logit; of the task "binary" 1 if its logit is positive, else 0.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is another, see
 * diffpool_session_copy_predictions.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_class(const diffpool_session *session,
                                       size_t *class_index,
                                       diffpool_error **error);

/**
 * Copies the prediction of every target: its class or word; for the tasks "binary" and "multilabel" 1 if its logit is
 * positive, else 0. A sequence ends before the first word that is the last of the vocabulary.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED for a regression, whose predictions are the logits;
 * BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_predictions(const diffpool_session *session,
                                                  size_t *predictions,
                                                  size_t capacity,
                                                  size_t *needed,
                                                  diffpool_error **error);

/**
 * Copies the logits, as many as diffpool_model_output_count tells: one a class, label, number or word. Those of a
 * regression are the numbers that it predicts.
 *
 * Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_logits(const diffpool_session *session,
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_probabilities(const diffpool_session *session,
                                                    float *probabilities,
                                                    size_t capacity,
                                                    size_t *needed,
                                                    diffpool_error **error);

/**
 * Copies the most probable classes and their probabilities, `k` of them, the most probable first. Either array may be
 * NULL.
 *
 * Fails: INVALID_STATE before a prediction; UNSUPPORTED if the task of the model is not "multiclass"; INVALID_ARGUMENT
 * if `k` is 0 or more than there are classes.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_top(const diffpool_session *session,
                                          size_t *classes,
                                          float *probabilities,
                                          size_t k,
                                          diffpool_error **error);

/**
 * Copies the embedding of the graph: the readouts that the head of the model sees.
 *
 * Fails: INVALID_STATE before a prediction; BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_embedding(const diffpool_session *session,
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
 * random, a clustering or hard is taken as a constant. `logit` counts as diffpool_session_copy_logits does: for the
 * task "multiclass" it is the class.
 *
 * `*needed` is the number of nodes. The first call makes memory that the session keeps, and later ones allocate
 * nothing once a graph of the largest size has been seen. The results of the prediction stay.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such logit; BUFFER_TOO_SMALL, and then only
 * `*needed` is written; INVALID_GRAPH if a result would not be a finite number.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_node_importance(diffpool_session *session,
                                                      size_t logit,
                                                      float *importance,
                                                      size_t capacity,
                                                      size_t *needed,
                                                      diffpool_error **error);

/* =====================================================================================================================
 * Predictors: many graphs in one call, on many threads; and evaluations of graphs whose targets are known.
 *
 * A predictor has threads and memory that stay warm between calls; between calls the threads sleep. After a prediction
 * its results are read with the functions below, until the next one. They have the same bits as those of a session,
 * however many threads there are. A graph that is refused, such as one with too many features, does not keep the
 * others from being predicted: it has a status and a message of its own, NaN for every number, and SIZE_MAX for every
 * class.
 *
 *     const size_t some[3] = {4, 8, 15};
 *     size_t classes[3];
 *     check(diffpool_predictor_predict_dataset(predictor, dataset, some, 3, NULL, &error));
 *     check(diffpool_predictor_copy_predictions(predictor, classes, 3, NULL, &error));
 *     for (size_t i = 0; i < 3; i++)
 *         if (diffpool_predictor_status(predictor, i) == DIFFPOOL_STATUS_OK)
 *             printf("graph %u: %s\n", (unsigned)some[i], diffpool_model_class_name(model, classes[i]));
 *         else
 *             fprintf(stderr, "graph %u: %s\n", (unsigned)some[i], diffpool_predictor_message(predictor, i));
 * ================================================================================================================== */

/**
 * Makes a predictor. `threads` is how many threads to use, at most 1024, 0 for one a core.
 *
 * Ownership: the model is shared: it may be freed, but cannot be changed until the predictor is freed. `*out` is owned
 * by the caller, free with diffpool_predictor_free.
 *
 * Fails: INVALID_ARGUMENT if there are too many threads; OUT_OF_MEMORY also if they cannot be started.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_new(const diffpool_model *model,
                                       size_t threads,
                                       diffpool_predictor **out,
                                       diffpool_error **error);

/**
 * Frees a predictor and ends its threads. NULL is harmless.
 *
 * Ownership: `predictor` is gone after the call.
 */
DIFFPOOL_API void diffpool_predictor_free(diffpool_predictor *predictor);

/**
 * Predicts graphs, `count` of them.
 *
 * Ownership: the graphs are copied.
 *
 * Fails: CANCELLED and TIMEOUT by `control`; there are then no results. A graph that is refused is told by
 * diffpool_predictor_status and not here; LIMIT is such a refusal, too.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_predict(diffpool_predictor *predictor,
                                           const diffpool_graph *const *graphs,
                                           size_t count,
                                           const diffpool_control *control,
                                           diffpool_error **error);

/**
 * Predicts many graphs that are given as one, in the layout of diffpool_dataset_add_batch.
 *
 * Ownership: the graphs are copied.
 *
 * Fails: SHAPE_MISMATCH or INVALID_GRAPH, naming index and value, if the batch is not laid out so; CANCELLED and
 * TIMEOUT by `control`; there are then no results. A graph that is refused is told by diffpool_predictor_status and
 * not here.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_predict_batch(diffpool_predictor *predictor,
                                                 const diffpool_graph *batch,
                                                 const int64_t *node_offsets,
                                                 size_t offsets,
                                                 const diffpool_control *control,
                                                 diffpool_error **error);

/**
 * Predicts graphs of a data set, whose targets are not looked at. `indices` is an array of `length` indices; NULL and
 * DIFFPOOL_ALL stand for all graphs.
 *
 * Ownership: `indices` is copied.
 *
 * Fails: NOT_FOUND if an index names no graph; else as diffpool_predictor_predict.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_predict_dataset(diffpool_predictor *predictor,
                                                   const diffpool_dataset *dataset,
                                                   const size_t *indices,
                                                   size_t length,
                                                   const diffpool_control *control,
                                                   diffpool_error **error);

/** The number of graphs that were predicted last, those that were refused included. */
DIFFPOOL_API size_t diffpool_predictor_graph_count(const diffpool_predictor *predictor);

/** What became of graph `index`: OK, or why it was refused. NOT_FOUND if there is no such graph. */
DIFFPOOL_API
diffpool_status diffpool_predictor_status(const diffpool_predictor *predictor,
                                          size_t index);

/**
 * Why graph `index` was refused, in words; empty if it was not, or there is no such graph.
 *
 * Ownership: the string is borrowed until the predictor predicts again or is freed.
 */
DIFFPOOL_API
const char *diffpool_predictor_message(const diffpool_predictor *predictor,
                                       size_t index);

/**
 * Copies the logits: a row of diffpool_model_output_count a graph.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_copy_logits(const diffpool_predictor *predictor,
                                               float *logits,
                                               size_t capacity,
                                               size_t *needed,
                                               diffpool_error **error);

/**
 * Copies the probabilities: a row of diffpool_model_output_count a graph; none of a regression.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_copy_probabilities(const diffpool_predictor *predictor,
                                                      float *probabilities,
                                                      size_t capacity,
                                                      size_t *needed,
                                                      diffpool_error **error);

/**
 * Copies the prediction of every target, a row of diffpool_model_target_count a graph; none of a regression. What they
 * mean is as for diffpool_session_copy_predictions.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_copy_predictions(const diffpool_predictor *predictor,
                                                    size_t *predictions,
                                                    size_t capacity,
                                                    size_t *needed,
                                                    diffpool_error **error);

/**
 * Copies the embeddings: a row of diffpool_model_embedding_width a graph.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_copy_embeddings(const diffpool_predictor *predictor,
                                                   float *embeddings,
                                                   size_t capacity,
                                                   size_t *needed,
                                                   diffpool_error **error);

/**
 * Copies the most probable classes of every graph and their probabilities, `k` a graph, the most probable first: a row
 * of `k` a graph in both arrays, which have room for as many rows as graphs were predicted. Either may be NULL.
 *
 * Fails: UNSUPPORTED if the task of the model is not "multiclass"; INVALID_ARGUMENT if `k` is 0 or more than there are
 * classes.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_copy_top(const diffpool_predictor *predictor,
                                            size_t *classes,
                                            float *probabilities,
                                            size_t k,
                                            diffpool_error **error);

/**
 * Predicts graphs of a data set and compares with their targets. `indices` is an array of `length` indices; NULL and
 * DIFFPOOL_ALL stand for all graphs. The results of the last prediction stay.
 *
 * Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_evaluation_free, and does not need
 * the predictor any more.
 *
 * Fails: NOT_FOUND if an index names no graph; SHAPE_MISMATCH or INVALID_GRAPH if the graphs lack features,
 * categories, labels or targets that the model needs (others may be there), or a logit is not finite; INVALID_ARGUMENT
 * if there are no graphs, the model does not have the class of one, or a label is neither 0, 1 nor missing; CANCELLED,
 * TIMEOUT and LIMIT, if any graph is too large, by `control`.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_evaluate(diffpool_predictor *predictor,
                                            const diffpool_dataset *dataset,
                                            const size_t *indices,
                                            size_t length,
                                            const diffpool_control *control,
                                            diffpool_evaluation **out,
                                            diffpool_error **error);

/**
 * Makes a model whose probabilities fit graphs that it was not trained on: a temperature that all logits are divided
 * by is fitted to their targets, and becomes part of the last layer. What is predicted stays. The model has the
 * metadata of the predictor's, and "diffpool.calibration_temperature". How well probabilities fit is the number
 * "calibration_error" of an evaluation. `indices` is an array of `length` indices; NULL and DIFFPOOL_ALL stand for
 * all.
 *
 * Ownership: `indices` is copied; `*out` is owned by the caller, free with diffpool_model_free. The predictor keeps
 * its own model.
 *
 * Fails: as diffpool_predictor_evaluate; UNSUPPORTED if the task of the model has no probabilities of classes or
 * labels.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_predictor_calibrate(diffpool_predictor *predictor,
                                             const diffpool_dataset *dataset,
                                             const size_t *indices,
                                             size_t length,
                                             const diffpool_control *control,
                                             diffpool_model **out,
                                             diffpool_error **error);

/* =====================================================================================================================
 * Evaluations: how well a model does on graphs whose targets are known; diffpool_predictor_evaluate makes them.
 *
 *     diffpool_evaluation *evaluation;
 *     check(diffpool_predictor_evaluate(predictor, dataset, NULL, DIFFPOOL_ALL, NULL, &evaluation, &error));
 *     printf("accuracy %.3f, calibration error %.3f\n", diffpool_evaluation_metric(evaluation, "accuracy"),
 *            diffpool_evaluation_metric(evaluation, "calibration_error"));
 *     diffpool_evaluation_free(evaluation);
 * ================================================================================================================== */

/**
 * Frees an evaluation. NULL is harmless.
 *
 * Ownership: `evaluation` is gone after the call.
 */
DIFFPOOL_API void diffpool_evaluation_free(diffpool_evaluation *evaluation);

/** The number of graphs. */
DIFFPOOL_API size_t diffpool_evaluation_graph_count(const diffpool_evaluation *evaluation);

/**
 * A number of the evaluation by its name; NaN for NULL, where the graphs do not define it, if the task of the model is
 * not measured by it, and if there is no such number.
 *
 * - "loss": the parts that training minimises, with their weights, but labels are not smoothed; where loss_scope is
 *   "batch", link and entropy loss are those of batches of the library's choice, not of batch_size graphs
 * - "class_loss", "link_loss", "entropy_loss", "cut_loss", "orthogonality_loss", "modularity_loss", "collapse_loss",
 *   "balance_loss": its parts, unweighted; those after "entropy_loss" only where the model's configuration gives them
 *   a weight above 0
 * - "metric": the metric that the configuration names: as "auto" the accuracy of classes, the ROC-AUC of labels, the
 *   RMSE of numbers, the F1 score of sequences
 * - "calibration_error": the expected calibration error, of 15 bins: how far the probability of what is predicted is
 *   from the share of it that is right; see diffpool_predictor_calibrate
 * - "accuracy": the share of the targets that are predicted rightly
 * - "macro_f1", "micro_f1": the F1 score, the harmonic mean of precision and recall: the mean over the classes or
 *   labels that occur, and that of all of them together
 * - "roc_auc", "average_precision": the areas under the ROC curve and under that of precision and recall, of two
 *   classes or of labels, a mean over those that are 1 of some graph and 0 of another
 * - "rmse", "mae": the errors of a regression
 * - "sequence_f1": the F1 score of the words of a sequence, a mean over the graphs
 *
 * Ownership: `name` is copied.
 */
DIFFPOOL_API
double diffpool_evaluation_metric(const diffpool_evaluation *evaluation,
                                  const char *name);

/**
 * Copies a metric of every target by itself, with NaN where the graphs do not define it: of every label, number or
 * word. `name` is one of "metric" and those after it.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if there is no such metric; INVALID_ARGUMENT if the task of the model is not measured by it;
 * BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_evaluation_copy_metric_by_target(const diffpool_evaluation *evaluation,
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_evaluation_copy_confusion(const diffpool_evaluation *evaluation,
                                                   uint64_t *confusion,
                                                   size_t capacity,
                                                   size_t *needed,
                                                   diffpool_error **error);

/**
 * Copies the predicted class of every graph, in the order of the indices; of a model with several targets a row a
 * graph, with a label or a word a target. A regression has none.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_evaluation_copy_predictions(const diffpool_evaluation *evaluation,
                                                     size_t *predictions,
                                                     size_t capacity,
                                                     size_t *needed,
                                                     diffpool_error **error);

/**
 * Copies the logits: a row a graph, in the order of the indices, a column a class, label or number. Those of sequences
 * are not kept, for they would be too many.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_evaluation_copy_logits(const diffpool_evaluation *evaluation,
                                                float *logits,
                                                size_t capacity,
                                                size_t *needed,
                                                diffpool_error **error);

/**
 * The numbers of the evaluation and its confusion matrix as a JSON object; null stands for what is not defined.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_evaluation_json(const diffpool_evaluation *evaluation,
                                         char **json,
                                         diffpool_error **error);

/* =====================================================================================================================
 * Controls: what a long call may take, and how it is watched and stopped.
 *
 * Functions that may take long take a diffpool_control, or NULL for no limits. One control may be given to many calls
 * at once, of one thread or of several. A call that is stopped returns CANCELLED or TIMEOUT, one whose input is too
 * large LIMIT, and its handles are as they were before; it can be called again. A call looks at its control every
 * fraction of a millisecond of work, in the middle of a large graph, too; only memory that is being reserved and a
 * file that is being read are waited for. diffpool_trainer_fit looks at it once a batch.
 *
 *     diffpool_control *control;
 *     check(diffpool_control_new(&control, &error));
 *     check(diffpool_control_set_max_nodes(control, 100000, &error));
 *     check(diffpool_control_set_timeout(control, 0.25, &error));
 *     diffpool_status status = diffpool_session_predict(session, graph, control, NULL);
 *     if (status == DIFFPOOL_STATUS_TIMEOUT || status == DIFFPOOL_STATUS_LIMIT)
 *         fprintf(stderr, "the graph is too large\n");
 *     diffpool_control_free(control);
 * ================================================================================================================== */

/**
 * Called now and then by a call that was given the control, on the thread that made the call, with the `ctx` given
 * along: how much is done, and how much there is in all, in graphs, in bytes or in batches; 0 where that is not known.
 * 0 goes on; any other number stops the call with CANCELLED. It must not throw an exception or jump out.
 */
typedef int (*diffpool_progress_callback)(void *ctx, size_t done, size_t all);

/**
 * Makes a control without deadline, limits and callback.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_control_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD diffpool_status diffpool_control_new(diffpool_control **out, diffpool_error **error);

/**
 * Frees a control. NULL is harmless.
 *
 * Ownership: `control` is gone after the call.
 *
 * Threads: any, once no call uses it and no thread or signal handler will cancel it.
 */
DIFFPOOL_API void diffpool_control_free(diffpool_control *control);

/**
 * Asks all calls with this control to stop: those that run, and every one to come until diffpool_control_reset. NULL
 * is harmless.
 *
 * Threads: any, at any time, and signal handlers: it writes one atomic number and does nothing else.
 */
DIFFPOOL_API
void diffpool_control_cancel(const diffpool_control *control);

/**
 * Takes a cancellation back. A call that has seen it stops all the same. NULL is harmless.
 *
 * Threads: any, at any time, and signal handlers.
 */
DIFFPOOL_API void diffpool_control_reset(const diffpool_control *control);

/**
 * Whether diffpool_control_cancel was called, and no diffpool_control_reset after it: 1 or 0; 0 for NULL.
 *
 * Threads: any, at any time, and signal handlers.
 */
DIFFPOOL_API
int diffpool_control_is_cancelled(const diffpool_control *control);

/**
 * Lets calls run until `seconds` from now, by a clock that nobody sets. Infinity takes the deadline away. It is set
 * anew for every request: calls that come after a deadline return TIMEOUT.
 *
 * Fails: INVALID_ARGUMENT if the number is negative, NaN, or beyond what clocks can tell.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_control_set_timeout(diffpool_control *control,
                                             double seconds,
                                             diffpool_error **error);

/** Refuses graphs of more nodes with LIMIT, before anything is done with them. SIZE_MAX is no limit. */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_control_set_max_nodes(diffpool_control *control,
                                               size_t nodes,
                                               diffpool_error **error);

/**
 * Refuses graphs of more edges with LIMIT, before anything is done with them. The edges of a graph object count as
 * they were given, those of an undirected data set once. SIZE_MAX is no limit.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_control_set_max_edges(diffpool_control *control,
                                               size_t edges,
                                               diffpool_error **error);

/** Refuses files of more bytes, and graphs whose arrays have more, with LIMIT. SIZE_MAX is no limit. */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_control_set_max_bytes(diffpool_control *control,
                                               size_t bytes,
                                               diffpool_error **error);

/**
 * Says what to call now and then; NULL stands for nothing.
 *
 * Ownership: `ctx` is borrowed until the control is freed or another is set. Where calls of several threads share the
 * control, the callback runs on all of them.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_control_set_progress(diffpool_control *control,
                                              diffpool_progress_callback progress_callback,
                                              void *ctx,
                                              diffpool_error **error);

/* =====================================================================================================================
 * Data sets: graphs in memory or in a file, with their classes and other targets.
 *
 * A data set is a list of graphs. The first graph that is added settles what all must have: how many features,
 * categories and attributes, whether labels, targets or a class. Graphs are undirected unless the data set is made
 * with DIFFPOOL_DATASET_DIRECTED; row i of a matrix then lists the nodes that node i reads from. Two nodes may be
 * joined by edges of several labels, each of which is kept; an edge of an undirected graph that is given both ways
 * must have the same labels both ways. A model sees the labels where its configuration says so; any other adds up the
 * weights of edges that join the same nodes.
 *
 * A data set that is larger than memory is written to a file, see diffpool_dataset_writer_new, and opened from there.
 *
 *     const char *const names[2] = {"path", "ring"};
 *     diffpool_dataset *shapes;
 *     check(diffpool_dataset_new("shapes", 0, &shapes, &error));
 *     check(diffpool_dataset_set_class_names(shapes, names, 2, &error));
 *     check(diffpool_graph_set_class(graph, 1, &error));
 *     check(diffpool_dataset_add(shapes, graph, &error));
 *     diffpool_dataset_free(shapes);
 * ================================================================================================================== */

/** Flag of diffpool_dataset_new and diffpool_dataset_writer_new: edges keep their direction. */
#define DIFFPOOL_DATASET_DIRECTED 1

/**
 * Makes an empty data set. `flags` is 0 or DIFFPOOL_DATASET_DIRECTED.
 *
 * Ownership: `name` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: INVALID_ARGUMENT if a flag is unknown.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_new(const char *name,
                                     uint32_t flags,
                                     diffpool_dataset **out,
                                     diffpool_error **error);

/**
 * Frees a data set. NULL is harmless.
 *
 * Ownership: `dataset` is gone after the call; a trainer made with it keeps the graphs it needs.
 */
DIFFPOOL_API void diffpool_dataset_free(diffpool_dataset *dataset);

/**
 * Adds a graph with all that it has. The first one settles what the others must have. A graph without a class can be
 * added where no graph has one.
 *
 * Ownership: the graph is copied.
 *
 * Fails: SHAPE_MISMATCH with both numbers if the graph has other parts than those before it, or a part does not fit
 * its nodes or edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule;
 * INVALID_STATE if a trainer uses the data set, or it was opened from a file. The data set is then as it was.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_add(diffpool_dataset *dataset,
                                     const diffpool_graph *graph,
                                     diffpool_error **error);

/**
 * Adds many graphs that are given as one, in the layout of a batch of PyTorch Geometric: the nodes of graph g are
 * those from node_offsets[g] to node_offsets[g + 1] - 1 of `batch`, and its edges join these; the edges of a graph
 * come before those of the next. `node_offsets` has `offsets` values, one more than graphs, the first 0 and the last
 * the number of nodes. `classes` has the class of every graph, or is NULL. Targets of `batch` are a row a graph.
 *
 * Ownership: all arguments are copied.
 *
 * Fails: SHAPE_MISMATCH with both numbers if a graph has other parts than those before it, or a part does not fit its
 * nodes or edges; INVALID_GRAPH or INVALID_ARGUMENT, naming index and value, if it breaks another rule; INVALID_STATE
 * if a trainer uses the data set, or it was opened from a file. The data set is then as it was. None of the graphs is
 * added then.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_add_batch(diffpool_dataset *dataset,
                                           const diffpool_graph *batch,
                                           const int64_t *node_offsets,
                                           size_t offsets,
                                           const int64_t *classes,
                                           diffpool_error **error);

/**
 * Fills `graph` with graph `index` of the data set and all that it has. Its edges come in ascending order of their
 * ends; those without direction are there both ways.
 *
 * Fails: NOT_FOUND if there is no such graph.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_get(const diffpool_dataset *dataset,
                                     size_t index,
                                     diffpool_graph *graph,
                                     diffpool_error **error);

/**
 * Names the classes, from 0 on. Without names they are called "0", "1" and so on. The names are also those of the
 * words of sequences, of which there must then be as many.
 *
 * Ownership: `names`, an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE if
 * a trainer uses the data set.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_class_names(diffpool_dataset *dataset,
                                                 const char *const *names,
                                                 size_t count,
                                                 diffpool_error **error);

/**
 * Gives every graph an id, see diffpool_graph_set_id, in place of those that they have: graph i is called `ids[i]`,
 * and has none where that is NULL.
 *
 * Ownership: `ids`, an array of `count` strings, and the strings are copied.
 *
 * Fails: SHAPE_MISMATCH if there are not as many ids as graphs; INVALID_ARGUMENT, naming the graph, if an id is empty
 * or too long; INVALID_STATE if a trainer uses the data set.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_ids(diffpool_dataset *dataset,
                                         const char *const *ids,
                                         size_t count,
                                         diffpool_error **error);

/* =====================================================================================================================
 * Sources of data sets: formats of others, files of this library, benchmarks that are made up.
 *
 *     diffpool_dataset *mapped;
 *     check(diffpool_dataset_save(dataset, "graphs.safetensors", &error));
 *     check(diffpool_dataset_open("graphs.safetensors", NULL, &mapped, &error));
 *     printf("%u graphs\n", (unsigned)diffpool_dataset_graph_count(mapped));
 *     diffpool_dataset_free(mapped);
 * ================================================================================================================== */

/**
 * Reads a data set from a file or a folder in a format of others.
 *
 * `format` is "tu", a folder of the TU collection: DS_A.txt, DS_graph_indicator.txt, DS_graph_labels.txt and so on,
 * where DS is the folder's name or the only one there; "ogb", a folder of the Open Graph Benchmark in its raw form, as
 * it is downloaded; or "jsonl", a file of JSON lines, one graph a line. docs/cli.md says what is read of each.
 *
 * `options_json` is NULL or a JSON object with some of these keys, the first for all formats:
 *
 * - `directed`: whether edges keep their direction; false
 *
 * Those of the format "tu":
 *
 * - `name`: what the file names begin with, where a folder holds several data sets
 * - `drop_self_loops`: whether edges from a node to itself are left out; false
 * - `skip_empty`: whether graphs without nodes are left out, which are INVALID_GRAPH otherwise; false
 *
 * Those of the format "ogb":
 *
 * - `split`: the folder in split/ whose training graphs the vocabulary is of; the only one there
 * - `vocabulary`: how many of the most frequent words a model tells apart where labels are words, such as 5000 for
 *   ogbg-code2; where it is not given, labels are numbers
 * - `length`: how many words a model predicts, with `vocabulary`; 5
 * - `next_token_edges`: whether successive tokens of a syntax tree are joined by an edge; false
 * - `edge_data`: whether labels or attributes of the edges are kept; false
 *
 * Ownership: all strings are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: IO if a file cannot be read; PARSE with file and line if one is malformed; NOT_FOUND if there is no such
 * format; INVALID_ARGUMENT, naming the key, if an option is unknown, not of its kind or not for the format, or if
 * there are several splits and none is named; CANCELLED, TIMEOUT and LIMIT by `control`.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_load(const char *path,
                                      const char *format,
                                      const char *options_json,
                                      const diffpool_control *control,
                                      diffpool_dataset **out,
                                      diffpool_error **error);

/**
 * Opens a data set from a file that diffpool_dataset_save or a diffpool_dataset_writer wrote. Its graphs are not read
 * into memory but mapped: the system brings in what is used and drops it again where memory is scarce. All functions
 * take such a data set as any other, except that no graph can be added to it. Training with it gives the same bits.
 *
 * The whole file is read once to check it: its checksum, and every number in it, so that not even a file made with
 * malice can lead a later call astray. Almost no memory is needed for that.
 *
 * While it is open, the file must not be changed in place, shortened or written over by any program, nor its disk be
 * taken away: its bytes are used unchecked after opening, and a read of what is no longer there ends the process, on
 * Unix by the signal SIGBUS. Replacing the file as a whole or removing it is harmless, and diffpool_dataset_save and
 * diffpool_dataset_writer_finish only do the former. The file is closed once the data set is freed, and every trainer
 * that was made with it. It is in the safetensors format, for machines of 64 bits whose numbers begin with their
 * lowest byte.
 *
 * Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: IO if the file cannot be read or mapped; INVALID_FILE if it is damaged or no data set; UNSUPPORTED_VERSION if
 * a newer library wrote it; UNSUPPORTED on machines that such files do not work on; CANCELLED, TIMEOUT and LIMIT by
 * `control`.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_open(const char *path,
                                      const diffpool_control *control,
                                      diffpool_dataset **out,
                                      diffpool_error **error);

/**
 * Makes up a benchmark of `graphs` graphs from a seed, with which a program can be tried without any file.
 *
 * `kind` is "ba", Barabasi-Albert graphs against two such graphs joined, "hierarchy", two groups of communities, by
 * their numbers, against two plain communities, "syntax_trees", trees of the shape of ogbg-code2 with the words of
 * their names, or a kind of docs/structure.md, "cliques", "blocks", "blocks_x", "groups", "distance" and "runs", whose
 * classes are told by how communities lie. The same arguments give the same graphs.
 *
 * Ownership: `kind` is copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: NOT_FOUND if there is no such kind; INVALID_ARGUMENT if the number of graphs is 0 or beyond reason.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_synthetic(const char *kind,
                                           size_t graphs,
                                           uint64_t seed,
                                           diffpool_dataset **out,
                                           diffpool_error **error);

/**
 * Saves a data set to a file with everything that belongs to it. A file that is there is replaced in one step:
 * whatever happens, it is the old one or the new one. It may be the file that the data set itself was opened from.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written; UNSUPPORTED on machines that such files do not work on.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_save(const diffpool_dataset *dataset,
                                      const char *path,
                                      diffpool_error **error);

/* =====================================================================================================================
 * Reading data sets: how much there is in one, the names of its classes, and its statistics.
 *
 *     printf("%s: %u graphs, %u nodes, classes", diffpool_dataset_name(dataset),
 *            (unsigned)diffpool_dataset_graph_count(dataset), (unsigned)diffpool_dataset_node_count(dataset));
 *     for (size_t i = 0; i < diffpool_dataset_class_count(dataset); i++)
 *         printf(" %s", diffpool_dataset_class_name(dataset, i));
 * ================================================================================================================== */

/** The number of graphs. */
DIFFPOOL_API size_t diffpool_dataset_graph_count(const diffpool_dataset *dataset);

/** The number of nodes of all graphs together. */
DIFFPOOL_API size_t diffpool_dataset_node_count(const diffpool_dataset *dataset);

/** The number of stored edges of all graphs together: one without direction counts twice. */
DIFFPOOL_API size_t diffpool_dataset_edge_count(const diffpool_dataset *dataset);

/** The number of features that every node has. */
DIFFPOOL_API size_t diffpool_dataset_feature_count(const diffpool_dataset *dataset);

/** The number of categories that every node has. */
DIFFPOOL_API size_t diffpool_dataset_category_count(const diffpool_dataset *dataset);

/** The number of classes: that of their names, or of the words of sequences, or one more than the largest class in use. */
DIFFPOOL_API
size_t diffpool_dataset_class_count(const diffpool_dataset *dataset);

/**
 * The name that the data set was given, or that of its folder; NULL for NULL.
 *
 * Ownership: the string is borrowed until the data set is freed.
 */
DIFFPOOL_API const char *diffpool_dataset_name(const diffpool_dataset *dataset);

/**
 * The name of class number `class_index`, from 0; NULL if there is no such class, or the classes have no names.
 *
 * Ownership: the string is borrowed until the data set is changed or freed.
 */
DIFFPOOL_API
const char *diffpool_dataset_class_name(const diffpool_dataset *dataset,
                                        size_t class_index);

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
 * - `names`: names of columns, labels and categories, as diffpool_dataset_set_names_json takes them
 * - `columns`: a list of objects: `name` and `bytes` of every array that the graphs are stored as
 *
 * Every edge is looked at, so the time is linear in their number, and a data set that was opened from a file is read
 * as a whole. The sizes alone are told by diffpool_dataset_graph_count and the functions after it at once.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_summary_json(const diffpool_dataset *dataset,
                                              char **json,
                                              diffpool_error **error);

/* =====================================================================================================================
 * Parts of data sets: data sets put together, cut into parts, emptied.
 *
 *     const size_t some[3] = {0, 2, 4};
 *     diffpool_dataset *part;
 *     check(diffpool_dataset_subset(dataset, some, 3, &part, &error));
 *     check(diffpool_dataset_append(dataset, part, &error)); // these three are there twice now
 *     diffpool_dataset_free(part);
 * ================================================================================================================== */

/**
 * Appends all graphs of a data set to another, with their targets, words, attributes and weights.
 *
 * Graphs of both must have the same: features, categories, labels, directions, and as many targets, words and
 * attributes, which an empty `into` takes over. Where both name their classes these are matched by name.
 *
 * Ownership: the graphs are copied.
 *
 * Fails: SHAPE_MISMATCH if the graphs differ in what they have; INVALID_ARGUMENT if `into` does not have the class
 * of a graph, the words differ, or both are the same data set; INVALID_STATE if a trainer uses `into`, or it was
 * opened from a file, or only `from` names its classes. `into` is then as it was.
 *
 * Threads: one at a time; `into` is changed, `from` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_append(diffpool_dataset *into,
                                        const diffpool_dataset *from,
                                        diffpool_error **error);

/**
 * Makes a data set of some graphs of another, in the order of the list, with all that they have. A graph may be named
 * more than once. NULL and DIFFPOOL_ALL copy all graphs, those of a file into memory.
 *
 * Ownership: `graphs`, an array of `length` indices, and the graphs are copied; `*out` is owned by the caller, free
 * with diffpool_dataset_free.
 *
 * Fails: NOT_FOUND if an index names no graph.
 *
 * Threads: any; `dataset` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_subset(const diffpool_dataset *dataset,
                                        const size_t *graphs,
                                        size_t length,
                                        diffpool_dataset **out,
                                        diffpool_error **error);

/**
 * Takes all graphs of a data set away, with their targets, words, attributes and weights. What graphs must have, and
 * the names of classes, stay.
 *
 * Fails: INVALID_STATE if a trainer uses the data set.
 *
 * Threads: one at a time; `dataset` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_clear(diffpool_dataset *dataset,
                                       diffpool_error **error);

/* =====================================================================================================================
 * Data sets as text: JSON lines, and folders in TU format or of the Open Graph Benchmark; diffpool_dataset_load reads
 * them all.
 *
 * A file of JSON lines has one graph a line, each a JSON object; `docs/cli.md` of the library lists the keys.
 *
 *     const char line[] = "{\"nodes\": 3, \"edges\": [[0, 1], [1, 2]], \"class\": \"path\"}\n";
 *     diffpool_dataset *shapes;
 *     check(diffpool_dataset_parse_jsonl(line, sizeof line - 1, "shapes", 0, &shapes, &error));
 *     check(diffpool_dataset_save_jsonl(shapes, "shapes.jsonl", &error));
 *     diffpool_dataset_free(shapes);
 * ================================================================================================================== */

/**
 * Reads JSON lines from memory: `length` bytes, which need no NUL at the end. `name` is that of the data set where no
 * line says it; NULL is none. `flags` is 0, or DIFFPOOL_DATASET_DIRECTED where edges keep their direction unless a
 * line says otherwise.
 *
 * Ownership: `lines` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_free.
 *
 * Fails: PARSE, INVALID_GRAPH or SHAPE_MISMATCH, with the number of the line, if one is malformed; INVALID_ARGUMENT if
 * a flag is unknown.
 *
 * Threads: any.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_parse_jsonl(const char *lines,
                                             size_t length,
                                             const char *name,
                                             uint32_t flags,
                                             diffpool_dataset **out,
                                             diffpool_error **error);

/**
 * Writes a data set as JSON lines, compressed by gzip where `path` ends in .gz. Reading them gives the same data set,
 * bit for bit. A file that is there is replaced in one step.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written; UNSUPPORTED, naming the graph, if JSON cannot hold a number, or the two
 * ways of an undirected edge have different labels.
 *
 * Threads: any; `dataset` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_save_jsonl(const diffpool_dataset *dataset,
                                            const char *path,
                                            diffpool_error **error);

/**
 * Writes a data set as a folder in TU format, which must not be there yet or be empty. It appears as a whole or not at
 * all, and reading it gives the same data set.
 *
 * Ownership: `folder` is copied.
 *
 * Fails: IO if the folder cannot be written or is not empty; UNSUPPORTED, naming it, if the format has no place for
 * something: weights of edges or graphs other than 1, ids, names, several edges between two nodes, categories, words,
 * targets that are not the attributes of the graphs, names of classes that are not whole numbers in ascending order.
 *
 * Threads: any; `dataset` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_save_tu(const diffpool_dataset *dataset,
                                         const char *folder,
                                         diffpool_error **error);

/**
 * Writes a data set as a folder of the Open Graph Benchmark in its raw form, which must not be there yet or be empty,
 * with a split in split/own unless `split` is NULL. It appears as a whole or not at all.
 *
 * Reading it, with the option `edge_data` where edges have labels or attributes, gives the same data set under the
 * name of the folder. Its one file of labels is both: where graphs have no targets, their classes are also targets
 * then, and single targets that are whole numbers from 0 without gaps are also classes.
 *
 * Ownership: `folder` is copied.
 *
 * Fails: IO if the folder cannot be written or is not empty; NOT_FOUND or INVALID_ARGUMENT if the split does not fit
 * the graphs; UNSUPPORTED, naming it, if the layout has no place for something: labels of nodes, nodes that have both
 * features and categories, weights of edges or graphs other than 1, several edges between two nodes, edges that have
 * both labels and attributes, single attributes of edges that are all whole numbers, labels of edges beyond 2^24,
 * attributes of graphs, words, classes beside targets that are others, names but of targets and of what the first two
 * categories stand for.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_save_ogb(const diffpool_dataset *dataset,
                                          const char *folder,
                                          const diffpool_split *split,
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
 * Targets come with the graphs, see diffpool_graph_set_targets and diffpool_graph_set_words, or by the functions below
 * once all graphs are there; classes stay beside them, and splits are by class. A target that is NaN is missing: it
 * takes no part in losses and metrics. A graph without any target can be given, too; it takes part in the link and
 * entropy losses only. There are at most 65536 classes or words, and as many targets of a graph.
 *
 *     const float targets[3] = {1, 0, 1};
 *     diffpool_dataset *tagged;
 *     check(diffpool_dataset_new("tagged", 0, &tagged, &error));
 *     check(diffpool_graph_set_targets(graph, targets, 3, &error));
 *     check(diffpool_dataset_add(tagged, graph, &error));
 *     check(diffpool_config_set_string(config, "task", "multilabel", &error));
 *     diffpool_dataset_free(tagged);
 * ================================================================================================================== */

/**
 * Gives every graph of a data set `columns` targets, in place of any that it has. `targets` has a row a graph, each
 * value finite or NaN where it is missing.
 *
 * Ownership: `targets` is copied.
 *
 * Fails: SHAPE_MISMATCH if `rows` is not the number of graphs; INVALID_ARGUMENT if a value is infinite or `columns` is
 * 0 or beyond reason; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_targets(diffpool_dataset *dataset,
                                             const float *targets,
                                             size_t rows,
                                             size_t columns,
                                             diffpool_error **error);

/**
 * Makes the attributes of the graphs, as DS_graph_attributes.txt of a folder in TU format has them, their targets.
 *
 * Fails: INVALID_STATE if the graphs have no attributes, or a trainer uses the data set.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_use_graph_attributes_as_targets(diffpool_dataset *dataset,
                                                                 diffpool_error **error);

/**
 * Says before the first graph that all will have words, see diffpool_graph_set_words, out of a vocabulary of `count`,
 * of which a model predicts the first `length`.
 *
 * The words that a model can tell apart are numbered from 0 on; the last but one of the `count` is any other word, and
 * the last is the end, which may be left out of a sequence. Numbers from `count` up are words beyond the vocabulary: a
 * model can only predict them as the other word, and the metric counts them as missed. `names` are the words, and
 * become the names of the classes; NULL leaves them without names.
 *
 * Ownership: `names`, NULL or an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if `length` or `count` is too small or beyond reason; INVALID_STATE if there are graphs
 * already.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_vocabulary(diffpool_dataset *dataset,
                                                const char *const *names,
                                                size_t count,
                                                size_t length,
                                                diffpool_error **error);

/** The number of targets of every graph, 0 if there are none. */
DIFFPOOL_API size_t diffpool_dataset_target_count(const diffpool_dataset *dataset);

/**
 * The number of words of a sequence that a model is to predict, 0 if there are no sequences. The size of their
 * vocabulary is diffpool_dataset_class_count.
 */
DIFFPOOL_API
size_t diffpool_dataset_sequence_length(const diffpool_dataset *dataset);

/* =====================================================================================================================
 * Graph weights: how much each graph counts in the loss that training minimises.
 *
 * A graph counts 1 unless it was given another weight: 2 is as if it were there twice, 0 as if it had no target. The
 * loss of the task is a mean in which every target counts its own weight, the weight of its graph times that of its
 * class or label (`class_weights`), in training and in evaluation. Metrics, and the link and entropy losses, are not
 * weighted.
 *
 *     float weights[30];
 *     check(diffpool_dataset_copy_graph_weights(dataset, weights, 30, NULL, &error));
 *     weights[7] = 0; // is doubtful
 *     weights[8] = 3; // is certain
 *     check(diffpool_dataset_set_graph_weights(dataset, weights, 30, &error));
 * ================================================================================================================== */

/**
 * Gives every graph of a data set a weight, in place of those that they have. Graphs that are added later weigh 1.
 *
 * `weights` has `length` values, one a graph, each from 0 to 1e30. NULL and 0 take all weights away.
 *
 * Ownership: `weights` is copied.
 *
 * Fails: SHAPE_MISMATCH if `length` is neither 0 nor the number of graphs; INVALID_ARGUMENT if a weight is negative,
 * not a number or larger; INVALID_STATE if a trainer uses the data set. The data set is then as it was.
 *
 * Threads: one at a time; `dataset` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_set_graph_weights(diffpool_dataset *dataset,
                                                   const float *weights,
                                                   size_t length,
                                                   diffpool_error **error);

/**
 * Copies the weights of all graphs, 1 where none was given.
 *
 * Fails: BUFFER_TOO_SMALL, and then only `*needed` is written.
 *
 * Threads: any; `dataset` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_copy_graph_weights(const diffpool_dataset *dataset,
                                                    float *weights,
                                                    size_t capacity,
                                                    size_t *needed,
                                                    diffpool_error **error);

/* =====================================================================================================================
 * Data set files: written graph by graph, for data sets that do not fit into memory.
 *
 * A writer takes graphs as a data set does and writes the file that diffpool_dataset_save would write of them, byte
 * for byte, to be opened with diffpool_dataset_open. It needs a few megabytes of memory besides the largest graph,
 * however many graphs there are.
 *
 * Whole data sets can be added, too, such as the parts of a larger one.
 *
 * The graphs are gathered in files without names in the folder of the file: they need as much room on its disk as the
 * file, and while it is finished once more that of its largest part. The file appears in one step when it is
 * finished. Until then a file that is there stays as it is, and if the writer is freed before or the process ends,
 * nothing is left behind. After an error of the kind IO, such as a full disk, the writer can only be freed.
 *
 *     diffpool_dataset_writer *writer;
 *     check(diffpool_dataset_writer_new("large.safetensors", "large", 0, &writer, &error));
 *     for (size_t i = 0; i < diffpool_dataset_graph_count(dataset); i++) {
 *         check(diffpool_dataset_get(dataset, i, graph, &error)); // or make it
 *         check(diffpool_dataset_writer_add(writer, graph, &error));
 *     }
 *     check(diffpool_dataset_writer_finish(writer, &error));
 *     diffpool_dataset_writer_free(writer);
 * ================================================================================================================== */

/**
 * Begins to write a file of graphs. `flags` is as for diffpool_dataset_new.
 *
 * Ownership: `path` and `name` are copied; `*out` is owned by the caller, free with diffpool_dataset_writer_free.
 *
 * Fails: IO if no file can be written there; INVALID_ARGUMENT if a flag is unknown; UNSUPPORTED on machines that such
 * files do not work on.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_new(const char *path,
                                            const char *name,
                                            uint32_t flags,
                                            diffpool_dataset_writer **out,
                                            diffpool_error **error);

/**
 * Frees a writer. NULL is harmless. A file that is not finished is given up, and nothing is left of it.
 *
 * Ownership: `writer` is gone after the call.
 */
DIFFPOOL_API
void diffpool_dataset_writer_free(diffpool_dataset_writer *writer);

/**
 * Adds a graph with all that it has, as diffpool_dataset_add does.
 *
 * Ownership: the graph is copied.
 *
 * Fails: IO if the graphs cannot be written; INVALID_STATE after that, and after diffpool_dataset_writer_finish; else
 * as diffpool_dataset_add, and the writer is then as it was.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_add(diffpool_dataset_writer *writer,
                                            const diffpool_graph *graph,
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
 * or in their names; the writer is then as it was. IO and INVALID_STATE else as diffpool_dataset_writer_add.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_append(diffpool_dataset_writer *writer,
                                               const diffpool_dataset *dataset,
                                               diffpool_error **error);

/**
 * Says before the first graph that all will have words, as diffpool_dataset_set_vocabulary does.
 *
 * Ownership: `names`, NULL or an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if `length` or `count` is too small or beyond reason; INVALID_STATE if there are graphs
 * already.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_set_vocabulary(diffpool_dataset_writer *writer,
                                                       const char *const *names,
                                                       size_t count,
                                                       size_t length,
                                                       diffpool_error **error);

/**
 * Names the classes, or the words of sequences, as diffpool_dataset_set_class_names does. Graphs that are added later
 * must be of one of these classes.
 *
 * Ownership: `names`, an array of `count` strings, and the strings are copied.
 *
 * Fails: INVALID_ARGUMENT if there are fewer names than classes in use, or another number than words; INVALID_STATE
 * as diffpool_dataset_writer_add.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_set_class_names(diffpool_dataset_writer *writer,
                                                        const char *const *names,
                                                        size_t count,
                                                        diffpool_error **error);

/** The number of graphs that were added so far. */
DIFFPOOL_API size_t diffpool_dataset_writer_graph_count(const diffpool_dataset_writer *writer);

/**
 * Finishes the file: it is put in place, or replaces one that is there, in one step. After that the writer can only be
 * freed.
 *
 * Fails: INVALID_STATE if graphs lack targets or words that others have, which can then be given, and as
 * diffpool_dataset_writer_add; IO if the file cannot be written, and nothing is left of it.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_dataset_writer_finish(diffpool_dataset_writer *writer,
                                               diffpool_error **error);

/* =====================================================================================================================
 * Splits: which graphs to train on, and which to keep back.
 *
 * A split has three lists of indices into a data set. Any can be set; those that the library deals out are stratified,
 * so that every class is shared out in the same proportion, and depend on nothing but the classes of the graphs and
 * the seed.
 *
 *     for (size_t fold = 0; fold < 10; fold++) {
 *         diffpool_split *one;
 *         size_t train, test;
 *         check(diffpool_split_k_fold(dataset, 10, fold, 1, &one, &error));
 *         diffpool_split_train(one, &train);
 *         diffpool_split_test(one, &test);
 *         printf("fold %u: %u graphs to train on, %u kept back\n", (unsigned)fold, (unsigned)train, (unsigned)test);
 *         diffpool_split_free(one);
 *     }
 * ================================================================================================================== */

/**
 * Makes a split whose lists are all empty, to be filled by the functions below.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_split_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD diffpool_status diffpool_split_new(diffpool_split **out, diffpool_error **error);

/**
 * Keeps a share of the graphs back for testing.
 *
 * `fraction`, above 0 and below 1, is the share of the graphs of every class that goes to the test list.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_split_free. It does not need the data set any more.
 *
 * Fails: INVALID_ARGUMENT if the fraction is out of range or leaves one of the lists empty.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_k_fold(const diffpool_dataset *dataset,
                                      size_t folds,
                                      size_t fold,
                                      uint64_t seed,
                                      diffpool_split **out,
                                      diffpool_error **error);

/**
 * Reads the split of a folder of the Open Graph Benchmark that diffpool_dataset_load read `dataset` from. Its lists
 * keep their order.
 *
 * `name` is that of the folder in split/, or NULL for the only one there.
 *
 * Ownership: `folder` and `name` are copied; `*out` is owned by the caller, free with diffpool_split_free. It does not
 * need the data set any more.
 *
 * Fails: IO if a file cannot be read, PARSE with file and line if one is malformed or names a graph that the data set
 * does not have or that was named before, INVALID_ARGUMENT if there are several splits and none is named.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_load_ogb(const diffpool_dataset *dataset,
                                        const char *folder,
                                        const char *name,
                                        diffpool_split **out,
                                        diffpool_error **error);

/**
 * Says which graphs are to train on, in place of those before. Whether a data set has them, and whether a graph is in
 * one list only, is checked where the split is used.
 *
 * Ownership: `indices` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_set_train(diffpool_split *split,
                                         const size_t *indices,
                                         size_t length,
                                         diffpool_error **error);

/**
 * Says which graphs are to watch while training, in place of those before. Whether a data set has them, and whether a
 * graph is in one list only, is checked where the split is used.
 *
 * Ownership: `indices` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_set_validation(diffpool_split *split,
                                              const size_t *indices,
                                              size_t length,
                                              diffpool_error **error);

/**
 * Says which graphs are to keep back, in place of those before. Whether a data set has them, and whether a graph is in
 * one list only, is checked where the split is used.
 *
 * Ownership: `indices` is copied.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_set_test(diffpool_split *split,
                                        const size_t *indices,
                                        size_t length,
                                        diffpool_error **error);

/**
 * Frees a split. NULL is harmless.
 *
 * Ownership: `split` and its lists are gone after the call.
 */
DIFFPOOL_API void diffpool_split_free(diffpool_split *split);

/**
 * The graphs to train on, in ascending order if the library dealt them out. `*length`, which may be NULL, becomes
 * their number.
 *
 * Ownership: the array is borrowed until the split is changed or freed.
 */
DIFFPOOL_API
const size_t *diffpool_split_train(const diffpool_split *split,
                                   size_t *length);

/**
 * The graphs to watch while training; none if the library dealt them out. `*length`, which may be NULL, becomes their
 * number.
 *
 * Ownership: the array is borrowed until the split is changed or freed.
 */
DIFFPOOL_API
const size_t *diffpool_split_validation(const diffpool_split *split,
                                        size_t *length);

/**
 * The graphs kept back, in ascending order if the library dealt them out. `*length`, which may be NULL, becomes their
 * number.
 *
 * Ownership: the array is borrowed until the split is changed or freed.
 */
DIFFPOOL_API
const size_t *diffpool_split_test(const diffpool_split *split,
                                  size_t *length);

/* =====================================================================================================================
 * Split files: published ones, and those of one's own, saved so that a run can be repeated.
 *
 * A file is a JSON array of folds, as Errica et al., *A Fair Comparison of Graph Neural Networks for Graph
 * Classification*, ICLR 2020, publish theirs; graphs are counted from 0:
 *
 * [{"test": [0, 5], "model_selection": [{"train": [1, 2, 4], "validation": [3]}]}]
 *
 * A saved split is a file of one fold. The program reads both: `diffpool train --splits FILE --fold 0`.
 *
 *     diffpool_split *same;
 *     check(diffpool_split_save(split, "split.json", &error));
 *     check(diffpool_split_load(dataset, "split.json", 0, &same, &error));
 *     diffpool_split_free(same);
 * ================================================================================================================== */

/**
 * Reads the split of fold number `fold`, from 0, of a file. Its lists keep their order; graphs may be left out.
 *
 * Ownership: `path` is copied; `*out` is owned by the caller, free with diffpool_split_free. It does not need the data
 * set any more.
 *
 * Fails: IO if the file cannot be read, PARSE if it is malformed or the fold divides its graphs in several ways,
 * NOT_FOUND if there is no such fold or an index names no graph, INVALID_ARGUMENT if a graph is named twice or there
 * are none to train on.
 *
 * Threads: any; `dataset` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_load(const diffpool_dataset *dataset,
                                    const char *path,
                                    size_t fold,
                                    diffpool_split **out,
                                    diffpool_error **error);

/**
 * Saves a split as a file of one fold. A file that is there is replaced in one step.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written.
 *
 * Threads: any; `split` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_split_save(const diffpool_split *split,
                                    const char *path,
                                    diffpool_error **error);

/* =====================================================================================================================
 * Configuration: what a model looks like and how it is trained.
 *
 * A configuration is made from a preset and then changed key by key, or read from JSON: one flat object with the same
 * keys. Each value is checked where it is set; whether they fit together is checked by diffpool_config_check and by
 * every function that takes a configuration. What shapes the network ("network" below) cannot change once a model is
 * made; what the training graphs settle ("network, settled by data") may be left open again. A key is set by the
 * function of its type: diffpool_config_set_int and so on. docs/configuration.md has what every preset sets.
 *
 *     char *json;
 *     check(diffpool_config_set_int(config, "epochs", 200, &error));
 *     check(diffpool_config_merge_json(config, "{\"clusters\": [8, 2], \"patience\": 20}", &error));
 *     check(diffpool_config_check(config, &error));
 *     check(diffpool_config_difference_json(config, "default", &json, &error));
 *     printf("trains with %s\n", json);
 *     diffpool_string_free(json);
 *
 * These are the keys, each with its type, its default, and the numbers or words that it allows:
 *
 * preset                 string The preset that the configuration was made from; it cannot be set. Default
 *                              "default".
 * features               string Node features, separated by commas, side by side in the order given: `attributes`
 *                              (the features given with each graph), `labels` (one-hot), `categories` (integers,
 *                              through learned tables), `constant:W` (W columns of ones), `degree`,
 *                              `one_hot_degree:D` (columns for degrees 0 to D, the last also for larger ones),
 *                              `clustering` (local clustering coefficient), `laplacian:K` (eigenvectors of the K
 *                              smallest eigenvalues of the normalised Laplacian after the first one, with random
 *                              signs in training), `random_walk:K` (probabilities of being back after 1 to K steps
 *                              of a random walk). The last three are for undirected graphs and do not look at
 *                              weights; K is from 1 to 64. `auto` stands for attributes, labels and categories
 *                              where the data has any, else degree; it can be one of a list, as in
 *                              `auto,laplacian:8`. Default "auto"; network, settled by data.
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
 *                                20, and those beyond train the row; where no training graph has such a value, two
 *                                of a hundred other values train it, drawn anew at every step. A label takes the
 *                                mean of the labels of the training nodes, an edge the relation that most training
 *                                edges have.
 * relations              string What the kinds of edges are. Every convolution has weights for each, and a pooling
 *                              pools each by itself. Default "none"; network.
 *                                "none": All edges are of one kind.
 *                                "edge_labels": Every edge label that occurs in the data set is a kind.
 * self_loops             string What becomes of edges from a node to itself, in training and in prediction alike.
 *                              PyTorch Geometric's reader of data sets in TU format drops them. Default "keep";
 *                              network.
 *                                "keep": They are edges like others.
 *                                "drop": They are not there, whatever brings them: in training, in evaluation and
 *                                in predictions.
 * edge_features          string What of the edges the convolutions read besides their weights: `sage`, `graph_conv`,
 *                              `gine` and `gat` can. At pooled levels the features are pooled as the edges are.
 *                              They are for edges of one relation. Default "none"; network, settled by data.
 *                                "none": Nothing.
 *                                "auto": What edges have: their attributes, as categories where those of the
 *                                training graphs are few whole numbers, and their labels.
 *                                "attributes": The attributes of every edge, as numbers.
 *                                "categories": The attributes of every edge, each a category: every convolution
 *                                learns a row for each value that the training graphs have, and the rows of an edge
 *                                are added.
 *                                "labels": The label of every edge; every convolution learns a row for each that
 *                                the training graphs have.
 *                                "attributes,labels": Attributes as numbers, and labels; what they contribute is
 *                                added.
 *                                "categories,labels": Attributes as categories, and labels.
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
 * pooled_adjacency       string What every level after the first sees of the edges between its clusters, in
 *                              convolutions and in losses. Default "plain"; network.
 *                                "plain": `S^T A S`.
 *                                "normalized": `S^T A S` without its diagonal, the edges from a cluster to itself,
 *                                and with every entry divided by the roots of the degrees of both clusters; a
 *                                relation at a time.
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
 *                                "gine": The sum of the rectified sums of every neighbour and what its edge has,
 *                                and the node, through an MLP.
 *                                "gat": The neighbours and the node, weighted by attention; edges of weights that
 *                                are not above 0 do not count.
 *                                "structure2vec": The same weights several times, each time with the sum of the
 *                                neighbours.
 * assign_conv            string Convolution of the assignment stacks, of the same choice. Default "sage"; network.
 *                              One of the words of embed_conv.
 * root_weight            bool   Whether `sage`, `sage_max` and `graph_conv` have a weight for the node itself.
 *                              Default true; network.
 * gin_epsilon            float  `eps` of `gin` and `gine`: the node itself counts `1 + eps` times. Default 0.0, from
 *                              -1e30 to 1e30; network.
 * gin_learn_epsilon      bool   Whether `eps` is learned, from `gin_epsilon`. Default false; network.
 * gat_heads              int    Heads of `gat`. Hidden convolutions share their columns among them; the last of a
 *                              stack takes the mean of heads of its own width. Default 1, from 1 to 64; network.
 * s2v_iterations         int    Iterations of `structure2vec` within every convolution. Default 3, from 1 to 64;
 *                              network.
 * virtual_node           bool   Whether every graph has a virtual node at the first level, which all its nodes are
 *                              joined to at every convolution, in either stack by itself. Default false; network.
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
 * temperature_start      float  What training begins with in place of `temperature`, where `temperature_epochs` is
 *                              above 0. Default 1.0, from 1e-30 to 1e30.
 * temperature_epochs     int    First epochs of training, over which the temperature goes from `temperature_start`
 *                              to `temperature` by equal steps; 0 is none. Whatever is not training has
 *                              `temperature`, the validation graphs after every epoch too. Default 0, from 0 to
 *                              2147483647.
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
 * link_weight            float  Weight of the link loss of every level. docs/model.md has the formulas of all losses
 *                              of the assignment, and what each of them weighs. Default 1.0, from 0.0 to 1e30, or a
 *                              list of one a pooling level.
 * link_rise_epochs       int    First epochs of training, over which the weight of the link loss rises from 0 by
 *                              equal steps; 0 is none. The losses of validation graphs have the weights that all of
 *                              that ends with. Default 0, from 0 to 2147483647.
 * link_loss              string Form of the link loss. Default "frobenius".
 *                                "frobenius": `||A - S S^T||_F`, at every level.
 *                                "cross_entropy": The mean over pairs of nodes of the cross-entropy of an edge,
 *                                given the overlap of their clusters. At the first level only: later ones have no
 *                                edges that are or are not there. It takes time, not memory, by the square of the
 *                                nodes.
 * adj_hop                int    In the cross-entropy form, nodes are linked by up to this many steps through shared
 *                              clusters. Default 1, from 1 to 64.
 * link_normalizer        string What the link loss of a graph is divided by in the Frobenius form. (The other is a
 *                              mean over pairs of nodes.) Default "adjacency".
 *                                "none": 1.
 *                                "nodes": The number of nodes.
 *                                "nodes_squared": The number of pairs of nodes, which is the number of entries of
 *                                the dense `A`.
 *                                "edges": The number of stored entries of `A`.
 *                                "adjacency": The Frobenius norm of the adjacency, 1 without edges: the distance
 *                                relative to what there is to explain, the same for graphs of all sizes.
 * loss_scope             string What the link and entropy losses of a batch are means over. Default "graph".
 *                                "graph": Graphs: each weighs the same, and a batch gives what its graphs give one
 *                                by one.
 *                                "batch": The pairs of nodes (link loss) and the nodes (entropy loss) of the whole
 *                                batch, as in padded implementations.
 * entropy_weight         float  Weight of the assignment's entropy. Default 0.0, from 0.0 to 1e30, or a list of one
 *                              a pooling level.
 * entropy_rise_epochs    int    First epochs of training, over which the weight of the entropy rises from 0. Default
 *                              0, from 0 to 2147483647.
 * cut_weight             float  Weight of the cut loss of MinCut pooling: minus the share of the edges that are
 *                              inside clusters. Default 0.0, from 0.0 to 1e30, or a list of one a pooling level.
 * cut_rise_epochs        int    First epochs of training, over which the weight of the cut loss rises from 0.
 *                              Default 0, from 0 to 2147483647.
 * orthogonality_weight   float  Weight of the orthogonality loss of MinCut pooling, which clusters of one size that
 *                              share no node have none of. Default 0.0, from 0.0 to 1e30, or a list of one a
 *                              pooling level.
 * orthogonality_rise_epochs int    First epochs of training, over which the weight of the orthogonality loss rises from
 *                              0. Default 0, from 0 to 2147483647.
 * modularity_weight      float  Weight of the modularity loss of DMoN: minus the modularity of the assignment.
 *                              Default 5.0, from 0.0 to 1e30, or a list of one a pooling level.
 * modularity_rise_epochs int    First epochs of training, over which the weight of the modularity loss rises from 0.
 *                              Default 0, from 0 to 2147483647.
 * collapse_weight        float  Weight of the collapse regularisation of DMoN, which clusters of one size have none
 *                              of. Default 1.0, from 0.0 to 1e30, or a list of one a pooling level.
 * collapse_rise_epochs   int    First epochs of training, over which the weight of the collapse loss rises from 0.
 *                              Default 0, from 0 to 2147483647.
 * balance_weight         float  Weight of the loss of Just Balance pooling, which is least where clusters are sure
 *                              and of one size. Default 0.0, from 0.0 to 1e30, or a list of one a pooling level.
 * balance_rise_epochs    int    First epochs of training, over which the weight of the balance loss rises from 0.
 *                              Default 0, from 0 to 2147483647.
 * class_weights          floats Weight of each class in the loss of a multiclass task; of 0 and of 1 in that of a
 *                              binary or multilabel one, once for all labels or for each label in turn. Not all of
 *                              them are 0; an empty list is 1 each. Default [], from 0.0 to 1e30.
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
 * learning_rate          float  Step size: the largest one of a schedule. Default 0.002, from 1e-30 to 1e30.
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
 * training that docs/results.md measures, which needs validation graphs; "molecules", for graphs whose edges are
 * bonds, trained likewise; "paper", the architecture of Ying et al.
 * (2018); "authors", "pyg" and "errica", which reproduce the paper's code, an example of PyTorch Geometric and the
 * model of Errica et al. (2020); "ogb-code2", the DiffPool entry for the syntax trees of the Open Graph Benchmark;
 * "mincut", "dmon" and "just_balance", the default with the losses of other poolings.
 * The last four imitate the padding of what they reproduce, so that in training and in losses a graph may depend on
 * the others of its batch.
 *
 * Ownership: `preset` is copied; `*out` is owned by the caller, free with diffpool_config_free.
 *
 * Fails: INVALID_CONFIG if there is no such preset.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_from_json(const char *json,
                                          diffpool_config **out,
                                          diffpool_error **error);

/**
 * Makes a second configuration with the same values.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_config_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_clone(const diffpool_config *config,
                                      diffpool_config **out,
                                      diffpool_error **error);

/**
 * Frees a configuration. NULL is harmless.
 *
 * Ownership: `config` is gone after the call; models and trainers made with it have their own copy.
 */
DIFFPOOL_API void diffpool_config_free(diffpool_config *config);

/**
 * Sets a key that holds a whole number, such as "epochs", "batch_size" or "seed"; also a key that holds a fraction.
 *
 * Ownership: `key` is copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, or it does not accept the value.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_set_ints(diffpool_config *config,
                                         const char *key,
                                         const int64_t *values,
                                         size_t length,
                                         diffpool_error **error);

/**
 * Sets a key that holds a list of numbers, such as "clusters" or "class_weights", or may hold one, such as
 * "link_weight".
 *
 * Ownership: `key` and `values`, an array of `length`, are copied. `values` may be NULL if `length` is 0.
 *
 * Fails: INVALID_CONFIG if there is no such key, it does not accept the values, or one of them is not finite.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_set_floats(diffpool_config *config,
                                           const char *key,
                                           const double *values,
                                           size_t length,
                                           diffpool_error **error);

/**
 * Sets a key to a value written as JSON, whatever its type: `3`, `0.001`, `[0.25]`, `false`, `"mean"`.
 *
 * Ownership: `key` and `value` are copied.
 *
 * Fails: INVALID_CONFIG if there is no such key, `value` is not JSON, or the key does not accept it.
 *
 * Threads: one at a time; `config` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_set_json(diffpool_config *config,
                                         const char *key,
                                         const char *value,
                                         diffpool_error **error);

/**
 * Sets all the keys that a JSON object holds. Where one of them fails, none is set. "preset" may be among them only
 * with the value that it has.
 *
 * Ownership: `json` is copied.
 *
 * Fails: INVALID_CONFIG if it is not a JSON object, has a key that is unknown or given twice, or a value that a key
 * does not accept.
 *
 * Threads: one at a time; `config` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_merge_json(diffpool_config *config,
                                           const char *json,
                                           diffpool_error **error);

/**
 * Writes the value of one key as JSON: `0.001`, `[0.25]`, `"mean"`.
 *
 * Ownership: `key` is copied; `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: INVALID_CONFIG if there is no such key.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_get_json(const diffpool_config *config,
                                         const char *key,
                                         char **json,
                                         diffpool_error **error);

/**
 * Writes all keys and values as a JSON object, which diffpool_config_from_json reads.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_to_json(const diffpool_config *config,
                                        char **json,
                                        diffpool_error **error);

/**
 * Writes what the configuration has in place of the values of a preset, as a JSON object that
 * diffpool_config_from_json reads to the same values. Its "preset" is the one that is asked about.
 *
 * Ownership: `preset` is copied; `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: INVALID_CONFIG if there is no such preset.
 *
 * Threads: any; `config` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_difference_json(const diffpool_config *config,
                                                const char *preset,
                                                char **json,
                                                diffpool_error **error);

/**
 * Describes every key, for programs that show or check settings: a JSON array of objects with name, type, default,
 * range, words, meaning, when the key may change, and what the presets set. docs/json.md has the keys of an object.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Threads: any.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_keys_json(char **json,
                                          diffpool_error **error);

/**
 * Checks that the values fit together.
 *
 * Fails: INVALID_CONFIG, naming the keys that do not.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_config_check(const diffpool_config *config,
                                      diffpool_error **error);

/* =====================================================================================================================
 * Training: from a configuration, a data set and a split to a model.
 *
 * A trainer has a model, a data set and a position in training. `diffpool_trainer_fit` runs from there to the end of
 * the configured epochs, until early stopping, or until it is told to stop; then the model is taken with
 * `diffpool_trainer_model`. A run depends on nothing but data, configuration and seed: the number of threads, and a
 * stop with a later resume, leave every bit as it would have been.
 *
 * While one thread is in `diffpool_trainer_fit`, any other function answers INVALID_STATE, or 0 or NULL where it has
 * no status, also when it is called from a callback. A diffpool_control stops it from another thread.
 *
 *     diffpool_trainer *run;
 *     diffpool_stop_reason reason;
 *     check(diffpool_config_set_int(config, "checkpoint_every", 1, &error));
 *     check(diffpool_trainer_new(config, dataset, split, NULL, &run, &error));
 *     check(diffpool_trainer_set_checkpoint_path(run, "run.checkpoint", &error));
 *     check(diffpool_trainer_fit(run, NULL, NULL, NULL, NULL, &reason, &error));
 *     if (reason == DIFFPOOL_STOP_REASON_PATIENCE)
 *         printf("it did not get better after epoch %u\n", (unsigned)diffpool_trainer_best_epoch(run));
 *     diffpool_trainer_free(run);
 * ================================================================================================================== */

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

/**
 * Called after every epoch, on the thread that called diffpool_trainer_fit, with the `ctx` given there. `epoch` is
 * borrowed until the callback returns; diffpool_epoch_model makes a model of it. 0 goes on; any other number stops
 * cleanly after this epoch. It must not throw an exception or jump out.
 */
typedef int (*diffpool_epoch_callback)(void *ctx, const diffpool_epoch *epoch);

/** Why training stopped. */
typedef enum {
    /** All epochs are done. */
    DIFFPOOL_STOP_REASON_FINISHED = 0,
    /** The validation graphs saw no improvement for as many epochs as `patience` allows. */
    DIFFPOOL_STOP_REASON_PATIENCE = 1,
    /** A callback returned another number than 0. */
    DIFFPOOL_STOP_REASON_CALLBACK = 2
} diffpool_stop_reason;

/**
 * Makes a trainer for a new model.
 *
 * It trains on the graphs of `split` to train on, and watches those to watch; NULL stands for training on all, and
 * watching none. `control` may end the call: all graphs are read.
 *
 * Ownership: `config` and `split` are copied. The data set is shared: it may be freed, but cannot be
 * changed until the trainer is freed. `*out` is owned by the caller, free with diffpool_trainer_free.
 *
 * Fails: INVALID_CONFIG if the configuration does not fit together or does not suit the data, as where that lacks the
 * targets of the task or has fewer than two classes; NOT_FOUND if an index names no graph; INVALID_ARGUMENT if there
 * are no graphs to train on, a graph is named twice, or a label is neither 0, 1 nor missing; INVALID_GRAPH if a
 * category has no row in its table; CANCELLED, TIMEOUT and LIMIT, if any graph is too large, by `control`.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_new(const diffpool_config *config,
                                     const diffpool_dataset *dataset,
                                     const diffpool_split *split,
                                     const diffpool_control *control,
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_from_model(const diffpool_model *model,
                                            const diffpool_config *config,
                                            const diffpool_dataset *dataset,
                                            const diffpool_split *split,
                                            const diffpool_control *control,
                                            diffpool_trainer **out,
                                            diffpool_error **error);

/**
 * Makes a trainer from a checkpoint, which goes on as if it had never stopped.
 *
 * Data set and split must be those of the run that wrote the checkpoint; the configuration is in it. The rest is as
 * for diffpool_trainer_new.
 *
 * Ownership: as diffpool_trainer_new; `path` is copied.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no checkpoint; UNSUPPORTED_VERSION if a newer
 * library wrote it; INVALID_ARGUMENT if data and split are not those of the run.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_resume(const char *path,
                                        const diffpool_dataset *dataset,
                                        const diffpool_split *split,
                                        const diffpool_control *control,
                                        diffpool_trainer **out,
                                        diffpool_error **error);

/**
 * Frees a trainer. NULL is harmless.
 *
 * Ownership: `trainer` and its history are gone after the call; models taken from it live on.
 */
DIFFPOOL_API void diffpool_trainer_free(diffpool_trainer *trainer);

/**
 * Says where diffpool_trainer_fit writes a checkpoint every `checkpoint_every` epochs. Each replaces the last in one
 * step. NULL stands for nowhere.
 *
 * Ownership: `path` is copied.
 *
 * Fails: INVALID_STATE if another call is using the trainer.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_set_epochs(diffpool_trainer *trainer,
                                            size_t epochs,
                                            diffpool_error **error);

/**
 * Trains until the epochs are done, early stopping, or a callback that returns another number than 0.
 *
 * The callbacks may be NULL; `ctx` is handed to them as it is. `reason` may be NULL. Where training stopped because it
 * was told to, by a callback or by `control`, a second call goes on from the last finished epoch.
 *
 * Ownership: `ctx` is borrowed until the call returns.
 *
 * Fails: DIVERGED if a loss or a weight is not finite; IO if a checkpoint cannot be written; INVALID_STATE if another
 * call is using the trainer, or checkpoints are to be written and no path is set. The state of the last good epoch is
 * kept. CANCELLED and TIMEOUT by `control`; its limits are for the call that made the trainer.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_fit(diffpool_trainer *trainer,
                                     diffpool_epoch_callback epoch_callback,
                                     diffpool_batch_callback batch_callback,
                                     void *ctx,
                                     const diffpool_control *control,
                                     diffpool_stop_reason *reason,
                                     diffpool_error **error);

/**
 * Makes a model with the trained weights: those that were best on the validation graphs if `restore_best` is set and
 * there are such graphs, else the last. With an `ema_decay` above 0 they are averaged weights.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_model_free.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_model(const diffpool_trainer *trainer,
                                       diffpool_model **out,
                                       diffpool_error **error);

/**
 * Saves a checkpoint, from which diffpool_trainer_resume goes on. A file that is there is replaced in one step.
 *
 * Ownership: `path` is copied.
 *
 * Fails: IO if the file cannot be written; INVALID_STATE if the trainer is being trained.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_save_checkpoint(const diffpool_trainer *trainer,
                                                 const char *path,
                                                 diffpool_error **error);

/* =====================================================================================================================
 * Fine-tuning: training that goes on with other graphs or other settings.
 *
 * `diffpool_trainer_from_model` begins with the weights of a model and a fresh optimiser. `diffpool_trainer_continue`
 * begins with a checkpoint and keeps the state of its optimiser, for a run that goes on as new graphs come in.
 * `diffpool_trainer_resume` is neither: it ends an interrupted run as if it had never stopped.
 *
 *     diffpool_config *same;
 *     diffpool_trainer *further;
 *     check(diffpool_model_config(model, &same, &error));
 *     check(diffpool_config_set_float(same, "learning_rate", 0.0001, &error));
 *     check(diffpool_trainer_from_model(model, same, dataset, split, NULL, &further, &error));
 *     check(diffpool_trainer_fit(further, NULL, NULL, NULL, NULL, NULL, &error));
 *     diffpool_trainer_free(further);
 *     diffpool_config_free(same);
 * ================================================================================================================== */

/**
 * Makes a trainer for a new run on the train and validation graphs of a split, or on all graphs if it is NULL. It
 * begins with what a checkpoint has: weights, moments of the optimiser, averaged weights, count of steps. Epochs,
 * history and the best weights begin anew.
 *
 * How to train is taken from `config`, which must describe the same network, and name the same optimiser, as the
 * checkpoint's own.
 *
 * Ownership: `path`, `config` and the lists of `split` are copied. The data set is shared: it may be freed, but cannot
 * be changed until the trainer is freed. `*out` is owned by the caller, free with diffpool_trainer_free.
 *
 * Fails: IO if the file cannot be read; INVALID_FILE if it is damaged or no checkpoint; UNSUPPORTED_VERSION if a newer
 * library wrote it; INVALID_CONFIG if the configuration describes another network, another optimiser, or does not suit
 * the split; INVALID_ARGUMENT if it asks for averaged weights that are not there, or does not although they are;
 * NOT_FOUND if an index names no graph; otherwise as diffpool_trainer_from_model.
 *
 * Threads: any; `config`, `dataset` and `split` are const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_continue(const char *path,
                                          const diffpool_config *config,
                                          const diffpool_dataset *dataset,
                                          const diffpool_split *split,
                                          const diffpool_control *control,
                                          diffpool_trainer **out,
                                          diffpool_error **error);

/* =====================================================================================================================
 * Log: what a person should know of a training, such as data that a model cannot learn from.
 *
 * A trainer with a log callback tells each of these once:
 *
 * INFO     features that are the same at every node of the training graphs
 * WARNING  features that are large and not standardised
 * WARNING  classes without training graphs, and labels that are never 0 or never 1
 * WARNING  validation graphs that do not define the metric, as where all of them are of one class
 * WARNING  fewer than two clusters of a level in use for three epochs, seen where the key `diagnostics` is set
 *
 *     static void tell(void *ctx, diffpool_log_level level, const char *message)
 *     {
 *         fprintf(ctx, "%s: %s\n", level == DIFFPOOL_LOG_LEVEL_WARNING ? "warning" : "note", message);
 *     }
 *
 *     check(diffpool_trainer_set_log(trainer, tell, stderr, &error));
 *     check(diffpool_trainer_fit(trainer, NULL, NULL, NULL, NULL, NULL, &error));
 * ================================================================================================================== */

/** How much a message matters. */
typedef enum {
    /** Nothing needs to be done. */
    DIFFPOOL_LOG_LEVEL_INFO = 1,
    /** What is trained is probably not what was meant. */
    DIFFPOOL_LOG_LEVEL_WARNING = 2
} diffpool_log_level;

/**
 * Called with a message for people, on the thread that called diffpool_trainer_fit, with the `ctx` that was given with
 * it. `message` is borrowed until the callback returns. It must not throw an exception or jump out.
 */
typedef void (*diffpool_log_callback)(void *ctx, diffpool_log_level level, const char *message);

/**
 * Says whom diffpool_trainer_fit tells what a person should know. A callback of NULL stands for nobody, which is how a
 * trainer begins.
 *
 * Ownership: `ctx` is borrowed until another is set or the trainer is freed.
 *
 * Fails: INVALID_STATE if another call is using the trainer.
 *
 * Threads: one at a time; `trainer` is changed.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_set_log(diffpool_trainer *trainer,
                                         diffpool_log_callback log_callback,
                                         void *ctx,
                                         diffpool_error **error);

/* =====================================================================================================================
 * Epochs: what each epoch of training came to.
 *
 * Losses are means over the graphs, or, where loss_scope is "batch", over the batches by their graphs; the class loss
 * is one over the targets. "loss" is what was minimised: the class loss, and the losses of the
 * assignments times their weights, as far as they have risen. Labels are smoothed in the losses of the train graphs
 * alone, and validation is by the averaged weights where there are any.
 *
 *     static int take_good_one(void *ctx, const diffpool_epoch *epoch)
 *     {
 *         if (diffpool_epoch_metric(epoch, "accuracy") < 0.95)
 *             return 0;
 *         return diffpool_epoch_model(epoch, ctx, NULL) == DIFFPOOL_STATUS_OK; // and stop
 *     }
 *
 *     diffpool_model *good = NULL;
 *     check(diffpool_trainer_fit(trainer, take_good_one, NULL, &good, NULL, NULL, &error));
 *     diffpool_model_free(good);
 * ================================================================================================================== */

/**
 * Makes a model with the weights that the epoch left, the best so far or not: averaged ones with an `ema_decay` above
 * 0. For metrics of one's own, early stopping by them, and for keeping the models of several epochs.
 *
 * Ownership: `*out` is owned by the caller, free with diffpool_model_free. It does not change with the training.
 *
 * Fails: INVALID_STATE if `epoch` is of the history: a model is there while the callback of its epoch runs.
 *
 * Threads: any; `epoch` is const.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_epoch_model(const diffpool_epoch *epoch,
                                     diffpool_model **out,
                                     diffpool_error **error);

/** The number of the epoch, from 1; 0 for NULL. */
DIFFPOOL_API size_t diffpool_epoch_number(const diffpool_epoch *epoch);

/**
 * A number of the epoch by its name; NaN for NULL, if the epoch does not have it, and if there is no such number.
 *
 * - "loss": what was minimised
 * - "class_loss": the loss of the task: the cross-entropy of classes, labels or words, or the loss of a regression
 * - "link_loss", "entropy_loss", "cut_loss", "orthogonality_loss", "modularity_loss", "collapse_loss", "balance_loss":
 *   those of the assignments, of all levels together and unweighted; all but the first two only with a weight above 0
 * - "accuracy": the share of the targets of the train graphs that was predicted rightly during the epoch
 * - "metric": the metric that the configuration names, of the train graphs during the epoch
 * - "validation_loss", "validation_accuracy", "validation_metric": the same of the validation graphs after the epoch
 * - "gradient_norm": the largest norm of the gradient of all parameters together, before clipping
 * - "learning_rate": the step size of the optimiser
 * - "seconds": how long the epoch took, validation included
 *
 * Ownership: `name` is copied.
 */
DIFFPOOL_API
double diffpool_epoch_metric(const diffpool_epoch *epoch,
                             const char *name);

/**
 * The name of number `index` of an epoch, from 0; NULL from their number on.
 *
 * Ownership: the string is borrowed until the program ends.
 */
DIFFPOOL_API const char *diffpool_epoch_metric_name(size_t index);

/* =====================================================================================================================
 * History: the epochs of training that a trainer has behind it.
 *
 *     for (size_t i = 0; i < diffpool_trainer_epoch_count(trainer); i++) {
 *         const diffpool_epoch *epoch = diffpool_trainer_epoch(trainer, i);
 *         printf("%u %.4f\n", (unsigned)diffpool_epoch_number(epoch), diffpool_epoch_metric(epoch, "loss"));
 *     }
 *     printf("the model is that of epoch %u\n", (unsigned)diffpool_trainer_best_epoch(trainer));
 * ================================================================================================================== */

/** The number of epochs trained so far. */
DIFFPOOL_API size_t diffpool_trainer_epoch_count(const diffpool_trainer *trainer);

/**
 * Entry `index` of the history, from 0, which is epoch number `index` + 1; NULL if there is no such epoch.
 *
 * Ownership: the epoch is borrowed until the next diffpool_trainer_fit, or until the trainer is freed.
 */
DIFFPOOL_API
const diffpool_epoch *diffpool_trainer_epoch(const diffpool_trainer *trainer,
                                             size_t index);

/**
 * The number of the epoch, from 1, whose weights were best on the validation graphs so far: of equal ones the first. 0
 * if there is none yet, or there are no such graphs.
 */
DIFFPOOL_API
size_t diffpool_trainer_best_epoch(const diffpool_trainer *trainer);

/**
 * All epochs as a JSON array of objects.
 *
 * Ownership: `*json` is owned by the caller, free with diffpool_string_free.
 *
 * Fails: INVALID_STATE if the trainer is being trained.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_trainer_history_json(const diffpool_trainer *trainer,
                                              char **json,
                                              diffpool_error **error);

/* =====================================================================================================================
 * Levels: what pooling made of the graph that a session predicted last.
 *
 *     size_t nodes, clusters;
 *     float s[5 * 3];
 *     check(diffpool_session_predict(session, graph, NULL, &error));
 *     check(diffpool_session_copy_assignment(session, 0, s, 15, &nodes, &clusters, &error));
 *     for (size_t node = 0; node < nodes; node++)
 *         printf("%.2f of node %u goes to cluster 0\n", s[node * clusters], (unsigned)node);
 * ================================================================================================================== */

/** The number of nodes of the graph that was last predicted, 0 before a prediction. */
DIFFPOOL_API size_t diffpool_session_node_count(const diffpool_session *session);

/**
 * Copies the assignment matrix `S` of a level, from 0: a row a node (from level 1 on: a cluster of the level before),
 * a column a cluster; every row sums to 1. (With the assignment "graclus", rows of clusters that the graph has too few
 * nodes for are 0.)
 *
 * `*rows` and `*columns` are always told, and either may be NULL; `assignment` needs room for their product.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level; BUFFER_TOO_SMALL, and then only
 * `*rows` and `*columns` are written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_assignment(const diffpool_session *session,
                                                 size_t level,
                                                 float *assignment,
                                                 size_t capacity,
                                                 size_t *rows,
                                                 size_t *columns,
                                                 diffpool_error **error);

/**
 * Copies the pooled features of a level: a row a cluster. They are the input of the next level.
 *
 * The rest is as for diffpool_session_copy_assignment.
 *
 * Fails: as diffpool_session_copy_assignment.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_pooled_x(const diffpool_session *session,
                                               size_t level,
                                               float *pooled_x,
                                               size_t capacity,
                                               size_t *rows,
                                               size_t *columns,
                                               diffpool_error **error);

/**
 * Copies the pooled adjacency matrix of a level in one relation, from 0, in the order of
 * diffpool_model_copy_relations: a row and a column a cluster. With DIFFPOOL_ALL for the relation it is the sum over
 * all of them. (With final_adjacency "full", the convolutions of the last level see ones in its place.)
 *
 * `*clusters`, the number of rows and of columns, is always told and may be NULL; `pooled_adjacency` needs room for
 * its square.
 *
 * Fails: INVALID_STATE before a prediction; NOT_FOUND if there is no such level or relation; BUFFER_TOO_SMALL, and
 * then only `*clusters` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_session_copy_pooled_adjacency(const diffpool_session *session,
                                                       size_t level,
                                                       size_t relation,
                                                       float *pooled_adjacency,
                                                       size_t capacity,
                                                       size_t *clusters,
                                                       diffpool_error **error);

/* =====================================================================================================================
 * Diagnostics: what the assignment of a pooling level does with the nodes.
 *
 * Clusters can collapse: all nodes go to one, or every node goes to all of them alike. The loss does not tell; these
 * numbers do. They are kept for every epoch of training, of the graphs trained on and of the validation graphs, unless
 * the key `diagnostics` is off; of an evaluation, likewise; and of the last prediction of a session. There is one of
 * each kind for each pooling level, a mean over the graphs. n nodes go to k clusters, s_ij is the share of node i that
 * goes to cluster j, and a_ij the weight of the edge from i to j:
 *
 * "clusters_in_use"      clusters that are the first choice of at least one node; 1 if all nodes choose the same
 * "effective_clusters"   exp(-sum_j p_j ln p_j), p_j being the mean of s_ij over the nodes: over how many clusters of
 *                        equal size the nodes are spread; from 1 to k
 * "entropy"              mean over the nodes of -sum_j s_ij ln s_ij: 0 if all nodes are sure, ln k if none knows
 * "relative_entropy"     the same divided by ln k; 0 if k is 1
 * "edges_inside"         share of the edges, by weight, that stay inside clusters: sum_ij a_ij (s_i . s_j) / m, m is
 *                        the sum of all a_ij
 * "modularity"           how much larger that share is than if edges were drawn by the degrees of the nodes alone:
 *                        edges_inside - sum_ij out_i in_j (s_i . s_j) / m^2; 0 if all nodes are in one cluster
 *
 * The nodes of a level after the first are the clusters before, its edges the pooled adjacency with the diagonal. The
 * last two leave out graphs without edges, or whose weights do not have a positive sum; they are 0 if all are such.
 *
 *     check(diffpool_session_predict(session, graph, NULL, &error));
 *     for (size_t level = 0; level < diffpool_model_level_count(model); level++)
 *         if (diffpool_session_diagnostic(session, level, "effective_clusters") < 1.5)
 *             printf("almost all nodes of level %u are in one cluster\n", (unsigned)level);
 * ================================================================================================================== */

/**
 * The number of pooling levels whose clusters were looked at in the epoch: 0 for NULL, for a flat model, and if the
 * key `diagnostics` is off.
 */
DIFFPOOL_API
size_t diffpool_epoch_level_count(const diffpool_epoch *epoch);

/**
 * A number on the clusters of a level, from 0, by its name, while the epoch's graphs were trained on; with
 * "validation_" before the name, of the validation graphs after the epoch. NaN for NULL, and if there is no such level
 * or number.
 *
 * Ownership: `name` is copied.
 */
DIFFPOOL_API
double diffpool_epoch_diagnostic(const diffpool_epoch *epoch,
                                 size_t level,
                                 const char *name);

/**
 * The number of pooling levels whose clusters were looked at in the evaluation: 0 for a flat model, and if the key
 * `diagnostics` of the model is off.
 */
DIFFPOOL_API
size_t diffpool_evaluation_level_count(const diffpool_evaluation *evaluation);

/**
 * A number on the clusters of a level, from 0, by its name, over the graphs of an evaluation. NaN if there is no such
 * level or number.
 *
 * Ownership: `name` is copied.
 */
DIFFPOOL_API
double diffpool_evaluation_diagnostic(const diffpool_evaluation *evaluation,
                                      size_t level,
                                      const char *name);

/**
 * A number on the clusters of a level, from 0, by its name, in the last prediction. NaN if there is none, and if there
 * is no such level or number. It is computed when it is asked for, so that a prediction takes no time for it.
 *
 * Ownership: `name` is copied.
 */
DIFFPOOL_API
double diffpool_session_diagnostic(const diffpool_session *session,
                                   size_t level,
                                   const char *name);

/* =====================================================================================================================
 * Tensors: the weights of a model by name.
 *
 * A tensor is named by its place in the model, such as "levels.0.embed.convs.1.weight_rel", and holds floats, row by
 * row. The trained parameters come first, then what training only measures, such as the running mean of a batch norm.
 * Weights from elsewhere can be written into a new model with diffpool_model_set_tensor.
 *
 *     for (size_t i = 0; i < diffpool_model_tensor_count(model); i++) {
 *         const char *name = diffpool_model_tensor_name(model, i);
 *         size_t values;
 *         check(diffpool_model_copy_tensor(model, name, NULL, 0, &values, &error));
 *         printf("%s has %u values\n", name, (unsigned)values);
 *     }
 * ================================================================================================================== */

/** The number of tensors. */
DIFFPOOL_API size_t diffpool_model_tensor_count(const diffpool_model *model);

/**
 * The name of tensor number `index`, from 0; NULL if there is no such tensor.
 *
 * Ownership: the string is borrowed until the model is freed.
 */
DIFFPOOL_API const char *diffpool_model_tensor_name(const diffpool_model *model, size_t index);

/**
 * Copies the sizes of a tensor along each of its dimensions: rows and columns of a matrix, the length of a vector.
 *
 * Ownership: `name` is copied.
 *
 * Fails: NOT_FOUND if no tensor has this name; BUFFER_TOO_SMALL, and then only `*needed` is written.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_copy_tensor_shape(const diffpool_model *model,
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
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
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_copy_tensor(const diffpool_model *model,
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
 * a value is not finite; INVALID_STATE if a session or a predictor uses the model.
 */
DIFFPOOL_API DIFFPOOL_NODISCARD
diffpool_status diffpool_model_set_tensor(diffpool_model *model,
                                          const char *name,
                                          const float *values,
                                          size_t length,
                                          diffpool_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif  /* DIFFPOOL_H */
