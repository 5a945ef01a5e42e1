"""What each dataset opens with, who wins over it, and that older links mean what they meant."""

import numpy as np
import pytest

from gmm_core import fit
from pages.ui.address.choices import PAINTED
from pages.ui.address.settings import DATA_NAMES, Settings
from pages.ui.runs.data import dataset

BUILT_IN = [name for name in DATA_NAMES if name not in ("own", PAINTED)]


@pytest.mark.parametrize("data", BUILT_IN)
def test_a_dataset_opens_with_round_components_that_em_can_begin_with(data):
    settings = Settings.opened(data)
    assert Settings.from_query(settings.to_query()) == (settings, ())
    start = fit(
        *(dataset(settings).X, settings.n_components),
        covariance_type=settings.covariance_type,
        init=settings.init,
        random_state=settings.random_state,
        max_iter=0,
    ).mixture
    covariances = start.full_covariances
    np.testing.assert_allclose(covariances, np.repeat(covariances[:1], len(covariances), axis=0))
    np.testing.assert_array_equal(covariances[0], np.diag(np.diag(covariances[0])))


def test_a_dataset_opens_with_its_own_k_and_family():
    five, digits = Settings.opened("tutorial_1000"), Settings.opened("digits")
    assert (five.n_components, five.covariance_type) == (5, "full")
    assert (digits.n_components, digits.covariance_type, digits.reg_covar) == (10, "diag", 1e-4)
    assert Settings.from_query({"data": "digits"})[0] == digits
    assert Settings().changed(data="digits") == digits


def test_who_says_otherwise_wins():
    settings, _ = Settings.from_query({"data": "digits", "k": "4", "cov": "spherical"})
    assert (settings.n_components, settings.covariance_type, settings.reg_covar) == (4, "spherical", 1e-4)
    assert Settings().changed(data="digits", n_components=7).n_components == 7
    assert Settings(n_components=7).changed(tol=0.0).n_components == 7


def test_a_link_that_names_its_start_means_what_it_always_meant():
    settings, _ = Settings.from_query({"data": "tutorial_1000", "init": "kmeans"})
    assert (settings.n_components, settings.covariance_type, settings.random_state) == (3, "full", 6)
