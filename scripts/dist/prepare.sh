#!/bin/sh
# Builds and links what is installed, into build/dist/linked, unless that is newer than everything it is made from.
#
# With DIFFPOOL_ARCHIVE and DIFFPOOL_PROGRAM nothing is built: what they name is linked. With DIFFPOOL_LINKED nothing is
# linked either: it is a folder that scripts/dist/link.sh wrote, with the program.
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
# What was linked for another glibc or from another archive does not count.
made="$archive, $program, glibc ${GLIBC:-of this machine}"
set -- src cli/src build.rs Cargo.toml Cargo.lock cli/Cargo.toml tests/symbols.txt packaging/infer.symbols scripts/dist
if [ -n "${DIFFPOOL_ARCHIVE:-}" ]; then
    set -- "$@" "$archive"
fi
if [ "$(cat "$stamp" 2>/dev/null)" = "$made" ] && [ -z "$(find "$@" -newer "$stamp" -print -quit)" ]; then
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
echo "$made" >"$stamp"
