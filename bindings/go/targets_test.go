//go:build cgo

package diffpool

import (
	"math"
	"reflect"
	"testing"
)

// trainTask trains on the 40 graphs of smallDataset, whose targets have been set, and returns model and last epoch.
func trainTask(t testing.TB, dataset *Dataset, settings map[string]any) (*Model, Epoch) {
	t.Helper()
	config := smallConfig(t, 3)
	for key, value := range settings {
		if err := config.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	var train, validation []int
	for i := 0; i < dataset.Len(); i++ {
		if i%3 == 0 {
			validation = append(validation, i)
		} else {
			train = append(train, i)
		}
	}
	trainer := must(NewTrainer(background, config, dataset, Split{Train: train, Validation: validation}))
	defer trainer.Close()
	must(trainer.Fit(background, nil))
	model := must(trainer.Model())
	t.Cleanup(func() { model.Close() })
	history := must(trainer.History())
	return model, history[len(history)-1]
}

func TestLabels(t *testing.T) {
	dataset := smallDataset(t)
	targets := Matrix{Rows: dataset.Len(), Columns: 2}
	for i := 0; i < dataset.Len(); i++ {
		targets.Data = append(targets.Data, float32(i%2), nan)
	}
	if err := dataset.SetTargets(targets); err != nil {
		t.Fatal(err)
	}
	if got := graphOf(dataset, 3).Targets; dataset.TargetCount() != 2 || got[0] != 1 || got[1] == got[1] {
		t.Errorf("the targets came back as %v", got)
	}
	model, epoch := trainTask(t, dataset, map[string]any{"task": Multilabel, "early_stopping": "metric"})
	if model.Task() != Multilabel || model.Metric() != "roc_auc" || model.TargetCount() != 2 || model.OutputCount() != 2 {
		t.Errorf("the model is of %s", must(model.SummaryJSON()))
	}
	if math.IsNaN(epoch.Metric("metric")) || math.IsNaN(epoch.Metric("validation_metric")) {
		t.Errorf("no metric in %+v", epoch)
	}
	evaluation := evaluate(t, model, dataset, All)
	_, measured := evaluation.ByTarget["rmse"]
	if _, has := evaluation.Metrics["rmse"]; has || measured || evaluation.Confusion != nil {
		t.Errorf("labels have numbers or classes: %+v", evaluation)
	}
	byTarget := evaluation.ByTarget["roc_auc"]
	if evaluation.Metric("roc_auc") != byTarget[0] || !math.IsNaN(byTarget[1]) {
		t.Errorf("the areas under the curves are %v and %v", evaluation.Metric("roc_auc"), byTarget)
	}
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictFrom(background, dataset, 5))
	if prediction.Class != -1 || !reflect.DeepEqual(prediction.Predictions, evaluation.Predictions[10:12]) ||
		!reflect.DeepEqual(prediction.Logits, evaluation.Logits.Row(5)) {
		t.Errorf("the session says %+v, the evaluation %v", prediction, evaluation.Predictions[10:12])
	}
}

func TestOneLabel(t *testing.T) {
	dataset := smallDataset(t)
	targets := Matrix{Rows: dataset.Len(), Columns: 1}
	for i := 0; i < dataset.Len(); i++ {
		targets.Data = append(targets.Data, float32(i%2))
	}
	if err := dataset.SetTargets(targets); err != nil {
		t.Fatal(err)
	}
	model, _ := trainTask(t, dataset, map[string]any{"task": Binary, "metric": "average_precision"})
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictFrom(background, dataset, 0))
	if (prediction.Class == 1) != (prediction.Probabilities[0] > 0.5) || len(prediction.Logits) != 1 {
		t.Errorf("the prediction is %+v", prediction)
	}
	if evaluation := evaluate(t, model, dataset, All); len(evaluation.Confusion) != 2 || model.ClassCount() != 2 {
		t.Errorf("the confusion is %v", evaluation.Confusion)
	}
}

func TestNumbers(t *testing.T) {
	dataset := smallDataset(t)
	targets := Matrix{Rows: dataset.Len(), Columns: 1}
	for i := 0; i < dataset.Len(); i++ {
		targets.Data = append(targets.Data, float32(i)/10)
	}
	if err := dataset.SetTargets(targets); err != nil {
		t.Fatal(err)
	}
	model, epoch := trainTask(t, dataset, map[string]any{"task": Regression, "regression_loss": "mae"})
	if !math.IsNaN(epoch.Metric("accuracy")) || !(epoch.Metric("metric") > 0) {
		t.Errorf("the last epoch is %+v", epoch)
	}
	evaluation := evaluate(t, model, dataset, All)
	if len(evaluation.Predictions) != 0 || !(evaluation.Metrics["rmse"] >= evaluation.Metrics["mae"]) {
		t.Errorf("the evaluation is %+v", evaluation)
	}
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictFrom(background, dataset, 7))
	if prediction.Probabilities != nil || prediction.Logits[0] != evaluation.Logits.At(7, 0) {
		t.Errorf("the prediction is %+v", prediction)
	}
}

