#!/bin/sh
# Uses the Go modules as a stranger would: `go get` in an empty folder, with nothing of the checkout; and does it wrong.
#
#     scripts/test_go_dist.sh [ARCHIVE [LIBRARY]]
#
# ARCHIVE is the libdiffpool.a to pack, LIBRARY the libdiffpool.so for -tags diffpool_system; those of target/release by
# default. GO names the go command; the oldest that go.mod allows should pass, too. Everything is written below
# build/test_go_dist, but for compiled packages, which go keeps in its cache.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

root=$PWD
archive=$(realpath "${1:-target/release/libdiffpool.a}")
library=$(realpath "${2:-target/release/libdiffpool.so}")
go=${GO:-go}
for tool in "$go" python3 readelf cc pkg-config; do
    have "$tool" || fail "$tool is missing; the packages of Debian are golang-go, python3, binutils, gcc and pkg-config"
done
[ -f "$archive" ] || fail "$archive is not there: scripts/build.sh builds it"
[ -f "$library" ] || fail "$library is not there: scripts/build.sh builds it"
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "the archive is packed for linux_amd64, but this is $(uname -sm)"

module=$(sed -n 's/^module //p' bindings/go/go.mod)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
work=$root/build/test_go_dist
chmod -R u+w "$work" 2>/dev/null || true
rm -rf "$work"
mkdir -p "$work"

# A home of its own, so that no setting and no downloaded module of this machine helps.
HOME=$work/home
GOCACHE=${GOCACHE:-$($go env GOCACHE)}
GOMODCACHE=$work/mod
GOFLAGS='-mod=mod -modcacherw -buildvcs=false'
GOPROXY=file://$work/dist/proxy
GOSUMDB=off
GOTOOLCHAIN=local
GOENV=off
GOWORK=off
CGO_ENABLED=1
export HOME GOCACHE GOMODCACHE GOFLAGS GOPROXY GOSUMDB GOTOOLCHAIN GOENV GOWORK CGO_ENABLED
unset LD_LIBRARY_PATH PKG_CONFIG_PATH CGO_CFLAGS CGO_LDFLAGS 2>/dev/null || true
mkdir -p "$HOME"

# consumer NAME: an empty folder with the program of the package's README.md, which a newcomer copies.
consumer() {
    mkdir -p "$work/$1"
    awk '/^```go$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$root/bindings/go/README.md" >"$work/$1/main.go"
    cd "$work/$1"
    "$go" mod init example.com/first >/dev/null 2>&1
}

# same PROGRAM ARGUMENT...: runs the program, which must print what the first one did.
same() {
    "$@" >"$work/printed"
    [ -s "$work/expected" ] || cp "$work/printed" "$work/expected"
    cmp -s "$work/expected" "$work/printed" || fail "$* printed '$(cat "$work/printed")', not '$(cat "$work/expected")'"
}

# refused TEXT COMMAND...: runs a command, which must fail and say the text in one of its first two lines of output that
# are not the name of a package.
refused() {
    text=$1
    shift
    if "$@" >"$work/printed" 2>&1; then
        fail "'$*' succeeded, but should say '$text'"
    fi
    grep -v '^#' "$work/printed" | head -n 2 | grep -qF -- "$text" || {
        head -n 20 "$work/printed" >&2
        fail "'$*' does not say '$text' at once"
    }
    grep -F -m 1 -- "$text" "$work/printed"
}

say 'Packing the modules'
# The same archive for musl, too: it is never linked, but shows what a program downloads of two platforms.
"$root/scripts/dist/go_proxy.py" --out "$work/dist" "linux_amd64=$archive" "linux_amd64_musl=$archive"
unformatted=$(gofmt -l "$work/dist/modules")
[ -z "$unformatted" ] || fail "gofmt would change $unformatted"
SOURCE_DATE_EPOCH=315532800 "$root/scripts/dist/go_proxy.py" --out "$work/again" \
    "linux_amd64_musl=$archive" "linux_amd64=$archive" >/dev/null
diff -r "$work/dist" "$work/again" || fail 'the same input gave other bytes'
rm -r "$work/again"

say "go get ($("$go" version))"
consumer first
"$go" get "$module"
"$go" build -o first .
same ./first
cat "$work/expected"
if ldd ./first | grep -q diffpool; then
    fail 'the program needs a library of diffpool at run time'
fi
(cd / && same "$work/first/first")
"$go" vet ./...
"$go" vet "$module"

