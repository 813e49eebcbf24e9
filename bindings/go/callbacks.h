// The bridge between the library's callbacks and Go: see callbacks.go and control.go.
#pragma once

#include <diffpool.h>
#include <stdint.h>

diffpool_status diffpool_go_fit(diffpool_trainer *trainer, uintptr_t run, const diffpool_control *control,
                                diffpool_stop_reason *reason, diffpool_error **error);

diffpool_status diffpool_go_watch(diffpool_control *control, uintptr_t watcher, diffpool_error **error);

diffpool_status diffpool_go_log(diffpool_trainer *trainer, uintptr_t run, diffpool_error **error);

// Where calls put what they return.
typedef struct {
    diffpool_error *error;
    size_t count;
} diffpool_go_out;

// A prediction that nothing stops or watches, and which therefore never calls Go.
diffpool_status diffpool_go_predict(diffpool_session *session, const diffpool_graph *graph, diffpool_error **error);
