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
converts as well. A name that is missing or left over is a ValueError that names it, and so is a shape that contradicts
those of the other tensors: `shapes.py` has the reasoning.
"""

import re
from dataclasses import dataclass

import numpy as np

from . import shapes

SOURCES = ("pyg", "errica", "authors", "ogb-code2")
"""The models that are known."""

IGNORED = re.compile(r"(^|\.)num_batches_tracked$")
"""Counters of PyTorch's batch norm. They have no counterpart, because the momentum here is a constant."""


@dataclass(frozen=True)
class Entry:
    """One tensor of ours, and the tensors of theirs whose columns it is made of (nearly always one).

    `shape` is that of one of the parts in our layout. A size is a tuple of names of sizes, of which it is the sum.
    """

    ours: str
    theirs: tuple
    shape: tuple
    transposed: bool = False
    zero_if_missing: bool = False

    def own_shape(self):
        return (*self.shape[:-1], self.shape[-1] * len(self.theirs))

    def their_shape(self):
        return self.shape[::-1] if self.transposed else self.shape


class Names:
    """The names of a state dict, as the tables ask for them."""

    def __init__(self, names):
        self.names = set(names)

    def begin(self, prefix):
        """Whether a name begins so."""
        return any(name.startswith(prefix) for name in self.names)

    def count(self, pattern, first=0):
        """How many of the beginnings `pattern % first`, `pattern % (first + 1)`, ... there are, without a gap."""
        count = 0
        while self.begin(pattern % (first + count)):
            count += 1
        return count


def from_torch(source, state):
    """The tensors of this library by their dotted paths, from a state dict."""
    arrays = {name: _array(values) for name, values in state.items() if not IGNORED.search(name)}
    entries = _table(source, Names(arrays))
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


def to_torch(source, tensors, like=None, heads=5):
    """The state dict of the original model, as numpy arrays, from tensors of this library.

    Counters `num_batches_tracked` are added as 0. `like` is a state dict of the model that is to be filled: every name
    and shape is compared with it, and biases that it does not have must be zero. `heads` is the number of heads of
    `ogb-code2`, which the tensors do not tell.
    """
    arrays = {name: _array(values) for name, values in tensors.items()}
    _check_source(source)
    if heads < 1:
        raise ValueError(f"heads is {heads}, but must be at least 1")
    entries = _table(source, _implied(source, Names(arrays), heads))
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
            if name.endswith("running_var"):
                state[name[: -len("running_var")] + "num_batches_tracked"] = np.zeros((), np.int64)
    if like is not None:
        optional = {name for entry in entries if entry.zero_if_missing for name in entry.theirs}
        _compare(state, like, optional)
    return state


def _array(values):
    for method in ("detach", "cpu", "numpy"):
        if not isinstance(values, np.ndarray) and hasattr(values, method):
            values = getattr(values, method)()
    return np.asarray(values)


def _compare(state, like, optional):
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


# The tables.


def _check_source(source):
    if source not in SOURCES:
        raise ValueError(f"source is {source!r}, but must be one of {', '.join(SOURCES)}")


def _table(source, names):
    _check_source(source)
    return {"pyg": _pyg, "errica": _errica, "authors": _authors, "ogb-code2": _ogb_code2}[source](names)


def _linear(ours, theirs, before, after):
    return [
        Entry(f"{ours}.weight", (f"{theirs}.weight",), (before, after), True),
        Entry(f"{ours}.bias", (f"{theirs}.bias",), (after,)),
    ]


def _batch_norm(ours, theirs, width):
    parts = ("weight", "bias", "running_mean", "running_var")
    return [Entry(f"{ours}.{part}", (f"{theirs}.{part}",), (width,)) for part in parts]


def _sage(ours, theirs, before, after):
    return [
        Entry(f"{ours}.weight_rel", (f"{theirs}.lin_rel.weight",), (before, after), True),
        Entry(f"{ours}.weight_root", (f"{theirs}.lin_root.weight",), (before, after), True),
        Entry(f"{ours}.bias", (f"{theirs}.lin_root.bias",), (after,)),
    ]


