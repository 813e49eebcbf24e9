//go:build cgo

#include "callbacks.h"

#include "_cgo_export.h"

static int on_epoch(void *ctx, const diffpool_epoch *epoch) {
    return diffpoolGoEpoch((uintptr_t)ctx, (diffpool_epoch *)epoch);
}

static int on_batch(void *ctx, size_t epoch, size_t batch, size_t batches, double loss) {
    return diffpoolGoBatch((uintptr_t)ctx, epoch, batch, batches, loss);
}

static int on_progress(void *ctx, size_t done, size_t all) {
    return diffpoolGoProgress((uintptr_t)ctx, done, all);
}

static void on_log(void *ctx, unsigned level, const char *message) {
    diffpoolGoLog((uintptr_t)ctx, (int)level, (char *)message);
}

// The contexts are numbers for Go, not pointers: C must not keep pointers to Go memory.
diffpool_status diffpool_go_fit(diffpool_trainer *trainer, uintptr_t run, const diffpool_control *control,
                                diffpool_stop_reason *reason, diffpool_error **error) {
    return diffpool_trainer_fit(trainer, on_epoch, on_batch, (void *)run, control, reason, error);
}

diffpool_status diffpool_go_watch(diffpool_control *control, uintptr_t watcher, diffpool_error **error) {
    return diffpool_control_set_progress(control, on_progress, (void *)watcher, error);
}

diffpool_status diffpool_go_log(diffpool_trainer *trainer, uintptr_t run, diffpool_error **error) {
    return diffpool_trainer_set_log(trainer, on_log, (void *)run, error);
}

diffpool_status diffpool_go_predict(diffpool_session *session, const diffpool_graph *graph, diffpool_error **error) {
    return diffpool_session_predict(session, graph, NULL, error);
}
