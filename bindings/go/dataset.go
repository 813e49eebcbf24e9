//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"context"
	"encoding/json"
)

// Dataset is a list of graphs with their classes and other targets. The first graph that is added settles what all must
// have: how many features, whether labels, targets or a class.
type Dataset struct {
	datasetOwner
}

// NoClass stands for the class of a graph that has none.
const NoClass = -1

// DatasetOptions says what the graphs of a data set are like.
type DatasetOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool
}

func (o DatasetOptions) flags() C.uint32_t {
	if o.Directed {
		return C.DIFFPOOL_DATASET_DIRECTED
	}
	return 0
}

func newDataset(make func(out **C.diffpool_dataset, failure *cError) cStatus) (*Dataset, error) {
	owner, err := newOwner(func(dataset *C.diffpool_dataset) { C.diffpool_dataset_free(dataset) }, make)
	if err != nil {
		return nil, err
	}
	return &Dataset{owner}, nil
}

func (*Dataset) what() string {
	return "data set"
}

// NewDataset returns a data set without graphs.
func NewDataset(name string, options DatasetOptions) (*Dataset, error) {
	text, err := toText("the name", name)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_new(text, options.flags(), out, failure)
	})
}

// The formats that [LoadDataset] reads; see diffpool_dataset_load in diffpool.h.
const (
	TU    = "tu"    // a folder of the TU Dortmund collection
	OGB   = "ogb"   // a folder of the Open Graph Benchmark in its raw form
	JSONL = "jsonl" // a file of JSON lines, one graph a line
)

// LoadOptions says how a data set is read. All but Directed are for the format [OGB].
type LoadOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool `json:"directed,omitempty"`
	// Split names the split whose training graphs have the vocabulary; empty is the only one there.
	Split string `json:"split,omitempty"`
	// Vocabulary is 0 where labels are numbers. Where they are words it is how many of them a model tells apart, and
	// Length how many it predicts, 5 if it is 0: Vocabulary is 5000 for ogbg-code2.
	Vocabulary int `json:"vocabulary,omitempty"`
	Length     int `json:"length,omitempty"`
	// NextTokenEdges joins successive tokens of syntax trees.
	NextTokenEdges bool `json:"next_token_edges,omitempty"`
	// EdgeData keeps labels or attributes of the edges.
	EdgeData bool `json:"edge_data,omitempty"`
}

// LoadDataset reads a data set from a file or a folder in a format of others: [TU], [OGB] or [JSONL].
func LoadDataset(ctx context.Context, path, format string, how LoadOptions, options ...Option) (*Dataset, error) {
	place, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	kind, err := toText("the format", format)
	if err != nil {
		return nil, err
	}
	if _, err := toSize("the vocabulary", how.Vocabulary); err != nil {
		return nil, err
	}
	if _, err := toSize("the length", how.Length); err != nil {
		return nil, err
	}
	object, err := json.Marshal(how)
	if err != nil {
		return nil, err
	}
	keys, err := toText("the options", string(object))
	if err != nil {
		return nil, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (*Dataset, error) {
		return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_load(place, kind, keys, control, out, failure)
		})
	})
}

// OpenDataset opens a file that [Dataset.Save] or a [DatasetWriter] wrote. Its graphs stay in the file, which may be
// larger than memory, and none can be added to them. The file must not be changed in place or shortened while the data
// set, or a trainer that was made with it, is open: that may end the process. Replacing or removing it is harmless.
func OpenDataset(ctx context.Context, path string, options ...Option) (*Dataset, error) {
	text, err := toText("the path", path)
	if err != nil {
		return nil, err
	}
	return withControl(ctx, options, func(control *C.diffpool_control) (*Dataset, error) {
		return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_open(text, control, out, failure)
		})
	})
}

// Synthetic makes one of the built-in benchmarks from a seed: "ba" or "hierarchy" of the paper's authors,
// "syntax_trees", or "cliques", "blocks", "blocks_x", "groups", "distance" and "runs" of docs/structure.md.
func Synthetic(kind string, graphs int, seed uint64) (*Dataset, error) {
	size, err := toSize("graphs", graphs)
	if err != nil {
		return nil, err
	}
	name, err := toText("the kind", kind)
	if err != nil {
		return nil, err
	}
	return newDataset(func(out **C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_synthetic(name, size, C.uint64_t(seed), out, failure)
	})
}

// Save writes the data set to a file for [OpenDataset]: it is either the complete new file or, after an error, what was
// there before.
func (d *Dataset) Save(path string) error {
	text, err := toText("the path", path)
	if err != nil {
		return err
	}
	return read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
		return C.diffpool_dataset_save(dataset, text, failure)
	})
}

// Close frees the data set.
func (d *Dataset) Close() error {
	return closeObject[*C.diffpool_dataset](d)
}

