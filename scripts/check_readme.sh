#!/bin/sh
# Compiles and runs the programs in README.md, so that what newcomers copy works.
#
# Every block that is marked c, cpp or go must be a complete program; they run in their order in one empty folder, so
# that a later one can load the model that an earlier one saved. A block marked sh is run where it calls the program
# `diffpool`, on MUTAG; other such blocks are what `make` does anyway. Rust blocks are run by cargo test, because
# README.md is the documentation of the crate.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

root=$PWD
folder=$root/build/readme
rm -rf "$folder"
mkdir -p "$folder/run"

# Writes the blocks as 01.c, 02.go and so on.
awk -v folder="$folder" '
    /^```(c|cpp|go|sh)$/ { file = sprintf("%s/%02d.%s", folder, ++count, substr($0, 4)); next }
    /^```/ { if (file != "") close(file); file = ""; next }
    file != "" { print > file }
' README.md

link() {
    "$@" -Wall -Wextra -Werror -I"$root/include" -L"$root/target/release" -Wl,-rpath,"$root/target/release" -ldiffpool
}

build_go() {
    mkdir -p "$folder/$1"
    cp "$folder/$1.go" "$folder/$1/main.go"
    cat >"$folder/$1/go.mod" <<EOF
module example

go 1.19

require github.com/libdiffpool/libdiffpool/bindings/go v0.0.0

replace github.com/libdiffpool/libdiffpool/bindings/go => $root/bindings/go
EOF
    (cd "$folder/$1" && go vet . && go build -buildvcs=false -o "$folder/$1.run" .)
}

# needs_data: makes MUTAG known to the program, or says that it cannot be had.
needs_data() {
    data=${DIFFPOOL_DATA:-}:$root/../shared/data
    for place in $(echo "$data" | tr ':' ' '); do
        [ ! -e "$place/MUTAG/MUTAG_A.txt" ] || return 0
    done
    if fetched=$("$root/scripts/fetch_mutag.sh"); then
        data=$root/$(dirname "$fetched")
    else
        echo "skipped: MUTAG is neither in DIFFPOOL_DATA nor in ../shared/data, and cannot be fetched"
        return 1
    fi
}

data=
count=0
for block in "$folder"/*.*; do
    [ -e "$block" ] || break
    name=$(basename "$block")
    number=${name%.*}
    echo "README.md, program $number (${name#*.})"
    case $name in
        *.c) link cc -std=c99 "$block" -o "$folder/$number.run" ;;
        *.cpp) link c++ -std=c++17 "$block" -o "$folder/$number.run" ;;
        *.go) build_go "$number" ;;
        *.sh)
            grep -q '^diffpool ' "$block" || continue
            needs_data || continue
            printf '%s\n' '#!/bin/sh -eu' "$(cat "$block")" >"$folder/$number.run"
            chmod +x "$folder/$number.run"
            ;;
    esac
    (cd "$folder/run" && PATH="$root/target/release:$PATH" DIFFPOOL_DATA=$data "$folder/$number.run") || fail "program $number of README.md failed"
    count=$((count + 1))
done
[ "$count" -gt 0 ] || fail 'README.md has no program'
echo "$count programs of README.md compile and run"
