"""Runs the original code beside the formulas of this folder, and prints by how much the numbers differ.

    python tests/reference/check_originals.py FOLDER

FOLDER holds clones, each under its own name: `diffpool` (RexYing), `pytorch_geometric` (pyg-team, with its tags),
`gnn-comparison` (diningphil) and `DiffPool_graphSAGE_CodeBERT_Implementation` (rendude). Nothing of them is copied
here: their classes are executed out of the clone, with the weights of ours, which also shows that the names agree.
"""

import ast
import json
import subprocess
import sys
import types
from math import ceil
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import authors
import errica
import generate
import graphs
import ogb_code2
import pyg

NOTEBOOK = "OGB_submission/OGB Submission_ DiffPool_CodeBERT_GraphSage [(32,3)].ipynb"


def show(folder, path, revision="HEAD"):
    return subprocess.run(
        ["git", "-C", str(folder), "show", f"{revision}:{path}"], check=True, capture_output=True, text=True
    ).stdout


def classes(text, names, **given):
    """Executes the classes `names` of a file, without what else it does."""
    tree = ast.parse(text)
    tree.body = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name in names]
    space = {"torch": torch, "nn": nn, "F": functional, "ceil": ceil, "__name__": "original", **given}
    exec(compile(tree, "original", "exec"), space)
    return types.SimpleNamespace(**space)


def difference(one, other):
    scale = max(float(other.abs().max()), 1e-300)
    return float((one - other).abs().max()) / scale


def compare(name, ours, theirs, run_ours, run_theirs):
    """Gives both the same weights, and compares logits, losses, gradients and what is left of the norms."""
    theirs.load_state_dict(ours.state_dict())
    worst = {}
    for training in (False, True):
        results = []
        for net, run in ((ours, run_ours), (theirs, run_theirs)):
            net.train(training)
            net.zero_grad()
            results.append(run(net))
        (logits, losses), (original, wanted) = results
        worst["logits"] = max(worst.get("logits", 0.0), difference(logits, original))
        for key, value in wanted.items():
            worst[key] = max(worst.get(key, 0.0), difference(losses[key], value))
    losses["total"].backward()
    wanted["total"].backward()
    parameters = dict(theirs.named_parameters())
    zero = torch.zeros(())
    gradient = lambda p: zero if p.grad is None else p.grad  # noqa: E731
    worst["gradients"] = max(
        difference(gradient(p), gradient(parameters[key])) for key, p in ours.named_parameters()
    )
    buffers = dict(theirs.named_buffers())
    worst["norms"] = max([difference(b, buffers[key]) for key, b in ours.named_buffers()], default=0.0)
    print(f"{name:<28}", ", ".join(f"{key} {value:.1e}" for key, value in worst.items()))


def check_pyg(folder):
    text = show(folder / "pytorch_geometric", "examples/proteins_diff_pool.py")
    dataset = types.SimpleNamespace(num_features=3, num_classes=2)
    original = classes(
        text, ["GNN", "Net"], DenseSAGEConv=pyg.DenseSAGEConv, dense_diff_pool=pyg.dense_diff_pool, max_nodes=16,
        dataset=dataset,
    )
    batch = graphs.pad(graphs.random_graphs(1), 16)
    ours = generate.settle(pyg.Net(3, 2, [4, 1], 64, 64).double(), 2)

    def run_theirs(net):
        log, link, entropy = net(batch.x, batch.adjacency, batch.mask)
        loss = functional.nll_loss(log, batch.y)
        return log, {"class": loss, "link": link, "entropy": entropy, "total": loss + link + entropy}

    def run_ours(net):
        logits, losses = generate.run(net, batch, 1.0, 1.0, net.training)
        return logits.log_softmax(dim=-1), losses

    compare("pyg", ours, original.Net().double(), run_ours, run_theirs)


