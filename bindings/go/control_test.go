//go:build cgo

package diffpool

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// largeGraph is a ring whose prediction takes far longer than the deadlines of the tests below.
func largeGraph(nodes int) Graph {
	ring := Graph{Nodes: nodes, From: make([]int32, nodes), To: make([]int32, nodes)}
	for i := range ring.From {
		ring.From[i], ring.To[i] = int32(i), int32((i+1)%nodes)
	}
	return ring
}

// plainModel is an untrained model for graphs without features, large enough that the graph above keeps it busy.
func plainModel(t testing.TB) *Model {
	t.Helper()
	config := smallConfig(t, 1)
	for key, value := range map[string]any{"clusters": []int{60, 10}, "embed_hidden": 96, "assign_hidden": 96} {
		if err := config.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	model := must(NewModel(config, smallDataset(t), Split{Train: All}))
	t.Cleanup(func() { model.Close() })
	return model
}

// checkEnded says when an error is not that of a context.
func checkEnded(t *testing.T, what string, err, cause error, status Status) {
	t.Helper()
	var failure *Error
	if !errors.Is(err, cause) || !errors.Is(err, status) || !errors.As(err, &failure) || failure.Status != status {
		t.Errorf("%s ended with %v, want %v and %v", what, err, cause, status)
	}
	for _, other := range []error{context.Canceled, context.DeadlineExceeded, ErrInvalidGraph} {
		if other != cause && errors.Is(err, other) {
			t.Errorf("%s ended with %v, which is %v, too", what, err, other)
		}
	}
}

func TestContextEndsAPrediction(t *testing.T) {
	session := must(NewSession(plainModel(t)))
	defer session.Close()
	large := largeGraph(60_000)
	begin := time.Now()
	must(session.Predict(background, large))
	whole := time.Since(begin)

	ctx, cancel := context.WithTimeout(background, whole/20)
	defer cancel()
	begin = time.Now()
	_, err := session.Predict(ctx, large)
	checkEnded(t, "a prediction with a deadline", err, context.DeadlineExceeded, ErrTimeout)
	if took := time.Since(begin); took > whole/2 {
		t.Errorf("a prediction of %v took %v after its deadline of %v", whole, took, whole/20)
	}
	if _, err := session.Embedding(); !errors.Is(err, ErrInvalidState) {
		t.Errorf("results after a prediction that was stopped: %v", err)
	}

	ctx, cancel = context.WithCancel(background)
	time.AfterFunc(whole/20, cancel)
	_, err = session.Predict(ctx, large)
	checkEnded(t, "a prediction that was cancelled", err, context.Canceled, ErrCancelled)
	_, err = session.Predict(ctx, Graph{Nodes: 1})
	checkEnded(t, "a prediction with a context that had ended", err, context.Canceled, ErrCancelled)

	// The same session goes on, also with a context that could end and does not.
	ctx, cancel = context.WithTimeout(background, time.Hour)
	defer cancel()
	small := Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}}
	if got, want := must(session.Predict(ctx, small)), must(session.Predict(background, small)); !reflect.DeepEqual(got, want) {
		t.Errorf("%v with a context, %v without", got, want)
	}
}

func TestContextEndsManyPredictions(t *testing.T) {
	model := plainModel(t)
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	large := largeGraph(20_000)
	graphs := []GraphData{large, large, large, large}
	begin := time.Now()
	must(predictor.Predict(background, graphs))
	whole := time.Since(begin)
	ctx, cancel := context.WithTimeout(background, whole/20)
	defer cancel()
	_, err := predictor.Predict(ctx, graphs)
	checkEnded(t, "a predictor", err, context.DeadlineExceeded, ErrTimeout)

	dataset := smallDataset(t)
	for what, call := range map[string]func() error{
		"an evaluation":      func() error { _, err := predictor.Evaluate(ctx, dataset, All); return err },
		"graphs of a set":    func() error { _, err := predictor.PredictFrom(ctx, dataset, All); return err },
		"a batch":            func() error { _, err := predictor.PredictBatch(ctx, large, []int64{0, 20_000}); return err },
		"a graph of a set":   func() error { _, err := must(NewSession(model)).PredictFrom(ctx, dataset, 0); return err },
		"making a trainer":   func() error { _, err := NewTrainer(ctx, smallConfig(t, 1), dataset, Split{Train: All}); return err },
		"opening a data set": func() error { _, err := OpenDataset(ctx, "no such file"); return err },
	} {
		checkEnded(t, what, call(), context.DeadlineExceeded, ErrTimeout)
	}
	if results := must(predictor.PredictFrom(background, dataset, All)); len(results) != dataset.Len() {
		t.Errorf("%d results", len(results))
	}
}

