"""Builds what the comparison runs: our programs, the C programs beside this file, and the exported models."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "benches" / "peers"
OUT = ROOT / "build" / "peers"


def python():
    """The interpreter of the peers: that of the environment setup.sh makes, or the one PEERS_PYTHON names."""
    return os.environ.get("PEERS_PYTHON") or str(ROOT / "build" / "peers-venv" / "bin" / "python")


def environment(threads=1):
    """The environment of all runs. Libraries that would start threads of their own get as many as are measured."""
    caches = {"TORCHINDUCTOR_CACHE_DIR": str(OUT / "inductor"), "PEERS_PACKAGES": str(OUT / "packages")}
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return {**os.environ, **caches, **limits, "PYTHONWARNINGS": "ignore", "PYTHONDONTWRITEBYTECODE": "1"}


def measure(features=()):
    """The path of benches/measure.rs as a program."""
    command = ["cargo", "bench", "--bench", "measure", "--no-run", "--message-format=json"]
    # Two kinds of the library in one folder would replace each other.
    command += ["--features", ",".join(features), "--target-dir", str(OUT / "counted")] if features else []
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in out.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["target"]["name"] == "measure":
            return message["executable"]
    sys.exit("cargo named no program for benches/measure.rs")


def compiler():
    return os.environ.get("CC", "cc")


def launch():
    made = OUT / "launch"
    subprocess.run([compiler(), "-O2", "-o", str(made), str(HERE / "launch.c")], check=True)
    return made


def onnx_runtime():
    """The program of onnx_runtime.c, with the library of the Python package; None where its header is missing."""
    if not (OUT / "onnxruntime_c_api.h").is_file():
        return None
    asked = "import onnxruntime; print(onnxruntime.__file__)"
    package = subprocess.run([python(), "-c", asked], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    library = next((Path(package).parent / "capi").glob("libonnxruntime.so.*"))
    link, made = OUT / "libonnxruntime.so.1", OUT / "onnx_runtime"
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    command = [compiler(), "-O2", f"-I{OUT}", "-o", str(made), str(HERE / "onnx_runtime.c"), str(link)]
    subprocess.run([*command, "-Wl,-rpath,$ORIGIN"], check=True)
    return made


def models():
    folder = OUT / "models"
    if not (folder / "logits.json").is_file():
        script = [python(), str(HERE / "onnx_export.py"), str(folder)]
        subprocess.run(script, check=True, env=environment(), stdout=subprocess.DEVNULL)
    return folder


def first_answer():
    """The C program of benches/costs that loads a model and predicts; None where it cannot be had."""
    folder = ROOT / "benches" / "costs"
    if (folder / "run.py").is_file():
        subprocess.run([sys.executable, "-c", "import run; run.build()"], cwd=folder, env=environment())
    made = ROOT / "build" / "costs" / "first_answer"
    return made if made.is_file() else None


def everything():
    """The paths of all that runs, by name; None where something cannot be had here."""
    OUT.mkdir(parents=True, exist_ok=True)
    return {
        "first_answer": first_answer(),
        "counted": measure(["count-flops"]),
        "measure": measure(),
        "launch": launch(),
        "onnx_runtime": onnx_runtime(),
        "models": models(),
    }
