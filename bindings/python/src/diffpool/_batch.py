"""Many graphs as one, in the layout that the library takes in a single call."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence

import numpy as np

from ._arrays import Array
from .graph import Graph

_BY_NODE = ("x", "node_labels", "categories")
_BY_EDGE = ("edge_weight", "edge_attr", "edge_labels")


class Batch(NamedTuple):
    """Graphs that are given as one.

    The nodes of graph g are those from `node_offsets[g]` to `node_offsets[g + 1] - 1` of `graph`; `classes` has the
    class of every graph, or is None; targets of `graph` are a row a graph.
    """

    graph: Graph
    node_offsets: Array
    classes: Optional[Array]


def gather(graphs: Sequence[Graph], names: dict[str, int] | None = None, labels: bool = True) -> Batch | None:
    """Puts graphs together. None where that cannot be, as where they differ in what they have or one of them is
    malformed: then they go to the library one by one, which tells what is wrong with which. With `labels`, what is to
    be predicted and what else belongs to a graph as a whole comes along.
    """
    if not graphs:
        return None
    if labels and any(
        g.words is not None or g.attributes is not None or g.weight is not None or g.id is not None for g in graphs
    ):
        return None
    nodes = np.fromiter((graph.num_nodes for graph in graphs), np.int64, len(graphs))
    edges = np.fromiter((graph.edge_index.shape[1] for graph in graphs), np.int64, len(graphs))
    if nodes.min() < 1:
        return None
    offsets = np.zeros(len(graphs) + 1, np.int64)
    np.cumsum(nodes, out=offsets[1:])
    index = np.concatenate([graph.edge_index for graph in graphs], axis=1, dtype=np.int64)
    if index.size and ((index < 0) | (index >= np.repeat(nodes, edges))).any():
        return None
    index += np.repeat(offsets[:-1], edges)
    fields: dict[str, Any] = {}
    for field, lengths in [(name, nodes) for name in _BY_NODE] + [(name, edges) for name in _BY_EDGE]:
        values = [getattr(graph, field) for graph in graphs]
        if all(value is None for value in values):
            continue
        if any(value is None for value in values) or len({value.shape[1:] for value in values}) > 1:
            return None
        if not np.array_equal(np.fromiter(map(len, values), np.int64, len(values)), lengths):
            return None
        fields[field] = np.concatenate(values)
    classes = None
    if labels:
        try:
            classes, fields["targets"] = _classes(graphs, names), _targets(graphs)
        except (TypeError, ValueError, KeyError):
            return None
    return Batch(Graph(index, num_nodes=int(offsets[-1]), **fields), offsets, classes)


def _classes(graphs: Sequence[Graph], names: dict[str, int] | None) -> Array | None:
    labels = [graph.class_index for graph in graphs]
    if all(label is None for label in labels):
        return None
    return np.array([names[label] if isinstance(label, str) and names else label for label in labels]).astype(
        np.int64, casting="same_kind"
    )


def _targets(graphs: Sequence[Graph]) -> Array | None:
    targets = [graph.targets for graph in graphs]
    if all(target is None for target in targets):
        return None
    return np.stack([np.asarray(target, np.float32) for target in targets]).reshape(-1)
