"""Models: what they predict, by one graph and by many, under threads, in forked processes, through pickle."""

import copy
import multiprocessing
import os
import pickle
import sys
import threading
import warnings

import numpy as np
import pytest
from conftest import random_graph
from diffpool import Config, Control, Dataset, DiffPoolWarning, Graph, Model, Trainer, errors

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


def by_task(task, graphs):
    config = Config(epochs=2, task=task, embed_hidden=8, embed_output=8, assign_hidden=8)
    random = np.random.default_rng(0)
    columns = {"multilabel": 3, "regression": 2, "binary": 1}.get(task)
    if columns:
        values = random.normal(size=(len(graphs), columns))
        targets = values if task == "regression" else (values > 0)
        graphs = [graph.replace(y=None, targets=row) for graph, row in zip(graphs, targets)]
    data = Dataset(graphs)
    if task == "sequence":
        data = Dataset.synthetic("syntax_trees", 20)
    return Trainer(config, data).fit().model(), data


@pytest.mark.parametrize("task", ["multiclass", "binary", "multilabel", "regression", "sequence"])
def test_one_and_many_give_the_same_bits(task, graphs):
    model, data = by_task(task, graphs)
    every = list(data)
    whole = model.run(data)
    count = len(data)
    assert whole.logits.shape == (count, model._engine.sizes.outputs)
    assert whole.predictions.shape == ((count,) if model.num_targets == 1 else (count, model.num_targets))
    for given in (every, iter(every), tuple(every)):
        np.testing.assert_array_equal(model.logits(given), whole.logits)
    np.testing.assert_array_equal(model.predict(every), whole.predictions)
    np.testing.assert_array_equal(model.embed(every), whole.embeddings)
    for i in (0, 7):
        np.testing.assert_array_equal(model.logits(every[i]), whole.logits[i])
        np.testing.assert_array_equal(model.embed(every[i]), whole.embeddings[i])
        if task != "regression":
            np.testing.assert_array_equal(model.predict_proba(every[i]), whole.probabilities[i])
        if task != "sequence":
            np.testing.assert_array_equal(model.predict(every[i]), whole.predictions[i])
    if task == "multiclass":
        assert type(model.predict(every[0])) is int
        np.testing.assert_allclose(whole.probabilities.sum(axis=1), 1, rtol=1e-5)
    if task == "regression":
        assert whole.probabilities.shape == (count, 0)
        np.testing.assert_array_equal(whole.predictions, whole.logits)
        with pytest.raises(errors.UnsupportedError):
            model.predict_proba(every[0])


def test_graphs_that_differ_go_one_by_one(trained, graphs):
    model, _ = trained
    expected = model.logits(graphs[:3])
    mixed = [graphs[0], graphs[1].replace(node_labels=np.zeros(graphs[1].num_nodes, int)), graphs[2]]
    np.testing.assert_array_equal(model.logits(mixed), expected)
    assert model.predict([]).shape == (0,)


def test_a_refused_graph_is_named(trained, graphs):
    model, _ = trained
    bad = graphs[1].replace(x=np.zeros((graphs[1].num_nodes, 2)))
    with pytest.raises(errors.ShapeMismatchError, match="graph 1: .*2.*3"):
        model.predict([graphs[0], bad, graphs[2]])
    with pytest.warns(DiffPoolWarning, match="1 of 3 graphs were refused, first graph 1"):
        assert model.predict([graphs[0], bad, graphs[2]], refused="skip")[1] == -1
    with pytest.warns(DiffPoolWarning):
        found = model.predict_proba([graphs[0], bad, graphs[2]], refused="skip")
    assert np.isnan(found[1]).all() and np.isfinite(found[[0, 2]]).all()
    with pytest.raises(errors.InvalidGraphError, match="99"):
        model.predict(Graph([[0], [99]], x=np.zeros((2, 3))))
    with pytest.raises(ValueError, match="'drop'"):
        model.predict(graphs, refused="drop")
    with pytest.raises(errors.ShapeMismatchError):
        model.check(bad)
    model.check(graphs[0])
    # And the session that met it goes on.
    np.testing.assert_array_equal(model.logits(graphs[0]), model.logits(graphs[:1])[0])


