"""Tables as people have them: heads, notes, totals, short rows, comments, and what programs print.

Each case stands for a kind, with the values to expect.
"""

from __future__ import annotations

import gzip
import io
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, TableError, read_table, read_text
from gmm_core.out.export import data_frame, filled_frame, to_csv
from gmm_core.words import FILLED, KNOWN, ROW

ROWS = [[1.5, 2.5], [2.25, 3.5], [9.0, 9.5]]


def read(text, filename="a.csv"):
    return read_table(text.encode(), filename)


def said(table):
    return " ".join(table.findings)


# --- Heads


@pytest.mark.parametrize(
    ("text", "names", "features", "sentence"),
    [
        (  # pandas writes the index under an empty name
            ",0,1\n0,0.126,-0.132\n1,0.640,0.105\n2,0.3,0.5\n",
            ["row names", "0", "1"],
            [[0.126, -0.132], [0.64, 0.105], [0.3, 0.5]],
            "'row names' holds names of rows: it is a feature only if you choose it.",
        ),
        (
            "0,1\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
            ["0", "1"],
            ROWS,
            "0, 1 are a sequence, unlike the values below",
        ),
        (
            "country,2019,2020\nA,1.5,2.5\nB,2.25,3.5\nC,9.0,9.5\n",
            ["country", "2019", "2020"],
            ROWS,
            "the first row holds the names: 2019, 2020 are a sequence",
        ),
        ("2019 2020\nA 1.5 2.5\nB 2.25 3.5\nC 9.0 9.5\n", ["row names", "2019", "2020"], ROWS, "one shorter"),
        ("% x y\n1.5 2.5\n2.25 3.5\n9.0 9.5\n", ["x", "y"], ROWS, "the comment in row 1 holds the names"),
        ("# x y\n1.5 2.5\n2.25 3.5\n9.0 9.5\n", ["x", "y"], ROWS, "the comment in row 1 holds the names"),
        ("# made by hand\n# x,y\n1.5,2.5\n2.25,3.5\n9.0,9.5\n", ["x", "y"], ROWS, "comment in row 2 holds"),
        (
            "// from the lab\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
            ["x1", "x2"],
            ROWS,
            "Left out before the table: 1 line",
        ),
        ("#x,y\n1.5,2.5\n2.25,3.5\n9.0,9.5\n", ["x", "y"], ROWS, "the comment in row 1 holds the names"),
        (
            "x,y\n1.5,2.5\n# broken, twice\n2.25,3.5\n9.0,9.5\n",
            ["x", "y"],
            ROWS,
            "1 line of comment within the table, first row 3, '# broken, twice'",
        ),
        (
            "Depth below sea  Mean Temp\n1.5  2.5\n2.25  3.5\n9.0  9.5\n",
            ["Depth below sea", "Mean Temp"],
            ROWS,
            "two spaces or more",
        ),
        (
            "Depth below sea  Mean Temp\n1.5 2.5\n2.25 3.5\n9.0 9.5\n",
            ["Depth below sea", "Mean Temp"],
            ROWS,
            "two spaces or more between them",
        ),
        (
            ",sepal,,petal,\n,l,w,l,w\n1,5.1,3.5,1.4,0.2\n2,4.9,3.0,1.4,0.3\n3,4.7,3.2,1.3,0.2\n",
            ["row names", "sepal l", "sepal w", "petal l", "petal w"],
            [[5.1, 3.5, 1.4, 0.2], [4.9, 3, 1.4, 0.3], [4.7, 3.2, 1.3, 0.2]],
            "rows 1 and 2 hold the names together, as in 'sepal l'",
        ),
        (
            ",2019,,2020,\n,a,b,a,b\nA,5.1,3.5,1.4,0.2\nB,4.9,3.0,1.4,0.3\nC,4.7,3.2,1.3,0.2\n",
            ["row names", "2019 a", "2019 b", "2020 a", "2020 b"],
            [[5.1, 3.5, 1.4, 0.2], [4.9, 3, 1.4, 0.3], [4.7, 3.2, 1.3, 0.2]],
            "rows 1 and 2 hold the names together",
        ),
        (
            ",x,x\n,mean,sd\n0,1.5,2.5\n1,2.25,3.5\n2,9.0,9.5\n",  # pandas with two levels of names
            ["row names", "x mean", "x sd"],
            ROWS,
            "hold the names together",
        ),
        (
            "Station: Foo\nOperator: bar, baz\n\nday,temp,sal\n3,1.5,2.5\n1,2.25,3.5\n2,9.0,9.5\n",
            ["day", "temp", "sal"],
            [[3, 1.5, 2.5], [1, 2.25, 3.5], [2, 9, 9.5]],
            "Left out before the table: row 1, 'Station: Foo'. Left out before the table: row 2, 'Operator:",
        ),
        (
            "Serial,1234\nDate,2024-01-01\nx,y\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
            ["x", "y"],
            ROWS,
            "Left out before the table: row 1, 'Serial 1234'.",
        ),
        (
            "x,y,z,w\n1.5,2.5\n2.25,3.5\n9.0,9.5\n",
            ["x", "y"],
            ROWS,
            "There are 4 names for 2 columns: 'z', 'w' have no column.",
        ),
        ("x,y,\n1.5,2.5,\n2.25,3.5,\n9.0,9.5,\n", ["x", "y"], ROWS, "Dropped 1 empty column: 'x3'."),
        ("x,y\n1.5,2.5,\n2.25,3.5,\n9.0,9.5,\n", ["x", "y"], ROWS, "Dropped 1 empty column: 'x3'."),
    ],
)
def test_a_head_is_told_by_evidence_and_said(text, names, features, sentence):
    table = read(text)
    assert table.frame.columns.tolist() == names
    np.testing.assert_array_equal(table.features(), features)
    assert sentence in said(table)


