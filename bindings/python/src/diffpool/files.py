"""The model file of libdiffpool: a safetensors file with the metadata that `diffpool_model_load` asks for."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

import numpy as np

from . import _atomic, safetensors
from ._arrays import Array
from ._library import PathLike

FORMAT = "libdiffpool"
FORMAT_VERSION = "1"
KEYS = ("config", "features", "classes")

TASKS = ("multiclass", "binary", "multilabel", "regression", "sequence")
"""What a model may predict; the configuration key `task`."""

MAX_TARGETS = 65_536
MIN_VOCABULARY = 3


@dataclass
class ModelFile:
    """What a model file holds.

    `tensors`: every tensor by its dotted path, in float32. `config`: the configuration, with `clusters` settled; keys
    that it lacks have the value of the preset it names, and what the feature schema says is filled in. `features`: the
    feature schema. `classes` and `targets`: what the logits stand for, by the task:

    - `multiclass`: the names of the classes, one target;
    - `binary`: two names, that of 0 and that of 1, one target, one logit;
    - `multilabel`, `regression`: no classes, as many targets as logits;
    - `sequence`: the words of the vocabulary, as many targets as words are predicted.
    """

    tensors: Mapping[str, Any]
    config: dict[str, Any]
    features: dict[str, Any]
    classes: list[str] = field(default_factory=list)
    targets: int = 1

    @property
    def task(self) -> str:
        """The task that the configuration names, or that of its preset."""
        return str(self.config.get("task", "sequence" if self.config.get("preset") == "ogb-code2" else "multiclass"))


def schema(
    attributes: int = 0,
    labels: Sequence[int] = (),
    mean: Sequence[float] = (),
    deviation: Sequence[float] = (),
    directed: bool = False,
    sources: Sequence[str] | None = None,
    embedding: Mapping[str, Any] | None = None,
    edge_labels: Sequence[int] = (),
) -> dict[str, Any]:
    """A feature schema: columns for the attributes given with a graph, then one for each of the labels (sorted), then
    those of the tables of `embedding`, which the function of this name makes.

    `mean` and `deviation` standardise the attributes. `edge_labels` (sorted) are the labels of edges that are a
    relation each. `sources` replaces the list of sources, for example `["degree"]` or `["labels", "constant:2"]`.
    """
    labels = [int(label) for label in labels]
    if sources is None:
        sources = [
            *["attributes"] * (attributes > 0), *["labels"] * bool(labels), *["categories"] * (embedding is not None),
        ]
    made: dict[str, Any] = {
        "sources": list(sources), "directed": bool(directed), "attributes": int(attributes), "labels": labels,
        "mean": [float(value) for value in mean], "deviation": [float(value) for value in deviation],
    }
    # In files of models without them there is no word of them.
    if embedding is not None:
        made["embedding"] = dict(embedding)
    if edge_labels:
        made["edge_labels"] = [int(label) for label in edge_labels]
    return made


def embedding(
    sizes: Sequence[int], width: int, combine: str = "sum", out_of_vocabulary: str = "refuse"
) -> dict[str, Any]:
    """Tables of learned rows for the categories of a node: `sizes` are their rows, one table a category, and `width`
    their columns. The rows of a node are added (`sum`) or stand side by side (`concat`). A value without a row is an
    error (`refuse`) or takes the last row of its table (`reserve`)."""
    if combine not in ("sum", "concat"):
        raise ValueError(f"combine is {combine!r}, but must be 'sum' or 'concat'")
    if out_of_vocabulary not in ("refuse", "reserve"):
        raise ValueError(f"out_of_vocabulary is {out_of_vocabulary!r}, but must be 'refuse' or 'reserve'")
    return {
        "sizes": [int(size) for size in sizes], "width": int(width), "combine": combine,
        "out_of_vocabulary": out_of_vocabulary,
    }


def to_bytes(model: ModelFile) -> bytes:
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
    _check_outputs(model)
    _check_features(model)
    metadata = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "config": json.dumps(_settled(model)),
        "features": json.dumps(model.features, separators=(",", ":")),
        "classes": json.dumps([str(name) for name in model.classes], separators=(",", ":"), ensure_ascii=False),
    }
    if model.task != "multiclass":
        metadata["targets"] = json.dumps(int(model.targets))
    metadata["checksum"] = checksum(metadata, tensors)
    return safetensors.to_bytes(tensors, metadata)


def save(path: PathLike, model: ModelFile) -> None:
    """Writes the model's file. It is replaced as a whole or not at all."""
    _atomic.write(path, to_bytes(model))


def load(path: PathLike) -> ModelFile:
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
    # Files of classifiers leave it out.
    targets = json.loads(metadata.get("targets", "1"))
    if type(targets) is not int:
        raise ValueError(f"{path}: metadata 'targets' is {targets!r}, but must be a whole number")
    return ModelFile(tensors, config, features, classes, targets)


