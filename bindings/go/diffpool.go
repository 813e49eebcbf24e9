// Package diffpool trains, saves, loads and runs DiffPool graph classifiers with libdiffpool.
//
// A program collects graphs in a [Dataset], trains a [Model] with a [Trainer], and predicts graphs with a [Session]:
//
//	config, err := diffpool.NewConfig("default")
//	dataset, err := diffpool.LoadTU("path/to/MUTAG", diffpool.DatasetOptions{})
//	split, err := diffpool.HoldOut(dataset, 0.2, 1)
//	trainer, err := diffpool.NewTrainer(config, dataset, split.Train, nil)
//	_, err = trainer.Fit(ctx, func(epoch diffpool.Epoch) { fmt.Println(epoch.Number, epoch.Loss) })
//	model, err := trainer.Model()
//	err = model.Save("model.safetensors")
//
// # Memory
//
// Config, Dataset, Model, Trainer, Session and Evaluation hold memory that Go's collector does not see: call Close when
// you no longer need one. Close may be called twice, and at any time: memory that a running call uses, or another
// object (a session uses its model), is freed when that is over. An object that was forgotten is closed when the
// collector finds it, some time later.
//
// # Goroutines
//
// All objects may be used from many goroutines. Calls that only read run side by side; calls that change an object wait
// for each other. A Session holds the scratch memory of one prediction, so give every goroutine its own: a shared one
// works, but its calls wait for each other. While [Trainer.Fit] runs, the other methods of the same trainer return an
// error, except Cancel and Close.
//
// # Errors
//
// Every error of the library is an [*Error] with its [Status], and errors.Is(err, diffpool.InvalidGraph) asks for a
// status. Slices are checked against each other before the library sees them, and are copied by it.
package diffpool

/*
#cgo CFLAGS: -I${SRCDIR}/../../include
#cgo LDFLAGS: -L${SRCDIR}/../../target/release -ldiffpool -Wl,-rpath,${SRCDIR}/../../target/release
#include <stdlib.h>
#include <diffpool.h>
*/
import "C"

import (
	"fmt"
	"math"
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
	var failure *C.diffpool_error
	return check(C.diffpool_abi_check(C.DIFFPOOL_VERSION, &failure), failure)
}

// newCString copies a string for C; the caller frees it with freeCString. C strings end at the first zero byte, so a
// string that has one would silently be cut.
func newCString(what, text string) (*C.char, error) {
	for i := 0; i < len(text); i++ {
		if text[i] == 0 {
			return nil, &Error{InvalidArgument, fmt.Sprintf("%s %q has a zero byte at %d", what, text, i)}
		}
	}
	return C.CString(text), nil
}

// optionalCString is newCString for a string that may be left out: an empty one is NULL.
func optionalCString(what, text string) (*C.char, error) {
	if text == "" {
		return nil, nil
	}
	return newCString(what, text)
}

func freeCString(text *C.char) {
	C.free(unsafe.Pointer(text))
}

// toSize makes a size of a Go int, in which a negative value would become a huge one.
func toSize(what string, value int) (C.size_t, error) {
	if value < 0 {
		return 0, &Error{InvalidArgument, fmt.Sprintf("%s is %d, but must not be negative", what, value)}
	}
	return C.size_t(value), nil
}

// toSizes copies indices in the type that C uses for them.
func toSizes(what string, values []int) ([]C.size_t, error) {
	sizes := make([]C.size_t, len(values))
	for i, value := range values {
		if value < 0 {
			return nil, &Error{InvalidArgument, fmt.Sprintf("%s[%d] is %d, but must not be negative", what, i, value)}
		}
		sizes[i] = C.size_t(value)
	}
	return sizes, nil
}

// first returns a pointer to the first size, or nil.
func first(sizes []C.size_t) *C.size_t {
	if len(sizes) == 0 {
		return nil
	}
	return &sizes[0]
}

// The pointers below are only passed to calls that read or fill the slice before they return.

func floatPointer(values []float32) *C.float {
	if len(values) == 0 {
		return nil
	}
	return (*C.float)(unsafe.Pointer(&values[0]))
}

func int32Pointer(values []int32) *C.int32_t {
	if len(values) == 0 {
		return nil
	}
	return (*C.int32_t)(unsafe.Pointer(&values[0]))
}

func int64Pointer(values []int64) *C.int64_t {
	if len(values) == 0 {
		return nil
	}
	return (*C.int64_t)(unsafe.Pointer(&values[0]))
}

// toInt makes a Go int of a size that the library reports; those count things in memory, so they fit.
func toInt(size C.size_t) int {
	if uint64(size) > math.MaxInt {
		panic(fmt.Sprintf("diffpool: the size %d does not fit an int", uint64(size)))
	}
	return int(size)
}
