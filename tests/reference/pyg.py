"""The model of PyTorch Geometric's `examples/proteins_diff_pool.py`, read at commit 5c6461b.

Two stacks a level of three dense SAGE convolutions, each followed by ReLU and then by batch norm; all three side by
side; the assignment stack ends in a linear layer and ReLU. Padded rows come out of a convolution as zeros, because it
takes the mask, and are counted in the batch norm of the first level. The example throws both auxiliary losses away.

`check_originals.py` ran the example itself beside it: logits, losses, gradients and running statistics are the same.
"""

import torch
from torch import nn
from torch_geometric.nn import DenseSAGEConv, dense_diff_pool


class Stack(nn.Module):
    def __init__(self, before, hidden, after, linear):
        super().__init__()
        self.conv1, self.bn1 = DenseSAGEConv(before, hidden), nn.BatchNorm1d(hidden)
        self.conv2, self.bn2 = DenseSAGEConv(hidden, hidden), nn.BatchNorm1d(hidden)
        self.conv3, self.bn3 = DenseSAGEConv(hidden, after), nn.BatchNorm1d(after)
        self.lin = nn.Linear(2 * hidden + after, after) if linear else None

    def forward(self, x, adjacency, mask=None):
        layers = []
        for conv, norm in [(self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)]:
            x = torch.relu(conv(x, adjacency, mask))
            x = norm(x.flatten(0, 1)).view(x.shape)
            layers.append(x)
        x = torch.cat(layers, dim=-1)
        return x if self.lin is None else torch.relu(self.lin(x))


class Net(nn.Module):
    """Any number of poolings; the example has two. Without any, the last stack runs on the nodes of the graph."""

    def __init__(self, features, classes, clusters, hidden, output):
        super().__init__()
        width = features
        for level, k in enumerate(clusters, 1):
            setattr(self, f"gnn{level}_pool", Stack(width, hidden, k, True))
            setattr(self, f"gnn{level}_embed", Stack(width, hidden, output, False))
            width = 2 * hidden + output
        self.poolings = len(clusters)
        setattr(self, f"gnn{self.poolings + 1}_embed", Stack(width, hidden, output, False))
        self.lin1 = nn.Linear(2 * hidden + output, hidden)
        self.lin2 = nn.Linear(hidden, classes)

    def forward(self, x, adjacency, mask):
        link = entropy = torch.zeros((), dtype=x.dtype)
        for level in range(1, self.poolings + 1):
            s = getattr(self, f"gnn{level}_pool")(x, adjacency, mask)
            z = getattr(self, f"gnn{level}_embed")(x, adjacency, mask)
            x, adjacency, one_link, one_entropy = dense_diff_pool(z, adjacency, s, mask)
            link, entropy, mask = link + one_link, entropy + one_entropy, None
        x = getattr(self, f"gnn{self.poolings + 1}_embed")(x, adjacency, mask)
        if mask is None:
            x = x.mean(dim=1)
        else:
            # No original does this: the mean over the nodes that exist.
            x = (x * mask.unsqueeze(-1)).sum(dim=1) / mask.sum(dim=1, keepdim=True)
        return self.lin2(torch.relu(self.lin1(x))), link, entropy
