//go:build cgo

package diffpool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libdiffpool/libdiffpool/bindings/go/internal/hex"
)

var background = context.Background()

// must ends a test that cannot go on, and shows where.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// firstError is errors.Join for Go 1.19, which does not have it.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func smallConfig(t testing.TB, epochs int) *Config {
	t.Helper()
	config := must(NewConfig("default"))
	settings := []struct {
		key   string
		value any
	}{
		{"epochs", epochs},
		{"clusters", []int{6, 2}},
		{"embed_hidden", 12},
		{"embed_output", 12},
		{"assign_hidden", 12},
		{"learning_rate", 0.01},
		{"seed", 3},
		{"threads", 2},
	}
	for _, setting := range settings {
		if err := config.Set(setting.key, setting.value); err != nil {
			t.Fatalf("%s: %v", setting.key, err)
		}
	}
	t.Cleanup(func() { config.Close() })
	return config
}

func smallDataset(t testing.TB) *Dataset {
	t.Helper()
	dataset := must(Synthetic("ba", 40, 5))
	t.Cleanup(func() { dataset.Close() })
	return dataset
}

// trainSmall trains for a few epochs: enough for weights that differ from the first ones.
func trainSmall(t testing.TB, dataset *Dataset) *Model {
	t.Helper()
	trainer := must(NewTrainer(background, smallConfig(t, 4), dataset, Split{Train: All}))
	defer trainer.Close()
	if _, err := trainer.Fit(background, nil); err != nil {
		t.Fatal(err)
	}
	model := must(trainer.Model())
	t.Cleanup(func() { model.Close() })
	return model
}

// evaluate evaluates with two threads.
func evaluate(t testing.TB, model *Model, dataset *Dataset, indices []int) Evaluation {
	t.Helper()
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	return must(predictor.Evaluate(background, dataset, indices))
}

// graphOf is a graph of a data set.
func graphOf(dataset *Dataset, i int) Graph {
	graph, _, err := dataset.Graph(i)
	return must(graph, err)
}

func predictAll(t testing.TB, model *Model, dataset *Dataset) []Prediction {
	t.Helper()
	session := must(NewSession(model))
	defer session.Close()
	predictions := make([]Prediction, dataset.Len())
	for i := range predictions {
		predictions[i] = must(session.PredictFrom(background, dataset, i))
	}
	return predictions
}

func TestVersion(t *testing.T) {
	if parts := strings.Split(Version(), "."); len(parts) != 3 {
		t.Errorf("the version is %q", Version())
	}
	if err := CheckABI(); err != nil {
		t.Error(err)
	}
}

func TestCPU(t *testing.T) {
	if named := os.Getenv("DIFFPOOL_CPU"); named != "" && CPU() != named {
		t.Errorf("the kernels are %q, but DIFFPOOL_CPU is %q", CPU(), named)
	}
	switch CPU() {
	case "avx512", "avx2", "neon", "portable":
	default:
		t.Errorf("the kernels are %q", CPU())
	}
}

func TestOpenedDatasetPredictsTheSame(t *testing.T) {
	dataset := smallDataset(t)
	path := filepath.Join(t.TempDir(), "graphs")
	if err := dataset.Save(path); err != nil {
		t.Fatal(err)
	}
	opened := must(OpenDataset(background, path))
	defer opened.Close()
	if must(opened.SummaryJSON()) != must(dataset.SummaryJSON()) {
		t.Errorf("opened %s, saved %s", must(opened.SummaryJSON()), must(dataset.SummaryJSON()))
	}
	expected := predictAll(t, trainSmall(t, dataset), dataset)
	if got := predictAll(t, trainSmall(t, opened), opened); !reflect.DeepEqual(got, expected) {
		t.Error("training from the file gives other predictions than from memory")
	}
}