// Add copies a graph of the class y, or [NoClass], into the data set. When it fails the data set is as it was before.
func (d *Dataset) Add(graph GraphData, y int) error {
	return withFilled(graph, func(graph *C.diffpool_graph) error {
		if err := setClass(graph, y); err != nil {
			return err
		}
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_add(dataset, graph, failure)
		})
	})
}

// setClass says which class a graph of the library is of.
func setClass(graph *C.diffpool_graph, y int) error {
	if y == NoClass {
		return nil
	}
	class, err := toSize("the class", y)
	if err != nil {
		return err
	}
	return check(func(failure *cError) cStatus { return C.diffpool_graph_set_class(graph, class, failure) })
}

// AddBatch copies many graphs into the data set that are given as one, as PyTorch Geometric lays out a batch: the nodes
// of graph g are those from nodeOffsets[g] to nodeOffsets[g+1]-1, and its edges join these; the edges of a graph come
// before those of the next. Targets of the batch are a row a graph. Classes has the class of every graph, or is nil.
// When it fails none is added.
func (d *Dataset) AddBatch(batch GraphData, nodeOffsets, classes []int64) error {
	if graphs := len(nodeOffsets) - 1; classes != nil && len(classes) != graphs {
		return mismatch("classes has %d values, but there are %d graphs", len(classes), graphs)
	}
	return withFilled(batch, func(batch *C.diffpool_graph) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_add_batch(dataset, batch, int64Pointer(nodeOffsets), lengthOf(nodeOffsets),
				int64Pointer(classes), failure)
		})
	})
}

// SetClassNames names the classes, or the words of sequences.
func (d *Dataset) SetClassNames(names ...string) error {
	return withNames(names, func(array **C.char, count C.size_t) error {
		return change(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_set_class_names(dataset, array, count, failure)
		})
	})
}

// Len returns the number of graphs; like the other counts it is 0 for a closed data set.
func (d *Dataset) Len() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_graph_count(dataset) })
}

// NodeCount returns the number of nodes of all graphs together.
func (d *Dataset) NodeCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_node_count(dataset) })
}

// EdgeCount returns the number of stored edges of all graphs together: one without direction counts twice.
func (d *Dataset) EdgeCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_edge_count(dataset) })
}

// FeatureCount returns the number of features that every node has.
func (d *Dataset) FeatureCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_feature_count(dataset) })
}

// CategoryCount returns the number of categories that every node has.
func (d *Dataset) CategoryCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_category_count(dataset) })
}

// ClassCount returns the number of classes, or of words in the vocabulary of sequences.
func (d *Dataset) ClassCount() int {
	return count(d, func(dataset *C.diffpool_dataset) C.size_t { return C.diffpool_dataset_class_count(dataset) })
}

// Name returns the name that the data set was given, or that of its folder; it is empty for a closed data set.
func (d *Dataset) Name() string {
	return peek(d, func(dataset *C.diffpool_dataset) string { return C.GoString(C.diffpool_dataset_name(dataset)) })
}

// ClassName returns the name of class y; for files it is the label in the file. It is empty when there is no such
// class, or the classes have no names.
func (d *Dataset) ClassName(y int) string {
	if y < 0 {
		return ""
	}
	return peek(d, func(dataset *C.diffpool_dataset) string {
		return C.GoString(C.diffpool_dataset_class_name(dataset, C.size_t(y)))
	})
}

// SummaryJSON describes the data set as JSON.
func (d *Dataset) SummaryJSON() (string, error) {
	return readText(d, func(dataset *C.diffpool_dataset, out **C.char, failure *cError) cStatus {
		return C.diffpool_dataset_summary_json(dataset, out, failure)
	})
}

// Graph returns a copy of graph i with all that it has, and its class or [NoClass]. Its edges are pairs, sorted and
// without doubles, and both ways unless the data set is directed.
func (d *Dataset) Graph(i int) (graph Graph, y int, err error) {
	y = NoClass
	err = d.get(i, func(raw *C.diffpool_graph) {
		graph, y = copyGraph(raw), classOf(raw)
	})
	return graph, y, err
}

// Class returns the class of graph i, or [NoClass].
func (d *Dataset) Class(i int) (int, error) {
	y := NoClass
	err := d.get(i, func(raw *C.diffpool_graph) { y = classOf(raw) })
	return y, err
}

// get shows a graph of the data set.
func (d *Dataset) get(i int, show func(graph *C.diffpool_graph)) error {
	index, err := toSize("the graph", i)
	if err != nil {
		return err
	}
	_, err = withScratch(func(graph *scratch) (nothing, error) {
		err := read(d, func(dataset *C.diffpool_dataset, failure *cError) cStatus {
			return C.diffpool_dataset_get(dataset, index, graph.raw, failure)
		})
		if err == nil {
			show(graph.raw)
		}
		return nothing{}, err
	})
	return err
}

func classOf(graph *C.diffpool_graph) int {
	y, err := sizeOf(func(out *C.size_t, failure *cError) cStatus { return C.diffpool_graph_class(graph, out, failure) })
	if err != nil {
		return NoClass
	}
	return y
}
