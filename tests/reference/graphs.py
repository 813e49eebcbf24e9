"""The graphs of the fixtures, and their padded form."""

from dataclasses import dataclass

import numpy as np
import torch

SIZES = (5, 9, 12, 7)
"""Nodes of the graphs of a batch. The second has a node without edges."""


@dataclass
class Graph:
    edges: np.ndarray
    """[2, m]; every undirected edge once."""
    weights: np.ndarray
    """[m]"""
    x: np.ndarray
    """[n, f], or [n, 3] whole numbers where features are categories."""
    y: np.ndarray
    """A class, or one class a position of the sequence."""
    edge_attributes: np.ndarray = None
    """[m, c], where edges have any."""
    edge_labels: np.ndarray = None
    """[m], likewise."""


def single(values):
    """float64 that float32 holds as well, so that both precisions are compared with the same truth."""
    return np.asarray(values, np.float32).astype(np.float64)


def random_graphs(seed, features=3, classes=2, sizes=SIZES, weighted=False):
    """Random graphs: a path with chords."""
    random = np.random.RandomState(seed)
    graphs = []
    for index, n in enumerate(sizes):
        connected = n - 1 if index == 1 else n
        pairs = {(i, i + 1) for i in range(connected - 1)}
        while len(pairs) < connected - 1 + n // 3:
            a, b = sorted(random.choice(connected, 2, replace=False))
            pairs.add((int(a), int(b)))
        edges = np.array(sorted(pairs), np.int32).T
        weights = single(random.choice([1.0, 2.0], edges.shape[1]) if weighted else np.ones(edges.shape[1]))
        x = single(random.uniform(-1, 1, (n, features)))
        graphs.append(Graph(edges, weights, x, np.array(index % classes, np.int32)))
    return graphs


@dataclass
class Padded:
    """x [b, N, f], adjacency [b, N, N], mask [b, N], nodes [b], y."""

    x: torch.Tensor
    adjacency: torch.Tensor
    mask: torch.Tensor
    nodes: np.ndarray
    y: torch.Tensor


def pad(graphs, nodes=None):
    """The padded batch of `nodes` rows a graph, or as many as the largest has."""
    sizes = np.array([len(graph.x) for graph in graphs])
    n = nodes or int(sizes.max())
    b = len(graphs)
    kind = torch.float64 if graphs[0].x.dtype == np.float64 else torch.long
    x = torch.zeros(b, n, graphs[0].x.shape[1], dtype=kind)
    adjacency = torch.zeros(b, n, n, dtype=torch.float64)
    mask = torch.zeros(b, n, dtype=torch.bool)
    for i, graph in enumerate(graphs):
        x[i, : sizes[i]] = torch.as_tensor(graph.x)
        mask[i, : sizes[i]] = True
        for (a, c), weight in zip(graph.edges.T, graph.weights):
            adjacency[i, a, c] += weight
            adjacency[i, c, a] += weight
    y = torch.as_tensor(np.stack([graph.y for graph in graphs])).long()
    return Padded(x, adjacency, mask, sizes, y)
