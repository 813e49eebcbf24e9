package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	diffpool "github.com/libdiffpool/libdiffpool/bindings/go"
)

// graphJSON is a graph as a request has it: the keys of the library's JSON lines that a prediction reads.
type graphJSON struct {
	ID             json.RawMessage `json:"id"`
	Nodes          *int            `json:"nodes"`
	Edges          []pair          `json:"edges"`
	EdgeWeight     []float64       `json:"edge_weight"`
	EdgeLabels     []int64         `json:"edge_labels"`
	EdgeAttributes [][]float64     `json:"edge_attributes"`
	X              [][]float64     `json:"x"`
	Categories     [][]int64       `json:"categories"`
	NodeLabels     []int64         `json:"node_labels"`
}

// pair is an edge. Of an array that is too long or too short JSON would take what fits.
type pair [2]int64

func (p *pair) UnmarshalJSON(text []byte) error {
	var ends []int64
	if err := json.Unmarshal(text, &ends); err != nil {
		return err
	}
	if len(ends) != 2 {
		return fmt.Errorf("an edge joins two nodes, but %s are %d", text, len(ends))
	}
	*p = pair{ends[0], ends[1]}
	return nil
}

// errNotAGraph is an error for a body that is not an object of the form above.
var errNotAGraph = errors.New("the body is not a graph")

// readGraph reads one graph. Numbers are checked by the library.
func readGraph(body io.Reader) (graphJSON, diffpool.GraphData, error) {
	var request graphJSON
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return request, nil, notAGraph(err)
	}
	if _, err := decoder.Token(); err == nil {
		return request, nil, notAGraph(errors.New("something follows the object"))
	} else if err != io.EOF {
		return request, nil, notAGraph(err)
	}
	graph := diffpool.GraphOf[int64, float64]{
		From:       make([]int64, len(request.Edges)),
		To:         make([]int64, len(request.Edges)),
		EdgeWeight: request.EdgeWeight,
		EdgeLabels: request.EdgeLabels,
		NodeLabels: request.NodeLabels,
	}
	for e, ends := range request.Edges {
		graph.From[e], graph.To[e] = ends[0], ends[1]
	}
	var err error
	if graph.Nodes, err = request.nodeCount(); err != nil {
		return request, nil, notAGraph(err)
	}
	if graph.X, err = flatten("x", request.X, graph.Nodes); err != nil {
		return request, nil, notAGraph(err)
	}
	if graph.Categories, err = flatten("categories", request.Categories, graph.Nodes); err != nil {
		return request, nil, notAGraph(err)
	}
	graph.EdgeAttributes, err = flatten("edge_attributes", request.EdgeAttributes, len(request.Edges))
	if err != nil {
		return request, nil, notAGraph(err)
	}
	return request, graph, nil
}

// notAGraph marks an error of the body. One that is too large, or that does not come, is told as it is.
func notAGraph(err error) error {
	var tooLarge *http.MaxBytesError
	var broken net.Error
	if errors.As(err, &tooLarge) || errors.As(err, &broken) {
		return err
	}
	return fmt.Errorf("%w: %v", errNotAGraph, err)
}

// nodeCount is the number of nodes, which may be left out where something is said of every node.
func (g *graphJSON) nodeCount() (int, error) {
	switch {
	case g.Nodes != nil:
		return *g.Nodes, nil
	case g.X != nil:
		return len(g.X), nil
	case g.Categories != nil:
		return len(g.Categories), nil
	case g.NodeLabels != nil:
		return len(g.NodeLabels), nil
	}
	return 0, errors.New("the number of nodes is missing")
}

// flatten puts the rows of a matrix one after the other.
func flatten[E any](name string, rows [][]E, count int) ([]E, error) {
	if rows == nil {
		return nil, nil
	}
	if len(rows) != count {
		return nil, fmt.Errorf("%s has %d rows, not %d", name, len(rows), count)
	}
	var flat []E
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, fmt.Errorf("%s[%d] has %d values, but the first has %d", name, i, len(row), len(rows[0]))
		}
		flat = append(flat, row...)
	}
	return flat, nil
}
