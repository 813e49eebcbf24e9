//go:build cgo

package diffpool

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func TestDatasetsInParts(t *testing.T) {
	dataset := smallDataset(t)
	some := must(dataset.Subset([]int{3, 1}))
	defer some.Close()
	if !reflect.DeepEqual(graphOf(some, 0), graphOf(dataset, 3)) || some.Len() != 2 {
		t.Errorf("a subset of %d graphs begins with %+v", some.Len(), graphOf(some, 0))
	}
	if err := some.Append(dataset); err != nil || some.Len() != 42 {
		t.Errorf("%d graphs after appending, %v", some.Len(), err)
	}
	weights := make([]float32, some.Len())
	for i := range weights {
		weights[i] = float32(i)
	}
	if err := some.SetGraphWeights(weights); err != nil {
		t.Fatal(err)
	}
	if got := must(some.GraphWeights()); !reflect.DeepEqual(got, weights) || *graphOf(some, 4).Weight != 4 {
		t.Errorf("the weights came back as %v", got)
	}
	heavy, weight := graphOf(dataset, 0), float32(7)
	heavy.Weight = &weight
	if err := some.Add(heavy, 1); err != nil || must(some.GraphWeights())[42] != 7 {
		t.Errorf("the weights are %v, %v", must(some.GraphWeights()), err)
	}
	if err := firstError(some.SetGraphWeights(nil), some.Clear()); err != nil || some.Len() != 0 || some.ClassCount() != 2 {
		t.Errorf("%d graphs after all were taken away, %v", some.Len(), err)
	}
	// Two data sets that are appended to each other do not wait for each other.
	copied := must(dataset.Subset([]int{0}))
	defer copied.Close()
	var group sync.WaitGroup
	for _, pair := range [][2]*Dataset{{some, copied}, {copied, some}} {
		group.Add(1)
		go func(into, from *Dataset) {
			defer group.Done()
			for i := 0; i < 3; i++ {
				if err := into.Append(from); err != nil {
					t.Error(err)
				}
			}
		}(pair[0], pair[1])
	}
	group.Wait()
}

func TestDatasetsAsText(t *testing.T) {
	folder := t.TempDir()
	dataset := must(NewDataset("texts", DatasetOptions{}))
	defer dataset.Close()
	for y := 0; y < 2; y++ {
		graph := Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}, NodeLabels: []int64{1, int64(y), 0}}
		if err := dataset.Add(graph, y); err != nil {
			t.Fatal(err)
		}
	}
	lines := filepath.Join(folder, "lines")
	if err := firstError(dataset.SaveJSONL(lines), dataset.SaveTU(filepath.Join(folder, "TEXTS"))); err != nil {
		t.Fatal(err)
	}
	parsed := must(ParseJSONL(must(os.ReadFile(lines)), "other", DatasetOptions{}))
	defer parsed.Close()
	loaded := must(LoadDataset(background, filepath.Join(folder, "TEXTS"), TU, LoadOptions{}))
	defer loaded.Close()
	for what, back := range map[string]*Dataset{"lines": parsed, "folder": loaded} {
		if !reflect.DeepEqual(graphOf(back, 1), graphOf(dataset, 1)) || must(back.Class(1)) != 1 || back.Len() != 2 {
			t.Errorf("%s: graph 1 of %d is %+v", what, back.Len(), graphOf(back, 1))
		}
	}
}

func TestDatasetsAsOGBFolders(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "molecules")
	dataset := must(NewDataset("molecules", DatasetOptions{}))
	defer dataset.Close()
	for y, id := range []string{"water", "methane"} {
		graph := Graph{Nodes: 3, From: []int32{0, 1}, To: []int32{1, 2}, Categories: []int32{1, int32(y), 0}, ID: id}
		if err := dataset.Add(graph, y); err != nil {
			t.Fatal(err)
		}
	}
	names := `{"category_values": [["hydrogen", "carbon"]]}`
	if err := firstError(dataset.SetNames(names), dataset.SaveOGB(folder, &Split{Train: []int{1}, Test: []int{0}})); err != nil {
		t.Fatal(err)
	}
	back := must(LoadDataset(background, folder, OGB, LoadOptions{}))
	defer back.Close()
	if graph := graphOf(back, 1); graph.ID != "methane" || !reflect.DeepEqual(graph.Categories, []int32{1, 1, 0}) {
		t.Errorf("graph 1 is %+v", graph)
	}
	for what, err := range map[string]error{
		"a folder that is there": dataset.SaveOGB(folder, nil),
		"no such name":           dataset.SetNames(`{"colours": []}`),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func TestSplitFiles(t *testing.T) {
	dataset := smallDataset(t)
	path := filepath.Join(t.TempDir(), "split.json")
	want := must(HoldOut(dataset, 0.25, 1))
	want.Validation, want.Train = want.Train[:5], want.Train[5:]
	if err := want.Save(path); err != nil {
		t.Fatal(err)
	}
	if got := must(LoadSplit(dataset, path, 0)); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v came back, want %+v", got, want)
	}
}

