"""Graphs of PyTorch Geometric, one by one and as a whole."""

from __future__ import annotations

from typing import Any, Iterable, Sequence

import numpy as np

from . import _arrays
from ._arrays import Array
from ._batch import Batch
from .graph import Graph

_BY_EDGE = ("edge_attr", "edge_weight")
_FIELDS = ("edge_index", "x", *_BY_EDGE)


def from_pyg(data: Any, *, integer_x: str = "categories") -> Graph:
    """A graph from `Data`. An `x` of whole numbers, as OGB's molecules have it, is `categories`, unless `integer_x` is
    "features". An integer `y` is a class, any other are targets; `y` of -1 is none.
    """
    x = getattr(data, "x", None)
    fields: dict[str, Any] = {}
    if x is not None:
        values = _arrays.array(x, "x")
        fields["categories" if _is_categories(values, integer_x) else "x"] = values
    y = getattr(data, "y", None)
    if y is not None:
        y = _arrays.array(y, "y")
        if y.size == 0 or (y.size == 1 and y.dtype.kind in "iu" and int(y.reshape(())) == -1):
            y = None
        elif y.size > 1 or y.dtype.kind == "f":
            y = y.reshape(-1).astype(np.float32)
    return Graph(
        getattr(data, "edge_index", None),
        edge_attr=getattr(data, "edge_attr", None),
        edge_weight=getattr(data, "edge_weight", None),
        y=y,
        num_nodes=_count(data),
        **fields,
    )


def to_pyg(graph: Graph) -> Any:
    """`Data` of PyTorch Geometric: `x`, or the categories in its place; `edge_attr`, `edge_weight`, `y` and, where
    there are any, `node_labels` and `edge_labels`.
    """
    import torch
    from torch_geometric.data import Data

    def tensor(values: Array | None, kind: Any = None) -> Any:
        return None if values is None else torch.as_tensor(np.array(values, kind))

    y: Any = None
    if graph.class_index is not None:
        if isinstance(graph.class_index, str):
            raise ValueError(f"y is the class {graph.class_index!r}, but PyTorch Geometric has numbers for classes")
        y = torch.tensor([graph.class_index])
    elif graph.targets is not None:
        y = tensor(graph.targets)[None]
    x = tensor(graph.categories, np.int64) if graph.x is None else tensor(graph.x, np.float32)
    data = Data(
        x=x,
        edge_index=tensor(graph.edge_index, np.int64),
        edge_attr=tensor(graph.edge_attr, np.float32),
        edge_weight=tensor(graph.edge_weight, np.float32),
        y=y,
        num_nodes=graph.num_nodes,
    )
    for name in ("node_labels", "edge_labels"):
        if getattr(graph, name) is not None:
            data[name] = tensor(getattr(graph, name))
    return data


def pyg_batch(data: Any, *, labels: bool = True, integer_x: str = "categories") -> tuple[Batch, bool]:
    """A `Batch`, an `InMemoryDataset` or a list of `Data` as one batch of the library, and whether every edge is there
    both ways. Of an `InMemoryDataset` the arrays are used that it holds for all its graphs. `labels` says whether `y`
    comes along.
    """
    names = (*_FIELDS, "y") if labels else _FIELDS
    if is_in_memory(data) and _is_whole(data):
        fields, nodes = _in_memory(data, names)
    elif hasattr(data, "ptr"):
        fields, nodes = _batched(data, names)
    else:
        fields, nodes = _listed(list(data), names)
    offsets = np.zeros(len(nodes) + 1, np.int64)
    np.cumsum(nodes, out=offsets[1:])
    return _as_batch(fields, offsets, integer_x)


def _as_batch(fields: dict[str, Array], offsets: Array, integer_x: str) -> tuple[Batch, bool]:
    count = len(offsets) - 1
    x, y = fields.get("x"), fields.get("y")
    has: dict[str, Any] = {} if x is None else {"categories" if _is_categories(x, integer_x) else "x": x}
    classes = None
    if y is not None and y.size:
        if y.size % count:
            raise ValueError(f"y has {y.size} values, which is no number a graph: there are {count}")
        if y.dtype.kind in "iub" and y.size == count:
            classes = np.ascontiguousarray(y.reshape(-1), np.int64)
        else:
            has["targets"] = y.reshape(-1).astype(np.float32)
    index, nodes = fields["edge_index"].astype(np.int64, copy=False), int(offsets[-1])
    for name in _BY_EDGE:
        has[name] = fields.get(name)
    return Batch(Graph(index, num_nodes=nodes, **has), offsets, classes), both_ways(index, nodes)


