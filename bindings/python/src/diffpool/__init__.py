"""Model files of libdiffpool in Python: read, write, and convert from and to PyTorch models. Needs only numpy."""

from .convert import SOURCES, from_torch, to_torch
from .files import Model, load, save

__all__ = ["SOURCES", "Model", "from_torch", "load", "save", "to_torch"]
__version__ = "0.1.0"
