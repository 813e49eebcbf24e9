"""Configurations: what a model looks like and how it is trained, as a mapping from keys to values."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Iterator, Mapping, MutableMapping

import numpy as np

from ._library import Handle, call, encoded, lib, text
from .errors import InvalidConfigError, UnknownKeyError


class Config(MutableMapping[str, Any]):
    """What a model looks like and how it is trained: a preset, and what differs from it.

    The presets are "default", "tuned", "molecules", "paper", "authors", "pyg", "errica", "ogb-code2", "mincut", "dmon"
    and "just_balance". Each value is checked when it is set; `check` looks at all of them together. Keys are also
    attributes, so that an editor completes them; `Config.help("clusters")` explains one, `Config.help()` lists all.

    >>> config = Config("tuned", epochs=20, clusters=[8, 2])
    >>> config["readout"], config.epochs
    ('max', 20)
    >>> config.readout = "mean"
    >>> config
    Config('tuned', clusters=[8, 2], epochs=20, readout='mean')
    """

    __slots__ = ("_handle",)
    _handle: Handle

    def __init__(self, preset: str = "default", **keys: Any) -> None:
        object.__setattr__(self, "_handle", Handle("config", lib.diffpool_config_new, encoded(preset, "preset")))
        if keys:
            self.update(keys)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Config:
        """A configuration of keys and values; those that are left out have the value of the preset under "preset", or
        of "default".
        """
        return cls._of(Handle("config", lib.diffpool_config_from_json, _json("the configuration", dict(values))))

    @classmethod
    def from_json(cls, json_text: str) -> Config:
        """A configuration from a JSON object."""
        return cls._of(Handle("config", lib.diffpool_config_from_json, encoded(json_text, "the configuration")))

    @classmethod
    def _of(cls, handle: Handle) -> Config:
        made = cls.__new__(cls)
        object.__setattr__(made, "_handle", handle)
        return made

    def check(self) -> None:
        """Checks that the values fit together; `InvalidConfigError` names the keys that do not."""
        call(lib.diffpool_config_check, self._handle)

    def to_dict(self) -> dict[str, Any]:
        """All keys and values."""
        found: dict[str, Any] = json.loads(self.to_json())
        return found

    def to_json(self) -> str:
        """All keys and values as a JSON object."""
        return text(lib.diffpool_config_to_json, self._handle)

    def difference(self, preset: str | None = None) -> dict[str, Any]:
        """What differs from a preset; by default from the one that the configuration was made from.

        >>> Config(seed=3).difference()
        {'seed': 3}
        """
        compared = encoded(self["preset"] if preset is None else preset, "preset")
        found: dict[str, Any] = json.loads(text(lib.diffpool_config_difference_json, self._handle, compared))
        found.pop("preset")
        return found

    def copy(self) -> Config:
        """A second configuration with the same values."""
        return self._of(Handle("config", lib.diffpool_config_clone, self._handle))

    @staticmethod
    def keys_table() -> dict[str, dict[str, Any]]:
        """Every key with its type, default, range, words, meaning and presets, as docs/json.md describes them."""
        return {name: dict(entry) for name, entry in _table().items()}

    @staticmethod
    def help(key: str | None = None) -> str:
        """What a key is for, or a line for every key.

        >>> Config.help("batch_size")
        'batch_size: int, default 20, from 1 to 1000000. Graphs a batch.'
        """
        if key is None:
            return "\n".join(_help(name) for name in _table())
        if key not in _table():
            raise UnknownKeyError(f"there is no configuration key {key!r}")
        return _help(key) + "".join(f"\n  {word['name']!r}: {word['about']}" for word in _table()[key]["words"])

    def update(self, *others: Any, **keys: Any) -> None:
        """Sets several keys; where one of them fails, none is set."""
        values = dict(*others, **keys)
        for key in values:
            _known(key)
        call(lib.diffpool_config_merge_json, self._handle, _json("the configuration", values))

    def __getitem__(self, key: str) -> Any:
        _known(key)
        return json.loads(text(lib.diffpool_config_get_json, self._handle, encoded(key, "key")))

    def __setitem__(self, key: str, value: Any) -> None:
        _known(key)
        call(lib.diffpool_config_set_json, self._handle, encoded(key, "key"), _json(key, value))

    def __delitem__(self, key: str) -> None:
        raise TypeError(f"the key {key!r} cannot be taken out of a configuration: every key has a value")

    def __iter__(self) -> Iterator[str]:
        return iter(_table())

    def __len__(self) -> int:
        return len(_table())

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_") or key not in _table():
            raise AttributeError(f"there is no configuration key {key!r}")
        return self[key]

    def __setattr__(self, key: str, value: Any) -> None:
        self[key] = value

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *_table()]

    def _ipython_key_completions_(self) -> list[str]:
        return list(_table())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return self.to_dict() == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> Any:
        return Config.from_json, (self.to_json(),)

    def __copy__(self) -> Config:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Config:
        return self.copy()

    def __repr__(self) -> str:
        preset = self["preset"]
        return f"Config({', '.join([repr(preset), *(f'{k}={_plain(v)!r}' for k, v in self.difference().items())])})"


@lru_cache(maxsize=None)
def _table() -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in json.loads(text(lib.diffpool_config_keys_json))}


def _known(key: Any) -> None:
    if key not in _table():
        # The library would say it as well, but a mapping owes a KeyError.
        raise UnknownKeyError(f"there is no configuration key {key!r}", 4)


def _help(key: str) -> str:
    entry = _table()[key]
    line = f"{key}: {entry['type']}, default {json.dumps(entry['default'])}"
    if entry["range"]:
        line += f", from {entry['range']['least']} to {entry['range']['most']}"
    return f"{line}. {entry['about']}"


def _plain(value: Any) -> Any:
    """Numbers of clusters as people write them: 8 and not 8.0."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() and value >= 1 else value


def _json(key: str, value: Any) -> bytes:
    try:
        return json.dumps(value, default=_number, allow_nan=False).encode()
    except ValueError:
        raise InvalidConfigError(f"{key} has a number that is not finite: {value!r}", 4) from None
    except TypeError:
        raise TypeError(f"{key} is {value!r}, but must be a number, a word, or a list of numbers") from None


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) or hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(value)
