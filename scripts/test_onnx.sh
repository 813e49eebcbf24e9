#!/bin/sh
# Exported models in ONNX Runtime, in a Python environment of its own in build/onnx. Without the network it is not there
# to be had, and the test is left out, which is said.
#
# UPDATE_ONNX=1 scripts/test_onnx.sh writes the table of docs/onnx.md again.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

DIFFPOOL_ONNX_PYTHON=build/onnx/bin/python
export DIFFPOOL_ONNX_PYTHON
if ! "$DIFFPOOL_ONNX_PYTHON" -c 'import numpy, onnxruntime' 2>/dev/null; then
    say 'ONNX Runtime, in build/onnx (about 150 MB)'
    python3 -m venv build/onnx || fail "python3 cannot make an environment: on Debian or Ubuntu, \
'sudo apt-get install python3-venv' helps"
    if ! "$DIFFPOOL_ONNX_PYTHON" -m pip install --quiet --disable-pip-version-check numpy onnxruntime; then
        echo 'skipped: ONNX Runtime could not be installed, for which pip needs the network'
        exit 0
    fi
fi
PYTHONDONTWRITEBYTECODE=1 cargo test -p diffpool-cli --test onnx_runtime
