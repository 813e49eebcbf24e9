"""Graphs of other libraries, from and to `Graph`. Each library is imported only when it is used.

| library | what becomes what |
|---|---|
| PyTorch Geometric | `x` of numbers: `x`; `x` of whole numbers: `categories`; `edge_attr`; `edge_weight`; `y` |
| DGL | `ndata["feat"]` or `["x"]`: `x`; `["label"]`: `node_labels`; `edata["weight"]` or `["w"]`, `["feat"]` |
| networkx, igraph | the attributes of nodes and edges that are named; `label` and `weight` where they are there |
| scipy, numpy | the entries of the adjacency matrix: edges, and weights where one is not 1 |
| RDKit | atomic numbers: `node_labels`; types of bonds: `edge_labels`; five properties of every atom: `x` |
"""

from __future__ import annotations

from typing import Any, Callable, Sequence

import numpy as np

from . import _arrays, _pyg
from ._arrays import Array
from ._batch import Batch
from ._pyg import from_pyg, pyg_batch, to_pyg
from .dataset import Dataset
from .graph import Graph

__all__ = [
    "from_dgl",
    "from_igraph",
    "from_networkx",
    "from_pyg",
    "from_rdkit",
    "from_scipy",
    "from_smiles",
    "graph",
    "graphs",
    "pyg_batch",
    "to_dgl",
    "to_igraph",
    "to_networkx",
    "to_pyg",
    "to_rdkit",
    "to_scipy",
]


def graph(value: Any) -> Graph:
    """A graph from anything that is known: by its class, so that nothing is imported for it."""
    if isinstance(value, Graph):
        return value
    known: dict[str, Callable[[Any], Graph]] = {
        "torch_geometric": from_pyg,
        "dgl": from_dgl,
        "networkx": from_networkx,
        "scipy": from_scipy,
        "igraph": from_igraph,
        "rdkit": from_rdkit,
    }
    # A class of the user's may derive from one of theirs.
    modules = {kind.__module__.partition(".")[0] for kind in type(value).__mro__}
    for module in modules & set(known):
        return known[module](value)
    if isinstance(value, str):
        return from_smiles(value)
    if hasattr(value, "edge_index"):
        return from_pyg(value)
    raise TypeError(f"{type(value).__name__} is no graph: give a Graph, or one of {', '.join(known)}")


def graphs(value: Any) -> Any:
    """One graph, a data set, a batch, or a list of graphs, from whatever a prediction is asked for."""
    if isinstance(value, (Graph, Dataset, Batch)):
        return value
    if _pyg.is_in_memory(value) or hasattr(value, "edge_index") and getattr(value, "ptr", None) is not None:
        return pyg_batch(value, labels=False)[0]
    if isinstance(value, (list, tuple)) or hasattr(value, "__next__"):
        return [graph(each) for each in value]
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [graph(each) for each in value.reshape(-1)]
    return graph(value)


def from_dgl(graph: Any) -> Graph:
    """A graph from a `DGLGraph` of one kind of nodes and edges: features "feat" or "x", node labels "label", weights of
    edges "weight" or "w", attributes of edges "feat".
    """
    ends = [_arrays.array(end, "edges") for end in graph.edges()]
    nodes, edges = graph.ndata, graph.edata

    def first(data: Any, *names: str) -> Any:
        return next((data[name] for name in names if name in data), None)

    return Graph(
        np.stack(ends),
        x=first(nodes, "feat", "x"),
        node_labels=first(nodes, "label"),
        edge_weight=first(edges, "weight", "w"),
        edge_attr=first(edges, "feat"),
        num_nodes=graph.num_nodes(),
    )


def to_dgl(graph: Graph) -> Any:
    """A `DGLGraph` with the names that `from_dgl` reads."""
    import dgl
    import torch

    made = dgl.graph(tuple(torch.as_tensor(np.array(row)) for row in graph.edge_index), num_nodes=graph.num_nodes)
    for data, name, values in [
        (made.ndata, "feat", graph.x),
        (made.ndata, "label", graph.node_labels),
        (made.edata, "weight", graph.edge_weight),
        (made.edata, "feat", graph.edge_attr),
    ]:
        if values is not None:
            data[name] = torch.as_tensor(np.array(values))
    return made


