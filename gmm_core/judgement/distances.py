"""How far apart Gaussians are, in closed form: the components of one mixture, or of two.

Letters: k components, l of another mixture, d features.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.mixture import Mixture


def bhattacharyya(mixture: Mixture) -> Array:
    """The Bhattacharyya distances between the components of a mixture, (k, k), in nats.

    -log of the integral of sqrt(p q) (Kailath 1967): 0 for equal ones, the same both ways, whatever the
    weights. What that means for rows, `most_mistaken` says. Noise is no component. A `ValueError` for t
    distributions, which have no closed form.
    """
    _check_gaussians(mixture)
    return between(mixture, mixture)


def kullback_leibler(mixture: Mixture) -> Array:
    """The Kullback-Leibler divergences from component i to component j, (k, k) at [i, j], in nats.

    What a row of i tells against j, on average, log p_i - log p_j (Kullback & Leibler 1951); 0 for equal
    ones, and another number the other way. Weights do not count, and noise is no component. A `ValueError`
    for t distributions, which have no closed form.
    """
    _check_gaussians(mixture)
    return divergences(mixture, mixture)


def most_mistaken(mixture: Mixture) -> Array:
    """The share of what belongs to one of two components that the best rule takes for the other's, at most,
    (k, k); 1/2 where they are equal, weights included.

    The Bhattacharyya bound on the error of Bayes' rule between these two alone (Fukunaga 1990, ch. 3).
    """
    roots = np.sqrt(mixture.weights)
    pairs = np.add.outer(mixture.weights, mixture.weights)
    shares = np.divide(np.outer(roots, roots), pairs, out=np.zeros_like(pairs), where=pairs > 0)
    return shares * np.exp(-bhattacharyya(mixture))


def _check_gaussians(mixture: Mixture) -> None:
    if mixture.dof is not None:
        raise ValueError(
            "Distances between components have a closed form only for Gaussians; "
            "these have degrees of freedom."
        )


def between(ours: Mixture, theirs: Mixture) -> Array:
    """`bhattacharyya` between the Gaussians of two mixtures, (k, l); inf beyond any number."""
    here, log_dets = ours.full_covariances, np.linalg.slogdet(ours.full_covariances)[1]

    def to_one(mean: Array, there: Array) -> Array:
        average = (here + there) / 2
        spread = np.linalg.slogdet(average)[1] - (log_dets + np.linalg.slogdet(there)[1]) / 2
        return _squares(ours.means - mean, average) / 8 + spread / 2

    return _to_each(theirs, to_one)


def divergences(ours: Mixture, theirs: Mixture) -> Array:
    """`kullback_leibler` from the Gaussians of one mixture to those of another, (k, l)."""
    here, log_dets = ours.full_covariances, np.linalg.slogdet(ours.full_covariances)[1]

    def to_one(mean: Array, there: Array) -> Array:
        traces = np.trace(np.linalg.solve(there, here), axis1=1, axis2=2) - ours.n_features
        spread = traces + np.linalg.slogdet(there)[1] - log_dets
        return (spread + _squares(ours.means - mean, there)) / 2

    return _to_each(theirs, to_one)


def _squares(gaps: Array, covariances: Array) -> Array:
    """Squared Mahalanobis distances (k,) of offsets (k, d), by covariances (k, d, d), or one, (d, d)."""
    columns = gaps[:, :, np.newaxis]
    return np.asarray(np.sum(columns * np.linalg.solve(covariances, columns), axis=(1, 2)))


def _to_each(theirs: Mixture, to_one: Callable[[Array, Array], Array]) -> Array:
    """What `to_one` finds, (k,), of each mean and covariance of a mixture, side by side, (k, l)."""
    with np.errstate(all="ignore"):
        found = [to_one(*one) for one in zip(theirs.means, theirs.full_covariances, strict=True)]
    out = np.maximum(np.column_stack(found), 0)  # rounding may take the distance of equals a little below
    return np.where(np.isnan(out), np.inf, out)
