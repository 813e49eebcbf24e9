"""Writes tests/fixtures/schedules.json: what PyTorch's schedulers, its label smoothing and its moving average of weights
give, for tests/schedules.rs.

    python tests/reference/schedules.py

Everything is float64. Keys are those of the library's configuration.
"""

import json
import math
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy
from torch.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def optimizer(rate):
    return torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=rate)


def rates_of(optimizer, step, epochs):
    """The step size of every epoch; `step(epoch)` comes after it."""
    rates = []
    for epoch in range(epochs):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        step(epoch)
    return rates


def schedule(name, epochs, rate, warmup=0, **keys):
    adam = optimizer(rate)
    if name == "constant":
        after = ConstantLR(adam, factor=1.0)
    elif name == "step":
        after = StepLR(adam, keys["step_epochs"], gamma=keys["step_factor"])
    else:
        after = CosineAnnealingLR(adam, epochs - warmup, eta_min=rate * keys["cosine_min"])
    whole = after
    if warmup:
        ramp = LinearLR(adam, start_factor=1 / (warmup + 1), end_factor=1.0, total_iters=warmup)
        whole = SequentialLR(adam, [ramp, after], milestones=[warmup])
    rates = rates_of(adam, lambda _: whole.step(), epochs)
    keys |= {"learning_rate_schedule": name, "learning_rate": rate, "epochs": epochs, "warmup_epochs": warmup}
    return {"keys": keys, "rates": rates}


def plateau(values, rate, watched="loss", warmup=0, **keys):
    """`values` are those of the validation graphs after every epoch."""
    adam = optimizer(rate)
    ramp = LinearLR(adam, start_factor=1 / (warmup + 1), end_factor=1.0, total_iters=warmup) if warmup else None
    after = ReduceLROnPlateau(
        adam,
        mode="min" if watched == "loss" else "max",
        factor=keys["plateau_factor"],
        patience=keys["plateau_patience"],
        threshold=keys["min_delta"],
        threshold_mode="abs",
        min_lr=keys["plateau_min_rate"],
        eps=0.0,
    )

    def step(epoch):
        ramp.step() if epoch < warmup else after.step(values[epoch])

    rates = rates_of(adam, step, len(values))
    keys |= {"learning_rate_schedule": "plateau", "learning_rate": rate, "epochs": len(values)}
    keys |= {"warmup_epochs": warmup, "early_stopping": watched}
    return {"keys": keys, "values": ["nan" if math.isnan(v) else v for v in values], "rates": rates}


def smoothing(classes, weights, amount):
    z = (3 * torch.randn(5, classes)).requires_grad_()
    y = torch.randint(classes, (5,))
    weight = torch.tensor(weights) if weights else None
    loss = cross_entropy(z, y, weight=weight, label_smoothing=amount)
    loss.backward()
    return {
        "classes": classes,
        "weights": weights,
        "label_smoothing": amount,
        "z": z.detach().flatten().tolist(),
        "y": y.tolist(),
        "loss": loss.item(),
        "gradient": z.grad.flatten().tolist(),
    }


def numbers(module):
    """Weights and statistics in a row."""
    tensors = [*module.parameters(), *(b for b in module.buffers() if b.is_floating_point())]
    return torch.cat([t.detach().flatten() for t in tensors]).tolist()


def moving_average(decay, steps):
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
    adam = torch.optim.Adam(model.parameters(), lr=0.1)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
    weights, averages = [], []
    for _ in range(steps):
        adam.zero_grad()
        model(torch.randn(6, 3)).square().mean().backward()
        adam.step()
        average.update_parameters(model)
        weights.append(numbers(model))
        averages.append(numbers(average.module))
    return {"ema_decay": decay, "weights": weights, "averages": averages}


def main():
    torch.manual_seed(5)
    torch.set_default_dtype(torch.float64)
    nan = float("nan")
    falling = [5.0, 4.0, 4.0, 4.5, 3.9, 3.9, 3.95, 3.9, 3.9, 3.9, 3.9, 3.5, 3.6, 3.6, 3.6, 3.6, 3.6, 3.6]
    slow = [1 / (1 + 0.05 * i) for i in range(24)]
    rising = [0.5, 0.5, 0.6, 0.55, nan, 0.6, 0.6, 0.7, 0.7, 0.7, nan, 0.7, 0.8]
    quick = {"plateau_patience": 0, "plateau_factor": 0.3, "plateau_min_rate": 0.002, "min_delta": 0.0}
    patient = {"plateau_patience": 2, "plateau_factor": 0.5, "plateau_min_rate": 0.0, "min_delta": 0.0}
    strict = {"plateau_patience": 1, "plateau_factor": 0.1, "plateau_min_rate": 0.0, "min_delta": 0.04}
    fixture = {
        "schedules": [
            schedule("constant", 5, 0.01),
            schedule("constant", 7, 0.3, warmup=4),
            schedule("step", 11, 0.01, step_epochs=3, step_factor=0.5),
            schedule("step", 12, 0.02, warmup=2, step_epochs=4, step_factor=0.1),
            schedule("cosine", 10, 0.01, cosine_min=0.0),
            schedule("cosine", 13, 0.01, warmup=3, cosine_min=0.1),
            schedule("cosine", 2, 0.01, warmup=1, cosine_min=1.0),
        ],
        "plateaus": [
            plateau(falling, 0.01, **quick),
            plateau(falling, 0.01, **patient),
            plateau(falling, 0.1, warmup=3, **patient),
            plateau(slow, 0.1, **strict),
            plateau(rising, 0.1, watched="accuracy", **patient),
            plateau(rising, 0.1, watched="accuracy", warmup=2, **quick),
        ],
        "smoothing": [
            smoothing(classes, weights, amount)
            for classes, weights in [(3, []), (3, [0.5, 1.0, 3.0]), (2, []), (7, [])]
            for amount in [0.0, 0.1, 0.6]
        ],
        "averages": [moving_average(decay, 8) for decay in [0.5, 0.9, 0.999]],
    }
    path = Path(__file__).parent.parent / "fixtures" / "schedules.json"
    path.write_text(json.dumps(fixture) + "\n")


if __name__ == "__main__":
    main()
