"""Ellipses, curves and histograms, which every picture takes from one place."""

import numpy as np
import pytest
from scipy.stats import chi2

from gmm_core import fit, load_dataset, make_blobs_data
from pages.ui.choose_k import figures as choose_k
from pages.ui.look import palette, portraits, shapes
from pages.ui.player.header import decode
from pages.ui.player.pictures import Drawing
from pages.ui.player.scene import encode

DATA = make_blobs_data(30, 2, cluster_std=2, stretch=True, random_state=3)
TRACE = fit(DATA.X, 2, random_state=0)


def test_an_ellipse_holds_its_share():
    mixture, radius = TRACE.mixture, float(shapes.radii(0.9, 2))
    outlines = shapes.ellipses(mixture.means, shapes.roots(mixture), radius, 60)
    assert outlines.shape == (2, 61, 2)
    np.testing.assert_allclose(outlines[:, 0], outlines[:, -1])
    for j, outline in enumerate(outlines):
        distances = mixture.squared_distances(outline)[:, j]
        np.testing.assert_allclose(distances, chi2.ppf(0.9, 2))


def test_the_maps_of_a_scene_are_those_of_the_components():
    _, arrays = decode(encode(DATA, TRACE).content)
    np.testing.assert_allclose(shapes.triangles(arrays["maps"][-1]), shapes.roots(TRACE.mixture))


def test_curves_are_weighted_densities():
    data = load_dataset("qa_series")
    mixture = fit(data.X, 3, random_state=0).mixture
    grid = np.linspace(data.X.min(), data.X.max(), 50)
    curves = shapes.curves(mixture, grid)
    assert curves.shape == (3, 50)
    np.testing.assert_allclose(curves.sum(axis=0), np.exp(mixture.log_density(grid[:, np.newaxis])))


@pytest.mark.parametrize("n", [50, 100_000])
def test_a_histogram_has_no_more_bins_than_can_be_seen(n):
    x = np.random.default_rng(0).standard_cauchy(n).clip(-1000, 1000)
    heights, edges = shapes.histogram(x)
    assert len(edges) == len(heights) + 1 <= shapes.MOST_BINS + 1
    np.testing.assert_allclose((heights * np.diff(edges)).sum(), 1)


def test_a_spike_does_not_decide_how_high_a_picture_is():
    heights = np.array([1.0, 2.0])
    assert shapes.top(heights, 2.5) == pytest.approx(1.15 * 2.5)
    assert shapes.top(heights, 1e9) == pytest.approx(1.15 * 6)


def test_another_ellipse_is_another_in_every_picture(monkeypatch):
    """Small pictures, those of Choose k, and those to take away draw the same one."""

    def drawn():
        clusters = TRACE.mixture.responsibilities(DATA.X).argmax(axis=1)
        small = portraits.portrait(DATA, clusters, TRACE.mixture, colours)
        merged = choose_k.merged(
            DATA.X, np.arange(60), TRACE.mixture, [(0,), (1,)], np.eye(2), DATA.feature_names
        )
        drawing = Drawing(content, "")
        drawing.show(TRACE.n_iter, "E")
        return small, merged.to_json(), [p.vertices.tolist() for p in drawing.panels[0].ellipses.get_paths()]

    colours, content = palette.COMPONENTS[:2], encode(DATA, TRACE).content
    before, ellipses = drawn(), shapes.ellipses
    monkeypatch.setattr(
        shapes, "ellipses", lambda means, maps, radius, sides: ellipses(means, maps, 2 * radius, sides)
    )
    assert all(was != now for was, now in zip(before, drawn(), strict=True))
