package diffpool

// #include <stdlib.h>
// #include <diffpool.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// Dataset is a list of graphs, each with its class. Other targets can be given to them once all are there, see
// [Dataset.SetTargets] and [Dataset.SetSequences].
type Dataset struct {
	handle *handle
}

// DatasetOptions says how the graphs of a data set are read.
type DatasetOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool
	// NodeLabels says that graphs come with a label for every node. Files decide this by themselves.
	NodeLabels bool
	// Categories is how many categories every node comes with. Files decide this by themselves.
	Categories int
	// EdgeLabels says that graphs come with a label for every edge. Files decide this by themselves.
	EdgeLabels bool
}

func (o DatasetOptions) flags() C.uint32_t {
	var flags C.uint32_t
	if o.Directed {
		flags |= C.DIFFPOOL_DATASET_DIRECTED
	}
	if o.NodeLabels {
		flags |= C.DIFFPOOL_DATASET_NODE_LABELS
	}
	if o.EdgeLabels {
		flags |= C.DIFFPOOL_DATASET_EDGE_LABELS
	}
	return flags
}

func adoptDataset(raw *C.diffpool_dataset) *Dataset {
	return &Dataset{newHandle("data set", unsafe.Pointer(raw), func(pointer unsafe.Pointer) {
		C.diffpool_dataset_free((*C.diffpool_dataset)(pointer))
	})}
}

func (d *Dataset) raw() *handle {
	if d == nil {
		return nil
	}
	return d.handle
}

// NewDataset returns a data set without graphs, whose nodes will have this many features.
func NewDataset(name string, features int, options DatasetOptions) (*Dataset, error) {
	size, err := toSize("features", features)
	if err != nil {
		return nil, err
	}
	categories, err := toSize("categories", options.Categories)
	if err != nil {
		return nil, err
	}
	text, err := newCString("the name", name)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	var raw *C.diffpool_dataset
	var failure *C.diffpool_error
	status := C.diffpool_dataset_new(text, size, categories, options.flags(), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptDataset(raw), nil
}

// LoadTU reads a folder in the format of the TU Dortmund collection. Only options.Directed is looked at.
func LoadTU(folder string, options DatasetOptions) (*Dataset, error) {
	path, err := newCString("the folder", folder)
	if err != nil {
		return nil, err
	}
	defer freeCString(path)
	options.NodeLabels = false
	var raw *C.diffpool_dataset
	var failure *C.diffpool_error
	if err := check(C.diffpool_dataset_load_tu(path, options.flags(), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptDataset(raw), nil
}

// OGBOptions says how a folder of the Open Graph Benchmark is read.
type OGBOptions struct {
	// Directed keeps the direction of edges. Otherwise every edge goes both ways.
	Directed bool
	// NextTokenEdges joins successive tokens of syntax trees.
	NextTokenEdges bool
	// EdgeData keeps labels or attributes of the edges.
	EdgeData bool
	// Vocabulary is 0 where labels are numbers. Where they are words it is how many of them a model tells apart, and
	// Length how many it predicts: 5000 and 5 for ogbg-code2.
	Vocabulary int
	Length     int
	// Split names the split whose training graphs have the vocabulary; empty is the only one there.
	Split string
}

func (o OGBOptions) flags() C.uint32_t {
	flags := DatasetOptions{Directed: o.Directed}.flags()
	if o.NextTokenEdges {
		flags |= C.DIFFPOOL_DATASET_NEXT_TOKEN_EDGES
	}
	if o.EdgeData {
		flags |= C.DIFFPOOL_DATASET_EDGE_DATA
	}
	return flags
}

// LoadOGB reads a folder of the Open Graph Benchmark in its raw form.
func LoadOGB(folder string, options OGBOptions) (*Dataset, error) {
	vocabulary, err := toSize("the vocabulary", options.Vocabulary)
	if err != nil {
		return nil, err
	}
	length, err := toSize("the length", options.Length)
	if err != nil {
		return nil, err
	}
	path, err := newCString("the folder", folder)
	if err != nil {
		return nil, err
	}
	defer freeCString(path)
	split, err := optionalCString("the split", options.Split)
	if err != nil {
		return nil, err
	}
	defer freeCString(split)
	var raw *C.diffpool_dataset
	var failure *C.diffpool_error
	status := C.diffpool_dataset_load_ogb(path, split, vocabulary, length, options.flags(), &raw, &failure)
	if err := check(status, failure); err != nil {
		return nil, err
	}
	return adoptDataset(raw), nil
}

// Synthetic makes one of the built-in benchmarks from a seed: "ba" or "hierarchy" of the paper's authors, or
// "syntax_trees".
func Synthetic(kind string, graphs int, seed uint64) (*Dataset, error) {
	size, err := toSize("graphs", graphs)
	if err != nil {
		return nil, err
	}
	name, err := newCString("the kind", kind)
	if err != nil {
		return nil, err
	}
	defer freeCString(name)
	var raw *C.diffpool_dataset
	var failure *C.diffpool_error
	if err := check(C.diffpool_dataset_synthetic(name, size, C.uint64_t(seed), &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptDataset(raw), nil
}

// OpenDataset opens a file that [Dataset.Save] wrote. Its graphs stay in the file, which may be larger than memory, and
// none can be added to them. The file must not be changed in place or shortened while the data set, or a trainer that
// was made with it, is open: that may end the process. Replacing or removing it is harmless.
func OpenDataset(path string) (*Dataset, error) {
	text, err := newCString("the path", path)
	if err != nil {
		return nil, err
	}
	defer freeCString(text)
	var raw *C.diffpool_dataset
	var failure *C.diffpool_error
	if err := check(C.diffpool_dataset_open(text, &raw, &failure), failure); err != nil {
		return nil, err
	}
	return adoptDataset(raw), nil
}

// Save writes the data set to a file for [OpenDataset]: it is either the complete new file or, after an error, what was
// there before.
func (d *Dataset) Save(path string) error {
	pointer, err := d.raw().read("data set")
	if err != nil {
		return err
	}
	defer d.handle.doneReading()
	text, err := newCString("the path", path)
	if err != nil {
		return err
	}
	defer freeCString(text)
	var failure *C.diffpool_error
	return check(C.diffpool_dataset_save((*C.diffpool_dataset)(pointer), text, &failure), failure)
}

// Close frees the data set.
func (d *Dataset) Close() error {
	d.raw().close()
	return nil
}

// Add copies a graph of the class y into the data set. When it fails the data set is as it was before.
func (d *Dataset) Add(graph Graph, y int) error {
	class, err := toSize("the class", y)
	if err != nil {
		return err
	}
	pointer, err := d.raw().write("data set")
	if err != nil {
		return err
	}
	defer d.handle.doneWriting()
	dataset := (*C.diffpool_dataset)(pointer)
	features, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_features(dataset, out, failure)
	})
	if err != nil {
		return err
	}
	categories, err := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_categories(dataset, out, failure)
	})
	if err != nil {
		return err
	}
	if err := graph.checkLengths(features, categories); err != nil {
		return err
	}
	var status C.diffpool_status
	var failure *C.diffpool_error
	if graph.isCSR() {
		status = C.diffpool_dataset_add_csr(dataset, C.size_t(graph.Nodes), C.size_t(len(graph.Indices)),
			int64Pointer(graph.Indptr), int32Pointer(graph.Indices), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), class, &failure)
	} else {
		status = C.diffpool_dataset_add_edges(dataset, C.size_t(graph.Nodes), C.size_t(len(graph.Sources)),
			int32Pointer(graph.Sources), int32Pointer(graph.Targets), floatPointer(graph.EdgeWeight),
			int64Pointer(graph.EdgeLabels), floatPointer(graph.X), int32Pointer(graph.Categories),
			int64Pointer(graph.NodeLabels), class, &failure)
	}
	return check(status, failure)
}

