"""Conversions there and back, and what is said of models that do not fit."""

import re
import unittest

import numpy as np
import states
from diffpool import from_torch, shapes, to_torch

CASES = [
    ("pyg", states.pyg()),
    ("pyg", states.pyg(clusters=())),
    ("pyg", states.pyg(clusters=(7,), features=1, classes=6)),
    ("pyg", states.pyg(clusters=(9, 4, 2))),
    ("errica", states.errica()),
    ("errica", states.errica(clusters=(3,), sage=True)),
    ("authors", states.authors()),
    ("authors", states.authors(clusters=())),
    ("authors", states.authors(clusters=(4,), layers=2, head=False)),
    ("authors", states.authors(layers=5)),
    ("ogb-code2", states.ogb_code2()),
    ("ogb-code2", states.ogb_code2(clusters=(8, 3))),
]


def same(test, found, expected):
    test.assertEqual(sorted(found), sorted(expected))
    for name, values in expected.items():
        test.assertEqual(found[name].shape, values.shape, name)
        test.assertEqual(found[name].dtype, values.dtype, name)
        test.assertEqual(found[name].tobytes(), values.tobytes(), name)


class RoundTrips(unittest.TestCase):
    def test_theirs_to_ours_to_theirs(self):
        for source, state in CASES:
            with self.subTest(source=source):
                back = to_torch(source, from_torch(source, state), like=state)
                for name in state:
                    if name.endswith("num_batches_tracked"):
                        state = {**state, name: back[name]}
                same(self, back, state)

    def test_ours_to_theirs_to_ours(self):
        for source, state in CASES:
            with self.subTest(source=source):
                ours = from_torch(source, state)
                same(self, from_torch(source, to_torch(source, ours)), ours)

    def test_double_precision_stays(self):
        state = {name: values.astype(np.float64) for name, values in states.pyg().items()}
        self.assertTrue(all(values.dtype == np.float64 for values in from_torch("pyg", state).values()))


class Layout(unittest.TestCase):
    def test_names_and_orientation(self):
        state = states.pyg()
        ours = from_torch("pyg", state)
        pairs = [
            ("levels.0.assign.convs.1.weight_rel", state["gnn1_pool.conv2.lin_rel.weight"].T),
            ("levels.1.embed.convs.2.weight_root", state["gnn2_embed.conv3.lin_root.weight"].T),
            ("levels.2.embed.convs.0.bias", state["gnn3_embed.conv1.lin_root.bias"]),
            ("levels.0.embed.norms.2.running_var", state["gnn1_embed.bn3.running_var"]),
            ("levels.1.assign.linear.weight", state["gnn2_pool.lin.weight"].T),
            ("head.1.bias", state["lin2.bias"]),
        ]
        for name, values in pairs:
            np.testing.assert_array_equal(ours[name], values, name)
        state = states.authors()
        ours = from_torch("authors", state)
        block = state["assign_conv_block_modules.1.0.weight"]
        np.testing.assert_array_equal(ours["levels.1.assign.convs.1.weight"], block)
        np.testing.assert_array_equal(ours["levels.2.embed.convs.2.bias"], state["conv_last_after_pool.1.bias"])

    def test_heads_side_by_side(self):
        state = states.ogb_code2(positions=3, words=4)
        ours = from_torch("ogb-code2", state)
        self.assertEqual(ours["head.0.weight"].shape, (6, 12))
        np.testing.assert_array_equal(ours["head.0.weight"][:, 4:8], state["graph_pred_linear_list.1.weight"].T)
        np.testing.assert_array_equal(ours["head.0.bias"][8:], state["graph_pred_linear_list.2.bias"])
        same(self, from_torch("ogb-code2", to_torch("ogb-code2", ours, heads=3)), ours)

    def test_biases_that_were_switched_off_are_zero(self):
        ours = from_torch("authors", states.authors(bias=False))
        self.assertFalse(ours["levels.0.assign.convs.2.bias"].any())
        self.assertEqual(ours["levels.0.assign.convs.2.bias"].shape, (4,))

    def test_biases_that_were_switched_off_stay_off(self):
        state = states.authors(bias=False)
        ours = from_torch("authors", state)
        same(self, to_torch("authors", ours, like=state), state)
        ours["levels.0.assign.convs.2.bias"][1] = 1
        with self.assertRaisesRegex(ValueError, "'assign_conv_last_modules.0.bias' has no place"):
            to_torch("authors", ours, like=state)

    def test_objects_like_tensors(self):
        class Tensor:
            def __init__(self, values):
                self.values, self.shape = values, values.shape

            def detach(self):
                return self

            def numpy(self):
                return self.values

        state = states.pyg()
        same(self, from_torch("pyg", {name: Tensor(v) for name, v in state.items()}), from_torch("pyg", state))


    def test_what_is_put_before_every_name_is_left_out(self):
        for source, state in CASES:
            expected = from_torch(source, state)
            for prefix in ("module.", "_orig_mod.", "module._orig_mod.", "net."):
                with self.subTest(source=source, prefix=prefix):
                    same(self, from_torch(source, {prefix + name: v for name, v in state.items()}), expected)
        one = dict(states.pyg())
        one["module." + next(iter(one))] = one.pop(next(iter(one)))
        with self.assertRaises(ValueError):
            from_torch("pyg", one)

    def test_16_bits_are_widened(self):
        class BFloat16:
            dtype = "torch.bfloat16"

            def __init__(self, values):
                self.values = values

            def float(self):
                return self.values

        state = {name: values.astype(np.float16) for name, values in states.pyg().items()}
        expected = from_torch("pyg", {name: values.astype(np.float32) for name, values in state.items()})
        same(self, from_torch("pyg", state), expected)
        wide = {name: BFloat16(values.astype(np.float32)) for name, values in state.items()}
        same(self, from_torch("pyg", wide), expected)


