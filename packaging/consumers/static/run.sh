#!/bin/sh
# C with pkg-config and the static library: the library alone, and everything with -static and -static-pie.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

static=$(flags --static --cflags --libs diffpool)
library=$(echo "$static" | sed 's/-ldiffpool/-Wl,-Bstatic -ldiffpool -Wl,-Bdynamic/')
for way in "$library" "-static $static" "-static-pie $static" "$(flags --cflags diffpool) '$libdir/libdiffpool.a'"; do
    # The linker warns of functions of libc that load further libraries at run time; std mentions them, nothing calls
    # them.
    compile cc train.c train "$way -Wl,--gc-sections" 2>linker.txt || { cat linker.txt >&2; exit 1; }
    compile cc predict.c predict "$way -Wl,--gc-sections" 2>linker.txt || { cat linker.txt >&2; exit 1; }
    if readelf -d predict | grep -q 'NEEDED.*diffpool'; then
        echo "the program needs the shared library: $way" >&2
        exit 1
    fi
    predicted static ./train ./predict
done
