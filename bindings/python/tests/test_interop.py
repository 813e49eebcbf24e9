"""Graphs of other libraries, there and back. A library that is not installed is skipped, saying so."""

import numpy as np
import pytest
from conftest import data_folder, random_graph
from diffpool import Dataset, Graph, interop


def undirected(seed):
    """A graph whose every edge is there both ways, as PyTorch Geometric has it."""
    random = np.random.default_rng(seed)
    upper = np.triu(random.random((7, 7)) < 0.4, 1)
    index = np.stack(np.nonzero(upper | upper.T))
    return Graph(index, x=random.normal(size=(7, 2)).astype(np.float32), y=int(seed % 2), num_nodes=7)


def same(one, other):
    return len(one) == len(other) and all(a == b for a, b in zip(one, other))


def test_networkx():
    networkx = pytest.importorskip("networkx")
    graph = networkx.Graph(y=1)
    graph.add_node("a", mass=1.5, charge=[0, 1], label=6)
    graph.add_node("b", mass=2.5, charge=[1, 0], label=7)
    graph.add_edge("a", "b", weight=0.5, label=2, length=3.0)
    made = Graph.from_networkx(graph, node_attrs=["mass", "charge"], edge_attrs=["length"])
    assert (made.x.tolist(), made.edge_attr.tolist()) == ([[1.5, 0, 1], [2.5, 1, 0]], [[3.0]])
    assert (made.node_labels.tolist(), made.edge_labels.tolist(), made.edge_weight.tolist()) == ([6, 7], [2], [0.5])
    assert (made.y, made.edge_index.tolist()) == (1, [[0], [1]])
    back = made.to_networkx()
    assert back.edges[0, 1] == {"weight": 0.5, "label": 2, "edge_attr": [3.0]}
    assert networkx.utils.graphs_equal(
        Graph.from_networkx(back).to_networkx(), networkx.Graph(Graph.from_networkx(back).to_networkx())
    )
    with pytest.raises(ValueError, match="node 1 has no attribute 'colour'"):
        graph.nodes["a"]["colour"] = 1
        Graph.from_networkx(graph, node_attrs=["colour"])
    assert Graph.from_networkx(networkx.path_graph(3, networkx.DiGraph)).to_networkx(directed=True).is_directed()


def test_networkx_graphs_are_taken_where_graphs_are(trained):
    networkx = pytest.importorskip("networkx")
    data = Dataset([networkx.cycle_graph(5), networkx.path_graph(4), networkx.Graph([(0, 1)])])
    assert [graph.num_nodes for graph in data] == [5, 4, 2]
    from diffpool import Model, Trainer

    data = Dataset(
        [Graph.from_networkx(networkx.cycle_graph(4 + i % 3), y=0) for i in range(6)]
        + [Graph.from_networkx(networkx.path_graph(4 + i % 3), y=1) for i in range(6)]
    )
    model = Trainer({"epochs": 1, "embed_hidden": 8, "embed_output": 8, "assign_hidden": 8}, data).fit().model()
    assert isinstance(model, Model)
    assert model.predict([networkx.cycle_graph(5), networkx.path_graph(9)]).shape == (2,)
    assert isinstance(model.predict(networkx.cycle_graph(5)), int)


def test_scipy():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.array([[0, 2.0, 0], [2.0, 0, 1], [0, 1, 0]])
    for matrix in (sparse.csr_matrix(dense), sparse.coo_array(dense), dense):
        made = Graph.from_scipy(matrix, y=1)
        np.testing.assert_array_equal(made.to_scipy().toarray(), dense)
        assert (made.num_nodes, made.y) == (3, 1)
    assert Graph.from_scipy(sparse.csr_matrix(dense > 0)).edge_weight is None
    with pytest.raises(ValueError, match=r"\[2, 3\]"):
        Graph.from_scipy(np.zeros((2, 3)))
    assert interop.graph(sparse.csr_matrix(dense)).num_edges == 4


def test_igraph():
    igraph = pytest.importorskip("igraph")
    graph = igraph.Graph(n=3, edges=[(0, 1), (1, 2)])
    graph.vs["mass"], graph.es["weight"] = [1.0, 2.0, 3.0], [0.5, 1.5]
    graph["y"] = 1
    made = Graph.from_igraph(graph, node_attrs=["mass"])
    assert (made.x.tolist(), made.edge_weight.tolist(), made.y) == ([[1], [2], [3]], [0.5, 1.5], 1)
    back = made.to_igraph()
    assert (back.get_edgelist(), back.es["weight"], back["y"]) == ([(0, 1), (1, 2)], [0.5, 1.5], 1)


def test_rdkit():
    pytest.importorskip("rdkit")
    from rdkit import Chem

    made = Graph.from_smiles("CC(=O)[O-]", y=1)
    assert (made.node_labels.tolist(), made.edge_labels.tolist(), made.x[3, 1]) == ([6, 6, 8, 8], [1, 2, 1], -1)
    assert Chem.MolToSmiles(made.to_rdkit()) == Chem.CanonSmiles("CC(=O)[O-]")
    for smiles in ("c1ccccc1O", "C#N", "O"):
        assert Chem.MolToSmiles(Graph.from_smiles(smiles).to_rdkit()) == Chem.CanonSmiles(smiles)
    with pytest.raises(ValueError, match="'no molecule'"):
        Graph.from_smiles("no molecule")
    assert len(Dataset(["CCO", "CC", "O"])) == 3


