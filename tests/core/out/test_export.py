"""What leaves: tables, and mixtures as JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from gmm_core import Mixture, Trace
from gmm_core.out import export
from gmm_core.out.export import (
    MOST_CHARACTERS,
    data_frame,
    grouped_frame,
    history_frame,
    mixture_from_json,
    mixture_to_json,
    neutralise,
    parameters_csv,
    to_csv,
    to_parquet,
    to_xlsx,
)

FAMILIES = ("full", "tied", "diag", "spherical")
# Names that try to be code, formulas, markup, or several columns.
NASTY = ["=1+1", 'a\'"""b\\', "x\r\n,y\u2028", "{0}{n!r}</code>`$x$`", "größe"]


@pytest.fixture(scope="module")
def run(some_run) -> tuple[np.ndarray, Trace]:
    return some_run("full", 2)


# Mixtures as JSON


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    family, k, d = draw(st.sampled_from(FAMILIES)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    shares = np.array(draw(st.lists(st.floats(1e-12, 1), min_size=k, max_size=k)))
    means = draw(st.lists(st.floats(-1e150, 1e150), min_size=k * d, max_size=k * d))
    variances = np.array(draw(st.lists(st.floats(1e-100, 1e100), min_size=k * d, max_size=k * d)))
    variances = variances.reshape(k, d)
    correlation = np.full((d, d), 0.3) + 0.7 * np.eye(d)
    full = correlation * np.sqrt(variances[:, :, np.newaxis]) * np.sqrt(variances[:, np.newaxis, :])
    covariances = {"full": full, "tied": full[0], "diag": variances, "spherical": variances[:, 0]}
    return Mixture(shares / shares.sum(), np.reshape(means, (k, d)), covariances[family], family)


@given(mixture=mixtures(), log_likelihood=st.none() | st.floats(-1e300, 1e300))
def test_a_mixture_comes_back_from_json_to_the_last_digit(mixture, log_likelihood):
    text = mixture_to_json(mixture, log_likelihood=log_likelihood)
    back = mixture_from_json(text)
    assert back == mixture
    for name in ("weights", "means", "covariances"):
        assert getattr(back, name).tobytes() == getattr(mixture, name).tobytes()
    assert mixture_to_json(back, log_likelihood=log_likelihood) == text
    assert json.loads(text)["log_likelihood_per_sample"] == log_likelihood


def test_noise_and_degrees_of_freedom_come_back_and_stand_in_tables():
    mixture = Mixture(
        [0.5, 0.3], [[0.0], [1.0]], [1.0, 2.0], "spherical", 0.2, [[-5.0], [5.0]], [3.0, 4.5], "common"
    )
    assert mixture_from_json(mixture_to_json(mixture)) == mixture
    for without in (mixture.of_components, replace(mixture, dof=None)):
        assert mixture_from_json(mixture_to_json(without)) == without
    table = parameters_csv(mixture, None).splitlines()
    assert table[0].endswith("degrees of freedom,weight of the noise")
    assert table[1].endswith("3.0,0.2")
    frame = data_frame([[0.0], [-400.0]], mixture.of_components, None)
    assert "noise" not in frame
    frame = data_frame([[0.0], [-400.0]], mixture, None)
    assert frame["component (from 1; 0 is noise)"].tolist() == [1, 0]
    np.testing.assert_allclose(frame[["responsibility 1", "responsibility 2", "noise"]].sum(axis=1), 1)


def test_json_says_what_it_is(run):
    content = json.loads(mixture_to_json(run[1].mixture, feature_names=NASTY[:2]))
    assert (content["format"], content["version"]) == ("gmm_core.Mixture", 1)
    assert content["feature_names"] == NASTY[:2]
    assert content["log_likelihood_per_sample"] is None


def altered(**changes: Any) -> str:
    content = json.loads(mixture_to_json(Mixture([0.5, 0.5], [[0.0], [1.0]], [1.0, 2.0], "spherical")))
    return json.dumps({**content, **changes})


NOT_A_MIXTURE = {
    "nothing": ("", "This is not JSON: Expecting value: line 1 column 1 (char 0)."),
    "a list": ("[1]", 'This is JSON, but not a mixture: it has no "format": "gmm_core.Mixture".'),
    "another file": ('{"a": 1}', 'This is JSON, but not a mixture: it has no "format": "gmm_core.Mixture".'),
    "too deep": ("[" * 100_000, "This is not a mixture: its brackets are nested too deeply."),
    "too long": (
        " " * (MOST_CHARACTERS + 1),
        "This text has 10,000,001 characters; at most 10,000,000 can be read.",
    ),
    "version": (
        altered(version=3),
        "This mixture has the version 3.0; only version 1 can be read, and 2 with noise or degrees of "
        "freedom.",
    ),
    "beyond": (altered(version=2), "noise_weight must be a number and dof_type text; got (None, None)."),
    "NaN": (altered(means=[[0.0], [np.nan]]), "This mixture holds NaN; every number must be finite."),
    "Infinity": (altered(x=-np.inf), "This mixture holds -Infinity; every number must be finite."),
    "1e400": (
        altered().replace("[[0.0], [1.0]]", "[[0.0], [1e400]]"),
        "means must be finite; found inf at [1, 0]. Drop those rows or fill them in.",
    ),
    "a long whole number": (
        altered().replace("[[0.0], [1.0]]", f"[[0.0], [{'1' * 9999}]]"),
        "means must be finite; found inf at [1, 0]. Drop those rows or fill them in.",
    ),
    "text for numbers": (altered(weights=["0.5", "0.5"]), "weights must hold numbers only; found '0.5'."),
    "true": (altered(weights=[True, False]), "weights must hold numbers only; found True."),
    "one number": (altered(means=1), "means must be a list of numbers; got 1.0."),
    "missing": (altered(covariances=None), "covariances must be a list of numbers; got None."),
    "weights": (
        altered(weights=[0.5, 0.6]),
        "weights must sum to 1; they sum to 1.1. Divide them by their sum.",
    ),
    "overflow": (
        altered(weights=[1.7e308, 1.7e308]),
        "weights must sum to 1; they sum to inf. Divide them by their sum.",
    ),
    "family": (altered(covariance_type=["full"]), "covariance_type must be text; got ['full']."),
    "negative": (
        altered(covariances=[1, -1]),
        "The covariance of component 1 is not positive definite: the variance must be above zero in every "
        "direction. Add a small value (in squared data units) to its diagonal.",
    ),
}


@pytest.mark.parametrize(("text", "message"), NOT_A_MIXTURE.values(), ids=NOT_A_MIXTURE)
def test_what_is_no_mixture_is_refused_with_a_sentence(text, message):
    with pytest.raises(ValueError) as error:
        mixture_from_json(text)
    assert str(error.value) == message


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    text=st.text()
    | st.builds(altered)
    | st.builds(altered, weights=values)
    | st.builds(altered, means=values, covariances=values)
    | st.builds(altered, covariance_type=values | st.sampled_from(FAMILIES), version=values | st.just(1))
)
@settings(max_examples=200)
def test_any_text_gives_a_mixture_or_a_sentence(text):
    try:
        assert isinstance(mixture_from_json(text), Mixture)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_log_likelihood_that_is_no_number_does_not_leave(run, value):
    with pytest.raises(ValueError, match=f"^log_likelihood must be finite; got {value}.$"):
        mixture_to_json(run[1].mixture, log_likelihood=value)


