//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"context"
	"fmt"
)

// Session predicts one graph after the other with a model. It holds the scratch memory of one prediction: give every
// goroutine its own. Once it has seen a graph of the largest size, the library needs no more memory for a prediction.
type Session struct {
	sessionOwner
	task    string
	outputs int
	graph   *scratch
}

// scratch is a graph of the library that is filled again and again.
type scratch struct {
	raw *C.diffpool_graph
}

// fill fills the graph, which is made where there is none.
func (s *scratch) fill(data GraphData) error {
	if s.raw == nil {
		// Not a field of Go memory that has other pointers: see newOwner.
		var raw *C.diffpool_graph
		if err := check(func(failure *cError) cStatus { return C.diffpool_graph_new(&raw, failure) }); err != nil {
			return err
		}
		s.raw = raw
	}
	return fillGraph(data, s.raw)
}

func (s *scratch) free() {
	C.diffpool_graph_free(s.raw)
	s.raw = nil
}

func (*Session) what() string {
	return "session"
}

// Prediction is what a model says of a graph.
type Prediction struct {
	// Class is the predicted class, or [NoClass] where the model does not predict one class.
	Class int
	// Logits are one a class, label or word. Those of a regression are the numbers that it predicts.
	Logits []float32
	// Probabilities are one a logit: of the classes, the labels, or the words of each target in turn. A regression has
	// none.
	Probabilities []float32
	// Predictions are the class, label or word of every target. A regression has none.
	Predictions []int
}

// NewSession makes a session. It keeps what it needs of the model, which may be closed.
func NewSession(model *Model) (*Session, error) {
	return whileReading(model, func(model *C.diffpool_model) (*Session, error) {
		graph := &scratch{}
		owner, err := newOwner(
			func(session *C.diffpool_session) {
				C.diffpool_session_free(session)
				graph.free()
			},
			func(out **C.diffpool_session, failure *cError) cStatus {
				return C.diffpool_session_new(model, out, failure)
			})
		if err != nil {
			return nil, err
		}
		task, outputs := C.GoString(C.diffpool_model_task(model)), toInt(C.diffpool_model_output_count(model))
		return &Session{owner, task, outputs, graph}, nil
	})
}

// Close frees the session.
func (s *Session) Close() error {
	return closeObject[*C.diffpool_session](s)
}

// Predict predicts a graph. Features, categories and labels that the model does not use are not looked at.
func (s *Session) Predict(ctx context.Context, graph GraphData, options ...Option) (Prediction, error) {
	return withControl(ctx, options, func(control *C.diffpool_control) (Prediction, error) {
		return whileChanging(s, func(session *C.diffpool_session) (Prediction, error) {
			if err := s.graph.fill(graph); err != nil {
				return Prediction{}, err
			}
			return s.predict(session, func(failure *cError) cStatus {
				return C.diffpool_session_predict(session, s.graph.raw, control, failure)
			})
		})
	})
}

// PredictFrom predicts graph i of a data set.
func (s *Session) PredictFrom(ctx context.Context, dataset *Dataset, i int, options ...Option) (Prediction, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Prediction{}, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (Prediction, error) {
		return whileChanging(s, func(session *C.diffpool_session) (Prediction, error) {
			return whileReading(dataset, func(dataset *C.diffpool_dataset) (Prediction, error) {
				return s.predict(session, func(failure *cError) cStatus {
					return C.diffpool_session_predict_from(session, dataset, index, control, failure)
				})
			})
		})
	})
}

// predict makes a call that predicts, and copies what came out.
func (s *Session) predict(session *C.diffpool_session, call func(failure *cError) cStatus) (Prediction, error) {
	if err := check(call); err != nil {
		return Prediction{}, err
	}
	prediction := Prediction{Class: NoClass}
	var err error
	prediction.Logits, err = fill(s.outputs, func(out []float32, failure *cError) cStatus {
		return C.diffpool_session_copy_logits(session, floatPointer(out), lengthOf(out), nil, failure)
	})
	if err != nil || s.task == Regression {
		return prediction, err
	}
	prediction.Probabilities, err = fill(s.outputs, func(out []float32, failure *cError) cStatus {
		return C.diffpool_session_copy_probabilities(session, floatPointer(out), lengthOf(out), nil, failure)
	})
	if err != nil {
		return Prediction{}, err
	}
	predictions, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_copy_predictions(session, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return Prediction{}, err
	}
	prediction.Predictions = toInts(predictions)
	if s.task == Multiclass || s.task == Binary {
		prediction.Class = prediction.Predictions[0]
	}
	return prediction, nil
}

