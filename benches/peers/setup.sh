#!/bin/sh
# Makes build/peers-venv, the Python environment of the peers, unless it is there already with these versions, and
# finds the C header of ONNX Runtime, which its Python package lacks, in a Go module that carries it.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh

venv=build/peers-venv
header_module=github.com/yalue/onnxruntime_go@v1.27.0

if ! cat benches/peers/requirements*.txt | cmp -s - "$venv/installed.txt"; then
    say "PyTorch and others, in $venv (about 6 GB)"
    have c++ || fail "no C++ compiler: torch.compile needs one"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
    # These are compiled here, against the torch that is installed.
    FORCE_ONLY_CPU=1 "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-build-isolation \
        -r benches/peers/requirements-built.txt
    cat benches/peers/requirements*.txt >"$venv/installed.txt"
fi

mkdir -p build/peers
if [ ! -f build/peers/onnxruntime_c_api.h ]; then
    if have go && go mod download "$header_module"; then
        cp "$(go env GOMODCACHE)/$header_module"/onnxruntime*_c_api.h build/peers/
        chmod u+w build/peers/*.h
    else
        echo "the C header of ONNX Runtime cannot be had: its C API is left out"
    fi
fi