def test_dgl():
    pytest.importorskip("dgl")
    graph = random_graph(1, edge_weight=np.ones(14, np.float32))
    back = Graph.from_dgl(graph.to_dgl())
    np.testing.assert_array_equal(back.x, graph.x)
    np.testing.assert_array_equal(back.edge_index, graph.edge_index)


class Data:
    """What is read of a `Data` of PyTorch Geometric, for machines without it."""

    def __init__(self, graph, **others):
        self.x, self.edge_index, self.y = graph.x, graph.edge_index, np.array([graph.y])
        self.__dict__.update(others)


def test_lists_of_data_in_one_call():
    graphs = [undirected(seed) for seed in range(9)]
    data = Dataset.from_pyg([Data(graph) for graph in graphs])
    assert same(data, Dataset(graphs)) and not data.directed
    one_way = Graph([[0, 1], [1, 2]], x=np.zeros((3, 2)), y=0)
    assert Dataset.from_pyg([Data(one_way)]).directed
    assert not Dataset.from_pyg([Data(one_way)], directed=False).directed
    with pytest.raises(ValueError, match="graph 1 has no edge_attr, but 1 others have"):
        Dataset.from_pyg([Data(graphs[0], edge_attr=np.zeros((graphs[0].num_edges, 1))), Data(graphs[1])])
    with pytest.raises(ValueError, match="no graphs"):
        Dataset.from_pyg([])


def test_whole_numbers_are_categories():
    graphs = [Data(undirected(seed), x=np.arange(14).reshape(7, 2)) for seed in range(3)]
    assert Dataset.from_pyg(graphs)[0].categories.tolist()[1] == [2, 3]
    assert Dataset.from_pyg(graphs, integer_x="features")[0].x.tolist()[1] == [2, 3]
    assert Graph.from_pyg(graphs[0]).categories.shape == (7, 2)
    with pytest.raises(ValueError, match="'both'"):
        Dataset.from_pyg(graphs, integer_x="both")


def test_targets_of_several_columns():
    graphs = [Data(undirected(seed), y=np.array([[0.5 + seed, np.nan]])) for seed in range(3)]
    data = Dataset.from_pyg(graphs)
    assert data.num_targets == 2 and data[1].targets[0] == 1.5 and np.isnan(data[1].targets[1])


@pytest.fixture(scope="module")
def pyg():
    pytest.importorskip("torch")
    return pytest.importorskip("torch_geometric")


def test_pytorch_geometric_there_and_back(pyg):
    graph = undirected(4).replace(edge_attr=np.ones((undirected(4).num_edges, 3), np.float32))
    back = Graph.from_pyg(graph.to_pyg())
    assert back == graph
    with pytest.raises(ValueError, match="'ring'"):
        graph.replace(y="ring").to_pyg()


def test_batches_and_loaders(pyg, trained):
    from torch_geometric.data import Batch
    from torch_geometric.loader import DataLoader
    from torch_geometric.transforms import AddSelfLoops

    graphs = [undirected(seed) for seed in range(9)]
    every = [graph.to_pyg() for graph in graphs]
    batch = Batch.from_data_list(every)
    assert same(Dataset.from_pyg(batch), Dataset(graphs))
    # The loops of all graphs come behind the edges of all graphs.
    looped = Dataset.from_pyg(AddSelfLoops()(batch))
    assert [graph.num_edges for graph in looped] == [graph.num_edges + 7 for graph in graphs]
    model, _ = trained
    three = [graph.replace(x=np.c_[graph.x, graph.x[:, :1]]) for graph in graphs]
    expected = model.predict_proba(three)
    torches = [graph.to_pyg() for graph in three]
    np.testing.assert_array_equal(model.predict_proba(torches), expected)
    loader = DataLoader(torches, batch_size=4)
    np.testing.assert_array_equal(np.concatenate([model.predict_proba(batch) for batch in loader]), expected)


def test_a_tu_dataset_in_one_call(pyg, tmp_path):
    import shutil

    from torch_geometric.datasets import TUDataset

    folder = data_folder("MUTAG")
    shutil.copytree(folder, tmp_path / "MUTAG" / "raw")
    theirs = TUDataset(str(tmp_path), "MUTAG")
    data = Dataset.from_pyg(theirs)
    ours = Dataset.load(folder)
    assert (data.name, len(data), data.num_features, data.directed) == ("MUTAG", 188, 7, False)
    for mine, his in zip(ours, data):
        np.testing.assert_array_equal(mine.edge_index, his.edge_index)
        np.testing.assert_array_equal(mine.node_labels, his.x.argmax(axis=1))
        assert mine.y == his.y
    assert same(Dataset.from_pyg(theirs[10:20]), data[10:20])
    assert same(Dataset.from_pyg(list(theirs)), data)
