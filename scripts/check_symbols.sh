#!/bin/sh
# Checks what the release library shows to the world: the symbols of tests/symbols.txt and no others, and its SONAME.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

library=target/release/libdiffpool.so
mkdir -p build
nm -D --defined-only "$library" | awk '{ print $3 }' | LC_ALL=C sort >build/symbols.txt
[ -s build/symbols.txt ] || fail "$library exports nothing"
LC_ALL=C sort tests/symbols.txt | diff -u - build/symbols.txt ||
    fail "$library does not export what tests/symbols.txt lists: + is too much, - is missing"

soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\].*/\1/p')
[ "$soname" = libdiffpool.so.0 ] || fail "the SONAME of $library is '$soname', not libdiffpool.so.0"
echo "$(wc -l <build/symbols.txt) symbols, SONAME $soname"
