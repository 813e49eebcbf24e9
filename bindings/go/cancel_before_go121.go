//go:build cgo && !go1.21

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
	over, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		select {
		case <-ctx.Done():
			C.diffpool_control_cancel(control)
		case <-over:
		}
	}()
	return func() {
		close(over)
		<-gone
	}
}
