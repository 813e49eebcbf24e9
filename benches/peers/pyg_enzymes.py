#!/usr/bin/env python3
"""Peer measurement: PyTorch Geometric's dense DiffPool on ENZYMES, CPU, eager mode.

The network has the layout of PyG's own example (examples/proteins_diff_pool.py):
two pooling levels made of DenseSAGEConv stacks and dense_diff_pool, a third
embedding stack, mean readout, two linear layers.  The raw TU files are parsed
here; nothing is downloaded.

    python pyg_enzymes.py --threads 1                        # train + inference times
    python pyg_enzymes.py --threads 2 --mode train --pad batch --epochs 9
    python pyg_enzymes.py --loss-curve --seed 1              # accuracy every 10 epochs

Each measurement is one JSON line on stdout.  What is timed:

* train: one epoch over the 540 graphs outside the test part of outer fold 0,
  batch 20, reshuffled every epoch: stack the batch, forward, loss, backward,
  Adam step, and loss.item() per batch, as in PyG's example.
* infer: one pass over the same graphs in eval mode under torch.inference_mode:
  stack the batch, forward, argmax.  PyG's operator always computes the link and
  entropy losses, so they are part of the pass.

Not timed: parsing, building the dense tensors (126 nodes per graph), warm-up.

Only a run on an idle machine counts.  cpu_share (CPU seconds per wall second) is
then close to the number of threads; torch's OpenMP threads spin at barriers, so
with --threads 2 on two cores one foreign busy process makes epochs many times
longer.  Discard runs whose cpu_share is clearly below --threads.

Needs torch and torch_geometric.  Use one process per measurement (one mode, one
padding) if peak_rss_mb matters: freed memory may stay with the allocator.
"""

import argparse
import json
import math
import os
import random
import resource
import statistics
import sys
import time
import warnings
from pathlib import Path

warnings.filterwarnings("ignore", category=FutureWarning)

import torch
import torch.nn.functional as F
import torch_geometric
from torch import nn
from torch_geometric.nn import DenseSAGEConv, dense_diff_pool

NAME = "ENZYMES"
BATCH = 20
HIDDEN = 64
RATIO = 0.25


# --------------------------------------------------------------------- data


def data_root(argument):
    """The folder that holds ENZYMES/ and splits/."""
    if argument or os.environ.get("DIFFPOOL_DATA"):
        candidates = [Path(argument or os.environ["DIFFPOOL_DATA"])]
    else:
        candidates = [Path("../shared/data")]  # from the project's root
        here = Path(__file__).resolve()
        if len(here.parents) > 3:  # from <root>/benches/peers/
            candidates.append(here.parents[3] / "shared" / "data")
    for path in candidates:
        if (path / NAME / f"{NAME}_A.txt").is_file():
            return path
        if (path / f"{NAME}_A.txt").is_file():  # the set's own folder was given
            return path.resolve().parent
    sys.exit(f"{NAME}_A.txt not found; looked in {', '.join(map(str, candidates))}")


def rows(path, kind):
    """The non-empty lines of a comma-separated TU file."""
    with open(path) as file:
        return [[kind(v) for v in line.split(",")] for line in file if line.strip()]


class DenseGraphs:
    """All graphs as padded dense tensors, one x / adj / mask per graph."""

    def __init__(self, root):
        stem = root / NAME / NAME

        def column(suffix):
            return [r[0] for r in rows(f"{stem}_{suffix}.txt", int)]

        owner = [g - 1 for g in column("graph_indicator")]
        labels = column("graph_labels")
        node_labels = column("node_labels")
        attributes = rows(f"{stem}_node_attributes.txt", float)
        count = len(labels)

        classes = sorted(set(labels))
        kinds = sorted(set(node_labels))
        self.sizes = [0] * count
        local = []  # a node's number inside its graph
        for g in owner:
            local.append(self.sizes[g])
            self.sizes[g] += 1
        self.max_nodes = max(self.sizes)
        self.num_classes = len(classes)
        self.num_features = len(attributes[0]) + len(kinds)

        n = self.max_nodes
        x = torch.zeros(count, n, self.num_features)
        adj = torch.zeros(count, n, n)
        mask = torch.zeros(count, n, dtype=torch.bool)

        g = torch.tensor(owner)
        i = torch.tensor(local)
        one_hot = F.one_hot(torch.tensor([kinds.index(v) for v in node_labels]), len(kinds))
        x[g, i] = torch.cat([torch.tensor(attributes), one_hot.float()], dim=1)
        mask[g, i] = True

        edges = torch.tensor(rows(f"{stem}_A.txt", int)) - 1
        src, dst = edges[:, 0], edges[:, 1]
        if not torch.equal(g[src], g[dst]):
            sys.exit(f"{NAME}_A.txt: an edge joins two graphs")
        adj[g[src], i[src], i[dst]] = 1.0

        # Separate tensors, as a list of PyG Data objects after ToDense holds them.
        self.x = [t.clone() for t in x]
        self.adj = [t.clone() for t in adj]
        self.mask = [t.clone() for t in mask]
        self.y = torch.tensor([classes.index(v) for v in labels])

    def batch(self, ids, pad):
        """Stacks graphs, padded to the set's largest or to this batch's largest."""
        if pad == "max":
            x = torch.stack([self.x[k] for k in ids])
            adj = torch.stack([self.adj[k] for k in ids])
            mask = torch.stack([self.mask[k] for k in ids])
        else:
            n = max(self.sizes[k] for k in ids)
            x = torch.stack([self.x[k][:n] for k in ids])
            adj = torch.stack([self.adj[k][:n, :n] for k in ids])
            mask = torch.stack([self.mask[k][:n] for k in ids])
        return x, adj, mask, self.y[ids]

    def batches(self, order, pad):
        for start in range(0, len(order), BATCH):
            yield self.batch(order[start:start + BATCH], pad)


