#!/bin/sh
# Tests of the Python package: with python3 where it has numpy, else in an environment of its own in build/python.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib.sh

python=python3
if ! "$python" -c 'import numpy' 2>/dev/null; then
    python=build/python/bin/python
    if ! "$python" -c 'import numpy' 2>/dev/null; then
        say 'numpy, in build/python'
        python3 -m venv build/python || fail "python3 cannot make an environment: on Debian or Ubuntu, \
'sudo apt-get install python3-venv' helps"
        "$python" -m pip install --quiet --disable-pip-version-check numpy ||
            fail 'numpy could not be installed: pip needs the network, or install numpy for python3'
    fi
fi
PYTHONPATH=bindings/python/src PYTHONDONTWRITEBYTECODE=1 "$python" -m unittest discover -s bindings/python/tests
