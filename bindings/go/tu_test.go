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
		indptr     []int64
		indices    []int32
		edgeLabels []int64
	}{
		{false, []int64{0, 1, 3, 4}, []int32{1, 0, 2, 1}, []int64{5, 5, 6, 6}},
		{true, []int64{0, 1, 2, 2}, []int32{1, 2}, []int64{5, 6}},
	}
	for _, c := range cases {
		dataset := must(LoadTU(folder, DatasetOptions{Directed: c.directed}))
		defer dataset.Close()
		graph := must(dataset.Graph(0))
		if !reflect.DeepEqual(graph.Indptr, c.indptr) || !reflect.DeepEqual(graph.Indices, c.indices) {
			t.Errorf("directed %v: the edges are %v, %v", c.directed, graph.Indptr, graph.Indices)
		}
		// The files have them, so they are there without being asked for.
		if !reflect.DeepEqual(graph.EdgeLabels, c.edgeLabels) || !reflect.DeepEqual(graph.NodeLabels, []int64{7, 8, 7}) {
			t.Errorf("directed %v: the labels are %v and %v", c.directed, graph.EdgeLabels, graph.NodeLabels)
		}
	}
}

func TestTUOptions(t *testing.T) {
	folder := writeTU(t)
	load := func(options DatasetOptions) func() error {
		return func() error { _, err := LoadTU(folder, options); return err }
	}
	checkMisuse(t, []misuse{
		{"node labels", load(DatasetOptions{NodeLabels: true}), InvalidArgument, "only Directed NodeLabels:true"},
		{"edge labels", load(DatasetOptions{EdgeLabels: true}), InvalidArgument, "only Directed EdgeLabels:true"},
		{"categories", load(DatasetOptions{Categories: 3}), InvalidArgument, "only Directed Categories:3"},
		{"both", load(DatasetOptions{Directed: true, EdgeLabels: true}), InvalidArgument, "Directed:true EdgeLabels:true"},
	})
}
