"""Trains each original's model on PROTEINS for a few steps, converts it, and writes its logits of all 1113 graphs.

    python tests/reference/train_converted.py [pyg | errica | authors | small ...]

For each model `tests/fixtures/converted` gets `NAME.model.safetensors`, which `diffpool_model_load` reads, and
`NAME.logits.safetensors` with `logits` [1113, 2] as PyTorch computes them in float32. `tests/converted.rs` compares.
PROTEINS is looked for as the Rust tests do: in the folders of DIFFPOOL_DATA, then in `../shared/data`.

The PyG example leaves graphs of more than 150 nodes out. Here the numbers of clusters come from 620 nodes, those of the
largest graph, and all graphs are predicted; those up to 150 are trained on, padded to 150 as in the example. The models
are narrow, to keep the files small.
"""

import os
import sys
import time
from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

import generate
from generate import ROOT

import authors
import errica
import graphs
import pyg
from diffpool import files, from_torch, safetensors, to_torch
from diffpool.files import ModelFile, load, save

FOLDER = ROOT / "tests" / "fixtures" / "converted"
MAX_NODES = 620
PADDED = 150
STEPS = {"pyg": 250, "errica": 60, "authors": 60}
BATCH = 20


def proteins():
    """The graphs of PROTEINS with their node labels one-hot, as PyTorch Geometric reads them."""
    listed = [Path(one) for one in os.environ.get("DIFFPOOL_DATA", "").split(os.pathsep) if one]
    folder = next(one / "PROTEINS" for one in [*listed, ROOT.parent / "shared" / "data"] if (one / "PROTEINS").is_dir())

    def column(name):
        return np.loadtxt(folder / f"PROTEINS_{name}.txt", dtype=np.int64, delimiter=",", ndmin=1)

    owner, labels, classes = column("graph_indicator") - 1, column("node_labels"), column("graph_labels")
    edges = column("A") - 1
    edges = edges[edges[:, 0] < edges[:, 1]]
    first = np.searchsorted(owner, np.arange(len(classes) + 1))
    by_graph = np.argsort(owner[edges[:, 0]], kind="stable")
    edges = edges[by_graph]
    cut = np.searchsorted(owner[edges[:, 0]], np.arange(len(classes) + 1))
    everything = []
    for g, label in enumerate(classes):
        own = np.unique(edges[cut[g] : cut[g + 1]] - first[g], axis=0).T
        x = np.eye(labels.max() + 1)[labels[first[g] : first[g + 1]]]
        everything.append(graphs.Graph(own, np.ones(own.shape[1]), x, np.array(label - 1)))
    return everything


def batch_of(some, nodes=None):
    one = graphs.pad(some, nodes)
    one.x, one.adjacency = one.x.float(), one.adjacency.float()
    return one


def train(net, everything, loss_of, nodes, steps):
    """A few steps of Adam."""
    everything = [graph for graph in everything if len(graph.x) <= PADDED]
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    order = np.random.RandomState(1).permutation(len(everything))
    net.train()
    losses = []
    for step in range(steps):
        chosen = order[(step * BATCH) % (len(order) - BATCH) :][:BATCH]
        batch = batch_of([everything[i] for i in chosen], nodes)
        optimizer.zero_grad()
        loss = loss_of(net, batch)
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    print(f"loss {np.mean(losses[:10]):.4f} at first, {np.mean(losses[-10:]):.4f} at last")


def write(name, source, net, config, logits, y):
    state = net.state_dict()
    tensors = from_torch(source, state)
    back = to_torch(source, tensors, like=state)
    for key, values in state.items():
        if not key.endswith("num_batches_tracked"):
            assert back[key].tobytes() == values.numpy().tobytes(), key
    save(FOLDER / f"{name}.model.safetensors", ModelFile(tensors, config, files.schema(labels=[0, 1, 2]), ["1", "2"]))
    safetensors.save(FOLDER / f"{name}.logits.safetensors", {"logits": logits.numpy()})
    accuracy = float((logits.argmax(dim=1).numpy() == y).mean())
    sizes = [(FOLDER / f"{name}.{kind}.safetensors").stat().st_size for kind in ("model", "logits")]
    counts = np.bincount(logits.argmax(dim=1).numpy(), minlength=2)
    print(f"{name}: {sizes} bytes, predicted {counts}, accuracy {accuracy:.3f}, logits {logits.min():.3f} to {logits.max():.3f}")


def plain(module, name, config, net, everything, weights, nodes):
    def loss_of(net, batch):
        return generate.run(net, batch, *weights, True)[1]["total"]

    train(net, everything, loss_of, nodes, STEPS[name])
    net.eval()
    rows = []
    with torch.no_grad():
        for begin in range(0, len(everything), BATCH):
            # In evaluation padding changes nothing but the losses, so the batch's own size does.
            batch = batch_of(everything[begin : begin + BATCH])
            rows.append(net(batch.x, batch.adjacency, batch.mask)[0])
    write(name, name, net, config, torch.cat(rows), np.array([g.y for g in everything]))


