"""Check a dataset: upload, read the verdict, and take it away as one file that needs no server."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect
from test_own_table import upload

from gmm_core import make_blobs_data

EVIL = "<img src=x onerror=document.title='owned'>"


def table():
    X = make_blobs_data(20, 2, cluster_std=2.0, random_state=1).X
    lines = "\n".join(";".join(f"{value:.3f}" for value in row) for row in X)
    return f"{EVIL};$y$\n{lines}\n".encode()


@pytest.fixture
def checked(open_app):
    page = open_app("/?data=own", ready=False)
    expect(page.get_by_text("Upload a table or paste some numbers")).to_be_visible()
    page.get_by_role("link", name="Check a dataset").click()
    expect(page.get_by_text("Bring a table, and set nothing")).to_be_visible()
    expect(page.get_by_text("Upload a table or paste some numbers")).to_be_visible()
    upload(page, "two groups.csv", table())
    expect(page.get_by_role("button", name="Download as one HTML file")).to_be_visible()
    return page


def test_a_table_is_checked_printed_and_taken_away(checked, chromium, tmp_path):
    page = checked
    said = page.get_by_test_id("stMain").get_by_test_id("stAlert").inner_text().split("\n")[-1]
    assert "roups: " in said
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as one HTML file").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)

    # On paper: what is not the answer is gone, and no picture is wider than an A4 page between its margins.
    page.emulate_media(media="print")
    for gone in ("stSidebar", "stHeader", "stDownloadButton"):
        for one in page.get_by_test_id(gone).all():
            expect(one).to_be_hidden()
    expect(page.get_by_text(said)).to_be_visible()
    for picture in page.locator(".js-plotly-plot").all():
        assert picture.bounding_box()["width"] < 700

    page.emulate_media(media="screen")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Rows, Excel").click()
    waiting.value.save_as(tmp_path / "rows.xlsx")
    rows = pd.read_excel(tmp_path / "rows.xlsx", engine="openpyxl")
    assert list(rows) == [EVIL, "$y$", "group", "probability"]
    assert len(rows) == 40
    assert set(rows["group"]) == {1, 2}
    assert page.locator(".em-density").first.bounding_box()["height"] > 20

    context = chromium.new_context(offline=True)
    report, problems, asked = context.new_page(), [], []
    report.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    report.on("pageerror", lambda error: problems.append(str(error)))
    report.on("request", lambda request: asked.append(request.url.split(":")[0]))
    report.goto(path.as_uri())
    expect(report.locator(".answer")).to_have_text(said)
    expect(report.get_by_role("heading", name="two groups.csv")).to_be_visible()
    expect(report.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(report.locator(".js-plotly-plot")).to_have_count(2)
    expect(report.get_by_text(EVIL).first).to_be_visible()
    expect(report.get_by_role("heading", name="What the groups are like")).to_be_visible()
    assert report.locator(".em-density i").last.evaluate("one => getComputedStyle(one).clipPath") != "none"
    assert report.title() != "owned"
    assert not problems
    assert "http" not in asked
    context.close()


def test_a_comparison_is_stopped_judged_and_goes_on(open_app):
    page = open_app("/?data=blobs&n=2000&blobs=9&features=6&std=4", ready=False)
    page.get_by_role("link", name="Check a dataset").click()
    expect(
        page.get_by_text(
            re.compile(r"Fit \d+ of 40: k = \d+, \w+ covariances, (\d of 6 starts at their end|one start) …")
        )
    ).to_be_visible()
    page.get_by_role("button", name="Stop, and judge what there is").click()
    expect(page.get_by_text("The comparison was stopped before its end.").first).to_be_visible()
    page.get_by_role("button", name="Compare the rest:").click()
    expect(page.get_by_role("button", name="Stop, and judge what there is")).to_be_visible()
    expect(page.get_by_text(" of 40: ")).to_be_visible()


def test_pairs_of_features_are_drawn_under_each_other_without_the_whole_of_plotly(open_app, server):
    page = open_app("/?data=notebook_3d", at=server)
    page.get_by_role("link", name="Check a dataset").click()
    picture = page.get_by_role("figure", name="The rows in the colours of their components")
    expect(picture).to_have_attribute("data-ready", "true")
    expect(picture.locator(".subplot")).to_have_count(3)
    assert picture.evaluate("() => !Plotly.PlotSchema.get().traces.contour")