def split(root, count, fold):
    """(training + validation graphs, test graphs) of an outer fold."""
    with open(root / "splits" / f"{NAME}.json") as file:
        test = json.load(file)[fold]["test"]
    held_out = set(test)
    return [k for k in range(count) if k not in held_out], test


# -------------------------------------------------------------------- model


class Stack(nn.Module):
    """Three rounds of conv -> relu -> batch norm, outputs side by side.

    With head=True a linear layer and relu map them to `out` channels.  The batch
    norm sees all rows, padded ones too, as in PyG's example.
    """

    def __init__(self, inputs, out, head):
        super().__init__()
        widths = [inputs, HIDDEN, HIDDEN, out]
        self.convs = nn.ModuleList(DenseSAGEConv(a, b) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm1d(b) for b in widths[1:])
        self.head = nn.Linear(sum(widths[1:]), out) if head else None

    def forward(self, x, adj, mask=None):
        outputs = []
        for conv, norm in zip(self.convs, self.norms):
            x = conv(x, adj, mask).relu()
            x = norm(x.view(-1, x.size(-1))).view(x.shape)
            outputs.append(x)
        x = torch.cat(outputs, dim=-1)
        return x if self.head is None else self.head(x).relu()


class DiffPoolNet(nn.Module):
    def __init__(self, features, classes, max_nodes):
        super().__init__()
        k1 = math.ceil(RATIO * max_nodes)
        k2 = math.ceil(RATIO * k1)
        wide = 3 * HIDDEN
        self.assign1 = Stack(features, k1, head=True)
        self.embed1 = Stack(features, HIDDEN, head=False)
        self.assign2 = Stack(wide, k2, head=True)
        self.embed2 = Stack(wide, HIDDEN, head=False)
        self.embed3 = Stack(wide, HIDDEN, head=False)
        self.lin1 = nn.Linear(wide, HIDDEN)
        self.lin2 = nn.Linear(HIDDEN, classes)

    def forward(self, x, adj, mask):
        s = self.assign1(x, adj, mask)
        z = self.embed1(x, adj, mask)
        x, adj, link1, entropy1 = dense_diff_pool(z, adj, s, mask)
        s = self.assign2(x, adj)
        z = self.embed2(x, adj)
        x, adj, link2, entropy2 = dense_diff_pool(z, adj, s)
        x = self.embed3(x, adj).mean(dim=1)
        logits = self.lin2(self.lin1(x).relu())
        return F.log_softmax(logits, dim=-1), link1 + link2, entropy1 + entropy2


# ------------------------------------------------------------------- passes


def train_epoch(model, optimizer, graphs, order, pad):
    """One epoch; mean loss per graph and accuracy while training."""
    model.train()
    total, correct = 0.0, 0
    for x, adj, mask, y in graphs.batches(order, pad):
        optimizer.zero_grad()
        log_probs, link, entropy = model(x, adj, mask)
        loss = F.nll_loss(log_probs, y) + link + entropy
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        correct += int((log_probs.detach().argmax(dim=1) == y).sum())
    return total / len(order), correct / len(order)


@torch.inference_mode()
def accuracy(model, graphs, order, pad):
    model.eval()
    correct = 0
    for x, adj, mask, y in graphs.batches(order, pad):
        correct += int((model(x, adj, mask)[0].argmax(dim=1) == y).sum())
    return correct / len(order)


