"""Players that follow each other: one set of buttons, one keyboard, and borders that change with colours."""

import re

from conftest import PLAYER
from playwright.sync_api import expect
from test_player import START, press

FOLLOWER = '[data-testid="em-follower"]'
# How the ground is painted at the middle of the left and of the right edge.
GROUND = """(player) => {
  const canvas = document.querySelector(player + " .em-borders");
  const { width, height } = canvas;
  const at = (share) => [...canvas.getContext("2d").getImageData(width * share, height / 2, 1, 1).data];
  return [at(0.02), at(0.98)];
}"""


def expect_both_at(page, step, half):
    for player in (PLAYER, FOLLOWER):
        expect(page.locator(player)).to_have_attribute("data-step", str(step))
        expect(page.locator(player)).to_have_attribute("data-half", half)


def test_one_set_of_buttons_and_one_keyboard_for_both(open_app):
    page = open_app("/?data=notebook_2d_large&k=2&seed=6&kmeans=yes")
    expect(page.locator(FOLLOWER)).to_have_attribute("data-ready", "true")
    expect(page.get_by_label("Play", exact=True)).to_have_count(1)
    left, right = (page.locator(player).bounding_box() for player in (PLAYER, FOLLOWER))
    assert left["x"] + left["width"] < right["x"]
    assert left["y"] == right["y"]
    expect_both_at(page, *START)
    press(page, "Step forward")
    expect_both_at(page, 0, "E")
    press(page, "Step forward")
    expect_both_at(page, 1, "M")
    page.keyboard.press("ArrowRight")
    expect_both_at(page, 1, "E")
    page.keyboard.press("Home")
    expect_both_at(page, *START)
    page.get_by_label("Speed").select_option("8 ×")
    page.keyboard.press("Space")
    expect(page.locator(PLAYER)).to_have_attribute("data-step", "8")
    # k-means has ended earlier, holds its last picture and says so.
    expect(page.locator(FOLLOWER)).to_have_attribute("data-step", "3")
    says = page.locator(FOLLOWER).locator(".em-says")
    expect(says).to_have_text("Ended at iteration 3 No point changes its cluster any more.")
    expect(page.get_by_text("Iteration 8, E-step")).to_be_visible()
    # Only EM can be moved by hand.
    expect(page.locator(f"{PLAYER} .em-held")).to_have_count(2)
    expect(page.locator(f"{FOLLOWER} .em-held")).to_have_count(0)
    # Another run takes the place of k-means. Anything can be typed.
    stands = page.get_by_role("combobox", name="Beside it")
    stands.fill("seed 2")
    stands.press("Enter")
    expect(page).to_have_url(re.compile("beside=seed%3A2"))
    titles = page.locator(".em-title")
    expect(titles.nth(1)).to_have_text(re.compile(r"seed 2 iteration \d+: -\d+\.\d{4}"))
    expect(titles.nth(0)).to_have_text(re.compile(r"seed 6 iteration 8: -\d+\.\d{4}"))
    scales = [page.locator(f"{player} .em-curve .ytick").all_inner_texts() for player in (PLAYER, FOLLOWER)]
    assert scales[0] == scales[1]
    page.get_by_role("button", name="Open seed 2 instead").click()
    expect(titles.nth(0)).to_contain_text("seed 2 iteration")
    expect(titles.nth(1)).to_contain_text("seed 6 iteration")
    stands.fill("seed x")
    stands.press("Enter")
    expect(page.get_by_text("What stands beside cannot have seed:x")).to_be_visible()
    expect(page.locator(FOLLOWER)).to_have_count(0)
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    assert page.locator(PLAYER).bounding_box()["width"] > 1.5 * left["width"]


def test_borders_change_in_e_and_stay_in_m(open_app):
    page = open_app("/?data=cigars&k=2&seed=8&kmeans=yes", viewport={"width": 800, "height": 900})
    expect(page.locator(FOLLOWER)).to_have_attribute("data-ready", "true")
    above, below = (page.locator(player).bounding_box() for player in (PLAYER, FOLLOWER))
    assert above["y"] + above["height"] < below["y"], "on a small screen they stack"
    page.get_by_label("Half-step").fill("6")
    expect_both_at(page, 3, "E")
    before = [page.evaluate(GROUND, player) for player in (PLAYER, FOLLOWER)]
    blue, orange = before[1]
    assert blue != orange, "the border of k-means stands upright"
    assert min(blue[3], orange[3]) > 0
    page.get_by_label("Half-step").fill("7")
    expect(page.locator(PLAYER)).to_have_attribute("data-half", "M")
    assert [page.evaluate(GROUND, player) for player in (PLAYER, FOLLOWER)] == before
    page.get_by_label("Half-step").fill("16")
    expect(page.locator(PLAYER)).to_have_attribute("data-step", "8")
    assert page.evaluate(GROUND, PLAYER) != before[0]
    assert page.evaluate(GROUND, FOLLOWER) == before[1]
