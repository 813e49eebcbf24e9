"""The generated graphs of benches/shared/mod.rs, bit for bit, and the fingerprint that shows it."""

import numpy as np

FEATURES = 64
CLASSES = 2


def numbers(stream, count):
    """The first numbers of a stream: SplitMix64."""
    index = np.arange(1, count + 1, dtype=np.uint64)
    z = (np.uint64((stream << 40) & (2**64 - 1)) + index) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def generate(graph, nodes):
    """Edges of a graph as `[2, entries]`, both directions, sorted, each once, and its features `[nodes, 64]`."""
    count = nodes * 5 // 2
    source = np.arange(count, dtype=np.uint64) % np.uint64(nodes)
    skip = numbers(2 * graph, count) % np.uint64(nodes - 1)
    target = (source + np.uint64(1) + skip) % np.uint64(nodes)
    both = np.concatenate([source * np.uint64(nodes) + target, target * np.uint64(nodes) + source])
    codes = np.unique(both)
    edges = np.stack([codes // np.uint64(nodes), codes % np.uint64(nodes)]).astype(np.int64)
    high = (numbers(2 * graph + 1, nodes * FEATURES) >> np.uint64(40)).astype(np.float32)
    x = high / np.float32(1 << 23) - np.float32(1)
    return edges, x.reshape(nodes, FEATURES)


def fingerprint(parts):
    """The number of `fingerprint` in benches/shared/mod.rs, of pairs of a dense adjacency, or edges, and features."""
    total = np.uint64(0)
    with np.errstate(over="ignore"):
        for edges, x in parts:
            edges, x = np.asarray(edges), np.ascontiguousarray(x, dtype=np.float32)
            row, column = np.nonzero(edges) if edges.shape[0] == edges.shape[1] else edges
            row, column = row.astype(np.uint64), column.astype(np.uint64)
            total += np.sum((row + np.uint64(1)) * np.uint64(1_000_003) + column, dtype=np.uint64)
            bits = x.view(np.uint32).reshape(-1).astype(np.uint64)
            total += np.sum(bits * np.arange(1, len(bits) + 1, dtype=np.uint64), dtype=np.uint64)
    return int(total)


def about(graphs):
    """What the line of a measurement says of generated graphs."""
    nodes = sum(len(x) for _, x in graphs)
    return {"graphs": len(graphs), "nodes": nodes, "fingerprint": str(fingerprint(graphs))}
