#!/bin/sh
# Tries what is shipped as a stranger would: from an empty folder outside the checkout, with a prefix that was moved
# after the installation. One script for each kind of consumer is in packaging/consumers.
#
#     scripts/test_dist.sh            everything
#     scripts/test_dist.sh c cmake    only these parts: artefacts c static cmake meson infer two_rust java node uninstall
#                                     reproducible abi deb go
#
# What cannot be had is skipped and said so in the summary; with REQUIRED=1 that is a failure.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/dist/lib.sh

consumers='c static cmake meson infer two_rust java node'
chosen=${*:-artefacts $consumers uninstall reproducible abi deb go}
summary=
failures=0
skipped=0

# Outside the checkout, so that nothing of it is found by accident.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# part NAME COMMAND...: runs the command; it ends with 77 where something is missing and it said what.
part() {
    name=$1
    shift
    say "$name"
    started=$(date +%s)
    status=0
    "$@" || status=$?
    case $status in
        0) result='ok     ' ;;
        77) result='skipped' skipped=$((skipped + 1)) ;;
        *) result='FAILED ' failures=$((failures + 1)) ;;
    esac
    summary="$summary
$result $(printf '%4d s' $(($(date +%s) - started)))  $name"
}

# install_moved LIBDIR: the prefix is moved, and has a space in its name afterwards.
install_moved() {
    rm -rf "$work/first" "$work/moved here"
    PREFIX=$work/first LIBDIR=$1 scripts/install.sh
    mv "$work/first" "$work/moved here"
    for text in "$work/moved here/$1"/pkgconfig/*.pc "$work/moved here/$1"/cmake/diffpool/*.cmake; do
        ! grep -qF "$work" "$text" || fail "$text names the place where it was installed"
    done
}

# consumer NAME LIBDIR
consumer() (
    folder=$work/$1
    rm -rf "$folder"
    mkdir "$folder"
    cp packaging/consumers/programs/* "packaging/consumers/$1"/* "$folder"
    for text in bindings/java bindings/node; do
        [ "${text#bindings/}" != "$1" ] || cp -R "$text"/. "$folder"
    done
    case $1 in
        meson) MESON=$(scripts/dist/tools.sh meson) ;;
        java) JAVA=$(scripts/dist/tools.sh java) || exit 77 ;;
    esac
    export MESON JAVA
    cd "$folder"
    # The environment of whoever runs the tests must not help.
    unset CARGO_TARGET_DIR LD_LIBRARY_PATH CMAKE_PREFIX_PATH CPATH LIBRARY_PATH
    ./run.sh "$work/moved here" "$2"
)

# What the first consumer predicted is what all others must predict.
expect() {
    cp "$work/c/shared.txt" "$work/expected.txt"
    EXPECTED=$work/expected.txt
    export EXPECTED
}

uninstalled() (
    for libdir in lib lib/x86_64-linux-gnu; do
        rm -rf "$work/stage"
        mkdir -p "$work/stage/opt/it/share/man"
        echo mine >"$work/stage/opt/it/share/man/mine.txt"
        find "$work/stage" | LC_ALL=C sort >"$work/before"
        DESTDIR=$work/stage PREFIX=/opt/it LIBDIR=$libdir scripts/install.sh
        # A second time over the first, as an upgrade does.
        DESTDIR=$work/stage PREFIX=/opt/it LIBDIR=/opt/it/$libdir scripts/install.sh
        [ -e "$work/stage/opt/it/$libdir/pkgconfig/diffpool.pc" ] || fail "LIBDIR=$libdir was not heeded"
        DESTDIR=$work/stage PREFIX=/opt/it scripts/uninstall.sh
        find "$work/stage" | LC_ALL=C sort | diff "$work/before" - || fail "'make uninstall' leaves or removes too much"
        echo "LIBDIR=$libdir: nothing is left, and what was there before is"
    done
    for wrong in 'PREFIX=relative' 'PREFIX=/opt/it LIBDIR=/usr/lib' 'PREFIX=/opt/it LIBDIR=../lib'; do
        # shellcheck disable=SC2086
        ! env $wrong DESTDIR="$work/stage" scripts/install.sh 2>"$work/refused" || fail "$wrong is taken"
        grep -q "is '" "$work/refused" || fail "$wrong is refused with $(cat "$work/refused")"
    done
)

say 'building and linking'
scripts/dist/prepare.sh
say 'installing'
install_moved lib

for name in $chosen; do
    case $name in
        artefacts) part 'symbols, hardening, sizes, glibc' scripts/dist/check_artefacts.sh "$linked" ;;
        uninstall) part 'uninstall leaves nothing' uninstalled ;;
        reproducible) part 'linked again elsewhere and later: the same bytes' scripts/dist/check_reproducible.sh ;;
        abi) part 'the ABI is that of the baseline' scripts/dist/abi.sh check ;;
        go)
            part 'Go by go get, vendored, through pkg-config' scripts/test_go_dist.sh "$linked/libdiffpool.a" \
                "$linked/libdiffpool.so.$soversion.${version#*.}"
            ;;
        deb) part 'Debian packages, installed and used in a bare system' scripts/dist/test_deb.sh ;;
        c)
            part c consumer c lib
            [ ! -e "$work/c/shared.txt" ] || expect
            ;;
        *) part "$name" consumer "$name" lib ;;
    esac
done

say 'Summary'
echo "$summary" | sed 1d
[ "$failures" = 0 ] || fail "$failures parts failed"
[ "$skipped" = 0 ] || [ -z "${REQUIRED:-}" ] || fail "$skipped parts were skipped"