// TestWrittenDatasetIsTheSavedOne writes graphs one by one, then whole data sets, and compares the files.
func TestWrittenDatasetIsTheSavedOne(t *testing.T) {
	folder := t.TempDir()
	dataset := smallDataset(t)
	saved, written := filepath.Join(folder, "saved"), filepath.Join(folder, "written")
	targets := Matrix{Rows: dataset.Len(), Columns: 2, Data: make([]float32, 2*dataset.Len())}
	for i := 0; i < dataset.Len(); i++ {
		targets.Data[2*i] = float32(i)
	}
	if err := firstError(dataset.SetTargets(targets), dataset.SetClassNames("a", "b"), dataset.Save(saved)); err != nil {
		t.Fatal(err)
	}
	compare := func(what string) {
		t.Helper()
		if !bytes.Equal(must(os.ReadFile(written)), must(os.ReadFile(saved))) {
			t.Errorf("the file of %s differs from the saved one", what)
		}
	}

	create := func() *DatasetWriter { return must(CreateDataset(written, dataset.Name(), DatasetOptions{})) }
	writer := create()
	defer writer.Close()
	for i := 0; i < dataset.Len(); i++ {
		// The graph comes with its targets.
		graph, y, err := dataset.Graph(i)
		if err := firstError(err, writer.Add(graph, y)); err != nil {
			t.Fatal(err)
		}
	}
	if err := firstError(writer.SetClassNames("a", "b"), writer.Finish()); err != nil {
		t.Fatal(err)
	}
	if writer.Len() != dataset.Len() {
		t.Errorf("%d graphs were added, but the writer has %d", dataset.Len(), writer.Len())
	}
	compare("single graphs")

	whole := create()
	defer whole.Close()
	if err := firstError(whole.Append(must(OpenDataset(background, saved))), whole.Finish()); err != nil {
		t.Fatal(err)
	}
	compare("a data set")

	// What is not finished leaves nothing.
	given := must(CreateDataset(filepath.Join(folder, "given up"), "x", DatasetOptions{}))
	if err := firstError(given.Add(Graph{Nodes: 3}, 0), given.Close(), given.Close()); err != nil {
		t.Fatal(err)
	}
	if files := must(os.ReadDir(folder)); len(files) != 2 || given.Len() != 0 {
		t.Errorf("the folder has the files %v", files)
	}
}

func TestTrainSaveLoadPredict(t *testing.T) {
	dataset := smallDataset(t)
	split := must(HoldOut(dataset, 0.25, 1))
	if len(split.Train) != 30 || len(split.Test) != 10 {
		t.Fatalf("%d graphs to train and %d to test, want 30 and 10", len(split.Train), len(split.Test))
	}

	trainer := must(NewTrainer(background, smallConfig(t, 4), dataset, Split{Train: split.Train, Validation: split.Test}))
	defer trainer.Close()
	var seen []Epoch
	batches := 0
	reason, err := trainer.FitBatches(background,
		func(epoch Epoch) { seen = append(seen, epoch) },
		func(batch Batch) { batches++ })
	if err != nil || reason != StopFinished {
		t.Fatalf("Fit ended with %v, %v", reason, err)
	}
	history := must(trainer.History())
	if !sameEpochs(history, seen) || len(seen) != 4 || batches < 4 {
		t.Errorf("%d epochs seen, %d batches, and a history of %d epochs", len(seen), batches, len(history))
	}
	for i, epoch := range seen {
		if epoch.Number != i+1 || !(epoch.Metric("seconds") > 0) || !math.IsNaN(epoch.Metric("no such number")) {
			t.Errorf("epoch %d is %+v", i, epoch)
		}
		for _, name := range []string{"loss", "class_loss", "validation_accuracy", "learning_rate", "gradient_norm"} {
			if math.IsNaN(epoch.Metric(name)) {
				t.Errorf("epoch %d has no %s", i, name)
			}
		}
	}
	var records []map[string]any
	if err := json.Unmarshal([]byte(must(trainer.HistoryJSON())), &records); err != nil || len(records) != 4 ||
		records[3]["loss"] != seen[3].Metric("loss") {
		t.Errorf("the history as JSON is %v, %v", records, err)
	}

	for _, epoch := range seen {
		if len(epoch.Clusters) != 2 || len(epoch.ValidationClusters) != 2 {
			t.Fatalf("epoch %d has clusters of %d and %d levels", epoch.Number, len(epoch.Clusters),
				len(epoch.ValidationClusters))
		}
		for level, clusters := range append(epoch.Clusters, epoch.ValidationClusters...) {
			checkDiagnostics(t, clusters, []float64{6, 2}[level%2])
		}
	}

	model := must(trainer.Model())
	defer model.Close()
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := model.Save(path); err != nil {
		t.Fatal(err)
	}
	want := predictAll(t, model, dataset)

	loaded := must(LoadModel(path))
	defer loaded.Close()
	if got := predictAll(t, loaded, dataset); !reflect.DeepEqual(got, want) {
		t.Error("the loaded model predicts something else")
	}
	data := must(model.Bytes())
	fromBytes := must(ModelFromBytes(data))
	defer fromBytes.Close()
	if got := predictAll(t, fromBytes, dataset); !reflect.DeepEqual(got, want) {
		t.Error("the model from bytes predicts something else")
	}
}

