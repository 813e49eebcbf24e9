"""ENZYMES as padded dense tensors, and the 540 graphs that are measured. The TU files are read here."""

import json
import os
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

from graphs import fingerprint

NAME = "ENZYMES"
BATCH = 20


def data_folder():
    """The folder that holds ENZYMES/ and splits/: one that DIFFPOOL_DATA lists, or shared/data beside the project."""
    listed = [Path(text) for text in os.environ.get("DIFFPOOL_DATA", "").split(os.pathsep) if text]
    for folder in [*listed, Path(__file__).resolve().parents[2] / ".." / "shared" / "data"]:
        if (folder / NAME / f"{NAME}_A.txt").is_file():
            return folder
    sys.exit(f"no folder {NAME} in DIFFPOOL_DATA or ../shared/data")


def rows(path, kind):
    """The lines of a comma-separated file that are not empty."""
    with open(path) as file:
        return [[kind(value) for value in line.split(",")] for line in file if line.strip()]


class Enzymes:
    """Every graph as tensors `x`, `adj` and `mask` of its own, padded to the largest of the set."""

    def __init__(self):
        folder = data_folder()
        stem = folder / NAME / NAME

        def column(suffix):
            return [row[0] for row in rows(f"{stem}_{suffix}.txt", int)]

        owner = [graph - 1 for graph in column("graph_indicator")]
        labels, node_labels = column("graph_labels"), column("node_labels")
        attributes = rows(f"{stem}_node_attributes.txt", float)
        classes, kinds = sorted(set(labels)), sorted(set(node_labels))

        self.sizes = [0] * len(labels)
        local = []  # the number of a node within its graph
        for graph in owner:
            local.append(self.sizes[graph])
            self.sizes[graph] += 1
        self.max_nodes = max(self.sizes)
        self.attributes = len(attributes[0])
        self.kinds = kinds
        self.classes = len(classes)
        self.features = self.attributes + len(kinds)
        self.y = torch.tensor([classes.index(label) for label in labels])

        count, n = len(labels), self.max_nodes
        x = torch.zeros(count, n, self.features)
        adj = torch.zeros(count, n, n)
        mask = torch.zeros(count, n, dtype=torch.bool)
        graph, node = torch.tensor(owner), torch.tensor(local)
        one_hot = F.one_hot(torch.tensor([kinds.index(value) for value in node_labels]), len(kinds))
        x[graph, node] = torch.cat([torch.tensor(attributes), one_hot.float()], dim=1)
        mask[graph, node] = True
        edges = torch.tensor(rows(f"{stem}_A.txt", int)) - 1
        adj[graph[edges[:, 0]], node[edges[:, 0]], node[edges[:, 1]]] = 1.0
        # Tensors of their own, as the list of a data set of PyTorch Geometric holds them after ToDense.
        self.x, self.adj, self.mask = ([part.clone() for part in whole] for whole in (x, adj, mask))

        with open(folder / "splits" / f"{NAME}.json") as file:
            held_out = set(json.load(file)[0]["test"])
        self.train = [index for index in range(count) if index not in held_out]

    def about(self):
        """What the line of a measurement says of the graphs."""
        parts = ((self.single(index)[1][0], self.single(index)[0][0, :, : self.attributes]) for index in self.train)
        nodes = sum(self.sizes[index] for index in self.train)
        return {"graphs": len(self.train), "nodes": nodes, "fingerprint": str(fingerprint(parts))}

    def single(self, index):
        """`x` and `adj` of a graph without padding, as a batch of one."""
        n = self.sizes[index]
        return self.x[index][:n].unsqueeze(0), self.adj[index][:n, :n].unsqueeze(0)

    def padded_size(self, ids, pad):
        """`max`: the largest graph of the set; `batch`: of this batch; a number: the next multiple of it."""
        if pad == "max":
            return self.max_nodes
        largest = max(self.sizes[index] for index in ids)
        return largest if pad == "batch" else min(self.max_nodes, -(-largest // int(pad)) * int(pad))

    def batch(self, ids, pad):
        n = self.padded_size(ids, pad)
        return (
            torch.stack([self.x[index][:n] for index in ids]),
            torch.stack([self.adj[index][:n, :n] for index in ids]),
            torch.stack([self.mask[index][:n] for index in ids]),
            self.y[ids],
        )

    def batches(self, order, pad):
        for start in range(0, len(order), BATCH):
            yield self.batch(order[start : start + BATCH], pad)
