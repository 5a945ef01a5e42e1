"""What a hand can do: place means, fork, ask points; and what must survive it."""

import re
import time

import pytest
from conftest import PLAYER, until
from playwright.sync_api import expect
from test_accessible import AT_REST
from test_player import ellipses, expect_at, fills, new_run, player, press, settled

THREE = "/?blobs=3&n=100&k=3&init=given&means=-7,1;0,7;4,-7"


def means(page):
    """The components' means, in pixels of the page."""
    boxes = [None]
    while None in boxes:  # while a new run is put in place of the old one
        boxes = [mean.bounding_box() for mean in page.locator(".em-mean").all()]
    return [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]


def drag(page, j, by):
    x, y = means(page)[j]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    page.mouse.move(x + by[0], y + by[1])
    page.mouse.up()


def placed(page):
    """The means in the address."""
    expect(page).to_have_url(re.compile("means="))
    text = page.evaluate("new URLSearchParams(location.search).get('means')")
    return [[float(number) for number in mean.split(",")] for mean in text.split(";")]


def table(page):
    return page.get_by_text("log-likelihood of these parameters").first.inner_text()


def test_dragging_a_mean_makes_a_start_that_is_in_the_link(open_app):
    page = open_app()
    before = means(page)
    with new_run(page):
        drag(page, 0, (-120, 90))
    expect(page).to_have_url(re.compile("init=given.*means="))
    expect(page.get_by_role("combobox", name="Initialisation")).to_have_value("placed by hand")
    after = settled(page, means)
    assert after[0][0] == pytest.approx(before[0][0] - 120, abs=2)
    assert after[0][1] == pytest.approx(before[0][1] + 90, abs=2)
    assert after[1:] == [pytest.approx(mean, abs=2) for mean in before[1:]]
    again = open_app(page.url[page.url.index("/?") :])
    assert [pytest.approx(mean, abs=1) for mean in settled(again, means)] == after


def test_a_double_click_adds_a_mean_and_one_on_it_removes_it(open_app):
    page = open_app(THREE)
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    page.mouse.dblclick(box["x"] + 40, box["y"] + 40)
    expect(page.locator(".em-mean")).to_have_count(4)
    expect(page.get_by_label("Components k")).to_have_value("4")
    until(page, AT_REST)
    page.mouse.dblclick(*settled(page, means)[1])
    expect(page.locator(".em-mean")).to_have_count(3)
    assert placed(page)[:2] == [[-7, 1], [4, -7]]
    page.go_back()
    expect(page.locator(".em-mean")).to_have_count(4)


def test_one_component_must_stay_and_twelve_are_enough(open_app):
    page = open_app("/?k=1&init=given&means=0,0")
    page.mouse.dblclick(*settled(page, means)[0])
    expect(page.locator(".em-says")).to_have_text("One component must stay.")
    full = ";".join(f"{i},{i}" for i in range(-6, 6))
    page = open_app(f"/?k=12&init=given&means={full}")
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    page.mouse.dblclick(box["x"] + 30, box["y"] + box["height"] - 30)
    expect(page.locator(".em-says")).to_have_text("At most 12 components.")


def test_a_mean_dragged_out_of_the_axes_stays_inside_them(open_app):
    page = open_app(THREE)
    drag(page, 0, (-2000, -2000))
    expect(page).not_to_have_url(re.compile("means=-7%2C1"))
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    x, y = settled(page, means)[0]
    assert (x, y) == (pytest.approx(box["x"], abs=2), pytest.approx(box["y"], abs=2))


def test_a_click_without_a_drag_changes_nothing(open_app):
    page = open_app()
    page.mouse.click(*means(page)[0])
    page.wait_for_timeout(700)
    assert "means=" not in page.url


def test_dragging_in_one_dimension(open_app):
    page = open_app("/?data=qa_series&k=3&init=given&means=25;34;43")
    drag(page, 1, (100, -40))
    expect(page).not_to_have_url(re.compile("means=25%3B34%3B43"))
    first, second, third = (mean[0] for mean in placed(page))
    assert (first, third) == (25, 43)
    assert 36 < second < 46


