#!/bin/sh
# Runs the tests that matter as processors which this machine is not: with the kernels of lesser ones by DIFFPOOL_CPU,
# and under qemu on an x86-64 without AVX, on one with AVX2 but no AVX-512, and on aarch64.
#
# Only what cannot be had is skipped, and said so: an emulator, the cross compiler, Rust's library for aarch64.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

log=$PWD/build/cpus.txt
skipped=
mkdir -p build

skip() {
    skipped="$skipped
  - $1"
}

# run ARGUMENTS...: cargo test, of which only the results are shown.
run() {
    # shellcheck disable=SC2086
    if ! INSTA_UPDATE=no cargo test $packages "$@" >"$log" 2>&1; then
        cat "$log"
        fail "failed: cargo test $*"
    fi
    grep -E '^(test result|compared)' "$log"
}

# emulate TARGET COMMAND: what cargo runs tests of the target with, and what a test that runs itself does.
emulate() {
    DIFFPOOL_TEST_EMULATOR=$2
    export DIFFPOOL_TEST_EMULATOR "CARGO_TARGET_$(echo "$1" | tr 'a-z-' 'A-Z_')_RUNNER=$2"
}

# emulated KERNELS ARGUMENTS...: the tests that matter. That of the kernels must have compared KERNELS, so that an
# emulator which hides or shows too much is noticed.
emulated() {
    kernels=$1
    shift
    run "$@" --test cpu -- --nocapture
    grep -qF "compared: $kernels" "$log" || fail "the emulated processor does not have just these kernels: $kernels"
    run "$@" --lib -- ops::runtime::cpu ops::runtime::elementary ops::gemm ops::runtime::kernel
    run "$@" --test ffi_tasks --test snapshots
}

# The packages of the other tests, so that nothing is compiled twice with other features.
packages=--workspace
host=$(rustc -vV | sed -n 's/^host: //p')

for name in portable avx2; do
    say "DIFFPOOL_CPU=$name"
    if [ "$name" = portable ] || grep -qw "$name" /proc/cpuinfo 2>/dev/null; then
        DIFFPOOL_CPU=$name run --test oracle --test snapshots
    else
        echo "this processor has no $name"
    fi
done

case $host in
    x86_64-*-linux-gnu)
        if have qemu-x86_64; then
            say 'x86-64 without AVX'
            emulate "$host" 'qemu-x86_64 -cpu Nehalem'
            emulated 'portable, []'
            say 'x86-64 with AVX2, without AVX-512'
            emulate "$host" 'qemu-x86_64 -cpu Haswell'
            emulated 'portable, [Avx2]'
        else
            skip 'x86-64 without AVX-512 and without AVX: qemu-x86_64 is missing, in Debian the package qemu-user'
        fi
        ;;
    *) skip "x86-64: it is emulated on x86-64 with Linux, but this machine is $host" ;;
esac

target=aarch64-unknown-linux-gnu
say 'aarch64'
if [ "$host" = $target ]; then
    echo 'this machine is one'
elif ! have qemu-aarch64 || ! have aarch64-linux-gnu-gcc || [ ! -d /usr/aarch64-linux-gnu/lib ]; then
    skip 'aarch64: needs qemu-aarch64 and a cross compiler, in Debian the packages qemu-user, gcc-aarch64-linux-gnu and
    libc6-dev-arm64-cross'
elif [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    skip "aarch64: Rust's library for it is missing, 'rustup target add $target' installs it"
else
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER
    packages=
    emulate $target 'qemu-aarch64 -L /usr/aarch64-linux-gnu'
    emulated 'portable, [Neon]' --target $target
fi

if [ -n "$skipped" ]; then
    say "Skipped:$skipped"
fi
