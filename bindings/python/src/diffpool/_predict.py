"""What predicts for a model: sessions, one a thread at a time, and a predictor for many graphs at once."""

from __future__ import annotations

import ctypes
import threading
import warnings
from ctypes import byref, c_size_t, c_void_p
from typing import Any, Callable, Iterable, NamedTuple, Sequence, TypeVar

import numpy as np

from . import _batch, _library, graph as graphs_module
from ._arrays import Array, address
from ._library import ALL, Handle, call, lib, taken
from .control import Control, Watched
from .dataset import Dataset
from .errors import DiffPoolWarning
from .graph import Graph

Made = TypeVar("Made")

MANY = 256
"""From so many graphs on a call can be stopped by Ctrl-C: a thread that waits for it is not worth it for fewer."""


class Context:
    """A session with the graph that it predicts, used by one thread at a time."""

    __slots__ = ("_error", "_graph", "_graph_at", "_number", "_session_at", "call", "session")

    def __init__(self, model: Handle) -> None:
        self.session = Handle("session", lib.diffpool_session_new, model)
        self._graph = Handle("graph", lib.diffpool_graph_new)
        # Addresses, which the handles keep alive: numbers are passed on faster.
        self._session_at, self._graph_at = self.session._as_parameter_, self._graph._as_parameter_
        self._error, self._number = c_void_p(), c_size_t()
        error, reference = self._error, byref(self._error)

        def checked(function: Callable[..., int], *arguments: Any) -> None:
            status = function(*arguments, reference)
            if status != 0:
                raise taken(status, error)

        self.call = checked

    def predict(self, graph: Graph, control: Control | None) -> None:
        """Predicts a graph; the results are read afterwards."""
        graphs_module.fill_structure(graph, self._graph_at, self.call)
        limits = None if control is None else control._handle
        self.call(lib.diffpool_session_predict, self._session_at, self._graph_at, limits)

    def check(self, graph: Graph, model: Handle) -> None:
        """Whether the model would take a graph."""
        graphs_module.fill_structure(graph, self._graph_at, self.call)
        self.call(lib.diffpool_model_check, model, self._graph_at)

    def predicted_class(self) -> int:
        """The predicted class."""
        self.call(lib.diffpool_session_class, self._session_at, byref(self._number))
        return self._number.value

    def vector(self, function: Callable[..., int], kind: Any, length: int | None = None) -> Array:
        """A result whose length is known, or is asked for."""
        if length is None:
            self.call(function, self._session_at, None, 0, byref(self._number))
            length = self._number.value
        values = np.empty(length, kind)
        self.call(function, self._session_at, address(values) if length else None, length, None)
        return values


class Outputs(NamedTuple):
    """How many numbers a graph has of each kind."""

    targets: int
    outputs: int
    embedding: int
    regression: bool