def test_a_fork_goes_on_from_there_and_keeps_the_old_curve(open_app):
    page = open_app("/?at=6E")
    expect_at(page, 6, "E")
    drag(page, 2, (60, -100))
    expect(page).to_have_url(re.compile("fork=6%3A2%3A"))
    expect(page.get_by_text("Forked")).to_be_visible()
    expect_at(page, 0, "M")
    names = page.evaluate(
        "document.querySelector('.em-curve .em-plot').data.filter((t) => t.x.length).map((t) => t.name)"
    )
    assert "before the fork" in names
    again = open_app(page.url[page.url.index("/?") :])
    assert table(again) == table(page)
    page.get_by_role("button", name="Undo the fork").click()
    expect(page.get_by_text("Forked")).to_have_count(0)
    expect_at(page, 6, "E")


def test_a_point_that_is_clicked_stays_selected_and_shows_its_history(open_app):
    page = open_app("/?at=24E")
    expect(page.locator(".em-point")).to_be_hidden()
    # Plotly hears the pointer on a sheet above the points.
    box = page.locator(".em-stage .scatterlayer .point").nth(20).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(player(page)).to_have_attribute("data-selected", "20")
    expect(page.locator(".em-point svg path")).to_have_count(3)
    expect(page.locator(".em-card li")).to_have_count(3)
    page.get_by_role("radio", name="Formulas").click()
    expect(
        page.get_by_text("The E-step is that of the selected point, row 21; the M-step is of all rows.")
    ).to_be_visible()
    expect(page.locator(".katex").first).to_be_visible()
    # A re-fit on the same data keeps it.
    with new_run(page):
        page.get_by_role("button", name="Another start").click()
    expect(player(page)).to_have_attribute("data-selected", "20")
    page.get_by_role("radio", name="Selected point").click()
    press(page, "Step forward")  # at the start, no component claims it
    expect(page.locator(".em-table")).to_have_count(2)


def test_unsure_points_are_outlined(open_app):
    page = open_app("/?at=10E")
    assert page.locator(".em-unsure").count() == 0
    page.get_by_text("unsure").click()
    expect(page.locator(".em-unsure")).to_have_count(38)
    press(page, "Last")
    expect(page.locator(".em-unsure")).to_have_count(0)
    page.get_by_text("unsure").click()
    assert page.locator(".em-unsure").count() == 0


RANGE = "document.querySelector('.em-stage .em-plot')._fullLayout.xaxis.range"


def zoomed(page):
    return page.evaluate(RANGE)


def test_zoom_survives_steps_reruns_and_a_new_fit(open_app):
    page = open_app()
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    whole = zoomed(page)
    page.mouse.move(box["x"] + 100, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + 280, steps=5)
    page.mouse.up()
    until(page, f"(whole) => {RANGE}[0] > whole[0] + 0.5", arg=whole)
    close = settled(page, zoomed)
    press(page, "Step forward")
    press(page, "Last")
    with new_run(page):
        page.get_by_role("button", name="Another start").click()
    assert zoomed(page) == close
    press(page, "Step forward")
    before = settled(page, ellipses)
    page.get_by_role("button", name="Reset axes").click(force=True)
    until(page, f"(whole) => Math.abs({RANGE}[0] - whole[0]) < 1e-6", arg=whole)
    assert settled(page, ellipses) != before, "the ellipses follow the axes"


def test_colours_stay_with_their_groups(open_app):
    """The same clusters in another order wear the same colours."""
    page = open_app("/?init=given&means=-7,1;0,7;4,-7&at=5E")
    press(page, "Last")
    before = settled(page, fills)
    page.get_by_role("combobox", name="Initialisation").click()
    page.keyboard.type("k-means")  # of a long list, only what is seen is there
    with new_run(page):
        page.get_by_role("option", name="k-means", exact=True).click()
    press(page, "Last")
    after = settled(page, fills)
    # Not all: the two runs stop a little apart, and what is shared is blended a little differently.
    same = sum(a == b for a, b in zip(before, after, strict=True))
    assert same > 0.85 * len(before)


