"""The page about collapse in a real browser: from the trouble to the cure, in players that keep step."""

import re

from conftest import PLAYER, VIEWPORT, go_to_laboratory, until
from playwright.sync_api import expect
from test_accessible import AT_REST
from test_beside import FOLLOWER
from test_player import press


def test_from_the_trouble_to_the_cure(open_app):
    page = open_app("/")
    go_to_laboratory(page, "Collapse")
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-stop", "collapsed")
    expect(player).to_have_attribute("data-ready", "true")
    buttons = page.locator(f"{PLAYER} .em-transport").bounding_box()
    assert buttons["y"] + buttons["height"] <= 900, "nothing must be scrolled to play"
    press(page, "Play")
    expect(player).to_have_attribute("data-step", "1")
    expect(player.locator(".em-says")).to_contain_text("collapsed in iteration 2")
    expect(player.locator(".em-shapes .em-fallen")).to_have_count(1)
    expect(page.get_by_text("Component 3 fell on row 30:")).to_be_visible()

    # Cures stand beside it, each from the same start, and keep step.
    until(page, AT_REST)
    page.get_by_role("button", name="reset it").click()
    reset = page.locator(FOLLOWER)
    expect(reset).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("Log-likelihood -3,406.78, that of the best honest fit.")).to_be_visible()
    page.get_by_role("button", name="reg_covar = 1", exact=True).click()
    expect(page.locator(FOLLOWER)).to_have_count(2)
    expect(page.locator(FOLLOWER).last).to_have_attribute("data-ready", "true")
    expect(page).to_have_url(re.compile(r"cures=reset%2C1|cures=reset,1"))
    left, right, below = (one.bounding_box() for one in page.locator(".em-player").all())
    assert left["x"] + left["width"] < right["x"]
    assert left["y"] == right["y"]
    assert left["x"] == below["x"]
    buttons = page.locator(f"{PLAYER} .em-transport").bounding_box()
    assert buttons["x"] + buttons["width"] > right["x"] + right["width"] - 2
    verdict = page.get_by_text("Log-likelihood -3,406.78, that of the best honest fit.").bounding_box()
    assert verdict["y"] > buttons["y"] + buttons["height"], "the buttons cover no verdict"

    press(page, "Last")
    expect(player).to_have_attribute("data-step", "1")
    expect(page.locator(FOLLOWER).first).to_have_attribute("data-step", "178")
    expect(page.locator(FOLLOWER).last).to_have_attribute("data-step", "38")
    expect(page.locator(FOLLOWER).last.locator(".em-says")).to_contain_text("Ended at iteration 38")
    # What fell is marked in the curve, and named in its legend.
    for follower in page.locator(FOLLOWER).all():
        expect(follower.locator(".em-curve .legendtext").last).to_have_text("it falls here")
    expect(player.locator(".em-curve .legendtext")).to_have_count(0)
    expect(
        page.get_by_text("reg_covar is added after the M-step, which alone never lowers it")
    ).to_be_visible()

    # On a small screen they stack, and nothing is cut off.
    page.set_viewport_size({"width": 800, "height": 900})
    until(
        page,
        """() => {
      const tops = [...document.querySelectorAll(".em-player")].map((one) => one.getBoundingClientRect());
      return tops.every((one, i) => i === 0 || tops[i - 1].bottom < one.top);
    }""",
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    page.set_viewport_size(VIEWPORT)

    # The experiment is shared: Explore knows the start, and leads back.
    page.get_by_role("link", name="Look at this run in Explore").click()
    expect(page.get_by_role("link", name="See why, and what cures it")).to_be_visible()
    expect(player).to_have_attribute("data-stop", "collapsed")
    page.get_by_role("link", name="See why, and what cures it").click()
    expect(page.locator(FOLLOWER)).to_have_count(2)


def test_what_takes_long_can_be_cancelled(open_app):
    page = open_app("/?data=blobs&n=10000&blobs=10&std=6&features=4&k=10&reg=0&init=random&tol=0&iters=400")
    go_to_laboratory(page, "Collapse")
    expect(page.get_by_text("Looking for the best honest fit: start")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The comparison with honest fits was cancelled. Go on without")).to_be_visible()
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    page.get_by_role("button", name="tied covariances").click()
    expect(page.get_by_text("tied covariances: iteration")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("tied covariances: iteration")).to_have_count(0)
    expect(page.locator(FOLLOWER)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("cures="))


def test_a_cure_that_comes_beside_it_finds_its_place_on_a_projector(chromium, server):
    page = chromium.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.goto(f"{server.url}/collapse")
    player = page.locator(PLAYER)
    expect(player).to_have_attribute("data-ready", "true")
    expect(player.locator(".em-curve .ytitle")).to_have_count(1)
    page.get_by_role("button", name="tied covariances").click()
    expect(page.locator(FOLLOWER)).to_have_attribute("data-ready", "true")
    until(page, AT_REST)
    # Buttons and legend reach under both pictures, and over no curve.
    until(
        page,
        """() => {
      const box = (name) => document.querySelector(name).getBoundingClientRect();
      const lowest = Math.max(box(".em-transport").bottom, box(".em-player .em-legend").bottom);
      return box(".em-follower .em-curve").top >= lowest - 1;
    }""",
    )
    expect(player.locator(".em-curve .ytitle")).to_have_count(0)
    assert player.locator(".em-curve .xtick").count() <= 8
    page.context.close()
