"""Models: loaded, saved, described, and asked for what they make of graphs."""

from __future__ import annotations

import ctypes
import json
from typing import Any, Iterator, MutableMapping, NamedTuple

import numpy as np

from . import _arrays, interop
from ._arrays import Array, address
from ._library import ALL, Handle, PathLike, call, decoded, encoded, lib, text
from ._predict import Context, Engine
from .config import Config
from .control import Control, Watched
from .dataset import Dataset
from .evaluation import Evaluation
from .explain import Explanation, explain
from .graph import Graph
from .split import Split


class Predictions(NamedTuple):
    """What a model makes of graphs, a row a graph.

    - `predictions`: as `Model.predict` gives them
    - `probabilities`, `logits`: `[graphs, outputs]`; a regression has no probabilities
    - `embeddings`: `[graphs, width]`
    """

    predictions: Array
    probabilities: Array
    logits: Array
    embeddings: Array


class Level(NamedTuple):
    """What pooling made of a graph at one level.

    - `assignment`: `[nodes, clusters]`, from the second level on `[clusters before, clusters]`; every row sums to 1
    - `x`: `[clusters, features]`, the pooled features
    - `adjacency`: `[clusters, clusters]`, the pooled adjacency matrix, the sum over the relations
    """

    assignment: Array
    x: Array
    adjacency: Array


