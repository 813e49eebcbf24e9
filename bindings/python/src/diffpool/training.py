"""Training: from a configuration, a data set and a split to a model, watched by callbacks and a bar."""

from __future__ import annotations

import ctypes
import json
import logging
import sys
import threading
import warnings
from typing import Any, Callable, Iterable, Iterator, Mapping, Union

import numpy as np

from . import _library, _signatures
from ._arrays import Array
from ._library import Handle, PathLike, call, encoded, lib, text
from ._numbers import Numbers
from .config import Config
from .control import Control, Watched
from .dataset import Dataset
from .errors import DiffPoolWarning, InvalidStateError
from .model import Model
from .split import Split

Callback = Callable[["Epoch"], object]
"""Called after every epoch; True stops the training. Where it has a method `on_batch(epoch, batch, batches, loss)`,
that is called after every batch, and True stops there and gives up the unfinished epoch."""

Settings = Union[Config, Mapping[str, Any], str]
"""A configuration, a dictionary of its keys, or the name of a preset."""

_EPOCH = _library.callback_type("diffpool_epoch_callback")
_BATCH = _library.callback_type("diffpool_batch_callback")
_LOG = _library.callback_type("diffpool_log_callback")
_REASONS = {
    number: name[len("STOP_REASON_") :].lower()
    for name, number in _signatures.CONSTANTS.items()
    if name.startswith("STOP_REASON_")
}
_logger = logging.getLogger("diffpool")


class Epoch(Numbers):
    """The numbers of an epoch by their names, such as "loss" or "validation_accuracy"; NaN for those that it lacks."""

    def __init__(self, ptr: int, epochs: int) -> None:
        self._ptr: int | None = ptr
        self.number = int(lib.diffpool_epoch_number(ptr))
        self.epochs = epochs
        self._numbers: dict[str, float] = {
            name: lib.diffpool_epoch_metric(ptr, name.encode()) for name in _metric_names()
        }

    def model(self) -> Model:
        """The model that the epoch left, the best so far or not; while its callback runs."""
        if self._ptr is None:
            raise InvalidStateError("the model of an epoch is there while the callback of the epoch runs", 11)
        return Model._of(Handle("model", lib.diffpool_epoch_model, self._ptr))

    def __repr__(self) -> str:
        numbers = (f"{name}={value:.4g}" for name, value in self._numbers.items() if value == value)
        return f"Epoch({self.number} of {self.epochs}, {', '.join(numbers)})"


class History(Mapping[str, Array]):
    """The epochs of a training: an array of a number an epoch by its name, such as "loss" or "validation_accuracy".

    `clusters` and `validation_clusters` have a list of dictionaries an epoch, one a pooling level.
    """

    def __init__(self, epochs: list[dict[str, Any]]) -> None:
        self.clusters: list[list[dict[str, float]]] = [epoch.pop("clusters", []) for epoch in epochs]
        self.validation_clusters = [epoch.pop("validation_clusters", []) for epoch in epochs]
        for epoch in epochs:
            inner = epoch.pop("validation") or {}
            epoch.update({f"validation_{name}": value for name, value in inner.items()})
        names = list(dict.fromkeys(name for epoch in epochs for name in epoch))
        self._columns = {
            name: np.array([_number(epoch.get(name)) for epoch in epochs], np.int64 if name == "epoch" else np.float64)
            for name in names
        }

    def to_frame(self) -> Any:
        """The numbers as a `pandas.DataFrame`, a row an epoch."""
        import pandas

        return pandas.DataFrame(self._columns).set_index("epoch")

    def __getitem__(self, name: str) -> Array:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        shown = [
            name
            for name in ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")
            if name in self._columns
        ]
        rows = list(range(len(self.clusters)))
        kept = rows if len(rows) <= 12 else rows[:6] + rows[-6:]
        lines = ["  ".join(f"{name:>{max(8, len(name))}}" for name in shown)]
        for i in kept:
            values = (f"{self._columns[name][i]:>{max(8, len(name))}.{0 if name == 'epoch' else 4}f}" for name in shown)
            lines.append("  ".join(values))
        return "\n".join(lines)


