//go:build cgo

package diffpool

// #include <diffpool.h>
import "C"

import (
	"fmt"
	"unsafe"
)

// Graph is one graph in flat slices. The library copies them.
//
// Its edges are either pairs of nodes (From and To) or rows of neighbours (Indptr and Indices). In a graph without
// direction an edge may be given one way or both ways, which is the same. Slices that are nil are not there; a model or
// a data set says which must be. For numbers of 64 bits see [GraphOf].
type Graph = GraphOf[int32, float32]

// GraphOf is a [Graph] whose numbers have the types I and F: GraphOf[int64, float64] takes node numbers and features of
// 64 bits. Those must fit the 32 bits that the library computes with.
type GraphOf[I int32 | int64, F float32 | float64] struct {
	// Nodes is the number of nodes, which are numbered from 0.
	Nodes int
	// Edge e goes from From[e] to To[e].
	From, To []I
	// The edges of node i go to Indices[Indptr[i]:Indptr[i+1]]; Indptr has Nodes+1 values.
	Indptr, Indices []I
	// EdgeWeight has one value for every edge, in the order in which the edges are given. Without, every edge weighs 1.
	EdgeWeight []F
	// EdgeLabels has one label for every edge. Two nodes may be joined under several labels.
	EdgeLabels []int64
	// EdgeAttributes has the attributes of the first edge, then those of the second, and so on.
	EdgeAttributes []F
	// X has the features of node 0, then those of node 1, and so on, unless XLayout says otherwise.
	X       []F
	XLayout Layout
	// Categories has the categories of node 0, then those of node 1, and so on.
	Categories []I
	// NodeLabels has one label for every node.
	NodeLabels []int64
	// Attributes of the graph as a whole, which a data set keeps. No model reads them.
	Attributes []float32
	// Targets are the numbers that a model is to predict: one of 0 or 1 for [Binary], several for [Multilabel], any for
	// [Regression]. One that is not a number is missing.
	Targets []float32
	// Weight says how much the graph counts in the loss that training minimises; nil is 1.
	Weight *float32
	// Words are those that a model of the task [Sequence] is to predict, as numbers in a vocabulary; see
	// [Dataset.SetVocabulary].
	Words []int64
	// ID is what the graph is called, such as the name of a molecule; "" is none. A data set keeps it.
	ID string
}

// Layout says where in a slice the values of a matrix are: that of a row and a column is at row*RowStride +
// column*ColumnStride. The zero Layout is row after row, without gaps. A matrix m of gonum is
// Layout{Columns: m.Cols, RowStride: m.Stride, ColumnStride: 1}.
type Layout struct {
	Columns, RowStride, ColumnStride int
}

// GraphData is a graph in slices: a [Graph], or another [GraphOf], or a pointer to one, which costs no copy.
type GraphData interface {
	// fill puts the graph into an object of the library, in place of the graph that is there.
	fill(into *scratch) error
}

func mismatch(format string, values ...any) error {
	return &Error{ErrShapeMismatch, fmt.Sprintf(format, values...)}
}

// is64 says whether values have 64 bits.
func is64[E any]([]E) bool {
	var value E
	return unsafe.Sizeof(value) == 8
}

// at returns where values begin, as a pointer to the C type of their size.
func at[To, From any](values []From) *To {
	return (*To)(unsafe.Pointer(first(values)))
}

// fill and what it calls use no closures: those would be garbage, because C gets what they refer to.
func (g GraphOf[I, F]) fill(into *scratch) error {
	if err := into.check(C.diffpool_graph_clear(into.raw, into.failure())); err != nil {
		return err
	}
	edges, err := g.joinNodes(into)
	if err != nil {
		return err
	}
	if err := g.fillEdges(into, edges); err != nil {
		return err
	}
	if err := g.fillNodes(into); err != nil {
		return err
	}
	return g.fillWhole(into)
}

// joinNodes says which nodes are joined, and returns the number of edges.
func (g *GraphOf[I, F]) joinNodes(into *scratch) (edges int, err error) {
	if g.Nodes < 0 {
		return 0, &Error{ErrInvalidGraph, fmt.Sprintf("Nodes is %d, but must not be negative", g.Nodes)}
	}
	if g.Indptr != nil || g.Indices != nil {
		return len(g.Indices), g.joinRows(into)
	}
	if len(g.From) != len(g.To) {
		return 0, mismatch("From has %d values, but To has %d", len(g.From), len(g.To))
	}
	if is64(g.From) {
		return len(g.From), into.check(C.diffpool_graph_set_edges_i64(into.raw, C.size_t(g.Nodes), at[C.int64_t](g.From),
			at[C.int64_t](g.To), lengthOf(g.From), into.failure()))
	}
	return len(g.From), into.check(C.diffpool_graph_set_edges(into.raw, C.size_t(g.Nodes), at[C.int32_t](g.From),
		at[C.int32_t](g.To), lengthOf(g.From), into.failure()))
}

