# shellcheck shell=sh
# What the scripts share: read with `. scripts/lib.sh` from the project's folder.

# The C++ and Go programs look for the library here, whatever the caller's environment says.
CARGO_TARGET_DIR=$PWD/target
export CARGO_TARGET_DIR

# Run from make, the scripts must not pass its options on to the make that cmake calls.
unset MAKEFLAGS MFLAGS MAKELEVEL

# A headline, so that a person can see where the output of one step ends.
say() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# Whether version $1 is at least $2; both are numbers with dots.
at_least() {
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# The first number with dots in what a command printed, for example 3.25.1.
version_in() {
    sed -n 's/^[^0-9]*\([0-9][0-9]*\(\.[0-9][0-9]*\)*\).*/\1/p' | head -n 1
}

# Whether packages can be installed without asking: root on Debian or a system made from it.
can_install() {
    have apt-get && [ "$(id -u)" = 0 ]
}

apt_install() {
    say "Installing $*"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}
