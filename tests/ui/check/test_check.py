"""The page that checks a dataset."""

import re
from threading import current_thread

import numpy as np
import pytest
import streamlit as st
from link import html, keep_table, press, visitor
from visitors import left_after

from gmm_core.judgement import selection
from gmm_core.judgement.selection import planned
from pages.ui.address.settings import Settings
from pages.ui.check import cached
from pages.ui.runs.data import dataset


def check(paste="", stopped=None, **query):
    """The page as a link opens it; the comparison of the settings `stopped` was stopped there before."""
    app = visitor(**query)
    if stopped:
        app.session_state["_wishes"] = {"stop the check": stopped.drawn_from}
    app.run()
    app.switch_page("check.py").run()
    if paste:
        app.text_area[0].input(paste).run()
    assert not app.exception
    return app


def test_three_clear_groups_with_the_evidence_beside_it():
    app = check(data="tutorial_500")
    assert "Three groups" in app.success[0].value
    assert "6 of 6 starts agree.</td><td" in html(app)
    assert "500 rows of 2 features.</td><td" in html(app)


def test_noise_is_no_grouping_for_sure():
    app = check(data="uniform_noise")
    assert not app.success, "nothing may be sure here"
    assert app.warning


def test_nothing_to_check_yet_is_an_invitation_with_something_to_try():
    app = check(data="own")
    assert "Upload a table or paste some numbers" in app.info[0].value
    assert "fits one to ten Gaussians of four families" in app.markdown[0].value
    app.button("try_qa_series").click().run()
    assert not app.exception
    assert "A component sits on duplicates." in app.warning[0].value
    app.button("try_own").click().run()
    assert "Upload a table or paste some numbers" in app.info[0].value


@pytest.mark.parametrize("data", ["digits", "tutorial_60"])
def test_other_data(data):
    assert not check(data=data).error


def test_many_features_are_too_many():
    app = check(data="digits")
    assert "These data have 61 features: too many for a comparison in seconds." in app.info[0].value


@pytest.mark.parametrize(
    ("paste", "said", "shown"),
    [
        ("a;b\n5;x\n5;y\n", "has only one value in every column of numbers ('a': 5)", "constant, not fitted"),
        ("a;b\n5;6\n", "has only one row with values", "whole numbers"),
        ("name;town\nAnn;Bonn\nBob;Rome\n", "has no column of numbers", '<td class="text">town</td>'),
    ],
)
def test_a_table_that_cannot_be_used_is_a_sentence_and_what_was_read_is_shown(paste, said, shown):
    app = check(paste, data="own")
    (error, _) = app.error  # on the page, and in the sidebar beside the box
    assert said.replace("_", "") in error.value.replace("\\", "").replace("_", "")
    assert shown in html(app)


@pytest.mark.parametrize("paste", ["1;2\n3;5\n", "1\n2\n4\n", "1;2;3;4;5;6\n2;1;4;3;6;5\n7;8;9;1;2;3\n"])
def test_very_few_rows_get_no_verdict_and_no_traceback(paste):
    app = check(paste, data="own")
    rows = paste.count("\n")
    assert app.warning[0].value == (
        f"**Too few rows to tell: {rows} rows are enough for one Gaussian alone.**"
    )
    assert " rows are few for more." in html(app)


def test_columns_that_are_constant_without_the_missing_rows_are_a_sentence():
    app = check("a;b\n1;\n2;\n3;7\n3;7\n3;7\n;8\n", data="own")
    assert app.warning[0].value == (
        "Every column is constant: one value has no groups. Use data that differ."
    )
    assert "Columns a and b are constant" in html(app)


def test_names_are_shown_as_they_are():
    values = "\n".join(f"{i};{i * i % 7}" for i in range(30))
    app = check(f"<b onclick=x>;$x_1$ **b**\n{values}\n", data="own")
    assert "&lt;b onclick=x&gt;" in html(app)
    assert "<b onclick" not in html(app)
    (note,) = [caption.value for caption in app.caption if "30 rows of" in caption.value]
    assert r"\$x\_1\$ \*\*b\*\*" in note


def test_a_comparison_that_was_stopped_can_go_on(monkeypatch):
    series = Settings(data="qa_series")
    whole = check(data="qa_series").warning[0].value
    st.cache_resource.clear()
    with left_after(3, lambda: cached.fits(series), monkeypatch) as (job, _):
        app = check(stopped=series, data="qa_series")
        assert "The comparison was stopped before its end." in app.warning[0].value
        assert f"The comparison was stopped after 3 of {job.total} fits" in html(app)
        assert "rows are few" not in html(app)
        (more,) = [button for button in app.button if button.label.startswith("Compare the rest")]
        assert more.label == f"Compare the rest: {job.total - 3} fits"
    more.click().run()
    assert app.warning[0].value == whole
    assert not [button for button in app.button if button.label.startswith("Compare the rest")]


