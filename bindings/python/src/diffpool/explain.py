"""Pages that explain a prediction, drawn by the program `diffpool`."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from . import _library
from ._library import PathLike

if TYPE_CHECKING:
    from .graph import Graph
    from .model import Model


class Explanation:
    """A page of HTML, which needs no network: `html` is its text. It shows itself in a notebook."""

    def __init__(self, page: str) -> None:
        self.html = page

    def save(self, path: PathLike) -> None:
        """Writes the page to a file."""
        Path(path).write_text(self.html, "utf-8")

    def _repr_html_(self) -> str:
        # A frame of its own: styles and scripts of page and notebook leave each other alone.
        return f'<iframe srcdoc="{html.escape(self.html)}" style="width: 100%; height: 640px; border: 0"></iframe>'

    def __repr__(self) -> str:
        return f"Explanation({len(self.html)} characters of HTML)"


def program() -> str:
    """The path of the program: DIFFPOOL_PROGRAM, the package's own, or the one that PATH has."""
    named = os.environ.get("DIFFPOOL_PROGRAM")
    if named:
        return named
    name = "diffpool.exe" if sys.platform == "win32" else "diffpool"
    for folder in _library.folders():
        if (folder / name).exists():
            return str(folder / name)
    for place in os.environ.get("PATH", "").split(os.pathsep):
        found = shutil.which(name, path=place)
        # The command of this package would only look for the program again.
        if found and Path(found).read_bytes()[:2] != b"#!":
            return found
    raise FileNotFoundError(
        "the program diffpool is not here: install a wheel that has it, put it into a folder of PATH, or name it in "
        "the environment variable DIFFPOOL_PROGRAM"
    )


def explain(model: Model, graph: Graph) -> Explanation:
    """Runs `diffpool explain` on a graph."""
    from .dataset import Dataset

    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("model.safetensors", "graph.jsonl", "page.html")]
        model.save(files[0])
        directed = bool(_library.lib.diffpool_model_is_directed(model._handle))
        Dataset([graph.replace(y=None, targets=None, words=None)], directed=directed).save(files[1])
        command = [program(), "explain", files[0], "--data", files[1], "--index", "0", "--output", files[2]]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode != 0:
            raise RuntimeError(f"diffpool explain failed with {done.returncode}: {done.stderr.strip()}")
        return Explanation(Path(files[2]).read_text("utf-8"))


def main() -> None:
    """Runs the program in place of this process: the command `diffpool` of a wheel that has it."""
    try:
        path = program()
    except FileNotFoundError as error:
        sys.exit(f"diffpool: {error}")
    if sys.platform == "win32":
        sys.exit(subprocess.call([path, *sys.argv[1:]]))
    os.execv(path, [path, *sys.argv[1:]])
