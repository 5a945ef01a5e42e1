"""A brush in the picture: drags spray and erase, undo takes a stroke back, and a link repeats it."""

import re

import pytest
from playwright.sync_api import expect
from test_player import player

BLOBS = "/?n=20&k=2&init=kmeans"


def painting(page):
    page.get_by_text("paint", exact=True).click()
    expect(page.locator(".em-says")).to_contain_text("Drag to spray them")
    return page.locator(".em-stage .nsewdrag").bounding_box()


def points(page):
    return page.locator(".em-stage .scatterlayer .point")


def drag(page, *places):
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def strokes(page, n):
    """The strokes in the address, once there are so many."""
    expect(page).to_have_url(re.compile("(?:(?:spray|erase).*?)" * n))
    return page.evaluate("new URLSearchParams(location.search).get('edit')").split(";")


def places(page):
    return points(page).evaluate_all("(all) => all.map((one) => one.getAttribute('transform'))")


def test_a_drag_sprays_an_eraser_erases_undo_takes_it_back_and_a_link_repeats_it(open_app):
    page = open_app(BLOBS)
    box = painting(page)
    x, y = box["x"] + 40, box["y"] + 40
    drag(page, (x, y), (x + 200, y), (x + 200, y + 80))
    (spray,) = strokes(page, 1)
    what, counts, _, path = spray.split(":")
    n = int(counts.split(",")[0])
    assert what == "spray"
    assert n == pytest.approx(12 * (1 + 280 / 48), abs=3)
    assert len(path.split(",")) == 6  # of the corner and the ends
    expect(points(page)).to_have_count(60 + n)
    expect(page.get_by_text("Edited by hand: 1 stroke painted.")).to_be_visible()

    again = open_app(page.url[page.url.index("/?") :])
    expect(points(again)).to_have_count(60 + n)
    expect(player(page)).to_have_attribute("data-ready", "true")
    assert places(again) == places(page)

    page.locator(".em-brush").get_by_label("erase").click()
    drag(page, (x + 100, y), (x + 200, y))
    assert strokes(page, 2)[1].startswith("erase:")
    expect(points(page)).not_to_have_count(60 + n)
    assert 60 < points(page).count() < 60 + n
    page.keyboard.press("Control+z")
    expect(points(page)).to_have_count(60 + n)
    page.keyboard.press("Control+z")
    expect(points(page)).to_have_count(60)
    assert "edit=" not in page.url


def test_by_keys_and_by_touch(open_app):
    page = open_app(BLOBS, viewport={"width": 800, "height": 1100}, has_touch=True)
    page.locator(".em-stage .nsewdrag").hover()
    for key in ("b", "x", "ArrowLeft", "Enter"):
        page.keyboard.press(key)
    strokes(page, 1)
    expect(points(page)).to_have_count(72)
    page.keyboard.press("Escape")  # lets go of the cross-hair
    page.keyboard.press("Escape")
    expect(page.locator(".em-says")).not_to_contain_text("Drag to spray them")
    page.keyboard.press("b")
    box, screen = page.locator(".em-stage .nsewdrag").bounding_box(), page.context.new_cdp_session(page)
    x, y = box["x"] + 60, box["y"] + 60
    for kind, *where in (("touchStart", x, y), ("touchMove", x + 60, y + 90), ("touchEnd",)):
        touched = [{"x": where[0], "y": where[1]}] if where else []
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})
    strokes(page, 2)
    expect(page.get_by_text("Edited by hand: 2 strokes painted.")).to_be_visible()


def test_a_click_into_an_empty_canvas_makes_data_that_are_painted_on(open_app):
    page = open_app("/?data=painted", ready=False)
    expect(page.get_by_text("Paint your own data.")).to_be_visible()
    box = page.locator(".nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + 200, box["y"] + 100)
    expect(points(page)).to_have_count(40)
    box = painting(page)
    drag(page, (box["x"] + box["width"] - 60, box["y"] + box["height"] - 60))
    strokes(page, 2)
    expect(points(page)).to_have_count(52)