@pytest.mark.slow
def test_a_mixture_too_long_to_be_read_is_not_written():
    many = 400_000
    mixture = Mixture(np.full(many, 1 / many), np.zeros((many, 1)) + 1 / 3, np.full(many, 2 / 3), "spherical")
    with pytest.raises(ValueError) as error:
        mixture_to_json(mixture)
    assert str(error.value).endswith(" characters as JSON; at most 10,000,000 can be read.")


# Tables


def read(text: str) -> pd.DataFrame:
    """CSV as numbers, each by Python's own exact reading."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return pd.DataFrame([[float(cell) for cell in row] for row in rows], columns=header)


@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_as_csv_hold_every_digit(some_run, family):
    _, trace = some_run(family, 2)
    mixture = trace.mixture
    table = read(parameters_csv(mixture, ["a", "b"]))
    covariance = ["cov a, b"] if family in ("full", "tied") else []
    assert list(table) == ["component", "weight", "mean a", "mean b", "var a", "var b", *covariance]
    assert table["component"].tolist() == [1, 2, 3]
    np.testing.assert_array_equal(table["weight"], mixture.weights)
    np.testing.assert_array_equal(table[["mean a", "mean b"]], mixture.means)
    np.testing.assert_array_equal(table["var b"], mixture.full_covariances[:, 1, 1])
    for name in covariance:
        np.testing.assert_array_equal(table[name], mixture.full_covariances[:, 0, 1])


def test_data_leaves_with_what_the_mixture_says(run):
    X, trace = run
    labels = pd.Series(["a", None] * (len(X) // 2), index=range(7, 7 + len(X)))
    frame = data_frame(X, trace.mixture, ["a", "b"], labels=labels)
    shares = [f"responsibility {j}" for j in (1, 2, 3)]
    assert list(frame) == ["a", "b", "label", "component (from 1)", *shares, "log density"]
    np.testing.assert_array_equal(frame[["a", "b"]], X)
    np.testing.assert_array_equal(frame[shares], trace.mixture.responsibilities(X))
    np.testing.assert_array_equal(frame["component (from 1)"], frame[shares].to_numpy().argmax(axis=1) + 1)
    assert frame["log density"].mean() == pytest.approx(trace.log_likelihood, rel=1e-12)
    assert frame["label"].isna().sum() == len(X) // 2
    assert "label" not in data_frame(X, trace.mixture, None)


def test_names_that_are_taken_get_a_number(run):
    X, trace = run
    frame = data_frame(X, trace.mixture, ["label", "log density"], labels=np.zeros(len(X)))
    assert [*frame][:3] == ["label", "log density", "label (2)"]
    assert [*frame][-1] == "log density (2)"
    np.testing.assert_array_equal(frame["label"], X[:, 0])


def test_one_feature_and_no_rows(some_run, run):
    _, trace = some_run("diag", 1)
    assert len(data_frame(np.zeros(4), trace.mixture, None)) == 4
    empty = data_frame(np.empty((0, 2)), run[1].mixture, None)
    assert len(empty) == 0
    assert len(to_csv(empty).splitlines()) == 1


BAD_NAMES = {
    "too few": (["a"], "feature_names must hold 2 names; got 1."),
    "equal": (["a", "a"], "feature_names must differ from each other; got ['a', 'a']."),
    "equal as they leave": (["=a", "'=a"], "feature_names must differ from each other; got ['=a', \"'=a\"]."),
}


@pytest.mark.parametrize(("names", "message"), BAD_NAMES.values(), ids=BAD_NAMES)
def test_feature_names_are_checked(run, names, message):
    X, trace = run
    for call in (
        lambda: data_frame(X, trace.mixture, names),
        lambda: parameters_csv(trace.mixture, names),
        lambda: history_frame(trace, names, n=len(X)),
    ):
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == message


def test_labels_need_one_value_a_row(run):
    with pytest.raises(ValueError, match=r"^labels must have one value for each of the 200 rows; got 3\.$"):
        data_frame(run[0], run[1].mixture, None, labels=[1, 2, 3])


@pytest.mark.parametrize("family", FAMILIES)
def test_the_history_is_the_whole_trace(some_run, family):
    X, trace = some_run(family, 2)
    frame = history_frame(trace, None, n=len(X))
    assert len(frame) == 3 * len(trace.steps) == 21
    assert frame["lower_bound per sample"].isna().sum() == 3  # the start has none
    for step in trace.steps:
        rows = frame[frame["iteration"] == step.iteration]
        assert rows["component"].tolist() == [1, 2, 3]
        assert set(rows["log_likelihood per sample"]) == {step.log_likelihood}
        assert set(rows["log_likelihood total"]) == {len(X) * step.log_likelihood}
        np.testing.assert_array_equal(rows["N_k"], step.counts)
        np.testing.assert_array_equal(rows["weight"], step.mixture.weights)
        np.testing.assert_array_equal(rows[["mean x1", "mean x2"]], step.mixture.means)
        if step.iteration:
            assert set(rows["lower_bound per sample"]) == {step.lower_bound}


def test_tables_come_back_from_parquet_and_csv(run):
    X, trace = run
    history = history_frame(trace, ["=a", "b"], n=len(X))
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(to_parquet(history))), history)
    frame = data_frame(X, trace.mixture, None)
    pd.testing.assert_frame_equal(read(to_csv(frame).decode()), frame, check_dtype=False)


def test_mixed_labels_leave_as_text_in_parquet(run):
    X, trace = run
    labels = np.array([1, "one", None, 2.5] * 50, dtype=object)
    back = pd.read_parquet(io.BytesIO(to_parquet(data_frame(X, trace.mixture, None, labels=labels))))
    assert back["label"][:2].tolist() == ["1", "one"]
    assert back["label"].isna().sum() == 50


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_formulas_get_an_apostrophe(first):
    text = f"{first}cmd|'/C calc'!A0"
    assert neutralise(pd.DataFrame({text: [text, f" {text}", None, -1]})).to_dict("list") == {
        f"'{text}": [f"'{text}", f" {text}", None, -1]
    }


@pytest.mark.parametrize("text", ["-1", "+1", "-.5", "+1.", "-1.5e-7", "-", "+"])
def test_text_that_is_a_number_or_a_sign_is_no_formula(text):
    assert to_csv(pd.DataFrame({text: [text, "a"]})).decode() == f"{text}\r\n{text}\r\na\r\n"


@pytest.mark.parametrize("text", ["-1+1", "+-1", "-1_0", "-inf", "--", "=", "=1", "-\uff11", "+49-1", "-1\n"])
def test_all_else_may_be_one(text):
    assert neutralise(pd.DataFrame({"a": [text]}))["a"].tolist() == [f"'{text}"]


def test_numbers_and_other_columns_stay_as_they_are():
    frame = pd.DataFrame(
        {"a": [-1, 2], "b": [-0.5, np.nan], "c": [True, False], "t": pd.to_datetime(["2020", "2021"])},
        index=[3, 3],
    )
    pd.testing.assert_frame_equal(neutralise(frame), frame, check_column_type=False)
    text = pd.DataFrame({"a": pd.Categorical(["=1", "b"]), "b": pd.Series(["@x", None], dtype="str")})
    out = neutralise(text)
    assert out["a"].tolist() == ["'=1", "b"]
    assert out["b"].isna().tolist() == [False, True]
    assert out["b"][0] == "'@x"
    assert text["a"].tolist() == ["=1", "b"]  # the table itself is not touched


@pytest.mark.slow
@given(name=st.text(), cells=st.lists(st.text(), min_size=1))
def test_no_cell_of_a_csv_is_a_formula(name, cells):
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object), "n": 0})
    once = neutralise(frame)
    pd.testing.assert_frame_equal(neutralise(once), once)
    text = to_csv(frame).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) == len(cells) + 1
    for row, cell in zip(rows, [name, *cells], strict=True):
        assert row[0].removeprefix("'") in (cell, cell.removeprefix("'"))
        is_number = re.fullmatch(r"[+-](?:[0-9.]+(?:[eE][+-]?[0-9]+)?)?", row[0])
        assert is_number or not row[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_only_text_beyond_ascii_begins_with_a_mark():
    assert to_csv(pd.DataFrame({"a": [1.5]})) == b"a\r\n1.5\r\n"
    assert to_csv(pd.DataFrame({"ä": [1]})) == b"\xef\xbb\xbf\xc3\xa4\r\n1\r\n"


# Rows with their group


def test_excel_keeps_all_digits_of_ids():
    ids = [4_611_686_018_427_387_905, -(10**15), 10**15 - 1]
    back = pd.read_excel(io.BytesIO(to_xlsx(pd.DataFrame({"id": ids}))), engine="openpyxl", dtype=str)
    assert back["id"].tolist() == [str(one) for one in ids]
    sheet = load_workbook(io.BytesIO(to_xlsx(pd.DataFrame({"id": ids})))).active
    assert [sheet.cell(2 + i, 1).data_type for i in range(3)] == ["s", "s", "n"]


def test_rows_have_their_group_and_those_left_out_have_none():
    frame = pd.DataFrame({"id": ["a", "=b", "c"], "group": [1.5, np.nan, 2]}, index=[2, 3, 5])
    found = grouped_frame(frame, [2, 0], [0, 1], [0.9, 0.75])
    assert list(found) == ["id", "group", "group (2)", "probability"]
    assert found["group (2)"].tolist() == [2, pd.NA, 1]
    assert found["probability"].tolist()[::2] == [0.75, 0.9]
    assert to_csv(found) == (b"id,group,group (2),probability\r\na,1.5,2,0.75\r\n'=b,,,\r\nc,2.0,1,0.9\r\n")
    back = pd.read_excel(io.BytesIO(to_xlsx(found)), engine="openpyxl")
    assert back["id"].tolist() == ["a", "=b", "c"]
    cell = load_workbook(io.BytesIO(to_xlsx(found))).active["A3"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == ("=b", "s", True), "text, also when it is edited"
    assert back["group (2)"].isna().tolist() == [False, True, False]
    stored = pd.read_parquet(io.BytesIO(to_parquet(found)))
    assert stored["id"].tolist() == frame["id"].tolist(), "no program runs formulas from there"
    assert str(stored["group (2)"].dtype) == "Int64"


@pytest.mark.slow
@given(name=st.text(), cells=st.lists(st.text(), min_size=1, max_size=4))
@settings(max_examples=30)
def test_no_cell_of_a_sheet_is_a_formula_and_any_text_fits(name, cells):
    (sheet,) = load_workbook(io.BytesIO(to_xlsx(pd.DataFrame({name: cells, "n": 0}))))
    rows = list(sheet.iter_rows(max_col=1))
    assert len(rows) == len(cells) + 1
    for (cell,) in rows:
        assert cell.data_type != "f"
        assert not str(cell.value).startswith("=")


def test_a_sheet_has_only_so_many_rows(monkeypatch):
    monkeypatch.setattr(export, "MOST_ROWS_OF_A_SHEET", 2)
    with pytest.raises(ValueError, match="3 rows are too many for Excel; at most 2 fit"):
        to_xlsx(pd.DataFrame({"a": [1, 2, 3]}))
