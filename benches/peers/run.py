#!/usr/bin/env python3
"""Runs libdiffpool and its peers in turn on the same work and writes docs/performance.md.

    python3 benches/peers/run.py [--rounds 3] [--only ROW ...] [--report-only]

`make bench-peers` installs what is needed and calls it. In every round each side of a row runs once, one after the
other, so that a machine that changes its speed does so for all. The lines they print are kept in build/peers/results,
one file a row; `--only` measures some rows again, and `--report-only` writes the document from what is there. Run it
on an idle machine: PyTorch's threads spin at barriers, and a third process on two cores slows them down many times.
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import time

import build
import machine
import report
from rows import ROWS

RESULTS = build.OUT / "results"


def lines_of(command, threads=1):
    """The lines of JSON that a command prints, or None with a message where it fails."""
    done = subprocess.run(
        [str(part) for part in command], cwd=build.ROOT, env=build.environment(threads), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode == 0 and lines:
        return lines
    reason = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
    print(f"    failed: {reason}", flush=True)
    return None


def command_of(run, tools):
    """The command of a run, or None where a part of it is missing."""
    names = [name for name in ("onnx_runtime", "first_answer") if tools[name] is None]
    words = [run.tool, *(str(argument) for argument in run.arguments)]
    for name in names:
        if any(word in (name, f"{{{name}}}") for word in words):
            print(f"    left out: {name} is not built", flush=True)
            return None
    program = [build.python(), build.HERE / run.tool] if run.tool.endswith(".py") else [tools[run.tool]]
    return [*program, *(word.format(**tools) for word in words[1:])]


def one_line(lines):
    """What a run printed as one line: the starts of a program are put together."""
    if "seconds" not in lines[0] or isinstance(lines[0]["seconds"], list):
        return lines[-1]
    seconds = [line["seconds"] for line in lines]
    return {"seconds": seconds, "peak_rss_mb": max(line["peak_rss_mb"] for line in lines)}


def measured(row, run, tools, number):
    """One run of one side of a row, as the line that is kept."""
    command = command_of(run, tools)
    lines = command and lines_of(command, row.threads)
    if not lines:
        return None
    line = one_line(lines) | {"row": row.key, "round": number, "peer": run.peer, "threads": row.threads}
    if "seconds" in line:
        line["seconds"] = [seconds / row.parts for seconds in line["seconds"]]
        line["median"] = statistics.median(line["seconds"])
    text = f"{line['median'] * 1e3:12.3f} ms" if "median" in line else f"   over {line['over_gb']} GB"
    print(f"    {run.peer:48}{text} {line.get('peak_rss_mb', 0):9.0f} MB", flush=True)
    return line


def same_work(lines):
    """Ends the program where the sides of a row did not have the same graphs or networks."""
    for key in ("fingerprint", "parameters", "graphs"):
        found = {line[key] for line in lines if key in line}
        if len(found) > 1:
            sys.exit(f"{lines[0]['row']}: the sides differ in {key}: {sorted(found)}")


def write(name, lines):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def count(row, tools):
    """The operations of one repetition of ours."""
    command = [tools["counted"], *row.counted, "--repeats", 1, "--warmup", 1]
    found = lines_of(command, row.threads)[-1]
    return {key: found[key] / row.parts for key in ("flops", "sparse_flops")}


def measure_rates(tools):
    ours = lines_of([tools["measure"], "sgemm"])
    theirs = lines_of([build.python(), build.HERE / "sgemm.py"])
    return (ours or []) + (theirs or [])


def measure_rows(rows, rounds, tools):
    found = {row.key: [] for row in rows}
    rates = []
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)
        rates += measure_rates(tools)
        write("sgemm", rates)
        for row in rows:
            print(f"  {row.title}, {row.threads} thread{'s' * (row.threads > 1)}", flush=True)
            for run in (run for run in (row.ours, *row.peers) if number == 0 or not run.once):
                line = measured(row, run, tools, number)
                found[row.key] += [line] if line else []
            if found[row.key]:
                same_work(found[row.key])
            if row.counted and number == 0 and found[row.key]:
                found[row.key][0] |= count(row, tools)
            write(row.key, found[row.key])



def keep_sections(name, command):
    """Keeps the sections that a program prints as JSON, for the document."""
    done = subprocess.run([str(part) for part in command], cwd=build.ROOT, text=True, stdout=subprocess.PIPE)
    if done.returncode == 0:
        (RESULTS / f"{name}.json").write_text(json.dumps(json.loads(done.stdout)))
    else:
        print(f"left out: {name}, since {command[0]} ended with {done.returncode}", flush=True)


def measure_costs():
    """What calls, starting, loading and growth cost."""
    keep_sections("costs", [sys.executable, build.ROOT / "benches" / "costs" / "run.py"])


def measure_large_data():
    """Training from files: 450,000 generated trees, and REDDIT-MULTI-12K where it is found."""
    keep_sections("large", ["cargo", "bench", "-q", "--bench", "dataset_file", "--", "--json"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append", choices=[row.key for row in ROWS], metavar="ROW")
    parser.add_argument("--around", action="store_true", help="measure costs and large data, of the rows only --only")
    parser.add_argument("--report-only", action="store_true", help="measure nothing, write the document again")
    options = parser.parse_args()
    if not options.report_only:
        started = time.monotonic()
        tools = build.everything()
        check = lines_of([build.python(), build.HERE / "check.py", tools["models"], tools["measure"],
                          tools["onnx_runtime"] or "-"])
        if not check:
            sys.exit("the sides do not compute the same: nothing is measured")
        write("check", check)
        keys = options.only or ([] if options.around else [row.key for row in ROWS])
        if keys:
            measure_rows([row for row in ROWS if row.key in keys], options.rounds, tools)
        if not options.only or options.around:
            measure_costs()
            measure_large_data()
        write("machine", [machine.describe() | {"date": datetime.date.today().isoformat()}])
        print(f"measured in {(time.monotonic() - started) / 60:.1f} minutes", flush=True)
    report.write(RESULTS)


if __name__ == "__main__":
    main()
