"""What the tests share: small data sets, trained models, and where real data lies."""

import os
from pathlib import Path

import numpy as np
import pytest
from diffpool import Config, Dataset, Graph, Trainer

ROOT = Path(__file__).resolve().parents[3]


def data_folder(name):
    """A data set of TUDataset, where it is on this machine."""
    places = [
        *filter(None, os.environ.get("DIFFPOOL_DATA", "").split(os.pathsep)),
        ROOT.parent / "shared" / "data",
        ROOT / "build" / "data",
    ]
    for place in places:
        if (Path(place) / name).is_dir():
            return Path(place) / name
    pytest.skip(f"{name} is not here: a folder of it may be named in DIFFPOOL_DATA")


def random_graph(seed, nodes=8, edges=14, **fields):
    random = np.random.default_rng(seed)
    index = random.integers(0, nodes, (2, edges))
    return Graph(index, x=random.normal(size=(nodes, 3)), y=int(seed % 2), **fields)


@pytest.fixture(scope="session")
def shapes():
    return Dataset.synthetic("ba", 60, 1)


@pytest.fixture(scope="session")
def graphs():
    return [random_graph(seed, 5 + seed % 7) for seed in range(40)]


@pytest.fixture(scope="session")
def trained(graphs):
    """A model that reads three features, and its data set."""
    data = Dataset(graphs)
    return Trainer(Config(epochs=3, embed_hidden=16, embed_output=16, assign_hidden=16), data).fit().model(), data
