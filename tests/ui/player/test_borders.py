"""Whose ground is whose, read back as the browser reads it; and k-means as it stands beside EM."""

import numpy as np
import pytest
from as_browser import decode, unfold
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from gmm_core import Mixture, Scaling, fit, load_dataset, make_blobs_data
from gmm_core.engine.kmeans import run_kmeans
from pages.ui.look import shapes
from pages.ui.player.borders import SIDE
from pages.ui.player.kmeans_scene import encode_kmeans
from pages.ui.player.scene import encode
from pages.ui.player.view import View

BORDERS = View(borders=True)


def beside(data, k, view=BORDERS, scaling="none", **options):
    """EM and k-means from the same means: both runs, and what is sent of them."""
    scale = Scaling.of(scaling, data.X)
    Z = scale.scale(data.X)
    em = fit(Z, k, init="random_from_data", **{"random_state": 6} | options)
    run = run_kmeans(Z, em.steps[0].mixture.means)
    em = scale.trace_in_units(em)
    scenes = encode(data, em, view), encode_kmeans(data, run, em, scale, view)
    return em, run, scenes


def shades(header, arrays):
    """The tint as the browser adds it up, (t, cells, k), and the centres of the cells."""
    size = header["tint"]
    fake = {"gaps": arrays["tint_gaps"], "changes": arrays["tint_changes"]}
    ends = [np.linspace(*limits, n + 1) for limits, n in zip(header["range"], size, strict=True)]
    if header["kind"] == "line":
        ends = ends[:1]
    grid = np.column_stack([a.ravel() for a in np.meshgrid(*((end[1:] + end[:-1]) / 2 for end in ends))])
    return unfold(header | {"n": len(grid)}, fake), grid


def border(header, arrays, step):
    """The points of the lines at a step, in data units."""
    low, high = np.array(header["range"]).T
    points = [densely(line / SIDE) for line in lines(arrays, step)]
    return low + np.concatenate([np.empty((0, 2)), *points]) * (high - low)


def lines(arrays, step):
    """The lines at a step, in parts of `SIDE`."""
    which = arrays["border_of"][step]
    first, last = arrays["border_sets"][which : which + 2]
    starts = arrays["border_starts"]
    return [arrays["border_points"][starts[i] : starts[i + 1]].astype(float) for i in range(first, last)]


def densely(line):
    """Places all along a line."""
    steps = np.linspace(0, len(line) - 1, 1 + 200 * (len(line) - 1))
    return np.column_stack([np.interp(steps, np.arange(len(line)), line[:, i]) for i in (0, 1)])


@pytest.fixture(scope="module")
def blobs():
    return make_blobs_data(100, 3, cluster_std=2, stretch=True, random_state=17)


@pytest.mark.parametrize("scaling", ["none", "whiten"])
def test_em_is_soft_and_k_means_hard_on_the_same_axes(blobs, scaling):
    em, run, scenes = beside(blobs, 3, scaling=scaling)
    (soft, soft_arrays), (hard, hard_arrays) = (decode(scene.content) for scene in scenes)
    assert (soft["hard"], hard["hard"]) == (False, True)
    assert soft["range"] == hard["range"]
    assert soft["data"] == hard["data"]
    scale = Scaling.of(scaling, blobs.X)
    found, grid = shades(soft, soft_arrays)
    for step, ground in zip(em.steps, found, strict=True):
        np.testing.assert_allclose(ground / 255, step.mixture.responsibilities(grid), atol=0.5 / 15 + 1e-9)
    found, grid = shades(hard, hard_arrays)
    points = unfold(hard, hard_arrays)
    for step, ground, claimed in zip(run.steps, found, points, strict=True):
        assert set(ground.ravel()) == {0, 255}
        np.testing.assert_array_equal(ground.argmax(axis=1), step.assign(scale.scale(grid)))
        np.testing.assert_array_equal(claimed.argmax(axis=1), step.assign(scale.scale(blobs.X)))
        np.testing.assert_allclose(hard_arrays["means"][step.iteration], scale.unscale(step.centres))


def test_lines_stand_where_the_likeliest_component_changes_and_nowhere_else(blobs):
    em, run, scenes = beside(blobs, 3)
    runs = [step.mixture for step in em.steps], [step.cells for step in run.steps]
    for mixtures, scene in zip(runs, scenes, strict=True):
        header, arrays = decode(scene.content)
        low, high = np.array(header["range"]).T
        x, y = np.linspace(low, high, 101).T
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        for step, mixture in enumerate(mixtures):
            owner = mixture.log_joint(grid.reshape(-1, 2)).argmax(axis=1).reshape(101, 101)
            changes = np.argwhere(owner[:, 1:] != owner[:, :-1])[:, ::-1] / 100
            drawn = (border(header, arrays, step) - low) / (high - low)
            # Half a cell, and what a line may have moved before it is sent again.
            assert cKDTree(drawn).query(changes)[0].max() < 0.03
            offsets = np.array([(dx, dy) for dx in (-0.02, 0, 0.02) for dy in (-0.02, 0, 0.02)])
            around = drawn + offsets[:, np.newaxis]
            likeliest = mixture.log_joint((low + around * (high - low)).reshape(-1, 2)).argmax(axis=1)
            assert np.ptp(likeliest.reshape(9, -1), axis=0).min() > 0


