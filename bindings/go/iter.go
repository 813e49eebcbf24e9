//go:build cgo && go1.23

package diffpool

import (
	"context"
	"fmt"
	"iter"
)

// Sample is a graph of a data set, its number and its class, which may be [NoClass].
type Sample struct {
	Index int
	Graph Graph
	Class int
}

// Graphs goes through copies of all graphs, in their order. It ends with the first error, such as that of a data set
// that was closed meanwhile.
//
//	for sample, err := range dataset.Graphs() {
func (d *Dataset) Graphs() iter.Seq2[Sample, error] {
	return func(yield func(Sample, error) bool) {
		length := d.Len()
		if length == 0 {
			// An empty data set has no graphs to go through, a closed one is an error.
			if _, err := hold(d, func(*handle[cDataset]) (nothing, error) { return nothing{}, nil }); err != nil {
				yield(Sample{Class: NoClass}, err)
			}
			return
		}
		for i := 0; i < length; i++ {
			graph, y, err := d.Graph(i)
			if !yield(Sample{i, graph, y}, err) || err != nil {
				return
			}
		}
	}
}

// PredictSeq predicts one graph after the other of any number, so many at a time on all threads: results come in the
// order of the graphs, with an error of their own for graphs that are refused. The second value is an error that ends
// the sequence: that of the context or of the predictor.
//
//	for result, err := range predictor.PredictSeq(ctx, graphs, 1000) {
func (p *Predictor) PredictSeq(ctx context.Context, graphs iter.Seq[GraphData], size int,
	options ...Option) iter.Seq2[Result, error] {
	return func(yield func(Result, error) bool) {
		none := Result{Prediction: Prediction{Class: NoClass}}
		if size < 1 {
			yield(none, &Error{ErrInvalidArgument, fmt.Sprintf("size is %d, but must be at least 1", size)})
			return
		}
		waiting := make([]GraphData, 0, size)
		predict := func() bool {
			results, err := p.Predict(ctx, waiting, options...)
			waiting = waiting[:0]
			if err != nil {
				yield(none, err)
				return false
			}
			for _, result := range results {
				if !yield(result, nil) {
					return false
				}
			}
			return true
		}
		for graph := range graphs {
			if waiting = append(waiting, graph); len(waiting) == size && !predict() {
				return
			}
		}
		if len(waiting) > 0 {
			predict()
		}
	}
}
