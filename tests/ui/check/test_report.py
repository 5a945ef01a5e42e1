"""The report, and the tables that it shares with the page."""

import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from gmm_core import make_blobs_data
from gmm_core.judgement import verdict
from gmm_core.judgement.selection import compare, fits, sweep_models
from pages.ui.check import figures, tables
from pages.ui.check.report import report
from pages.ui.look import evidence

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
NAMES = [EVIL, "b&w"]
PLOTLY = re.compile(r"<script[^>]*>.*?</script>", re.DOTALL)


def checked(X, most=3):
    comparison = sweep_models(X, range(1, most + 1), ("full", "tied"), n_starts=2)
    return comparison, verdict.judge(comparison, X)


@pytest.fixture(scope="module")
def made():
    X = make_blobs_data(40, 3, random_state=3).X
    comparison, said = checked(X)
    frame = pd.DataFrame(X, columns=NAMES)
    text = report(
        *(said, comparison, X, NAMES, np.arange(2, len(X) + 2)),
        source=f"{EVIL}.csv",
        about=f"Your table: rows of {EVIL}.",
        findings=verdict.examine(X, NAMES),
        reading=(f"Column {EVIL!r} is odd.",),
        columns=evidence.columns(frame, NAMES),
        made=datetime(2024, 5, 6, 7, 8, tzinfo=UTC),
    )
    return said, comparison, text


def test_it_holds_everything_that_the_page_says(made):
    said, comparison, text = made
    assert said.headline in text
    for one in (*said.caveats, *said.reasons):
        assert f"{one.sentence}</td>" in text
    assert text.count('<td class="text">tied</td>') == sum(
        one.covariance_type == "tied" for one in comparison.fits
    )
    assert f"{comparison.best.attempts[0].log_likelihood:.2f}" in text
    assert "2024-05-06 at 07:08 UTC" in text
    assert f"numpy {np.__version__}" in text


def test_nothing_of_a_user_s_names_is_markup(made):
    words = PLOTLY.sub("", made[2])
    assert "&lt;img src=x onerror=alert(2)&gt;.csv" in words
    assert "<img" not in words
    assert "<script" not in words
    assert "alert(1)</script>" not in made[2]


def test_it_is_one_file_with_plotly_once_and_colours_of_its_own(made):
    text = made[2]
    assert len(re.findall(r"/\*\*\n\* plotly\.js \(basic - minified\) v", text)) == 1
    assert text.count("Plotly.newPlot(") >= 2
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", PLOTLY.sub("", text))
    assert not re.search(r"<script[^>]+src=", text)
    assert "#000001" not in text, "Streamlit's placeholder for a colour"


def test_a_stopped_comparison_without_any_fit_is_a_report_too():
    X = make_blobs_data(20, 2).X
    comparison = compare(X, [], [(1, "full")])
    said = verdict.judge(comparison, X)
    text = report(
        *(said, comparison, X, ["a", "b"], np.arange(40)),
        source="these data",
        about="",
        findings=(),
        made=datetime(2024, 5, 6, tzinfo=UTC),
    )
    assert "stopped before its first fit" in text


# --- its tables


def test_columns_say_type_missing_values_and_what_is_constant():
    frame = pd.DataFrame(
        {
            "whole": [1.0, 2, np.nan],
            "real": [0.5, 1, 2],
            "same": [4, 4, 4],
            "word": ["x", None, "y"],
            "day": pd.to_datetime(["2024-01-01"] * 3),
            "flag": [True, False, True],
        }
    )
    columns = evidence.columns(frame, ["whole", "real"])
    assert columns["type"].tolist() == [
        "whole numbers", "numbers", "whole numbers", "text", "dates", "true or false",
    ]  # fmt: skip
    assert columns["missing"].tolist() == [1, 0, 0, 1, 0, 0]
    assert columns["use"].tolist() == ["fitted"] * 2 + ["constant, not fitted"] + ["not fitted"] * 3
    assert columns["largest"].tolist()[:3] == [2, 2, 4]
    assert len(evidence.columns(pd.DataFrame(np.zeros((2, 150))))) == evidence.MOST_COLUMNS


def test_unsure_rows_have_their_numbers_and_are_at_most_a_thousand():
    X = np.random.default_rng(0).normal(size=(2500, 1))
    mixture = next(fits(X, [2], ("full",), 1)).mixture
    rows = tables.unsure_rows(X, ["a"], mixture, np.arange(100, 2000), np.arange(2500) + 7)
    assert len(rows) == 1000
    assert rows["row"].tolist()[:2] == ["107", "108"]
    assert rows["a"].tolist() == X[100:1100, 0].tolist()
    assert tables.unsure_note(1000, 1900).startswith("The first 1,000 of 1,900 rows whose")
    assert re.fullmatch(r"[12]: \d+%, [12]: \d+%", rows["components"][0])


def test_a_literal_text_is_escaped_for_markdown():
    assert evidence.literal("Größe_1 $x$ [a](b)") == r"Größe\_1 \$x\$ \[a\]\(b\)"


def test_the_pairs_are_of_the_features_that_separate():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 8))
    X[:200, [1, 6]] += 8
    comparison, said = checked(X, 2)
    assert said.mixture.n_components == 2
    assert {1, 6} < set(figures.paired(said.mixture))
    assert "the 5 in which the components differ most" in figures.pairs_note(len(X), said.mixture)
    picture = figures.pairs(X, [f"<i>{j}" for j in range(8)], said.mixture, np.arange(400))
    assert picture.layout.xaxis.title.text.startswith("&lt;i&gt;")
    drawn = [(trace.xaxis, trace.yaxis) for trace in picture.data if trace.text is not None]
    assert drawn[1:5] == [("x", "y2"), ("x2", "y2"), ("x", "y3"), ("x2", "y3")]
    assert len({*drawn}) == len(drawn) == 10, "each pair once"
    which = figures.paired(said.mixture)
    np.testing.assert_array_equal(picture.data[2].x, X[:, which[1]])
    np.testing.assert_array_equal(picture.data[2].y, X[:, which[2]])
    many = figures.pairs(np.tile(X, (10, 1)), list("abcdefgh"), said.mixture, np.arange(4000))
    assert {len(trace.x) for trace in many.data if trace.text is not None} == {600}
    assert "600 of 4,000 rows are drawn, at random." in figures.pairs_note(4000, said.mixture)
    drawn = [trace.name for trace in figures.bic(comparison).data]
    assert drawn == ["full", "tied", "best"]


def test_fits_that_are_not_drawn_are_named():
    X = np.concatenate([np.zeros(60), np.random.default_rng(0).normal(6, 1, size=140)])[:, np.newaxis]
    comparison = sweep_models(X, [1, 2], ("full",), 2)
    assert figures.not_drawn(comparison) == (
        "Not drawn, as in every start a component ended on too few or on equal rows or values: "
        "full with 2 components."
    )
