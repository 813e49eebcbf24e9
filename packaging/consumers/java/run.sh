#!/bin/sh
# Java by its interface to foreign functions, which came with version 22: the program of bindings/java.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

compile cc train.c train "$(flags --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
./train model.safetensors 2>training.txt
"$JAVA/javac" -d classes Predict.java
"$JAVA/java" --enable-native-access=ALL-UNNAMED -cp classes Predict "$libdir/libdiffpool.so" model.safetensors \
    >java.out 2>errors.txt || { cat errors.txt >&2; exit 1; }
grep -q absent.safetensors errors.txt
# Java writes 0x1.0p3 where C writes 0x1p+3.
sed -e 's/\.0p/p/g' -e 's/p\([0-9]\)/p+\1/g' java.out >java.txt
cmp "$EXPECTED" java.txt
echo "java: $(wc -l <java.txt) graphs"
