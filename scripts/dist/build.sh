#!/bin/sh
# Builds what is shipped, target/dist/libdiffpool.a and the program target/dist/diffpool: the code of a release with
# full debug information, and no path of this machine in it, so that it comes out the same anywhere.
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
# All packages are named, so that crates have the same features for the library and for the program.
cargo build --locked --profile dist --workspace --lib --features diffpool/reserve
# With GLIBC=2.17 the program runs with that version of glibc and all newer ones, as the libraries do that are linked
# from the archive.
if [ -n "${GLIBC:-}" ]; then
    cargo rustc --locked --profile dist --package diffpool-cli --bin diffpool --features diffpool/reserve -- \
        -C linker-features=-lld -C "linker=$PWD/scripts/dist/zig_cc.sh"
else
    cargo build --locked --profile dist --package diffpool-cli --bin diffpool --features diffpool/reserve
fi