func TestLimits(t *testing.T) {
	session := must(NewSession(plainModel(t)))
	defer session.Close()
	ring := largeGraph(10)
	predict := func(options ...Option) func() error {
		return func() error { _, err := session.Predict(background, ring, options...); return err }
	}
	checkMisuse(t, []misuse{
		{"nodes", predict(MaxNodes(9)), ErrLimit, "10 nodes 9"},
		{"edges", predict(MaxNodes(10), MaxEdges(9)), ErrLimit, "10 edges 9"},
		{"last one counts", predict(MaxNodes(10), MaxNodes(8)), ErrLimit, "8"},
	})
	if err := predict(MaxNodes(10), MaxEdges(10))(); err != nil {
		t.Errorf("a graph within the limits: %v", err)
	}
}

func TestProgress(t *testing.T) {
	dataset := smallDataset(t)
	predictor := must(NewPredictor(trainSmall(t, dataset), 2))
	defer predictor.Close()
	var last, most int
	must(predictor.PredictFrom(background, dataset, All, OnProgress(func(done, all int) { last, most = done, all })))
	if last != 40 || most != 40 {
		t.Errorf("at last %d of %d graphs", last, most)
	}

	ctx, cancel := context.WithCancel(background)
	_, err := predictor.PredictFrom(ctx, dataset, All, OnProgress(func(int, int) { cancel() }))
	checkEnded(t, "a call that its progress cancelled", err, context.Canceled, ErrCancelled)

	defer func() {
		if recovered := recover(); recovered != "stop" {
			t.Errorf("recovered %v", recovered)
		}
		if _, err := predictor.PredictFrom(background, dataset, []int{0}); err != nil {
			t.Errorf("after a panic: %v", err)
		}
	}()
	_, err = predictor.PredictFrom(background, dataset, All, OnProgress(func(int, int) { panic("stop") }))
	t.Errorf("a call whose progress panics returned %v", err)
}

func TestGraphsThatAreRefused(t *testing.T) {
	model := trainSmall(t, pathDataset(t))
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	session := must(NewSession(model))
	defer session.Close()
	wide := pathEdges
	wide.X = append(append([]float32{}, wide.X...), 1, 2, 3)
	uneven := pathEdges
	uneven.X = wide.X[:5]
	beyond := pathEdges
	beyond.From = []int32{0, 7}
	large := pathEdges
	large.Nodes, large.X, large.NodeLabels = 5, make([]float32, 10), []int64{7, 8, 7, 8, 7}

	graphs := []GraphData{pathEdges, wide, pathCSR, uneven, beyond, nil, large, pathEdges}
	refused := map[int]struct {
		status Status
		words  string
	}{
		1: {ErrShapeMismatch, "3 2"}, 3: {ErrShapeMismatch, "X 5"}, 4: {ErrInvalidGraph, "7"}, 5: {ErrNullPointer, "nil"},
		6: {ErrLimit, "5 nodes 4"},
	}
	// Twice, because the second time its graphs are not new.
	for again := 0; again < 2; again++ {
		results := must(predictor.Predict(background, graphs, MaxNodes(4)))
		for i, result := range results {
			why, isRefused := refused[i]
			if !isRefused {
				if want := must(session.Predict(background, graphs[i])); result.Err != nil || !reflect.DeepEqual(result.Prediction, want) {
					t.Errorf("graph %d: %+v, want %+v", i, result, want)
				}
				continue
			}
			if !errors.Is(result.Err, why.status) || result.Class != NoClass || result.Logits != nil {
				t.Errorf("graph %d: %+v, want %v", i, result, why.status)
			}
			for _, word := range strings.Fields(why.words) {
				if !strings.Contains(result.Err.Error(), word) {
					t.Errorf("graph %d: %q does not say %q", i, result.Err, word)
				}
			}
		}
		embeddings := must(predictor.Embeddings())
		if embeddings.Rows != len(graphs) || embeddings.Columns != model.EmbeddingWidth() {
			t.Errorf("embeddings of %d x %d", embeddings.Rows, embeddings.Columns)
		}
		if !reflect.DeepEqual(embeddings.Row(7), must(session.Embedding())) || !math.IsNaN(float64(embeddings.At(3, 0))) {
			t.Errorf("the embeddings are %v", embeddings)
		}
		classes, probabilities, err := predictor.Top(2)
		if err != nil || classes[0][0] != results[0].Class || classes[1][0] != NoClass ||
			probabilities.At(0, 0) != results[0].Probabilities[classes[0][0]] {
			t.Errorf("the best classes are %v, %v, %v", classes, probabilities, err)
		}
	}
	if results := must(predictor.Predict(background, nil)); len(results) != 0 {
		t.Errorf("results of no graphs: %v", results)
	}
}

