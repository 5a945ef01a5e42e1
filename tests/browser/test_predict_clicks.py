"""Predict in a browser: a click in the picture asks for that place; a file goes in and comes back."""

import re

import pandas as pd
import pytest
from conftest import PLAYER, until
from playwright.sync_api import expect

PICTURE = ".em-clickable"
FIND = f"const picture = document.querySelector('{PICTURE}');"
# Where a place in data units is, in pixels of the page.
TO_PIXELS = f"""([x, y]) => {{
  {FIND}
  const {{ xaxis, yaxis }} = picture._fullLayout;
  const box = picture.getBoundingClientRect();
  return [box.left + xaxis._offset + xaxis.c2p(x), box.top + yaxis._offset + yaxis.c2p(y)];
}}"""
POINTS = f"""(name) => {{
  {FIND}
  const trace = picture._fullData.find((one) => one.name === name);
  return trace ? Array.from(trace.x, (x, i) => [x, trace.y[i]]) : [];
}}"""
PIXEL = 0.1  # about a pixel of these data


@pytest.fixture
def page(open_app):
    page = open_app("/?data=tutorial_500&k=3&init=kmeans")
    page.get_by_role("link", name="Predict").click()
    expect(page.locator(PICTURE)).to_have_attribute("data-ready", "true")
    return page


def click(page, place):
    """Click on a place in data units; the place that is asked then, in the picture and in the field."""
    (before,) = page.evaluate(POINTS, "asked")
    page.mouse.click(*page.evaluate(TO_PIXELS, place))
    until(page, f"(before) => String(({POINTS})('asked')) !== String(before)", arg=before)
    expect(page.locator(PICTURE)).to_have_attribute("data-ready", "true")
    (asked,) = page.evaluate(POINTS, "asked")
    field = page.get_by_role("textbox", name="A new point")
    expect(field).to_have_value(",".join(f"{value:.15g}" for value in asked))
    return asked


def test_a_click_anywhere_asks_for_that_place(page):
    page.evaluate(f"() => {{ {FIND} window.first = picture; }}")
    for place in ([-5.0, 20.0], [12.0, 3.0]):
        assert click(page, place) == pytest.approx(place, abs=PIXEL)
    expect(page.get_by_text("by density:")).to_be_visible()
    # On the number of a component, which is a text above all points.
    mean = page.evaluate(POINTS, "means")[0]
    assert click(page, mean) == pytest.approx(mean, abs=PIXEL)
    expect(page.get_by_text("and like the data:")).to_be_visible()
    # One click before Python has answered the other: the last one holds.
    places = [[-15.0 + 4 * i, 15.0] for i in range(6)]
    for place in places:
        page.mouse.click(*page.evaluate(TO_PIXELS, place))
        page.wait_for_timeout(120)
    expect(page.get_by_role("textbox", name="A new point")).to_have_value(re.compile(r"^(5|4\.9|5\.0)"))
    page.wait_for_timeout(1500)
    assert page.evaluate(POINTS, "asked")[0] == pytest.approx(places[-1], abs=PIXEL)
    # A drag zooms, and asks for nothing; what is asked next leaves the view as it is.
    asked, (x, y) = page.evaluate(POINTS, "asked"), page.evaluate(TO_PIXELS, [0, 0])
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y - 120, steps=4)
    page.mouse.up()
    zoomed = f"() => {{ {FIND} return picture._fullLayout.xaxis.range[1] < 15; }}"
    until(page, zoomed)
    assert page.evaluate(POINTS, "asked") == asked
    assert click(page, [2.0, 2.0]) == pytest.approx([2, 2], abs=PIXEL)
    assert page.evaluate(zoomed)
    assert page.evaluate(f"() => {{ {FIND} return window.first === picture; }}"), "it was not made anew"
    # Explore and back: the point is still asked.
    expect(page).to_have_url(re.compile("point="))
    value = page.get_by_role("textbox", name="A new point").input_value()
    page.get_by_role("link", name="Watch EM find this mixture").click()
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    page.get_by_role("link", name="Predict").click()
    expect(page.get_by_role("textbox", name="A new point")).to_have_value(value)


def test_a_file_is_predicted_and_taken_away(page, tmp_path):
    content = b"name,x2,x1\nfar,0.5,0.5\nnear,18,12\n"
    page.get_by_test_id("stMain").locator('[data-testid="stFileUploader"] input').set_input_files(
        {"name": "new.csv", "mimeType": "text/csv", "buffer": content}
    )
    expect(page.get_by_text("2 points, of which 1 is unlike all data")).to_be_visible()
    until(page, f"String(({POINTS})('brought')) === '0.5,0.5,12,18'")
    for kind, read in (("CSV", pd.read_csv), ("Parquet", pd.read_parquet)):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Predictions, {kind}").click()
        path = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(path)
        table = read(path)
        assert table["row"].tolist() == [2, 3]
        assert table["unlike all data"].tolist() == [True, False]
        assert table.filter(like="responsibility").sum(axis=1).tolist() == pytest.approx([1, 1])