// SetClassNames names the classes.
func (d *Dataset) SetClassNames(names ...string) error {
	pointer, err := d.raw().write("data set")
	if err != nil {
		return err
	}
	defer d.handle.doneWriting()
	return withNames(names, func(array **C.char, count C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_set_class_names((*C.diffpool_dataset)(pointer), array, count, failure)
	})
}

// withNames calls the library with an array of strings.
func withNames(names []string, call func(**C.char, C.size_t, **C.diffpool_error) C.diffpool_status) error {
	// C memory, because an array of C pointers in Go memory must not be passed to C.
	array := (**C.char)(C.calloc(C.size_t(len(names)+1), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	if array == nil {
		return &Error{OutOfMemory, "out of memory"}
	}
	defer C.free(unsafe.Pointer(array))
	slots := unsafe.Slice(array, len(names))
	for i, name := range names {
		text, err := newCString(fmt.Sprintf("name %d", i), name)
		if err != nil {
			return err
		}
		defer freeCString(text)
		slots[i] = text
	}
	var failure *C.diffpool_error
	return check(call(array, C.size_t(len(names)), &failure), failure)
}

// size returns one of the data set's counts, or 0 for a closed one.
func (d *Dataset) size(of func(*C.diffpool_dataset, *C.size_t, **C.diffpool_error) C.diffpool_status) int {
	pointer, err := d.raw().read("data set")
	if err != nil {
		return 0
	}
	defer d.handle.doneReading()
	size, _ := readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return of((*C.diffpool_dataset)(pointer), out, failure)
	})
	return size
}

// Len returns the number of graphs; like the other counts it is 0 for a closed data set.
func (d *Dataset) Len() int {
	return d.size(func(raw *C.diffpool_dataset, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_length(raw, out, failure)
	})
}

// Classes returns the number of classes.
func (d *Dataset) Classes() int {
	return d.size(func(raw *C.diffpool_dataset, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_classes(raw, out, failure)
	})
}

