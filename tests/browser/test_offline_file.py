"""The file to take away, opened from a disk in a browser without a network."""

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import PLAYER, VIEWPORT, until
from playwright.sync_api import expect
from test_player import ellipses, expect_at, fills, press, settled

from gmm_core import fit, load_dataset, make_blobs_data
from pages.ui.look import palette
from pages.ui.player import At, assets
from pages.ui.player.header import Together
from pages.ui.player.offline import animation_html
from pages.ui.player.scene import encode
from pages.ui.player.view import View

START, START_VIEW = At(), View()


@pytest.fixture(scope="module")
def without_network(chromium):
    """One profile for all files: what is compiled once is not compiled again."""
    context = chromium.new_context(offline=True, viewport=VIEWPORT)
    yield context
    context.close()


@pytest.fixture
def open_file(without_network, tmp_path):
    """Open the file of a run; at the end, nothing may have gone wrong, nor anything else be asked for."""
    pages, problems, asked = [], [], []

    def open_page(data, trace, view=START_VIEW, at=START, beside=None, viewport=VIEWPORT, **media):
        path = tmp_path / "em.html"
        path.write_text(
            animation_html(encode(data, trace, view).content, at, "A <b>title</b>", "k = 3", beside=beside),
            "utf-8",
        )
        page = without_network.new_page()
        pages.append(page)
        page.set_viewport_size(viewport)
        page.emulate_media(**media)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not problems
    assert {url.rsplit("/", 1)[-1] for url in asked} == {"em.html"}


@pytest.fixture(scope="module")
def blobs():
    data = make_blobs_data(20, 3, cluster_std=2, stretch=True, random_state=17)
    return data, fit(data.X, 3, init="random_from_data", random_state=6)


def test_it_opens_where_it_was_and_plays_to_the_end(open_file, blobs):
    data, trace = blobs
    page = open_file(*blobs, at=At(2, "M"))
    expect_at(page, 2, "M")
    expect(page.get_by_role("heading")).to_have_text("A <b>title</b>")
    page.get_by_label("Speed").select_option("8 ×")
    press(page, "Play")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()
    expect_at(page, trace.n_iter, "E")
    expect(page.locator(".em-says")).to_contain_text("Converged: ")
    # What the screen shows is what a picture shows.
    shown = [[int(n) for n in fill[4:-1].split(",")] for fill in settled(page, fills)]
    wanted = 255 * palette.blend(trace.mixture.responsibilities(data.X), palette.COMPONENTS[:3])
    assert abs(wanted - shown).max() < 6
    assert page.url.endswith("/em.html"), "the address stays"


def test_half_steps_slider_keyboard_curve_and_a_point(open_file, blobs):
    page = open_file(*blobs)
    press(page, "Step forward")
    expect_at(page, 0, "E")
    start = settled(page, fills), ellipses(page)
    press(page, "Step forward")
    expect_at(page, 1, "M")
    assert settled(page, fills) == start[0]
    assert settled(page, ellipses) != start[1]
    page.get_by_label("Half-step").fill("7")
    expect_at(page, 4, "M")
    page.keyboard.press("ArrowLeft")
    expect_at(page, 3, "E")
    page.get_by_role("radio", name="Lower bound").click()
    expect(page.locator(".em-curve").get_by_text("bound per sample")).to_be_visible()
    page.locator(".em-stage .point").first.hover(force=True)
    expect(page.locator(".em-card")).to_contain_text("component 1")
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(PLAYER)).to_have_attribute("data-selected", "0")
    expect(page.get_by_text("its responsibilities over the iterations")).to_be_visible()


def test_another_run_stands_beside_and_follows(open_file, blobs):
    data, trace = blobs
    short = encode(data, fit(data.X, 3, random_state=6, max_iter=1)).content
    page = open_file(data, trace, beside=Together(short, ("seed 0", "one iteration")))
    follower = page.get_by_test_id("em-follower")
    expect(follower).to_have_attribute("data-ready", "true")
    left, right = (one.bounding_box() for one in (page.locator(PLAYER), follower))
    assert left["x"] + left["width"] < right["x"]
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.keyboard.press("End")
    expect_at(page, trace.n_iter, "E")
    expect(follower.locator(".em-says")).to_contain_text("Ended at iteration 1")
    expect(page.locator(".em-title")).to_have_text(
        [
            f"seed 0 iteration {trace.n_iter}: {trace.log_likelihood:.4f}",
            re.compile("one iteration iteration 1: -"),
        ]
    )
    expect(page.get_by_label("Play", exact=True)).to_have_count(1)


