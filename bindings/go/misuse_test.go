//go:build cgo

package diffpool

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var nan = float32(math.NaN())

// misuse is a wrong call: the status that it must return, and words that its message must have.
type misuse struct {
	name   string
	call   func() error
	status Status
	words  string
}

func checkMisuse(t *testing.T, cases []misuse) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := c.call()
			var failure *Error
			if !errors.As(err, &failure) || !errors.Is(err, c.status) {
				t.Fatalf("got the error %v, want %v", err, c.status)
			}
			for _, word := range strings.Fields(c.words) {
				if !strings.Contains(failure.Message, word) {
					t.Errorf("%q does not say %q", failure.Message, word)
				}
			}
		})
	}
}

// changed returns the path with something changed.
func changed(graph Graph, change func(*Graph)) Graph {
	graph.Indptr = append([]int32(nil), graph.Indptr...)
	graph.Indices = append([]int32(nil), graph.Indices...)
	graph.EdgeWeight = append([]float32(nil), graph.EdgeWeight...)
	graph.From = append([]int32(nil), graph.From...)
	change(&graph)
	return graph
}

func TestMisuseOfGraphs(t *testing.T) {
	model := trainSmall(t, pathDataset(t))
	dataset := pathDataset(t)
	session := must(NewSession(model))
	defer session.Close()

	cases := []struct {
		name   string
		graph  Graph
		status Status
		words  string
	}{
		{"negative nodes", Graph{Nodes: -1}, ErrInvalidGraph, "-1"},
		{"more nodes than rows", changed(pathCSR, func(g *Graph) { g.Nodes = 4 }), ErrShapeMismatch, "Indptr 4"},
		{"huge", Graph{Nodes: int(^uint(0) >> 1), X: []float32{1}}, ErrShapeMismatch, "X"},
		{"rows without indices", changed(pathCSR, func(g *Graph) { g.Indices = nil }), ErrInvalidGraph, "indptr[3] 4 0 indices"},
		{"indices without rows", changed(pathCSR, func(g *Graph) { g.Indptr = nil }), ErrShapeMismatch, "Indptr"},
		{"both forms", changed(pathCSR, func(g *Graph) { g.From = []int32{0} }), ErrInvalidArgument, "Indptr From"},
		{"rows go back", changed(pathCSR, func(g *Graph) { g.Indptr[1] = 9 }), ErrInvalidGraph, "9"},
		{"index too large", changed(pathCSR, func(g *Graph) { g.Indices[2] = 3 }), ErrInvalidGraph, "3"},
		{"index negative", changed(pathCSR, func(g *Graph) { g.Indices[2] = -1 }), ErrInvalidGraph, "-1"},
		{"source too large", changed(pathEdges, func(g *Graph) { g.From[1] = 12 }), ErrInvalidGraph, "12"},
		{"from without to", changed(pathEdges, func(g *Graph) { g.To = nil }), ErrShapeMismatch, "From To"},
		{"too few weights", changed(pathEdges, func(g *Graph) { g.EdgeWeight = g.EdgeWeight[:1] }), ErrShapeMismatch,
			"edge_weight 1 2"},
		{"weight not a number", changed(pathCSR, func(g *Graph) { g.EdgeWeight[0] = nan }), ErrInvalidGraph, ""},
		{"no features", changed(pathCSR, func(g *Graph) { g.X = nil }), ErrShapeMismatch, "2"},
		{"too few features", changed(pathCSR, func(g *Graph) { g.X = g.X[:4] }), ErrShapeMismatch, "X 4 3"},
		{"odd features", changed(pathCSR, func(g *Graph) { g.X = g.X[:5] }), ErrShapeMismatch, "X 5"},
		{"feature not a number", changed(pathCSR, func(g *Graph) { g.X = []float32{0, 0, nan, 0, 0, 0} }), ErrInvalidGraph, ""},
		{"no labels", changed(pathCSR, func(g *Graph) { g.NodeLabels = nil }), ErrShapeMismatch, "label"},
		{"too few labels", changed(pathCSR, func(g *Graph) { g.NodeLabels = g.NodeLabels[:2] }), ErrShapeMismatch,
			"node_labels 2 3"},
	}
	var calls []misuse
	for _, c := range cases {
		graph := c.graph
		calls = append(calls,
			misuse{c.name + "/add", func() error { return dataset.Add(graph, 0) }, c.status, c.words},
			misuse{c.name + "/predict", func() error { _, err := session.Predict(background, graph); return err }, c.status, c.words})
	}
	checkMisuse(t, calls)
	if dataset.Len() != 12 {
		t.Errorf("wrong graphs changed the data set: %d graphs", dataset.Len())
	}
	if _, err := session.Predict(background, pathCSR); err != nil {
		t.Errorf("after wrong graphs: %v", err)
	}
}

