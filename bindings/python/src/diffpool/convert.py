"""From the state dict of a PyTorch model to the tensors of this library, and back.

Sources, each named as the preset that computes the same:

- `pyg`: the example `proteins_diff_pool.py` of PyTorch Geometric;
- `errica`: `DiffPool` of Errica et al. (gnn-comparison), with the convolutions of PyTorch Geometric 1.4.2, which it was
  written for, or those of 1.5 and newer;
- `authors`: `SoftPoolingGcnEncoder`, and `GcnEncoderGraph` as the flat model, of RexYing/diffpool;
- `ogb-code2`: the DiffPool entry for ogbg-code2.

A state dict is a mapping from names to numpy arrays or to anything with `.detach().cpu().numpy()`; what DataParallel,
torch.compile or a module around the network put before every name is left out. Weights of a linear
layer are `[out, in]` in PyTorch and `[in, out]` here. `docs/python-weights.md` has the tables of names.

Everything is derived from the names that are there, so a model with other widths, with one pooling or with five
converts as well. A name that is missing or left over is a ValueError that names it, and so is a shape that contradicts
those of the other tensors: `shapes.py` has the reasoning.
"""

from __future__ import annotations

import re
from typing import Any, Mapping

import numpy as np

from . import shapes
from ._arrays import Array
from .tables import TABLES, Names, table

SOURCES = tuple(TABLES.sources)
"""The models that are known."""

COUNTER, BESIDE = TABLES.counter["name"], TABLES.counter["beside"]
IGNORED = re.compile(rf"(^|\.){COUNTER}$")
"""Counters of PyTorch's batch norm. They have no counterpart, because the momentum here is a constant."""


def from_torch(source: str, state: Mapping[str, Any]) -> dict[str, Array]:
    """The tensors of this library by their dotted paths, from a state dict."""
    _check_source(source)
    state = _without_prefix(state, TABLES.sources[source].known_by)
    arrays = {name: _array(values) for name, values in state.items() if not IGNORED.search(name)}
    entries = table(source, Names(arrays))
    for entry in entries:
        for name in entry.theirs:
            if name not in arrays and not entry.zero_if_missing:
                raise ValueError(f"the state dict has no tensor {name!r}, which becomes {entry.ours!r}")
    known = {name for entry in entries for name in entry.theirs}
    left = [name for name in arrays if name not in known]
    if left:
        raise ValueError(f"tensor {left[0]!r} has no place in a model of the source {source!r}")
    claims = [(name, entry.their_shape()) for entry in entries for name in entry.theirs if name in arrays]
    sizes = shapes.check([shapes.Claim(name, arrays[name].shape, dims) for name, dims in claims])
    tensors = {}
    for entry in entries:
        if entry.theirs[0] in arrays:
            parts = [arrays[name].T if entry.transposed else arrays[name] for name in entry.theirs]
            tensors[entry.ours] = np.ascontiguousarray(np.concatenate(parts, axis=-1))
        else:
            # A bias that was switched off, of the type of the weight before it.
            kind = tensors[entry.ours.rsplit(".", 1)[0] + ".weight"].dtype
            tensors[entry.ours] = np.zeros([sum(sizes[part] for part in dim) for dim in entry.shape], kind)
    return tensors


def to_torch(
    source: str, tensors: Mapping[str, Any], like: Mapping[str, Any] | None = None, heads: int = 5
) -> dict[str, Array]:
    """The state dict of the original model, as numpy arrays, from tensors of this library.

    Counters `num_batches_tracked` are added as 0. `like` is a state dict of the model that is to be filled: every name
    and shape is compared with it, and biases that it does not have must be zero. `heads` is the number of heads of
    `ogb-code2`, which the tensors do not tell.
    """
    arrays = {name: _array(values) for name, values in tensors.items()}
    _check_source(source)
    if heads < 1:
        raise ValueError(f"heads is {heads}, but must be at least 1")
    entries = table(source, Names(arrays, heads))
    for entry in entries:
        if entry.ours not in arrays:
            raise ValueError(f"tensor {entry.ours!r} is missing")
    left = set(arrays) - {entry.ours for entry in entries}
    if left:
        raise ValueError(f"tensor {min(left)!r} has no place in a model of the source {source!r}")
    shapes.check([shapes.Claim(entry.ours, arrays[entry.ours].shape, entry.own_shape()) for entry in entries])
    state = {}
    for entry in entries:
        for name, part in zip(entry.theirs, np.split(arrays[entry.ours], len(entry.theirs), axis=-1)):
            state[name] = np.ascontiguousarray(part.T if entry.transposed else part)
            if name.endswith(BESIDE):
                state[name[: -len(BESIDE)] + COUNTER] = np.zeros((), np.int64)
    if like is not None:
        optional = {name for entry in entries if entry.zero_if_missing for name in entry.theirs}
        _compare(state, like, optional)
    return state


def _without_prefix(state: Mapping[str, Any], known_by: str) -> Mapping[str, Any]:
    """The state dict without what is put before every name: `module.` by DataParallel, `_orig_mod.` by torch.compile,
    the attribute that holds the network by a module around it, such as `net.`, or several of them.
    """
    while state and not any(name.startswith(known_by) for name in state):
        prefix = next(iter(state)).partition(".")[0] + "."
        if not all(name.startswith(prefix) for name in state):
            break
        state = {name[len(prefix) :]: values for name, values in state.items()}
    return state


def _array(values: Any) -> Array:
    """As an array; numbers of 16 bits are widened to 32, which is exact, and numpy has no bfloat16."""
    if not isinstance(values, np.ndarray) and str(getattr(values, "dtype", "")) == "torch.bfloat16":
        values = values.float()
    for method in ("detach", "cpu", "numpy"):
        if not isinstance(values, np.ndarray) and hasattr(values, method):
            values = getattr(values, method)()
    found: Array = np.asarray(values)
    return found.astype(np.float32) if found.dtype == np.float16 else found


def _compare(state: dict[str, Array], like: Mapping[str, Any], optional: set[str]) -> None:
    """Compares with the model to fill, and drops what it has no room for and need not have."""
    for name in like:
        if name not in state:
            raise ValueError(f"the model has the tensor {name!r}, which the tensors do not give")
        found, wanted = list(state[name].shape), list(like[name].shape)
        if found != wanted:
            raise ValueError(f"tensor {name!r} has shape {found}, but the model's has {wanted}")
    for name in [name for name in state if name not in like]:
        if not IGNORED.search(name) and (name not in optional or state[name].any()):
            raise ValueError(f"tensor {name!r} has no place in the model")
        del state[name]


def _check_source(source: str) -> None:
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}, but must be one of {', '.join(SOURCES)}")
