#!/bin/sh
# Makes the Debian packages, has lintian look at them, installs them in a bare Debian and uses them there.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

if ! have dh; then
    echo "this is not a system with Debian's tools: debhelper is missing"
    exit 77
fi
needs lintian lintian
scripts/dist/deb.sh
out=$PWD/build/dist/deb
tree=$out/diffpool-$version
# lintian tells much that is taste; errors and warnings are not. A package alone is not asked which bugs it closes.
find "$out" -name '*.deb' ! -name '*dbgsym*' -exec lintian --allow-root --fail-on error,warning {} +

if [ "$(id -u)" != 0 ] || ! have mmdebstrap; then
    echo 'the packages are made, but not installed: that needs root and mmdebstrap'
    exit 77
fi
# A Debian that has a compiler and nothing of this project. It is made once.
bare=build/dist/bare.tar
if [ ! -e "$bare" ]; then
    mmdebstrap --quiet --variant=minbase --include=gcc,libc6-dev,pkg-config --format=tar \
        "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$bare.part" >&2
    mv "$bare.part" "$bare"
fi
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
tar -x -C "$root" --exclude './dev/*' -f "$bare"
mkdir "$root/packages" "$root/tests"
cp "$out"/*.deb "$root/packages"
rm -f "$root"/packages/*dbgsym*
cp -R "$tree/debian" "$tree/packaging" "$root/tests"
: >"$root/dev/null"
chmod 666 "$root/dev/null"
inside() {
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}
! inside sh -c 'pkg-config --exists diffpool' || fail 'the bare system has diffpool already'
inside sh -c 'dpkg --install /packages/*.deb' >"$root/installed" 2>&1 ||
    { cat "$root/installed"; fail 'dpkg --install failed'; }
inside sh -c 'cd /tests && sh debian/tests/first-prediction' >"$root/used" 2>&1 ||
    { cat "$root/used"; fail 'the packages do not work'; }
tail -n 3 "$root/used"
inside dpkg --purge diffpool libdiffpool-dev libdiffpool-infer0 libdiffpool0 >"$root/purged" 2>&1 ||
    { cat "$root/purged"; fail 'dpkg --purge failed'; }
left=$(cd "$root" && find usr lib etc -name '*diffpool*')
[ -z "$left" ] || fail "removing the packages leaves $left"
echo "$(find "$out" -name '*.deb' | wc -l) packages: made, installed in a bare Debian, used and removed"
