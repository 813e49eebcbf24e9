"""C and Python: the same bits for the 188 graphs of the demo.

    python3 bindings/python/tests/test_same_bits.py    times both, in turn: one graph, and 10,000 in one call
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, data_folder
from diffpool import Dataset, Graph, Model, Trainer, _library

HERE = Path(__file__).resolve().parent


def compiled(folder):
    """The C program, linked with the library that Python has loaded."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    # The loader looks for the library by the name that is in it.
    (folder / "libdiffpool.so.0").symlink_to(Path(_library.PATH).resolve())
    program = folder / "predict"
    command = [compiler, "-std=gnu99", "-O2", "-Wall", "-Werror", f"-I{ROOT / 'include'}", str(HERE / "predict.c"),
               str(folder / "libdiffpool.so.0"), f"-Wl,-rpath,{folder}", "-o", str(program)]  # fmt: skip
    subprocess.run(command, check=True)
    return program


def trained(folder, epochs):
    """A model of all graphs of MUTAG, which reads labels of nodes and edges."""
    data = Dataset.load(data_folder("MUTAG"))
    model = Trainer({"preset": "molecules", "epochs": epochs, "warmup_epochs": 0, "patience": 0}, data).fit().model()
    model.save(folder / "model.safetensors")
    return data, folder / "model.safetensors"


@pytest.mark.skipif(sys.platform != "linux", reason="the C program is linked as on Linux")
def test_the_same_bits_as_from_c(tmp_path):
    program = compiled(tmp_path)
    data, path = trained(tmp_path, 2)
    printed = subprocess.run(
        [program, path, data_folder("MUTAG"), "hex"], check=True, capture_output=True, text=True
    ).stdout
    expected = [[int(word, 16) for word in line.split()] for line in printed.splitlines()]
    assert len(expected) == len(data) == 188
    model = Model.load(path)
    for logits in (model.logits(data), model.logits(list(data)), [model.logits(graph) for graph in data]):
        np.testing.assert_array_equal(np.asarray(logits).view(np.uint32), expected)


def median_of_one(model, make):
    took = []
    for _ in range(3000):
        begin = time.perf_counter()
        model.logits(make())
        took.append(time.perf_counter() - begin)
    return 1e6 * float(np.median(took))


def best_of_many(model, graphs):
    took = []
    for _ in range(5):
        begin = time.perf_counter()
        model.logits(graphs)
        took.append(time.perf_counter() - begin)
    return min(took)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = compiled(folder)
        data, path = trained(folder, 5)
        model = Model.load(path)
        graph, many = data[0], data[np.arange(10_000) % len(data)]
        listed = list(many)
        arrays = [np.array(v) for v in (graph.edge_index, graph.node_labels, graph.edge_labels)]

        def fresh():
            return Graph(arrays[0], node_labels=arrays[1], edge_labels=arrays[2])

        print("one graph, us: C, Python from arrays, from a Graph | 10,000 graphs, s: C, Python data set, list of Graph")
        for _ in range(5):
            command = [program, path, data_folder("MUTAG"), "time"]
            one, whole = map(float, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())
            ours = median_of_one(model, fresh), median_of_one(model, lambda: graph)
            together = best_of_many(model, many), best_of_many(model, listed)
            print("%8.2f %8.2f %8.2f | %8.4f %8.4f %8.4f" % (one, *ours, whole, *together))
    for line in open("/proc/cpuinfo", encoding="utf-8"):
        if line.startswith("model name"):
            print(line.partition(":")[2].strip(), f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
            break


if __name__ == "__main__":
    main()