class Trainer:
    """A model in training.

    - `config`: a `Config`, a dictionary of its keys, or the name of a preset
    - `split`: trains on `split.train` and watches `split.validation`; None trains on all graphs
    - `model`: begins with its weights, to fine-tune it; `config` must describe the same network
    - `checkpoint`: a file that `fit` writes every `checkpoint_every` epochs of the configuration, or after every one

    The same data, configuration and seed give the same bits, whatever the number of threads.

    >>> trainer = Trainer({"epochs": 2}, Dataset.synthetic("ba", 40))
    >>> trainer.fit().stop_reason
    'finished'
    >>> trainer.history["loss"].shape
    (2,)
    """

    def __init__(
        self,
        config: Settings,
        data: Dataset,
        split: Split | None = None,
        *,
        model: Model | None = None,
        checkpoint: PathLike | None = None,
        control: Control | None = None,
    ) -> None:
        settings = _settings(config)
        if checkpoint is not None and settings["checkpoint_every"] == 0:
            settings = settings.copy()
            settings["checkpoint_every"] = 1
        lists = None if split is None else split._handle()
        last = (settings._handle, data._handle, lists)
        with Watched(control) as watched:
            if model is None:
                handle = Handle("trainer", lib.diffpool_trainer_new, *last, watched.ptr)
            else:
                handle = Handle("trainer", lib.diffpool_trainer_from_model, model._handle, *last, watched.ptr)
        self._use(handle, settings["epochs"], checkpoint)

    def _use(self, handle: Handle, epochs: int, checkpoint: PathLike | None) -> None:
        self._handle = handle
        self._epochs = epochs
        self._raised: list[BaseException] = []
        self.stop_reason: str | None = None
        self._log = _LOG(_logged(self._raised))
        call(lib.diffpool_trainer_set_log, handle, self._log, None)
        if checkpoint is not None:
            call(lib.diffpool_trainer_set_checkpoint_path, handle, encoded(checkpoint, "checkpoint"))

    @classmethod
    def resume(
        cls, path: PathLike, data: Dataset, split: Split | None = None, *, control: Control | None = None
    ) -> Trainer:
        """Goes on from a checkpoint as if training had never stopped, with the data and split of that run. Checkpoints
        go to the same file.
        """
        return cls._from_checkpoint(path, lib.diffpool_trainer_resume, (), data, split, control)

    @classmethod
    def continued(
        cls,
        path: PathLike,
        config: Settings,
        data: Dataset,
        split: Split | None = None,
        *,
        control: Control | None = None,
    ) -> Trainer:
        """A new run that begins with the weights and the optimiser of a checkpoint, for graphs that came in since."""
        settings = _settings(config)
        return cls._from_checkpoint(path, lib.diffpool_trainer_continue, (settings._handle,), data, split, control)

    @classmethod
    def _from_checkpoint(
        cls, path: PathLike, function: Any, config: Any, data: Dataset, split: Split | None, control: Control | None
    ) -> Trainer:
        lists = None if split is None else split._handle()
        made = cls.__new__(cls)
        with Watched(control) as watched:
            handle = Handle("trainer", function, encoded(path, "path"), *config, data._handle, lists, watched.ptr)
        made._use(handle, 0, path)
        made._epochs = made.model().config["epochs"]
        return made

    @property
    def _live(self) -> Handle:
        if self._handle.is_of_another_process():
            raise InvalidStateError(
                "the trainer belongs to the process that made it, and this one was forked from it", 11
            )
        return self._handle

    def fit(
        self,
        *,
        epochs: int | None = None,
        progress: bool = False,
        callbacks: Iterable[Callback] = (),
        control: Control | None = None,
    ) -> Trainer:
        """Trains to the end of the epochs, until nothing improves for `patience` of them, or until a callback says
        True.

        `epochs` changes how many the run has in all; `progress` shows a bar. Ctrl-C ends it with the batch: then, and
        after any error, `model()` is the best of the finished epochs, and another `fit` goes on from there. What a
        person should know is a `DiffPoolWarning`, or goes to the logger "diffpool".
        """
        if epochs is not None:
            call(lib.diffpool_trainer_set_epochs, self._live, epochs)
            self._epochs = epochs
        run = _Run(list(callbacks), self._epochs, self._raised)
        bar = _bar(self._epochs, lib.diffpool_trainer_epoch_count(self._live)) if progress else None
        if bar is not None:
            run.callbacks.append(bar)
        batch = _BATCH(run.batch) if run.wants_batches() else None
        reason = ctypes.c_int()
        self._raised.clear()
        try:
            with Watched(control) as watched:
                call(
                    lib.diffpool_trainer_fit,
                    self._live,
                    _EPOCH(run.epoch),
                    batch,
                    None,
                    watched.ptr,
                    ctypes.byref(reason),
                )
        except Exception:
            if not self._raised:
                raise
        finally:
            if bar is not None:
                bar.close()
        if self._raised:
            raise self._raised.pop()
        self.stop_reason = _REASONS[reason.value]
        return self

    def model(self) -> Model:
        """The trained model: of the weights that were best on the validation graphs, or the last where there are
        none.
        """
        return Model._of(Handle("model", lib.diffpool_trainer_model, self._live))

    @property
    def history(self) -> History:
        """What every finished epoch came to."""
        return History(json.loads(text(lib.diffpool_trainer_history_json, self._live)))

    @property
    def best_epoch(self) -> int:
        """The epoch, from 1, whose weights were best on the validation graphs; 0 where there is none."""
        return int(lib.diffpool_trainer_best_epoch(self._live))

    def save_checkpoint(self, path: PathLike) -> None:
        """Writes a checkpoint, which `Trainer.resume` goes on from."""
        call(lib.diffpool_trainer_save_checkpoint, self._live, encoded(path, "path"))

    def __repr__(self) -> str:
        done = lib.diffpool_trainer_epoch_count(self._live)
        return f"Trainer(epochs={done} of {self._epochs}, stopped={self.stop_reason!r})"


