"""Passes over batches, as PyTorch Geometric's example makes them."""

import random

import torch
import torch.nn.functional as F


def losses(network, x, adj, mask, y):
    """The loss of a batch, and how many of its graphs are told right."""
    logits, link, entropy = network(x, adj, mask)
    loss = F.nll_loss(F.log_softmax(logits, dim=-1), y) + link + entropy
    return loss, (logits.detach().argmax(dim=1) == y).sum()


def epochs(network, optimizer, data, pad, step=losses):
    """A function that trains for an epoch over another order of the graphs at every call."""
    order, shuffle = list(data.train), random.Random(1).shuffle

    def epoch():
        network.train()
        shuffle(order)
        total, correct = 0.0, 0
        for x, adj, mask, y in data.batches(order, pad):
            optimizer.zero_grad()
            loss, right = step(network, x, adj, mask, y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            correct += int(right)
        return total / len(order), correct / len(order)

    return epoch


def passes(logits, data, pad):
    """A function that predicts all graphs at every call and returns the accuracy. `logits` takes x, adj and mask."""

    @torch.inference_mode()
    def infer():
        correct = 0
        for x, adj, mask, y in data.batches(data.train, pad):
            correct += int((logits(x, adj, mask).argmax(dim=1) == y).sum())
        return correct / len(data.train)

    return infer
