"""Graphs: arrays of numpy that belong together, checked once, and given to the library when they are used."""

from __future__ import annotations

import ctypes
import operator
from typing import Any, Union

import numpy as np

from . import _arrays
from ._arrays import Array, address
from ._library import Handle, call, decoded, encoded, lib

Label = Union[int, str]
"""The class of a graph, by number or by name."""

_FIELDS = (
    "edge_index",
    "x",
    "edge_weight",
    "edge_attr",
    "edge_labels",
    "node_labels",
    "categories",
    "class_index",
    "targets",
    "words",
    "attributes",
    "weight",
    "id",
    "num_nodes",
)


class Graph:
    """A graph, with all that may belong to it. It is not changed once it is made; see `replace`.

    - `edge_index`: `[2, E]`, whole numbers: edge e goes from `edge_index[0, e]` to `edge_index[1, e]`; None for none
    - `x`: `[N, F]`, features of the nodes
    - `edge_weight`: `[E]`; without it every edge weighs 1
    - `edge_attr`: `[E, D]`, attributes of the edges
    - `edge_labels`: `[E]`, whole numbers: the kind of every edge
    - `node_labels`: `[N]`, whole numbers: the kind of every node
    - `categories`: `[N, K]`, whole numbers that a model looks up in learned tables
    - `y`: the class, by number or by name; a number with a fraction or an array of such are `targets`
    - `targets`: `[T]`, the numbers or labels to predict, NaN where one is missing
    - `words`: `[L]`, whole numbers: the words to predict, of the task "sequence"
    - `attributes`: `[A]`, attributes of the graph as a whole
    - `weight`: how much the graph counts in the loss
    - `id`: by what the graph is called
    - `num_nodes`: how many nodes there are; by default as many as `x`, `node_labels` or `categories` have rows, or one
      more than the largest number in `edge_index`

    Arrays may be of numpy, of torch, or anything with `__dlpack__` or `__array__`, of 32 or 64 bits, with any strides.
    They are kept and not copied where they are as the library needs them: do not change them afterwards.

    >>> Graph([[0, 1, 2], [1, 2, 0]], x=[[1.0, 0.5], [0.0, 0.5], [1.0, 0.0]], y=1)
    Graph(nodes=3, edges=3, x=[3, 2], y=1)
    """

    __slots__ = _FIELDS

    edge_index: Array
    x: Array | None
    edge_weight: Array | None
    edge_attr: Array | None
    edge_labels: Array | None
    node_labels: Array | None
    categories: Array | None
    class_index: Label | None
    targets: Array | None
    words: Array | None
    attributes: Array | None
    weight: float | None
    id: str | None
    num_nodes: int

    def __init__(
        self,
        edge_index: Any = None,
        x: Any = None,
        edge_weight: Any = None,
        edge_attr: Any = None,
        *,
        edge_labels: Any = None,
        node_labels: Any = None,
        categories: Any = None,
        y: Any = None,
        targets: Any = None,
        words: Any = None,
        attributes: Any = None,
        weight: float | None = None,
        id: str | None = None,
        num_nodes: int | None = None,
    ) -> None:
        put = _put
        if edge_index is None:
            edges = np.empty((2, 0), np.int64)
        else:
            edges = _arrays.ints(edge_index, "edge_index", 2)
            if edges.shape[0] != 2:
                raise ValueError(f"edge_index has shape {list(edges.shape)}, but must have [2, edges]")
            if edges.strides[1] != edges.itemsize:
                edges = np.ascontiguousarray(edges)
        put(self, "edge_index", edges)
        put(self, "x", None if x is None else _arrays.floats(x, "x", 2))
        put(self, "edge_weight", None if edge_weight is None else _row(edge_weight, "edge_weight"))
        put(self, "edge_attr", None if edge_attr is None else _rows(edge_attr, "edge_attr"))
        put(self, "edge_labels", None if edge_labels is None else _arrays.longs(edge_labels, "edge_labels"))
        put(self, "node_labels", None if node_labels is None else _arrays.longs(node_labels, "node_labels"))
        put(self, "categories", None if categories is None else _categories(categories))
        put(self, "words", None if words is None else _arrays.longs(words, "words"))
        put(self, "attributes", None if attributes is None else _single(attributes, "attributes"))
        put(self, "weight", None if weight is None else float(weight))
        put(self, "id", None if id is None else str(id))
        label = None if y is None else _class(y)
        if label is None and y is not None:
            if targets is not None:
                raise ValueError("y has numbers that are no class, and targets are given as well")
            targets = y
        put(self, "class_index", label)
        put(self, "targets", None if targets is None else _single(targets, "targets"))
        put(self, "num_nodes", self._nodes() if num_nodes is None else operator.index(num_nodes))

    def _nodes(self) -> int:
        for values in (self.x, self.node_labels, self.categories):
            if values is not None:
                return len(values)
        return int(self.edge_index.max()) + 1 if self.edge_index.size else 0

    @property
    def y(self) -> Label | Array | None:
        """The class, or else the targets; None where there is neither."""
        return self.targets if self.class_index is None else self.class_index

    @property
    def num_edges(self) -> int:
        """The number of edges, as they are given."""
        return int(self.edge_index.shape[1])

    def replace(self, **fields: Any) -> Graph:
        """A graph with other values for some arguments of the constructor.

        >>> Graph([[0], [1]]).replace(y=2)
        Graph(nodes=2, edges=1, y=2)
        """
        own = {name: getattr(self, name) for name in _FIELDS if name != "class_index"}
        own["y"] = self.class_index
        if {"edge_index", "x", "node_labels", "categories"} & set(fields):
            del own["num_nodes"]
        if "y" in fields:
            del own["targets"]
        return Graph(**{**own, **fields})

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a graph is not changed: graph.replace({name}=...) makes another one")

    def __reduce__(self) -> Any:
        return _restored, ({name: getattr(self, name) for name in _FIELDS if getattr(self, name) is not None},)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in _FIELDS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        parts = [f"nodes={self.num_nodes}", f"edges={self.num_edges}"]
        for name in ("x", "edge_attr", "categories"):
            values = getattr(self, name)
            if values is not None:
                parts.append(f"{name}={list(values.shape)}")
        parts += [name for name in ("edge_weight", "edge_labels", "node_labels") if getattr(self, name) is not None]
        if self.class_index is not None:
            parts.append(f"y={self.class_index!r}")
        elif self.targets is not None:
            parts.append(f"targets={[float(value) for value in self.targets]}")
        return f"Graph({', '.join(parts)}{'' if self.id is None else f', id={self.id!r}'})"

    # What other libraries have. Each is imported only when it is used; `interop` has what becomes of what.

    @classmethod
    def from_pyg(cls, data: Any, **options: Any) -> Graph:
        """A graph from a `torch_geometric.data.Data`; see `interop.from_pyg`."""
        from . import interop

        return interop.from_pyg(data, **options)

    @classmethod
    def from_dgl(cls, graph: Any, **options: Any) -> Graph:
        """A graph from a `dgl.DGLGraph`; see `interop.from_dgl`."""
        from . import interop

        return interop.from_dgl(graph, **options)

    @classmethod
    def from_networkx(cls, graph: Any, **options: Any) -> Graph:
        """A graph from one of networkx; see `interop.from_networkx`."""
        from . import interop

        return interop.from_networkx(graph, **options)

    @classmethod
    def from_scipy(cls, adjacency: Any, **options: Any) -> Graph:
        """A graph from a sparse matrix of scipy, or a dense one of numpy; see `interop.from_scipy`."""
        from . import interop

        return interop.from_scipy(adjacency, **options)

    @classmethod
    def from_igraph(cls, graph: Any, **options: Any) -> Graph:
        """A graph from one of igraph; see `interop.from_igraph`."""
        from . import interop

        return interop.from_igraph(graph, **options)

    @classmethod
    def from_rdkit(cls, molecule: Any, **options: Any) -> Graph:
        """A graph from a molecule of RDKit; see `interop.from_rdkit`."""
        from . import interop

        return interop.from_rdkit(molecule, **options)

    @classmethod
    def from_smiles(cls, smiles: str, **options: Any) -> Graph:
        """A graph from a SMILES string, by RDKit; see `interop.from_smiles`."""
        from . import interop

        return interop.from_smiles(smiles, **options)

    def to_pyg(self) -> Any:
        """A `torch_geometric.data.Data` of the same arrays."""
        from . import interop

        return interop.to_pyg(self)

    def to_dgl(self) -> Any:
        """A `dgl.DGLGraph` of the same arrays."""
        from . import interop

        return interop.to_dgl(self)

    def to_networkx(self, directed: bool = False) -> Any:
        """A `networkx.Graph`, or a `networkx.DiGraph` where edges are to keep their direction."""
        from . import interop

        return interop.to_networkx(self, directed)

    def to_scipy(self) -> Any:
        """The adjacency matrix, a `scipy.sparse.csr_matrix` of shape `[N, N]`."""
        from . import interop

        return interop.to_scipy(self)

    def to_igraph(self, directed: bool = False) -> Any:
        """An `igraph.Graph`."""
        from . import interop

        return interop.to_igraph(self, directed)

    def to_rdkit(self) -> Any:
        """A molecule of RDKit, of node labels that are atomic numbers and edge labels that are types of bonds."""
        from . import interop

        return interop.to_rdkit(self)


