#!/bin/sh
# Builds the release library, target/release/libdiffpool.so and libdiffpool.a, and the program target/release/diffpool.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

cargo build --release --workspace --lib --bins --features diffpool/reserve

# Programs ask the loader for the library by its SONAME, which cargo does not write as a file.
cd target/release
if [ -e libdiffpool.so ]; then
    ln -sf libdiffpool.so libdiffpool.so.0
fi
