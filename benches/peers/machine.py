"""What the document says of the machine: no names of hosts, no paths."""

import os
import platform
from pathlib import Path

WANTED = ("avx2", "fma", "avx512f", "avx512vl", "avx512_bf16", "asimd", "sve")


def field(name):
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""


def caches():
    """Such as {"L1d": "48K"}, of the first core."""
    found = {}
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        read = {name: (folder / name).read_text().strip() for name in ("level", "type", "size")}
        kind = {"Data": "d", "Instruction": "i"}.get(read["type"], "")
        found[f"L{read['level']}{kind}"] = read["size"]
    return found


def describe():
    flags = (field("flags") or field("Features")).split()
    family = f"family {field('cpu family')}, model {field('model')}" if field("cpu family") else ""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": field("model name") or platform.machine(),
        "family": family,
        "cores": os.cpu_count(),
        "caches": caches(),
        "instructions": [flag for flag in WANTED if flag in flags],
        "memory_gb": round(pages / 1e9),
        "system": platform.system(),
        "load": round(os.getloadavg()[2], 1),
    }
