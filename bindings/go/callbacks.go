//go:build cgo

package diffpool

// #include "callbacks.h"
import "C"

import "runtime/cgo"

// run is what the callbacks of one call of Fit need. They find it through a cgo.Handle, because C may not keep a
// pointer to it.
type run struct {
	guarded
	progress func(Epoch)
	batches  func(Batch)
	log      func(level LogLevel, message string)
}

//export diffpoolGoEpoch
func diffpoolGoEpoch(handle C.uintptr_t, epoch *C.diffpool_epoch) C.int {
	r := cgo.Handle(handle).Value().(*run)
	return r.guarded.run(func() {
		if r.progress != nil {
			told := readEpoch(epoch)
			told.live = &liveEpoch{raw: epoch}
			defer func() {
				told.live.mu.Lock()
				defer told.live.mu.Unlock()
				told.live.raw = nil
			}()
			r.progress(told)
		}
	})
}

//export diffpoolGoBatch
func diffpoolGoBatch(handle C.uintptr_t, epoch, batch, batches C.size_t, loss C.double) C.int {
	r := cgo.Handle(handle).Value().(*run)
	return r.guarded.run(func() {
		if r.batches != nil {
			r.batches(Batch{toInt(epoch), toInt(batch), toInt(batches), float64(loss)})
		}
	})
}

//export diffpoolGoLog
func diffpoolGoLog(handle C.uintptr_t, level C.int, message *C.char) {
	r := cgo.Handle(handle).Value().(*run)
	// Whether training goes on is asked by the other callbacks.
	r.guarded.run(func() { r.log(LogLevel(level), C.GoString(message)) })
}
