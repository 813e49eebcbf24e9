"""Controls: what a long call may take, how it is watched, and how Ctrl-C stops it in the middle of a batch."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from types import TracebackType
from typing import Any, Callable

from . import _library
from ._library import Handle, call, lib
from .errors import CancelledError, DiffPoolError

_PROGRESS = _library.callback_type("diffpool_progress_callback")


class Control:
    """What calls may take: a deadline, limits on graphs and files, and a way to stop them from another thread.

    - `timeout`: seconds from now, after which calls fail with `DeadlineError`
    - `max_nodes`, `max_edges`: larger graphs are refused with `LimitError`
    - `max_bytes`: larger files, and graphs whose arrays have more, are refused with `LimitError`
    - `progress`: called now and then as `progress(done, all)`, in graphs, bytes or batches; 0 where that is not known

    One control may be given to many calls at once.

    >>> control = Control(timeout=10, max_nodes=100_000)
    >>> control.cancel()
    >>> control.cancelled
    True
    """

    def __init__(
        self,
        *,
        timeout: float | None = None,
        max_nodes: int | None = None,
        max_edges: int | None = None,
        max_bytes: int | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        self._handle = Handle("control", lib.diffpool_control_new)
        self._raised: list[BaseException] = []
        if timeout is not None:
            self.set_timeout(timeout)
        limits = {
            "max_nodes": (lib.diffpool_control_set_max_nodes, max_nodes),
            "max_edges": (lib.diffpool_control_set_max_edges, max_edges),
            "max_bytes": (lib.diffpool_control_set_max_bytes, max_bytes),
        }
        for name, (function, limit) in limits.items():
            if limit is not None:
                if limit < 0:
                    raise ValueError(f"{name} is {limit}, but must not be negative")
                call(function, self._handle, limit)
        if progress is not None:
            self._callback = _PROGRESS(self._progress(progress))
            call(lib.diffpool_control_set_progress, self._handle, self._callback, None)

    def _progress(self, progress: Callable[[int, int], object]) -> Callable[[Any, int, int], int]:
        # The control must not be kept alive by its own callback.
        raised = self._raised

        def step(_: Any, done: int, total: int) -> int:
            try:
                progress(done, total)
            except BaseException as error:
                # Raised again once the call is back: an exception must not unwind through the library.
                raised.append(error)
                return 1
            return 0

        return step

    def set_timeout(self, seconds: float) -> None:
        """Sets the deadline anew, so many seconds from now; infinity takes it away."""
        call(lib.diffpool_control_set_timeout, self._handle, seconds)

    def cancel(self) -> None:
        """Asks all calls with this control to stop, those that run and those to come; any thread may."""
        lib.diffpool_control_cancel(self._handle)

    def reset(self) -> None:
        """Takes a cancellation back."""
        lib.diffpool_control_reset(self._handle)

    @property
    def cancelled(self) -> bool:
        """Whether the control was cancelled."""
        return bool(lib.diffpool_control_is_cancelled(self._handle))

    def __repr__(self) -> str:
        return f"Control(cancelled={self.cancelled})"


class Watched:
    """A long call: it is given `ptr`, and ends with KeyboardInterrupt where a person presses Ctrl-C.

    Python looks at signals only between its own instructions, and so not before the call is back. But the byte that its
    handler writes at once is seen by a thread, which cancels the call; Python then raises KeyboardInterrupt as always.
    A handler of the program's own runs when a callback does, and may raise as well: whatever is raised before the first
    line of a callback, where nothing can catch it, is caught here, and raised once the call is back.
    """

    def __init__(self, control: Control | None, interrupt: bool = True) -> None:
        main = interrupt and threading.current_thread() is threading.main_thread()
        self._control = Control() if control is None and main else control
        self._main = main
        self._interrupt = main and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        self._cancelled = False
        self._raised: list[BaseException] = [] if self._control is None else self._control._raised
        self.ptr = None if self._control is None else self._control._handle

    def __enter__(self) -> Watched:
        if self._main:
            self._hook, sys.unraisablehook = sys.unraisablehook, self._unraisable
        if self._interrupt:
            self._reader, self._writer = socket.socketpair()
            self._writer.setblocking(False)
            self._before = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
            self._thread = threading.Thread(target=self._watch, name="diffpool-interrupt", daemon=True)
            self._thread.start()
        return self

    def _unraisable(self, found: Any) -> None:
        here = threading.current_thread() is threading.main_thread()
        if here and "ctypes callback" in (found.err_msg or "") and found.exc_value is not None:
            self._raised.append(found.exc_value)
            self._cancel()
        else:
            self._hook(found)

    def _cancel(self) -> None:
        self._cancelled = True
        lib.diffpool_control_cancel(self.ptr)

    def _watch(self) -> None:
        while True:
            signals = self._reader.recv(64)
            # 0 is no signal: it is how the end is told.
            others = signals.replace(b"\0", b"")
            if others and self._before != -1:
                try:
                    os.write(self._before, others)
                except OSError:
                    # As Python itself where nobody reads: the signal is still handled.
                    pass
            if signal.SIGINT in signals:
                self._cancel()
            if 0 in signals or not signals:
                return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._interrupt:
            signal.set_wakeup_fd(self._before)
            self._writer.send(b"\0")
            self._thread.join()
            self._reader.close()
            self._writer.close()
        if self._main:
            sys.unraisablehook = self._hook
        if self._cancelled:
            lib.diffpool_control_reset(self.ptr)
        raised, self._raised[:] = list(self._raised), []
        if raised and (error is None or isinstance(error, DiffPoolError)):
            raise raised[0]
        if self._cancelled and isinstance(error, CancelledError):
            raise KeyboardInterrupt from None
