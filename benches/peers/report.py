"""Writes docs/performance.md from the lines that run.py kept."""

import json
import re
import statistics
import textwrap

import build
from rows import FIRST_ANSWER_STARTS, ROWS

DOCUMENT = build.ROOT / "docs" / "performance.md"


def lines(folder, name):
    path = folder / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def milliseconds(seconds):
    value = seconds * 1e3
    if value < 1:
        return f"{value * 1e3:.1f} us"
    return f"{value:.3g} ms" if value < 1000 else f"{value / 1e3:.2f} s"


def paragraph(text):
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def table(columns, rows):
    text = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join(text + [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows])


class Side:
    """All rounds of one side of a row."""

    def __init__(self, peer, found):
        self.peer = peer
        self.rounds = {line["round"]: line["median"] for line in found if "median" in line}
        self.median = statistics.median(self.rounds.values()) if self.rounds else None
        self.memory = max((line["peak_rss_mb"] for line in found if "peak_rss_mb" in line), default=None)
        self.over = next((line["over_gb"] for line in found if "over_gb" in line), None)
        self.shares = [line["cpu_share"] for line in found if "cpu_share" in line]
        self.lines = found

    def time(self):
        if self.over:
            return f"over {self.over:g} GB"
        return milliseconds(self.median) if self.rounds else "not measured"

    def times_slower_than(self, ours):
        """The median over rounds of the ratio within a round."""
        shared = sorted(set(self.rounds) & set(ours.rounds))
        return statistics.median(self.rounds[number] / ours.rounds[number] for number in shared) if shared else None


class Result:
    """What a row of rows.py came to."""

    def __init__(self, row, found):
        self.row = row
        by_peer = {run.peer: Side(run.peer, [line for line in found if line["peer"] == run.peer])
                   for run in (row.ours, *row.peers)}
        self.ours = by_peer.pop(row.ours.peer)
        self.peers = list(by_peer.values())
        timed = [side for side in self.peers if side.rounds]
        self.first = self.peers[0] if self.peers and self.peers[0].rounds else None
        self.best = min(timed, key=lambda side: side.median, default=None)

    def ratio(self, side):
        return side.times_slower_than(self.ours) if side and self.ours.rounds else None

    def reached(self):
        if not self.ours.rounds:
            return "not measured"
        numbers = (self.ratio(self.first), self.ratio(self.best), self.ours.median, self.ours.memory)
        if self.row.goal.reached(*numbers) and self.row.floor.reached(*numbers):
            return "goal"
        return "floor" if self.row.floor.reached(*numbers) else "**no**"


def ratio_text(value):
    return "" if value is None else f"{value:.2f}"


def targets(results):
    rows = []
    for result in results:
        row, best = result.row, result.best
        rows.append([
            row.title, row.threads, result.ours.time(),
            "; ".join(f"{side.peer}: {side.time()}" for side in result.peers),
            ratio_text(result.ratio(result.first)), f"{ratio_text(result.ratio(best))} ({best.peer})" if best else "",
            row.floor.text(), row.goal.text(), result.reached(),
        ])
    columns = ["work", "threads", "libdiffpool", "peers", "ratio to the first", "ratio to the best", "floor", "goal",
               "reached"]
    return table(columns, rows)


def fastest_sgemm(found):
    """The highest rate of a product of 1024 x 1024 matrices on one thread that was seen, and who had it."""
    rates = {}
    for line in found:
        if isinstance(line["rates"], dict):
            seen = line["rates"]
        else:
            seen = next(rate for rate in line["rates"] if rate["shape"] == [1024] * 3)
            seen = {"libdiffpool": seen["ours"], "matrixmultiply": seen["matrixmultiply"]}
        for name, value in seen.items():
            rates[name] = max(value, rates.get(name, 0.0))
    return max(rates.items(), key=lambda item: item[1], default=(None, None)), rates


