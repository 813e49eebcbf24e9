package diffpool

// #include <diffpool.h>
import "C"

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

// The functions below make one call of the library and return its result. Those that are called read do it with an
// object.

func sizeOf(call func(out *C.size_t, failure *cError) cStatus) (int, error) {
	var size C.size_t
	err := check(func(failure *cError) cStatus { return call(&size, failure) })
	return toInt(size), err
}

func readSize[T any, O object[T]](o O, call func(raw T, out *C.size_t, failure *cError) cStatus) (int, error) {
	return whileReading(o, func(raw T) (int, error) {
		return sizeOf(func(out *C.size_t, failure *cError) cStatus { return call(raw, out, failure) })
	})
}

// count is readSize for methods that return no error: 0 when the object is closed.
func count[T any, O object[T]](o O, call func(raw T, out *C.size_t, failure *cError) cStatus) int {
	size, _ := readSize(o, call)
	return size
}

func numberOf(call func(out *C.double, failure *cError) cStatus) (float64, error) {
	var number C.double
	err := check(func(failure *cError) cStatus { return call(&number, failure) })
	return float64(number), err
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

// nilIfEmpty is for arrays that are not there at all when they have no values.
func nilIfEmpty[E any](values []E, err error) ([]E, error) {
	if len(values) == 0 {
		return nil, err
	}
	return values, err
}