def test_the_bound_touches_at_e_and_lies_below_at_m(open_app):
    page = open_app("/?reg=0&init=kmeans")
    page.get_by_role("radio", name="Lower bound").click()
    until(page, "document.querySelector('.em-curve .em-plot').data.some((t) => t.name === 'lower bound')")
    press(page, "Last")
    bound, likelihood = page.evaluate(
        "['lower bound', 'log-likelihood'].map((name) => "
        "document.querySelector('.em-curve .em-plot').data.find((t) => t.name === name).y)"
    )
    assert len(bound) == 2 * int(player(page).get_attribute("data-steps")) + 1
    for i, (low, high) in enumerate(zip(bound, likelihood, strict=True)):
        assert low == high if i % 2 == 0 else low <= high + 1e-12
    assert bound == sorted(bound), "with reg_covar = 0 it never falls"


def test_the_distance_shows_the_rate(open_app):
    page = open_app()
    page.get_by_role("radio", name="Distance (log)").click()
    until(page, "document.querySelector('.em-curve .em-plot')._fullLayout.yaxis.type === 'log'")
    page.keyboard.press("End")  # where the distance is 0, which has no logarithm
    until(page, "() => document.querySelector('.em-curve .em-plot').data.at(-1).y[0] > 0")
    expect(page.locator(".em-curve").get_by_text("the last, 0, lies below")).to_be_visible()


# The shapes that an ellipse takes, by iteration.
WATCH = """() => {
  const shape = document.querySelector(".em-ellipse");
  const player = shape.closest(".em-player");
  window.seen = {};
  const note = () => (seen[player.dataset.step] ??= new Set()).add(shape.getAttribute("d"));
  new MutationObserver(note).observe(shape, { attributes: true });
}"""

# A clock that goes on by 20 ms from frame to frame, however long a busy machine takes for one.
STEADY = """() => {
  window.usual = requestAnimationFrame;
  let now = 0;
  window.requestAnimationFrame = (draw) => usual(() => draw((now += 20)));
}"""


def test_reduced_motion_does_not_glide(open_app):
    page = open_app("/?data=blobs&at=0E", reduced_motion="reduce")
    start = settled(page, ellipses)[0]
    page.evaluate(WATCH)
    press(page, "Step forward")
    expect_at(page, 1, "M")
    moved = settled(page, ellipses)[0]
    assert moved != start
    assert set(page.evaluate("Object.values(seen).flatMap((s) => [...s])")) <= {start, moved}
    page.get_by_label("Speed").select_option("8 ×")
    press(page, "Play")
    expect_at(page, 24, "E")


def test_with_motion_it_glides(open_app):
    page = open_app("/?data=blobs&at=0E", reduced_motion="no-preference")
    page.evaluate(WATCH)
    page.evaluate(STEADY)
    page.get_by_label("Speed").select_option("½ ×")
    press(page, "Play")
    until(page, "Object.values(seen).some((shapes) => shapes.size > 2)")
    page.evaluate("() => { window.requestAnimationFrame = usual; }")


def test_it_follows_the_theme(open_app):
    page = open_app(color_scheme="dark")
    ink = "document.querySelector('.em-stage .em-plot')._fullLayout.font.color"
    bright = f"parseInt({ink}.slice(1, 3), 16) > 128"
    until(page, bright)
    page.emulate_media(color_scheme="light")
    until(page, f"!({bright})")


def test_hundreds_of_quick_clicks(open_app):
    page = open_app()
    page.evaluate(
        "() => { const b = document.querySelector('[aria-label=\"Step forward\"]'); "
        "const a = document.querySelector('[aria-label=\"Step back\"]'); "
        "for (let i = 0; i < 300; i++) (i % 3 === 1 ? a : b).click(); }"
    )
    expect_at(page, 24, "E")
    expect(page.get_by_text("Iteration 24, E-step")).to_be_visible()