@pytest.mark.parametrize("separator", [",", ";", "\t", " ", "|"])
@pytest.mark.parametrize("index", [["1", "2", "3"], ["a", "b", "c"], ["7", "3", "12"]])
def test_r_writes_one_name_less_than_columns(separator, index):
    rows = [separator.join(map(str, [name, *row])) for name, row in zip(index, ROWS, strict=True)]
    table = read("\n".join([separator.join(["len", "wid"]), *rows]))
    assert table.frame.columns.tolist() == ["row names", "len", "wid"]
    assert table.default_features == ("len", "wid")
    np.testing.assert_array_equal(table.features(), ROWS)


@pytest.mark.parametrize(
    "text",
    [
        "1,2\n3,4\n5,6\n",
        "1,2\n2,3\n3,4\n",
        "2019,1\n2020,2\n2021,5\n",
        "0,1,2\n3,4,5\n1,1,4\n",
        "1 2\n3 4.5\n5 6\n",
    ],
)
def test_a_first_row_of_numbers_like_those_below_is_data(text):
    assert len(read(text).frame) == 3
    assert "no row of names was found" in said(read(text))


# --- Rows that are none, and rows that are short


@pytest.mark.parametrize(
    ("text", "rows", "sentence"),
    [
        (
            "name,x,y\na,1.5,2.5\nb,2.25,3.5\nc,9.0,9.5\nTotal,12.75,15.5\n",
            [2, 3, 4],
            "row 5, 'Total', as it sums up",
        ),
        (
            "id,x,y\n7,1.5,2.5\n3,2.25,3.5\n5,9.0,9.5\nMean,4.25,5.17\n",
            [2, 3, 4],
            "row 5, 'Mean', as it sums up",
        ),
        (
            "name,x,y\na,1.5,2.5\nb,2.25,3.5\nc,9.0,9.5\n,12.75,15.5\n",
            [2, 3, 4],
            "row 5, as it sums up other rows",
        ),
        (
            "name,x,y\na,1.5,2.5\nA Total,1.5,2.5\nb,2.25,3.5\nc,9.0,9.5\nB Total,11.25,13.0\n",
            [2, 4, 5],
            "2 rows, first row 3, 'A Total', as they sum up other rows",
        ),
        (
            "n,x,y\na,1.5,2.5\nb,2.25,3.5\nc,9.0,9.5\nSource: me, 2024\n",
            [2, 3, 4],
            "below the table: row 5, 'Source: me'",
        ),
        ("n,x,y\na,1.5,2.5\nb,2.25,3.5\nc,9.0,9.5\n* provisional\n", [2, 3, 4], "row 5, '∗ provisional'"),
        ("n x y\na 1.5 2.5\nb 2.25 3.5\nc 9.0 9.5\nTotal 12.75 15.5\n", [2, 3, 4], "'Total'"),
    ],
)
def test_totals_and_notes_are_left_out_and_said(text, rows, sentence):
    table = read(text)
    assert table.frame.index.tolist() == rows
    np.testing.assert_array_equal(table.features(), ROWS)
    assert sentence in said(table)


@pytest.mark.parametrize(
    "text",
    [
        "stat,x\nmean,1.5\nsd,2.5\nmin,1\nmax,4\n",  # a table of nothing else
        "x,y\n1,2\n2,3\n3,5\n6,10\n",  # the sum, with no label that is missing
        "kind,x\nTotal war,1.5\nother,2.5\nTotal eclipse,4\nmore,7\n",
    ],
)
def test_rows_that_only_look_like_totals_stay(text):
    assert len(read(text).frame) == text.count("\n") - 1


