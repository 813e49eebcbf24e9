/* A panic in the library, from outside: a clock that fails, which Rust's standard library takes for a bug. With the
 * static library the linker puts this clock in the place of that of libc (--wrap); a shared one finds it first. */
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int clock_fails = 0;

#ifdef WRAPPED
#define CLOCK __wrap_clock_gettime
#else
#define CLOCK clock_gettime
#endif

int CLOCK(clockid_t clock, struct timespec *time);

int CLOCK(clockid_t clock, struct timespec *time) {
    if (clock_fails) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_clock_gettime, clock, time);
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
