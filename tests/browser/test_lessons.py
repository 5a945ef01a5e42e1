"""Lessons in a real browser: a click in the picture is a prediction, and keys are enough."""

import re

from conftest import PLAYER, press, until
from playwright.sync_api import expect

MISS = "document.querySelector('.em-miss').getAttribute('d')"


def begin(open_app, title):
    page = open_app("/?data=own", ready=False)
    page.get_by_role("link", name="Lessons", exact=True).click()
    leave, card = page.locator(".st-key-lesson_leave button"), page.get_by_role("button", name=title)
    expect(leave.or_(card).first).to_be_visible()
    if leave.is_visible():  # the tab was in another lesson, and came back to it
        leave.click()
    card.click()
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    return page


def test_a_click_in_the_picture_is_a_prediction_and_stands_beside_the_mean(open_app):
    page = begin(open_app, "The M-step: where means go")
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-step", "1")  # it played by itself
    page.get_by_role("button", name="Next").click()
    expect(player).to_have_attribute("data-steps", "0")
    expect(player).to_have_attribute("data-held", "")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_hidden()
    reveal = page.locator(".st-key-lesson_reveal button")
    expect(reveal).to_be_disabled()

    box = page.locator(".em-stage .nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    expect(page.locator(".em-mark")).to_be_visible()
    assert page.evaluate(MISS) == ""
    press(page, "Enter", reveal)

    expect(page.get_by_text("standard deviations of the component from where its mean goes")).to_be_visible()
    expect(page).to_have_url(re.compile(r"answers=2%3A-?\d.*at=1M"))
    expect(player).to_have_attribute("data-steps", "28")
    assert page.evaluate(MISS).startswith("M")

    page.go_back()
    expect(reveal).to_be_disabled()
    expect(player).to_have_attribute("data-steps", "0")
    expect(page.locator(".em-mark")).to_be_hidden()
    # Without a mouse: a cross-hair, which arrows move.
    for key in ("x", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".em-mark")).to_be_visible()
    expect(reveal).to_be_enabled()


def test_keys_are_enough_for_a_lesson(open_app):
    page = begin(open_app, "The bound that touches and rises")
    onward = page.locator(".st-key-lesson_next button")
    press(page, "Enter", onward)
    expect(page.get_by_text("Scene 2 of 7")).to_be_visible()
    expect(page.locator(PLAYER)).to_have_attribute("data-held", "")
    press(page, "3", page.get_by_role("button", name="Above it"))
    press(page, "Enter", page.locator(".st-key-lesson_reveal button"))
    expect(page.get_by_text("Right.")).to_be_visible()
    press(page, "Enter", onward)
    expect(page.get_by_text("Scene 3 of 7")).to_be_visible()
    press(page, "PageUp", page.locator(".st-key-lesson_back button"))
    expect(page.get_by_text("Scene 2 of 7")).to_be_visible()
    expect(page.get_by_text("Right.")).to_be_visible()


def test_a_scene_shows_the_truth_that_it_speaks_of(chromium, server):
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}/lessons?lesson=mixture&scene=6")
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-truth", "")
    expect(page.locator(".em-truth").first).to_be_visible()
    expect(page).not_to_have_url(re.compile("truth="))
    page.locator(".st-key-lesson_back button").click()
    expect(page.get_by_text("Scene 5 of")).to_be_visible()
    expect(player).not_to_have_attribute("data-truth", "")
    page.context.close()


def test_what_was_selected_in_a_scene_is_not_selected_in_another(chromium, server):
    page = chromium.new_context().new_page()
    page.goto(f"{server.url}/lessons?lesson=mixture&scene=6")
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-ready", "true")
    page.keyboard.press("n")
    expect(player).to_have_attribute("data-selected", re.compile(r"\d+"))
    page.locator(".st-key-lesson_back button").click()
    expect(page.get_by_text("Scene 5 of")).to_be_visible()
    expect(player).to_have_attribute("data-selected", "")
    page.context.close()


def test_the_next_scene_is_drawn_from_its_start_though_this_one_plays(open_app):
    page = begin(open_app, "How many clusters?")
    expect(page.locator(PLAYER)).to_have_attribute("data-playing", "")
    expect(page.locator(PLAYER)).to_have_attribute("data-half", "E")
    page.locator(".st-key-lesson_next button").click()
    expect(page.get_by_text("Scene 2 of")).to_be_visible()
    expect(page.locator(PLAYER)).to_have_attribute("data-held", "")
    until(
        page,
        """() => {
      const points = document.querySelectorAll(".em-stage .scatterlayer .point");
      return new Set([...points].map((one) => getComputedStyle(one).fill)).size === 1;
    }""",
    )
