#!/bin/sh
# Makes a tool available in build/tools, and prints the command that runs it.
#
#     tools.sh zig         links for old versions of glibc
#     tools.sh meson       builds the consumer that uses meson
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh

place=$PWD/build/tools

# python PACKAGE...: the packages from PyPI, in an environment of their own. Two that ask at once must not both make it.
python() {
    if [ ! -x "$place/bin/python" ]; then
        python3 -m venv "$place" || fail "python3 cannot make an environment: on Debian, 'sudo apt-get install python3-venv'"
    fi >&2
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
        fail "pip could not install $*"
}

case ${1:-} in
    zig)
        have zig && { echo zig; exit; }
        [ -d "$(echo "$place"/lib/python3*/site-packages/ziglang)" ] || python ziglang==0.17.1
        echo "$place/bin/python -m ziglang"
        ;;
    meson)
        have meson && have ninja && { echo meson; exit; }
        [ -x "$place/bin/meson" ] && [ -x "$place/bin/ninja" ] || python meson==1.12.1 ninja==1.13.2
        echo "env PATH=$place/bin:$PATH $place/bin/meson"
        ;;
    *) fail "unknown tool '${1:-}': it is zig or meson" ;;
esac