class Engine:
    """What a model's predictions need. Sessions are handed out and given back; the predictor is used in turn."""

    def __init__(self, model: Handle) -> None:
        self.model = model
        ptr = model
        self.sizes = Outputs(
            lib.diffpool_model_target_count(ptr),
            lib.diffpool_model_output_count(ptr),
            lib.diffpool_model_embedding_width(ptr),
            lib.diffpool_model_task(ptr) == b"regression",
        )
        self.threads = 0
        self._contexts: list[Context] = []
        self._shared = _Shared()

    def take(self) -> Context:
        """A session that nobody else uses; `give` takes it back."""
        try:
            return self._contexts.pop()
        except IndexError:
            return Context(self.model)

    def give(self, context: Context) -> None:
        """Takes a session back."""
        self._contexts.append(context)

    def release(self) -> None:
        """Gives up sessions and predictor, so that the model can be changed."""
        self._contexts.clear()
        self._shared = _Shared()

    def many(self, graphs: Any, results: Sequence[str], refused: str, control: Control | None) -> dict[str, Array]:
        """Predicts graphs, and copies the results that are asked for: "predictions", "probabilities", "logits" or
        "embeddings", a row a graph.
        """
        if refused not in ("raise", "skip"):
            raise ValueError(f"refused is {refused!r}, but must be 'raise' or 'skip'")
        shared = self._shared
        if shared.forks != _library.forks():
            # Its threads, and perhaps a thread that held the lock, are in another process.
            shared = self._shared = _Shared()
        with shared.lock:
            if shared.predictor is None or shared.threads != self.threads:
                shared.predictor = Handle("predictor", lib.diffpool_predictor_new, self.model, self.threads)
                shared.threads = self.threads
            count = self._predict(shared.predictor, graphs, control)
            found = {name: self._copied(shared.predictor, name, count) for name in results}
            self._tell(shared.predictor, found, count, refused)
        return found

    def with_predictor(self, use: Callable[[Handle], Made]) -> Made:
        """Calls a function with a predictor of its own."""
        handle = Handle("predictor", lib.diffpool_predictor_new, self.model, self.threads)
        return use(handle)

    def _predict(self, predictor: Handle, graphs: Any, control: Control | None) -> int:
        ptr = predictor
        if isinstance(graphs, Dataset):
            with Watched(control, len(graphs) >= MANY) as watched:
                call(lib.diffpool_predictor_predict_dataset, ptr, graphs._handle, None, ALL, watched.ptr)
            return len(graphs)
        batch = graphs if isinstance(graphs, _batch.Batch) else _batch.gather(graphs, labels=False)
        if batch is None:
            handles = [Handle("graph", lib.diffpool_graph_new) for _ in graphs]
            for graph, handle in zip(graphs, handles):
                graphs_module.fill_structure(graph, handle, call)
            array = (ctypes.c_void_p * len(handles))(*(handle._as_parameter_ for handle in handles))
            with Watched(control, len(handles) >= MANY) as watched:
                call(lib.diffpool_predictor_predict, ptr, array, len(handles), watched.ptr)
            return len(handles)
        whole = Handle("graph", lib.diffpool_graph_new)
        graphs_module.fill_structure(batch.graph, whole, call)
        offsets = batch.node_offsets
        with Watched(control, len(offsets) > MANY) as watched:
            call(lib.diffpool_predictor_predict_batch, ptr, whole, address(offsets), len(offsets), watched.ptr)
        return len(offsets) - 1

    def _copied(self, predictor: Handle, name: str, count: int) -> Array:
        sizes = self.sizes
        width = {"predictions": sizes.targets, "embeddings": sizes.embedding}.get(name, sizes.outputs)
        kind: Any = np.uintp if name == "predictions" else np.float32
        if sizes.regression and name in ("predictions", "probabilities"):
            # The numbers that a regression predicts are its logits; probabilities it has none.
            return (
                np.empty((count, 0), np.float32) if name != "predictions" else self._copied(predictor, "logits", count)
            )
        values = np.empty((count, width), kind)
        function = getattr(lib, f"diffpool_predictor_copy_{name}")
        call(function, predictor, address(values) if values.size else None, values.size, None)
        # The library's word for none, the largest number, becomes -1.
        return values.view(np.intp).astype(np.int64, copy=False) if kind is np.uintp else values

    def _tell(self, predictor: Handle, found: dict[str, Array], count: int, refused: str) -> None:
        marks = [
            values[:, 0] == -1 if values.dtype == np.int64 else np.isnan(values[:, 0])
            for values in found.values()
            if values.shape[1]
        ]
        candidates: Iterable[int] = np.flatnonzero(np.any(marks, axis=0)) if marks else range(count)
        failed = [int(i) for i in candidates if lib.diffpool_predictor_status(predictor, int(i)) != 0]
        if not failed:
            return
        first = failed[0]
        message = f"graph {first}: {lib.diffpool_predictor_message(predictor, first).decode()}"
        if refused == "raise":
            raise _library.failure(lib.diffpool_predictor_status(predictor, first), message)
        warnings.warn(f"{len(failed)} of {count} graphs were refused, first {message}", DiffPoolWarning, stacklevel=5)


class _Shared:
    """The predictor of a model, and who uses it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.predictor: Handle | None = None
        self.threads = 0
        self.forks = _library.forks()
