#!/bin/sh
# Writes what is made from the Rust sources: include/diffpool.h and diffpool_infer.h, tests/symbols.txt, docs/api.json,
# and the C99 programs of the header's introduction.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

UPDATE_HEADER=1 cargo test --test header up_to_date
UPDATE_HEADER=1 cargo test --test api_json up_to_date
UPDATE=1 scripts/check_quickstart.sh
