"""The file of names: well formed, and found out where it is not. The program's tests change it in the same places."""

import unittest
from importlib import resources

from diffpool import SOURCES, tables

TEXT = resources.files("diffpool").joinpath("torch_names.json").read_text("utf-8")


class Names(unittest.TestCase):
    def test_sources(self):
        self.assertEqual(SOURCES, ("pyg", "errica", "authors", "ogb-code2"))

    def test_malformed_tables_are_refused(self):
        changes = [
            ('"norms": "gnn', '"norm": "gnn'), ("{level+1}_embed.lin", "{level+2}_embed.lin"),
            ('{"module": "sage"}', '{"module": "gat"}'), ('{"module": "one_weight"}', ""),
            ('"levels_read": "last"', '"levels_read": "first"'), ('"shape": ["out"]', '"shape": ["width"]'),
            ('"linear_always": true', '"linear_always": 1'), ('"batch_norm": [', '"layer_norm": ['),
            ('"poolings": "diffpool_layers.{level}",', ""), ('"counter"', '"count"'),
        ]
        for text, other in changes:
            with self.subTest(change=text), self.assertRaises((KeyError, TypeError, ValueError)):
                self.assertIn(text, TEXT)
                tables.parse(TEXT.replace(text, other))


if __name__ == "__main__":
    unittest.main()