def test_labels_of_merged_cells_are_filled_downwards():
    table = read("group,x\nA,1\n,2\n,3\nB,4\n,5\n,7\n")
    assert table.frame["group"].tolist() == list("AAABBB")
    assert (table.likely_label, table.default_features) == ("group", ("x",))
    assert (
        "Column 'group': 4 empty cells filled with the label above, as where cells were merged."
        in table.findings
    )
    notes = read("x,note\n1,first\n2,\n3,\n4,late\n5,\n")
    assert notes.frame["note"].isna().sum() == 3, "behind the numbers it is a column of notes"


def test_a_short_row_is_filled_and_a_long_one_named():
    table = read("a,b,c\n1.5,2,3\n2.5,3\n9,8,7\n")
    assert table.frame.iloc[1].tolist()[:2] == [2.5, 3]
    assert np.isnan(table.frame.iloc[1, 2])
    assert "Filled as missing: row 3 has fewer than 3 values" in said(table)
    with pytest.raises(TableError, match="row 3 has 4 values where 3 were expected"):
        read("a,b,c\n1,2,3\n4,5,6,7\n7,8,9\n")


def test_an_empty_place_between_columns_is_no_value_of_its_neighbour():
    table = read("name   x    y\nA      1.5  2\nB           3\nC      4    5\n")
    np.testing.assert_array_equal(table.frame["x"], [1.5, np.nan, 4])
    assert table.frame["y"].tolist() == [2, 3, 5]


# --- What is no measurement


MANY = np.random.default_rng(3)
N = 12
NUMBERS = MANY.normal(size=N).round(3)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("customer_id", MANY.permutation(90_000)[:N], "holds codes or ids, by its name"),
        ("Kundennummer", MANY.permutation(90_000)[:N], "holds ids: whole numbers, all different"),
        ("PassengerId", MANY.permutation(90_000)[:N], "holds codes or ids"),
        ("subject", MANY.permutation(900)[:N], "holds ids"),
        ("ts", 1704067200 + MANY.integers(0, 10**6, N), "holds moments in seconds since 1970"),
        ("when", 1704067200000 + MANY.integers(0, 10**6, N), "holds moments in milliseconds since 1970"),
        ("v", 1704067200 + MANY.integers(0, 10**6, N), "holds moments in seconds since 1970"),
        ("date", 20240101 + np.arange(N), "holds dates written as numbers, such as 20240101"),
        ("month", 202401 + np.arange(N), "rises from row to row, and is named as an order is"),
        ("year", 2001 + MANY.integers(0, 5, N), "holds years"),
        ("zip", 10_000 + 7 * MANY.integers(0, 9, N), "holds codes or ids"),
        ("a", 100 + np.arange(N), "counts the rows"),
    ],
)
def test_what_is_no_measurement_is_no_feature_by_default(name, values, reason):
    for order in ([name, "x"], ["x", name]):
        frame = pd.DataFrame({name: values, "x": NUMBERS})[order]
        table = read(frame.to_csv(index=False))
        assert table.default_features == ("x",)
        assert table.aside == (name,)
        assert name in table.numeric, "it can be chosen"
        assert name in table.orders
        assert f"Column '{name}' {reason}" in said(table)
        assert "it is a feature only if you choose it" in said(table)
        assert table.features([name, "x"]).shape == (N, 2)


@pytest.mark.parametrize("noise_weight", [0.0, 0.1])
def test_what_a_mixture_says_of_rows_is_no_measurement_when_they_come_back(noise_weight):
    X = np.random.default_rng(0).normal(size=(N, 2)).round(3)
    box = None if noise_weight == 0 else np.array([[-5.0, -5.0], [5.0, 5.0]])
    mixture = Mixture(
        np.full(2, (1 - noise_weight) / 2),
        [[-1.0, 0.0], [1.0, 0.0]],
        [np.eye(2)] * 2,
        noise_weight=noise_weight,
        noise_box=box,
    )
    known = np.arange(N) % 3 - 1
    frame = data_frame(X, mixture, ["noise", "=y"], known_labels=known, rows=np.arange(N) * 2)
    table = read(to_csv(frame).decode("utf-8-sig"))
    assert table.default_features == ("noise", "=y")
    written = {ROW, KNOWN, "responsibility 1", "responsibility 2", "log density"} | (
        {"noise (2)"} if noise_weight else set()
    )
    assert written <= {*table.aside}
    assert "Column 'log density' says what a mixture made of the row" in said(table)
    gaps = {name: np.where(known == j, np.nan, X[:, j]) for j, name in enumerate(["noise", "=y"])}
    filled = filled_frame(frame.assign(**gaps), list(gaps), X)
    table = read(to_csv(filled).decode("utf-8-sig"))
    assert (table.default_features, table.likely_label) == (("noise", "=y"), "")
    assert FILLED in table.frame
    alone = read(pd.DataFrame({"responsibility 1": X[:, 0], "log density": X[:, 1]}).to_csv(index=False))
    assert alone.default_features == ("responsibility 1", "log density"), "whoever measures what is so called"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("population", MANY.permutation(90_000)[:N]),
        ("birth_year", 1950 + MANY.integers(0, 50, N)),
        ("humid", NUMBERS + 0.5),
        ("price", 20_000_000 + MANY.permutation(5_000_000)[:N]),
        ("day", NUMBERS),
    ],
)
def test_a_measurement_is_a_feature(name, values):
    table = read(pd.DataFrame({"x": NUMBERS, name: values}).to_csv(index=False))
    assert table.default_features == ("x", name)


