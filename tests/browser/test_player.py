"""The page in a real browser: it opens, plays, steps back, and a link restores it."""

import re
from contextlib import contextmanager

import pytest
from conftest import PLAYER, until, wait
from playwright.sync_api import expect


def player(page):
    return page.locator(PLAYER)


START = (0, "M")  # before the first E-step


def expect_at(page, step, half):
    expect(player(page)).to_have_attribute("data-step", str(step))
    expect(player(page)).to_have_attribute("data-half", half)


@contextmanager
def new_run(page):
    """What is done inside shows another run, or the same one anew: wait for it, not for a time."""
    shown = player(page).get_attribute("data-run")
    yield
    expect(player(page)).not_to_have_attribute("data-run", shown)
    expect(player(page)).to_have_attribute("data-ready", "true")


def press(page, label):
    page.get_by_label(label, exact=True).click()


def fills(page):
    return page.evaluate(
        "[...document.querySelectorAll('.em-stage .scatterlayer .point')].map((p) => p.style.fill)"
    )


def ellipses(page):
    return page.evaluate("[...document.querySelectorAll('.em-ellipse')].map((p) => p.getAttribute('d'))")


# Some time in which the page has drawn: on a busy machine it may come to no frame for long.
DRAWN = (
    "new Promise((drawn) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(drawn)), 100))"
)


def settled(page, read):
    """What `read` gives once it has stopped changing: a glide is over."""
    before = read(page)
    for _ in range(50):
        page.evaluate(DRAWN)
        now = read(page)
        if now == before:
            return now
        before = now
    raise AssertionError("it never comes to rest")


def test_it_opens_ready_to_play(open_app):
    page = open_app("/")
    expect_at(page, *START)
    expect(page.get_by_role("heading", level=1)).to_have_text("How does EM find groups?")
    assert set(fills(page)) == {"rgb(136, 136, 136)"}, "no component has claimed a point"
    expect(page.locator(".em-ellipse")).to_have_count(9)
    expect(page.locator(".em-number")).to_have_text(["1", "2", "3"])
    expect(page.locator(".em-truth").first).to_be_hidden()
    page.get_by_role("button", name="Reveal the truth").click()
    expect(page.locator(".em-truth").first).to_be_visible()
    expect(page.locator(".em-legend")).to_contain_text("from which the data were drawn")
    expect(page).to_have_url(re.compile("truth=yes"))
    page.get_by_role("checkbox", name="who pulls each mean").check()
    press(page, "Step forward")
    expect_at(page, 0, "E")
    assert len(set(settled(page, fills))) > 1, "points are coloured"
    expect(page.locator(".em-pulls path")).to_have_count(0)
    press(page, "Step forward")
    expect(page.locator(".em-pulls path")).not_to_have_count(0)
    expect(page.locator(".em-table")).to_be_visible()
    for label in ("First", "Step back", "Play", "Step forward", "Last"):
        expect(page.get_by_label(label, exact=True)).to_be_visible()
    # A sum that is clicked lights up what is summed.
    expect(page.get_by_text("Iteration 1, M-step")).to_be_visible()
    page.get_by_role("radio", name="Formulas").click()
    expect(page.get_by_text("Point at a sum")).to_be_visible()
    page.locator("[class*=st-key-em_sum_3_covariance_0]").click()
    expect(page.locator(".em-shapes[data-lit] .em-lit")).to_have_count(3)


def test_it_plays_to_the_end_and_the_numbers_follow(open_app):
    page = open_app()
    page.get_by_label("Speed").select_option("8 ×")
    press(page, "Play")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()
    expect_at(page, 24, "E")
    expect(page.get_by_label("Play", exact=True)).to_be_visible()
    expect(page.get_by_text("Iteration 24, E-step")).to_be_visible()
    expect(page.get_by_text("-5.6893 per sample, -1,706.80 in total")).to_be_visible()
    expect(page).to_have_url(re.compile("at=24E"))