func TestContinueAndModelsOfEpochs(t *testing.T) {
	dataset := smallDataset(t)
	path := filepath.Join(t.TempDir(), "checkpoint")
	trainer := must(NewTrainer(background, smallConfig(t, 2), dataset, Split{Train: All}))
	defer trainer.Close()
	var model *Model
	var kept Epoch
	must(trainer.Fit(background, func(epoch Epoch) {
		if epoch.Number == 2 {
			model, kept = must(epoch.Model()), epoch
		}
	}))
	defer model.Close()
	last := must(trainer.Model())
	defer last.Close()
	if !reflect.DeepEqual(predictAll(t, model, dataset), predictAll(t, last, dataset)) {
		t.Error("the model of the last epoch is not that of the trainer")
	}
	for _, epoch := range []Epoch{kept, must(trainer.History())[0]} {
		if _, err := epoch.Model(); !errors.Is(err, ErrInvalidState) {
			t.Errorf("a model of an epoch that is over: %v", err)
		}
	}
	if err := trainer.SaveCheckpoint(path); err != nil {
		t.Fatal(err)
	}
	next := must(ContinueTrainer(background, path, smallConfig(t, 1), dataset, Split{Train: []int{0, 1, 2, 3}}))
	defer next.Close()
	if reason, err := next.Fit(background, nil); err != nil || reason != StopFinished || len(must(next.History())) != 1 {
		t.Errorf("Fit ended with %v, %v", reason, err)
	}
}

func TestLog(t *testing.T) {
	dataset := must(NewDataset("odd", DatasetOptions{}))
	defer dataset.Close()
	for y := 0; y < 4; y++ {
		if err := dataset.Add(Graph{Nodes: 2, From: []int32{0}, To: []int32{1}, X: []float32{5000, float32(y)}}, y%2); err != nil {
			t.Fatal(err)
		}
	}
	if err := dataset.SetClassNames("a", "b", "nobody"); err != nil {
		t.Fatal(err)
	}
	config := smallConfig(t, 1)
	if err := config.Set("features", "attributes"); err != nil {
		t.Fatal(err)
	}
	trainer := must(NewTrainer(background, config, dataset, Split{Train: All}))
	defer trainer.Close()
	var told []string
	if err := trainer.SetLog(func(level LogLevel, message string) { told = append(told, level.String()+": "+message) }); err != nil {
		t.Fatal(err)
	}
	must(trainer.Fit(background, nil))
	if text := strings.Join(told, "\n"); !strings.Contains(text, "warning: ") || !strings.Contains(text, "nobody") {
		t.Errorf("told was %q", text)
	}
	second := must(NewTrainer(background, config, dataset, Split{Train: All}))
	defer second.Close()
	if err := second.SetLog(func(LogLevel, string) { panic("stop") }); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if recovered := recover(); recovered != "stop" {
			t.Errorf("recovered %v", recovered)
		}
	}()
	_, err := second.Fit(background, nil)
	t.Errorf("Fit whose log panics returned %v", err)
}

func TestMisuseOfParts(t *testing.T) {
	folder := t.TempDir()
	dataset := smallDataset(t)
	lines := filepath.Join(folder, "lines")
	if err := os.WriteFile(lines, []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := func(_ any, err error) error { return err }
	checkMisuse(t, []misuse{
		{"lines", func() error { return second(ParseJSONL([]byte("{}\nx"), "", DatasetOptions{})) }, ErrParse, "line 1"},
		{"name of lines", func() error { return second(ParseJSONL(nil, "a\x00", DatasetOptions{})) }, ErrInvalidArgument, "zero"},
		{"no place for lines", func() error { return dataset.SaveJSONL(filepath.Join(folder, "no", "x")) }, ErrIO, "no"},
		{"names that a folder cannot hold", func() error { return dataset.SaveTU(filepath.Join(folder, "x")) }, ErrUnsupported,
			"one community"},
		{"subset", func() error { return second(dataset.Subset([]int{40})) }, ErrNotFound, "40"},
		{"itself", func() error { return dataset.Append(dataset) }, ErrInvalidArgument, "itself"},
		{"nothing", func() error { return dataset.Append(nil) }, ErrNullPointer, "data set"},
		{"other graphs", func() error { return dataset.Append(pathDataset(t)) }, ErrShapeMismatch, ""},
		{"too few weights", func() error { return dataset.SetGraphWeights([]float32{1}) }, ErrShapeMismatch, "1 40"},
		{"negative weight", func() error {
			weight := float32(-2)
			return dataset.Add(Graph{Nodes: 1, Weight: &weight}, 0)
		}, ErrInvalidArgument, "-2"},
		{"no split", func() error { return second(LoadSplit(dataset, filepath.Join(folder, "no"), 0)) }, ErrIO, "no"},
		{"split that is none", func() error { return second(LoadSplit(dataset, lines, 0)) }, ErrParse, ""},
		{"negative fold", func() error { return second(LoadSplit(dataset, lines, -1)) }, ErrInvalidArgument, "-1"},
		{"split with All", func() error { return Split{Train: All}.Save(lines) }, ErrInvalidArgument, "All"},
		{"split of negative graphs", func() error { return Split{Train: []int{-9}}.Save(lines) }, ErrInvalidArgument, "-9"},
		{"no checkpoint", func() error {
			return second(ContinueTrainer(background, lines, smallConfig(t, 1), dataset, Split{Train: All}))
		}, ErrInvalidFile, ""},
		{"nil trainer", func() error { return (*Trainer)(nil).SetLog(nil) }, ErrNullPointer, "trainer"},
	})
}
