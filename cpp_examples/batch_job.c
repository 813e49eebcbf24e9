/* Classifies all graphs of a data set file with a saved model, on all cores, and writes a line of CSV for each: its
 * number, the name of its class and how sure the model is.
 *
 *     batch_job GRAPHS MODEL OUTPUT
 *
 * The file is mapped and predicted a few thousand graphs at a time, so it may be larger than memory. Progress is shown
 * on stderr, of opening as well. A graph that the model refuses does not stop the others: all are counted, and the reasons
 * of the first ones told. */
#include <diffpool.h>
#include <stdio.h>
#include <stdlib.h>

enum { AT_ONCE = 4096, BAR = 20, REASONS = 5 };

static diffpool_error *error = NULL;

/* Prints what went wrong and ends the program: the system takes back what it held. */
static void check(diffpool_status status) {
    if (status != DIFFPOOL_STATUS_OK) {
        fprintf(stderr, "\nbatch_job: %s (%s)\n", diffpool_error_message(error), diffpool_status_name(status));
        exit(1);
    }
}

static void *room(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fputs("batch_job: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

/* What the callback needs: how many graphs were done before this call, how many there are, and how many signs of the bar
 * are on the screen. */
typedef struct {
    size_t before, all;
    int shown;
} bar;

/* Comes on the thread that made the call, so nothing has to be locked. A number other than 0 would stop the call. */
static int on_progress(void *ctx, size_t done, size_t all) {
    bar *own = ctx;
    int signs, i;
    /* While the file is opened the numbers are bytes, and there are no graphs yet. */
    if (own->all > 0) {
        done += own->before;
        all = own->all;
    }
    signs = all == 0 ? 0 : (int)(BAR * (double)done / (double)all);
    if (signs == own->shown) {
        return 0;
    }
    own->shown = signs;
    fprintf(stderr, "\r%s [", own->all > 0 ? "predicting" : "opening   ");
    for (i = 0; i < BAR; ++i) {
        fputc(i < signs ? '#' : ' ', stderr);
    }
    fprintf(stderr, "] %3d %%", 100 * signs / BAR);
    return 0;
}

/* Writes what became of the graphs from `first` on, and returns how many are refused by now: `refused` were before. */
static size_t write_rows(FILE *file, const diffpool_model *model, const diffpool_predictor *predictor, size_t first,
                         size_t refused) {
    static size_t classes[AT_ONCE];
    static float probabilities[AT_ONCE];
    size_t i;
    check(diffpool_predictor_copy_top(predictor, classes, probabilities, 1, &error));
    for (i = 0; i < diffpool_predictor_graph_count(predictor); ++i) {
        if (diffpool_predictor_status(predictor, i) == DIFFPOOL_STATUS_OK) {
            fprintf(file, "%lu,%s,%.6f\n", (unsigned long)(first + i), diffpool_model_class_name(model, classes[i]),
                    (double)probabilities[i]);
        } else if (++refused <= REASONS) {
            fprintf(stderr, "\ngraph %lu: %s\n", (unsigned long)(first + i), diffpool_predictor_message(predictor, i));
        }
    }
    return refused;
}

static size_t classify(FILE *file, const diffpool_model *model, const diffpool_dataset *dataset,
                       const diffpool_control *control, bar *progress) {
    diffpool_predictor *predictor = NULL;
    size_t *indices = room(AT_ONCE, sizeof *indices);
    size_t refused = 0, count, i;
    check(diffpool_predictor_new(model, 0, &predictor, &error));
    progress->all = diffpool_dataset_graph_count(dataset);
    progress->shown = -1;
    for (progress->before = 0; progress->before < progress->all; progress->before += count) {
        count = progress->all - progress->before < AT_ONCE ? progress->all - progress->before : AT_ONCE;
        for (i = 0; i < count; ++i) {
            indices[i] = progress->before + i;
        }
        check(diffpool_predictor_predict_dataset(predictor, dataset, indices, count, control, &error));
        refused = write_rows(file, model, predictor, progress->before, refused);
    }
    diffpool_predictor_free(predictor);
    free(indices);
    return refused;
}

int main(int argc, char **argv) {
    diffpool_model *model = NULL;
    diffpool_dataset *dataset = NULL;
    diffpool_control *control = NULL;
    bar progress = {0, 0, -1};
    size_t refused;
    FILE *file;
    if (argc != 4) {
        fputs("usage: batch_job GRAPHS MODEL OUTPUT\n", stderr);
        return 1;
    }
    check(diffpool_control_new(&control, &error));
    check(diffpool_control_set_progress(control, on_progress, &progress, &error));
    check(diffpool_model_load(argv[2], &model, &error));
    check(diffpool_dataset_open(argv[1], control, &dataset, &error));
    file = fopen(argv[3], "w");
    if (file == NULL) {
        perror(argv[3]);
        return 1;
    }
    fputs("graph,class,probability\n", file);
    refused = classify(file, model, dataset, control, &progress);
    if (fclose(file) != 0) {
        perror(argv[3]);
        return 1;
    }
    fputc('\n', stderr);
    printf("%lu graphs, %lu refused: %s\n", (unsigned long)progress.all, (unsigned long)refused, argv[3]);
    diffpool_dataset_free(dataset);
    diffpool_model_free(model);
    diffpool_control_free(control);
    return refused == 0 ? 0 : 1;
}
