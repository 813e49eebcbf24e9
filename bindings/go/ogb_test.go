//go:build cgo

package diffpool

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// writeOGB writes files in the layout of the Open Graph Benchmark and returns their folder.
func writeOGB(t *testing.T, texts map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range texts {
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		if _, err := writer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, name+".csv.gz")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, packed.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func twoTrees() map[string]string {
	return map[string]string{
		"raw/num-node-list":      "3\n2\n",
		"raw/num-edge-list":      "2\n1\n",
		"raw/edge":               "0,1\n0,2\n0,1\n",
		"raw/node-feat":          "0,1\n1,0\n1,1\n0,0\n1,1\n",
		"raw/node_depth":         "0\n1\n1\n0\n1\n",
		"raw/node_is_attributed": "0\n1\n1\n0\n1\n",
		"raw/graph-label":        "get name\nset name\n",
		"split/project/train":    "1\n",
		"split/project/valid":    "0\n",
		"split/project/test":     "",
	}
}

func TestOGBFolders(t *testing.T) {
	folder := writeOGB(t, twoTrees())
	dataset := must(LoadDataset(background, folder, OGB, LoadOptions{Vocabulary: 2, Length: 3, NextTokenEdges: true}))
	defer dataset.Close()
	if dataset.Len() != 2 || dataset.CategoryCount() != 3 || dataset.FeatureCount() != 0 {
		t.Errorf("%s", must(dataset.SummaryJSON()))
	}
	graph := graphOf(dataset, 0)
	if !reflect.DeepEqual(graph.Categories, []int32{0, 1, 0, 1, 0, 1, 1, 1, 1}) {
		t.Errorf("the categories are %v", graph.Categories)
	}
	if !reflect.DeepEqual(graph.To, []int32{1, 2, 0, 2, 0, 1}) {
		t.Errorf("the tokens 1 and 2 are not joined: %v", graph.To)
	}
	if name := dataset.ClassName(0); name != "set" {
		t.Errorf("the first word is %q", name)
	}
	split := must(LoadOGBSplit(dataset, folder, "project"))
	if !reflect.DeepEqual(split, Split{Train: []int{1}, Validation: []int{0}}) {
		t.Errorf("the split is %+v", split)
	}
	_, err := LoadDataset(background, folder, OGB, LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "graph-label.csv.gz, line 1") {
		t.Errorf("words were taken for numbers: %v", err)
	}
	if _, err := LoadOGBSplit(dataset, folder, "no"); err == nil {
		t.Error("a split that is not there was read")
	}
}

func TestCategories(t *testing.T) {
	dataset := must(NewDataset("pairs", DatasetOptions{}))
	defer dataset.Close()
	pair := Graph{Nodes: 2, From: []int32{0}, To: []int32{1}, Categories: []int32{0, 2}}
	for y := 0; y < 4; y++ {
		if err := dataset.Add(pair, y%2); err != nil {
			t.Fatal(err)
		}
	}
	if err := dataset.Add(Graph{Nodes: 2, Categories: []int32{1}}, 0); err == nil {
		t.Error("a graph with too few categories was taken")
	}
	config := smallConfig(t, 1)
	model := must(NewModel(config, dataset, Split{Train: All}))
	defer model.Close()
	session := must(NewSession(model))
	defer session.Close()
	if model.CategoryCount() != 1 {
		t.Errorf("the model needs %d categories", model.CategoryCount())
	}
	here, there := must(session.Predict(background, pair)), must(session.PredictFrom(background, dataset, 0))
	if !reflect.DeepEqual(here.Logits, there.Logits) {
		t.Errorf("%v and %v", here.Logits, there.Logits)
	}
	pair.Categories = []int32{0, 3}
	if _, err := session.Predict(background, pair); err == nil || !strings.Contains(err.Error(), "categories[1, 0] is 3") {
		t.Errorf("a category without a row was taken: %v", err)
	}
}
