"""Evaluations: how well a model does on graphs whose targets are known."""

from __future__ import annotations

import ctypes
import json
from typing import Any

import numpy as np

from ._arrays import Array, address
from ._library import Handle, call, lib, text
from ._numbers import Numbers

_PARTS = ("task", "graphs", "by_target", "confusion", "clusters")


class Evaluation(Numbers):
    """The numbers of an evaluation by their names, such as "accuracy", "roc_auc" or "loss"; NaN where the graphs do not
    define one.

    - `task`: what the model predicts
    - `graphs`: how many graphs there were
    - `confusion`: `[classes, classes]`, graphs by true class (row) and predicted class (column); None for other tasks
    - `by_target`: by the name of a metric, its value for every target, where a graph has several
    - `clusters`: of every pooling level, what its assignment does with the nodes
    - `predictions`: `[graphs]` or `[graphs, T]`; `logits`: `[graphs, outputs]`
    """

    def __init__(self, handle: Handle) -> None:
        found = json.loads(text(lib.diffpool_evaluation_json, handle))
        self.task: str = found["task"]
        self.graphs: int = found["graphs"]
        self.by_target: dict[str, list[float | None]] = found.get("by_target", {})
        self.clusters: list[dict[str, float]] = found.get("clusters", [])
        confusion = found.get("confusion")
        self.confusion: Array | None = np.array(confusion, np.int64) if confusion else None
        self._numbers = {
            name: float("nan") if value is None else float(value) for name, value in found.items() if name not in _PARTS
        }
        self.predictions: Array = _copied(lib.diffpool_evaluation_copy_predictions, handle, np.uintp).astype(np.int64)
        self.logits: Array = _copied(lib.diffpool_evaluation_copy_logits, handle, np.float32)
        if self.graphs:
            self.logits = self.logits.reshape(self.graphs, -1)
            if self.predictions.size > self.graphs:
                self.predictions = self.predictions.reshape(self.graphs, -1)

    def __repr__(self) -> str:
        width = max(map(len, self._numbers))
        rows = [f"  {name:{width}}  {value:.4f}" for name, value in self._numbers.items()]
        return "\n".join([f"Evaluation({self.task!r}, graphs={self.graphs})", *rows])


def _copied(function: Any, handle: Handle, kind: Any) -> Array:
    needed = ctypes.c_size_t()
    call(function, handle, None, 0, ctypes.byref(needed))
    values = np.empty(needed.value, kind)
    if needed.value:
        call(function, handle, address(values), len(values), None)
    return values
