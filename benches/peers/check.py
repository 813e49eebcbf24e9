#!/usr/bin/env python3
"""Whether all sides compute the same: prints the largest differences of logits for the same weights.

    python check.py FOLDER MEASURE ONNX_RUNTIME

FOLDER is what onnx_export.py wrote, the others are programs. Ends with 1 where a difference is above 1e-4. The sparse
network of tgp is compared with the dense one on generated graphs, the losses too.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

import graphs
import tgp_steps
from network import Network
from training import losses

TOLERANCE = 1e-4


def printed(command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def dense_to_sparse(state):
    """The weights of the dense network under the names of the sparse one."""
    renamed = {}
    for name, values in state.items():
        if name.startswith("gnn1_"):
            for number in "123":
                name = name.replace(f".conv{number}.", f".convs.{int(number) - 1}.")
                name = name.replace(f".bn{number}.", f".norms.{int(number) - 1}.")
            name = name.replace("lin_root.bias", "lin_l.bias").replace("lin_rel", "lin_l").replace("lin_root", "lin_r")
        renamed[name] = values
    return renamed


def sparse_difference():
    made = [graphs.generate(index, 50) for index in range(4)]
    torch.manual_seed(1)
    dense = Network(graphs.FEATURES, graphs.CLASSES, tgp_steps.CLUSTERS)
    sparse = tgp_steps.SparseNetwork(graphs.FEATURES, graphs.CLASSES, tgp_steps.CLUSTERS)
    missing = sparse.load_state_dict(dense_to_sparse(dense.state_dict()), strict=False)
    assert not missing.unexpected_keys and all(name.startswith("pool.") for name in missing.missing_keys), missing
    x = torch.stack([torch.from_numpy(features) for _, features in made])
    adj = torch.zeros(4, 50, 50)
    for index, (edges, _) in enumerate(made):
        adj[index, edges[0], edges[1]] = 1.0
    inputs = tgp_steps.block_diagonal(made)
    with torch.no_grad():
        logits = (dense(x, adj)[0] - sparse(*inputs)[0]).abs().max().item()
        y = torch.arange(4) % 2
        loss = losses(dense, x, adj, None, y)[0] - losses(sparse, *inputs, y)[0]
    return max(logits, abs(loss.item()))


def main():
    folder, measure, onnx_runtime = (Path(text) for text in sys.argv[1:])
    expected = np.array(json.loads((folder / "logits.json").read_text()))
    found = {}
    ours = json.loads(printed([measure, "logits", "--model", folder / "model.safetensors"]))["logits"]
    found["libdiffpool"] = float(np.abs(np.array(ours) - expected).max())
    if onnx_runtime.is_file():
        for model in ("one", "many"):
            text = printed([onnx_runtime, "logits", folder / f"{model}.onnx", folder / "graphs.bin", len(expected)])
            theirs = np.array([[float(value) for value in line.split()] for line in text.splitlines()])
            found[f"ONNX Runtime, {model}.onnx"] = float(np.abs(theirs - expected).max())
    found["tgp sparse, with the losses"] = sparse_difference()
    print(json.dumps({"work": "check", "differences": found}))
    return int(max(found.values()) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
