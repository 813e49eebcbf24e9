//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import "unsafe"

// Matrix is a matrix in one slice, row after row.
type Matrix struct {
	Rows, Columns int
	Data          []float32
}

// Row returns one row, which shares memory with the matrix.
func (m Matrix) Row(row int) []float32 {
	return m.Data[row*m.Columns : (row+1)*m.Columns]
}

// At returns one value.
func (m Matrix) At(row, column int) float32 {
	return m.Row(row)[column]
}

// The functions below make calls of the library and return their results. Those that are called read do it with an
// object.

// peek reads what the library returns without an error; it is the zero value when the object is closed.
func peek[T, R any, O object[T]](o O, call func(T) R) R {
	result, _ := whileReading(o, func(raw T) (R, error) { return call(raw), nil })
	return result
}

// count is peek for sizes.
func count[T any, O object[T]](o O, call func(T) C.size_t) int {
	return toInt(peek[T](o, call))
}

func sizeOf(call func(out *C.size_t, failure *cError) cStatus) (int, error) {
	var size C.size_t
	err := check(func(failure *cError) cStatus { return call(&size, failure) })
	return toInt(size), err
}

func textOf(call func(out **C.char, failure *cError) cStatus) (string, error) {
	var text *C.char
	if err := check(func(failure *cError) cStatus { return call(&text, failure) }); err != nil {
		return "", err
	}
	defer C.diffpool_string_free(text)
	return C.GoString(text), nil
}

func readText[T any, O object[T]](o O, call func(raw T, out **C.char, failure *cError) cStatus) (string, error) {
	return whileReading(o, func(raw T) (string, error) {
		return textOf(func(out **C.char, failure *cError) cStatus { return call(raw, out, failure) })
	})
}

// arrayOf calls twice: for no values the library tells how many are needed, and then it fills as many.
func arrayOf[E any](call func(out []E, needed *C.size_t, failure *cError) cStatus) ([]E, error) {
	var needed C.size_t
	if err := check(func(failure *cError) cStatus { return call(nil, &needed, failure) }); err != nil {
		return nil, err
	}
	values := make([]E, toInt(needed))
	if err := check(func(failure *cError) cStatus { return call(values, &needed, failure) }); err != nil {
		return nil, err
	}
	return values, nil
}

func readArray[T, E any, O object[T]](o O,
	call func(raw T, out []E, needed *C.size_t, failure *cError) cStatus) ([]E, error) {
	return whileReading(o, func(raw T) ([]E, error) {
		return arrayOf(func(out []E, needed *C.size_t, failure *cError) cStatus {
			return call(raw, out, needed, failure)
		})
	})
}

// fill calls once, for as many values as are known to come.
func fill[E any](length int, call func(out []E, failure *cError) cStatus) ([]E, error) {
	values := make([]E, length)
	return values, check(func(failure *cError) cStatus { return call(values, failure) })
}

// sized returns a slice of a length that uses the memory of another one if it can. What its values are is not said.
func sized[E any](values []E, length int) []E {
	if values != nil && length <= cap(values) {
		return values[:length]
	}
	return make([]E, length)
}

// copyOf copies an array that the library lends; it is nil for none.
func copyOf[To, From any](values *From, length C.size_t, convert func(From) To) []To {
	if values == nil || length == 0 {
		return nil
	}
	copied := make([]To, toInt(length))
	for i, value := range unsafe.Slice(values, len(copied)) {
		copied[i] = convert(value)
	}
	return copied
}

// nilIfEmpty is for arrays that are not there at all when they have no values.
func nilIfEmpty[E any](values []E, err error) ([]E, error) {
	if len(values) == 0 {
		return nil, err
	}
	return values, err
}