// Top returns the k most probable classes of the last prediction and their probabilities, the most probable first.
func (s *Session) Top(k int) (classes []int, probabilities []float32, err error) {
	size, err := toSize("k", k)
	if err != nil {
		return nil, nil, err
	}
	_, err = whileReading(s, func(session *C.diffpool_session) (nothing, error) {
		if k > s.outputs {
			return nothing{}, &Error{InvalidArgument, fmt.Sprintf("k is %d, but there are %d classes", k, s.outputs)}
		}
		best := make([]C.size_t, k)
		probabilities = make([]float32, k)
		err := check(func(failure *cError) cStatus {
			return C.diffpool_session_copy_top(session, first(best), floatPointer(probabilities), size, failure)
		})
		classes = toInts(best)
		return nothing{}, err
	})
	if err != nil {
		return nil, nil, err
	}
	return classes, probabilities, nil
}

// Embedding returns the vector for the whole graph that the last prediction was made from.
func (s *Session) Embedding() ([]float32, error) {
	return readArray(s, func(session *C.diffpool_session, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_copy_embedding(session, floatPointer(out), lengthOf(out), needed, failure)
	})
}

// NodeImportance returns how much each node of the last graph adds to a logit: its features times the gradient of the
// logit with respect to them, through all levels. A positive number speaks for the logit, which is a class for
// [Multiclass].
func (s *Session) NodeImportance(logit int) ([]float32, error) {
	index, err := toSize("the logit", logit)
	if err != nil {
		return nil, err
	}
	return whileChanging(s, func(session *C.diffpool_session) ([]float32, error) {
		return arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
			return C.diffpool_session_copy_node_importance(session, index, floatPointer(out), lengthOf(out), needed, failure)
		})
	})
}

// Reserve makes room for graphs of up to so many nodes and edges, so that predicting them asks for no memory.
func (s *Session) Reserve(nodes, edges int) error {
	ofNodes, err := toSize("nodes", nodes)
	if err != nil {
		return err
	}
	ofEdges, err := toSize("edges", edges)
	if err != nil {
		return err
	}
	return change(s, func(session *C.diffpool_session, failure *cError) cStatus {
		return C.diffpool_session_reserve(session, ofNodes, ofEdges, failure)
	})
}

// Memory returns the number of bytes that the session holds, without those of the model and of the graph.
func (s *Session) Memory() int {
	return count(s, func(session *C.diffpool_session) C.size_t { return C.diffpool_session_memory(session) })
}

// Shrink gives the memory of the session back, and its results. The next prediction asks for what it needs.
func (s *Session) Shrink() error {
	_, err := whileChanging(s, func(session *C.diffpool_session) (nothing, error) {
		s.graph.free()
		return nothing{}, check(func(failure *cError) cStatus { return C.diffpool_session_shrink(session, failure) })
	})
	return err
}

// NodeCount returns the number of nodes of the graph that was last predicted, 0 before a prediction.
func (s *Session) NodeCount() int {
	return count(s, func(session *C.diffpool_session) C.size_t { return C.diffpool_session_node_count(session) })
}

// levelMatrix is a function of the library that copies a matrix of a pooling level.
type levelMatrix func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
	rows, columns *C.size_t, failure *cError) cStatus

func (s *Session) levelMatrix(level int, call levelMatrix) (Matrix, error) {
	index, err := toSize("the level", level)
	if err != nil {
		return Matrix{}, err
	}
	var rows, columns C.size_t
	values, err := readArray(s, func(session *C.diffpool_session, out []float32, needed *C.size_t,
		failure *cError) cStatus {
		status := call(session, index, floatPointer(out), lengthOf(out), &rows, &columns, failure)
		*needed = rows * columns
		return status
	})
	if err != nil {
		return Matrix{}, err
	}
	return Matrix{toInt(rows), toInt(columns), values}, nil
}

// Assignment returns how much every node of a level, counted from 0, belongs to every cluster, for the graph of the
// last prediction.
func (s *Session) Assignment(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_copy_assignment(session, level, out, capacity, rows, columns, failure)
	})
}

// PooledX returns the features of the clusters of a level.
func (s *Session) PooledX(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_copy_pooled_x(session, level, out, capacity, rows, columns, failure)
	})
}

// AllRelations is the sum over all kinds of edges that a model tells apart.
const AllRelations = -1

// PooledAdjacency returns how strongly the clusters of a level are joined in one relation, counted from 0 in the order
// of [Model.Relations], or in [AllRelations] together.
func (s *Session) PooledAdjacency(level, relation int) (Matrix, error) {
	index := everything
	if relation != AllRelations {
		var err error
		if index, err = toSize("the relation", relation); err != nil {
			return Matrix{}, err
		}
	}
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		status := C.diffpool_session_copy_pooled_adjacency(session, level, index, out, capacity, rows, failure)
		*columns = *rows
		return status
	})
}
