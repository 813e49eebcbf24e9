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

// A call that fills an array tells the needed length when the array is nil, and then fills one that is long enough.

type fillFloats func(out *C.float, capacity C.size_t, needed *C.size_t, failure **C.diffpool_error) C.diffpool_status

func readFloats(fill fillFloats) ([]float32, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	if err := check(fill(nil, 0, &needed, &failure), failure); err != nil {
		return nil, err
	}
	values := make([]float32, toInt(needed))
	if err := check(fill(floatPointer(values), needed, &needed, &failure), failure); err != nil {
		return nil, err
	}
	return values, nil
}

type fillMatrix func(out *C.float, capacity C.size_t, rows, columns *C.size_t,
	failure **C.diffpool_error) C.diffpool_status

func readMatrix(fill fillMatrix) (Matrix, error) {
	var rows, columns C.size_t
	values, err := readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		status := fill(out, capacity, &rows, &columns, failure)
		*needed = rows * columns
		return status
	})
	if err != nil {
		return Matrix{}, err
	}
	return Matrix{toInt(rows), toInt(columns), values}, nil
}

// readSize calls a function that reports one size.
func readSize(get func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status) (int, error) {
	var size C.size_t
	var failure *C.diffpool_error
	if err := check(get(&size, &failure), failure); err != nil {
		return 0, err
	}
	return toInt(size), nil
}

// readSizes calls a function that fills an array of sizes.
func readSizes(fill func(out *C.size_t, capacity C.size_t, needed *C.size_t,
	failure **C.diffpool_error) C.diffpool_status) ([]int, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	if err := check(fill(nil, 0, &needed, &failure), failure); err != nil {
		return nil, err
	}
	sizes := make([]C.size_t, toInt(needed))
	if err := check(fill(first(sizes), needed, &needed, &failure), failure); err != nil {
		return nil, err
	}
	result := make([]int, len(sizes))
	for i, size := range sizes {
		result[i] = toInt(size)
	}
	return result, nil
}

// readText calls a function that hands out a new string.
func readText(get func(out **C.char, failure **C.diffpool_error) C.diffpool_status) (string, error) {
	var text *C.char
	var failure *C.diffpool_error
	if err := check(get(&text, &failure), failure); err != nil {
		return "", err
	}
	defer C.diffpool_string_free(text)
	return C.GoString(text), nil
}
