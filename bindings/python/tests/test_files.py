"""Model files: bytes, checksums, and what is wrong with damaged ones."""

import json
import os
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np
import states
from diffpool import files, from_torch, safetensors
from diffpool.files import ModelFile, load, save

# A model that the library itself wrote; `tests/converted.rs` loads it as well.
CONVERTED = Path(__file__).resolve().parents[3] / "tests" / "fixtures" / "converted"


def model():
    config = {"preset": "pyg", "clusters": [4, 2]}
    return ModelFile(from_torch("pyg", states.pyg()), config, files.schema(labels=[0, 1, 2]), ["enzyme", "böse"])


def tables():
    return files.embedding([5, 9, 4], 6, out_of_vocabulary="reserve")


def ogb_code2():
    tensors = from_torch("ogb-code2", states.ogb_code2(positions=3, words=4))
    words = ["get", "set", "__UNK__", "__EOS__"]
    return ModelFile(tensors, {"preset": "ogb-code2", "clusters": [4]}, files.schema(embedding=tables()), words, 3)


def with_outputs(task, classes, targets, logits):
    config = {"preset": "pyg", "task": task, "clusters": [4, 2], "early_stopping": "loss"}
    tensors = from_torch("pyg", states.pyg(classes=logits))
    return ModelFile(tensors, config, files.schema(labels=[0, 1, 2]), classes, targets)


# Everything that a model may predict.
TASKS = [
    ogb_code2(), with_outputs("regression", [], 2, 2), with_outputs("regression", [], 1, 1),
    with_outputs("binary", ["0", "1"], 1, 1), with_outputs("multilabel", [], 3, 3),
    with_outputs("sequence", ["a", "b", "c"], 2, 6), with_outputs("multiclass", ["a", "b"], 1, 2),
]


