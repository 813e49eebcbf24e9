#!/bin/sh
# The gate of the C ABI: compares it, as C sees it, with the one that is committed.
#
#     abi.sh check      fails if include/diffpool.h differs from packaging/abi in what a compiled program relies on
#     abi.sh update     writes packaging/abi again; the difference is for a person to read
#
# What is compared has full debug information and is made from the header, which tests/header.rs keeps equal to the
# sources: the debug information of the Rust library itself also describes what handles point to, and a private field
# would look like a change. That the library exports these functions is what scripts/dist/check_artefacts.sh looks at.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

baseline=packaging/abi/libdiffpool.so.$soversion.abi
needs cc gcc
# Without the tool the gate is shut.
needs abidw abigail-tools
needs abidiff abigail-tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# library HEADER FILE: a library of which every function of the header is defined, and does nothing.
library() {
    {
        echo '#include "diffpool.h"'
        awk '/^DIFFPOOL_API/ { inside = 1 } inside { print } /;$/ { inside = 0 }' "$1" |
            sed -e 's/^DIFFPOOL_API//' -e 's/DIFFPOOL_NODISCARD//' -e 's/;$/ { __builtin_trap(); }/'
        # Of a constant that has no type of its own the description says nothing: it becomes the length of an array.
        sed -n -e 's/^    \(DIFFPOOL_[A-Z0-9_]*\) = -*[0-9]*,*$/\1/p' -e 's/^#define \(DIFFPOOL_[A-Z_]*\) [0-9]*$/\1/p' "$1" |
            grep -v '^DIFFPOOL_VERSION' | sed 's/.*/char value_of_&[1000 + &];/'
    } >"$scratch/stub.c"
    cc -g3 -O0 -fno-eliminate-unused-debug-types -shared -fPIC -I"$(dirname "$1")" \
        "-Wl,-soname,libdiffpool.so.$soversion" "$scratch/stub.c" -o "$2"
}

# written LIBRARY FOLDER: its description, without what is of the place where it was made.
written() {
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --headers-dir "$2" "$1"
}

# differs OLD NEW: prints the difference; ends with the code of abidiff, of which 4 is a change and 8 one that breaks
# programs.
differs() {
    abidiff --no-show-locs --harmless --no-unreferenced-symbols "$1" "$2"
}

check() {
    [ -e "$baseline" ] || fail "$baseline is missing: 'scripts/dist/abi.sh update' writes it"
    [ "$(nm -D --defined-only "$scratch/now.so" | wc -l)" -gt 0 ] || fail 'the header declares nothing'
    status=0
    differs "$baseline" "$scratch/now.so" || status=$?
    [ "$status" = 0 ] || fail "the ABI has changed (abidiff ended with $status, 8 and more break programs): if that is
meant, 'scripts/dist/abi.sh update' writes $baseline, and CHANGELOG.md says it"
}

# Changes made on purpose must be seen, each by the gate and not by something else: a gate that lets everything through
# looks like one that has nothing to say.
seen() {
    mkdir -p "$scratch/changed"
    sed "$2" include/diffpool.h >"$scratch/changed/diffpool.h"
    ! cmp -s include/diffpool.h "$scratch/changed/diffpool.h" || fail "the header has no place for this change: $1"
    library "$scratch/changed/diffpool.h" "$scratch/changed.so"
    status=0
    differs "$baseline" "$scratch/changed.so" >"$scratch/told" || status=$?
    # The bit of 4 says that there is a change; those of 1 and 2 that something went wrong.
    [ $((status & 7)) = 4 ] || fail "abidiff does not see this change: $1 (it ended with $status)"
    echo "seen: $1"
}

library include/diffpool.h "$scratch/now.so"
case ${1:-} in
    update)
        mkdir -p "$(dirname "$baseline")"
        written "$scratch/now.so" include >"$baseline"
        echo "wrote $baseline"
        ;;
    check)
        check
        seen 'a parameter of another type' '/diffpool_session_reserve(/,/;/s/size_t nodes/int32_t nodes/'
        seen 'a function that is gone' '/^DIFFPOOL_API.*diffpool_version_string(void);$/d'
        seen 'a status of another number' 's/DIFFPOOL_STATUS_UNSUPPORTED_VERSION = 9/DIFFPOOL_STATUS_UNSUPPORTED_VERSION = 99/'
        seen 'a callback that takes more' 's/\(\*diffpool_epoch_callback)(void \*ctx\)/\1, int more/'
        echo "the ABI is that of $baseline: $(nm -D --defined-only "$scratch/now.so" | grep -c ' T ') functions"
        ;;
    *) fail "unknown step '${1:-}': it is check or update" ;;
esac
