"""From the state dict of a PyTorch model to the tensors of this library, and back.

Sources, each named as the preset that computes the same:

- `pyg`: the example `proteins_diff_pool.py` of PyTorch Geometric;
- `errica`: `DiffPool` of Errica et al. (gnn-comparison), with the convolutions of PyTorch Geometric 1.4.2, which it was
  written for, or those of 1.5 and newer;
- `authors`: `SoftPoolingGcnEncoder`, and `GcnEncoderGraph` as the flat model, of RexYing/diffpool;
- `ogb-code2`: the DiffPool entry for ogbg-code2.

A state dict is a mapping from names to numpy arrays or to anything with `.detach().cpu().numpy()`. Weights of a linear
layer are `[out, in]` in PyTorch and `[in, out]` here. `docs/python-weights.md` has the tables of names.

Everything is derived from the names that are there, so a model with other widths, with one pooling or with five
converts as well. A name that is missing, left over or of an unexpected shape is a ValueError that names it.
"""

import re
from dataclasses import dataclass

import numpy as np

SOURCES = ("pyg", "errica", "authors", "ogb-code2")
"""The models that are known."""

IGNORED = re.compile(r"(^|\.)num_batches_tracked$")
"""Counters of PyTorch's batch norm. They have no counterpart, because the momentum here is a constant."""


@dataclass(frozen=True)
class Entry:
    """One tensor of ours, and the tensors of theirs whose columns it is made of (nearly always one)."""

    ours: str
    theirs: tuple
    transposed: bool = False
    zero_if_missing: bool = False


def from_torch(source, state):
    """The tensors of this library by their dotted paths, from a state dict."""
    arrays = {name: _array(values) for name, values in state.items() if not IGNORED.search(name)}
    entries = _table(source, lambda name: name in arrays, lambda pattern: _count(arrays, pattern))
    tensors = {}
    for entry in entries:
        tensors[entry.ours] = _gather(entry, arrays, tensors)
    known = {name for entry in entries for name in entry.theirs}
    left = [name for name in arrays if name not in known]
    if left:
        raise ValueError(f"tensor {left[0]!r} has no place in a model of the source {source!r}")
    _check(tensors, {entry.ours: entry.theirs[0] for entry in entries})
    return tensors


def to_torch(source, tensors, like=None, heads=5):
    """The state dict of the original model, as numpy arrays, from tensors of this library.

    Counters `num_batches_tracked` are added as 0. `like` is a state dict of the model that is to be filled: every name
    and shape is compared with it. `heads` is the number of heads of `ogb-code2`, which the tensors do not tell.
    """
    arrays = {name: _array(values) for name, values in tensors.items()}
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}, but must be one of {', '.join(SOURCES)}")
    _check(arrays, {})
    names = _implied(source, arrays, heads)
    entries = _table(source, lambda name: name in names, lambda pattern: _count(names, pattern))
    state = {}
    for entry in entries:
        if entry.ours not in arrays:
            raise ValueError(f"tensor {entry.ours!r} is missing")
        values = arrays[entry.ours]
        if values.shape[-1] % len(entry.theirs):
            raise ValueError(f"tensor {entry.ours!r} has {values.shape[-1]} columns, not a multiple of {heads} heads")
        parts = np.split(values, len(entry.theirs), axis=-1)
        for name, part in zip(entry.theirs, parts):
            state[name] = np.ascontiguousarray(part.T if entry.transposed else part)
            if name.endswith("running_var"):
                state[name[: -len("running_var")] + "num_batches_tracked"] = np.zeros((), np.int64)
    left = set(arrays) - {entry.ours for entry in entries}
    if left:
        raise ValueError(f"tensor {min(left)!r} has no place in a model of the source {source!r}")
    if like is not None:
        _compare(state, like)
    return state


def _array(values):
    for method in ("detach", "cpu", "numpy"):
        if not isinstance(values, np.ndarray) and hasattr(values, method):
            values = getattr(values, method)()
    return np.asarray(values)


def _count(arrays, pattern):
    """How many of the names `pattern % 0`, `pattern % 1`, ... begin a name, without a gap."""
    count = 0
    while any(name.startswith(pattern % count) for name in arrays):
        count += 1
    return count


