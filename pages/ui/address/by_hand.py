"""What is done to a mixture by hand, as texts that fit into a link: a start that is placed, and forks of a
run. Pure: no Streamlit.

A spread, in data units, is one standard deviation where there is one feature; where there are two, those
along two axes at right angles, and the angle of the first, in degrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gmm_core import Mixture
from gmm_core.engine.covariance import NotPositiveDefiniteError
from gmm_core.words import count, plural, together

# Of numbers as Python writes them, those whose squares and sums of squares are numbers too.
NUMBER = r"-?\d{1,17}(?:\.\d{1,20})?(?:e(?:-\d{1,3}|\+?\d{1,2}))?"
_PLACE = rf"{NUMBER}(?:,{NUMBER})?"
_ABOVE_0 = r"(?=[\d.]*[1-9])\d{1,17}(?:\.\d{1,20})?(?:e[-+]?\d{1,2})?"
_IN_1D = rf"{NUMBER}(?::{_ABOVE_0}:{_ABOVE_0})?"
_IN_2D = rf"{NUMBER},{NUMBER}(?::{_ABOVE_0}:{_ABOVE_0},{_ABOVE_0},{NUMBER})?"
_PLACED = rf"(?:{_IN_1D}|{_IN_2D})"
MEANS = re.compile(rf"{_PLACED}(?:;{_PLACED}){{0,11}}")
MEANS_ARE = (
    "are positions in one or two dimensions, such as 1.5,2;3,-4, or each with a weight and a spread above 0, "
    "such as 1.5,2:0.4:3,1,30"
)
MOST_FORKS = 20
_FORK = rf"\d{{1,4}}:\d{{1,2}}:(?:{_PLACE}|w{_ABOVE_0}|s{_ABOVE_0}(?:,{_ABOVE_0},{NUMBER})?)"
FORKS = re.compile(rf"{_FORK}(?:;{_FORK}){{0,{MOST_FORKS - 1}}}")
FORKS_ARE = (
    "is iteration:component:position, such as 5:0:1.5,2, or in place of the position a weight or a spread "
    "above 0, such as w0.4 or s3,1,30"
)
MEAN, WEIGHT, SPREAD = "mean", "weight", "spread"
_SIGNS = {MEAN: "", WEIGHT: "w", SPREAD: "s"}
DIGITS = 6  # of weights and spreads that are not said by whoever drags
LEAST = 1e-9  # of a weight: a component without any never comes back
NEAR = 1e-3  # of a spread, or of a sum of weights: so much is another one

Place = tuple[float, ...]


@dataclass(frozen=True)
class Fork:
    """At an iteration, the mean, the weight or the spread of one component is changed by hand, and EM goes on
    from there. what : which of them, whose numbers `values` are.
    """

    iteration: int
    component: int
    values: Place
    what: str = MEAN


@dataclass(frozen=True)
class Placed:
    """A component of a start: its mean, and where these are given too, its weight and its spread."""

    mean: Place
    weight: float | None = None
    spread: Place = ()

    def __str__(self) -> str:
        mean = write_place(self.mean)
        if self.weight is None:
            return mean
        return f"{mean}:{write_place((self.weight,))}:{write_place(self.spread)}"


def read_start(text: str) -> list[Placed]:
    """The components in a text that `MEANS` matches."""
    return [_read_placed(part) for part in text.split(";")] if text else []


def _read_placed(part: str) -> Placed:
    mean, *rest = part.split(":")
    if not rest:
        return Placed(read_place(mean))
    return Placed(read_place(mean), float(rest[0]), read_place(rest[1]))


def write_start(placed: Iterable[Placed]) -> str:
    return ";".join(map(str, placed))


def read_means(text: str) -> list[Place]:
    """The positions in a text that `MEANS` matches."""
    return [one.mean for one in read_start(text)]


def write_means(means: Iterable[Sequence[float]]) -> str:
    return ";".join(write_place(mean) for mean in means)


def read_forks(text: str) -> list[Fork]:
    """The forks in a text that `FORKS` matches, the oldest first."""
    return [_read_fork(part) for part in text.split(";")] if text else []


def _read_fork(part: str) -> Fork:
    iteration, j, values = part.split(":")
    what = next(name for name in (WEIGHT, SPREAD, MEAN) if values.startswith(_SIGNS[name]))
    return Fork(int(iteration), int(j), read_place(values.removeprefix(_SIGNS[what])), what)


def write_forks(forks: Iterable[Fork]) -> str:
    return ";".join(f"{f.iteration}:{f.component}:{_SIGNS[f.what]}{write_place(f.values)}" for f in forks)


def read_place(text: str) -> Place:
    return tuple(float(number) for number in text.split(","))


def write_place(place: Sequence[float]) -> str:
    """The numbers as Python writes them, which loses no digit."""
    return ",".join(repr(float(number)).removesuffix(".0") for number in place)


# --- What they do to a mixture


def moved(mixture: Mixture, fork: Fork) -> Mixture:
    """The mixture after a fork; one whose spread was changed is of the family `full`. The other weights keep
    their proportions. A `ValueError` where the fork does not fit the mixture.
    """
    j, k, d = fork.component, mixture.n_components, mixture.n_features
    if j >= k:
        raise ValueError(
            f"The fork {'moves' if fork.what == MEAN else 'changes'} component {j + 1}, but there are only "
            f"{k}. Undo the fork."
        )
    wanted = {MEAN: d, WEIGHT: 1, SPREAD: 1 if d == 1 else 3}[fork.what]
    if len(fork.values) != wanted or (d > 2 and fork.what == SPREAD):
        what = "position" if fork.what == MEAN else fork.what
        given = 2 if fork.what == SPREAD and len(fork.values) == 3 else len(fork.values)
        raise ValueError(
            f"The fork gives a {what} in {count(given, 'dimension')}, but the data have "
            f"{count(d, 'feature')}. Undo the fork."
        )
    if fork.what == WEIGHT:
        return _weighed(mixture, j, fork.values[0])
    if fork.what == SPREAD:
        covariances = np.array(mixture.full_covariances)
        covariances[j] = covariance_of(fork.values)
        with _or_too_flat("Undo the fork."):
            return replace(mixture, covariances=covariances, covariance_type="full")
    means = np.array(mixture.means)
    means[j] = fork.values
    return replace(mixture, means=means)


def _weighed(mixture: Mixture, j: int, weight: float) -> Mixture:
    """The mixture with this weight of component j."""
    rest = mixture.noise_weight + float(np.delete(mixture.weights, j).sum())
    if not (weight < 1 and rest > 0):
        raise ValueError(
            f"The fork gives component {j + 1} the weight {weight:g}: it must be below 1, and another "
            "component must share the rest. Undo the fork."
        )
    scale = (1 - weight) / rest
    weights = mixture.weights * scale
    weights[j] = weight
    return replace(mixture, weights=weights, noise_weight=mixture.noise_weight * scale)


def covariance_of(spread: Place) -> NDArray[np.float64]:
    """The covariance (d, d) of a spread."""
    if len(spread) == 1:
        return np.array([[spread[0] ** 2]])
    angle = np.deg2rad(spread[2])
    axes = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (axes * np.square(spread[:2])) @ axes.T


def spread_of(covariance: NDArray[np.float64]) -> Place:
    """The spread of a covariance (d, d), the longer axis first, at an angle above -90 and up to 90."""
    values, axes = np.linalg.eigh(covariance)
    deviations = np.sqrt(values[::-1]).tolist()
    if len(values) == 1:
        return tuple(deviations)
    angle = float(np.rad2deg(np.arctan2(axes[1, 1], axes[0, 1])))
    return *deviations, angle - 180 if angle > 90 else angle + 180 if angle <= -90 else angle


def as_placed(mixture: Mixture) -> list[Placed]:
    """The components of a mixture in one or two dimensions as a start says them."""
    return [
        Placed(tuple(mean), *_short(weight), _short(*spread_of(covariance)))
        for mean, weight, covariance in zip(
            mixture.means.tolist(), mixture.weights, mixture.full_covariances, strict=True
        )
    ]


def _short(*numbers: float) -> Place:
    return tuple(float(f"{number:.{DIGITS}g}") for number in numbers)


def completed(placed: Sequence[Placed]) -> list[Placed]:
    """The same, where some have weights and spreads: all have. One without gets an equal share of the weight,
    and the average covariance of those that have one; the weights sum to 1.
    """
    shaped = [one for one in placed if one.weight is not None]
    share, total = 1 / max(len(placed), 1), sum(one.weight or 0.0 for one in shaped)
    if not shaped or (len(shaped) == len(placed) and abs(total - 1) <= NEAR):
        return list(placed)
    left = len(shaped) * share / total
    average = np.mean([covariance_of(one.spread) for one in shaped], axis=0)
    spread = _short(*spread_of(average))
    return [
        Placed(one.mean, share, spread)
        if one.weight is None
        else replace(one, weight=max(LEAST, *_short(one.weight * left)))
        for one in placed
    ]


def placed_at(before: Sequence[Placed], means: Sequence[Sequence[float]]) -> list[Placed]:
    """A start after its means were moved, or one was added or removed: weights and spreads stay."""
    places = [tuple(map(float, mean)) for mean in means]
    if len(places) == len(before):
        return [replace(one, mean=place) for one, place in zip(before, places, strict=True)]
    left, after = list(before), []
    for place in places:
        same = next((one for one in left if np.allclose(one.mean, place, rtol=1e-9)), None)
        if same:
            left.remove(same)
        after.append(replace(same or Placed(place), mean=place))
    return completed(after)


def mixture_of(placed: Sequence[Placed]) -> Mixture:
    """The mixture of components that all have weights and spreads. A `ValueError` where one is too flat."""
    weights = np.array([one.weight for one in placed])
    covariances = np.array([covariance_of(one.spread) for one in placed])
    with _or_too_flat("Choose another start."):
        return Mixture(weights / weights.sum(), np.array([one.mean for one in placed]), covariances)


@contextmanager
def _or_too_flat(instead: str) -> Iterator[None]:
    """A `ValueError` that says what to do, where a covariance by hand is none."""
    try:
        yield
    except NotPositiveDefiniteError as error:
        raise ValueError(
            f"The spread that was given to component {error.component + 1} by hand is too flat for a "
            f"covariance. {instead}"
        ) from None


# --- And in words


def in_words(fork: Fork) -> str:
    """What a fork did, as the rest of a sentence."""
    numbers = [f"{number:g}" for number in fork.values]
    whose = f"the {fork.what} of component {fork.component + 1}"
    if fork.what == MEAN:
        return f"{whose} was moved to ({', '.join(numbers)})"
    if len(numbers) == 1:
        return f"{whose} was set to {numbers[0]}"
    return f"{whose} was set to {numbers[0]} at {numbers[2]}°, and {numbers[1]} across"


def changed(before: str, now: str) -> str:
    """What was done from one start to another, in a few words."""
    old, new = read_start(before), read_start(now)
    if any(one.weight is None for one in new):
        return "means placed by hand"
    if len(old) != len(new) or len({(one.weight is None, len(one.mean)) for one in (*old, *new)}) > 1:
        return "start shaped by hand"
    was, are = (np.array([covariance_of(one.spread) for one in start]) for start in (old, new))
    others = ~np.isclose(was, are, rtol=NEAR, atol=NEAR * np.abs(was).max()).all(axis=(1, 2))
    if others.any():
        sizes = [np.sort([one.spread[:2] for one in start], axis=1)[others] for start in (old, new)]
        wider = np.log(sizes[1] / sizes[0]).sum() > 0
        done = "turned" if np.allclose(*sizes, rtol=NEAR) else f"made {'wider' if wider else 'narrower'}"
        numbers = [str(j + 1) for j in np.flatnonzero(others)]
        return f"{plural(len(numbers), 'component')} {together(numbers)} {done}"
    ratios = np.array([one.weight for one in new], float) / np.array([one.weight for one in old], float)
    if np.ptp(ratios) < NEAR:
        return "means placed by hand"
    odd = int(np.argmax(np.abs(ratios - np.median(ratios))))
    return "weights changed" if len(new) == 2 else f"weight of component {odd + 1} changed"
