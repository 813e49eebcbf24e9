#!/usr/bin/env python3
"""PyTorch Geometric's dense DiffPool in eager mode.

    python pyg_eager.py train_epoch|infer_pass|predict_each [--pad max|batch] [--threads T]
    python pyg_eager.py step [--nodes N] [--batch B]

An epoch: stack the batch, forward, losses, backward, Adam, and `loss.item()` for every batch. A pass: the same graphs
under inference_mode; the operator always computes the link and entropy losses, so they are part of it. One graph at a
time: without padding. A step: one on a batch of generated graphs, dense.
"""

import json
import sys

import torch

import graphs
import measure
from network import Logits, Network, enzymes_network, parameters
from training import epochs, losses, passes

STEP_CLUSTERS = (64, 16)


def enzymes_work(options):
    from enzymes import Enzymes

    data = Enzymes()
    network = enzymes_network(data)
    if options.work == "train_epoch":
        once = epochs(network, torch.optim.Adam(network.parameters(), lr=1e-3), data, options.pad)
    elif options.work == "infer_pass":
        once = passes(Logits(network.eval()), data, options.pad)
    else:
        once = one_by_one(network.eval(), [data.single(index) for index in data.train])
    peer = "pyg-eager" if options.work == "predict_each" else f"pyg-eager-{options.pad}"
    measure.measure(peer, options, once, parameters=parameters(network), **data.about())


def one_by_one(network, inputs):
    @torch.inference_mode()
    def each():
        for x, adj in inputs:
            network(x, adj)

    return each


def step_work(options):
    made = [graphs.generate(index, options.nodes) for index in range(options.batch)]
    n = options.nodes
    x = torch.stack([torch.from_numpy(features) for _, features in made])
    adj = torch.zeros(options.batch, n, n)
    for index, (edges, _) in enumerate(made):
        adj[index, edges[0], edges[1]] = 1.0
    about = graphs.about(made)
    del made
    mask = torch.ones(options.batch, n, dtype=torch.bool)
    y = torch.arange(options.batch) % graphs.CLASSES
    network = Network(graphs.FEATURES, graphs.CLASSES, STEP_CLUSTERS)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)

    def once():
        optimizer.zero_grad()
        loss, _ = losses(network, x, adj, mask, y)
        loss.backward()
        optimizer.step()
        return loss.item()

    measure.measure("pyg-dense", options, once, parameters=parameters(network), **about)


def main():
    works = ["train_epoch", "infer_pass", "predict_each", "step"]
    options = measure.read(measure.arguments(works, __doc__.splitlines()[0]))
    try:
        (step_work if options.work == "step" else enzymes_work)(options)
    except (MemoryError, RuntimeError) as error:
        if options.limit_gb is None or "alloc" not in str(error) and not isinstance(error, MemoryError):
            raise
        print(json.dumps({"peer": "pyg-dense", "work": options.work, "over_gb": options.limit_gb}))
        sys.exit(0)


if __name__ == "__main__":
    main()
