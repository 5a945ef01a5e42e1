"""Choose k in a real browser: a cell opens its run in Explore, a test is drawn, stopped and goes on."""

import re

from conftest import PLAYER, VIEWPORT, wait
from playwright.sync_api import expect
from test_predict_clicks import TO_PIXELS

PICTURE = ".em-clickable"


def test_from_the_map_to_the_run_and_back(open_app):
    page = open_app("/?data=blobs&blobs=4&n=100&std=1.5&dataseed=2")
    page.get_by_role("link", name="How many components?").click()
    picture = page.locator(PICTURE)
    expect(picture).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("BIC chooses 4, AIC 5 and ICL 3.")).to_be_visible()
    box = picture.bounding_box()
    assert box["width"] > 900, "it dominates"
    assert box["y"] + box["height"] < 900, "and is in view"
    page.get_by_role("radio", name="AIC").click()
    expect(page.get_by_text("AIC is -2 log L + 2 p")).to_be_visible()
    expect(picture).to_have_attribute("data-ready", "true")
    expect(picture.get_by_text("best")).to_have_count(1)

    # What is under the pointer is told, and a click goes there.
    place = page.evaluate(TO_PIXELS, [5, 0])
    page.mouse.move(*place)
    told = picture.locator(".hoverlayer")
    expect(told).to_contain_text("5 components, full")
    expect(told).to_contain_text("its starts end up to 27.9 apart")
    value = re.search(r"AIC ([\d,.]+), the best", told.text_content())[1]
    page.mouse.click(*place)
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    expect(page).to_have_url(re.compile(r"/\?data=blobs.*k=5&cov=full.*init=loaded.*parameters="))
    page.get_by_label("Last", exact=True).click()
    summary = page.get_by_text("log-likelihood of these parameters")
    expect(summary).to_contain_text("in total")
    n_iter = page.locator(PLAYER).get_attribute("data-steps")
    expect(summary).to_contain_text(f"Iteration {n_iter}, E-step")
    total = float(re.search(r"(-[\d,.]+) in total", summary.text_content())[1].replace(",", ""))
    # AIC = -2 log L + 2 p, and 5 full Gaussians in the plane have 29 parameters.
    assert abs(-2 * total + 2 * 29 - float(value.replace(",", ""))) < 0.06

    page.go_back()
    expect(picture).to_have_attribute("data-ready", "true")
    expect(page.get_by_text("AIC is -2 log L + 2 p")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/choose-k\?data=blobs.*by=aic"))


def test_a_bootstrap_test_grows_is_stopped_and_goes_on(open_app):
    page = open_app("/?data=notebook_1d&k=3")
    page.get_by_role("link", name="How many components?").click()
    expect(page.locator(PICTURE)).to_have_attribute("data-ready", "true")
    page.get_by_role("radio", name="Test k against k + 1").click()
    page.get_by_role("spinbutton", name="k", exact=True).fill("2")
    page.get_by_role("spinbutton", name="k", exact=True).press("Enter")
    expect(page).to_have_url(re.compile("[?&]testk=2"))
    page.get_by_role("combobox", name="Samples").click()
    page.get_by_role("option", name="499, exact").click()
    # The button asks what stood beside it when it was drawn.
    expect(page).to_have_url(re.compile("samples=499"))
    page.get_by_role("button", name="Test, about").click()
    expect(page.get_by_text(re.compile(r"\d+ of 499 samples, each fitted with 2 and 3"))).to_be_visible()
    expect(page.locator(".stPlotlyChart .bars path").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    go_on = page.get_by_role("button", name=re.compile(r"Go on: \d+ left"))
    expect(go_on).to_be_visible()
    expect(page.get_by_text("and never below it.")).to_be_visible()
    left = int(re.search(r"\d+", go_on.text_content())[0])
    assert 0 < left < 499
    go_on.click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    # Another question: the test ends with the page that waited for it.
    page.get_by_role("radio", name="Merge components").click()
    expect(page.get_by_text("One component is one cluster: there is nothing to merge.")).to_be_visible()


def test_merging_has_its_pictures_under_each_other_where_there_is_no_room_beside(open_app):
    page = open_app("/?data=blobs&blobs=4&n=100&std=1.5&dataseed=2")
    page.get_by_role("link", name="How many components?").click()
    page.get_by_role("radio", name="Merge components").click()
    pictures = page.locator(".st-key-em_merge .js-plotly-plot")
    expect(pictures).to_have_count(2)
    page.set_viewport_size({"width": 800, "height": 1000})

    def boxes():
        return [pictures.nth(i).bounding_box() for i in range(2)]

    wait(page, lambda: boxes()[1]["y"] > boxes()[0]["y"] + boxes()[0]["height"])
    wait(page, lambda: boxes()[1]["width"] > 400)
    page.set_viewport_size(VIEWPORT)
    wait(page, lambda: boxes()[1]["x"] > boxes()[0]["x"] + boxes()[0]["width"])