_put = object.__setattr__


def _restored(fields: dict[str, Any]) -> Graph:
    graph = Graph.__new__(Graph)
    for name in _FIELDS:
        _put(graph, name, fields.get(name))
    return graph


def _row(value: Any, what: str) -> Array:
    return np.ascontiguousarray(_arrays.floats(value, what, 1))


def _rows(value: Any, what: str) -> Array:
    return np.ascontiguousarray(_arrays.floats(value, what, 2))


def _single(value: Any, what: str) -> Array:
    return np.ascontiguousarray(_arrays.floats(value, what, 1), np.float32)


def _categories(value: Any) -> Array:
    return np.ascontiguousarray(_arrays.ints(value, "categories", 2))


def _class(y: Any) -> Label | None:
    """The class, where `y` is one."""
    if isinstance(y, str):
        return y
    if isinstance(y, (bool, np.bool_)):
        return int(y)
    if isinstance(y, float):
        return None
    try:
        label = operator.index(y)
    except TypeError:
        found = _arrays.array(y, "y")
        if found.dtype.kind not in "iub" or found.size != 1:
            return None
        label = int(found.reshape(()))
    if label < 0:
        raise ValueError(f"y is {label}, but a class is counted from 0: leave it out where it is not known")
    return label


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and bool(np.array_equal(one, other, equal_nan=one.dtype.kind == "f"))
    return type(one) is type(other) and bool(one == other)


