"""The shared library: where it is found, how its functions are called, and who frees what it hands out."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes import byref, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_size_t, c_ssize_t, c_uint32, c_uint64
from ctypes import c_void_p
from pathlib import Path
from typing import Any, Callable, Union

from . import _signatures, errors

PathLike = Union[str, "os.PathLike[str]"]

_SCALARS: dict[str, Any] = {
    "void": None, "int": c_int, "int64_t": c_int64, "uint32_t": c_uint32, "uint64_t": c_uint64, "size_t": c_size_t,
    "ptrdiff_t": c_ssize_t, "double": c_double, "float": c_float, "diffpool_status": c_int32,
    "diffpool_log_level": c_int, "const char *": c_char_p,
}


def c_type(text: str) -> Any:
    """The type of ctypes for one of the header. Strings are bytes; every other pointer is an address."""
    if text in _SCALARS:
        return _SCALARS[text]
    if text.endswith("*") or text in _signatures.CALLBACKS:
        return c_void_p
    raise ImportError(f"diffpool: the header has the type {text!r}, which the package does not know")


def callback_type(name: str) -> Any:
    """The type of a callback, whose instances are made from Python functions."""
    result, arguments = _signatures.CALLBACKS[name]
    return ctypes.CFUNCTYPE(c_type(result), *map(c_type, arguments))


def file_names() -> tuple[str, ...]:
    """What the library's file is called on this system."""
    return {
        "darwin": ("libdiffpool.0.dylib", "libdiffpool.dylib"),
        "win32": ("diffpool.dll",),
    }.get(sys.platform, ("libdiffpool.so.0", "libdiffpool.so"))


def folders() -> list[Path]:
    """Where library and program are looked for: in the package itself and, in a checkout, where cargo puts them."""
    here = Path(__file__).resolve().parent
    found = [here / "_native"]
    checkout = here.parents[3] if len(here.parents) > 3 else here
    if (checkout / "include" / "diffpool.h").exists() and (checkout / "Cargo.toml").exists():
        found.append(checkout / "target" / "release")
    return found


def find() -> str:
    """The path of the library; ImportError with one clear line where there is none."""
    named = os.environ.get("DIFFPOOL_LIBRARY")
    if named:
        return named
    for folder in folders():
        for name in file_names():
            if (folder / name).exists():
                return str(folder / name)
    raise ImportError(
        f"diffpool: this installation has no {file_names()[0]}: install a wheel for this platform, or name the library "
        "in the environment variable DIFFPOOL_LIBRARY"
    )


def load(path: str) -> ctypes.CDLL:
    """Loads a library and checks that it serves the header that this package was made for."""
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise ImportError(f"diffpool: the library {path} cannot be loaded: {error}") from None
    try:
        for name, (result, arguments) in _signatures.FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = c_type(result), [c_type(argument) for argument in arguments]
    except AttributeError:
        version = ""
        if hasattr(library, "diffpool_version_string"):
            library.diffpool_version_string.restype = c_char_p
            version = f", which is of version {library.diffpool_version_string().decode()},"
        raise ImportError(
            f"diffpool: the library {path}{version} has no function {name}: it is not the one that this package needs"
        ) from None
    if library.diffpool_abi_check(_signatures.VERSION, None) != 0:
        raise ImportError(
            f"diffpool: the library {path} is of version {library.diffpool_version_string().decode()}, but this "
            f"package needs {_signatures.VERSION // 10000}.{_signatures.VERSION // 100 % 100}"
        )
    return library


PATH: str = find()
lib: Any = load(PATH)
ALL: int = c_size_t(-1).value
"""The length of a list of graphs that stands for all of them: DIFFPOOL_ALL."""

STATUS = {
    number: name[len("STATUS_") :] for name, number in _signatures.CONSTANTS.items() if name.startswith("STATUS_")
}
_OK = 0


def failure(status: int, message: str) -> errors.DiffPoolError:
    """The exception of a status."""
    name = STATUS.get(status, "UNKNOWN")
    return errors.BY_NAME.get(name, errors.DiffPoolError)(message or name, status)


def taken(status: int, error: c_void_p) -> errors.DiffPoolError:
    """The exception of a failed call; its error object is freed."""
    message = lib.diffpool_error_message(error).decode("utf-8", "replace")
    lib.diffpool_error_free(error)
    error.value = None
    return failure(status, message)


def call(function: Callable[..., int], *arguments: Any) -> None:
    """Calls a function that can fail, whose last parameter is the error object."""
    error = c_void_p()
    status = function(*arguments, byref(error))
    if status != _OK:
        raise taken(status, error)


def text(function: Callable[..., int], *arguments: Any) -> str:
    """The string that a function makes, which is freed."""
    out = c_void_p()
    call(function, *arguments, byref(out))
    try:
        return ctypes.string_at(out.value or 0).decode()
    finally:
        lib.diffpool_string_free(out)


def decoded(value: bytes | None) -> str | None:
    """A borrowed string, or None."""
    return None if value is None else value.decode()


def encoded(value: str | os.PathLike[str], what: str) -> bytes:
    """A string for the library. One with a NUL would end there without a word."""
    given = os.fspath(value)
    if not isinstance(given, str):
        raise TypeError(f"{what} is {value!r}, but must be a string")
    if "\0" in given:
        raise ValueError(f"{what} is {given!r}, which has a NUL character")
    return given.encode("utf-8", "surrogateescape")


def strings(values: list[str] | tuple[str, ...], what: str) -> Any:
    """An array of strings for the library."""
    return (c_char_p * len(values))(*(encoded(value, f"{what}[{i}]") for i, value in enumerate(values)))


_forks = 0


def forks() -> int:
    """How many forks lie between the first process and this one."""
    return _forks


def _forked() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)

_THREADED = ("trainer", "predictor")


class Handle:
    """A handle of the library, which is freed with this object.

    One with threads of its own is not freed in a process that was forked after it was made: its threads are not there.
    """

    __slots__ = ("__weakref__", "_as_parameter_", "_forks", "_free")

    def __init__(self, kind: str, function: Callable[..., int], *arguments: Any) -> None:
        # What ctypes passes on where it is given this object, which lives at least until the call is back.
        self._as_parameter_: int | None = None
        self._free = getattr(lib, f"diffpool_{kind}_free")
        self._forks = _forks if kind in _THREADED else None
        out = c_void_p()
        call(function, *arguments, byref(out))
        self._as_parameter_ = out.value

    def is_of_another_process(self) -> bool:
        """Whether its threads were left behind in the process that made it."""
        return self._forks is not None and self._forks != _forks

    def __del__(self) -> None:
        ptr, self._as_parameter_ = getattr(self, "_as_parameter_", None), None
        if ptr and not self.is_of_another_process():
            self._free(ptr)


def version() -> str:
    """The version of the library that is running.

    >>> version()
    '0.1.0'
    """
    return str(lib.diffpool_version_string().decode())


def cpu() -> str:
    """The kernels that the library uses: `avx512`, `avx2`, `neon` or `portable`.

    >>> cpu() in ("avx512", "avx2", "neon", "portable")
    True
    """
    return str(lib.diffpool_cpu().decode())
