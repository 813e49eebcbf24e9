// The bridge between the library's callbacks and Go: see callbacks.go.
#pragma once

#include <diffpool.h>
#include <stdint.h>

diffpool_status diffpool_go_fit(diffpool_trainer *trainer, uintptr_t run, diffpool_stop_reason *reason,
                                diffpool_error **error);