@pytest.mark.parametrize("viewport", [(1280, 720), (1000, 620)], ids=str)
def test_two_runs_share_a_low_window(open_file, blobs, viewport):
    data, trace = blobs
    width, height = viewport
    together = Together(encode(data, trace).content, ("seed 0", "seed 0 again"))
    page = open_file(data, trace, beside=together, viewport={"width": width, "height": height})
    expect(page.get_by_test_id("em-follower")).to_have_attribute("data-ready", "true")
    left, right = (page.locator(".em-stage").nth(i) for i in (0, 1))
    heights = "() => [...document.querySelectorAll('.em-stage')].map((one) => one.clientHeight)"
    until(page, f"() => {{ const [a, b] = ({heights})(); return a > 150 && Math.abs(a - b) < 2; }}")
    assert left.bounding_box()["y"] == right.bounding_box()["y"]
    buttons = page.locator(".em-transport").first.bounding_box()["y"]
    assert buttons >= left.bounding_box()["y"] + left.bounding_box()["height"]


def test_a_component_after_the_other_is_named_where_none_can_be_moved(open_file, blobs):
    page = open_file(*blobs, at=At(1, "E"))
    says = page.locator(".em-says")
    for key, named in (("k", 1), ("k", 2), ("k", 3), ("k", 1), ("Shift+K", 3)):
        page.keyboard.press(key)
        expect(says).to_contain_text(f"Component {named} of 3")
    page.keyboard.press("a")
    expect(says).to_have_text("Means cannot be added here.")


def test_the_name_of_a_low_curve_is_not_cut(open_file, blobs):
    page = open_file(*blobs, at=At(1, "E"), viewport={"width": 1000, "height": 600})
    page.keyboard.press("n")
    expect(page.locator(".em-point")).to_be_visible()
    box = "const name = document.querySelector('.em-curve .ytitle').getBoundingClientRect()"
    plot = "const plot = document.querySelector('.em-curve .em-plot').getBoundingClientRect()"
    until(page, f"() => {{ {box}; {plot}; return name.top >= plot.top && name.bottom <= plot.bottom; }}")


def test_means_stay_where_they_are(open_file, blobs):
    page = open_file(*blobs)
    expect(page.locator(".em-mean")).to_have_count(3)
    expect(page.locator(".em-held")).to_have_count(0)
    before = ellipses(page)
    page.locator(".em-stage .nsewdrag").dblclick(position={"x": 5, "y": 5})
    assert settled(page, ellipses) == before
    assert "drag" not in page.get_by_label("Keyboard").get_attribute("title")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_by_day_and_by_night_it_fits_the_window(open_file, scheme):
    data = load_dataset("digits_2_6")
    trace = fit(data.X, 2, covariance_type="diag", reg_covar=1e-2, random_state=0)
    page = open_file(data, trace, color_scheme=scheme, viewport={"width": 800, "height": 700})
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    ink, paper = page.evaluate(
        "[document.querySelector('.em-player'), document.body].map((e) => getComputedStyle(e))"
        ".map((style, i) => style[i ? 'backgroundColor' : 'color'])"
    )
    light = {
        "light": ("rgb(49, 51, 63)", "rgb(255, 255, 255)"),
        "dark": ("rgb(250, 250, 250)", "rgb(14, 17, 23)"),
    }
    assert (ink, paper) == light[scheme]
    expect(page.locator(".em-images canvas")).to_have_count(2)


def test_a_file_brings_as_much_of_plotly_as_it_draws(open_file, blobs, tmp_path):
    open_file(*blobs)
    small = (tmp_path / "em.html").stat().st_size
    page = open_file(*blobs, View(contours=True))
    expect(page.locator(".em-stage .contourlayer path").first).to_be_visible()
    assert 3 * small < (tmp_path / "em.html").stat().st_size


def test_space_turns_without_a_network_too(open_file):
    data = load_dataset("notebook_3d")
    trace = fit(data.X, 2, init="random_from_data", random_state=0)
    page = open_file(data, trace, View(space=True))
    press(page, "Last")
    expect_at(page, trace.n_iter, "E")
    eye = "() => Object.values(document.querySelector('.em-stage .em-plot')._fullLayout.scene.camera.eye)"
    first = page.evaluate(eye)
    for key in ("+", "t", "ArrowLeft", "t"):
        page.keyboard.press(key)
    assert page.evaluate(eye) != pytest.approx(first)
    page.keyboard.press("0")
    assert page.evaluate(eye) == pytest.approx(first), "from where all of it is seen"


