"""A component that is picked: spread, angle and weight are dragged, and locks pressed, in the picture."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect
from test_accessible import violations
from test_by_hand import THREE, means
from test_player import ellipses, expect_at, new_run, player, settled

from gmm_core import Mixture
from gmm_core.engine.covariance import MODELS
from pages.ui.address.by_hand import Fork, covariance_of, moved, spread_of
from pages.ui.player import assets

LONG, ANGLE, HEIGHT = "Drag to make wider or narrower", "Drag to turn", "Drag for another weight"


def handle(page, title, which=0):
    box = page.locator(".em-handle", has=page.locator("title", has_text=title)).nth(which).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def pick(page, j):
    page.mouse.click(*settled(page, means)[j])
    expect(page.locator(".em-picked")).to_be_visible()


def drag(page, place, by, release=True):
    x, y = place
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by[0] / 2, y + by[1] / 2)
    page.mouse.move(x + by[0], y + by[1])
    if release:
        page.mouse.up()


def in_link(page, name):
    return page.evaluate("name => new URLSearchParams(location.search).get(name)", name)


def shape(page, i):
    """The points of an outline, in pixels."""
    return np.array([float(number) for number in re.findall(r"-?[\d.]+", ellipses(page)[i])])


def test_a_spread_is_dragged_seen_at_once_and_in_the_link(open_app):
    page = open_app(THREE)
    pick(page, 1)
    before = shape(page, 4)
    drag(page, handle(page, LONG), (0, 0), release=False)
    page.mouse.up()
    assert ":" not in in_link(page, "means"), "a click without a drag changes nothing"
    with new_run(page):
        drag(page, handle(page, LONG), (60, 40), release=False)
        expect(page.locator(".em-dragged")).to_have_text(re.compile(r"spread \d"))
        dragged = shape(page, 4)
        page.mouse.up()
    assert np.abs(dragged - before).max() > 20
    settled(page, ellipses)
    assert shape(page, 4) == pytest.approx(dragged, abs=1.5), "as it was left"
    first, second, third = in_link(page, "means").split(";")
    assert [one.split(":")[0] for one in (first, second, third)] == ["-7,1", "0,7", "4,-7"]
    again = open_app(page.url[page.url.index("/?") :])
    settled(again, ellipses)
    assert shape(again, 4) == pytest.approx(dragged, abs=1.5)
    # A mean that is moved now keeps its shape; what was turned is another step, and all can be undone.
    pick(again, 1)
    with new_run(again):
        drag(again, handle(again, ANGLE), (-50, 30))
    turned = in_link(again, "means").split(";")
    assert (turned[0], turned[2]) == (first, third)
    assert turned[1].split(",")[:3] == second.split(",")[:3]
    expect(again.get_by_role("button", name="Undo: component 2 turned")).to_be_visible()
    with new_run(again):
        again.get_by_role("button", name="Undo: component 2 turned").click()
    assert in_link(again, "means").split(";")[1] == second


def test_escape_takes_a_drag_back(open_app):
    page = open_app(THREE)
    pick(page, 1)
    before = ellipses(page)
    drag(page, handle(page, LONG), (60, 40), release=False)
    assert ellipses(page) != before
    page.keyboard.press("Escape")
    assert settled(page, ellipses) == before
    page.mouse.up()
    page.wait_for_timeout(500)
    assert in_link(page, "means") == "-7,1;0,7;4,-7"
    page.keyboard.press("Escape")
    expect(page.locator(".em-picked")).to_be_hidden()


def test_locks_are_pressed_in_the_picture(open_app):
    page = open_app(THREE)
    pick(page, 2)
    with new_run(page):
        page.get_by_role("button", name="The mean of component 3: hold").click()
    assert in_link(page, "held") == "m3"
    assert violations(page, "button-name", "color-contrast", "label") == []
    expect(page.locator(".em-mean.em-locked")).to_have_count(1)
    with new_run(page):
        page.get_by_role("button", name="The weight of component 3: hold").click()
    assert in_link(page, "held") == "w3,m3"
    with new_run(page):
        page.get_by_role("button", name="The mean of component 3: held; let go").click()
    assert in_link(page, "held") == "w3"
    expect(page.locator(".em-mean.em-locked")).to_have_count(0)


def test_a_slider_gives_the_weight_and_keys_do_all_of_it_later_too(open_app):
    page = open_app(f"{THREE}&cov=tied&at=3E")
    expect_at(page, 3, "E")
    pick(page, 0)
    with new_run(page):
        page.locator(".em-picked input").fill("70")
    assert in_link(page, "fork") == "3:0:w0.7"
    expect(page.get_by_text("the weight of component 1 was set to 0.7")).to_be_visible()
    for key in "ks":
        page.keyboard.press(key)
    expect(page.locator(".em-says")).to_contain_text("arrows make it wider")
    before = shape(page, 1), shape(page, 7)
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator(".em-says")).to_contain_text("spread")
    after = shape(page, 1), shape(page, 7)
    assert all(np.ptp(now) > np.ptp(was) + 5 for was, now in zip(before, after, strict=True)), "all share it"
    with new_run(page):
        page.keyboard.press("Enter")
    assert re.fullmatch(r"3:0:w0\.7;0:\d:s[\d.]+,[\d.]+,-?[\d.]+", in_link(page, "fork"))
    with new_run(page):
        page.keyboard.press("l")
    assert in_link(page, "held") == "c1,c2,c3"


def test_over_one_feature_the_height_is_the_weight(open_app):
    page = open_app("/?data=qa_series&k=3&init=given&means=25;34;43&at=4M")
    pick(page, 2)
    drag(page, handle(page, HEIGHT), (0, 15), release=False)
    expect(page.locator(".em-dragged")).to_have_text(re.compile(r"weight 0\.\d"))
    with new_run(page):
        page.mouse.up()
    assert 0.1 < float(in_link(page, "fork").removeprefix("4:2:w")) < 0.65
    with new_run(page):
        drag(page, handle(page, LONG), (30, 0))
    assert re.fullmatch(r"4:2:w[\d.]+;0:2:s[\d.]+", in_link(page, "fork"))


def test_where_the_model_is_hidden_nothing_is_picked_and_of_many_features_only_locks_are(open_app):
    page = open_app(f"{THREE}&hide=model", has_touch=False)  # where nobody brought back what is hidden
    page.mouse.click(*settled(page, means)[0])
    expect(player(page)).to_have_attribute("data-ready", "true")
    assert page.locator(".em-picked:visible").count() == 0
    page = open_app("/?data=digits_2_6&k=2&cov=diag")
    page.mouse.click(*settled(page, means)[0])
    expect(page.get_by_role("button", name="The mean of component 1: hold")).to_be_visible()
    assert page.locator(".em-handle:visible").count() == 0, "of many features the picture is a shadow"


def test_what_is_seen_while_it_is_dragged_is_what_the_model_makes_of_it(open_app):
    page = open_app()
    others = [(5.0, 2.0, 70.0), (1.0, 0.8, -20.0)]
    dragged = (3.0, 1.0, 30.0)
    script = """async ([path, model, spread, other]) => {
      const { default: modules } = await import(new URL(path, location.origin).href);
      const { inCommon } = modules["spreads.js"];
      return inCommon(model, spread, other);
    }"""
    for name, family in MODELS.items():
        full = Mixture([0.5, 0.3, 0.2], np.zeros((3, 2)), [covariance_of(one) for one in (dragged, *others)])
        start = family.of_dense(full.covariances, full.weights)
        mixture = Mixture(full.weights, full.means, start, name)
        spreads = [spread_of(one) for one in mixture.full_covariances]
        long, short, angle = spreads[0]
        mine = 1.5 * long, (1.5 if name[1] == "I" else 1) * short, angle
        wanted = family.of_dense(
            moved(mixture, Fork(0, 0, mine, "spread")).covariances, np.array([1.0, 0, 0])
        )
        wanted = family.dense(wanted, 3, 2)
        for j in (1, 2):
            seen = page.evaluate(script, [f"{assets.base()}/{assets.OURS}", name, spreads[j], mine])
            np.testing.assert_allclose(covariance_of(seen), wanted[j], rtol=1e-5, atol=1e-7, err_msg=name)
