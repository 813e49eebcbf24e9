#!/bin/sh
# Checks that the programs which measure costs still compile, without running them: their figures mean nothing here.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

folder=benches/costs
set -- -fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Werror -Iinclude
for program in "$folder"/*.c; do
    cc -std=c99 "$@" "$program"
done
c++ -std=c++17 "$@" "$folder/calls.cpp"
unformatted=$(gofmt -l "$folder/go")
[ -z "$unformatted" ] || fail "gofmt would change $unformatted"
(cd "$folder/go" && go vet .)
python3 -c 'import ast, sys; [ast.parse(open(path).read(), path) for path in sys.argv[1:]]' "$folder"/*.py
echo "the programs in $folder compile"
