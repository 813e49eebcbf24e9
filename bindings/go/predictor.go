//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"context"
	"fmt"
)

// Predictor predicts many graphs in one call, on many threads, and evaluates a model. It keeps its threads and its
// memory between calls. The results have the same bits as those of a [Session], however many threads there are.
type Predictor struct {
	predictorOwner
	task                    string
	outputs, targets, width int
	graphs                  *[]*scratch
}

// Result is what a model says of one of many graphs.
type Result struct {
	Prediction
	// Err says why the graph was refused; then there is no prediction, and its class is [NoClass].
	Err error
}

func (*Predictor) what() string {
	return "predictor"
}

// NewPredictor makes a predictor. It keeps what it needs of the model, which may be closed. With threads 0 it uses all
// cores.
func NewPredictor(model *Model, threads int) (*Predictor, error) {
	count, err := toSize("threads", threads)
	if err != nil {
		return nil, err
	}
	return whileReading(model, func(model *C.diffpool_model) (*Predictor, error) {
		graphs := new([]*scratch)
		owner, err := newOwner(
			func(predictor *C.diffpool_predictor) {
				C.diffpool_predictor_free(predictor)
				for _, graph := range *graphs {
					graph.free()
				}
			},
			func(out **C.diffpool_predictor, failure *cError) cStatus {
				return C.diffpool_predictor_new(model, count, out, failure)
			})
		if err != nil {
			return nil, err
		}
		return &Predictor{
			predictorOwner: owner,
			task:           C.GoString(C.diffpool_model_task(model)),
			outputs:        toInt(C.diffpool_model_output_count(model)),
			targets:        toInt(C.diffpool_model_target_count(model)),
			width:          toInt(C.diffpool_model_embedding_width(model)),
			graphs:         graphs,
		}, nil
	})
}

// Close frees the predictor and ends its threads.
func (p *Predictor) Close() error {
	return closeObject[*C.diffpool_predictor](p)
}

// Predict predicts graphs. One that is refused, such as one with too many features or one beyond a limit, has an error
// of its own among the results, and does not keep the others from being predicted.
func (p *Predictor) Predict(ctx context.Context, graphs []GraphData, options ...Option) ([]Result, error) {
	return withControl(ctx, options, func(control *C.diffpool_control) ([]Result, error) {
		return whileChanging(p, func(predictor *C.diffpool_predictor) ([]Result, error) {
			filled, refused, err := p.fill(graphs)
			if err != nil {
				return nil, err
			}
			if err := check(func(failure *cError) cStatus {
				return C.diffpool_predictor_predict(predictor, first(filled), lengthOf(filled), control, failure)
			}); err != nil {
				return nil, err
			}
			results, err := p.results(predictor)
			if err != nil {
				return nil, err
			}
			for i, why := range refused {
				results[i].Err = why
			}
			return results, nil
		})
	})
}

// fill puts graphs into those of the library. One that cannot even be handed over is refused, too: an empty graph,
// which the library will not predict, takes its place, so that results keep their numbers.
func (p *Predictor) fill(graphs []GraphData) (filled []*C.diffpool_graph, refused map[int]error, err error) {
	filled, refused = make([]*C.diffpool_graph, len(graphs)), map[int]error{}
	for i, graph := range graphs {
		if i == len(*p.graphs) {
			*p.graphs = append(*p.graphs, &scratch{})
		}
		place := (*p.graphs)[i]
		if err := place.fill(graph); err != nil {
			if err := place.fill(Graph{}); err != nil {
				return nil, nil, err
			}
			refused[i] = err
		}
		filled[i] = place.raw
	}
	return filled, refused, nil
}

// PredictBatch predicts many graphs that are given as one, in the layout of [Dataset.AddBatch].
func (p *Predictor) PredictBatch(ctx context.Context, batch GraphData, nodeOffsets []int64,
	options ...Option) ([]Result, error) {
	return withControl(ctx, options, func(control *C.diffpool_control) ([]Result, error) {
		return whileChanging(p, func(predictor *C.diffpool_predictor) ([]Result, error) {
			return withScratch(func(graph *scratch) ([]Result, error) {
				if err := graph.fill(batch); err != nil {
					return nil, err
				}
				if err := check(func(failure *cError) cStatus {
					return C.diffpool_predictor_predict_batch(predictor, graph.raw, int64Pointer(nodeOffsets),
						lengthOf(nodeOffsets), control, failure)
				}); err != nil {
					return nil, err
				}
				return p.results(predictor)
			})
		})
	})
}

// PredictFrom predicts some graphs of a data set, or all of them for [All]. Their targets are not looked at.
func (p *Predictor) PredictFrom(ctx context.Context, dataset *Dataset, indices []int, options ...Option) ([]Result,
	error) {
	graphs, err := toGraphs("indices", indices)
	if err != nil {
		return nil, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) ([]Result, error) {
		return whileChanging(p, func(predictor *C.diffpool_predictor) ([]Result, error) {
			if err := read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
				return C.diffpool_predictor_predict_dataset(predictor, dataset, graphs.pointer(), graphs.length, control,
					failure)
			}); err != nil {
				return nil, err
			}
			return p.results(predictor)
		})
	})
}

