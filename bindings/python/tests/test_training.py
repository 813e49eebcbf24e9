"""Training: callbacks, bars, checkpoints, Ctrl-C, warnings, history."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import random_graph
from diffpool import Config, Control, Dataset, DiffPoolWarning, Graph, Split, Trainer, errors

SMALL = {"embed_hidden": 8, "embed_output": 8, "assign_hidden": 8}


def test_the_same_seed_gives_the_same_bits_whatever_the_threads(shapes):
    fingerprints = {
        Trainer({"epochs": 2, "threads": threads, **SMALL}, shapes).fit().model().fingerprint for threads in (1, 2, 3)
    }
    assert len(fingerprints) == 1
    other = Trainer({"epochs": 2, "seed": 1, **SMALL}, shapes).fit().model().fingerprint
    assert other not in fingerprints


def test_callbacks_see_every_epoch_and_batch(shapes):
    class Watch:
        def __init__(self):
            self.epochs, self.batches, self.fingerprints = [], [], []

        def __call__(self, epoch):
            self.epochs.append((epoch.number, epoch.epochs, epoch["loss"]))
            self.fingerprints.append(epoch.model().fingerprint)
            self.last = epoch

        def on_batch(self, *numbers):
            self.batches.append(numbers)

    watch = Watch()
    trainer = Trainer({"epochs": 3, "batch_size": 20, **SMALL}, shapes).fit(callbacks=[watch])
    assert [numbers[:2] for numbers in watch.epochs] == [(1, 3), (2, 3), (3, 3)]
    assert [numbers[:3] for numbers in watch.batches] == [(e, b, 3) for e in (1, 2, 3) for b in (1, 2, 3)]
    np.testing.assert_array_equal(trainer.history["loss"], [loss for _, _, loss in watch.epochs])
    assert watch.fingerprints[-1] == trainer.model().fingerprint
    assert "Epoch(3 of 3, loss=" in repr(watch.last)
    with pytest.raises(errors.InvalidStateError):
        watch.last.model()


def test_callbacks_stop_and_raise(shapes):
    trainer = Trainer({"epochs": 5, **SMALL}, shapes)
    trainer.fit(callbacks=[lambda epoch: epoch.number == 2])
    assert (trainer.stop_reason, len(trainer.history["loss"])) == ("callback", 2)

    def fails(epoch):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        trainer.fit(callbacks=[fails])
    # The epoch is finished all the same, and training goes on to the end.
    assert len(trainer.history["loss"]) == 3
    trainer.fit()
    assert (trainer.stop_reason, len(trainer.history["loss"])) == ("finished", 5)
    whole = Trainer({"epochs": 5, **SMALL}, shapes).fit()
    assert whole.model().fingerprint == trainer.model().fingerprint


def test_a_callback_evaluates_the_model_of_its_epoch(shapes):
    split, found = shapes.split(test=0.2, seed=1), []
    trainer = Trainer({"epochs": 3, **SMALL}, shapes, split)
    trainer.fit(callbacks=[lambda epoch: found.append(epoch.model().evaluate(shapes, split.test)["accuracy"])])
    assert len(found) == 3
    assert found[-1] == trainer.model().evaluate(shapes, split.test)["accuracy"]


def test_early_stopping_keeps_the_best(shapes):
    split = shapes.split(test=0.2, validation=0.2, seed=1)
    trainer = Trainer(Config(epochs=60, patience=2, learning_rate=0.05, **SMALL), shapes, split).fit()
    assert trainer.stop_reason == "patience"
    history = trainer.history
    assert trainer.best_epoch == int(np.argmin(history["validation_loss"])) + 1
    found = trainer.model().evaluate(shapes, split.validation)
    assert found["loss"] == pytest.approx(history["validation_loss"].min(), rel=1e-5)


def test_checkpoints(shapes, tmp_path):
    path = tmp_path / "run.checkpoint"
    whole = Trainer({"epochs": 4, **SMALL}, shapes).fit()
    trainer = Trainer({"epochs": 4, **SMALL}, shapes, checkpoint=path)
    trainer.fit(callbacks=[lambda epoch: epoch.number == 2])
    assert path.exists()
    resumed = Trainer.resume(path, shapes).fit()
    assert resumed.model().fingerprint == whole.model().fingerprint
    assert len(Trainer.resume(path, shapes).history["loss"]) == 4
    further = Trainer.continued(path, {"epochs": 1, **SMALL}, shapes).fit()
    assert further.model().fingerprint != whole.model().fingerprint
    with pytest.raises(OSError):
        Trainer.resume(tmp_path / "absent", shapes)
    resumed.save_checkpoint(tmp_path / "again")
    assert Trainer.resume(tmp_path / "again", shapes).model().fingerprint == whole.model().fingerprint


def test_fine_tuning(shapes):
    first = Trainer({"epochs": 1, **SMALL}, shapes).fit().model()
    config = first.config
    config["learning_rate"] = 1e-4
    second = Trainer(config, shapes, model=first).fit().model()
    assert second.fingerprint != first.fingerprint
    with pytest.raises(errors.InvalidConfigError):
        Trainer(Config(embed_hidden=99), shapes, model=first)


def test_history_as_arrays_and_as_a_frame(shapes):
    split = shapes.split(test=0.2, validation=0.2)
    history = Trainer({"epochs": 2, **SMALL}, shapes, split).fit().history
    assert history["epoch"].tolist() == [1, 2]
    assert history["validation_accuracy"].shape == (2,)
    assert len(history.clusters) == len(history.validation_clusters) == 2
    assert len(repr(history).splitlines()) == 3
    pandas = pytest.importorskip("pandas")
    frame = history.to_frame()
    pandas.testing.assert_series_equal(frame["loss"], pandas.Series(history["loss"], frame.index, name="loss"))


def test_a_bar_and_a_line(shapes, capsys, monkeypatch):
    pytest.importorskip("tqdm")
    Trainer({"epochs": 2, **SMALL}, shapes).fit(progress=True)
    assert "2/2" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    Trainer({"epochs": 2, **SMALL}, shapes).fit(progress=True)
    out, err = capsys.readouterr()
    assert "epoch 2/2  loss" in err and err.endswith("\n") and out == ""
    Trainer({"epochs": 2, **SMALL}, shapes).fit()
    assert capsys.readouterr() == ("", "")


def test_warnings_and_notes(caplog):
    # A feature of 10^6 that is not standardised, and another that is the same everywhere.
    graphs = [random_graph(seed) for seed in range(20)]
    graphs = [graph.replace(x=np.c_[graph.x * 1e6, np.ones(graph.num_nodes)]) for graph in graphs]
    with caplog.at_level(logging.INFO, "diffpool"), pytest.warns(DiffPoolWarning, match="standardi"):
        Trainer({"epochs": 1, **SMALL}, Dataset(graphs)).fit()
    assert any("same" in record.message for record in caplog.records)


def test_warnings_that_are_errors_stop(recwarn):
    import warnings

    graphs = [random_graph(seed) for seed in range(20)]
    graphs = [graph.replace(x=graph.x * 1e6) for graph in graphs]
    trainer = Trainer({"epochs": 3, **SMALL}, Dataset(graphs))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(DiffPoolWarning):
            trainer.fit()
    assert len(trainer.history["loss"] if len(trainer.history) else []) < 3


def test_errors_name_what_is_wrong(shapes):
    cases = [
        (ValueError, "epochs", lambda: Trainer({"epochs": 0}, shapes)),
        (KeyError, "epoch", lambda: Trainer(Config(epoch=3), shapes)),
        (ValueError, "colour", lambda: Trainer({"colour": 3}, shapes)),
        (ValueError, "'no such'|no such", lambda: Trainer("no such", shapes)),
        (LookupError, "60", lambda: Trainer("default", shapes, Split(train=[0, 60]))),
        (ValueError, "", lambda: Trainer("default", Dataset([Graph([[0], [1]], y=0)]))),
        (ArithmeticError, "", lambda: Trainer({"learning_rate": 1e25, "epochs": 3, "clip_norm": 0}, shapes).fit()),
        (errors.DeadlineError, "", lambda: Trainer({"epochs": 50}, shapes).fit(control=Control(timeout=0.05))),
        (errors.InvalidStateError, "", lambda: shapes_in_use(shapes)),
    ]
    for kind, text, fails in cases:
        with pytest.raises(kind, match=text or None):
            fails()


def shapes_in_use(shapes):
    data = shapes[:]
    trainer = Trainer("default", data)
    try:
        data.add(data[0])
    finally:
        del trainer


def test_configurations():
    import copy
    import pickle

    config = Config("tuned", epochs=np.int64(7), clusters=np.array([8, 2]), link_weight=[1, 0.5])
    assert (config.epochs, config["clusters"], config.difference()["link_weight"]) == (7, [8, 2], [1, 0.5])
    for other in (
        copy.copy(config),
        copy.deepcopy(config),
        pickle.loads(pickle.dumps(config)),
        config.copy(),
        Config.from_dict(dict(config)),
    ):
        assert other == config
        other.seed = 9
        assert other != config
    before = dict(config)
    with pytest.raises(ValueError, match="batch_size"):
        config.update(epochs=3, batch_size=-1)
    with pytest.raises(KeyError):
        config.update(epochs=3, no_such=1)
    assert dict(config) == before
    for kind, key, value in [
        (ValueError, "dropout", float("nan")),
        (TypeError, "epochs", object()),
        (ValueError, "shuffle", 3),
    ]:
        with pytest.raises(kind, match=key):
            config[key] = value
    with pytest.raises(AttributeError):
        config.no_such  # noqa: B018
    with pytest.raises(TypeError):
        del config["epochs"]
    assert "epochs" in dir(config) and config.get("no_such", 3) == 3
    assert len(Config.help().splitlines()) == len(config) > 90
    assert "'mean': The mean of each column." in Config.help("readout")
    with pytest.raises(errors.InvalidConfigError):
        Config(warmup_epochs=9, epochs=3).check()


INTERRUPTED = """
    import os, signal, sys, threading, time
    from diffpool import Config, Dataset, Trainer
    # What runs in the background has it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    data = Dataset.synthetic("ba", 200)
    # An epoch that takes far longer than a person would wait, of batches that do not.
    trainer = Trainer(Config(epochs=100000, batch_size=2, embed_hidden=8, embed_output=8, assign_hidden=8), data)
    trainer.fit(callbacks=[lambda epoch: True])
    before = trainer.model().fingerprint
    def press():
        time.sleep(0.2)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
    pressed = []
    threading.Thread(target=press).start()
    try:
        trainer.fit(callbacks=CALLBACKS)
    except KeyboardInterrupt:
        took = time.monotonic() - pressed[0]
        epochs = len(trainer.history["loss"])
        assert trainer.model().fingerprint != before or epochs == 1
        trainer.fit(callbacks=[lambda epoch: True])
        assert len(trainer.history["loss"]) == epochs + 1
        print("interrupted", took)
    assert signal.set_wakeup_fd(-1) == -1
    assert sys.unraisablehook is sys.__unraisablehook__
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
@pytest.mark.parametrize("callbacks", ["[]", "[lambda epoch: time.sleep(0.05) or False]"])
def test_ctrl_c_ends_training_and_keeps_the_model(callbacks):
    code = textwrap.dedent(INTERRUPTED.replace("CALLBACKS", callbacks))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    word, took = done.stdout.split()
    assert word == "interrupted" and float(took) < 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_a_handler_of_the_programs_own_is_heard_between_batches(shapes):
    class Asked(Exception):
        pass

    def raise_it(number, frame):
        raise Asked

    before = signal.signal(signal.SIGUSR1, raise_it)
    try:
        trainer = Trainer({"epochs": 100000, **SMALL}, shapes)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        started = time.monotonic()
        with pytest.raises(Asked):
            trainer.fit(control=Control(timeout=30))
        assert time.monotonic() - started < 5
    finally:
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
def test_another_reader_of_signals_still_gets_them(shapes):
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        trainer = Trainer({"epochs": 100000, **SMALL}, shapes)
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            trainer.fit(control=Control(timeout=30))
        assert os.read(read, 1) == bytes([signal.SIGINT])
    finally:
        signal.signal(signal.SIGINT, handler)
        assert signal.set_wakeup_fd(before) == write
        os.close(read)
        os.close(write)


def test_another_thread_cancels(shapes):
    trainer, control = Trainer({"epochs": 100000, **SMALL}, shapes), Control()
    threading.Timer(0.1, control.cancel).start()
    with pytest.raises(errors.CancelledError):
        trainer.fit(control=control)
    assert control.cancelled
    control.reset()
    trainer.fit(callbacks=[lambda epoch: True], control=control)


def test_trained_on_another_thread(shapes):
    trainer = Trainer({"epochs": 2, **SMALL}, shapes)
    thread = threading.Thread(target=trainer.fit)
    thread.start()
    thread.join()
    assert trainer.model().fingerprint == Trainer({"epochs": 2, **SMALL}, shapes).fit().model().fingerprint
