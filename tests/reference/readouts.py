"""Writes tests/fixtures/readouts.json: what PyTorch Geometric's readouts give, for tests/readouts.rs.

    python tests/reference/readouts.py

Everything is float64. Three graphs of 5, 1 and 7 nodes lie one after the other. `gradient` is that of the sum of the
output times `weights`. Matrices are stored as the library has them: those of a linear layer and of an LSTM transposed.
"""

import json
from pathlib import Path

import torch
from torch_geometric.nn.aggr import AttentionalAggregation, Set2Set, SortAggregation

SIZES = [5, 1, 7]
D = 3


def nested(tensor):
    return tensor.detach().tolist()


def case(name, aggregation, parameters, **keys):
    """`parameters` maps the library's names to PyTorch's and says whether to transpose."""
    index = torch.repeat_interleave(torch.arange(len(SIZES)), torch.tensor(SIZES))
    z = (2 * torch.rand(sum(SIZES), D) - 1).requires_grad_()
    out = aggregation(z, index)
    weights = 2 * torch.rand_like(out) - 1
    (out * weights).sum().backward()
    own = dict(aggregation.named_parameters())
    stored = {}
    for ours, (theirs, transposed) in parameters.items():
        tensor = own[theirs]
        value, gradient = tensor.detach(), tensor.grad
        stored[ours] = {
            "value": (value.T if transposed else value).flatten().tolist(),
            "gradient": (gradient.T if transposed else gradient).flatten().tolist(),
        }
    return {
        "name": name,
        "keys": keys,
        "z": nested(z.flatten()),
        "out": nested(out.flatten()),
        "weights": nested(weights.flatten()),
        "gradient": nested(z.grad.flatten()),
        "parameters": stored,
    }


def main():
    torch.manual_seed(3)
    torch.set_default_dtype(torch.float64)
    lstm = {f"lstm.{kind}_{side}": (f"lstm.{kind}_{side}_l0", kind == "weight")
            for kind in ["weight", "bias"] for side in ["ih", "hh"]}
    gate = {"gate.weight": ("gate_nn.weight", True), "gate.bias": ("gate_nn.bias", False)}
    cases = [
        case("set2set", Set2Set(D, 3), lstm, set2set_steps=3),
        case("set2set", Set2Set(D, 1), lstm, set2set_steps=1),
        case("attention", AttentionalAggregation(torch.nn.Linear(D, 1)), gate),
        case("sort_pool", SortAggregation(4), {}, sort_pool_nodes=4),
    ]
    path = Path(__file__).parent.parent / "fixtures" / "readouts.json"
    path.write_text(json.dumps({"sizes": SIZES, "columns": D, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