def _plain(ours, theirs, before, after, zero_if_missing=False):
    """A convolution of one weight, not transposed: that of the authors, and that of PyTorch Geometric up to 1.4."""
    return [
        Entry(f"{ours}.weight", (f"{theirs}.weight",), (before, after)),
        Entry(f"{ours}.bias", (f"{theirs}.bias",), (after,), zero_if_missing=zero_if_missing),
    ]


# Sizes that all stacks of a model share have one name, as they have one key in the configuration.
FEATURES, CLASSES = ("features",), ("classes",)


def _widths(kind, count, last):
    """The names of the widths of the convolutions of a stack."""
    return [(f"{kind}_hidden",)] * (count - 1) + [last]


def _layers(ours, theirs, names, conv, before, last, numbering):
    """Convolutions and norms of a stack, and their widths. `numbering` is how both are named, and the first number."""
    convs, norms, first = numbering
    widths = _widths(ours.rsplit(".", 1)[1], max(names.count(f"{theirs}.{convs}.", first), 1), last)
    entries = []
    for i, after in enumerate(widths):
        entries += conv(f"{ours}.convs.{i}", f"{theirs}.{convs % (i + first)}", before, after)
        before = after
    for i, width in enumerate(widths):
        if names.begin(f"{theirs}.{norms % (i + first)}."):
            entries += _batch_norm(f"{ours}.norms.{i}", f"{theirs}.{norms % (i + first)}", width)
    return entries, widths


def _numbered_stack(ours, theirs, names, conv, before, last):
    """`conv1`, `bn1`, `conv2` ... and perhaps `lin`. Also what comes out: all layers side by side, or that of `lin`."""
    entries, widths = _layers(ours, theirs, names, conv, before, last, ("conv%d", "bn%d", 1))
    if not names.begin(f"{theirs}.lin."):
        return entries, sum(widths, ())
    return entries + _linear(f"{ours}.linear", f"{theirs}.lin", sum(widths, ()), last), last


def _head(layers, before):
    """The head: one linear layer for each of the names of `layers`."""
    entries = []
    for i, theirs in enumerate(layers):
        after = CLASSES if i + 1 == len(layers) else (f"head {i}",)
        entries += _linear(f"head.{i}", theirs, before, after)
        before = after
    return entries


def _numbered_head(names, before):
    return _head([f"lin{i + 1}" for i in range(max(names.count("lin%d.", 1), 1))], before)


OUTPUT = ("embed_output",)


def _clusters(level):
    return (f"clusters {level}",)


def _pyg(names):
    poolings = names.count("gnn%d_pool.", 1)
    entries, width = [], FEATURES
    for level in range(poolings + 1):
        embed, after = _numbered_stack(
            f"levels.{level}.embed", f"gnn{level + 1}_embed", names, _sage, width, OUTPUT)
        entries += embed
        if level < poolings:
            entries += _numbered_stack(
                f"levels.{level}.assign", f"gnn{level + 1}_pool", names, _sage, width, _clusters(level))[0]
        width = after
    return entries + _numbered_head(names, width)


def _errica(names):
    conv = _sage if names.begin("final_embed.conv1.lin_") else _plain
    poolings = names.count("diffpool_layers.%d.")
    entries, width, read = [], FEATURES, ()
    for level in range(poolings + 1):
        theirs = f"diffpool_layers.{level}"
        embed, after = _numbered_stack(
            f"levels.{level}.embed", f"{theirs}.gnn_embed" if level < poolings else "final_embed", names, conv, width,
            OUTPUT)
        entries += embed
        if level < poolings:
            entries += _numbered_stack(
                f"levels.{level}.assign", f"{theirs}.gnn_pool", names, conv, width, _clusters(level))[0]
        width = after
        read += after
    return entries + _numbered_head(names, read)


def _authors_stack(ours, first, block, last, names, before, output):
    layers = [first] + [block % i for i in range(names.count(block + "."))] + [last]
    widths = _widths(ours.rsplit(".", 1)[1], len(layers), output)
    entries = []
    for i, (theirs, after) in enumerate(zip(layers, widths)):
        # Without `--nobias` there is a bias.
        entries += _plain(f"{ours}.convs.{i}", theirs, before, after, zero_if_missing=True)
        before = after
    return entries, sum(widths, ())


