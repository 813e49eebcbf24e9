# shellcheck shell=sh
# Read by the tests of consumers, which run in a folder of their own with the programs beside them:
# $prefix and $libdir say where the library is installed.

prefix=$1
libdir=$prefix/$2
PKG_CONFIG_PATH=$libdir/pkgconfig
export PKG_CONFIG_PATH
warnings='-Wall -Wextra -Wpedantic -Werror'

# flags ARGUMENTS...: what pkg-config says, as arguments of the shell, for the prefix may have a space in its name.
flags() {
    pkg-config "$@"
}

# compile DRIVER SOURCE PROGRAM FLAGS: one program; the flags are quoted for the shell, as pkg-config prints them.
compile() {
    eval "set -- \"\$1\" \"\$2\" \"\$3\" $4"
    driver=$1 source=$2 program=$3
    shift 3
    # shellcheck disable=SC2086
    "$driver" $warnings "$source" -o "$program" "$@"
}

# predicted NAME TRAIN PREDICT: the two programs, each with its arguments in the variable `run` before it, give what the
# first of all consumers gave.
predicted() {
    $run "$2" model.safetensors 2>training.txt
    $run "$3" model.safetensors >"$1.txt"
    if [ -n "${EXPECTED:-}" ]; then
        cmp "$EXPECTED" "$1.txt"
    fi
    echo "$1: $(wc -l <"$1.txt") graphs"
}
run=
