"""Convolutions that read the features of edges, in a network of this library's own.

At the first level they are those of PyTorch Geometric 2.8: `GINEConv`, `GATConv` with `edge_dim` (whose loops, which it
adds, have features 0), and `MessagePassing` with the mean and the sum for `sage` and `graph_conv`, which it has without
features. With tables the features of an edge are a linear layer of its attributes and a row of `Embedding` for its
label, as the bond encoder of the Open Graph Benchmark sums them. Pooled levels are dense: there the formulas are those
of docs/model.md, with einsum.
"""

import torch
from torch import nn
from torch.nn import functional
from torch_geometric.nn import GATConv, GINEConv, MessagePassing

HEADS = 2


class Level:
    """A graph: the edges of the first level both ways with features, or dense matrices `a [k, k]` and `e [c, k, k]`."""

    def __init__(self, index=None, features=None, labels=None, a=None, e=None):
        self.index, self.features, self.labels, self.a, self.e = index, features, labels, a, e

    def pool(self, s, tables):
        a, e = self.a, self.e
        if a is None:
            n, (source, target) = len(s), self.index
            a = torch.zeros(n, n).index_put((target, source), torch.ones(len(source)))
            columns = self.features
            if tables:
                columns = torch.cat([columns, functional.one_hot(self.labels, tables).to(columns)], dim=1)
            e = torch.zeros(columns.shape[1], n, n)
            e[:, target, source] = columns.T
        return Level(a=s.T @ a @ s, e=torch.einsum("ik,cij,jl->ckl", s, e, s))


class Gine(nn.Module):
    def __init__(self, f_in, f_out, channels, tables):
        super().__init__()
        mlp = nn.Sequential(nn.Linear(f_in, f_out), nn.ReLU(), nn.Linear(f_out, f_out))
        # With tables the convolution is given what the encoder makes.
        self.conv = GINEConv(mlp, eps=0.1, train_eps=True, edge_dim=None if tables else channels)
        self.encoder = nn.Linear(channels, f_in) if tables else None
        self.table = nn.Embedding(tables, f_in) if tables else None

    def linear(self):
        return self.encoder or self.conv.lin

    def forward(self, level, x):
        if level.a is None:
            if self.table is None:
                return self.conv(x, level.index, level.features)
            return self.conv(x, level.index, self.encoder(level.features) + self.table(level.labels))
        w = self.rows()
        u = level.a[:, :, None] * (x[None] + self.linear().bias) + torch.einsum("cij,cd->ijd", level.e, w)
        return self.conv.nn((1 + self.conv.eps) * x + torch.relu(u).sum(dim=1))

    def rows(self, of=lambda parameter: parameter):
        parts = [of(self.linear().weight).T] + ([] if self.table is None else [of(self.table.weight)])
        return torch.cat(parts)

    def ours(self, of):
        first, _, second = self.conv.nn
        return {
            "weight_edge": self.rows(of), "bias_edge": of(self.linear().bias), "weight": of(first.weight).T,
            "bias": of(first.bias), "weight_out": of(second.weight).T, "bias_out": of(second.bias),
            "epsilon": of(self.conv.eps),
        }


class Gat(nn.Module):
    def __init__(self, f_in, f_out, channels, last):
        super().__init__()
        width = f_out if last else f_out // HEADS
        self.conv = GATConv(f_in, width, HEADS, concat=not last, edge_dim=channels, fill_value=0.0)

    def fix(self):
        """PyTorch Geometric has two factors where one row a head does; a first column alone makes them equal.

        Attention is made sharp enough to tell nodes apart: where the clusters are alike their gradients are nothing.
        """
        with torch.no_grad():
            for sharp in (self.conv.att_dst, self.conv.att_src, self.conv.lin_edge.weight, self.conv.lin.weight):
                sharp.mul_(4)
            self.conv.att_edge.zero_()
            self.conv.att_edge[..., 0] = 1

    def edge_rows(self, of=lambda parameter: parameter):
        return of(self.conv.lin_edge.weight)[:: self.conv.out_channels]

    def forward(self, level, x):
        if level.a is None:
            return self.conv(x, level.index, level.features)
        h = self.conv.lin(x).view(len(x), HEADS, -1)
        u, v = (h * self.conv.att_dst).sum(-1), (h * self.conv.att_src).sum(-1)
        t = torch.einsum("cij,pc->ijp", level.e, self.edge_rows()) / level.a[:, :, None]
        look = lambda e: torch.exp(functional.leaky_relu(e, 0.2))  # noqa: E731
        alpha = level.a[:, :, None] * look(u[:, None] + v[None] + t)
        alpha = alpha + torch.eye(len(x))[:, :, None] * look(u + v)[:, None]
        out = torch.einsum("ijp,jpd->ipd", alpha / alpha.sum(dim=1, keepdim=True), h)
        return (out.flatten(1) if self.conv.concat else out.mean(dim=1)) + self.conv.bias

    def ours(self, of):
        return {
            "weight": of(self.conv.lin.weight).T, "attention_dst": of(self.conv.att_dst)[0],
            "attention_src": of(self.conv.att_src)[0], "attention_edge": self.edge_rows(of), "bias": of(self.conv.bias),
        }