CORNERS = """() => {
    const { scene } = document.querySelector(".em-stage .em-plot")._fullLayout;
    const { dataScale, glplot: { cameraParams } } = scene._scene;
    const range = ["xaxis", "yaxis", "zaxis"].map((axis) => scene[axis].range);
    const row = (matrix, v, r) => v.reduce((sum, x, c) => sum + matrix[4 * c + r] * x, 0);
    const times = (matrix, v) => [0, 1, 2, 3].map((r) => row(matrix, v, r));
    return [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => {
        let seen = [...range.map((ends, i) => ends[(bits >> i) & 1] * dataScale[i]), 1];
        for (const name of ["model", "view", "projection"]) seen = times(cameraParams[name], seen);
        return [seen[0] / seen[3], seen[1] / seen[3]];
    });
}"""  # of the box, in the picture, which goes from -1 to 1 in both directions


@pytest.mark.parametrize("viewport", [(1280, 720), (390, 844)], ids=str)
def test_in_space_the_whole_box_is_seen_with_room_for_its_names(open_file, viewport):
    data = load_dataset("notebook_3d")
    trace = fit(data.X, 2, init="random_from_data", random_state=0)
    width, height = viewport
    page = open_file(data, trace, View(space=True), viewport={"width": width, "height": height})
    until(page, f"() => ({CORNERS})().flat().every(Number.isFinite)")
    corners = np.abs(page.evaluate(CORNERS))
    assert 0.6 < corners.max() < 0.95


def test_in_space_too_points_say_how_often_they_count_and_what_em_was_told(open_file):
    data = load_dataset("notebook_3d")
    counts = [4.0] * 10 + [1.0] * 40
    told = np.where(np.arange(50) < 5, 0, -1)
    trace = fit(data.X, 2, sample_weight=counts, init="random_from_data", random_state=0)
    data = replace(data, sample_weight=np.array(counts))
    page = open_file(data, trace, View(space=True, known=told), at=At(1, "E"))
    size, symbol = page.evaluate(
        "(({ size, symbol }) => [size, symbol])(document.querySelector('.em-stage .em-plot').data[0].marker)"
    )
    assert size[0] == 2 * size[10], "the area says it"
    assert symbol[4:6] == ["square", "circle"]
    page.keyboard.press("n")
    expect(page.locator(PLAYER)).to_have_attribute("data-selected", "0")


def test_a_view_of_the_curve_that_is_added_is_offered_and_drawn(open_file, blobs, monkeypatch):
    """Declared once: what views.js has is a button, and its lines are drawn, and grow."""
    added = """const added = { ...USUAL, label: "Weights", legend: true,
      lines(scene) {
        const x = iterations(scene);
        const ys = [0, 1].map((j) => x.map((t) => scene.weights[t * scene.k + j]));
        return { names: ["first", "second"], points: { x, ys, frames: framesOf(scene) }, title: "weight" };
      } };
export const VIEWS = { added, """
    views = assets.modules()["views.js"].replace("export const VIEWS = { ", added)
    monkeypatch.setitem(assets.modules(), "views.js", views)
    page = open_file(*blobs, at=At(3, "E"))
    page.get_by_role("radio", name="Weights").click()
    expect(page.get_by_role("radio", name="Weights")).to_have_attribute("aria-checked", "true")
    expect(page.locator(".em-curve").get_by_text("weight", exact=True)).to_be_visible()
    expect(page.locator(".em-curve .legendtext")).to_have_text(["first", "second"])
    data = "document.querySelector('.em-curve .em-plot').data"
    lines = page.evaluate(f"{data}.filter((t) => t.name).map((t) => [t.name, Array.from(t.y)])")
    weights = [step.mixture.weights for step in blobs[1].steps[:4]]
    for j, name in enumerate(("first", "second")):
        (drawn,) = [y for one, y in lines if one == name]
        assert drawn == [pytest.approx(w[j]) for w in weights]
    page.get_by_role("radio", name="Log-likelihood").click()
    expect(page.locator(".em-curve").get_by_text("log-likelihood per sample")).to_be_visible()


def test_in_a_window_that_becomes_small_names_of_axes_are_not_cut(open_file, blobs):
    long = ("a column with a name that is rather long (in units)", "another one that is no shorter (units)")
    data, trace = blobs
    page = open_file(replace(data, feature_names=long), trace)
    page.set_viewport_size({"width": 390, "height": 844})
    box = "const name = document.querySelector('.em-stage .xtitle').getBoundingClientRect()"
    plot = "const plot = document.querySelector('.em-stage').getBoundingClientRect()"
    until(page, f"() => {{ {box}; {plot}; return plot.width < 390 && name.left > 0 && name.right < 390; }}")
