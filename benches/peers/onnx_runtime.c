/* The exported model in ONNX Runtime's C API, on one thread.
 *
 *     onnx_runtime first MODEL GRAPH            loads the model, predicts the graph of a text file, prints its logits
 *     onnx_runtime each MODEL GRAPHS REPEATS    predicts all graphs of graphs.bin one by one, again and again; prints
 *                                               one line of JSON with the seconds of every repetition
 *     onnx_runtime logits MODEL GRAPHS COUNT    prints the logits of the first graphs
 *
 * onnx_export.py writes these files. The dense inputs and all values that wrap them are made before anything is timed.
 */
#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const OrtApi *ort;
static OrtMemoryInfo *memory;

static void fail(const char *why) {
    fprintf(stderr, "onnx_runtime: %s\n", why);
    exit(1);
}

static void check(OrtStatus *status) {
    if (status != NULL) fail(ort->GetErrorMessage(status));
}

static void *room(size_t count, size_t size) {
    void *made = calloc(count > 0 ? count : 1, size);
    if (made == NULL) fail("out of memory");
    return made;
}

typedef struct {
    OrtSession *session;
    size_t inputs;
} Model;

static Model load(const char *path) {
    OrtEnv *env;
    OrtSessionOptions *options;
    Model model;
    check(ort->CreateEnv(ORT_LOGGING_LEVEL_ERROR, "peer", &env));
    check(ort->CreateSessionOptions(&options));
    check(ort->SetIntraOpNumThreads(options, 1));
    check(ort->SetInterOpNumThreads(options, 1));
    check(ort->SetSessionExecutionMode(options, ORT_SEQUENTIAL));
    check(ort->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
    check(ort->CreateSession(env, path, options, &model.session));
    check(ort->SessionGetInputCount(model.session, &model.inputs));
    check(ort->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &memory));
    return model;
}

/* A graph's inputs x, adj and mask, and the place of its logits, wrapped. */
typedef struct {
    OrtValue *inputs[3];
    OrtValue *output;
    float *logits;
    int32_t classes;
} Wrapped;

static OrtValue *wrap(void *data, size_t bytes, const int64_t *shape, size_t dims, ONNXTensorElementDataType type) {
    OrtValue *value;
    check(ort->CreateTensorWithDataAsOrtValue(memory, data, bytes, shape, dims, type, &value));
    return value;
}

static Wrapped wrap_graph(int32_t n, int32_t features, int32_t classes, float *x, float *adj) {
    const ONNXTensorElementDataType real = ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
    int64_t x_shape[] = {1, n, features}, adj_shape[] = {1, n, n}, mask_shape[] = {1, n}, out_shape[] = {1, classes};
    Wrapped graph = {.logits = room(classes, sizeof(float)), .classes = classes};
    bool *mask = room(n, sizeof(bool));
    for (int32_t i = 0; i < n; i++) mask[i] = true;
    graph.inputs[0] = wrap(x, sizeof(float) * n * features, x_shape, 3, real);
    graph.inputs[1] = wrap(adj, sizeof(float) * n * n, adj_shape, 3, real);
    graph.inputs[2] = wrap(mask, sizeof(bool) * n, mask_shape, 2, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL);
    graph.output = wrap(graph.logits, sizeof(float) * classes, out_shape, 2, real);
    return graph;
}

static void predict(Model model, Wrapped *graph) {
    static const char *const inputs[] = {"x", "adj", "mask"}, *const outputs[] = {"logits"};
    const OrtValue *const *values = (const OrtValue *const *)graph->inputs;
    check(ort->Run(model.session, NULL, inputs, values, model.inputs, outputs, 1, &graph->output));
}

static void print_logits(const Wrapped *graph) {
    for (int32_t c = 0; c < graph->classes; c++) printf("%s%.9g", c > 0 ? " " : "", graph->logits[c]);
    printf("\n");
}

static void read_floats(FILE *file, float *to, size_t count) {
    if (fread(to, sizeof(float), count, file) != count) fail("the file of graphs is too short");
}

static Wrapped *read_graphs(const char *path, int32_t *count) {
    int32_t head[3], n;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(head, sizeof(int32_t), 3, file) != 3) fail("the file of graphs cannot be read");
    Wrapped *graphs = room(head[0], sizeof(Wrapped));
    for (int32_t g = 0; g < head[0]; g++) {
        if (fread(&n, sizeof(n), 1, file) != 1) fail("the file of graphs is too short");
        float *x = room((size_t)n * head[1], sizeof(float)), *adj = room((size_t)n * n, sizeof(float));
        read_floats(file, x, (size_t)n * head[1]);
        read_floats(file, adj, (size_t)n * n);
        graphs[g] = wrap_graph(n, head[1], head[2], x, adj);
    }
    fclose(file);
    *count = head[0];
    return graphs;
}

static void first(const char *model_path, const char *graph_path) {
    int n, edges, features, a, b;
    FILE *file = fopen(graph_path, "r");
    if (file == NULL || fscanf(file, "%d %d %d", &n, &edges, &features) != 3) fail("no graph");
    float *x = room((size_t)n * features, sizeof(float)), *adj = room((size_t)n * n, sizeof(float));
    for (int e = 0; e < edges; e++) {
        if (fscanf(file, "%d %d", &a, &b) != 2 || a < 0 || b < 0 || a >= n || b >= n) fail("an edge is wrong");
        adj[(size_t)a * n + b] = adj[(size_t)b * n + a] = 1;
    }
    for (int i = 0; i < n * features; i++)
        if (fscanf(file, "%f", x + i) != 1) fail("a feature is wrong");
    fclose(file);
    Model model = load(model_path);
    Wrapped graph = wrap_graph(n, features, 6, x, adj);
    predict(model, &graph);
    print_logits(&graph);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* A line of /proc/self/status, in MB. */
static double status_mb(const char *name) {
    char line[256];
    double kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0) kilobytes = atof(line + strlen(name) + 1);
    if (file != NULL) fclose(file);
    return kilobytes * 1.024e-3;
}

static void each(const char *model_path, const char *graphs_path, int repeats) {
    int32_t count;
    Model model = load(model_path);
    Wrapped *graphs = read_graphs(graphs_path, &count);
    printf("{\"graphs\": %d, \"seconds\": [", count);
    for (int r = -1; r < repeats; r++) {
        double begin = now();
        for (int32_t g = 0; g < count; g++) predict(model, &graphs[g]);
        if (r >= 0) printf("%s%.9f", r > 0 ? ", " : "", now() - begin);
    }
    printf("], \"peak_rss_mb\": %.3f}\n", status_mb("VmHWM"));
}

static void logits(const char *model_path, const char *graphs_path, int wanted) {
    int32_t count;
    Model model = load(model_path);
    Wrapped *graphs = read_graphs(graphs_path, &count);
    for (int g = 0; g < wanted && g < count; g++) {
        predict(model, &graphs[g]);
        print_logits(&graphs[g]);
    }
}

int main(int argc, char **argv) {
    ort = OrtGetApiBase()->GetApi(ORT_API_VERSION);
    if (ort == NULL) fail("the library is older than the header");
    if (argc == 4 && strcmp(argv[1], "first") == 0) first(argv[2], argv[3]);
    else if (argc == 5 && strcmp(argv[1], "each") == 0) each(argv[2], argv[3], atoi(argv[4]));
    else if (argc == 5 && strcmp(argv[1], "logits") == 0) logits(argv[2], argv[3], atoi(argv[4]));
    else fail("first MODEL GRAPH | each MODEL GRAPHS REPEATS | logits MODEL GRAPHS COUNT");
    return 0;
}
