#!/bin/sh
# Gives every reader bytes that somebody else may have made: scripts/fuzz.sh [SECONDS] [TARGET...]. Each target runs so
# many seconds, 10 where nothing is said. Needs a nightly compiler: rustup toolchain install nightly.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

seconds=${1:-10}
[ $# -gt 0 ] && shift
targets=${*:-model checkpoint dataset config jsonl split tu ogb torch graph}

if ! rustup run nightly rustc --version >/dev/null 2>&1; then
    say "Skipped: fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal"
    exit 0
fi
host=$(rustc -vV | sed -n 's/^host: //p')
say "Building the fuzz targets"
# The flags of cargo fuzz: edges are counted, comparisons seen, and every access to memory checked.
RUSTFLAGS="-Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing" \
    cargo +nightly build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz

mkdir -p build/fuzz
for target in $targets; do
    say "Fuzzing $target for $seconds seconds"
    corpus=build/fuzz/$target
    mkdir -p "$corpus"
    # A unit may take a second and 2 GB, of which the sanitizer has its part.
    FUZZ_TARGET=$target ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0 \
        "target/fuzz/$host/release/fuzz" -max_total_time="$seconds" -timeout=10 -report_slow_units=1 -rss_limit_mb=3000 \
        -max_len=65536 -artifact_prefix="build/fuzz/$target-" -print_final_stats=1 -verbosity=0 \
        "$corpus" "fuzz/seeds/$target" 2>&1 | grep -E 'executed_units|peak_rss|SUMMARY|panicked|ERROR|Test unit|SLOW' | sed "s/^/$target: /" || true
    for found in "build/fuzz/$target"-crash-* "build/fuzz/$target"-timeout-* "build/fuzz/$target"-oom-* "build/fuzz/$target"-slow-*; do
        [ ! -e "$found" ] || fail "$target: $found is a unit that fails"
    done
done
