"""What a user chooses of how a table is read, and what a table says was decided."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gmm_core import TableError, read_table, read_text
from gmm_core.tables import Choices
from gmm_core.tables.reading import ANYTHING, DECIMALS, ENCODINGS, SEPARATORS

FILES = Path(__file__).parents[1] / "files"
LIMITED = "x,y\n<0.5,1\n4.5,2\n5.25,3\n6,4\n"


def read(text, **chosen):
    return read_table(text.encode(), "a.txt", choices=Choices(**chosen))


TEXTS = [
    ",0,1\n0,0.126,-0.132\n1,0.640,0.105\n2,0.3,0.5\n",
    "0,1\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
    "country,2019,2020\nA,1.5,2.5\nB,2.25,3.5\nC,9.0,9.5\n",
    "2019 2020\nA 1.5 2.5\nB 2.25 3.5\nC 9.0 9.5\n",
    "# made by hand\n# x,y\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
    "// from the lab\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
    "Depth below sea  Mean Temp\n1.5 2.5\n2.25 3.5\n9.0 9.5\n",
    ",sepal,,petal,\n,l,w,l,w\n1,5.1,3.5,1.4,0.2\n2,4.9,3.0,1.4,0.3\n3,4.7,3.2,1.3,0.2\n",
    "Station: Foo\nOperator: bar, baz\n\nday,temp,sal\n3,1.5,2.5\n1,2.25,3.5\n2,9.0,9.5\n",
    "     a    b\nid         \n1  1.5  2.5\n2  2.0  3.5\n3  9.0  9.5\n",
    "a;b\n1,5;2,5\n2,25;3,5\n9,0;9,5\n",
    "a\n1,5\n2,25\n9,125\n",
    "1 2 3\n4 5 6\n7 8 9 1\n2\n",
    "1, 2, 7.5, 9",
    "[[1, 2], [3, 4], [5, 9]]",
    "größe,b\n1.5,2\n2.5,3\n9,5\n",
    "a\tb\n1.234,5\t2\n3\t4\n5,5\t9\n",
    LIMITED,
]


@pytest.mark.parametrize("text", TEXTS)
def test_to_choose_what_was_decided_changes_nothing(text):
    found = read(text)
    decided = found.decided
    assert all(getattr(decided.choices, name) in ("", *some) for name, some in decided.offered.items())
    again = read_table(text.encode(), "a.txt", choices=decided.choices)
    pd.testing.assert_frame_equal(again.frame, found.frame, check_dtype=False)
    assert again.decided == decided


@pytest.mark.slow
def test_to_choose_what_was_decided_changes_nothing_in_any_file():
    for path in (FILES / "read").iterdir():
        found = read_table(path.read_bytes(), path.name)
        again = read_table(path.read_bytes(), path.name, choices=found.decided.choices)
        pd.testing.assert_frame_equal(again.frame, found.frame, check_dtype=False)
        assert again.decided.choices == found.decided.choices, path.name


def test_what_was_decided_and_what_else_is_possible_is_said():
    decided = read("title\na;b\n1,5;2\n2,5;3\n9,25;5\n").decided
    assert decided.choices == Choices(header="2", separator="semicolon", decimal="comma")
    assert decided.offered["separator"] == ("comma", "semicolon", "none", ANYTHING)
    assert decided.offered["header"][:4] == ("none", "1", "2", "3")
    assert decided.lines[:2] == ((1, "title"), (2, "a;b"))
    assert read_text("größe\n1\n2\n4").decided.offered.keys() == {"header", "separator"}


@pytest.mark.parametrize(
    ("text", "chosen", "names", "first"),
    [
        ("a,b\n1,2\n3,4\n5,9\n", {"header": "none"}, ["x1", "x2"], [1, 2]),
        ("1,2\n3,4\n5,9\n7,8\n", {"header": "1"}, ["1", "2"], [3, 4]),
        ("u,v\n1,2\n\nx,y\n1.5,2.5\n3,4\n5,9\n", {"header": "4"}, ["x", "y"], [1.5, 2.5]),
        ("x,y\nkg,m\n1.5,2.5\n3,4\n5,9\n", {"header": "1-2"}, ["x kg", "y m"], [1.5, 2.5]),
        ("# p q\n# r s\n1 2\n3 4\n5 9\n", {"header": "1"}, ["p", "q"], [1, 2]),
        ("a\n1,5\n2,5\n9,25\n", {"separator": "comma"}, ["row names", "a"], [1, 5]),
        ("a,b\n1,5\n2,5\n9,25\n", {"separator": "none", "decimal": "comma"}, ["a,b"], [1.5]),
        ("a;b\n1.234;2\n2.500;3\n9;5\n", {"decimal": "comma"}, ["a", "b"], [1234, 2]),
        ("a;b\n1,234;2\n2,500;3\n9;5\n", {"decimal": "point"}, ["a", "b"], [1234, 2]),
        ("a:b\n1:2\n2:3\n9:5\n", {"separator": "colon"}, ["a", "b"], [1, 2]),
        ("1 2\n3 4\n5 9\n", {"separator": ANYTHING}, ["x"], [1]),
        (LIMITED, {"below_limit": "half"}, ["x", "y"], [0.25, 1]),
    ],
)
def test_a_choice_is_honoured(text, chosen, names, first):
    table = read(text, **chosen)
    assert table.frame.columns.tolist() == names
    row = [None if pd.isna(value) or isinstance(value, str) else value for value in table.frame.iloc[0]]
    assert row == first
    assert {name: getattr(table.decided.choices, name) for name in chosen} == chosen


@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
def test_every_encoding_that_is_offered_is_read(encoding):
    name = {"shift_jis": "温度", "gbk": "温度", "big5": "溫度", "euc_kr": "온도", "cp1253": "μήκος"}.get(
        encoding, "длина" if encoding in ("cp1251", "koi8_r") else "größe"
    )
    content = f"{name},b\n1.5,2\n2.5,3\n9,5\n".encode(encoding)
    table = read_table(content, "a.csv", choices=Choices(encoding=encoding))
    assert table.frame.columns.tolist() == [name, "b"]
    assert table.decided.choices.encoding == encoding


def test_an_encoding_that_does_not_fit_is_said():
    with pytest.raises(TableError) as raised:
        read_table("größe\n1\n2\n".encode("latin-1"), "a.csv", choices=Choices(encoding="utf-8"))
    assert str(raised.value) == (
        "a.csv is no text in UTF-8: byte 3 means nothing in it. Choose another encoding."
    )


def workbook():
    book = openpyxl.Workbook()
    for title, rows in {"First": [["a", "b"], [1, 2], [3, 4], [5, 9]], "Second": [["c"], [7], [8]]}.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    book.save(file := io.BytesIO())
    return file.getvalue()


def test_any_sheet_can_be_chosen():
    content = workbook()
    found = read_table(content, "a.xlsx")
    assert found.decided.choices == Choices(sheet="First", header="1")
    assert found.decided.offered["sheet"] == ("First", "Second")
    other = read_table(content, "a.xlsx", choices=Choices(sheet="Second", header="none"))
    assert other.frame["x"].tolist() == [7, 8]
    with pytest.raises(TableError) as raised:
        read_table(content, "a.xlsx", choices=Choices(sheet="Third"))
    assert str(raised.value) == (
        "a.xlsx has no sheet 'Third' with values. Its sheets are: 'First', 'Second'."
    )


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"header": "0"},
            "The header is '0'; it is the number of a row, such as 1, of two rows that follow each other, "
            "such as 1-2, or none.",
        ),
        ({"separator": ";"}, f"There is no separator ';'. Known are {', '.join(SEPARATORS)}, any."),
        ({"decimal": "."}, "There is no decimal '.'. Known are point, comma."),
        ({"encoding": "rot13"}, f"There is no encoding 'rot13'. Known are {', '.join(ENCODINGS)}."),
        ({"below_limit": "zero"}, "There is no below limit 'zero'. Known are missing, half."),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused(chosen, message):
    with pytest.raises(TableError) as raised:
        Choices(**chosen)
    assert str(raised.value) == message


def test_a_row_that_cannot_hold_the_names_and_a_choice_without_meaning_are_said():
    with pytest.raises(TableError) as raised:
        read("a,b\n1,2\n\n3,4\n", header="3")
    assert str(raised.value) == "Row 3 cannot hold the names: it is blank, or too far down."
    assert raised.value.decided.offered["header"][0] == "none"
    assert "The choice of the below limit means nothing in such a file." in " ".join(
        read("a,b\n1,2\n3,4\n", below_limit="half").findings
    )


@pytest.mark.slow
@given(
    st.sampled_from(TEXTS),
    st.fixed_dictionaries(
        {},
        optional={
            "header": st.sampled_from(["none", "1", "2", "3", "7", "1-2", "2-3"]),
            "separator": st.sampled_from([*SEPARATORS, ANYTHING]),
            "decimal": st.sampled_from([*DECIMALS]),
            "encoding": st.sampled_from([*ENCODINGS]),
            "below_limit": st.just("half"),
        },
    ),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_choice_brings_a_traceback(text, chosen):
    choices = Choices(**chosen)
    try:
        table = read(text, **chosen)
    except TableError:
        return
    for one in fields(choices):
        if one.name in table.decided.offered and getattr(choices, one.name):
            assert getattr(table.decided.choices, one.name) == getattr(choices, one.name)