def of_pyg(everything):
    clusters = [ceil(0.25 * MAX_NODES), ceil(0.25 * ceil(0.25 * MAX_NODES))]
    config = {
        "preset": "pyg", "clusters": clusters, "padding": str(PADDED), "embed_hidden": 8, "embed_output": 8,
        "assign_hidden": 8, "head_hidden": [8],
    }
    plain(pyg, "pyg", config, pyg.Net(3, 2, clusters, 8, 8), everything, (0.0, 0.0), PADDED)


def of_errica(everything):
    clusters = [ceil(0.25 * MAX_NODES), ceil(0.25 * ceil(0.25 * MAX_NODES))]
    config = {
        "preset": "errica", "clusters": clusters, "embed_hidden": 8, "embed_output": 12, "assign_hidden": 8,
        "head_hidden": [50],
    }
    plain(errica, "errica", config, errica.Net(3, 2, clusters, 8, 12), everything, (1.0, 1.0), None)


def of_authors(everything):
    clusters = [int(0.1 * MAX_NODES)]
    net = authors.Net(3, 2, clusters, 10, 10, [50])

    def loss_of(net, batch):
        net.norm = "batch"
        logits = net(batch.x, batch.adjacency, batch.mask)
        return functional.cross_entropy(logits, batch.y) + net.link_loss(batch.adjacency, batch.mask)

    train(net, everything, loss_of, PADDED, STEPS["authors"])
    net.norm = "graph"
    with torch.no_grad():
        # One padded row does what hundreds do: it is a zero to the maximum.
        singles = (batch_of([graph], min(len(graph.x) + 1, MAX_NODES)) for graph in everything)
        logits = torch.cat([net(one.x, one.adjacency, one.mask) for one in singles])
    config = {
        "preset": "authors", "clusters": clusters, "padding": str(MAX_NODES), "embed_hidden": 10, "embed_output": 10,
        "assign_hidden": 10, "head_hidden": [50],
    }
    write("authors", "authors", net, config, logits, np.array([g.y for g in everything]))


def of_small(_):
    """A tiny data set in TU format whose classes are those that PyTorch predicts with the converted model of `pyg`.

    So whatever runs that model on it must find every graph right.
    """
    model = load(FOLDER / "pyg.model.safetensors")
    net = pyg.Net(3, 2, model.config["clusters"], 8, 8)
    state = to_torch("pyg", model.tensors, like=net.state_dict())
    net.load_state_dict({name: torch.as_tensor(values) for name, values in state.items()})
    net.eval()
    random, found, seed = np.random.RandomState(1), [], 0
    while len(found) < 12 and seed < 3000:
        seed += 1
        (graph,) = graphs.random_graphs(seed, sizes=(int(random.randint(4, 30)),))
        # Node labels in runs, for labels without any order look much the same to every graph.
        graph.x = np.eye(3)[np.sort(random.randint(0, 3, len(graph.x)) * random.randint(0, 2))]
        batch = batch_of([graph])
        with torch.no_grad():
            logits = net(batch.x, batch.adjacency, batch.mask)[0][0]
        graph.y = int(logits.argmax())
        if abs(logits[0] - logits[1]) > 0.05 and sum(one.y == graph.y for one, _ in found) < 6:
            found.append((graph, logits))
    lines = {"A": [], "graph_indicator": [], "graph_labels": [], "node_labels": []}
    begin = 1
    for index, (graph, _) in enumerate(found, 1):
        for a, b in graph.edges.T:
            lines["A"] += [f"{a + begin}, {b + begin}", f"{b + begin}, {a + begin}"]
        lines["graph_indicator"] += [str(index)] * len(graph.x)
        lines["graph_labels"].append(str(graph.y + 1))
        lines["node_labels"] += [str(label) for label in graph.x.argmax(axis=1)]
        begin += len(graph.x)
    folder = FOLDER / "SMALL"
    folder.mkdir(exist_ok=True)
    for kind, text in lines.items():
        (folder / f"SMALL_{kind}.txt").write_text("\n".join(text) + "\n")
    logits = torch.stack([logits for _, logits in found])
    safetensors.save(FOLDER / "small.logits.safetensors", {"logits": logits.numpy()})
    print(f"small: tried {seed} graphs, logits {logits.min():.3f} to {logits.max():.3f}")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    everything = proteins()
    print(f"{len(everything)} graphs, the largest of {max(len(g.x) for g in everything)} nodes")
    makers = {"pyg": of_pyg, "errica": of_errica, "authors": of_authors, "small": of_small}
    for name in sys.argv[1:] or makers:
        started = time.time()
        torch.manual_seed(1)
        makers[name](everything)
        print(f"{time.time() - started:.0f} s")
