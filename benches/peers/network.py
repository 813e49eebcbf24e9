"""The network of PyTorch Geometric's example proteins_diff_pool.py, dense, with its names of modules.

Two poolings of stacks of DenseSAGEConv with dense_diff_pool, an embedding stack after them, mean readout and two linear
layers. Batch norm sees all rows, padded ones too, as in the example.
"""

import torch
from torch import nn
from torch_geometric.nn import DenseSAGEConv, dense_diff_pool

HIDDEN = 64


class Stack(nn.Module):
    """Three times convolution, ReLU and batch norm, the outputs side by side; then, where `lin`, linear and ReLU."""

    def __init__(self, inputs, out, lin):
        super().__init__()
        widths = [inputs, HIDDEN, HIDDEN, out]
        for number in (1, 2, 3):
            setattr(self, f"conv{number}", DenseSAGEConv(widths[number - 1], widths[number]))
            setattr(self, f"bn{number}", nn.BatchNorm1d(widths[number]))
        self.lin = nn.Linear(sum(widths[1:]), out) if lin else None

    def forward(self, x, adj, mask=None):
        outputs = []
        for conv, norm in ((self.conv1, self.bn1), (self.conv2, self.bn2), (self.conv3, self.bn3)):
            x = conv(x, adj, mask).relu()
            x = norm(x.view(-1, x.size(-1))).view(x.shape)
            outputs.append(x)
        x = torch.cat(outputs, dim=-1)
        return x if self.lin is None else self.lin(x).relu()


class Network(nn.Module):
    """Logits `[graphs, classes]`, and the sums of the link losses and of the entropy losses of both poolings."""

    def __init__(self, features, classes, clusters):
        super().__init__()
        wide = 3 * HIDDEN
        self.gnn1_pool = Stack(features, clusters[0], lin=True)
        self.gnn1_embed = Stack(features, HIDDEN, lin=False)
        self.gnn2_pool = Stack(wide, clusters[1], lin=True)
        self.gnn2_embed = Stack(wide, HIDDEN, lin=False)
        self.gnn3_embed = Stack(wide, HIDDEN, lin=False)
        self.lin1 = nn.Linear(wide, HIDDEN)
        self.lin2 = nn.Linear(HIDDEN, classes)

    def forward(self, x, adj, mask=None):
        s = self.gnn1_pool(x, adj, mask)
        x = self.gnn1_embed(x, adj, mask)
        x, adj, link1, entropy1 = dense_diff_pool(x, adj, s, mask)
        s = self.gnn2_pool(x, adj)
        x = self.gnn2_embed(x, adj)
        x, adj, link2, entropy2 = dense_diff_pool(x, adj, s)
        x = self.gnn3_embed(x, adj).mean(dim=1)
        return self.lin2(self.lin1(x).relu()), link1 + link2, entropy1 + entropy2


class Logits(nn.Module):
    """The network without its losses, as it is deployed."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x, adj, mask=None):
        return self.network(x, adj, mask)[0]


def enzymes_network(data):
    """The network for ENZYMES: 32 and 8 clusters, a quarter of the largest graph and a quarter of that."""
    return Network(data.features, data.classes, (32, 8))


def parameters(network):
    return sum(tensor.numel() for tensor in network.parameters())
