#!/usr/bin/env python3
"""Measures what the library costs around its core: calls, start, size, loading, threads, growth.

    python3 benches/costs/run.py [--quick] [--only TITLE] [--no-build]

Builds the release library and the programs beside this file into build/costs, runs them, and prints one JSON object:
{"sections": [{"title", "text", "columns", "rows"}]}. Progress goes to standard error. It takes some five minutes on an
idle machine, and figures of a busy one are worth nothing; --quick is for trying out. Only Python's own library is used.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benches" / "costs"
RELEASE = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
BUILD = ROOT / "build" / "costs"
C_PROGRAMS = ["prepare", "first_answer", "measure", "calls", "threads", "load"]


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def run(*command, **more):
    say("$", " ".join(map(str, command)))
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def lines(*command, **more):
    """The lines of JSON that a program prints."""
    return [json.loads(line) for line in run(*command, **more).splitlines() if line.startswith("{")]


def build():
    """The library, and every program with it; first_answer also with the static one."""
    BUILD.mkdir(parents=True, exist_ok=True)
    run("cargo", "build", "--release", "--lib", "--quiet", cwd=ROOT)
    name = RELEASE / "libdiffpool.so.0"
    name.unlink(missing_ok=True)
    name.symlink_to("libdiffpool.so")
    flags = ["-O2", f"-I{ROOT / 'include'}"]
    shared = [f"-L{RELEASE}", "-ldiffpool", f"-Wl,-rpath,{RELEASE}", "-lpthread"]
    compiler = os.environ.get("CC", "cc")
    for program in C_PROGRAMS:
        run(compiler, "-std=c99", *flags, HERE / f"{program}.c", "-o", BUILD / program, *shared)
    static = [RELEASE / "libdiffpool.a", "-Wl,--gc-sections", "-lm", "-lpthread", "-ldl"]
    run(compiler, "-std=c99", *flags, HERE / "first_answer.c", "-o", BUILD / "first_answer_static", *static)
    run(os.environ.get("CXX", "c++"), "-std=c++17", *flags, HERE / "calls.cpp", "-o", BUILD / "calls_cpp", *shared)
    run("go", "build", "-buildvcs=false", "-o", BUILD / "calls_go", ".", cwd=HERE / "go")


def nanoseconds(value):
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def calls(_):
    tiny = BUILD / "tiny.safetensors"
    found = lines(BUILD / "calls", tiny) + lines(BUILD / "calls_cpp", tiny) + lines(BUILD / "calls_go", tiny)
    found += lines(sys.executable, HERE / "calls.py", RELEASE / "libdiffpool.so", tiny)
    languages = list(dict.fromkeys(line["language"] for line in found))
    figures = {(line["call"], line["language"]): nanoseconds(line["nanoseconds"]) for line in found}
    names = list(dict.fromkeys(line["call"] for line in found))
    rows = [[name, *(figures.get((name, language), "") for language in languages)] for name in names]
    text = (
        "Nanoseconds a call, the median of 301 batches of calls. The model has one cluster and widths of 1, and the"
        " session is warm, so that the prediction of a graph of one node is what a prediction costs before any"
        " arithmetic. C++ goes through `diffpool.hpp`, where failures are exceptions; Go through cgo alone, and through"
        " its package, which checks, locks and copies; Python through ctypes."
    )
    return {"title": "Calls", "text": text, "columns": ["call", *languages], "rows": rows}


def first_answer(quick):
    model, graph = BUILD / "pyg.safetensors", BUILD / "graph.txt"
    rounds = 20 if quick else 300
    commands = [
        ("a program that does nothing (`true`)", ["/bin/true"]),
        ("shared library", [BUILD / "first_answer", model, graph]),
        ("static library", [BUILD / "first_answer_static", model, graph]),
    ]
    rows = []
    for name, command in commands:
        found = lines(BUILD / "measure", rounds, *command)[0]
        rows.append(
            [name, f"{found['milliseconds']:.2f}", f"{found['processor']:.2f}", f"{found['megabytes']:.1f}"]
        )
    text = (
        "From the start of a process to its end: a C program that loads a model of 171,366 parameters, reads a graph of"
        f" 33 nodes from a text file, predicts it and prints the class. Medians of {rounds} runs with warm file caches;"
        " the memory is the peak that is resident, code included."
    )
    return {"title": "First answer", "text": text, "columns": ["program", "ms", "ms of the processor", "MB"], "rows": rows}


def size(_):
    def stripped(path):
        copy = BUILD / f"{path.name}.stripped"
        run("strip", "--strip-all", "-o", copy, path)
        return copy.stat().st_size / 1e6

    rows = [
        ["shared library", f"{stripped(RELEASE / 'libdiffpool.so'):.2f}"],
        ["the program above with the static library", f"{stripped(BUILD / 'first_answer_static'):.2f}"],
    ]
    return {"title": "Size", "text": "Stripped of symbols, in megabytes.", "columns": ["file", "MB"], "rows": rows}


def enzymes():
    """The folder of ENZYMES, where it is on this machine."""
    folders = [Path(folder) for folder in os.environ.get("DIFFPOOL_DATA", "").split(os.pathsep) if folder]
    found = [folder / "ENZYMES" for folder in [*folders, ROOT.parent / "shared" / "data"]]
    return next((folder for folder in found if folder.is_dir()), None)


def loading(quick):
    cases = [
        ("model of 171 thousand parameters", "model", BUILD / "pyg.safetensors", 200),
        ("model of 10.7 million parameters", "model", BUILD / "large.safetensors", 20),
        ("data set file of 600 graphs of 33 nodes, checked", "dataset", BUILD / "dataset.safetensors", 200),
    ]
    if enzymes():
        cases.append(("ENZYMES, 600 graphs, from its folder in TU format", "tu", enzymes(), 20))
    rows = []
    for name, kind, path, rounds in cases:
        found = lines(BUILD / "load", kind, path, 3 if quick else rounds)[0]
        files = path.iterdir() if path.is_dir() else [path]
        megabytes = sum(file.stat().st_size for file in files) / 1e6
        rows.append([name, f"{megabytes:.2f}", f"{found['milliseconds']:.2f}"])
    text = "Medians, with warm file caches. Models are checked by their checksum; every number of all must be finite."
    return {"title": "Loading", "text": text, "columns": ["what", "MB", "ms"], "rows": rows}


def threads(quick):
    rounds, seconds = (3, 0.1) if quick else (15, 0.5)
    found = lines(BUILD / "threads", BUILD / "pyg.safetensors", 33, 62, rounds, seconds)
    names = {
        "one": "one session",
        "two": "two sessions on two threads",
        "beside_training": "one session beside training on one thread",
    }
    rows = [
        [names[line["who"]], f"{line['rate']:.0f}", f"{line['ratio']:.2f}", f"{line['own_ratio']:.2f}"]
        for line in found
    ]
    text = (
        "Predictions a second of a graph of 33 nodes, and the ratio to one session alone, by the clock and by the time"
        f" of the processors; medians of {rounds} rounds. A warm prediction asks for no memory (`tests/allocations.rs`) and waits for no lock"
        " (`tests/locks.rs`), so what is missing to twice as many is shared by the cores themselves: caches, memory,"
        " and their clock."
    )
    return {"title": "Threads", "text": text, "columns": ["who", "predictions/s", "ratio", "ratio, processor time"], "rows": rows}


def exponent(points):
    """Slope of the line of least squares through the logarithms."""
    if len(points) < 2:
        return math.nan
    xs, ys = ([math.log(value) for value in column] for column in zip(*points))
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def growth(quick):
    environment = dict(os.environ)
    if quick:
        environment.update(GROWTH_SIZES="100,300,1000,3000", GROWTH_BATCHES="1,16", GROWTH_SECONDS="0.3")
    found = lines("cargo", "bench", "--quiet", "--bench", "growth", cwd=ROOT, env=environment)
    sizes = [line for line in found if line["kind"] == "size"]
    rates = [line for line in found if line["kind"] == "rate"]
    evaluations = {line["threads"]: line["rate"] for line in found if line["kind"] == "evaluation"}
    rows = []
    for line in sizes:
        a_graph = line["seconds"] / line["batch"]
        a_node = line["megabytes"] * 1e3 / (line["nodes"] * line["batch"])
        rows.append([line["nodes"], line["batch"], f"{1e3 * line['seconds']:.2f}",
                     f"{1e6 * a_graph / line['nodes']:.2f}", f"{line['megabytes']:.0f}", f"{a_node:.1f}"])
    # A batch of one graph is one thread's work, and cannot be compared.
    of_time = exponent([(line["nodes"], line["seconds"] / line["batch"]) for line in sizes if line["batch"] > 1])
    # Small graphs say what the program itself takes, not how memory grows.
    large = [(line["nodes"], line["megabytes"] / line["batch"]) for line in sizes if line["nodes"] >= 1000]
    text = (
        "A training step on graphs of n nodes and 2.5 n edges: 64 features, widths of 64, 64 and 16 clusters, link and"
        " entropy losses, 2 threads. Time a graph grows with the power"
        f" {of_time:.2f} of n, peak memory from n = 1000 on with the power {exponent(large):.2f} (least squares of"
        " logarithms). Batches are smaller where memory would not do, and then both are counted a graph. Memory is that of"
        " the whole process, with the graphs; up to n = 1000 these are several batches."
    )
    columns = ["nodes", "batch", "ms a step", "us a node", "MB", "kB a node"]
    growing = {"title": "Growth with the size of graphs", "text": text, "columns": columns, "rows": rows}
    batches = sorted({line["batch"] for line in rates})
    figure = {(line["batch"], line["threads"]): line["training"] for line in rates}
    rows = [["training", batch, *(f"{figure[batch, threads]:.0f}" for threads in (1, 2)),
             f"{figure[batch, 2] / figure[batch, 1]:.2f}"] for batch in batches]
    rows.append(["evaluation", "", *(f"{evaluations[threads]:.0f}" for threads in (1, 2)),
                 f"{evaluations[2] / evaluations[1]:.2f}"])
    text = (
        "Graphs a second, with 33 nodes, 62 edges and 21 features each, and the network of PyTorch Geometric's example."
        " An evaluation makes batches of its own."
    )
    columns = ["work", "batch", "1 thread", "2 threads", "ratio"]
    return [growing, {"title": "Batch size and threads", "text": text, "columns": columns, "rows": rows}]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few rounds, for trying out")
    parser.add_argument("--no-build", action="store_true", help="with the programs that are there")
    parser.add_argument("--only", help="the measurements whose name contains this")
    options = parser.parse_args()
    if not options.no_build:
        build()
    run(BUILD / "prepare", BUILD)
    sections = []
    for measure in (calls, first_answer, size, loading, threads, growth):
        if options.only and options.only not in measure.__name__:
            continue
        found = measure(options.quick)
        sections.extend(found if isinstance(found, list) else [found])
    print(json.dumps({"sections": sections}))


if __name__ == "__main__":
    main()