def from_networkx(
    graph: Any,
    *,
    node_attrs: Sequence[str] = (),
    edge_attrs: Sequence[str] = (),
    node_label: str = "label",
    edge_label: str = "label",
    weight: str = "weight",
    y: Any = None,
) -> Graph:
    """A graph from one of networkx. `node_attrs` and `edge_attrs` name the attributes that become the columns of `x`
    and of `edge_attr`; whole numbers under `node_label` and `edge_label` become labels, those under `weight` weights,
    each where every node or edge has one. Nodes are numbered in their order; `y` is by default that of `graph.graph`.
    """
    number = {node: i for i, node in enumerate(graph)}
    edges = list(graph.edges(data=True))
    index = np.array([[number[a] for a, _, _ in edges], [number[b] for _, b, _ in edges]], np.int64).reshape(2, -1)
    nodes = [data for _, data in graph.nodes(data=True)]
    between = [data for _, _, data in edges]
    return Graph(
        index,
        x=_table(nodes, node_attrs, "node"),
        edge_attr=_table(between, edge_attrs, "edge"),
        node_labels=_column(nodes, node_label),
        edge_labels=_column(between, edge_label),
        edge_weight=_column(between, weight, np.float64),
        y=graph.graph.get("y") if y is None else y,
        num_nodes=len(number),
    )


def to_networkx(graph: Graph, directed: bool = False) -> Any:
    """A graph of networkx with the attributes "x", "label", "weight" and "edge_attr" where there are any. An undirected
    one has an edge once, whichever ways it is given.
    """
    import networkx

    made = networkx.DiGraph() if directed else networkx.Graph()
    made.add_nodes_from((i, _attributes(i, x=graph.x, label=graph.node_labels)) for i in range(graph.num_nodes))
    made.add_edges_from(
        (int(a), int(b), _attributes(i, weight=graph.edge_weight, label=graph.edge_labels, edge_attr=graph.edge_attr))
        for i, (a, b) in enumerate(graph.edge_index.T)
    )
    if graph.y is not None:
        made.graph["y"] = graph.y
    return made


def from_scipy(adjacency: Any, *, x: Any = None, y: Any = None) -> Graph:
    """A graph from its adjacency matrix `[N, N]`, sparse of scipy or dense: an edge for every entry that is not 0, and
    weights where one of them is not 1.
    """
    if adjacency.ndim != 2 or adjacency.shape[0] != adjacency.shape[1]:
        raise ValueError(f"the adjacency matrix has shape {list(adjacency.shape)}, but must be square")
    if hasattr(adjacency, "tocoo"):
        entries = adjacency.tocoo()
        row, column, data = entries.row, entries.col, entries.data
    else:
        row, column = np.nonzero(adjacency)
        data = adjacency[row, column]
    data = np.asarray(data, np.float64)
    weights = None if (data == 1).all() else data
    return Graph(np.stack([row, column]).astype(np.int64), x=x, edge_weight=weights, y=y, num_nodes=adjacency.shape[0])


def to_scipy(graph: Graph) -> Any:
    """The adjacency matrix as a `csr_matrix`; weights of an edge that is given several times are added."""
    from scipy.sparse import csr_matrix

    data = np.ones(graph.num_edges, np.float32) if graph.edge_weight is None else graph.edge_weight
    return csr_matrix((data, (graph.edge_index[0], graph.edge_index[1])), shape=(graph.num_nodes, graph.num_nodes))


def from_igraph(
    graph: Any,
    *,
    node_attrs: Sequence[str] = (),
    edge_attrs: Sequence[str] = (),
    node_label: str = "label",
    edge_label: str = "label",
    weight: str = "weight",
    y: Any = None,
) -> Graph:
    """A graph from one of igraph; the arguments are those of `from_networkx`."""
    nodes = [vertex.attributes() for vertex in graph.vs]
    between = [edge.attributes() for edge in graph.es]
    index = np.array(graph.get_edgelist(), np.int64).reshape(-1, 2).T
    if y is None and "y" in graph.attributes():
        y = graph["y"]
    return Graph(
        np.ascontiguousarray(index),
        x=_table(nodes, node_attrs, "node"),
        edge_attr=_table(between, edge_attrs, "edge"),
        node_labels=_column(nodes, node_label),
        edge_labels=_column(between, edge_label),
        edge_weight=_column(between, weight, np.float64),
        y=y,
        num_nodes=graph.vcount(),
    )


