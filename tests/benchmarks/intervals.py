"""How often do the intervals of the parameters hold the truth? Asked for are 95%.

python tests/benchmarks/intervals.py         500 samples of each mixture, by information and by likelihood
python tests/benchmarks/intervals.py --only 3 --samples 120 --bootstrapped 120       and by bootstrap, of one
python tests/benchmarks/intervals.py --dof 4         of t distributions, with free degrees of freedom
"""

import argparse
import sys
import time
from operator import attrgetter
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import Mixture, fit, match_components
from gmm_core.judgement.information import information_intervals
from gmm_core.judgement.intervals import PARTS, parameter_intervals
from gmm_core.judgement.likelihood import Top, parameters

# n, standard deviations between the two groups, weight of the first: from well apart to overlapping
MIXTURES = [
    *((300, 5, 0.5), (100, 4, 0.5), (300, 4, 0.3), (100, 3, 0.5)),
    *((500, 2.5, 0.5), (300, 2.5, 0.5), (300, 2, 0.5)),
]
KINDS = ["weights", "means", "deviations", "covariances"]
VALUES = PARTS | {"dof": attrgetter("dof")}


def truth(gap, weight, dof=None):
    tails = None if dof is None else [dof, dof]
    return Mixture([weight, 1 - weight], [[0, 0], [gap, 0]], [np.eye(2), np.diag([1.0, 2.0])], dof=tails)


def by_information(true, mixture, X, seed):
    return within(true, information_intervals(mixture, X))


def by_bootstrap(true, mixture, X, seed):
    return within(true, parameter_intervals(mixture, X, n_replicates=100, reg_covar=0, random_state=seed))


def within(true, found):
    """Of each kind, whether each interval holds the truth."""
    held = {}
    for name in KINDS:
        one, value = getattr(found, name), VALUES[name](true)
        inside = (one.low <= value) & (value <= one.high)
        # The variances are squares of the deviations.
        held[name] = inside[:, 0, 1] if name == "covariances" else inside[~np.isnan(one.error)]
    return held


def by_likelihood(true, mixture, X, seed):
    """The same, asked directly: at the truth, the likelihood has not fallen as far as at an end."""
    top, held = Top.of(mixture, X, None), {name: [] for name in KINDS}
    for one in parameters(information_intervals(mixture, X)):
        value = one.value(true)
        there = top.held(one, value)
        fall = np.inf if there is None else 2 * (top.log_likelihood - there.log_likelihood)
        variance = one.part == "covariances" and one.at[1] == one.at[2]
        inside = fall <= one.falls[int(value > one.value(mixture))]
        held["deviations" if variance else one.part].append(inside)
    return held


MEASURES = {"information": by_information, "likelihood": by_likelihood, "bootstrap": by_bootstrap}


def covered(true, n, seed, measure):
    """Of each kind the shares of the parameters that are within; None where there are no intervals."""
    X, _ = true.sample(n, seed)
    how = {"accelerate": True} if true.dof is None else {"dof": "each"}
    mixture = fit(X, 2, start=true, reg_covar=0, tol=1e-9, max_iter=5000, **how).mixture
    which = match_components(true, mixture)
    tails = None if true.dof is None else true.dof[which]
    one = Mixture(true.weights[which], true.means[which], true.covariances[which], dof=tails)
    try:
        held = measure(one, mixture, X, seed)
    except ValueError:
        return None
    return [np.mean(held[name]) if len(held[name]) else np.nan for name in KINDS]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=500)
    parser.add_argument("--bootstrapped", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", help="the numbers of some mixtures, from 0")
    parser.add_argument("--dof", type=float, help="t distributions with so many degrees of freedom")
    asked = parser.parse_args()
    samples = {"bootstrap": asked.bootstrapped}
    if asked.dof is not None:
        KINDS.append("dof")
        samples["likelihood"] = 0  # of Gaussians alone
    print(f"{'n':>5} {'gap':>4} {'weight':>6} {'by':>12} {'samples':>8}", end="")
    print("".join(f"{name:>12}" for name in KINDS), f"{'none':>6} {'seconds each':>13}")
    for n, gap, weight in [MIXTURES[i] for i in asked.only or range(len(MIXTURES))]:
        for name, measure in MEASURES.items():
            some = samples.get(name, asked.samples)
            if not some:
                continue
            begun = time.process_time()
            found = [covered(truth(gap, weight, asked.dof), n, seed, measure) for seed in range(some)]
            took = (time.process_time() - begun) / some
            there = [shares for shares in found if shares is not None]
            print(f"{n:>5} {gap:>4} {weight:>6} {name:>12} {some:>8}", end="")
            shown = np.nanmean(there, axis=0) if there else np.full(len(KINDS), np.nan)
            print("".join(f"{share:>12.1%}" for share in shown), end="")
            print(f"{len(found) - len(there):>7} {took:>13.3f}", flush=True)


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
