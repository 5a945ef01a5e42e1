"""What is open because of the table: rows that were left out, and doubts about how it was read."""

import numpy as np
import pytest

from gmm_core.judgement import of_tables
from gmm_core.judgement.apart import GAIN_OF_TWO, _gain, least_apart
from gmm_core.judgement.selection import sweep_models
from gmm_core.judgement.verdict import judge, of_part
from gmm_core.tables import read_text
from gmm_core.tables.reading import Doubt


def table_with_gaps(rng, where):
    """Two groups, 6 deviations apart; a third column is empty where it says so."""
    group = np.repeat([0, 1], 150)
    X = rng.normal(size=(300, 3))
    X[:, 0] += 6 * group
    X[where(group, rng), 2] = np.nan
    return X, ~np.isnan(X).any(axis=1)


def test_rows_left_out_that_lie_elsewhere_are_open():
    X, kept = table_with_gaps(np.random.default_rng(0), lambda group, rng: group == 1)
    flaw = of_tables.left_out(X, kept, ["x", "y", "z"])
    assert flaw.name == "gaps,3"
    assert flaw.sentence.startswith("150 of 300 rows are left out")
    assert "elsewhere in 'x': a group may be among them. Most lack 'z'" in flaw.sentence


@pytest.mark.parametrize("seed", range(20))
def test_rows_left_out_by_chance_are_not(seed):
    X, kept = table_with_gaps(np.random.default_rng(seed), lambda group, rng: rng.random(300) < 0.3)
    assert of_tables.left_out(X, kept, ["x", "y", "z"]) is None


def test_a_doubt_about_a_column_that_is_used_is_open():
    cells = [f"{170 + i % 9} cm" if i % 3 else f"{1.7 + i % 9 / 100:.2f}" for i in range(60)]
    table = read_text("\n".join(["height;w", *(f"{cell};{i * i % 17}" for i, cell in enumerate(cells))]))
    (flaw,) = of_tables.doubted(table.decided.doubts, table.default_features)
    assert "20 of 60 numbers have no unit, such as '1.70', and are taken for 'cm' too" in flaw.sentence
    assert flaw.kind == "reading"
    assert not [*of_tables.doubted(table.decided.doubts, ["w"])]


def test_rows_of_few_persons_are_open_whatever_is_used():
    rows = "\n".join(f"{i % 5};{i * i % 17}.5;{i * i % 13}" for i in range(60))
    table = read_text(f"subject;x;y\n{rows}")
    for names in (["x"], ["x", "y"]):
        (flaw,) = of_tables.doubted(table.decided.doubts, names)
        assert flaw.brief == "several rows are of the same 'subject'"
        assert "5 different values in 60 rows. Rows that share one are not independent" in flaw.sentence


def test_doubts_are_open_where_there_may_be_other_groups():
    of_rows, of_x, of_scale = Doubt("a", "rows"), Doubt("b", "x", ["x"]), Doubt("c", "", ["x"])
    doubts = [of_rows, of_x, of_scale]
    assert [flaw.brief for flaw in of_tables.doubted(doubts, ["x", "y"])] == ["rows", "x"]
    assert [flaw.brief for flaw in of_tables.doubted(doubts, ["y"])] == ["rows"]


@pytest.mark.parametrize(
    "name", ["direction", "time", "wind *direction* of the ~tower~, in degrees from north"]
)
@pytest.mark.parametrize("unit", ["", "°"])
def test_a_doubt_finds_its_column_whatever_it_is_called(name, unit):
    """Long names are cut in sentences, signs are replaced there, and units are put behind."""
    turns = [*range(0, 30, 3), *range(330, 360, 3), *range(100, 160, 3)]
    cells = [f"{turn}:00" if name == "time" else f"{turn}{unit}" for turn in turns]
    if name == "time":
        cells = [f"{turn // 15}:{turn % 15:02}:00" for turn in turns]
    table = read_text("\n".join([f"{name};w", *(f"{cell};{i * i % 17}" for i, cell in enumerate(cells))]))
    column, other = table.frame.columns
    assert [flaw.brief for flaw in of_tables.doubted(table.decided.doubts, [column])] == [
        "a column may go round, and is cut where rows lie"
    ]
    assert not [*of_tables.doubted(table.decided.doubts, [other])]


