#!/usr/bin/env python3
"""PyTorch Geometric's dense DiffPool compiled: torch.compile to train, AOTInductor to predict. Needs a C++ compiler.

    python pyg_compiled.py train_epoch [--pad 16|batch|max] [--threads T]
    python pyg_compiled.py infer_pass  [--pad 16|batch|max] [--threads T]

Forward, losses and backward are compiled as one graph, and the step of Adam is the fused one. With `--pad 16` a batch
is padded to the next multiple of 16 nodes, and there is one compiled graph for each of the few sizes that occur; with
`batch` it is padded to its largest graph, and one graph is compiled for any number of nodes. A pass runs a package
that torch.export and AOTInductor made, which has the logits as its only output, so that the losses are not computed.
Compiling is not timed: the warm-up is long enough for every size that is not rare.
"""

import os
import sys
import warnings

import torch

import measure
from network import Logits, enzymes_network, parameters
from training import epochs, losses, passes

PACKAGES = os.environ.get("PEERS_PACKAGES", "build/peers/packages")


def example(data, n, count=20):
    """A batch padded to `n` nodes, of graphs that are not larger."""
    ids = [index for index in data.train if data.sizes[index] <= n][:count]
    x, adj, mask, y = data.batch(ids, "max")
    return x[:, :n].contiguous(), adj[:, :n, :n].contiguous(), mask[:, :n].contiguous(), y


def training(network, data, pad):
    """An epoch with compiled steps."""
    step = torch.compile(losses, dynamic=pad == "batch", fullgraph=True)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    return epochs(network, optimizer, data, pad, step)


def package(network, data, n, threads):
    """The loaded AOTInductor package for batches padded to `n` nodes, or to any number where `n` is None."""
    path = os.path.abspath(os.path.join(PACKAGES, f"enzymes-{n or 'any'}-{threads}.pt2"))
    if not os.path.isfile(path):
        os.makedirs(PACKAGES, exist_ok=True)
        inputs = example(data, n or data.max_nodes)[:3]
        nodes = torch.export.Dim("n", min=8, max=data.max_nodes)
        shapes = None if n else ({1: nodes}, {1: nodes, 2: nodes}, {1: nodes})
        with torch.no_grad():
            exported = torch.export.export(Logits(network), inputs, dynamic_shapes=shapes)
        torch._inductor.aoti_compile_and_package(exported, package_path=path)
    return torch._inductor.aoti_load_package(path)


def inference(network, data, pad, threads):
    """A pass by packages, each made when a batch of its size comes up first."""
    network.eval()
    loaded = {}

    def logits(x, adj, mask):
        n = None if pad == "batch" else x.size(1)
        if n not in loaded:
            loaded[n] = package(network, data, n, threads)
        return loaded[n](x, adj, mask)

    compare(network, logits, data, pad)
    return passes(logits, data, pad)


@torch.no_grad()
def compare(network, logits, data, pad):
    """Ends the program where the package gives other logits than the network."""
    x, adj, mask, _ = data.batch(data.train[:20], pad)
    difference = (network(x, adj, mask)[0] - logits(x, adj, mask)).abs().max().item()
    if difference > 1e-4:
        sys.exit(f"the package's logits differ by {difference}")


def main():
    warnings.filterwarnings("ignore")
    options = measure.read(measure.arguments(["train_epoch", "infer_pass"], __doc__.splitlines()[0]))
    from enzymes import Enzymes

    data = Enzymes()
    network = enzymes_network(data)
    torch._dynamo.config.cache_size_limit = 64
    name = {"batch": "dynamic", "max": "max"}.get(options.pad, f"multiples-of-{options.pad}")
    if options.work == "train_epoch":
        once, peer = training(network, data, options.pad), f"pyg-compiled-{name}"
    else:
        once, peer = inference(network, data, options.pad, options.threads), f"aot-inductor-{name}"
    measure.measure(peer, options, once, parameters=parameters(network), **data.about())
    return 0


if __name__ == "__main__":
    sys.exit(main())
