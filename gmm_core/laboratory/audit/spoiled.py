"""Right numbers that were spoiled after they were computed, where they are kept or printed.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.laboratory.laws import Parameters
from gmm_core.laboratory.pieces import inverted, powered


@dataclass(frozen=True)
class Undo:
    """Right numbers that were spoiled after they were computed: how to have them back from pasted ones.

    fault : its name in `FAULTS`, or None. said : what was done to the numbers, in a sentence.
    """

    fault: str | None
    said: str
    right: Callable[[Parameters, int], Parameters]


def _over(spread: Array, numbers: Array) -> Array:
    return spread / numbers.reshape(-1, *[1] * (spread.ndim - 1))


def _about_centre(of: Parameters) -> Array:
    """The squares of means about the centre of all, as a spread."""
    gaps = of.means - of.weights @ of.means
    return gaps**2 if of.variances.ndim == 2 else gaps[:, :, np.newaxis] * gaps[:, np.newaxis]


UNDO = (
    Undo(
        None,
        "The squares of these variances are at rest in correct EM: these are standard deviations.",
        lambda of, n: replace(
            of, variances=of.variances**2 if of.variances.ndim == 2 else powered(of.variances, 2)
        ),
    ),
    Undo(
        None,
        "The square roots of these variances are at rest in correct EM: these are their squares.",
        lambda of, n: replace(of, variances=powered(of.variances, 0.5)),
    ),
    Undo(
        None,
        "The inverses of these are at rest in correct EM: they are precisions, 1 / variance.",
        lambda of, n: replace(of, variances=inverted(of.variances)),
    ),
    Undo(
        None,
        "Divided by n, these are at rest in correct EM: they are n times the variances.",
        lambda of, n: replace(of, variances=of.variances / n),
    ),
    Undo(
        "not_divided",
        "Divided by N_k = n times the weight, these are at rest in correct EM: every one is the sum of "
        "squares, N_k times the variance. The E-step has them right, and what is kept or printed is not "
        "divided.",
        lambda of, n: replace(of, variances=_over(of.variances, n * of.weights)),
    ),
    Undo(
        "divided_by_n",
        "Divided by the weights, these are at rest in correct EM: every one is divided by n in place of "
        "N_k where it is printed.",
        lambda of, n: replace(of, variances=_over(of.variances, of.weights)),
    ),
    Undo(
        "one_less",
        "Times (N_k − 1)/N_k, these are at rest in correct EM: they are divided by N_k − 1 where they are "
        "printed.",
        lambda of, n: replace(of, variances=_over(of.variances, n * of.weights / (n * of.weights - 1))),
    ),
    Undo(
        "about_the_centre",
        "Less the squared distance of the mean from the centre, these are at rest in correct EM: they are "
        "taken about the mean of all data where they are printed.",
        lambda of, n: replace(of, variances=of.variances - _about_centre(of)),
    ),
    Undo(
        "weights_not_normalised",
        "Divided by n, the weights are at rest in correct EM: they are the N_k.",
        lambda of, n: replace(of, weights=of.weights / n),
    ),
    Undo(
        None,
        "Divided by their sum, the weights are at rest in correct EM: they are not normalised. That is "
        "harmless for means and covariances.",
        lambda of, n: replace(of, weights=of.weights / of.weights.sum()),
    ),
    Undo(
        "means_by_n",
        "Divided by the weights, the means are at rest in correct EM: they are divided by n where they "
        "are printed.",
        lambda of, n: replace(of, means=of.means / of.weights[:, np.newaxis]),
    ),
    Undo(
        None,
        "Divided by N_k, the means are at rest in correct EM: they are sums over the rows.",
        lambda of, n: replace(of, means=of.means / (n * of.weights[:, np.newaxis])),
    ),
)


def carried(undo: Undo, of: Parameters, half: Parameters, n: int) -> Parameters:
    """Half of the last digits, after the same."""
    up = undo.right(
        Parameters(of.weights + half.weights, of.means + half.means, of.variances + half.variances), n
    )
    back = undo.right(of, n)
    return Parameters(
        np.abs(up.weights - back.weights),
        np.abs(up.means - back.means),
        np.abs(up.variances - back.variances),
    )