func TestEvaluateAgreesWithSessions(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	evaluation := evaluate(t, model, dataset, All)
	right := 0
	for i, prediction := range predictAll(t, model, dataset) {
		if evaluation.Predictions[i] != prediction.Class {
			t.Errorf("graph %d: Evaluate says %d, the session %d", i, evaluation.Predictions[i], prediction.Class)
		}
		if !reflect.DeepEqual(evaluation.Logits.Row(i), prediction.Logits) {
			t.Errorf("graph %d: Evaluate says %v, the session %v", i, evaluation.Logits.Row(i), prediction.Logits)
		}
		y := must(dataset.Class(i))
		if y == prediction.Class {
			right++
		}
	}
	if want := float64(right) / float64(dataset.Len()); evaluation.Metric("accuracy") != want {
		t.Errorf("the accuracy is %v, want %v", evaluation.Metric("accuracy"), want)
	}
	if got := evaluation.Confusion[0][0] + evaluation.Confusion[1][1]; got != right {
		t.Errorf("%d graphs on the diagonal of %v, want %d", got, evaluation.Confusion, right)
	}
	if math.IsNaN(evaluation.Metric("roc_auc")) {
		t.Error("two classes, but no area under the curve")
	}
	predictor := must(NewPredictor(model, 2))
	defer predictor.Close()
	for again := 0; again < 2; again++ {
		// Twice, because the second time its memory is not new.
		got := must(predictor.Evaluate(background, dataset, All))
		if !reflect.DeepEqual(got.Logits, evaluation.Logits) || !reflect.DeepEqual(got.Metrics, evaluation.Metrics) {
			t.Errorf("once %v and %v, then %v and %v", got.Metrics, got.Logits, evaluation.Metrics, evaluation.Logits)
		}
	}
	var known struct{ Accuracy float64 }
	if err := json.Unmarshal([]byte(evaluation.JSON), &known); err != nil || known.Accuracy != evaluation.Metric("accuracy") {
		t.Errorf("as JSON it is %s, %v", evaluation.JSON, err)
	}
	one := evaluate(t, model, dataset, []int{0})
	if !math.IsNaN(one.Metric("roc_auc")) {
		t.Errorf("one graph, but an area under the curve of %v", one.Metric("roc_auc"))
	}
}

// A path of three nodes with weights, in both forms.
var (
	pathCSR = Graph{
		Nodes: 3, Indptr: []int32{0, 1, 3, 4}, Indices: []int32{1, 0, 2, 1}, EdgeWeight: []float32{0.5, 0.5, 2, 2},
		X: []float32{1, 0, 0, 1, 1, 1}, NodeLabels: []int64{7, 8, 7},
	}
	pathEdges = Graph{
		Nodes: 3, From: []int32{0, 2}, To: []int32{1, 1}, EdgeWeight: []float32{0.5, 2},
		X: []float32{1, 0, 0, 1, 1, 1}, NodeLabels: []int64{7, 8, 7},
	}
)

