#!/bin/sh
# The wheel of the Python package, with the library in it, in build/wheel/dist; then a trial in an empty environment.
#
# Read from the environment, all optional:
# LIBRARY        a folder with libdiffpool.a, libdiffpool.so and, for WHEEL_PROGRAM, diffpool; by default target/release,
#                which is built first
# WHEEL_GLIBC    the oldest glibc that it runs with, 2.17 by default: the archive is linked again for that by zig, which
#                needs no other compiler and comes from PyPI. `host` takes libdiffpool.so as it is
# WHEEL_PROGRAM  `yes` puts the program `diffpool` into the wheel too, with `host` only, for it is linked against the
#                glibc of this machine
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

glibc=${WHEEL_GLIBC:-2.17}
program=${WHEEL_PROGRAM:-no}
build=$PWD/build/wheel
python=$build/tools/bin/python
if [ -z "${LIBRARY:-}" ]; then
    scripts/build.sh
    LIBRARY=$PWD/target/release
fi
[ "$program" = no ] || [ "$glibc" = host ] ||
    fail "WHEEL_PROGRAM=$program needs WHEEL_GLIBC=host: the program is linked against the glibc of this machine"

say 'Tools, in build/wheel/tools'
tools='build auditwheel setuptools>=77'
[ "$glibc" = host ] || tools="$tools ziglang"
[ -x "$python" ] || python3 -m venv "$build/tools" ||
    fail "python3 cannot make an environment: on Debian or Ubuntu, 'sudo apt-get install python3-venv' helps"
# shellcheck disable=SC2086 # one word a package
"$python" -m pip install --quiet --disable-pip-version-check $tools ||
    fail "the tools ($tools) could not be installed: pip needs the network"

say 'The library'
source=$build/source
native=$source/src/diffpool/_native
rm -rf "$source" "$build/dist"
mkdir -p "$source"
cp -R bindings/python/src bindings/python/pyproject.toml bindings/python/setup.py bindings/python/README.md "$source/"
cp LICENSE-APACHE LICENSE-MIT "$source/"
find "$source" -name __pycache__ -type d -prune -exec rm -rf {} +
mkdir -p "$native"
machine=$(uname -m)
if [ "$glibc" = host ]; then
    cp "$LIBRARY/libdiffpool.so" "$native/libdiffpool.so.0"
    [ "$program" = no ] || cp "$LIBRARY/diffpool" "$native/diffpool"
    platform=
else
    map=$build/diffpool.map
    {
        echo '{ global:'
        sed 's/$/;/' tests/symbols.txt
        echo 'local: *; };'
    } >"$map"
    "$python" -m ziglang cc -target "$machine-linux-gnu.$glibc" -shared -o "$native/libdiffpool.so.0" \
        -Wl,--gc-sections -Wl,--whole-archive "$LIBRARY/libdiffpool.a" -Wl,--no-whole-archive \
        "-Wl,--version-script=$map" -Wl,-soname,libdiffpool.so.0 -Wl,-z,relro -Wl,-z,now -lunwind
    platform=manylinux_$(echo "$glibc" | tr . _)_$machine
    [ "$glibc" != 2.17 ] || platform=$platform.manylinux2014_$machine
fi
strip --strip-unneeded "$native"/*

say 'The wheel'
if [ -z "$platform" ]; then
    # The glibc that the files ask for.
    floor=$(objdump -T "$native"/* | sed -n 's/.*(\{0,1\}GLIBC_\(2\.[0-9]*\)).*/\1/p' | sort -Vu | tail -n 1)
    platform=manylinux_$(echo "$floor" | tr . _)_$machine
fi
DIFFPOOL_WHEEL_PLATFORM=$platform "$python" -m build --quiet --wheel --outdir "$build/dist" "$source"
wheel=$(ls "$build"/dist/*.whl)
"$python" -m auditwheel show "$wheel"
"$python" -m auditwheel show "$wheel" | tr '\n' ' ' | grep -q "platform tag: *\"\(${platform%%.*}\|manylinux_2_[0-9]_\)" ||
    fail "auditwheel does not agree with the tag $platform of $wheel"

say 'A trial in an empty environment'
trial=$build/trial
rm -rf "$trial"
python3 -m venv "$trial"
"$trial/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel"
cp scripts/wheel_trial.py "$build/"
# No library but the wheel's own, and nothing of this folder.
(cd "$build" && env -u DIFFPOOL_LIBRARY -u PYTHONPATH "$trial/bin/python" wheel_trial.py)
[ "$program" = no ] || env -u DIFFPOOL_PROGRAM "$trial/bin/diffpool" --version
echo "$wheel: $(wc -c <"$wheel") bytes"
