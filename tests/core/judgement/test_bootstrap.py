"""The bootstrap test of k against k + 1."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import Mixture, fit
from gmm_core.judgement import bootstrap
from gmm_core.judgement.bootstrap import bootstrap_test, split


def two(n=160, gap=4.0):
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 2)) + gap * (np.arange(n)[:, np.newaxis] % 2)


@pytest.mark.slow
def test_one_component_is_too_few_and_two_are_enough():
    X = two()
    *_, one = bootstrap_test(X, 1, n_bootstrap=19, n_starts=2)
    assert one.p_value == 1 / 20
    assert one.statistic > one.null_statistics.max()
    *_, enough = bootstrap_test(X, 2, n_bootstrap=19, n_starts=2)
    assert enough.p_value > 0.1
    assert (enough.null.n_components, enough.alternative.n_components) == (2, 3)
    as_large = np.sum(enough.null_statistics >= enough.statistic)
    assert enough.p_value == (1 + as_large) / 20
    gain = enough.alternative.log_density(X).sum() - enough.null.log_density(X).sum()
    assert enough.statistic == pytest.approx(2 * gain, rel=1e-9)
    assert (enough.null_statistics > 0).all()


def test_it_grows_and_does_not_depend_on_how_it_is_cut(monkeypatch):
    options = {"covariance_type": "diag", "n_bootstrap": 9, "n_starts": 2, "tol": 1e-4}
    whole = list(bootstrap_test(two(), 1, **options))
    monkeypatch.setattr(bootstrap, "RUNS_AT_ONCE", 9)
    cut = list(bootstrap_test(two(), 1, **options))
    assert [len(test.null_statistics) for test in whole] == [0, 9]
    assert [len(test.null_statistics) for test in cut] == [0, 3, 6, 9]
    assert cut[0].p_value == 1
    for test in cut:
        so_far = whole[-1].null_statistics[: len(test.null_statistics)]
        np.testing.assert_allclose(test.null_statistics, so_far, rtol=1e-9)
        assert (test.n_bootstrap, test.n_failed, test.n_rows) == (9, 0, 160)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_a_split_component_covers_what_it_covered(blobs, family):
    mixture = fit(blobs(), 3, covariance_type=family, random_state=0).mixture
    halved = split(mixture, 1)
    assert (halved.n_components, halved.covariance_type) == (4, family)
    assert halved.weights[[1, 3]].sum() == pytest.approx(mixture.weights[1])
    np.testing.assert_allclose(halved.means[[1, 3]].mean(axis=0), mixture.means[1])
    gap, variances = halved.means[1] - halved.means[3], np.linalg.eigvalsh(mixture.full_covariances[1])
    assert gap @ gap == pytest.approx(variances[-1])  # a standard deviation along the longest axis
    for others in ([0, 0], [2, 2]):
        np.testing.assert_allclose(halved.full_covariances[others], mixture.full_covariances[others])


def test_data_on_which_every_run_is_degenerate_are_refused():
    X = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], 10, axis=0)
    with pytest.raises(ValueError) as error:
        next(bootstrap_test(X, 3))
    assert str(error.value) == (
        "Every run with 3 or with 4 components was degenerate: a component sat on few or equal rows. Test a "
        "smaller n_components, raise reg_covar or take a simpler covariance_type."
    )
    with pytest.raises(ValueError) as error:
        next(bootstrap_test(X, 4))
    assert str(error.value) == (
        "X has only 4 different rows, fewer than n_components = 5: components that start equal never "
        "separate. Use at most 4 components."
    )


def test_the_null_mixture_is_what_samples_come_from():
    X = two(gap=0)
    *_, test = bootstrap_test(X, 1, n_bootstrap=3, n_starts=1)
    expected = Mixture([1.0], [X.mean(axis=0)], [np.cov(X.T, bias=True)])
    np.testing.assert_allclose(test.null.means, expected.means)
    np.testing.assert_allclose(test.null.covariances, expected.covariances, rtol=1e-4)