// pathDataset has copies of the path above and of one with other features.
func pathDataset(t testing.TB) *Dataset {
	t.Helper()
	dataset := must(NewDataset("paths", DatasetOptions{}))
	t.Cleanup(func() { dataset.Close() })
	other := pathEdges
	other.X = []float32{0, 1, 1, 0, 0, 0}
	for i := 0; i < 6; i++ {
		for y, graph := range []Graph{pathCSR, other} {
			if err := dataset.Add(graph, y); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := dataset.SetClassNames("plain", "other"); err != nil {
		t.Fatal(err)
	}
	return dataset
}

func TestGraphsComeBack(t *testing.T) {
	dataset := pathDataset(t)
	if dataset.Len() != 12 || dataset.ClassCount() != 2 || dataset.FeatureCount() != 2 || dataset.NodeCount() != 36 {
		t.Errorf("%d graphs, %d classes, %d features, %d nodes", dataset.Len(), dataset.ClassCount(), dataset.FeatureCount(),
			dataset.NodeCount())
	}
	graph, y, err := dataset.Graph(1)
	want := pathEdges
	want.From, want.To, want.EdgeWeight = []int32{0, 1, 1, 2}, []int32{1, 0, 2, 1}, []float32{0.5, 0.5, 2, 2}
	want.X = []float32{0, 1, 1, 0, 0, 0}
	if err != nil || y != 1 || !reflect.DeepEqual(graph, want) {
		t.Errorf("graph 1 is %+v of class %d, %v, want %+v", graph, y, err, want)
	}
	if must(dataset.Class(0)) != 0 || dataset.Name() != "paths" || dataset.EdgeCount() != 48 {
		t.Errorf("%q has %d edges", dataset.Name(), dataset.EdgeCount())
	}
	name := dataset.ClassName(1)
	if name != "other" {
		t.Errorf("class 1 is %q", name)
	}
	summary := must(dataset.SummaryJSON())
	if !strings.Contains(summary, `"paths"`) {
		t.Errorf("the summary is %s", summary)
	}
}

func TestBothFormsOfAGraphAreTheSame(t *testing.T) {
	model := trainSmall(t, pathDataset(t))
	session := must(NewSession(model))
	defer session.Close()
	fromCSR := must(session.Predict(background, pathCSR))
	fromEdges := must(session.Predict(background, pathEdges))
	if !reflect.DeepEqual(fromCSR, fromEdges) {
		t.Errorf("%v from rows, %v from pairs", fromCSR, fromEdges)
	}
	name := model.ClassName(1)
	if name != "other" {
		t.Errorf("class 1 of the model is %q", name)
	}
	labels := model.UsesNodeLabels()
	if !labels || model.Directed() || model.LevelCount() != 2 || model.RelationCount() != 1 || model.FeatureCount() != 2 || model.ClassCount() != 2 {
		t.Errorf("labels %v, %d features, %d classes", labels, model.FeatureCount(), model.ClassCount())
	}
}

func TestEdgeLabelsAreRelations(t *testing.T) {
	dataset := must(NewDataset("bonds", DatasetOptions{}))
	defer dataset.Close()
	// Nodes 0 and 1 are joined under two labels.
	bonds := Graph{Nodes: 3, From: []int32{0, 0, 1}, To: []int32{1, 1, 2}, EdgeLabels: []int64{5, -2, 5}}
	other := bonds
	other.EdgeLabels = []int64{5, -2, -2}
	for i := 0; i < 6; i++ {
		for y, graph := range []Graph{bonds, other} {
			if err := dataset.Add(graph, y); err != nil {
				t.Fatal(err)
			}
		}
	}
	back := graphOf(dataset, 0)
	if want := []int64{-2, 5, -2, 5, 5, 5}; !reflect.DeepEqual(back.EdgeLabels, want) {
		t.Errorf("the edge labels are %v, want %v", back.EdgeLabels, want)
	}
	config := smallConfig(t, 1)
	if err := config.Set("relations", "edge_labels"); err != nil {
		t.Fatal(err)
	}
	model := must(NewModel(config, dataset, Split{Train: All}))
	defer model.Close()
	if relations := must(model.Relations()); !reflect.DeepEqual(relations, []int64{-2, 5}) {
		t.Errorf("the relations are %v", relations)
	}
	session := must(NewSession(model))
	defer session.Close()
	if model.RelationCount() != 2 {
		t.Errorf("%d relations, want 2", model.RelationCount())
	}
	must(session.Predict(background, bonds))
	sum := must(session.PooledAdjacency(0, AllRelations))
	for relation, total := range []float64{2, 4} {
		pooled := must(session.PooledAdjacency(0, relation))
		all := 0.0
		for at, value := range pooled.Data {
			all += float64(value)
			sum.Data[at] -= value
		}
		if math.Abs(all-total) > 1e-5 {
			t.Errorf("relation %d: the pooled matrix sums to %v, want %v", relation, all, total)
		}
	}
	for _, rest := range sum.Data {
		if math.Abs(float64(rest)) > 1e-5 {
			t.Errorf("the relations do not sum to the pooled adjacency: %v is left", rest)
		}
	}
	if _, err := session.PooledAdjacency(0, 2); !errors.Is(err, ErrNotFound) {
		t.Errorf("relation 2: %v", err)
	}
	short, missing := bonds, bonds
	short.EdgeLabels, missing.EdgeLabels = bonds.EdgeLabels[:2], nil
	if _, err := session.Predict(background, short); !errors.Is(err, ErrShapeMismatch) {
		t.Errorf("too few labels: %v", err)
	}
	if _, err := session.Predict(background, missing); !errors.Is(err, ErrInvalidGraph) {
		t.Errorf("no labels: %v", err)
	}
}

// checkDiagnostics says when numbers on clusters are out of their ranges.
func checkDiagnostics(t *testing.T, clusters Numbers, count float64) {
	t.Helper()
	within := func(name string, least, most float64) bool {
		value, has := clusters[name]
		return has && value >= least-1e-6 && value <= most+1e-6
	}
	if !within("clusters_in_use", 1, count) || !within("effective_clusters", 1, count) ||
		!within("entropy", 0, math.Log(count)) || !within("relative_entropy", 0, 1) || !within("edges_inside", 0, 1) ||
		!within("modularity", -0.5, clusters["edges_inside"]) ||
		math.Abs(clusters["entropy"]-clusters["relative_entropy"]*math.Log(count)) > 1e-9 {
		t.Errorf("of %v clusters: %+v", count, clusters)
	}
}

func TestLevelsOfAPrediction(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	session := must(NewSession(model))
	defer session.Close()
	if _, err := session.Assignment(0); !errors.Is(err, ErrInvalidState) {
		t.Errorf("before a prediction: %v", err)
	}
	if value := session.Diagnostic(0, "entropy"); !math.IsNaN(value) {
		t.Errorf("diagnostics before a prediction: %v", value)
	}
	if _, err := session.NodeImportance(0); !errors.Is(err, ErrInvalidState) {
		t.Errorf("importance before a prediction: %v", err)
	}
	prediction := must(session.PredictFrom(background, dataset, 1))
	if sum := prediction.Probabilities[0] + prediction.Probabilities[1]; math.Abs(float64(sum)-1) > 1e-5 {
		t.Errorf("the probabilities %v do not sum to 1", prediction.Probabilities)
	}
	embedding := must(session.Embedding())
	if len(embedding) == 0 {
		t.Error("the embedding is empty")
	}
	importance := must(session.NodeImportance(prediction.Class))
	if len(importance) != graphOf(dataset, 1).Nodes {
		t.Errorf("the importance of %d nodes", len(importance))
	}
	if _, err := session.NodeImportance(2); !errors.Is(err, ErrNotFound) {
		t.Errorf("importance for logit 2 of 2: %v", err)
	}
	if model.LevelCount() != 2 || len(embedding) != model.EmbeddingWidth() {
		t.Fatalf("%d levels, want 2, and an embedding of %d", model.LevelCount(), len(embedding))
	}
	rows := graphOf(dataset, 1).Nodes
	if session.NodeCount() != rows {
		t.Errorf("%d nodes, want %d", session.NodeCount(), rows)
	}
	for level, clusters := range []int{6, 2} {
		s := must(session.Assignment(level))
		if s.Rows != rows || s.Columns != clusters {
			t.Errorf("level %d: %d x %d, want %d x %d", level, s.Rows, s.Columns, rows, clusters)
		}
		for row := 0; row < s.Rows; row++ {
			sum := 0.0
			for _, share := range s.Row(row) {
				sum += float64(share)
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Errorf("level %d: row %d sums to %v", level, row, sum)
			}
		}
		pooledX := must(session.PooledX(level))
		if pooledX.Rows != clusters {
			t.Errorf("level %d: pooled features of %d clusters", level, pooledX.Rows)
		}
		adjacency := must(session.PooledAdjacency(level, AllRelations))
		if adjacency.Rows != clusters || adjacency.Columns != clusters {
			t.Errorf("level %d: a pooled graph of %d x %d", level, adjacency.Rows, adjacency.Columns)
		}
		numbers := Numbers{}
		for _, name := range diagnosticNames {
			numbers[name] = session.Diagnostic(level, name)
		}
		checkDiagnostics(t, numbers, float64(clusters))
		rows = clusters
	}
	for _, value := range []float64{session.Diagnostic(2, "entropy"), session.Diagnostic(-1, "entropy"),
		session.Diagnostic(0, "no such number"), session.Diagnostic(0, "a\x00b")} {
		if !math.IsNaN(value) {
			t.Errorf("a number that is not there is %v", value)
		}
	}
	if _, err := session.Assignment(2); !errors.Is(err, ErrNotFound) {
		t.Errorf("level 2: %v", err)
	}
}

func TestSessionsRunAtTheSameTime(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	want := predictAll(t, model, dataset)
	var group sync.WaitGroup
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			session, err := NewSession(model)
			if err != nil {
				t.Error(err)
				return
			}
			defer session.Close()
			for i := range want {
				if got, err := session.PredictFrom(background, dataset, i); err != nil || !reflect.DeepEqual(got, want[i]) {
					t.Errorf("graph %d: %v, %v, want %v", i, got, err, want[i])
				}
			}
		}()
	}
	group.Wait()
}

