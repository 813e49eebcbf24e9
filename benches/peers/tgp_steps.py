#!/usr/bin/env python3
"""A training step of tgp's unbatched sparse DiffPool (PyPI: torch-geometric-pool) on generated graphs.

    python tgp_steps.py step [--nodes N] [--batch B] [--threads T]

The graphs of the batch are one block-diagonal graph of edges. Convolutions of the first level are SAGEConv over edges,
and tgp pools: its reduce, connect and sparse losses, with the assignment of a stack as in the example, not of its own
MLP. From the first pooling on everything is dense, in PyTorch Geometric's operators. The same parameters as the dense
network.
"""

import sys
import types

import torch
import torch_geometric  # noqa: F401  before the stand-in, which it must not find

# tgp imports torch_scatter, which would have to be compiled, but what is measured here calls none of it: its functions
# are not there.
if "torch_scatter" not in sys.modules:
    sys.modules["torch_scatter"] = types.ModuleType("torch_scatter")
    for name in ("scatter", "scatter_add", "scatter_max", "scatter_min", "scatter_mul"):
        setattr(sys.modules["torch_scatter"], name, None)

from tgp.poolers import DiffPool
from tgp.select import SelectOutput
from torch import nn
from torch_geometric.nn import SAGEConv, dense_diff_pool

import graphs
import measure
import network
from training import losses

CLUSTERS = (64, 16)


class SparseStack(nn.Module):
    """The stack of network.py over edges."""

    def __init__(self, inputs, out, lin):
        super().__init__()
        widths = [inputs, network.HIDDEN, network.HIDDEN, out]
        pairs = list(zip(widths, widths[1:]))
        self.convs = nn.ModuleList(SAGEConv(before, after, aggr="mean") for before, after in pairs)
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for width in widths[1:])
        self.lin = nn.Linear(sum(widths[1:]), out) if lin else None

    def forward(self, x, edges):
        outputs = []
        for conv, norm in zip(self.convs, self.norms):
            x = norm(conv(x, edges).relu())
            outputs.append(x)
        x = torch.cat(outputs, dim=-1)
        return x if self.lin is None else self.lin(x).relu()


class SparseNetwork(nn.Module):
    def __init__(self, features, classes, clusters):
        super().__init__()
        hidden, wide = network.HIDDEN, 3 * network.HIDDEN
        self.gnn1_pool = SparseStack(features, clusters[0], lin=True)
        self.gnn1_embed = SparseStack(features, hidden, lin=False)
        self.gnn2_pool = network.Stack(wide, clusters[1], lin=True)
        self.gnn2_embed = network.Stack(wide, hidden, lin=False)
        self.gnn3_embed = network.Stack(wide, hidden, lin=False)
        self.lin1 = nn.Linear(wide, hidden)
        self.lin2 = nn.Linear(hidden, classes)
        # Sums over edges and losses as in PyTorch Geometric: nothing is normalised or left out.
        self.pool = DiffPool(
            wide, clusters[0], normalize_loss=True, remove_self_loops=False, degree_norm=False, batched=False
        )

    def own_parameters(self):
        """All but those of the pooler's MLP, which is not used."""
        return [tensor for name, tensor in self.named_parameters() if not name.startswith("pool.")]

    def forward(self, x, edges, batch):
        s = torch.softmax(self.gnn1_pool(x, edges), dim=-1)
        x = self.gnn1_embed(x, edges)
        chosen = SelectOutput(s=s, batch=batch)
        first = self.pool.compute_sparse_loss(edges, None, s, batch)
        x, _ = self.pool.reduce(x=x, so=chosen, batch=batch, return_batched=True)
        adj, _ = self.pool.connect(edge_index=edges, so=chosen, batch=batch)
        s = self.gnn2_pool(x, adj)
        x = self.gnn2_embed(x, adj)
        x, adj, link, entropy = dense_diff_pool(x, adj, s)
        x = self.gnn3_embed(x, adj).mean(dim=1)
        logits = self.lin2(self.lin1(x).relu())
        return logits, first["link_loss"] + link, first["entropy_loss"] + entropy


def block_diagonal(made):
    """Features, edges and graph of every node of all graphs, stacked."""
    sizes = [len(x) for _, x in made]
    starts = [sum(sizes[:index]) for index in range(len(made))]
    edges = torch.cat([torch.from_numpy(edges) + start for (edges, _), start in zip(made, starts)], dim=1)
    x = torch.cat([torch.from_numpy(features) for _, features in made])
    return x, edges, torch.repeat_interleave(torch.arange(len(made)), torch.tensor(sizes))


def main():
    options = measure.read(measure.arguments(["step"], __doc__.splitlines()[0]))
    made = [graphs.generate(index, options.nodes) for index in range(options.batch)]
    about = graphs.about(made)
    x, edges, batch = block_diagonal(made)
    del made
    y = torch.arange(options.batch) % graphs.CLASSES
    net = SparseNetwork(graphs.FEATURES, graphs.CLASSES, CLUSTERS)
    optimizer = torch.optim.Adam(net.own_parameters(), lr=1e-3)

    def once():
        optimizer.zero_grad()
        loss, _ = losses(net, x, edges, batch, y)
        loss.backward()
        optimizer.step()
        return loss.item()

    count = sum(tensor.numel() for tensor in net.own_parameters())
    measure.measure("tgp-sparse", options, once, parameters=count, **about)


if __name__ == "__main__":
    sys.exit(main())
