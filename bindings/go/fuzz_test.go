//go:build cgo

package diffpool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

// Run one with `go test -fuzz FuzzModelFromBytes .`; without -fuzz the seeds are tests.

// A model that was read is written to bytes that are the same model.
func FuzzModelFromBytes(f *testing.F) {
	good := must(plainModel(f).Bytes())
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("\x08\x00\x00\x00\x00\x00\x00\x00{}      "))
	f.Fuzz(func(t *testing.T, data []byte) {
		model, err := ModelFromBytes(data)
		if err != nil {
			if !errors.As(err, new(*Error)) || errors.Is(err, ErrPanic) {
				t.Fatalf("got the error %v", err)
			}
			return
		}
		defer model.Close()
		again, err := ModelFromBytes(must(model.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if again.Fingerprint() != model.Fingerprint() {
			t.Errorf("%s became %s", model.Fingerprint(), again.Fingerprint())
		}
	})
}

// Lines that were read have as many graphs as their summary says, all of which can be had.
func FuzzParseJSONL(f *testing.F) {
	f.Add([]byte(`{"nodes": 3, "edges": [[0, 1], [1, 2]], "y": 1}` + "\n" + `{"nodes": 1, "edges": [], "y": 0}`))
	f.Add([]byte(`{"x": [[1.5], [2]], "edges": [[0, 1]], "id": "a"}`))
	f.Add([]byte("{}\nx"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		dataset, err := ParseJSONL(lines, "fuzz", DatasetOptions{})
		if err != nil {
			if !errors.As(err, new(*Error)) || errors.Is(err, ErrPanic) {
				t.Fatalf("got the error %v", err)
			}
			return
		}
		defer dataset.Close()
		nodes := 0
		for i := 0; i < dataset.Len(); i++ {
			nodes += graphOf(dataset, i).Nodes
		}
		if nodes != dataset.NodeCount() || dataset.Len() > bytes.Count(lines, []byte("{")) {
			t.Errorf("%d graphs have %d nodes, not %d", dataset.Len(), nodes, dataset.NodeCount())
		}
	})
}

// What Check says of a graph is what predicting it says, and twice the same graph gives twice the same.
func FuzzPredict(f *testing.F) {
	model := plainModel(f)
	session := must(NewSession(model))
	f.Cleanup(func() { session.Close() })
	f.Add(3, []byte{0, 0, 1, 0, 1, 0, 2, 0}, []byte{1, 2})
	f.Add(2, []byte{0, 0, 9, 0}, []byte{1})
	f.Add(-1, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, nodes int, edges, weights []byte) {
		if nodes > 5000 {
			t.Skip("larger graphs only take longer")
		}
		graph := Graph{Nodes: nodes}
		for ; len(edges) >= 4; edges = edges[4:] {
			graph.From = append(graph.From, int32(int16(binary.LittleEndian.Uint16(edges))))
			graph.To = append(graph.To, int32(int16(binary.LittleEndian.Uint16(edges[2:]))))
		}
		for _, weight := range weights {
			graph.EdgeWeight = append(graph.EdgeWeight, float32(weight))
		}
		want, err := session.Predict(background, graph)
		if checked := model.Check(graph); (checked == nil) != (err == nil) {
			t.Fatalf("Check said %v, Predict %v", checked, err)
		}
		if err != nil {
			if !errors.As(err, new(*Error)) || errors.Is(err, ErrPanic) {
				t.Fatalf("got the error %v", err)
			}
			return
		}
		again := must(session.Predict(background, &graph))
		for i, logit := range want.Logits {
			if again.Logits[i] != logit {
				t.Errorf("logit %d was %v and is %v", i, logit, again.Logits[i])
			}
		}
	})
}