def test_borders_of_k_means_are_straight_and_meet_in_the_point_that_is_equally_far(blobs):
    _, run, scenes = beside(blobs, 3)
    header, arrays = decode(scenes[1].content)
    low, high = np.array(header["range"]).T
    found = lines(arrays, len(run.steps) - 1)
    assert [len(line) for line in found] == [2, 2, 2]
    a, b, c = run.steps[-1].centres
    # |x - a| = |x - b| = |x - c|
    meeting = np.linalg.solve(2 * np.array([b - a, c - a]), [b @ b - a @ a, c @ c - a @ a])
    ends = low + np.concatenate(found) / SIDE * (high - low)
    away = np.sort(np.linalg.norm((ends - meeting) / (high - low), axis=1))
    assert away[2] < 2 / SIDE < away[3], "one end of each"


@given(seed=st.integers(0, 10_000), k=st.integers(1, 6))
def test_straight_borders_are_where_the_likeliest_two_tie(seed, k):
    rng = np.random.default_rng(seed)
    root, weights = rng.normal(size=(2, 2)), rng.dirichlet(np.ones(k))
    mixture = Mixture(weights, rng.uniform(-3, 3, (k, 2)), root @ root.T + np.eye(2), "tied")
    assert shapes.are_straight(mixture)
    found = shapes.straight_borders(mixture.log_joint(np.array([[-4.0, -5.0], [4.0, -5.0], [-4.0, 5.0]])))
    for line in found:
        assert ((line > -1e-9) & (line < 1 + 1e-9)).all()
        places = np.linspace(*line, 7) * [8, 10] - [4, 5]
        two = np.sort(mixture.log_joint(places), axis=1)[:, -2:]
        np.testing.assert_allclose(two[:, 0], two[:, 1], atol=1e-8 * (1 + abs(two).max()))
    grid = np.stack(np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 60)), axis=-1).reshape(-1, 2)
    owner = mixture.log_joint(grid * [8, 10] - [4, 5]).argmax(axis=1).reshape(60, 60)
    changes = (np.argwhere(owner[:, 1:] != owner[:, :-1])[:, ::-1] + [0.5, 0]) / 59
    if len(changes):
        drawn = np.concatenate([densely(line) for line in found])
        assert cKDTree(drawn).query(changes)[0].max() < 1 / 59


def test_with_one_feature_the_ground_is_a_row_and_borders_are_thresholds():
    data = load_dataset("notebook_1d")
    em, run, scenes = beside(data, 3)
    (soft, soft_arrays), (hard, hard_arrays) = (decode(scene.content) for scene in scenes)
    assert soft["tint"] == hard["tint"] == [400, 1]
    assert soft["range"] == hard["range"]
    assert "curves" not in hard_arrays, "k-means has no densities"
    centres = np.sort(run.steps[-1].centres[:, 0])
    thresholds = hard_arrays["thresholds"][-1]
    np.testing.assert_allclose(thresholds, (centres[1:] + centres[:-1]) / 2, atol=2e-3)
    found, grid = shades(soft, soft_arrays)
    np.testing.assert_allclose(found[-1] / 255, em.mixture.responsibilities(grid), atol=0.5 / 15 + 1e-9)


@pytest.mark.parametrize("view", [View(borders=True), View(borders=True, space=True)])
def test_of_more_than_two_features_no_borders_are_drawn(view):
    _, run, scenes = beside(load_dataset("notebook_3d"), 2, view)
    for scene in scenes:
        header, arrays = decode(scene.content)
        assert "tint" not in header
        assert not [name for name in arrays if name.startswith(("tint", "border"))]
    header, arrays = decode(scenes[1].content)
    assert arrays["inertia"].tolist() == [step.inertia for step in run.steps]
    assert header["ending"] == "No point changes its cluster any more."


def test_both_runs_are_small_to_send():
    data = make_blobs_data(334, 3, cluster_std=2)
    _, _, scenes = beside(data, 3, tol=0, max_iter=100)
    assert sum(len(scene.content) for scene in scenes) < 1_000_000
    noise = load_dataset("uniform_noise")
    _, _, scenes = beside(noise, 8, tol=0, max_iter=1000)
    assert sum(len(scene.content) for scene in scenes) < 1_000_000, "a long run has coarser grids"


def test_one_component_has_no_border(blobs):
    em, _, (scene, _) = beside(blobs, 1)
    _, arrays = decode(scene.content)
    assert len(arrays["border_points"]) == 0
    assert arrays["border_of"].tolist() == [0] * len(em.steps)
