"""What mclust's fourteen models cost: VVV beside `full`, an iteration of each, and a whole map.

    python tests/benchmarks/models.py              all, a minute or two
    python tests/benchmarks/models.py --only ratio
    python tests/benchmarks/models.py --only map

Asked: VVV at most 1.3 times `full`; a map of 14 models, k up to 10 and 5 starts on 1,000 points in 20 s on
two cores. Ratios are of runs that take turns, the fastest of each; the map is told in seconds of processors
too, which a busy machine changes less.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import fit, load_dataset
from gmm_core.engine.covariance import FAST, MODELS
from gmm_core.judgement.selection import fits

SIZES = ((300, 2, 3), (10_000, 2, 3), (100_000, 2, 3), (1_000, 4, 3), (10_000, 8, 5))
TURNS = 15


def groups(n: int, d: int, k: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 4 * rng.normal(size=(k, d))[np.arange(n) % k]


def seconds(X: np.ndarray, k: int, name: str, iterations: int = 20) -> float:
    """Of an iteration, in a run of so many."""
    start = fit(X, k, covariance_type=name, init="kmeans", random_state=0, max_iter=0).mixture
    began = time.perf_counter()
    fit(X, k, covariance_type=name, start=start, tol=0, max_iter=iterations)
    return (time.perf_counter() - began) / iterations


def ratios() -> None:
    print("an iteration through the general form, in times of the fast family's")
    print(f"{'n, d, k':16}" + "".join(f"{f'{model}/{family}':>15}" for model, family in FAST.items()))
    for n, d, k in SIZES:
        X = groups(n, d, k)
        cells = []
        for pair in FAST.items():
            turns = np.array([[seconds(X, k, name) for name in pair] for _ in range(TURNS if n < 1e5 else 4)])
            ours, fast = turns.min(axis=0)
            cells.append(f"{ours / fast:15.2f}")
        print(f"{f'{n:,} {d} {k}':16}" + "".join(cells))


def iterations() -> None:
    X, k = groups(1_000, 4, 3), 3
    full = min(seconds(X, k, "full") for _ in range(5))
    print(f"\nan iteration on 1,000 rows of 4 features, k = 3, in times of full's {full * 1e6:.0f} us")
    for name in MODELS:
        print(f"  {name} {min(seconds(X, k, name) for _ in range(5)) / full:6.1f}")


def row(name: str) -> tuple[str, float, int]:
    X, began = load_dataset("tutorial_1000").X, time.process_time()
    found = list(fits(X, range(1, 11), [name], 5, to_the_end=True))
    return name, time.process_time() - began, sum(one.n_iter for fit in found for one in fit.attempts)


def whole_map() -> None:
    print(
        "\na map of fourteen models, k from 1 to 10, 5 starts each to their end, 1,000 points, two processes"
    )
    began = time.perf_counter()
    with ProcessPoolExecutor(2) as pool:
        rows = list(pool.map(row, MODELS))
    for name, took, n_iter in rows:
        print(f"  {name} {took:5.1f} s of a processor, {n_iter:6,} iterations")
    total = sum(took for _, took, _ in rows)
    print(
        f"  {time.perf_counter() - began:.1f} s in all, {total:.1f} s of processors, {total / 2:.1f} s on two"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=("ratio", "each", "map"))
    only = parser.parse_args().only
    for name, part in {"ratio": ratios, "each": iterations, "map": whole_map}.items():
        if only in (None, name):
            part()
