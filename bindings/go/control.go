//go:build cgo

package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"runtime/cgo"
)

// Option limits what a call may take, or watches it; see [MaxNodes], [MaxEdges], [MaxBytes] and [OnProgress]. How long
// a call may take is said by its context.
type Option func(*options)

// options are what the options of a call say. A limit is nil where there is none.
type options struct {
	nodes, edges, bytes *int
	progress            func(done, all int)
}

// MaxNodes refuses graphs of more nodes with [ErrLimit], before anything is done with them.
func MaxNodes(nodes int) Option {
	return func(o *options) { o.nodes = &nodes }
}

// MaxEdges refuses graphs of more edges, as they are given, with [ErrLimit], before anything is done with them.
func MaxEdges(edges int) Option {
	return func(o *options) { o.edges = &edges }
}

// MaxBytes refuses to read more bytes of files, with [ErrLimit].
func MaxBytes(bytes int) Option {
	return func(o *options) { o.bytes = &bytes }
}

// OnProgress says what is called now and then, on the goroutine that made the call: how much is done, and how much
// there is in all, in graphs, bytes or batches; 0 where that is not known. To stop the call, cancel its context. Like
// the callbacks of Fit it must not end the goroutine.
func OnProgress(progress func(done, all int)) Option {
	return func(o *options) { o.progress = progress }
}

// guarded runs callbacks of a call of the library.
type guarded struct {
	ctx context.Context
	// A panic of a callback must not unwind through the library: it is kept here, and goes on when the call is back.
	panicked any
}

// run runs a callback and says whether the call goes on: 0 for yes.
func (g *guarded) run(callback func()) (stop C.int) {
	if g.panicked != nil {
		return 1
	}
	defer func() {
		if g.panicked = recover(); g.panicked != nil {
			stop = 1
		}
	}()
	callback()
	if g.ctx.Err() != nil {
		return 1
	}
	return 0
}

// rethrow lets a panic of a callback go on.
func (g *guarded) rethrow() {
	if g.panicked != nil {
		panic(g.panicked)
	}
}

// watcher is what the progress callback of one call needs. The callback finds it through a cgo.Handle, because C may
// not keep a pointer to it.
type watcher struct {
	guarded
	progress func(done, all int)
}

//export diffpoolGoProgress
func diffpoolGoProgress(handle C.uintptr_t, done, all C.size_t) C.int {
	w := cgo.Handle(handle).Value().(*watcher)
	return w.run(func() { w.progress(toInt(done), toInt(all)) })
}

// withControl makes a call that ends with its context and keeps to its options. Without either the control is nil.
func withControl[R any](ctx context.Context, given []Option, call func(*C.diffpool_control) (R, error)) (R, error) {
	var none R
	if err := ctx.Err(); err != nil {
		return none, interruptedBy(err)
	}
	if ctx.Done() == nil && len(given) == 0 {
		return call(nil)
	}
	var control *C.diffpool_control
	if err := check(func(failure *cError) cStatus { return C.diffpool_control_new(&control, failure) }); err != nil {
		return none, err
	}
	defer C.diffpool_control_free(control)
	var said options
	for _, option := range given {
		option(&said)
	}
	if err := said.limit(control); err != nil {
		return none, err
	}
	watching := &watcher{guarded: guarded{ctx: ctx}, progress: said.progress}
	if said.progress != nil {
		handle := cgo.NewHandle(watching)
		defer handle.Delete()
		if err := check(func(failure *cError) cStatus {
			return C.diffpool_go_watch(control, C.uintptr_t(handle), failure)
		}); err != nil {
			return none, err
		}
	}
	release := cancelWith(ctx, control)
	result, err := func() (R, error) {
		defer release()
		return call(control)
	}()
	watching.rethrow()
	if cause := ctx.Err(); cause != nil && errors.Is(err, ErrCancelled) {
		return none, interruptedBy(cause)
	}
	return result, err
}

// limit sets the limits of a control.
func (o options) limit(control *C.diffpool_control) error {
	for _, limit := range []struct {
		what  string
		value *int
		set   func(size C.size_t, failure *cError) cStatus
	}{
		{"nodes", o.nodes, func(size C.size_t, failure *cError) cStatus {
			return C.diffpool_control_set_max_nodes(control, size, failure)
		}},
		{"edges", o.edges, func(size C.size_t, failure *cError) cStatus {
			return C.diffpool_control_set_max_edges(control, size, failure)
		}},
		{"bytes", o.bytes, func(size C.size_t, failure *cError) cStatus {
			return C.diffpool_control_set_max_bytes(control, size, failure)
		}},
	} {
		if limit.value == nil {
			continue
		}
		size, err := toSize(fmt.Sprintf("the limit of %s", limit.what), *limit.value)
		if err != nil {
			return err
		}
		if err := check(func(failure *cError) cStatus { return limit.set(size, failure) }); err != nil {
			return err
		}
	}
	return nil
}
