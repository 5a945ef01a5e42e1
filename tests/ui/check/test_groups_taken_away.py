"""What leaves Check: the groups, rows with their group, intervals, and the very fit on other pages."""

from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs

import numpy as np
import pytest
from link import address, html, keep_table, opened, said, tables

from gmm_core.judgement import verdict
from gmm_core.judgement.selection import sweep_models
from pages.ui.address.settings import Settings
from pages.ui.check import cached, groups
from pages.ui.check.report import report
from pages.ui.check.takeaway import Checked
from pages.ui.runs import brought, fits
from pages.ui.runs.rows import rows

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def own():
    """The link to a table of two groups, with text, a name that is markup, and a row without a value."""
    X = np.random.default_rng(0).normal(size=(60, 2)) + 9 * (np.arange(60)[:, np.newaxis] % 2)
    lines = [f"=A{i},{x!r},{y!r}" for i, (x, y) in enumerate(X.tolist())]
    lines[3] = "=A3,1.5,"
    text = "\n".join([f"who,{EVIL},y", *lines])
    return {"data": "own", "table": keep_table(text.encode(), "groups.csv")}


def links(app):
    """The queries of the links to this fit, by their labels."""
    return {
        link.proto.label: {name: value[0] for name, value in parse_qs(link.proto.query_string).items()}
        for link in app.get("page_link")
        if link.proto.query_string
    }


def captions(app):
    return " ".join(caption.value for caption in app.main.caption)


def parameters(mixture):
    return mixture.weights, mixture.means, mixture.full_covariances


def verdict_of(query):
    settings = Settings.from_query(query)[0]
    X = cached.varying(settings).X
    cached.fits(settings).result()
    return verdict.judge(cached.comparison(settings), X)


def test_the_groups_with_densities_downloads_and_the_very_fit_elsewhere(own):
    app = opened("check.py", **own)
    shown = html(app)
    assert "What the groups are like" in [one.value for one in app.header]
    assert any("tells the groups apart most: alone it puts" in said(one) for one in app.markdown)
    assert shown.count("clip-path: polygon(") == 2 * 2 * 2  # columns, groups, and the whole behind each
    assert EVIL not in shown
    assert "EM ran on the columns as they are, not standardised" in captions(app)
    assert "1 row that was not fitted has no group." in captions(app)
    assert [b.proto.label for b in app.get("download_button")][-3:] == [
        "Rows, CSV", "Rows, Parquet", "Rows, Excel",
    ]  # fmt: skip
    found, there = verdict_of(address(app)), links(app)
    for label in ("Watch this fit in Explore", "Ask it in Predict"):
        settings, problems = Settings.from_query(there[label])
        assert not problems
        for ours, theirs in zip(
            parameters(found.mixture), parameters(fits.run(settings).mixture), strict=True
        ):
            np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-9)
    asked = fits.run(Settings.from_query(there["Ask it in Predict"])[0])
    assert (asked.n_iter, asked.mixture) == (0, found.mixture), "as it is, to the last digit"
    table = tables(opened("explore.py", **there["Watch this fit in Explore"]))[0]
    np.testing.assert_allclose(table["weight"], found.mixture.weights, rtol=1e-6)
    predict = opened("predict.py", **there["Ask it in Predict"])
    assert "A file of points" in predict.segmented_control(key="predict_part").options


def test_intervals_at_once_by_bootstrap_on_request_and_in_the_report(own):
    app = opened("check.py", **own)
    assert ">standard error</th>" in html(app)
    assert html(app).count(">weight</td>") == 2
    assert "Standard errors by the observed information" in captions(app)
    assert "drawn with replacement" not in captions(app)
    (button,) = (one for one in app.button if one.label == "By bootstrap instead")
    button.click().run()
    assert not app.exception
    assert ">standard error</th>" in html(app)
    assert html(app).count(">weight</td>") == 2
    assert "200 times, 59 rows were drawn with replacement" in captions(app)
    assert "by the observed information" not in captions(app)
    assert not [one for one in app.button if one.label == "By bootstrap instead"]
    settings = Settings.from_query(address(app))[0]
    X, names = cached.varying(settings)
    comparison, found = cached.comparison(settings), verdict_of(address(app))
    checked = Checked(settings, comparison, found, X, names)
    text = report(
        *(found, comparison, X, names, np.arange(1, 60)),
        source="groups.csv",
        about="",
        findings=(),
        reading=brought.table(settings).findings,
        groups=checked.with_intervals(),
        made=datetime(2024, 5, 6, tzinfo=UTC),
    )
    for part in (
        "What the groups are like",
        "tells the groups apart most",
        "How sure these numbers are",
        "By bootstrap: 200 times, 59 rows were drawn with replacement",
        "not standardised, so all numbers here are in the units of your table",
        "How the table was read",
    ):
        assert part in text
    assert "clip-path: polygon(" in text
    assert EVIL not in text.replace(EVIL.replace("<", "\\u003c"), "")


