#!/bin/sh
# Tests of the Python package, its types and the examples in its documentation, in an environment in build/python.
#
# They run with the library of `make build`, or with the one that DIFFPOOL_LIBRARY names, and the program beside it.
# Tests that need PyTorch Geometric, DGL, igraph or RDKit are skipped, saying so, unless PYTHON names an interpreter that
# has them and pytest.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

library=${DIFFPOOL_LIBRARY:-$PWD/target/release/libdiffpool.so}
[ -e "$library" ] || fail "$library is not there: 'make build' makes it, or DIFFPOOL_LIBRARY names another one"
program=${DIFFPOOL_PROGRAM:-$(dirname "$library")/diffpool}
export DIFFPOOL_LIBRARY="$library"
[ ! -e "$program" ] || export DIFFPOOL_PROGRAM="$program"

python=${PYTHON:-}
if [ -z "$python" ]; then
    python=build/python/bin/python
    packages='numpy pytest mypy networkx scipy scikit-learn pandas tqdm'
    modules='numpy, pytest, mypy, networkx, scipy, sklearn, pandas, tqdm'
    if ! "$python" -c "import $modules" 2>/dev/null; then
        say "$packages, in build/python"
        python3 -m venv build/python || fail "python3 cannot make an environment: on Debian or Ubuntu, \
'sudo apt-get install python3-venv' helps"
        # shellcheck disable=SC2086 # one word a package
        "$python" -m pip install --quiet --disable-pip-version-check $packages ||
            fail "$packages could not be installed: pip needs the network, or PYTHON names an interpreter that has them"
    fi
fi
case $python in
    /*) ;;
    */*) python=$PWD/$python ;;
esac

cd bindings/python
export PYTHONPATH="$PWD/src" PYTHONDONTWRITEBYTECODE=1
"$python" -m pytest -q -rs -p no:cacheprovider -o faulthandler_timeout=120
if "$python" -c 'import mypy' 2>/dev/null; then
    "$python" -m mypy --strict --cache-dir=../../build/mypy -p diffpool
else
    echo "mypy is not installed: the types were not checked"
fi