def width(features: Mapping[str, Any]) -> int:
    """Columns of a node's features."""
    tables = features.get("embedding")
    columns = {
        "attributes": features["attributes"], "labels": len(features["labels"]), "degree": 1, "clustering": 1,
        "categories": tables and tables["width"] * (len(tables["sizes"]) if tables["combine"] == "concat" else 1),
    }
    total = 0
    for source in features["sources"]:
        name, _, number = source.partition(":")
        if name in ("constant", "one_hot_degree") and number.isdecimal():
            total += int(number) + (name == "one_hot_degree")
        elif not columns.get(source):
            raise ValueError(f"the features have the source {source!r}, but nothing for it")
        else:
            total += columns[source]
    return total


def _check_outputs(model: ModelFile) -> None:
    """Checks that task, classes, targets and the last layer of the head fit each other."""
    task, targets, classes = model.task, model.targets, len(model.classes)
    if task not in TASKS:
        raise ValueError(f"task is {task!r}, but must be one of {', '.join(TASKS)}")
    if task == "multiclass" and classes < 2:
        raise ValueError(f"a classifier needs at least 2 classes, but there are {classes}")
    if not {
        "multiclass": targets == 1,
        "binary": targets == 1 and classes == 2,
        "sequence": 1 <= targets <= MAX_TARGETS and classes >= MIN_VOCABULARY,
    }.get(task, 1 <= targets <= MAX_TARGETS and classes == 0):
        raise ValueError(f"task is {task!r}, which cannot have {targets} targets and {classes} classes")
    if task == "regression" and model.config.get("preset") in ("authors", "pyg"):
        if model.config.get("early_stopping", "accuracy") == "accuracy":
            # The preset's, which the library would refuse.
            raise ValueError("early_stopping is 'accuracy', which the task 'regression' does not have: set 'loss'")
    logits = {"multiclass": classes, "sequence": targets * classes}.get(task, targets)
    layers = [int(found[1]) for name in model.tensors if (found := re.fullmatch(r"head\.(\d+)\.bias", name))]
    if layers:
        _check_shape(model, f"head.{max(layers)}.bias", [logits], f"task {task!r} with {targets} targets")


def _check_features(model: ModelFile) -> None:
    """Checks that the tensors which meet the features of the nodes have their width."""
    features = model.features
    for name in ("labels", "edge_labels"):
        values = features.get(name, [])
        if any(a >= b for a, b in zip(values, values[1:])):
            raise ValueError(f"{name} of the features are {values}, but must be sorted, each of them once")
    if ("categories" in features["sources"]) != (features.get("embedding") is not None):
        raise ValueError("tables of categories and the source 'categories' need each other")
    tables = features.get("embedding") or {"sizes": []}
    for i, size in enumerate(tables["sizes"]):
        _check_shape(model, f"encoder.tables.{i}.weight", [size, tables["width"]], "the tables of the features")
    columns = width(features)
    for name, values in model.tensors.items():
        found = re.fullmatch(r"levels\.0\.(embed|assign)\.convs\.0\.weight(_root|_rel)?(\.\d+)?", name)
        # The relations of this convolution come after the weight of the node.
        inner = found and found[2] == "_rel" and model.config.get(f"{found[1]}_conv") == "structure2vec"
        if found and not inner and values.ndim == 2:
            _check_shape(model, name, [columns, values.shape[1]], f"the features, {columns} columns")


def _check_shape(model: ModelFile, name: str, wanted: list[int], of: str) -> None:
    if name not in model.tensors:
        raise ValueError(f"tensor {name!r} is missing, which {of} asks for")
    found = list(model.tensors[name].shape)
    if found != wanted:
        raise ValueError(f"tensor {name!r} has shape {found}, but must have {wanted} for {of}")


def _settled(model: ModelFile) -> dict[str, Any]:
    """The configuration with what the feature schema settles. What it says itself must be the same."""
    config, features = model.config, model.features
    tables = features.get("embedding")
    settled: dict[str, Any] = {"features": ",".join(features["sources"])}
    if tables is not None:
        settled["embedding_sizes"] = tables["sizes"]
        settled["embedding_width"] = tables["width"]
        settled["embedding_combine"] = tables["combine"]
        settled["out_of_vocabulary"] = tables["out_of_vocabulary"]
    elif "embedding_sizes" in config or config.get("preset") == "ogb-code2":
        settled["embedding_sizes"] = []
    if "relations" in config or features.get("edge_labels"):
        settled["relations"] = "edge_labels" if features.get("edge_labels") else "none"
    if features["mean"]:
        settled["standardize_attributes"] = True
    for key, value in settled.items():
        own = config.get(key, value)
        if key == "features":
            # `auto` is what the features settle, and spaces around names do not count.
            own = value if own == "auto" else ",".join(name.strip() for name in own.split(","))
        if own != value and own != []:
            raise ValueError(f"the configuration has {key} {own!r}, but the features have {value!r}")
    return {**config, **settled}


def checksum(metadata: Mapping[str, str], tensors: Mapping[str, Array]) -> str:
    """CRC-32 over the metadata, sorted by key, and over the tensors, which are given as they lie in the file.

    A string counts with its length in bytes before it, a tensor with its name, the number of its sizes and the sizes;
    every number is 64 bits, little-endian. The key `checksum` itself is left out. Eight hexadecimal digits.
    """
    crc = 0

    def number(value: int) -> None:
        nonlocal crc
        crc = zlib.crc32(int(value).to_bytes(8, "little"), crc)

    def text(value: str) -> None:
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
