"""The race of many starts in a real browser: it runs by itself, and a click tells whose a curve is."""

import re

from conftest import PLAYER, go_to_laboratory
from playwright.sync_api import expect

RACE = '[data-testid="em-race"]'
# How much of the width of the axes is seen of the curves.
SEEN = f"""() => {{
  const course = document.querySelector('{RACE} .em-course');
  const seen = course.querySelector('clipPath[id^=em-curtain] rect').width.baseVal.value;
  return seen / course._fullLayout.xaxis._length;
}}"""
# Where the last place of a run is, in pixels of the page.
END_OF = f"""(name) => {{
  const course = document.querySelector('{RACE} .em-course');
  const {{ xaxis, yaxis }} = course._fullLayout;
  for (const {{ x, y, customdata }} of course._fullData) {{
    const last = (customdata ?? []).findLastIndex(([, run]) => run === name);
    if (last < 0) continue;
    const box = course.getBoundingClientRect();
    return [box.left + xaxis._offset + xaxis.d2p(x[last]), box.top + yaxis._offset + yaxis.d2p(y[last])];
  }}
}}"""


def test_the_race_runs_by_itself_and_a_click_on_a_curve_opens_its_run(open_app):
    page = open_app("/")
    go_to_laboratory(page, "Starts")
    race = page.locator(RACE)
    expect(race).to_have_attribute("data-playing", "")
    page.get_by_role("button", name="Pause the race").click()
    expect(race).not_to_have_attribute("data-playing", "")
    page.keyboard.press("Home")
    expect(race).to_have_attribute("data-iteration", "1")
    expect(race).to_have_attribute("data-running", "100")
    assert page.evaluate(SEEN) < 0.1
    page.keyboard.press("ArrowRight")
    expect(race).to_have_attribute("data-iteration", "2")
    page.keyboard.press("ArrowLeft")
    expect(race).to_have_attribute("data-iteration", "1")
    page.keyboard.press("End")
    expect(race).to_have_attribute("data-iteration", "172")
    expect(race.locator("output")).to_have_text(
        "iteration 172 of 172 · all 100 have ended · highest -60.52 (random rows, seed 11)"
    )
    assert page.evaluate(SEEN) > 1
    page.keyboard.press("Space")
    expect(race).to_have_attribute("data-playing", "")
    expect(race).to_have_attribute("data-running", "0")  # it runs to the end again
    expect(race).not_to_have_attribute("data-playing", "")
    # A click on a curve says whose it is, and does not begin anew.
    page.mouse.click(*page.evaluate(END_OF, "random rows, seed 11"))
    expect(page.get_by_text("random rows, seed 11 ends at -60.5206 after 21 iterations")).to_be_visible()
    expect(page).to_have_url(re.compile("run=12"))
    expect(race).to_have_attribute("data-iteration", "172")
    page.get_by_role("link", name="Open in Explore").first.click()
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-ready", "true")
    expect(player).to_have_attribute("data-steps", "21")
    expect(page).to_have_url(re.compile("data=qa_series.*seed=11"))


def test_without_motion_it_stands_at_its_end_on_a_small_screen(open_app):
    page = open_app("/?data=qa_series&k=3", reduced_motion="reduce")
    go_to_laboratory(page, "Starts")
    page.set_viewport_size({"width": 800, "height": 900})
    race = page.locator(RACE)
    expect(race).to_have_attribute("data-iteration", "172")
    expect(race).not_to_have_attribute("data-playing", "")
    expect(race.get_by_role("button", name="Run the race").locator("svg")).to_be_visible()
    box = race.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 800


def test_a_long_race_shows_how_far_it_is_and_is_cancelled(open_app):
    page = open_app("/?data=blobs&n=2000&blobs=10&std=6&features=4&k=10&init=random&iters=1")
    go_to_laboratory(page, "Starts")
    expect(page.get_by_text("The race is on: 0 of 100 starts are at their end")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This race was cancelled. Choose fewer seeds or rows")).to_be_visible()
    expect(page.get_by_role("button", name="Run it")).to_be_visible()
