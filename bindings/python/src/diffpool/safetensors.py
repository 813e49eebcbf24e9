"""The safetensors container in numpy: a length, a JSON header, and the tensors one behind the other.

The `safetensors` package reads and writes the same files; this module exists so that numpy is enough.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Mapping

import numpy as np

from . import _atomic
from ._arrays import Array
from ._library import PathLike

DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"), "I16": np.dtype("<i2"), "I8": np.dtype("i1"), "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"), "U16": np.dtype("<u2"), "U8": np.dtype("u1"), "BOOL": np.dtype("?"),
}
"""Types of tensors by their names in a file."""

BFLOAT16: np.dtype[Any] = np.dtype("<u2", metadata={"name": "bfloat16"})
"""The upper halves of float32 numbers, which numpy has no type for: they are read as float32, which is exact."""

MAX_HEADER = 100_000_000
"""Longest header, as in the other readers."""


def to_bytes(tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> bytes:
    """The content of a file: tensors sorted by name, so that the same content gives the same bytes."""
    header: dict[str, Any] = {}
    if metadata:
        for key, value in metadata.items():
            if not isinstance(key, str) or not isinstance(value, str):
                raise ValueError(f"metadata {key!r} is {value!r}, but keys and values must be strings")
        header["__metadata__"] = dict(sorted(metadata.items()))
    parts: list[bytes] = []
    offset = 0
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        dtype = array.dtype.newbyteorder("<")
        names = [key for key, known in DTYPES.items() if known == dtype]
        if not names:
            raise ValueError(f"tensor {name!r} is of type {array.dtype}, which the file cannot hold")
        # tobytes is row-major whatever the strides are.
        parts.append(array.astype(dtype, copy=False).tobytes())
        end = offset + len(parts[-1])
        header[name] = {"dtype": names[0], "shape": list(array.shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def from_bytes(content: bytes) -> tuple[dict[str, Array], dict[str, str]]:
    """The tensors, in the order in which they lie in the file, and the metadata.

    Anything that does not fit is a ValueError that says what.
    """
    if len(content) < 8:
        raise ValueError(f"the file has {len(content)} bytes, which is too short for a header")
    (length,) = struct.unpack("<Q", content[:8])
    if length > min(len(content) - 8, MAX_HEADER):
        raise ValueError(f"the header is said to have {length} bytes, but the whole file has {len(content)}")
    try:
        header = json.loads(content[8 : 8 + length].decode(), object_pairs_hook=_unique)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"the header is malformed: {error}") from error
    if not isinstance(header, dict):
        raise ValueError("the header is not an object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise ValueError("__metadata__ is not an object of strings")
    data = memoryview(content)[8 + length :]
    found = []
    for name, info in header.items():
        dtype, shape, begin, end = _info(name, info)
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if not 0 <= begin <= end <= len(data) or end - begin != size:
            raise ValueError(f"tensor {name!r} of shape {shape} lies at {begin}..{end} of {len(data)} bytes")
        found.append((begin, end, name, dtype, shape))
    tensors, position = {}, 0
    for begin, end, name, dtype, shape in sorted(found, key=lambda entry: entry[:3]):
        if begin != position:
            raise ValueError(f"tensor {name!r} begins at byte {begin}, but the one before ends at {position}")
        values = np.frombuffer(data[begin:end], dtype)
        if dtype is BFLOAT16:
            values = (values.astype("<u4") << 16).view("<f4")
        tensors[name] = values.reshape(shape).copy()
        position = end
    if position != len(data):
        raise ValueError(f"the tensors have {position} bytes, but {len(data)} follow the header")
    return tensors, metadata


def save(path: PathLike, tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Writes a file. It is replaced as a whole or not at all."""
    _atomic.write(path, to_bytes(tensors, metadata))


def load(path: PathLike) -> tuple[dict[str, Array], dict[str, str]]:
    """Reads a file: its tensors and its metadata."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return from_bytes(content)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for key, value in pairs:
        if key in names:
            raise ValueError(f"the header has {key!r} twice")
        names[key] = value
    return names


def _info(name: str, info: Any) -> tuple[np.dtype[Any], list[int], int, int]:
    try:
        dtype = BFLOAT16 if info["dtype"] == "BF16" else DTYPES[info["dtype"]]
        shape, (begin, end) = info["shape"], info["data_offsets"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"tensor {name!r} is described by {info!r}") from error
    whole = [begin, end, *shape] if isinstance(shape, list) else [None]
    if not all(type(number) is int and number >= 0 for number in whole):
        raise ValueError(f"tensor {name!r} is described by {info!r}")
    return dtype, shape, begin, end
