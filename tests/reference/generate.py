"""Writes the fixtures of `tests/parity.rs`: inputs, weights, logits, losses and gradients from the original formulas.

    python tests/reference/generate.py            writes tests/fixtures/parity/*.safetensors again

Everything is computed in float64 from inputs and weights that float32 can hold. README.md says what a file contains.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bindings" / "python" / "src"))

import authors  # noqa: E402
import edges  # noqa: E402
import errica  # noqa: E402
import graphs  # noqa: E402
import ogb_code2  # noqa: E402
import poolers  # noqa: E402
import pyg  # noqa: E402
from diffpool import from_torch, safetensors  # noqa: E402

FOLDER = ROOT / "tests" / "fixtures" / "parity"


def settle(net, seed):
    """Random weights and running statistics, none of them 0 or 1 by chance of initialisation."""
    random = np.random.RandomState(seed)
    with torch.no_grad():
        for name, values in list(net.named_parameters()) + list(net.named_buffers()):
            if name.endswith("num_batches_tracked"):
                continue
            if name.endswith("running_var"):
                drawn = random.uniform(0.5, 1.5, values.shape)
            elif name.endswith("running_mean"):
                drawn = random.uniform(-0.3, 0.3, values.shape)
            elif values.ndim == 2:
                drawn = random.uniform(-1, 1, values.shape) * (3 / sum(values.shape)) ** 0.5
            elif ".bn" in name and name.endswith("weight"):
                drawn = random.uniform(0.6, 1.4, values.shape)
            else:
                drawn = random.uniform(-0.3, 0.3, values.shape)
            values.copy_(torch.as_tensor(graphs.single(drawn)))
    return net


def run(net, batch, link_weight, entropy_weight, training):
    """Logits and losses of one pass."""
    net.train(training)
    logits, link, entropy = net(batch.x, batch.adjacency, batch.mask)
    rows, y = (logits, batch.y) if logits.dim() == 2 else (logits.flatten(0, 1), batch.y.flatten())
    losses = {"class": functional.cross_entropy(rows, y), "link": link, "entropy": entropy}
    losses["total"] = losses["class"] + link_weight * link + entropy_weight * entropy
    return logits, losses


def run_authors(net, padded, singles, link_weight, hops, training):
    """The same for the authors' model, whose losses have no entropy. `singles` are batches of one graph each."""
    net.train(training)
    logits = torch.cat([net(one.x, one.adjacency, one.mask) for one in singles])
    losses = {"class": functional.cross_entropy(logits, padded.y)}
    losses["total"] = losses["class"]
    if net.poolings == 1:
        # Graph by graph the same assignments come out as of the padded batch, which is what the loss is defined for.
        same = net(padded.x, padded.adjacency, padded.mask)
        assert torch.allclose(same, logits, rtol=1e-12, atol=1e-14)
        losses["link"] = net.link_loss(padded.adjacency, padded.mask, hops)
        losses["total"] = losses["class"] + link_weight * losses["link"]
    return logits, losses


def record(tensors, mode, logits, losses):
    tensors[f"logits.{mode}"] = logits.detach().numpy()
    for name, value in losses.items():
        tensors[f"losses.{mode}.{name}"] = value.detach().numpy()


def write(name, source, net, batch, config, passes):
    """One file. `passes(training)` gives logits and losses; `source` is one of PyTorch models that the Python package
    knows, or a function that gives a state dict this library's names."""
    tensors = {}
    for i, graph in enumerate(batch):
        tensors[f"graphs.{i}.edges"] = graph.edges
        tensors[f"graphs.{i}.weights"] = graph.weights
        tensors[f"graphs.{i}.{'x' if graph.x.dtype == np.float64 else 'categories'}"] = graph.x
        for part in ("edge_attributes", "edge_labels"):
            if getattr(graph, part) is not None:
                tensors[f"graphs.{i}.{part}"] = getattr(graph, part)
    tensors["y"] = np.stack([graph.y for graph in batch])
    named = source if callable(source) else lambda state: from_torch(source, state)
    for ours, values in named(net.state_dict()).items():
        tensors[f"weights.{ours}"] = values.astype(np.float32)
        assert (tensors[f"weights.{ours}"] == values).all()
    with torch.no_grad():
        record(tensors, "eval", *passes(False))
    net.zero_grad()
    logits, losses = passes(True)
    losses["total"].backward()
    record(tensors, "train", logits, losses)
    # A state dict of gradients, so that they take the same way through the table of names as the weights.
    state = net.state_dict()
    parameters = dict(net.named_parameters())
    gradients = {
        key: values if key not in parameters else parameters[key].grad if parameters[key].grad is not None
        else torch.zeros_like(values)
        for key, values in state.items()
    }
    converted = named(gradients)
    for ours, values in converted.items():
        kind = "running" if ours.rsplit(".", 1)[1].startswith("running_") else "gradients"
        tensors[f"{kind}.{ours}"] = np.ascontiguousarray(values)
    metadata = {"config": json.dumps(config), "graphs": str(len(batch))}
    content = safetensors.to_bytes(tensors, metadata)
    (FOLDER / f"{name}.safetensors").write_bytes(content)
    print(f"{name:<32} {len(content):>8} bytes, losses", {k: round(float(v), 6) for k, v in losses.items()})
    return tensors, metadata


