"""Which tensor of a PyTorch model becomes which of ours, as `torch_names.json` says.

The program `diffpool` reads the same file. `docs/python-weights.md` describes its format.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Iterable, Sequence, Tuple

Size = Tuple[str, ...]
"""A size of a tensor: the names of the sizes that it is the sum of."""

Shape = Tuple[Size, ...]
"""The sizes of a tensor."""


@dataclass(frozen=True)
class Entry:
    """One tensor of ours, and the tensors of theirs whose columns it is made of (nearly always one).

    `shape` is that of one of the parts in our layout. A size is a tuple of names of sizes, of which it is the sum.
    """

    ours: str
    theirs: tuple[str, ...]
    shape: Shape
    transposed: bool = False
    zero_if_missing: bool = False

    def own_shape(self) -> Shape:
        return (*self.shape[:-1], self.shape[-1] * len(self.theirs))

    def their_shape(self) -> Shape:
        return self.shape[::-1] if self.transposed else self.shape


class Names:
    """The names of a model's tensors: theirs of a state dict, or ours.

    The tables ask for both sides of each thing, and the side that these names are of answers. Ours do not tell how many
    heads stand side by side, so `heads` comes with them.
    """

    def __init__(self, names: Iterable[str], heads: int | None = None) -> None:
        self.names, self.heads, self.ours = sorted(names), heads, heads is not None

    def begin(self, ours: str, theirs: str) -> bool:
        """Whether a name begins so."""
        prefix = ours if self.ours else theirs
        at = bisect_left(self.names, prefix)
        return at < len(self.names) and self.names[at].startswith(prefix)

    def count(self, ours: str, theirs: str, level: int | None = None) -> int:
        """How many paths that the pattern makes with 0, 1, ... there are, without a gap: levels, or parts of one."""
        count = 0
        while self.begin(*(fill(path, count if level is None else level, count) + "." for path in (ours, theirs))):
            count += 1
        return count


# What stands in the file. A key that is unknown or missing is an error.


@dataclass(frozen=True)
class _Stack:
    convs: list[str]
    norms: str | None = None
    linear: str | None = None
    linear_always: bool = False


@dataclass(frozen=True)
class _Convolution:
    module: str
    if_begin: dict[str, str] | None = None
    configuration: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Stacks:
    embed: _Stack
    assign: _Stack
    first_embed: _Stack | None = None
    last_embed: _Stack | None = None


@dataclass(frozen=True)
class _Head:
    levels_read: str
    layers: str
    only_layer: str | None = None
    side_by_side: bool = False


@dataclass(frozen=True)
class _Source:
    name: str
    about: str
    known_by: str
    poolings: str
    convolutions: list[_Convolution]
    stacks: _Stacks
    layers_read: str
    head: _Head
    tables: Sequence[str] = ()


@dataclass(frozen=True)
class _Part:
    ours: str
    theirs: str
    shape: list[str]
    transposed: bool = False
    zero_if_missing: bool = False


@dataclass(frozen=True)
class Tables:
    """The content of the file: `modules` and `sources` by their names."""

    ours: dict[str, Any]
    counter: dict[str, str]
    modules: dict[str, list[_Part]]
    sources: dict[str, _Source]


def parse(text: str) -> Tables:
    """The tables in the text of the file. What is malformed is a TypeError, a KeyError or a ValueError."""
    content = json.loads(text)
    _check_patterns(content)
    modules = {name: [_Part(**part) for part in parts] for name, parts in content.pop("modules").items()}
    sources = {source["name"]: _source(**source) for source in content.pop("sources")}
    used = {"batch_norm", "linear", "table"}
    used.update(one.module for source in sources.values() for one in source.convolutions)
    _check(used <= set(modules), f"the modules {used} must all be there")
    for part in (part for parts in modules.values() for part in parts):
        _check({"in", "out"} >= set(part.shape), f"{part}: a shape is made of 'in' and 'out'")
    for source in sources.values():
        for stack in filter(None, vars(source.stacks).values()):
            _check(isinstance(stack.linear_always, bool), f"source {source.name!r}: 'linear_always' is true or false")
        read = {source.layers_read, source.head.levels_read}
        _check(read <= {"all", "last"}, f"source {source.name!r}: what is read is 'all' or 'last'")
        last = source.convolutions[-1]
        _check(last.if_begin is None, f"source {source.name!r} has no convolution where no condition is met")
    return Tables(modules=modules, sources=sources, **content)


def _source(convolutions: Any, stacks: Any, head: Any, **rest: Any) -> _Source:
    every = [_Convolution(**one) for one in convolutions]
    made = _Stacks(**{kind: _Stack(**stack) for kind, stack in stacks.items()})
    return _Source(convolutions=every, stacks=made, head=_Head(**head), **rest)


def _check(right: bool, message: str) -> None:
    if not right:
        raise ValueError(message)


def _check_patterns(content: Any) -> None:
    """Checks that nothing is in braces but what has a number."""
    if isinstance(content, str):
        _check(not {"{", "}"} & set(fill(content)), f"{content!r} is no pattern")
    elif isinstance(content, (list, dict)):
        for part in content.values() if isinstance(content, dict) else content:
            _check_patterns(part)


def fill(pattern: str, level: int = 0, i: int = 0) -> str:
    """The path that a pattern makes for the level and the number of the part."""
    numbers = {"level": level, "level+1": level + 1, "level-1": level - 1, "i": i, "i+1": i + 1, "2i": 2 * i}
    for name, number in numbers.items():
        pattern = pattern.replace(f"{{{name}}}", str(number))
    return pattern


TABLES = parse(resources.files("diffpool").joinpath("torch_names.json").read_text("utf-8"))
"""The tables of the package."""

_OURS = TABLES.ours


def table(name: str, names: Names) -> list[Entry]:
    """The entries of a source, which must be known, for a model with these names."""
    source = TABLES.sources[name]
    entries: list[Entry] = []
    width: Size = (_OURS["features"],)
    read: Size = ()
    for i, theirs in enumerate(source.tables):
        own, width = _OURS["tables"], (_OURS["tables"]["columns"],)
        entries += _module("table", fill(own["path"], i=i), [theirs], (fill(own["rows"], i=i),), width)
    poolings = names.count(_OURS["assign"]["path"], source.poolings)
    for level in range(poolings + 1):
        first = source.stacks.first_embed if level == 0 else None
        last = source.stacks.last_embed if level == poolings else None
        embed, after = _stack(source, _OURS["embed"], first or last or source.stacks.embed, names, level, width)
        entries += embed
        if level < poolings:
            entries += _stack(source, _OURS["assign"], source.stacks.assign, names, level, width)[0]
        width = after
        read = read + after if source.head.levels_read == "all" else after
    return entries + _head(source.head, names, read)


def _module(module: str, ours: str, theirs: Sequence[str], before: Size, after: Size) -> list[Entry]:
    """The tensors of a module that reads `before` columns and gives `after`. Its parts are side by side."""
    sizes = {"in": before, "out": after}
    return [
        Entry(
            f"{ours}.{part.ours}", tuple(f"{path}.{part.theirs}" for path in theirs),
            tuple(sizes[size] for size in part.shape), part.transposed, part.zero_if_missing)
        for part in TABLES.modules[module]
    ]


def _stack(
    source: _Source, own: dict[str, str], stack: _Stack, names: Names, level: int, before: Size
) -> tuple[list[Entry], Size]:
    """The tensors of a stack, and what comes out of it."""
    ours = fill(own["path"], level)
    last: Size = (fill(own["output"], level),)
    theirs = _conv_paths(stack, names, ours, level)
    widths = [(own["hidden"],)] * (len(theirs) - 1) + [last]
    conv = next(one.module for one in source.convolutions if one.if_begin is None or names.begin(**one.if_begin))
    entries: list[Entry] = []
    for i, (path, after) in enumerate(zip(theirs, widths)):
        entries += _module(conv, fill(f"{ours}.{_OURS['convs']}", i=i), [path], before, after)
        before = after
    for i, width in enumerate(widths):
        if stack.norms is None:
            break
        norm, path = fill(f"{ours}.{_OURS['norms']}", i=i), fill(stack.norms, level, i)
        if names.begin(f"{norm}.", f"{path}."):
            entries += _module("batch_norm", norm, [path], width, width)
    after = sum(widths, ()) if source.layers_read == "all" else last
    if stack.linear is not None:
        linear, path = f"{ours}.{_OURS['linear']}", fill(stack.linear, level)
        if stack.linear_always or names.begin(f"{linear}.", f"{path}."):
            return entries + _module("linear", linear, [path], after, last), last
    return entries, after


def _conv_paths(stack: _Stack, names: Names, ours: str, level: int) -> list[str]:
    """Their paths of the convolutions: those that are always there, and as many of the others as there are."""
    repeated = [fill(path, level, 0) != fill(path, level, 1) for path in stack.convs]
    fixed = repeated.count(False)
    paths: list[str] = []
    for path, many in zip(stack.convs, repeated):
        count = names.count(f"{ours}.{_OURS['convs']}", path, level) - names.ours * fixed if many else 1
        paths += [fill(path, level, i) for i in range(max(count, fixed == 0))]
    return paths


def _head(head: _Head, names: Names, before: Size) -> list[Entry]:
    """The tensors of the head, which reads `before`."""
    own = _OURS["head"]
    output = (own["output"],)
    count = max(names.count(own["path"], head.layers), 1)
    if head.side_by_side:
        # One head a position of the sequence there, one linear layer with all of their columns here.
        theirs = [fill(head.layers, i=i) for i in range(names.heads or count)]
        return _module("linear", fill(own["path"], i=0), theirs, before, output)
    theirs = [fill(head.layers, i=i) for i in range(count)]
    if head.only_layer is not None:
        parts = [part.theirs for part in TABLES.modules["linear"]]
        if count == 1 if names.ours else any(names.begin("", f"{head.only_layer}.{part}") for part in parts):
            theirs = [head.only_layer]
    entries: list[Entry] = []
    for i, path in enumerate(theirs):
        after: Size = output if i + 1 == len(theirs) else (fill(own["hidden"], i=i),)
        entries += _module("linear", fill(own["path"], i=i), [path], before, after)
        before = after
    return entries