def test_two_tabs_at_once(open_app):
    one, two = open_app("/?seed=1"), open_app("/?seed=2&k=4&at=0E")
    press(one, "Last")
    press(two, "Step forward")
    expect_at(two, 1, "M")
    expect(one.get_by_text(f"Iteration {player(one).get_attribute('data-steps')}, E-step")).to_be_visible()
    expect(two.get_by_text("Iteration 1, M-step")).to_be_visible()
    assert "seed=1" in one.url
    assert "seed=2" in two.url


@pytest.mark.parametrize("query", ["k=12", "data=qa_series&k=12", "n=2&blobs=1&k=1&iters=1"])
def test_the_smallest_and_the_largest_runs(open_app, query):
    page = open_app(f"/?{query}&reg=0.01")
    press(page, "Last")
    expect_at(page, player(page).get_attribute("data-steps"), "E")
    assert len(fills(page)) > 0


def test_a_collapsed_run_shows_its_last_good_step_and_what_to_do(open_app):
    page = open_app("/?data=tutorial_collapse&k=3&reg=0&init=given&means=10,13;30,25;25,-5")
    expect(player(page)).to_have_attribute("data-stop", "collapsed")
    press(page, "Last")
    expect(page.locator(".em-says")).to_contain_text("collapsed in iteration 2")
    expect(page.locator(".em-shapes .em-fallen")).to_have_count(1)
    expect(page.get_by_test_id("stAlert")).to_contain_text(
        "Raise reg_covar (a small share of the smallest variance of the data is enough), use fewer "
        "components or start elsewhere."
    )


def test_a_series_is_drawn_over_time_and_a_shuffle_changes_no_number(open_app):
    page = open_app("/?data=qa_series&init=kmeans&tol=0&at=100E")
    expect(page.get_by_text("EM ignores time")).to_be_visible()
    assert len(page.locator(".em-stage .scatterlayer").all()) == 2
    lines = "[...document.querySelectorAll('.em-threshold')]"
    shown = f"{lines}.filter((line) => line.style.display !== 'none').length"
    assert page.evaluate(shown) == 2 * 4, "each threshold stands in both panels"
    numbers = table(page)
    with new_run(page):
        page.get_by_role("button", name="Shuffle the order").click()
    expect(page.get_by_text("Shuffled, from the same start")).to_be_visible()
    press(page, "Last")
    expect(page.get_by_text(numbers)).to_be_visible()


def test_digits_form_as_images(open_app):
    page = open_app("/?data=digits&k=10&cov=diag&reg=0.0001&init=kmeans&x=pc1&y=pc3")
    expect(page.locator(".em-images canvas")).to_have_count(10)
    ink = "[...document.querySelectorAll('.em-images canvas')].map((c) => c.toDataURL())"
    before = page.evaluate(ink)
    press(page, "Last")
    assert all(a != b for a, b in zip(page.evaluate(ink), before, strict=True))
    assert "principal component 3" in page.locator(".em-stage .ytitle").text_content()


def test_the_density_moves(open_app):
    page = open_app("/?contours=yes")
    density = "document.querySelector('.em-stage .em-plot').data.find((t) => t.name === 'density')"
    read = f"JSON.stringify([...{density}.z[20]])"
    before = page.evaluate(read)
    press(page, "Last")
    until(page, f"(before) => {read} !== before", arg=before)
    expect(page.locator(".em-stage .contourlayer path").first).to_be_visible()


def test_three_features_in_space(open_app):
    page = open_app("/?data=notebook_3d&k=2&space=yes")
    press(page, "Last")
    kinds = page.evaluate("document.querySelector('.em-stage .em-plot').data.map((t) => t.type + t.mode)")
    # Points, two ellipsoids, their numbers, and the two that the data were drawn from.
    modes = ["markers", "lines", "lines", "text", "lines", "lines"]
    assert kinds == [f"scatter3d{mode}" for mode in modes]
    expect(player(page)).to_have_attribute("data-half", "E")


