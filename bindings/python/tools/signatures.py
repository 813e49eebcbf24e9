"""The table of the C functions, read from include/diffpool.h.

    python3 bindings/python/tools/signatures.py            prints src/diffpool/_signatures.py
    python3 bindings/python/tools/signatures.py --write    writes it

A test compares the table with the header, so that a changed header cannot go unnoticed.
"""

import re
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "diffpool"
HEADER = Path(__file__).resolve().parents[3] / "include" / "diffpool.h"

FUNCTION = re.compile(r"^DIFFPOOL_API\s+(?:DIFFPOOL_NODISCARD\s+)?([^;()]*?)\s*(diffpool_\w+)\(([^)]*)\);", re.M)
CALLBACK = re.compile(r"^typedef\s+(\w+)\s*\(\*(diffpool_\w+)\)\(([^)]*)\);", re.M)
CONSTANT = re.compile(r"^\s+DIFFPOOL_([A-Z_]+) = (\d+),?$", re.M)
VERSION = re.compile(r"^#define DIFFPOOL_VERSION_(MAJOR|MINOR|PATCH) (\d+)$", re.M)


def parse(header):
    """Functions and callbacks by name, each a pair of what is returned and what is taken, as C types; the constants;
    and the version as one number.
    """
    code = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    functions = {name: (_type(result), _types(arguments)) for result, name, arguments in FUNCTION.findall(code)}
    callbacks = {name: (_type(result), _types(arguments)) for result, name, arguments in CALLBACK.findall(code)}
    version = {part: int(number) for part, number in VERSION.findall(code)}
    number = version["MAJOR"] * 10000 + version["MINOR"] * 100 + version["PATCH"]
    return functions, callbacks, {name: int(value) for name, value in CONSTANT.findall(code)}, number


def render(header):
    """The text of the module."""
    functions, callbacks, constants, version = parse(header)
    lines = [
        '"""What include/diffpool.h declares, as tools/signatures.py reads it: do not edit."""',
        "",
        "from __future__ import annotations",
        "",
        f"VERSION = {version}",
        '"""The version of the header: DIFFPOOL_VERSION."""',
        "",
        "CONSTANTS: dict[str, int] = {",
        *(f'    "{name}": {value},' for name, value in constants.items()),
        "}",
        '"""Statuses, reasons to stop, levels of the log."""',
    ]
    tables = [
        ("CALLBACKS", callbacks, "What the library calls: its result and its arguments, as C types."),
        ("FUNCTIONS", functions, "Every function: its result and its arguments, as C types."),
    ]
    for title, table, about in tables:
        lines += ["", f"{title}: dict[str, tuple[str, tuple[str, ...]]] = {{"]
        for name, (result, arguments) in table.items():
            lines += _entry(name, result, arguments)
        lines += ["}", f'"""{about}"""']
    return "\n".join(lines) + "\n"


def _entry(name, result, arguments):
    inner = ", ".join(f'"{argument}"' for argument in arguments) + ("," if len(arguments) == 1 else "")
    line = f'    "{name}": ("{result}", ({inner})),'
    if len(line) <= 120:
        return [line]
    return [f'    "{name}": (', f'        "{result}",', f"        ({inner}),", "    ),"] if len(inner) <= 108 else [
        f'    "{name}": (', f'        "{result}",', "        (",
        *(f'            "{argument}",' for argument in arguments), "        ),", "    ),",
    ]


def _type(text):
    return re.sub(r"\s*\*\s*", " *", " ".join(text.split())).replace("* *", "**").strip()


def _types(arguments):
    if arguments.strip() in ("", "void"):
        return ()
    # Every argument has a name behind its type.
    return tuple(_type(re.sub(r"\b\w+\s*$", "", argument.strip())) for argument in arguments.split(","))


def main():
    text = render(HEADER.read_text("utf-8"))
    if sys.argv[1:] == ["--write"]:
        (PACKAGE / "_signatures.py").write_text(text, "utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