def test_e_recolours_and_m_moves_forward_and_back(open_app):
    page = open_app("/?init=random_from_data&at=0E")
    start = fills(page), ellipses(page)
    press(page, "Step forward")
    expect_at(page, 1, "M")
    after_m = settled(page, fills), settled(page, ellipses)
    assert after_m[0] == start[0], "in M the colours stay"
    assert all(a != b for a, b in zip(after_m[1], start[1], strict=True)), "in M every ellipse moves"
    press(page, "Step forward")
    expect_at(page, 1, "E")
    after_e = settled(page, fills), settled(page, ellipses)
    assert after_e[0] != after_m[0], "in E colours change"
    assert after_e[1] == after_m[1], "in E the ellipses stay"
    press(page, "Step back")
    expect_at(page, 1, "M")
    assert (settled(page, fills), settled(page, ellipses)) == after_m
    press(page, "Step back")
    expect_at(page, 0, "E")
    assert (settled(page, fills), settled(page, ellipses)) == start


def test_first_last_and_the_slider(open_app):
    page = open_app()
    press(page, "Last")
    expect_at(page, 24, "E")
    press(page, "First")
    expect_at(page, *START)
    page.get_by_label("Half-step").fill("7")
    expect_at(page, 4, "M")


def test_the_keyboard_also_when_the_slider_has_the_focus(open_app):
    page = open_app()
    page.get_by_label("Half-step").focus()
    page.keyboard.press("ArrowRight")
    expect_at(page, 0, "E")
    page.keyboard.press("ArrowRight")
    expect_at(page, 1, "M")
    page.keyboard.press("Shift+ArrowRight")
    expect_at(page, 1, "E")
    page.keyboard.press("Shift+ArrowRight")
    expect_at(page, 2, "E")
    page.keyboard.press("ArrowLeft")
    expect_at(page, 2, "M")
    page.keyboard.press("End")
    expect_at(page, 24, "E")
    page.keyboard.press("Home")
    expect_at(page, *START)
    page.keyboard.press("Space")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    expect(page.get_by_label("Play", exact=True)).to_be_visible()


def test_a_click_on_the_curve_goes_there(open_app):
    page = open_app()
    curve = page.locator(".em-curve .nsewdrag")
    box = curve.bounding_box()
    # The axis runs from -3% to 103% of 24 iterations.
    curve.click(position={"x": box["width"] * (12 / 24 + 0.03) / 1.06, "y": box["height"] / 2})
    expect_at(page, 12, "E")


def test_a_cold_deep_link_restores_the_experiment(cold_server, open_app):  # closed before its server stops
    link = "/?data=qa_series&k=2&cov=diag&reg=0.0003&init=kmeans&seed=9&tol=0&iters=40&at=7M"
    page = open_app(link, at=cold_server)
    expect_at(page, 7, "M")
    expect(player(page)).to_have_attribute("data-steps", "40")
    expect(page.get_by_text("Iteration 7, M-step")).to_be_visible()
    expect(page.get_by_role("combobox", name="Data")).to_have_value("Q&A series, 50 values")
    page.get_by_text("Scaling, regularisation, stopping").click()
    expect(page.get_by_role("combobox", name=re.compile("reg_covar"))).to_have_value("0.0003")
    expect(page).to_have_url(re.compile(re.escape(link[2:]) + "$"))


def test_a_change_is_in_the_address_and_the_back_button_undoes_it(open_app):
    page = open_app()
    page.get_by_label("Components k").fill("4")
    page.get_by_label("Components k").press("Enter")
    expect(page).to_have_url(re.compile("[?&]k=4&"))
    expect(page.locator(".em-mean")).to_have_count(4)
    page.go_back()
    expect(page.locator(".em-mean")).to_have_count(3)
    expect(page.get_by_label("Components k")).to_have_value("3")


