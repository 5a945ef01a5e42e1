"""Means placed by hand and forks of a run, as texts that fit into a link. Pure: no Streamlit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gmm_core import Mixture
from gmm_core.words import count

# Of numbers as Python writes them, those whose squares and sums of squares are numbers too.
NUMBER = r"-?\d{1,17}(?:\.\d{1,20})?(?:e(?:-\d{1,3}|\+?\d{1,2}))?"
_PLACE = rf"{NUMBER}(?:,{NUMBER})?"
MEANS = re.compile(rf"{_PLACE}(?:;{_PLACE}){{0,11}}")
MEANS_ARE = "are positions in one or two dimensions, such as 1.5,2;3,-4"
_FORK = rf"\d{{1,4}}:\d{{1,2}}:{_PLACE}"
FORKS = re.compile(rf"{_FORK}(?:;{_FORK}){{0,19}}")
FORKS_ARE = "is iteration:component:position, such as 5:0:1.5,2"

Place = tuple[float, ...]


@dataclass(frozen=True)
class Fork:
    """At an iteration, one component's mean is moved by hand, and EM goes on from there."""

    iteration: int
    component: int
    position: Place


def read_means(text: str) -> list[Place]:
    """The positions in a text that `MEANS` matches."""
    return [read_place(part) for part in text.split(";")] if text else []


def write_means(means: Iterable[Sequence[float]]) -> str:
    return ";".join(write_place(mean) for mean in means)


def read_forks(text: str) -> list[Fork]:
    """The forks in a text that `FORKS` matches, the oldest first."""
    parts = [part.split(":") for part in text.split(";")] if text else []
    return [Fork(int(iteration), int(j), read_place(place)) for iteration, j, place in parts]


def write_forks(forks: Iterable[Fork]) -> str:
    return ";".join(f"{f.iteration}:{f.component}:{write_place(f.position)}" for f in forks)


def moved(mixture: Mixture, fork: Fork) -> Mixture:
    """The mixture with one mean moved; a `ValueError` where the fork does not fit it."""
    if fork.component >= mixture.n_components:
        raise ValueError(
            f"The fork moves component {fork.component + 1}, but there are only {mixture.n_components}. "
            "Undo the fork."
        )
    if len(fork.position) != mixture.n_features:
        raise ValueError(
            f"The fork gives a position in {count(len(fork.position), 'dimension')}, but the data have "
            f"{count(mixture.n_features, 'feature')}. Undo the fork."
        )
    means = np.array(mixture.means)
    means[fork.component] = fork.position
    return replace(mixture, means=means)


def read_place(text: str) -> Place:
    return tuple(float(number) for number in text.split(","))


def write_place(place: Sequence[float]) -> str:
    """The numbers as Python writes them, which loses no digit."""
    return ",".join(repr(float(number)).removesuffix(".0") for number in place)
