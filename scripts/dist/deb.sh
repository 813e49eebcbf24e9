#!/bin/sh
# Makes the Debian packages from what is linked, into build/dist/deb: libdiffpool0, libdiffpool-infer0, libdiffpool-dev
# and the program, diffpool. What they need is found out from the binaries, and every function is listed with its
# version.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

needs dh debhelper
needs dpkg-buildpackage dpkg-dev
scripts/dist/prepare.sh
out=$PWD/build/dist/deb
tree=$out/diffpool-$version
rm -rf "$out"
mkdir -p "$tree"
# Debian takes the debug information away itself, so that it wants libraries which still have it.
cp -R "$linked" "$out/linked"
UNSTRIPPED=1 scripts/dist/link.sh "$archive" "$out/linked"
cp "$program" "$out/linked/diffpool"

cp -R packaging/debian "$tree/debian"
mkdir -p "$tree/packaging"
cp -R packaging/consumers "$tree/packaging/consumers"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
cat >"$tree/debian/changelog" <<EOF
diffpool ($version) unstable; urgency=medium

  * Version $version: see CHANGELOG.md.

 -- libdiffpool <libdiffpool@users.noreply.github.com>  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
EOF
# The text of the licence, in the form of this file: indented, with a dot on empty lines.
sed -e 's/^/ /' -e 's/^ $/ ./' LICENSE-MIT >"$out/mit"
sed -i -e "/@MIT@/{r $out/mit" -e 'd}' "$tree/debian/copyright"
cp CHANGELOG.md "$tree/CHANGELOG.md"
for library in $libraries; do
    package=lib$(echo "${library#lib}" | tr _ -)$soversion
    {
        echo "lib$library.so.$soversion $package #MINVER#"
        # GNU ld makes a symbol of the node, zig does not.
        echo " (optional)$(node "$library")@$(node "$library") $version"
        sed "s/.*/ &@$(node "$library") $version/" "$(exports "$library")"
    } >"$tree/debian/$package.symbols"
done

libdir=lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH)
DIFFPOOL_LINKED=$out/linked DESTDIR=$tree/staged PREFIX=/usr LIBDIR=$libdir scripts/install.sh
# Debian has these in places of its own, or not at all.
(cd "$tree/staged/usr/share/doc/diffpool" && rm CHANGELOG.md LICENSE-APACHE LICENSE-MIT files.txt sbom.cdx.json)
(cd "$tree" && DPKG_GENSYMBOLS_CHECK_LEVEL=4 dpkg-buildpackage --build=binary --no-sign --no-pre-clean) \
    >"$out/build.txt" 2>&1 || { cat "$out/build.txt"; fail 'dpkg-buildpackage failed'; }
rm -rf "$out/linked" "$out/mit"
ls -l "$out"/*.deb