def test_the_back_button_beside_a_number_that_is_on_no_list(open_app):
    page = open_app("/?reg=0.012&iters=20")  # the browser sends such a number as a text
    most = page.get_by_label("Most iterations")
    page.get_by_text("Scaling, regularisation, stopping").click()
    most.fill("30")
    most.press("Enter")
    expect(page).to_have_url(re.compile("[?&]iters=30"))
    page.go_back()
    expect(page).to_have_url(re.compile("[?&]iters=20"))
    expect(most).to_have_value("20")
    page.go_forward()
    expect(most).to_have_value("30")
    expect(page).to_have_url(re.compile("[?&]reg=0.012&"))


def test_nonsense_in_a_link(open_app):
    page = open_app("/?k=abc&data=nope&reg=-1&__proto__=1")
    expect(page.get_by_test_id("stAlert")).to_contain_text("k=abc")
    expect(page.get_by_test_id("stAlert")).to_contain_text("data=nope")
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_text_where_a_number_should_be(open_app):
    page = open_app()
    page.get_by_text("Scaling, regularisation, stopping").click()
    page.get_by_role("combobox", name=re.compile("reg_covar")).fill("a lot")
    page.keyboard.press("Enter")
    said = "reg_covar is a number from 0 to 1e+12; 1e-06 is used instead."
    expect(page.get_by_test_id("stAlert")).to_contain_text(said)
    expect(player(page)).to_be_visible()


def test_a_run_that_cannot_begin_and_one_that_can_again(open_app):
    page = open_app("/?n=2&blobs=2&k=9", ready=False)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("Use at most 4 components.")
    page.get_by_label("Components k").fill("2")
    page.get_by_label("Components k").press("Enter")
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("Use at most 4 components.")).to_have_count(0)


@pytest.mark.parametrize("data", ["qa_series", "digits_2_6", "notebook_3d"])
def test_other_kinds_of_data_play(open_app, data):
    page = open_app(f"/?data={data}&k=2&reg=0.01&init=kmeans")
    press(page, "Last")
    expect_at(page, player(page).get_attribute("data-steps"), "E")


def test_nothing_goes_to_another_host(open_app, server):
    page = open_app("/")
    press(page, "Last")
    expect(page.get_by_text("Iteration 28, E-step")).to_be_visible()
    assert page.hosts == {server.url.split("/")[2]}


def plotlys(page):
    """The scripts of Plotly that were loaded, in their order."""
    return page.evaluate("[...document.querySelectorAll('script[src*=plotly]')].map((script) => script.src)")


