#!/usr/bin/env python3
"""Writes the Go modules that programs download, and a folder that `go get` takes them from.

    scripts/dist/go_proxy.py [--out FOLDER] [--version VERSION] PLATFORM=ARCHIVE...

ARCHIVE is a libdiffpool.a for the platform; PLATFORM is one of those below. FOLDER, build/go by default, becomes

    modules/    the files of every module: the package with the header, and for each platform one module with its
                archive, so that a build downloads that of its platform and no others (`go get` and `go mod tidy`
                look at all of them once, to write down their checksums)
    proxy/      the same as a file-system GOPROXY: GOPROXY=file://FOLDER/proxy

Modules of one version fit each other and no others: the package asks the linker for a name that only the archive's
module of the same version and header has. Equal input gives equal bytes; SOURCE_DATE_EPOCH is the time that is written
down. Needed: Python 3.9 and readelf of binutils.
"""

import argparse
import datetime
import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings" / "go"
MODULE = re.search(r"^module (\S+)", (PACKAGE / "go.mod").read_text(), re.MULTILINE).group(1)
GO_VERSION = re.search(r"^go (\S+)", (PACKAGE / "go.mod").read_text(), re.MULTILINE).group(1)

# The module of the package has other files in place of this one.
CHECKOUT_ONLY = "link_checkout.go"
SOURCES = {".go", ".c", ".h", ".md", ".mod"}

# What Go builds for, the machine that ELF calls it, and whether the C library must be that of GNU.
PLATFORMS = {
    "linux_amd64": ("linux && amd64 && !diffpool_musl", 62, True),
    "linux_amd64_musl": ("linux && amd64 && diffpool_musl", 62, False),
    "linux_arm64": ("linux && arm64 && !diffpool_musl", 183, True),
    "linux_arm64_musl": ("linux && arm64 && diffpool_musl", 183, False),
}

HEADER_PACKAGE = """\
// Package include has the header of the library. It is a package because `go mod vendor` copies nothing else.
package include
"""

LINK_PREBUILT = """\
//go:build cgo && !diffpool_system

package diffpool

// #cgo CFLAGS: -I${{SRCDIR}}/include
import "C"

import _ "{module}/include" // so that `go mod vendor` keeps the header
"""

LINK_PLATFORM = """\
//go:build cgo && !diffpool_system && {constraint}

package diffpool

import _ "{module}/lib/{platform}"
"""

LINK_NONE = """\
//go:build cgo && !diffpool_system && !({constraints})

package diffpool

// #error "libdiffpool is not prebuilt for this platform: install it, and build with -tags diffpool_system"
import "C"
"""

PAIR = """\
//go:build cgo && !diffpool_system && ({constraints})

// The name is that of an archive of the same version and header. The linker finds no other.
extern const char {pair};
const void *const diffpool_go_pair = &{pair};
"""

PREBUILT = """\
//go:build cgo

// Package {platform} has the static library of libdiffpool {version}. It is not for programs: the package diffpool
// of {module} links it where {constraint}.
package {platform}

/*
#cgo LDFLAGS: ${{SRCDIR}}/libdiffpool.a -lpthread -ldl -lm
#include <limits.h>

#if {wrong_libc}
#error "{libc_message}"
#endif
*/
import "C"
"""

PREBUILT_PAIR = """\
//go:build cgo

// See pair.c of the package that links this library.
const char {pair} = 1;
"""


def fail(message):
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: {message}")