// Calibrate makes a model whose probabilities fit some graphs of a data set, or all of them for [All], which should not
// be those that it was trained on: a temperature that all logits are divided by becomes part of the last layer. What is
// predicted stays. How well probabilities fit is the metric "calibration_error" of an [Evaluation]; the temperature is
// written down as "diffpool.calibration_temperature", see [Model.Metadata]. The predictor keeps its own model, and the
// results of its last prediction.
func (p *Predictor) Calibrate(ctx context.Context, dataset *Dataset, indices []int, options ...Option) (*Model, error) {
	graphs, err := toGraphs("indices", indices)
	if err != nil {
		return nil, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (*Model, error) {
		return whileChanging(p, func(predictor *C.diffpool_predictor) (*Model, error) {
			return whileReading(dataset, func(dataset *C.diffpool_dataset) (*Model, error) {
				return newModel(func(out **C.diffpool_model, failure *cError) cStatus {
					return C.diffpool_predictor_calibrate(predictor, dataset, graphs.pointer(), graphs.length, control, out,
						failure)
				})
			})
		})
	})
}

// results copies what came out. Slices of one kind share an array.
func (p *Predictor) results(predictor *C.diffpool_predictor) ([]Result, error) {
	results := make([]Result, toInt(C.diffpool_predictor_graph_count(predictor)))
	logits, err := fill(len(results)*p.outputs, func(out []float32, failure *cError) cStatus {
		return C.diffpool_predictor_copy_logits(predictor, floatPointer(out), lengthOf(out), nil, failure)
	})
	if err != nil {
		return nil, err
	}
	probabilities, err := arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_predictor_copy_probabilities(predictor, floatPointer(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return nil, err
	}
	predictions, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_predictor_copy_predictions(predictor, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return nil, err
	}
	for i := range results {
		result := &results[i]
		result.Class = NoClass
		if status := C.diffpool_predictor_status(predictor, C.size_t(i)); status != C.DIFFPOOL_STATUS_OK {
			message := C.GoString(C.diffpool_predictor_message(predictor, C.size_t(i)))
			result.Err = &Error{Status(status), message}
			continue
		}
		result.Logits = rowOf(logits, i, p.outputs)
		if p.task == Regression {
			continue
		}
		result.Probabilities = rowOf(probabilities, i, p.outputs)
		result.Predictions = untilEnd(rowOf(predictions, i, p.targets))
		if p.task == Multiclass || p.task == Binary {
			result.Class = result.Predictions[0]
		}
	}
	return results, nil
}

// rowOf is a row of values that cannot grow into the next.
func rowOf[E any](values []E, row, columns int) []E {
	return values[row*columns : (row+1)*columns : (row+1)*columns]
}

// untilEnd copies predictions up to where a sequence ends.
func untilEnd(predictions []C.size_t) []int {
	for i, prediction := range predictions {
		if prediction == everything {
			predictions = predictions[:i]
			break
		}
	}
	return toInts(predictions)
}

// Embeddings returns the vectors for the graphs of the last prediction: a row a graph, NaN for one that was
// refused.
func (p *Predictor) Embeddings() (Matrix, error) {
	data, err := readArray(p, func(predictor *C.diffpool_predictor, out []float32, needed *C.size_t,
		failure *cError) cStatus {
		return C.diffpool_predictor_copy_embeddings(predictor, floatPointer(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return Matrix{}, err
	}
	return Matrix{len(data) / p.width, p.width, data}, nil
}

// Top returns the k most probable classes of every graph of the last prediction and their probabilities, the most
// probable first. A graph that was refused has -1 for every class.
func (p *Predictor) Top(k int) (classes [][]int, probabilities Matrix, err error) {
	size, err := toSize("k", k)
	if err != nil {
		return nil, Matrix{}, err
	}
	_, err = whileReading(p, func(predictor *C.diffpool_predictor) (nothing, error) {
		if k > p.outputs {
			return nothing{}, &Error{ErrInvalidArgument, fmt.Sprintf("k is %d, but there are %d classes", k, p.outputs)}
		}
		graphs := toInt(C.diffpool_predictor_graph_count(predictor))
		best := make([]C.size_t, graphs*k)
		probabilities = Matrix{graphs, k, make([]float32, len(best))}
		if err := check(func(failure *cError) cStatus {
			return C.diffpool_predictor_copy_top(predictor, first(best), floatPointer(probabilities.Data), size, failure)
		}); err != nil {
			return nothing{}, err
		}
		classes = make([][]int, graphs)
		for graph := range classes {
			classes[graph] = make([]int, k)
			for i, class := range rowOf(best, graph, k) {
				classes[graph][i] = NoClass
				if class != everything {
					classes[graph][i] = toInt(class)
				}
			}
		}
		return nothing{}, nil
	})
	if err != nil {
		return nil, Matrix{}, err
	}
	return classes, probabilities, nil
}