def check_errica(folder):
    conv = show(folder / "pytorch_geometric", "torch_geometric/nn/dense/dense_sage_conv.py", "1.4.2")

    def uniform(size, tensor):
        if tensor is not None:
            tensor.data.uniform_(-(size ** -0.5), size ** -0.5)

    conv = classes(conv, ["DenseSAGEConv"], Parameter=nn.Parameter, uniform=uniform).DenseSAGEConv
    text = show(folder / "gnn-comparison", "models/graph_classifiers/DiffPool.py")
    batch = graphs.random_graphs(3, classes=3)
    padded = graphs.pad(batch)
    original = classes(
        text, ["SAGEConvolutions", "DiffPoolLayer", "DiffPool"], DenseSAGEConv=conv, NUM_SAGE_LAYERS=3,
        dense_diff_pool=errica.dense_diff_pool, to_dense_batch=lambda x, batch: (padded.x, padded.mask),
        to_dense_adj=lambda edges, batch: padded.adjacency,
    )

    class Settings(dict):
        dataset = types.SimpleNamespace(max_num_nodes=14)

    for poolings, clusters in ((1, [2]), (2, [4, 1])):
        settings = Settings(num_layers=poolings, gnn_dim_hidden=8, dim_embedding=6, dim_embedding_MLP=10)
        theirs = original.DiffPool(3, 3, settings).double()
        ours = generate.settle(errica.Net(3, 3, clusters, 8, 6, 10).double(), 4)
        data = types.SimpleNamespace(x=None, edge_index=None, batch=None)

        def run_theirs(net):
            logits, link, entropy = net(data)
            loss = functional.cross_entropy(logits, padded.y)
            return logits, {"class": loss, "link": link, "entropy": entropy, "total": loss + link + entropy}

        compare(
            f"errica, {poolings} poolings", ours, theirs, lambda net: generate.run(net, padded, 1.0, 1.0, net.training),
            run_theirs,
        )


def check_authors(folder):
    # The original is for a GPU, and for names that PyTorch has since given an underscore.
    torch.Tensor.cuda = nn.Module.cuda = lambda self, *_: self
    nn.init.xavier_uniform, nn.init.constant = nn.init.xavier_uniform_, nn.init.constant_
    text = show(folder / "diffpool", "encoders.py")
    original = classes(
        text, ["GraphConv", "GcnEncoderGraph", "SoftPoolingGcnEncoder"], init=nn.init, np=np
    )
    batch = graphs.random_graphs(5, classes=3)
    padded = graphs.pad(batch, 12)
    singles = [graphs.pad([graph], 12) for graph in batch]

    def run_whole(net):
        net.norm = "batch"
        logits = net(padded.x, padded.adjacency, padded.mask)
        losses = {"class": functional.cross_entropy(logits, padded.y)}
        losses["total"] = losses["class"]
        if net.poolings == 1:
            losses["link"] = net.link_loss(padded.adjacency, padded.mask)
            losses["total"] = losses["class"] + losses["link"]
        return logits, losses

    def run_original(net):
        logits = net(padded.x, padded.adjacency, padded.nodes, assign_x=padded.x)
        if getattr(net, "num_pooling", 0) != 1:
            loss = net.loss(logits, padded.y) if not hasattr(net, "num_pooling") else None
            loss = functional.cross_entropy(logits, padded.y) if loss is None else loss
            return logits, {"class": loss, "total": loss}
        total = net.loss(logits, padded.y, padded.adjacency, padded.nodes)
        return logits, {"link": net.link_loss, "total": total}

    def run_singles(net):
        net.norm = "graph"
        logits, losses = generate.run_authors(net, padded, singles, 1.0, 1, net.training)
        return logits, losses

    def run_original_singles(net):
        rows, links, pairs = [], 0.0, 0
        for one in singles:
            rows.append(net(one.x, one.adjacency, one.nodes, assign_x=one.x))
            if getattr(net, "num_pooling", 0) == 1:
                net.loss(rows[-1], one.y, one.adjacency, one.nodes)
                links, pairs = links + net.link_loss * one.nodes[0] ** 2, pairs + one.nodes[0] ** 2
        logits = torch.cat(rows)
        loss = functional.cross_entropy(logits, padded.y)
        return logits, {"class": loss, "total": loss + links / max(pairs, 1)}

    for clusters, ratio in (([], 0), ([4], 0.4), ([4, 1], 0.4)):
        if clusters:
            theirs = original.SoftPoolingGcnEncoder(
                12, 3, 8, 6, 3, 3, 8, assign_ratio=ratio, num_pooling=len(clusters), pred_hidden_dims=[10],
                linkpred=len(clusters) == 1,
            )
        else:
            theirs = original.GcnEncoderGraph(3, 8, 6, 3, 3, pred_hidden_dims=[10])
        ours = generate.settle(authors.Net(3, 3, clusters, 8, 6, [10]).double(), 6)
        name = f"authors, {len(clusters)} poolings"
        compare(f"{name}, batch", ours, theirs.double(), run_whole, run_original)
        compare(f"{name}, one by one", ours, theirs.double(), run_singles, run_original_singles)


