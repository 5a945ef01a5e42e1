"""The gallery: every card opens, and shows what it says."""

import re

import numpy as np
import pytest
from link import visitor
from sklearn.metrics import adjusted_rand_score

from gmm_core import Mixture, StopReason, dataset_names, fit
from pages.ui.address.presets import GALLERY
from pages.ui.address.settings import Settings
from pages.ui.runs import fits, scenes
from pages.ui.runs.data import dataset

PRESETS = {preset.title: preset for presets in GALLERY.values() for preset in presets}


def test_every_dataset_has_a_card():
    shown = {preset.settings.data for preset in PRESETS.values()}
    assert shown == {"blobs", *dataset_names()}


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_card_is_a_link_that_opens_its_experiment(preset):
    settings, problems = Settings.from_query(preset.settings.to_query())
    assert problems == ()
    assert settings.to_query() == preset.settings.to_query()
    assert fits.run(settings).n_iter >= 1
    assert preset.watch.endswith((".", "?"))


def agreement(title):
    """How well the clusters at the end of a card's run are the known groups (adjusted Rand index)."""
    settings = PRESETS[title].settings
    data = dataset(settings)
    return adjusted_rand_score(data.labels, fits.run(settings).mixture.responsibilities(data.X).argmax(1))


def test_cards_show_what_they_say():
    assert agreement("Three blobs") > 0.9
    assert agreement("Two blobs") == 1
    assert agreement("Cigars") < 0.05
    assert agreement("Circles") < 0.05
    collapse = fits.run(PRESETS["A component collapses"].settings)
    assert collapse.stop is StopReason.COLLAPSED
    weights = fits.run(PRESETS["Two larger blobs"].settings).mixture.weights
    np.testing.assert_allclose(np.sort(weights) * 600, [250, 350], atol=0.5)


def test_cards_beside_k_means_name_the_shares_of_rows_that_each_gets_right():
    shares = [scenes.rows_right(preset.settings) for preset in GALLERY["Beside k-means"]]
    for (em, kmeans), preset in zip(shares, GALLERY["Beside k-means"], strict=True):
        named = re.findall(r"(\d+)%", preset.watch)
        assert sorted(map(int, named)) == sorted([round(100 * em), round(100 * kmeans)])
    assert [em > kmeans for em, kmeans in shares] == [True] * 3 + [False] * 3


def bic(X, k, **how):
    """The lowest from a few starts."""
    traces = [fit(X, k, random_state=seed, max_iter=300, **how) for seed in range(3)]
    mixture = max(traces, key=lambda trace: trace.log_likelihood).mixture
    return -2 * mixture.log_density(X).sum() + mixture.n_parameters * np.log(len(X))


def test_bic_would_choose_five_components_for_one_skewed_cloud():
    X = dataset(PRESETS["One skewed cloud"].settings).X
    assert min(range(1, 8), key=lambda k: bic(X, k)) >= 4


def test_shapes_that_are_no_gaussians_show_what_they_say():
    tail = dataset(PRESETS["One heavy tail"].settings).X
    assert min((1, 2, 3), key=lambda k: bic(tail, k)) == 2
    assert min((1, 2), key=lambda k: bic(tail, k, dof="each")) == 1

    ring = dataset(PRESETS["Ring"].settings).X
    alone = fit(ring, 1).mixture.means[0]
    assert np.linalg.norm(alone) < 0.1 < 0.7 < np.linalg.norm(ring, axis=1).min()

    smile = PRESETS["Smile"].settings
    X, labels = dataset(smile).X, dataset(smile).labels
    joined = fits.run(smile).mixture.responsibilities(X).argmax(1)
    assert len(set(joined[labels < 2])) == 1, "both eyes are one component's"
    assert len(set(joined[labels == 2])) == 2, "and the mouth is two's"
    eyes_and_mouth = np.eye(3)[labels]
    weights, means = eyes_and_mouth.mean(axis=0), eyes_and_mouth.T @ X / eyes_and_mouth.sum(axis=0)[:, None]
    truth = Mixture(weights, means, [np.cov(X[labels == j].T) for j in range(3)])
    assert fits.run(smile).log_likelihood > fit(X, 3, start=truth).log_likelihood

    spiral = PRESETS["Spiral"].settings
    X, labels = dataset(spiral).X, dataset(spiral).labels
    pieces = fits.run(spiral).mixture.responsibilities(X).argmax(1)
    arms = [set(pieces[labels == arm]) for arm in (0, 1)]
    assert min(map(len, arms)) >= 3

    lines = PRESETS["Two lines"].settings
    assert agreement("Two lines") == 1
    widths = [np.linalg.eigvalsh(one)[0] for one in fits.run(lines).mixture.full_covariances]
    np.testing.assert_allclose(widths, lines.reg_covar, rtol=0.01)


def test_the_page_shows_every_card():
    app = visitor().run()
    app.switch_page("gallery.py").run()
    assert not app.exception
    shown = [caption.value for caption in app.main.caption]
    assert all(preset.watch in shown for preset in PRESETS.values())