func (g *GraphOf[I, F]) joinRows(into *scratch) error {
	if g.From != nil || g.To != nil {
		return &Error{ErrInvalidArgument, "the graph has both Indptr and From: give the edges in one form"}
	}
	if len(g.Indptr)-1 != g.Nodes {
		return mismatch("Indptr has %d values, but %d nodes need one more than nodes", len(g.Indptr), g.Nodes)
	}
	if is64(g.Indptr) {
		return into.check(C.diffpool_graph_set_csr_i64(into.raw, at[C.int64_t](g.Indptr), lengthOf(g.Indptr),
			at[C.int64_t](g.Indices), lengthOf(g.Indices), into.failure()))
	}
	return into.check(C.diffpool_graph_set_csr(into.raw, at[C.int32_t](g.Indptr), lengthOf(g.Indptr),
		at[C.int32_t](g.Indices), lengthOf(g.Indices), into.failure()))
}

func (g *GraphOf[I, F]) fillEdges(into *scratch, edges int) error {
	if g.EdgeWeight != nil {
		var status cStatus
		if is64(g.EdgeWeight) {
			status = C.diffpool_graph_set_edge_weight_f64(into.raw, at[C.double](g.EdgeWeight), lengthOf(g.EdgeWeight),
				into.failure())
		} else {
			status = C.diffpool_graph_set_edge_weight(into.raw, at[C.float](g.EdgeWeight), lengthOf(g.EdgeWeight),
				into.failure())
		}
		if err := into.check(status); err != nil {
			return err
		}
	}
	if g.EdgeLabels != nil {
		if err := into.check(C.diffpool_graph_set_edge_labels(into.raw, int64Pointer(g.EdgeLabels), lengthOf(g.EdgeLabels),
			into.failure())); err != nil {
			return err
		}
	}
	if len(g.EdgeAttributes) == 0 {
		return nil
	}
	columns, err := columnsOf("EdgeAttributes", len(g.EdgeAttributes), "edges", edges)
	if err != nil {
		return err
	}
	if is64(g.EdgeAttributes) {
		return into.check(C.diffpool_graph_set_edge_attributes_f64(into.raw, at[C.double](g.EdgeAttributes),
			C.size_t(edges), columns, into.failure()))
	}
	return into.check(C.diffpool_graph_set_edge_attributes(into.raw, at[C.float](g.EdgeAttributes), C.size_t(edges),
		columns, into.failure()))
}

func (g *GraphOf[I, F]) fillNodes(into *scratch) error {
	if len(g.X) > 0 {
		if err := g.fillX(into); err != nil {
			return err
		}
	}
	if len(g.Categories) > 0 {
		columns, err := columnsOf("Categories", len(g.Categories), "nodes", g.Nodes)
		if err != nil {
			return err
		}
		var status cStatus
		if is64(g.Categories) {
			status = C.diffpool_graph_set_categories_i64(into.raw, at[C.int64_t](g.Categories), C.size_t(g.Nodes), columns,
				into.failure())
		} else {
			status = C.diffpool_graph_set_categories(into.raw, at[C.int32_t](g.Categories), C.size_t(g.Nodes), columns,
				into.failure())
		}
		if err := into.check(status); err != nil {
			return err
		}
	}
	if g.NodeLabels == nil {
		return nil
	}
	return into.check(C.diffpool_graph_set_node_labels(into.raw, int64Pointer(g.NodeLabels), lengthOf(g.NodeLabels),
		into.failure()))
}

func (g *GraphOf[I, F]) fillX(into *scratch) error {
	layout := g.XLayout
	if layout == (Layout{}) {
		columns, err := columnsOf("X", len(g.X), "nodes", g.Nodes)
		if err != nil {
			return err
		}
		layout = Layout{int(columns), int(columns), 1}
	}
	if err := layout.check("X", len(g.X), g.Nodes); err != nil {
		return err
	}
	nodes, columns := C.size_t(g.Nodes), C.size_t(layout.Columns)
	row, column := C.ptrdiff_t(layout.RowStride), C.ptrdiff_t(layout.ColumnStride)
	if is64(g.X) {
		return into.check(C.diffpool_graph_set_x_strided_f64(into.raw, at[C.double](g.X), nodes, columns, row, column,
			into.failure()))
	}
	return into.check(C.diffpool_graph_set_x_strided(into.raw, at[C.float](g.X), nodes, columns, row, column,
		into.failure()))
}

