"""State dicts with the names and shapes of the original models, filled with random numbers."""

import numpy as np


class States:
    def __init__(self, seed=1):
        self.random = np.random.RandomState(seed)
        self.state = {}

    def put(self, name, *shape):
        self.state[name] = self.random.uniform(-1, 1, shape).astype(np.float32)

    def linear(self, name, before, after):
        self.put(f"{name}.weight", after, before)
        self.put(f"{name}.bias", after)

    def sage(self, name, before, after):
        self.put(f"{name}.lin_rel.weight", after, before)
        self.linear(f"{name}.lin_root", before, after)

    def mean_conv(self, name, before, after):
        self.put(f"{name}.weight", before, after)
        self.put(f"{name}.bias", after)

    def norm(self, name, width):
        for part in ("weight", "bias", "running_mean"):
            self.put(f"{name}.{part}", width)
        self.state[f"{name}.running_var"] = self.random.uniform(0.5, 1.5, width).astype(np.float32)
        self.state[f"{name}.num_batches_tracked"] = np.array(7)


def pyg(clusters=(4, 2), hidden=5, output=3, features=3, classes=2):
    states, width = States(), features

    def stack(name, before, after, linear):
        widths = [before, hidden, hidden, after]
        for i in (1, 2, 3):
            states.sage(f"{name}.conv{i}", widths[i - 1], widths[i])
            states.norm(f"{name}.bn{i}", widths[i])
        if linear:
            states.linear(f"{name}.lin", 2 * hidden + after, after)

    for level, k in enumerate(clusters, 1):
        stack(f"gnn{level}_pool", width, k, True)
        stack(f"gnn{level}_embed", width, output, False)
        width = 2 * hidden + output
    stack(f"gnn{len(clusters) + 1}_embed", width, output, False)
    states.linear("lin1", 2 * hidden + output, 6)
    states.linear("lin2", 6, classes)
    return states.state


def errica(clusters=(4, 2), hidden=5, output=3, features=3, classes=2, sage=False):
    states, width = States(), features
    conv = states.sage if sage else states.mean_conv

    def stack(name, before, after, linear):
        widths = [before, hidden, hidden, after]
        for i in (1, 2, 3):
            conv(f"{name}.conv{i}", widths[i - 1], widths[i])
        for i in (1, 2):
            states.norm(f"{name}.bn{i}", hidden)
        if linear:
            states.linear(f"{name}.lin", 2 * hidden + after, after)

    for level, k in enumerate(clusters):
        stack(f"diffpool_layers.{level}.gnn_pool", width, k, True)
        stack(f"diffpool_layers.{level}.gnn_embed", width, output, False)
        width = 2 * hidden + output
    stack("final_embed", width, output, False)
    states.linear("lin1", (2 * hidden + output) * (len(clusters) + 1), 6)
    states.linear("lin2", 6, classes)
    return states.state


def authors(clusters=(4, 2), hidden=5, output=3, features=3, classes=2, layers=3, head=True, bias=True):
    states, width, after = States(), features, (layers - 1) * hidden + output

    def convs(first, block, last, before, end):
        states.mean_conv(first, before, hidden)
        for i in range(layers - 2):
            states.mean_conv(block % i, hidden, hidden)
        states.mean_conv(last, hidden, end)

    convs("conv_first", "conv_block.%d", "conv_last", features, output)
    for i, k in enumerate(clusters):
        parts = ("conv_first_after_pool", "conv_block_after_pool", "conv_last_after_pool")
        convs(f"{parts[0]}.{i}", f"{parts[1]}.{i}.%d", f"{parts[2]}.{i}", after, output)
        parts = ("assign_conv_first_modules", "assign_conv_block_modules", "assign_conv_last_modules")
        convs(f"{parts[0]}.{i}", f"{parts[1]}.{i}.%d", f"{parts[2]}.{i}", width, k)
        states.linear(f"assign_pred_modules.{i}", (layers - 1) * hidden + k, k)
        width = after
    read = after * (len(clusters) + 1)
    if head:
        states.linear("pred_model.0", read, 6)
        states.linear("pred_model.2", 6, classes)
    else:
        states.linear("pred_model", read, classes)
    if not bias:
        for name in [name for name in states.state if "conv" in name and name.endswith("bias")]:
            del states.state[name]
    return states.state


def ogb_code2(clusters=(4,), width=6, sizes=(5, 9, 4), positions=5, words=7):
    states = States()
    for name, size in zip(("type_encoder", "attribute_encoder", "depth_encoder"), sizes):
        states.put(f"node_encoder.{name}.weight", size, width)

    def stack(name, after):
        for i, end in enumerate((width, width, after)):
            states.sage(f"{name}.convs.{i}", width, end)
        for i in (0, 1):
            states.norm(f"{name}.bns.{i}", width)

    for level, k in enumerate(clusters):
        stack(f"diff_pool_layers.{level}.gnn_embed", width)
        stack(f"diff_pool_layers.{level}.gnn_pool", k)
    stack("final_gnn", width)
    for i in range(positions):
        states.linear(f"graph_pred_linear_list.{i}", width, words)
    return states.state
