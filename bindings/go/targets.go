package diffpool

// #include <diffpool.h>
import "C"

// The tasks that the key "task" of a [Config] chooses from.
const (
	Multiclass = "multiclass" // one of several classes, those that graphs were added with
	Binary     = "binary"     // one target of 0 or 1
	Multilabel = "multilabel" // several targets of 0 or 1
	Regression = "regression" // one or several numbers
	Sequence   = "sequence"   // the first words of a sequence
)

// SetTargets gives every graph targets, in place of any that it has: a row a graph. A value that is not a number is
// missing, and takes no part in losses and metrics. After it no graph can be added.
func (d *Dataset) SetTargets(targets Matrix) error {
	width, err := targets.checkTargets()
	if err != nil {
		return err
	}
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_set_targets(dataset, floatPointer(targets.Data), lengthOf(targets.Data), width,
			failure)
	})
}

// UseGraphAttributesAsTargets makes the attributes of the graphs, which a folder in TU format may have, their targets.
func (d *Dataset) UseGraphAttributesAsTargets() error {
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_use_graph_attributes_as_targets(dataset, failure)
	})
}

// SetSequences gives every graph a sequence of words, of which the first length are to be predicted. Words are numbers:
// those below vocabulary-2 can be told apart, vocabulary-2 is any other word, and vocabulary-1 is the end, which may be
// left out. Numbers from vocabulary up are words beyond the vocabulary. [Dataset.SetClassNames] names the words; names
// that are there already must be as many. After it no graph can be added.
func (d *Dataset) SetSequences(sequences [][]int, length, vocabulary int) error {
	flat, err := flatten(sequences, length, vocabulary)
	if err != nil {
		return err
	}
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_set_sequences(dataset, first(flat.offsets), lengthOf(flat.offsets),
			int64Pointer(flat.words), lengthOf(flat.words), flat.length, flat.vocabulary, failure)
	})
}

// flatSequences are sequences of words as the library takes them.
type flatSequences struct {
	offsets            []C.size_t
	words              []int64
	length, vocabulary C.size_t
}

func flatten(sequences [][]int, length, vocabulary int) (flatSequences, error) {
	flat := flatSequences{offsets: make([]C.size_t, 1, len(sequences)+1)}
	var err error
	if flat.length, err = toSize("the length", length); err != nil {
		return flat, err
	}
	if flat.vocabulary, err = toSize("the vocabulary", vocabulary); err != nil {
		return flat, err
	}
	for _, sequence := range sequences {
		for _, word := range sequence {
			flat.words = append(flat.words, int64(word))
		}
		flat.offsets = append(flat.offsets, lengthOf(flat.words))
	}
	return flat, nil
}

// checkTargets makes sure that there are as many values as rows and columns say.
func (m Matrix) checkTargets() (columns C.size_t, err error) {
	if columns, err = toSize("Columns", m.Columns); err != nil {
		return 0, err
	}
	if m.Rows < 0 || m.Rows*m.Columns != len(m.Data) {
		return 0, mismatch("the targets have %d values, not %d rows of %d", len(m.Data), m.Rows, m.Columns)
	}
	return columns, nil
}

// TargetWidth returns the number of targets of a graph, 0 where there are none.
func (d *Dataset) TargetWidth() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_target_width(dataset, out, failure)
	})
}

// SequenceLength returns how many words of a sequence are to be predicted, 0 where there are no sequences.
func (d *Dataset) SequenceLength() int {
	return count(d, func(dataset *C.diffpool_dataset, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_sequence_length(dataset, out, failure)
	})
}

// Targets returns a copy of the targets of graph i; those that are missing are not numbers.
func (d *Dataset) Targets(i int) ([]float32, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return nil, err
	}
	return readArray(d, func(dataset *C.diffpool_dataset, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_dataset_copy_targets(dataset, index, floatPointer(out), lengthOf(out), needed, failure)
	})
}

// Sequence returns a copy of the words of graph i, without the end.
func (d *Dataset) Sequence(i int) ([]int, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return nil, err
	}
	words, err := readArray(d, func(dataset *C.diffpool_dataset, out []int64, needed *C.size_t,
		failure *cError) cStatus {
		return C.diffpool_dataset_copy_sequence(dataset, index, int64Pointer(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return nil, err
	}
	result := make([]int, len(words))
	for i, word := range words {
		result[i] = int(word)
	}
	return result, nil
}

// Task returns what the model predicts, such as [Multiclass].
func (m *Model) Task() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_task(model, out, failure)
	})
}

// Metric returns the name of the metric that the history of training records.
func (m *Model) Metric() (string, error) {
	return readText(m, func(model *C.diffpool_model, out **C.char, failure *cError) cStatus {
		return C.diffpool_model_metric(model, out, failure)
	})
}

// Targets returns the number of targets of a graph: 1 for classes, else labels, numbers or words.
func (m *Model) Targets() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_targets(model, out, failure)
	})
}

// Outputs returns the number of logits of a graph.
func (m *Model) Outputs() int {
	return count(m, func(model *C.diffpool_model, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_model_outputs(model, out, failure)
	})
}

// metricNames are those of [Evaluation.Metrics].
var metricNames = []string{"accuracy", "macro_f1", "micro_f1", "roc_auc", "average_precision", "rmse", "mae",
	"sequence_f1"}

// metricOf returns a metric over all targets and one a target. An error of the status [InvalidArgument] says that the
// task is not measured by it.
func metricOf(evaluation *C.diffpool_evaluation, metric string) (value float64, byTarget []float64, err error) {
	name, err := toText("the metric", metric)
	if err != nil {
		return 0, nil, err
	}
	value, err = numberOf(func(out *C.double, failure *cError) cStatus {
		return C.diffpool_evaluation_metric(evaluation, name, out, failure)
	})
	if err != nil {
		return 0, nil, err
	}
	byTarget, err = arrayOf(func(out []float64, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_metric_by_target(evaluation, name, doublePointer(out), lengthOf(out), needed,
			failure)
	})
	return value, byTarget, err
}