def _gather(entry, arrays, tensors):
    for name in entry.theirs:
        if name in arrays:
            continue
        if entry.zero_if_missing:
            # A bias that was switched off. The weight before it in the table knows how long it is.
            weight = tensors[entry.ours.rsplit(".", 1)[0] + ".weight"]
            return np.zeros(weight.shape[-1], weight.dtype)
        raise ValueError(f"the state dict has no tensor {name!r}, which becomes {entry.ours!r}")
    parts = [arrays[name] for name in entry.theirs]
    wanted = 2 if entry.transposed or parts[0].ndim == 2 else 1
    for name, part in zip(entry.theirs, parts):
        if part.ndim != wanted or part.shape != parts[0].shape:
            raise ValueError(f"tensor {name!r} has shape {list(part.shape)}, which does not fit {entry.ours!r}")
    return np.ascontiguousarray(np.concatenate([part.T if entry.transposed else part for part in parts], axis=-1))


# The tables. `has(name)` says whether their model has a tensor, `count(pattern)` how many of numbered ones.


def _table(source, has, count):
    tables = {"pyg": _pyg, "errica": _errica, "authors": _authors, "ogb-code2": _ogb_code2}
    if source not in tables:
        raise ValueError(f"source is {source!r}, but must be one of {', '.join(SOURCES)}")
    return tables[source](has, count)


def _plain(ours, theirs, transposed=False):
    return Entry(ours, (theirs,), transposed)


def _linear(ours, theirs):
    return [_plain(f"{ours}.weight", f"{theirs}.weight", True), _plain(f"{ours}.bias", f"{theirs}.bias")]


def _batch_norm(ours, theirs):
    return [_plain(f"{ours}.{part}", f"{theirs}.{part}") for part in ("weight", "bias", "running_mean", "running_var")]


def _sage(ours, theirs):
    return [
        _plain(f"{ours}.weight_rel", f"{theirs}.lin_rel.weight", True),
        _plain(f"{ours}.weight_root", f"{theirs}.lin_root.weight", True),
        _plain(f"{ours}.bias", f"{theirs}.lin_root.bias"),
    ]


def _sage_142(ours, theirs):
    """The dense convolution of PyTorch Geometric up to 1.4: one weight, not transposed (`gcn_mean` here)."""
    return [_plain(f"{ours}.weight", f"{theirs}.weight"), _plain(f"{ours}.bias", f"{theirs}.bias")]


def _numbered_stack(ours, theirs, has, conv):
    """`conv1`, `bn1`, `conv2` ... and perhaps `lin`."""
    entries, i = [], 1
    while has(f"{theirs}.conv{i}.lin_rel.weight") or has(f"{theirs}.conv{i}.weight"):
        entries += conv(f"{ours}.convs.{i - 1}", f"{theirs}.conv{i}")
        i += 1
    if i == 1:
        raise ValueError(f"the state dict has no convolution {theirs + '.conv1'!r}")
    i = 1
    while has(f"{theirs}.bn{i}.weight"):
        entries += _batch_norm(f"{ours}.norms.{i - 1}", f"{theirs}.bn{i}")
        i += 1
    if has(f"{theirs}.lin.weight"):
        entries += _linear(f"{ours}.linear", f"{theirs}.lin")
    return entries


def _numbered_head(has, pattern):
    entries, i = [], 1
    while has(pattern % i + ".weight"):
        entries += _linear(f"head.{i - 1}", pattern % i)
        i += 1
    return entries


def _pyg(has, count):
    poolings = 0
    while has(f"gnn{poolings + 1}_pool.conv1.lin_rel.weight"):
        poolings += 1
    entries = []
    for level in range(poolings + 1):
        entries += _numbered_stack(f"levels.{level}.embed", f"gnn{level + 1}_embed", has, _sage)
        if level < poolings:
            entries += _numbered_stack(f"levels.{level}.assign", f"gnn{level + 1}_pool", has, _sage)
    return entries + _numbered_head(has, "lin%d")


def _errica(has, count):
    conv = _sage_142 if has("final_embed.conv1.weight") else _sage
    poolings = count("diffpool_layers.%d.")
    entries = []
    for level in range(poolings):
        theirs = f"diffpool_layers.{level}"
        entries += _numbered_stack(f"levels.{level}.embed", f"{theirs}.gnn_embed", has, conv)
        entries += _numbered_stack(f"levels.{level}.assign", f"{theirs}.gnn_pool", has, conv)
    entries += _numbered_stack(f"levels.{poolings}.embed", "final_embed", has, conv)
    return entries + _numbered_head(has, "lin%d")


