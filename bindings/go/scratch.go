//go:build cgo

package diffpool

// #include <stdlib.h>
// #include "callbacks.h"
import "C"

import "unsafe"

// scratch is a graph of the library that is filled again and again, with a place in memory of C for what calls return:
// what Go passes to C is garbage afterwards, because C might keep it.
type scratch struct {
	raw *C.diffpool_graph
	out *C.diffpool_go_out
}

// ready makes what is not there yet.
func (s *scratch) ready() error {
	if s.out == nil {
		if s.out = (*C.diffpool_go_out)(C.calloc(1, C.sizeof_diffpool_go_out)); s.out == nil {
			return &Error{ErrOutOfMemory, "out of memory"}
		}
	}
	if s.raw != nil {
		return nil
	}
	// Not a field of Go memory that has other pointers: see newOwner.
	var raw *C.diffpool_graph
	if err := check(func(failure *cError) cStatus { return C.diffpool_graph_new(&raw, failure) }); err != nil {
		return err
	}
	s.raw = raw
	return nil
}

// fill puts a graph, which may be nil, in place of the one that is there.
func (s *scratch) fill(data GraphData) error {
	if data == nil {
		return &Error{ErrNullPointer, "the graph is nil"}
	}
	if err := s.ready(); err != nil {
		return err
	}
	return data.fill(s)
}

// failure is where calls put their error.
func (s *scratch) failure() *cError {
	return &s.out.error
}

// check turns what a call with failure returned into an error.
func (s *scratch) check(status cStatus) error {
	if status == C.DIFFPOOL_STATUS_OK {
		return nil
	}
	failure := s.out.error
	s.out.error = nil
	return takeError(status, failure)
}

func (s *scratch) free() {
	C.diffpool_graph_free(s.raw)
	C.free(unsafe.Pointer(s.out))
	s.raw, s.out = nil, nil
}

// withScratch makes a call with a graph of the library.
func withScratch[R any](call func(*scratch) (R, error)) (result R, err error) {
	s := &scratch{}
	defer s.free()
	if err := s.ready(); err != nil {
		return result, err
	}
	return call(s)
}

// withFilled makes a call with a graph of the library that has been filled.
func withFilled(data GraphData, call func(graph *C.diffpool_graph) error) error {
	_, err := withScratch(func(s *scratch) (nothing, error) {
		if err := s.fill(data); err != nil {
			return nothing{}, err
		}
		return nothing{}, call(s.raw)
	})
	return err
}