// Features returns the number of features that every node comes with.
func (d *Dataset) Features() int {
	return d.size(func(raw *C.diffpool_dataset, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_features(raw, out, failure)
	})
}

// Categories returns the number of categories that every node comes with.
func (d *Dataset) Categories() int {
	return d.size(func(raw *C.diffpool_dataset, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_categories(raw, out, failure)
	})
}

// TotalNodes returns the number of nodes of all graphs.
func (d *Dataset) TotalNodes() int {
	return d.size(func(raw *C.diffpool_dataset, out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_total_nodes(raw, out, failure)
	})
}

// ClassName returns the name of class y; for files it is the label in the file.
func (d *Dataset) ClassName(y int) (string, error) {
	index, err := toSize("the class", y)
	if err != nil {
		return "", err
	}
	pointer, err := d.raw().read("data set")
	if err != nil {
		return "", err
	}
	defer d.handle.doneReading()
	return readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_class_name((*C.diffpool_dataset)(pointer), index, out, failure)
	})
}

// Summary describes the data set as JSON.
func (d *Dataset) Summary() (string, error) {
	pointer, err := d.raw().read("data set")
	if err != nil {
		return "", err
	}
	defer d.handle.doneReading()
	return readText(func(out **C.char, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_summary_json((*C.diffpool_dataset)(pointer), out, failure)
	})
}

// Class returns the class of graph i.
func (d *Dataset) Class(i int) (int, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return 0, err
	}
	pointer, err := d.raw().read("data set")
	if err != nil {
		return 0, err
	}
	defer d.handle.doneReading()
	return readSize(func(out *C.size_t, failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_class_of((*C.diffpool_dataset)(pointer), index, out, failure)
	})
}

// Graph returns a copy of graph i, with its edges as rows of neighbours: sorted, without doubles, and both ways unless
// the data set is directed.
func (d *Dataset) Graph(i int) (Graph, error) {
	index, err := toSize("the graph", i)
	if err != nil {
		return Graph{}, err
	}
	pointer, err := d.raw().read("data set")
	if err != nil {
		return Graph{}, err
	}
	defer d.handle.doneReading()
	dataset := (*C.diffpool_dataset)(pointer)
	graph, err := copyEdges(dataset, index)
	if err != nil {
		return Graph{}, err
	}
	graph.X, err = readFloats(func(out *C.float, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_copy_x(dataset, index, out, capacity, needed, failure)
	})
	if err != nil {
		return Graph{}, err
	}
	if graph.Categories, err = copyCategories(dataset, index); err != nil {
		return Graph{}, err
	}
	graph.EdgeLabels, err = copyLabels(func(out *C.int64_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_copy_edge_labels(dataset, index, out, capacity, needed, failure)
	})
	if err != nil {
		return Graph{}, err
	}
	graph.NodeLabels, err = copyLabels(func(out *C.int64_t, capacity C.size_t, needed *C.size_t,
		failure **C.diffpool_error) C.diffpool_status {
		return C.diffpool_dataset_copy_node_labels(dataset, index, out, capacity, needed, failure)
	})
	return graph, err
}

func copyEdges(dataset *C.diffpool_dataset, index C.size_t) (Graph, error) {
	var nodes, entries C.size_t
	var failure *C.diffpool_error
	err := check(C.diffpool_dataset_graph_size(dataset, index, &nodes, &entries, &failure), failure)
	if err != nil {
		return Graph{}, err
	}
	graph := Graph{
		Nodes:      toInt(nodes),
		Indptr:     make([]int64, toInt(nodes)+1),
		Indices:    make([]int32, toInt(entries)),
		EdgeWeight: make([]float32, toInt(entries)),
	}
	err = check(C.diffpool_dataset_copy_csr(dataset, index, int64Pointer(graph.Indptr), C.size_t(len(graph.Indptr)),
		int32Pointer(graph.Indices), entries, floatPointer(graph.EdgeWeight), entries, &failure), failure)
	return graph, err
}

// copyCategories returns nil for a data set without categories.
func copyCategories(dataset *C.diffpool_dataset, index C.size_t) ([]int32, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	err := check(C.diffpool_dataset_copy_categories(dataset, index, nil, 0, &needed, &failure), failure)
	if err != nil || needed == 0 {
		return nil, err
	}
	categories := make([]int32, toInt(needed))
	status := C.diffpool_dataset_copy_categories(dataset, index, int32Pointer(categories), needed, &needed, &failure)
	return categories, check(status, failure)
}

type labelCopier func(out *C.int64_t, capacity C.size_t, needed *C.size_t, failure **C.diffpool_error) C.diffpool_status

// copyLabels returns nil where there are no labels.
func copyLabels(from labelCopier) ([]int64, error) {
	var needed C.size_t
	var failure *C.diffpool_error
	err := check(from(nil, 0, &needed, &failure), failure)
	if err != nil || needed == 0 {
		return nil, err
	}
	labels := make([]int64, toInt(needed))
	status := from(int64Pointer(labels), needed, &needed, &failure)
	return labels, check(status, failure)
}