class Misfits(unittest.TestCase):
    def refused(self, source, change, message):
        state = {"pyg": states.pyg, "errica": states.errica, "authors": states.authors}[source]()
        change(state)
        with self.assertRaises(ValueError) as raised:
            from_torch(source, state)
        self.assertIn(message, str(raised.exception))

    def test_what_is_missing_or_left_over_is_named(self):
        self.refused("pyg", lambda s: s.pop("gnn1_pool.conv2.lin_root.weight"), "'gnn1_pool.conv2.lin_root.weight'")
        self.refused("pyg", lambda s: s.pop("gnn2_embed.bn3.running_var"), "'gnn2_embed.bn3.running_var'")
        self.refused("pyg", lambda s: s.update(extra=np.zeros(3)), "'extra'")
        self.refused("errica", lambda s: s.pop("final_embed.conv1.weight"), "final_embed.conv1")
        self.refused("authors", lambda s: s.pop("assign_pred_modules.1.bias"), "'assign_pred_modules.1.bias'")

    def test_shapes_are_named(self):
        def replace(name, *shape):
            return lambda state: state.update({name: np.zeros(shape, np.float32)})

        self.refused("pyg", replace("gnn1_pool.conv2.lin_rel.weight", 5, 6), "'gnn1_pool.conv2.lin_rel.weight'")
        self.refused("pyg", replace("gnn1_pool.conv2.lin_rel.weight", 30), "'gnn1_pool.conv2.lin_rel.weight'")
        self.refused("pyg", replace("gnn1_embed.bn3.bias", 4), "'gnn1_embed.bn3.bias'")
        self.refused("pyg", replace("gnn2_embed.conv1.lin_rel.weight", 5, 12), "must have [5, 13]")
        self.refused("errica", replace("diffpool_layers.0.gnn_pool.lin.weight", 4, 13), "gnn_pool.lin.weight")
        self.refused("authors", replace("pred_model.2.weight", 2, 7), "'pred_model.2.weight'")

    def test_sources(self):
        for convert in (from_torch, to_torch):
            with self.assertRaisesRegex(ValueError, "source is 'dgl'"):
                convert("dgl", {})

    def test_a_model_to_fill_is_compared(self):
        state = states.pyg()
        ours = from_torch("pyg", state)
        with self.assertRaisesRegex(ValueError, "lin2.weight"):
            to_torch("pyg", ours, like={**state, "lin2.weight": np.zeros((3, 6))})
        with self.assertRaisesRegex(ValueError, "more"):
            to_torch("pyg", ours, like={**state, "more": np.zeros(1)})
        with self.assertRaisesRegex(ValueError, "'lin2.bias' has no place"):
            to_torch("pyg", ours, like={name: v for name, v in state.items() if name != "lin2.bias"})
        with self.assertRaisesRegex(ValueError, "levels.0.embed.convs.0.bias"):
            to_torch("pyg", {name: v for name, v in ours.items() if name != "levels.0.embed.convs.0.bias"})


# Sizes that only one tensor has, so that another one makes another model: rows of a table, and the features of a model
# whose only convolution of them has a single weight. `like`, or the schema when a file is written, tells them.
FREE = [
    (r"node_encoder\..*", 0), (r"encoder\.tables\..*", 0),
    (r"final_embed\.conv1\.weight", 0), (r"conv_first\.weight", 0), (r"levels\.0\.embed\.convs\.0\.weight", 0),
]

