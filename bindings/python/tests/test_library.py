"""The shared library: the table of its functions, how it is found, its errors as exceptions."""

import ctypes
import os
import pickle
import subprocess
import sys
from pathlib import Path

import diffpool
import pytest
from conftest import ROOT
from diffpool import _library, _signatures, errors

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
import signatures  # noqa: E402

HEADER = (ROOT / "include" / "diffpool.h").read_text("utf-8")


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **environment}
    )


def test_the_table_is_that_of_the_header():
    committed = Path(_signatures.__file__).read_text("utf-8")
    assert committed == signatures.render(HEADER), "run bindings/python/tools/signatures.py --write"


def test_a_changed_header_is_noticed():
    changes = [
        ("double fraction,", "float fraction,"),
        ("DIFFPOOL_STATUS_LIMIT = 20", "DIFFPOOL_STATUS_LIMIT = 21"),
        ("uint32_t diffpool_version(void)", "uint64_t diffpool_version(void)"),
        ("#define DIFFPOOL_VERSION_MINOR 1", "#define DIFFPOOL_VERSION_MINOR 2"),
        (
            "typedef int (*diffpool_epoch_callback)(void *ctx, const diffpool_epoch *epoch)",
            "typedef int (*diffpool_epoch_callback)(void *ctx, size_t epoch)",
        ),
    ]
    for old, new in changes:
        assert old in HEADER
        assert signatures.render(HEADER.replace(old, new, 1)) != signatures.render(HEADER)


def test_the_table_has_every_exported_function():
    exported = (ROOT / "tests" / "symbols.txt").read_text("utf-8").split()
    assert sorted(_signatures.FUNCTIONS) == sorted(exported)


def test_types_have_the_sizes_that_the_header_says():
    sizes = {"size_t": 8, "diffpool_status": 4, "uint64_t": 8, "int64_t": 8, "float": 4, "double": 8, "int": 4}
    for name, size in sizes.items():
        assert ctypes.sizeof(_library.c_type(name)) == size
    with pytest.raises(ImportError, match="'long double'"):
        _library.c_type("long double")


def test_every_status_has_an_exception():
    missing = {name for name in _library.STATUS.values() if name not in errors.BY_NAME}
    # OK is none, and the package asks for no NULL and no length that is too small.
    assert missing == {"OK", "NULL_POINTER", "BUFFER_TOO_SMALL"}
    for name, kind in errors.BY_NAME.items():
        assert kind.name == name
        error = pickle.loads(pickle.dumps(kind("it went wrong", 7)))
        assert (str(error), error.status, type(error)) == ("it went wrong", 7, kind)


def test_errors_are_also_the_built_in_ones(tmp_path):
    cases = [
        (OSError, errors.FileError, "absent", lambda: diffpool.Model.load(tmp_path / "absent")),
        (ValueError, errors.InvalidConfigError, "epochs", lambda: diffpool.Config(epochs=-1)),
        (KeyError, errors.UnknownKeyError, "epoch", lambda: diffpool.Config()["epoch"]),
        (LookupError, errors.NotFoundError, "such", lambda: diffpool.Dataset.synthetic("such")),
        (ValueError, errors.ParseError, "line 1", lambda: diffpool.Dataset.from_jsonl("{")),
        (
            ValueError,
            errors.InvalidFileError,
            "no file of this library",
            lambda: diffpool.Model.from_bytes(b"no model"),
        ),
        (ValueError, errors.InvalidArgumentError, "0", lambda: diffpool.Dataset.synthetic("ba", 0)),
    ]
    for built_in, kind, text, fails in cases:
        with pytest.raises(built_in, match=text) as raised:
            fails()
        assert type(raised.value) is kind
        assert raised.value.status == {v: k for k, v in _library.STATUS.items()}[kind.name]
        assert "\n" not in str(raised.value)


def test_a_string_with_a_nul_is_refused():
    with pytest.raises(ValueError, match="NUL"):
        diffpool.Config("default\0tuned")


def test_a_library_that_is_not_there_is_one_line(tmp_path):
    done = run("import diffpool", DIFFPOOL_LIBRARY=str(tmp_path / "libabsent.so"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ImportError: diffpool: the library")
    assert "libabsent.so" in done.stderr.splitlines()[-1]


def test_a_library_of_another_version_is_one_line(tmp_path):
    code = "from diffpool import _signatures; _signatures.VERSION = 200; import diffpool._library"
    # The package itself cannot be imported first: its table is changed on the way.
    code = (
        "import importlib.util as u, sys, types; p = types.ModuleType('diffpool'); p.__path__ = [sys.argv[1]];"
        "sys.modules['diffpool'] = p; from diffpool import _signatures; _signatures.VERSION = 200;"
        "import diffpool._library"
    )
    folder = str(Path(diffpool.__file__).parent)
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].startswith("ImportError: diffpool: the library ")
    assert done.stderr.splitlines()[-1].endswith("is of version 0.1.0, but this package needs 0.2")
    code = code.replace("_signatures.VERSION = 200", "_signatures.FUNCTIONS['diffpool_new_one'] = ('void', ())")
    done = subprocess.run([sys.executable, "-c", code, folder], capture_output=True, text=True)
    assert "has no function diffpool_new_one" in done.stderr.splitlines()[-1]


def test_versions_agree():
    assert diffpool.version() == diffpool.__version__
    assert diffpool.cpu() in ("avx512", "avx2", "neon", "portable")


def test_only_numpy_is_imported():
    code = (
        "import sys, diffpool; print(sorted({name.partition('.')[0] for name in sys.modules} & "
        "{'torch', 'sklearn', 'scipy', 'pandas', 'networkx', 'tqdm', 'torch_geometric', 'dgl', 'igraph', 'rdkit'}))"
    )
    assert run(code).stdout.strip() == "[]"
