"""The DiffPool entry for ogbg-code2, rendude/DiffPool_graphSAGE_CodeBERT_Implementation, read at commit 01a4cb3
(`OGB_submission/OGB Submission_ DiffPool_CodeBERT_GraphSage [(32,3)].ipynb`).

Three embedding tables (type, attribute, depth, which is clipped) are added up. A stack has three dense SAGE
convolutions, of which the first two are followed by batch norm and then by ReLU; only the last one's output is taken.
One pooling; what is read out is the sum over clusters. Five linear heads, whose cross-entropies are averaged.

The convolutions get no mask. Every graph is padded to 1500 rows of zeros, and such a row leaves a convolution as the
bias: it goes on through norm, ReLU and the next convolution as an isolated node would, and is counted in every batch
norm of the first level. Only the pooling takes the mask.

`check_originals.py` ran the notebook's classes beside it: logits, losses, gradients and running statistics differ by
less than 1e-14 of the largest.
"""

import torch
from torch import nn
from torch_geometric.nn import DenseSAGEConv, dense_diff_pool


class Encoder(nn.Module):
    def __init__(self, sizes, width):
        super().__init__()
        self.type_encoder = nn.Embedding(sizes[0], width)
        self.attribute_encoder = nn.Embedding(sizes[1], width)
        self.depth_encoder = nn.Embedding(sizes[2], width)
        self.deepest = sizes[2] - 1

    def forward(self, x):
        depth = x[..., 2].clamp(max=self.deepest)
        return self.type_encoder(x[..., 0]) + self.attribute_encoder(x[..., 1]) + self.depth_encoder(depth)


class Stack(nn.Module):
    def __init__(self, width, after, layers=3):
        super().__init__()
        self.convs = nn.ModuleList(DenseSAGEConv(width, width) for _ in range(layers - 1))
        self.convs.append(DenseSAGEConv(width, after))
        self.bns = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(layers - 1))

    def forward(self, x, adjacency):
        for conv, norm in zip(self.convs, self.bns):
            x = torch.relu(norm(conv(x, adjacency).mT).mT)
        return self.convs[-1](x, adjacency)


class Level(nn.Module):
    def __init__(self, width, clusters):
        super().__init__()
        self.gnn_embed, self.gnn_pool = Stack(width, width), Stack(width, clusters)

    def forward(self, x, adjacency, mask):
        z, s = self.gnn_embed(x, adjacency), self.gnn_pool(x, adjacency)
        return dense_diff_pool(z, adjacency, s, mask)


class Net(nn.Module):
    def __init__(self, sizes, width, clusters, positions, words):
        super().__init__()
        self.node_encoder = Encoder(sizes, width)
        self.diff_pool_layers = nn.ModuleList(Level(width, k) for k in clusters)
        self.final_gnn = Stack(width, width)
        self.graph_pred_linear_list = nn.ModuleList(nn.Linear(width, words) for _ in range(positions))

    def forward(self, x, adjacency, mask):
        """Logits [b, positions, words], and the losses that the entry throws away."""
        link = entropy = torch.zeros((), dtype=adjacency.dtype)
        # The padding comes after the encoder: its rows are zeros.
        x = self.node_encoder(x) * mask.unsqueeze(-1)
        for level in self.diff_pool_layers:
            x, adjacency, one_link, one_entropy = level(x, adjacency, mask)
            link, entropy, mask = link + one_link, entropy + one_entropy, None
        x = self.final_gnn(x, adjacency)
        if mask is not None:
            # No original does this: the sum over the nodes that exist.
            x = x * mask.unsqueeze(-1)
        x = x.sum(dim=1)
        return torch.stack([head(x) for head in self.graph_pred_linear_list], dim=1), link, entropy
