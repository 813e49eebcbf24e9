# shellcheck shell=sh disable=SC2034
# What the scripts of packages share: read with `. scripts/dist/lib.sh` from the project's folder, after scripts/lib.sh.

# The version of the crate, its first two numbers, and the number in the SONAME.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
minor=${version%.*}
soversion=$(sed -n 's/^const ABI: u32 = \([0-9]*\);/\1/p' build.rs)

# What the library is linked from, and where its parts lie once they are linked.
archive=${DIFFPOOL_ARCHIVE:-target/dist/libdiffpool.a}
program=${DIFFPOOL_PROGRAM:-target/dist/diffpool}
linked=${DIFFPOOL_LINKED:-build/dist/linked}

# needs COMMAND PACKAGE: ends where a command is missing, and says how to get it.
needs() {
    have "$1" || fail "$1 is missing: on Debian or Ubuntu, 'sudo apt-get install $2' installs it"
}

needs_linux() {
    [ "$(uname -s)" = Linux ] || fail "packages are made on Linux, with GNU ld and objcopy; this is $(uname -s)"
    needs cc gcc
    needs ld binutils
    needs objcopy binutils
}

# The two libraries: all of it, and what predicts only.
libraries='diffpool diffpool_infer'

# exports LIBRARY: the file that lists what it exports.
exports() {
    case $1 in
        diffpool) echo tests/symbols.txt ;;
        diffpool_infer) echo packaging/infer.symbols ;;
    esac
}

# node LIBRARY: the version of its symbols. Until 1.0 a minor version may change the ABI, so each has a node of its own:
# a program then finds out at its start, and not in the middle, that it needs another library.
node() {
    case $1 in
        diffpool) echo "DIFFPOOL_$minor" ;;
        diffpool_infer) echo "DIFFPOOL_INFER_$minor" ;;
    esac
}
