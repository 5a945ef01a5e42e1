"""What is sent to the player, read back as the browser reads it."""

from dataclasses import replace

import numpy as np
import pytest
from as_browser import decode, unfold

from gmm_core import Mixture, StopReason, fit, load_dataset, make_blobs_data
from pages.ui.player import At
from pages.ui.player.scene import encode
from pages.ui.player.view import MOST_POINTS, View, shown_rows


def test_responsibilities_are_those_of_every_step():
    data = make_blobs_data(50, 3, cluster_std=2, stretch=True, random_state=17)
    trace = fit(data.X, 3, init="random_from_data", random_state=6)
    got = unfold(*decode(encode(data, trace).content))
    for t, step in enumerate(trace.steps):
        np.testing.assert_allclose(got[t] / 255, step.mixture.responsibilities(data.X), atol=0.5 / 255 + 1e-9)


def test_the_circle_maps_are_square_roots_of_the_covariances():
    data = make_blobs_data(50, 2, stretch=True)
    trace = fit(data.X, 2, random_state=0)
    header, arrays = decode(encode(data, trace).content)
    a, b, c = arrays["maps"][-1].T
    covariances = trace.mixture.covariances
    np.testing.assert_allclose(a * a, covariances[:, 0, 0])
    np.testing.assert_allclose(a * b, covariances[:, 0, 1])
    np.testing.assert_allclose(b * b + c * c, covariances[:, 1, 1])
    # Half, nine tenths and 99% of a Gaussian in the plane lie inside: r^2 = -2 log(1 - share).
    np.testing.assert_allclose(header["radii"], np.sqrt(-2 * np.log([0.5, 0.1, 0.01])))


def test_how_sure_the_last_means_are_is_an_ellipse_or_a_bar_on_request():
    data = make_blobs_data(50, 2, stretch=True)
    trace = fit(data.X, 2, random_state=0)
    assert "error_maps" not in decode(encode(data, trace).content)[1]
    flat = np.outer([1e-3, 2.0], [1e-3, 2.0])  # but for rounding
    sure = np.array([[[0.3, -0.1], [-0.1, 0.2]], flat])
    arrays = decode(encode(data, trace, View(mean_covariances=sure)).content)[1]
    a, b, c = arrays["error_maps"].T / np.sqrt(-2 * np.log(0.05))
    np.testing.assert_allclose([a * a, a * b, b * b + c * c], sure[:, [0, 0, 1], [0, 1, 1]].T, rtol=1e-6)
    data = load_dataset("notebook_1d")
    trace = fit(data.X, 2, random_state=0)
    arrays = decode(encode(data, trace, View(mean_covariances=sure[:, :1, :1])).content)[1]
    np.testing.assert_allclose(arrays["mean_errors"], 1.959964 * np.sqrt(sure[:, 0, 0]), rtol=1e-6)


def test_many_features_are_projected_exactly():
    data = load_dataset("digits_2_6")
    trace = fit(data.X, 2, covariance_type="diag", reg_covar=1e-4, random_state=0)
    header, arrays = decode(encode(data, trace).content)
    assert [axis[:21] for axis in header["axes"]] == ["principal component 1", "principal component 2"]
    centred = data.X - data.X.mean(axis=0)
    P = np.linalg.svd(centred, full_matrices=False)[2][:2]
    signs = np.sign(np.sum(arrays["points"] * (data.X @ P.T), axis=0))
    P *= signs[:, np.newaxis]
    np.testing.assert_allclose(arrays["points"], data.X @ P.T, atol=1e-9)
    a, b, c = arrays["maps"][-1].T
    exact = P @ (trace.mixture.full_covariances @ P.T)
    np.testing.assert_allclose(
        np.array([a * a, a * b, b * b + c * c]).T, exact[:, [0, 0, 1], [0, 1, 1]], atol=1e-9
    )


