//go:build cgo && go1.21

package diffpool

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"
)

// logged is what a handler for JSON writes of a value.
func logged(t *testing.T, value any) map[string]any {
	t.Helper()
	var line bytes.Buffer
	slog.New(slog.NewJSONHandler(&line, nil)).Info("", "value", value)
	var fields struct{ Value map[string]any }
	if err := json.Unmarshal(line.Bytes(), &fields); err != nil {
		t.Fatalf("%s: %v", line.Bytes(), err)
	}
	return fields.Value
}

func TestValuesForLogs(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	trainer := must(NewTrainer(background, smallConfig(t, 2), dataset, Split{Train: All}))
	defer trainer.Close()
	var epoch Epoch
	must(trainer.Fit(background, func(e Epoch) { epoch = e }))
	ended, cancel := context.WithCancel(background)
	cancel()
	_, interruption := must(NewPool(model, 1)).Predict(ended, Graph{Nodes: 1})
	evaluation := evaluate(t, model, dataset, All)
	cases := []struct {
		name  string
		value any
		want  map[string]any
	}{
		{"error", error(&Error{ErrInvalidGraph, "from[1] is 7"}), map[string]any{"status": "INVALID_GRAPH", "message": "from[1] is 7"}},
		{"interruption", interruption, map[string]any{"status": "CANCELLED"}},
		{"epoch", epoch, map[string]any{"number": 2.0, "loss": epoch.Metric("loss")}},
		{"evaluation", evaluation, map[string]any{"accuracy": evaluation.Metric("accuracy")}},
		{"model", model, map[string]any{"task": Multiclass, "outputs": 2.0, "fingerprint": model.Fingerprint()}},
		{"no model", (*Model)(nil), map[string]any{"task": "", "parameters": 0.0}},
	}
	for _, c := range cases {
		got := logged(t, c.value)
		for key, want := range c.want {
			if got[key] != want {
				t.Errorf("%s: %s is %v, want %v", c.name, key, got[key], want)
			}
		}
	}
	if _, has := logged(t, Numbers{"a": 1})["b"]; has {
		t.Error("a number is logged that is not there")
	}
}
