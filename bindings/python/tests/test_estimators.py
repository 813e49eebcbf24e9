"""Estimators: the conventions of scikit-learn, as far as lists of graphs allow."""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from conftest import random_graph
from diffpool import Dataset, Graph

sklearn = pytest.importorskip("sklearn")

from diffpool import DiffPoolClassifier, DiffPoolRegressor  # noqa: E402
from sklearn.base import clone  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.model_selection import GridSearchCV, cross_val_score  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer, StandardScaler  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402

SMALL = dict(epochs=4, embed_hidden=8, embed_output=8, assign_hidden=8, random_state=0)

# Of scikit-learn's own checks those that make no arrays for X. The others fit on arrays of numbers, sparse matrices or
# tables, which are no graphs; what they are about (labels of any kind, not fitted, reproducible, pickled, unchanged
# input, too few classes) is tested below with graphs.
CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_mixin_order",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


@pytest.fixture(scope="module")
def rings():
    """Rings and paths with a feature that tells them apart."""
    graphs, labels = [], []
    for i in range(24):
        nodes = 5 + i % 4
        ends = np.arange(nodes)
        index = np.stack([ends, (ends + 1) % nodes]) if i % 2 else np.stack([ends[:-1], ends[1:]])
        x = np.full((nodes, 2), [i % 2, 1.0]) + np.random.default_rng(i).normal(scale=0.1, size=(nodes, 2))
        graphs.append(Graph(index, x=x, num_nodes=nodes))
        labels.append("ring" if i % 2 else "path")
    return graphs, labels


@pytest.mark.parametrize("kind", [DiffPoolClassifier, DiffPoolRegressor])
@pytest.mark.parametrize("check", CHECKS)
def test_checks_of_scikit_learn(kind, check):
    if not hasattr(estimator_checks, check):
        pytest.skip(f"this scikit-learn has no {check}")
    getattr(estimator_checks, check)(kind.__name__, kind())


def test_labels_of_any_kind(rings):
    graphs, labels = rings
    for kind in (
        np.array(labels),
        labels,
        [label == "ring" for label in labels],
        [3 if label == "ring" else -7 for label in labels],
    ):
        classifier = DiffPoolClassifier(**SMALL).fit(graphs, kind)
        assert classifier.classes_.tolist() == sorted(set(np.asarray(kind).tolist()))
        predicted = classifier.predict(graphs)
        assert set(predicted.tolist()) <= set(classifier.classes_.tolist())
        chosen = classifier.classes_[classifier.predict_proba(graphs).argmax(axis=1)]
        np.testing.assert_array_equal(predicted, chosen)
        np.testing.assert_array_equal(classifier.decision_function(graphs) > 0, predicted == classifier.classes_[1])
        assert classifier.score(graphs, kind) == (predicted == np.asarray(kind)).mean()


def test_it_learns(rings):
    graphs, labels = rings
    classifier = DiffPoolClassifier(**{**SMALL, "epochs": 40}).fit(graphs, labels)
    assert classifier.score(graphs, labels) > 0.9
    assert len(classifier.history_["loss"]) == 40


def test_the_same_state_gives_the_same_model(rings):
    graphs, labels = rings
    one, two = (DiffPoolClassifier(**SMALL).fit(graphs, labels).model_.fingerprint for _ in range(2))
    other = DiffPoolClassifier(**{**SMALL, "random_state": 1}).fit(graphs, labels).model_.fingerprint
    assert one == two != other
    given = DiffPoolClassifier(seed=5, **SMALL).fit(graphs, labels)
    assert given.model_.config["seed"] == 5
    again = clone(given).fit(graphs, labels)
    assert again.model_.fingerprint == given.model_.fingerprint


