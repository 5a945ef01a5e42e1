"""How many times as fast as scikit-learn, from the same start, with one BLAS thread each.

    python tests/benchmarks/engine.py            the table of the README
    python tests/benchmarks/engine.py --quick    fewer repetitions

Per iteration: the difference between a long and a short run, so that starting up does not count. The
machines are noisy, so both sides take the fastest of several runs, alternating.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from gmm_core import Mixture, fit

sys.path.insert(0, str(Path(__file__).parents[2]))

SHORT = 2
# n, d, k, family, iterations beyond SHORT, and the ratio that must be reached
CASES = [
    (1_000, 2, 3, "full", 40, None),
    (10_000, 2, 3, "full", 20, None),
    (100_000, 2, 3, "full", 10, 15),
    (1_000_000, 2, 5, "full", 4, 25),
    (1_000_000, 1, 3, "full", 4, None),
    (100_000, 8, 8, "full", 6, 10),
    (20_000, 64, 10, "full", 4, 1.5),
    (100_000, 8, 8, "tied", 6, None),
    (100_000, 8, 8, "diag", 6, None),
    (100_000, 8, 8, "spherical", 6, None),
    ("digits", 64, 10, "diag", 20, None),
]


def data(n, d, k):
    if n == "digits":
        return load_digits().data / 16
    X, _ = make_blobs(n, n_features=d, centers=k, cluster_std=2.5, random_state=20)
    return X @ np.random.RandomState(0).randn(d, d)


def start(X, k, family):
    """A common start: k rows as means, the variances of the whole data."""
    means = X[np.random.RandomState(1).choice(len(X), k, replace=False)]
    variances = X.var(axis=0) + 1e-2
    covariances = {
        "full": np.tile(np.diag(variances), (k, 1, 1)),
        "tied": np.diag(variances),
        "diag": np.tile(variances, (k, 1)),
        "spherical": np.full(k, variances.mean()),
    }[family]
    precisions = np.linalg.inv(covariances) if family in ("full", "tied") else 1 / covariances
    return Mixture(np.full(k, 1 / k), means, covariances, family), precisions


def measure(n, d, k, family, iterations, repeats):
    X = data(n, d, k)
    mixture, precisions = start(X, k, family)
    reg_covar = 1e-3

    def ours(max_iter):
        return fit(
            X, k, covariance_type=family, start=mixture, reg_covar=reg_covar, tol=0, max_iter=max_iter
        ).mixture

    def theirs(max_iter):
        return GaussianMixture(
            k,
            covariance_type=family,
            weights_init=mixture.weights,
            means_init=mixture.means,
            precisions_init=precisions,
            reg_covar=reg_covar,
            tol=0,
            max_iter=max_iter,
        ).fit(X)

    best = {}
    for _ in range(repeats):
        for name, run in (("ours", ours), ("theirs", theirs)):
            for max_iter in (SHORT, SHORT + iterations):
                begun = time.perf_counter()
                run(max_iter)
                taken = time.perf_counter() - begun
                best[name, max_iter] = min(taken, best.get((name, max_iter), np.inf))
    each = {
        name: (best[name, SHORT + iterations] - best[name, SHORT]) / iterations for name in ("ours", "theirs")
    }
    mine, other = ours(SHORT + iterations), theirs(SHORT + iterations)
    gap = max(
        np.abs(mine.means - other.means_).max() / np.abs(other.means_).max(),
        np.abs(mine.covariances - other.covariances_).max() / np.abs(other.covariances_).max(),
        np.abs(mine.weights - other.weights_).max(),
    )
    whole = best["theirs", SHORT + iterations] / best["ours", SHORT + iterations]
    return each["ours"], each["theirs"], whole, gap


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two repetitions in place of five")
    repeats = 2 if parser.parse_args().quick else 5
    warnings.simplefilter("ignore", ConvergenceWarning)
    print(
        f"{'n':>9} {'d':>3} {'k':>3} {'family':<10} {'ours':>10} {'sklearn':>10} "
        f"{'ratio':>6} {'whole':>6} {'wanted':>6} {'difference':>10}"
    )
    with threadpool_limits(1):
        for n, d, k, family, iterations, wanted in CASES:
            ours, theirs, whole, gap = measure(n, d, k, family, iterations, repeats)
            print(
                f"{n:>9} {d:>3} {k:>3} {family:<10} {ours * 1e3:>7.2f} ms {theirs * 1e3:>7.1f} ms "
                f"{theirs / ours:>5.1f}x {whole:>5.1f}x {wanted or '':>6} {gap:>10.1e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
