"""Code for runs with noise, t distributions or a prior: it gives the same parameters where it arrives."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Scaling, fit
from gmm_core.engine.covariance import FAMILIES, MODELS
from gmm_core.out.beyond_scripts import beyond_script, why_not
from gmm_core.out.export import data_frame

OPTIONS = (
    {"noise": True},
    {"dof": "each"},
    {"dof": "common", "prior": True},
    {"dof": 4.0, "noise": True},
    {"prior": True},
)


@pytest.mark.parametrize("family", [*FAMILIES, *MODELS])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_the_script_ends_with_the_same_parameters(family, options, run_script):
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) + 5, rng.uniform(-9, 14, (9, 2))])
    how = {"covariance_type": family, "reg_covar": 1e-3, "tol": 0.0}
    trace = fit(X, 2, max_iter=6, random_state=0, **how, **options)
    code = beyond_script(
        "data.csv",
        trace.steps[0].mixture,
        reg_covar=1e-3,
        tol=0.0,
        n_iter=6,
        prior=trace.prior,
        feature_names=["a", "=b"],
    )
    found = run_script(code, data_frame(X, trace.mixture, ["a", "=b"]))
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(found[name], getattr(trace.mixture, name), rtol=1e-7, atol=1e-9)
    assert found["log_likelihood"] == pytest.approx(trace.log_likelihood, rel=1e-10)
    if "noise" in options:
        assert found["noise_weight"] == pytest.approx(trace.mixture.noise_weight, rel=1e-8)
    if "dof" in options:
        np.testing.assert_allclose(found["dof"], trace.mixture.dof, rtol=1e-6)


def test_where_there_is_none_that_is_a_sentence():
    X = np.random.default_rng(0).normal(size=(20, 2))
    assert why_not("full") == ""
    assert "on scaled data" in why_not("full", Scaling.of("standardise", X))
    mixture = fit(X, 1, noise=True).mixture
    with pytest.raises(ValueError, match="without folders"):
        beyond_script("a/b.csv", mixture, reg_covar=0, tol=0, n_iter=1)