def of_pyg():
    hidden, output, features = 8, 6, 3
    cases = [("flat", [], 0.0), ("one-level", [4], 0.0), ("two-levels", [4, 2], 0.0), ("losses", [4, 2], 1.0)]
    for seed, (name, clusters, weight) in enumerate(cases, 1):
        batch = graphs.random_graphs(seed, features)
        net = settle(pyg.Net(features, 2, clusters, hidden, output).double(), 10 + seed)
        config = {
            "preset": "pyg", "features": "attributes", "clusters": clusters, "padding": "16", "embed_hidden": hidden,
            "embed_output": output, "assign_hidden": hidden, "head_hidden": [hidden], "link_weight": weight,
            "entropy_weight": weight,
        }
        padded = graphs.pad(batch, 16)
        write(f"pyg-{name}", "pyg", net, batch, config, lambda training: run(net, padded, weight, weight, training))


def of_errica():
    hidden, output, features = 8, 6, 3
    cases = [("flat", [], False), ("one-level", [3], False), ("two-levels", [4, 2], False), ("sage", [4, 2], True)]
    for seed, (name, clusters, sage) in enumerate(cases, 21):
        batch = graphs.random_graphs(seed, features, classes=3)
        net = settle(errica.Net(features, 3, clusters, hidden, output, 10, sage).double(), 10 + seed)
        config = {
            "preset": "errica", "features": "attributes", "clusters": clusters, "embed_hidden": hidden,
            "embed_output": output, "assign_hidden": hidden, "head_hidden": [10],
        }
        config |= {"embed_conv": "sage", "assign_conv": "sage"} if sage else {}
        padded = graphs.pad(batch)
        write(f"errica-{name}", "errica", net, batch, config, lambda training: run(net, padded, 1.0, 1.0, training))


def of_authors():
    hidden, output, features = 8, 6, 3
    cases = [("flat", [], 1), ("one-level", [3], 1), ("two-hops", [8], 2), ("two-levels", [4, 2], 1)]
    for seed, (name, clusters, hops) in enumerate(cases, 41):
        batch = graphs.random_graphs(seed, features, classes=3)
        net = settle(authors.Net(features, 3, clusters, hidden, output, [10]).double(), 10 + seed)
        link_weight = 1.0 if len(clusters) == 1 else 0.0
        config = {
            "preset": "authors", "features": "attributes", "clusters": clusters, "padding": "12", "embed_hidden":
            hidden, "embed_output": output, "assign_hidden": hidden, "head_hidden": [10], "link_weight": link_weight,
            "adj_hop": hops,
        }
        if not clusters:
            # The flat original reads padded rows out as well; without padding it is what the name says.
            config["padding"] = "none"
        padded = graphs.pad(batch, 12)
        singles = [graphs.pad([graph], 12 if clusters else None) for graph in batch]
        passes = lambda training: run_authors(net, padded, singles, link_weight, hops, training)  # noqa: E731
        tensors, metadata = write(f"authors-{name}", "authors", net, batch, config, passes)
        if clusters:
            # The padded batch in evaluation, with the original's norm and with the other.
            net.eval()
            for norm, kind in [("graph", "per_graph"), ("batch", "logits")]:
                net.norm = norm
                with torch.no_grad():
                    tensors[f"batched.{kind}"] = net(padded.x, padded.adjacency, padded.mask).numpy()
            content = safetensors.to_bytes(tensors, metadata)
            (FOLDER / f"authors-{name}.safetensors").write_bytes(content)


def of_ogb_code2():
    width, positions, words, sizes = 8, 3, 7, (5, 9, 4)
    for seed, (name, clusters) in enumerate([("flat", []), ("one-level", [4]), ("two-levels", [4, 2])], 61):
        batch = graphs.random_graphs(seed, weighted=True)
        random = np.random.RandomState(seed)
        for graph in batch:
            n = len(graph.x)
            # Some are deeper than the table, which ends in the clip.
            columns = [random.randint(0, sizes[0], n), random.randint(0, sizes[1], n), random.randint(0, 7, n)]
            graph.x = np.stack(columns, axis=1).astype(np.int32)
            # Words, one of them unknown to the vocabulary, and then the end.
            graph.y = random.randint(0, words - 1, positions).astype(np.int32)
            graph.y[random.randint(1, positions + 1) :] = words - 1
        net = settle(ogb_code2.Net(sizes, width, clusters, positions, words).double(), 10 + seed)
        config = {
            "preset": "ogb-code2", "clusters": clusters, "padding": "16" if clusters else "none", "embed_hidden": width,
            "embed_output": width, "assign_hidden": width, "embedding_width": width, "embedding_sizes": list(sizes),
        }
        padded = graphs.pad(batch, 16)
        if clusters:
            passes = lambda training: run(net, padded, 0.0, 0.0, training)  # noqa: E731
        else:
            passes = lambda training: run_flat_ogb_code2(net, batch, training)  # noqa: E731
        write(f"ogb-code2-{name}", "ogb-code2", net, batch, config, passes)


