package diffpool

// #include <diffpool.h>
import "C"

import "unsafe"

// Session predicts one graph after the other with a model. It holds the scratch memory of one prediction: give every
// goroutine its own.
type Session struct {
	handle     *handle
	features   int
	categories int
	task       string
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
	pointer, err := model.raw().read("model")
	if err != nil {
		return nil, err
	}
	defer model.handle.doneReading()
	features, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_features((*C.diffpool_model)(pointer), out, failure)
	})
	if err != nil {
		return nil, err
	}
	categories, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_categories((*C.diffpool_model)(pointer), out, failure)
	})
	if err != nil {
		return nil, err
	}
	task, err := readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_model_task((*C.diffpool_model)(pointer), out, failure)
	})
	if err != nil {
		return nil, err
	}
	var raw *C.diffpool_session
	var failure *C.diffpool_error
	if err := check(C.diffpool_session_new((*C.diffpool_model)(pointer), &raw, &failure), failure); err != nil {
		return nil, err
	}
	handle := newHandle("session", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_session_free((*C.diffpool_session)(pointer))
	})
	return &Session{handle, features, categories, task}, nil
}

func (s *Session) raw() *handle {
	if s == nil {
		return nil
	}
	return s.handle
}

// Close frees the session.
func (s *Session) Close() error {
	s.raw().close()
	return nil
}

// Predict predicts a graph.
func (s *Session) Predict(graph Graph) (Prediction, error) {
	pointer, err := s.raw().write("session")
	if err != nil {
		return Prediction{}, err
	}
	defer s.handle.doneWriting()
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
	session := (*C.diffpool_session)(pointer)
	var status C.diffpool_status
	var failure *C.diffpool_error
	if graph.isCSR() {
		status = C.diffpool_session_predict_csr(session, C.size_t(graph.Nodes), C.size_t(len(graph.Indices)),
			int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), &failure)
	} else {
		status = C.diffpool_session_predict_edges(session, C.size_t(graph.Nodes), C.size_t(len(graph.Sources)),
			int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), &failure)
	}
	if err := check(status, failure); err != nil {
		return Prediction{}, err
	}
	return s.readPrediction(session)
}

// PredictGraph predicts graph i of a data set.
func (s *Session) PredictGraph(dataset *Dataset, i int) (Prediction, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Prediction{}, err
	}
	pointer, err := s.raw().write("session")
	if err != nil {
		return Prediction{}, err
	}
	defer s.handle.doneWriting()
	datasetPointer, err := dataset.raw().read("data set")
	if err != nil {
		return Prediction{}, err
	}
	defer dataset.handle.doneReading()
	session := (*C.diffpool_session)(pointer)
	var failure *C.diffpool_error
	status := C.diffpool_session_predict_graph(session, (*C.diffpool_dataset)(datasetPointer), index, &failure)
	if err := check(status, failure); err != nil {
		return Prediction{}, err
	}
	return s.readPrediction(session)
}

func (s *Session) readPrediction(session *C.diffpool_session) (Prediction, error) {
	prediction := Prediction{Class: -1}
	var err error
	prediction.Logits, err = readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_logits(session, out, capacity, needed, failure)
	})
	if err != nil || s.task == Regression {
		return prediction, err
	}
	prediction.Predictions, err = readSizes(func(out *C.size_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_predictions(session, out, capacity, needed, failure)
	})
	if err != nil {
		return Prediction{}, err
	}
	if s.task == Multiclass || s.task == Binary {
		prediction.Class, err = readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
			return C.diffpool_session_class(session, out, failure)
		})
		if err != nil {
			return Prediction{}, err
		}
	}
	prediction.Probabilities, err = readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_probabilities(session, out, capacity, needed, failure)
	})
	return prediction, err
}

// Embedding returns the vector for the whole graph that the last prediction was made from.
func (s *Session) Embedding() ([]float32, error) {
	pointer, err := s.raw().write("session")
	if err != nil {
		return nil, err
	}
	defer s.handle.doneWriting()
	return readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_embedding((*C.diffpool_session)(pointer), out, capacity, needed, failure)
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
	pointer, err := s.raw().write("session")
	if err != nil {
		return nil, err
	}
	defer s.handle.doneWriting()
	return readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_node_importance((*C.diffpool_session)(pointer), index, out, capacity, needed, failure)
	})
}

// Levels returns how often the model pools, or 0 for a closed session.
func (s *Session) Levels() int {
	pointer, err := s.raw().write("session")
	if err != nil {
		return 0
	}
	defer s.handle.doneWriting()
	levels, _ := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_levels((*C.diffpool_session)(pointer), out, failure)
	})
	return levels
}

type levelMatrix func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
	rows, columns *C.size_t, failure **C.diffpool_error) C.diffpool_status

func (s *Session) levelMatrix(level int, of levelMatrix) (Matrix, error) {
	index, err := toSize("the level", level)
	if err != nil {
		return Matrix{}, err
	}
	pointer, err := s.raw().write("session")
	if err != nil {
		return Matrix{}, err
	}
	defer s.handle.doneWriting()
	return readMatrix(func(out *C.float, capacity C.size_t, rows, columns *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return of((*C.diffpool_session)(pointer), index, out, capacity, rows, columns, failure)
	})
}

// Assignment returns how much every node of a level, counted from 0, belongs to every cluster, for the graph of the
// last prediction.
func (s *Session) Assignment(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_assignment(session, level, out, capacity, rows, columns, failure)
	})
}

// PooledX returns the features of the clusters of a level.
func (s *Session) PooledX(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_pooled_x(session, level, out, capacity, rows, columns, failure)
	})
}

// PooledAdjacency returns how strongly the clusters of a level are connected.
func (s *Session) PooledAdjacency(level int) (Matrix, error) {
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_pooled_adjacency(session, level, out, capacity, rows, columns, failure)
	})
}

// Relations returns the number of kinds of edges that the model tells apart, at least 1, or 0 for a closed session.
func (s *Session) Relations() int {
	pointer, err := s.raw().write("session")
	if err != nil {
		return 0
	}
	defer s.handle.doneWriting()
	relations, _ := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_relations((*C.diffpool_session)(pointer), out, failure)
	})
	return relations
}

// PooledRelation returns how strongly the clusters of a level are connected in one relation, counted from 0.
func (s *Session) PooledRelation(level, relation int) (Matrix, error) {
	index, err := toSize("the relation", relation)
	if err != nil {
		return Matrix{}, err
	}
	return s.levelMatrix(level, func(session *C.diffpool_session, level C.size_t, out *C.float, capacity C.size_t,
		rows, columns *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_session_pooled_relation(session, level, index, out, capacity, rows, columns, failure)
	})
}
