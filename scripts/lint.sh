#!/bin/sh
# Formatters and linters of every language; a linter that is not essential is skipped, saying so.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

say 'rustfmt'
cargo fmt --all --check

say 'clippy'
cargo clippy --workspace --all-targets --quiet -- -D warnings

say 'licences and sources of dependencies'
if cargo deny --version >/dev/null 2>&1; then
    cargo deny --all-features check licenses bans sources
else
    echo "cargo-deny is not installed: cargo install cargo-deny"
fi

say 'shell scripts'
for script in scripts/*.sh; do
    sh -n "$script"
done
if have shellcheck; then
    shellcheck -x scripts/*.sh
else
    echo "shellcheck is not installed: only the syntax was checked"
fi

say 'gofmt'
unformatted=$(gofmt -l bindings/go)
[ -z "$unformatted" ] || fail "gofmt would change $unformatted"
