#!/bin/sh
# Checks the linked libraries as they are shipped: versions of symbols, what is global, hardening, debug information,
# the oldest glibc that will do, and that no path of the machine they were made on is in them.
#
#     check_artefacts.sh FOLDER        what scripts/dist/link.sh wrote
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

folder=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# the_same WHAT EXPECTED FOUND
the_same() {
    diff -u "$2" "$3" || fail "$1: + is too much, - is missing"
}

shared() {
    file=$folder/lib$1.so.$version
    LC_ALL=C sort "$(exports "$1")" | sed "s/$/ $(node "$1")/" >"$scratch/expected"
    # Of a line of objdump the last two words are version and name.
    objdump -T "$file" | awk '$4 == ".text" || $4 == ".rodata" || $4 == ".data" { print $NF, $(NF - 1) }' |
        tr -d '()' | LC_ALL=C sort >"$scratch/found"
    [ -s "$scratch/found" ] || fail "$file exports nothing"
    the_same "$file does not export what it should under $(node "$1")" "$scratch/expected" "$scratch/found"
    # GNU ld makes a symbol of the node, too.
    nm -D --defined-only "$file" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | LC_ALL=C sort >"$scratch/found"
    LC_ALL=C sort "$(exports "$1")" >"$scratch/expected"
    the_same "$file has other symbols" "$scratch/expected" "$scratch/found"

    readelf -d "$file" >"$scratch/dynamic"
    grep -q "SONAME.*\[lib$1.so.$soversion\]" "$scratch/dynamic" || fail "the SONAME of $file is not lib$1.so.$soversion"
    grep -q 'FLAGS.*NOW' "$scratch/dynamic" || fail "$file is not linked with -z now"
    ! grep -qE 'TEXTREL|RPATH|RUNPATH' "$scratch/dynamic" || fail "$file has a text relocation or a path in it"
    readelf -lW "$file" >"$scratch/segments"
    grep -q GNU_RELRO "$scratch/segments" || fail "$file is not linked with -z relro"
    grep GNU_STACK "$scratch/segments" | grep -q 'RW ' || fail "the stack of $file is executable"

    debug=$folder/debug/lib$1.so.$version.debug
    id=$(readelf -n "$file" | sed -n 's/.*Build ID: //p')
    [ -n "$id" ] || fail "$file has no build id"
    [ "$id" = "$(readelf -n "$debug" 2>/dev/null | sed -n 's/.*Build ID: //p')" ] || fail "$debug is not that of $file"
    [ "$(readelf -p .gnu_debuglink "$file" | sed -n 's/.*\(lib.*debug\).*/\1/p')" = "$(basename "$debug")" ] ||
        fail "$file does not name $debug"
    ! readelf -SW "$file" | grep -qE '\.(debug_|symtab|llvm)' || fail "$file is not stripped"
    no_paths "$file"
    glibc_floor
    # What must be there when a program is linked with it, other than parts of glibc itself.
    needed=$(sed -n 's/.*NEEDED.*\[\(.*\)\].*/\1/p' "$scratch/dynamic" | tr '\n' ' ')
    for name in $needed; do
        case $name in
            libc.so.6 | libm.so.6 | libpthread.so.0 | libdl.so.2 | ld-linux*.so.* | libgcc_s.so.1) ;;
            *) fail "$file needs $name" ;;
        esac
    done
    echo "$(basename "$file"): $(wc -l <"$(exports "$1")") symbols $(node "$1"), $(size "$file"), needs $floor and $needed"
}

static_library() {
    file=$folder/lib$1.a
    [ "$(ar t "$file" | wc -l)" = 1 ] || fail "$file has other than one object"
    nm -g --defined-only "$file" | awk 'NF == 3 { print $3 }' | LC_ALL=C sort >"$scratch/found"
    { cat "$(exports "$1")"; echo "DW.ref.$1_eh_personality"; } | LC_ALL=C sort >"$scratch/expected"
    the_same "$file has other global symbols" "$scratch/expected" "$scratch/found"
    ! readelf -SW "$file" | grep -qE ' \.(debug_|llvm)' || fail "$file has debug information or code of the compiler's own"
    no_paths "$file"
    echo "$(basename "$file"): one object, $(wc -l <"$(exports "$1")") functions, $(size "$file")"
}

# glibc_floor: the newest glibc of which the file needs something, in $floor; not newer than GLIBC.
glibc_floor() {
    floor=$(objdump -T "$file" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1)
    [ -n "$floor" ] || fail "$file does not say which glibc it needs"
    [ -z "${GLIBC:-}" ] || at_least "$GLIBC" "${floor#GLIBC_}" || fail "$file needs $floor, and not $GLIBC"
}

# The program, where the folder has it; it is linked by cargo.
the_program() {
    file=$folder/diffpool
    [ -e "$file" ] || return 0
    glibc_floor
    no_paths "$file"
    ! readelf -SW "$file" | grep -q '\.symtab' || fail "$file is not stripped"
    [ "$("$file" --version)" = "diffpool $version" ] || fail "$file is not of version $version"
    echo "diffpool: $(size "$file"), needs $floor"
}

size() {
    wc -c <"$1" | awk '{ printf "%.2f MB", $1 / 1000000 }'
}

no_paths() {
    for path in "$PWD" "${CARGO_HOME:-$HOME/.cargo}" "$HOME/"; do
        ! grep -qaF -- "$path" "$1" || fail "$1 has the path $path in it"
    done
}

for library in $libraries; do
    shared "$library"
    static_library "$library"
done
the_program
# They tell what was compiled for whom, and that the check sees what it looks for.
grep -qaF /cargo/registry "$folder/libdiffpool.a" || fail 'the archive names no source at all'
