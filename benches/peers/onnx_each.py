#!/usr/bin/env python3
"""The exported model in ONNX Runtime's Python API, graph by graph on one thread, with inputs bound before timing.

    python onnx_each.py MODEL REPEATS
"""

import json
import statistics
import sys
import time

import numpy as np
import onnxruntime

import measure
from enzymes import Enzymes


def session_of(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def bound(session, x, adj, classes):
    binding = session.io_binding()
    values = [onnxruntime.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(part.numpy())) for part in (x, adj)]
    out = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((1, classes), np.float32))
    for name, value in zip(("x", "adj"), values):
        binding.bind_ortvalue_input(name, value)
    binding.bind_ortvalue_output("logits", out)
    return binding, (values, out)


def main():
    session, data = session_of(sys.argv[1]), Enzymes()
    bindings = [bound(session, *data.single(index), data.classes) for index in data.train]
    measure.reset_peak_memory()
    seconds = []
    for repeat in range(int(sys.argv[2]) + 1):
        begin = time.perf_counter()
        for binding, _ in bindings:
            session.run_with_iobinding(binding)
        if repeat > 0:
            seconds.append(time.perf_counter() - begin)
    line = {"seconds": seconds, "median": statistics.median(seconds), "peak_rss_mb": measure.memory_mb("VmHWM")}
    print(json.dumps(line | {"versions": measure.versions()} | data.about()))


if __name__ == "__main__":
    main()
