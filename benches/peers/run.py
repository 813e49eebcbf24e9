#!/usr/bin/env python3
"""Runs our ENZYMES benchmark and PyTorch Geometric's in turn and prints the ratios.

    python benches/peers/run.py [--rounds 3] [--python PYTHON]

PYTHON has torch and torch_geometric (default: this interpreter). Both sides get the same 540 graphs, network, batch
size and losses, one after the other, round by round, so that a machine that changes its speed does so for both. The
figure of a side is the median over rounds; the ratio is the median of the rounds' ratios. Run it on an idle machine:
PyTorch's threads spin at barriers, and a third process on two cores slows them down many times.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = [("train", "train_epoch"), ("infer", "infer_pass")]


def ours(name, threads):
    """Median seconds of one of our criterion benchmarks."""
    command = ["cargo", "bench", "-q", "--bench", "enzymes", "--", f"enzymes/{name}/{threads}$"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    estimates = target / "criterion" / "enzymes" / f"{name}" / f"{threads}" / "new" / "estimates.json"
    if not estimates.is_file():
        estimates = target / "criterion" / "enzymes" / f"{name}_{threads}" / "new" / "estimates.json"
    return json.loads(estimates.read_text())["median"]["point_estimate"] * 1e-9


def theirs(python, mode, threads):
    """Median seconds and CPU share of PyTorch Geometric, padded to the data set's largest graph as in its example."""
    script = str(ROOT / "benches" / "peers" / "pyg_enzymes.py")
    command = [python, script, "--mode", mode, "--threads", str(threads), "--pad", "max", "--epochs", "5"]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    line = json.loads([line for line in out.splitlines() if line.startswith("{")][-1])
    return line["seconds_median"], line["cpu_share"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    print("work   threads   ours [s]   PyG [s]   ratio (rounds)            PyG's CPU share")
    for mode, name in CASES:
        for threads in (1, 2):
            rounds = []
            for _ in range(options.rounds):
                mine = ours(name, threads)
                peer, share = theirs(options.python, mode, threads)
                rounds.append((mine, peer, share))
            ratios = [peer / mine for mine, peer, _ in rounds]
            listed = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            mine, peer, share = (statistics.median(column) for column in zip(*rounds))
            print(
                f"{mode:6} {threads:7} {mine:10.4f} {peer:9.3f}   {statistics.median(ratios):.2f} ({listed})"
                f"       {share:.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
