#!/bin/sh
# Builds and links what is installed, into build/dist/linked, unless that is newer than everything it is made from.
#
# With DIFFPOOL_LINKED a folder that scripts/dist/link.sh and the program were written to before is taken as it is.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

if [ -n "${DIFFPOOL_LINKED:-}" ]; then
    [ -e "$linked/libdiffpool.so.$version" ] || fail "DIFFPOOL_LINKED is $linked, which has no libdiffpool.so.$version"
    [ -x "$linked/diffpool" ] || fail "DIFFPOOL_LINKED is $linked, which has no program diffpool"
    exit
fi
stamp=$linked/stamp
# What was linked for another glibc does not count.
if [ "$(cat "$stamp" 2>/dev/null)" = "glibc ${GLIBC:-}" ] && [ -z "$(find src cli/src build.rs Cargo.toml Cargo.lock \
    cli/Cargo.toml tests/symbols.txt packaging/infer.symbols scripts/dist -newer "$stamp" -print -quit)" ]; then
    exit
fi
if [ -z "${DIFFPOOL_ARCHIVE:-}" ]; then
    have cargo || fail "cargo is missing, and build/dist is not there or older than the sources: run 'make dist' as the
user who has Rust, then 'make install' again; scripts/setup.sh says how to get Rust"
    scripts/dist/build.sh
fi
rm -rf "$linked"
scripts/dist/link.sh "$archive" "$linked"
objcopy --strip-all "$program" "$linked/diffpool"
chmod 755 "$linked/diffpool"
echo "glibc ${GLIBC:-}" >"$stamp"
