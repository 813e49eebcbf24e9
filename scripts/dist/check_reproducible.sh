#!/bin/sh
# Links everything again from another folder, at another time, and compares the bytes.
#
# With FULL=1 the library is compiled again, too, from a copy of the sources elsewhere: that takes as long as a release.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

case $archive in
    /*) input=$archive ;;
    *) input=$PWD/$archive ;;
esac
tools=$PWD/build/tools
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for copy in one 'another and longer'; do
    place=$scratch/$copy/diffpool
    mkdir -p "$place"
    git ls-files -z --cached --others --exclude-standard | tar -c --null -T - -f - | tar -x -C "$place"
    # What was unpacked at another time has other times.
    find "$place" -exec touch -h -d "200$(echo "$copy" | wc -w)-01-01" {} +
    mkdir -p "$place/build"
    [ ! -d "$tools" ] || ln -s "$tools" "$place/build/tools"
    if [ -n "${FULL:-}" ]; then
        (unset CARGO_TARGET_DIR && cd "$place" && scripts/dist/build.sh)
        (cd "$place" && scripts/dist/link.sh target/dist/libdiffpool.a "$scratch/$copy/out")
        cp "$place/target/dist/diffpool" "$scratch/$copy/out"
        rm -rf "$place/target"
    else
        (cd "$place" && scripts/dist/link.sh "$input" "$scratch/$copy/out")
    fi
done
first=$scratch/one/out
second="$scratch/another and longer/out"
diff -r "$first" "$second" || fail 'what is linked depends on where and when'
(cd "$first" && find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2)
