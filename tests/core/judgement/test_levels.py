"""Components that take the values of a scale one by one tell of no groups."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Mixture
from gmm_core.judgement.levels import one_by_one, scales
from gmm_core.judgement.selection import sweep_models
from gmm_core.judgement.verdict import judge

SEEDS = range(20)


def likert(rng, n=250, levels=7):
    """Two items of one scale, which go together: one cloud."""
    z = rng.normal(size=(n, 1)) + rng.normal(size=(n, 2))
    return np.clip(np.round(4 + z), 1, levels)


def parts(rng, n=250):
    """Three shares that add up to 100 but for rounding."""
    return np.round(100 * rng.dirichlet([4, 3, 6], n), 1)


def mixture_of(X, labels, family="diag"):
    """The components that these labels make."""
    groups = [X[labels == j] for j in np.unique(labels)]
    variances = np.array([group.var(axis=0) + 1e-4 for group in groups])
    covariances = (
        variances if family == "diag" else np.array([np.cov(g.T) + 1e-6 * np.eye(3) for g in groups])
    )
    weights = np.array([len(group) for group in groups]) / len(X)
    return Mixture(weights, np.array([group.mean(axis=0) for group in groups]), covariances, family)


@pytest.mark.parametrize("seed", SEEDS)
def test_components_on_the_values_of_a_scale_are_seen(seed):
    X = likert(np.random.default_rng(seed))
    assert one_by_one(mixture_of(X, X[:, 0]), scales(X)).startswith("components 1, 2 and 3 are each narrower")
    assert not one_by_one(mixture_of(X, np.digitize(X[:, 0], [2.5, 5.5])), scales(X))
    assert not one_by_one(mixture_of(X, X[:, 0]), scales(np.random.default_rng(0).normal(size=X.shape)))


@pytest.mark.parametrize("seed", SEEDS)
def test_components_on_the_totals_of_rounded_shares_are_seen(seed):
    X = parts(np.random.default_rng(seed), 2000)
    totals = np.rint(10 * X.sum(axis=1)).astype(int)
    assert one_by_one(mixture_of(X, totals.clip(999, 1001), "full"), scales(X))


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_on_a_scale_are_not_taken_for_its_values(seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(300) % 3
    X = np.clip(np.round(np.array([2.0, 4.0, 6.0])[labels, np.newaxis] + rng.normal(0, 0.5, (300, 2))), 1, 7)
    assert not one_by_one(mixture_of(X, labels), scales(X))


@pytest.mark.parametrize("seed", range(2))
def test_one_cloud_on_a_scale_has_not_six_groups(seed):
    X = likert(np.random.default_rng(seed))
    found = judge(sweep_models(X, range(1, 10), ("tied",), 3), X, flaws=())
    assert found.groups in ((1,), (1, 2))
    assert not found.sure
