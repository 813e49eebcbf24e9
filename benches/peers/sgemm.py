#!/usr/bin/env python3
"""GFLOP/s of numpy's and torch's product of 1024 x 1024 matrices in single precision, on one thread.

    OPENBLAS_NUM_THREADS=1 python sgemm.py
"""

import json
import time

import numpy as np
import torch

SIZE = 1024


def rate(product, repeats=9, calls=5):
    product()
    best = float("inf")
    for _ in range(repeats):
        begin = time.perf_counter()
        for _ in range(calls):
            product()
        best = min(best, (time.perf_counter() - begin) / calls)
    return 2 * SIZE**3 / best * 1e-9


def main():
    torch.set_num_threads(1)
    a, b = (np.random.default_rng(seed).random((SIZE, SIZE), dtype=np.float32) - 0.5 for seed in (1, 2))
    c, x, y = np.empty_like(a), torch.from_numpy(a), torch.from_numpy(b)
    z = torch.empty_like(x)
    rates = {"numpy": rate(lambda: np.matmul(a, b, out=c)), "torch": rate(lambda: torch.mm(x, y, out=z))}
    print(json.dumps({"work": "sgemm", "threads": 1, "shape": [SIZE] * 3, "rates": rates}))


if __name__ == "__main__":
    main()
