"""Data sets: built, read, written, cut, described."""

import copy
import gzip
import pickle

import numpy as np
import pytest
from conftest import data_folder
from diffpool import Control, Dataset, Graph, Split, errors


def same(one, other):
    return len(one) == len(other) and all(a == b for a, b in zip(one, other))


def test_many_at_once_are_the_same_as_one_by_one(graphs):
    together, one_by_one = Dataset(graphs), Dataset()
    for graph in graphs:
        one_by_one.add(graph)
    assert same(together, one_by_one)
    # An id keeps graphs from going as one batch.
    named = Dataset([graph.replace(id=f"graph {i}") for i, graph in enumerate(graphs)])
    assert [graph.id for graph in named][:2] == ["graph 0", "graph 1"]
    assert same([graph.replace(id=None) for graph in named], together)


def test_graphs_that_differ_are_refused_and_nothing_is_added(graphs):
    data = Dataset(graphs[:3])
    for bad, text in [
        (graphs[4].replace(x=np.zeros((graphs[4].num_nodes, 2))), "graph 1: .*2"),
        (Graph([[0], [99]], x=np.zeros((3, 3)), y=0), "graph 1: .*99"),
        (graphs[4].replace(y=None), "graph 1"),
    ]:
        with pytest.raises(ValueError, match=text):
            data.extend([graphs[3], bad])
        assert len(data) == 3
    with pytest.raises(TypeError, match="int is no graph"):
        data.add(3)


def test_names_of_classes():
    ring, path = Graph([[0, 1, 2], [1, 2, 0]], y="ring"), Graph([[0, 1], [1, 2]], y="path")
    data = Dataset([ring, path])
    assert (data.class_names, [graph.y for graph in data]) == (["path", "ring"], [1, 0])
    data.add(ring)
    with pytest.raises(ValueError, match="'star' is no|'star', which is none"):
        data.add(ring.replace(y="star"))
    assert Dataset([ring], class_names=["ring", "path"])[0].y == 0


def test_slices_lists_and_masks(shapes):
    assert len(shapes[10:20]) == 10
    assert same(shapes[[3, -1, 3]], [shapes[3], shapes[59], shapes[3]])
    mask = np.zeros(60, bool)
    mask[[2, 5]] = True
    assert same(shapes[mask], [shapes[2], shapes[5]])
    assert same(shapes[::-20], [shapes[59], shapes[39], shapes[19]])
    assert len(shapes[[]]) == 0
    for bad in (60, -61, [0, 60], np.ones(3, bool)):
        with pytest.raises(IndexError):
            shapes[bad]
    assert same(shapes.filter(lambda graph: graph.num_nodes > 24), [g for g in shapes if g.num_nodes > 24])


def test_files_lines_and_folders(tmp_path, graphs):
    data = Dataset(graphs, class_names=["no", "yes"])
    for name in ("a.safetensors", "a.jsonl", "a.jsonl.gz"):
        data.save(tmp_path / name)
        back = Dataset.load(tmp_path / name)
        assert same(back, data)
        assert back.class_names == ["no", "yes"]
    with gzip.open(tmp_path / "a.jsonl.gz", "rt") as file:
        assert same(Dataset.from_jsonl(file.read()), data)
    data.set_class_names(["0", "1"])
    folder = tmp_path / "TU"
    Dataset([graph.replace(edge_weight=None) for graph in graphs]).save_tu(folder)
    assert len(Dataset.load(folder)) == 40
    split = Split(train=range(30), validation=range(30, 35), test=range(35, 40))
    data.save_ogb(tmp_path / "ogb", split)
    back = Dataset.load(tmp_path / "ogb", "ogb")
    assert Split.load_ogb(tmp_path / "ogb", back) == split
    with pytest.raises(ValueError, match="unknown|'colour'|colour"):
        Dataset.load(folder, colour="red")


