"""Undo by keys, the keyboard after a choice and in the picture, a shared link in another tab, the gallery."""

import re

from conftest import PLAYER, until
from playwright.sync_api import expect
from test_accessible import AT_REST
from test_player import expect_at, new_run, player


def undo(page):
    return page.locator(".st-key-undo").get_by_role("button")


def test_undo_by_keys_and_the_keyboard_after_a_choice(open_app):
    page = open_app("/?data=blobs&cov=tied")
    page.get_by_role("combobox", name="Covariances").click()
    with new_run(page):
        page.get_by_role("option").filter(has_text="diag").click()
    expect(undo(page)).to_have_text(re.compile("Undo: Covariances from tied to diag"))
    page.keyboard.press("End")  # the focus is still in the list
    expect_at(page, player(page).get_attribute("data-steps"), "E")
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    expect(page.get_by_label("Pause", exact=True)).to_be_visible()
    page.keyboard.press("Space")
    with new_run(page):
        page.keyboard.press("Control+z")
    expect(page).to_have_url(re.compile("cov=tied"))
    with new_run(page):
        page.keyboard.press("Control+Shift+z")
    expect(page).to_have_url(re.compile("cov=diag"))
    # In a field in which somebody types, the key is the field's.
    page.get_by_label("Seed of the start").fill("77")
    page.keyboard.press("Control+z")
    expect(page.get_by_label("Seed of the start")).to_have_value("6")
    expect(page).to_have_url(re.compile("cov=diag"))


def test_what_the_mouse_does_in_the_picture_by_keys(open_app):
    page = open_app("/?data=blobs&seed=6")
    says = page.locator(".em-says")
    page.keyboard.press("2")
    expect(says).to_contain_text("Component 2 of 3")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Alt+ArrowUp")
    for other in "s3kx":  # none gives up the move in silence
        page.keyboard.press(other)
        expect(says).to_have_text(
            "Component 2 of 3 is not dropped yet: Enter drops it, Escape takes that back."
        )
    with new_run(page):
        page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("init=given.*means="))
    expect(undo(page)).to_have_text(re.compile("Undo: means placed by hand"))
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(says).to_have_text(re.compile(r"Row 1 is selected, at .*: no component's yet\."))
    expect(player(page)).to_have_attribute("data-selected", "0")
    expect(page).to_have_url(re.compile("selected=1"))  # the player has come to rest, and speaks no more
    expect(page.locator(".em-spoken")).to_have_text(re.compile("Row 1 is selected"))
    page.keyboard.press("Escape")
    expect(says).to_have_text("No row is selected.")
    expect(player(page)).to_have_attribute("data-selected", "")
    expect(page).not_to_have_url(re.compile("selected="))
    page.keyboard.press("e")
    page.keyboard.press("x")
    expect(says).to_contain_text("Cross-hair at ")
    for _ in range(20):  # into a corner, where no point is
        page.keyboard.press("Shift+ArrowUp")
        page.keyboard.press("Shift+ArrowLeft")
    with new_run(page):
        page.keyboard.press("Enter")
    expect(undo(page)).to_have_text(re.compile("Undo: a point added"))


def test_a_shared_link_shows_the_same_in_another_tab(open_app):
    page = open_app("/?data=blobs&seed=6&at=3M")
    page.get_by_role("radio", name="Lower bound").click()
    page.keyboard.press("n")
    page.keyboard.press("+")
    page.get_by_role("radio", name="Formulas").click()
    expect(page).to_have_url(
        re.compile("(?=.*tab=Formulas)(?=.*graph=bound)(?=.*selected=1)(?=.*zoom=)(?=.*at=3M)")
    )
    page.locator(".st-key-share").get_by_role("button").first.click()
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(re.compile("zoom="))
    address = link.input_value()
    page.get_by_label("Copy: Link").click()
    expect(page.get_by_role("status").filter(has_text="Link")).to_be_visible()
    other = open_app(f"/?{address.partition('?')[2]}", viewport={"width": 1400, "height": 900})
    expect_at(other, 3, "M")
    expect(player(other)).to_have_attribute("data-selected", "0")
    expect(other.get_by_role("radio", name="Lower bound")).to_have_attribute("aria-checked", "true")
    expect(other.get_by_role("radio", name="Formulas")).to_have_attribute("aria-checked", "true")
    seen = "document.querySelector('.em-stage .em-plot')._fullLayout.xaxis.range.map((v) => v.toFixed(1))"
    assert other.evaluate(seen) == page.evaluate(seen)


# Whether the page has begun to keep where one is, which it is told here once more.
KEPT = """() => {
  document.querySelector("[data-testid=stMain]").dispatchEvent(new Event("scrollend"));
  return sessionStorage.getItem("em-scroll gallery") > 0;
}"""

# Whether the script has ended and all its pictures are there.
DRAWN = """() => document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning" &&
  [...document.images].every((image) => image.complete && image.naturalHeight)"""

# How far the page is scrolled when it is clicked, and whether it is again.
KEEP_TOP = """() => document.addEventListener("click", () => {
  sessionStorage.setItem("clicked at", document.querySelector("[data-testid=stMain]").scrollTop);
}, { capture: true, once: true })"""
BACK_THERE = """() => {
  const top = document.querySelector("[data-testid=stMain]").scrollTop;
  return Math.abs(top - Number(sessionStorage.getItem("clicked at"))) < 5 && top > 0;
}"""


def test_a_card_is_opened_by_its_picture_and_left_to_the_same_place(open_app):
    page = open_app()
    page.get_by_role("link", name="Gallery").first.click()
    card = page.locator("[class*='st-key-em_card']").filter(has_text="One skewed cloud")
    picture = card.locator("img")
    expect(picture).to_be_visible()
    until(page, AT_REST)
    picture.scroll_into_view_if_needed()
    until(page, KEPT)
    until(page, DRAWN)  # before that, what is above it may still push it down
    page.evaluate(KEEP_TOP)
    # At once, as Streamlit may yet scroll to the top; by force, as the link lies over the picture.
    picture.click(force=True)
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("BIC would choose five components for this one group.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="What can EM do")).to_have_count(1)
    until(page, BACK_THERE)


def test_what_is_done_is_one_step_back(open_app):
    page = open_app("/?data=blobs&n=60&k=2&iters=20", locale="en-GB")  # a browser of its own
    expect(page).to_have_url(re.compile("seed="))
    steps = page.evaluate("history.length")
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page).to_have_title(re.compile("Gallery"))
    page.locator("[class*='st-key-em_card'] a").first.click()
    expect(player(page)).to_have_attribute("data-ready", "true")
    expect(page).to_have_url(re.compile("data="))
    assert page.evaluate("history.length") == steps + 2
    page.go_back()
    expect(page).to_have_title(re.compile("Gallery"))
    page.go_back()
    expect(page).to_have_title(re.compile("Explore"))
    expect(page).to_have_url(re.compile("n=60"))
