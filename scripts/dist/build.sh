#!/bin/sh
# Builds what is shipped, target/dist/libdiffpool.a and the program target/dist/diffpool: the code of a release with full
# debug information, and no path of this machine in it, so that it comes out the same anywhere.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh

separator=$(printf '\037')
sysroot=$(rustc --print sysroot)
commit=$(rustc -vV | sed -n 's/^commit-hash: //p')
# Of several prefixes that fit, the last one counts.
CARGO_ENCODED_RUSTFLAGS="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$separator--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc/$commit"
CARGO_ENCODED_RUSTFLAGS="$CARGO_ENCODED_RUSTFLAGS$separator--remap-path-prefix=$PWD=/diffpool"
export CARGO_ENCODED_RUSTFLAGS
cargo build --locked --profile dist --workspace --lib --bins
