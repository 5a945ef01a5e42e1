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
from collections.abc import Callable, Iterator
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
    """Rows (n, d), and the numbers of groups that may be said; () where nothing but one, or doubt, is right."""

    X: np.ndarray
    groups: tuple[int, ...] = ()


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
