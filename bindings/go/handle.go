//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"fmt"
	"runtime"
	"sync"
)

// handle owns one object of the library, to which T points. Calls that use the object are counted, and it is freed when
// it is closed and the last of them is over: closing can neither pull it from under a running call nor wait for itself.
type handle[T any] struct {
	raw  T
	free func(T)

	// Calls that read the object hold this for reading, calls that change it for writing.
	access sync.RWMutex

	mu     sync.Mutex
	users  int
	closed bool
}

// acquire keeps the object until release, or returns false when it is closed.
func (h *handle[T]) acquire() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.users++
	}
	return !h.closed
}

func (h *handle[T]) release() {
	h.mu.Lock()
	h.users--
	last := h.closed && h.users == 0
	h.mu.Unlock()
	h.freeIf(last)
}

func (h *handle[T]) close() {
	h.mu.Lock()
	last := !h.closed && h.users == 0
	h.closed = true
	h.mu.Unlock()
	h.freeIf(last)
}

func (h *handle[T]) freeIf(last bool) {
	if last {
		h.free(h.raw)
		runtime.SetFinalizer(h, nil)
	}
}

// owner is embedded in every public type that owns an object of the library.
type owner[T any] struct {
	handle *handle[T]
}

// The owners have names of their own, under which documentation takes them for the private fields that they are.
type (
	configOwner    = owner[*C.diffpool_config]
	datasetOwner   = owner[cDataset]
	writerOwner    = owner[*C.diffpool_dataset_writer]
	modelOwner     = owner[cModel]
	trainerOwner   = owner[*C.diffpool_trainer]
	sessionOwner   = owner[*C.diffpool_session]
	predictorOwner = owner[*C.diffpool_predictor]
)

// Names for files that do not call C.
type (
	cDataset = *C.diffpool_dataset
	cModel   = *C.diffpool_model
)

// newOwner calls a function of the library that makes an object; free is called with the object exactly once.
func newOwner[T any](free func(T), make func(out *T, failure *cError) cStatus) (owner[T], error) {
	// Not a field of the handle: C must not be given memory that has pointers of Go in it.
	var raw T
	if err := check(func(failure *cError) cStatus { return make(&raw, failure) }); err != nil {
		return owner[T]{}, err
	}
	h := &handle[T]{raw: raw, free: free}
	runtime.SetFinalizer(h, (*handle[T]).close)
	return owner[T]{h}, nil
}

func (o owner[T]) owned() *handle[T] {
	return o.handle
}

// object is a pointer to a public type that embeds an owner. It may be nil: then only what can be called.
type object[T any] interface {
	comparable
	// what names the object in messages.
	what() string
	owned() *handle[T]
}

func handleOf[T any, O object[T]](o O) *handle[T] {
	var none O
	if o == none {
		return nil
	}
	return o.owned()
}

// closeObject closes an object that may be nil or closed already.
func closeObject[T any, O object[T]](o O) error {
	if h := handleOf[T](o); h != nil {
		h.close()
	}
	return nil
}

// enter keeps an object until its handle is released, or says why it cannot be used.
func enter[T any, O object[T]](o O) (*handle[T], error) {
	h := handleOf[T](o)
	if h == nil {
		return nil, &Error{ErrNullPointer, fmt.Sprintf("the %s is nil", o.what())}
	}
	if !h.acquire() {
		return nil, &Error{ErrInvalidState, fmt.Sprintf("the %s is closed", o.what())}
	}
	return h, nil
}

// hold makes a call, during which the object is freed neither by Close nor by the collector.
func hold[T, R any, O object[T]](o O, call func(*handle[T]) (R, error)) (result R, err error) {
	h, err := enter[T](o)
	if err != nil {
		return result, err
	}
	defer h.release()
	return call(h)
}

// Calls that use several objects take a data set last. With one order for all, calls cannot wait for each other in a
// circle.

// whileReading makes calls that only read the object.
func whileReading[T, R any, O object[T]](o O, call func(T) (R, error)) (R, error) {
	return hold(o, func(h *handle[T]) (R, error) {
		h.access.RLock()
		defer h.access.RUnlock()
		return call(h.raw)
	})
}

// whileChanging makes calls that change the object.
func whileChanging[T, R any, O object[T]](o O, call func(T) (R, error)) (R, error) {
	return hold(o, func(h *handle[T]) (R, error) {
		h.access.Lock()
		defer h.access.Unlock()
		return call(h.raw)
	})
}

type nothing = struct{}

// checkWith is check for a call with an object, in the form that whileReading and whileChanging take.
func checkWith[T any](call func(T, *cError) cStatus) func(T) (nothing, error) {
	return func(raw T) (nothing, error) {
		return nothing{}, check(func(failure *cError) cStatus { return call(raw, failure) })
	}
}

// read makes one call that only reads the object.
func read[T any, O object[T]](o O, call func(T, *cError) cStatus) error {
	_, err := whileReading(o, checkWith(call))
	return err
}

// change makes one call that changes the object.
func change[T any, O object[T]](o O, call func(T, *cError) cStatus) error {
	_, err := whileChanging(o, checkWith(call))
	return err
}
