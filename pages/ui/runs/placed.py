"""Starts that are placed by hand, and what a hand changes of a mixture, as far as its family can hold it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture, Scaling, start_at
from gmm_core.engine.covariance import family_named
from gmm_core.engine.missing import Incomplete
from gmm_core.words import plural
from pages.ui.address import by_hand
from pages.ui.address.settings import Settings
from pages.ui.runs.data import dataset


def filled(data: Dataset) -> NDArray[np.float64]:
    """The rows, with the mean of its column for each missing value: what starts see."""
    return data.X if data.complete else Incomplete.of(data.X, data.sample_weight).filled()


def with_means(settings: Settings) -> tuple[Settings, str]:
    """The settings with as many components placed by hand as there are, where that is the start, and a
    sentence where some in a link are of no use.
    """
    if settings.init != "given":
        return settings, ""
    X = filled(dataset(settings))
    d = X.shape[1]
    if d > 2:
        raise ValueError(
            f"Means can be placed by hand in one or two dimensions; these data have {d} features. "
            "Choose another start."
        )
    given = by_hand.read_start(settings.means)
    placed = [one for one in given if len(one.mean) == d]
    said = ""
    if len(placed) < len(given):
        said = f"The means in the link do not have {d} {plural(d, 'coordinate')}, as the data do. "
        said += "Rows of the data are used instead."
    missing = settings.n_components - len(placed)
    total = sum(one.weight or 0.0 for one in placed)
    if not missing and all(one.weight for one in placed) and abs(total - 1) > by_hand.NEAR:
        said = f"The weights in the link sum to {total:g}, not to 1. They are divided by that."
    if missing > 0:
        rng = np.random.default_rng(settings.random_state)
        rows = X[rng.choice(len(X), min(missing, len(X)), replace=False)].tolist()
        placed += [by_hand.Placed(tuple(row)) for row in rows]
    placed = by_hand.completed(placed[: settings.n_components])
    return replace(settings, means=by_hand.write_start(placed)), said


def start(settings: Settings, scale: Scaling, how: dict[str, Any]) -> Mixture:
    """The start that is placed by hand, in the data's own units; how : rows and missing values count."""
    placed = by_hand.read_start(settings.means)
    if placed and all(one.weight for one in placed):
        return by_hand.mixture_of(placed)
    means = scale.scale([one.mean for one in placed])
    options = {"covariance_type": settings.covariance_type, "reg_covar": settings.reg_covar, **how}
    return scale.in_units(start_at(scale.scale(dataset(settings).X), means, **options))


def changed(mixture: Mixture, fork: by_hand.Fork, covariance_type: str, scale: Scaling) -> Mixture:
    """The mixture, in the data's own units, after a fork, in the family in which EM runs on scaled data.

    What components have in common there follows the one that was changed.
    """
    wanted = by_hand.moved(mixture, fork)
    if fork.what != by_hand.SPREAD:
        return wanted
    scaled, family = scale.scaled(wanted, "full"), family_named(covariance_type)
    leads = (np.arange(mixture.n_components) == fork.component).astype(np.float64)
    covariances = family.of_dense(scaled.covariances, leads)
    return scale.in_units(replace(scaled, covariances=covariances, covariance_type=family.name))


def lost(begun: Mixture, spreads: dict[int, by_hand.Place], family: str) -> str:
    """A sentence where a run begins with other spreads than were given by hand, by component; else ""."""
    for j, spread in spreads.items():
        wanted = by_hand.covariance_of(spread)
        if np.abs(begun.full_covariances[j] - wanted).max() > by_hand.NEAR * np.abs(wanted).max():
            return (
                f"The family {family} cannot hold the spread that was given by hand: EM begins with the "
                "nearest that it can."
            )
    return ""