def test_every_row_of_the_table_is_there_in_its_order(own):
    settings = Settings.from_query(own)[0]
    found = rows(settings)
    assert list(found.frame) == list(brought.table(settings).frame)
    assert len(found.frame) == 60
    assert found.places.tolist() == [i for i in range(60) if i != 3]
    edited = rows(replace(settings, edits="delete:1;move:1:0,0;add:9,9"))
    assert edited.places.tolist() == [i for i in range(60) if i not in (0, 3)]
    assert edited.fitted.tolist() == list(range(58)), "the point that was added is no row of the table"
    built_in = rows(Settings(data="blobs"))
    assert list(built_in.frame) == ["x1", "x2", "known group"]


def test_one_group_and_parts_that_are_none():
    app = opened("check.py", data="qa_series")
    assert "Rows with their" in " ".join(one.value for one in app.markdown)
    X = np.random.default_rng(0).normal(size=(200, 1))
    single = groups.found(*judged(X, 1), ["x"], False)
    assert (single.title, single.sentence) == ("What the rows are like", "One Gaussian for all rows.")
    assert "in their own units" in single.transform
    uniform = np.linspace(0, 1, 300)[:, np.newaxis]
    parts = groups.found(*judged(uniform, 3), ["x"], False)
    assert not parts.apart
    assert parts.title == "What the parts of the best fit are like"
    assert parts.sentence.startswith(
        "These parts do not stand apart, so they are no groups for sure: 'x' puts"
    )
    assert "part 2: " in groups.html(parts)


def judged(X, most):
    comparison = sweep_models(X, range(1, most + 1), ("full",), 2)
    return verdict.judge(comparison, X), comparison, X


def test_a_sample_begins_with_this_fit_elsewhere_and_is_asked_as_it_is():
    query = {"data": "blobs", "n": "3000", "blobs": "2", "std": "1"}
    settings = Settings.from_query(query)[0]
    X, names = cached.varying(settings)
    comparison = sweep_models(X, [2], ("full",), 1)
    found = verdict.judge(comparison, X)
    watched = cached.watched(settings, found, comparison, names)
    assert comparison.sampled
    assert not watched.exact
    assert fits.run(watched.run).steps[0].mixture == found.mixture
    assert fits.run(watched.asked).mixture == found.mixture


def test_constant_columns_are_no_part_of_the_link():
    table = keep_table(b"a,b,c\n1,5,2\n2,5,3\n1.5,5,9\n8,5,1\n7,5,\n2,6,\n", "")
    settings = Settings(data="own", table=table)
    X, names = cached.varying(settings)
    assert names == ["a", "c"]
    comparison = sweep_models(X, [1], ("full",), 1)
    found = verdict.judge(comparison, X)
    watched = cached.watched(settings, found, comparison, names)
    assert watched.run.columns == "1,3"
    assert fits.run(watched.asked).mixture == found.mixture


@pytest.mark.parametrize(
    ("mean", "deviation", "text"),
    [
        (4.9061, 0.8214, "4.906 ± 0.821"),
        (12345.6, 678.9, "12,346 ± 679"),
        (1e-5, 2e-6, "1e-05 ± 2e-06"),
        (0.5, 1e7, "0.5 ± 1e+07"),
    ],
)
def test_a_mean_has_the_decimals_of_its_deviation(mean, deviation, text):
    assert groups.value_and_deviation(mean, deviation) == text
