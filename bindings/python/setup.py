"""A wheel of one platform for every Python: the library is loaded by ctypes and knows nothing of Python.

Everything else is in pyproject.toml. `scripts/wheel.sh` puts the library into src/diffpool/_native first.
"""

import os
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

NATIVE = Path(__file__).parent / "src" / "diffpool" / "_native"


class Binary(Distribution):
    """Files that belong to a platform go where auditwheel looks for them."""

    def has_ext_modules(self):
        return NATIVE.is_dir()


class Wheel(bdist_wheel):
    """The tag: any Python, and the platform that DIFFPOOL_WHEEL_PLATFORM names or this machine is."""

    def get_tag(self):
        if not NATIVE.is_dir():
            return "py3", "none", "any"
        return "py3", "none", os.environ.get("DIFFPOOL_WHEEL_PLATFORM") or super().get_tag()[2]


setup(distclass=Binary, cmdclass={"bdist_wheel": Wheel})
