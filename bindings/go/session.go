//go:build cgo

package diffpool

// #include "callbacks.h"
import "C"

import (
	"context"
	"fmt"
)

// Session predicts one graph after the other with a model. It holds the scratch memory of one prediction: give every
// goroutine its own. Once it has seen a graph of the largest size, the library needs no more memory for a prediction.
type Session struct {
	sessionOwner
	task             string
	outputs, targets int
	graph            *scratch
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
	return whileReading(model, newSession)
}

func newSession(model *C.diffpool_model) (*Session, error) {
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
	return &Session{
		sessionOwner: owner,
		task:         C.GoString(C.diffpool_model_task(model)),
		outputs:      toInt(C.diffpool_model_output_count(model)),
		targets:      toInt(C.diffpool_model_target_count(model)),
		graph:        graph,
	}, nil
}

// Close frees the session.
func (s *Session) Close() error {
	return closeObject[*C.diffpool_session](s)
}

// Predict predicts a graph. Features, categories and labels that the model does not use are not looked at.
func (s *Session) Predict(ctx context.Context, graph GraphData, options ...Option) (Prediction, error) {
	var prediction Prediction
	err := s.PredictInto(ctx, &prediction, graph, options...)
	return prediction, err
}

// PredictInto is [Session.Predict] into a prediction of before, whose slices it writes over. From Go 1.24 on it leaves no
// garbage behind when they are long enough, the graph is given by pointer and has no ID, the context never ends, and
// there are no options. When it fails the prediction is as it was.
func (s *Session) PredictInto(ctx context.Context, into *Prediction, graph GraphData, options ...Option) error {
	if ctx.Done() == nil && len(options) == 0 {
		return s.predictAlone(into, graph)
	}
	_, err := withControl(ctx, options, func(control *C.diffpool_control) (nothing, error) {
		return whileChanging(s, func(session *C.diffpool_session) (nothing, error) {
			if err := s.graph.fill(graph); err != nil {
				return nothing{}, err
			}
			if err := check(func(failure *cError) cStatus {
				return C.diffpool_session_predict(session, s.graph.raw, control, failure)
			}); err != nil {
				return nothing{}, err
			}
			return nothing{}, s.copyInto(into, session)
		})
	})
	return err
}

// predictAlone predicts a graph that nothing stops or watches. It uses no closures, which would be garbage.
func (s *Session) predictAlone(into *Prediction, graph GraphData) error {
	h, err := enter[*C.diffpool_session](s)
	if err != nil {
		return err
	}
	defer h.release()
	h.access.Lock()
	defer h.access.Unlock()
	if err := s.graph.fill(graph); err != nil {
		return err
	}
	if err := s.graph.check(C.diffpool_go_predict(h.raw, s.graph.raw, s.graph.failure())); err != nil {
		return err
	}
	return s.copyInto(into, h.raw)
}

// PredictFrom predicts graph i of a data set.
func (s *Session) PredictFrom(ctx context.Context, dataset *Dataset, i int, options ...Option) (Prediction, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Prediction{}, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (Prediction, error) {
		return whileChanging(s, func(session *C.diffpool_session) (prediction Prediction, err error) {
			if err := s.graph.ready(); err != nil {
				return prediction, err
			}
			if err := read(dataset, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
				return C.diffpool_session_predict_from(session, dataset, index, control, failure)
			}); err != nil {
				return prediction, err
			}
			return prediction, s.copyInto(&prediction, session)
		})
	})
}

// copyInto copies what came out of a prediction.
func (s *Session) copyInto(into *Prediction, session *C.diffpool_session) error {
	into.Class = NoClass
	into.Logits = sized(into.Logits, s.outputs)
	into.Probabilities, into.Predictions = into.Probabilities[:0], into.Predictions[:0]
	if err := s.graph.check(C.diffpool_session_copy_logits(session, floatPointer(into.Logits), lengthOf(into.Logits), nil,
		s.graph.failure())); err != nil || s.task == Regression {
		return err
	}
	into.Probabilities = sized(into.Probabilities, s.outputs)
	if err := s.graph.check(C.diffpool_session_copy_probabilities(session, floatPointer(into.Probabilities),
		lengthOf(into.Probabilities), nil, s.graph.failure())); err != nil {
		return err
	}
	into.Predictions = sized(into.Predictions, s.targets)
	if err := s.graph.check(C.diffpool_session_copy_predictions(session, sizePointer(into.Predictions),
		lengthOf(into.Predictions), &s.graph.out.count, s.graph.failure())); err != nil {
		return err
	}
	// A sequence may end before.
	into.Predictions = into.Predictions[:s.graph.out.count]
	if s.task == Multiclass || s.task == Binary {
		into.Class = into.Predictions[0]
	}
	return nil
}

// Top returns the k most probable classes of the last prediction and their probabilities, the most probable first.
func (s *Session) Top(k int) (classes []int, probabilities []float32, err error) {
	size, err := toSize("k", k)
	if err != nil {
		return nil, nil, err
	}
	_, err = whileReading(s, func(session *C.diffpool_session) (nothing, error) {
		if k > s.outputs {
			return nothing{}, &Error{ErrInvalidArgument, fmt.Sprintf("k is %d, but there are %d classes", k, s.outputs)}
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
