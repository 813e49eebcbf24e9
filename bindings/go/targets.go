//go:build cgo

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
// missing, and takes no part in losses and metrics.
func (d *Dataset) SetTargets(targets Matrix) error {
	rows, err := toSize("Rows", targets.Rows)
	if err != nil {
		return err
	}
	columns, err := toSize("Columns", targets.Columns)
	if err != nil {
		return err
	}
	// Divided, because a product of two numbers from outside can overflow.
	if length := len(targets.Data); targets.Rows == 0 && length != 0 ||
		targets.Rows > 0 && (length%targets.Rows != 0 || length/targets.Rows != targets.Columns) {
		return mismatch("the targets have %d values, not %d rows of %d", length, targets.Rows, targets.Columns)
	}
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_set_targets(dataset, floatPointer(targets.Data), rows, columns, failure)
	})
}

// UseGraphAttributesAsTargets makes the attributes of the graphs, which a folder in TU format may have, their targets.
func (d *Dataset) UseGraphAttributesAsTargets() error {
	return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_use_graph_attributes_as_targets(dataset, failure)
	})
}

// SetVocabulary says before the first graph that all will have words, out of a vocabulary of so many, of which a model
// predicts the first length. Words are numbers: those below count-2 can be told apart, count-2 is any other word, and
// count-1 is the end, which may be left out. Numbers from count up are words beyond the vocabulary. Names are the words,
// and become the names of the classes; nil leaves them without.
func (d *Dataset) SetVocabulary(names []string, count, length int) error {
	return withVocabulary(names, count, length, func(names **C.char, count, length C.size_t) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_set_vocabulary(dataset, names, count, length, failure)
		})
	})
}

// withVocabulary makes a call with a vocabulary.
func withVocabulary(names []string, count, length int, call func(names **C.char, count, length C.size_t) error) error {
	words, err := toSize("the vocabulary", count)
	if err != nil {
		return err
	}
	predicted, err := toSize("the length", length)
	if err != nil {
		return err
	}
	if names == nil {
		return call(nil, words, predicted)
	}
	if len(names) != count {
		return mismatch("there are %d names for a vocabulary of %d words", len(names), count)
	}
	return withNames(names, func(array **C.char, _ C.size_t) error { return call(array, words, predicted) })
}

// TargetCount returns the number of targets of every graph, 0 where there are none.
func (d *Dataset) TargetCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_target_count(dataset) })
}

// SequenceLength returns how many words of a sequence are to be predicted, 0 where there are no sequences.
func (d *Dataset) SequenceLength() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_sequence_length(dataset) })
}
