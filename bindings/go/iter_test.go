//go:build cgo && go1.23

package diffpool

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"
)

func TestGraphsGoesThroughADataset(t *testing.T) {
	dataset := smallDataset(t)
	count := 0
	for sample, err := range dataset.Graphs() {
		if err != nil {
			t.Fatal(err)
		}
		graph, y, err := dataset.Graph(count)
		if err != nil || sample.Index != count || sample.Class != y || !reflect.DeepEqual(sample.Graph, graph) {
			t.Fatalf("graph %d is %+v (%v)", count, sample, err)
		}
		count++
	}
	if count != dataset.Len() {
		t.Errorf("%d of %d graphs came", count, dataset.Len())
	}
	for sample := range dataset.Graphs() {
		if sample.Index == 3 {
			count = -3
			break
		}
	}
	if count != -3 {
		t.Error("the loop was not left")
	}
	empty := must(NewDataset("empty", DatasetOptions{}))
	defer empty.Close()
	for sample, err := range empty.Graphs() {
		t.Errorf("an empty data set has %+v (%v)", sample, err)
	}
}

func TestGraphsEndsWithAnError(t *testing.T) {
	dataset := must(Synthetic("ba", 5, 1))
	seen := []error{}
	for sample, err := range dataset.Graphs() {
		seen = append(seen, err)
		if sample.Index == 1 {
			dataset.Close()
		}
	}
	if len(seen) != 3 || seen[1] != nil || !errors.Is(seen[2], ErrInvalidState) {
		t.Errorf("the errors are %v", seen)
	}
	for _, data := range []*Dataset{dataset, nil} {
		count := 0
		for sample, err := range data.Graphs() {
			count++
			if err == nil || sample.Class != NoClass {
				t.Errorf("got %+v without an error", sample)
			}
		}
		if count != 1 {
			t.Errorf("%d errors came", count)
		}
	}
}

// stars yields that many graphs, of which every fifth is wrong.
func stars(count int) iter.Seq[GraphData] {
	return func(yield func(GraphData) bool) {
		for i := 0; i < count; i++ {
			star := Graph{Nodes: 3 + i, From: []int32{0, 0}, To: []int32{1, 2}}
			if i%5 == 4 {
				star.To[1] = 1000
			}
			if !yield(star) {
				return
			}
		}
	}
}

func TestPredictSeqPredictsAsPredictDoes(t *testing.T) {
	predictor := must(NewPredictor(plainModel(t), 2))
	defer predictor.Close()
	for _, size := range []int{1, 4, 12, 13} {
		all := []GraphData{}
		for graph := range stars(12) {
			all = append(all, graph)
		}
		want := must(predictor.Predict(background, all))
		i := 0
		for result, err := range predictor.PredictSeq(background, stars(12), size) {
			if err != nil || !reflect.DeepEqual(result, want[i]) {
				t.Fatalf("%d at a time: graph %d is %+v (%v), want %+v", size, i, result, err, want[i])
			}
			if (result.Err != nil) != (i%5 == 4) {
				t.Errorf("graph %d has the error %v", i, result.Err)
			}
			i++
		}
		if i != len(want) {
			t.Errorf("%d at a time: %d results", size, i)
		}
	}
	// A loop that is left takes no more graphs than one batch.
	taken := 0
	counted := func(yield func(GraphData) bool) {
		stars(100)(func(graph GraphData) bool { taken++; return yield(graph) })
	}
	for range predictor.PredictSeq(background, counted, 3) {
		break
	}
	if taken != 3 {
		t.Errorf("%d graphs were taken", taken)
	}
}

func TestPredictSeqEndsWithAnError(t *testing.T) {
	predictor := must(NewPredictor(plainModel(t), 2))
	defer predictor.Close()
	cancelled, cancel := context.WithCancel(background)
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		size   int
		status Status
	}{
		{"size", background, 0, ErrInvalidArgument},
		{"context", cancelled, 5, ErrCancelled},
	} {
		count := 0
		for result, err := range predictor.PredictSeq(c.ctx, stars(20), c.size) {
			count++
			if !errors.Is(err, c.status) || result.Class != NoClass {
				t.Errorf("%s: got %+v and %v", c.name, result, err)
			}
		}
		if count != 1 {
			t.Errorf("%s: %d errors", c.name, count)
		}
	}
}
