"""Splits: which graphs of a data set to train on, which to watch, and which to keep back."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _arrays
from ._arrays import Array, address
from ._library import Handle, PathLike, call, encoded, lib

if TYPE_CHECKING:
    from .dataset import Dataset

_PARTS = ("train", "validation", "test")


class Split:
    """Three lists of graphs by their numbers: `train`, `validation` and `test`, each an array of whole numbers.

    >>> Split(train=[0, 1, 2, 4], test=[3])
    Split(train=4, validation=0, test=1)
    """

    def __init__(self, train: Any = (), validation: Any = (), test: Any = ()) -> None:
        self.train: Array = self._list(train, "train")
        self.validation: Array = self._list(validation, "validation")
        self.test: Array = self._list(test, "test")

    @staticmethod
    def _list(values: Any, what: str) -> Array:
        found = _arrays.longs(values, what)
        if found.size and found.min() < 0:
            raise ValueError(f"{what} has {found.min()}, but graphs are counted from 0")
        return found

    @classmethod
    def holdout(cls, data: Dataset, test: float = 0.1, validation: float = 0.0, seed: int = 0) -> Split:
        """Keeps a share of the graphs back, stratified by class: `test` of all, and `validation` of all to watch.

        >>> from diffpool import Dataset
        >>> Split.holdout(Dataset.synthetic("ba", 100), test=0.2, validation=0.1)
        Split(train=70, validation=10, test=20)
        """
        made = cls(train=np.arange(len(data)))
        if test > 0:
            made = cls._of(Handle("split", lib.diffpool_split_holdout, data._handle, test, seed))
        if validation > 0:
            rest = made.train
            inner = cls._of(
                Handle("split", lib.diffpool_split_holdout, data.subset(rest)._handle, validation / (1 - test), seed)
            )
            made = cls(rest[inner.train], rest[inner.test], made.test)
        return made

    @classmethod
    def k_fold(cls, data: Dataset, folds: int, fold: int, validation: float = 0.0, seed: int = 0) -> Split:
        """One fold of a cross-validation, from 0: `test` is that fold, and `validation` a share of the others."""
        made = cls._of(Handle("split", lib.diffpool_split_k_fold, data._handle, folds, fold, seed))
        if validation > 0:
            rest = made.train
            inner = cls._of(Handle("split", lib.diffpool_split_holdout, data.subset(rest)._handle, validation, seed))
            made = cls(rest[inner.train], rest[inner.test], made.test)
        return made

    @classmethod
    def load(cls, path: PathLike, data: Dataset, fold: int = 0) -> Split:
        """Reads a fold of a file of splits, a JSON array of folds as Errica et al. publish theirs."""
        return cls._of(Handle("split", lib.diffpool_split_load, data._handle, encoded(path, "path"), fold))

    @classmethod
    def load_ogb(cls, folder: PathLike, data: Dataset, name: str | None = None) -> Split:
        """Reads the split of a folder of the Open Graph Benchmark; `name` is that of the folder in split/."""
        chosen = None if name is None else encoded(name, "name")
        return cls._of(Handle("split", lib.diffpool_split_load_ogb, data._handle, encoded(folder, "folder"), chosen))

    def save(self, path: PathLike) -> None:
        """Writes a file of one fold, which `load` reads."""
        call(lib.diffpool_split_save, self._handle(), encoded(path, "path"))

    @classmethod
    def _of(cls, handle: Handle) -> Split:
        length = ctypes.c_size_t()
        lists = []
        for part in _PARTS:
            begin = getattr(lib, f"diffpool_split_{part}")(handle, ctypes.byref(length))
            # The bytes are copied: what the split lends is gone with it.
            size = length.value * ctypes.sizeof(ctypes.c_size_t)
            lists.append(np.frombuffer(ctypes.string_at(begin, size) if begin else b"", np.uintp).astype(np.int64))
        return cls(*lists)

    def _handle(self) -> Handle:
        handle = Handle("split", lib.diffpool_split_new)
        for part in _PARTS:
            values = getattr(self, part).astype(np.uintp)
            call(getattr(lib, f"diffpool_split_set_{part}"), handle, address(values), len(values))
        return handle

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Split):
            return NotImplemented
        return all(np.array_equal(getattr(self, part), getattr(other, part)) for part in _PARTS)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Split({', '.join(f'{part}={len(getattr(self, part))}' for part in _PARTS)})"
