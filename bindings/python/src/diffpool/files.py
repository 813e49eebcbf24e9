"""The model file of libdiffpool: a safetensors file with the metadata that `diffpool_model_load` asks for."""

import json
import os
import zlib
from dataclasses import dataclass

import numpy as np

from . import safetensors

FORMAT = "libdiffpool"
FORMAT_VERSION = "1"
KEYS = ("config", "features", "classes")


@dataclass
class Model:
    """What a model file holds.

    `tensors`: every tensor by its dotted path, in float32. `config`: the configuration, with `features` and `clusters`
    settled; keys that it lacks have the value of the preset it names. `features`: the feature schema. `classes`: the
    names of the classes.
    """

    tensors: dict
    config: dict
    features: dict
    classes: list


def schema(attributes=0, labels=(), mean=(), deviation=(), directed=False, sources=None):
    """A feature schema: columns for the attributes given with a graph, then one for each of the labels (sorted).

    `mean` and `deviation` standardise the attributes. `sources` replaces the list of sources, for example
    `["degree"]`.
    """
    labels = [int(label) for label in labels]
    if sources is None:
        sources = ["attributes"] * (attributes > 0) + ["labels"] * bool(labels)
    return {
        "sources": list(sources), "directed": bool(directed), "attributes": int(attributes), "labels": labels,
        "mean": [float(value) for value in mean], "deviation": [float(value) for value in deviation],
    }


def to_bytes(model):
    """The content of the model's file. A tensor that is not finite float32 is a ValueError that names it."""
    tensors = {}
    for name in sorted(model.tensors):
        values = np.asarray(model.tensors[name])
        # Rounding would be silent, and a conversion there and back would no longer give the same bits.
        if values.dtype != np.float32:
            raise ValueError(f"tensor {name!r} is of type {values.dtype}, but must be float32")
        if not np.isfinite(values).all():
            raise ValueError(f"tensor {name!r} has values that are not finite")
        if name.endswith(".running_var") and (values < 0).any():
            raise ValueError(f"tensor {name!r} has negative values, but a variance is not negative")
        tensors[name] = values
    if len(model.classes) < 2:
        raise ValueError(f"a classifier needs at least 2 classes, but there are {len(model.classes)}")
    config = {**model.config, "features": ",".join(model.features["sources"])}
    metadata = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "config": json.dumps(config),
        "features": json.dumps(model.features, separators=(",", ":")),
        "classes": json.dumps([str(name) for name in model.classes], separators=(",", ":"), ensure_ascii=False),
    }
    metadata["checksum"] = checksum(metadata, tensors)
    return safetensors.to_bytes(tensors, metadata)


def save(path, model):
    """Writes the model's file. It is replaced as a whole or not at all."""
    content = to_bytes(model)
    folder, name = os.path.split(os.path.abspath(path))
    sibling = os.path.join(folder, f".{name}.{os.getpid()}")
    try:
        # Not the module tempfile, whose files nobody else may read.
        with open(sibling, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(sibling, path)
    except BaseException:
        if os.path.exists(sibling):
            os.unlink(sibling)
        raise


def load(path):
    """Reads a model's file, and checks its checksum."""
    tensors, metadata = safetensors.load(path)
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path}: the format is {metadata.get('format')!r}, but must be {FORMAT!r}")
    if metadata.get("format_version") != FORMAT_VERSION:
        version = metadata.get("format_version")
        raise ValueError(f"{path}: the format version is {version!r}, but this package reads {FORMAT_VERSION!r}")
    for key in KEYS:
        if key not in metadata:
            raise ValueError(f"{path}: the file has no metadata {key!r}")
    stated, found = metadata.get("checksum"), checksum(metadata, tensors)
    if stated not in (None, found):
        raise ValueError(f"{path}: the file is damaged: its checksum is {found}, but it says {stated!r}")
    config, features, classes = (json.loads(metadata[key]) for key in KEYS)
    return Model(tensors, config, features, classes)


def checksum(metadata, tensors):
    """CRC-32 over the metadata, sorted by key, and over the tensors, which are given as they lie in the file.

    A string counts with its length in bytes before it, a tensor with its name, the number of its sizes and the sizes;
    every number is 64 bits, little-endian. The key `checksum` itself is left out. Eight hexadecimal digits.
    """
    crc = 0

    def number(value):
        nonlocal crc
        crc = zlib.crc32(int(value).to_bytes(8, "little"), crc)

    def text(value):
        nonlocal crc
        number(len(value.encode()))
        crc = zlib.crc32(value.encode(), crc)

    for key in sorted(metadata, key=str.encode):
        if key != "checksum":
            text(key)
            text(metadata[key])
    for name, values in tensors.items():
        text(name)
        number(values.ndim)
        for size in values.shape:
            number(size)
        crc = zlib.crc32(values.astype("<f4", copy=False).tobytes(), crc)
    return f"{crc:08x}"
