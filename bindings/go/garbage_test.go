//go:build cgo && go1.24

package diffpool

import "testing"

func TestPredictIntoLeavesNoGarbage(t *testing.T) {
	dataset := smallDataset(t)
	model := trainSmall(t, dataset)
	session := must(NewSession(model))
	defer session.Close()
	pool := must(NewPool(model, 1))
	defer pool.Close()
	graph := graphOf(dataset, 0)
	graph.EdgeWeight = make([]float32, len(graph.From))
	for i := range graph.EdgeWeight {
		graph.EdgeWeight[i] = 1
	}
	wide := GraphOf[int64, float64]{Nodes: 3, From: []int64{0, 1}, To: []int64{1, 2}, EdgeWeight: []float64{1, 2}}
	// Given as a GraphData of before, because a pointer that becomes an interface may be garbage by itself.
	var narrow, broad GraphData = &graph, &wide
	var into Prediction
	cases := []struct {
		name    string
		predict func() error
	}{
		{"session", func() error { return session.PredictInto(background, &into, narrow) }},
		{"64 bits", func() error { return session.PredictInto(background, &into, broad) }},
		{"pool", func() error { return pool.PredictInto(background, &into, narrow) }},
	}
	for _, c := range cases {
		garbage := testing.AllocsPerRun(100, func() {
			if err := c.predict(); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		})
		if garbage != 0 {
			t.Errorf("%s: a prediction leaves %v pieces of garbage", c.name, garbage)
		}
	}
}
