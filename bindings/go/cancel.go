//go:build cgo && go1.21

package diffpool

// #include <diffpool.h>
import "C"

import "context"

// cancelWith cancels a control when a context ends, until the function that it returns was called. After that the
// control may be freed.
func cancelWith(ctx context.Context, control *C.diffpool_control) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(gone)
		C.diffpool_control_cancel(control)
	})
	return func() {
		if !stop() {
			<-gone
		}
	}
}
