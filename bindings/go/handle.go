package diffpool

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// handle owns one object of the library. Calls that use the object are counted, and it is freed when it is closed and
// the last of them is over: closing can neither pull it from under a running call nor wait for itself.
type handle struct {
	what string
	free func(unsafe.Pointer)

	// Calls that read the object hold this for reading, calls that change it for writing.
	access sync.RWMutex

	mu      sync.Mutex
	pointer unsafe.Pointer
	users   int
	closed  bool
}

// newHandle takes over an object; free is called with it exactly once.
func newHandle(what string, pointer unsafe.Pointer, free func(unsafe.Pointer)) *handle {
	h := &handle{what: what, free: free, pointer: pointer}
	runtime.SetFinalizer(h, (*handle).close)
	return h
}

// acquire returns the object and keeps it until release.
func (h *handle) acquire(what string) (unsafe.Pointer, error) {
	if h == nil {
		return nil, &Error{NullPointer, fmt.Sprintf("the %s is nil", what)}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, &Error{InvalidState, fmt.Sprintf("the %s is closed", h.what)}
	}
	h.users++
	return h.pointer, nil
}

func (h *handle) release() {
	h.mu.Lock()
	h.users--
	pointer := h.takeIfUnused()
	h.mu.Unlock()
	h.freePointer(pointer)
}

func (h *handle) close() {
	if h == nil {
		return
	}
	h.mu.Lock()
	h.closed = true
	pointer := h.takeIfUnused()
	h.mu.Unlock()
	h.freePointer(pointer)
}

// takeIfUnused returns the object when it is to be freed now; h.mu is held.
func (h *handle) takeIfUnused() unsafe.Pointer {
	if !h.closed || h.users > 0 {
		return nil
	}
	pointer := h.pointer
	h.pointer = nil
	return pointer
}

func (h *handle) freePointer(pointer unsafe.Pointer) {
	if pointer != nil {
		h.free(pointer)
		runtime.SetFinalizer(h, nil)
	}
}

// read is acquire for a call that only reads the object.
func (h *handle) read(what string) (unsafe.Pointer, error) {
	pointer, err := h.acquire(what)
	if err == nil {
		h.access.RLock()
	}
	return pointer, err
}

func (h *handle) doneReading() {
	h.access.RUnlock()
	h.release()
}

// write is acquire for a call that changes the object.
func (h *handle) write(what string) (unsafe.Pointer, error) {
	pointer, err := h.acquire(what)
	if err == nil {
		h.access.Lock()
	}
	return pointer, err
}

func (h *handle) doneWriting() {
	h.access.Unlock()
	h.release()
}
