#!/bin/sh
# Installs what programs are built with and the program diffpool: `make install PREFIX= DESTDIR= LIBDIR=`.
#
#     PREFIX      where it will be used; /usr/local
#     DESTDIR     a folder to put before all paths, for those who make packages; none
#     LIBDIR      where libraries go, below PREFIX; lib. Debian wants lib/x86_64-linux-gnu, Fedora lib64
#
# The library is built and linked first where that has not been done since the sources changed. The prefix may be moved
# afterwards: nothing in it names its place. What was installed is listed in share/doc/diffpool/files.txt, from which
# scripts/uninstall.sh takes it away again.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/dist/lib.sh

prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-lib}
case $prefix in
    /*) ;;
    *) fail "PREFIX is '$prefix', but must begin with /" ;;
esac
case $libdir in
    "$prefix"/*) libdir=${libdir#"$prefix"/} ;;
    /*) fail "LIBDIR is '$libdir', but must lie below PREFIX, '$prefix'" ;;
esac
case /$libdir/ in
    */../* | */./* | *//*) fail "LIBDIR is '$libdir', but must be a plain path below PREFIX" ;;
esac
root=${DESTDIR:-}$prefix

scripts/dist/prepare.sh

# From a folder in LIBDIR up to LIBDIR's parent and on to the prefix, one .. for each step of LIBDIR.
up=$(echo "$libdir" | sed 's#[^/][^/]*#..#g')
documents=share/doc/diffpool
list=$documents/files.txt
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/new"

# folder PATH: makes a folder with its parents; those that were not there are noted, to be taken away again.
folder() {
    [ -d "$root/$1" ] && return 0
    case $1 in
        */*) folder "${1%/*}" ;;
    esac
    mkdir -p "$root"
    mkdir "$root/$1"
    echo "$1/" >>"$scratch/new"
}

# put MODE FROM PATH: installs a file.
put() {
    folder "${3%/*}"
    # A program that runs may have the file mapped: it is replaced and not written over.
    rm -f "$root/$3"
    install -m "$1" "$2" "$root/$3"
    echo "$3" >>"$scratch/new"
}

# link_to TARGET PATH: installs a symbolic link.
link_to() {
    ln -sfn "$1" "$root/$2"
    echo "$2" >>"$scratch/new"
}

# filled TEMPLATE: the text with the names of this installation in it.
filled() {
    sed -e "s#@UP@#$up#g" -e "s#@LIBDIR@#$libdir#g" -e "s#@VERSION@#$version#g" -e "s#@MINOR@#$minor#g" \
        -e "s#@MAJOR@#${version%%.*}#g" -e "s#@SOVERSION@#$soversion#g" -e "s#@LIBRARY@#${library:-}#g" \
        -e "s#@DESCRIPTION@#${description:-}#g" "packaging/$1" >"$scratch/filled"
}

for header in include/*.h include/*.hpp; do
    [ ! -e "$header" ] || put 644 "$header" "$header"
done

for library in $libraries; do
    case $library in
        diffpool) description='DiffPool graph classifiers: train, save, load and run' ;;
        diffpool_infer) description='DiffPool graph classifiers: load and run' ;;
    esac
    put 644 "$linked/lib$library.so.$version" "$libdir/lib$library.so.$version"
    link_to "lib$library.so.$version" "$libdir/lib$library.so.$soversion"
    link_to "lib$library.so.$soversion" "$libdir/lib$library.so"
    put 644 "$linked/lib$library.a" "$libdir/lib$library.a"
    filled diffpool.pc.in
    put 644 "$scratch/filled" "$libdir/pkgconfig/$library.pc"
done
for name in diffpoolConfig diffpoolConfigVersion; do
    filled "$name.cmake.in"
    put 644 "$scratch/filled" "$libdir/cmake/diffpool/$name.cmake"
done

put 755 "$linked/diffpool" bin/diffpool
for page in packaging/pages/*.1; do
    put 644 "$page" "share/man/man1/$(basename "$page")"
done
put 644 packaging/pages/diffpool.bash share/bash-completion/completions/diffpool
put 644 packaging/pages/_diffpool share/zsh/site-functions/_diffpool
put 644 packaging/pages/diffpool.fish share/fish/vendor_completions.d/diffpool.fish

# The pages keep their places to each other, so that their links work.
for text in LICENSE-APACHE LICENSE-MIT THIRD-PARTY.txt CHANGELOG.md README.md docs/*.md; do
    put 644 "$text" "$documents/$text"
done
put 644 packaging/sbom.cdx.json "$documents/sbom.cdx.json"
put 644 docs/api.json share/diffpool/api.json

# An installation over another one keeps the list of what that had.
folder "$documents"
echo "$list" >>"$scratch/new"
[ ! -e "$root/$list" ] || cat "$root/$list" >>"$scratch/new"
LC_ALL=C sort -u "$scratch/new" >"$root/$list"
chmod 644 "$root/$list"
echo "installed diffpool $version in $root: $(grep -vc '/$' "$root/$list") files, listed in $root/$list"
