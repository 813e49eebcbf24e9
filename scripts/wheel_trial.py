"""What an installed wheel does, with nothing but numpy beside it: the example of the package, and what it stands on."""

import os
import sys
import tempfile
from pathlib import Path

import diffpool
import numpy
from diffpool import _library

assert Path(_library.PATH).parent == Path(diffpool.__file__).parent / "_native", _library.PATH
print(f"diffpool {diffpool.version()}, Python {sys.version.split()[0]}, numpy {numpy.__version__}, {diffpool.cpu()}")

places = [*filter(None, os.environ.get("DIFFPOOL_DATA", "").split(os.pathsep)), "../data"]
mutag = next((Path(place, "MUTAG") for place in places if Path(place, "MUTAG").is_dir()), None)
if mutag is None:
    print("MUTAG is not here: a benchmark that the library makes up takes its place")
data = diffpool.Dataset.load(mutag) if mutag else diffpool.Dataset.synthetic("hierarchy", 188)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    split = data.split(test=0.2, validation=0.1, seed=1)
    trainer = diffpool.Trainer(diffpool.Config("molecules" if mutag else "default", epochs=30), data, split)
    trainer.fit()
    model = trainer.model()
    model.save("model.safetensors")
    print(f"held-out accuracy {model.evaluate(data, split.test)['accuracy']:.3f}, graph 0: {model.predict(data[0])}")
    loaded = diffpool.Model.load("model.safetensors")
    assert (loaded.logits(data) == model.logits(list(data))).all()
    os.chdir(os.path.dirname(folder))

# An error that the library makes, and one after which it goes on.
for bad in (diffpool.Graph([[0], [9]], num_nodes=2), diffpool.Graph(num_nodes=0)):
    try:
        model.predict(bad)
    except ValueError as error:
        print(f"refused: {error}")
    else:
        raise AssertionError(bad)
child = os.fork()
if child == 0:
    os._exit(int(not (loaded.logits(data[:9]) == model.logits(data[0:9])).all()))
assert os.waitpid(child, 0)[1] == 0
