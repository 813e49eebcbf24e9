package diffpool

// #include <diffpool.h>
import "C"

import (
	"errors"
	"math"
)

// Evaluation is how well a model does on some graphs.
type Evaluation struct {
	Loss float64
	// Accuracy, MacroF1 and ROCAUC are those of Metrics, or not a number where the task has no such metric.
	Accuracy float64
	MacroF1  float64
	// ROCAUC is not a number unless there are two classes, or labels, and graphs of both kinds.
	ROCAUC float64
	// Metrics has all metrics of the task by name, such as "average_precision" or "rmse". They are not a number where
	// the graphs do not define them. ByTarget has those of every label, number or word by itself.
	Metrics  map[string]float64
	ByTarget map[string][]float64
	// Confusion[y][class] counts the graphs of class y that were taken for class. It is nil where there are no classes.
	Confusion [][]int
	// Predictions has a class for every graph, in the order of the indices; or as many labels or words as the model has
	// targets for every graph. It is empty for a regression.
	Predictions []int
	// Logits has a row for every graph. It is empty for sequences.
	Logits Matrix
	// Clusters has the diagnostics of every pooling level; none when the key diagnostics is off.
	Clusters []ClusterDiagnostics
}

// Evaluate predicts some graphs of a data set, or all of them for [All]. With threads 0 it uses all cores; the result
// does not depend on the number.
func Evaluate(model *Model, dataset *Dataset, indices []int, threads int) (Evaluation, error) {
	count, err := toSize("threads", threads)
	if err != nil {
		return Evaluation{}, err
	}
	return whileReading(model, func(model *C.diffpool_model) (Evaluation, error) {
		outputs, err := modelOutputs(model)
		if err != nil {
			return Evaluation{}, err
		}
		return newEvaluation(dataset, indices, outputs, func(dataset *C.diffpool_dataset, indices *C.size_t,
			length C.size_t, out **C.diffpool_evaluation, failure *cError) cStatus {
			return C.diffpool_evaluate(model, dataset, indices, length, count, out, failure)
		})
	})
}

func modelOutputs(model *C.diffpool_model) (int, error) {
	return sizeOf(func(out *C.size_t, failure *cError) cStatus { return C.diffpool_model_outputs(model, out, failure) })
}

// Evaluator does what [Evaluate] does, and keeps its threads and its memory for the next time: for a model that is
// evaluated again and again.
type Evaluator struct {
	evaluatorOwner
	outputs int
}

func (*Evaluator) what() string {
	return "evaluator"
}

// NewEvaluator makes an evaluator. It keeps what it needs of the model, which may be closed. With threads 0 it uses all
// cores; the results do not depend on the number.
func NewEvaluator(model *Model, threads int) (*Evaluator, error) {
	count, err := toSize("threads", threads)
	if err != nil {
		return nil, err
	}
	return whileReading(model, func(model *C.diffpool_model) (*Evaluator, error) {
		outputs, err := modelOutputs(model)
		if err != nil {
			return nil, err
		}
		owner, err := newOwner(
			func(evaluator *C.diffpool_evaluator) { C.diffpool_evaluator_free(evaluator) },
			func(out **C.diffpool_evaluator, failure *cError) cStatus {
				return C.diffpool_evaluator_new(model, count, out, failure)
			})
		if err != nil {
			return nil, err
		}
		return &Evaluator{owner, outputs}, nil
	})
}

// Close frees the evaluator and ends its threads.
func (e *Evaluator) Close() error {
	return closeObject[*C.diffpool_evaluator](e)
}

// Evaluate predicts some graphs of a data set, or all of them for [All].
func (e *Evaluator) Evaluate(dataset *Dataset, indices []int) (Evaluation, error) {
	return whileChanging(e, func(evaluator *C.diffpool_evaluator) (Evaluation, error) {
		return newEvaluation(dataset, indices, e.outputs, func(dataset *C.diffpool_dataset, indices *C.size_t,
			length C.size_t, out **C.diffpool_evaluation, failure *cError) cStatus {
			return C.diffpool_evaluator_evaluate(evaluator, dataset, indices, length, out, failure)
		})
	})
}

// newEvaluation evaluates graphs of a data set, and copies the library's object: it is small, so Go code need not close
// another one.
func newEvaluation(dataset *Dataset, indices []int, outputs int, make func(dataset *C.diffpool_dataset,
	indices *C.size_t, length C.size_t, out **C.diffpool_evaluation, failure *cError) cStatus) (Evaluation, error) {
	graphs, err := toGraphs("indices", indices)
	if err != nil {
		return Evaluation{}, err
	}
	var evaluation *C.diffpool_evaluation
	if err := read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return make(dataset, graphs.pointer(), graphs.length, &evaluation, failure)
	}); err != nil {
		return Evaluation{}, err
	}
	defer C.diffpool_evaluation_free(evaluation)
	return copyEvaluation(evaluation, outputs)
}

func copyEvaluation(evaluation *C.diffpool_evaluation, outputs int) (result Evaluation, err error) {
	result.Loss, err = numberOf(func(out *C.double, failure *cError) cStatus {
		return C.diffpool_evaluation_loss(evaluation, out, failure)
	})
	if err != nil {
		return result, err
	}
	result.Accuracy, err = numberOf(func(out *C.double, failure *cError) cStatus {
		return C.diffpool_evaluation_accuracy(evaluation, out, failure)
	})
	if err != nil {
		return result, err
	}
	result.MacroF1, result.ROCAUC = math.NaN(), math.NaN()
	result.Metrics, result.ByTarget = map[string]float64{}, map[string][]float64{}
	for _, name := range metricNames {
		value, byTarget, err := metricOf(evaluation, name)
		if errors.Is(err, InvalidArgument) {
			continue
		}
		if err != nil {
			return result, err
		}
		result.Metrics[name], result.ByTarget[name] = value, byTarget
		switch name {
		case "macro_f1":
			result.MacroF1 = value
		case "roc_auc":
			result.ROCAUC = value
		}
	}
	if result.Confusion, err = confusion(evaluation); err != nil {
		return result, err
	}
	if result.Clusters, err = evaluationClusters(evaluation); err != nil {
		return result, err
	}
	predictions, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_predictions(evaluation, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return result, err
	}
	result.Predictions = toInts(predictions)
	result.Logits.Data, err = arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_logits(evaluation, floatPointer(out), lengthOf(out), needed, failure)
	})
	result.Logits.Rows, result.Logits.Columns = len(result.Logits.Data)/outputs, outputs
	return result, err
}

func confusion(evaluation *C.diffpool_evaluation) ([][]int, error) {
	counts, err := arrayOf(func(out []C.uint64_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_confusion(evaluation, first(out), lengthOf(out), needed, failure)
	})
	if err != nil || len(counts) == 0 {
		return nil, err
	}
	rows := make([][]int, int(math.Sqrt(float64(len(counts)))))
	for y := range rows {
		rows[y] = make([]int, len(rows))
		for class := range rows[y] {
			rows[y][class] = int(counts[y*len(rows)+class])
		}
	}
	return rows, nil
}