def arithmetic(results, rate):
    rows = []
    for result in results:
        counted = next((line for line in result.ours.lines if "flops" in line), None)
        cells = ["", "", ""]
        if counted and result.ours.rounds:
            flops = counted["flops"]
            achieved = flops / result.ours.median * 1e-9
            cells = [f"{flops * 1e-9:.4g} + {counted['sparse_flops'] * 1e-9:.2g}", f"{achieved:.0f}"]
            cells.append(f"{100 * achieved / (rate * result.row.threads):.0f} %" if rate else "")
        theirs = "; ".join(f"{side.peer}: {side.memory:.0f} MB" for side in result.peers if side.memory)
        own = f"{result.ours.memory:.0f} MB" if result.ours.memory else ""
        rows.append([result.row.title, result.row.threads, *cells, own, theirs])
    columns = ["work", "threads", "GFLOP, dense + sparse", "GFLOP/s", "share of sgemm", "peak memory", "peers'"]
    return table(columns, rows)


def sgemm_shapes(found):
    shapes = {}
    for line in found:
        for rate in line["rates"] if isinstance(line["rates"], list) else []:
            shape = " x ".join(str(size) for size in rate["shape"])
            shapes.setdefault(shape, []).append((rate["ours"], rate["matrixmultiply"]))
    rows = [[shape, *(f"{max(column):.0f}" for column in zip(*values))] for shape, values in shapes.items()]
    return table(["rows x inner x columns", "libdiffpool", "matrixmultiply"], rows)


def machine_text(found, results):
    if not found:
        return ""
    about = found[-1]
    caches = ", ".join(f"{name} {size}" for name, size in about["caches"].items())
    versions = {}
    for result in results:
        for side in result.peers:
            for line in side.lines:
                versions |= line.get("versions", {})
    named = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    shares = [(min(side.shares) / result.row.threads, side.peer, result.row.title, result.row.threads)
              for result in results for side in result.peers if side.shares]
    lowest = min(shares, default=None)
    text = (
        f"{about['processor']} ({about['family']}), {about['cores']} cores, caches {caches}, "
        f"{about['memory_gb']} GB, {', '.join(about['instructions'])}. {named}. Measured on {about['date']}."
    )
    if lowest:
        text += (
            f" The least part of its threads' time that a peer of PyTorch had the processor for is {lowest[0]:.0%} "
            f"({lowest[1]}, {lowest[2]}, {lowest[3]} threads); a share far below 100 % means that something else ran."
        )
    return paragraph(text)


def check_text(found):
    if not found:
        return ""
    parts = [f"{name}: {value:.1e}" for name, value in found[-1]["differences"].items()]
    return paragraph(f"Largest differences found in this run: {'; '.join(parts)}.")


def sections_text(folder):
    """What benches/costs/run.py and benches/dataset_file.rs have measured, as they put it."""
    parts = []
    for path in (folder / "costs.json", folder / "large.json"):
        for section in json.loads(path.read_text())["sections"] if path.is_file() else []:
            parts.append(f"## {section['title']}\n\n{section['text']}")
            if section.get("columns"):
                parts.append(table(section["columns"], section["rows"]))
    return "\n\n".join(parts)


def write(folder):
    """Fills the text of performance.md.in with what was measured."""
    results = [Result(row, lines(folder, row.key)) for row in ROWS]
    sgemm = lines(folder, "sgemm")
    (fastest, rate), rates = fastest_sgemm(sgemm)
    listed = ", ".join(f"{name} {value:.0f}" for name, value in sorted(rates.items(), key=lambda item: -item[1]))
    filled = {
        "machine": machine_text(lines(folder, "machine"), results),
        "targets": targets(results),
        "arithmetic": arithmetic(results, rate),
        "sgemm": f"{listed} GFLOP/s; the share refers to {fastest}'s." if rates else "not measured.",
        "shapes": sgemm_shapes(sgemm),
        "check": check_text(lines(folder, "check")),
        "notes": (build.HERE / "notes.md").read_text().strip(),
        "sections": sections_text(folder),
        "starts": str(FIRST_ANSWER_STARTS),
    }
    text = (build.HERE / "performance.md.in").read_text()
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    DOCUMENT.write_text(re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n")
    print(f"wrote {DOCUMENT.relative_to(build.ROOT)}")