def test_postcodes_keep_their_zeros():
    table = read("zip,x\n01234,1.5\n12345,2.5\n01234,4\n00789,7\n")
    assert table.frame["zip"].tolist() == ["01234", "12345", "01234", "00789"]
    assert (table.labels, table.default_features) == (("zip",), ("x",))
    assert "digits with leading zeros, such as '01234', are codes and no measurements" in said(table)
    assert read("001\n002\n004\n").features().ravel().tolist() == [1, 2, 4], "where nothing else is left"


def test_the_only_column_is_a_feature_whatever_it_is_called():
    table = read("id,name\n5,a\n3,b\n9,c\n")
    assert table.default_features == ("id",)
    assert "it is used, as there is no other column of numbers" in said(table)


# --- Numbers as people write them


@pytest.mark.parametrize(
    ("cells", "values", "unit", "sentence"),
    [
        (["45%", "47.5%", "12%"], [45, 47.5, 12], "%", "numbers with '%', such as '45%'"),
        (["$1.50", "-$2", "$1,234.5"], [1.5, -2, 1234.5], "$", "such as '＄1.50'"),
        (["1.200,50 €", "3,00 €", "17,25 €"], [1200.5, 3, 17.25], "€", "points between thousands"),
        (["USD 5", "USD 6", "USD 7.5"], [5, 6, 7.5], "USD", "'USD'"),
        (["180 cm", "175 cm", "169.5 cm"], [180, 175, 169.5], "cm", "numbers with 'cm', such as '180 cm'"),
        (["5kg", "6.5kg", "7kg"], [5, 6.5, 7], "kg", "'kg'"),
        (["20 °C", "21.5 °C", "-3 °C"], [20, 21.5, -3], "°C", "'°C'"),
        (["1 year", "5 years", "3 years"], [1, 5, 3], "year", "'year'"),
        (
            ["(1.5)", "2.5", "3"],
            [-1.5, 2.5, 3],
            "",
            "a number in brackets, as in '(1.5)', is read as a minus",
        ),
        (["12.5-", "3", "4.5"], [-12.5, 3, 4.5], "", "a sign behind, as in '12.5-', is read as a minus"),
        (["<0.5", "<0.5", "4.1", "5.2"], [np.nan, np.nan, 4.1, 5.2], "", "2 cells of 4 only say a limit"),
        (
            ["n.d.", "<2", "4.1", "5.2"],
            [np.nan, np.nan, 4.1, 5.2],
            "",
            "such as 'n.d.', which may mean either",
        ),
        (["1.5D+02", "2.5D+02", "-3D-1"], [150, 250, -0.3], "", ""),
        (["1.5×10^3", "2 x 10^4", "3·10−2"], [1500, 20000, 0.03], "", ""),
        (['="1.5"', '="2.5"', '="3"'], [1.5, 2.5, 3], "", ""),
        (["'1.5", "'2", "'4"], [1.5, 2, 4], "", ""),
        (["1/2", "3 1/4", "2"], [0.5, 3.25, 2], "", "fractions, such as '1/2', are read as decimal numbers"),
        (["1.2k", "800", "3M"], [1200, 800, 3e6], "", "letters for powers of ten, such as '1.2k'"),
        (["1,23,456", "12,34,567", "1"], [123456, 1234567, 1], "", "commas between thousands"),
        (["5*", "6", "7.5†"], [5, 6, 7.5], "", ""),
    ],
)
def test_numbers_with_something_around_them(cells, values, unit, sentence):
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in cells]
    table = read("a;v\n" + "\n".join(f"{i};{cell}" for i, cell in enumerate(quoted)))
    name = f"v ({unit})" if unit else "v"
    assert table.frame.columns.tolist() == ["a", name]
    np.testing.assert_allclose(table.frame[name], values, rtol=1e-15)
    assert sentence in said(table)
    assert table.likely_label == "", "numbers with a limit are no known groups"