class Files(unittest.TestCase):
    def test_there_and_back(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            save(path, model())
            found, expected = load(path), model()
            self.assertEqual(os.listdir(folder), ["model.safetensors"])
        self.assertEqual(found.classes, expected.classes)
        self.assertEqual(found.features, expected.features)
        self.assertEqual(found.config["features"], "labels")
        self.assertEqual(sorted(found.tensors), sorted(expected.tensors))
        for name, values in expected.tensors.items():
            self.assertEqual(found.tensors[name].tobytes(), values.tobytes())

    def test_every_task_there_and_back(self):
        for expected in TASKS:
            with self.subTest(task=expected.task), tempfile.TemporaryDirectory() as folder:
                path, again = os.path.join(folder, "one"), os.path.join(folder, "two")
                save(path, expected)
                found = load(path)
                save(again, found)
                self.assertEqual(Path(path).read_bytes(), Path(again).read_bytes())
                self.assertEqual((found.task, found.targets), (expected.task, expected.targets))
                self.assertEqual((found.classes, found.features), (expected.classes, expected.features))
                _, metadata = safetensors.load(path)
                stated = None if expected.task == "multiclass" else str(expected.targets)
                self.assertEqual(metadata.get("targets"), stated)

    def test_the_schema_settles_the_configuration(self):
        _, metadata = safetensors.from_bytes(files.to_bytes(ogb_code2()))
        config = json.loads(metadata["config"])
        settled = {
            "features": "categories", "embedding_sizes": [5, 9, 4], "embedding_width": 6, "embedding_combine": "sum",
            "out_of_vocabulary": "reserve",
        }
        self.assertEqual({key: config[key] for key in settled}, settled)
        self.assertNotIn("relations", config)
        one = model()
        one.features = files.schema(labels=[0, 1, 2], edge_labels=[-1, 4])
        _, metadata = safetensors.from_bytes(files.to_bytes(one))
        self.assertEqual(json.loads(metadata["config"])["relations"], "edge_labels")
        self.assertEqual(json.loads(metadata["features"])["edge_labels"], [-1, 4])

    def test_columns(self):
        both = files.embedding([5, 9], 6, "concat")
        cases = [
            (files.schema(attributes=3, labels=[4, 7]), ["attributes", "labels"], 5),
            (files.schema(attributes=1, embedding=tables()), ["attributes", "categories"], 7),
            (files.schema(embedding=both), ["categories"], 12),
            (files.schema(sources=["degree", "constant:2", "one_hot_degree:5", "clustering"]), None, 10),
        ]
        for schema, sources, width in cases:
            self.assertEqual(schema["sources"], sources or schema["sources"])
            self.assertEqual(files.width(schema), width)

    def test_the_order_of_the_tensors_does_not_matter(self):
        one, two = model(), model()
        two.tensors = dict(reversed(list(two.tensors.items())))
        self.assertEqual(files.to_bytes(one), files.to_bytes(two))

    def test_committed_files_are_written_again_with_the_same_bytes(self):
        paths = sorted(CONVERTED.glob("*.model.safetensors"))
        self.assertTrue(paths)
        for path in paths:
            self.assertEqual(files.to_bytes(load(path)), path.read_bytes(), path)

    def test_damage_is_found(self):
        content = bytearray(files.to_bytes(model()))
        content[-1] ^= 1
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            Path(path).write_bytes(content)
            with self.assertRaisesRegex(ValueError, "damaged"):
                load(path)

    def test_what_the_library_would_refuse_is_refused(self):
        def refused(change, message):
            changed = model()
            change(changed)
            with self.assertRaisesRegex(ValueError, message):
                files.to_bytes(changed)

        refused(lambda m: m.tensors.update(a=np.zeros(2)), "'a' is of type float64")
        refused(lambda m: m.tensors["head.0.bias"].fill(np.nan), "'head.0.bias'")
        refused(lambda m: m.tensors["levels.0.embed.norms.0.running_var"].fill(-1), "variance")
        refused(lambda m: m.classes.pop(), "at least 2 classes")
        refused(lambda m: m.classes.append("c"), r"'head.1.bias' has shape \[2\], but must have \[3\]")
        refused(lambda m: m.config.update(task="ranking"), "task is 'ranking'")
        refused(lambda m: m.config.update(task="regression", early_stopping="loss"), "1 targets and 2 classes")
        refused(lambda m: m.config.update(features="degree"), "features 'degree', but the features have 'labels'")
        refused(lambda m: m.config.update(relations="edge_labels"), "relations 'edge_labels', but the .* have 'none'")
        refused(lambda m: m.features.update(labels=[0, 2, 1]), "must be sorted")
        refused(lambda m: m.features.update(edge_labels=[2, 2]), "must be sorted")
        refused(lambda m: m.features.update(embedding=tables()), "need each other")
        refused(lambda m: m.features.update(labels=[0, 1]), r"has shape \[3, \d+\], but must have \[2, ")
        refused(lambda m: m.features["sources"].append("attributes"), "'attributes', but nothing for it")

    def test_outputs_that_do_not_fit_the_task_are_refused(self):
        cases = [
            ("regression", [], 0, 1, "0 targets"), ("regression", ["a"], 1, 1, "1 targets and 1 classes"),
            ("regression", [], 2, 3, r"'head.1.bias' has shape \[3\], but must have \[2\]"),
            ("binary", [], 1, 1, "0 classes"), ("binary", ["0", "1"], 2, 2, "2 targets"),
            ("multilabel", [], 65_537, 1, "65537 targets"), ("sequence", ["a", "b"], 2, 4, "2 classes"),
            ("sequence", ["a", "b", "c"], 3, 6, r"'head.1.bias' has shape \[6\], but must have \[9\]"),
            ("multiclass", ["a", "b"], 2, 2, "2 targets"),
        ]
        for task, classes, targets, logits, message in cases:
            with self.subTest(task=task), self.assertRaisesRegex(ValueError, message):
                files.to_bytes(with_outputs(task, classes, targets, logits))
        changed = with_outputs("regression", [], 1, 1)
        del changed.config["early_stopping"]
        with self.assertRaisesRegex(ValueError, "early_stopping is 'accuracy'"):
            files.to_bytes(changed)

    def test_tables_that_do_not_fit_the_features_are_refused(self):
        shapes = [r"'encoder.tables.1.weight' has shape \[9, 6\]", r"'encoder.tables.0.weight' has shape \[5, 6\]"]
        cases = [
            (lambda m: m.features["embedding"]["sizes"].append(3), "'encoder.tables.3.weight' is missing"),
            (lambda m: m.features["embedding"].update(sizes=[5, 8, 4]), shapes[0]),
            (lambda m: m.features["embedding"].update(width=7), shapes[1]),
            (lambda m: m.config.update(embedding_width=7), "embedding_width 7, but the features have 6"),
            (lambda m: m.config.update(out_of_vocabulary="refuse"), "out_of_vocabulary 'refuse'"),
            (lambda m: m.features.pop("embedding"), "need each other"),
        ]
        for change, message in cases:
            changed = ogb_code2()
            change(changed)
            with self.assertRaisesRegex(ValueError, message):
                files.to_bytes(changed)
        for arguments in ({"combine": "mean"}, {"out_of_vocabulary": "clip"}):
            with self.assertRaisesRegex(ValueError, next(iter(arguments))):
                files.embedding([1], 1, **arguments)

    def test_a_number_of_targets_that_is_none_is_refused(self):
        tensors, metadata = safetensors.from_bytes(files.to_bytes(ogb_code2()))
        metadata["targets"] = '"3"'
        metadata["checksum"] = files.checksum(metadata, tensors)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model")
            safetensors.save(path, tensors, metadata)
            with self.assertRaisesRegex(ValueError, "metadata 'targets'"):
                load(path)


class Container(unittest.TestCase):
    def test_types_and_shapes(self):
        tensors = {
            "a": np.arange(6, dtype=np.int32).reshape(2, 3), "b": np.float64(2.5), "c": np.zeros((0, 4), np.float32),
            "d": np.arange(12, dtype=np.float32).reshape(3, 4).T, "e": np.array([True, False]),
        }
        found, metadata = safetensors.from_bytes(safetensors.to_bytes(tensors, {"k": "v"}))
        self.assertEqual(metadata, {"k": "v"})
        for name, values in tensors.items():
            np.testing.assert_array_equal(found[name], values)
            self.assertEqual(found[name].shape, np.shape(values))

    def test_bfloat16_is_read_as_float32(self):
        values = np.array([[1.5, -2.0], [np.inf, 3.0e38]], np.float32)
        values = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)
        header = json.dumps({"a": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
        halves = (values.view(np.uint32) >> 16).astype(np.uint16)
        tensors, _ = safetensors.from_bytes(struct.pack("<Q", len(header)) + header + halves.tobytes())
        self.assertEqual((tensors["a"].dtype, tensors["a"].tolist()), (np.float32, values.tolist()))

    def test_the_safetensors_package_reads_the_same(self):
        try:
            from safetensors.numpy import load as theirs
        except ImportError:
            self.skipTest("the package safetensors is not installed")
        tensors = {"a": np.arange(6, dtype=np.int32).reshape(2, 3), "b": np.ones(3, np.float32)}
        for name, values in theirs(safetensors.to_bytes(tensors)).items():
            np.testing.assert_array_equal(values, tensors[name])

    def test_malformed_files_are_refused(self):
        def file(header, data=b""):
            text = header if isinstance(header, bytes) else json.dumps(header).encode()
            return struct.pack("<Q", len(text)) + text + data

        def tensor(shape, begin, end, dtype="F32"):
            return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}

        one = json.dumps(tensor([1], 0, 4)).encode()
        cases = [
            b"", b"1234567", struct.pack("<Q", 1 << 60), file(b"{"), file([]), file({"a": 1}), file(b"\xff\xff"),
            file({"a": tensor([2], 0, 4)}, bytes(4)), file({"a": tensor([1], 0, 4)}, bytes(8)),
            file({"a": tensor([1], 4, 8)}, bytes(8)), file({"a": tensor([-1], 0, 4)}, bytes(4)),
            file({"a": tensor([1], 0, 4), "b": tensor([1], 0, 4)}, bytes(4)),
            file({"a": tensor([1], 0, 4, "F31")}, bytes(4)),
            file({"a": tensor([1 << 40, 1 << 40], 0, 4)}, bytes(4)), file({"__metadata__": {"a": 1}}),
            file(b'{"a":' + one + b',"a":' + one + b"}", bytes(4)),
        ]
        for content in cases:
            with self.subTest(content=content[:80]), self.assertRaises(ValueError):
                safetensors.from_bytes(content)


if __name__ == "__main__":
    unittest.main()
