"""Writes a file as a whole: either all of the new content is there afterwards, or the old file is untouched."""

from __future__ import annotations

import errno
import os
import stat
from ._library import PathLike

try:
    import fcntl
except ImportError:
    # On Windows a file that is open cannot be taken away, so none is swept up there.
    fcntl = None  # type: ignore[assignment]

MOST = 1000
"""How many may write the same file at once."""

_CANNOT_SYNC = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
"""What file systems say that have no way to sync a file."""


def write(path: PathLike, content: bytes) -> None:
    """Writes a file, as the library does. A symbolic link is followed; mode and, where it is allowed, owner and group
    of a file that is there are kept. After any error the old file is there and nothing else. Where a rename cannot
    replace the file, as of one that is itself mounted, its bytes are overwritten once all of the new ones are on the
    disk; should that fail, they stay in the temporary file and the error says where. Something other than a file in its
    place is an error.
    """
    target = os.path.realpath(path)
    try:
        old: os.stat_result | None = os.stat(target)
    except FileNotFoundError:
        old = None
    if old is not None and not stat.S_ISREG(old.st_mode):
        raise OSError(errno.EINVAL, "it is there already and not a regular file", os.fspath(path))
    temporary, descriptor = _create(target)
    keep = False
    try:
        with os.fdopen(descriptor, "wb") as file:
            if old is not None:
                _keep_owner_and_mode(file.fileno(), old)
            file.write(content)
            file.flush()
            _sync(file.fileno())
            # Renamed while it is open, and so locked: nobody takes it for a leftover.
            if os.name != "nt":
                keep = _replace(temporary, target, content, old)
        if os.name == "nt":
            keep = _replace(temporary, target, content, old)
    except _Unfinished:
        keep = True
        raise
    finally:
        if not keep:
            _remove(temporary)
    _sync_folder(os.path.dirname(target))


def _replace(temporary: str, target: str, content: bytes, old: os.stat_result | None) -> bool:
    """Puts the temporary file in its place; whether its name has gone with that."""
    try:
        os.replace(temporary, target)
    except OSError as renaming:
        if old is None:
            raise
        try:
            with open(target, "r+b") as file:
                file.write(content)
                file.truncate()
                file.flush()
                _sync(file.fileno())
        except OSError as error:
            told = f"{error.strerror}, after {renaming.strerror}; it is whole in {temporary}"
            raise _Unfinished(error.errno, told, target) from None
        return False
    return True


class _Unfinished(OSError):
    """A file that was overwritten in part."""


def _create(target: str) -> tuple[str, int]:
    """The temporary file of a file, locked as long as it is open, and open to others as any new file. One that a killed
    process left behind is taken away before.
    """
    folder, name = os.path.split(target)
    # Names of files have at most 255 bytes.
    stem = name if len(os.fsencode(name)) <= 230 else ""
    for number in range(MOST):
        path = os.path.join(folder, f".{stem}.diffpool-{number}.tmp")
        _remove_left_behind(path)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        except FileExistsError:
            continue
        # Another who looked in between may have taken it for one that was left behind.
        if _lock(descriptor) and _is(path, descriptor):
            return path, descriptor
        os.close(descriptor)
    raise FileExistsError(errno.EEXIST, f"{MOST} temporary files are there", path)


def _lock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks: there nothing is taken away, either.
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


def _remove_left_behind(path: str) -> None:
    """Takes a file away whose writer has ended."""
    if fcntl is None:
        return
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is(path, descriptor):
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
