#!/bin/sh
# C and C++ with CMake: every target, and versions that fit and that do not.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

cp predict.c predict.cpp
version=$(flags --modversion diffpool)
minor=${version%.*}

configure() {
    rm -rf build
    cmake -S . -B build -DCMAKE_BUILD_TYPE=Release "-DCMAKE_PREFIX_PATH=$prefix" "-DWANTED=$1" "-DTARGET=$2" \
        ${3:+"$3"} >cmake.txt 2>&1
}

# built WANTED TARGET [OPTION]
built() {
    configure "$@" || { cat cmake.txt >&2; exit 1; }
    cmake --build build >build.txt 2>&1 || { cat build.txt >&2; exit 1; }
    predicted "cmake $2 ${3:-}" build/train build/predict
}

# linked KIND: whether the program needs the shared library.
linked() {
    kind=static
    if readelf -d build/predict | grep -q 'NEEDED.*libdiffpool.so.0'; then
        kind=shared
    fi
    [ $kind = "$1" ] || { echo "the program is linked with the $kind library" >&2; exit 1; }
}

built "$minor" diffpool::diffpool
linked shared
built "$version" diffpool::shared
linked shared
built "$minor" diffpool::static
linked static
built '' diffpool::diffpool -DDIFFPOOL_USE_STATIC_LIBS=ON
linked static
built "$minor...1.0" diffpool::diffpool -DCMAKE_EXE_LINKER_FLAGS=-Wl,--as-needed

# What fits is the same minor version, and not a later patch than this.
for wanted in 1.0 "${minor%.*}.$((${minor#*.} + 1))" "$version.1" "0.0.1...<$minor"; do
    if configure "$wanted" diffpool::diffpool; then
        echo "CMake takes $version where $wanted is wanted" >&2
        exit 1
    fi
    grep -q 'not .*considered\|compatible\|accepted' cmake.txt || { cat cmake.txt >&2; exit 1; }
done
