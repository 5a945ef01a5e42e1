"""What the verdict says of data whose answer is known, and how often it is wrong.

    python tests/benchmarks/known_data.py                    all, about half an hour
    python tests/benchmarks/known_data.py --only known       the datasets and the shapes without groups
    python tests/benchmarks/known_data.py --only one         samples of one Gaussian
    python tests/benchmarks/known_data.py --only two         samples of two, 4 deviations apart
    python tests/benchmarks/known_data.py --only findings    how often the quality layer cries wolf
    python tests/benchmarks/known_data.py --only two --first 100 --count 50

Old Faithful (R, Azzalini & Bowman 1990) and the Palmer penguins (Gorman, Williams & Fraser 2014, CC0) stand
beside this file; iris and wine are scikit-learn's.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_iris, load_wine

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core.judgement import quality
from gmm_core.judgement.selection import sweep_models
from gmm_core.judgement.verdict import Verdict, judge

DATA = Path(__file__).parent / "data"
SAMPLES = 300
APART = 4.0  # deviations between two groups


class Known(NamedTuple):
    """Rows (n, d), and the numbers of groups that are right."""

    X: np.ndarray
    groups: tuple[int, ...]


def csv(name: str) -> np.ndarray:
    return np.loadtxt(DATA / f"{name}.csv", delimiter=",", skiprows=1)


def standardised(X: np.ndarray) -> np.ndarray:
    return (X - X.mean(axis=0)) / X.std(axis=0)


SETS: dict[str, Callable[[], Known]] = {
    "iris": lambda: Known(load_iris().data, (2, 3)),
    "Old Faithful": lambda: Known(csv("faithful"), (2,)),
    "penguins, standardised": lambda: Known(standardised(csv("penguins")), (3,)),
    "wine, standardised": lambda: Known(standardised(load_wine().data), (3,)),
}
SHAPES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "t, 2 degrees of freedom": lambda rng: rng.standard_t(2, (400, 2)),
    "t, one column": lambda rng: rng.standard_t(2, (300, 1)),
    "exponential": lambda rng: rng.exponential(size=(300, 1)),
    "exponential, two columns": lambda rng: rng.exponential(size=(300, 2)),
    "lognormal": lambda rng: np.exp(rng.normal(size=(300, 1))),
    "lognormal, two columns": lambda rng: np.exp(rng.normal(size=(300, 2))),
    "uniform": lambda rng: rng.uniform(size=(300, 1)),
    "uniform, two columns": lambda rng: rng.uniform(size=(300, 2)),
    "sine": lambda rng: np.sin(np.linspace(0, 20, 300) + rng.uniform(0, 6))[:, np.newaxis],
    "sine and time": lambda rng: np.c_[np.arange(300), np.sin(np.arange(300) / 15 + rng.uniform(0, 6))],
}


def one_gaussian(seed: int) -> np.ndarray:
    """60 to 600 rows of 1 to 5 columns, from one Gaussian of any shape."""
    rng = np.random.default_rng([1, seed])
    n, d = int(rng.integers(60, 601)), int(rng.integers(1, 6))
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d) * 10


def two_gaussians(seed: int) -> np.ndarray:
    """60 to 600 rows of 1 to 5 columns, from two round Gaussians, 4 deviations apart in any direction."""
    rng = np.random.default_rng([2, seed])
    n, d = int(rng.integers(60, 601)), int(rng.integers(1, 6))
    direction = rng.normal(size=d)
    shift = APART * direction / np.linalg.norm(direction)
    return rng.normal(size=(n, d)) + rng.integers(0, 2, (n, 1)) * shift


def shape(name: str, seed: int) -> np.ndarray:
    return SHAPES[name](np.random.default_rng([3, list(SHAPES).index(name), seed]))


def said_of(X: np.ndarray, most: int = 10, n_starts: int = 6) -> Verdict:
    return judge(sweep_models(X, range(1, most + 1), n_starts=n_starts), X)


def in_groups(said: Verdict) -> str:
    """The verdict in a cell of the table."""
    groups = " or ".join(map(str, said.groups)) or "-"
    return f"{'sure' if said.sure else 'too few' if said.too_few else 'unsure'}, {groups}"


def known() -> None:
    print(f"{'data':26} {'right':8} {'said':16} {'BIC, best':32} seconds")
    for name, made in SETS.items():
        X, groups = made()
        began = time.perf_counter()
        said = said_of(X)
        best = said.fit
        right = " or ".join(map(str, groups))
        ok = set(said.groups) <= set(groups)
        fit = f"{best.n_components} {best.covariance_type}, {-best.bic:.3f}"
        took = time.perf_counter() - began
        print(f"{name:26} {right:8} {in_groups(said):16} {fit:32} {took:6.1f}{'' if ok else '   WRONG'}")
    print("BIC in mclust's sign: higher is better.")


def shapes(first: int, count: int) -> None:
    print(f"\n{f'no groups, {count} samples each':28} sure of groups, said one, not sure; findings")
    for name in SHAPES:
        some = [said_of(shape(name, seed), 6, 4) for seed in range(first, first + count)]
        sure = sum(one.sure and one.groups != (1,) for one in some)
        alone = sum(one.groups == (1,) for one in some)
        kinds = Counter(flaw.kind for one in some for flaw in one.flaws)
        found = ", ".join(f"{kind} {n}" for kind, n in kinds.items())
        print(f"{name:28} {sure:4} {alone:4} {sum(not one.sure for one in some):4}   {found}")


def samples(draw: Callable[[int], np.ndarray], right: tuple[int, ...], first: int, count: int) -> None:
    began = time.perf_counter()
    some = [said_of(draw(seed), 4, 4) for seed in range(first, first + count)]
    sure = sum(one.sure and one.groups not in ((), (1,)) for one in some)
    found = sum(one.groups == right for one in some)
    print(f"\n{draw.__name__}, {count} samples from seed {first}, {time.perf_counter() - began:.0f} s")
    print(f"  sure of groups       {sure:4} ({sure / count:.1%})")
    print(f"  said {right[0]}, sure or not {found:4} ({found / count:.1%})")
    print(f"  all: {dict(Counter(in_groups(one) for one in some).most_common())}")


def findings(first: int, count: int) -> None:
    draws = {"one Gaussian": one_gaussian, "two Gaussians": two_gaussians}
    draws |= {name: lambda seed, name=name: shape(name, seed) for name in SHAPES}
    print(f"\nfindings in {count} samples each, by kind: how many samples have one")
    for name, draw in draws.items():
        kinds = Counter(
            kind
            for seed in range(first, first + count)
            for kind in {f.kind for f in quality.flaws(draw(seed))}
        )
        print(f"{name:28} {dict(kinds) or 'none'}")
    for name, made in SETS.items():
        print(f"{name:28} {[flaw.sentence for flaw in quality.flaws(made().X)] or 'none'}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("known", "one", "two", "findings"))
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=SAMPLES)
    asked = parser.parse_args()
    if asked.only in (None, "known"):
        known()
        shapes(asked.first, min(asked.count, 20))
    if asked.only in (None, "one"):
        samples(one_gaussian, (1,), asked.first, asked.count)
    if asked.only in (None, "two"):
        samples(two_gaussians, (2,), asked.first, asked.count)
    if asked.only in (None, "findings"):
        findings(asked.first, asked.count)


if __name__ == "__main__":
    main()
