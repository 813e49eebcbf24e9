//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

// Model predicts classes, labels, numbers or words of graphs. Predictions are made by a [Session] or a [Predictor].
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

// NewModel returns an untrained model for the graphs of a data set; of the split it looks only at those to train on, to
// choose sizes.
func NewModel(config *Config, dataset *Dataset, split Split) (*Model, error) {
	return withSplit(split, dataset, func(split *C.diffpool_split) (*Model, error) {
		return whileReading(config, func(config *C.diffpool_config) (*Model, error) {
			return whileReading(dataset, func(dataset *C.diffpool_dataset) (*Model, error) {
				return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
					return C.diffpool_model_new(config, dataset, split, out, failure)
				})
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
		return C.diffpool_model_summary_text(model, out, failure)
	})
}

// SummaryJSON describes the model for programs.
func (m *Model) SummaryJSON() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_summary_json(model, out, failure)
	})
}

// Task returns what the model predicts, such as [Multiclass]; it is empty for a closed model.
func (m *Model) Task() string {
	return peek(m, func(model *C.diffpool_model) string { return C.GoString(C.diffpool_model_task(model)) })
}

// Metric returns the name of the metric that the history of training records.
func (m *Model) Metric() string {
	return peek(m, func(model *C.diffpool_model) string { return C.GoString(C.diffpool_model_metric(model)) })
}

// ClassName returns the name of class y. It is empty when there is no such class.
func (m *Model) ClassName(y int) string {
	if y < 0 {
		return ""
	}
	return peek(m, func(model *C.diffpool_model) string {
		return C.GoString(C.diffpool_model_class_name(model, C.size_t(y)))
	})
}

// ClassNames returns the names of all classes, or the words of the vocabulary. One without a name is "".
func (m *Model) ClassNames() []string {
	return peek(m, func(model *C.diffpool_model) []string {
		names := make([]string, toInt(C.diffpool_model_class_count(model)))
		for y := range names {
			names[y] = C.GoString(C.diffpool_model_class_name(model, C.size_t(y)))
		}
		return names
	})
}

// ClassCount returns the number of classes, or of words in the vocabulary of a model of sequences; like the other counts
// it is 0 for a closed model.
func (m *Model) ClassCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_class_count(model) })
}

// TargetCount returns the number of targets of a graph: 1 for classes, else labels, numbers or words.
func (m *Model) TargetCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_target_count(model) })
}

// OutputCount returns the number of logits of a graph.
func (m *Model) OutputCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_output_count(model) })
}

// EmbeddingWidth returns the number of columns of the embedding of a graph.
func (m *Model) EmbeddingWidth() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_embedding_width(model) })
}

// LevelCount returns how often the model pools, 0 for a flat model.
func (m *Model) LevelCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_level_count(model) })
}

// ParameterCount returns the number of trained values.
func (m *Model) ParameterCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_parameter_count(model) })
}

// FeatureCount returns the number of features that the nodes of a graph must come with, 0 if the model uses none.
func (m *Model) FeatureCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_feature_count(model) })
}

// CategoryCount returns the number of categories that the nodes of a graph must come with, 0 if the model uses none.
func (m *Model) CategoryCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_category_count(model) })
}

// RelationCount returns the number of kinds of edges that the model tells apart, at least 1.
func (m *Model) RelationCount() int {
	return count(m, func(model *C.diffpool_model) C.size_t { return C.diffpool_model_relation_count(model) })
}

// Directed reports whether the model is for graphs whose edges keep their direction.
func (m *Model) Directed() bool {
	return peek(m, func(model *C.diffpool_model) bool { return C.diffpool_model_is_directed(model) != 0 })
}

// UsesNodeLabels reports whether the nodes of a graph must come with a label.
func (m *Model) UsesNodeLabels() bool {
	return peek(m, func(model *C.diffpool_model) bool { return C.diffpool_model_uses_node_labels(model) != 0 })
}

// Relations returns the edge labels that are a relation of the model each, in ascending order: every edge of a graph
// must come with one of them. It is nil for a model that takes all edges for one kind.
func (m *Model) Relations() ([]int64, error) {
	return nilIfEmpty(readArray(m, func(model *C.diffpool_model, out []int64, needed *C.size_t,
		failure *cError) cStatus {
		return C.diffpool_model_copy_relations(model, int64Pointer(out), lengthOf(out), needed, failure)
	}))
}

// Check returns the error that predicting a graph would return, or nil if the model takes the graph.
func (m *Model) Check(graph GraphData) error {
	return withFilled(graph, func(graph *C.diffpool_graph) error {
		return read(m, func(model *C.diffpool_model, failure *cError) cStatus {
			return C.diffpool_model_check(model, graph, failure)
		})
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
		tensors := make([]TensorInfo, toInt(C.diffpool_model_tensor_count(model)))
		for i := range tensors {
			info, err := tensorInfo(model, C.diffpool_model_tensor_name(model, C.size_t(i)))
			if err != nil {
				return nil, err
			}
			tensors[i] = info
		}
		return tensors, nil
	})
}

func tensorInfo(model *C.diffpool_model, name *C.char) (TensorInfo, error) {
	shape, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_copy_tensor_shape(model, name, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return TensorInfo{}, err
	}
	var trained C.int
	err = check(func(failure *cError) cStatus {
		return C.diffpool_model_tensor_trained(model, name, &trained, failure)
	})
	return TensorInfo{Name: C.GoString(name), Shape: toInts(shape), Trained: trained != 0}, err
}

// Tensor returns a copy of the values of a tensor.
func (m *Model) Tensor(name string) ([]float32, error) {
	text, err := toText("the name", name)
	if err != nil {
		return nil, err
	}
	return readArray(m, func(model *C.diffpool_model, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_copy_tensor(model, text, floatPointer(out), lengthOf(out), needed, failure)
	})
}

// SetTensor replaces the values of a tensor. It is an error while a session or a predictor uses the model.
func (m *Model) SetTensor(name string, values []float32) error {
	text, err := toText("the name", name)
	if err != nil {
		return err
	}
	return change(m, func(model *C.diffpool_model, failure *cError) cStatus {
		return C.diffpool_model_set_tensor(model, text, floatPointer(values), lengthOf(values), failure)
	})
}
