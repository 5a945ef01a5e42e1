"""Pictures and animations: the numbers in them are those of the half-step, and only what moves, moves."""

from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image
from scipy.stats import chi2

from gmm_core import Mixture, fit, load_dataset, make_blobs_data
from pages.ui.look import palette
from pages.ui.player import pictures, printed
from pages.ui.player.film import GIF_DPI
from pages.ui.player.header import Together
from pages.ui.player.pictures import Drawing
from pages.ui.player.scene import encode
from pages.ui.player.view import View

LINK = "http://somewhere/?data=blobs&at=2M"


@pytest.fixture(scope="module")
def data():
    return make_blobs_data(12, 3, cluster_std=2, stretch=True, random_state=17)


@pytest.fixture(scope="module")
def trace(data):
    return fit(data.X, 3, init="random_from_data", random_state=6, max_iter=4, tol=0)


@pytest.fixture(scope="module")
def content(data, trace):
    return encode(data, trace, View(colours=(2, 0, 1))).content


@pytest.fixture(scope="module")
def animation(content):
    return pictures.gif(content, "36 rows", link=LINK)


@pytest.fixture(scope="module")
def frames(animation):
    return read_gif(animation)


def test_an_animation_is_drawn_no_longer_than_somebody_waits(content):
    class Left(Exception):
        pass

    drawn = []

    def leave(number):
        drawn.append(number)
        if number == 2:
            raise Left

    with pytest.raises(Left):
        pictures.gif(content, on_frame=leave)
    assert drawn == [0, 1, 2]


def read_gif(written):
    """Each frame's pixels, and how long it stays."""
    with Image.open(BytesIO(written)) as image:
        assert image.info["loop"] == 0, "for ever"
        found = []
        for i in range(image.n_frames):
            image.seek(i)
            found.append((np.asarray(image.convert("RGB")).astype(int), image.info["duration"]))
    return found


