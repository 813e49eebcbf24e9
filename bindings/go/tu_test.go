//go:build cgo

package diffpool

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// writeTU writes two graphs with labels in TU format and returns their folder.
func writeTU(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"A":               "1, 2\n2, 3\n5, 4\n",
		"graph_indicator": "1\n1\n1\n2\n2\n",
		"graph_labels":    "1\n-1\n",
		"node_labels":     "7\n8\n7\n7\n8\n",
		"edge_labels":     "5\n6\n5\n",
	} {
		if err := os.WriteFile(filepath.Join(folder, "DS_"+name+".txt"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestTUFolders(t *testing.T) {
	folder := writeTU(t)
	cases := []struct {
		directed   bool
		from, to   []int32
		edgeLabels []int64
	}{
		{false, []int32{0, 1, 1, 2}, []int32{1, 0, 2, 1}, []int64{5, 5, 6, 6}},
		{true, []int32{0, 1}, []int32{1, 2}, []int64{5, 6}},
	}
	for _, c := range cases {
		dataset := must(LoadDataset(background, folder, TU, LoadOptions{Directed: c.directed}))
		defer dataset.Close()
		graph := graphOf(dataset, 0)
		if !reflect.DeepEqual(graph.From, c.from) || !reflect.DeepEqual(graph.To, c.to) {
			t.Errorf("directed %v: the edges are %v, %v", c.directed, graph.From, graph.To)
		}
		// The files have them, so they are there without being asked for.
		if !reflect.DeepEqual(graph.EdgeLabels, c.edgeLabels) || !reflect.DeepEqual(graph.NodeLabels, []int64{7, 8, 7}) {
			t.Errorf("directed %v: the labels are %v and %v", c.directed, graph.EdgeLabels, graph.NodeLabels)
		}
	}
}

func TestLoadOptions(t *testing.T) {
	folder := writeTU(t)
	load := func(format string, options LoadOptions) func() error {
		return func() error { _, err := LoadDataset(background, folder, format, options); return err }
	}
	checkMisuse(t, []misuse{
		{"vocabulary", load(TU, LoadOptions{Vocabulary: 3}), ErrInvalidArgument, "vocabulary"},
		{"split", load(TU, LoadOptions{Directed: true, Split: "x"}), ErrInvalidArgument, "split"},
		{"edge data", load(JSONL, LoadOptions{EdgeData: true}), ErrInvalidArgument, "edge_data"},
		{"negative vocabulary", load(OGB, LoadOptions{Vocabulary: -1}), ErrInvalidArgument, "vocabulary -1"},
		{"format", load("no such format", LoadOptions{}), ErrNotFound, "no such format"},
		{"limit", func() error {
			_, err := LoadDataset(background, folder, TU, LoadOptions{}, MaxBytes(3))
			return err
		}, ErrLimit, "3"},
	})
}

func TestJSONLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graphs.jsonl")
	if err := os.WriteFile(path, []byte(`{"edges": [[0, 1]], "nodes": 2, "class": "yes"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dataset := must(LoadDataset(background, path, JSONL, LoadOptions{}))
	defer dataset.Close()
	if graph := graphOf(dataset, 0); !reflect.DeepEqual(graph.From, []int32{0, 1}) || graph.Nodes != 2 {
		t.Errorf("the graph is %+v", graph)
	}
}