def test_curves_in_one_dimension_are_weighted_densities_and_their_sum():
    data = load_dataset("qa_series")
    trace = fit(data.X, 3, random_state=0)
    header, arrays = decode(encode(data, trace).content)
    assert header["kind"] == "line"
    unit = header["curve_unit"]
    curves = arrays["curves"][-1] * unit
    np.testing.assert_allclose(curves[:3].sum(axis=0), curves[3], atol=2 * unit)
    np.testing.assert_allclose(curves[3], np.exp(trace.mixture.log_density(arrays["grid"])), atol=unit)


def test_a_large_run_is_small_to_send():
    data = make_blobs_data(334, 3, cluster_std=2)
    trace = fit(data.X, 3, init="random", random_state=0, tol=0, max_iter=100)
    assert len(encode(data, trace).content) < 500_000


def test_a_sample_of_many_points_is_drawn_and_counted():
    data = make_blobs_data(2000, 3)
    scene = encode(data, fit(data.X, 3, random_state=0))
    assert (len(scene.rows), scene.total) == (MOST_POINTS, 6000)
    rows = shown_rows(6000, 30)
    assert len(set(rows)) == MOST_POINTS
    np.testing.assert_array_equal(rows, shown_rows(6000, 30))


def test_the_same_run_has_the_same_name_and_another_has_not():
    data = make_blobs_data(20, 2)
    first, again, other = (fit(data.X, 2, random_state=0, tol=tol) for tol in (1e-3, 1e-3, 1e-9))
    assert encode(data, first).run == encode(data, again).run
    assert encode(data, first).run != encode(data, other).run


def test_where_the_default_tolerance_would_have_stopped():
    data = load_dataset("qa_series")
    short = fit(data.X, 3, random_state=0)
    long = fit(data.X, 3, random_state=0, tol=0)
    assert decode(encode(data, short).content)[0]["default_stop"] is None
    assert decode(encode(data, long).content)[0]["default_stop"] == short.n_iter


def test_a_collapsed_run_and_a_single_step_can_be_drawn():
    data = load_dataset("tutorial_collapse")
    start = Mixture([1 / 3] * 3, [(10, 13), (30, 25), (25, -5)], [5 * np.eye(2)] * 3)
    trace = fit(data.X, 3, start=start, reg_covar=0, tol=0)
    assert trace.stop is StopReason.COLLAPSED
    header, _ = decode(encode(data, trace).content)
    assert (header["stop"], header["collapsed"]) == ("collapsed", 2)
    header, _ = decode(encode(data, fit(data.X, 3, start=start, max_iter=0)).content)
    assert header["steps"] == 0


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("7M", At(7, "M")),
        ("0E", At(0, "E")),
        ("", At()),
        ("0M", At()),
        ("11E", At()),
        ("-1E", At()),
        ("²E", At()),
        ("x", At()),
    ],
)
def test_the_half_step_in_a_link(text, at):
    found, said = At.read(text, 10)
    assert found == at
    assert bool(said) == (text not in ("", str(at))), "what the run does not have is said"


def test_means_on_principal_components_are_sent_as_the_images_they_are():
    data = load_dataset("digits_2_6")
    trace = fit(data.X[:, 20:22], 2, random_state=0, max_iter=3)
    flat = replace(data, X=data.X[:, 20:22], feature_names=("a", "b"), image_shape=None)
    images = np.linspace(-1, 2, len(trace.steps) * 2 * 64).reshape(-1, 2, 8, 8)
    view = View(images=images, images_first=True, first_number=0, by_hand=False)
    header, arrays = decode(encode(flat, trace, view).content)
    assert header["image_shape"] == [8, 8]
    np.testing.assert_allclose(arrays["images"] / 255, np.clip(images, 0, 1), atol=0.5 / 255)
    shown = {name: header[name] for name in ("images_first", "first_number", "draggable", "editable")}
    assert shown == {"images_first": True, "first_number": 0, "draggable": False, "editable": False}