def library_version():
    """Returns the version of Cargo.toml, which is also the header's."""
    version = re.search(r'^version = "([^"]+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    header = (ROOT / "include" / "diffpool.h").read_text()
    parts = [re.search(rf"#define DIFFPOOL_VERSION_{part} (\d+)", header).group(1)
             for part in ("MAJOR", "MINOR", "PATCH")]
    if ".".join(parts) != version.split("-")[0]:
        fail(f"Cargo.toml is of version {version}, but include/diffpool.h of {'.'.join(parts)}")
    return version


def check_archive(path, platform):
    """Checks that an archive is for a platform and has every function of the header."""
    if not path.is_file():
        fail(f"the archive {path} is not there")
    data = path.read_bytes()
    if not data.startswith(b"!<arch>\n"):
        fail(f"{path} is not an archive")
    member = data.find(b"\x7fELF")
    machine = struct.unpack_from("<H", data, member + 18)[0] if member >= 0 else None
    wanted = PLATFORMS[platform][1]
    if machine != wanted:
        fail(f"{path} is for the machine {machine} of ELF, but {platform} is {wanted}")
    # Not nm: where it has a plugin of LLVM, it takes an object that also has bitcode for an older one.
    listing = subprocess.run(["readelf", "--symbols", "--wide", str(path)], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    rows = (line.split() for line in listing.splitlines() if "diffpool_" in line)
    defined = {row[7] for row in rows if len(row) == 8 and row[4] in ("GLOBAL", "WEAK") and row[6] != "UND"}
    missing = [name for name in (ROOT / "tests" / "symbols.txt").read_text().split() if name not in defined]
    if missing:
        fail(f"{path} lacks {len(missing)} functions of the header, such as {missing[0]}")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def copy_licences(folder):
    for name in ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY.txt"):
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, folder / name)


def write_library(folder, platform, archive, version, pair):
    """Writes the module of one platform: its archive, and what tells Go to link it."""
    constraint, _, gnu = PLATFORMS[platform]
    wrong, message = {
        True: ("defined(__linux__) && !defined(__GLIBC__)",
               "this library is for glibc: with another C library, such as musl, build with -tags diffpool_musl"),
        False: ("defined(__GLIBC__)", "this library is for musl: build without -tags diffpool_musl for glibc"),
    }[gnu]
    write(folder / "go.mod", f"module {MODULE}/lib/{platform}\n\ngo {GO_VERSION}\n")
    write(folder / "prebuilt.go", PREBUILT.format(platform=platform, version=version, constraint=constraint,
                                                  module=MODULE, wrong_libc=wrong, libc_message=message))
    write(folder / "pair.c", PREBUILT_PAIR.format(pair=pair))
    shutil.copyfile(archive, folder / "libdiffpool.a")
    copy_licences(folder)


def write_package(folder, platforms, version, pair):
    """Writes the module of the package: its sources, the header, and files that link the modules of the platforms."""
    for path in sorted(PACKAGE.rglob("*")):
        if path.is_file() and path.suffix in SOURCES and path.name != CHECKOUT_ONLY:
            (folder / path.relative_to(PACKAGE)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / path.relative_to(PACKAGE))
    copy_licences(folder)
    (folder / "include").mkdir()
    shutil.copyfile(ROOT / "include" / "diffpool.h", folder / "include" / "diffpool.h")
    write(folder / "include" / "header.go", HEADER_PACKAGE)
    constraints = " || ".join(f"({PLATFORMS[platform][0]})" if len(platforms) > 1 else PLATFORMS[platform][0]
                              for platform in platforms)
    write(folder / "link_prebuilt.go", LINK_PREBUILT.format(module=MODULE))
    write(folder / "link_none.go", LINK_NONE.format(constraints=constraints))
    write(folder / "pair.c", PAIR.format(constraints=constraints, pair=pair))
    for platform in platforms:
        # The name ends so that Go reads no constraint from it: the one in the file also has the C library.
        write(folder / f"link_{platform}_prebuilt.go",
              LINK_PLATFORM.format(constraint=PLATFORMS[platform][0], module=MODULE, platform=platform))
    requires = "".join(f"\t{MODULE}/lib/{platform} v{version}\n" for platform in platforms)
    with open(folder / "go.mod", "a", encoding="utf-8") as file:
        file.write(f"\nrequire (\n{requires})\n")


def publish(proxy, module, version, folder, seconds):
    """Adds a version of a module to the folder that a GOPROXY of the file system is. Returns the size of its zip."""
    place = proxy / module / "@v"
    place.mkdir(parents=True, exist_ok=True)
    # A folder with a go.mod is a module of its own.
    inside = {path for path in folder.rglob("*") if path.is_dir()}
    with zipfile.ZipFile(place / f"v{version}.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not any((parent / "go.mod").exists() for parent in path.parents if parent in inside):
                entry = zipfile.ZipInfo(f"{module}@v{version}/{name}", (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
    shutil.copyfile(folder / "go.mod", place / f"v{version}.mod")
    time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    write(place / f"v{version}.info", json.dumps({"Version": f"v{version}", "Time": time}) + "\n")
    versions = {file.name[: -len(".info")] for file in place.glob("*.info")}
    write(place / "list", "".join(f"{known}\n" for known in sorted(versions)))
    return (place / f"v{version}.zip").stat().st_size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog=f"Platforms: {', '.join(PLATFORMS)}.")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build" / "go")
    parser.add_argument("--version", help="instead of the library's version")
    parser.add_argument("archives", nargs="+", metavar="PLATFORM=ARCHIVE")
    arguments = parser.parse_args()
    version = library_version()
    if arguments.version:
        version = arguments.version
    if not re.fullmatch(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?", version):
        fail(f"the version {version} is not of the form 1.2.3")
    archives = {}
    for argument in arguments.archives:
        platform, _, path = argument.partition("=")
        if platform not in PLATFORMS or not path:
            fail(f"{argument!r} is not PLATFORM=ARCHIVE with one of the platforms {', '.join(PLATFORMS)}")
        if platform in archives:
            fail(f"the platform {platform} is given twice")
        archives[platform] = pathlib.Path(path)
        check_archive(archives[platform], platform)

    header = (ROOT / "include" / "diffpool.h").read_bytes()
    pair = f"diffpool_module_lib_of_v{re.sub('[^0-9A-Za-z]', '_', version)}_{hashlib.sha256(header).hexdigest()[:12]}"
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "315532800"))
    modules, proxy = arguments.out / "modules" / f"v{version}" / "go", arguments.out / "proxy"
    shutil.rmtree(modules, ignore_errors=True)
    modules.mkdir(parents=True)
    write_package(modules, sorted(archives), version, pair)
    print(f"{MODULE} v{version}: {publish(proxy, MODULE, version, modules, seconds)} bytes")
    for platform, archive in sorted(archives.items()):
        folder = modules / "lib" / platform
        write_library(folder, platform, archive, version, pair)
        size = publish(proxy, f"{MODULE}/lib/{platform}", version, folder, seconds)
        print(f"{MODULE}/lib/{platform} v{version}: {size} bytes")


if __name__ == "__main__":
    main()
