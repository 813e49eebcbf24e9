#!/usr/bin/env python3
"""One model for ENZYMES in every form that is compared, and graphs for it.

    python onnx_export.py FOLDER

Writes with the same weights: model.safetensors for libdiffpool, plain.safetensors, the same without node labels (their
columns are features like others), one.onnx for a batch of one graph of any size without padding, many.onnx for batches
of any size with a mask. Then graphs.bin, the 540 graphs as dense arrays, graph.txt, one of them as a text, and
logits.json, what PyTorch Geometric gives for the first 20.

graph.txt: numbers of nodes, of edges and of features; the two ends of every edge; the features of every node.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import torch

from enzymes import Enzymes
from network import Logits, enzymes_network

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bindings" / "python" / "src"))
import diffpool  # noqa: E402

CHECKED = 20
CONFIG = {
    "preset": "default", "clusters": [32, 8], "assign_final": "linear_activation", "readout": "mean",
    "readout_levels": "last", "head_hidden": [64], "entropy_weight": 1.0, "standardize_attributes": False,
}


def trained_a_little(data):
    """A network whose running statistics are no longer those it began with."""
    torch.manual_seed(1)
    network = enzymes_network(data)
    with torch.no_grad():
        for x, adj, mask, _ in list(data.batches(data.train, "max"))[:5]:
            network(x, adj, mask)
    return network.eval()


def save_ours(network, data, folder):
    names = [str(number) for number in range(data.classes)]
    tensors = diffpool.from_torch("pyg", network.state_dict())
    schemas = {
        "model": diffpool.files.schema(attributes=data.attributes, labels=data.kinds),
        "plain": diffpool.files.schema(attributes=data.features),
    }
    for name, schema in schemas.items():
        model = diffpool.files.ModelFile(tensors, CONFIG, schema, names)
        diffpool.files.save(str(folder / f"{name}.safetensors"), model)


def export(network, data, folder):
    nodes = torch.export.Dim("nodes", min=2, max=4096)
    graphs = torch.export.Dim("graphs", min=1, max=4096)
    x, adj, mask, _ = data.batch(data.train[:3], "batch")
    forms = {
        "one": (data.single(data.train[0]), ({1: nodes}, {1: nodes, 2: nodes})),
        "many": ((x, adj, mask), ({0: graphs, 1: nodes}, {0: graphs, 1: nodes, 2: nodes}, {0: graphs, 1: nodes})),
    }
    for name, (inputs, shapes) in forms.items():
        names = ["x", "adj", "mask"][: len(inputs)]
        made = torch.onnx.export(
            Logits(network), inputs, input_names=names, output_names=["logits"], dynamic_shapes=shapes, dynamo=True,
            verbose=False,
        )
        made.save(str(folder / f"{name}.onnx"))


def write_graphs(data, folder):
    with open(folder / "graphs.bin", "wb") as file:
        np.array([len(data.train), data.features, data.classes], np.int32).tofile(file)
        for index in data.train:
            x, adj = data.single(index)
            np.array([x.size(1)], np.int32).tofile(file)
            x.numpy().tofile(file)
            adj.numpy().tofile(file)
    # The first graph of the mean size.
    mean = sum(data.sizes[index] for index in data.train) // len(data.train)
    x, adj = data.single(next(index for index in data.train if data.sizes[index] == mean))
    ends = [(i, j) for i, j in adj[0].nonzero().tolist() if i <= j]
    lines = [f"{x.size(1)} {len(ends)} {data.features}"] + [f"{i} {j}" for i, j in ends]
    lines += [" ".join(repr(value) for value in row) for row in x[0].tolist()]
    (folder / "graph.txt").write_text("\n".join(lines) + "\n")


def main():
    warnings.filterwarnings("ignore")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    data = Enzymes()
    network = trained_a_little(data)
    save_ours(network, data, folder)
    export(network, data, folder)
    write_graphs(data, folder)
    with torch.inference_mode():
        logits = [network(*data.single(index))[0][0].tolist() for index in data.train[:CHECKED]]
    (folder / "logits.json").write_text(json.dumps(logits))


if __name__ == "__main__":
    main()
