#!/usr/bin/env python3
"""Writes THIRD-PARTY.txt, what the binaries contain of others and under which licences, and packaging/sbom.cdx.json,
the same for programs (CycloneDX 1.5).

Read are the crates that cargo links into the library and into the program on Linux, the licences in their sources, and
what the Rust compiler says of its standard library. Where a crate may be had under several licences, MIT is taken.
tests/third_party.rs checks that no crate is missing.
"""

import html
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"]
PACKAGES = {"library": "diffpool", "program": "diffpool-cli"}
# What of the compiler's list is linked on Linux, and what is linked but not in its list, with who holds the copyright.
IN_STANDARD_LIBRARY = {"cfg-if", "foldhash", "gimli", "hashbrown", "libc", "rustc-demangle"}
UNNAMED = {
    "std, core, alloc": "The Rust Project Contributors",
    "addr2line": "2016-2018 The gimli Developers",
    "miniz_oxide": "2017 Frommi, 2017-2024 oyvindln",
    "memchr": "2015 Andrew Gallant",
    "adler2": "Jonas Schievink <jonasschievink@gmail.com>",
}
INTRODUCTION = """\
Diffpool is licensed under either of the Apache License, Version 2.0 (LICENSE-APACHE) or the MIT license
(LICENSE-MIT) at your option. Its binaries contain the work of others, which is listed here with its licences: first
the crates, then the crates in Rust's standard library, then the texts. Of several licences that a crate may be had
under, the first text below is the one under which it is contained.

Written by scripts/dist/third_party.py.
"""


def output(*command):
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def crates():
    """The crates by name and version, each with the parts that contain it."""
    found = {}
    for part, package in PACKAGES.items():
        for target in TARGETS:
            tree = output("cargo", "tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro",
                          "--target", target, "--prefix", "none", "--format", "{p}")
            for line in filter(None, tree.splitlines()):
                name, version = line.split()[:2]
                if not name.startswith("diffpool"):
                    found.setdefault((name, version.removeprefix("v")), set()).add(part)
    return dict(sorted(found.items()))


def normal(text):
    """A text without what differs between copies of the same licence: ends of lines, margins, spaces."""
    return " ".join(text.split())


def tidy(text):
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").strip("\n").split("\n")]
    return "\n".join(lines)


def of_licence(files, licence):
    """The files to quote: those of the MIT license, or else those of another than Apache's, or else all. Where several
    licences hold at once, all but Apache's."""
    mit = [file for file in files if "mit" in file[0].lower() and " AND " not in licence]
    other = [file for file in files if "apache" not in file[0].lower()]
    return mit or other or files


def licence_files(folder):
    names = re.compile(r"(licen[cs]e|copying|notice|unlicense)", re.I)
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and names.match(path.name)]
    return [(path.name, path.read_text("utf-8", "replace")) for path in files if path.suffix not in (".rs", ".toml")]


def standard_library():
    """What the standard library links on Linux: rows of name, version and licence, and texts by crate."""
    page = pathlib.Path(output("rustc", "--print", "sysroot").strip()) / "share/doc/rust/COPYRIGHT-library.html"
    if not page.exists():
        sys.exit(f"{page} is missing: it comes with a Rust that rustup installed, 1.84 or newer")
    rows, texts = [], {}
    for entry in page.read_text("utf-8").split("<h3>")[1:]:
        title = re.match(r"\W*([\w-]+)-(\d[\w.+-]*)</h3>", html.unescape(entry))
        if not title or title.group(1) not in IN_STANDARD_LIBRARY:
            continue
        name = title.group(1)
        rows.append((name, title.group(2), html.unescape(re.search(r"License:</b>([^<]+)", entry).group(1)).strip()))
        files = re.findall(r"<code>([^<]+)</code></summary>\s*<pre>(.*?)</pre>", entry, re.S)
        texts[name] = [(file, html.unescape(body)) for file, body in files]
    if {row[0] for row in rows} != IN_STANDARD_LIBRARY:
        sys.exit(f"{page} names other crates than this script expects: {rows}")
    permission = of_licence(texts["gimli"], "")[0][1].split("Permission is", 1)[1]
    for name, holder in UNNAMED.items():
        rows.append((name, "", "MIT OR Apache-2.0"))
        texts[name] = [("LICENSE-MIT", f"Copyright (c) {holder}\n\nPermission is{permission}")]
    return rows, texts


def main():
    metadata = json.loads(output("cargo", "metadata", "--locked", "--format-version", "1"))
    packages = {(package["name"], package["version"]): package for package in metadata["packages"]}
    mine = packages["diffpool", next(version for name, version in packages if name == "diffpool")]
    lines, quoted, components = [INTRODUCTION], {}, []

    def quote(who, licence, files):
        if not files and "Apache-2.0" in licence.split(" OR "):
            # The text of that licence names nobody, so it is the same everywhere.
            files = [("LICENSE-APACHE", (ROOT / "LICENSE-APACHE").read_text("utf-8"))]
        if not files:
            sys.exit(f"{who} has no file with its licence: add its text to scripts/dist/third_party.py by hand")
        for _, text in of_licence(files, licence):
            quoted.setdefault(normal(text), (tidy(text), []))[1].append(who)

    found = crates()
    lines.append("CRATES\n")
    for (name, version), parts in found.items():
        package = packages[name, version]
        where = "library and program" if len(parts) == 2 else next(iter(parts))
        lines.append(f"{name} {version}: {package['license']}; {where}; {package['repository'] or 'no address'}")
        quote(f"{name} {version}", package["license"], licence_files(pathlib.Path(package["manifest_path"]).parent))
        components.append({"type": "library", "bom-ref": f"{name}@{version}", "name": name, "version": version,
                           "purl": f"pkg:cargo/{name}@{version}",
                           "licenses": [{"expression": package["license"].replace("/", " OR ")}],
                           "properties": [{"name": "diffpool:in", "value": part} for part in sorted(parts)]})

    rows, texts = standard_library()
    lines.append("\n\nRUST'S STANDARD LIBRARY\n")
    for name, version, licence in rows:
        lines.append(f"{name} {version}".strip() + f": {licence}")
        quote(f"{name} {version}".strip() + " (standard library)", licence, texts[name])

    lines.append("\n\nTEXTS")
    for text, users in sorted(quoted.values(), key=lambda entry: (-len(entry[1]), entry[1])):
        lines.append(f"\n{'-' * 80}\nOf {', '.join(users)}:\n\n{text}")
    (ROOT / "THIRD-PARTY.txt").write_text("\n".join(lines) + "\n", "utf-8")

    parent = {"type": "library", "bom-ref": "diffpool", "name": "diffpool", "version": mine["version"],
              "purl": f"pkg:cargo/diffpool@{mine['version']}", "licenses": [{"expression": mine["license"]}]}
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
           "metadata": {"component": parent}, "components": components}
    (ROOT / "packaging/sbom.cdx.json").write_text(json.dumps(bom, indent=1) + "\n", "utf-8")
    print(f"{len(found)} crates, {len(rows)} in the standard library, {len(quoted)} texts")


main()
