"""Estimators with the conventions of scikit-learn, for lists of graphs."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from . import interop
from ._arrays import Array
from .config import Config
from .dataset import Dataset
from .graph import Graph
from .model import Model
from .split import Split
from .training import History, Trainer

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, TransformerMixin
    from sklearn.exceptions import NotFittedError
    from sklearn.utils import check_random_state
except ImportError:
    raise ImportError(
        "diffpool: DiffPoolClassifier and DiffPoolRegressor need scikit-learn: pip install scikit-learn"
    ) from None

_OWN = {
    "preset": "default",
    "validation_fraction": 0.1,
    "directed": False,
    "random_state": None,
    "verbose": False,
}
"""Parameters that are no keys of a configuration, with their defaults."""

_SETTLED = ("preset", "task")


def _parameters() -> list[inspect.Parameter]:
    keys = [key for key in Config.keys_table() if key not in _SETTLED]
    defaults = {**_OWN, **{key: None for key in keys}}
    kind = inspect.Parameter.KEYWORD_ONLY
    return [inspect.Parameter(name, kind, default=default) for name, default in defaults.items()]


class _Estimator(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What both estimators share. Every key of a configuration is a parameter; None is the preset's value."""

    model_: Model
    history_: History
    n_features_in_: int

    def __init__(self, **parameters: Any) -> None:
        known = {parameter.name: parameter.default for parameter in _PARAMETERS}
        for name in parameters:
            if name not in known:
                raise TypeError(f"{type(self).__name__} has no parameter {name!r}")
        for name, default in known.items():
            setattr(self, name, parameters.get(name, default))

    def _fit(self, data: Dataset, task: str) -> None:
        values = vars(self)
        keys = {key: values[key] for key in Config.keys_table() if key not in _SETTLED and values.get(key) is not None}
        if "seed" not in keys:
            keys["seed"] = int(check_random_state(values["random_state"]).randint(2**31 - 1))
        config = Config(values["preset"], task=task)
        # The presets of other people's code stop early by the accuracy, which a regression does not have.
        if task == "regression" and config["early_stopping"] == "accuracy":
            config["early_stopping"] = "loss"
        config.update(keys)
        fraction = values["validation_fraction"]
        split = Split.holdout(data, fraction, 0, keys["seed"]) if fraction else Split(np.arange(len(data)))
        trainer = Trainer(config, data, Split(split.train, split.test))
        try:
            trainer.fit(progress=bool(values["verbose"]))
        finally:
            # Also after Ctrl-C: the best of the epochs that there were.
            self.model_, self.history_ = trainer.model(), trainer.history

    def _model(self) -> Model:
        if not hasattr(self, "model_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit first")
        return self.model_

    def _graphs(self, X: Any) -> Any:
        found = interop.graphs(X)
        if isinstance(found, Graph):
            raise ValueError("X is one graph, but must be a list of graphs")
        return found

    def _list(self, X: Any) -> list[Graph]:
        found = list(X) if isinstance(X, Dataset) else [interop.graph(each) for each in X]
        if not found:
            raise ValueError("X has 0 graphs, but at least 2 are needed")
        return found

    def transform(self, X: Any) -> Array:
        """The embeddings of graphs, float32 `[graphs, width]`."""
        found: Array = self._model().embed(self._graphs(X))
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        # X is a list of graphs and no array.
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        tags.non_deterministic = False
        return tags


_PARAMETERS = _parameters()
_self = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
_Estimator.__init__.__signature__ = inspect.Signature([_self, *_PARAMETERS])  # type: ignore[attr-defined]


class DiffPoolClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Classifies graphs: `X` is a list of graphs (`Graph`, or those of another library), `y` their labels of any kind,
    or for several labels a matrix of 0 and 1, `[graphs, labels]`.

    - `preset`: where the configuration begins; every key of it is a parameter too, such as `epochs` or `clusters`
    - `validation_fraction`: share of the graphs that is watched while training, whose best epoch is kept; 0 for none
    - `random_state`: where the seed comes from, unless `seed` is given
    - `directed`: whether edges keep their direction
    - `verbose`: whether a bar is shown

    After `fit` there are `model_`, `history_` and `classes_`.

    >>> data = Dataset.synthetic("ba", 60)
    >>> graphs = list(data)
    >>> labels = ["one" if graph.y == 0 else "two" for graph in graphs]
    >>> classifier = DiffPoolClassifier(epochs=3, random_state=0).fit(graphs, labels)
    >>> classifier.classes_.tolist(), classifier.predict_proba(graphs).shape
    (['one', 'two'], (60, 2))
    """

    classes_: Any

    def fit(self, X: Any, y: Any = None) -> DiffPoolClassifier:
        """Trains on graphs and their labels; without `y` those that the graphs have."""
        graphs = self._list(X)
        given = np.asarray([graph.y for graph in graphs] if y is None else y)
        if len(given) != len(graphs):
            raise ValueError(f"y has {len(given)} labels, but X has {len(graphs)} graphs")
        if given.ndim == 2 and given.shape[1] > 1:
            self.classes_ = [np.array([0, 1])] * given.shape[1]
            graphs = [graph.replace(y=None, targets=row) for graph, row in zip(graphs, given)]
            self._fit(Dataset(graphs, directed=self._directed), "multilabel")
            return self
        given = given.reshape(-1)
        if given.dtype.kind == "f" and not (given == np.floor(given)).all():
            raise ValueError("y has numbers with fractions, which are no classes: DiffPoolRegressor predicts them")
        self.classes_, codes = np.unique(given, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"y has the only class {self.classes_.tolist()[0]!r}, but at least 2 are needed")
        named = [graph.replace(y=int(code), targets=None) for graph, code in zip(graphs, codes)]
        names = [str(label) for label in self.classes_.tolist()]
        self._fit(Dataset(named, directed=self._directed, class_names=names), "multiclass")
        return self

    @property
    def _directed(self) -> bool:
        return bool(vars(self)["directed"])

    def predict(self, X: Any) -> Array:
        """The predicted labels, `[graphs]`; of several labels 0 or 1, `[graphs, labels]`."""
        predicted: Array = self._model().predict(self._graphs(X))
        return predicted if isinstance(self.classes_, list) else np.asarray(self.classes_[predicted])

    def predict_proba(self, X: Any) -> Array:
        """The probabilities, `[graphs, classes]`; of several labels that each is 1, `[graphs, labels]`."""
        return self._model().predict_proba(self._graphs(X))

    def decision_function(self, X: Any) -> Array:
        """The logits, `[graphs, classes]`; of two classes how far the second is ahead, `[graphs]`."""
        logits = self._model().logits(self._graphs(X))
        return (
            np.asarray(logits[:, 1] - logits[:, 0]) if len(self.classes_) == 2 and self._model().num_classes else logits
        )


class DiffPoolRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Predicts numbers of graphs: `y` is `[graphs]` or `[graphs, numbers]`, NaN where one is missing. Numbers are
    standardised for training, and predicted as they were. The parameters are those of `DiffPoolClassifier`.

    >>> graphs = list(Dataset.synthetic("ba", 40))
    >>> regressor = DiffPoolRegressor(epochs=3, random_state=0).fit(graphs, [graph.num_nodes for graph in graphs])
    >>> regressor.predict(graphs).shape
    (40,)
    """

    mean_: Array
    scale_: Array

    def fit(self, X: Any, y: Any = None) -> DiffPoolRegressor:
        """Trains on graphs and their numbers; without `y` those that the graphs have."""
        graphs = self._list(X)
        given = np.asarray([graph.y for graph in graphs] if y is None else y, np.float64)
        if len(given) != len(graphs):
            raise ValueError(f"y has {len(given)} rows, but X has {len(graphs)} graphs")
        self._single = given.ndim == 1
        rows = given.reshape(len(graphs), -1)
        self.mean_, deviation = np.nanmean(rows, axis=0), np.nanstd(rows, axis=0)
        self.scale_ = np.where(deviation > 0, deviation, 1.0)
        scaled = (rows - self.mean_) / self.scale_
        given_graphs = [graph.replace(y=None, targets=row) for graph, row in zip(graphs, scaled)]
        self._fit(Dataset(given_graphs, directed=bool(vars(self)["directed"])), "regression")
        return self

    def predict(self, X: Any) -> Array:
        """The predicted numbers, `[graphs]` or `[graphs, numbers]`."""
        logits = self._model().logits(self._graphs(X)).astype(np.float64)
        values = logits * self.scale_ + self.mean_
        return values[:, 0] if self._single else values
