"""Graphs: what they are made of, what is refused, what goes to the library and comes back."""

import copy
import pickle

import numpy as np
import pytest
from conftest import random_graph
from diffpool import Dataset, Graph, _arrays


def everything(**changes):
    fields = dict(
        edge_index=[[0, 1, 2], [1, 2, 0]],
        x=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        edge_weight=[0.5, 1.0, 2.0],
        edge_attr=[[1.0], [2.0], [3.0]],
        edge_labels=[7, 8, 9],
        node_labels=[1, 2, 3],
        categories=[[0], [5], [2]],
        y=1,
        targets=[0.5, float("nan")],
        attributes=[4.0],
        weight=2.0,
        id="a ring",
    )
    return Graph(**{**fields, **changes})


def test_there_and_back_through_a_data_set():
    graph = everything()
    back = Dataset([graph], directed=True)[0]
    # Edges come sorted by their ends; here they are.
    for name in ("edge_index", "x", "edge_weight", "edge_attr", "edge_labels", "node_labels", "categories", "targets"):
        np.testing.assert_array_equal(getattr(back, name), getattr(graph, name), err_msg=name)
    assert (back.class_index, back.weight, back.id, back.num_nodes) == (1, 2.0, "a ring", 3)
    np.testing.assert_array_equal(back.attributes, [4.0])


def test_any_array_gives_the_same_bits(trained):
    model, _ = trained
    graph = random_graph(3)
    x, index = np.asarray(graph.x), np.asarray(graph.edge_index)
    # Numbers that float32 holds, so that every type holds the same.
    x = np.round(x * 16) / 16
    expected = model.logits(Graph(index, x))
    wide = np.zeros((8, 9))
    wide[:, ::3] = x
    unaligned = np.frombuffer(b"x" + x.tobytes(), np.uint8)[1:].view(np.float64).reshape(8, 3)
    for made in (
        x.astype(np.float32),
        np.asfortranarray(x),
        wide[:, ::3],
        x[::-1][::-1],
        x.astype(">f8"),
        x.tolist(),
        x.astype(np.float16),
        unaligned,
        np.lib.stride_tricks.as_strided(x, x.shape, x.strides),
    ):
        np.testing.assert_array_equal(model.logits(Graph(index, made)), expected)
    doubled = np.repeat(index, 2, axis=1)
    for made in (
        index.astype(np.int32),
        index.astype(np.uint8),
        index.tolist(),
        np.asfortranarray(index),
        doubled[:, ::2],
        index.astype(">i8"),
    ):
        np.testing.assert_array_equal(model.logits(Graph(made, x)), expected)


def test_dlpack_shares_memory():
    class Exported:
        def __init__(self, values):
            self.values = values

        def __dlpack__(self, **options):
            return self.values.__dlpack__(**options)

        def __dlpack_device__(self):
            return self.values.__dlpack_device__()

    x = np.ones((2, 3), np.float32)
    assert np.shares_memory(Graph([[0], [1]], Exported(x)).x, x)
    assert np.shares_memory(Graph([[0], [1]], x).x, x)


def test_where_arrays_lie():
    whole = np.arange(12.0).reshape(3, 4)
    locked = whole.copy()
    locked.flags.writeable = False
    for values in (whole, whole[1:, 2:], whole.T, whole[::-1], locked, whole[:0], np.frombuffer(b"12345678")):
        assert _arrays.address(values) == values.ctypes.data


def test_what_is_refused():
    cases = [
        (ValueError, r"edge_index has shape \[3, 2\]", lambda: Graph([[0, 1], [1, 2], [2, 0]])),
        (TypeError, "edge_index has numbers of type float64", lambda: Graph([[0.5], [1.0]])),
        (TypeError, "x has numbers of type", lambda: Graph([[0], [1]], x=[["a"], ["b"]])),
        (ValueError, "x has shape", lambda: Graph([[0], [1]], x=np.zeros((2, 2, 2)))),
        (ValueError, "y is -1", lambda: Graph([[0], [1]], y=-1)),
        (ValueError, "targets are given as well", lambda: Graph([[0], [1]], y=0.5, targets=[1])),
        (ValueError, "does not fit 64 bits", lambda: Graph(np.array([[0], [2**64 - 1]], np.uint64))),
        (AttributeError, "graph.replace", lambda: setattr(Graph([[0], [1]]), "x", None)),
        (ValueError, "9", lambda: Dataset([Graph([[0], [9]], num_nodes=3, y=0)])),
        (ValueError, "not be negative", lambda: Dataset([Graph(num_nodes=-1, y=0)])),
        (ValueError, r"x\[1, 0\] is NaN", lambda: Dataset([Graph([[0], [1]], x=[[1], [float("nan")]], y=0)])),
        (ValueError, "'b'", lambda: Dataset([Graph([[0], [1]], y="b")], class_names=["a"])),
    ]
    for kind, text, fails in cases:
        with pytest.raises(kind, match=text):
            fails()


def test_what_y_may_be():
    cases = [
        (3, 3),
        (np.int32(3), 3),
        (True, 1),
        (np.array([2]), 2),
        ("a", "a"),
        (0.5, [0.5]),
        (np.float64(2), [2.0]),
        ([1.0, 0.0], [1.0, 0.0]),
        (np.array([[1, 0, 1]]), [1.0, 0.0, 1.0]),
    ]
    for given, expected in cases:
        found = Graph([[0], [1]], y=given).y
        assert (found.tolist() if isinstance(found, np.ndarray) else found) == expected


def test_nodes_are_counted():
    assert Graph([[0, 4], [1, 2]]).num_nodes == 5
    assert Graph([[0], [1]], node_labels=[1, 1, 1]).num_nodes == 3
    assert Graph(num_nodes=2).num_nodes == 2
    assert Graph().num_nodes == 0


def test_replace_copy_and_pickle():
    graph = everything()
    for other in (pickle.loads(pickle.dumps(graph)), copy.copy(graph), copy.deepcopy(graph), graph.replace()):
        assert other == graph
    assert graph.replace(y=0) != graph
    assert graph.replace(x=None, node_labels=None, categories=None, edge_index=[[0], [4]]).num_nodes == 5


def test_repr_tells_what_is_there():
    assert repr(everything(targets=None, id=None)) == (
        "Graph(nodes=3, edges=3, x=[3, 2], edge_attr=[3, 1], categories=[3, 1], "
        "edge_weight, edge_labels, node_labels, y=1)"
    )