@pytest.mark.parametrize(
    "text",
    [
        "v\n45%\n47.5%\n12%\n",
        "v\n$45\n$47.50\n$12\n",
        "v\n45,0 €\n47,5 €\n12,0 €\n",
        "v\n45 cm\n47.5 cm\n12 cm\n",
    ],
)
def test_one_column_with_units(text):
    np.testing.assert_array_equal(read(text).features(), [[45], [47.5], [12]])


def test_a_unit_that_the_name_has_is_not_said_twice():
    assert read("height [cm],x\n180 cm,1\n175 cm,2\n170 cm,4\n").frame.columns[0] == "height [cm]"


@pytest.mark.parametrize("cells", [["12a", "13b", "14c"], ["12/31", "1/5", "4/7"], ["<18", "18-25", ">25"]])
def test_text_that_begins_as_numbers_do_stays_text(cells):
    table = read("a,v\n" + "\n".join(f"{i * i},{cell}" for i, cell in enumerate(cells)))
    assert table.frame["v"].tolist() == cells


def test_different_units_are_named():
    table = read("a,v\n1,5 cm\n3,3 m\n2,2 cm\n9,4 m\n")
    assert (
        "Column 'v' is taken as text: its numbers have different units ('cm', 'm'). Write all in one."
        in table.findings
    )


# --- What programs print


FRAME = pd.DataFrame(ROWS, columns=["a", "b"])
PRINTED = {
    "pandas": f"{FRAME}\n\n[3 rows x 2 columns]",
    "pandas index": str(FRAME.set_index(pd.Index(["u", "v", "w"], name="name"))),
    "R data frame": "     a   b\n1 1.50 2.5\n2 2.25 3.5\n3 9.00 9.5\n",
    "R matrix": "        a   b\n[1,] 1.50 2.5\n[2,] 2.25 3.5\n[3,] 9.00 9.5\n",
    "tibble": "# A tibble: 3 × 2\n      a     b\n  <dbl> <dbl>\n1  1.5    2.5\n2  2.25   3.5\n"
    "3  9      9.5\n",
    "MATLAB table": "     a      b\n    ____    ___\n\n    1.50    2.5\n    2.25    3.5\n    9.00    9.5\n",
    "polars": "shape: (3, 2)\n┌──────┬─────┐\n│ a    ┆ b   │\n│ ---  ┆ --- │\n│ f64  ┆ f64 │\n"
    "╞══════╪═════╡\n"
    "│ 1.5  ┆ 2.5 │\n│ 2.25 ┆ 3.5 │\n│ 9.0  ┆ 9.5 │\n└──────┴─────┘",
    "Julia": "3×2 DataFrame\n Row │ a        b\n     │ Float64  Float64\n─────┼──────────────────\n"
    "   1 │    1.5       2.5\n   2 │    2.25      3.5\n   3 │    9.0       9.5",
    "MySQL": "+------+-----+\n| a    | b   |\n+------+-----+\n| 1.5  | 2.5 |\n| 2.25 | 3.5 |\n"
    "| 9    | 9.5 |\n+------+-----+\n3 rows in set (0.00 sec)",
    "psql": "  a   |  b  \n------+-----\n  1.5 | 2.5\n 2.25 | 3.5\n    9 | 9.5\n(3 rows)\n",
    "sqlite": "a     b\n----  ---\n1.5   2.5\n2.25  3.5\n9     9.5\n",
    "Markdown": "| a | b |\n|---|:-:|\n| 1.5 | 2.5 |\n| 2.25 | 3.5 |\n| 9 | 9.5 |",
    "LaTeX": "\\begin{tabular}{lr}\n\\toprule\na & b \\\\\n\\midrule\n1.5 & 2.5 \\\\\n$2.25$ & 3.5 \\\\\n"
    "\\textbf{9} & 9.5 \\\\\n\\bottomrule\n\\end{tabular}",
}
NAMELESS = {
    "MATLAB": "A =\n\n   1.0e+03 *\n\n    0.0015    0.0025\n    0.00225   0.0035\n    0.0090    0.0095\n",
    "Octave": "A =\n\n   1.5   2.5\n   2.25  3.5\n   9     9.5\n\n",
    "MATLAB columns": "A =\n\n  Column 1\n\n    1.50\n    2.25\n    9\n\n"
    "  Column 2\n\n    2.5\n    3.5\n    9.5\n",
    "R matrix": "     [,1] [,2]\n[1,] 1.50  2.5\n[2,] 2.25  3.5\n[3,] 9.00  9.5\n",
    "Julia": "3×2 Matrix{Float64}:\n 1.5   2.5\n 2.25  3.5\n 9.0   9.5",
    "literal": "A = [1.5 2.5; 2.25 3.5; 9 9.5]",
    "NumPy": str(np.array(ROWS)),
    "torch": "tensor([[1.5000, 2.5000],\n        [2.2500, 3.5000],\n"
    "        [9.0000, 9.5000]], device='cuda:0')",
    "Mathematica": "{{1.5, 2.5}, {2.25, 3.5}, {9, 9.5}}",
}


