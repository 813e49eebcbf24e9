#!/bin/sh
# Checks that C, C++, Go and Rust predict the same graphs with the same saved model to the last bit.
#
# The C++ program writes the expected bits; the others compare themselves with them. Rust runs as a test, that is with
# other optimisation than the release library.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

folder=$PWD/build/same_bits
mkdir -p "$folder"
model=$folder/model.safetensors
expected=$folder/expected.txt

build/cpp/train_save --synthetic hierarchy --graphs 60 --data-seed 7 --epochs 5 --output "$model"
build/cpp/load_predict --synthetic hierarchy --graphs 60 --data-seed 7 --model "$model" --hex >"$expected"
[ "$(wc -l <"$expected")" = 60 ] || fail "$expected does not have a line for each of 60 graphs"

build/cpp/c99_predict "$model" hierarchy 60 7 >"$folder/c.txt"
cmp "$expected" "$folder/c.txt" || fail 'C and C++ differ'
build/go/predict --synthetic hierarchy --graphs 60 --data-seed 7 --model "$model" --hex >"$folder/go.txt"
cmp "$expected" "$folder/go.txt" || fail 'Go and C++ differ'

DIFFPOOL_MODEL=$model DIFFPOOL_SYNTHETIC=hierarchy:60:7 DIFFPOOL_EXPECTED=$expected
export DIFFPOOL_MODEL DIFFPOOL_SYNTHETIC DIFFPOOL_EXPECTED
(cd bindings/go && go test -count=1 -run TestExpectedBits .)
cargo test --test predictions