class Linear(MessagePassing):
    """`sage` with the mean, `graph_conv` with the sum."""

    def __init__(self, f_in, f_out, channels, aggr):
        super().__init__(aggr=aggr)
        self.rel, self.root = nn.Linear(f_in, f_out, bias=False), nn.Linear(f_in, f_out)
        self.edge, self.mean = nn.Linear(channels, f_out, bias=False), aggr == "mean"

    def message(self, x_j, features):
        return self.rel(x_j) + self.edge(features)

    def forward(self, level, x):
        if level.a is None:
            return self.propagate(level.index, x=x, features=level.features) + self.root(x)
        said = level.a @ self.rel(x) + self.edge(level.e.sum(dim=2).T)
        scale = level.a.sum(dim=1, keepdim=True).clamp(min=1) if self.mean else 1
        return said / scale + self.root(x)

    def ours(self, of):
        return {
            "weight_rel": of(self.rel.weight).T, "weight_root": of(self.root.weight).T,
            "weight_edge": of(self.edge.weight).T, "bias": of(self.root.bias),
        }


def convolution(kind, f_in, f_out, channels, tables, last):
    if kind == "gine":
        return Gine(f_in, f_out, channels, tables)
    if kind == "gat":
        return Gat(f_in, f_out, channels, last)
    return Linear(f_in, f_out, channels, "mean" if kind == "sage" else "sum")


class Net(nn.Module):
    """Stacks of two convolutions, of which the last counts, at every level; the mean of the last one is read out.

    A virtual node of the first level is that of the baselines of the Open Graph Benchmark (`GNN_node_Virtualnode`), with
    layer norms in place of batch norms.
    """

    def __init__(self, kind, features, classes, clusters, hidden, channels, tables=0, virtual=False):
        super().__init__()
        self.virtual = nn.ModuleDict()
        self.tables, self.stacks, width = tables, nn.ModuleDict(), features
        for level in range(len(clusters) + 1):
            ends = {"embed": hidden} | ({"assign": clusters[level]} if level < len(clusters) else {})
            for name, end in ends.items():
                convs = [convolution(kind, width, hidden, channels, tables, False)]
                convs.append(convolution(kind, hidden, end, channels, tables, True))
                self.stacks[f"levels_{level}_{name}"] = nn.ModuleList(convs)
                if virtual and level == 0:
                    blocks = [nn.Linear(features, 2 * hidden), nn.LayerNorm(2 * hidden), nn.ReLU()]
                    blocks += [nn.Linear(2 * hidden, hidden), nn.LayerNorm(hidden), nn.ReLU()]
                    parts = {"start": nn.Embedding(1, features), "after": nn.Sequential(*blocks)}
                    self.virtual[f"levels_{level}_{name}"] = nn.ModuleDict(parts)
            width = hidden
        self.poolings, self.head = len(clusters), nn.Linear(hidden, classes)
        self.after_settling = [m.fix for m in self.modules() if isinstance(m, Gat)]

    def stack(self, name, level, x):
        if name not in self.virtual:
            for conv in self.stacks[name]:
                x = torch.relu(conv(level, x))
            return x
        node, (first, second) = self.virtual[name], self.stacks[name]
        state = node["start"](torch.zeros(1, dtype=torch.long))
        x = x + state
        after = torch.relu(first(level, x))
        state = node["after"](x.sum(dim=0, keepdim=True) + state)
        return torch.relu(second(level, after + state))

    def logits(self, graph):
        pairs = torch.as_tensor(graph.edges).long()
        twice = lambda values: None if values is None else torch.as_tensor(values).repeat(2, *[1] * (values.ndim - 1))
        index = torch.cat([pairs, pairs.flip(0)], dim=1)
        level, x = Level(index, twice(graph.edge_attributes), twice(graph.edge_labels)), torch.as_tensor(graph.x)
        for number in range(self.poolings):
            s = torch.softmax(self.stack(f"levels_{number}_assign", level, x), dim=1)
            x = s.T @ self.stack(f"levels_{number}_embed", level, x)
            level = level.pool(s, self.tables)
        return self.head(self.stack(f"levels_{self.poolings}_embed", level, x).mean(dim=0))

    def ours(self, of):
        """What `of` gives for every parameter, by this library's names."""
        tensors = {"head.0.weight": of(self.head.weight).T, "head.0.bias": of(self.head.bias)}
        for name, convs in self.stacks.items():
            for at, conv in enumerate(convs):
                path = f"{name.replace('_', '.')}.convs.{at}"
                tensors |= {f"{path}.{own}": values for own, values in conv.ours(of).items()}
        for name, node in self.virtual.items():
            path, blocks = f"{name.replace('_', '.')}.virtual_node", node["after"]
            tensors[f"{path}.start"] = of(node["start"].weight)[0]
            for at, (linear, norm) in enumerate([blocks[:2], blocks[3:5]]):
                own = f"{path}.updates.0.{at}"
                tensors |= {f"{own}.weight": of(linear.weight).T, f"{own}.bias": of(linear.bias)}
                tensors |= {f"{own}.norm.weight": of(norm.weight), f"{own}.norm.bias": of(norm.bias)}
        return {name: values.detach().numpy() for name, values in tensors.items()}