@pytest.mark.parametrize("more", ["", "&scaling=standardise&edit=add:1,2"])
def test_many_rows_show_progress_and_can_be_cancelled(open_app, more):
    page = open_app(f"/?n=66667&tol=0&iters=400&init=random&seed=3{more}", ready=False)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This fit was cancelled.")).to_be_visible()
    page.get_by_label("Seed of the start").fill("4")
    page.get_by_label("Seed of the start").press("Enter")
    expect(page.get_by_text("EM is running")).to_be_visible()
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text(re.compile("2,000 of the 200,00[12] points are drawn"))).to_be_visible()


def test_a_long_fit_does_not_tear_the_player_down(open_app):
    page = open_app("/?n=66667&tol=0&iters=2")
    page.evaluate("document.querySelector('.em-player').dataset.mine = 'yes'")
    with new_run(page):
        page.get_by_text("Scaling, regularisation, stopping").click()
        page.get_by_label("Most iterations").fill("300")
        page.get_by_label("Most iterations").press("Enter")
        expect(page.get_by_text("EM is running")).to_be_visible()
    expect(player(page)).to_have_attribute("data-mine", "yes")


def test_an_hour_in_the_background(open_app):
    """A hidden tab gets no frames; when it comes back, the player goes on where it was."""
    page = open_app()
    press(page, "Play")
    page.evaluate("document.querySelector('[aria-label=\"Pause\"]').click()")
    held = page.locator(PLAYER).get_attribute("data-step")
    page.wait_for_timeout(1500)
    expect(player(page)).to_have_attribute("data-step", held)
    press(page, "Play")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()


def seed(page, value):
    with new_run(page):
        page.get_by_label("Seed of the start").fill(str(value))
        page.get_by_label("Seed of the start").press("Enter")


def test_picture_and_numbers_agree_when_an_earlier_run_comes_back(open_app):
    page = open_app("/?at=5M")
    expect(page.get_by_text("Iteration 5, M-step")).to_be_visible()
    seed(page, 7)
    expect(page.get_by_text("Start · ")).to_be_visible()
    seed(page, 6)
    expect_at(page, 0, "M")
    expect(page.get_by_text("Start · ")).to_be_visible()


def test_the_back_button_undoes_choices_and_not_steps(open_app):
    page = open_app("/?data=blobs&at=0E")
    for iteration in (1, 2):
        press(page, "Step forward")
        press(page, "Step forward")
        expect(page).to_have_url(re.compile(f"at={iteration}E"))
    seed(page, 8)
    press(page, "Last")
    expect(page).to_have_url(re.compile("seed=8.*at="))
    page.go_back()
    expect(page).to_have_url(re.compile("seed=6.*at=2E"))
    expect_at(page, 2, "E")
    expect(page.get_by_text("Iteration 2, E-step")).to_be_visible()


def test_another_view_stays_at_the_step(open_app):
    page = open_app("/?at=9M")
    page.get_by_text("View", exact=True).click()
    page.get_by_text("Density of the whole mixture").click()
    expect(page).to_have_url(re.compile("contours=yes"))
    expect(page.locator(".contourlayer path").first).to_be_visible()
    expect_at(page, 9, "M")
    expect(page.get_by_text("Iteration 9, M-step")).to_be_visible()


def test_nothing_offers_to_upload_the_picture(open_app):
    page = open_app()
    page.locator(".em-stage").hover()
    titles = page.evaluate("[...document.querySelectorAll('.modebar-btn')].map((b) => b.dataset.title)")
    assert titles == ["Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"]


def test_the_first_drag_keeps_the_colours(open_app):
    page = open_app()
    colours = "[...document.querySelectorAll('.em-mean')].map((m) => m.getAttribute('fill'))"
    before = page.evaluate(colours)
    with new_run(page):
        drag(page, 0, (25, 0))
    assert page.evaluate(colours) == before


def test_a_second_drag_before_the_first_is_answered(open_app):
    page = open_app(THREE)
    drag(page, 0, (50, 0))
    drag(page, 1, (50, 0))
    expect(page).to_have_url(re.compile(r"means=-5.*%3B1\.\d+%2C7.*%3B4%2C-7"))