def check_ogb_code2(folder):
    notebook = json.loads(show(folder / "DiffPool_graphSAGE_CodeBERT_Implementation", NOTEBOOK))
    code = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    text = "\n".join(part for part in code if part.lstrip().startswith(("from", "#", "import")) and "class " in part)
    from torch_geometric.nn import global_add_pool
    from torch_geometric.utils import to_dense_adj, to_dense_batch

    original = classes(
        text, ["ASTNodeEncoder", "GraphSage", "DiffPool", "GNN"], DenseSAGEConv=ogb_code2.DenseSAGEConv,
        dense_diff_pool=ogb_code2.dense_diff_pool, global_add_pool=global_add_pool, to_dense_adj=to_dense_adj,
        to_dense_batch=to_dense_batch,
    )
    random, batch = np.random.RandomState(7), graphs.random_graphs(7)
    for graph in batch:
        n = len(graph.x)
        columns = [random.randint(0, 5, n), random.randint(0, 9, n), random.randint(0, 7, n)]
        graph.x, graph.y = np.stack(columns, axis=1), random.randint(0, 11, 5)
    padded = graphs.pad(batch, 16)
    sizes = [len(graph.x) for graph in batch]
    offsets = np.cumsum([0, *sizes[:-1]])
    edges = [np.concatenate([g.edges, g.edges[::-1]], axis=1) + o for g, o in zip(batch, offsets)]
    whole = types.SimpleNamespace(
        x=torch.as_tensor(np.concatenate([g.x for g in batch])[:, :2]),
        node_depth=torch.as_tensor(np.concatenate([g.x for g in batch])[:, 2:]),
        edge_index=torch.as_tensor(np.concatenate(edges, axis=1)).long(), edge_attr=None,
        batch=torch.repeat_interleave(torch.arange(len(batch)), torch.as_tensor(sizes)),
    )
    theirs = original.GNN(
        11, 5, original.ASTNodeEncoder(8, 5, 9, 3), 3, [(4, 3), (2, 3)], 8, 0, "sum", max_num_nodes=16
    ).double()
    ours = generate.settle(ogb_code2.Net((5, 9, 4), 8, [4, 2], 5, 11).double(), 8)

    def run_theirs(net):
        heads = net(whole)
        loss = sum(functional.cross_entropy(logits, padded.y[:, i]) for i, logits in enumerate(heads)) / len(heads)
        return torch.stack(heads, dim=1), {"class": loss, "total": loss}

    compare("ogb-code2", ours, theirs, lambda net: generate.run(net, padded, 0.0, 0.0, net.training), run_theirs)


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    for check in (check_pyg, check_errica, check_authors, check_ogb_code2):
        check(Path(sys.argv[1]))
