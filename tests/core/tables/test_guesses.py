"""What is guessed, and said to be a guess: encodings, weights, which number of a date is the day."""

from __future__ import annotations

import numpy as np
import pytest

from gmm_core import TableError, read_table
from gmm_core.tables import Choices, read_text
from gmm_core.tables.lines.guesses import candidates
from gmm_core.tables.reading import ENCODINGS

TEXTS = {
    "cp1252": [
        "Größe,Köln\n1,2",
        "naïve,café,été",
        "temp °C,x²",
        "1,50 €",
        "São Paulo,Cuiabá",
        "Fjære,Ålesund",
    ],
    "mac_roman": ["Größe,München", "naïve,café,été", "temp °C,x", "Año,Niño", "Zürich"],
    "cp1250": ["Łódź,Kraków,Wrocław", "Plzeň,Příbram,Ústí", "długość,szerokość", "Škoda,Žižkov"],
    "cp1251": ["Москва,Санкт-Петербург", "рост;вес;муж", "Київ,Львів", "да,нет"],
    "koi8_r": ["Москва,Санкт-Петербург", "рост;вес;муж"],
    "cp1253": ["Αθήνα,Θεσσαλονίκη"],
    "shift_jis": ["温度,湿度", "名前,身長,田中", "たかさ,おもさ"],
    "gbk": ["温度,湿度", "姓名,身高,张三", "北京,上海,广州"],
    "big5": ["姓名,身高,張三", "台北,高雄"],
    "euc_kr": ["온도,습도", "이름,키,김철수", "서울,부산"],
}


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name in TEXTS for text in TEXTS[name]])
def test_an_encoding_is_guessed_by_its_letters(encoding, text):
    guesses = candidates(text.encode(encoding))
    assert guesses[0].encoding == encoding
    assert {guess.encoding for guess in guesses} <= set(ENCODINGS)
    assert [guess.score for guess in guesses] == sorted((guess.score for guess in guesses), reverse=True)


def test_what_may_as_well_be_another_encoding_says_so_and_can_be_chosen():
    content = "서울,x\n1,1.5\n2,2.5\n".encode("euc_kr")
    table = read_table(content, "a.csv")
    assert "It may as well be" in table.findings[1]
    assert "Korean (EUC-KR), with '서울'" in table.findings[1]
    chosen = read_table(content, "a.csv", choices=Choices(encoding="euc_kr"))
    assert chosen.frame.columns.tolist() == ["서울", "x"]


def test_a_column_of_counts_repeats_the_rows_where_it_is_chosen():
    table = read_table(b"value,count\n0,120\n1,300\n2,180\n8,90\n9,200\n10,80\n", "a.csv")
    assert (table.likely_weight, table.default_features, table.aside) == ("count", ("value",), ("count",))
    assert table.features(weight="count").shape == (970, 1)
    repeated = table.repeated("count")
    assert repeated.likely_weight == ""
    assert repeated.numeric == ("value",)
    assert np.bincount(repeated.frame["value"]).tolist() == [120, 300, 180, 0, 0, 0, 0, 0, 90, 200, 80]
    assert repeated.findings[-1] == "Each row occurs as often as column 'count' says: 970 rows in all."
    assert repeated.frame.index[:2].tolist() == [2, 2], "rows keep their number in the file"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ("120\n9000000000", "adds up to 9,000,000,127 rows; at most 5,000,000 can be used"),
        ("-1\n90", "row 2 says -1. Whole numbers from 0 are needed"),
        ("1.5\n90", "row 2 says 1.5. Whole numbers from 0 are needed"),
    ],
)
def test_counts_that_cannot_be_used_are_refused(counts, sentence):
    first, second = counts.split("\n")
    table = read_table(f"value,count\n0,{first}\n1,{second}\n2,7\n".encode(), "a.csv")
    with pytest.raises(TableError, match=sentence):
        table.repeated("count")
    with pytest.raises(TableError, match="There is no column of numbers 'weight'"):
        table.repeated("weight")


def test_where_counts_leave_one_row_nothing_is_called_missing():
    table = read_table(b"value,count\n0.5,0\n1.5,1\n2,0\n", "a.csv").repeated("count")
    with pytest.raises(TableError) as caught:
        table.features(["value"])
    assert str(caught.value) == "Only 1 row would be left; at least 2 are needed."