def test_the_answer_to_a_drag_may_come_during_the_next(open_app):
    page = open_app(THREE)
    drag(page, 0, (50, 0))
    x, y = means(page)[1]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y)
    expect(page).to_have_url(re.compile(r"means=-5.*%3B0%2C7%3B4"))
    expect(player(page)).to_have_attribute("data-ready", "true")
    assert settled(page, means)[1] == pytest.approx((x + 30, y), abs=2)
    page.mouse.move(x + 50, y)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"means=-5.*%3B1\.\d+%2C7.*%3B4%2C-7"))


def test_the_keyboard_after_a_click_on_the_buttons(open_app):
    page = open_app("/?data=blobs&at=0E")
    page.get_by_text("loop").click()
    page.get_by_label("Speed").select_option("2 ×")
    press(page, "Step forward")
    expect_at(page, 1, "M")
    page.keyboard.press("ArrowRight")
    expect_at(page, 1, "E")
    page.keyboard.press("Space")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()


def test_a_component_held_up_by_the_regularisation_is_named(open_app):
    page = open_app("/?data=notebook_3d&k=3&seed=6")
    expect(page.get_by_test_id("stAlert")).to_contain_text("held up by reg_covar = 1e-06 alone")


def test_full_screen_for_the_projector_and_back(open_app):
    page = open_app("/?at=5E")
    size = "document.querySelector('.em-stage .em-plot')._fullLayout.font.size"
    page.keyboard.press("f")
    until(page, "document.fullscreenElement?.dataset.testid === 'em-player'")
    until(page, f"{size} === 21")
    expect_at(page, 5, "E")
    page.keyboard.press("ArrowRight")
    expect_at(page, 6, "M")
    page.keyboard.press("f")
    until(page, f"!document.fullscreenElement && {size} === 14")


def test_points_are_added_moved_and_deleted_in_the_picture(open_app):
    page = open_app("/?n=20&k=2&init=kmeans")
    page.get_by_text("edit points", exact=True).click()
    expect(page.locator(".em-says")).to_contain_text("Click on empty space to add one")
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    here, there = (box["x"] + 25, box["y"] + 25), (box["x"] + 90, box["y"] + 40)
    page.mouse.click(*here)
    expect(page).to_have_url(re.compile(r"edit=add%3A[^%]*%2C[^%&]*&"))
    expect(page.get_by_text("Edited by hand: 1 added.")).to_be_visible()
    points = page.locator(".em-stage .scatterlayer .point")
    expect(points).to_have_count(61)
    page.mouse.move(*settled(page, lambda page: centre(points.nth(60))))
    page.mouse.down()
    page.mouse.move(*there)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"%3Bmove%3A61%3A"))
    expect(page.get_by_text("Edited by hand: 1 added, 1 moved.")).to_be_visible()
    expect(player(page)).to_have_attribute("data-ready", "true")
    page.mouse.click(*settled(page, lambda page: centre(points.nth(60))))
    expect(page).to_have_url(re.compile(r"%3Bdelete%3A61&"))
    expect(points).to_have_count(60)
    page.get_by_role("button", name="Undo all").click()
    expect(page).not_to_have_url(re.compile("edit="))
    page.go_back()
    expect(page).to_have_url(re.compile(r"%3Bdelete%3A61&"))
    page.keyboard.press("Escape")
    expect(page.locator(".em-says")).not_to_contain_text("Click on empty space")


def test_points_that_are_clicked_quickly_all_come(open_app):
    page = open_app("/?data=qa_series&k=2&init=kmeans")
    page.get_by_text("edit points", exact=True).click()
    box = page.locator(".em-stage .nsewdrag").first.bounding_box()
    for i in range(5):
        page.mouse.click(box["x"] + 60 + 60 * i, box["y"] + 20)
    expect(page.get_by_text("Edited by hand: 5 added.")).to_be_visible()


