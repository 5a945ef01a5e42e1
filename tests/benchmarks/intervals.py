"""How often do the intervals of the parameters hold the truth? Asked for are 95 %.

python tests/benchmarks/intervals.py              500 samples of each mixture by information, and of the first
                                                  100 of them by bootstrap: about half an hour
python tests/benchmarks/intervals.py --samples 50 --bootstrapped 10
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import Mixture, fit, match_components
from gmm_core.judgement.information import information_intervals
from gmm_core.judgement.intervals import PARTS, parameter_intervals

# n, standard deviations between the two groups, weight of the first: from well apart to overlapping
MIXTURES = [(300, 5, 0.5), (100, 4, 0.5), (300, 4, 0.3), (500, 3, 0.5), (500, 2.5, 0.5), (2000, 2, 0.5)]
MEASURES = {
    "information": lambda mixture, X, seed: information_intervals(mixture, X),
    "bootstrap": lambda mixture, X, seed: parameter_intervals(mixture, X, reg_covar=0, random_state=seed),
}


def truth(gap, weight):
    return Mixture([weight, 1 - weight], [[0, 0], [gap, 0]], [np.eye(2), np.diag([1.0, 2.0])])


def covered(true, n, seed, measure):
    """The shares of weights, means, deviations and covariances that are within; None where there are none."""
    X, _ = true.sample(n, seed)
    mixture = fit(X, 2, start=true, reg_covar=0, tol=1e-9, max_iter=5000).mixture
    try:
        found = measure(mixture, X, seed)
    except ValueError:
        return None
    which = match_components(true, mixture)
    shares = []
    for name, of in PARTS.items():
        one, value = getattr(found, name), of(true)[which]
        within = (one.low <= value) & (value <= one.high)
        # The variances are squares of the deviations.
        shares.append(np.mean(within[:, 0, 1] if name == "covariances" else within))
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--bootstrapped", type=int, default=100)
    asked = parser.parse_args()
    samples = {"information": asked.samples, "bootstrap": asked.bootstrapped}
    print(f"{'n':>5} {'gap':>4} {'weight':>6} {'by':>12} {'samples':>8}", end="")
    print("".join(f"{name:>12}" for name in PARTS), f"{'none':>6} {'seconds each':>13}")
    for n, gap, weight in MIXTURES:
        for name, measure in MEASURES.items():
            begun = time.process_time()
            found = [covered(truth(gap, weight), n, seed, measure) for seed in range(samples[name])]
            took = (time.process_time() - begun) / max(samples[name], 1)
            there = [shares for shares in found if shares is not None]
            print(f"{n:>5} {gap:>4} {weight:>6} {name:>12} {samples[name]:>8}", end="")
            shown = np.mean(there, axis=0) if there else np.full(len(PARTS), np.nan)
            print("".join(f"{share:>12.1%}" for share in shown), end="")
            print(f"{len(found) - len(there):>7} {took:>13.3f}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
