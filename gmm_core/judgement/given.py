"""Some features of a mixture, and some given others: marginals, conditionals, and regression.

Letters: n rows, k components, d features, o of them known and w wanted.

A Gaussian mixture of all features is one of any of them, and one of some given the others: each component
predicts a feature linearly, and how much it counts depends on what is known. So the regression of a feature
on others is a smooth change from line to line (Gaussian mixture regression; Ghahramani & Jordan 1994).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.arrays import Array, Indices, batches
from gmm_core.engine.checks import LARGEST, as_floats, as_matrix
from gmm_core.engine.missing import given_rows
from gmm_core.engine.mixture import BLOCK, Mixture
from gmm_core.engine.observed import marginal as marginal_of
from gmm_core.judgement.line import Line
from gmm_core.words import listed, plural

Feature = int | str  # its number, from 0, or its name
Features = Feature | Sequence[Feature]
BAND = 0.95
FARTHEST = LARGEST / 1e8  # in deviations, which may be shorter by a factor of 1e6 along a slanting way


def marginal(mixture: Mixture, features: Features, *, feature_names: Sequence[str] | None = None) -> Mixture:
    """The mixture of some features alone, in this order; what it says of the others is left out.

    features : numbers, from 0, or names of `feature_names` (d,). Noise and degrees of freedom stay; mclust's
    models become `full` or `diag`. Raises `ValueError` for a feature that there is not, or that is named
    twice.
    """
    return marginal_of(mixture, _places(mixture, features, feature_names))


def conditional(
    mixture: Mixture, known: Mapping[Feature, float], *, feature_names: Sequence[str] | None = None
) -> Mixture:
    """The mixture of the other features, in their order, where some have `known` values.

    Its weights are the responsibilities that the known values give; t distributions stay such, with as many
    more degrees of freedom as features are known (Kotz & Nadarajah 2004, sec. 1.11); noise stays uniform over
    the box of the others. known : the value of each known feature, by its number, from 0, or its name.

    Raises `ValueError` where all features are known or none, for a value that is no number, and where so far
    out nothing but noise is likely.
    """
    places = _places(mixture, [*known], feature_names)
    values = as_floats([*known.values()], "known")
    if values.shape != places.shape:
        raise ValueError("known must hold one number for each feature.")
    _check_some_left(mixture, places)
    row = np.full((1, mixture.n_features), np.nan)
    row[0, places] = values
    observed = ~np.isnan(row[0])
    part = marginal_of(mixture, observed)
    _check_reach(row[:, observed], part)
    shares, k = part.shares(row[:, observed])[0], mixture.n_components
    if shares[k:].sum() == 1:
        raise ValueError("At these values nothing but noise is likely, and noise predicts nothing.")
    (one,) = given_rows(mixture, row)
    family = mixture.family.summed if mixture.dof is None else mixture.family.summed.each
    matrices = one.covariances * one.scales[0, :, np.newaxis, np.newaxis]
    beyond = {} if mixture.is_plain else mixture.beyond | {"dof": one.dof}
    if mixture.noise_box is not None:
        beyond |= {"noise_weight": float(shares[k]), "noise_box": mixture.noise_box[:, ~observed]}
    covariances = family.of_dense(matrices, mixture.weights)
    return Mixture(shares[:k], one.means[:, 0], covariances, family.name, **beyond)


@dataclass(frozen=True, eq=False)
class Regression:
    """What is expected of w features in n rows, given what is known of these; each (n, w), in data units.

    mean, deviation : of the conditional distribution. low, high : the quantiles between which it holds a
    share of `level`, as much beyond either, for each feature by itself.
    """

    mean: Array
    deviation: Array
    low: Array
    high: Array
    level: float


def regress(
    mixture: Mixture,
    X: ArrayLike,
    known: Features,
    wanted: Features | None = None,
    *,
    level: float = BAND,
    feature_names: Sequence[str] | None = None,
) -> Regression:
    """Predict some features of rows from others: Gaussian mixture regression.

    X : (n, o), the `known` features in this order, as numbers from 0, or names of `feature_names` (d,); where
    a value is missing, NaN, the rest of the row counts. wanted : by default all others.

    Noise predicts nothing: with it, this is of the components alone, as `impute` is. A t distribution of
    which too little is known to have a variance has its scale for it. Raises `ValueError` for features that
    there are not, are known and wanted, or named twice, and for values that are no numbers.
    """
    here = _places(mixture, known, feature_names)
    if not 0 < level < 1:
        raise ValueError(f"level must be between 0 and 1; got {level!r}.")
    _check_some_left(mixture, here)
    rest = [j for j in range(mixture.n_features) if j not in here]
    there = np.array(rest, dtype=np.intp) if wanted is None else _places(mixture, wanted, feature_names)
    if both := [str(j) for j in there if j in here]:
        raise ValueError(f"A feature is known or wanted; number {both[0]} is both.")
    X = as_matrix(X, min_rows=0, gaps=True)
    o, w = len(here), len(there)
    if X.shape[1] != o:
        raise ValueError(f"X has {X.shape[1]} {plural(X.shape[1], 'column')} for {o} known features.")
    part = marginal_of(mixture.of_components, np.concatenate([here, there]))
    _check_reach(X, marginal_of(part, np.arange(o)))
    mean, deviation, low, high = np.empty((4, len(X), w))
    for block in batches(len(X), BLOCK):
        rows = np.column_stack([X[block], np.full((len(X[block]), w), np.nan)])
        for one in given_rows(part, rows):
            at = one.place[0].ravel() + block.start
            of_wanted = slice(one.means.shape[2] - w, None)  # what else is missing stands before
            guess, spread = one.moments()
            mean[at], deviation[at] = guess[:, of_wanted], spread[:, of_wanted]
            variances = np.einsum("kuu->ku", one.covariances)
            for j in range(w):
                u = one.means.shape[2] - w + j
                line = Line(one.shares, one.means[:, :, u].T, np.sqrt(one.scales * variances[:, u]), one.dof)
                low[at, j], high[at, j] = (line.quantile((1 + sign * level) / 2) for sign in (-1, 1))
    return Regression(mean, deviation, low, high, level)


def _places(mixture: Mixture, features: Features, feature_names: Sequence[str] | None) -> Indices:
    """The numbers of these features; a `ValueError` where there is none of that name or number."""
    d = mixture.n_features
    if feature_names is not None and len(feature_names) != d:
        raise ValueError(f"feature_names must hold {d} {plural(d, 'name')}; got {len(feature_names)}.")
    asked = [features] if isinstance(features, str | int | np.integer) else list(features)
    if not asked:
        raise ValueError("No feature is named; at least one is needed.")
    found = [_place(one, d, feature_names) for one in asked]
    for place in found:
        if found.count(place) > 1:
            raise ValueError(
                f"Each feature is named once; number {place} is named {found.count(place)} times."
            )
    return np.array(found, dtype=np.intp)


def _place(one: object, d: int, feature_names: Sequence[str] | None) -> int:
    if isinstance(one, str):
        names = [] if feature_names is None else list(feature_names)
        if names.count(one) == 1:
            return names.index(one)
        if not names:
            raise ValueError(f"{one!r} is a name, and feature_names are not given; a number from 0 would do.")
        many = "Several features are" if one in names else "No feature is"
        raise ValueError(f"{many} called {one!r}; there are {listed(names)}.")
    if isinstance(one, bool) or not isinstance(one, int | np.integer) or not 0 <= one < d:
        raise ValueError(f"A feature is a whole number from 0 to {d - 1}, or a name; got {one!r}.")
    return int(one)


def _check_some_left(mixture: Mixture, known: Indices) -> None:
    if len(known) == mixture.n_features:
        raise ValueError("All features are known, so that none is left to be predicted.")


def _check_reach(X: Array, part: Mixture) -> None:
    """A `ValueError` for a value so far out that its distance to a component of `part` has no square."""
    largest = np.nanmax(np.abs(X), initial=0.0)
    if largest > FARTHEST * min(1.0, float(part.deviations.min())):
        raise ValueError(f"A known value is {largest:.3g}: so far out, nothing can be computed.")
