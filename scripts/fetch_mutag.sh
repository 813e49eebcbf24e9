#!/bin/sh
# Puts the MUTAG data set into build/data/MUTAG and prints that path.
#
# MUTAG (188 molecules, 2 classes) in TU format is part of the Python package grakel (BSD-3). A wheel is a zip file:
# it is downloaded, its SHA-256 is compared with the one below, and the data files are unpacked. Nothing is installed
# and nothing of it is run.
#
# Ends with 2 when the file cannot be had (no network, no pip), with 1 when it is not the file that it should be.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

requirement=grakel==0.1.11
# One wheel for every machine, because only the text files in it are used.
platform=manylinux_2_28_x86_64
sha256=f05f03c1ca23919bbb1e9d9132de4e1791e004cdd284a7e98d2897ac8495f0a7
target=build/data/MUTAG

if [ -e "$target/MUTAG_A.txt" ]; then
    echo "$target"
    exit 0
fi

if ! python3 -m pip --version >/dev/null 2>&1; then
    if ! { can_install && apt_install python3 python3-pip >&2; }; then
        echo "pip is missing: on Debian or Ubuntu, 'sudo apt-get install python3-pip' installs it" >&2
        exit 2
    fi
fi

mkdir -p build/data
scratch=$(mktemp -d build/data/fetch.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

if ! python3 -m pip download --quiet --disable-pip-version-check --timeout 20 --retries 1 --no-deps \
    --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 --platform "$platform" \
    --dest "$scratch" "$requirement" >&2
then
    exit 2
fi

python3 - "$scratch" "$sha256" >&2 <<'PYTHON'
import hashlib
import pathlib
import sys
import zipfile

folder, expected = pathlib.Path(sys.argv[1]), sys.argv[2]
wheel = next(folder.glob("grakel-*.whl"))
found = hashlib.sha256(wheel.read_bytes()).hexdigest()
if found != expected:
    sys.exit(f"{wheel.name} has the SHA-256 {found}, but {expected} is expected: it is not used")
(folder / "MUTAG").mkdir()
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith("grakel/tests/data/MUTAG/") and name.endswith(".txt"):
            (folder / "MUTAG" / name.rsplit("/", 1)[1]).write_bytes(archive.read(name))
PYTHON

# The rename is last, so that a folder with the final name is always complete.
rm -rf "$target"
mv "$scratch/MUTAG" "$target"
echo "$target"
