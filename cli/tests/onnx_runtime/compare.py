"""Runs exported models in ONNX Runtime and prints how far their outputs are from the library's.

    python compare.py FOLDER

FOLDER/cases.json lists cases, each with an ONNX file for one graph, one for batches, and graphs with the inputs, with
the outputs of the library, and with its logits in f64; `null` in place of outputs is a graph that the library refuses.
A line of JSON is printed for every case.
"""
import json
import pathlib
import sys
import traceback

import numpy as np
import onnxruntime

TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(bool)": bool}
# What padding holds, which must not matter.
GARBAGE = {np.float32: np.nan, np.int64: -7}


def session(path, optimised):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def array(given, kind):
    return np.array(given["values"], dtype=kind).reshape(given["shape"])


def run(runtime, inputs):
    names = [output.name for output in runtime.get_outputs()]
    return dict(zip(names, runtime.run(None, inputs)))


def single(runtime, graph):
    kinds = {given.name: TYPES[given.type] for given in runtime.get_inputs()}
    assert set(kinds) == set(graph["inputs"]), (sorted(kinds), sorted(graph["inputs"]))
    return run(runtime, {name: array(graph["inputs"][name], kind) for name, kind in kinds.items()})


def refuses(runtime, graph):
    try:
        single(runtime, graph)
    except Exception as error:  # ONNX Runtime has no class of its own for it
        return "out of" in str(error)
    return False


def batch(runtime, graphs):
    """The outputs of every graph, of one batch that is padded more than it must be."""
    largest = max(graph["nodes"] for graph in graphs) + 3
    inputs = {}
    for given in runtime.get_inputs():
        kind = TYPES[given.type]
        if given.name == "mask":
            inputs["mask"] = np.array([[i < graph["nodes"] for i in range(largest)] for graph in graphs])
            continue
        padded = []
        for graph in graphs:
            own = array(graph["inputs"][given.name], kind)
            lengths = [largest if axis == "N" else axis for axis in given.shape[1:]]
            rows = np.full(lengths, GARBAGE[kind], dtype=kind)
            rows[tuple(slice(0, length) for length in own.shape)] = own
            padded.append(rows)
        inputs[given.name] = np.stack(padded)
    outputs = run(runtime, inputs)
    return [{name: values[i] for name, values in outputs.items()} for i in range(len(graphs))]


def difference(outputs, graph, scale):
    """The largest difference of the logits, and that of all outputs."""
    worst = {}
    nodes = graph["nodes"]
    expected = {name: array(given, np.float32) for name, given in graph["outputs"].items()}
    assert set(outputs) == set(expected), (sorted(outputs), sorted(expected))
    for name, values in expected.items():
        given = outputs[name]
        if name == "assignment_0":
            assert not given[nodes:].any(), "padding has no clusters"
            given = given[:nodes]
        assert given.shape == values.shape, (name, given.shape, values.shape)
        assert np.isfinite(given).all() and np.isfinite(values).all(), name
        own = scale if name == "logits" else max(1.0, float(np.abs(values).max()))
        worst[name] = float(np.abs(given.astype(np.float64) - values).max()) / own
    return worst["logits"], max(worst.values())


def compared(folder, case):
    graphs = [graph for graph in case["graphs"] if graph["outputs"] is not None]
    refused = [graph for graph in case["graphs"] if graph["outputs"] is None]
    scale = max([1.0] + [abs(value) for graph in graphs for value in graph["outputs"]["logits"]["values"]])
    pairs = []
    for optimised in [True, False]:
        runtime = session(str(folder / case["graph"]), optimised)
        pairs += [difference(single(runtime, graph), graph, scale) for graph in graphs]
        assert all(refuses(runtime, graph) for graph in refused), "a graph is not refused"
        runtime = session(str(folder / case["batch"]), optimised)
        pairs += [difference(own, graph, scale) for own, graph in zip(batch(runtime, graphs), graphs)]
        pairs += [difference(own, graph, scale) for graph in graphs[:3] for own in batch(runtime, [graph])]
    logits, every = (max(column) for column in zip(*pairs))
    return {"logits": logits, "every": every, "rounding": max(rounding(graph, scale) for graph in graphs)}


def rounding(graph, scale):
    """How far the library's logits are from its own in f64."""
    own, exact = (np.array(values) for values in (graph["outputs"]["logits"]["values"], graph["exact"]))
    return float(np.abs(own - exact).max()) / scale


def main(folder):
    for case in json.loads((folder / "cases.json").read_text()):
        try:
            print(json.dumps(compared(folder, case)))
        except Exception:  # whatever it is, the test tells of it
            print(json.dumps({"error": traceback.format_exc()}))


main(pathlib.Path(sys.argv[1]))
