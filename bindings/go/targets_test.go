package diffpool

import (
	"context"
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
	trainer := must(NewTrainer(config, dataset, train, validation))
	defer trainer.Close()
	must(trainer.Fit(context.Background(), nil))
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
	if got := must(dataset.Targets(3)); dataset.TargetWidth() != 2 || got[0] != 1 || got[1] == got[1] {
		t.Errorf("the targets came back as %v", got)
	}
	model, epoch := trainTask(t, dataset, map[string]any{"task": Multilabel, "early_stopping": "metric"})
	if must(model.Task()) != Multilabel || must(model.Metric()) != "roc_auc" || model.Targets() != 2 || model.Outputs() != 2 {
		t.Errorf("the model is of %s", must(model.SummaryJSON()))
	}
	if math.IsNaN(epoch.Metric) || math.IsNaN(epoch.ValidationMetric) {
		t.Errorf("no metric in %+v", epoch)
	}
	evaluation := must(Evaluate(model, dataset, All, 1))
	if _, has := evaluation.Metrics["rmse"]; has || evaluation.Confusion != nil {
		t.Errorf("labels have numbers or classes: %+v", evaluation)
	}
	byTarget := evaluation.ByTarget["roc_auc"]
	if evaluation.ROCAUC != byTarget[0] || !math.IsNaN(byTarget[1]) || evaluation.Metrics["roc_auc"] != byTarget[0] {
		t.Errorf("the areas under the curves are %v and %v", evaluation.ROCAUC, byTarget)
	}
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictGraph(dataset, 5))
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
	prediction := must(session.PredictGraph(dataset, 0))
	if (prediction.Class == 1) != (prediction.Probabilities[0] > 0.5) || len(prediction.Logits) != 1 {
		t.Errorf("the prediction is %+v", prediction)
	}
	if evaluation := must(Evaluate(model, dataset, All, 1)); len(evaluation.Confusion) != 2 || model.Classes() != 2 {
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
	if !math.IsNaN(epoch.Accuracy) || !(epoch.Metric > 0) {
		t.Errorf("the last epoch is %+v", epoch)
	}
	evaluation := must(Evaluate(model, dataset, All, 1))
	if len(evaluation.Predictions) != 0 || !(evaluation.Metrics["rmse"] >= evaluation.Metrics["mae"]) {
		t.Errorf("the evaluation is %+v", evaluation)
	}
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictGraph(dataset, 7))
	if prediction.Probabilities != nil || prediction.Logits[0] != evaluation.Logits.At(7, 0) {
		t.Errorf("the prediction is %+v", prediction)
	}
}

func TestSequences(t *testing.T) {
	dataset := smallDataset(t)
	sequences := make([][]int, dataset.Len())
	for i := range sequences {
		sequences[i] = []int{i % 2, 9}[:1+i%2]
	}
	if err := dataset.SetClassNames("tree", "joined", "?", "."); err != nil {
		t.Fatal(err)
	}
	if err := dataset.SetSequences(sequences, 3, 4); err != nil {
		t.Fatal(err)
	}
	if got := must(dataset.Sequence(3)); dataset.SequenceLength() != 3 || !reflect.DeepEqual(got, []int{1, 9}) {
		t.Errorf("the words came back as %v", got)
	}
	model, _ := trainTask(t, dataset, map[string]any{"task": Sequence})
	if model.Targets() != 3 || model.Outputs() != 12 || must(model.ClassName(0)) != "tree" {
		t.Errorf("the model is of %s", must(model.SummaryJSON()))
	}
	evaluation := must(Evaluate(model, dataset, All, 1))
	session := must(NewSession(model))
	defer session.Close()
	prediction := must(session.PredictGraph(dataset, 2))
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
	checkMisuse(t, []misuse{
		{"too few targets", func() error { return dataset.SetTargets(short) }, ShapeMismatch, "1 40"},
		{"rows that do not fit", func() error { return dataset.SetTargets(Matrix{2, 3, []float32{1}}) }, ShapeMismatch, "2 3"},
		{"negative width", func() error { return dataset.SetTargets(Matrix{1, -1, nil}) }, InvalidArgument, "-1"},
		{"no attributes", func() error { return dataset.UseGraphAttributesAsTargets() }, InvalidState, "attributes"},
		{"too few sequences", func() error { return dataset.SetSequences([][]int{{1}}, 1, 4) }, ShapeMismatch, "2 41"},
		{"negative word", func() error {
			sequences := make([][]int, dataset.Len())
			sequences[3] = []int{-7}
			return dataset.SetSequences(sequences, 1, 4)
		}, InvalidArgument, "-7"},
		{"targets of no graph", func() error { _, err := dataset.Targets(40); return err }, NotFound, "40"},
		{"words of no graph", func() error { _, err := dataset.Sequence(-1); return err }, InvalidArgument, "-1"},
	})
}
