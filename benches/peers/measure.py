"""Timing of one piece of work, printed as one line of JSON: the counterpart of benches/measure.rs."""

import argparse
import importlib.metadata
import json
import resource
import statistics
import time
from pathlib import Path

PACKAGES = ("numpy", "torch", "torch_geometric", "torch-geometric-pool", "onnxruntime")


def arguments(works, description):
    """The command line that all peers share. Torch gets as many threads as it names."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("work", choices=works)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5, help="timed repetitions")
    parser.add_argument("--warmup", type=int, default=1, help="untimed repetitions before them")
    parser.add_argument("--nodes", type=int, default=300, help="nodes of a generated graph")
    parser.add_argument("--batch", type=int, default=8, help="generated graphs")
    parser.add_argument("--pad", default="max", help="what graphs of a batch are padded to")
    parser.add_argument("--limit-gb", type=float, help="largest size of the process's memory")
    return parser


def read(parser):
    options = parser.parse_args()
    if options.repeats < 1 or options.threads < 1 or options.warmup < 0:
        parser.error("--repeats and --threads must be at least 1, --warmup at least 0")
    if options.limit_gb:
        limit = int(options.limit_gb * 1e9)
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    return options


def reset_peak_memory():
    """Lets the kernel's mark of the peak begin anew; where it cannot, the peak is that of the whole process."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        pass


def memory_mb(line):
    """A line of what Linux says of this process, such as VmHWM; in MB."""
    for text in Path("/proc/self/status").read_text().splitlines():
        if text.startswith(f"{line}:"):
            return int(text.split()[1]) * 1.024e-3
    return float("nan")


def versions():
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def measure(peer, options, once, **about):
    """Calls `once` again and again and prints the line, `about` in it."""
    for _ in range(options.warmup):
        once()
    before = memory_mb("VmRSS")
    reset_peak_memory()
    seconds, shares = [], []
    for _ in range(options.repeats):
        cpu, wall = time.process_time(), time.perf_counter()
        once()
        seconds.append(time.perf_counter() - wall)
        shares.append((time.process_time() - cpu) / seconds[-1])
    line = {
        "peer": peer,
        "work": options.work,
        "threads": options.threads,
        "median": statistics.median(seconds),
        "seconds": seconds,
        # CPU seconds a second: clearly below the number of threads only where something else kept the cores busy.
        "cpu_share": round(statistics.median(shares), 3),
        "peak_rss_mb": memory_mb("VmHWM"),
        "rss_before_mb": before,
        "versions": versions(),
    }
    print(json.dumps(line | about), flush=True)