# -------------------------------------------------------------- measurement


def reset_peak_rss():
    """Restarts the kernel's peak-memory mark (Linux); False if it cannot."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return True
    except OSError:
        return False


def peak_rss_mb():
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(step, warmup, epochs):
    """Wall and CPU seconds of each call of step() after the warm-up."""
    wall, cpu = [], []
    for k in range(warmup + epochs):
        cpu0, wall0 = time.process_time(), time.perf_counter()
        step()
        wall1, cpu1 = time.perf_counter(), time.process_time()
        if k >= warmup:
            wall.append(wall1 - wall0)
            cpu.append(cpu1 - cpu0)
    return wall, cpu


def run_timing(args, graphs, train_ids, mode):
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    order = list(train_ids)
    rng.shuffle(order)
    model = DiffPoolNet(graphs.num_features, graphs.num_classes, graphs.max_nodes)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    def train_step():
        rng.shuffle(order)
        train_epoch(model, optimizer, graphs, order, args.pad)

    def infer_step():
        accuracy(model, graphs, order, args.pad)

    reset_peak_rss()
    rss_before = peak_rss_mb()
    step = train_step if mode == "train" else infer_step
    wall, cpu = measure(step, args.warmup, args.epochs)
    print(json.dumps({
        "peer": "pyg-eager",
        "mode": mode,
        "threads": torch.get_num_threads(),
        "pad": args.pad,
        "seconds_median": round(statistics.median(wall), 4),
        "seconds_min": round(min(wall), 4),
        "seconds_all": [round(s, 4) for s in wall],
        "cpu_share": round(statistics.median(c / w for c, w in zip(cpu, wall)), 3),
        "peak_rss_mb": round(peak_rss_mb(), 1),
        "rss_before_mb": round(rss_before, 1),
        "graphs": len(order),
        "batch": BATCH,
        "parameters": sum(p.numel() for p in model.parameters()),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "pyg": torch_geometric.__version__,
    }), flush=True)


def run_curve(args, graphs, train_ids, test_ids):
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    order = list(train_ids)
    model = DiffPoolNet(graphs.num_features, graphs.num_classes, graphs.max_nodes)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    seconds = 0.0
    for epoch in range(1, args.epochs + 1):
        rng.shuffle(order)
        start = time.perf_counter()
        loss, running = train_epoch(model, optimizer, graphs, order, args.pad)
        seconds += time.perf_counter() - start
        if epoch % 10 == 0 or epoch == args.epochs:
            print(json.dumps({
                "peer": "pyg-eager",
                "mode": "loss-curve",
                "seed": args.seed,
                "fold": args.fold,
                "pad": args.pad,
                "epoch": epoch,
                "train_loss": round(loss, 5),
                "train_acc_running": round(running, 4),
                "train_acc": round(accuracy(model, graphs, train_ids, args.pad), 4),
                "test_acc": round(accuracy(model, graphs, test_ids, args.pad), 4),
                "train_seconds": round(seconds, 2),
            }), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", help="folder with ENZYMES/ and splits/ "
                        "(default: $DIFFPOOL_DATA, then ../shared/data)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--epochs", type=int,
                        help="timed epochs (default 5; with --loss-curve: trained epochs, 100)")
    parser.add_argument("--warmup", type=int, default=1, help="untimed epochs before the timing")
    parser.add_argument("--mode", choices=["train", "infer", "both"], default="both")
    parser.add_argument("--pad", choices=["max", "batch"], default="max",
                        help="pad to the data set's or to the batch's largest graph")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--fold", type=int, default=0, help="outer fold whose test graphs stay out")
    parser.add_argument("--loss-curve", action="store_true",
                        help="train and print accuracies every 10 epochs instead of times")
    args = parser.parse_args()
    if args.epochs is None:
        args.epochs = 100 if args.loss_curve else 5
    if args.epochs < 1 or args.warmup < 0 or args.threads < 1:
        parser.error("--epochs and --threads must be at least 1, --warmup at least 0")

    torch.set_num_threads(args.threads)
    root = data_root(args.data)
    graphs = DenseGraphs(root)
    train_ids, test_ids = split(root, len(graphs.sizes), args.fold)
    if args.loss_curve:
        run_curve(args, graphs, train_ids, test_ids)
    else:
        for mode in ["train", "infer"] if args.mode == "both" else [args.mode]:
            run_timing(args, graphs, train_ids, mode)


if __name__ == "__main__":
    main()
