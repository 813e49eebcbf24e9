package diffpool

// #include <diffpool.h>
import "C"

import (
	"errors"
	"math"
)

// Evaluation is how well a model does on some graphs.
type Evaluation struct {
	Loss     float64
	Accuracy float64
	MacroF1  float64
	// ROCAUC is not a number unless there are two classes and graphs of both.
	ROCAUC float64
	// Confusion[y][class] counts the graphs of class y that were taken for class.
	Confusion [][]int
	// Predictions has a class for every graph, in the order of the indices, and Logits has a row for each.
	Predictions []int
	Logits      Matrix
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
	var raw *C.diffpool_evaluation
	var failure *C.diffpool_error
	status := C.diffpool_evaluate((*C.diffpool_model)(modelPointer), (*C.diffpool_dataset)(datasetPointer),
		first(sizes), C.size_t(len(sizes)), count, &raw, &failure)
	if err := check(status, failure); err != nil {
		return Evaluation{}, err
	}
	defer C.diffpool_evaluation_free(raw)
	return copyEvaluation(raw)
}

// copyEvaluation copies the library's object: it is small, so Go code need not close another one.
func copyEvaluation(raw *C.diffpool_evaluation) (Evaluation, error) {
	var result Evaluation
	var failure *C.diffpool_error
	var loss, accuracy, macroF1 C.double
	if err := check(C.diffpool_evaluation_loss(raw, &loss, &failure), failure); err != nil {
		return result, err
	}
	if err := check(C.diffpool_evaluation_accuracy(raw, &accuracy, &failure), failure); err != nil {
		return result, err
	}
	if err := check(C.diffpool_evaluation_macro_f1(raw, &macroF1, &failure), failure); err != nil {
		return result, err
	}
	result.Loss, result.Accuracy, result.MacroF1 = float64(loss), float64(accuracy), float64(macroF1)
	var err error
	if result.ROCAUC, err = rocAUC(raw); err != nil {
		return result, err
	}
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
	result.Logits.Rows, result.Logits.Columns = len(result.Predictions), len(result.Confusion)
	return result, err
}

func rocAUC(raw *C.diffpool_evaluation) (float64, error) {
	var value C.double
	var failure *C.diffpool_error
	err := check(C.diffpool_evaluation_roc_auc(raw, &value, &failure), failure)
	if errors.Is(err, InvalidState) {
		return math.NaN(), nil
	}
	return float64(value), err
}

func confusion(raw *C.diffpool_evaluation) ([][]int, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	if err := check(C.diffpool_evaluation_confusion(raw, nil, 0, &needed, &failure), failure); err != nil {
		return nil, err
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