func TestSequences(t *testing.T) {
	graphs := smallDataset(t)
	dataset := must(NewDataset("words", DatasetOptions{}))
	defer dataset.Close()
	if err := dataset.SetVocabulary([]string{"tree", "joined", "?", "."}, 4, 3); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < graphs.Len(); i++ {
		graph := graphOf(graphs, i)
		graph.Words = []int64{int64(i % 2), 9}[:1+i%2]
		if err := dataset.Add(graph, NoClass); err != nil {
			t.Fatal(err)
		}
	}
	graph, y, err := dataset.Graph(3)
	if err != nil || y != NoClass || dataset.SequenceLength() != 3 || !reflect.DeepEqual(graph.Words, []int64{1, 9}) {
		t.Errorf("the words came back as %v, %v", graph.Words, err)
	}
	model, _ := trainTask(t, dataset, map[string]any{"task": Sequence})
	if model.TargetCount() != 3 || model.OutputCount() != 12 || model.ClassName(0) != "tree" {
		t.Errorf("the model is of %s", must(model.SummaryJSON()))
	}
	evaluation := evaluate(t, model, dataset, All)
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictFrom(background, dataset, 2))
	if !reflect.DeepEqual(prediction.Predictions, evaluation.Predictions[6:9]) || len(prediction.Probabilities) != 12 {
		t.Errorf("the prediction is %+v", prediction)
	}
	if _, has := evaluation.Metrics["sequence_f1"]; !has || len(evaluation.Logits.Data) != 0 {
		t.Errorf("the evaluation is %+v", evaluation)
	}
}

func TestMisuseOfTargets(t *testing.T) {
	dataset := smallDataset(t)
	if err := dataset.SetClassNames("a", "b", "?", "."); err != nil {
		t.Fatal(err)
	}
	short := Matrix{1, 1, []float32{1}}
	words := must(NewDataset("words", DatasetOptions{}))
	defer words.Close()
	if err := words.SetVocabulary(nil, 4, 1); err != nil {
		t.Fatal(err)
	}
	checkMisuse(t, []misuse{
		{"too few targets", func() error { return dataset.SetTargets(short) }, ErrShapeMismatch, "1 40"},
		{"rows that do not fit", func() error { return dataset.SetTargets(Matrix{2, 3, []float32{1}}) }, ErrShapeMismatch, "2 3"},
		{"no rows", func() error { return dataset.SetTargets(Matrix{0, 3, []float32{1}}) }, ErrShapeMismatch, "0 3"},
		{"negative rows", func() error { return dataset.SetTargets(Matrix{-1, 1, nil}) }, ErrInvalidArgument, "-1"},
		{"negative width", func() error { return dataset.SetTargets(Matrix{1, -1, nil}) }, ErrInvalidArgument, "-1"},
		{"no attributes", func() error { return dataset.UseGraphAttributesAsTargets() }, ErrInvalidState, "attributes"},
		{"negative word", func() error { return words.Add(Graph{Nodes: 1, Words: []int64{-7}}, NoClass) },
			ErrInvalidArgument, "-7"},
		{"no words", func() error { return words.Add(Graph{Nodes: 1}, NoClass) }, ErrInvalidArgument, "words"},
		{"infinite target", func() error {
			return dataset.Add(Graph{Nodes: 1, Targets: []float32{float32(math.Inf(1))}}, 0)
		}, ErrInvalidArgument, "inf"},
		{"vocabulary for graphs that are there", func() error { return dataset.SetVocabulary(nil, 4, 1) }, ErrInvalidState, ""},
		{"too few words", func() error { return words.SetVocabulary([]string{"a"}, 4, 1) }, ErrShapeMismatch, "1 4"},
		{"negative length", func() error { return words.SetVocabulary(nil, 4, -1) }, ErrInvalidArgument, "-1"},
		{"negative vocabulary", func() error { return words.SetVocabulary(nil, -4, 1) }, ErrInvalidArgument, "-4"},
	})
}
