/* Two libraries in Rust in one program. Both work, and both catch a panic, in turn: in diffpool by a clock that fails,
 * which std takes for a bug. */
#define _GNU_SOURCE
#include <diffpool.h>
#include <errno.h>
#include <time.h>

#include "check.h"

uint64_t other_sum(uint64_t n);
int32_t other_catches(size_t index);

static int clock_fails = 0;
int __real_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock_fails) {
        errno = EINVAL;
        return -1;
    }
    return __real_clock_gettime(clock, time);
}

/* Whether diffpool turns a panic into a status, and goes on afterwards with other handles. */
static int diffpool_catches(const diffpool_model *model) {
    const int32_t from[] = {0, 1, 2}, to[] = {1, 2, 0};
    diffpool_control *control;
    diffpool_session *session;
    diffpool_graph *graph;
    diffpool_status status;
    int again;
    check(diffpool_control_new(&control, &error));
    check(diffpool_control_set_timeout(control, 100.0, &error));
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_graph_new(&graph, &error));
    check(diffpool_graph_set_edges(graph, 3, from, to, 3, &error));
    clock_fails = 1;
    status = diffpool_session_predict(session, graph, control, &error);
    clock_fails = 0;
    diffpool_error_free(error);
    error = NULL;
    again = diffpool_session_predict(session, graph, NULL, NULL) == DIFFPOOL_STATUS_POISONED;
    diffpool_session_free(session);
    check(diffpool_session_new(model, &session, &error));
    check(diffpool_session_predict(session, graph, control, &error));
    diffpool_session_free(session);
    diffpool_graph_free(graph);
    diffpool_control_free(control);
    return status == DIFFPOOL_STATUS_PANIC && again;
}

int main(int argc, char **argv) {
    diffpool_model *model;
    int round;
    if (argc != 2) return 1;
    check(diffpool_model_load(argv[1], &model, &error));
    for (round = 0; round < 3; ++round) {
        if (other_sum(1000) != 500500 || !other_catches(7)) {
            fputs("the other library does not work\n", stderr);
            return 1;
        }
        if (!diffpool_catches(model)) {
            fputs("diffpool does not catch a panic\n", stderr);
            return 1;
        }
    }
    diffpool_model_free(model);
    return 0;
}