@pytest.mark.parametrize("program", PRINTED)
def test_a_printed_table(program):
    table = read_text(PRINTED[program])
    assert table.default_features == ("a", "b")
    np.testing.assert_array_equal(table.features(), ROWS)


@pytest.mark.parametrize("program", NAMELESS)
def test_a_printed_matrix(program):
    table = read_text(NAMELESS[program])
    np.testing.assert_array_equal(
        table.features(),
        np.array(ROWS) * (1000 if program == "MATLAB" else 1) / (1000 if program == "MATLAB" else 1),
    )


def test_the_factor_of_matlab_is_said():
    table = read_text(
        "A =\n\n   1.0e+03 *\n\n    0.0015    2.5000\n    0.0025    3.5000\n    0.0035    4.7000\n"
    )
    np.testing.assert_array_equal(table.features(), [[1.5, 2500], [2.5, 3500], [3.5, 4700]])
    assert "Numbers are multiplied by 1000, the factor in row 3." in table.findings


def test_vectors_and_series():
    vector = read_text(" [1] 79 54 74\n [4] 62 85 55\n [7] 88")
    assert vector.features().ravel().tolist() == [79, 54, 74, 62, 85, 55, 88]
    series = read_text(str(pd.Series([1.5, 2.5, 4], name="len")))
    assert (series.default_features, series.features().ravel().tolist()) == (("len",), [1.5, 2.5, 4])


def test_a_wide_print_of_pandas_is_put_together():
    frame = pd.DataFrame(np.arange(60).reshape(3, 20) / 8)
    table = read_text(frame.to_string(line_width=60))
    np.testing.assert_array_equal(table.features(), frame)


@pytest.mark.parametrize(
    "text",
    [
        str(pd.DataFrame(np.arange(300).reshape(100, 3))),
        "# A tibble: 30 × 2\n      x     y\n  <dbl> <dbl>\n1   1.5     2\n2   2.5     3\n# ℹ 28 more rows\n",
        "shape: (9, 1)\n┌─────┐\n│ a   │\n│ --- │\n│ i64 │\n╞═════╡\n│ 1   │\n│ …   │\n│ 3   │\n└─────┘",
    ],
)
def test_a_shortened_print_is_refused(text):
    with pytest.raises(TableError, match="is a shortened print: in row"):
        read_text(text)


# --- Any frame in any dialect


PACKINGS = {
    "csv": str.encode,
    "txt": lambda text: text.encode("utf-16"),
    "csv.gz": lambda text: gzip.compress(text.encode(), mtime=0),
}