class _Run:
    """The callbacks of one call of `fit`. What they raise must not unwind through the library: it is kept, and raised
    once the call is back.
    """

    def __init__(self, callbacks: list[Callback], epochs: int, raised: list[BaseException]) -> None:
        self.callbacks, self._epochs, self._raised = callbacks, epochs, raised

    def wants_batches(self) -> bool:
        """Whether to come by after every batch: for callbacks, and on the main thread for the handlers of signals."""
        on_main = threading.current_thread() is threading.main_thread()
        return on_main or any(hasattr(callback, "on_batch") for callback in self.callbacks)

    def epoch(self, _: Any, ptr: int) -> int:
        try:
            epoch = Epoch(ptr, self._epochs)
            # Every callback hears of the epoch, whatever the others say.
            said = [callback(epoch) is True for callback in self.callbacks]
            epoch._ptr = None
            return int(any(said) or bool(self._raised))
        except BaseException as error:
            self._raised.append(error)
            return 1

    def batch(self, _: Any, epoch: int, batch: int, batches: int, loss: float) -> int:
        try:
            said = [
                callback.on_batch(epoch, batch, batches, loss) is True
                for callback in self.callbacks
                if hasattr(callback, "on_batch")
            ]
            return int(any(said) or bool(self._raised))
        except BaseException as error:
            self._raised.append(error)
            return 1


def _logged(raised: list[BaseException]) -> Callable[[Any, int, bytes], None]:
    def log(_: Any, level: int, message: bytes) -> None:
        try:
            if level == _signatures.CONSTANTS["LOG_LEVEL_WARNING"]:
                warnings.warn(message.decode(), DiffPoolWarning, stacklevel=4)
            else:
                _logger.info("%s", message.decode())
        except BaseException as error:
            # Where warnings are errors, training stops after the epoch.
            raised.append(error)

    return log


class _Line:
    """A line that is written over and over, where tqdm is not installed."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs

    def __call__(self, epoch: Epoch) -> None:
        sys.stderr.write(f"\repoch {epoch.number}/{self._epochs}  {_told(epoch)}\x1b[K")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\n")


class _Bar:
    """A bar of tqdm, in terminals and in notebooks."""

    def __init__(self, tqdm: Any, epochs: int, done: int) -> None:
        self._bar = tqdm(total=epochs, initial=done, unit="epoch")

    def __call__(self, epoch: Epoch) -> None:
        self._bar.set_postfix_str(_told(epoch), refresh=False)
        self._bar.update()

    def close(self) -> None:
        self._bar.close()


def _bar(epochs: int, done: int) -> _Line | _Bar:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return _Line(epochs)
    return _Bar(tqdm, epochs, done)


def _told(epoch: Epoch) -> str:
    names = {"loss": "loss", "metric": "metric", "validation_loss": "val loss", "validation_metric": "val metric"}
    return "  ".join(f"{short} {epoch[name]:.4f}" for name, short in names.items() if epoch[name] == epoch[name])


def _settings(config: Settings) -> Config:
    if isinstance(config, Config):
        return config
    return Config(config) if isinstance(config, str) else Config.from_dict(config)


def _metric_names() -> list[str]:
    names: list[str] = []
    while True:
        name = lib.diffpool_epoch_metric_name(len(names))
        if name is None:
            return names
        names.append(name.decode())


def _number(value: Any) -> float:
    return float("nan") if value is None else value