def run_flat_ogb_code2(net, batch, training):
    """No padding: one graph that has those of the batch side by side, whose sums are taken one by one."""
    net.train(training)
    n = sum(len(graph.x) for graph in batch)
    x, adjacency, begin, owner = torch.zeros(1, n, 3).long(), torch.zeros(1, n, n).double(), 0, torch.zeros(n).long()
    for i, graph in enumerate(batch):
        one, rows = graphs.pad([graph]), slice(begin, begin + len(graph.x))
        x[0, rows], adjacency[0, rows, rows], owner[rows] = one.x[0], one.adjacency[0], i
        begin += len(graph.x)
    nodes = net.final_gnn(net.node_encoder(x), adjacency)[0]
    sums = torch.zeros(len(batch), nodes.shape[1], dtype=nodes.dtype).index_add(0, owner, nodes)
    logits = torch.stack([head(sums) for head in net.graph_pred_linear_list], dim=1)
    y = torch.as_tensor(np.stack([graph.y for graph in batch])).long()
    loss = functional.cross_entropy(logits.flatten(0, 1), y.flatten())
    return logits, {"class": loss, "total": loss}


def run_pooler(net, batch, training):
    """All losses of an assignment weigh 1."""
    net.train(training)
    logits, losses = net(batch.x, batch.adjacency, batch.mask)
    losses["class"] = functional.cross_entropy(logits, batch.y)
    losses["total"] = sum(losses.values())
    return logits, losses


def of_poolers():
    hidden, output, features = 8, 6, 3
    cases = [
        (preset, pooling, *levels)
        for preset, pooling in [
            ("mincut", poolers.mincut), ("dmon", poolers.dmon), ("just_balance", poolers.just_balance)
        ]
        for levels in [("one-level", [4]), ("two-levels", [5, 3])]
    ]
    for seed, (preset, pooling, name, clusters) in enumerate(cases, 81):
        batch = graphs.random_graphs(seed, features, weighted=True)
        net = settle(poolers.Net(pooling, features, 2, clusters, hidden, output).double(), 10 + seed)
        config = {
            "preset": preset, "features": "attributes", "clusters": clusters, "padding": "16", "embed_hidden": hidden,
            "embed_output": output, "assign_hidden": hidden, "head_hidden": [hidden], "assign_final":
            "linear_activation", "readout": "mean", "readout_levels": "last",
        }
        padded = graphs.pad(batch, 16)
        write(f"{preset}-{name}", "pyg", net, batch, config, lambda training: run_pooler(net, padded, training))


def run_edges(net, batch, training):
    net.train(training)
    logits = torch.stack([net.logits(graph) for graph in batch])
    loss = functional.cross_entropy(logits, torch.as_tensor(np.stack([graph.y for graph in batch])).long())
    return logits, {"class": loss, "total": loss}


def of_edges():
    hidden, features, channels = 6, 3, 2
    cases = [
        (kind, kind.replace("_", "-") + suffix, clusters, 0)
        for kind in ("gine", "gat", "sage", "graph_conv")
        for suffix, clusters in [("-flat", []), ("-two-levels", [5, 3])]
    ]
    cases += [("gine", "gine-tables", [5, 3], 3), ("gine", "gine-virtual-node", [5, 3], 3)]
    for seed, (kind, name, clusters, tables) in enumerate(cases, 101):
        random = np.random.RandomState(seed)
        batch = graphs.random_graphs(seed, features)
        for graph in batch:
            graph.edge_attributes = graphs.single(random.uniform(-1, 1, (graph.edges.shape[1], channels)))
            if tables:
                graph.edge_labels = np.arange(graph.edges.shape[1]) % tables
        virtual = name.endswith("virtual-node")
        net = edges.Net(kind, features, 2, clusters, hidden, channels, tables, virtual)
        settle(net.double(), 10 + seed)
        for fix in net.after_settling:
            fix()
        config = {
            "features": "attributes", "edge_features": "attributes,labels" if tables else "attributes", "clusters":
            clusters, "embed_conv": kind, "assign_conv": kind, "embed_hidden": hidden, "embed_output": hidden,
            "assign_hidden": hidden, "embed_layers": 2, "assign_layers": 2, "final_layers": 2, "normalization": "none",
            "jumping_knowledge": "last", "assign_final": "none", "gat_heads": edges.HEADS, "gin_learn_epsilon": True,
            "readout": "mean", "readout_levels": "last", "head_hidden": [], "link_weight": 0.0, "entropy_weight": 0.0,
        }
        config |= {"virtual_node": True} if virtual else {}
        names = {id(parameter): key for key, parameter in net.named_parameters()}
        ours = lambda state: net.ours(lambda parameter: torch.as_tensor(state[names[id(parameter)]]))  # noqa: E731
        write(f"edges-{name}", ours, net, batch, config, lambda training: run_edges(net, batch, training))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.set_default_dtype(torch.float64)
    for one in (of_pyg, of_errica, of_authors, of_ogb_code2, of_poolers, of_edges):
        one()