def test_plotly_is_loaded_once_small_cached_and_compressed(open_app):
    page = open_app("/")  # a page of its own: Streamlit's charts bring a Plotly that the player takes, too
    (address,) = plotlys(page)
    assert address.endswith("/plotly-basic.min.js")
    response = page.request.get(address, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_what_needs_all_of_plotly_loads_it_then_and_what_was_seen_stays(open_app, server):
    page = open_app(
        "/?data=notebook_3d&k=2&at=2E", at=server
    )  # a page of its own, which has loaded none before
    names = lambda: [address.rpartition("/")[2] for address in plotlys(page)]  # noqa: E731
    range_ = "document.querySelector('.em-stage .em-plot')._fullLayout.xaxis.range"
    page.keyboard.press("n")
    expect(player(page)).to_have_attribute("data-selected", "0")
    whole = page.evaluate(range_)
    page.locator(".em-stage [data-title='Zoom in']").click(force=True)
    until(page, f"(whole) => {range_}[0] > whole[0]", arg=whole)
    seen = settled(page, lambda page: page.evaluate(range_))
    assert names() == ["plotly-basic.min.js"]
    page.get_by_text("View", exact=True).click()
    with new_run(page):
        page.get_by_text("Density of the whole mixture").click()
    expect(page.locator(".em-stage .contourlayer path").first).to_be_visible()
    assert settled(page, lambda page: page.evaluate(range_)) == pytest.approx(seen)
    assert names() == ["plotly-basic.min.js", "plotly.min.js"]
    for kind in ("scatter3d", "scatter"):
        with new_run(page):
            page.get_by_text("In three dimensions", exact=True).click()
        assert page.evaluate("document.querySelector('.em-stage .em-plot').data[0].type") == kind
    expect(page.locator(".em-stage .contourlayer path").first).to_be_visible()
    expect(player(page)).to_have_attribute("data-selected", "0")
    expect_at(page, 2, "E")
    assert names() == ["plotly-basic.min.js", "plotly.min.js"], "each once"


def test_what_is_taken_back_while_all_of_plotly_comes_is_not_drawn_after_all(open_app, server):
    page = open_app("/?at=2E", at=server)
    held, may_come = [], []
    page.route("**/plotly.min.js", lambda route: route.continue_() if may_come else held.append(route))
    page.get_by_text("View", exact=True).click()
    density = page.get_by_text("Density of the whole mixture", exact=True)
    density.click()
    wait(page, lambda: held)
    density.click()
    expect(page).not_to_have_url(re.compile("contours"))
    expect(page.locator(".stApp[data-test-script-state=notRunning]")).to_have_count(1)
    may_come.append(True)
    for route in held:
        route.continue_()
    until(page, "() => !!Plotly.PlotSchema.get().traces.contour")  # the whole is there
    settled(page, ellipses)
    expect(page.locator(".em-stage .contourlayer path")).to_have_count(0)
    press(page, "Step forward")
    expect_at(page, 3, "M")


def test_a_card_of_the_gallery_opens_in_explore(open_app):
    page = open_app()
    page.get_by_role("link", name="Gallery").click()
    page.get_by_role("link", name="Cigars").click()
    expect(page).to_have_url(re.compile(r"/\?data=cigars&k=2"))
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_role("combobox", name="Initialisation")).to_have_value("k-means")
    # There and back again, nothing is lost.
    press(page, "Last")
    expect(page).to_have_url(re.compile("at="))
    last = player(page).get_attribute("data-steps")
    expect(page.get_by_text(f"Iteration {last}, E-step")).to_be_visible()  # the server has heard of it, too
    page.get_by_role("link", name="Gallery").click()
    expect(page.get_by_role("link", name="Moons")).to_be_visible()
    page.get_by_role("link", name="Explore").first.click()
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect_at(page, last, "E")


def test_the_data_come_along_to_the_check_and_back(open_app):
    page = open_app("/?data=uniform_noise&k=4")
    page.get_by_role("link", name="Check a dataset").click()
    expect(page.get_by_text("300 points spread evenly over a square")).to_be_visible()
    expect(page.get_by_text("The best fit", exact=True)).to_be_visible()
    assert page.locator('[data-testid="stAlertContentSuccess"]').count() == 0, "nothing is sure here"
    page.get_by_role("link", name="Explore").first.click()
    expect(page).to_have_url(re.compile("data=uniform_noise&k=4"))
    expect(player(page)).to_have_attribute("data-ready", "true")


RANGES = """() => ["xaxis", "yaxis"].flatMap((name) =>
  document.querySelector(".em-stage .em-plot")._fullLayout[name].range)"""


def test_all_of_it_is_all_of_the_data_that_are_shown_now(open_app):
    page = open_app("/?data=blobs&n=20")
    page.get_by_role("combobox", name="Data").first.click()
    page.keyboard.type("Two lines")
    with new_run(page):
        page.get_by_role("option").filter(has_text="Two lines").click()
    whole = page.evaluate(RANGES)
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom="))
    page.keyboard.press("0")
    expect(page).not_to_have_url(re.compile("zoom="))
    assert page.evaluate(RANGES) == pytest.approx(whole)
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom="))
    page.locator(".em-stage").hover()
    page.locator(".em-stage [data-title='Reset axes']").click()
    expect(page).not_to_have_url(re.compile("zoom="))
    assert page.evaluate(RANGES) == pytest.approx(whole)


def test_a_zoom_that_no_mouse_made_stays_where_the_picture_is_drawn_anew(open_app):
    page = open_app("/?zoom=-5,5,-10,10")
    page.get_by_text("View", exact=True).click()
    for _ in range(3):
        with new_run(page):
            page.get_by_text("Density of the whole mixture", exact=True).click()
        assert page.evaluate(RANGES) == pytest.approx([-5, 5, -10, 10])