def test_a_drag_that_is_cancelled_changes_nothing(open_app):
    page = open_app("/?n=20&k=2&init=kmeans")
    page.get_by_text("edit points", exact=True).click()
    x, y = settled(page, lambda page: centre(page.locator(".em-stage .scatterlayer .point").nth(3)))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y)
    expect(page.locator(".em-ring")).to_be_visible()
    page.evaluate("document.querySelector('.em-stage').dispatchEvent(new PointerEvent('pointercancel'))")
    expect(page.locator(".em-ring")).to_be_hidden()
    page.mouse.up()
    page.wait_for_timeout(500)
    assert "edit=" not in page.url


def centre(point):
    box = point.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def row_of_table(page, number):
    """Where the last cell of a row is, in pixels; rows count from 1."""
    table = page.locator(".st-key-em_readout").get_by_test_id("stDataFrame")
    expect(table).to_have_count(1)  # for a moment, the table before an edit stands beside the one after it
    table.evaluate("(table) => table.scrollIntoView({ block: 'center' })")
    box = settled(page, lambda page: tuple((table.bounding_box() or {}).values()))
    return box[0] + box[2] - 200, box[1] + 17 + 35 * number


def test_rows_are_edited_in_the_table(open_app):
    page = open_app("/?data=qa_series&k=2&init=kmeans&reg=0.01")
    page.get_by_role("radio", name="Rows").click()
    expect(page.get_by_text("Change a number, add a row at the end")).to_be_visible()  # not the table before
    cell = page.locator(".gdg-input")
    page.mouse.dblclick(*row_of_table(page, 1))
    expect(cell).to_have_value("25.31")
    cell.fill("31.5")
    cell.press("Enter")
    # The next cell can be typed at once.
    page.mouse.dblclick(*row_of_table(page, 2))
    expect(cell).to_have_value("24.31")
    cell.fill("22")
    cell.press("Enter")
    expect(page).to_have_url(re.compile(r"edit=move%3A1%3A31.5%3Bmove%3A2%3A22&"))
    expect(page.get_by_text("Edited by hand: 2 moved.")).to_be_visible()
    page.get_by_role("button", name="Undo the last edit").click()
    expect(page).to_have_url(re.compile(r"edit=move%3A1%3A31.5&"))


def test_other_data_are_not_edited(open_app):
    page = open_app("/?data=qa_series&edit=delete%3A50&k=2")
    expect(page.get_by_text("Edited by hand: 1 deleted.")).to_be_visible()
    page.get_by_role("combobox", name="Data").fill("Moons")  # of a long list, only a part is drawn
    page.get_by_role("option", name="Moons").click()
    expect(page.get_by_text("The points edited by hand were those of other data.")).to_be_visible()
    expect(page).not_to_have_url(re.compile("edit="))


def test_touch_steps_selects_drags_and_adds(open_app):
    page = open_app(THREE, viewport={"width": 800, "height": 1100}, has_touch=True)
    screen = page.context.new_cdp_session(page)

    def touch(kind, *points, **when):
        places = [{"x": x, "y": y} for x, y in points]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places, **when})

    page.get_by_label("Step forward").tap()
    page.get_by_label("Step forward").tap()
    expect_at(page, 1, "M")
    page.get_by_label("First", exact=True).tap()
    expect_at(page, 0, "M")
    spot = page.locator(".em-stage .scatterlayer .point").nth(20).bounding_box()
    page.touchscreen.tap(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    expect(player(page)).to_have_attribute("data-selected", "20")
    before = settled(page, means)
    x, y = before[0]
    with new_run(page):
        touch("touchStart", (x, y))
        for share in (0.3, 0.6, 1):
            touch("touchMove", (x + 80 * share, y + 60 * share))
        touch("touchEnd")
    assert settled(page, means)[0] == pytest.approx((x + 80, y + 60), abs=2)
    box = page.locator(".em-stage .nsewdrag").bounding_box()
    corner = (box["x"] + 30, box["y"] + 30)
    now = time.time()
    with new_run(page):
        for after in (0, 0.1):  # seconds, as a finger's: the machine may be busy between the two
            touch("touchStart", corner, timestamp=now + after)
            touch("touchEnd", timestamp=now + after + 0.03)
    expect(page.locator(".em-mean")).to_have_count(4)
