#!/bin/sh
# Takes away what scripts/install.sh put below PREFIX: the files it listed, and the folders it made if they are empty.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

root=${DESTDIR:-}${PREFIX:-/usr/local}
list=$root/share/doc/diffpool/files.txt
[ -e "$list" ] || fail "there is no $list: diffpool was not installed there by 'make install', or is gone already"
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
cp "$list" "$scratch"
# The list may have been written by anyone who can write there.
if grep -qE '^/|(^|/)\.\.(/|$)' "$scratch"; then
    fail "$list names a path that is not below $root: nothing is removed"
fi
while IFS= read -r path; do
    case $path in
        */) ;;
        *) rm -f "$root/$path" ;;
    esac
done <"$scratch"
LC_ALL=C sort -r "$scratch" | while IFS= read -r path; do
    case $path in
        */) rmdir "$root/$path" 2>/dev/null || : ;;
    esac
done
echo "removed diffpool from $root"