def test_levels_and_importance(trained, graphs):
    model, _ = trained
    levels = model.levels(graphs[0])
    assert len(levels) == model.num_levels == len(model.assignments(graphs[0]))
    nodes = graphs[0].num_nodes
    for level in levels:
        assert level.assignment.shape[0] == nodes
        nodes = level.assignment.shape[1]
        assert (level.x.shape[0], level.adjacency.shape) == (nodes, (nodes, nodes))
        np.testing.assert_allclose(level.assignment.sum(axis=1), 1, rtol=1e-5)
    # Of two classes, what speaks for one need not speak against the other, but the sums are not the same.
    one, other = model.importance(graphs[0], 0), model.importance(graphs[0], 1)
    assert one.shape == (graphs[0].num_nodes,) and (one != other).any()
    chosen = model.predict(graphs[0])
    np.testing.assert_array_equal(model.importance(graphs[0]), [one, other][chosen])
    with pytest.raises(errors.NotFoundError):
        model.importance(graphs[0], 2)


def test_saved_pickled_copied(trained, graphs, tmp_path):
    model, data = trained
    model.save(tmp_path / "model.safetensors")
    expected = model.logits(data)
    others = [
        Model.load(tmp_path / "model.safetensors"),
        Model.from_bytes(model.to_bytes()),
        model.clone(),
        copy.copy(model),
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ]
    for other in others:
        assert other.fingerprint == model.fingerprint
        np.testing.assert_array_equal(other.logits(data), expected)
    assert Model.peek(tmp_path / "model.safetensors")["complete"] is True


def test_what_a_model_tells(trained):
    model, _ = trained
    assert (model.task, model.class_names, model.num_features) == ("multiclass", ["0", "1"], 3)
    assert model.schema["features"]["width"] == 3
    assert (model.config["epochs"], len(model.fingerprint)) == (3, 64)
    assert "parameters" in model.summary()
    assert sum(values.size for values in model.tensors.values()) >= model.num_parameters
    assert repr(model).startswith("Model('multiclass', classes=['0', '1'], levels=2, parameters=")


def test_metadata_and_tensors_can_be_changed_after_predictions(trained, graphs):
    model = trained[0].clone()
    before = model.logits(graphs)
    model.metadata["licence"] = "CC0"
    assert model.metadata["licence"] == "CC0" and "licence" in model.metadata
    assert model.metadata["diffpool.epochs"] == "3"
    del model.metadata["licence"]
    with pytest.raises(KeyError):
        model.metadata["licence"]
    with pytest.raises(KeyError):
        del model.metadata["licence"]
    with pytest.raises(errors.InvalidArgumentError, match="diffpool"):
        model.metadata["diffpool.epochs"] = "4"
    name = "head.1.bias"
    model.set_tensor(name, model.tensors[name] + [1, 0])
    np.testing.assert_allclose(model.logits(graphs)[:, 0], before[:, 0] + 1, rtol=1e-5)
    with pytest.raises(errors.ShapeMismatchError):
        model.set_tensor(name, [1, 2, 3])


def test_evaluations_and_calibration(trained, graphs):
    model, data = trained
    found = model.evaluate(data)
    classes = np.array([graph.y for graph in graphs])
    right = (model.predict(data) == classes).mean()
    assert found["accuracy"] == pytest.approx(right)
    assert found.confusion.sum() == found.graphs == 40
    assert np.trace(found.confusion) / 40 == pytest.approx(right)
    np.testing.assert_array_equal(found.predictions, model.predict(data))
    np.testing.assert_array_equal(found.logits, model.logits(data))
    assert model.evaluate(data, [0, 1, 2]).graphs == 3
    assert "accuracy" in repr(found)
    with pytest.raises(errors.InvalidArgumentError):
        model.evaluate(data, [])
    calibrated = model.calibrate(data)
    np.testing.assert_array_equal(calibrated.predict(data), model.predict(data))
    assert "diffpool.calibration_temperature" in calibrated.metadata


