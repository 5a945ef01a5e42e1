"""Formats beside CSV: packed files, JSON, Feather, ARFF, NPZ, and which sheet of Excel is read."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from gmm_core import TableError, read_table
from gmm_core.tables import Choices
from gmm_core.tables.reading import LIMITS

FRAME = pd.DataFrame({"a": [1.5, 2.25, 9.0], "b": [2.5, 3.5, 9.5]})
CSV = FRAME.to_csv(index=False).encode()


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def saved(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


ARFF = b"@relation r\n@attribute a numeric\n@attribute b numeric\n@attribute c {u,v}\n@data\n"
FILES = {
    "t.csv.gz": gzip.compress(CSV, mtime=0),
    "t.zip": zipped(t_csv=CSV),
    "records.json": FRAME.to_json(orient="records").encode(),
    "columns.json": FRAME.to_json().encode(),
    "lists.json": json.dumps(FRAME.to_dict(orient="list")).encode(),
    "split.json": FRAME.to_json(orient="split").encode(),
    "rows.json": json.dumps([["a", "b"], *FRAME.to_numpy().tolist()]).encode(),
    "within.json": json.dumps({"version": 1, "data": FRAME.to_dict(orient="records")}).encode(),
    "lines.json": FRAME.to_json(orient="records", lines=True).encode(),
    "lines.jsonl": FRAME.to_json(orient="records", lines=True).encode(),
    "t.feather": saved(FRAME.to_feather),
    "t.arff": ARFF + b"1.5,2.5,u\n2.25,3.5,v\n9,9.5,u\n",
    "t.npz": saved(lambda file: np.savez(file, a=FRAME["a"], b=FRAME["b"])),
    "t.dat": FRAME.to_csv(index=False, sep=" ").encode(),
    "t.data": CSV,
    "table": CSV,
}


@pytest.mark.parametrize("filename", FILES)
def test_a_format(filename):
    table = read_table(FILES[filename], filename)
    assert table.default_features == ("a", "b")
    np.testing.assert_array_equal(table.features(), FRAME)


@pytest.mark.parametrize(
    ("filename", "content", "sentence"),
    [
        ("a.gz", b"abc", "a.gz is not a gzip file, or a damaged one"),
        ("a.zip", b"abc", "a.zip is not a zip file, or a damaged one"),
        ("a.zip", zipped(a_pdf=b"x"), r"a.zip holds no table \('a.pdf'\)"),
        ("a.zip", zipped(a_zip=zipped(a_csv=CSV)), "packed twice"),
        ("a.csv.gz.gz", gzip.compress(gzip.compress(CSV, mtime=0), mtime=0), "packed twice"),
        ("a.json", b'{"x": 1}', "holds no table"),
        ("a.json", b"[" * 100_000, "is not JSON, or damaged"),
        ("a.feather", b"abc", "is not a Feather file"),
        ("a.arff", b"abc", "is not an ARFF file that can be read"),
        ("a.npz", b"abc", "is not a .npz file"),
        ("a.npz", saved(lambda file: np.savez(file, a=np.array([None]))), "could run code"),
    ],
)
def test_a_damaged_file_gets_its_sentence(filename, content, sentence):
    with pytest.raises(TableError, match=sentence):
        read_table(content, filename)


def test_of_several_tables_in_a_zip_file_the_largest_is_read_and_others_can_be_chosen():
    packed = zipped(a_csv=b"x,y\n1,2\n3,5\n", b_csv=CSV, c_pdf=b"x" * 999)
    table = read_table(packed, "a.zip")
    np.testing.assert_array_equal(table.features(), FRAME)
    assert table.findings[0] == (
        "'b.csv' was read from the zip file, which also holds 'a.csv': choose another to use it."
    )
    assert table.decided.choices.sheet == "b.csv"
    assert table.decided.offered["sheet"] == ("a.csv", "b.csv")
    chosen = read_table(packed, "a.zip", choices=Choices(sheet="a.csv"))
    assert chosen.features().tolist() == [[1, 2], [3, 5]]
    with pytest.raises(TableError, match=r"a.zip has no table 'c.csv'. Its tables are: 'a.csv', 'b.csv'."):
        read_table(packed, "a.zip", choices=Choices(sheet="c.csv"))


@pytest.mark.parametrize(
    ("filename", "content", "kind"),
    [
        ("a.csv", gzip.compress(CSV, mtime=0), "a gzip file"),
        ("a.csv.gz", CSV, "text"),
        ("a.xls", CSV, "text"),
        ("a.csv", zipped(t_csv=CSV), "a zip file"),
        ("a.txt", saved(FRAME.to_feather), "a Feather file"),
        ("a.csv", saved(FRAME.to_parquet), "a Parquet file"),
    ],
)
def test_a_file_is_what_it_begins_with_whatever_its_ending_says(filename, content, kind):
    table = read_table(content, filename)
    np.testing.assert_array_equal(table.features(), FRAME)
    assert table.findings[0] == f"{filename} is {kind}, whatever its ending says, and was read as such."


@pytest.mark.parametrize("ending", [".csv.gz", ".zip"])
def test_a_bomb_is_not_unpacked(ending):
    content = gzip.compress(b"1\n" * 2_000_000) if ending == ".csv.gz" else zipped(a_csv=b"1\n" * 2_000_000)
    with pytest.raises(TableError, match="would unpack to more than 1 MB, which cannot be read"):
        read_table(content, f"a{ending}", replace(LIMITS, unpacked=1_000_000))


def book(**sheets):
    made = pytest.importorskip("openpyxl").Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return made


def test_the_visible_sheet_with_most_numbers_is_read():
    made = book(
        About=[["Made by"], ["somebody"]],
        Data=[["a", "b"], *FRAME.to_numpy().tolist()],
        More=[["x"], [1], [2]],
    )
    table = read_table(saved(made.save), "a.xlsx")
    np.testing.assert_array_equal(table.features(), FRAME)
    assert table.findings[:2] == (
        "Sheet 'Data' was read, of 3.",
        "Not read, though numbers are in it: 'More'. Choose that sheet to use it.",
    )
    made["Data"].sheet_state = "hidden"
    assert read_table(saved(made.save), "a.xlsx").findings[0] == "Sheet 'More' was read, of 3."


def test_formulas_without_values_are_named():
    made = book(Data=[["a", "b"], [1.5, "=A2*2"], [2.5, "=A3*2"], [4, "=A4*2"]])
    table = read_table(saved(made.save), "a.xlsx")
    assert "Column 'b' holds formulas without values: open and save it in Excel." in table.findings
    assert table.features().ravel().tolist() == [1.5, 2.5, 4]


@pytest.mark.parametrize("name", ["PAR1", "ARROW1"])
def test_a_name_that_begins_as_a_binary_file_does_is_a_name(name):
    table = read_table(f"{name},b\n1.5,2\n2.5,3\n9,8\n".encode(), "a.csv")
    assert table.default_features == (name, "b")


def test_records_within_records_and_lists_of_one_length_are_opened():
    rows = [
        {
            "at": {"lat": i * 0.5, "lon": {"deg": i * i}},
            "v": [i, -i * 0.25],
            "tags": ["a"] * (i % 3),
            "no": None,
        }
        for i in range(8)
    ]
    table = read_table(json.dumps(rows).encode(), "rows.json")
    assert {"at.lat", "at.lon.deg", "v.1", "v.2", "tags"} == set(table.frame)
    assert table.frame["v.2"].to_list() == [-i * 0.25 for i in range(8)]
    assert "Opened, as they are records within records: 'at.lat', 'at.lon.deg'." in table.findings
    assert "Opened, as they are lists of one length: 'v'." in table.findings


def test_a_name_that_would_stand_twice_stays_closed():
    rows = [{"x": i, "at": {"x": i * i}, "at.x": 0.5 * i} for i in range(8)]
    table = read_table(json.dumps(rows).encode(), "rows.json")
    assert table.frame["at.x"].to_list() == [0.5 * i for i in range(8)]
    assert not any("Opened" in one for one in table.findings)


def test_features_of_a_map_are_a_table():
    features = [
        {
            "type": "Feature",
            "properties": {"mag": 4 + i % 3},
            "geometry": {"type": "Point", "coordinates": [i, i * i]},
        }
        for i in range(8)
    ]
    table = read_table(
        json.dumps({"type": "FeatureCollection", "features": features}).encode(), "quakes.geojson"
    )
    assert table.frame["geometry.coordinates.2"].to_list() == [i * i for i in range(8)]


def test_records_as_deep_as_they_come_are_refused_or_read():
    deep = json.loads('{"a":' * 400 + "1" + "}" * 400)
    table = read_table(json.dumps([{"x": i, "deep": deep} for i in (1, 5, 2)]).encode(), "deep.json")
    assert table.default_features == ("x",)


# --- How a sheet shows its cells


def sheet_of(rows, change):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    change(made.active)
    return read_table(saved(made.save), "a.xlsx")


ROWS = [["a", "b"], *([i + 0.5, i * i] for i in range(6))]


def test_hidden_rows_and_columns_are_read_and_a_doubt():
    def hide(sheet):
        sheet.auto_filter.ref = "A1:B7"
        for number in (3, 4, 9):
            sheet.row_dimensions[number].hidden = True

    table = sheet_of(ROWS, hide)
    (doubt,) = table.decided.doubts
    assert doubt.startswith(
        "2 of 6 rows are hidden in the sheet, as by a filter; they were read, too. They may be meant to be"
    )
    assert doubt in table.findings
    assert len(table.frame) == 6

    def hide_column(sheet):
        sheet.column_dimensions["B"].hidden = True

    assert sheet_of(ROWS, hide_column).decided.doubts == (
        "Column 'b' is hidden in the sheet; it was read, too, and may be meant to be left out.",
    )
    assert not sheet_of(ROWS, lambda sheet: None).decided.doubts


@pytest.mark.parametrize("kind", ["0%", "0.0%;[Red]-0.0%"])
def test_percentages_beside_plain_numbers_are_a_doubt(kind):
    rows = [["share", "x"], [0.2, 1], [20, 2], [0.35, 3], [41, 5], [0.5, 8]]

    def format_some(sheet):
        for number in (2, 4, 6):
            sheet.cell(number, 1).number_format = kind

    (doubt,) = sheet_of(rows, format_some).decided.doubts
    assert doubt == (
        "Column 'share': 3 of 5 numbers are shown as percentages in the sheet, such as 20% in row 2, which "
        "was read as 0.2; the others may be meant in percent. Write all in one way."
    )

    def format_all(sheet):
        for number in range(2, 7):
            sheet.cell(number, 1).number_format = kind

    assert not sheet_of(rows, format_all).decided.doubts