def test_a_generator_is_written_graph_by_graph(tmp_path, graphs):
    path = tmp_path / "large"
    assert same(Dataset.write(path, iter(graphs), name="large"), Dataset(graphs))
    before = path.read_bytes()

    def fails():
        yield graphs[0]
        raise KeyError("no more")

    with pytest.raises(KeyError):
        Dataset.write(path, fails())
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["large"]
    named = Dataset.write(tmp_path / "named", (g.replace(y="ab"[g.y]) for g in graphs), class_names=["a", "b"])
    assert named.class_names == ["a", "b"]


def test_copies_and_pickles(tmp_path, graphs):
    data = Dataset(graphs)
    for other in (copy.copy(data), copy.deepcopy(data), pickle.loads(pickle.dumps(data))):
        assert same(other, data)
        other.add(graphs[0])
        assert len(data) == 40
    mapped = Dataset.write(tmp_path / "file", graphs)
    assert len(pickle.dumps(mapped)) < 1000
    assert same(pickle.loads(pickle.dumps(mapped)), data)
    with pytest.raises(errors.InvalidStateError):
        mapped.add(graphs[0])


def test_weights_targets_names_ids(graphs):
    data = Dataset(graphs[:4])
    assert data.weights.tolist() == [1, 1, 1, 1]
    data.weights = [0, 1, 2, 3]
    assert data.weights.tolist() == [0, 1, 2, 3]
    data.weights = None
    assert data.weights.tolist() == [1, 1, 1, 1]
    data.set_targets([1.5, 2.5, np.nan, 3.5])
    assert (data.num_targets, data[1].targets.tolist()) == (1, [2.5])
    data.set_feature_names(["a", "b", "c"])
    data.set_names({"targets": ["mass"]})
    data.set_ids(["one", None, "three", "four"])
    assert [graph.id for graph in data] == ["one", None, "three", "four"]
    assert data.summary()["names"]["targets"] == ["mass"]
    with pytest.raises(errors.ShapeMismatchError, match="3"):
        data.set_targets([1.0, 2.0, 3.0])


def test_words():
    data = Dataset()
    data.set_vocabulary(["get", "set", "__UNK__", "__EOS__"], 2)
    data.extend([Graph([[0], [1]], words=[0, 1]), Graph([[0], [1]], words=[1])])
    assert (data.class_names[0], data[0].words.tolist()) == ("get", [0, 1])


def test_directions():
    graph = Graph([[0, 1], [1, 2]], y=0)
    assert Dataset([graph])[0].num_edges == 4
    directed = Dataset([graph], directed=True)
    assert (directed[0].num_edges, directed.directed, Dataset([graph]).directed) == (2, True, False)


def test_splits(shapes, tmp_path):
    split = shapes.split(test=0.2, validation=0.1, seed=3)
    parts = [split.train, split.validation, split.test]
    assert [len(part) for part in parts] == [42, 6, 12]
    assert sorted(np.concatenate(parts).tolist()) == list(range(60))
    classes = np.array([graph.y for graph in shapes])
    assert all(classes[part].mean() == 0.5 for part in parts)
    split.save(tmp_path / "split.json")
    assert Split.load(tmp_path / "split.json", shapes) == split
    folds = list(shapes.folds(5, validation=0.25))
    assert sorted(np.concatenate([fold.test for fold in folds]).tolist()) == list(range(60))
    assert all(len(fold.train) + len(fold.validation) + len(fold.test) == 60 for fold in folds)
    with pytest.raises(ValueError, match="train has -1"):
        Split(train=[-1])


def test_limits_and_progress(tmp_path, graphs):
    path = tmp_path / "a.jsonl"
    Dataset(graphs).save(path)
    with pytest.raises(errors.LimitError, match="10"):
        Dataset.load(path, control=Control(max_bytes=10))
    control = Control()
    control.cancel()
    with pytest.raises(errors.CancelledError):
        Dataset.load(path, control=control)
    control.reset()
    assert len(Dataset.load(path, control=control)) == 40

    def fails(done, total):
        raise KeyError(done)

    with pytest.raises(KeyError):
        Dataset.load(path, control=Control(progress=fails))


def test_mutag():
    data = Dataset.load(data_folder("MUTAG"))
    assert (len(data), data.class_names, data.num_nodes) == (188, ["-1", "1"], 3371)
    assert data.summary()["graphs"] == 188
