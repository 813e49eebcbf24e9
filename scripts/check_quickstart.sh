#!/bin/sh
# Checks that cpp_examples/c99_quickstart.c is the program in the introduction of the header, so that the text which
# newcomers read is a program that the tests run. With UPDATE=1 the file is written.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

program=cpp_examples/c99_quickstart.c
mkdir -p build
# The program is what is indented by five spaces, from its first line to the first of two empty ones.
awk '
    /^ \*     #include <diffpool.h>/ { inside = 1 }
    inside && /^ \*$/ { if (empty++) exit; next }
    inside { if (empty) print ""; empty = 0; print substr($0, 8) }
' include/diffpool.h >build/quickstart.c
[ -s build/quickstart.c ] || fail 'include/diffpool.h has no program in its introduction'
if [ -n "${UPDATE:-}" ]; then
    cp build/quickstart.c "$program"
fi
diff -u "$program" build/quickstart.c ||
    fail "$program is not the program in the header: 'UPDATE=1 scripts/check_quickstart.sh' writes it"
