"""How far apart Gaussians are, in closed form: the components of one mixture, or of two.

Letters: k components, l of another mixture, d features.
"""

from __future__ import annotations

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
    out = np.empty((ours.n_components, theirs.n_components))
    here, there = ours.full_covariances, theirs.full_covariances
    log_dets, their_log_dets = np.linalg.slogdet(here)[1], np.linalg.slogdet(there)[1]
    with np.errstate(all="ignore"):
        for i, mean in enumerate(ours.means):
            average = (here[i] + there) / 2  # (l, d, d)
            gap = (theirs.means - mean)[:, :, np.newaxis]
            mahalanobis = np.sum(gap * np.linalg.solve(average, gap), axis=(1, 2))
            spread = np.linalg.slogdet(average)[1] - (log_dets[i] + their_log_dets) / 2
            # Rounding may take the distance of equals a little below zero.
            out[i] = np.maximum(mahalanobis / 8 + spread / 2, 0)
    return np.where(np.isnan(out), np.inf, out)


def divergences(ours: Mixture, theirs: Mixture) -> Array:
    """`kullback_leibler` from the Gaussians of one mixture to those of another, (k, l)."""
    out = np.empty((ours.n_components, theirs.n_components))
    here, there = ours.full_covariances, theirs.full_covariances
    log_dets, their_log_dets = np.linalg.slogdet(here)[1], np.linalg.slogdet(there)[1]
    with np.errstate(all="ignore"):
        for j, mean in enumerate(theirs.means):
            gap = (mean - ours.means)[:, :, np.newaxis]
            mahalanobis = np.sum(gap * np.linalg.solve(there[j], gap), axis=(1, 2))
            spread = np.trace(np.linalg.solve(there[j], here), axis1=1, axis2=2) - ours.n_features
            # As above.
            out[:, j] = np.maximum((spread + their_log_dets[j] - log_dets + mahalanobis) / 2, 0)
    return np.where(np.isnan(out), np.inf, out)
