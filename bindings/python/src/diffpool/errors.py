"""Errors as exceptions: one class for each status of the library, which is also the built-in class that fits it."""

from __future__ import annotations


class DiffPoolError(Exception):
    """What a call of the library failed with: the text names the offending value.

    `status` is the number of the `diffpool_status`, and `name` its name, such as `INVALID_GRAPH`.
    """

    name = "UNKNOWN"

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.status = status

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type[DiffPoolError], tuple[str, int]]:
        return type(self), (self.message, self.status)


class InvalidArgumentError(DiffPoolError, ValueError):
    """An argument is outside what the function accepts."""

    name = "INVALID_ARGUMENT"


class InvalidGraphError(DiffPoolError, ValueError):
    """A graph breaks a rule: empty, an index out of range, a value that is not finite."""

    name = "INVALID_GRAPH"


class InvalidConfigError(DiffPoolError, ValueError):
    """A configuration key does not accept its value, or two keys contradict each other."""

    name = "INVALID_CONFIG"


class UnknownKeyError(InvalidConfigError, KeyError):
    """There is no configuration key of this name."""

    # KeyError would put the text in quotation marks.
    __str__ = DiffPoolError.__str__


class ShapeMismatchError(DiffPoolError, ValueError):
    """Two sizes that must agree do not."""

    name = "SHAPE_MISMATCH"


class FileError(DiffPoolError, OSError):
    """Reading or writing a file failed."""

    name = "IO"


class ParseError(DiffPoolError, ValueError):
    """A text file has a malformed line."""

    name = "PARSE"


class InvalidFileError(DiffPoolError, ValueError):
    """The file of a model, checkpoint or data set is damaged or is not one."""

    name = "INVALID_FILE"


class UnsupportedVersionError(DiffPoolError):
    """The file is of a version that this library does not serve."""

    name = "UNSUPPORTED_VERSION"


class OutOfMemoryError(DiffPoolError, MemoryError):
    """Memory could not be had."""

    name = "OUT_OF_MEMORY"


class InvalidStateError(DiffPoolError, RuntimeError):
    """The call is not allowed now, such as one that changes a data set that a trainer uses."""

    name = "INVALID_STATE"


class PoisonedError(DiffPoolError, RuntimeError):
    """An earlier call on this object met a bug of the library; nothing can be done with it any more."""

    name = "POISONED"


class PanicError(DiffPoolError, RuntimeError):
    """The library has a bug, which was caught."""

    name = "PANIC"


class CancelledError(DiffPoolError):
    """The call was told to stop."""

    name = "CANCELLED"


class NotFoundError(DiffPoolError, LookupError):
    """Nothing has this name or index."""

    name = "NOT_FOUND"


class DivergedError(DiffPoolError, ArithmeticError):
    """Training produced a loss or a weight that is not finite."""

    name = "DIVERGED"


class UnsupportedError(DiffPoolError, NotImplementedError):
    """The request is understood but not supported."""

    name = "UNSUPPORTED"


class DeadlineError(DiffPoolError, TimeoutError):
    """The time that the caller gave the call is over."""

    name = "TIMEOUT"


class LimitError(DiffPoolError, ValueError):
    """The input is larger than the caller allows."""

    name = "LIMIT"


class DiffPoolWarning(UserWarning):
    """Something that a person should know of a training, such as data that a model cannot learn from."""


def _classes(base: type[DiffPoolError]) -> list[type[DiffPoolError]]:
    return [kind for child in base.__subclasses__() for kind in [child, *_classes(child)]]


# A subclass without a name of its own, such as that of an unknown key, is not what a status becomes.
BY_NAME: dict[str, type[DiffPoolError]] = {kind.name: kind for kind in _classes(DiffPoolError) if "name" in vars(kind)}
"""The exception of a status by the status's name."""
