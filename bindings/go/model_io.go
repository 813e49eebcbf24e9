//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"io"
	"unsafe"
)

var _ io.WriterTo = (*Model)(nil)

// WriteTo writes what [Model.Save] would write, as io.WriterTo says.
func (m *Model) WriteTo(w io.Writer) (written int64, err error) {
	err = m.withBytes(func(data []byte) error {
		count, err := w.Write(data)
		written = int64(count)
		return err
	})
	return written, err
}

// Bytes returns what [Model.Save] would write.
func (m *Model) Bytes() (copied []byte, err error) {
	err = m.withBytes(func(data []byte) error {
		copied = append([]byte{}, data...)
		return nil
	})
	return copied, err
}

// withBytes makes a call with the bytes of the model in memory of the library. They are gone when it returns.
func (m *Model) withBytes(call func(data []byte) error) error {
	var data *C.uint8_t
	var length C.size_t
	if err := read(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_to_bytes(model, &data, &length, failure)
	}); err != nil {
		return err
	}
	defer C.diffpool_bytes_free(data)
	return call(unsafe.Slice((*byte)(data), toInt(length)))
}

// ReadModel reads a model to the end of what r has: a file of an fs.FS, an answer of a server, or what [Model.WriteTo]
// wrote. Of a source that is not trusted limit the length, with io.LimitReader.
func ReadModel(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	return ModelFromBytes(data)
}

// ModelFromBytes reads a model from what [Model.Bytes] returned, or from the bytes of a model file.
func ModelFromBytes(data []byte) (*Model, error) {
	return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_from_bytes((*C.uint8_t)(first(data)), lengthOf(data), out, failure)
	})
}
