"""Writes what the reader of PyTorch Geometric makes of small folders in TU format, and what a network gives on them.

    python tests/reference/readers.py

Every folder has one thing that readers treat in different ways: self-loops, edges listed twice or one way, gaps between
labels, isolated nodes. `tests/fixtures/readers.json` gets the files, the graphs as PyTorch Geometric has them, and the
logits of the network of `tests/fixtures/states/pyg.pt` where a folder has its three features. `cli/tests/cli_readers.rs`
compares.
"""

import json
import tempfile
from pathlib import Path

import torch
from torch_geometric.io import read_tu_data
from torch_geometric.utils import to_dense_adj

from generate import ROOT
from pyg import Net

EDGES = "1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n5, 6\n6, 5\n"
PLAIN = {
    "A": EDGES,
    "graph_indicator": "1\n1\n1\n2\n2\n2\n",
    "graph_labels": "0\n1\n",
    "node_labels": "0\n1\n2\n0\n2\n1\n",
}
# The name of every case is that of its row in docs/data.md.
CASES = {
    "an edge from a node to itself": {"A": "1, 1\n" + EDGES + "6, 6\n"},
    "an edge listed twice": {"A": EDGES + "1, 2\n2, 1\n"},
    "an edge listed one way only": {"A": EDGES + "1, 3\n"},
    "node labels with gaps": {"node_labels": "5\n7\n7\n5\n7\n7\n"},
    "labels and attributes of nodes": {"node_attributes": "0.5, 1\n1, 2\n0, 0\n1, 1\n2, 2\n3, 3\n"},
    "nodes without edges, the last of the file among them": {"A": "1, 2\n2, 1\n4, 5\n5, 4\n"},
    "a graph of a single node": {"A": "2, 3\n3, 2\n", "graph_indicator": "1\n2\n2\n2\n2\n2\n"},
    "several labels of a node on a line": {"node_labels": "0, 4\n1, 4\n2, 6\n0, 4\n2, 5\n1, 4\n"},
    "classes -1 and 1": {"graph_labels": "1\n-1\n"},
    "a graph without nodes": {"graph_labels": "0\n1\n1\n", "graph_indicator": "1\n1\n1\n3\n3\n3\n"},
    "attributes of graphs beside their labels": {"graph_attributes": "0.5\n1.5\n"},
}


def read(files, network):
    with tempfile.TemporaryDirectory() as folder:
        for part, text in files.items():
            (Path(folder) / f"T_{part}.txt").write_text(text)
        data, slices, sizes = read_tu_data(folder, "T")
    # As the class of data sets does, unless it is told to use attributes.
    x = data.x[:, sizes["num_node_attributes"] :]
    graphs = []
    for graph in range(len(slices["x"]) - 1):
        nodes = x[slices["x"][graph] : slices["x"][graph + 1]]
        edges = data.edge_index[:, slices["edge_index"][graph] : slices["edge_index"][graph + 1]]
        one = {"nodes": len(nodes), "edges": edges.t().tolist(), "x": nodes.tolist(), "y": data.y[graph].item()}
        if nodes.shape[0] > 0 and nodes.shape[1] == 3:
            adjacency = to_dense_adj(edges, max_num_nodes=len(nodes))
            mask = torch.ones(1, len(nodes), dtype=torch.bool)
            one["logits"] = network(nodes.double().unsqueeze(0), adjacency.double(), mask)[0][0].tolist()
        graphs.append(one)
    return graphs


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    net = Net(3, 2, [4, 2], 5, 3)
    net.lin1, net.lin2 = torch.nn.Linear(13, 6), torch.nn.Linear(6, 2)
    net.load_state_dict(torch.load(ROOT / "tests" / "fixtures" / "states" / "pyg.pt", weights_only=True))
    net.eval()
    found = {}
    with torch.no_grad():
        for name, changes in CASES.items():
            files = {**PLAIN, **changes}
            found[name] = {"files": files, "graphs": read(files, net)}
    path = ROOT / "tests" / "fixtures" / "readers.json"
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(path, path.stat().st_size)
