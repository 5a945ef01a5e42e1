"""What noise, t distributions and a prior cost beside plain EM, and how many strays are found.

    .venv/bin/python tests/benchmarks/strays.py

Times are of an iteration, on one core, and ratios to a plain one in the same process. Strays are rows drawn
uniformly over a wide box, beside three groups. Found are those that are most probably noise, and wrongly
the rows of groups among these.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import fit

KINDS = {"plain": {}, "prior": {"prior": True}, "noise": {"noise": True}, "t": {"dof": "each"}}
SIZES = ((1_000, 2, 3), (20_000, 4, 5), (100_000, 8, 5))
ITERATIONS = 10
SHARES = (0.0, 0.02, 0.05, 0.1, 0.2)


def contaminated(n: int, d: int, k: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of k groups, a share of them strays, and which (n,) are."""
    rng = np.random.default_rng(seed)
    centres = 8 * rng.permutation(np.eye(max(d, k))[:k, :d] + np.arange(k)[:, np.newaxis] * np.eye(d)[0])
    X = rng.normal(size=(n, d)) + centres[rng.integers(k, size=n)]
    strays = np.arange(n) < round(share * n)
    X[strays] = rng.uniform(centres.min() - 10, centres.max() + 10, (strays.sum(), d))
    return X, strays


def seconds(X: np.ndarray, k: int, options: dict) -> float:
    """Of an iteration: the difference between a longer and a shorter run from one start."""
    start = fit(X, k, init="spread_rows", random_state=0, max_iter=0, **options).mixture
    times = []
    for iterations in (1, 1 + ITERATIONS):
        best = np.inf
        for _ in range(3):
            begun = perf_counter()
            fit(X, k, start=start, tol=0, max_iter=iterations, prior=options.get("prior"))
            best = min(best, perf_counter() - begun)
        times.append(best)
    return (times[1] - times[0]) / ITERATIONS


def main() -> None:
    with threadpool_limits(1):
        print(f"{'rows':>8}{'d':>3}{'k':>3}" + "".join(f"{name:>22}" for name in KINDS))
        for n, d, k in SIZES:
            X, _ = contaminated(n, d, k, 0.05, 0)
            of_kinds = {name: seconds(X, k, options) for name, options in KINDS.items()}
            plain = of_kinds["plain"]
            told = "".join(f"{1e3 * t:>12.2f} ms {t / plain:>5.1f} x" for t in of_kinds.values())
            print(f"{n:>8}{d:>3}{k:>3}{told}")
        print(
            f"\n{'strays':>8}{'found':>8}{'wrongly':>9}{'weight':>8}"
            f"{'worst deviation, noise':>24}{'plain':>8}"
        )
        for share in SHARES:
            found, wrong, weights, noisy, plain_ = [], [], [], [], []
            for seed in range(10):
                X, strays = contaminated(1_000, 2, 3, share, seed)
                mixture = fit(X, 3, noise=True, tol=1e-6, max_iter=300, random_state=seed).mixture
                called = mixture.labels(X) == -1
                found.append(called[strays].mean() if share else np.nan)
                wrong.append(called[~strays].mean())
                weights.append(mixture.noise_weight)
                noisy.append(mixture.deviations.max())
                plain_.append(fit(X, 3, tol=1e-6, max_iter=300, random_state=seed).mixture.deviations.max())
            print(
                f"{share:>8.0%}{np.mean(found):>8.1%}{np.mean(wrong):>9.2%}{np.mean(weights):>8.3f}"
                f"{np.median(noisy):>24.2f}{np.median(plain_):>8.2f}"
            )


if __name__ == "__main__":
    main()
