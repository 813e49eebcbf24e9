//go:build cgo

// Package diffpool trains, saves, loads and runs DiffPool graph classifiers with libdiffpool.
//
// A program collects graphs in a [Dataset], trains a [Model] with a [Trainer], and predicts graphs with a [Session]:
//
//	config, err := diffpool.NewConfig("default")
//	dataset, err := diffpool.LoadDataset(ctx, "path/to/MUTAG", diffpool.TU, diffpool.LoadOptions{})
//	split, err := diffpool.HoldOut(dataset, 0.2, 1)
//	trainer, err := diffpool.NewTrainer(ctx, config, dataset, split)
//	_, err = trainer.Fit(ctx, func(epoch diffpool.Epoch) { fmt.Println(epoch.Number, epoch.Metric("loss")) })
//	model, err := trainer.Model()
//	err = model.Save("model.safetensors")
//	session, err := diffpool.NewSession(model)
//	prediction, err := session.Predict(ctx, diffpool.Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}})
//
// A [Graph] is a plain struct of slices, which the library copies. A [Predictor] predicts many graphs at once on all
// cores, and evaluates a model.
//
// # Memory
//
// Config, Dataset, DatasetWriter, Model, Trainer, Session and Predictor hold memory that Go's collector does not see:
// call Close when you no longer need one. Close may be called twice, and at any time: memory that a running call uses,
// or another object (a session uses its model), is freed when that is over. An object that was forgotten is closed when
// the collector finds it, some time later. All results are plain Go values.
//
// # Contexts
//
// Calls that may take long take a context. When it ends, the call stops within a fraction of a millisecond of work, in
// the middle of a large graph or of a batch, too; its error is the context's for errors.Is, and has the status
// [ErrCancelled] or [ErrTimeout]. The objects are as they were, and the call can be made again. A context that never
// ends, such as context.Background(), costs nothing. An [Option] limits the input of such a call, or watches its
// progress.
//
// # Goroutines
//
// All objects may be used from many goroutines. Calls that only read run side by side; calls that change an object wait
// for each other. A Session holds the scratch memory of one prediction, so give every goroutine its own: a shared one
// works, but its predictions wait for each other. A [Pool] has as many as a service needs. While [Trainer.Fit] runs,
// the other methods of the same trainer return an error or 0, except Close, which stops it.
//
// # Errors
//
// Every error of the library is an [*Error] with its [Status], and errors.Is(err, diffpool.ErrInvalidGraph) asks for a
// status. Slices are copied by the library, which gets their lengths and checks them.
//
// # Building
//
// The package calls C: it needs cgo and a C compiler. The library comes with the module, as an archive for each platform
// in a module of its own, and becomes a part of the program. Build tags choose another one: diffpool_system the library
// that pkg-config finds, diffpool_musl an archive for musl, as in Alpine Linux. Go 1.19 is enough; [Dataset.Graphs] and
// [Predictor.PredictSeq] need 1.23, the methods LogValue 1.21.
package diffpool

/*
#include <diffpool.h>

#if DIFFPOOL_VERSION_MAJOR != 0 || DIFFPOOL_VERSION_MINOR != 1
#error "this Go package is for libdiffpool 0.1, and diffpool.h is of another version"
#endif
*/
import "C"

import (
	"fmt"
	"math"
	"strings"
	"unsafe"
)

// Version returns the version of the library that is loaded, for example "0.1.0".
func Version() string {
	return C.GoString(C.diffpool_version_string())
}

// CPU returns the name of the kernels for matrix products that the library uses: avx512, avx2, neon or portable. The
// environment variable DIFFPOOL_CPU, set before the program starts, names another one of those that the processor has.
func CPU() string {
	return C.GoString(C.diffpool_cpu())
}

// CheckABI returns an error when the loaded library does not fit the header that this package was built with.
func CheckABI() error {
	return check(func(failure *cError) cStatus { return C.diffpool_abi_check(C.DIFFPOOL_VERSION, failure) })
}

// toText makes a C string of a Go string, in memory of Go. C strings end at the first zero byte, so a string that has
// one would silently be cut.
func toText(what, text string) (*C.char, error) {
	if at := strings.IndexByte(text, 0); at >= 0 {
		return nil, &Error{ErrInvalidArgument, fmt.Sprintf("%s %q has a zero byte at %d", what, text, at)}
	}
	bytes := append([]byte(text), 0)
	return (*C.char)(unsafe.Pointer(&bytes[0])), nil
}

// toOptionalText is toText for a string that may be left out: an empty one is NULL.
func toOptionalText(what, text string) (*C.char, error) {
	if text == "" {
		return nil, nil
	}
	return toText(what, text)
}

// toSize makes a size of a Go int, in which a negative value would become a huge one.
func toSize(what string, value int) (C.size_t, error) {
	if value < 0 {
		return 0, &Error{ErrInvalidArgument, fmt.Sprintf("%s is %d, but must not be negative", what, value)}
	}
	return C.size_t(value), nil
}

// All stands for all graphs where a function takes a list of them; in a [Split], for all that are in no other list. A
// list that is nil or empty is empty.
var All = []int{-1}

func isAll(values []int) bool {
	return len(values) == 1 && &values[0] == &All[0]
}

// everything is DIFFPOOL_ALL: the length of a list of all graphs, and the number of all relations together.
const everything = ^C.size_t(0)

// graphList is a list of graphs as C takes it.
type graphList struct {
	indices []C.size_t
	length  C.size_t
}

// pointer returns where the list begins, for a call that reads it before it returns.
func (l graphList) pointer() *C.size_t {
	return first(l.indices)
}

// toGraphs copies a list of graphs in the type that C uses for it.
func toGraphs(what string, values []int) (graphList, error) {
	if isAll(values) {
		return graphList{nil, everything}, nil
	}
	sizes := make([]C.size_t, len(values))
	for i, value := range values {
		if value < 0 {
			return graphList{}, &Error{ErrInvalidArgument, fmt.Sprintf("%s[%d] is %d, but must not be negative", what, i, value)}
		}
		sizes[i] = C.size_t(value)
	}
	return graphList{sizes, lengthOf(sizes)}, nil
}

// first returns a pointer to the first value, or nil. Like the text above, it is only passed to calls that read or fill
// the slice before they return.
func first[E any](values []E) *E {
	if len(values) == 0 {
		return nil
	}
	return &values[0]
}

// lengthOf returns the number of values in the type that C uses for it.
func lengthOf[E any](values []E) C.size_t {
	return C.size_t(len(values))
}

func floatPointer(values []float32) *C.float {
	return (*C.float)(first(values))
}

func doublePointer(values []float64) *C.double {
	return (*C.double)(first(values))
}

func int64Pointer(values []int64) *C.int64_t {
	return (*C.int64_t)(first(values))
}

// sizePointer lets the library write sizes, such as classes, where Go has ints, which are of the same width.
func sizePointer(values []int) *C.size_t {
	return at[C.size_t](values)
}

// Does not compile where the widths differ.
var _ = [1]nothing{}[unsafe.Sizeof(int(0))-C.sizeof_size_t]

// toInt makes a Go int of a size that the library reports; those count things in memory, so they fit.
func toInt(size C.size_t) int {
	if uint64(size) > math.MaxInt {
		panic(fmt.Sprintf("diffpool: the size %d does not fit an int", uint64(size)))
	}
	return int(size)
}

// toInts copies sizes or indices that the library reports.
func toInts(sizes []C.size_t) []int {
	result := make([]int, len(sizes))
	for i, size := range sizes {
		result[i] = toInt(size)
	}
	return result
}
