#!/bin/sh
# Makes build/peers-venv, the Python environment of the peers, unless it is there already with these versions, and
# finds the C header of ONNX Runtime, which its Python package lacks, in a Go module that carries it. Where PEERS_PYTHON
# names an interpreter that has the packages, no environment is made.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh

venv=build/peers-venv
header_module=github.com/yalue/onnxruntime_go@v1.27.0

# Whether the environment was made by this script from these versions.
made() {
    cmp -s benches/peers/setup.sh "$venv/made_by.sh" && cmp -s benches/peers/requirements.txt "$venv/made_from.txt"
}

if [ -z "${PEERS_PYTHON:-}" ] && ! made; then
    say "PyTorch and others, in $venv (about 6 GB)"
    have c++ || fail "no C++ compiler: torch.compile needs one"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r benches/peers/requirements.txt
    # Without what it depends on: torch_scatter would have to be compiled, and what is measured here does not call it.
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps torch-geometric-pool==1.0.2
    cp benches/peers/requirements.txt "$venv/made_from.txt"
    cp benches/peers/setup.sh "$venv/made_by.sh"
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
