#!/bin/sh
# Builds the C and C++ programs into build/cpp and the Go program into build/go; the library must be built. Those in C
# and C++ are all of them with their tests, or only those that are named:
#
#     scripts/build_programs.sh [train_save load_predict ...]
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

mkdir -p build/go
cmake -S cpp_examples -B build/cpp -DCMAKE_BUILD_TYPE=Release >build/cmake.log 2>&1 || {
    cat build/cmake.log
    fail 'cmake failed'
}
cmake --build build/cpp --parallel ${1:+--target "$@"}

(cd bindings/go && go build -buildvcs=false -o ../../build/go/predict ./cmd/predict)
