"""Many runs at once are the runs one by one; and where they ended, grouped."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import fit
from gmm_core.race import draw_starts
from gmm_core.stack import Stack
from gmm_core.starts import INITS

FAMILIES = ["full", "tied", "diag", "spherical"]


# --- each run is that of `fit`


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    family=st.sampled_from(FAMILIES),
    d=st.integers(1, 4),
    k=st.integers(1, 4),
    reg_covar=st.sampled_from([0.0, 1e-6, 1e-2]),
    tol=st.sampled_from([0.0, 1e-3, 1e-6]),
    digits=st.sampled_from([1, 6]),  # few digits make equal rows, on which components fall
    shift=st.sampled_from([0.0, 100.0]),
)
def test_every_run_is_that_of_fit(seed, family, d, k, reg_covar, tol, digits, shift):
    rng = np.random.default_rng(seed)
    samples = [
        (rng.normal(size=(n, d)) * rng.uniform(0.5, 5, d) + rng.integers(0, 3, (n, 1)) * 3).round(digits)
        + shift
        for n in (30, 47)
    ]
    options = {"reg_covar": reg_covar, "tol": tol, "max_iter": 40}
    starts, owner, runs = [], [], []
    for i, X in enumerate(samples):
        for start in draw_starts(X, k, INITS, [1, 2], covariance_type=family, reg_covar=reg_covar):
            starts.append(start.mixture)
            owner.append(i)
            runs.append(fit(X, k, covariance_type=family, start=start.mixture, **options))
    stack = Stack(samples, starts, owner, **options)
    while stack.advance():
        pass
    for r, trace in enumerate(runs):
        assert (stack.stops[r], stack.n_iter[r]) == (trace.stop, trace.n_iter)
        assert stack.collapsed[r] == (-1 if trace.collapsed is None else trace.collapsed)
        curve = stack.curves[r]
        # On its way to a collapse a component grows as narrow as the guard allows, and both lose digits.
        exact = 1e-10 if trace.collapsed is None else 1e-7
        np.testing.assert_allclose(curve[: trace.n_iter + 1], trace.log_likelihoods, rtol=exact, atol=exact)
        assert np.isnan(curve[trace.n_iter + 1 :]).all()
        np.testing.assert_allclose(stack.counts[r], trace.steps[-1].counts, atol=1e-6)
        np.testing.assert_allclose(stack.mixture(r).means, trace.mixture.means, rtol=1e-6, atol=1e-6)
