"""Files are written whole or not at all: links, modes, owners, leftovers, full disks, folders that cannot be synced."""

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import numpy as np
import pytest
from diffpool import _atomic, safetensors

root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may do this")


def names(folder):
    return sorted(os.listdir(folder))


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


@contextmanager
def small_disk(folder):
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_file_is_made_and_replaced(tmp_path):
    for content in (b"first", b"second, longer", b""):
        _atomic.write(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
        assert names(tmp_path) == ["a"]


def test_links_are_followed(tmp_path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "a").write_bytes(b"old")
    (tmp_path / "link").symlink_to("inner/a")
    (tmp_path / "dangling").symlink_to("inner/b")
    for link, target in (("link", "a"), ("dangling", "b")):
        _atomic.write(tmp_path / link, b"new")
        assert (tmp_path / link).is_symlink()
        assert (tmp_path / "inner" / target).read_bytes() == b"new"
    assert names(tmp_path) == ["dangling", "inner", "link"]


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o444, 0o755])
def test_the_mode_is_kept(tmp_path, kept):
    (tmp_path / "a").write_bytes(b"old")
    os.chmod(tmp_path / "a", kept)
    _atomic.write(tmp_path / "a", b"new")
    assert mode(tmp_path / "a") == kept
    (tmp_path / "plain").write_bytes(b"")
    _atomic.write(tmp_path / "b", b"new")
    assert mode(tmp_path / "b") == mode(tmp_path / "plain")


@root
def test_owner_and_group_are_kept(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    os.chown(tmp_path / "a", 12345, 23456)
    os.chmod(tmp_path / "a", 0o640)
    _atomic.write(tmp_path / "a", b"new")
    found = os.stat(tmp_path / "a")
    assert (found.st_uid, found.st_gid, mode(tmp_path / "a")) == (12345, 23456, 0o640)


@root
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    tensors = {"a": np.zeros(200_000, np.float32)}
    with small_disk(tmp_path):
        safetensors.save(tmp_path / "a", {"a": np.ones(3, np.float32)})
        old = (tmp_path / "a").read_bytes()
        with pytest.raises(OSError) as raised:
            safetensors.save(tmp_path / "a", tensors)
        assert raised.value.errno == errno.ENOSPC
        assert (tmp_path / "a").read_bytes() == old
        assert names(tmp_path) == ["a"]


def test_what_is_no_file_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", "/dev/null"):
        with pytest.raises(OSError, match="not a regular file"):
            _atomic.write(path, b"new")
    with pytest.raises(FileNotFoundError):
        _atomic.write(tmp_path / "missing" / "a", b"new")
    assert names(tmp_path) == ["folder"]


@pytest.mark.parametrize(
    "refused", [errno.EBADF, errno.EOPNOTSUPP, errno.EIO, errno.EACCES, errno.ENOSYS, errno.EINVAL]
)
def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch, refused):
    sync = os.fsync

    def refuse(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(refused, os.strerror(refused))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    _atomic.write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize(("refused", "fails"), [(errno.EINVAL, False), (errno.ENOSYS, False), (errno.EIO, True)])
def test_only_a_file_whose_bytes_may_be_lost_is_an_error(tmp_path, monkeypatch, refused, fails):
    (tmp_path / "a").write_bytes(b"old")

    def refuse(descriptor):
        raise OSError(refused, os.strerror(refused))

    monkeypatch.setattr(os, "fsync", refuse)
    if fails:
        with pytest.raises(OSError):
            _atomic.write(tmp_path / "a", b"new")
    else:
        _atomic.write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == (b"old" if fails else b"new")
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes of Unix")
def test_a_folder_that_may_be_written_but_not_read():
    # Root reads every folder, so another user writes, and the way there must be open.
    with tempfile.TemporaryDirectory() as outer:
        os.chmod(outer, 0o755)
        folder = os.path.join(outer, "blind")
        os.mkdir(folder)
        os.chmod(folder, 0o333)
        write_as_another_user(folder)
        os.chmod(folder, 0o755)
        assert names(folder) == ["a"]


def write_as_another_user(folder):
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(12345)
                os.setuid(12345)
            with pytest.raises(PermissionError):
                os.listdir(folder)
            _atomic.write(os.path.join(folder, "a"), b"new")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_what_a_killed_process_leaves_is_taken_away(tmp_path):
    program = (
        "import os, sys, signal\nfrom diffpool import _atomic\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "_atomic.write(sys.argv[1], b'new')\n"
    )
    (tmp_path / "a").write_bytes(b"old")
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "a")])
        assert done.returncode == -signal.SIGKILL
        assert (tmp_path / "a").read_bytes() == b"old"
        # There is never more than one.
        assert names(tmp_path) == [".a.diffpool-0.tmp", "a"]
    _atomic.write(tmp_path / "a", b"new")
    assert names(tmp_path) == ["a"]
    # Nothing is followed or taken away that is no file of ours.
    (tmp_path / ".a.diffpool-0.tmp").symlink_to("b")
    _atomic.write(tmp_path / "a", b"newer")
    assert names(tmp_path) == [".a.diffpool-0.tmp", "a"]


def test_names_of_any_length(tmp_path):
    for name in ("a" * 255, "ä" * 100, "a" * 230):
        _atomic.write(tmp_path / name, b"new")
        assert (tmp_path / name).read_bytes() == b"new"
    assert len(names(tmp_path)) == 3


@root
def test_a_file_that_is_itself_mounted_is_overwritten(tmp_path):
    (tmp_path / "a").write_bytes(b"old, and longer")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b").write_bytes(b"old, and longer")
    mounted = subprocess.run(["mount", "--bind", tmp_path / "outside" / "b", tmp_path / "a"], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.decode().strip()}")
    try:
        _atomic.write(tmp_path / "a", b"new")
        assert (tmp_path / "outside" / "b").read_bytes() == b"new"
        assert names(tmp_path) == ["a", "outside"]
    finally:
        subprocess.run(["umount", "-l", tmp_path / "a"], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_file_that_is_being_written_is_not_taken_away(tmp_path, monkeypatch):
    replace = os.replace

    def meanwhile(*paths):
        monkeypatch.setattr(os, "replace", replace)
        assert names(tmp_path) == [".a.diffpool-0.tmp"]
        _atomic.write(tmp_path / "a", b"another")
        assert names(tmp_path) == [".a.diffpool-0.tmp", "a"]
        replace(*paths)

    monkeypatch.setattr(os, "replace", meanwhile)
    _atomic.write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert names(tmp_path) == ["a"]
