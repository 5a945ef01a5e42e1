"""A user's table: what is read, what is found, and a whole sentence for everything that cannot be used."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from threading import get_ident

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gmm_core import load_dataset
from gmm_core.out.export import to_csv
from gmm_core.tables.files import READERS
from gmm_core.tables.reading import LIMITS, TableError
from gmm_core.tables.table import read_table, read_text

FILES = Path(__file__).parents[1] / "files"
NEED = "Rows of numbers are needed."
EVEN = "Give every row the same number of values; a text that holds the separator belongs in quotation marks."
AS_NUMBERS = "Save numbers: numpy.save(file, x.astype(float))."

BAD = {
    "empty.csv": f"empty.csv is empty. {NEED}",
    "blank.csv": f"blank.csv is empty. {NEED}",
    "header_only.csv": f"header_only.csv has no rows of values, only the names 'length', 'width'. {NEED}",
    "one_row.csv": "one_row.csv has only one row with values (row 2); at least 2 are needed. "
    "If these are the values of one column, put each on a line of its own.",
    "all_text.csv": "all_text.csv has no column of numbers. Column 'name' holds text, with 2 "
    "different values on 2 rows (first 'Ann'): neither a feature nor a label. Column 'town' holds text, with "
    "2 different values on 2 rows (first 'Ulm'): neither a feature nor a label. At least one column of "
    "numbers is needed.",
    "only_dates.csv": "only_dates.csv has no column of numbers. Column 'when' holds dates, from "
    "2024-01-01 to "
    "2024-01-02. At least one column of numbers is needed.",
    "nan_everywhere.csv": "nan_everywhere.csv holds no values: all cells of its 3 rows are empty, NaN or "
    "infinite.",
    "infinite.csv": "infinite.csv holds no values: all cells of its 3 rows are empty, NaN or infinite.",
    "constant.csv": "constant.csv has only one value in every column of numbers ('x': 7). There is "
    "nothing to "
    "group; use a table whose numbers differ.",
    "ragged.csv": f"ragged.csv: row 6 has 4 values where 3 were expected, as 1 other row. {EVEN}",
    "picture.csv": "picture.csv is not text: it begins like a picture; a table of numbers is needed.",
    "binary.csv": "binary.csv is not text: byte 1 is zero, as in a binary file with a changed "
    "ending. Open it "
    "in the program it came from and save it as CSV.",
    "excel.csv": "excel.csv is not a zip file, or a damaged one (File is not a zip file).",
    "old_excel.csv": "old_excel.csv is not an old Excel file, or a damaged one: open it and save it again, "
    "or as CSV (Expected \"little-endian\" marker, found b'').",
    "gzipped.csv": "gzipped.csv is not a gzip file, or a damaged one (Compressed file ended before the "
    "end-of-stream marker was reached).",
    "comments.txt": "comments.txt holds only comments (lines that begin with #). Add rows of numbers.",
    "shortened.txt": "shortened.txt is a shortened list: values were replaced by '...' when it was printed. "
    "Print all, with print(x.tolist()), or after numpy.set_printoptions(threshold=sys.maxsize).",
    "ragged_list.txt": "ragged_list.txt: row 2 has 1 value where 2 were expected. Give every row the same "
    "number of values.",
    "cube.txt": "cube.txt is a list with more than two levels. Give one list for each row of the table.",
    "empty_list.txt": "empty_list.txt is an empty list. At least two numbers are needed.",
    "not_excel.xlsx": "not_excel.xlsx is not an Excel file, or a damaged one: open it in Excel and save it "
    "again, or as CSV (File is not a zip file).",
    "not_parquet.parquet": "not_parquet.parquet is not a Parquet file, or a damaged one (Parquet magic bytes "
    "not found in footer. Either the file is corrupted or this is not a parquet file).",
    "not_numpy.npy": "not_numpy.npy is not a .npy file, or its header is damaged: save it again "
    "with numpy.save "
    r"(the magic string is not correct; expected b'\x93NUMPY', got b'x,y\n1,').",
    "objects.npy": "objects.npy holds Python objects (dtype object), which could run code when they "
    "are read. " + AS_NUMBERS,
    "lying_header.npy": "lying_header.npy: its header promises 48,000,000,000 bytes, for (3000000000, 2) of "
    "float64, but 48 follow. The file is cut off or damaged; save it again with numpy.save.",
    "text.npy": f"text.npy holds <U1, not real numbers. {AS_NUMBERS}",
    "complex.npy": f"complex.npy holds complex128, not real numbers. {AS_NUMBERS}",
    "cube.npy": "cube.npy has the shape (2, 2, 2); one or two dimensions are needed, (rows, columns).",
    "no_rows.npy": f"no_rows.npy has no rows of values, only the names 'x1', 'x2'. {NEED}",
    "no_columns.npy": f"no_columns.npy has no rows of values. {NEED}",
    "one_cell.csv": "one_cell.csv has only one row with values (row 1); at least 2 are needed. "
    "If these are the values of one column, put each on a line of its own.",
    "one_value.xlsx": f"one_value.xlsx has no rows of values, only the names 'only'. {NEED}",
    "no_value.xlsx": "no_value.xlsx is empty: no sheet holds a value.",
    "one_column_of_text.csv": "one_column_of_text.csv has no column of numbers. Column 'name' holds text, "
    "with 3 different values on 3 rows (first 'Ann'): neither a feature nor a label. At least one column of "
    "numbers is needed.",
    "mostly_text.csv": "mostly_text.csv has no column of numbers. Column 'x' is taken as text: only 2 of "
    "5 cells are numbers; 'a' in row 3 is the first that is none. Column 'x' holds text, with 5 different "
    "values on 5 rows (first '1'): neither a feature nor a label. At least one column of numbers is needed.",
    "cut_in_quotes.csv": "cut_in_quotes.csv: a quotation mark opens a text in row 4, column 'more', and none "
    "closes it; the file may be cut off there. Close it, or delete it if it is one too many.",
    "cut_utf16.csv": "cut_utf16.csv begins as UTF-16 text and does not end as such; save it again, as UTF-8 "
    "('utf-16-le' codec can't decode byte 0x0a in position 24: truncated data).",
    "cut.xlsx": "cut.xlsx is not an Excel file, or a damaged one: open it in Excel and save it "
    "again, or as CSV (File is not a zip file).",
    "cut.parquet": "cut.parquet is not a Parquet file, or a damaged one (Parquet magic bytes "
    "not found in footer. Either the file is corrupted or this is not a parquet file).",
    "cut.npy": "cut.npy: its header promises 48 bytes, for (3, 2) of float64, but 16 follow. The file is cut "
    "off or damaged; save it again with numpy.save.",
    "records.npy": "records.npy holds records with the fields 'a', 'b', not one kind of number. Save "
    "numbers: numpy.save(file, numpy.lib.recfunctions.structured_to_unstructured(x)).",
    "scalar.npy": "scalar.npy has the shape (); one or two dimensions are needed, (rows, columns).",
    "data.sav": f"data.sav: the ending .sav is not known. Known are {', '.join(READERS)}; save the table as "
    "one of these.",
}


def refused(content, filename, **limits):
    with pytest.raises(TableError) as caught:
        read_table(content, filename, replace(LIMITS, **limits))
    return str(caught.value)


def saved(write):
    """The bytes that a function writes to a file."""
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def sheet(*rows):
    """An Excel file with these rows."""
    book = pytest.importorskip("openpyxl").Workbook()
    for row in rows:
        book.active.append(row)
    return book


def good(filename):
    return read_table((FILES / "good" / filename).read_bytes(), filename)


# --- What cannot be used


@pytest.mark.parametrize("filename", BAD)
def test_a_bad_file_gets_its_sentence(filename):
    assert refused((FILES / "bad" / filename).read_bytes(), filename) == BAD[filename]


def test_every_bad_file_has_its_sentence():
    also = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))["refused"]  # see test_files
    assert {path.name for path in (FILES / "bad").iterdir()} == {*BAD, *also}


@pytest.mark.slow
def test_limits_are_named():
    wide = b",".join(b"%d" % i for i in range(10_000)) + b"\n"
    assert (
        refused(wide * 3, "a.csv")
        == "a.csv has 10,000 columns; at most 1,000 can be read. Leave columns out."
    )
    sample = "Take a sample of its rows"
    assert refused(b"1\n" * 6_000_000, "a.csv") == (
        f"a.csv has 6,000,000 rows; at most 5,000,000 can be read. {sample}."
    )
    assert refused(b"1,2\n" * 30, "a.csv", cells=50) == (
        f"a.csv has 30 rows and 2 columns; at most 50 cells can be read. {sample}, or leave columns out."
    )
    assert refused(b"1,2\n" * 1_000_000, "a.csv", upload=3_000_000) == (
        f"a.csv has 4 MB; at most 3 MB can be read. {sample}, or leave columns out."
    )
    assert "is a printed list of 2 MB; at most 1 MB" in refused(
        b"[" + b"1, " * 600_000 + b"2]", "a.txt", printed=1_000_000
    )


def test_a_zip_bomb_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * 300_000_000, compresslevel=1)
    start = time.perf_counter()
    assert refused(buffer.getvalue(), "bomb.xlsx") == (
        "bomb.xlsx would unpack from 1 MB to 300 MB; at most 200 MB can be read. Save the sheet as CSV."
    )
    assert time.perf_counter() - start < 2


def test_a_parquet_file_that_grows_is_not_unpacked():
    buffer = io.BytesIO()
    pd.DataFrame({"x": np.zeros(100_000), "y": "long" * 50}).to_parquet(buffer)
    assert refused(buffer.getvalue(), "a.parquet", rows=99_999) == (
        "a.parquet has 100,000 rows; at most 99,999 can be read. Take a sample of its rows."
    )
    assert "cells can be read" in refused(buffer.getvalue(), "a.parquet", cells=199_999)


def test_excel_without_its_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    content = (FILES / "good" / "groups.xlsx").read_bytes()
    assert refused(content, "groups.xlsx") == (
        "groups.xlsx: Excel files need the package openpyxl, which is not installed. "
        "Save the sheet as CSV, or install it with pip install openpyxl."
    )


def test_a_filename_is_shown_without_its_folder_and_controls():
    assert refused(b"", "../../a\x1b[0m\n.csv") == f"a?[0m .csv is empty. {NEED}"


def test_a_ragged_row_is_numbered_as_in_the_file():
    content = b"# made by hand\n\nx,y\n1,2\n\n3,4\n5,6,7\n6,7\n"
    assert refused(content, "a.csv") == f"a.csv: row 7 has 3 values where 2 were expected. {EVEN}"


def test_a_short_row_is_filled_and_numbered_as_in_the_file():
    table = good("cut_in_a_row.csv")
    assert table.findings[1:] == (
        "Filled as missing: row 4 has fewer than 3 values; the cells at the end count as empty.",
        "Missing values: 'c' 1 (first in row 4).",
    )
    table = read_table(b"# made by hand\n\nx,y\n1,2\n\n3,4\n5\n6,7\n8\n", "a.csv")
    assert table.findings[2:4] == (
        "Filled as missing: 2 rows, first row 7, have fewer than 2 values; the cells at the end count as "
        "empty.",
        "Dropped 1 empty row, first row 5.",
    )
    assert table.frame.index.tolist() == [4, 6, 7, 8, 9]


# --- What is read, and what is said about it


def test_findings_say_where():
    table = good("mixed.csv")
    assert table.findings == (
        "4 columns separated by commas; the first row holds the names.",
        "Column 'x': 1 of 5 cells cannot be read as a number, first 'bad' in row 5; counted as missing. "
        "Correct the file.",
        "Column 'price': numbers written with commas between thousands, such as '1,234.5'.",
        "Column 'price': 1 of 5 cells cannot be read as a number, first '1e400' in row 6; counted "
        "as missing. "
        "Correct the file.",
        "Dropped 1 empty row, first row 3.",
        "Column 'when' holds dates, from 2024-01-01 to 2024-01-05.",
        "Column 'group' holds text, with 2 different values (first 'a'): a label, not a feature.",
        "Missing values: 'x' 1 (first in row 5), 'price' 1 (first in row 6), 'group' 1 (first in row 7).",
    )
    assert table.numeric == ("x", "price")
    assert table.frame.index.tolist() == [2, 4, 5, 6, 7]
    np.testing.assert_array_equal(table.features(), [[1.5, 1234.5], [2.5, 12], [4.5, 7]])


def test_latin_1_and_decimal_commas():
    table = good("german.csv")
    assert table.frame.columns.tolist() == ["Länge", "Breite", "Ort"]
    assert table.frame["Ort"].tolist() == ["Köln", "Jülich", "Düren"]
    np.testing.assert_array_equal(table.features(), [[1234.5, 2.5], [0.75, 3.25], [12, 4.5]])
    assert table.findings[0] == (
        "The encoding was taken to be Latin-1; if letters look wrong, save the file as UTF-8."
    )


def test_parquet_and_npy():
    table = good("groups.parquet")
    assert table.numeric == ("length", "count")
    np.testing.assert_array_equal(table.features(), [[5.1, 1], [4.9, 2], [6.25, 3]])
    np.testing.assert_array_equal(good("groups.npy").features(), [[1.5, 2], [3, 4], [5, 7]])


def test_excel():
    pytest.importorskip("openpyxl")
    table = good("groups.xlsx")
    assert table.numeric == ("length", "count")
    assert table.frame.index.tolist() == [2, 3, 4, 5]
    np.testing.assert_array_equal(table.features(), [[5.1, 1], [4.9, 2], [6.25, 3]])


def test_infinite_values_are_missing_and_counted():
    table = read_table(b"x,y\n1,1e400\n2,-inf\n3,4\n5,6\n", "a.csv")
    assert table.findings[1] == (
        "Column 'y': 2 values infinite or beyond 1.8e308, first in row 2; counted as missing."
    )
    np.testing.assert_array_equal(table.features(), [[3, 4], [5, 6]])


def test_constant_empty_and_counting_columns_are_not_offered():
    content = b"id,x,same,none\n" + b"".join(b"%d,%d,3,\n" % (i, i % 4) for i in range(8))
    table = read_table(content, "a.csv")
    assert table.numeric == ("x",)
    assert table.findings[1:] == (
        "Dropped 1 empty column: 'none'.",
        "Column 'id' only counts the rows; it is not offered as a feature.",
        "Constant, and so not offered as a feature: 'same'.",
    )
    assert table.features(["id", "same"]).shape == (8, 2)


def test_duplicates_are_counted():
    assert read_text("1 2\n3 4\n1 2\n1 2\n").findings[1] == "2 rows repeat an earlier row; all are kept."


@pytest.mark.slow
def test_many_categories():
    content = b"id,v\n" + b"".join(b"item%d,%d\n" % (i, 1 + i // 100_000) for i in range(250_000))
    table = read_table(content, "a.csv")
    assert table.findings[1] == (
        "Column 'id' holds text, with 250,000 different values on 250,000 rows: "
        "too many to be labels (first 'item0')."
    )
    assert table.features().shape == (250_000, 1)


def test_dates_of_other_countries_are_read_and_said():
    table = read_table(b"when,x\n31.12.2024,1\n01.02.2024,2\n", "dates.csv")
    assert "Column 'when': dates with the day first, such as '31.12.2024'." in table.findings
    assert table.frame["when"].tolist() == [pd.Timestamp("2024-12-31"), pd.Timestamp("2024-02-01")]
    assert table.orders == ("when", "x")


def test_only_the_first_features_are_taken_and_that_is_said():
    table = read_table(b"1,2,4\n5,6,1\n" * 3, "a.csv", replace(LIMITS, features=2))
    assert "3 columns of numbers; the first 2 are used where none are chosen." in table.findings
    assert table.features().shape == (6, 2)


# --- Separators, names, encodings


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "   ", " \t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separator_encoding_and_line_ends(separator, encoding, end):
    lines = ["größe", "breite"], ["1.5", "2"], ["-3e2", "4"], ["5", "6.25"]
    text = end.join(separator.join(line) for line in lines)
    table = read_table(text.encode(encoding), "a.csv")
    assert table.frame.columns.tolist() == ["größe", "breite"]
    np.testing.assert_array_equal(table.features(), [[1.5, 2], [-300, 4], [5, 6.25]])


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        ("1,2\n3,4", ["x1", "x2"], [[1, 2], [3, 4]]),
        ("a,a,\n1,2,3\n3,4,5", ["a", "a.2", "x3"], [[1, 2, 3], [3, 4, 5]]),
        ("v\n25,31\n24,12", ["v"], [[25.31], [24.12]]),  # a decimal comma, as the name has none
        ("25,31\n24,07", ["x"], [[25.31], [24.07]]),  # and here as 07 is no number
        ("a;b\n1,5;2\n3,5;4", ["a", "b"], [[1.5, 2], [3.5, 4]]),
        ("x\n1 234,5\n12", ["x"], [[1234.5], [12]]),
        ("x;y\n1'234.5;1\n12;2", ["x", "y"], [[1234.5, 1], [12, 2]]),
        ('a,b\n"1,234,567",2\n"5",3', ["a", "b"], [[1234567, 2], [5, 3]]),
        ('"a, b";c\n1;2\n3;4', ["a, b", "c"], [[1, 2], [3, 4]]),
        ('"x" "y"\n"a" 1 2\n"b" 3 5', ["row names", "x", "y"], [[1, 2], [3, 5]]),  # R's write.table
        ("# numpy\n1.0e+00 2\n2 3", ["x1", "x2"], [[1, 2], [2, 3]]),
        ('a,b\n1,"x\ny"\n2,z', ["a", "b"], [[1], [2]]),
        ("  1   2\n 3 4 \n\t5 6", ["x1", "x2"], [[1, 2], [3, 4], [5, 6]]),
        ("1, 2; 3 | 4", ["x"], [[1], [2], [3], [4]]),
        ("1,5 2,5 3,5", ["x"], [[1.5], [2.5], [3.5]]),
        ("1 2 3\n4 5", ["x"], [[1], [2], [3], [4], [5]]),
        ("25.31, 24.31,\n24.12, 43.46,", ["x1", "x2"], [[25.31, 24.31], [24.12, 43.46]]),
        ("value\n25.31\n\n24.31\n", ["value"], [[25.31], [24.31]]),
        ("[1, None, nan, 3]", ["x"], [[1], [3]]),
        ("[[1, 2],\n [3, 4]]", ["x1", "x2"], [[1, 2], [3, 4]]),
        ("[(1, 2), (3, 4)]", ["x1", "x2"], [[1, 2], [3, 4]]),
        ("X = np.array([[1., 2.],\n       [3., 4.]], dtype=float32)", ["x1", "x2"], [[1, 2], [3, 4]]),
        ("[[1. 2.]\n [3. 4.]]", ["x1", "x2"], [[1, 2], [3, 4]]),
        ("[np.float64(1.5), np.float64(2)]", ["x"], [[1.5], [2]]),
        ("[25.31 , 24.31 ,", ["x"], [[25.31], [24.31]]),
    ],
)
def test_pasted_text(text, names, rows):
    table = read_text(text)
    assert [name for name in table.frame.columns if name] == names
    np.testing.assert_array_equal(table.features(), rows)


def test_an_undecided_decimal_comma_is_said():
    assert read_text("25,31\n24,12").findings[0] == (
        "2 columns separated by commas; no row of names was found. "
        "If 25,31 is meant as one number with a decimal comma, add a name as first line."
    )


def test_what_stands_around_a_list_is_named():
    with pytest.raises(TableError) as caught:
        read_text("[1, 2, 3] and more")
    assert str(caught.value) == (
        "The pasted text is a printed list with something else around it: 'andmore'. Leave that out."
    )


@pytest.mark.parametrize("nothing", ["", "   \n", "\ufeff"])
def test_nothing_pasted(nothing):
    with pytest.raises(TableError) as caught:
        read_text(nothing)
    assert str(caught.value) == f"The pasted text is empty. {NEED}"


# --- The Q&A series, and round trips


def test_the_series_as_printed():
    series = load_dataset("qa_series").X
    values = series[:, 0].tolist()
    lines = [" , ".join(map(str, values[i : i + 7])) for i in range(0, 50, 7)]
    for text in (str(values), "[" + " ,\n ".join(lines) + "]", repr(series), "\n".join(map(str, values))):
        np.testing.assert_array_equal(read_text(text).features(), series)


doubles = st.floats(allow_nan=False, allow_infinity=False)
quick = settings(max_examples=40, suppress_health_check=list(HealthCheck))


@pytest.mark.slow
@quick
@given(
    st.lists(st.tuples(doubles, doubles), min_size=2, max_size=30, unique_by=(lambda r: r[0], lambda r: r[1]))
)
@example([(0.0, -1e300), (1.0, 1.797e308)])
def test_round_trips_are_exact(rows):
    frame = pd.DataFrame(rows, columns=["first", "second"])
    expected = frame.to_numpy()

    for filename, content in {
        "a.csv": frame.to_csv(index=False).encode(),
        "a.tsv": frame.to_csv(index=False, sep="\t").encode("utf-16"),
        "b.csv": frame.to_csv(index=False, sep=";", decimal=",").encode(),
        "a.txt": str(rows).encode(),
        "a.npy": saved(lambda file: np.save(file, np.asfortranarray(expected))),
        "a.parquet": saved(frame.to_parquet),
    }.items():
        table = read_table(content, filename)
        np.testing.assert_array_equal(table.features(list(table.frame.columns)), expected, err_msg=filename)


# --- What surrounds a table, and what stands in the way


@pytest.mark.parametrize(
    ("text", "finding", "names"),
    [
        ("Report\n\nx,y,z\n1,2,3\n3,4,5\n", "Left out before the table: row 1, 'Report'.", ["x", "y", "z"]),
        (
            "Report,,\n,,\nx,y,z\n1,2,3\n3,4,5\n",
            "Left out before the table: row 1, 'Report'.",
            ["x", "y", "z"],
        ),
        ("sep=;\nx;y\n1,5;2\n3;4\n", "Left out before the table: row 1, 'sep=;'.", ["x", "y"]),
        (
            "x,y\nkg,m/s2\n1,2\n3,4\n",
            "Left out: row 2, which holds text above numbers ('kg', 'm/s2'), as units or a second row of "
            "names do.",
            ["x", "y"],
        ),
        (
            "x,y\n1,2\n3,4\nx,y\n1,2\n3,4\n",
            "Left out: 1 row with the names once more, first row 4, as where files were put together.",
            ["x", "y"],
        ),
        (
            '"a\r\nname",y\r\n1,2\r\n3,4\r\n',
            "1 line break within quotation marks; rows are counted as in a spreadsheet.",
            ["a name", "y"],
        ),
        ("x,y,,,\n1,2,,,\n3,4,,,\n", "Dropped 3 empty columns: 'x3', 'x4', 'x5'.", ["x", "y"]),
    ],
)
def test_what_is_no_data_is_left_out_and_said(text, finding, names):
    table = read_table(text.encode(), "a.csv")
    assert finding in table.findings
    assert table.frame.columns.tolist() == names
    assert not table.frame.isna().any(axis=None)
    assert {len(table.findings), len(table.features())} <= {2, 3, 4}


@pytest.mark.parametrize(
    "text",
    [
        "x,g\nbad,a\n2,b\n3,a\n4,b\n",  # a is a group, so this row is data
        "x,y\nbad,1\n2,2\n3,3\n4,4\n5,5\n",
    ],
)
def test_a_first_row_of_data_is_no_row_of_units(text):
    table = read_table(text.encode(), "a.csv")
    assert "first 'bad' in row 2" in table.findings[1]
    assert table.frame.index[0] == 2


def test_rows_are_numbered_as_in_the_file_around_names_and_blanks():
    table = read_table(b"x,y\n1,2\n\nx,y\n3,4\n,\n5,\n", "a.csv")
    assert table.frame.index.tolist() == [2, 5, 7]
    assert table.findings[1:] == (
        "Left out: 1 row with the names once more, first row 4, as where files were put together.",
        "Dropped 2 rows without a value, first row 3.",
        "Missing values: 'y' 1 (first in row 7).",
    )


def test_a_mark_within_a_cell_is_no_open_quotation():
    assert read_table(b'rain,x\n5" of,1\n6 of,2\n', "a.csv").frame["rain"].tolist() == ['5" of', "6 of"]


def test_a_long_cell_hides_nothing():
    table = read_table(b"a,b\n1," + b"x" * 200_000 + b"\n2,y\n3,z\n", "a.csv")
    np.testing.assert_array_equal(table.features(), [[1], [2], [3]])
    assert max(map(len, table.findings)) < 200


def test_latin_1_that_begins_as_utf_16_does():
    table = read_table(b"\xff\xfe,x\n\xff,1\n\xfe,2\n", "a.csv")
    assert table.frame.columns.tolist() == ["ÿþ", "x"]
    assert table.frame["ÿþ"].tolist() == ["ÿ", "þ"]


def test_the_same_content_gives_the_same_table():
    content = (FILES / "good" / "mixed.csv").read_bytes()
    first, second = read_table(content, "a.csv"), read_table(content, "a.csv")
    pd.testing.assert_frame_equal(first.frame, second.frame)
    assert vars(first).keys() == vars(second).keys()
    assert all(vars(first)[key] == vars(second)[key] for key in vars(first) if key != "frame")


# --- Names and values within sentences


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("sepal_length [cm]", "'sepal_length [cm]'"),
        ("=1+1", "'=1+1'"),
        ("a`b", "'a'b'"),
        ("$x_1$", "'＄x_1＄'"),
        ("<b>x</b>", "'‹b›x‹/b›'"),
        ("**x** ~~y~~ _z_", "'∗∗x∗∗ ∼∼y∼∼ ˍzˍ'"),
        ("![x](http://a.b)", "'![x] (http∶//a.b)'"),
        (":red[x] :material/home:", "'∶red[x] ∶material/home:'"),
        ("a\n\r\tb\x1b[0m\u202ec", "'a b?[0m?c'"),
        ("ä" * 60, f"'{'ä' * 39}…'"),
    ],
)
def test_a_name_is_harmless_within_a_sentence(name, shown):
    frame = pd.DataFrame({name: [1.0, 1.0, 1.0], "x": [1, 2, 3]})
    table = read_table(saved(frame.to_parquet), "a.parquet")
    assert table.frame.columns[0] == name[:200]
    assert f"Constant, and so not offered as a feature: {shown}." in table.findings


# --- Excel, Parquet and NPY as they come


def test_the_sheet_that_was_read_is_named():
    book = sheet()
    book.active.title = "empty"
    second = book.create_sheet("Data")
    for row in (["Report 2024"], [], ["x", "y"], [1, 2.5], [3, 4]):
        second.append(row)
    second.merge_cells("A1:B1")
    table = read_table(saved(book.save), "a.xlsx")
    assert table.findings == (
        "Sheet 'Data' was read, of 2.",
        "Left out before the table: row 1, 'Report 2024'.",
        "The first row holds the names.",
    )
    assert table.frame.index.tolist() == [4, 5]
    np.testing.assert_array_equal(table.features(), [[1, 2.5], [3, 4]])


def test_merged_names():
    book = sheet(["Sizes", None, "group"], ["length", "width"], [1, 2, "a"], [3, 4, "b"], [5, 7, "a"])
    book.active.merge_cells("A1:B1")
    table = read_table(saved(book.save), "a.xlsx")
    assert table.frame.columns.tolist() == ["Sizes length", "Sizes width", "group"]
    assert table.findings[0] == "Rows 1 and 2 hold the names together, as in 'Sizes length'."


def test_a_value_far_down_or_far_right_is_no_hang():
    book = sheet(["x", "y"], [1, 2], [3, 4])
    book.active["B3000"] = 5
    copy = "If most of it is empty, copy the table alone to a new sheet; else take a sample of its rows."
    assert refused(saved(book.save), "a.xlsx", rows=2000) == (
        f"a.xlsx: the sheet 'Sheet' reaches beyond row 2,000, which cannot be read. {copy}"
    )
    assert refused(saved(book.save), "a.xlsx", cells=7) == (
        f"a.xlsx: the sheet 'Sheet' reaches over more than 7 cells, which cannot be read. {copy}"
    )
    book.active["XFD3"] = 5
    assert "a.xlsx has 16,384 columns" in refused(saved(book.save), "a.xlsx")


def test_a_parquet_file_of_all_kinds():
    table = read_table(
        saved(
            lambda file: pa.parquet.write_table(
                pa.table(
                    {
                        "nested": [[1], [2, 3], []],
                        "fields": [{"a": 1}] * 3,
                        "bytes": [b"x", b"y", b"z"],
                        "price": [Decimal("1.50"), None, Decimal("2.25")],
                        "half": pa.array(np.array([1, 2, 4], np.float16)),
                        "when": pa.array([0, 10**15, 5], pa.timestamp("us", tz="Europe/Berlin")),
                        "group": pa.array(["u", "v", "u"]).dictionary_encode(),
                        "known": [True, None, False],
                    }
                ),
                file,
            )
        ),
        "a.parquet",
    )
    assert table.numeric == ("price", "half")
    assert table.findings == (
        "Left out, as they hold neither numbers nor text nor dates: 'nested', 'fields', 'bytes'.",
        "Column 'when': times with a time zone are shown in UTC.",
        "Column 'when' holds dates, from 1970-01-01 to 2001-09-09.",
        "Column 'group' holds text, with 2 different values (first 'u'): a label, not a feature.",
        "Column 'known' holds true and false: a label, not a feature.",
        "Missing values: 'price' 1 (first in row 2), 'known' 1 (first in row 2).",
    )
    np.testing.assert_array_equal(table.features(), [[1.5, 1], [2.25, 4]])


def test_columns_of_a_flood_in_a_small_file_are_not_read():
    flood = pa.array([[0.0] * 10_000] * 20, pa.list_(pa.float64()))
    numbers = pa.array(np.arange(20.0))
    for write in (pa.parquet.write_table, pa.feather.write_feather):
        both = saved(lambda file, write=write: write(pa.table({"x": numbers, "flood": flood}), file))
        ending = "parquet" if write is pa.parquet.write_table else "feather"
        table = read_table(both, f"a.{ending}")
        assert table.numeric == ("x",)
        assert table.findings[0] == "Left out, as they hold neither numbers nor text nor dates: 'flood'."
        alone = saved(lambda file, write=write: write(pa.table({"flood": flood}), file))
        assert refused(alone, f"a.{ending}") == (
            f"a.{ending} holds neither numbers nor text nor dates, but lists, records or raw bytes in "
            "'flood'. Save one number in each cell."
        )


SHARED = b"""<Override PartName="/xl/sharedStrings.xml" \
ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"""
SPREADSHEET = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(strings, cells):
    """An .xlsx file with so many shared texts, all empty, and so many more rows with a cell."""
    book, changed = openpyxl.Workbook(), io.BytesIO()
    for row in (["x", "y"], [0, 2], [1, 4], [2, 3]):
        book.active.append(row)
    rows = b"<row><c><v>1</v></c></row>" * cells + b"</sheetData>"
    with (
        zipfile.ZipFile(io.BytesIO(saved(book.save))) as old,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name).replace(b"</sheetData>", rows).replace(b"</Types>", SHARED)
            new.writestr(name, content)
        texts = b'<sst xmlns="%b">%b</sst>' % (SPREADSHEET, b"<si/>" * strings)
        new.writestr("xl/sharedStrings.xml", texts)
    return changed.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(("strings", "cells"), [(3_000_000, 0), (0, 1_000_000)])
def test_a_small_excel_file_that_would_take_minutes_is_refused_at_once(strings, cells):
    bomb = workbook(strings, cells)
    assert len(bomb) < 300_000
    said = refused(bomb, "a.xlsx")
    assert re.match(r"a\.xlsx has only \S+ MB, but so many cells, rows or texts that to read them", said), (
        said
    )
    assert said.endswith("seconds or more. Save the sheet as CSV.")
    assert read_table(workbook(20, 30), "a.xlsx").numeric == ("x", "y")


@pytest.mark.parametrize("dtype", ["float16", ">f4", "<f8", "longdouble", "int8", ">u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_all_kinds(dtype, order):
    X = np.array([[1, 2], [3, 4], [5, 7]], dtype, order=order)
    table = read_table(saved(lambda file: np.save(file, X)), "a.npy")
    np.testing.assert_array_equal(table.features(), X.astype(float))


def test_an_array_of_wider_floats():
    X = np.array([1, 2, np.longdouble("1e4000")])
    table = read_table(saved(lambda file: np.save(file, X)), "a.npy")
    np.testing.assert_array_equal(table.features(), [[1], [2]])


# --- How far it is, and how much it takes


@pytest.mark.parametrize(
    "filename", ["mixed.csv", "german.csv", "groups.xlsx", "groups.parquet", "groups.npy"]
)
def test_progress_only_rises_and_ends(filename):
    calls = []
    content = (FILES / "good" / filename).read_bytes()
    read_table(content, filename, on_progress=lambda share, doing: calls.append((share, doing, get_ident())))
    shares = [share for share, _, _ in calls]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)
    assert list(dict.fromkeys(doing for _, doing, _ in calls)) == [
        "Reading rows",
        "Recognising numbers",
        "Looking at the columns",
    ]
    assert {thread for _, _, thread in calls} == {get_ident()}


def test_progress_of_a_long_sheet():
    calls = []
    content = saved(sheet(["x", "y"], *([i, i % 7] for i in range(3500))).save)
    read_table(content, "a.xlsx", on_progress=lambda share, doing: calls.append(share))
    assert len([share for share in calls if 0 < share < 0.5]) == 3


@pytest.mark.parametrize("filename", ["mixed.csv", "groups.xlsx", "groups.parquet"])
@pytest.mark.parametrize("stage", ["Reading rows", "Recognising numbers", "Looking at the columns"])
def test_what_the_caller_raises_ends_the_reading(filename, stage):
    def stop(share, doing):
        if doing == stage:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read_table((FILES / "good" / filename).read_bytes(), filename, on_progress=stop)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_of_a_large_file():
    """At most 16 bytes for each of the file's, so that 100 MB stay below 2 GB."""
    code = """
import re
from pathlib import Path
from gmm_core import read_table

def peak():  # not getrusage, which begins with the peak of the process that started this one
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])

content = b"x,y,group\\n" + b"".join(b"%d.25,-%d.5,a%d\\n" % (i, i % 977, i % 3) for i in range(500_000))
before = peak()
assert len(read_table(content, "a.csv").frame) == 500_000
print((peak() - before) / len(content))
"""
    root = FILES.parents[2]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert 0 < float(ran.stdout) < 16


