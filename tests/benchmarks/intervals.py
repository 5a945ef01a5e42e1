"""How often do the intervals of the parameters hold the truth? Asked for are 95 %.

python tests/benchmarks/intervals.py              100 samples of each mixture: about four minutes
python tests/benchmarks/intervals.py --samples 20
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import Mixture, fit, match_components
from gmm_core.judgement.intervals import parameter_intervals

# n, standard deviations between the two groups, weight of the first
MIXTURES = [(100, 4, 0.5), (300, 4, 0.3), (200, 3, 0.5)]


def truth(gap, weight):
    return Mixture([weight, 1 - weight], [[0, 0], [gap, 0]], [np.eye(2), np.diag([1.0, 2.0])])


def parameters(mixture):
    deviations = np.sqrt(np.diagonal(mixture.full_covariances, axis1=1, axis2=2))
    return mixture.weights, mixture.means, deviations


def covered(true, n, seed):
    """The shares of weights, means and deviations that are within, and how many replicates collapsed."""
    X, _ = true.sample(n, seed)
    mixture = fit(X, 2, start=true, tol=1e-6, max_iter=500).mixture
    found = parameter_intervals(mixture, X, random_state=seed)
    which = match_components(true, mixture)
    pairs = zip((found.weights, found.means, found.deviations), parameters(true), strict=True)
    shares = [np.mean((one.low <= value[which]) & (value[which] <= one.high)) for one, value in pairs]
    return shares, found.n_collapsed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=100)
    samples = parser.parse_args().samples
    print(
        f"{'n':>5} {'gap':>4} {'weight':>7} {'weights':>9} {'means':>7} {'deviations':>11} {'collapsed':>10}"
    )
    for n, gap, weight in MIXTURES:
        begun = time.process_time()
        found = [covered(truth(gap, weight), n, seed) for seed in range(samples)]
        weights, means, deviations = np.mean([shares for shares, _ in found], axis=0)
        collapsed = sum(lost for _, lost in found) / (200 * samples)
        print(
            f"{n:>5} {gap:>4} {weight:>7} {weights:>9.1%} {means:>7.1%} {deviations:>11.1%} "
            f"{collapsed:>10.2%}   {(time.process_time() - begun) / samples:.2f} s each",
            flush=True,
        )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
