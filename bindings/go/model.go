package diffpool

// #include <diffpool.h>
import "C"

import "unsafe"

// Model predicts classes, labels, numbers or words of graphs. Predictions are made by a [Session].
type Model struct {
	modelOwner
}

func newModel(make func(out **C.diffpool_model, failure *cError) cStatus) (*Model, error) {
	owner, err := newOwner(func(model *C.diffpool_model) { C.diffpool_model_free(model) }, make)
	if err != nil {
		return nil, err
	}
	return &Model{owner}, nil
}

func (*Model) what() string {
	return "model"
}

// NewModel returns an untrained model for the graphs of a data set; train lists those that it may look at to choose
// sizes, and [All] means all of them.
func NewModel(config *Config, dataset *Dataset, train []int) (*Model, error) {
	graphs, err := toGraphs("train", train)
	if err != nil {
		return nil, err
	}
	return whileReading(config, func(config *C.diffpool_config) (*Model, error) {
		return whileReading(dataset, func(dataset *C.diffpool_dataset) (*Model, error) {
			return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
				return C.diffpool_model_new(config, dataset, graphs.pointer(), graphs.length, out, failure)
			})
		})
	})
}

// LoadModel reads a model file.
func LoadModel(path string) (*Model, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_load(text, out, failure)
	})
}

// ModelFromBytes reads a model from what [Model.Bytes] returned, or from the bytes of a model file.
func ModelFromBytes(data []byte) (*Model, error) {
	return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_from_bytes((*C.uint8_t)(first(data)), lengthOf(data), out, failure)
	})
}

// Close frees the model. Sessions that use it keep what they need.
func (m *Model) Close() error {
	return closeObject[*C.diffpool_model](m)
}

// Save writes the model to a file: it is either the complete new file or, after an error, what was there before.
func (m *Model) Save(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return read(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_save(model, text, failure)
	})
}

// Bytes returns what Save would write.
func (m *Model) Bytes() ([]byte, error) {
	var data *C.uint8_t
	var length C.size_t
	if err := read(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_to_bytes(model, &data, &length, failure)
	}); err != nil {
		return nil, err
	}
	defer C.diffpool_bytes_free(data)
	return append([]byte{}, unsafe.Slice((*byte)(data), toInt(length))...), nil
}

// Clone returns a copy.
func (m *Model) Clone() (*Model, error) {
	return whileReading(m, func(model *C.diffpool_model) (*Model, error) {
		return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
			return C.diffpool_model_clone(model, out, failure)
		})
	})
}

// Config returns a copy of the model's configuration.
func (m *Model) Config() (*Config, error) {
	return whileReading(m, func(model *C.diffpool_model) (*Config, error) {
		return newConfig(func(out **C.diffpool_config, failure *cError) cStatus {
			return C.diffpool_model_config(model, out, failure)
		})
	})
}

// Summary describes the model for people.
func (m *Model) Summary() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_summary(model, out, failure)
	})
}

// SummaryJSON describes the model for programs.
func (m *Model) SummaryJSON() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_summary_json(model, out, failure)
	})
}

// ClassName returns the name of class y.
func (m *Model) ClassName(y int) (string, error) {
	index, err := toSize("the class", y)
	if err != nil {
		return "", err
	}
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_class_name(model, index, out, failure)
	})
}

// ParameterCount returns the number of trained values; like the other counts it is 0 for a closed model.
func (m *Model) ParameterCount() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_parameter_count(model, out, failure)
	})
}

// Classes returns the number of classes, or of words in the vocabulary of a model of sequences.
func (m *Model) Classes() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_classes(model, out, failure)
	})
}

// NodeLabels reports whether the nodes of a graph must come with a label.
func (m *Model) NodeLabels() (bool, error) {
	var labels C.int
	err := read(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_node_labels(model, &labels, failure)
	})
	return labels != 0, err
}

// Relations returns the edge labels that are a relation of the model each, in ascending order: every edge of a graph
// must come with one of them. It is nil for a model that takes all edges for one kind.
func (m *Model) Relations() ([]int64, error) {
	return nilIfEmpty(readArray(m, func(model *C.diffpool_model, out []int64, needed *C.size_t,
		failure *cError) cStatus {
		return C.diffpool_model_relations(model, int64Pointer(out), lengthOf(out), needed, failure)
	}))
}

// Features returns the number of features that the nodes of a graph must come with.
func (m *Model) Features() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_features(model, out, failure)
	})
}

// Categories returns the number of categories that the nodes of a graph must come with.
func (m *Model) Categories() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_categories(model, out, failure)
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
	return whileReading(m, func(model *C.diffpool_model) ([]TensorInfo, error) {
		count, err := sizeOf(func(out *C.size_t, failure *cError) cStatus {
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
	})
}

func tensorInfo(model *C.diffpool_model, index C.size_t) (TensorInfo, error) {
	name, err := textOf(func(out **C.char, failure *cError) cStatus {
		return C.diffpool_model_tensor_name(model, index, out, failure)
	})
	if err != nil {
		return TensorInfo{}, err
	}
	text, err := toText("the name", name)
	if err != nil {
		return TensorInfo{}, err
	}
	shape, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_tensor_shape(model, text, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return TensorInfo{}, err
	}
	var trained C.int
	err = check(func(failure *cError) cStatus {
		return C.diffpool_model_tensor_trained(model, text, &trained, failure)
	})
	return TensorInfo{Name: name, Shape: toInts(shape), Trained: trained != 0}, err
}

// Tensor returns a copy of the values of a tensor.
func (m *Model) Tensor(name string) ([]float32, error) {
	text, err := toText("the name", name)
	if err != nil {
		return nil, err
	}
	return readArray(m, func(model *C.diffpool_model, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_tensor_read(model, text, floatPointer(out), lengthOf(out), needed, failure)
	})
}

// SetTensor replaces the values of a tensor. It is an error while a session or an evaluator uses the model.
func (m *Model) SetTensor(name string, values []float32) error {
	text, err := toText("the name", name)
	if err != nil {
		return err
	}
	return change(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_tensor_write(model, text, floatPointer(values), lengthOf(values), failure)
	})
}
