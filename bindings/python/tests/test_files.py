"""Model files: bytes, checksums, and what is wrong with damaged ones."""

import json
import os
import struct
import tempfile
import unittest
from pathlib import Path

import numpy as np
import states
from diffpool import Model, files, from_torch, load, safetensors, save

# A model that the library itself wrote; `tests/converted.rs` loads it as well.
CONVERTED = Path(__file__).resolve().parents[3] / "tests" / "fixtures" / "converted"


def model():
    config = {"preset": "pyg", "clusters": [4, 2]}
    return Model(from_torch("pyg", states.pyg()), config, files.schema(labels=[0, 1, 2]), ["enzyme", "böse"])


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

        cases = [
            b"", b"1234567", struct.pack("<Q", 1 << 60), file(b"{"), file([]), file({"a": 1}), file(b"\xff\xff"),
            file({"a": tensor([2], 0, 4)}, bytes(4)), file({"a": tensor([1], 0, 4)}, bytes(8)),
            file({"a": tensor([1], 4, 8)}, bytes(8)), file({"a": tensor([-1], 0, 4)}, bytes(4)),
            file({"a": tensor([1], 0, 4), "b": tensor([1], 0, 4)}, bytes(4)), file({"a": tensor([1], 0, 4, "F31")}, bytes(4)),
            file({"a": tensor([1 << 40, 1 << 40], 0, 4)}, bytes(4)), file({"__metadata__": {"a": 1}}),
            file(b'{"a":' + json.dumps(tensor([1], 0, 4)).encode() + b',"a":' + json.dumps(tensor([1], 0, 4)).encode() + b"}",
                 bytes(4)),
        ]
        for content in cases:
            with self.subTest(content=content[:80]), self.assertRaises(ValueError):
                safetensors.from_bytes(content)


if __name__ == "__main__":
    unittest.main()