def fill(graph: Graph, into: Handle, names: dict[str, int] | None = None) -> None:
    """Gives a graph of the library all that a graph has. `names` are the classes by name."""
    fill_structure(graph, into, call)
    label = graph.class_index
    if isinstance(label, str):
        if names is None or label not in names:
            raise ValueError(f"y is the class {label!r}, which is none of {', '.join(names or {}) or 'no names'}")
        label = names[label]
    if label is not None:
        call(lib.diffpool_graph_set_class, into, label)
    if graph.targets is not None:
        call(lib.diffpool_graph_set_targets, into, address(graph.targets), len(graph.targets))
    if graph.words is not None:
        call(lib.diffpool_graph_set_words, into, address(graph.words), len(graph.words))
    if graph.attributes is not None:
        call(lib.diffpool_graph_set_attributes, into, address(graph.attributes), len(graph.attributes))
    if graph.weight is not None:
        call(lib.diffpool_graph_set_weight, into, graph.weight)
    if graph.id is not None:
        call(lib.diffpool_graph_set_id, into, encoded(graph.id, "id"))


def fill_structure(graph: Graph, into: Handle | int | None, call: Any) -> None:
    """Gives a graph of the library what a prediction looks at: nodes, edges and what these have."""
    edges, count = graph.edge_index, graph.edge_index.shape[1]
    begin = address(edges)
    set_edges = lib.diffpool_graph_set_edges_i64 if edges.itemsize == 8 else lib.diffpool_graph_set_edges
    call(lib.diffpool_graph_clear, into)
    if graph.num_nodes < 0:
        raise ValueError(f"num_nodes is {graph.num_nodes}, but must not be negative")
    call(set_edges, into, graph.num_nodes, begin, begin + edges.strides[0], count)
    x = graph.x
    if x is not None:
        function = lib.diffpool_graph_set_x_strided_f64 if x.itemsize == 8 else lib.diffpool_graph_set_x_strided
        rows, columns = x.shape
        by_row, by_column = x.strides
        if by_row % x.itemsize or by_column % x.itemsize:
            x = np.ascontiguousarray(x)
            by_row, by_column = x.strides
        call(function, into, address(x), rows, columns, by_row // x.itemsize, by_column // x.itemsize)
    if graph.edge_weight is not None:
        values = graph.edge_weight
        double = values.itemsize == 8
        function = lib.diffpool_graph_set_edge_weight_f64 if double else lib.diffpool_graph_set_edge_weight
        call(function, into, address(values), len(values))
    if graph.edge_attr is not None:
        values = graph.edge_attr
        double = values.itemsize == 8
        function = lib.diffpool_graph_set_edge_attributes_f64 if double else lib.diffpool_graph_set_edge_attributes
        call(function, into, address(values), *values.shape)
    if graph.edge_labels is not None:
        call(lib.diffpool_graph_set_edge_labels, into, address(graph.edge_labels), len(graph.edge_labels))
    if graph.node_labels is not None:
        call(lib.diffpool_graph_set_node_labels, into, address(graph.node_labels), len(graph.node_labels))
    if graph.categories is not None:
        values = graph.categories
        function = lib.diffpool_graph_set_categories_i64 if values.itemsize == 8 else lib.diffpool_graph_set_categories
        call(function, into, address(values), *values.shape)


def taken(handle: Handle) -> Graph:
    """A graph from one of the library, whose arrays are copied."""
    ptr = handle
    nodes, edges = lib.diffpool_graph_node_count(ptr), lib.diffpool_graph_edge_count(ptr)
    ends = [_copied(function(ptr), np.int32, (edges,)) for function in (lib.diffpool_graph_from, lib.diffpool_graph_to)]
    label, width = ctypes.c_size_t(), ctypes.c_size_t()
    has_class = lib.diffpool_graph_class(ptr, ctypes.byref(label), None) == 0

    def matrix(function: Any, kind: Any, rows: int | None) -> Array | None:
        begin = function(ptr, ctypes.byref(width))
        return _copied(begin, kind, (width.value,) if rows is None else (rows, width.value))

    weight = lib.diffpool_graph_weight(ptr)
    return Graph(
        np.stack([np.empty(0, np.int32) if end is None else end for end in ends]).astype(np.int64),
        x=matrix(lib.diffpool_graph_x, np.float32, nodes),
        edge_weight=_copied(lib.diffpool_graph_edge_weight(ptr), np.float32, (edges,)),
        edge_attr=matrix(lib.diffpool_graph_edge_attributes, np.float32, edges),
        edge_labels=_copied(lib.diffpool_graph_edge_labels(ptr), np.int64, (edges,)),
        node_labels=_copied(lib.diffpool_graph_node_labels(ptr), np.int64, (nodes,)),
        categories=matrix(lib.diffpool_graph_categories, np.int32, nodes),
        y=label.value if has_class else None,
        targets=matrix(lib.diffpool_graph_targets, np.float32, None),
        words=matrix(lib.diffpool_graph_words, np.uint32, None),
        attributes=matrix(lib.diffpool_graph_attributes, np.float32, None),
        weight=None if weight == 1 else weight,
        id=decoded(lib.diffpool_graph_id(ptr)),
        num_nodes=nodes,
    )


def _copied(begin: int | None, kind: Any, shape: tuple[int, ...]) -> Array | None:
    if not begin:
        return None
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.frombuffer(ctypes.string_at(begin, size), kind).reshape(shape).copy()
