#!/bin/sh
# C with pkg-config and the shared library, found by a path in the program, by the environment, and with --as-needed.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

compile cc train.c train "$(flags --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
compile cc predict.c predict "$(flags --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
predicted shared ./train ./predict

compile cc train.c train "-std=c99 -Wl,--as-needed $(flags --cflags --libs diffpool)"
compile cc predict.c predict "-std=c99 -Wl,--as-needed $(flags --cflags --libs diffpool)"
if ./predict model.safetensors 2>loader.txt; then
    echo 'the program found a library that is not the one under test' >&2
    exit 1
fi
grep -q 'libdiffpool.so.0' loader.txt
LD_LIBRARY_PATH=$libdir
export LD_LIBRARY_PATH
predicted environment ./train ./predict
# It asks for the version of the symbols, so that a library of another minor version is refused at the start.
readelf -V predict | grep -q 'Name: DIFFPOOL_'

compile cc catches.c catches "$(flags --cflags --libs diffpool)"
./catches model.safetensors
echo 'shared: a panic becomes a status'

# As C++, too.
compile c++ predict.c predict "-x c++ -std=c++17 -Wno-missing-field-initializers $(flags --cflags --libs diffpool)"
predicted cxx ./train ./predict
