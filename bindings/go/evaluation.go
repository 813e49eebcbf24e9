//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"context"
	"encoding/json"
	"math"
)

// Evaluation is how well a model does on some graphs.
type Evaluation struct {
	// Metrics are the numbers of the evaluation by their names: "loss", its parts "class_loss", "link_loss" and
	// "entropy_loss", the "calibration_error" of the probabilities (see [Predictor.Calibrate]), the "metric" that the
	// configuration names, and all metrics of the task, such as "accuracy", "macro_f1", "roc_auc", "average_precision",
	// "rmse" or "sequence_f1". Those that the graphs do not define, or the task is not measured by, are left out.
	Metrics Numbers
	// ByTarget has the metrics of the task for every label, number or word by itself. They are not a number where the
	// graphs do not define them.
	ByTarget map[string][]float64
	// Confusion[y][class] counts the graphs of class y that were taken for class. It is nil where there are no classes.
	Confusion [][]int
	// Predictions has a class for every graph, in the order of the indices; or as many labels or words as the model has
	// targets for every graph. It is empty for a regression.
	Predictions []int
	// Logits has a row for every graph. It is empty for sequences.
	Logits Matrix
	// Clusters are the diagnostics of every pooling level, by the names that [Session.Diagnostic] takes; none when the
	// key diagnostics is off.
	Clusters []Numbers
	// JSON has the numbers and the confusion matrix as a JSON object.
	JSON string
}

// Metric returns one of the numbers of the evaluation by its name, or NaN where it is not defined.
func (e Evaluation) Metric(name string) float64 {
	return e.Metrics.Get(name)
}

// Evaluate predicts some graphs of a data set, or all of them for [All], and compares with their targets. The results
// of the last prediction stay.
func (p *Predictor) Evaluate(ctx context.Context, dataset *Dataset, indices []int, options ...Option) (Evaluation,
	error) {
	graphs, err := toGraphs("indices", indices)
	if err != nil {
		return Evaluation{}, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (Evaluation, error) {
		return whileChanging(p, func(predictor *C.diffpool_predictor) (Evaluation, error) {
			var evaluation *C.diffpool_evaluation
			if err := read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
				return C.diffpool_predictor_evaluate(predictor, dataset, graphs.pointer(), graphs.length, control,
					&evaluation, failure)
			}); err != nil {
				return Evaluation{}, err
			}
			// The library's object is small, so it is copied, and Go code need not close another one.
			defer C.diffpool_evaluation_free(evaluation)
			return copyEvaluation(evaluation, p.outputs)
		})
	})
}

// taskMetrics are the names of the metrics of tasks.
var taskMetrics = []string{
	"accuracy", "macro_f1", "micro_f1", "roc_auc", "average_precision", "rmse", "mae", "sequence_f1",
}

func copyEvaluation(evaluation *C.diffpool_evaluation, outputs int) (result Evaluation, err error) {
	names := append([]string{"loss", "class_loss", "link_loss", "entropy_loss", "calibration_error", "metric"},
		taskMetrics...)
	result.Metrics = numbersOf(names, "", func(name *C.char) C.double {
		return C.diffpool_evaluation_metric(evaluation, name)
	})
	if result.JSON, err = textOf(func(out **C.char, failure *cError) cStatus {
		return C.diffpool_evaluation_json(evaluation, out, failure)
	}); err != nil {
		return result, err
	}
	if result.ByTarget, err = metricsByTarget(evaluation, result.JSON); err != nil {
		return result, err
	}
	if result.Confusion, err = confusion(evaluation); err != nil {
		return result, err
	}
	result.Clusters = clustersOf(C.diffpool_evaluation_level_count(evaluation), "",
		func(level C.size_t, name *C.char) C.double {
			return C.diffpool_evaluation_diagnostic(evaluation, level, name)
		})
	predictions, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_copy_predictions(evaluation, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return result, err
	}
	result.Predictions = toInts(predictions)
	result.Logits.Data, err = arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_copy_logits(evaluation, floatPointer(out), lengthOf(out), needed, failure)
	})
	result.Logits.Rows, result.Logits.Columns = len(result.Logits.Data)/outputs, outputs
	return result, err
}

// metricsByTarget copies the metrics that the task is measured by, which are those that the JSON names.
func metricsByTarget(evaluation *C.diffpool_evaluation, text string) (map[string][]float64, error) {
	var known map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &known); err != nil {
		return nil, err
	}
	metrics := map[string][]float64{}
	for _, metric := range taskMetrics {
		if _, has := known[metric]; !has {
			continue
		}
		name, err := toText("the metric", metric)
		if err != nil {
			return nil, err
		}
		if metrics[metric], err = arrayOf(func(out []float64, needed *C.size_t, failure *cError) cStatus {
			return C.diffpool_evaluation_copy_metric_by_target(evaluation, name, doublePointer(out), lengthOf(out), needed,
				failure)
		}); err != nil {
			return nil, err
		}
	}
	return metrics, nil
}

func confusion(evaluation *C.diffpool_evaluation) ([][]int, error) {
	counts, err := arrayOf(func(out []C.uint64_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_evaluation_copy_confusion(evaluation, first(out), lengthOf(out), needed, failure)
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
