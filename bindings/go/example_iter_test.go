//go:build cgo && go1.23

package diffpool_test

import (
	"context"
	"fmt"
	"iter"
	"log"
	"log/slog"
	"os"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// All graphs of a data set in a loop, which may be left at any time.
func ExampleDataset_Graphs() {
	dataset, err := diffpool.Synthetic("ba", 20, 1)
	if err != nil {
		log.Fatal(err)
	}
	defer dataset.Close()
	counts := map[int]int{}
	for sample, err := range dataset.Graphs() {
		if err != nil {
			log.Fatal(err)
		}
		counts[sample.Class]++
	}
	fmt.Println(counts)
	// Output: map[0:10 1:10]
}

// Graphs that come from a stream, predicted a thousand at a time.
func ExamplePredictor_PredictSeq() {
	model := newModel()
	defer model.Close()
	predictor, err := diffpool.NewPredictor(model, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer predictor.Close()
	var stream iter.Seq[diffpool.GraphData] = func(yield func(diffpool.GraphData) bool) {
		for nodes := 2; nodes < 6; nodes++ {
			if !yield(diffpool.Graph{Nodes: nodes, From: []int32{0}, To: []int32{int32(nodes - 1)}}) {
				return
			}
		}
	}
	count := 0
	for result, err := range predictor.PredictSeq(context.Background(), stream, 1000) {
		if err != nil {
			log.Fatal(err)
		}
		if result.Err == nil {
			count++
		}
	}
	fmt.Println(count, "graphs predicted")
	// Output: 4 graphs predicted
}

// Errors, epochs, evaluations and models are groups in structured logs.
func ExampleError_LogValue() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	model := newModel()
	defer model.Close()
	err := model.Check(diffpool.Graph{Nodes: 2, From: []int32{0}, To: []int32{5}})
	logger.Warn("refused", "error", err)
	// Output: level=WARN msg=refused error.status=INVALID_GRAPH error.message="to[0] is 5, but the graph has 2 nodes"
}
