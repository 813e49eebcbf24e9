"""Writes a file as a whole: either all of the new content is there afterwards, or the old file is untouched."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from typing import Any

from ._library import PathLike

try:
    import fcntl
except ImportError:
    # On Windows a file that is open cannot be taken away, so none is swept up there.
    fcntl = None  # type: ignore[assignment]

PREFIX, SUFFIX = ".diffpool_python-", ".tmp"
"""How the temporary files are named that lie beside a file while it is written; those of the library have other names,
for it does not lock them.
"""

_CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems say that have no way to sync a file."""


def write(path: PathLike, content: bytes) -> None:
    """Writes a file. A symbolic link is followed; mode and, where it is allowed, owner and group of a file that is
    there are kept. After any error the old file is there and nothing else; what is left where the process was killed is
    taken away by the next call for a file in the folder. Something other than a file in its place is an error.
    """
    target = os.path.realpath(path)
    try:
        old: os.stat_result | None = os.stat(target)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "it is there already and not a regular file", os.fspath(path))
    folder = os.path.dirname(target)
    temporary, descriptor = _create(folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if old is not None:
                _keep_owner_and_mode(file.fileno(), old)
            file.write(content)
            file.flush()
            _sync(file.fileno())
            # Renamed while it is open, and so locked: nobody takes it for a leftover.
            if os.name != "nt":
                os.replace(temporary, target)
        if os.name == "nt":
            os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise
    _sync_folder(folder)
    _sweep(folder)


def _create(folder: str) -> tuple[str, int]:
    """A new file in the folder, locked as long as it is open, and open to others as any new file."""
    while True:
        path = os.path.join(folder, f"{PREFIX}{secrets.token_hex(6)}{SUFFIX}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        if _lock(descriptor) and _is(path, descriptor):
            return path, descriptor
        # Another process took it for a leftover before it was locked.
        os.close(descriptor)
        _remove(path)


def _lock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: there nothing is swept up, either.
        return True
    return True


def _is(path: str, descriptor: int) -> bool:
    """Whether the open file is the one of that name."""
    try:
        return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _keep_owner_and_mode(descriptor: int, old: os.stat_result) -> None:
    if not hasattr(os, "fchown"):
        return
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        for owner, group in [(old.st_uid, old.st_gid), (-1, old.st_gid)]:
            try:
                os.fchown(descriptor, owner, group)
                break
            except OSError:
                # Only root gives files away: it stays that of who writes it, with the group if that may be.
                continue
    # After the owner, whose change takes some bits away.
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != stat.S_IMODE(old.st_mode):
        os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise


def _sync_folder(folder: str) -> None:
    """Syncs the folder where that is possible. The file is there already: that its name may be lost with the power is
    no reason to call the save failed.
    """
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        # One that may be written and not read.
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _sweep(folder: str) -> None:
    """Takes away what processes that were killed have left: files of our name and owner that nobody has locked."""
    if fcntl is None:
        return
    try:
        names = [name for name in os.listdir(folder) if name.startswith(PREFIX) and name.endswith(SUFFIX)]
    except OSError:
        return
    for name in names:
        path = os.path.join(folder, name)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            found: Any = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
        except OSError:
            # Locked by who is writing it, or on a file system without locks.
            pass
        finally:
            os.close(descriptor)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        # The error that led here is the one to tell.
        pass
