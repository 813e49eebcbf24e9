package diffpool

import "fmt"

// Graph is one graph in flat slices. Its edges are either rows of neighbours (Indptr and Indices) or pairs of nodes
// (Sources and Targets). In an undirected data set one direction of an edge is enough, and both are fine.
type Graph struct {
	// Nodes is the number of nodes.
	Nodes int
	// The neighbours of node i are Indices[Indptr[i]:Indptr[i+1]]; Indptr has Nodes+1 values.
	Indptr  []int64
	Indices []int32
	// Edge i goes from Sources[i] to Targets[i].
	Sources []int32
	Targets []int32
	// EdgeWeight has one value for every index or pair, or is nil: then every edge weighs 1.
	EdgeWeight []float32
	// EdgeLabels has one label for every index or pair, or is nil. Two nodes may be joined under several labels.
	EdgeLabels []int64
	// X has the features of node 0, then those of node 1, and so on.
	X []float32
	// Categories has the categories of node 0, then those of node 1, and so on.
	Categories []int32
	// NodeLabels has one label for every node, or is nil.
	NodeLabels []int64
}

func (g *Graph) isCSR() bool {
	return g.Indptr != nil || g.Indices != nil
}

func mismatch(format string, values ...any) error {
	return &Error{ShapeMismatch, fmt.Sprintf(format, values...)}
}

// checkLengths makes sure that the library does not read past the end of a slice: it sees pointers, not lengths. What
// the values say is checked by the library.
func (g *Graph) checkLengths(features, categories int) error {
	edges, err := g.edgeCount()
	if err != nil {
		return err
	}
	if g.EdgeWeight != nil && len(g.EdgeWeight) != edges {
		return mismatch("EdgeWeight has %d values, but there are %d edges", len(g.EdgeWeight), edges)
	}
	if g.EdgeLabels != nil && len(g.EdgeLabels) != edges {
		return mismatch("EdgeLabels has %d values, but there are %d edges", len(g.EdgeLabels), edges)
	}
	if err := checkRows("X", "features", len(g.X), g.Nodes, features); err != nil {
		return err
	}
	if err := checkRows("Categories", "categories", len(g.Categories), g.Nodes, categories); err != nil {
		return err
	}
	if g.NodeLabels != nil && len(g.NodeLabels) != g.Nodes {
		return mismatch("NodeLabels has %d values, but there are %d nodes", len(g.NodeLabels), g.Nodes)
	}
	return nil
}

// checkRows divides, because a product of two numbers from outside can overflow.
func checkRows(name, columns string, length, nodes, width int) error {
	if width == 0 && length != 0 {
		return mismatch("%s has %d values, but nodes have no %s here", name, length, columns)
	}
	if width > 0 && (length%width != 0 || length/width != nodes) {
		return mismatch("%s has %d values, but there are %d nodes with %d %s each", name, length, nodes, width, columns)
	}
	return nil
}

func (g *Graph) edgeCount() (int, error) {
	if g.Nodes < 0 {
		return 0, &Error{InvalidGraph, fmt.Sprintf("Nodes is %d, but must not be negative", g.Nodes)}
	}
	if !g.isCSR() {
		if len(g.Sources) != len(g.Targets) {
			return 0, mismatch("Sources has %d values, but Targets has %d", len(g.Sources), len(g.Targets))
		}
		return len(g.Sources), nil
	}
	if g.Sources != nil || g.Targets != nil {
		return 0, &Error{InvalidArgument, "the graph has both Indptr and Sources: give the edges in one form"}
	}
	if len(g.Indptr)-1 != g.Nodes {
		return 0, mismatch("Indptr has %d values, but %d nodes need one more than nodes", len(g.Indptr), g.Nodes)
	}
	if last := g.Indptr[g.Nodes]; last != int64(len(g.Indices)) {
		return 0, mismatch("Indptr ends with %d, but Indices has %d values", last, len(g.Indices))
	}
	return len(g.Indices), nil
}