func TestMisuseOfEverythingElse(t *testing.T) {
	folder := t.TempDir()
	notAModel := filepath.Join(folder, "not_a_model")
	if err := os.WriteFile(notAModel, []byte("nothing of that kind"), 0o600); err != nil {
		t.Fatal(err)
	}
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	config := smallConfig(t, 1)
	paths := pathDataset(t)
	closed := trainSmall(t, dataset)
	closed.Close()
	closed.Close()
	session := must(NewSession(model))
	defer session.Close()
	tensor := must(model.Tensors())[0].Name
	// Its graphs come with features and labels, those of the other data set do not.
	ofPaths := trainSmall(t, paths)
	// Classes of the same names, but nothing else.
	bare := must(NewDataset("bare", DatasetOptions{}))
	defer bare.Close()
	if err := firstError(bare.Add(Graph{Nodes: 1}, 0), bare.Add(Graph{Nodes: 2}, 1), bare.SetClassNames("plain", "other")); err != nil {
		t.Fatal(err)
	}
	pathSession := must(NewSession(ofPaths))
	defer pathSession.Close()

	predictor := must(NewPredictor(model, 1))
	defer predictor.Close()
	ofPathsPredictor := must(NewPredictor(ofPaths, 1))
	defer ofPathsPredictor.Close()

	saved := filepath.Join(folder, "paths")
	if err := paths.Save(saved); err != nil {
		t.Fatal(err)
	}
	opened := must(OpenDataset(background, saved))
	defer opened.Close()

	writer := must(CreateDataset(filepath.Join(folder, "written"), "x", DatasetOptions{}))
	defer writer.Close()
	words := must(CreateDataset(filepath.Join(folder, "words"), "x", DatasetOptions{}))
	defer words.Close()
	if err := words.SetVocabulary(nil, 5, 1); err != nil {
		t.Fatal(err)
	}
	finished := must(CreateDataset(filepath.Join(folder, "finished"), "x", DatasetOptions{}))
	defer finished.Close()
	if err := finished.Finish(); err != nil {
		t.Fatal(err)
	}

	second := func(_ any, err error) error { return err }
	checkMisuse(t, []misuse{
		{"preset", func() error { return second(NewConfig("no such preset")) }, ErrInvalidConfig, "no such preset"},
		{"preset with a zero", func() error { return second(NewConfig("a\x00b")) }, ErrInvalidArgument, "zero byte"},
		{"JSON", func() error { return second(ParseConfig("{")) }, ErrInvalidConfig, ""},
		{"unknown key in JSON", func() error { return second(ParseConfig(`{"epoch": 3}`)) }, ErrInvalidConfig, "epoch"},
		{"unknown key", func() error { return config.Set("epoch", 3) }, ErrInvalidConfig, "epoch"},
		{"unknown key read", func() error { var v any; return config.Get("epoch", &v) }, ErrInvalidConfig, "epoch"},
		{"wrong kind of value", func() error { return config.Set("epochs", "many") }, ErrInvalidConfig, "epochs"},
		{"impossible value", func() error { return config.Set("dropout", 1.5) }, ErrInvalidConfig, "dropout 1.5"},
		{"value not a number", func() error { return config.Set("dropout", nan) }, ErrInvalidArgument, "dropout NaN"},
		{"type that no key has", func() error { return config.Set("epochs", 3i) }, ErrInvalidArgument, "complex128"},
		{"JSON that is none", func() error { return config.Merge("{") }, ErrInvalidConfig, ""},
		{"unknown key in a merge", func() error { return config.Merge(`{"epochs": 7, "epoch": 3}`) }, ErrInvalidConfig, "epoch"},
		{"difference to no preset", func() error { return second(config.Difference("no such")) }, ErrInvalidConfig, "no such"},
		{"nil config", func() error { return second((*Config)(nil).JSON()) }, ErrNullPointer, "config"},
		{"empty config", func() error { return second((&Config{}).JSON()) }, ErrNullPointer, "config"},

		{"name with a zero", func() error { return second(NewDataset("a\x00b", DatasetOptions{})) }, ErrInvalidArgument, "zero byte"},
		{"no folder", func() error { return second(LoadDataset(background, filepath.Join(folder, "no"), TU, LoadOptions{})) }, ErrIO, "no"},
		{"kind", func() error { return second(Synthetic("no such kind", 10, 0)) }, ErrNotFound, "no such kind"},
		{"no graphs", func() error { return second(Synthetic("ba", 0, 0)) }, ErrInvalidArgument, ""},
		{"negative graphs", func() error { return second(Synthetic("ba", -5, 0)) }, ErrInvalidArgument, "-5"},
		{"graph out of range", func() error { _, _, err := dataset.Graph(40); return err }, ErrNotFound, "40"},
		{"negative graph", func() error { return second(dataset.Class(-1)) }, ErrInvalidArgument, "-1"},
		{"negative class", func() error { return paths.Add(pathCSR, -2) }, ErrInvalidArgument, "-2"},
		{"too few class names", func() error { return paths.SetClassNames("one") }, ErrInvalidArgument, ""},
		{"no data set file", func() error { return second(OpenDataset(background, filepath.Join(folder, "no"))) }, ErrIO, "no"},
		{"not a data set", func() error { return second(OpenDataset(background, notAModel)) }, ErrInvalidFile, ""},
		{"no place for a data set", func() error { return dataset.Save(filepath.Join(folder, "no", "file")) }, ErrIO, "no"},
		{"graph for an opened data set", func() error { return opened.Add(pathCSR, 0) }, ErrInvalidState, "opened from a file"},
		{"nil data set", func() error { return (*Dataset)(nil).Add(pathCSR, 0) }, ErrNullPointer, "data set"},

		{"no place for a writer", func() error {
			return second(CreateDataset(filepath.Join(folder, "no", "file"), "x", DatasetOptions{}))
		}, ErrIO, "no"},
		{"graph that is too short to write", func() error {
			return writer.Add(Graph{Nodes: 2, X: []float32{1}}, 0)
		}, ErrShapeMismatch, "X 2 nodes"},
		{"graph without nodes to write", func() error { return writer.Add(Graph{}, 0) }, ErrInvalidGraph, "no nodes"},
		{"negative class to write", func() error { return writer.Add(Graph{Nodes: 1, X: []float32{1}}, -3) },
			ErrInvalidArgument, "-3"},
		{"no graph to write", func() error { return writer.Add(nil, 0) }, ErrNullPointer, "graph"},
		{"vocabulary of one word", func() error { return writer.SetVocabulary(nil, 1, 1) }, ErrInvalidArgument, "1"},
		{"no names", func() error { return writer.SetClassNames() }, ErrInvalidArgument, "0 class names"},
		{"data set of other graphs", func() error { return words.Append(opened) }, ErrShapeMismatch, "words"},
		{"finished file", func() error { return finished.Add(Graph{Nodes: 1, X: []float32{1}}, 0) }, ErrInvalidState,
			"finished"},
		{"nil writer", func() error { return (*DatasetWriter)(nil).Add(pathCSR, 0) }, ErrNullPointer, "data set writer"},
		{"empty writer", func() error { return (&DatasetWriter{}).Finish() }, ErrNullPointer, "data set writer"},
		{"nil data set to append", func() error { return writer.Append(nil) }, ErrNullPointer, "data set"},

		{"fraction", func() error { return second(HoldOut(dataset, 1.5, 0)) }, ErrInvalidArgument, "1.5"},
		{"fold", func() error { return second(KFold(dataset, 5, 5, 0)) }, ErrInvalidArgument, "5"},
		{"one fold", func() error { return second(KFold(dataset, 1, 0, 0)) }, ErrInvalidArgument, ""},

		{"no file", func() error { return second(LoadModel(filepath.Join(folder, "no"))) }, ErrIO, "no"},
		{"not a model", func() error { return second(LoadModel(notAModel)) }, ErrInvalidFile, ""},
		{"no bytes", func() error { return second(ModelFromBytes(nil)) }, ErrInvalidFile, ""},
		{"no place to save", func() error { return model.Save(filepath.Join(folder, "no", "file")) }, ErrIO, "no"},
		{"closed model", func() error { return second(closed.Bytes()) }, ErrInvalidState, "closed"},
		{"session of a closed model", func() error { return second(NewSession(closed)) }, ErrInvalidState, "closed"},
		{"tensor", func() error { return second(model.Tensor("no.such")) }, ErrNotFound, "no.such"},
		{"size of a tensor", func() error { return must(model.Clone()).SetTensor(tensor, nil) }, ErrShapeMismatch, ""},
		{"model in use", func() error {
			values := must(model.Tensor(tensor))
			return model.SetTensor(tensor, values)
		}, ErrInvalidState, ""},

		{"index to train", func() error { return second(NewTrainer(background, config, dataset, Split{Train: []int{40}})) }, ErrNotFound, "40"},
		{"negative index", func() error { return second(NewTrainer(background, config, dataset, Split{Train: []int{0, -3}})) }, ErrInvalidArgument,
			"Train [1] -3"},
		{"no config", func() error { return second(NewTrainer(background, nil, dataset, Split{Train: All})) }, ErrNullPointer, "config"},
		{"other classes", func() error {
			return second(NewTrainerFromModel(background, ofPaths, config, dataset, Split{Train: All}))
		}, ErrInvalidGraph, "community plain"},
		{"other data", func() error {
			return second(NewTrainerFromModel(background, ofPaths, config, bare, Split{Train: All}))
		}, ErrShapeMismatch, ""},
		{"not a checkpoint", func() error { return second(ResumeTrainer(background, notAModel, dataset, Split{Train: All})) }, ErrInvalidFile, ""},
		{"nil trainer", func() error { return second((*Trainer)(nil).Fit(background, nil)) }, ErrNullPointer, ""},

		{"graph to predict", func() error { return second(session.PredictFrom(background, dataset, 40)) }, ErrNotFound, "40"},
		{"other graphs", func() error { return second(pathSession.PredictFrom(background, dataset, 0)) }, ErrShapeMismatch, ""},
		{"evaluate other classes", func() error { return second(ofPathsPredictor.Evaluate(background, dataset, All)) },
			ErrInvalidGraph, "community plain"},
		{"evaluate other graphs", func() error { return second(ofPathsPredictor.Evaluate(background, bare, All)) },
			ErrShapeMismatch, ""},
		{"evaluate no such graph", func() error { return second(predictor.Evaluate(background, dataset, []int{77})) }, ErrNotFound, "77"},
		{"evaluate no graphs", func() error { return second(predictor.Evaluate(background, dataset, nil)) }, ErrInvalidArgument, "no graphs"},
		{"evaluate an empty list", func() error { return second(predictor.Evaluate(background, dataset, []int{})) }, ErrInvalidArgument,
			"no graphs"},
		{"train on an empty list", func() error {
			return second(NewTrainer(background, config, dataset, Split{Train: []int{}, Validation: []int{1}}))
		},
			ErrInvalidArgument, "no graphs"},
		{"train on nothing that is said", func() error {
			return second(NewTrainer(background, config, dataset, Split{}))
		}, ErrInvalidArgument, "no graphs"},
		{"all graphs twice", func() error {
			return second(NewTrainer(background, config, dataset, Split{Train: All, Test: All}))
		}, ErrInvalidArgument, "All"},
		{"graph to train on and to watch", func() error {
			return second(NewTrainer(background, config, dataset, Split{Train: []int{1}, Validation: []int{1}}))
		}, ErrInvalidArgument, "1"},
		{"negative threads", func() error { return second(NewPredictor(model, -1)) }, ErrInvalidArgument, "-1"},
		{"too many threads", func() error { return second(NewPredictor(model, 5000)) }, ErrInvalidArgument, "5000"},
		{"predictor of nothing", func() error { return second(NewPredictor(nil, 1)) }, ErrNullPointer, "model"},
		{"nil predictor", func() error { return second((*Predictor)(nil).Evaluate(background, dataset, All)) },
			ErrNullPointer, "predictor"},
		{"closed predictor", func() error {
			closed := must(NewPredictor(model, 1))
			closed.Close()
			return second(closed.Predict(background, nil))
		}, ErrInvalidState, "closed"},
		{"predict no such graph", func() error { return second(predictor.PredictFrom(background, dataset, []int{77})) },
			ErrNotFound, "77"},
		{"predict a negative graph", func() error { return second(predictor.PredictFrom(background, dataset, []int{-4})) },
			ErrInvalidArgument, "-4"},
		{"batch without offsets", func() error { return second(predictor.PredictBatch(background, Graph{Nodes: 2}, nil)) },
			ErrShapeMismatch, "node_offsets"},
		{"no graph", func() error { return second(session.Predict(background, nil)) }, ErrNullPointer, "graph"},
		{"no graph to check", func() error { return model.Check(nil) }, ErrNullPointer, "graph"},
		{"negative limit", func() error {
			return second(session.PredictFrom(background, dataset, 0, MaxEdges(-1)))
		}, ErrInvalidArgument, "edges -1"},
		{"no classes", func() error { _, _, err := session.Top(0); return err }, ErrInvalidArgument, "0"},
		{"too many classes", func() error { _, _, err := session.Top(3); return err }, ErrInvalidArgument, "3"},
		{"too many classes of many graphs", func() error { _, _, err := predictor.Top(3); return err }, ErrInvalidArgument, "3"},
		{"room for fewer than no nodes", func() error { return session.Reserve(-1, 0) }, ErrInvalidArgument, "-1"},
		{"too few classes of a batch", func() error {
			return dataset.AddBatch(Graph{Nodes: 2}, []int64{0, 1, 2}, []int64{1})
		}, ErrShapeMismatch, "1 2"},
	})
}

func TestErrorsAreErrors(t *testing.T) {
	_, err := LoadModel("/no/such/file")
	if !errors.Is(err, ErrIO) || errors.Is(err, ErrParse) {
		t.Errorf("%v is not %v", err, ErrIO)
	}
	if !strings.HasPrefix(err.Error(), "diffpool: ") {
		t.Errorf("the error is %q", err)
	}
	if ErrIO.String() != "IO" || ErrInvalidGraph.Error() != "INVALID_GRAPH" || Status(-1).String() != "UNKNOWN" {
		t.Errorf("the names are %v, %v and %v", ErrIO, ErrInvalidGraph, Status(-1))
	}
}