def _authors_stack(ours, first, block, last, count):
    names = [first] + [block % i for i in range(count(block + "."))] + [last]
    entries = []
    for i, name in enumerate(names):
        entries.append(_plain(f"{ours}.convs.{i}.weight", f"{name}.weight"))
        # Without `--nobias` there is one.
        entries.append(Entry(f"{ours}.convs.{i}.bias", (f"{name}.bias",), zero_if_missing=True))
    return entries


def _authors(has, count):
    entries = _authors_stack("levels.0.embed", "conv_first", "conv_block.%d", "conv_last", count)
    for level in range(count("conv_first_after_pool.%d.")):
        middle = f"assign_conv_block_modules.{level}.%d"
        entries += _authors_stack(
            f"levels.{level}.assign", f"assign_conv_first_modules.{level}", middle, f"assign_conv_last_modules.{level}",
            count,
        )
        entries += _linear(f"levels.{level}.assign.linear", f"assign_pred_modules.{level}")
        middle = f"conv_block_after_pool.{level}.%d"
        entries += _authors_stack(
            f"levels.{level + 1}.embed", f"conv_first_after_pool.{level}", middle, f"conv_last_after_pool.{level}",
            count,
        )
    if has("pred_model.weight"):
        return entries + _linear("head.0", "pred_model")
    i = 0
    # Every other module of the sequence is an activation.
    while has(f"pred_model.{2 * i}.weight"):
        entries += _linear(f"head.{i}", f"pred_model.{2 * i}")
        i += 1
    return entries


def _listed_stack(ours, theirs, count):
    entries = []
    for i in range(count(f"{theirs}.convs.%d.")):
        entries += _sage(f"{ours}.convs.{i}", f"{theirs}.convs.{i}")
    for i in range(count(f"{theirs}.bns.%d.")):
        entries += _batch_norm(f"{ours}.norms.{i}", f"{theirs}.bns.{i}")
    return entries


def _ogb_code2(has, count):
    tables = ("type_encoder", "attribute_encoder", "depth_encoder")
    entries = [_plain(f"encoder.tables.{i}.weight", f"node_encoder.{name}.weight") for i, name in enumerate(tables)]
    poolings = count("diff_pool_layers.%d.")
    for level in range(poolings):
        theirs = f"diff_pool_layers.{level}"
        entries += _listed_stack(f"levels.{level}.embed", f"{theirs}.gnn_embed", count)
        entries += _listed_stack(f"levels.{level}.assign", f"{theirs}.gnn_pool", count)
    entries += _listed_stack(f"levels.{poolings}.embed", "final_gnn", count)
    # One head a position of the sequence there, one linear layer with all of their columns here.
    heads = [f"graph_pred_linear_list.{i}" for i in range(count("graph_pred_linear_list.%d."))]
    entries.append(Entry("head.0.weight", tuple(f"{head}.weight" for head in heads), True))
    entries.append(Entry("head.0.bias", tuple(f"{head}.bias" for head in heads)))
    return entries


# The way back: the same tables, asked about a model that has every tensor which ours implies.