class Model:
    """A trained model. Any number of threads may use it at once; it goes through pickle, and into forked processes.

    >>> from diffpool import Config, Trainer
    >>> data = Dataset.synthetic("ba", 40)
    >>> trainer = Trainer(Config(epochs=2), data)
    >>> model = trainer.fit().model()
    >>> model.predict(data).shape, model.predict_proba(data[0]).shape
    ((40,), (2,))
    """

    def __init__(self, path: PathLike) -> None:
        self._use(Handle("model", lib.diffpool_model_load, encoded(path, "path")))

    def _use(self, handle: Handle) -> None:
        self._handle = handle
        self._engine = Engine(handle)
        self._task = decoded(lib.diffpool_model_task(handle)) or ""
        self._names = [
            lib.diffpool_model_class_name(handle, i).decode() for i in range(lib.diffpool_model_class_count(handle))
        ]

    @classmethod
    def _of(cls, handle: Handle) -> Model:
        made = cls.__new__(cls)
        made._use(handle)
        return made

    # Where models come from, and where they go.

    @classmethod
    def load(cls, path: PathLike) -> Model:
        """Loads a model from a file."""
        return cls(path)

    @classmethod
    def from_bytes(cls, content: bytes) -> Model:
        """Loads a model from the bytes of a model file."""
        given = bytes(content)
        return cls._of(Handle("model", lib.diffpool_model_from_bytes, given, len(given)))

    @classmethod
    def new(cls, config: Config, data: Dataset, split: Split | None = None) -> Model:
        """A model with fresh weights for the graphs of a data set, or for those to train on of a split."""
        handle = None if split is None else split._handle()
        return cls._of(Handle("model", lib.diffpool_model_new, config._handle, data._handle, handle))

    @staticmethod
    def peek(path: PathLike) -> dict[str, Any]:
        """What the header of a model file says, without reading the weights: "schema", "config", "metadata" and so
        on.
        """
        found: dict[str, Any] = json.loads(text(lib.diffpool_model_peek_json, encoded(path, "path")))
        return found

    def save(self, path: PathLike) -> None:
        """Saves the model to a file. One that is there is replaced in one step."""
        call(lib.diffpool_model_save, self._handle, encoded(path, "path"))

    def to_bytes(self) -> bytes:
        """The bytes of the model's file."""
        begin, length = ctypes.c_void_p(), ctypes.c_size_t()
        call(lib.diffpool_model_to_bytes, self._handle, ctypes.byref(begin), ctypes.byref(length))
        try:
            return ctypes.string_at(begin.value or 0, length.value)
        finally:
            lib.diffpool_bytes_free(begin)

    def clone(self) -> Model:
        """A second model with the same weights, which can be changed without changing the first."""
        return self._of(Handle("model", lib.diffpool_model_clone, self._handle))

    # Predictions.

    def predict(self, graphs: Any, *, refused: str = "raise", control: Control | None = None) -> Any:
        """What the model predicts, of one graph or of many.

        `graphs` is a `Graph`, a `Dataset`, a list, or what PyTorch Geometric, DGL, networkx, scipy, igraph or RDKit
        have. Of many graphs it is an array of int64, `[graphs]`, the class of each (`class_names` has their names); of
        a model with several targets `[graphs, T]`; a regression predicts float32. Of one graph it is a number or a row.

        A graph that the model does not take is an error that names it; with `refused="skip"` it becomes -1 or NaN, and
        a `DiffPoolWarning`.
        """
        if type(graphs) is not Graph:
            graphs = interop.graphs(graphs)
        if type(graphs) is not Graph:
            values = self._engine.many(graphs, ("predictions",), refused, control)["predictions"]
            return values[:, 0] if self.num_targets == 1 else values
        engine, task = self._engine, self._task
        context = engine.take()
        try:
            context.predict(graphs, control)
            if task in ("multiclass", "binary"):
                return context.predicted_class()
            if task == "regression":
                values = context.vector(lib.diffpool_session_copy_logits, np.float32, engine.sizes.outputs)
                return float(values[0]) if self.num_targets == 1 else values
            return context.vector(lib.diffpool_session_copy_predictions, np.uintp).astype(np.int64)
        finally:
            engine.give(context)

    def predict_proba(self, graphs: Any, *, refused: str = "raise", control: Control | None = None) -> Array:
        """Probabilities, float32: of many graphs `[graphs, outputs]`, of one `[outputs]`. A "multiclass" model has one
        a class, "binary" and "multilabel" have one a label, that it is 1.
        """
        return self._numbers(graphs, "probabilities", self._engine.sizes.outputs, refused, control)

    def logits(self, graphs: Any, *, refused: str = "raise", control: Control | None = None) -> Array:
        """Logits, float32: of many graphs `[graphs, outputs]`, of one `[outputs]`."""
        return self._numbers(graphs, "logits", self._engine.sizes.outputs, refused, control)

    def embed(self, graphs: Any, *, refused: str = "raise", control: Control | None = None) -> Array:
        """The vector that the last layers see, float32: of many graphs `[graphs, width]`, of one `[width]`."""
        return self._numbers(graphs, "embeddings", self._engine.sizes.embedding, refused, control)

    def _numbers(self, graphs: Any, name: str, width: int, refused: str, control: Control | None) -> Array:
        if type(graphs) is not Graph:
            graphs = interop.graphs(graphs)
        if type(graphs) is not Graph:
            return self._engine.many(graphs, (name,), refused, control)[name]
        context = self._engine.take()
        try:
            context.predict(graphs, control)
            function = {
                "probabilities": lib.diffpool_session_copy_probabilities,
                "logits": lib.diffpool_session_copy_logits,
                "embeddings": lib.diffpool_session_copy_embedding,
            }[name]
            return context.vector(function, np.float32, width)
        finally:
            self._engine.give(context)

    def run(self, graphs: Any, *, refused: str = "raise", control: Control | None = None) -> Predictions:
        """All that the model says of many graphs, in one pass."""
        many = interop.graphs(graphs)
        if isinstance(many, Graph):
            many = [many]
        found = self._engine.many(many, Predictions._fields, refused, control)
        if self.num_targets == 1:
            found["predictions"] = found["predictions"][:, 0]
        return Predictions(**found)

    def check(self, graph: Any) -> None:
        """Whether the model would take a graph: an error, as a prediction's, names what is wrong."""
        context = self._engine.take()
        try:
            context.check(interop.graph(graph), self._handle)
        finally:
            self._engine.give(context)

    def assignments(self, graph: Any) -> list[Array]:
        """The assignment matrix of every pooling level, float32 `[nodes, clusters]`: how nodes go to clusters."""
        return [level.assignment for level in self.levels(graph)]

    def levels(self, graph: Any) -> list[Level]:
        """What pooling made of a graph, level by level."""
        context = self._engine.take()
        try:
            context.predict(interop.graph(graph), None)
            return [_level(context, level) for level in range(self.num_levels)]
        finally:
            self._engine.give(context)

    def importance(self, graph: Any, logit: int | None = None) -> Array:
        """How much each node adds to a logit, float32 `[nodes]`: its features times the gradient. By default it is that
        of the predicted class, or the first.
        """
        context = self._engine.take()
        try:
            context.predict(interop.graph(graph), None)
            if logit is None:
                logit = context.predicted_class() if self._task == "multiclass" else 0
            nodes = lib.diffpool_session_node_count(context.session)
            values = np.empty(nodes, np.float32)
            context.call(
                lib.diffpool_session_copy_node_importance, context.session, logit, address(values), nodes, None
            )
            return values
        finally:
            self._engine.give(context)

    def evaluate(self, data: Dataset, indices: Any = None, *, control: Control | None = None) -> Evaluation:
        """How well the model does on the graphs of a data set, or on those with some numbers, such as `split.test`."""
        begin, length, _kept = _chosen(data, indices)
        with Watched(control) as watched:
            return self._engine.with_predictor(
                lambda ptr: Evaluation(
                    Handle("evaluation", lib.diffpool_predictor_evaluate, ptr, data._handle, begin, length, watched.ptr)
                )
            )

    def calibrate(self, data: Dataset, indices: Any = None, *, control: Control | None = None) -> Model:
        """A model whose probabilities fit graphs that it was not trained on; what it predicts stays."""
        begin, length, _kept = _chosen(data, indices)
        with Watched(control) as watched:
            return self._engine.with_predictor(
                lambda ptr: self._of(
                    Handle("model", lib.diffpool_predictor_calibrate, ptr, data._handle, begin, length, watched.ptr)
                )
            )

    def explain(self, graph: Any) -> Explanation:
        """The page that the program `diffpool explain` draws of a graph: the clusters of every level, the assignment
        matrices, and which nodes mattered. It shows itself in a notebook, and `save` writes it.
        """
        return explain(self, interop.graph(graph))

    # What a model is.

    @property
    def threads(self) -> int:
        """How many threads predict many graphs; 0 is one a core."""
        return self._engine.threads

    @threads.setter
    def threads(self, threads: int) -> None:
        if not 0 <= threads <= 1024:
            raise ValueError(f"threads is {threads}, but must be from 0 to 1024")
        self._engine.threads = threads

    @property
    def task(self) -> str:
        """What is predicted: "multiclass", "binary", "multilabel", "regression" or "sequence"."""
        return self._task

    @property
    def class_names(self) -> list[str]:
        """The names of the classes, or the words of the vocabulary."""
        return list(self._names)

    @property
    def num_classes(self) -> int:
        """The number of classes that a target is one of."""
        return len(self._names)

    @property
    def num_targets(self) -> int:
        """The number of targets of a graph."""
        return self._engine.sizes.targets

    @property
    def num_features(self) -> int:
        """The number of features that every node must come with; 0 where the model does not use them."""
        return int(lib.diffpool_model_feature_count(self._handle))

    @property
    def num_levels(self) -> int:
        """The number of pooling levels."""
        return int(lib.diffpool_model_level_count(self._handle))

    @property
    def num_parameters(self) -> int:
        """The number of trained parameters."""
        return int(lib.diffpool_model_parameter_count(self._handle))

    @property
    def config(self) -> Config:
        """What the model looks like and how it was trained."""
        return Config._of(Handle("config", lib.diffpool_model_config, self._handle))

    @property
    def schema(self) -> dict[str, Any]:
        """What the model expects of a graph, as `diffpool_model_schema_json` describes it."""
        found: dict[str, Any] = json.loads(text(lib.diffpool_model_schema_json, self._handle))
        return found

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of all that determines predictions, 64 hexadecimal digits: equal models have equal ones."""
        return decoded(lib.diffpool_model_fingerprint(self._handle)) or ""

    @property
    def metadata(self) -> MutableMapping[str, str]:
        """What is written down with the model; keys that begin with "diffpool." are written by training."""
        return _Metadata(self)

    @property
    def tensors(self) -> dict[str, Array]:
        """All weights by name, copied; `set_tensor` replaces one."""
        found = {}
        names = (
            lib.diffpool_model_tensor_name(self._handle, i)
            for i in range(lib.diffpool_model_tensor_count(self._handle))
        )
        needed = ctypes.c_size_t()
        for name in names:
            call(lib.diffpool_model_copy_tensor_shape, self._handle, name, None, 0, ctypes.byref(needed))
            shape = np.empty(needed.value, np.uintp)
            call(lib.diffpool_model_copy_tensor_shape, self._handle, name, address(shape), len(shape), None)
            values = np.empty(tuple(int(size) for size in shape), np.float32)
            call(lib.diffpool_model_copy_tensor, self._handle, name, address(values), values.size, None)
            found[name.decode()] = values
        return found

    def set_tensor(self, name: str, values: Any) -> None:
        """Replaces the values of a tensor."""
        given = np.ascontiguousarray(_arrays.array(values, name), np.float32)
        self._engine.release()
        call(lib.diffpool_model_set_tensor, self._handle, encoded(name, "name"), address(given), given.size)

    def summary(self) -> str:
        """The model in a few lines: levels, layers, sizes, number of parameters."""
        return text(lib.diffpool_model_summary_text, self._handle)

    def __repr__(self) -> str:
        what = f"classes={self._names if len(self._names) <= 10 else len(self._names)}"
        if not self._names:
            what = f"targets={self.num_targets}"
        return f"Model({self._task!r}, {what}, levels={self.num_levels}, parameters={self.num_parameters})"

    def __copy__(self) -> Model:
        return self.clone()

    def __deepcopy__(self, memo: Any) -> Model:
        return self.clone()

    def __reduce__(self) -> Any:
        return Model.from_bytes, (self.to_bytes(),)


class _Metadata(MutableMapping[str, str]):
    """The metadata of a model, read and written through."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __getitem__(self, key: str) -> str:
        value = lib.diffpool_model_metadata(self._model._handle, encoded(key, "key"))
        if value is None:
            raise KeyError(key)
        return str(value.decode())

    def __setitem__(self, key: str, value: str) -> None:
        # A model with a session cannot be changed.
        self._model._engine.release()
        call(lib.diffpool_model_set_metadata, self._model._handle, encoded(key, "key"), encoded(value, "value"))

    def __delitem__(self, key: str) -> None:
        self[key]
        self._model._engine.release()
        call(lib.diffpool_model_set_metadata, self._model._handle, encoded(key, "key"), None)

    def __iter__(self) -> Iterator[str]:
        ptr = self._model._handle
        keys = [lib.diffpool_model_metadata_key(ptr, i) for i in range(len(self))]
        return iter([key.decode() for key in keys])

    def __len__(self) -> int:
        return int(lib.diffpool_model_metadata_count(self._model._handle))

    def __repr__(self) -> str:
        return repr(dict(self))


def _level(context: Context, level: int) -> Level:
    rows, columns = ctypes.c_size_t(), ctypes.c_size_t()
    ptr, call = context.session, context.call
    matrices = []
    for function in (lib.diffpool_session_copy_assignment, lib.diffpool_session_copy_pooled_x):
        call(function, ptr, level, None, 0, ctypes.byref(rows), ctypes.byref(columns))
        values = np.empty((rows.value, columns.value), np.float32)
        call(function, ptr, level, address(values), values.size, None, None)
        matrices.append(values)
    clusters = len(matrices[1])
    adjacency = np.empty((clusters, clusters), np.float32)
    call(lib.diffpool_session_copy_pooled_adjacency, ptr, level, ALL, address(adjacency), adjacency.size, None)
    return Level(matrices[0], matrices[1], adjacency)


def _chosen(data: Dataset, indices: Any) -> tuple[int | None, int, Array | None]:
    """Address and length of a list of graphs, and what keeps it alive."""
    if indices is None:
        return None, ALL, None
    chosen = _arrays.indices(indices, len(data))
    # An empty list has an address too: NULL would be no list.
    return address(chosen), len(chosen), chosen
