"""DiffPool graph classification: graphs in, a model trained, saved, loaded and run, by libdiffpool. Needs only numpy.

    import diffpool

    data = diffpool.Dataset.load("MUTAG")
    split = data.split(test=0.2, validation=0.1, seed=1)
    trainer = diffpool.Trainer(diffpool.Config("tuned", epochs=60), data, split)
    trainer.fit(progress=True)
    model = trainer.model()
    model.save("mutag.safetensors")
    print(model.evaluate(data, split.test)["accuracy"], model.predict(data[0]))

`convert` and `files` read and write the weights of PyTorch models and the model files themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors, files, safetensors
from ._library import cpu, version
from .config import Config
from .control import Control
from .convert import SOURCES, from_torch, to_torch
from .dataset import Dataset
from .errors import DiffPoolError, DiffPoolWarning
from .evaluation import Evaluation
from .graph import Graph
from .model import Model, Predictions
from .split import Split
from .training import Epoch, History, Trainer

if TYPE_CHECKING:
    from .estimators import DiffPoolClassifier, DiffPoolRegressor

__all__ = [
    "SOURCES", "Config", "Control", "Dataset", "DiffPoolClassifier", "DiffPoolError", "DiffPoolRegressor",
    "DiffPoolWarning", "Epoch", "Evaluation", "Graph", "History", "Model", "Predictions", "Split", "Trainer", "cpu",
    "errors", "files", "from_torch", "safetensors", "to_torch", "version",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # The estimators need scikit-learn, which is imported only when they are used.
    if name in ("DiffPoolClassifier", "DiffPoolRegressor"):
        from . import estimators

        return getattr(estimators, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), "DiffPoolClassifier", "DiffPoolRegressor"]