say 'a build elsewhere downloads the library of its platform and no other'
GOMODCACHE=$work/elsewhere GOFLAGS="$GOFLAGS -mod=readonly" "$go" build -o first .
same ./first
downloaded=$(cd "$work/elsewhere/cache/download/$module/lib" && ls ./*/@v/*.zip)
[ "$downloaded" = "./linux_amd64/@v/v$version.zip" ] || fail "the build downloaded $downloaded"

say 'examples of the package, as downloaded'
"$go" test -run '^Example' "$module"

say 'go mod vendor, without the module cache and the proxy'
consumer vendored
"$go" get "$module"
"$go" mod tidy
"$go" mod vendor
[ -f "vendor/$module/include/diffpool.h" ] || fail 'go mod vendor left the header behind'
GOFLAGS='-mod=vendor -buildvcs=false' GOPROXY=off GOMODCACHE=$work/nothing "$go" build -o first .
same ./first

say 'a static program'
cd "$work/first"
"$go" build -o static -ldflags '-extldflags "-static"' . 2>"$work/printed" || {
    cat "$work/printed" >&2
    fail 'no static program'
}
same ./static

say 'the commands of the module: go install'
GOBIN=$work/bin "$go" install "$module/cmd/predict@v$version"
"$work/bin/predict" -help | grep -q model || fail 'the installed program does not explain itself'

say '-tags diffpool_system: the library that pkg-config finds'
refused "Package diffpool was not found" "$go" build -tags diffpool_system -o system .
prefix="$work/prefix"
mkdir -p "$prefix/include" "$prefix/lib/pkgconfig"
cp "$root/include/diffpool.h" "$prefix/include"
cp "$library" "$prefix/lib/libdiffpool.so.${version%%.*}"
ln -s "libdiffpool.so.${version%%.*}" "$prefix/lib/libdiffpool.so"
cat >"$prefix/lib/pkgconfig/diffpool.pc" <<EOF
Name: diffpool
Description: DiffPool graph classifiers
Version: $version
Libs: -L$prefix/lib -ldiffpool
Cflags: -I$prefix/include
EOF
PKG_CONFIG_PATH=$prefix/lib/pkgconfig "$go" build -tags diffpool_system -o system .
LD_LIBRARY_PATH=$prefix/lib same ./system
ldd ./system | grep -q libdiffpool.so || fail 'with diffpool_system the library of the system was not linked'
# A header of another version. A definition that no earlier build had, because go looks neither at headers outside of
# its modules nor at what pkg-config says when it takes a compiled package from its cache.
sed "s#$prefix#$work/other#" "$prefix/lib/pkgconfig/diffpool.pc" >"$work/diffpool.pc"
mkdir -p "$work/other/include"
sed 's/#define DIFFPOOL_VERSION_MINOR .*/#define DIFFPOOL_VERSION_MINOR 99/' "$root/include/diffpool.h" \
    >"$work/other/include/diffpool.h"
CGO_CFLAGS=-DDIFFPOOL_TRY=$$ PKG_CONFIG_PATH=$work refused 'diffpool.h is of another version' \
    "$go" build -tags diffpool_system -o system .

say 'one line for what is missing'
CGO_ENABLED=0 refused diffpool_needs_cgo "$go" build -o never .
musl=$(command -v musl-gcc || true)
if [ -n "$musl" ]; then
    CC=$musl refused 'this library is for glibc' "$go" build -o never .
fi
refused 'this library is for musl' "$go" build -tags diffpool_musl -o never .
if have aarch64-linux-gnu-gcc; then
    CC=aarch64-linux-gnu-gcc GOARCH=arm64 refused 'not prebuilt for this platform' "$go" build -o never .
fi
GOARCH=arm64 CGO_ENABLED='' refused diffpool_needs_cgo "$go" build -o never .

say 'modules that do not belong together do not link'
cp -r "$root/scripts" "$root/include" "$root/Cargo.toml" "$root"/LICENSE-* "$work" # a checkout with another header
mkdir -p "$work/tests" "$work/bindings"
cp "$root/tests/symbols.txt" "$work/tests"
cp -r "$root/bindings/go" "$work/bindings"
echo '/* another */' >>"$work/include/diffpool.h"
later=${version%.*}.$((${version##*.} + 1))
"$work/scripts/dist/go_proxy.py" --out "$work/dist" --version "$later" "linux_amd64=$archive" >/dev/null
consumer wrong
"$go" get "$module@v$version" "$module/lib/linux_amd64@v$later"
if "$go" build -o wrong . >"$work/printed" 2>&1; then
    fail "the package of $version was linked with the library of $later"
fi
grep -m 1 'undefined.*diffpool_module_lib_of_v' "$work/printed" || {
    cat "$work/printed" >&2
    fail 'the linker does not name what is wrong'
}
"$go" get "$module@v$later"
refused 'not prebuilt for this platform' "$go" build -tags diffpool_musl -o never .
"$go" build -o wrong .
same ./wrong

say 'what cannot be packed'
refused 'is for the machine 62' "$root/scripts/dist/go_proxy.py" --out "$work/never" "linux_arm64=$archive"
refused 'is not there' "$root/scripts/dist/go_proxy.py" --out "$work/never" linux_amd64=/nowhere.a
printf '!<arch>\n' >"$work/empty.a"
refused 'is for the machine None' "$root/scripts/dist/go_proxy.py" --out "$work/never" "linux_amd64=$work/empty.a"
echo 'int diffpool_nothing;' >"$work/nothing.c"
cc -c "$work/nothing.c" -o "$work/nothing.o"
ar rc "$work/nothing.a" "$work/nothing.o"
refused 'functions of the header, such as' \
    "$root/scripts/dist/go_proxy.py" --out "$work/never" "linux_amd64=$work/nothing.a"

say 'Go modules: all as it should be'