def test_numbers_without_a_unit_that_lie_where_the_others_do_are_said_alone():
    cells = [f"{170 + i % 9} cm" if i % 3 else f"{170 + i % 8}" for i in range(60)]
    table = read_text("\n".join(["height;w", *(f"{cell};{i * i % 17}" for i, cell in enumerate(cells))]))
    assert any("20 of 60 numbers have no unit" in one for one in table.findings)
    assert not table.decided.doubts


def test_a_verdict_says_of_which_part_it_is():
    X = np.random.default_rng(0).normal(size=(100, 2))
    found = judge(sweep_models(X, (1, 2), ("full",), 2), X)
    assert of_part(found, 2, 2, 100, 100) is found
    assert of_part(found, 2, 3, 100, 100).headline.startswith("On 2 of 3 columns. No grouping")
    assert of_part(found, 2, 2, 100, 150).headline.startswith("On 100 of 150 rows. No grouping")
    assert of_part(found, 2, 3, 100, 150).headline.startswith("On 2 of 3 columns and 100 of 150 rows. No")


# --- What "no grouping" does not rule out


def test_the_gain_of_two_groups_is_that_of_the_constant():
    assert _gain(4.0) == pytest.approx(GAIN_OF_TWO, abs=0.005)


@pytest.mark.slow
def test_groups_as_far_apart_as_is_said_are_found_nearly_always():
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(120, 1))
        X[:60] += least_apart(120, 1)
        comparison = sweep_models(X, (1, 2), ("tied",), 3, random_state=seed)
        found.append(comparison.best.n_components)
    assert found.count(2) >= 38


def test_groups_that_are_sure_say_which_might_count_as_one():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(centre, 1, (150, 2)) for centre in ([0, 0], [2, 0], [10, 0])])
    found = judge(sweep_models(X, (1, 2, 3), ("full", "diag"), 3), X)
    assert (found.sure, found.groups) == (True, (2,)), "as the two that overlap are one group"
    assert found.headline.endswith(
        f"Two nearer than about {least_apart(300, 2):.1f} deviations may count as one here, and small ones "
        "sooner."
    )


def test_no_grouping_says_how_near_groups_might_be_missed():
    X = np.random.default_rng(0).normal(size=(120, 1))
    said = judge(sweep_models(X, (1, 2), ("full",), 2), X).headline
    assert f"Two equal groups nearer than about {least_apart(120, 1):.1f} deviations might be missed" in said


def a_year(rng, trend=0.02):
    """Values of days, in order, with and without a trend under noise."""
    days = [f"2023-{1 + i // 28:02}-{1 + i % 28:02}" for i in range(200)]
    X = np.c_[trend * np.arange(200) + rng.normal(size=200), rng.normal(size=200)]
    return days, X


@pytest.mark.parametrize("seed", range(20))
def test_a_column_that_follows_a_time_is_a_series(seed):
    days, X = a_year(np.random.default_rng(seed))
    rows = [f"{day},{v:.2f},{w:.2f}" for day, (v, w) in zip(days, X, strict=True)]
    table = read_text("\n".join(["date,v,w", *rows]))
    assert (table.time, table.default_features) == ("date", ("v", "w"))
    flaw = of_tables.follows(table.time, X, table.default_features)
    assert flaw.brief == "column 'v' follows 'date', as in a series"
    assert of_tables.follows(table.time, X[:, 1:], ["w"]) is None


@pytest.mark.parametrize("name", ["index", "n", "step"])
def test_a_table_sorted_by_groups_follows_no_time(name):
    X = np.random.default_rng(0).normal(size=100) + np.repeat([0, 6], 50)
    assert read_text("\n".join([f"{name},v", *(f"{i},{v:.2f}" for i, v in enumerate(X))])).time == ""
    years = "\n".join(["year,v", *(f"{2020 + i // 40},{v:.2f}" for i, v in enumerate(X))])
    assert read_text(years).time == ""


def test_days_of_a_year_are_a_time():
    rows = [f"{i},{i * i % 17}.5" for i in range(1, 61)]
    for name in ("doy", "day_of_year", "Day of year", "Year"):
        assert read_text("\n".join([f"{name},v", *rows])).time == name
