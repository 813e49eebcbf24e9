#!/bin/sh
# Makes sure that the tools are there which a step needs.
#
#     scripts/setup.sh rust      what builds the library
#     scripts/setup.sh native    and what builds and runs the C, C++ and Go programs
#     scripts/setup.sh dist      and what makes packages and tries them
#     scripts/setup.sh all       native, and the formatters and linters, what the Python tests need, a browser, and what
#                                emulates processors
#
# What is missing is installed with apt-get where that is possible (root on Debian or Ubuntu). Anywhere else the script
# names what is missing and how to get it, and ends with 1.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

what=${1:-all}
packages=
wishes=
problems=

# need COMMAND PACKAGE: the Debian package is installed when the command is missing.
need() {
    have "$1" || packages="$packages $2"
}

# wish COMMAND PACKAGE...: the same for what a step can do without, and then says so.
wish() {
    command=$1
    shift
    have "$command" || wishes="$wishes $*"
}

problem() {
    problems="$problems
  - $1"
}

check_rust() {
    # The compiler comes with gcc's linker, so a C toolchain is part of Rust's needs.
    need cc gcc
    if ! have cargo; then
        problem 'Rust is missing: install 1.89 or newer from https://rustup.rs, then open a new shell'
        return
    fi
    rust=$(rustc --version | version_in)
    at_least "$rust" 1.89.0 || problem "Rust $rust is too old: 'rustup update' installs 1.89 or newer"
}

check_rust_components() {
    have cargo || return 0
    for component in rustfmt clippy; do
        case $component in
            rustfmt) probe=fmt ;;
            *) probe=$component ;;
        esac
        if cargo "$probe" --version >/dev/null 2>&1; then
            continue
        fi
        if have rustup && rustup component add "$component"; then
            continue
        fi
        problem "cargo $probe is missing: 'rustup component add $component' installs it"
    done
}

check_native() {
    need cmake cmake
    need make make
    need c++ g++
    need nm binutils
    need go golang-go
}

# Versions are read after the installation, because that is what the build will see.
check_native_versions() {
    if have cmake; then
        found=$(cmake --version | version_in)
        at_least "$found" 3.16 || problem "cmake $found is too old: 3.16 or newer is needed, see https://cmake.org"
    fi
    if have go; then
        found=$(go env GOVERSION | version_in)
        at_least "$found" 1.19 || problem "Go $found is too old: 1.19 or newer is needed, see https://go.dev/dl"
        if [ "$(go env CGO_ENABLED)" != 1 ]; then
            problem 'cgo is off: unset CGO_ENABLED, or set it to 1, because the Go package links a C library'
        fi
    fi
}

# The tests need numpy, which an environment can get from PyPI; making one needs more than Debian's python3 brings.
check_python() {
    need python3 python3
    if ! have python3 || ! python3 -c 'import numpy' 2>/dev/null && ! python3 -c 'import ensurepip' 2>/dev/null; then
        packages="$packages python3-venv"
    fi
}

check_python_version() {
    have python3 || return 0
    found=$(python3 --version | version_in)
    at_least "$found" 3.9 || problem "Python $found is too old: 3.9 or newer is needed, see https://www.python.org"
}

# The page of `diffpool explain` is tried in a browser.
check_browser() {
    need chromium chromium
    need chromedriver chromium-driver
}

# What installs the library, tries what was installed, and looks at its ABI.
check_installation() {
    need objcopy binutils
    need pkg-config pkg-config
    need abidiff abigail-tools
}

# What links packages, and what tries them. zig and meson come from PyPI, into build/tools.
check_dist() {
    check_installation
    need xz xz-utils
    need python3 python3
    python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
    have dpkg || return 0
    need dh debhelper
    need lintian lintian
    need mmdebstrap mmdebstrap
}

# What runs the tests as other processors. The cross compiler is asked for only where programs are emulated.
check_emulators() {
    [ "$(uname -sm)" = 'Linux x86_64' ] || return 0
    wish qemu-aarch64 qemu-user
    wish aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
}

install_emulators() {
    [ "$(uname -sm)" = 'Linux x86_64' ] || return 0
    if [ -n "$wishes" ] && can_install; then
        # shellcheck disable=SC2086
        apt_install $wishes || echo "apt-get could not install$wishes: tests as other processors are skipped"
    fi
    target=aarch64-unknown-linux-gnu
    if have rustup && ! rustup target list --installed | grep -qx $target; then
        rustup target add $target || echo "rustup could not add $target: tests as such a processor are skipped"
    fi
}

install_packages() {
    [ -n "$packages" ] || return 0
    if ! can_install; then
        for package in $packages; do
            problem "$package is missing: on Debian or Ubuntu, 'sudo apt-get install $package' installs it"
        done
        return 0
    fi
    # shellcheck disable=SC2086
    apt_install $packages || problem "apt-get could not install$packages"
}

check_rust
case $what in
    rust) ;;
    native | all) check_native ;;
    dist) check_native; check_dist ;;
    *) fail "unknown step '$what': it is rust, native, dist or all" ;;
esac
[ "$what" != all ] || { check_python; check_browser; check_emulators; check_installation; }
install_packages
[ "$what" != all ] || install_emulators
case $what in
    rust) ;;
    native | dist) check_native_versions ;;
    all) check_native_versions; check_rust_components; check_python_version ;;
esac

if [ -n "$problems" ]; then
    fail "cannot go on:$problems"
fi
