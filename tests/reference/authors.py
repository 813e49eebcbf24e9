"""The model of the DiffPool authors, RexYing/diffpool `encoders.py`, read at commit 8dfb97c.

`A X W + b` with the adjacency as it is, rows scaled to length 1, ReLU, and a batch norm made anew in every call; the
last of a stack's convolutions has neither ReLU nor norm; all side by side, multiplied by the mask at the first level.
The maximum over nodes of every level, padded rows (zeros) among them, goes to the head. The link loss is the
cross-entropy between the adjacency and `min(S S^T, 1)`, summed over the pairs of real nodes of the batch and divided by
their number.

That batch norm has one channel a node index: its statistics go over the graphs of the batch and the columns. So a
graph's logits depend on which graphs come with it, in evaluation too. With one graph in the batch it is a layer norm of
each row without scale and shift, and so it is in `norm="graph"`; `norm="batch"` is the original.

With two poolings the original cannot compute its link loss: the shapes of the last assignment and of the adjacency
differ.

`check_originals.py` ran the original file beside it, in batches for `norm="batch"` and graph by graph for
`norm="graph"`: logits, losses and gradients differ by less than 1e-13 of the largest.
"""

import torch
from torch import nn
from torch.nn import functional

EPSILON = 1e-7


class Conv(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(before, after))
        self.bias = nn.Parameter(torch.zeros(after))
        nn.init.xavier_uniform_(self.weight, nn.init.calculate_gain("relu"))

    def forward(self, x, adjacency):
        return functional.normalize(adjacency @ x @ self.weight + self.bias, dim=2)


def normalized(x, norm):
    """The fresh batch norm: x [b, N, c] less its mean, by its deviation, for every node index or every row."""
    over = (0, 2) if norm == "batch" else (2,)
    mean = x.mean(dim=over, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=over, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5)


def stack(convs, x, adjacency, norm):
    layers = []
    for conv in convs[:-1]:
        x = normalized(torch.relu(conv(x, adjacency)), norm)
        layers.append(x)
    return torch.cat([*layers, convs[-1](x, adjacency)], dim=2)


class Net(nn.Module):
    """No clusters: the authors' `GcnEncoderGraph`, which does not mask padded rows."""

    def __init__(self, features, classes, clusters, hidden, output, head=(50,), layers=3):
        super().__init__()

        def convs(before, inner, after):
            return Conv(before, inner), nn.ModuleList(Conv(inner, inner) for _ in range(layers - 2)), Conv(inner, after)

        width, after = features, hidden * (layers - 1) + output
        self.conv_first, self.conv_block, self.conv_last = convs(features, hidden, output)
        pooled = [convs(after, hidden, output) for _ in clusters]
        if clusters:
            self.conv_first_after_pool = nn.ModuleList(c[0] for c in pooled)
            self.conv_block_after_pool = nn.ModuleList(c[1] for c in pooled)
            self.conv_last_after_pool = nn.ModuleList(c[2] for c in pooled)
            assign = []
            for k in clusters:
                assign.append(convs(width, hidden, k))
                width = after
            self.assign_conv_first_modules = nn.ModuleList(c[0] for c in assign)
            self.assign_conv_block_modules = nn.ModuleList(c[1] for c in assign)
            self.assign_conv_last_modules = nn.ModuleList(c[2] for c in assign)
            self.assign_pred_modules = nn.ModuleList(nn.Linear(hidden * (layers - 1) + k, k) for k in clusters)
        widths = [after * (len(clusters) + 1), *head]
        parts = []
        for one, two in zip(widths, widths[1:]):
            parts += [nn.Linear(one, two), nn.ReLU()]
        last = nn.Linear(widths[-1], classes)
        self.pred_model = nn.Sequential(*parts, last) if parts else last
        self.poolings = len(clusters)
        self.norm = "graph"

    def forward(self, x, adjacency, mask):
        self.assignment = None
        here = mask.unsqueeze(2).to(x.dtype)
        z = stack([self.conv_first, *self.conv_block, self.conv_last], x, adjacency, self.norm)
        if self.poolings == 0:
            return self.pred_model(z.max(dim=1).values)
        z = z * here
        read = [z.max(dim=1).values]
        for level in range(self.poolings):
            first, block = self.assign_conv_first_modules[level], self.assign_conv_block_modules[level]
            s = stack([first, *block, self.assign_conv_last_modules[level]], x, adjacency, self.norm) * here
            s = torch.softmax(self.assign_pred_modules[level](s), dim=-1) * here
            self.assignment = s
            x, adjacency, here = s.mT @ z, s.mT @ adjacency @ s, 1.0
            first, block = self.conv_first_after_pool[level], self.conv_block_after_pool[level]
            z = stack([first, *block, self.conv_last_after_pool[level]], x, adjacency, self.norm)
            read.append(z.max(dim=1).values)
        return self.pred_model(torch.cat(read, dim=1))

    def link_loss(self, adjacency, mask, hops=1):
        s = self.assignment
        power = near = s @ s.mT
        for _ in range(hops - 1):
            power = power @ (s @ s.mT)
            near = near + power
        near = near.clamp(max=1.0)
        loss = -adjacency * torch.log(near + EPSILON) - (1 - adjacency) * torch.log(1 - near + EPSILON)
        pairs = mask.unsqueeze(2) & mask.unsqueeze(1)
        return (loss * pairs).sum() / pairs.sum()
