#!/bin/sh
# C and C++ with meson, which asks pkg-config: shared and static.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

cp predict.c predict.cpp
# It finds ninja beside it where it was installed for the tests.
PATH=$PATH:$(dirname "$MESON")
export PATH
for static in false true; do
    rm -rf build
    "$MESON" setup build "-Dwanted=$(flags --modversion diffpool)" -Dstatic_library=$static >meson.txt 2>&1 || {
        cat meson.txt >&2
        exit 1
    }
    "$MESON" compile -C build >meson.txt 2>&1 || { cat meson.txt >&2; exit 1; }
    predicted "meson static=$static" build/train build/predict
done
