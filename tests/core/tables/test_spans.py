"""Columns whose cells hold numbers in several units at once: read and said, or left alone."""

import io

import numpy as np
import pandas as pd
import pytest

from gmm_core.tables import read_table, read_text


def column(cells, name="it"):
    """A table of these cells beside numbers."""
    return read_text("\n".join([f"{name};x", *(f"{cell};{i * i % 17}.5" for i, cell in enumerate(cells))]))


@pytest.mark.parametrize(
    ("cells", "unit", "values", "said"),
    [
        (
            ["3:45:10", "4:05:00", "3:59:59"],
            "h",
            [3 + 45 / 60 + 10 / 3600, 4 + 5 / 60, 3 + 3599 / 3600],
            "in hours",
        ),
        (["59:30", "1:02:30", "45:00"], "h", [59.5 / 60, 62.5 / 60, 0.75], "in hours"),
        (["45:30", "31:00", "58:15"], "min", [45.5, 31, 58.25], "as minutes and seconds, in minutes"),
        (
            ["1:23.45", "1:19.50", "0:59.9"],
            "min",
            [83.45 / 60, 79.5 / 60, 59.9 / 60],
            "as minutes and seconds",
        ),
        (
            ["9:15", "23:30", "0:00"],
            "h",
            [9.25, 23.5, 0],
            "minutes and seconds, a ratio or a score may be meant",
        ),
        (["9:15 am", "11:30 PM", "12:00 a.m."], "h", [9.25, 23.5, 0], "in hours"),
        (["1 h 23 min", "2 h", "45 min"], "h", [1 + 23 / 60, 2, 0.75], "durations"),
        (["1h23", "2h00", "0h30"], "h", [1 + 23 / 60, 2, 0.5], "durations"),
        (["5 min 30 s", "90 s", "2 min"], "min", [5.5, 1.5, 2], "durations"),
        (["PT1H30M", "PT2H", "P1DT6H"], "h", [1.5, 2, 30], "durations"),
        (["0 days 01:30:00", "2 days 00:00:00", "1 days 12:00:00"], "h", [1.5, 48, 36], "times"),
        (["47°22'30\"N", "33°30'S", "0°15'0\"N"], "°", [47.375, -33.5, 0.25], "latitudes"),
        (["8.5° E", "70.25° W", "0.5° E"], "°", [8.5, -70.25, 0.5], "longitudes"),
        (["8.5 E", "70.25 W", "0.5 E"], "°", [8.5, -70.25, 0.5], "longitudes"),
        (["-47° 30'", "12° 15' 36\"", "0° 45'"], "°", [-47.5, 12.26, 0.75], "degrees"),
        (["5'6\"", "6'0\"", "5'9"], "ft", [5.5, 6, 5.75], "minutes and seconds may be meant"),
        (["5 ft 6 in", "6 ft", "5 ft 9 in"], "ft", [5.5, 6, 5.75], "feet and inches"),
        (["3'45\"", "4'30\"", "3'06\""], "min", [3.75, 4.5, 3.1], "parts of a degree may be meant"),
        (["8 st 7 lb", "10 st 0 lb", "9 st"], "lb", [119, 140, 126], "stones"),
    ],
)
def test_they_become_numbers_of_one_unit(cells, unit, values, said):
    table = column(cells * 4)
    name = f"it ({unit})"
    assert table.default_features == (name, "x")
    assert table.frame[name].to_numpy()[:3] == pytest.approx(values, abs=1e-12)
    (sentence,) = [one for one in table.findings if "'it'" in one]
    assert said in sentence.replace("\u2060", "")


def test_where_more_than_one_reading_is_likely_it_is_a_doubt():
    assert column(["9:15", "10:30", "7:45"]).decided.doubts
    assert column(["5'6\"", "6'0\"", "5'9\""]).decided.doubts
    assert not column(["9:15:00", "10:30:00", "7:45:00"]).decided.doubts
    assert not column(["5 ft 6 in", "6 ft 0 in", "5 ft 9 in"]).decided.doubts


@pytest.mark.parametrize(
    "cells",
    [
        ["3:2", "1:0", "0:2"],  # scores
        ["12 N", "14 E", "3 N"],  # house numbers
        ["5 min", "3 km", "7 min"],
        ["12 Main Street", "3 Mill Lane", "14 Hill Road"],
        ["6'14\"", "a", "b"],
        ["25:00 pm", "13:00 am", "0:30 pm"],
    ],
)
def test_other_texts_stay_what_they_are(cells):
    table = column(cells * 4)
    assert table.default_features == ("x",)
    assert "it" in table.frame


def test_what_is_none_among_them_is_missing_and_said():
    table = column(["3:45:10", "3:50:00", "4:00:00", "dnf", "4:10:00", "3:30:00"])
    assert np.isnan(table.frame["it (h)"].iloc[3])
    assert any("1 of 6 cells cannot be read so, first 'dnf' in row 5" in one for one in table.findings)


@pytest.mark.parametrize("first", ["3:45:10", "9:15", "1 h 20 min", "47°22'"])
def test_the_first_of_them_is_no_name(first):
    rows = {"3:45:10": "4:05:1{}", "9:15": "10:1{}", "1 h 20 min": "2 h {} min", "47°22'": "40°{}'"}[first]
    table = read_text("\n".join([first, *(rows.format(i) for i in range(8))]))
    assert len(table.frame) == 9


def test_times_and_durations_of_other_files_are_read_too():
    held = io.BytesIO()
    spent = pd.to_timedelta(np.arange(30, 50), unit="min")
    pd.DataFrame({"spent": spent, "x": np.arange(20.0) ** 2}).to_parquet(held)
    table = read_table(held.getvalue(), "spent.parquet")
    assert table.frame["spent"].to_numpy() == pytest.approx(np.arange(30, 50) / 60)
    assert "Column 'spent': durations are read in hours." in table.findings


def test_credit_and_debit_are_opposite():
    table = column(["1,250.50 CR", "30.00 DR", "12.25 Cr"] * 3)
    assert table.frame["it"].to_numpy()[:3] == pytest.approx([1250.5, -30, 12.25])
    assert any("the other side, as in '30.00 DR', is read as a minus" in one for one in table.findings)