@st.composite
def dialects(draw):
    n, d = draw(st.integers(4, 12)), draw(st.integers(1, 4))
    number = st.one_of(
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3) + 0.0),
        st.floats(allow_nan=False, allow_infinity=False),
    )
    columns = draw(st.lists(st.lists(number, min_size=n, max_size=n, unique=True), min_size=d, max_size=d))
    frame = pd.DataFrame(dict(zip(["alpha", "beta wide", "gamma", "delta"][:d], columns, strict=False)))
    separator, decimal = draw(
        st.sampled_from(
            [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", "."), (" ", ".")]
        )
    )
    index = draw(st.sampled_from([None, "counter", "names"])) if d > 1 else None
    if index == "names":
        frame.index = [f"row {chr(97 + i)}" for i in range(n)]
    # 25,31 alone on its line is one number only below a name; that it may be one is said.
    nameless = index is None and (d > 1 or decimal == ".")
    header = draw(st.booleans()) if nameless else True
    return frame, {
        "sep": separator,
        "decimal": decimal,
        "index": index is not None,
        "header": header,
        "quoting": draw(st.sampled_from([0, 1, 2])) if decimal == "." else 0,
        "lineterminator": draw(st.sampled_from(["\n", "\r\n"])),
    }


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(dialects(), st.booleans(), st.booleans(), st.booleans(), st.sampled_from(sorted(PACKINGS)))
def test_any_frame_in_any_dialect(dialect, units, footer, above, packing):
    frame, options = dialect
    buffer = io.StringIO()
    frame.to_csv(buffer, **options)
    lines = buffer.getvalue().splitlines()
    corner = '""' if options["sep"] == " " else ""
    if units and options["header"]:
        lines.insert(
            1,
            options["sep"].join(
                [corner if options["index"] else "kg", *["cm"] * (frame.shape[1] - 1 + options["index"])]
            ),
        )
    if above and options["header"]:
        lines[:0] = ["Station: Foo", "Operator: Ann", ""]
    if footer and len(frame.columns) > 1:
        lines.append("Source: a book of tables")
    table = read_table(PACKINGS[packing]("\n".join(lines) + "\n"), f"a.{packing}")
    columns = table.frame.columns.tolist()[int(options["index"]) :]
    if options["header"]:
        assert columns == frame.columns.tolist()
    np.testing.assert_array_equal(table.frame[columns].to_numpy(float), frame.to_numpy())


def test_a_row_of_names_one_shorter_above_units_and_a_note():
    """Where spaces separate, the empty name of an index is lost; a note may have as many words as columns."""
    lines = [
        ' alpha "beta wide" gamma delta',
        '"" cm cm kg kg',
        *(f"{i} {i / 2} {-i} {i * i} 7.5" for i in range(6)),
    ]
    table = read_table("\n".join([*lines, "Source: a book of tables"]).encode(), "a.csv")
    assert table.frame.columns.tolist() == ["row names", "alpha", "beta wide", "gamma", "delta"]
    assert table.frame["beta wide"].tolist() == [0, -1, -2, -3, -4, -5]
    assert any("Left out below the table" in sentence for sentence in table.findings)


# --- Two tables without a blank line between


def some_rows(n, seed=0):
    return "".join(f"{a:.2f},{b:.2f}\n" for a, b in np.random.default_rng(seed).normal(size=(n, 2)))


@pytest.mark.parametrize(
    ("above", "below", "names", "sentence"),
    [
        (20, 20, ["width", "length"], "below the table: 21 rows, first row 22"),
        (20, 30, ["height", "weight"], "above the table: 21 rows, first row 2"),
    ],
)
def test_of_two_tables_without_a_blank_line_between_the_longer_is_read(above, below, names, sentence):
    table = read("width,length\n" + some_rows(above) + "height,weight\n" + some_rows(below, 1))
    assert list(table.frame) == names
    assert len(table.frame) == max(above, below)
    said_so = f"Left out {sentence}, as another table begins in row 22, with the names 'height', 'weight'."
    assert said_so in table.findings
    assert not any("cannot be read" in sentence or "Dropped" in sentence for sentence in table.findings)


@pytest.mark.parametrize("longest", [0, 1, 2])
def test_of_three_tables_the_longest_is_read(longest):
    names = ["width,length", "height,weight", "speed,mass"]
    parts = [f"{name}\n{some_rows(20 + 5 * (i == longest), i)}" for i, name in enumerate(names)]
    table = read("".join(parts))
    assert ",".join(table.frame) == names[longest]
    assert len(table.frame) == 25
    assert not any("cannot be read" in sentence or "Dropped" in sentence for sentence in table.findings)


@pytest.mark.parametrize("line", ["oops,oops", "oops,1.5", "no,none", "width,length\ncm,kg"])
def test_text_that_is_no_row_of_names_begins_no_table(line):
    table = read("width,length\n" + some_rows(20) + f"{line}\n" + some_rows(20, 1))
    assert list(table.frame) == ["width", "length"]
    assert len(table.frame) >= 40


def test_words_of_answers_begin_no_table():
    table = read("a,b\n" + some_rows(20) + "refused,unknown\n" + some_rows(9) + "refused,no\n" + some_rows(9))
    assert len(table.frame) == 38


@pytest.mark.parametrize(
    ("line", "which"),
    [("#DIV/0!,#N/A", "1 row without a value"), ("oops,oops", "1 row without a value"), ("", "1 empty row")],
)
def test_a_row_with_something_in_it_is_not_called_empty(line, which):
    table = read("width,length\n" + some_rows(5) + f"{line}\n" + some_rows(5, 1))
    assert f"Dropped {which}, first row 7." in table.findings


# --- Totals among the groups of a column


def by_sex(word, wrong=False):
    cases = np.random.default_rng(0).integers(100, 9000, (70, 2)).tolist()
    return [
        f"A{i},{sex},{number}"
        for i, (male, female) in enumerate(cases)
        for sex, number in (("Male", male), ("Female", female), (word, (male + female) // (1 + wrong)))
    ]


@pytest.mark.parametrize("word", ["Total", "Both sexes", "Insgesamt", "All"])
@pytest.mark.parametrize("order", ["by area", "by sex", "shuffled"])
def test_totals_of_groups_are_left_out_wherever_they_stand(word, order):
    lines = by_sex(word)
    if order == "by sex":
        lines.sort(key=lambda line: line.split(",")[1] == word)
    elif order == "shuffled":
        lines = np.random.default_rng(1).permutation(lines).tolist()
    table = read("\n".join(["area,sex,cases", *lines]))
    assert len(table.frame) == 140
    assert set(table.frame["sex"]) == {"Male", "Female"}
    assert f"'{word}', as they sum up other rows." in said(table)


@pytest.mark.parametrize("last", [False, True])
def test_totals_without_a_right_sum_are_a_doubt_and_stay_together(last):
    lines = by_sex("Total", wrong=True)
    lines = sorted(lines, key=lambda line: "Total" in line) if last else lines
    table = read("\n".join(["area,sex,cases", *lines]))
    assert len(table.frame) == 210
    (doubt,) = table.decided.doubts
    assert doubt.startswith("Column 'sex': 70 rows with 'Total' may be totals of other rows")


def test_a_first_row_without_a_right_sum_may_be_a_total():
    rows = "".join(f"n{i},{i}.5\n" for i in range(11))
    table = read(f"name,x\nAll,5.5\n{rows}")
    assert "1 row with 'All' may be totals" in table.decided.doubts[0]
    assert len(table.frame) == 12


def test_means_that_end_every_group_are_not_left_out_by_halves():
    rows = [f"A{i},{what},{i}.5" for what in ("first", "Mean") for i in range(20)]
    assert len(read("\n".join(["area,what,x", *rows])).frame) == 40


# --- What stands at some numbers alone


def one_column(cells):
    return read("x;y\n" + "".join(f"{cell};{i}.5\n" for i, cell in enumerate(cells)))


def test_marks_behind_numbers_are_said():
    table = one_column(["70.3*", "60.1", "50.5", "44.5†"])
    np.testing.assert_array_equal(table.frame["x"], [70.3, 60.1, 50.5, 44.5])
    assert "Column 'x': marks behind numbers, such as '70.3∗', are left out." in table.findings


def test_powers_of_ten_are_written_with_raised_digits():
    table = one_column(["2.04 × 10⁻³", "2.1 × 10^-3", "5 x 10⁴", "7·10¹²", "-1.5 × 10⁺²"])
    np.testing.assert_allclose(table.frame["x"], [2.04e-3, 2.1e-3, 5e4, 7e12, -150])


def test_names_of_wells_may_be_read_as_numbers():
    table = one_column([f"{i}E{j}" for i in range(1, 9) for j in (2, 12)])
    assert table.frame["x"].iloc[1] == 1e12
    (doubt,) = table.decided.doubts
    assert "all cells are like '1E2', and may be names of wells" in doubt
    for others in (["1E3", "1E4", "1E5", "1E6", "1E7", "1E8"], ["1.5E2", *(f"{i}E3" for i in range(2, 9))]):
        assert not one_column(others).decided.doubts


@pytest.mark.parametrize(
    ("most", "why"), [("66 kg", "has another unit than most"), ("66", "has a unit, unlike most")]
)
def test_another_unit_is_not_called_unreadable(most, why):
    table = one_column([most, "oops", "157 lb", most.replace("66", "71"), *[most] * 9])
    assert (
        f"Column 'x': 1 of 13 cells {why}, first '157 lb' in row 4; counted as missing. Write all in one."
    ) in table.findings
    assert "1 of 13 cells cannot be read as a number, first 'oops' in row 3" in said(table)
    assert table.frame.iloc[:, 0].isna().sum() == 2


def test_a_plus_behind_a_number_is_a_limit():
    table = read("x;y\n150.5+;1\n20.5;2\n45.5;4\n150.5+;3\n30.5;7\n")
    assert table.frame["x"].isna().sum() == 2
    assert (
        "Column 'x': 2 cells of 5 only say a limit, such as '150.5+'; counted as missing." in table.findings
    )


def test_many_rows_with_a_word_for_totals_are_read_in_no_time():
    rng = np.random.default_rng(0)
    groups, values = rng.choice(["u", "v", "Total"], 60_000), rng.normal(size=60_000).round(4)
    text = "".join(f"{group},{value}\n" for group, value in zip(groups, values, strict=True))
    begin = time.perf_counter()
    table = read("group,x\n" + text + "Total,inf\n")
    assert time.perf_counter() - begin < 5
    assert "may be totals" in table.decided.doubts[0]
