"""Arrays as the library takes them: from numpy, torch, DLPack, scipy or lists, without a copy where it can be."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
"""An array of any type."""

_addressof = ctypes.addressof
_from_buffer: Any = ctypes.c_char.from_buffer

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_INTS = (np.dtype(np.int32), np.dtype(np.int64))


def array(value: Any, what: str) -> Array:
    """The value as an array of numpy; memory is shared where that is possible."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "detach"):
        value = value.detach()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        return np.asarray(value.cpu().numpy())
    if hasattr(value, "__dlpack__") and hasattr(np, "from_dlpack") and not isinstance(value, np.generic):
        return np.asarray(np.from_dlpack(value))
    if hasattr(value, "todense"):
        return np.asarray(value.todense())
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{what} is no array: {error}") from None


def floats(value: Any, what: str, dimensions: int) -> Array:
    """Numbers, as float32 or float64 whatever the strides are."""
    found = array(value, what)
    if found.dtype not in _FLOATS or not found.dtype.isnative or not found.flags.aligned:
        if found.dtype.kind not in "fiub":
            raise TypeError(f"{what} has numbers of type {found.dtype}, but must have float32 or float64")
        found = found.astype(np.float32 if found.dtype.kind == "f" and found.dtype.itemsize < 4 else np.float64)
    return _shaped(found, what, dimensions)


def ints(value: Any, what: str, dimensions: int) -> Array:
    """Whole numbers, as int64 or int32."""
    found = array(value, what)
    if found.dtype not in _INTS or not found.dtype.isnative or not found.flags.aligned:
        if found.size == 0:
            found = found.astype(np.int64)
        elif found.dtype.kind not in "iub":
            raise TypeError(f"{what} has numbers of type {found.dtype}, but must have whole ones, int64 or int32")
        elif found.dtype.kind == "u" and found.dtype.itemsize == 8 and found.max() > np.iinfo(np.int64).max:
            raise ValueError(f"{what} has the value {found.max()}, which does not fit 64 bits")
        else:
            found = found.astype(np.int64)
    return _shaped(found, what, dimensions)


def longs(value: Any, what: str, dimensions: int = 1) -> Array:
    """Whole numbers as int64, row by row without gaps."""
    return np.ascontiguousarray(ints(value, what, dimensions), np.int64)


def indices(value: Any, count: int, what: str = "indices") -> Array:
    """Numbers of graphs, each from 0 to `count` - 1 or counted from the end, as the library takes them; a mask of
    booleans stands for the graphs where it is True.
    """
    found = array(value, what)
    if found.dtype == np.bool_:
        if found.shape != (count,):
            raise IndexError(f"{what} is a mask of shape {list(found.shape)}, but there are {count} graphs")
        found = np.flatnonzero(found)
    found = ints(found, what, 1).astype(np.int64)
    outside = (found < -count) | (found >= count)
    if outside.any():
        raise IndexError(f"{what} has {found[outside][0]}, but there are {count} graphs")
    return np.ascontiguousarray(np.where(found < 0, found + count, found).astype(np.uintp))


def address(values: Array) -> int:
    """Where the first value lies."""
    try:
        # Several times as fast as asking numpy, but for arrays alone that may be written and have no gaps.
        return _addressof(_from_buffer(values))
    except (BufferError, TypeError, ValueError):
        return int(values.__array_interface__["data"][0])


def _shaped(found: Array, what: str, dimensions: int) -> Array:
    if found.ndim == dimensions:
        return found
    # A list of numbers for a matrix is a single column, and a column is a list.
    if dimensions == 2 and found.ndim == 1:
        return found[:, None]
    if dimensions == 1 and found.ndim == 2 and 1 in found.shape:
        return found.reshape(-1)
    if dimensions == 1 and found.ndim == 0:
        return found.reshape(1)
    raise ValueError(f"{what} has shape {list(found.shape)}, but must have {dimensions} dimensions")
