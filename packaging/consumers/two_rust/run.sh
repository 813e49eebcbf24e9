#!/bin/sh
# The static library beside a second one in Rust that was built with link-time optimisation of everything: in both
# orders, with -static and without, both panicking and catching it.
set -eu
# shellcheck source=packaging/consumers/programs/common.sh
. ./common.sh

compile cc train.c train "$(flags --static --cflags --libs diffpool) '-Wl,-rpath,$libdir'"
./train model.safetensors 2>training.txt
rustc --edition 2024 --crate-type staticlib -C opt-level=2 -C lto=fat -C codegen-units=1 other.rs -o libother.a
private=$(flags --static --libs-only-l diffpool | sed 's/-ldiffpool//')
for name in other diffpool; do
    case $name in
        other) order="libother.a '$libdir/libdiffpool.a'" ;;
        diffpool) order="'$libdir/libdiffpool.a' libother.a" ;;
    esac
    for way in '' -static '-Wl,--gc-sections'; do
        compile cc both.c both "$way -DWRAPPED -Wl,--wrap=clock_gettime $(flags --cflags diffpool) $order $private" \
            2>linker.txt || { cat linker.txt >&2; exit 1; }
        ./both model.safetensors 2>panics.txt || { cat panics.txt >&2; exit 1; }
        echo "two Rust libraries, ${name} first${way:+, $way}: both catch panics"
    done
done
