"""How long races, maps and bootstrap tests take, and how many times as fast as one run after another.

    python tests/benchmarks/many_starts.py            all
    python tests/benchmarks/many_starts.py --quick    without scikit-learn, the map and the bootstrap test

Processor seconds with one BLAS thread: a busy machine changes the seconds, and hardly the ratios. All runs
begin at the same starts and end by the same rule, and the table says how far their ends are apart.
"""

import argparse
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import fit
from gmm_core.judgement.bootstrap import bootstrap_test
from gmm_core.judgement.held_out import held_out
from gmm_core.judgement.optima import end_states
from gmm_core.judgement.race import draw_starts, run_race
from gmm_core.judgement.selection import sweep_models

INITS = ("kmeans", "k-means++", "random_from_data", "random")
# n, d, k, family, tol, seeds for each of the four initialisations
RACES = [
    (1_000, 2, 3, "full", 1e-8, 25),
    (1_000, 2, 3, "full", 1e-3, 25),
    (1_000, 2, 3, "tied", 1e-8, 25),
    (1_000, 2, 3, "diag", 1e-8, 25),
    (1_000, 2, 3, "spherical", 1e-8, 25),
    (1_000, 8, 5, "full", 1e-6, 5),
    (20_000, 2, 3, "full", 1e-5, 5),
]
# The first race may take 2 seconds, and the map 15.


def data(n, d):
    X, _ = make_blobs(n, n_features=d, centers=3, cluster_std=2.5, random_state=20)
    return X @ np.random.RandomState(0).randn(d, d)


def seconds(work):
    begun = time.process_time()
    done = work()
    return time.process_time() - begun, done


def sklearn_run(X, start, **options):
    matrices = start.covariance_type in ("full", "tied")
    return GaussianMixture(
        start.n_components,
        covariance_type=start.covariance_type,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances) if matrices else 1 / start.covariances,
        **options,
    ).fit(X)


def measure(n, d, k, family, tol, seeds, quick):
    X = data(n, d)
    drawing, starts = seconds(lambda: list(draw_starts(X, k, INITS, range(seeds), covariance_type=family)))
    racing, race = seconds(lambda: run_race(X, starts, tol=tol))
    grouping, _ = seconds(lambda: end_states(race, X))
    options = {"tol": tol, "max_iter": 10_000}

    def one_by_one():
        return [fit(X, k, covariance_type=family, start=start.mixture, **options) for start in starts]

    apart, traces = seconds(one_by_one)
    last = race.log_likelihoods / n
    gap = max(abs(one - trace.log_likelihood) for one, trace in zip(last, traces, strict=True))
    theirs = ""
    if not quick:
        taken, _ = seconds(lambda: [sklearn_run(X, start.mixture, **options) for start in starts])
        theirs = f"{taken / racing:.1f}"
    print(
        f"{n:>7} {d:>2} {k:>2} {family:<9} {tol:>6.0e} {len(starts):>6} {race.n_iter.sum():>10} "
        f"{drawing:>6.2f} s {racing:>6.2f} s {grouping:>6.2f} s "
        f"{apart / racing:>6.1f} {theirs:>9} {gap:>10.1e}",
        flush=True,
    )


def races(quick):
    print(
        f"{'n':>7} {'d':>2} {'k':>2} {'family':<9} {'tol':>6} {'starts':>6} {'iterations':>10} "
        f"{'drawing':>8} {'race':>8} {'ends':>8} {'x fit':>6} {'x sklearn':>9} {'difference':>10}"
    )
    for case in RACES:
        measure(*case, quick)


def bootstrap(X, k):
    taken, _ = seconds(lambda: list(bootstrap_test(X, k, n_bootstrap=99)))
    print(f"bootstrap test of {k} against {k + 1} with 99 samples: {taken:.1f} s", flush=True)


def longer():
    X = data(1_000, 2)
    taken, comparison = seconds(lambda: sweep_models(X, range(1, 11), n_starts=5, to_the_end=True))
    runs = sum(len(one.attempts) for one in comparison.fits)
    print(f"map of 10 k x 4 families x 5 starts, every start to the end: {taken:.1f} s for {runs} runs")
    taken, found = seconds(lambda: list(held_out(X, range(1, 11), n_starts=5)))
    print(f"the same by cross-validation in 5 folds: {taken:.1f} s for {len(found)} cells")
    for k in (1, 3):
        bootstrap(X, k)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ratios against our own fit alone")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore", ConvergenceWarning)
    with threadpool_limits(1):
        races(quick)
        if not quick:
            longer()


if __name__ == "__main__":
    main()