def test_controls(trained, graphs):
    model, data = trained
    control = Control(max_nodes=4)
    with pytest.raises(errors.LimitError, match="graph 0"):
        model.predict(graphs, control=control)
    with pytest.raises(errors.LimitError):
        model.predict(graphs[0], control=control)
    with pytest.raises(errors.DeadlineError):
        model.predict(graphs, control=Control(timeout=0))
    with pytest.raises(TimeoutError):
        model.evaluate(data, control=Control(timeout=0))
    with pytest.raises(ValueError, match="-1"):
        Control(max_nodes=-1)


def test_threads_share_a_model(trained, graphs):
    model, data = trained
    expected, wrong = model.logits(graphs), []

    def work(offset):
        for i in range(60):
            at = (offset + i) % len(graphs)
            if not np.array_equal(model.logits(graphs[at]), expected[at]):
                wrong.append(at)
        if not np.array_equal(model.logits(graphs), expected):
            wrong.append("all")

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    model.threads = 2
    np.testing.assert_array_equal(model.logits(data), expected)
    model.threads = 0
    with pytest.raises(ValueError, match="1025"):
        model.threads = 1025


def test_the_interpreter_runs_on_while_the_library_works():
    # A call that kept the GIL would let no other thread count.
    counted, done = 0, threading.Event()

    def count():
        nonlocal counted
        while not done.is_set():
            counted += 1
            done.wait(0.001)

    data = Dataset.synthetic("ba", 200)
    trainer = Trainer(Config(epochs=3, threads=1), data)
    thread = threading.Thread(target=count)
    thread.start()
    before = counted
    trainer.fit()
    after = counted
    done.set()
    thread.join()
    assert after - before > 3


@forks
def test_predictions_after_fork(trained, graphs):
    model, data = trained
    expected = model.logits(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context("fork").Pool(2) as pool:
            # By one graph, and by many, whose threads were left in this process.
            many = pool.map(model.logits, [graphs[:20], graphs[20:]])
            one = pool.map(model.logits, graphs[:4])
    np.testing.assert_array_equal(np.concatenate(many), expected)
    np.testing.assert_array_equal(one, expected[:4])
    np.testing.assert_array_equal(model.logits(data), expected)


@forks
def test_a_forked_child_frees_nothing_of_its_parents(trained, graphs):
    model = trained[0].clone()
    model.predict(graphs)
    trainer = Trainer({"epochs": 1}, trained[1]).fit()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = 1
        try:
            try:
                trainer.fit()
            except errors.InvalidStateError:
                status = 0
            del model, trainer
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    trainer.fit(epochs=2)


@pytest.mark.skipif(sys.platform == "win32", reason="spawn is what the others are about")
def test_a_spawned_process_gets_the_model(trained, graphs):
    model, _ = trained
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        np.testing.assert_array_equal(pool.apply(model.logits, (graphs[:4],)), model.logits(graphs[:4]))


def test_explained(trained, graphs, tmp_path):
    from diffpool.explain import program

    try:
        program()
    except FileNotFoundError as error:
        pytest.skip(str(error))
    page = trained[0].explain(graphs[0])
    page.save(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text("utf-8").lstrip().lower().startswith("<!doctype html>")
    assert page._repr_html_().startswith("<iframe")


def test_what_is_no_graph(trained):
    for value in (3, object(), [1, 2], {"edge_index": 1}):
        with pytest.raises(TypeError, match="is no graph"):
            trained[0].predict(value)
    assert trained[0].predict([random_graph(0)]).shape == (1,)
