#!/bin/sh
# The linker of a Rust program for the glibc that GLIBC names, with zig: what rustc asks of gcc is put in zig's words.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
zig=$("$root/scripts/dist/tools.sh" zig)
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $argument in
        # zig brings what unwinds a panic.
        -lgcc_s | -lgcc_eh | -lgcc) set -- "$@" -lunwind ;;
        *) set -- "$@" "$argument" ;;
    esac
done
exec "$zig" cc -target "$(uname -m)-linux-gnu.$GLIBC" "$@"
