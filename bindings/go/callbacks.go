package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"runtime/cgo"
)

// run is what the callbacks of one call of Fit need. They find it through a cgo.Handle, because C may not keep a
// pointer to it.
type run struct {
	ctx      context.Context
	progress func(Epoch)
	batches  func(Batch)
	// The error of the context, when that is what ended training.
	interrupted error
	// A panic of a callback must not unwind through the library: it is kept here, and goes on when Fit is back in Go.
	panicked any
}

// guard runs a callback and says whether training goes on: 0 for yes.
func (r *run) guard(callback func()) (stop C.int) {
	if r.panicked != nil {
		return 1
	}
	defer func() {
		if r.panicked = recover(); r.panicked != nil {
			stop = 1
		}
	}()
	callback()
	if r.interrupted = r.ctx.Err(); r.interrupted != nil {
		return 1
	}
	return 0
}

//export diffpoolGoEpoch
func diffpoolGoEpoch(handle C.uintptr_t, epoch *C.diffpool_epoch) C.int {
	r := cgo.Handle(handle).Value().(*run)
	return r.guard(func() {
		if r.progress != nil {
			r.progress(readEpoch(epoch))
		}
	})
}

//export diffpoolGoBatch
func diffpoolGoBatch(handle C.uintptr_t, epoch, batch, batches C.size_t, loss C.double) C.int {
	r := cgo.Handle(handle).Value().(*run)
	return r.guard(func() {
		if r.batches != nil {
			r.batches(Batch{toInt(epoch), toInt(batch), toInt(batches), float64(loss)})
		}
	})
}