func TestPredictorAgreesWithSessions(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	predictor := must(NewPredictor(model, 3))
	defer predictor.Close()
	results := must(predictor.PredictFrom(background, dataset, All))
	for i, want := range predictAll(t, model, dataset) {
		if results[i].Err != nil || !reflect.DeepEqual(results[i].Prediction, want) {
			t.Errorf("graph %d: %+v, want %+v", i, results[i], want)
		}
	}
}

func TestBatches(t *testing.T) {
	dataset := must(NewDataset("batches", DatasetOptions{}))
	defer dataset.Close()
	// A pair and a path of three nodes.
	batch := Graph{
		Nodes: 5, From: []int32{0, 2, 3}, To: []int32{1, 3, 4}, X: []float32{1, 2, 3, 4, 5}, EdgeWeight: []float32{1, 2, 3},
	}
	offsets := []int64{0, 2, 5}
	for i := 0; i < 4; i++ {
		if err := dataset.AddBatch(batch, offsets, []int64{1, 0}); err != nil {
			t.Fatal(err)
		}
	}
	graph, y, err := dataset.Graph(1)
	want := Graph{Nodes: 3, From: []int32{0, 1, 1, 2}, To: []int32{1, 0, 2, 1}, X: []float32{3, 4, 5},
		EdgeWeight: []float32{2, 2, 3, 3}}
	if err != nil || y != 0 || dataset.Len() != 8 || !reflect.DeepEqual(graph, want) {
		t.Errorf("graph 1 of %d is %+v of class %d, %v", dataset.Len(), graph, y, err)
	}
	model := trainSmall(t, dataset)
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	results := must(predictor.PredictBatch(background, batch, offsets))
	for i, want := range predictAll(t, model, dataset)[:2] {
		if results[i].Err != nil || !reflect.DeepEqual(results[i].Prediction, want) {
			t.Errorf("graph %d: %+v, want %+v", i, results[i], want)
		}
	}
	if err := dataset.AddBatch(batch, []int64{0, 1, 5}, []int64{1, 0}); err == nil || dataset.Len() != 8 {
		t.Errorf("a batch with an edge between two graphs: %v, %d graphs", err, dataset.Len())
	}
}

func TestNumbersOf64Bits(t *testing.T) {
	model := trainSmall(t, pathDataset(t))
	session := must(NewSession(model))
	defer session.Close()
	want := must(session.Predict(background, pathEdges))
	wide := GraphOf[int64, float64]{
		Nodes: 3, From: []int64{0, 2}, To: []int64{1, 1}, EdgeWeight: []float64{0.5, 2},
		X: []float64{1, 0, 0, 1, 1, 1}, NodeLabels: pathEdges.NodeLabels,
	}
	byColumns, padded, rows := wide, wide, wide
	byColumns.X, byColumns.XLayout = []float64{1, 0, 1, 0, 1, 1}, Layout{Columns: 2, RowStride: 1, ColumnStride: 3}
	padded.X = []float64{1, 0, 99, 0, 1, 99, 1, 1}
	padded.XLayout = Layout{Columns: 2, RowStride: 3, ColumnStride: 1}
	rows.From, rows.To, rows.Indptr, rows.Indices = nil, nil, []int64{0, 1, 3, 4}, []int64{1, 0, 2, 1}
	rows.EdgeWeight = []float64{0.5, 0.5, 2, 2}
	narrow := pathEdges
	narrow.X, narrow.XLayout = []float32{1, 0, 1, 0, 1, 1}, byColumns.XLayout
	for name, graph := range map[string]GraphData{
		"64 bits": wide, "by columns": byColumns, "with gaps": padded, "rows of neighbours": rows, "32 bits by columns": narrow,
	} {
		if got, err := session.Predict(background, graph); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
		if err := model.Check(graph); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}

	predict := func(change func(*GraphOf[int64, float64])) func() error {
		graph := wide
		change(&graph)
		return func() error { _, err := session.Predict(background, graph); return err }
	}
	most := int(^uint(0) >> 1)
	checkMisuse(t, []misuse{
		{"number beyond 32 bits", predict(func(g *GraphOf[int64, float64]) { g.From = []int64{0, 1 << 40} }), ErrInvalidGraph,
			"1099511627776"},
		{"feature beyond 32 bits", predict(func(g *GraphOf[int64, float64]) { g.X = []float64{1e300, 0, 0, 0, 0, 0} }),
			ErrInvalidGraph, "x"},
		{"category beyond 32 bits", predict(func(g *GraphOf[int64, float64]) { g.Categories = []int64{1, -1 << 50, 1} }),
			ErrInvalidGraph, "categories -1125899906842624"},
		{"layout that reaches further", predict(func(g *GraphOf[int64, float64]) { g.XLayout = Layout{2, 3, 2} }),
			ErrShapeMismatch, "6"},
		{"huge layout", predict(func(g *GraphOf[int64, float64]) { g.XLayout = Layout{most, most, most} }), ErrShapeMismatch, "6"},
		{"layout without columns", predict(func(g *GraphOf[int64, float64]) { g.XLayout = Layout{0, 2, 1} }),
			ErrInvalidArgument, "Columns:0"},
		{"negative stride", predict(func(g *GraphOf[int64, float64]) { g.XLayout = Layout{2, -2, 1} }), ErrInvalidArgument, "-2"},
		{"no nodes", predict(func(g *GraphOf[int64, float64]) { *g = GraphOf[int64, float64]{X: []float64{1}} }),
			ErrShapeMismatch, "0 nodes"},
	})
	short := pathEdges
	short.X = short.X[:4]
	if err := model.Check(short); !errors.Is(err, ErrShapeMismatch) {
		t.Errorf("a graph with too few features: %v", err)
	}
}