def test_visitors_with_the_same_data_share_the_fits_and_each_stops_alone(monkeypatch):
    few = {"data": "blobs", "n": "20", "blobs": "2", "dataseed": "11"}
    blobs, _ = Settings.from_query(few)
    with left_after(3, lambda: cached.fits(blobs), monkeypatch) as (job, made):
        stopped = check(stopped=blobs, **few)
    assert "The comparison was stopped" in html(stopped)
    other = check(**few)
    assert "The comparison was stopped" not in html(other)
    assert len(made) == job.total == len(planned(dataset(blobs).X)), "each was fitted once"
    stopped.run()
    assert html(stopped) == html(other), "what others found is shown"


def test_the_bar_says_what_is_being_fitted():
    job = cached.fits(Settings(data="blobs", n_samples=20, centers=2, data_seed=13))
    every = "every k with full covariances at once"
    assert job.doing(0) == f"0 of {job.total} fits: {every}, 0 starts at their end …"
    job.result()
    starts = re.search(r", (\d+) starts at their end …", job.doing(job.done - 1))
    assert starts
    assert int(starts[1]) > 6


def test_where_fits_take_long_the_bar_says_which_is_on(monkeypatch):
    monkeypatch.setattr(selection, "FEW_NUMBERS", 0)
    job = cached.fits(Settings(data="blobs", n_samples=20, centers=2, data_seed=17))
    assert job.doing(0) == f"Fit 1 of {job.total}: k = 1, full covariances, one start …"
    k, family = job.total, job.doing(job.total - 1)
    assert re.match(rf"Fit {k} of {k}: k = \d+, \w+ covariances, 0 of 6 starts at their end …", family)


def test_the_fits_are_made_beside_the_page(monkeypatch):
    where, fits = set(), selection.fits

    def noted(*of, **how):
        for one in fits(*of, **how):
            where.add(current_thread().name.split("_")[0])
            yield one

    monkeypatch.setattr(selection, "fits", noted)
    check(data="blobs", n="20", blobs="2", dataseed="12")
    assert where == {"waits for a process"}


def pasted_codes():
    X = np.random.default_rng(0).normal(size=(54, 2)).round(3)
    X[::9, 1] = -9999
    rows = "\n".join(f"{a};{b:g};7;{'xy'[i % 2]}" for i, (a, b) in enumerate(X))
    return f"height;weight;flag;group\n{rows}\n"


def test_a_finding_is_treated_by_a_button_undone_and_kept_and_is_never_sure_while_it_is_open():
    app = check(pasted_codes(), data="own")
    (warning,) = app.warning
    assert warning.value == (
        "**On 2 of 4 columns. Unsure: -9999 stands 6 times in column 'weight', far from all other values, "
        "probably for “missing”; without these rows one Gaussian is as good.**"
    )
    assert "Not compared: 'group' (known groups), 'flag' (not chosen, or no measurement)." in captions(app)
    assert "**Open: 1 finding about the rows.**" in captions(app)
    assert "As the rows are: Two groups" in html(app)

    press(app, "Treat as missing: 6 rows out")
    assert app.query_params["edit"] == "missing:2,-9999"
    assert app.success[0].value.startswith("**On 2 of 4 columns. No grouping: one Gaussian is as good.")
    assert app.warning[0].value.startswith(
        "**On 2 of 4 columns. Unsure: -9999 stands 6 times in column 'weight'"
    )
    assert "As the data came: 54 rows of 2 columns" in captions(app)
    assert "Now: 48 rows of 2 columns" in captions(app)
    assert (
        "Treated: -9999 in column 'weight' is taken for missing, and 6 rows left out, 48 rows now."
        in captions(app)
    )
    app.switch_page("explore.py").run()
    assert not app.exception
    assert "48 rows now" in captions(app)
    app.switch_page("check.py").run()

    press(app, "Undo the last edit")
    assert "edit" not in app.query_params
    press(app, "Keep")
    assert app.query_params["edit"] == "keep:code,2,-9999"
    assert "**Kept** as it is: 1 finding." in captions(app)
    assert "Open: " not in captions(app)
    assert "Two groups" in (app.success or app.warning)[0].value


def test_two_units_in_a_column_are_no_sure_groups_and_are_brought_to_one_by_a_button():
    heights = np.random.default_rng(0).normal(170, 9, 90)
    heights[::3] /= 2.54
    app = check("height\n" + "\n".join(f"{height:.1f}" for height in heights), data="own")
    (warning,) = app.warning
    assert warning.value.startswith(
        "**Unsure: 30 of 90 values would be as the others if they were 2.54 times"
    )
    assert warning.value.endswith("; in one unit one Gaussian is as good.**")
    press(app, "Bring them to one unit")
    assert "are multiplied by 2.54, 90 rows now." in captions(app)
    assert app.success[0].value.startswith("**No grouping: one Gaussian is as good.")


