"""Writes a small model of every task with the Python package, and what PyTorch predicts with the same weights.

    python tests/reference/every_task.py

For each `tests/fixtures/converted` gets `NAME.model.safetensors`, which `diffpool_model_load` reads, and
`NAME.graphs.safetensors`: graphs as in the fixtures of parity, in float32, with `edge_labels` (int32) where edges have
them; `logits` [graphs, logits] (float64); and `predictions` [graphs, targets] (int32) but for numbers. Weights are
random. `tests/converted.rs` compares.
"""

import numpy as np
import torch

import generate
from generate import ROOT

import graphs
import ogb_code2
import pyg
import relations
from diffpool import files, from_torch, safetensors, to_torch
from diffpool.files import ModelFile, load, save

FOLDER = ROOT / "tests" / "fixtures" / "converted"
NARROW = {"embed_hidden": 4, "embed_output": 4, "assign_hidden": 4, "head_hidden": [4]}


def write(name, model, some, logits, predictions=None, edge_labels=None):
    model.tensors = {key: np.asarray(values, np.float32) for key, values in model.tensors.items()}
    path = FOLDER / f"{name}.model.safetensors"
    save(path, model)
    again = load(path)
    assert (again.task, again.targets, again.classes) == (model.task, model.targets, model.classes)
    found = {"logits": logits.detach().numpy()}
    if predictions is not None:
        # Clear ones, which rounding cannot change.
        rows = logits.view(len(some), model.targets, -1).sort(dim=2).values
        clear = rows.abs() if rows.shape[2] == 1 else rows[..., -1] - rows[..., -2]
        assert clear.min() > 1e-3, f"{name}: {clear.min()}"
        found["predictions"] = predictions.numpy().reshape(len(some), -1).astype(np.int32)
    for i, graph in enumerate(some):
        found[f"graphs.{i}.edges"] = graph.edges
        kind, real = ("x", np.float32) if graph.x.dtype == np.float64 else ("categories", np.int32)
        found[f"graphs.{i}.{kind}"] = graph.x.astype(real)
        if edge_labels:
            found[f"graphs.{i}.edge_labels"] = edge_labels[i]
    safetensors.save(FOLDER / f"{name}.graphs.safetensors", found)
    print(f"{name}: {path.stat().st_size} bytes, logits {logits.min():.3f} to {logits.max():.3f}")
    print("  predictions", found["predictions"].tolist() if predictions is not None else "none")


def centre(layer, logits):
    """Moves the bias so that the logits of different graphs lie on both sides of 0, and change the predictions."""
    with torch.no_grad():
        layer.bias.copy_(torch.as_tensor(graphs.single((layer.bias - logits.mean(dim=0)).numpy())))


def of_ogb_code2():
    """Five words out of seven. Some nodes are deeper than the table, which ends in the clip."""
    width, positions, words, sizes = 6, 5, ["get", "set", "to", "of", "string", "__UNK__", "__EOS__"], (5, 9, 4)
    some, random = graphs.random_graphs(81), np.random.RandomState(81)
    for graph in some:
        n = len(graph.x)
        columns = [random.randint(0, sizes[0], n), random.randint(0, sizes[1], n), random.randint(0, 7, n)]
        graph.x = np.stack(columns, axis=1).astype(np.int32)
    net = generate.settle(ogb_code2.Net(sizes, width, [4], positions, len(words)).double(), 82).eval()
    batch = graphs.pad(some, 16)
    logits = net(batch.x, batch.adjacency, batch.mask)[0]
    tensors = from_torch("ogb-code2", net.state_dict())
    config = {
        "preset": "ogb-code2", "clusters": [4], "padding": "16", "embed_hidden": width, "embed_output": width,
        "assign_hidden": width,
    }
    tables = files.embedding(sizes, width, out_of_vocabulary="reserve")
    model = ModelFile(tensors, config, files.schema(embedding=tables), words, positions)
    write("ogb-code2", model, some, logits.flatten(1), logits.argmax(dim=2))
    back = to_torch("ogb-code2", load(FOLDER / "ogb-code2.model.safetensors").tensors, like=net.state_dict())
    for name, values in net.state_dict().items():
        assert name.endswith("num_batches_tracked") or (back[name] == values.numpy()).all(), name


def of_pyg(name, task, classes, targets, seed, **schema):
    """The model of the example with another head. `schema` may standardise the attributes, or add the degree."""
    features = files.schema(attributes=3, **schema)
    some = graphs.random_graphs(seed)
    net = generate.settle(pyg.Net(files.width(features), targets, [4, 2], 4, 4).double(), seed).eval()
    batch = graphs.pad(some)
    if features["mean"]:
        batch.x = (batch.x - torch.tensor(features["mean"])) / torch.tensor(features["deviation"])
        batch.x = batch.x * batch.mask.unsqueeze(-1)
    if "degree" in features["sources"]:
        batch.x = torch.cat([batch.x, batch.adjacency.sum(dim=2, keepdim=True)], dim=2)
    run = lambda: net(batch.x, batch.adjacency, batch.mask)[0]  # noqa: E731
    centre(net.lin2, run())
    logits = run()
    config = {"preset": "pyg", "task": task, "clusters": [4, 2], **NARROW}
    if task == "regression":
        config["early_stopping"] = "loss"
    model = ModelFile(from_torch("pyg", net.state_dict()), config, features, classes, targets)
    write(name, model, some, logits, None if task == "regression" else (logits > 0).long())


def of_relations():
    """Three kinds of edges, one of which most graphs do not have."""
    some, random, labels = graphs.random_graphs(88), np.random.RandomState(88), np.array([-3, 4, 9], np.int32)
    kinds = [random.choice(3, graph.edges.shape[1], p=[0.5, 0.4, 0.1]) for graph in some]
    net = relations.Net(3, 3, 3, 4, 4, 4).double()
    with torch.no_grad():
        for values in net.parameters():
            bound = (3 / sum(values.shape[-2:])) ** 0.5 if values.ndim > 1 else 0.3
            values.copy_(torch.as_tensor(graphs.single(random.uniform(-bound, bound, values.shape))))

    def run():
        inputs = [(graph.x, graph.edges.astype(np.int64), kind) for graph, kind in zip(some, kinds)]
        return torch.stack([net(*map(torch.as_tensor, one)) for one in inputs])

    centre(net.head[-1], run())
    logits = run()
    config = {"preset": "pyg", "clusters": [4], "normalization": "none", **NARROW}
    features = files.schema(attributes=3, edge_labels=labels.tolist())
    model = ModelFile(relations.tensors(net), config, features, ["a", "b", "c"])
    write("relations", model, some, logits, logits.argmax(dim=1), [labels[kind] for kind in kinds])


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(1)
    of_ogb_code2()
    of_pyg("regression", "regression", [], 2, 85, mean=[0.25, -0.5, 0.0], deviation=[0.5, 2.0, 1.5])
    of_pyg("binary", "binary", ["0", "1"], 1, 86, sources=["attributes", "degree"])
    of_pyg("multilabel", "multilabel", [], 3, 87)
    of_relations()