def _authors(names):
    entries, width = _authors_stack(
        "levels.0.embed", "conv_first", "conv_block.%d", "conv_last", names, FEATURES, OUTPUT)
    before, read = FEATURES, width
    for level in range(names.count("conv_first_after_pool.%d.")):
        assign, after = _authors_stack(
            f"levels.{level}.assign", f"assign_conv_first_modules.{level}", f"assign_conv_block_modules.{level}.%d",
            f"assign_conv_last_modules.{level}", names, before, _clusters(level))
        entries += assign
        entries += _linear(f"levels.{level}.assign.linear", f"assign_pred_modules.{level}", after, _clusters(level))
        embed, after = _authors_stack(
            f"levels.{level + 1}.embed", f"conv_first_after_pool.{level}", f"conv_block_after_pool.{level}.%d",
            f"conv_last_after_pool.{level}", names, width, OUTPUT)
        entries += embed
        before, width, read = width, after, read + after
    if names.begin("pred_model.weight") or names.begin("pred_model.bias"):
        return entries + _head(["pred_model"], read)
    layers, i = [], 0
    # Every other module of the sequence is an activation.
    while names.begin(f"pred_model.{2 * i}.") or i == 0:
        layers.append(f"pred_model.{2 * i}")
        i += 1
    return entries + _head(layers, read)


def _listed_stack(ours, theirs, names, before, last):
    """`convs.0`, `bns.0`, `convs.1` ..."""
    return _layers(ours, theirs, names, _sage, before, last, ("convs.%d", "bns.%d", 0))[0]


def _ogb_code2(names):
    width, entries = ("embedding_width",), []
    for i, name in enumerate(("type_encoder", "attribute_encoder", "depth_encoder")):
        shape = ((f"embedding_sizes[{i}]",), width)
        entries.append(Entry(f"encoder.tables.{i}.weight", (f"node_encoder.{name}.weight",), shape))
    poolings = names.count("diff_pool_layers.%d.")
    for level in range(poolings):
        theirs = f"diff_pool_layers.{level}"
        entries += _listed_stack(f"levels.{level}.embed", f"{theirs}.gnn_embed", names, width, OUTPUT)
        entries += _listed_stack(f"levels.{level}.assign", f"{theirs}.gnn_pool", names, width, _clusters(level))
        # Only the last layer of a stack counts.
        width = OUTPUT
    entries += _listed_stack(f"levels.{poolings}.embed", "final_gnn", names, width, OUTPUT)
    # One head a position of the sequence there, one linear layer with all of their columns here.
    heads = [f"graph_pred_linear_list.{i}" for i in range(max(names.count("graph_pred_linear_list.%d."), 1))]
    weights, biases = (tuple(f"{head}.{part}" for head in heads) for part in ("weight", "bias"))
    return entries + [
        Entry("head.0.weight", weights, (OUTPUT, CLASSES), True),
        Entry("head.0.bias", biases, (CLASSES,)),
    ]


# The way back: the same tables, asked about a model that has every tensor which ours implies.


def _implied(source, ours, heads):
    """The names of a state dict that would give these tensors, as far as the tables ask for them."""
    poolings = ours.count("levels.%d.assign.")
    layers = max(ours.count("head.%d."), 1)
    # Those of `pyg` and `ogb-code2` always have two weights.
    plain = source == "errica" and not ours.begin("levels.0.embed.convs.0.weight_")
    names = set()

    def numbered(path, theirs):
        for i in range(ours.count(f"{path}.convs.%d.")):
            names.add(f"{theirs}.conv{i + 1}.weight" if plain else f"{theirs}.conv{i + 1}.lin_rel.weight")
        for i in range(ours.count(f"{path}.norms.%d.")):
            names.add(f"{theirs}.bn{i + 1}.weight")
        if ours.begin(f"{path}.linear."):
            names.add(f"{theirs}.lin.weight")

    def blocks(path, pattern):
        for i in range(ours.count(f"{path}.convs.%d.") - 2):
            names.add(f"{pattern}.{i}.weight")

    def listed(path, theirs):
        for i in range(ours.count(f"{path}.convs.%d.")):
            names.add(f"{theirs}.convs.{i}.lin_rel.weight")
        for i in range(ours.count(f"{path}.norms.%d.")):
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
    return Names(names)
