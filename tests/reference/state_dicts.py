"""Writes small state dicts of every source as `torch.save` writes them, and what the Python package makes of them.

    python tests/reference/state_dicts.py

For each, `tests/fixtures/states` gets `NAME.pt`, a state dict of random numbers; `NAME.model.safetensors`, the model
that the package makes of it; and `NAME.state.safetensors`, the state dict that the package makes of that model.
`checkpoint.pt` is a training checkpoint around the state dict of `pyg`, of parameters and of tensors that are views of
larger ones, and `old.pt` is in the format of PyTorch before 1.6. `tests/cli_convert.rs` compares.
"""

import argparse
import sys
from collections import OrderedDict

import torch

from generate import ROOT

sys.path.insert(0, str(ROOT / "bindings" / "python" / "tests"))

import states
from diffpool import files, from_torch, safetensors, to_torch
from diffpool.files import ModelFile, save

FOLDER = ROOT / "tests" / "fixtures" / "states"
NARROW = {"clusters": [4, 2], "embed_hidden": 5, "embed_output": 3, "assign_hidden": 5, "head_hidden": [6]}
FLAT = {"clusters": [], "embed_hidden": 5, "embed_output": 3, "head_hidden": []}
SAGE = {"embed_conv": "sage", "assign_conv": "sage"}
CLASSES = ["0", "1"]


def tensors_of(state):
    return OrderedDict((name, torch.as_tensor(values)) for name, values in state.items())


def write(name, source, state, config, schema=files.schema(attributes=3), classes=CLASSES, targets=1):
    torch.save(tensors_of(state), FOLDER / f"{name}.pt")
    tensors = from_torch(source, state)
    model = ModelFile(tensors, {"preset": source, **config}, schema, classes, targets)
    save(FOLDER / f"{name}.model.safetensors", model)
    safetensors.save(FOLDER / f"{name}.state.safetensors", to_torch(source, tensors, heads=max(targets, 1)))
    sizes = [(FOLDER / f"{name}.{kind}").stat().st_size for kind in ("pt", "model.safetensors", "state.safetensors")]
    print(name, sizes)


def checkpoint():
    """What a training script may save: the state dict among other things, in several shapes and forms."""
    state = tensors_of(states.pyg())
    for at, (name, values) in enumerate(list(state.items())):
        if values.dtype == torch.float32 and at % 3 == 0:
            state[name] = torch.nn.Parameter(values)
        elif values.dim() == 2 and at % 3 == 1:
            state[name] = torch.cat([values.T, values.T])[: values.shape[1]].T
    options = argparse.Namespace(lr=0.1, name="pyg")
    whole = {"epoch": 3, "loss": 0.25, "done": True, "options": options, "model_state_dict": state, "history": [1, 2.5]}
    torch.save(whole, FOLDER / "checkpoint.pt")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    write("pyg", "pyg", states.pyg(), NARROW)
    write("errica", "errica", states.errica(), NARROW)
    write("errica-sage", "errica", states.errica(sage=True), {**NARROW, **SAGE})
    write("authors", "authors", states.authors(), NARROW)
    write("authors-flat", "authors", states.authors(clusters=(), head=False, bias=False), FLAT)
    words = ["get", "set", "to", "of", "string", "__UNK__", "__EOS__"]
    tables = files.embedding((5, 9, 4), 6, out_of_vocabulary="reserve")
    wide = {"clusters": [4], "embed_hidden": 6, "embed_output": 6, "assign_hidden": 6}
    write("ogb-code2", "ogb-code2", states.ogb_code2(), wide, files.schema(embedding=tables), words, 5)
    checkpoint()
    torch.save(tensors_of(states.pyg()), FOLDER / "old.pt", _use_new_zipfile_serialization=False)
