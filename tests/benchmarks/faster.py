"""How much faster is accelerated EM to the same likelihood? Ten datasets that overlap, and three that do not.

python tests/benchmarks/faster.py                    full covariances: about a minute
python tests/benchmarks/faster.py --family diag
python tests/benchmarks/faster.py --starts 20        and how often both end on the same top, from random rows

Both begin at the same start, k-means with seed 0, and run to a change of 1e-10 per row. What is counted are
passes over the rows, each an E-step and an M-step, those of guesses that were given up too; beside it stand
the iterations, which a guess that was given up is none of. Seconds are processor time, the least of three.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parent))

from starts import drawn

from gmm_core import fit, load_dataset, make_blobs_data
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import way_named

TOL, MOST = 1e-10, 20_000
SAME = 1e-6  # of the log-likelihood, per row


def blobs(n, k, std, seed):
    return make_blobs_data(n, k, cluster_std=std, random_state=seed, stretch=False).X


DATASETS = {
    "overlapping": (lambda: load_dataset("overlapping").X, 3),
    "notebook_1d": (lambda: load_dataset("notebook_1d").X, 3),
    "unequal_sizes": (lambda: load_dataset("unequal_sizes").X, 3),
    "uniform_noise": (lambda: load_dataset("uniform_noise").X, 4),
    "two that touch, 5,000 x 1": (lambda: drawn(5000, 1, 2, 1.0, 5), 2),
    "three, 1,000 x 2": (lambda: drawn(1000, 2, 3, 1.0, 3), 3),
    "three blobs, 3,000 x 2": (lambda: blobs(1000, 3, 4.0, 17), 3),
    "five, 2,000 x 5": (lambda: drawn(2000, 5, 5, 0.8, 4), 5),
    "four, 20,000 x 3": (lambda: drawn(20_000, 3, 4, 1.2, 6), 4),
    "three, 100,000 x 2": (lambda: drawn(100_000, 2, 3, 0.8, 8), 3),
}
APART = {
    "tutorial_1000": (lambda: load_dataset("tutorial_1000").X, 5),
    "moons": (lambda: load_dataset("moons").X, 4),
    "8 of 4 features": (lambda: drawn(600, 4, 8, 2.0, 1), 8),
}


def run(X, way, start, reg_covar):
    """The climb, and its seconds."""
    spent = []
    for _ in range(3):
        begun = time.process_time()
        climbed = climb(X, way_named(way), start, reg_covar=reg_covar, tol=TOL, max_iter=MOST)
        spent.append(time.process_time() - begun)
        if spent[0] > 5:
            break
    return climbed, min(spent)


def both(name, X, k, family, reg_covar):
    """A line of the table; the two ratios."""
    start = fit(X, k, covariance_type=family, random_state=0, reg_covar=reg_covar, max_iter=0).mixture
    (em, em_seconds), (fast, seconds) = (run(X, way, start, reg_covar) for way in ("em", "accelerated"))
    passes = [int(one.passes[-1]) for one in (em, fast)]
    fewer, faster = passes[0] / passes[1], em_seconds / seconds
    gap = fast.trace.log_likelihood - em.trace.log_likelihood
    same = "same top" if abs(gap) < SAME else "another top"
    print(
        f"{name:28}{passes[0]:8,}{passes[1]:8,}{fast.trace.n_iter:8,}{fast.fell_back:6}{fewer:9.1f}"
        f"{1000 * em_seconds:10,.0f}{1000 * seconds:8,.0f}{faster:8.1f}{gap:+10.0e}  {same}"
        f"{'' if em.trace.converged else ', EM not at its end'}"
    )
    return fewer, faster


def tops(n_starts, family, reg_covar):
    """How often both end on the same top, from random rows."""
    found = Counter()
    for make, k in DATASETS.values():
        X = make()[:2000]
        for seed in range(n_starts):
            how = {"covariance_type": family, "reg_covar": reg_covar, "init": "random_from_data"}
            start = fit(X, k, random_state=seed, max_iter=0, **how).mixture
            em, fast = (
                climb(X, way_named(way), start, reg_covar=reg_covar, tol=1e-9, max_iter=5000).trace
                for way in ("em", "accelerated")
            )
            if not (em.converged and fast.converged):
                found["one is not at its end"] += 1
                continue
            gap = fast.log_likelihood - em.log_likelihood
            found["the same" if abs(gap) < 1e-5 else "a higher" if gap > 0 else "a lower"] += 1
    print(f"of {found.total()} starts, accelerated EM ends on this top: {dict(found)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--family", default="full")
    parser.add_argument("--reg-covar", type=float, default=0.0)
    parser.add_argument("--starts", type=int, default=0)
    asked = parser.parse_args()
    with threadpool_limits(1):
        if asked.starts:
            tops(asked.starts, asked.family, max(asked.reg_covar, 1e-6))
            return
        print(
            f"{'':28}{'passes':>16}{'iter.':>8}{'given':>6}{'times':>9}{'ms':>18}{'times':>8}{'likelihood':>11}\n"
            f"{'':28}{'EM':>8}{'fast':>8}{'':8}{'up':>6}{'fewer':>9}{'EM':>10}{'fast':>8}{'faster':>8}"
        )
        ratios = [
            both(name, make(), k, asked.family, asked.reg_covar) for name, (make, k) in DATASETS.items()
        ]
        fewer, faster = np.array(ratios).T
        print(
            f"of ten: {np.sum(fewer >= 5)} with 5 times fewer passes, {np.sum(faster >= 3)} 3 times faster; "
            f"medians {np.median(fewer):.1f} and {np.median(faster):.1f}\nthat do not overlap:"
        )
        for name, (make, k) in APART.items():
            both(name, make(), k, asked.family, asked.reg_covar)


if __name__ == "__main__":
    main()
