"""A mixture of any family, with noise and degrees of freedom or without: for tests of what is made of one."""

import numpy as np

from gmm_core import Mixture
from gmm_core.engine.covariance import FAMILIES, MODELS, family_named

ALL = (*FAMILIES, *MODELS)
KINDS = ("plain", "noise", "t", "both")


def any_mixture(seed, k, d, covariance_type="full", kind="plain"):
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d)) + 2 * np.eye(d)
    weights, family = rng.dirichlet(np.full(k, 3.0)), family_named(covariance_type)
    covariances = family.of_dense(roots @ np.swapaxes(roots, 1, 2), weights)
    means, beyond = 4 * rng.normal(size=(k, d)), {}
    if kind in ("noise", "both"):
        box = np.array([means.min(axis=0) - 6, means.max(axis=0) + 6])
        weights, beyond = 0.9 * weights, {"noise_weight": 0.1, "noise_box": box}
    if kind in ("t", "both"):
        beyond["dof"] = rng.uniform(3, 12, k)
    return Mixture(weights, means, covariances, covariance_type, **beyond)
