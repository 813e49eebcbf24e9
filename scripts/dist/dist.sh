#!/bin/sh
# Makes what is shipped, in build/dist: an archive that can be unpacked anywhere, its debug information, Debian packages
# where there are Debian's tools, and the checksums of all of it.
#
# GLIBC=2.17, unless it says otherwise, is the oldest glibc that will do; GLIBC= takes that of this machine.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

GLIBC=${GLIBC-2.17}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export GLIBC SOURCE_DATE_EPOCH
needs_linux
needs xz xz-utils
scripts/dist/prepare.sh
scripts/dist/check_artefacts.sh "$linked"

out=build/dist/packages
name=diffpool-$version-$(uname -m)-linux-gnu
rm -rf "$out"
mkdir -p "$out"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# packed NAME: a folder as an archive whose bytes depend on what is in it and on nothing else.
packed() {
    tar -c -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rw,go+r-w \
        "--mtime=@$SOURCE_DATE_EPOCH" "$1" | xz -9 -T1 >"$out/$1.tar.xz"
}

PREFIX=$scratch/$name scripts/install.sh
packed "$name"
mkdir -p "$scratch/$name-debug/lib"
cp "$linked"/debug/* "$scratch/$name-debug/lib"
packed "$name-debug"
cp packaging/sbom.cdx.json "$out/$name.cdx.json"
if have dh; then
    scripts/dist/deb.sh
    cp build/dist/deb/*.deb "$out"
else
    echo 'no Debian packages: debhelper is missing'
fi
scripts/dist/go_proxy.py --out "$scratch/go" "linux_$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')=$linked/libdiffpool.a"
mv "$scratch/go/proxy" "$scratch/diffpool-$version-goproxy"
packed "diffpool-$version-goproxy"
(cd "$out" && sha256sum -- * >SHA256SUMS)
cat "$out/SHA256SUMS"
