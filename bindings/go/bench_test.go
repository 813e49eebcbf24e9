//go:build cgo

package diffpool

import (
	"context"
	"testing"
)

// smallGraph is a graph whose prediction takes so little that the way through Go and C counts.
func smallGraph() *Graph {
	return &Graph{Nodes: 4, From: []int32{0, 1, 2}, To: []int32{1, 2, 3}}
}

func smallModel(b *testing.B) *Model {
	dataset := smallDataset(b)
	model := must(NewModel(smallConfig(b, 1), dataset, Split{Train: All}))
	b.Cleanup(func() { model.Close() })
	return model
}

func BenchmarkPredict(b *testing.B) {
	session := must(NewSession(smallModel(b)))
	defer session.Close()
	graph := smallGraph()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		must(session.Predict(background, graph))
	}
}

func BenchmarkPredictInto(b *testing.B) {
	session := must(NewSession(smallModel(b)))
	defer session.Close()
	graph := smallGraph()
	var into Prediction
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if err := session.PredictInto(background, &into, graph); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPredictIntoWithContext(b *testing.B) {
	session := must(NewSession(smallModel(b)))
	defer session.Close()
	graph := smallGraph()
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	var into Prediction
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		if err := session.PredictInto(ctx, &into, graph); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPool(b *testing.B) {
	pool := must(NewPool(smallModel(b), 0))
	defer pool.Close()
	b.ReportAllocs()
	b.RunParallel(func(each *testing.PB) {
		graph := smallGraph()
		var into Prediction
		for each.Next() {
			if err := pool.PredictInto(background, &into, graph); err != nil {
				b.Error(err)
			}
		}
	})
}

// One operation is a batch of 1000 graphs.
func BenchmarkPredictor(b *testing.B) {
	predictor := must(NewPredictor(smallModel(b), 0))
	defer predictor.Close()
	graphs := make([]GraphData, 1000)
	for i := range graphs {
		graphs[i] = smallGraph()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		must(predictor.Predict(background, graphs))
	}
}

// One operation is all 40 graphs of a data set.
func BenchmarkDatasetAdd(b *testing.B) {
	graph := smallGraph()
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		dataset := must(NewDataset("benchmark", DatasetOptions{}))
		for j := 0; j < 40; j++ {
			if err := dataset.Add(graph, j%2); err != nil {
				b.Fatal(err)
			}
		}
		dataset.Close()
	}
}
