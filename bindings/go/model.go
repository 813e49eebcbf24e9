package diffpool

// #include <diffpool.h>
import "C"

import "unsafe"

// Model predicts classes, labels, numbers or words of graphs. Predictions are made by a [Session].
type Model struct {
	handle *handle
}

func adoptModel(raw *C.diffpool_model) *Model {
	return &Model{newHandle("model", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_model_free((*C.diffpool_model)(pointer))
	})}
}

func (m *Model) raw() *handle {
	if m == nil {
		return nil
	}
	return m.handle
}

// NewModel returns an untrained model for the graphs of a data set; train lists those that it may look at to choose
// sizes, and nil means all of them.
func NewModel(config *Config, dataset *Dataset, train []int) (*Model, error) {
	indices, err := toSizes("train", train)
	if err != nil {
		return nil, err
	}
	configPointer, err := config.raw().read("config")
	if err != nil {
		return nil, err
	}
	defer config.handle.doneReading()
	datasetPointer, err := dataset.raw().read("data set")
	if err != nil {
		return nil, err
	}
	defer dataset.handle.doneReading()
	var raw *C.diffpool_model
	var failure *C.diffpool_error
	status := C.diffpool_model_new((*C.diffpool_config)(configPointer), (*C.diffpool_dataset)(datasetPointer),
		first(indices), C.size_t(len(indices)), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptModel(raw), nil
}

// LoadModel reads a model file.
func LoadModel(path string) (*Model, error) {
	text, err := newCString("the path", path)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	var raw *C.diffpool_model
	var failure *C.diffpool_error
	if err := check(C.diffpool_model_load(text, &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptModel(raw), nil
}

// ModelFromBytes reads a model from what [Model.Bytes] returned, or from the bytes of a model file.
func ModelFromBytes(data []byte) (*Model, error) {
	var start *C.uint8_t
	if len(data) > 0 {
		start = (*C.uint8_t)(unsafe.Pointer(&data[0]))
	}
	var raw *C.diffpool_model
	var failure *C.diffpool_error
	if err := check(C.diffpool_model_from_bytes(start, C.size_t(len(data)), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptModel(raw), nil
}

// Close frees the model. Sessions that use it keep what they need.
func (m *Model) Close() error {
	m.raw().close()
	return nil
}

// Save writes the model to a file: it is either the complete new file or, after an error, what was there before.
func (m *Model) Save(path string) error {
	text, err := newCString("the path", path)
	if err != nil {
		return err
	}
	defer freeCString(text)
	pointer, err := m.raw().read("model")
	if err != nil {
		return err
	}
	defer m.handle.doneReading()
	var failure *C.diffpool_error
	return check(C.diffpool_model_save((*C.diffpool_model)(pointer), text, &failure), failure)
}

// Bytes returns what Save would write.
func (m *Model) Bytes() ([]byte, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	var data *C.uint8_t
	var length C.size_t
	var failure *C.diffpool_error
	status := C.diffpool_model_to_bytes((*C.diffpool_model)(pointer), &data, &length, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	defer C.diffpool_bytes_free(data)
	result := make([]byte, toInt(length))
	copy(result, unsafe.Slice((*byte)(data), len(result)))
	return result, nil
}

// Clone returns a copy.
func (m *Model) Clone() (*Model, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	var raw *C.diffpool_model
	var failure *C.diffpool_error
	if err := check(C.diffpool_model_clone((*C.diffpool_model)(pointer), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptModel(raw), nil
}

// Config returns a copy of the model's configuration.
func (m *Model) Config() (*Config, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	var raw *C.diffpool_config
	var failure *C.diffpool_error
	if err := check(C.diffpool_model_config((*C.diffpool_model)(pointer), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptConfig(raw), nil
}

// Summary describes the model for people.
func (m *Model) Summary() (string, error) {
	return m.text(func(raw *C.diffpool_model, text **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_summary(raw, text, failure)
	})
}

// SummaryJSON describes the model for programs.
func (m *Model) SummaryJSON() (string, error) {
	return m.text(func(raw *C.diffpool_model, text **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_summary_json(raw, text, failure)
	})
}

// ClassName returns the name of class y.
func (m *Model) ClassName(y int) (string, error) {
	index, err := toSize("the class", y)
	if err != nil {
		return "", err
	}
	return m.text(func(raw *C.diffpool_model, text **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_class_name(raw, index, text, failure)
	})
}

func (m *Model) text(of func(*C.diffpool_model, **C.char, **C.diffpool_error) C.diffpool_status) (string, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return "", err
	}
	defer m.handle.doneReading()
	return readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return of((*C.diffpool_model)(pointer), out, failure)
	})
}

// size returns one of the model's counts, or 0 for a closed one.
func (m *Model) size(of func(*C.diffpool_model, *C.size_t, **C.diffpool_error) C.diffpool_status) int {
	pointer, err := m.raw().read("model")
	if err != nil {
		return 0
	}
	defer m.handle.doneReading()
	size, _ := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return of((*C.diffpool_model)(pointer), out, failure)
	})
	return size
}

// ParameterCount returns the number of trained values; like the other counts it is 0 for a closed model.
func (m *Model) ParameterCount() int {
	return m.size(func(raw *C.diffpool_model, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_parameter_count(raw, out, failure)
	})
}

// Classes returns the number of classes, or of words in the vocabulary of a model of sequences.
func (m *Model) Classes() int {
	return m.size(func(raw *C.diffpool_model, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_classes(raw, out, failure)
	})
}

// NodeLabels reports whether the nodes of a graph must come with a label.
func (m *Model) NodeLabels() (bool, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return false, err
	}
	defer m.handle.doneReading()
	var labels C.int
	var failure *C.diffpool_error
	err = check(C.diffpool_model_node_labels((*C.diffpool_model)(pointer), &labels, &failure), failure)
	return labels != 0, err
}

// Relations returns the edge labels that are a relation of the model each, in ascending order: every edge of a graph must
// come with one of them. It is nil for a model that takes all edges for one kind.
func (m *Model) Relations() ([]int64, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	return copyLabels(func(out *C.int64_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_relations((*C.diffpool_model)(pointer), out, capacity, needed, failure)
	})
}

// Features returns the number of features that the nodes of a graph must come with.
func (m *Model) Features() int {
	return m.size(func(raw *C.diffpool_model, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_features(raw, out, failure)
	})
}

// Categories returns the number of categories that the nodes of a graph must come with.
func (m *Model) Categories() int {
	return m.size(func(raw *C.diffpool_model, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_categories(raw, out, failure)
	})
}

// TensorInfo describes one tensor of a model.
type TensorInfo struct {
	Name    string
	Shape   []int
	Trained bool // false for running statistics
}

// Tensors lists the parameters and then the running statistics.
func (m *Model) Tensors() ([]TensorInfo, error) {
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	model := (*C.diffpool_model)(pointer)
	count, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_tensor_count(model, out, failure)
	})
	if err != nil {
		return nil, err
	}
	tensors := make([]TensorInfo, count)
	for i := range tensors {
		if tensors[i], err = tensorInfo(model, C.size_t(i)); err != nil {
			return nil, err
		}
	}
	return tensors, nil
}

func tensorInfo(model *C.diffpool_model, index C.size_t) (TensorInfo, error) {
	name, err := readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_tensor_name(model, index, out, failure)
	})
	if err != nil {
		return TensorInfo{}, err
	}
	text, err := newCString("the name", name)
	if err != nil {
		return TensorInfo{}, err
	}
	defer freeCString(text)
	shape, err := readSizes(func(out *C.size_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_tensor_shape(model, text, out, capacity, needed, failure)
	})
	if err != nil {
		return TensorInfo{}, err
	}
	var trained C.int
	var failure *C.diffpool_error
	if err := check(C.diffpool_model_tensor_trained(model, text, &trained, &failure), failure); err != nil {
		return TensorInfo{}, err
	}
	return TensorInfo{Name: name, Shape: shape, Trained: trained != 0}, nil
}

// Tensor returns a copy of the values of a tensor.
func (m *Model) Tensor(name string) ([]float32, error) {
	text, err := newCString("the name", name)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	pointer, err := m.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer m.handle.doneReading()
	return readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_tensor_read((*C.diffpool_model)(pointer), text, out, capacity, needed, failure)
	})
}

// SetTensor replaces the values of a tensor. It is an error while a session or an evaluator uses the
// model.
func (m *Model) SetTensor(name string, values []float32) error {
	text, err := newCString("the name", name)
	if err != nil {
		return err
	}
	defer freeCString(text)
	pointer, err := m.raw().write("model")
	if err != nil {
		return err
	}
	defer m.handle.doneWriting()
	var failure *C.diffpool_error
	status := C.diffpool_model_tensor_write((*C.diffpool_model)(pointer), text, floatPointer(values),
		C.size_t(len(values)), &failure)
	return check(status, failure)
}
