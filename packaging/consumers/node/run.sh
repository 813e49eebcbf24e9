#!/bin/sh
# Node with the package koffi: the program of bindings/node.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo 'node and npm are missing: https://nodejs.org has them'
    exit 77
fi
compile cc train.c train "$(flags --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
./train model.safetensors 2>training.txt
npm install --silent --no-audit --no-fund --prefix . koffi@3.3.4 >npm.txt 2>&1 || {
    cat npm.txt
    echo 'koffi cannot be had from the registry of npm'
    exit 77
}
node predict.js "$libdir/libdiffpool.so" model.safetensors >node.out 2>errors.txt || { cat errors.txt >&2; exit 1; }
grep -q absent.safetensors errors.txt
# The shortest decimal numbers of doubles name each float exactly: the same numbers are the same bits.
python3 - "$EXPECTED" node.out <<'PYTHON'
import sys

expected, found = ([line.split() for line in open(path)] for path in sys.argv[1:])
assert [[float.fromhex(x) for x in row] for row in expected] == [[float(x) for x in row] for row in found]
print(f"node: {len(found)} graphs")
PYTHON