// Everything that a graph may have comes back from a data set.
func TestWholeGraphsComeBack(t *testing.T) {
	dataset := must(NewDataset("whole", DatasetOptions{Directed: true}))
	defer dataset.Close()
	want := Graph{
		Nodes: 2, From: []int32{0, 1}, To: []int32{1, 1}, EdgeWeight: []float32{0.5, 2}, EdgeLabels: []int64{-3, 1 << 40},
		EdgeAttributes: []float32{1, 2, 3, 4}, X: []float32{1, 2, 3, 4, 5, 6}, Categories: []int32{4, 0},
		NodeLabels: []int64{9, -9}, Attributes: []float32{0.25}, Targets: []float32{1, 2},
	}
	if err := dataset.Add(want, 2); err != nil {
		t.Fatal(err)
	}
	got, y, err := dataset.Graph(0)
	if err != nil || y != 2 || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v of class %d came back, %v", got, y, err)
	}
	if must(dataset.Class(0)) != 2 || dataset.ClassCount() != 3 || dataset.CategoryCount() != 1 ||
		dataset.TargetCount() != 2 || dataset.ClassName(0) != "" || dataset.ClassName(-1) != "" {
		t.Errorf("the data set is %s", must(dataset.SummaryJSON()))
	}
	if err := dataset.UseGraphAttributesAsTargets(); err != nil || dataset.TargetCount() != 1 {
		t.Errorf("%d targets, %v", dataset.TargetCount(), err)
	}
}

func TestMemoryOfASession(t *testing.T) {
	session := must(NewSession(plainModel(t)))
	defer session.Close()
	before := session.Memory()
	if err := session.Reserve(1000, 5000); err != nil {
		t.Fatal(err)
	}
	reserved := session.Memory()
	want := must(session.Predict(background, largeGraph(1000)))
	if reserved <= before || session.Memory() != reserved {
		t.Errorf("%d bytes at first, %d reserved, %d after a prediction", before, reserved, session.Memory())
	}
	classes, probabilities, err := session.Top(2)
	if err != nil || classes[0] != want.Class || probabilities[1] != want.Probabilities[classes[1]] {
		t.Errorf("the best classes are %v, %v, %v", classes, probabilities, err)
	}
	if err := session.Shrink(); err != nil || session.Memory() >= reserved {
		t.Errorf("%d bytes after shrinking, %v", session.Memory(), err)
	}
	if got := must(session.Predict(background, largeGraph(1000))); !reflect.DeepEqual(got, want) {
		t.Errorf("%v after shrinking, %v before", got, want)
	}
}

func TestAllInASplit(t *testing.T) {
	for _, c := range []struct{ given, want Split }{
		{Split{Train: All}, Split{Train: []int{0, 1, 2, 3}}},
		{Split{Train: All, Validation: []int{2}, Test: []int{0}}, Split{Train: []int{1, 3}, Validation: []int{2}, Test: []int{0}}},
		{Split{Train: []int{1}, Test: All}, Split{Train: []int{1}, Test: []int{0, 2, 3}}},
		{Split{Train: []int{}}, Split{Train: []int{}}},
	} {
		if got := must(c.given.spread(4)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%+v became %+v, want %+v", c.given, got, c.want)
		}
	}
}
