"""The programs in README.md: each block runs, one after the other, as a reader would run them."""

import importlib.util
import re

import pytest
from conftest import ROOT, data_folder

README = (ROOT / "bindings" / "python" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.M | re.S)


@pytest.mark.filterwarnings("ignore::diffpool.DiffPoolWarning")
def test_every_block_runs(tmp_path, monkeypatch, capsys):
    (tmp_path / "MUTAG").symlink_to(data_folder("MUTAG"), target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    names, ran = {}, 0
    for block in BLOCKS:
        needed = set(re.findall(r"^(?:from|import) (networkx|torch_geometric|sklearn)", block, re.M))
        if "rings" in block:
            needed.add("networkx")
        if all(importlib.util.find_spec(module) for module in needed):
            # Fewer epochs do for a test.
            exec(compile(block.replace("epochs=60", "epochs=8"), "README.md", "exec"), names)
            ran += 1
    assert ran >= len(BLOCKS) - 4
    assert "InvalidGraphError" in capsys.readouterr().out
