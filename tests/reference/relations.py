"""A model whose edges have kinds, with the relational convolution of PyTorch Geometric.

`RGCNConv` with the mean over the neighbours of each relation is what this library computes for `sage` with `relations`
`edge_labels`. A stack is that of `pyg.py` without norms; on the nodes it runs RGCNConv itself, on the clusters the same
sum over dense matrices, one pooled adjacency a relation. One graph at a time, so nothing is padded.
"""

import torch
from torch import nn
from torch_geometric.nn import RGCNConv


def dense(conv, x, adjacencies):
    """The same from one dense matrix a relation. As in DenseSAGEConv, a mean is never divided by less than 1."""
    out = x @ conv.root + conv.bias
    for relation, adjacency in enumerate(adjacencies):
        out = out + adjacency @ x @ conv.weight[relation] / adjacency.sum(dim=1, keepdim=True).clamp(min=1.0)
    return out


class Stack(nn.Module):
    def __init__(self, relations, before, hidden, after, linear):
        super().__init__()
        widths = [before, hidden, hidden, after]
        self.convs = nn.ModuleList(
            RGCNConv(one, two, relations, aggr="mean") for one, two in zip(widths, widths[1:]))
        self.linear = nn.Linear(2 * hidden + after, after) if linear else None

    def forward(self, x, run):
        layers = []
        for conv in self.convs:
            x = torch.relu(run(conv, x))
            layers.append(x)
        x = torch.cat(layers, dim=-1)
        return x if self.linear is None else torch.relu(self.linear(x))


class Net(nn.Module):
    def __init__(self, relations, features, classes, clusters, hidden, output):
        super().__init__()
        self.relations, width = relations, 2 * hidden + output
        self.assign = Stack(relations, features, hidden, clusters, True)
        self.embed = nn.ModuleList([
            Stack(relations, features, hidden, output, False), Stack(relations, width, hidden, output, False)])
        self.head = nn.ModuleList([nn.Linear(width, hidden), nn.Linear(hidden, classes)])

    def forward(self, x, edges, kinds):
        """`edges` [2, m] has every undirected edge once; `kinds` are the relations of these edges."""
        both, kinds = torch.cat([edges, edges.flip(0)], dim=1), torch.cat([kinds, kinds])
        sparse = lambda conv, x: conv(x, both, kinds)  # noqa: E731
        s = torch.softmax(self.assign(x, sparse), dim=-1)
        z = self.embed[0](x, sparse)
        pooled = []
        for relation in range(self.relations):
            adjacency = torch.zeros(len(x), len(x), dtype=x.dtype)
            here = both[:, kinds == relation]
            adjacency[here[0], here[1]] = 1.0
            pooled.append(s.T @ adjacency @ s)
        x = self.embed[1](s.T @ z, lambda conv, x: dense(conv, x, pooled))
        return self.head[1](torch.relu(self.head[0](x.mean(dim=0))))


def tensors(net):
    """The tensors of this library."""
    found = {}

    def linear(ours, layer):
        found[f"{ours}.weight"], found[f"{ours}.bias"] = layer.weight.T, layer.bias

    for ours, stack in [("levels.0.assign", net.assign)] + [(f"levels.{i}.embed", s) for i, s in enumerate(net.embed)]:
        for i, conv in enumerate(stack.convs):
            for relation, weight in enumerate(conv.weight):
                found[f"{ours}.convs.{i}.weight_rel" + (f".{relation}" if relation else "")] = weight
            found[f"{ours}.convs.{i}.weight_root"], found[f"{ours}.convs.{i}.bias"] = conv.root, conv.bias
        if stack.linear is not None:
            linear(f"{ours}.linear", stack.linear)
    for i, layer in enumerate(net.head):
        linear(f"head.{i}", layer)
    return {name: values.detach().contiguous().numpy() for name, values in found.items()}