def test_while_a_column_may_say_how_often_rows_count_no_verdict_is_sure():
    counts = [2, 9, 30, 41, 28, 11, 3, 1, 2, 8, 31, 44, 30, 9, 2]
    app = check("size;freq\n" + "\n".join(f"{i + 10};{n}" for i, n in enumerate(counts)), data="own")
    (warning,) = app.warning
    assert "Unsure: column 'freq' may say how often each row counts, 251 in all" in warning.value
    press(app, "No")
    assert "may say how often each row counts" not in app.warning[0].value


def test_a_link_with_a_treatment_that_does_not_fit_is_a_sentence_and_a_way_back():
    app = check(data="qa_series", edit="omit:1")
    assert app.error[0].value == "A column would go, and no other is left."
    assert "**The data cannot be changed as the link says.**" in captions(app)
    assert "Treated" not in captions(app)
    press(app, "Undo all")
    assert not app.error


def test_what_cannot_be_done_to_the_rows_cannot_be_clicked():
    values = np.exp(np.random.default_rng(4).normal(size=60)).round(3)
    values[::3] = 0
    app = check("z\n" + "\n".join(map(str, values)), data="own", edit="keep:zeros,1")
    (button,) = [button for button in app.button if button.label == "Logarithm"]
    assert button.disabled
    assert button.help == "Column 1 holds 0, which has no logarithm."


def test_what_a_link_keeps_and_nobody_found_is_not_counted():
    app = check(data="qa_series", edit="keep:code,9,-9999")
    assert "Kept" not in captions(app)
    assert "not changed there" not in captions(app)


def captions(app):
    return "\n".join(caption.value for caption in app.caption).replace("\\", "")


def test_rows_that_are_left_out_and_lie_elsewhere_are_open_until_they_are_kept():
    X = np.random.default_rng(0).normal(size=(120, 2)).round(3)
    X[60:, 0] += 8
    rows = "\n".join(f"{a:g};{b:g};{'' if i >= 60 else i * i % 31}" for i, (a, b) in enumerate(X))
    app = check(f"x;y;z\n{rows}\n", data="own")
    assert app.warning[0].value.startswith(
        "**On 60 of 120 rows. Unsure: 60 of 120 rows are left out, and lie elsewhere. No grouping"
    )
    press(app, "Keep")
    assert app.query_params["edit"] == "keep:gaps,3"
    assert app.success[0].value.startswith("**On 60 of 120 rows. No grouping: one Gaussian is as good.")
    app.button(key="undo").click().run()
    press(app, "Leave 'z' out")
    assert app.query_params["columns"] == "1,2"
    assert app.success[0].value.startswith("**On 2 of 3 columns. Two groups")


def test_numbers_that_may_be_of_another_unit_are_open():
    heights = np.random.default_rng(0).normal(170, 8, 90)
    cells = [f"{x:.0f} cm" if i % 3 else f"{x / 100:.2f}" for i, x in enumerate(heights)]
    rows = "\n".join(f"{cell};{i * i % 37}" for i, cell in enumerate(cells))
    app = check(f"height;w\n{rows}\n", data="own")
    assert not app.success
    assert any("cells without a unit may be meant in another" in one.value for one in app.warning)
    assert any("another unit may be meant" in one.value for one in app.warning)


def test_what_rows_count_as_is_said_as_it_is_done():
    X = np.random.default_rng(0).normal(size=(60, 2)).round(3)
    weights = np.where(np.arange(60) % 6, 1.0, 0.0)  # of those above 0 the mean is 1, of all it is less
    weights[1:3] = 0.5, 1.5
    rows = "\n".join(f"{a:g};{b:g};{w:g}" for (a, b), w in zip(X, weights, strict=True))
    table = keep_table(f"x;y;weight\n{rows}\n".encode(), "weights.csv")
    app = check(data="own", table=table, weight="3")
    assert "Each counts as often as weight says, together as 50." in captions(app)
    assert "in proportion" not in captions(app)


def test_a_column_that_follows_a_time_is_open_and_may_be_kept():
    rng = np.random.default_rng(0)
    rows = [f"2023-{1 + i // 28:02}-{1 + i % 28:02},{0.03 * i + rng.normal():.2f}" for i in range(100)]
    app = check("\n".join(["date,v", *rows]), data="own")
    assert "Unsure: column 'v' follows 'date', as in a series" in app.warning[0].value
    next(button for button in app.button if button.label == "Keep").click().run()
    assert not app.exception
    assert "follows" not in (*app.warning, *app.success)[0].value
    assert "keep:follows" in str(dict(app.query_params))