def test_searches_and_pipelines(rings):
    graphs, labels = rings
    assert cross_val_score(DiffPoolClassifier(**SMALL), graphs, labels, cv=3).shape == (3,)
    search = GridSearchCV(DiffPoolClassifier(**SMALL), {"embed_hidden": [4, 8], "preset": ["default", "dmon"]}, cv=2)
    search.fit(graphs, labels)
    assert search.best_params_["embed_hidden"] in (4, 8)
    assert search.best_estimator_.model_.config["embed_hidden"] == search.best_params_["embed_hidden"]
    assert search.predict(graphs).shape == (24,)
    before = make_pipeline(FunctionTransformer(list), DiffPoolClassifier(**SMALL)).fit(graphs, labels)
    assert before.score(graphs, labels) >= 0
    after = make_pipeline(DiffPoolClassifier(**SMALL), StandardScaler()).fit(graphs, labels)
    assert after.transform(graphs).shape[0] == 24


def test_data_sets_and_their_own_labels(shapes):
    classifier = DiffPoolClassifier(**SMALL).fit(shapes)
    assert classifier.classes_.tolist() == [0, 1]
    np.testing.assert_array_equal(classifier.predict(shapes), classifier.predict(list(shapes)))


def test_several_labels(rings):
    graphs, labels = rings
    y = np.array([[label == "ring", i % 3 == 0, i % 4 > 1] for i, label in enumerate(labels)], int)
    classifier = DiffPoolClassifier(**SMALL).fit(graphs, y)
    assert classifier.predict(graphs).shape == classifier.predict_proba(graphs).shape == (24, 3)
    assert set(classifier.predict(graphs).ravel().tolist()) <= {0, 1}


def test_regression(rings):
    graphs, _ = rings
    sizes = np.array([1000.0 + 500 * graph.x[:, 0].mean() for graph in graphs])
    regressor = DiffPoolRegressor(**{**SMALL, "epochs": 150}, learning_rate=0.01).fit(graphs, sizes)
    predicted = regressor.predict(graphs)
    assert predicted.shape == (24,) and regressor.score(graphs, sizes) > 0.8
    two = DiffPoolRegressor(**SMALL).fit(graphs, np.c_[sizes, sizes * 0])
    assert two.predict(graphs).shape == (24, 2)
    # A number that never changes cannot be scaled, and is not.
    assert two.scale_[1] == 1 and np.isfinite(two.predict(graphs)).all()
    for preset in ("pyg", "authors"):
        DiffPoolRegressor(preset=preset, epochs=1, random_state=0).fit(graphs, sizes)


def test_what_is_refused(rings):
    graphs, labels = rings
    cases = [
        (NotFittedError, "not fitted", lambda: DiffPoolClassifier().predict(graphs)),
        (ValueError, "3 labels, but X has 24", lambda: DiffPoolClassifier(**SMALL).fit(graphs, labels[:3])),
        (ValueError, "only class 'a'", lambda: DiffPoolClassifier(**SMALL).fit(graphs, ["a"] * 24)),
        (ValueError, "fractions", lambda: DiffPoolClassifier(**SMALL).fit(graphs, np.arange(24) / 2)),
        (ValueError, "0 graphs", lambda: DiffPoolClassifier(**SMALL).fit([], [])),
        (ValueError, "one graph", lambda: DiffPoolClassifier(**SMALL).fit(graphs, labels).predict(graphs[0])),
        (TypeError, "is no graph", lambda: DiffPoolClassifier(**SMALL).fit(np.zeros((4, 2)), [0, 1, 0, 1])),
        (TypeError, "no parameter 'colour'", lambda: DiffPoolClassifier(colour=3)),
        (ValueError, "epochs", lambda: DiffPoolClassifier(epochs=-1).fit(graphs, labels)),
    ]
    for kind, text, fails in cases:
        with pytest.raises(kind, match=text):
            fails()


def test_pickled_and_unchanged_input(rings):
    graphs, labels = rings
    copies = [graph.replace() for graph in graphs]
    classifier = DiffPoolClassifier(**SMALL).fit(graphs, labels)
    assert graphs == copies
    other = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(other.predict_proba(graphs), classifier.predict_proba(graphs))
    assert random_graph(0) != graphs[0]
    assert Dataset(graphs)[0].x.shape == (5, 2)


def test_without_scikit_learn_the_reason_is_told():
    code = (
        "import sys; sys.modules['sklearn'] = None; sys.modules['sklearn.base'] = None\n"
        "import diffpool; diffpool.DiffPoolClassifier"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stderr.splitlines()[-1].endswith("need scikit-learn: pip install scikit-learn")