# --- Features


def test_missing_values_are_dropped_or_filled():
    table = read_text("x,y\n1,2\n3,\n5,6\n,\n")
    np.testing.assert_array_equal(table.kept_rows(), [0, 2])
    np.testing.assert_array_equal(table.features(), [[1, 2], [5, 6]])
    np.testing.assert_array_equal(table.kept_rows(missing="mean"), [0, 1, 2])
    np.testing.assert_array_equal(table.features(missing="mean"), [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_array_equal(table.features(["x"]), [[1], [3], [5]])


def test_a_mean_of_the_largest_floats_is_a_float():
    assert np.isfinite(read_text("x y\n1e308 1\n1.5e308 2\nNA 3\n1.7e308 4").features(missing="mean")).all()


@pytest.mark.parametrize(
    ("columns", "missing", "sentence"),
    [
        (["z"], "drop", "There is no column 'z'. Numeric are: 'x', 'y'."),
        (["t"], "drop", "Column 't' does not hold numbers. Numeric are: 'x', 'y'."),
        ([], "drop", "No column is chosen. Numeric are: 'x', 'y'."),
        (["x"], "median", "missing must be one of drop, mean, observed; got 'median'."),
        (
            None,
            "drop",
            "Only 1 row of 4 would be left; at least 2 are needed. Most is missing in 'y': 2 values. "
            "Leave that column out, or let missing values stay or be filled in.",
        ),
    ],
)
def test_features_that_cannot_be(columns, missing, sentence):
    table = read_text("x,y,t\n1,2,a\n3,,b\n,6,c\n7,,d\n")
    with pytest.raises(TableError) as caught:
        table.features(columns, missing)
    assert str(caught.value) == sentence


# --- Anything at all


def readable_or_refused(content, ending):
    try:
        table = read_table(content, f"a{ending}")
        X = table.features(missing="mean")
    except TableError:
        return
    assert np.isfinite(X).all()
    rows = table.kept_rows(missing="mean")
    for column in table.orders:
        assert sorted(table.order(column, rows)) == list(range(len(rows)))
    for column in table.labels:
        codes, names = table.label_values(column, rows)
        assert set(codes) - {-1} == set(range(len(names)))
    assert set(table.default_features) <= set(table.numeric)
    assert table.likely_label in ("", *table.labels)
    assert table.likely_order in ("", *table.orders)


anything = settings(max_examples=300, suppress_health_check=list(HealthCheck))
characters = st.text("0123456789.,;:|\t \n\r-+eE\"'[]()nainf#xé…=/", max_size=80)


@pytest.mark.slow
@anything
@given(st.binary(max_size=300), st.sampled_from([*READERS, ".json", ""]))
@example(b"[" + b" " * 900_000 + b"1]", ".txt")
@example(b"1" * 900_000 + b"x\n1\n", ".csv")
@example(b"[" * 900_000, ".txt")
def test_any_bytes(content, ending):
    readable_or_refused(content, ending)


@pytest.mark.slow
@anything
@given(characters, st.sampled_from(["utf-8", "utf-16", "latin-1"]), st.sampled_from([".csv", ".tsv", ".txt"]))
def test_any_text(text, encoding, ending):
    readable_or_refused(text.encode(encoding, "replace"), ending)


@pytest.mark.slow
@anything
@given(
    st.sampled_from(["groups.parquet", "groups.npy", "groups.xlsx", "mixed.csv"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    st.floats(0.5, 1),
)
def test_any_damage(filename, changes, share):
    content = bytearray((FILES / "good" / filename).read_bytes())
    for place, value in changes:
        content[int(place * len(content))] = value
    readable_or_refused(
        bytes(content[: int(len(content) * share) if share < 0.75 else None]), Path(filename).suffix
    )


def test_minus_signs_and_dashes_before_numbers():
    assert read_text("−1.5\n−2.5\n3.5\n–4").frame.iloc[:, 0].tolist() == [-1.5, -2.5, 3.5, -4]
    assert read_text("[−1.5, 2, −3]").frame.iloc[:, 0].tolist() == [-1.5, 2, -3]
    table = read_table("name,x\na–1,−2\nb–3,4\n".encode(), "t.csv")
    assert table.frame["name"].tolist() == ["a–1", "b–3"], "a dash within text stays"
    assert table.frame["x"].tolist() == [-2, 4]


def test_points_between_thousands_and_a_decimal_comma_without_a_separator():
    assert read_text("1.234,56\n2.345,67\n3.456,78").frame.iloc[:, 0].tolist() == [1234.56, 2345.67, 3456.78]


def test_an_apostrophe_that_guards_text_from_spreadsheets_is_no_part_of_it():
    frame = pd.DataFrame(
        {"=SUM(A1)": [1.5, 2, 4], "-x": [1, 3, 2], "kind": ["=a", "@b", "=a"], "n": ["s", "it's", "t"]}
    )
    table = read_table(to_csv(frame), "ours.csv")
    assert list(table.frame) == list(frame)
    for name in frame:
        assert table.frame[name].tolist() == frame[name].tolist()
    said = "An apostrophe that keeps spreadsheets from computing text was left out, first in ''=SUM(A1)'."
    assert said in table.findings
    assert not [one for one in read_table(b"a,b\n1,'s\n2,'t'\n", "x.csv").findings if "apostrophe" in one]


def test_one_more_column_is_one():
    names = "abcdef"
    rows = "\n".join(f"{i + 0.5},{','.join(f'{name}{i}' for name in names)}" for i in range(4))
    said = read_table(f"x,{','.join(names)}\n{rows}\n".encode(), "x.csv").findings
    assert "1 more column does not hold numbers: 'f'." in said
