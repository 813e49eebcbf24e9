"""The rows of the comparison: what is measured, by whom, and what is aimed at."""

from dataclasses import dataclass, field

FIRST_ANSWER_STARTS = 15


@dataclass(frozen=True)
class Aim:
    """What a row is to reach: times as fast as the first peer, as the strongest, and limits of time and memory."""

    first: float = 0.0
    best: float = 0.0
    ms: float = 0.0
    mb: float = 0.0

    def text(self):
        parts = [f"{self.first:g}x the first"] * (self.first > 0) + [f"{self.best:g}x the best"] * (self.best > 0)
        parts += [f"{self.ms:g} ms"] * (self.ms > 0) + [f"under {self.mb:g} MB"] * (self.mb > 0)
        return ", ".join(parts)

    def reached(self, first, best, seconds, memory):
        return (
            (self.first == 0 or first is not None and first >= self.first)
            and (self.best == 0 or best is not None and best >= self.best)
            and (self.ms == 0 or seconds * 1e3 <= self.ms)
            and (self.mb == 0 or memory < self.mb)
        )


@dataclass(frozen=True)
class Run:
    """A command of one side: `tool` is a program of build.py or a script of this folder."""

    peer: str
    tool: str
    arguments: tuple
    once: bool = False
    """Whether one round is enough, because the run shows that something cannot be done."""


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    threads: int
    ours: Run
    peers: tuple
    floor: Aim
    goal: Aim
    parts: int = 1
    """What a repetition is divided by: graphs, where the time of one graph is asked for."""
    counted: tuple = field(default=())
    """Arguments of the run that counts operations; none where that of another row holds."""


def ours(*arguments):
    return Run("libdiffpool", "measure", arguments)


def eager(pad, work, threads, repeats):
    name = {"max": "PyG eager, padded to 126", "batch": "PyG eager, padded to the batch's largest"}[pad]
    return Run(name, "pyg_eager.py", (work, "--pad", pad, "--threads", threads, "--repeats", repeats))


def compiled(pad, work, threads, repeats):
    tool = "PyG compiled, fused Adam" if work == "train_epoch" else "PyG by AOTInductor"
    sizes = {"batch": "any size", "max": "padded to 126"}.get(pad, f"padded to multiples of {pad}")
    arguments = (work, "--pad", pad, "--threads", threads, "--repeats", repeats, "--warmup", 3)
    return Run(f"{tool}, {sizes}", "pyg_compiled.py", arguments)


def epoch(threads, floor, goal):
    return Row(
        f"epoch-{threads}", "training epoch, ENZYMES", threads,
        ours("train_epoch", "--threads", threads, "--repeats", 15),
        (
            eager("max", "train_epoch", threads, 4), eager("batch", "train_epoch", threads, 5),
            compiled("batch", "train_epoch", threads, 5), compiled("32", "train_epoch", threads, 5),
        ),
        floor, goal, counted=("train_epoch", "--threads", threads),
    )


def inference(threads, floor, goal):
    return Row(
        f"inference-{threads}", "inference pass, ENZYMES, batched", threads,
        ours("infer_pass", "--threads", threads, "--repeats", 40),
        (
            eager("max", "infer_pass", threads, 10), eager("batch", "infer_pass", threads, 10),
            compiled("batch", "infer_pass", threads, 15), compiled("32", "infer_pass", threads, 15),
        ),
        floor, goal, counted=("infer_pass", "--threads", threads),
    )


def single(floor, goal):
    graphs = "{models}/graphs.bin"
    return Row(
        "one-graph", "one graph (mean 33 nodes)", 1, ours("predict_each", "--repeats", 40),
        (
            Run("PyG eager", "pyg_eager.py", ("predict_each", "--repeats", 3)),
            Run("ONNX Runtime, C, any batch", "onnx_runtime", ("each", "{models}/many.onnx", graphs, 15)),
            Run("ONNX Runtime, C, batch of 1", "onnx_runtime", ("each", "{models}/one.onnx", graphs, 15)),
            Run("ONNX Runtime, Python", "onnx_each.py", ("{models}/one.onnx", 5)),
        ),
        floor, goal, parts=540, counted=("predict_each",),
    )


def step(nodes, floor, goal, repeats, dense, dense_limit=None):
    size = ("--nodes", nodes, "--batch", 8, "--threads", 2)
    arguments = ("step", *size, "--repeats", dense)
    arguments += ("--limit-gb", dense_limit, "--warmup", 0) if dense_limit else ()
    return Row(
        f"step-{nodes}", f"training step, 8 graphs of {nodes:,} nodes", 2,
        ours("step", *size, "--repeats", repeats),
        (
            Run("PyG dense", "pyg_eager.py", arguments, once=dense_limit is not None),
            Run("tgp sparse", "tgp_steps.py", ("step", *size, "--repeats", max(3, min(20, 6000 // nodes)))),
        ),
        floor, goal, counted=("step", *size),
    )


def first_answer(floor, goal):
    starts = FIRST_ANSWER_STARTS
    return Row(
        "first-answer", "process start to first answer", 1,
        Run("libdiffpool", "launch", (starts, "{first_answer}", "{models}/plain.safetensors", "{models}/graph.txt")),
        (
            Run(
                "ONNX Runtime, C", "launch",
                (starts, "{onnx_runtime}", "first", "{models}/one.onnx", "{models}/graph.txt"),
            ),
        ),
        floor, goal,
    )


ROWS = [
    epoch(1, Aim(first=6, best=3.5), Aim(first=8, best=5)),
    epoch(2, Aim(first=8, best=4.5), Aim(first=11, best=6)),
    inference(1, Aim(best=2.5), Aim(best=3.5)),
    inference(2, Aim(best=3.2), Aim(best=4.5)),
    single(Aim(best=2.8), Aim(best=4)),
    step(300, Aim(best=5), Aim(best=7), 40, 15),
    step(1000, Aim(best=7), Aim(best=10), 20, 6),
    step(3000, Aim(best=5), Aim(best=8), 10, 2),
    step(10000, Aim(best=4.5, mb=700), Aim(best=7, mb=400), 5, 1, dense_limit=12),
    first_answer(Aim(ms=10, mb=12), Aim(ms=5)),
]
