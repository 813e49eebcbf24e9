"""The poolings of PyTorch Geometric and of Torch Geometric Pool other than DiffPool, in the network of `pyg.py`.

Losses and pooled adjacencies come from the originals themselves, at PyTorch Geometric 2.8 and Torch Geometric Pool 1.0:
`dense_mincut_pool`, `DMoNPooling` with its own layer taken out, so that it pools by the logits of our stack, and
`just_balance_loss`. The last two go one graph at a time, for in a padded batch a graph counts by the others beside it:
`DMoNPooling` divides the cluster sizes of every graph by the nodes of every graph (`[b] / [b, 1]`), and
`just_balance_loss` by the mean number of nodes. `DMoNPooling` puts pooled features through a SELU, which no other does;
ours are those of the other two. Without torch_scatter, which the losses do not use, Torch Geometric Pool is imported
with the `scatter` of PyTorch Geometric in its place.
"""

import sys
import types

import torch
import torch_geometric.utils
from torch_geometric.nn import DMoNPooling, dense_mincut_pool

import pyg

if "torch_scatter" not in sys.modules:
    try:
        import torch_scatter  # noqa: F401
    except ImportError:
        sys.modules["torch_scatter"] = types.ModuleType("torch_scatter")
        sys.modules["torch_scatter"].scatter = torch_geometric.utils.scatter

from tgp.utils.losses import just_balance_loss  # noqa: E402


def nodes(s, mask):
    """Of every graph."""
    return [s.shape[1]] * len(s) if mask is None else mask.sum(dim=1).tolist()


def mincut(logits, adjacency, mask):
    _, pooled, cut, orthogonality = dense_mincut_pool(logits, adjacency, logits, mask)
    return pooled, {"cut": cut, "orthogonality": orthogonality}


def dmon(logits, adjacency, mask):
    k = logits.shape[-1]
    pooling = DMoNPooling(k, k)
    pooling.mlp = torch.nn.Identity()
    alone = [
        pooling(logits[i : i + 1, :n], adjacency[i : i + 1, :n, :n])[2:] for i, n in enumerate(nodes(logits, mask))
    ]
    pooled, *losses = (torch.stack(of_graphs) for of_graphs in zip(*alone))
    return pooled[:, 0], dict(zip(("modularity", "orthogonality", "collapse"), (loss.mean() for loss in losses)))


def just_balance(logits, adjacency, mask):
    pooled = dense_mincut_pool(logits, adjacency, logits, mask)[1]
    s = torch.softmax(logits, dim=-1)
    losses = [just_balance_loss(one[None, :n]) for one, n in zip(s, nodes(s, mask))]
    return pooled, {"balance": torch.stack(losses).mean()}


class Net(pyg.Net):
    """The network of `pyg.py` with another pooling: one of the functions above."""

    def __init__(self, pooling, *sizes):
        super().__init__(*sizes)
        self.pooling = pooling

    def forward(self, x, adjacency, mask):
        total = {}
        for level in range(1, self.poolings + 1):
            logits = getattr(self, f"gnn{level}_pool")(x, adjacency, mask)
            z = getattr(self, f"gnn{level}_embed")(x, adjacency, mask)
            # The features of `dense_mincut_pool`, which are S^T Z.
            x = dense_mincut_pool(z, adjacency, logits, mask)[0]
            adjacency, losses = self.pooling(logits, adjacency, mask)
            total = {name: total.get(name, 0) + value for name, value in losses.items()}
            mask = None
        x = getattr(self, f"gnn{self.poolings + 1}_embed")(x, adjacency, mask)
        return self.lin2(torch.relu(self.lin1(x.mean(dim=1)))), total
