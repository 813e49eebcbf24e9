"""The model of Errica et al., gnn-comparison `models/graph_classifiers/DiffPool.py`, read at commit c524e97.

It was written for PyTorch Geometric 1.4.2 (`install_original.sh`) and passes `add_loop=False`, which later versions no
longer take. The dense convolution of 1.4.2 has one weight, `mean of the neighbours * W + b`, without a term for the
node itself: `gcn_mean` here. `sage=True` has the convolution of today's PyTorch Geometric in its place.

ReLU and batch norm follow the first two of three convolutions. The assignment stack ends in a linear layer. What is
read out is the maximum of the pooled features of every level, and of the last embedding. The loss is cross-entropy +
link loss + entropy, of the padded batch.

`check_originals.py` ran the original file with the convolution of 1.4.2 beside it: logits, losses, gradients and
running statistics differ by less than 1e-14 of the largest.
"""

import torch
from torch import nn
from torch_geometric.nn import DenseSAGEConv, dense_diff_pool


class MeanConv(nn.Module):
    """The dense convolution of PyTorch Geometric 1.4.2 without self-loops."""

    def __init__(self, before, after):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(before, after))
        self.bias = nn.Parameter(torch.empty(after))
        bound = before ** -0.5
        nn.init.uniform_(self.weight, -bound, bound)
        nn.init.uniform_(self.bias, -bound, bound)

    def forward(self, x, adjacency, mask=None):
        degree = adjacency.sum(dim=-1, keepdim=True).clamp(min=1)
        x = (adjacency @ x / degree) @ self.weight + self.bias
        return x if mask is None else x * mask.unsqueeze(-1).to(x.dtype)


class Stack(nn.Module):
    def __init__(self, before, hidden, after, linear, conv):
        super().__init__()
        self.conv1, self.bn1 = conv(before, hidden), nn.BatchNorm1d(hidden)
        self.conv2, self.bn2 = conv(hidden, hidden), nn.BatchNorm1d(hidden)
        self.conv3 = conv(hidden, after)
        self.lin = nn.Linear(2 * hidden + after, after) if linear else None

    def forward(self, x, adjacency, mask=None):
        layers = []
        for conv, norm in [(self.conv1, self.bn1), (self.conv2, self.bn2)]:
            x = torch.relu(conv(x, adjacency, mask))
            x = norm(x.flatten(0, 1)).view(x.shape)
            layers.append(x)
        x = torch.cat([*layers, self.conv3(x, adjacency, mask)], dim=-1)
        return x if self.lin is None else self.lin(x)


class Level(nn.Module):
    def __init__(self, before, hidden, output, clusters, conv):
        super().__init__()
        self.gnn_pool = Stack(before, hidden, clusters, True, conv)
        self.gnn_embed = Stack(before, hidden, output, False, conv)

    def forward(self, x, adjacency, mask):
        s = self.gnn_pool(x, adjacency, mask)
        return dense_diff_pool(self.gnn_embed(x, adjacency, mask), adjacency, s, mask)


class Net(nn.Module):
    def __init__(self, features, classes, clusters, hidden, output, head=50, sage=False):
        super().__init__()
        conv = DenseSAGEConv if sage else MeanConv
        width, after = features, 2 * hidden + output
        self.diffpool_layers = nn.ModuleList()
        for k in clusters:
            self.diffpool_layers.append(Level(width, hidden, output, k, conv))
            width = after
        self.final_embed = Stack(width, hidden, output, False, conv)
        self.lin1 = nn.Linear(after * (len(clusters) + 1), head)
        self.lin2 = nn.Linear(head, classes)

    def forward(self, x, adjacency, mask):
        link = entropy = torch.zeros((), dtype=x.dtype)
        read = []
        for level in self.diffpool_layers:
            x, adjacency, one_link, one_entropy = level(x, adjacency, mask)
            read.append(x.max(dim=1).values)
            link, entropy, mask = link + one_link, entropy + one_entropy, None
        x = self.final_embed(x, adjacency, mask)
        if mask is not None:
            # No original does this: the maximum over the nodes that exist.
            x = x.masked_fill(~mask.unsqueeze(-1), -torch.inf)
        read.append(x.max(dim=1).values)
        return self.lin2(torch.relu(self.lin1(torch.cat(read, dim=1)))), link, entropy