def _implied(source, arrays, heads):
    """The names of a state dict that would give these tensors, as far as the tables ask for them."""
    poolings = _count(arrays, "levels.%d.assign.")
    layers = _count(arrays, "head.%d.")
    plain = "levels.0.embed.convs.0.weight" in arrays
    names = set()

    def numbered(ours, theirs):
        for i in range(_count(arrays, f"{ours}.convs.%d.")):
            names.add(f"{theirs}.conv{i + 1}.weight" if plain else f"{theirs}.conv{i + 1}.lin_rel.weight")
        for i in range(_count(arrays, f"{ours}.norms.%d.")):
            names.add(f"{theirs}.bn{i + 1}.weight")
        if f"{ours}.linear.weight" in arrays:
            names.add(f"{theirs}.lin.weight")

    def blocks(ours, pattern):
        for i in range(_count(arrays, f"{ours}.convs.%d.") - 2):
            names.add(f"{pattern}.{i}.weight")

    def listed(ours, theirs):
        for i in range(_count(arrays, f"{ours}.convs.%d.")):
            names.add(f"{theirs}.convs.{i}.lin_rel.weight")
        for i in range(_count(arrays, f"{ours}.norms.%d.")):
            names.add(f"{theirs}.bns.{i}.weight")

    for level in range(poolings + 1):
        embed, assign = f"levels.{level}.embed", f"levels.{level}.assign"
        if source == "pyg":
            numbered(embed, f"gnn{level + 1}_embed")
            numbered(assign, f"gnn{level + 1}_pool")
        elif source == "errica":
            numbered(embed, "final_embed" if level == poolings else f"diffpool_layers.{level}.gnn_embed")
            numbered(assign, f"diffpool_layers.{level}.gnn_pool")
        elif source == "authors":
            blocks(embed, f"conv_block_after_pool.{level - 1}" if level else "conv_block")
            blocks(assign, f"assign_conv_block_modules.{level}")
            if level:
                names.add(f"conv_first_after_pool.{level - 1}.weight")
        elif source == "ogb-code2":
            listed(embed, "final_gnn" if level == poolings else f"diff_pool_layers.{level}.gnn_embed")
            listed(assign, f"diff_pool_layers.{level}.gnn_pool")
    if source == "ogb-code2":
        names.update(f"graph_pred_linear_list.{i}.weight" for i in range(heads))
    elif source == "authors":
        names.update([f"pred_model.{2 * i}.weight" for i in range(layers)] if layers > 1 else ["pred_model.weight"])
    else:
        names.update(f"lin{i + 1}.weight" for i in range(layers))
    return names


def _compare(state, like):
    for name in like:
        if name not in state:
            raise ValueError(f"the model has the tensor {name!r}, which the tensors do not give")
        found, wanted = list(state[name].shape), list(like[name].shape)
        if found != wanted:
            raise ValueError(f"tensor {name!r} has shape {found}, but the model's has {wanted}")


# Shapes that must agree within a model of ours.


def _check(tensors, origins):
    """Checks that the shapes fit each other. The error names the first tensor that does not, as its origin does."""

    def shape(name, wanted):
        shown = repr(name) if name not in origins else f"{origins[name]!r}, as {name!r},"
        if name not in tensors:
            raise ValueError(f"tensor {shown} is missing")
        found = list(tensors[name].shape)
        if len(found) != len(wanted) or any(w not in (None, f) for f, w in zip(found, wanted)):
            sizes = ", ".join("any" if size is None else str(size) for size in wanted)
            raise ValueError(f"tensor {shown} has shape {found}, but must have [{sizes}]")
        return found

    def stack(path, width):
        outputs = []
        for i in range(_count(tensors, f"{path}.convs.%d.")):
            conv = f"{path}.convs.{i}"
            weight = "weight" if f"{conv}.weight" in tensors else "weight_rel"
            after = shape(f"{conv}.{weight}", [width, None])[1]
            if weight == "weight_rel":
                shape(f"{conv}.weight_root", [width, after])
            shape(f"{conv}.bias", [after])
            if any(name.startswith(f"{path}.norms.{i}.") for name in tensors):
                for part in ("weight", "bias", "running_mean", "running_var"):
                    shape(f"{path}.norms.{i}.{part}", [after])
            outputs.append(after)
            width = after
        if not outputs:
            raise ValueError(f"tensor {path + '.convs.0.weight'!r} is missing")
        if f"{path}.linear.weight" in tensors:
            last = shape(f"{path}.linear.weight", [sum(outputs), None])[1]
            shape(f"{path}.linear.bias", [last])
        return outputs

    def first(path):
        names = [f"{path}.convs.0.{part}" for part in ("weight", "weight_rel")]
        return next((name for name in names if name in tensors), names[0])

    widths = None
    for level in range(_count(tensors, "levels.%d.")):
        path = f"levels.{level}"
        width = shape(first(f"{path}.embed"), [None, None])[0]
        # What comes out of the level before is all of its layers side by side, or the last one.
        if widths and width not in (sum(widths), widths[-1]):
            shape(first(f"{path}.embed"), [sum(widths), None])
        widths = stack(f"{path}.embed", width)
        if any(name.startswith(f"{path}.assign.") for name in tensors):
            stack(f"{path}.assign", width)
    width = None
    for i in range(_count(tensors, "head.%d.")):
        width = shape(f"head.{i}.weight", [width, None])[1]
        shape(f"head.{i}.bias", [width])
