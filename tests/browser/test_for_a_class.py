"""A link for a class: what it hides cannot be changed by hand either, and a key brings it back."""

import re

from conftest import PLAYER
from playwright.sync_api import expect
from test_player import expect_at


def test_what_a_class_does_not_see_it_cannot_change_and_h_brings_it_back(open_app):
    page = open_app("/?data=blobs&hide=controls,menu&at=2E", viewport={"width": 1280, "height": 720})
    expect_at(page, 2, "E")
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.get_by_role("link", name="Gallery")).to_be_hidden()
    mean, editing = page.locator(f"{PLAYER} .em-held"), page.get_by_label("edit points")
    expect(mean).to_have_count(0)
    expect(editing).to_be_hidden()
    page.keyboard.press("h")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(mean).to_have_count(3)
    expect(editing).to_be_visible()
    page.keyboard.press("h")
    expect(mean).to_have_count(0)
    expect(page).to_have_url(re.compile("hide=controls%2Cmenu"))
    expect_at(page, 2, "E")


def test_the_picture_fills_the_window(open_app):
    page = open_app("/?data=blobs&present=yes&beside=kmeans&at=1M", viewport={"width": 1280, "height": 720})
    expect_at(page, 1, "M")
    ground = page.locator("[data-em-whole]")
    expect(ground).to_have_count(1)
    assert ground.bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 720}
    left, right = (one.bounding_box() for one in page.locator(".em-stage .em-plot").all())
    assert left["width"] == right["width"] > 600
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    page.keyboard.press("h")
    expect(ground).to_have_count(0)
    expect(page.get_by_test_id("stHeader")).to_be_visible()