def both_ways(index: Array, nodes: int) -> bool:
    """Whether every edge is there in both directions."""
    one, other = index[0] * nodes + index[1], index[1] * nodes + index[0]
    return bool(np.array_equal(np.unique(one), np.unique(other)))


def is_in_memory(value: Any) -> bool:
    """Whether a data set of PyTorch Geometric has its graphs in memory."""
    return isinstance(getattr(value, "slices", None), dict) and getattr(value, "_data", None) is not None


def _is_whole(data: Any) -> bool:
    """Whether it is neither a part nor in another order, which its arrays do not show."""
    chosen = getattr(data, "_indices", None)
    return chosen is None or list(chosen) == list(range(len(data.slices["edge_index"]) - 1))


def _in_memory(data: Any, names: Iterable[str]) -> tuple[dict[str, Array], Array]:
    """The arrays of an `InMemoryDataset`, whose edges count the nodes of each graph from 0."""
    held, slices = data._data, data.slices
    found = ((name, getattr(held, name, None)) for name in names if name in slices)
    fields = {name: _arrays.array(value, name) for name, value in found if value is not None}
    edges = np.diff(_arrays.longs(slices["edge_index"], "slices"))
    if "x" in slices:
        nodes = np.diff(_arrays.longs(slices["x"], "slices"))
    else:
        nodes = np.array([data[i].num_nodes for i in range(len(edges))], np.int64)
    fields["edge_index"] = fields["edge_index"] + np.repeat(np.cumsum(nodes) - nodes, edges)
    return fields, nodes


def _batched(data: Any, names: Iterable[str]) -> tuple[dict[str, Array], Array]:
    """The arrays of a `Batch`, the edges in the order of the graphs, which some transforms disturb."""
    pointers = _arrays.longs(data.ptr, "ptr")
    found = ((name, getattr(data, name, None)) for name in names)
    fields = {name: _arrays.array(value, name) for name, value in found if value is not None}
    owner = np.searchsorted(pointers, fields["edge_index"][0], "right")
    if (np.diff(owner) < 0).any():
        order = np.argsort(owner, kind="stable")
        fields["edge_index"] = fields["edge_index"][:, order]
        fields.update({name: fields[name][order] for name in _BY_EDGE if name in fields})
    return fields, np.diff(pointers)


def _listed(data: Sequence[Any], names: Iterable[str]) -> tuple[dict[str, Array], Array]:
    """The arrays of a list of `Data`, one behind the other."""
    if not data:
        raise ValueError("there are no graphs")
    nodes = np.array([_count(each) for each in data], np.int64)
    fields = {}
    for name in names:
        values = [getattr(each, name, None) for each in data]
        missing = [i for i, value in enumerate(values) if value is None]
        if len(missing) == len(data):
            continue
        if missing:
            raise ValueError(f"graph {missing[0]} has no {name}, but {len(data) - len(missing)} others have")
        arrays = [np.atleast_1d(_arrays.array(value, name)) for value in values]
        if name == "edge_index":
            starts = np.cumsum(nodes) - nodes
            shifts = np.repeat(starts, [array.shape[1] for array in arrays])
            fields[name] = np.concatenate(arrays, axis=1) + shifts
        else:
            fields[name] = np.concatenate(arrays)
    return fields, nodes


def _count(data: Any) -> int:
    x = getattr(data, "x", None)
    if x is not None:
        return len(x)
    count = getattr(data, "num_nodes", None)
    if count is None:
        index = _arrays.array(data.edge_index, "edge_index")
        return int(index.max()) + 1 if index.size else 0
    return int(count)


def _is_categories(x: Array, integer_x: str) -> bool:
    if integer_x not in ("categories", "features"):
        raise ValueError(f"integer_x is {integer_x!r}, but must be 'categories' or 'features'")
    return x.dtype.kind in "iu" and integer_x == "categories"