// A session that several goroutines share is slower, but right.
func TestOneSessionForManyGoroutines(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	want := predictAll(t, model, dataset)
	session := must(NewSession(model))
	defer session.Close()
	var group sync.WaitGroup
	for i := range want {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			if got, err := session.PredictFrom(background, dataset, i); err != nil || !reflect.DeepEqual(got, want[i]) {
				t.Errorf("graph %d: %v, %v, want %v", i, got, err, want[i])
			}
		}(i)
	}
	group.Wait()
}

func TestContextEndsTraining(t *testing.T) {
	dataset := smallDataset(t)
	trainer := must(NewTrainer(background, smallConfig(t, 1_000_000), dataset, Split{Train: All}))
	defer trainer.Close()

	ctx, cancel := context.WithCancel(background)
	reason, err := trainer.Fit(ctx, func(epoch Epoch) {
		if epoch.Number == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || reason != StopContext {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
	history := must(trainer.History())
	if len(history) != 3 {
		t.Errorf("%d epochs, want 3", len(history))
	}
	if _, err := trainer.Fit(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Fit with a context that is done: %v", err)
	}

	// The trainer goes on where it stopped; this time it is stopped from outside, in the middle of an epoch.
	ctx, cancel = context.WithCancel(background)
	started := make(chan struct{})
	var once sync.Once
	go func() {
		<-started
		cancel()
	}()
	reason, err = trainer.FitBatches(ctx, nil, func(Batch) { once.Do(func() { close(started) }) })
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrCancelled) || reason != StopContext {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
	ctx, cancel = context.WithTimeout(background, 20*time.Millisecond)
	defer cancel()
	reason, err = trainer.Fit(ctx, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrTimeout) || reason != StopContext {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
	model := must(trainer.Model())
	model.Close()
}

func TestCallbacksOfFit(t *testing.T) {
	dataset := smallDataset(t)
	trainer := must(NewTrainer(background, smallConfig(t, 3), dataset, Split{Train: All}))
	defer trainer.Close()

	func() {
		defer func() {
			if recovered := recover(); recovered != "stop" {
				t.Errorf("recovered %v", recovered)
			}
		}()
		_, err := trainer.Fit(background, func(Epoch) { panic("stop") })
		t.Errorf("Fit returned %v", err)
	}()

	_, err := trainer.Fit(background, func(Epoch) {
		if _, err := trainer.Model(); !errors.Is(err, ErrInvalidState) {
			t.Errorf("Model during Fit: %v", err)
		}
		if _, err := trainer.Fit(background, nil); !errors.Is(err, ErrInvalidState) {
			t.Errorf("Fit during Fit: %v", err)
		}
		if err := dataset.SetClassNames("a", "b"); !errors.Is(err, ErrInvalidState) {
			t.Errorf("a change of the data set during Fit: %v", err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestCloseDuringFit(t *testing.T) {
	trainer := must(NewTrainer(background, smallConfig(t, 1_000_000), smallDataset(t), Split{Train: All}))
	reason, err := trainer.Fit(background, func(Epoch) { trainer.Close() })
	if !errors.Is(err, ErrCancelled) || !strings.Contains(err.Error(), "closed") || reason != StopContext {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
	if _, err := trainer.Model(); !errors.Is(err, ErrInvalidState) {
		t.Errorf("Model after Close: %v", err)
	}
}

func TestResumeIsAsIfNeverStopped(t *testing.T) {
	dataset := smallDataset(t)
	path := filepath.Join(t.TempDir(), "checkpoint")
	train := func(trainer *Trainer) []Prediction {
		defer trainer.Close()
		if _, err := trainer.Fit(background, nil); err != nil {
			t.Fatal(err)
		}
		model := must(trainer.Model())
		defer model.Close()
		return predictAll(t, model, dataset)
	}
	want := train(must(NewTrainer(background, smallConfig(t, 6), dataset, Split{Train: All})))

	trainer := must(NewTrainer(background, smallConfig(t, 6), dataset, Split{Train: All}))
	ctx, cancel := context.WithCancel(background)
	if _, err := trainer.Fit(ctx, func(epoch Epoch) {
		if epoch.Number == 3 {
			cancel()
		}
	}); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := trainer.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	trainer.Close()
	if got := train(must(ResumeTrainer(background, path, dataset, Split{Train: All}))); !reflect.DeepEqual(got, want) {
		t.Error("a resumed run gives another model")
	}
}

func TestAFinishedRunCanBeMadeLonger(t *testing.T) {
	dataset := smallDataset(t)
	whole := must(NewTrainer(background, smallConfig(t, 5), dataset, Split{Train: All}))
	defer whole.Close()
	longer := must(NewTrainer(background, smallConfig(t, 2), dataset, Split{Train: All}))
	defer longer.Close()
	for _, trainer := range []*Trainer{whole, longer} {
		if _, err := trainer.Fit(background, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := longer.SetEpochs(1); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("fewer epochs than are finished: %v", err)
	}
	if err := longer.SetEpochs(5); err != nil {
		t.Fatal(err)
	}
	if _, err := longer.Fit(background, nil); err != nil {
		t.Fatal(err)
	}
	last := func(trainer *Trainer) float64 {
		epochs := must(trainer.History())
		return epochs[len(epochs)-1].Metric("loss")
	}
	if got, want := last(longer), last(whole); got != want {
		t.Errorf("the loss after five epochs is %v, not %v", got, want)
	}
}

func TestSchedules(t *testing.T) {
	dataset := smallDataset(t)
	split := must(HoldOut(dataset, 0.25, 1))
	config := smallConfig(t, 4)
	for key, value := range map[string]any{
		"learning_rate_schedule": "cosine", "learning_rate": 0.01, "cosine_min": 0.5, "warmup_epochs": 1,
		"label_smoothing": 0.1, "accumulate_batches": 2, "ema_decay": 0.9, "min_delta": 0.001,
	} {
		if err := config.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	trainer := must(NewTrainer(background, config, dataset, Split{Train: split.Train, Validation: split.Test}))
	defer trainer.Close()
	if epoch := trainer.BestEpoch(); epoch != 0 {
		t.Errorf("epoch %d is best before the first", epoch)
	}
	var rates []float64
	if _, err := trainer.Fit(background, func(epoch Epoch) {
		rates = append(rates, epoch.Metric("learning_rate"))
	}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.005, 0.01, 0.00875, 0.00625} {
		if math.Abs(rates[i]-want) > 1e-12 {
			t.Errorf("epoch %d has the step size %v, want %v", i+1, rates[i], want)
		}
	}
	best := 0
	for i, epoch := range must(trainer.History()) {
		if epoch.Metric("learning_rate") != rates[i] {
			t.Errorf("epoch %d has the step size %v in the history", i+1, epoch.Metric("learning_rate"))
		}
		if epoch.Metric("validation_loss") < must(trainer.History())[best].Metric("validation_loss") {
			best = i
		}
	}
	if epoch := trainer.BestEpoch(); epoch != best+1 {
		t.Errorf("epoch %d is said to be best, but it is %d", epoch, best+1)
	}
}

func TestTrainingCanGoOnFromAModel(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	trainer := must(NewTrainerFromModel(background, model, smallConfig(t, 1), dataset, Split{Train: []int{0, 1, 2, 3}}))
	defer trainer.Close()
	if reason, err := trainer.Fit(background, nil); err != nil || reason != StopFinished {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
}

func TestTensors(t *testing.T) {
	model := trainSmall(t, smallDataset(t))
	tensors := must(model.Tensors())
	trained := 0
	for _, tensor := range tensors {
		size := 1
		for _, length := range tensor.Shape {
			size *= length
		}
		values := must(model.Tensor(tensor.Name))
		if len(values) != size {
			t.Errorf("%s has %d values and the shape %v", tensor.Name, len(values), tensor.Shape)
		}
		if tensor.Trained {
			trained += size
		}
	}
	if trained != model.ParameterCount() || trained == 0 {
		t.Errorf("%d trained values in %d tensors, but %d parameters", trained, len(tensors), model.ParameterCount())
	}

	clone := must(model.Clone())
	defer clone.Close()
	name := tensors[0].Name
	before := must(clone.Tensor(name))
	if err := clone.SetTensor(name, make([]float32, len(before))); err != nil {
		t.Fatal(err)
	}
	after := must(clone.Tensor(name))
	if after[0] != 0 {
		t.Errorf("%s is %v after it was set to zeros", name, after)
	}
	if !reflect.DeepEqual(must(model.Tensor(name)), before) {
		t.Errorf("a change of the copy changed %s of the model", name)
	}
	summary := must(model.Summary())
	if summary == "" {
		t.Error("the summary is empty")
	}
}

func TestConfig(t *testing.T) {
	config := smallConfig(t, 12)
	var epochs int
	if err := config.Get("epochs", &epochs); err != nil || epochs != 12 {
		t.Errorf("epochs is %d, %v", epochs, err)
	}
	var clusters []float64
	if err := config.Get("clusters", &clusters); err != nil || !reflect.DeepEqual(clusters, []float64{6, 2}) {
		t.Errorf("clusters is %v, %v", clusters, err)
	}
	for key, value := range map[string]any{
		"shuffle": false, "readout": "mean", "dropout": 0.5, "seed": int64(9), "head_hidden": []int64{8},
		"class_weights": []float64{1, 2},
	} {
		if err := config.Set(key, value); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	text := must(config.JSON())
	parsed := must(ParseConfig(text))
	defer parsed.Close()
	again := must(parsed.JSON())
	if again != text {
		t.Errorf("%s became %s", text, again)
	}
	clone := must(config.Clone())
	defer clone.Close()
	if err := clone.Set("epochs", 99); err != nil {
		t.Error(err)
	}
	if err := config.Get("epochs", &epochs); err != nil || epochs != 12 {
		t.Errorf("a change of the copy changed the config: epochs is %d, %v", epochs, err)
	}
	if err := config.Check(); err != nil {
		t.Error(err)
	}
	if err := config.Merge(`{"epochs": 7, "readout": "sum"}`); err != nil {
		t.Error(err)
	}
	difference := must(config.Difference("default"))
	same := must(ParseConfig(difference))
	defer same.Close()
	if must(same.JSON()) != must(config.JSON()) || !strings.Contains(difference, `"sum"`) ||
		strings.Contains(difference, "batch_size") {
		t.Errorf("the difference to the preset is %s", difference)
	}
	var keys []struct{ Name string }
	if err := json.Unmarshal([]byte(must(ConfigKeys())), &keys); err != nil || len(keys) < 50 || keys[0].Name != "preset" {
		t.Errorf("the keys are %v, %v", keys, err)
	}
}

func TestMatrix(t *testing.T) {
	matrix := Matrix{Rows: 2, Columns: 3, Data: []float32{1, 2, 3, 4, 5, 6}}
	if matrix.At(1, 0) != 4 || !reflect.DeepEqual(matrix.Row(0), []float32{1, 2, 3}) {
		t.Errorf("%v at (1, 0), %v in row 0", matrix.At(1, 0), matrix.Row(0))
	}
}

// Objects that nobody closes are closed by the collector, while others live on.
func TestForgottenObjects(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	want := predictAll(t, model, dataset)
	for i := 0; i < 50; i++ {
		forgotten := must(model.Clone())
		session := must(NewSession(forgotten))
		must(session.PredictFrom(background, dataset, 0))
		runtime.GC()
	}
	if got := predictAll(t, model, dataset); !reflect.DeepEqual(got, want) {
		t.Error("the model changed")
	}
}

// TestExpectedBits compares with what the C++ program load_predict printed: see scripts/check_same_bits.sh.
func TestExpectedBits(t *testing.T) {
	expected := os.Getenv("DIFFPOOL_EXPECTED")
	if expected == "" {
		t.Skip("DIFFPOOL_EXPECTED names no file")
	}
	text := must(os.ReadFile(expected))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	model := must(LoadModel(os.Getenv("DIFFPOOL_MODEL")))
	defer model.Close()
	var kind string
	var graphs int
	var seed uint64
	source := strings.ReplaceAll(os.Getenv("DIFFPOOL_SYNTHETIC"), ":", " ")
	if _, err := fmt.Sscan(source, &kind, &graphs, &seed); err != nil {
		t.Fatalf("DIFFPOOL_SYNTHETIC is not kind:graphs:seed: %v", err)
	}
	dataset := must(Synthetic(kind, graphs, seed))
	defer dataset.Close()
	predictions := predictAll(t, model, dataset)
	if len(lines) != len(predictions) {
		t.Fatalf("%d lines for %d graphs", len(lines), len(predictions))
	}
	for i, prediction := range predictions {
		if got := predictionLine(i, prediction); got != lines[i] {
			t.Errorf("graph %d: %s, want %s", i, got, lines[i])
		}
	}
}

func predictionLine(graph int, prediction Prediction) string {
	var line strings.Builder
	fmt.Fprintf(&line, "%d %d", graph, prediction.Class)
	for _, logit := range prediction.Logits {
		line.WriteString(" " + hex.Float(logit))
	}
	return line.String()
}

// sameEpochs compares what epochs say.
func sameEpochs(a, b []Epoch) bool {
	same := len(a) == len(b)
	for i := 0; same && i < len(a); i++ {
		same = a[i].Number == b[i].Number && reflect.DeepEqual(a[i].Metrics, b[i].Metrics) &&
			reflect.DeepEqual(a[i].Clusters, b[i].Clusters) &&
			reflect.DeepEqual(a[i].ValidationClusters, b[i].ValidationClusters)
	}
	return same
}