// check makes sure that every value of so many rows is in a slice of this length: of where they are the library knows
// only the first. It divides, because a product of two numbers from outside can overflow.
func (l Layout) check(name string, length, rows int) error {
	if l.Columns < 1 || l.RowStride < 0 || l.ColumnStride < 0 {
		return &Error{ErrInvalidArgument, fmt.Sprintf("the layout of %s is %+v, but needs columns, and strides from 0",
			name, l)}
	}
	rest := length - 1
	for _, axis := range [][2]int{{rows - 1, l.RowStride}, {l.Columns - 1, l.ColumnStride}} {
		steps, stride := axis[0], axis[1]
		if steps > 0 && stride > rest/steps {
			return mismatch("%s has %d values, but %d nodes with the layout %+v reach further", name, length, rows, l)
		}
		rest -= steps * stride
	}
	return nil
}

// columnsOf says how many values a row has.
func columnsOf(name string, length int, what string, rows int) (C.size_t, error) {
	if rows == 0 || length%rows != 0 {
		return 0, mismatch("%s has %d values, which are not as many for each of %d %s", name, length, rows, what)
	}
	return C.size_t(length / rows), nil
}

func (g *GraphOf[I, F]) fillWhole(into *scratch) error {
	if g.Attributes != nil {
		if err := into.check(C.diffpool_graph_set_attributes(into.raw, floatPointer(g.Attributes), lengthOf(g.Attributes),
			into.failure())); err != nil {
			return err
		}
	}
	if g.Targets != nil {
		if err := into.check(C.diffpool_graph_set_targets(into.raw, floatPointer(g.Targets), lengthOf(g.Targets),
			into.failure())); err != nil {
			return err
		}
	}
	if g.Weight != nil {
		if err := into.check(C.diffpool_graph_set_weight(into.raw, C.float(*g.Weight), into.failure())); err != nil {
			return err
		}
	}
	if g.ID != "" {
		id, err := toText("the ID", g.ID)
		if err != nil {
			return err
		}
		if err := into.check(C.diffpool_graph_set_id(into.raw, id, into.failure())); err != nil {
			return err
		}
	}
	if g.Words == nil {
		return nil
	}
	return into.check(C.diffpool_graph_set_words(into.raw, int64Pointer(g.Words), lengthOf(g.Words), into.failure()))
}

// copyGraph copies what a graph of the library has.
func copyGraph(graph *C.diffpool_graph) Graph {
	float := func(value C.float) float32 { return float32(value) }
	index := func(value C.int32_t) int32 { return int32(value) }
	label := func(value C.int64_t) int64 { return int64(value) }
	nodes, edges := C.diffpool_graph_node_count(graph), C.diffpool_graph_edge_count(graph)
	var ofEdges, ofNodes, categories, attributes, targets, words C.size_t
	result := Graph{
		Nodes:      toInt(nodes),
		From:       copyOf(C.diffpool_graph_from(graph), edges, index),
		To:         copyOf(C.diffpool_graph_to(graph), edges, index),
		EdgeWeight: copyOf(C.diffpool_graph_edge_weight(graph), edges, float),
		EdgeLabels: copyOf(C.diffpool_graph_edge_labels(graph), edges, label),
		NodeLabels: copyOf(C.diffpool_graph_node_labels(graph), nodes, label),
	}
	if id := C.diffpool_graph_id(graph); id != nil {
		result.ID = C.GoString(id)
	}
	attributesOfEdges := C.diffpool_graph_edge_attributes(graph, &ofEdges)
	result.EdgeAttributes = copyOf(attributesOfEdges, edges*ofEdges, float)
	x := C.diffpool_graph_x(graph, &ofNodes)
	result.X = copyOf(x, nodes*ofNodes, float)
	table := C.diffpool_graph_categories(graph, &categories)
	result.Categories = copyOf(table, nodes*categories, index)
	ofGraph := C.diffpool_graph_attributes(graph, &attributes)
	result.Attributes = copyOf(ofGraph, attributes, float)
	numbers := C.diffpool_graph_targets(graph, &targets)
	result.Targets = copyOf(numbers, targets, float)
	sequence := C.diffpool_graph_words(graph, &words)
	result.Words = copyOf(sequence, words, func(word C.uint32_t) int64 { return int64(word) })
	if weight := float32(C.diffpool_graph_weight(graph)); weight != 1 {
		result.Weight = &weight
	}
	return result
}