NORMAL = np.random.default_rng(0).normal(size=(60, 2))


@pytest.mark.parametrize("first", [0, 10])
def test_values_that_rise_by_one_are_measured_where_each_has_a_count(first):
    rows = "\n".join(f"{first + i},{n}" for i, n in enumerate([3, 18, 40, 21, 2, 9, 30, 12]))
    table = read_text(f"size,freq\n{rows}")
    assert (table.likely_weight, table.default_features) == ("freq", ("size",))
    table = read_text(f"day,freq\n{rows}")
    assert (table.likely_weight, table.default_features) == ("", ("freq",)), "a series of counts"


def of_persons(name, values):
    rows = (f"{x:.3f};{value}" for (x, _), value in zip(NORMAL, values, strict=True))
    return read_text("\n".join([f"x;{name}", *rows]))


@pytest.mark.parametrize(
    ("name", "values", "is_so"),
    [
        ("subject", np.arange(60) // 10, True),
        ("PatientID", np.arange(60) // 2 + 4000, True),
        ("customer", [f"C{i % 9}" for i in range(60)], True),
        ("Mouse no", np.arange(60) % 6, True),
        ("student", ["yes", "no", "no"] * 20, False),  # two values are an answer
        ("subject", np.arange(60), False),  # one row each
        ("person", NORMAL[:, 1], False),
        ("tree", ["oak", "elm", "ash"] * 20, False),  # a kind
        ("number of persons", np.arange(60) % 6, False),
    ],
)
def test_rows_that_are_of_the_same_person_are_a_doubt(name, values, is_so):
    table = of_persons(name, values)
    touched = [doubt.touches for doubt in table.decided.doubts]
    assert (touched == [f"several rows are of the same '{name}'"]) == is_so
    assert not is_so or table.default_features == ("x",)


def test_a_count_among_measurements_is_a_feature():
    table = read_table(b"length,count\n5.1,1\n4.9,2\n6.25,3\n", "a.csv")
    assert (table.likely_weight, table.default_features) == ("", ("length", "count"))


# --- Weights of surveys, and numbers that go round


def with_column(name, values):
    rows = (f"{x:.3f},{y:.3f},{value:.4f}" for (x, y), value in zip(NORMAL, values, strict=True))
    return read_text("\n".join([f"x,y,{name}", *rows]))


@pytest.mark.parametrize(
    ("name", "about", "is_weight"),
    [
        ("survey_weight", 900.0, True),
        ("Sampling weight", 0.4, True),
        ("PERWT", 120.0, True),
        ("weight", 1.0, True),
        ("weight", 70.0, False),
        ("Weight (t)", 3.2, False),
        ("birth weight", 1.0, False),
    ],
)
def test_the_weights_of_a_survey_make_no_row_several(name, about, is_weight):
    values = np.linspace(0.5, 1.5, 60) * about
    table = with_column(name, values)
    assert table.likely_weight == (table.numeric[-1] if is_weight else "")
    if is_weight:
        assert table.default_features == ("x", "y")
        assert any("as the weights of a survey do" in one for one in table.findings)
        counts = table.counting(table.likely_weight)[1]
        assert counts.sum() == pytest.approx(60)
        assert counts == pytest.approx(
            60 * table.frame[table.likely_weight] / table.frame[table.likely_weight].sum()
        )


@pytest.mark.parametrize(
    ("name", "middle", "is_cut"),
    [
        ("wind_dir", 0, True),
        ("Heading (°)", 355, True),
        ("theta_deg", 0, True),
        ("wind_dir", 180, False),
        ("height", 0, False),
    ],
)
def test_a_column_that_goes_round_and_is_cut_where_rows_lie_is_a_doubt(name, middle, is_cut):
    table = with_column(name, (middle + 20 * NORMAL[:, 0]) % 360)
    assert any("0 and 360 are then the same" in one for one in table.decided.doubts) == is_cut


def test_longitudes_and_hours_go_round_too():
    table = with_column("lon", (180 + 3 * NORMAL[:, 0] + 180) % 360 - 180)
    assert any("-180 and 180 are then the same" in one for one in table.decided.doubts)
    hours = [f"{int(hour) % 24}:30:00" for hour in 2 * NORMAL[:, 0]]
    table = read_text(
        "\n".join(["time;x", *(f"{hour};{x:.3f}" for hour, x in zip(hours, NORMAL[:, 1], strict=True))])
    )
    assert any("'time (h)' may go round" in one for one in table.decided.doubts)
    seconds = with_column("time", np.linspace(0.1, 23.9, 60)[::-1])
    assert not seconds.decided.doubts


# --- Tables on their side, and quantities one below the other


def doubts_of(text):
    return [(one.touches, one.columns) for one in read_text(text).decided.doubts]


def test_rows_that_may_stand_as_columns_are_a_doubt():
    expected = [("rows may stand as columns", ())]
    assert doubts_of("id,a,b,c,d\nweight,50.6,53.2,47.3,56.5\nheight,168.9,170.8,172.9,177.6") == expected
    assert doubts_of("weights: 5.1 4.9 6.3 5.8\nheights: 3.5 3.0 3.3 2.7") == expected
    assert not doubts_of("id,a,b\nx,50.6,53.2\ny,47.3,56.5\nz,168.9,170.8")  # as many rows
    assert not doubts_of("kind,a,b,c,d\nx,50.6,53.2,47.3,56.5\nx,168.9,170.8,172.9,177.6")  # no names of rows
    assert not doubts_of("a,b,c\n50.6,53.2,47.3\n168.9,170.8,172.9")


@pytest.mark.parametrize(
    ("names", "is_doubt"),
    [
        ("id,variable,value", True),
        ("id,metric,x", True),
        ("id,name,value", True),
        ("id,sensor,reading", True),
        ("id,species,value", False),
        ("id,name,x", False),
    ],
)
def test_quantities_one_below_the_other_are_a_doubt(names, is_doubt):
    rows = [f"{i},{name},{value}" for i in range(9) for name, value in (("w", 50.5 + i), ("h", 170 + i / 2))]
    found = doubts_of("\n".join([names, *rows]))
    column = names.rpartition(",")[2]
    expected = [("a column may hold several quantities, one below the other", (column,))]
    assert found == (expected if is_doubt else [])
    rows = [f"{row},{7 * i % 5}.5" for i, row in enumerate(rows)]
    assert not doubts_of("\n".join([f"{names},other", *rows])), "more than one feature"


def test_a_few_numbers_without_a_unit_that_are_much_smaller_are_a_doubt():
    cells = ["53%", "47%", "56%", "46%", "0.47", "51%"]
    ((touches, columns),) = doubts_of(
        "\n".join(["share;x", *(f"{cell};{i * i % 7}" for i, cell in enumerate(cells))])
    )
    assert touches == "cells without a unit may be meant in another"
    assert columns == ("share (%)",)
    cells[4] = "47"
    assert not doubts_of("\n".join(["share;x", *(f"{cell};{i * i % 7}" for i, cell in enumerate(cells))]))


@pytest.mark.parametrize(
    ("name", "low", "high", "told"),
    [
        ("weekday", 0, 6, "0 and 7"),
        ("DayOfWeek", 1, 7, "1 and 8"),
        ("hr", 0, 23, "0 and 24"),
        ("mnth", 1, 12, "1 and 13"),
        ("day_of_year", 1, 365, "1 and 366"),
        ("phase", -np.pi, np.pi, "−π and π"),
        ("angle_rad", 0, 2 * np.pi, "0 and 2π"),
        ("psi", -180, 180, "-180 and 180"),
        ("ra", 0, 360, "0 and 360"),
    ],
)
def test_what_goes_round_is_told_by_its_name_and_its_ends(name, low, high, told):
    """Week days never were: the last whole number lies a whole step below the end."""
    values = np.random.default_rng(0).permutation(np.linspace(low, high, 200))
    column = np.round(values) if isinstance(low, int) else np.round(values, 3)
    rows = "".join(f"{a:g},{b:.3f}\n" for a, b in zip(column, values, strict=True))
    table = read_text(f"{name},x\n{rows}")
    assert any(f"may go round, by its name: {told} are then" in one for one in table.decided.doubts)


@pytest.mark.parametrize("column", [np.linspace(1, 5, 99), np.linspace(0, 90, 99)])
def test_angles_that_do_not_come_to_both_ends_do_not_go_round(column):
    table = read_text("angle,x\n" + "".join(f"{a:.3f},{a:.2f}\n" for a in column))
    assert not any("may go round" in one for one in table.decided.doubts)
