"""Data sets: many graphs with their classes and other targets, in memory or mapped from a file."""

from __future__ import annotations

import ctypes
import json
import os
import tempfile
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Sequence, overload

import numpy as np

from . import _arrays, _batch, graph as graphs_module
from ._arrays import Array, address
from ._library import ALL, Handle, PathLike, call, decoded, encoded, lib, strings, text
from .control import Control, Watched
from .graph import Graph
from .split import Split

_DIRECTED = 1


class Dataset:
    """A list of graphs that all have the same: features, labels, targets or a class.

    - `graphs`: of `Graph`, or anything that `interop.graph` takes, such as PyTorch Geometric's `Data`
    - `directed`: whether edges keep their direction; else an edge may be given either way or both ways
    - `class_names`: the names of the classes; by default those that the graphs have as `y`, sorted, or none

    `data[3]` is a graph; a slice, a list of numbers or a mask makes a data set of some graphs, which are copied.

    >>> ring = Graph([[0, 1, 2], [1, 2, 0]], y="ring")
    >>> path = Graph([[0, 1], [1, 2]], y="path")
    >>> data = Dataset([ring, path, ring])
    >>> data
    Dataset(name='graphs', graphs=3, nodes=9, features=0, classes=['path', 'ring'])
    >>> data[0].y, data[1:].class_names
    (1, ['path', 'ring'])
    """

    def __init__(
        self,
        graphs: Iterable[Any] = (),
        *,
        name: str = "graphs",
        directed: bool = False,
        class_names: Sequence[str] | None = None,
    ) -> None:
        self._use(Handle("dataset", lib.diffpool_dataset_new, encoded(name, "name"), _DIRECTED * bool(directed)))
        if class_names is not None:
            self.set_class_names(class_names)
        self.extend(graphs)

    def _use(self, handle: Handle, path: str | None = None) -> None:
        self._handle = handle
        self._path = path
        self._scratch: list[Handle] = []

    @classmethod
    def _of(cls, handle: Handle, path: str | None = None) -> Dataset:
        made = cls.__new__(cls)
        made._use(handle, path)
        return made

    # Where data sets come from.

    @classmethod
    def load(
        cls, path: PathLike, format: str | None = None, *, control: Control | None = None, **options: Any
    ) -> Dataset:
        """Reads a data set: a folder in TU format ("tu") or of the Open Graph Benchmark ("ogb"), a file of JSON lines
        ("jsonl"), or one that `save` wrote ("file"), which is mapped. Without `format` it is what it looks like.

        `options` are those of the format, such as `directed`, `drop_self_loops`, `split` or `edge_data`; the header of
        `diffpool_dataset_load` lists them.
        """
        kind = _format(path) if format is None else format
        if kind == "file":
            if options:
                raise ValueError(f"the option {next(iter(options))!r} is not for files of this library")
            return cls.open(path, control=control)
        chosen = json.dumps(options).encode() if options else None
        with Watched(control) as watched:
            return cls._of(
                Handle(
                    "dataset",
                    lib.diffpool_dataset_load,
                    encoded(path, "path"),
                    encoded(kind, "format"),
                    chosen,
                    watched.ptr,
                )
            )

    @classmethod
    def open(cls, path: PathLike, *, control: Control | None = None) -> Dataset:
        """Opens a file that `save` or `write` wrote. Its graphs are mapped and not read into memory; no graph can be
        added to it. The file must not be changed in place while it is open.
        """
        with Watched(control) as watched:
            handle = Handle("dataset", lib.diffpool_dataset_open, encoded(path, "path"), watched.ptr)
        return cls._of(handle, os.path.abspath(os.fspath(path)))

    @classmethod
    def synthetic(cls, kind: str = "ba", graphs: int = 200, seed: int = 0) -> Dataset:
        """A benchmark that the library makes up: "ba", "hierarchy", "syntax_trees" or a kind of docs/structure.md.

        >>> len(Dataset.synthetic("ba", 30))
        30
        """
        return cls._of(Handle("dataset", lib.diffpool_dataset_synthetic, encoded(kind, "kind"), graphs, seed))

    @classmethod
    def from_jsonl(cls, lines: str | bytes, name: str | None = None, directed: bool = False) -> Dataset:
        """Reads JSON lines from memory.

        >>> Dataset.from_jsonl('{"nodes": 3, "edges": [[0, 1], [1, 2]], "class": "path"}').class_names
        ['path']
        """
        content = lines.encode() if isinstance(lines, str) else bytes(lines)
        called = None if name is None else encoded(name, "name")
        function = lib.diffpool_dataset_parse_jsonl
        return cls._of(Handle("dataset", function, content, len(content), called, _DIRECTED * bool(directed)))

    @classmethod
    def from_pyg(cls, data: Any, *, directed: bool | None = None, name: str | None = None, **options: Any) -> Dataset:
        """Takes a `Batch`, an `InMemoryDataset` such as `TUDataset`, or a list of `Data` of PyTorch Geometric in one
        call. `directed=None` finds out whether every edge is there both ways. `interop.pyg_batch` says what becomes of
        what, and has the `options`.
        """
        from . import interop

        batch, both_ways = interop.pyg_batch(data, **options)
        called = name or getattr(data, "name", None) or "graphs"
        made = cls(name=called, directed=not both_ways if directed is None else directed)
        made._add_batch(batch)
        return made

    @classmethod
    def write(
        cls,
        path: PathLike,
        graphs: Iterable[Any],
        *,
        name: str = "graphs",
        directed: bool = False,
        class_names: Sequence[str] | None = None,
    ) -> Dataset:
        """Writes graphs to a file one by one, from a generator for sets that are larger than memory, and opens it.

        Names of classes must be given here where the graphs have them as `y`. Where the generator fails, a file that
        was there stays as it is.
        """
        flags = _DIRECTED * bool(directed)
        handle = Handle(
            "dataset_writer", lib.diffpool_dataset_writer_new, encoded(path, "path"), encoded(name, "name"), flags
        )
        names = None
        if class_names is not None:
            names = {each: i for i, each in enumerate(class_names)}
            array = strings(list(class_names), "class_names")
            call(lib.diffpool_dataset_writer_set_class_names, handle, array, len(array))
        scratch = Handle("graph", lib.diffpool_graph_new)
        for graph in graphs:
            graphs_module.fill(_graph(graph), scratch, names)
            call(lib.diffpool_dataset_writer_add, handle, scratch)
        call(lib.diffpool_dataset_writer_finish, handle)
        return cls.open(path)

    # What is done with them.

    def add(self, graph: Any) -> None:
        """Adds one graph."""
        self.extend([graph])

    def extend(self, graphs: Iterable[Any]) -> None:
        """Adds graphs, or those of another data set; all of them or none."""
        if isinstance(graphs, Dataset):
            call(lib.diffpool_dataset_append, self._handle, graphs._handle)
            return
        every = [_graph(graph) for graph in graphs]
        if not every:
            return
        names = self._names_for(every)
        batch = _batch.gather(every, names)
        if batch is not None:
            self._add_batch(batch)
            return
        # Into a data set of the same kind first, so that a graph that is refused leaves this one as it was.
        made = self.subset([])
        with _borrowed(self) as scratch:
            for i, graph in enumerate(every):
                try:
                    graphs_module.fill(graph, scratch, names)
                    call(lib.diffpool_dataset_add, made._handle, scratch)
                except ValueError as error:
                    if hasattr(error, "message"):
                        error.message = f"graph {i}: {error.message}"
                    raise
        call(lib.diffpool_dataset_append, self._handle, made._handle)

    def _names_for(self, graphs: Sequence[Graph]) -> dict[str, int]:
        names = {name: i for i, name in enumerate(self.class_names)}
        found = {graph.class_index for graph in graphs if isinstance(graph.class_index, str)} - set(names)
        if found and not names and len(self) == 0:
            self.set_class_names(sorted(found))
            names = {name: i for i, name in enumerate(sorted(found))}
        return names

    def _add_batch(self, batch: _batch.Batch) -> None:
        with _borrowed(self) as scratch:
            graphs_module.fill(batch.graph, scratch)
            offsets, classes = batch.node_offsets, batch.classes
            call(
                lib.diffpool_dataset_add_batch,
                self._handle,
                scratch,
                address(offsets),
                len(offsets),
                None if classes is None else address(classes),
            )

    def subset(self, indices: Any) -> Dataset:
        """A data set of some graphs, in the order of their numbers or by a mask. A graph may be named more than
        once.
        """
        chosen = _arrays.indices(indices, len(self))
        return self._of(Handle("dataset", lib.diffpool_dataset_subset, self._handle, address(chosen), len(chosen)))

    def filter(self, keep: Callable[[Graph], object]) -> Dataset:
        """The graphs that a function says yes to.

        >>> len(Dataset.synthetic("ba", 20).filter(lambda graph: graph.y == 0))
        10
        """
        return self.subset([i for i, graph in enumerate(self) if keep(graph)])

    def split(self, test: float = 0.1, validation: float = 0.0, seed: int = 0) -> Split:
        """Which graphs to train on, to watch and to keep back, stratified by class; see `Split.holdout`."""
        return Split.holdout(self, test, validation, seed)

    def folds(self, folds: int = 10, validation: float = 0.0, seed: int = 0) -> Iterator[Split]:
        """The splits of a k-fold cross-validation, one after the other."""
        return (Split.k_fold(self, folds, fold, validation, seed) for fold in range(folds))

    def __len__(self) -> int:
        return int(lib.diffpool_dataset_graph_count(self._handle))

    @overload
    def __getitem__(self, index: int) -> Graph: ...

    @overload
    def __getitem__(self, index: Any) -> Graph | Dataset: ...

    def __getitem__(self, index: Any) -> Graph | Dataset:
        if isinstance(index, slice):
            return self.subset(np.arange(len(self))[index])
        if not isinstance(index, (int, np.integer)) or isinstance(index, bool):
            return self.subset(index)
        count = len(self)
        if not -count <= index < count:
            raise IndexError(f"there is no graph {index}: there are {count}")
        with _borrowed(self) as scratch:
            call(lib.diffpool_dataset_get, self._handle, int(index) % count, scratch)
            return graphs_module.taken(scratch)

    def __iter__(self) -> Iterator[Graph]:
        return (self[i] for i in range(len(self)))

    def save(self, path: PathLike) -> None:
        """Writes a file that `load` reads: JSON lines where the name ends in .jsonl or .jsonl.gz, else a file of this
        library, which is mapped when it is opened. A file that is there is replaced in one step.
        """
        lines = os.fspath(path).endswith((".jsonl", ".jsonl.gz"))
        function = lib.diffpool_dataset_save_jsonl if lines else lib.diffpool_dataset_save
        call(function, self._handle, encoded(path, "path"))

    def save_tu(self, folder: PathLike) -> None:
        """Writes a folder in TU format, which must not be there yet or be empty."""
        call(lib.diffpool_dataset_save_tu, self._handle, encoded(folder, "folder"))

    def save_ogb(self, folder: PathLike, split: Split | None = None) -> None:
        """Writes a folder of the Open Graph Benchmark in its raw form, with a split where one is given."""
        handle = None if split is None else split._handle()
        call(lib.diffpool_dataset_save_ogb, self._handle, encoded(folder, "folder"), handle)

    # What there is.

    def summary(self) -> dict[str, Any]:
        """What there is in the data set, as `diffpool_dataset_summary_json` describes it: sizes, labels, classes.

        >>> Dataset.synthetic("ba", 20).summary()["classes"]
        [{'name': 'one community', 'graphs': 10}, {'name': 'two communities', 'graphs': 10}]
        """
        found: dict[str, Any] = json.loads(text(lib.diffpool_dataset_summary_json, self._handle))
        return found

    @property
    def name(self) -> str:
        """The name that the data set was given, or that of its folder."""
        return decoded(lib.diffpool_dataset_name(self._handle)) or ""

    @property
    def directed(self) -> bool:
        """Whether edges keep their direction."""
        if not hasattr(self, "_directed"):
            self._directed = bool(self.subset([]).summary()["directed"])
        return self._directed

    @property
    def num_classes(self) -> int:
        """The number of classes, or of words of sequences."""
        return int(lib.diffpool_dataset_class_count(self._handle))

    @property
    def class_names(self) -> list[str]:
        """The names of the classes; empty where they have none."""
        names = (lib.diffpool_dataset_class_name(self._handle, i) for i in range(self.num_classes))
        return [name.decode() for name in names if name is not None]

    @property
    def num_features(self) -> int:
        """The number of features that every node has."""
        return int(lib.diffpool_dataset_feature_count(self._handle))

    @property
    def num_nodes(self) -> int:
        """The number of nodes of all graphs together."""
        return int(lib.diffpool_dataset_node_count(self._handle))

    @property
    def num_targets(self) -> int:
        """The number of targets of every graph."""
        return int(lib.diffpool_dataset_target_count(self._handle))

    @property
    def weights(self) -> Array:
        """How much each graph counts in the loss, `[graphs]` of float32. Setting it gives every graph a weight; None
        takes them away.
        """
        values = np.empty(len(self), np.float32)
        call(lib.diffpool_dataset_copy_graph_weights, self._handle, address(values), len(values), None)
        return values

    @weights.setter
    def weights(self, values: Any) -> None:
        given = np.empty(0, np.float32)
        if values is not None:
            given = np.ascontiguousarray(_arrays.floats(values, "weights", 1), np.float32)
        call(lib.diffpool_dataset_set_graph_weights, self._handle, address(given) if given.size else None, len(given))

    def set_class_names(self, names: Sequence[str]) -> None:
        """Names the classes, from 0 on."""
        array = strings(list(names), "class_names")
        call(lib.diffpool_dataset_set_class_names, self._handle, array, len(array))

    def set_feature_names(self, names: Sequence[str]) -> None:
        """Names the features of a node; they go with the data set and with the model that is trained on it."""
        array = strings(list(names), "feature_names")
        call(lib.diffpool_dataset_set_feature_names, self._handle, array, len(array))

    def set_names(self, names: dict[str, Any]) -> None:
        """Names columns, labels and categories, as `diffpool_dataset_set_names_json` takes them."""
        call(lib.diffpool_dataset_set_names_json, self._handle, json.dumps(names).encode())

    def set_ids(self, ids: Sequence[str | None]) -> None:
        """Gives every graph an id; None for none."""
        array = (ctypes.c_char_p * len(ids))(*(None if each is None else encoded(each, "id") for each in ids))
        call(lib.diffpool_dataset_set_ids, self._handle, array, len(array))

    def set_targets(self, targets: Any) -> None:
        """Gives every graph the numbers to predict, `[graphs, T]`; NaN where one is missing."""
        values = np.ascontiguousarray(_arrays.floats(targets, "targets", 2), np.float32)
        call(lib.diffpool_dataset_set_targets, self._handle, address(values), *values.shape)

    def set_vocabulary(self, words: Sequence[str] | int, length: int) -> None:
        """Says, before the first graph, that all will have `words` out of a vocabulary, given by its words or by their
        number, of which a model predicts the first `length`.
        """
        array = None if isinstance(words, int) else strings(list(words), "words")
        count = words if isinstance(words, int) else len(words)
        call(lib.diffpool_dataset_set_vocabulary, self._handle, array, count, length)

    def use_attributes_as_targets(self) -> None:
        """Makes the attributes of the graphs, such as a TU folder has, what is to be predicted."""
        call(lib.diffpool_dataset_use_graph_attributes_as_targets, self._handle)

    def __repr__(self) -> str:
        parts = [
            f"name={self.name!r}",
            f"graphs={len(self)}",
            f"nodes={self.num_nodes}",
            f"features={self.num_features}",
        ]
        if self.num_classes:
            names = self.class_names
            parts.append(f"classes={names if 0 < len(names) <= 10 else self.num_classes}")
        if self.num_targets:
            parts.append(f"targets={self.num_targets}")
        return f"Dataset({', '.join(parts)})"

    def __copy__(self) -> Dataset:
        return self._of(Handle("dataset", lib.diffpool_dataset_subset, self._handle, None, ALL))

    def __deepcopy__(self, memo: Any) -> Dataset:
        return self.__copy__()

    def __reduce__(self) -> Any:
        # A mapped file is opened again by its name: the graphs do not travel.
        if self._path is not None:
            return Dataset.open, (self._path,)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "dataset")
            self.save(path)
            return _restored, (path.read_bytes(),)


def _restored(content: bytes) -> Dataset:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "dataset")
        path.write_bytes(content)
        mapped = Dataset.open(path)
        made = mapped.__copy__()
        del mapped
        return made


class _borrowed:
    """A graph of the library for one call: data sets keep some, and every thread that asks gets another."""

    def __init__(self, owner: Dataset) -> None:
        self._pool = owner._scratch

    def __enter__(self) -> Handle:
        try:
            self._graph = self._pool.pop()
        except IndexError:
            self._graph = Handle("graph", lib.diffpool_graph_new)
        return self._graph

    def __exit__(self, *_: object) -> None:
        self._pool.append(self._graph)


def _graph(value: Any) -> Graph:
    if isinstance(value, Graph):
        return value
    from . import interop

    return interop.graph(value)


def _format(path: PathLike) -> str:
    """What a path looks like, as the names of the formats are."""
    found = Path(path)
    if found.is_dir():
        tu = any(found.glob("*_graph_indicator.txt"))
        return "tu" if tu or not (found / "raw").is_dir() and not (found / "mapping").is_dir() else "ogb"
    return "jsonl" if found.name.endswith((".jsonl", ".jsonl.gz", ".ndjson", ".json")) else "file"
