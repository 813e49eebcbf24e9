#!/bin/sh
# Every check and every test in every language, and at the end one line for each part.
#
# A part that fails does not keep the others from running. The order has a reason: the Rust parts share the artefacts of
# the dev profile, then the release library is built once, and everything that links it follows.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

summary=
failures=0

# part NAME COMMAND...: runs the command, and remembers how it ended and how long it took.
part() {
    name=$1
    shift
    say "$name"
    started=$(date +%s)
    if "$@"; then
        result='ok    '
    else
        result='FAILED'
        failures=$((failures + 1))
    fi
    summary="$summary
$result  $(printf '%4d s' $(($(date +%s) - started)))  $name"
}

rust_documentation() {
    RUSTDOCFLAGS='-D warnings' cargo doc --no-deps --workspace --quiet
}

# Without a browser these tests only say that they were skipped; here there must be one.
browser_tests() {
    DIFFPOOL_BROWSER=required cargo test -p diffpool-cli --test explain_page --test train_page
}

# From the release library, so that nothing is compiled for it; `make test-dist` tries what is shipped.
installation() {
    DIFFPOOL_ARCHIVE=target/release/libdiffpool.a DIFFPOOL_PROGRAM=target/release/diffpool \
        scripts/test_dist.sh c static cmake infer two_rust uninstall go
}

cpp_tests() {
    (cd build/cpp && ctest --output-on-failure)
}

go_vet() {
    (cd bindings/go && go vet ./...)
}

# Without -count=1 a result would be reused although the library has changed: Go does not know of it.
go_tests() {
    (cd bindings/go && go test -count=1 -timeout 600s ./...)
}

part 'setup' scripts/setup.sh all
part 'formatters and linters' scripts/lint.sh
part 'Rust tests, header drift, header as strict C and C++' cargo test --workspace --no-fail-fast
part 'the page of diffpool explain, in Chromium' browser_tests
part 'Rust tests as other processors' scripts/check_cpus.sh
part 'Rust documentation' rust_documentation
part 'the C99 programs are those in the header' scripts/check_quickstart.sh
part 'fuzzing, ten seconds each' scripts/fuzz.sh 10
part 'release library' scripts/build.sh
part 'exported symbols' scripts/check_symbols.sh
part 'the C ABI is that of packaging/abi' scripts/dist/abi.sh check
part 'installed, linked in every way by C, C++ and CMake, uninstalled' installation
part 'C, C++ and Go programs compile' scripts/build_programs.sh
part 'C and C++ examples' cpp_tests
part 'go vet' go_vet
part 'Go tests' go_tests
part 'programs that measure costs compile' scripts/check_costs.sh
part 'Python tests' scripts/test_python.sh
part 'exported models in ONNX Runtime' scripts/test_onnx.sh
part 'the same bits from C, C++, Go and Rust' scripts/check_same_bits.sh
part 'programs in README.md' scripts/check_readme.sh

say 'Summary'
echo "$summary" | sed 1d
if [ "$failures" -gt 0 ]; then
    fail "$failures parts failed"
fi
