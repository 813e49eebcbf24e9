#!/bin/sh
# Makes a tool available in build/tools, and prints the path of the program.
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
        python3 -m venv "$place" ||
            fail "python3 cannot make an environment: on Debian, 'sudo apt-get install python3-venv'"
    fi >&2
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2 ||
        fail "pip could not install $*"
}

case ${1:-} in
    zig)
        have zig && { command -v zig; exit; }
        if [ ! -x "$place/bin/zig" ]; then
            python ziglang==0.17.1
            printf '%s\n' '#!/bin/sh' 'exec "$(dirname "$0")/python" -m ziglang "$@"' >"$place/bin/zig.new"
            chmod +x "$place/bin/zig.new"
            mv "$place/bin/zig.new" "$place/bin/zig"
        fi
        echo "$place/bin/zig"
        ;;
    meson)
        have meson && have ninja && { command -v meson; exit; }
        [ -x "$place/bin/meson" ] && [ -x "$place/bin/ninja" ] || python meson==1.12.1 ninja==1.13.2
        echo "$place/bin/meson"
        ;;
    *) fail "unknown tool '${1:-}': it is zig or meson" ;;
esac
