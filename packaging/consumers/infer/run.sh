#!/bin/sh
# C and C++ with libdiffpool_infer, which predicts and does nothing else: the same bits as the whole library, and its
# header refuses what it lacks.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

compile cc train.c train "$(flags --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
compile cc predict.c predict "-DINFER -std=c99 $(flags --cflags --libs diffpool_infer) '-Wl,-rpath,$libdir'"
readelf -d predict | grep -q 'NEEDED.*libdiffpool_infer.so.0'
predicted infer ./train ./predict
compile c++ predict.c predict "-DINFER -x c++ $(flags --cflags --libs diffpool_infer) '-Wl,-rpath,$libdir'"
predicted 'infer from C++' ./train ./predict
compile cc predict.c predict "-DINFER -static $(flags --static --cflags --libs diffpool_infer)" 2>linker.txt
predicted 'infer -static' ./train ./predict

{ echo '#include <diffpool_infer.h>'; sed '/#include <diffpool.h>/d' train.c; } >wrong.c
if compile cc wrong.c wrong "$(flags --cflags --libs diffpool_infer)" 2>refused.txt; then
    echo 'diffpool_infer.h lets a program train' >&2
    exit 1
fi
grep -q 'poisoned "diffpool_trainer_fit"' refused.txt
