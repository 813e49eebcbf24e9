package diffpool

// #include <diffpool.h>
import "C"

// Session predicts one graph after the other with a model. It holds the scratch memory of one prediction: give every
// goroutine its own.
type Session struct {
	sessionOwner
	features, categories int
	task                 string
}

func (*Session) what() string {
	return "session"
}

// Prediction is what a model says of a graph.
type Prediction struct {
	// Class is the predicted class, or -1 where the model does not predict one class.
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
		features, err := sizeOf(func(out *C.size_t, failure *cError) cStatus {
			return C.diffpool_model_features(model, out, failure)
		})
		if err != nil {
			return nil, err
		}
		categories, err := sizeOf(func(out *C.size_t, failure *cError) cStatus {
			return C.diffpool_model_categories(model, out, failure)
		})
		if err != nil {
			return nil, err
		}
		task, err := textOf(func(out **C.char, failure *cError) cStatus {
			return C.diffpool_model_task(model, out, failure)
		})
		if err != nil {
			return nil, err
		}
		owner, err := newOwner(
			func(session *C.diffpool_session) { C.diffpool_session_free(session) },
			func(out **C.diffpool_session, failure *cError) cStatus {
				return C.diffpool_session_new(model, out, failure)
			})
		if err != nil {
			return nil, err
		}
		return &Session{owner, features, categories, task}, nil
	})
}

// Close frees the session.
func (s *Session) Close() error {
	return closeObject[*C.diffpool_session](s)
}

// Predict predicts a graph.
func (s *Session) Predict(graph Graph) (Prediction, error) {
	return whileChanging(s, func(session *C.diffpool_session) (Prediction, error) {
		// What the model does not use is not looked at.
		if s.features == 0 {
			graph.X = nil
		}
		if s.categories == 0 {
			graph.Categories = nil
		}
		if err := graph.checkLengths(s.features, s.categories); err != nil {
			return Prediction{}, err
		}
		return s.predict(session, func(failure *cError) cStatus {
			if graph.isCSR() {
				return C.diffpool_session_predict_csr(session, C.size_t(graph.Nodes), lengthOf(graph.Indices),
					int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
					int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
					int64Pointer(graph.NodeLabels), failure)
			}
			return C.diffpool_session_predict_edges(session, C.size_t(graph.Nodes), lengthOf(graph.Sources),
				int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
				int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
				int64Pointer(graph.NodeLabels), failure)
		})
	})
}

// PredictGraph predicts graph i of a data set.
func (s *Session) PredictGraph(dataset *Dataset, i int) (Prediction, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Prediction{}, err
	}
	return whileChanging(s, func(session *C.diffpool_session) (Prediction, error) {
		return whileReading(dataset, func(dataset *C.diffpool_dataset) (Prediction, error) {
			return s.predict(session, func(failure *cError) cStatus {
				return C.diffpool_session_predict_graph(session, dataset, index, failure)
			})
		})
	})
}

// predict makes a call that predicts, and copies what came out.
func (s *Session) predict(session *C.diffpool_session, call func(failure *cError) cStatus) (Prediction, error) {
	if err := check(call); err != nil {
		return Prediction{}, err
	}
	prediction := Prediction{Class: -1}
	var err error
	prediction.Logits, err = arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_logits(session, floatPointer(out), lengthOf(out), needed, failure)
	})
	if err != nil || s.task == Regression {
		return prediction, err
	}
	predictions, err := arrayOf(func(out []C.size_t, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_predictions(session, first(out), lengthOf(out), needed, failure)
	})
	if err != nil {
		return Prediction{}, err
	}
	prediction.Predictions = toInts(predictions)
	if s.task == Multiclass || s.task == Binary {
		prediction.Class, err = sizeOf(func(out *C.size_t, failure *cError) cStatus {
			return C.diffpool_session_class(session, out, failure)
		})
		if err != nil {
			return Prediction{}, err
		}
	}
	prediction.Probabilities, err = arrayOf(func(out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_probabilities(session, floatPointer(out), lengthOf(out), needed, failure)
	})
	return prediction, err
}

// Embedding returns the vector for the whole graph that the last prediction was made from.
func (s *Session) Embedding() ([]float32, error) {
	return readArray(s, func(session *C.diffpool_session, out []float32, needed *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_embedding(session, floatPointer(out), lengthOf(out), needed, failure)
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
			return C.diffpool_session_node_importance(session, index, floatPointer(out), lengthOf(out), needed, failure)
		})
	})
}

// Levels returns how often the model pools, or 0 for a closed session.
func (s *Session) Levels() int {
	return count(s, func(session *C.diffpool_session, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_levels(session, out, failure)
	})
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
		return C.diffpool_session_assignment(session, level, out, capacity, rows, columns, failure)
	})
}

// PooledX returns the features of the clusters of a level.
func (s *Session) PooledX(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_pooled_x(session, level, out, capacity, rows, columns, failure)
	})
}

// PooledAdjacency returns how strongly the clusters of a level are connected.
func (s *Session) PooledAdjacency(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_pooled_adjacency(session, level, out, capacity, rows, columns, failure)
	})
}

// Relations returns the number of kinds of edges that the model tells apart, at least 1, or 0 for a closed session.
func (s *Session) Relations() int {
	return count(s, func(session *C.diffpool_session, out *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_relations(session, out, failure)
	})
}

// PooledRelation returns how strongly the clusters of a level are connected in one relation, counted from 0.
func (s *Session) PooledRelation(level, relation int) (Matrix, error) {
	index, err := toSize("the relation", relation)
	if err != nil {
		return Matrix{}, err
	}
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure *cError) cStatus {
		return C.diffpool_session_pooled_relation(session, level, index, out, capacity, rows, columns, failure)
	})
}
