#!/bin/sh
# Checks that cpp_examples/c99_quickstart_train.c and _predict.c are the programs in the introduction of the header, so
# that the text which newcomers read is programs that the tests run. With UPDATE=1 the files are written.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

folder=build/quickstart
rm -rf "$folder"
mkdir -p "$folder"
# A program is what is indented by five spaces, from its first line to the first of two empty ones. The second begins
# where that of the first before its `main` ends: the includes and `check` are said once.
awk -v predict="$folder/c99_quickstart_predict.c" -v train="$folder/c99_quickstart_train.c" '
    /^ \* A COMPLETE PROGRAM: / { program++; file = program == 1 ? predict : train; inside = empty = 0; next }
    /^ \* THE RULES/ { exit }
    program && /^ \*     / { inside = 1 }
    inside && /^ \*$/ { if (empty++) inside = 0; next }
    inside {
        line = substr($0, 8)
        if (empty) { print "" > file; if (program == 1 && !main) print "" > train }
        empty = 0
        if (line == "int main(void)") main = 1
        print line > file
        if (program == 1 && !main) print line > train
    }
' include/diffpool.h
for name in c99_quickstart_predict c99_quickstart_train; do
    [ -s "$folder/$name.c" ] || fail "include/diffpool.h has no program $name in its introduction"
    if [ -n "${UPDATE:-}" ]; then
        cp "$folder/$name.c" "cpp_examples/$name.c"
    fi
    diff -u "cpp_examples/$name.c" "$folder/$name.c" ||
        fail "$name.c is not the program in the header: 'UPDATE=1 scripts/check_quickstart.sh' writes it"
done