# One of each kind: without a pooling, with one, with several; what a tensor may lack; one layer in the head and two.
SHAPES = [
    ("pyg", states.pyg(clusters=(4,))),
    ("pyg", states.pyg(clusters=())),
    ("errica", states.errica(clusters=(3,))),
    ("errica", states.errica(clusters=(), sage=True)),
    ("errica", states.errica(clusters=())),
    ("authors", states.authors()),
    ("authors", states.authors(clusters=())),
    ("authors", states.authors(clusters=(4,), layers=2, head=False, bias=False)),
    ("ogb-code2", states.ogb_code2()),
    ("ogb-code2", states.ogb_code2(clusters=())),
]


class EveryTensor(unittest.TestCase):
    """Each tensor in turn, in both directions: gone, flattened, and one larger or smaller in each of its sizes."""

    def tables(self):
        for source, state in SHAPES:
            state = {name: values for name, values in state.items() if not name.endswith("num_batches_tracked")}
            yield source, from_torch, state
            yield source, to_torch, from_torch(source, state)

    def error(self, source, convert, tensors):
        try:
            convert(source, tensors)
        except ValueError as error:
            return str(error)
        return None

    def test_another_size_is_named_with_both_shapes(self):
        seen = set()
        for source, convert, tensors in self.tables():
            for name, values in tensors.items():
                for axis, by in [(axis, by) for axis in range(values.ndim) for by in (1, -1)]:
                    shape = list(values.shape)
                    shape[axis] += by
                    found = self.error(source, convert, {**tensors, name: np.zeros(shape, np.float32)})
                    with self.subTest(source=source, convert=convert.__name__, name=name, shape=shape):
                        free = any(re.fullmatch(pattern, name) and axis == at for pattern, at in FREE)
                        if free and found is None:
                            seen.add(name)
                            continue
                        wanted = re.escape(f"tensor {name!r} has shape {shape}, but must have ")
                        self.assertRegex(found or "accepted", wanted + r"\[[^]]+\]")
                        if by == 1 and f"must have {list(values.shape)}" not in found:
                            # What it must have follows from the others, or stands open, or in multiples of the heads.
                            self.assertRegex(found, r"\[[^]]*(any|a multiple of)[^]]*\]")
        # Nothing else is free.
        self.assertEqual(len(seen), 9, sorted(seen))

    def test_another_number_of_sizes_is_named(self):
        for source, convert, tensors in self.tables():
            for name, values in tensors.items():
                for shape in ([values.size], list(values.shape) + [1], []):
                    if len(shape) == values.ndim:
                        continue
                    changed = {**tensors, name: np.zeros(shape, np.float32)}
                    found = self.error(source, convert, changed)
                    self.assertIn(f"tensor {name!r} has shape {shape}, but must have [", found or "accepted")

    def test_what_is_missing_is_named(self):
        for source, convert, tensors in self.tables():
            for name in tensors:
                rest = {other: values for other, values in tensors.items() if other != name}
                with self.subTest(source=source, convert=convert.__name__, name=name):
                    found = self.error(source, convert, rest)
                    theirs = source == "authors" and convert is from_torch
                    if theirs and ".bias" in name and "conv" in name:
                        self.assertIsNone(found)
                    elif theirs and name.rsplit(".", 1)[0] + ".bias" not in tensors:
                        # Without a bias nothing is left of the layer.
                        self.assertIsNotNone(found)
                    else:
                        self.assertIn(repr(name), found or "accepted")

    def test_the_model_to_fill_tells_every_size(self):
        for source, state in SHAPES:
            ours = from_torch(source, state)
            for name, values in state.items():
                for axis in range(values.ndim):
                    shape = list(values.shape)
                    shape[axis] += 1
                    message = re.escape(f"{name!r} has shape {list(values.shape)}, but the model's has {shape}")
                    with self.assertRaisesRegex(ValueError, message):
                        to_torch(source, ours, like={**state, name: np.zeros(shape)})

    def test_of_very_many_tensors_the_first_contradiction_is_named(self):
        # Asking every one of so many tensors would take hours.
        found = [(5,)] * 100_000 + [(6,), (6,)]
        claims = [shapes.Claim(f"layer {i}", shape, (("hidden",),)) for i, shape in enumerate(found)]
        with self.assertRaisesRegex(ValueError, r"^tensor 'layer 100000' has shape \[6\], but must have \[5\]$"):
            shapes.check(claims)


if __name__ == "__main__":
    unittest.main()