def to_igraph(graph: Graph, directed: bool = False) -> Any:
    """A graph of igraph with the attributes "x", "label", "weight" and "edge_attr" where there are any."""
    import igraph

    made = igraph.Graph(n=graph.num_nodes, edges=graph.edge_index.T.tolist(), directed=directed)
    for sequence, name, values in [
        (made.vs, "x", graph.x),
        (made.vs, "label", graph.node_labels),
        (made.es, "weight", graph.edge_weight),
        (made.es, "label", graph.edge_labels),
        (made.es, "edge_attr", graph.edge_attr),
    ]:
        if values is not None:
            sequence[name] = values.tolist()
    if graph.y is not None:
        made["y"] = graph.y
    return made


def from_rdkit(molecule: Any, *, y: Any = None) -> Graph:
    """A graph from a molecule of RDKit: atomic numbers as node labels, types of bonds as edge labels (1, 2, 3, and 12
    for aromatic ones), and as `x` of every atom its neighbours, charge, hydrogens, and whether it is aromatic and in a
    ring.
    """
    atoms, bonds = list(molecule.GetAtoms()), list(molecule.GetBonds())
    index = np.array([[b.GetBeginAtomIdx() for b in bonds], [b.GetEndAtomIdx() for b in bonds]], np.int64)
    x = [[a.GetDegree(), a.GetFormalCharge(), a.GetTotalNumHs(), a.GetIsAromatic(), a.IsInRing()] for a in atoms]
    return Graph(
        index.reshape(2, -1),
        x=np.array(x, np.float32).reshape(-1, 5),
        y=y,
        num_nodes=len(atoms),
        node_labels=np.array([a.GetAtomicNum() for a in atoms], np.int64),
        edge_labels=np.array([int(b.GetBondType()) for b in bonds], np.int64),
    )


def from_smiles(smiles: str, *, y: Any = None) -> Graph:
    """A graph from a SMILES string; see `from_rdkit`."""
    from rdkit import Chem

    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"{smiles!r} is no SMILES string of a molecule")
    return from_rdkit(molecule, y=y)


def to_rdkit(graph: Graph) -> Any:
    """A molecule of RDKit of the atoms and bonds that `from_rdkit` reads; charges and hydrogens where `x` has them."""
    from rdkit import Chem

    if graph.node_labels is None or graph.edge_labels is None:
        raise ValueError("a molecule needs node_labels, its atomic numbers, and edge_labels, the types of its bonds")
    made = Chem.RWMol()
    for i, number in enumerate(graph.node_labels):
        atom = Chem.Atom(int(number))
        if graph.x is not None and graph.x.shape[1] == 5:
            atom.SetFormalCharge(int(graph.x[i, 1]))
        made.AddAtom(atom)
    for (begin, end), kind in zip(graph.edge_index.T, graph.edge_labels):
        if made.GetBondBetweenAtoms(int(begin), int(end)) is None:
            made.AddBond(int(begin), int(end), Chem.BondType.values[int(kind)])
    molecule = made.GetMol()
    Chem.SanitizeMol(molecule)
    return molecule


def _table(rows: Sequence[dict[str, Any]], names: Sequence[str], what: str) -> Array | None:
    """The attributes of that names, a row an element; a name may stand for several numbers."""
    if not names:
        return None
    for i, row in enumerate(rows):
        for name in names:
            if name not in row:
                raise ValueError(f"{what} {i} has no attribute {name!r}")
    return np.array([np.concatenate([np.atleast_1d(row[name]) for name in names]) for row in rows], np.float64).reshape(
        len(rows), -1
    )


def _column(rows: Sequence[dict[str, Any]], name: str, kind: Any = np.int64) -> Array | None:
    """An attribute that every element has as a number."""
    values = [row.get(name) for row in rows]
    wanted: Any = (int, np.integer) if kind is np.int64 else (int, float, np.number)
    if not rows or not all(isinstance(value, wanted) for value in values):
        return None
    return np.array(values, kind)


def _attributes(i: int, **columns: Array | None) -> dict[str, Any]:
    return {name: values[i].tolist() for name, values in columns.items() if values is not None}
