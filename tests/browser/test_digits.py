"""The page of digits in a real browser: images form, and a digit chosen by hand counts."""

import re

from conftest import PLAYER, until
from playwright.sync_api import expect

INK = "[...document.querySelectorAll('.em-images canvas')].map((c) => c.toDataURL())"


def test_images_form_and_a_digit_chosen_by_hand_counts(open_app):
    page = open_app("/?data=own", ready=False)
    page.get_by_role("link", name="Digits").click()
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-ready", "true")
    expect(player).to_have_attribute("data-steps", "116")
    expect(page.locator(".em-images canvas")).to_have_count(10)
    assert page.locator(".em-images canvas").first.bounding_box()["width"] > 70, (
        "to be seen from the last row"
    )
    grey = page.evaluate(INK)
    page.get_by_label("Last", exact=True).click()
    until(page, f"(before) => {INK}.every((ink, i) => ink !== before[i])", grey)
    expect(page.get_by_text("Iteration 116 changed no mean by more than")).to_be_visible()
    expect(page).to_have_url(re.compile(r"at=116E"))

    run = player.get_attribute("data-run")
    expect(page.get_by_text("After: 56.72% and 52.41%.")).to_be_visible()
    page.get_by_role("radio", name="by hand").click()
    expect(page.get_by_text("After: 4.69% and 4.26%.")).to_be_visible()
    page.get_by_role("combobox", name="Component 1 is digit").click()
    page.get_by_role("option", name="6", exact=True).click()
    expect(page.get_by_text("After: 14.24% and 13.33%.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"repair=hand&hand=0623456789&at=116E$"))
    expect(player).to_have_attribute("data-run", run)
    expect(player).to_have_attribute("data-step", "116")

    page.get_by_role("radio", name="New digits").click()
    drawn = page.get_by_role("img", name="drawn from component 9")
    expect(drawn).to_have_count(5)
    assert drawn.first.evaluate("(img) => [img.naturalWidth, getComputedStyle(img).imageRendering]") == [
        8,
        "pixelated",
    ]
