package diffpool

// #include <diffpool.h>
import "C"

import (
	"math"
	"unsafe"
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

// Evaluate predicts some graphs of a data set, or all of them for nil. With threads 0 it uses all cores; the result
// does not depend on the number.
func Evaluate(model *Model, dataset *Dataset, indices []int, threads int) (Evaluation, error) {
	sizes, err := toSizes("indices", indices)
	if err != nil {
		return Evaluation{}, err
	}
	count, err := toSize("threads", threads)
	if err != nil {
		return Evaluation{}, err
	}
	modelPointer, err := model.raw().read("model")
	if err != nil {
		return Evaluation{}, err
	}
	defer model.handle.doneReading()
	datasetPointer, err := dataset.raw().read("data set")
	if err != nil {
		return Evaluation{}, err
	}
	defer dataset.handle.doneReading()
	outputs, err := modelOutputs((*C.diffpool_model)(modelPointer))
	if err != nil {
		return Evaluation{}, err
	}
	var raw *C.diffpool_evaluation
	var failure *C.diffpool_error
	status := C.diffpool_evaluate((*C.diffpool_model)(modelPointer), (*C.diffpool_dataset)(datasetPointer),
		first(sizes), C.size_t(len(sizes)), count, &raw, &failure)
	if err := check(status, failure); err != nil {
		return Evaluation{}, err
	}
	defer C.diffpool_evaluation_free(raw)
	return copyEvaluation(raw, outputs)
}

func modelOutputs(model *C.diffpool_model) (int, error) {
	return readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_outputs(model, out, failure)
	})
}

// Evaluator does what [Evaluate] does, and keeps its threads and its memory for the next time: for a model that is
// evaluated again and again.
type Evaluator struct {
	handle  *handle
	outputs int
}

// NewEvaluator makes an evaluator. It keeps what it needs of the model, which may be closed. With threads 0 it uses all
// cores; the results do not depend on the number.
func NewEvaluator(model *Model, threads int) (*Evaluator, error) {
	count, err := toSize("threads", threads)
	if err != nil {
		return nil, err
	}
	pointer, err := model.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer model.handle.doneReading()
	outputs, err := modelOutputs((*C.diffpool_model)(pointer))
	if err != nil {
		return nil, err
	}
	var raw *C.diffpool_evaluator
	var failure *C.diffpool_error
	status := C.diffpool_evaluator_new((*C.diffpool_model)(pointer), count, &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	handle := newHandle("evaluator", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_evaluator_free((*C.diffpool_evaluator)(pointer))
	})
	return &Evaluator{handle, outputs}, nil
}

func (e *Evaluator) raw() *handle {
	if e == nil {
		return nil
	}
	return e.handle
}

// Close frees the evaluator and ends its threads.
func (e *Evaluator) Close() error {
	e.raw().close()
	return nil
}

// Evaluate predicts some graphs of a data set, or all of them for nil.
func (e *Evaluator) Evaluate(dataset *Dataset, indices []int) (Evaluation, error) {
	sizes, err := toSizes("indices", indices)
	if err != nil {
		return Evaluation{}, err
	}
	pointer, err := e.raw().write("evaluator")
	if err != nil {
		return Evaluation{}, err
	}
	defer e.handle.doneWriting()
	datasetPointer, err := dataset.raw().read("data set")
	if err != nil {
		return Evaluation{}, err
	}
	defer dataset.handle.doneReading()
	var raw *C.diffpool_evaluation
	var failure *C.diffpool_error
	status := C.diffpool_evaluator_evaluate((*C.diffpool_evaluator)(pointer), (*C.diffpool_dataset)(datasetPointer),
		first(sizes), C.size_t(len(sizes)), &raw, &failure)
	if err := check(status, failure); err != nil {
		return Evaluation{}, err
	}
	defer C.diffpool_evaluation_free(raw)
	return copyEvaluation(raw, e.outputs)
}

// copyEvaluation copies the library's object: it is small, so Go code need not close another one.
func copyEvaluation(raw *C.diffpool_evaluation, outputs int) (Evaluation, error) {
	var result Evaluation
	var failure *C.diffpool_error
	var loss, accuracy C.double
	if err := check(C.diffpool_evaluation_loss(raw, &loss, &failure), failure); err != nil {
		return result, err
	}
	if err := check(C.diffpool_evaluation_accuracy(raw, &accuracy, &failure), failure); err != nil {
		return result, err
	}
	result.Loss, result.Accuracy = float64(loss), float64(accuracy)
	result.MacroF1, result.ROCAUC = math.NaN(), math.NaN()
	result.Metrics, result.ByTarget = map[string]float64{}, map[string][]float64{}
	for _, name := range metricNames {
		value, byTarget, has, err := metricOf(raw, name)
		if err != nil {
			return result, err
		}
		if has {
			result.Metrics[name], result.ByTarget[name] = value, byTarget
		}
	}
	if value, has := result.Metrics["macro_f1"]; has {
		result.MacroF1 = value
	}
	if value, has := result.Metrics["roc_auc"]; has {
		result.ROCAUC = value
	}
	var err error
	if result.Confusion, err = confusion(raw); err != nil {
		return result, err
	}
	if result.Clusters, err = evaluationClusters(raw); err != nil {
		return result, err
	}
	result.Predictions, err = readSizes(func(out *C.size_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_evaluation_predictions(raw, out, capacity, needed, failure)
	})
	if err != nil {
		return result, err
	}
	result.Logits.Data, err = readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_evaluation_logits(raw, out, capacity, needed, failure)
	})
	result.Logits.Rows, result.Logits.Columns = len(result.Logits.Data)/outputs, outputs
	return result, err
}

func confusion(raw *C.diffpool_evaluation) ([][]int, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	if err := check(C.diffpool_evaluation_confusion(raw, nil, 0, &needed, &failure), failure); err != nil {
		return nil, err
	}
	if needed == 0 {
		return nil, nil
	}
	counts := make([]C.uint64_t, toInt(needed)+1)
	if err := check(C.diffpool_evaluation_confusion(raw, &counts[0], needed, &needed, &failure), failure); err != nil {
		return nil, err
	}
	classes := int(math.Sqrt(float64(needed)))
	rows := make([][]int, classes)
	for y := range rows {
		rows[y] = make([]int, classes)
		for class := range rows[y] {
			rows[y][class] = int(counts[y*classes+class])
		}
	}
	return rows, nil
}