def texts(svg):
    tree = ElementTree.fromstring(svg)
    return ["".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text")]


def colours_at(mixture, X):
    """What the points wear, worked out from the mixture itself."""
    colours = [palette.COMPONENTS[i] for i in (2, 0, 1)]
    return palette.blend(mixture.responsibilities(X), colours)


@pytest.mark.parametrize(("half", "step"), [("M", 1), ("E", 2)])
def test_ellipses_are_of_the_iteration_and_colours_of_the_last_e_step(data, trace, content, half, step):
    drawing = Drawing(content, "")
    drawing.show(2, half)
    plane, mixture = drawing.panels[0], trace.steps[2].mixture
    np.testing.assert_allclose(plane.means.get_offsets(), mixture.means)
    levels = [0.5, 0.9, 0.99] * 3
    for i, path in enumerate(plane.ellipses.get_paths()):
        away = path.vertices[:-1] - mixture.means[i // 3]
        distances = np.sum(away @ np.linalg.inv(mixture.full_covariances[i // 3]) * away, axis=1)
        np.testing.assert_allclose(distances, chi2.ppf(levels[i], 2))
    shown = plane.points.clouds[0].get_facecolors()[:, :3]
    np.testing.assert_allclose(shown, colours_at(trace.steps[step].mixture, data.X), atol=0.02)
    np.testing.assert_array_equal(
        [to_hex(edge).upper() for edge in plane.ellipses.get_edgecolors()[::3]],
        [palette.COMPONENTS[i] for i in (2, 0, 1)],
    )
    (*_, curve) = drawing.panels
    np.testing.assert_allclose(curve.done.get_ydata(), trace.log_likelihoods[:3])


def test_an_svg_says_in_words_what_it_shows_and_takes_any_name(data, trace):
    strange = replace(data, feature_names=("<b>$\\foo$</b> & co", "x" * 100))
    svg = pictures.picture(encode(strange, trace).content, 2, "M", "$1 <script>", "svg")
    words = texts(svg)
    value = f"{trace.steps[2].log_likelihood:.4f}"
    assert f"Iteration 2, M-step, log-likelihood {value} per sample" in words
    assert "<b>$\\foo$</b> & co" in words
    assert "x" * 59 + "…" in words
    assert "$1 <script>" in words
    assert b"<script" not in svg
    assert svg == pictures.picture(encode(strange, trace).content, 2, "M", "$1 <script>", "svg")


def test_the_truth_is_drawn_and_said_only_once_it_was_revealed_and_the_link_is_there(content, animation):
    (*_, hidden, _), (*_, shown, _) = (
        [text.get_text() for text in Drawing(content, "36 rows.", truth=truth).figure.texts]
        for truth in (False, True)
    )
    assert (hidden, shown) == ("36 rows.", "36 rows. Dotted: what the data were drawn from.")
    svg = pictures.picture(content, 2, "M", "", "svg", link=LINK)
    assert LINK in texts(svg)
    assert f'href="{LINK.replace("&", "&amp;")}"'.encode() in svg
    with Image.open(BytesIO(animation)) as image:
        assert image.info["comment"] == LINK.encode()


def test_at_the_start_points_are_grey_and_components_have_their_numbers(content):
    drawing = Drawing(content, "")
    drawing.show(0, "M")
    plane = drawing.panels[0]
    assert to_hex(plane.points.clouds[0].get_facecolors()[0]) == palette.UNCLAIMED
    assert [number.get_text() for number in plane.numbers.artists] == ["1", "2", "3"]
    assert drawing.title.get_text().startswith("Start, ")


def test_a_png_for_slides(content):
    with Image.open(BytesIO(pictures.picture(content, 0, "E"))) as image:
        assert image.size == (2560, 1440)
        assert image.convert("RGB").getpixel((3, 3)) == (255, 255, 255)


def test_a_gif_shows_every_half_step_and_rests_at_its_end(frames):
    durations = [duration for _, duration in frames]
    assert len(frames) == 2 * 4 + 2, "the start, and E of it"
    assert durations == [1000, *[520] * 8, 2000]
    assert (frames[0][0][:8, :8] == 255).all(), "paper is white"


def test_in_a_gif_e_changes_points_only_and_m_moves_ellipses_only(content, data, frames):
    drawing = Drawing(content, "")
    drawing.figure.set_dpi(GIF_DPI)
    places = drawing.panels[0].ax.transData.transform(data.X)
    height, width, _ = frames[0][0].shape
    y, x = np.mgrid[:height, :width]
    near = np.zeros((height, width), bool)
    for px, py in places:
        near |= np.hypot(x - px, y - (height - py)) < 6
    below_the_words = y > 0.13 * height
    for i in range(1, len(frames)):
        changed = (frames[i][0] != frames[i - 1][0]).any(axis=2) & below_the_words
        assert changed.any(), f"frame {i} is the same as the one before"
        if i % 2 == 0:
            assert (changed & ~near).any(), "in M ellipses move"
        else:
            assert not (changed & ~near).any(), "in E nothing moves"
    for iteration in range(1, 5):
        drawing.show(iteration - 1, "E")
        before = drawing.panels[0].points.clouds[0].get_facecolors().copy()
        drawing.show(iteration, "M")
        np.testing.assert_array_equal(drawing.panels[0].points.clouds[0].get_facecolors(), before)


@pytest.mark.parametrize("n_iter", [0, 1, 24, 60, 61, 300, 1000])
def test_a_long_run_in_about_120_frames(n_iter):
    shown = pictures.half_steps(n_iter)
    assert len(shown) <= pictures.MOST_FRAMES + 3
    assert (shown[0], shown[-1]) == ((0, "M"), (n_iter, "E"))
    assert shown[::2] == [(iteration, "M") for iteration, _ in shown[1::2]], (
        "M, then E, of the same iteration; at first the start, which no E-step has seen"
    )
    gaps = np.diff([iteration for iteration, half in shown if half == "E"])
    assert (gaps[:-1] == pictures.every(n_iter)).all()
    if n_iter <= 60:
        assert len(shown) == 2 * n_iter + 2


def test_one_feature_shows_weighted_densities_and_where_the_likeliest_changes():
    data = load_dataset("qa_series")
    trace = fit(data.X, 3, random_state=0)
    drawing = Drawing(encode(data, trace).content, "")
    drawing.show(5, "E")
    line, mixture = drawing.panels[0], trace.steps[5].mixture
    for j, curve in enumerate(line.curves.get_segments()):
        np.testing.assert_allclose(curve[:, 1], np.exp(mixture.log_joint(curve[:, 0])[:, j]), atol=1e-4)
    grid, total = line.total.get_data()
    np.testing.assert_allclose(total, np.exp(mixture.log_density(grid)), atol=1e-4)
    uprights = line.bars[0].get_segments()
    assert len(uprights) == np.isfinite(line.arrays["thresholds"][5]).sum() > 0
    for upright in uprights:
        joint = np.sort(mixture.log_joint(upright[:1, 0])[0])
        assert joint[-1] - joint[-2] < 0.02, "two components are equally likely there"
    words = texts(pictures.picture(encode(data, trace).content, 5, "E", "", "svg"))
    assert {"value", "density", "time", "iteration"} <= set(words)


def test_another_run_is_drawn_below_and_stays_at_its_end(content, data, trace):
    longer = fit(data.X, 3, init="random_from_data", random_state=6, tol=0, max_iter=trace.n_iter + 1)
    view = View(before=tuple(trace.log_likelihoods), before_name="seed 1", limits=(-9.0, -5.0))
    both = Together(encode(data, longer, view).content, ("seed 1", "seed 6"))
    frames = read_gif(pictures.gif(content, beside=both))
    assert len(frames) == 2 * longer.n_iter + 2
    assert frames[0][0].shape == (2 * 576, 1024, 3)
    (above, below), last = (np.vsplit(frame, 2) for frame, _ in (frames[2 * trace.n_iter + 1], frames[-1]))
    assert (above == last[0]).all()
    assert (below != last[1]).any()
    words = texts(pictures.picture(both.content, 1, "E", "", "svg"))
    assert "seed 1" in words, "the dotted curve has a name"
    assert "before the fork" not in words


def test_digits_show_their_means_and_weights():
    data = load_dataset("digits_2_6")
    trace = fit(data.X, 2, covariance_type="diag", reg_covar=1e-2, random_state=0)
    content = encode(data, trace, View(axes=("pc2", "f20"))).content
    drawing = Drawing(content, "")
    drawing.show(1, "M")
    images = drawing.panels[1]
    for j, shown in enumerate(images.pictures):
        np.testing.assert_allclose(
            shown.get_array() / 255, trace.steps[1].mixture.means[j].reshape(8, 8), atol=0.01
        )
    words = texts(pictures.picture(content, 1, "M", "", "svg"))
    assert f"1: {trace.steps[1].mixture.weights[0]:.0%}" in words
    assert data.feature_names[19] in words


def _collapse():
    data = load_dataset("tutorial_collapse")
    start = Mixture([1 / 3] * 3, [(10, 13), (30, 25), (25, -5)], [5 * np.eye(2)] * 3)
    return data, fit(data.X, 3, start=start, reg_covar=0, tol=0), View(before=(-9.0, -8.0, -7.5))


def _narrow():
    data = make_blobs_data(20, 3, random_state=1)
    return data, fit(data.X, 3, init="random_from_data", random_state=0, max_iter=1), View(contours=True)


def _alone():
    data = load_dataset("notebook_3d")
    return data, fit(data.X, 1, max_iter=0), View()


def _flat():
    data = load_dataset("notebook_1d")
    return data, fit(data.X, 1, tol=0, max_iter=3), View()


def _sure():
    data = load_dataset("notebook_1d")
    return data, fit(data.X, 2, max_iter=2), View(mean_covariances=np.full((2, 1, 1), 0.04))


def _sure_in_the_plane():
    data = make_blobs_data(20, 2, random_state=1)
    return data, fit(data.X, 2, max_iter=2), View(mean_covariances=np.stack([np.eye(2)] * 2))


@pytest.mark.parametrize("make", [_collapse, _narrow, _alone, _flat, _sure, _sure_in_the_plane])
def test_runs_of_an_odd_kind_can_be_drawn(make):
    data, trace, view = make()
    content = encode(data, trace, view).content
    assert len(read_gif(pictures.gif(content))) == 2 * trace.n_iter + 2
    words = texts(pictures.picture(content, trace.n_iter, "E", "", "svg"))
    assert trace.n_iter == 0 or trace.stop.brief in words


def test_rounding_does_not_look_like_a_rise():
    data = load_dataset("notebook_1d")
    trace = fit(data.X, 1, tol=0, max_iter=3)
    assert np.ptp(trace.log_likelihoods[1:]) < 1e-12
    low, high, _ = printed.limits(trace.log_likelihoods[1:], np.array([]), None)
    assert high - low > 1e-9


def test_light_is_mixed():
    colours = ("#FF0000", "#0000FF")
    pure, even = palette.blend(np.array([[200, 0], [100, 100]]), colours)
    np.testing.assert_allclose(pure, [1, 0, 0])
    np.testing.assert_allclose(even, [0.7354, 0, 0.7354], atol=1e-4)  # half the light, not half the number


def test_on_paper_each_component_has_a_form_a_row_a_ring_and_one_value_no_curve(content, data, trace):
    drawing = Drawing(content, "", on_paper=True)
    drawing.show(2, "E")
    cloud = drawing.panels[0].points.clouds[0]
    claimed = trace.steps[2].mixture.responsibilities(data.X).argmax(axis=1)
    circle, triangle, square = printed._FORMS[:3]
    assert [cloud.get_paths()[i] for i in range(len(data.X))] == [
        (circle, triangle, square)[j] for j in claimed
    ]
    assert not any(text.get_visible() for text in drawing.figure.texts)
    axes = drawing.figure.axes
    drawing.panels[0].points.ring(5)
    np.testing.assert_allclose(axes[0].collections[-1].get_offsets()[0], data.X[5], rtol=1e-6)
    start = encode(data, replace(trace, steps=trace.steps[:1]), View()).content
    assert (len(axes), len(Drawing(start, "", on_paper=True).figure.axes)) == (2, 1)


def test_a_long_link_is_there_to_its_end_and_not_beyond_the_paper(content):
    link = "http://somewhere/?" + "&".join(f"setting{i}=-12.345%2C6.789" for i in range(14)) + "&at=2M"
    drawing = Drawing(content, "A caption " * 60, link)
    (address,) = [text for text in drawing.figure.texts if text.get_url() == link]
    assert address.get_text().replace("\n", "") == link
    box = address.get_window_extent()
    assert box.x1 < drawing.figure.bbox.x1
    caption = next(text for text in drawing.figure.texts if "A caption" in text.get_text())
    assert caption.get_window_extent().y0 > box.y1
    low = min(panel.ax.get_tightbbox().y0 for panel in drawing.panels if hasattr(panel, "ax"))
    assert low > caption.get_window_extent().y1
