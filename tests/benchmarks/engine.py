"""How many times as fast as scikit-learn, in CPU time, from the same start, with one BLAS thread each.

    python tests/benchmarks/engine.py            the table
    python tests/benchmarks/engine.py --readme   and into the README
    python tests/benchmarks/engine.py --quick    without the large ones
    python tests/benchmarks/engine.py --weights  how many times the time a fit takes where rows have weights
    python tests/benchmarks/engine.py --missing  and where values are missing, in six patterns

For each family, of fits of 20 iterations from a common start, and of whole fits with all defaults, k-means
start included. Machines are noisy, so both sides take the fastest of several runs, alternating; it is
the time of the processor, so that other programs do not count.
"""

import argparse
import sys
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits, load_iris, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture
from threadpoolctl import threadpool_limits

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from gmm_core import GaussianMixture, fit, start_at  # noqa: E402

README = ROOT / "README.md"
BEGIN, END = "<!-- measured by tests/benchmarks/engine.py -->", "<!-- the end of what was measured -->"
FAMILIES = ("full", "tied", "diag", "spherical")
ITERATIONS = 20
SECONDS = 1.0  # for the repetitions of one fit; a large one is made once


def blobs(n, d, k):
    return make_blobs(n, n_features=d, centers=k, cluster_std=2.5, random_state=20)[0]


def with_a_far_row(X):
    X = X.copy()
    X[7] = 1e4
    return X


# What it is called, the data, k, options beyond the defaults, and whether it is large.
CASES = [
    ("20 x 2", lambda: blobs(20, 2, 2), 2, {}, False),
    ("iris, 150 x 4", lambda: load_iris().data, 3, {}, False),
    ("500 x 2", lambda: blobs(500, 2, 3), 3, {}, False),
    ("5,000 x 10", lambda: blobs(5_000, 10, 5), 5, {}, False),
    ("20,000 x 8", lambda: blobs(20_000, 8, 8), 8, {}, False),
    ("20,000 x 8, a far row", lambda: with_a_far_row(blobs(20_000, 8, 8)), 8, {}, False),
    ("digits, 1,797 x 64", lambda: load_digits().data, 10, {}, False),
    ("100,000 x 2", lambda: blobs(100_000, 2, 3), 3, {}, True),
    ("100,000 x 8", lambda: blobs(100_000, 8, 8), 8, {}, True),
    ("1,000,000 x 2", lambda: blobs(1_000_000, 2, 5), 5, {}, True),
    ("5,000 x 30, rows", lambda: blobs(5_000, 30, 100), 100, {"init_params": "random_from_data"}, True),
    ("2,000 x 256", lambda: blobs(2_000, 256, 5), 5, {}, True),
    ("1,500 x 500", lambda: blobs(1_500, 500, 3), 3, {}, True),
]


def precisions(X, k, family):
    variances = X.var(axis=0) + 1e-2
    return {
        "full": np.tile(np.diag(1 / variances), (k, 1, 1)),
        "tied": np.diag(1 / variances),
        "diag": np.tile(1 / variances, (k, 1)),
        "spherical": np.full(k, 1 / variances.mean()),
    }[family]


def from_a_common_start(X, k, family, options):
    """Options of a fit of 20 iterations: rows as means and the variances of the whole data, unless another
    start is asked for."""
    how = {"covariance_type": family, "tol": 0, "max_iter": ITERATIONS, "random_state": 1, **options}
    if "init_params" in options:
        return how
    means = X[np.random.RandomState(1).choice(len(X), k, replace=False)]
    start = {
        "weights_init": np.full(k, 1 / k),
        "means_init": means,
        "precisions_init": precisions(X, k, family),
    }
    return how | start


def ratio(one, other, least):
    """How many times the time that `other` takes `one` does, both functions without arguments."""
    best = {one: np.inf, other: np.inf}
    begun, repetitions = time.perf_counter(), 0
    while repetitions < least or time.perf_counter() - begun < SECONDS:
        for work in best:
            at = time.process_time()
            work()
            best[work] = min(best[work], time.process_time() - at)
        repetitions += 1
    return best[one] / best[other]


def against_sklearn(X, k, options, least):
    """How many times as fast as theirs ours is."""
    theirs, ours = (partial(kind(k, **options).fit, X) for kind in (SklearnMixture, GaussianMixture))
    return ratio(theirs, ours, least)


def with_weights(X, k, options, least):
    """How many times the time of a fit one with weights takes, from 1 to 5."""
    weights = np.random.RandomState(0).randint(1, 6, len(X)).astype(float)
    model = GaussianMixture(k, **options)
    return ratio(partial(model.fit, X, sample_weight=weights), partial(model.fit, X), least)


def with_gaps(X, k, options, least):
    """How many times the time of a fit one takes with six patterns of missing values, one of them none."""
    rng = np.random.RandomState(0)
    hidden = rng.uniform(size=(6, X.shape[1])) < 0.3
    hidden[0] = hidden[:, -1] = False
    hidden[1, 0] = True
    gaps = np.where(hidden[rng.randint(6, size=len(X))], np.nan, X)
    how = {"covariance_type": options["covariance_type"], "random_state": 0, "missing": "observed"}
    if "means_init" in options:  # from a common start
        how |= {"tol": 0, "max_iter": ITERATIONS}
        how["start"] = start_at(X, options["means_init"], covariance_type=how["covariance_type"])
    return ratio(partial(fit, gaps, k, **how), partial(fit, X, k, **how), least)


def lines(quick, compared):
    head = f"{'rows x features':<22} {'k':>3}   {'20 iterations':<27} {'whole fit, k-means start':<27}"
    yield head.rstrip()
    yield f"{'':<28} {'  '.join(f'{name[:4]:>5}' for name in FAMILIES)}   " + "  ".join(
        f"{name[:4]:>5}" for name in FAMILIES
    )
    for name, make, k, options, large in CASES:
        if large and quick:
            continue
        X = make()
        least = 1 if large else 3
        again = [compared(X, k, from_a_common_start(X, k, family, options), least) for family in FAMILIES]
        whole = [
            compared(X, k, {"covariance_type": f, "random_state": 0, **options}, least) for f in FAMILIES
        ]
        cells = ["  ".join(f"{one:>5.2g}" for one in found) for found in (again, whole)]
        yield f"{name:<22} {k:>3}   {cells[0]}   {cells[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="without the large tables")
    parser.add_argument(
        "--weights", action="store_true", help="fits with weights of rows against those without"
    )
    parser.add_argument(
        "--missing", action="store_true", help="fits with missing values against those without"
    )
    parser.add_argument("--readme", action="store_true", help="write the table into the README")
    asked = parser.parse_args()
    compared = with_weights if asked.weights else with_gaps if asked.missing else against_sklearn
    warnings.simplefilter("ignore", ConvergenceWarning)
    table = []
    with threadpool_limits(1):
        for line in lines(asked.quick, compared):
            print(line, flush=True)
            table.append(f"    {line}")
    if asked.readme and compared is against_sklearn:
        before, rest = README.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        README.write_text(f"{before}{BEGIN}\n\n" + "\n".join(table) + f"\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
