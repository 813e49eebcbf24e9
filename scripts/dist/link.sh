#!/bin/sh
# Links the libraries that are shipped from the static archive that cargo makes: shared ones with symbol versions,
# static ones that keep to themselves, and the debug information of the shared ones in files of its own.
#
#     link.sh ARCHIVE FOLDER          writes FOLDER/lib*.so.X.Y.Z, FOLDER/lib*.a, FOLDER/debug/lib*.so.X.Y.Z.debug
#
# GLIBC=2.17 links the shared libraries for that version of glibc and all newer ones; it needs zig, whose linker knows
# what each version had. Without it they need the glibc of this machine.
set -eu
cd "$(dirname "$0")/../.."
. scripts/lib.sh
. scripts/dist/lib.sh

[ $# = 2 ] || fail 'two arguments are needed: the archive, and the folder to write to'
input=$1
folder=$2
[ -e "$input" ] || fail "there is no $input: 'scripts/dist/build.sh' makes the archive"
needs_linux
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$folder/debug"

# link ARGUMENTS...: the driver that links a shared library, and the library that unwinds a panic.
link() {
    if [ -n "${GLIBC:-}" ]; then
        zig=$(scripts/dist/tools.sh zig)
        "$zig" cc -target "$(uname -m)-linux-gnu.$GLIBC" "$@" -lunwind
    else
        cc "$@" -Wl,--as-needed -lm -lpthread -ldl -lgcc_s
    fi
}

# shared LIBRARY: rustc's own linker leaves symbols without a version although it is given the script, so the archive is
# linked again.
shared() {
    name=lib$1.so.$version
    {
        echo "$(node "$1") {"
        echo '    global:'
        sed 's/.*/        &;/' "$(exports "$1")"
        echo '    local: *;'
        echo '};'
    } >"$scratch/$1.map"
    link -shared -o "$scratch/$name" -Wl,--gc-sections -Wl,--whole-archive "$input" -Wl,--no-whole-archive \
        "-Wl,--version-script=$scratch/$1.map" "-Wl,-soname,lib$1.so.$soversion" -Wl,-z,relro -Wl,-z,now \
        -Wl,--build-id=sha1
    # Debian strips for itself, into a package of its own.
    if [ -n "${UNSTRIPPED:-}" ]; then
        mv "$scratch/$name" "$folder/$name"
        return
    fi
    objcopy --only-keep-debug --compress-debug-sections "$scratch/$name" "$folder/debug/$name.debug"
    objcopy --strip-unneeded --remove-section .comment --add-gnu-debuglink="$folder/debug/$name.debug" \
        "$scratch/$name" "$folder/$name"
    chmod 644 "$folder/debug/$name.debug" "$folder/$name"
}

# static_library LIBRARY: one object of which only the exports are global, so that a second library in Rust can be
# linked beside it. The reference to the function that unwinds is kept global under a name of its own: it lies in a
# section of which the linker keeps one copy, and a local reference into the dropped one ends in a crash at the first
# panic.
static_library() {
    keep=$scratch/$1.keep
    { cat "$(exports "$1")"; echo "DW.ref.$1_eh_personality"; } >"$keep"
    # shellcheck disable=SC2046
    ld -r --gc-sections $(sed 's/^/-u /' "$(exports "$1")") "$input" -o "$scratch/$1.all.o"
    # The compiler's own code for link-time optimisation goes first: other tools stumble over it.
    objcopy --remove-section .llvmbc --remove-section .llvmcmd --remove-section .comment --strip-debug \
        "--redefine-sym=DW.ref.rust_eh_personality=DW.ref.$1_eh_personality" "$scratch/$1.all.o" "$scratch/$1.named.o"
    objcopy "--keep-global-symbols=$keep" "$scratch/$1.named.o" "$scratch/$1.local.o"
    # Names of what nobody can reach: a third of the file.
    objcopy --strip-unneeded "$scratch/$1.local.o" "$scratch/$1.o"
    rm -f "$folder/lib$1.a"
    ar rcsD "$folder/lib$1.a" "$scratch/$1.o"
}

for library in $libraries; do
    shared "$library"
    static_library "$library"
done
