"""What the columns of a table can be: features, known labels, the order of the rows."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from gmm_core import TableError, read_table, read_text


def table_of(**columns):
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return read_table(buffer.getvalue(), "a.parquet")


N = 300
ROW = np.arange(N)
X = np.random.default_rng(0).normal(size=N)


@pytest.mark.parametrize(
    ("values", "offered"),
    [
        (np.array(["a", "b", "c"])[ROW % 3], True),
        (ROW % 2 == 0, True),
        ([True, None, False] * 100, True),
        (ROW % 100, True),
        (np.where(ROW % 5, ROW % 4, np.nan), True),  # whole, with gaps
        (ROW % 101, False),
        (ROW % 3 + 0.5, False),
        (ROW, False),
        ([f"item {i}" for i in ROW], False),
        (pd.Categorical(np.array(["a", "b"])[ROW % 2], categories=["b", "a", *map(str, range(1000))]), True),
        (["same"] * N, False),
        (np.where(ROW < 2, "a", None), False),
        (pd.Timestamp("2024-01-01") + pd.to_timedelta(ROW % 3, "D"), False),
    ],
)
def test_labels_are_columns_with_few_values(values, offered):
    assert table_of(x=X, y=values).labels == (("y",) if offered else ())


def test_no_label_where_every_row_has_its_own():
    assert table_of(x=[1.5, 2.5, 4], name=["a", "b", "c"]).labels == ()
    assert table_of(x=[1.5, 2.5, 4], name=["a", "b", "b"]).labels == ("name",)


def test_label_values_of_the_rows_that_are_kept():
    table = read_text("x,y,g\n1,1,b\n2,,c\n3,5,\n4,7,a\n5,6,b\n6,8,a\n")
    codes, names = table.label_values("g", table.kept_rows())
    assert codes.tolist() == [1, -1, 0, 1, 0]
    assert names == ("a", "b")  # c has lost its only row
    codes, names = table.label_values("g")
    assert (codes.tolist(), names) == ([1, 2, -1, 0, 1, 0], ("a", "b", "c"))


@pytest.mark.parametrize(
    ("values", "codes", "names"),
    [
        ([10, 2, 10, 9], [2, 0, 2, 1], ("2", "9", "10")),
        ([10.0, None, 10.0, 2.0], [1, -1, 1, 0], ("2", "10")),
        ([True, False, True, True], [1, 0, 1, 1], ("false", "true")),
        ([True, None, False, True], [1, -1, 0, 1], ("false", "true")),
        (pd.Categorical(["b", None, "a", "b"], categories=["c", "b", "a"]), [1, -1, 0, 1], ("a", "b")),
    ],
)
def test_names_of_labels_are_sorted_as_their_values(values, codes, names):
    found = table_of(x=[1.5, 2, 4, 7], g=values).label_values("g")
    assert (found[0].tolist(), found[1]) == (codes, names)


def test_orders_are_times_and_numbers():
    table = read_table(
        b"id,when,x,same,g\n1,2024-01-03,3,7,a\n2,,1,7,b\n3,2024-01-01,,7,a\n"
        b"4,2024-01-01,1,7,b\n5,2024-01-02,0,7,a\n",
        "a.csv",
    )
    assert table.numeric == ("x",)
    assert table.orders == ("id", "when", "x")
    assert table.order("when").tolist() == [2, 3, 4, 0, 1]  # equal ones as they were, missing last
    assert table.order("x").tolist() == [4, 1, 3, 0, 2]
    rows = table.kept_rows(["x"])  # without the third
    assert table.order("when", rows).tolist() == [2, 3, 0, 1]
    X = table.features(["x"])
    assert X[table.order("x", rows)].tolist() == [[0], [1], [1], [3]]


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda t: t.label_values("z"), "There is no column 'z' to use as labels. Offered are: 'g'."),
        (lambda t: t.label_values("x"), "Column 'x' cannot be used as labels. Offered are: 'g'."),
        (lambda t: t.order("z"), "There is no column 'z' to use as an order. Offered are: 'x'."),
        (lambda t: t.order("g"), "Column 'g' cannot be used as an order. Offered are: 'x'."),
    ],
)
def test_columns_that_are_not_offered(ask, sentence):
    with pytest.raises(TableError) as caught:
        ask(read_text("x,g\n1.5,a\n2.5,b\n3.5,a\n"))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("name", "values", "likely"),
    [
        ("species", ROW % 3, True),
        ("true_label", ROW % 3, True),
        ("irisClass", ROW % 3, True),
        ("Target (0-2)", ROW % 3, True),
        ("y", ROW % 3, True),
        ("cluster", ROW % 2 == 0, True),
        ("anything", np.array(["a", "b"])[ROW % 2], True),
        ("anything", np.array([f"town {i}" for i in range(50)])[ROW % 50], False),
        ("group", np.array([f"town {i}" for i in range(50)])[ROW % 50], True),
        ("class_size", ROW % 3, False),
        ("rooms", ROW % 3, False),
        ("label", X.round(2), False),
    ],
)
def test_a_likely_label(name, values, likely):
    table = table_of(a=X, b=X[::-1], **{name: values})
    assert table.likely_label == (name if likely else "")
    assert table.default_features == tuple(key for key in table.numeric if key != table.likely_label)
    assert table.features().shape == (N, len(table.default_features))


def test_a_numeric_label_is_kept_apart_and_that_is_said():
    table = table_of(a=X, digit=ROW % 10)
    assert table.numeric == ("a", "digit")
    assert table.default_features == ("a",)
    assert table.findings == (
        "Column 'digit' looks like known groups, 10 different ones: it is kept apart, and is a feature only "
        "if you choose it.",
    )
    assert table.features(["a", "digit"]).shape == (N, 2)


def test_what_is_no_likely_label():
    assert table_of(x=X, y=ROW % 3).likely_label == ""  # coordinates
    assert table_of(label=ROW % 3).default_features == ("label",)  # the only one
    assert table_of(a=X[:5], group=[1, 2, 3, 4, 4]).likely_label == ""  # too few rows to tell
    assert table_of(a=X, p=np.array(["a", "b"])[ROW % 2], q=np.array(["u", "v"])[ROW % 2]).likely_label == ""


@pytest.mark.parametrize(
    ("columns", "likely"),
    [
        ({"a": X, "day": ROW // 2}, "day"),
        ({"a": X, "day": ROW % 31}, ""),  # does not increase
        ({"a": X, "size": ROW // 2}, ""),
        ({"a": X, "born": pd.Timestamp("2024-01-01") + pd.to_timedelta(ROW % 31, "D")}, "born"),
        (
            {
                "a": X,
                "born": pd.Timestamp("2024-01-01") + pd.to_timedelta(ROW % 31, "D"),
                "seen": pd.Timestamp("2024-01-01") + pd.to_timedelta(ROW, "D"),
            },
            "seen",
        ),
        ({"id": ROW, "a": X}, ""),
        ({"t": ROW, "a": X}, "t"),
    ],
)
def test_a_likely_order(columns, likely):
    assert table_of(**columns).likely_order == likely


# --- Words that may be labels, and labels that may be one


def labelled(labels, filename="a.csv"):
    rows = [[label, i + 0.5] for i, label in enumerate(labels)]
    frame = pd.DataFrame(rows, columns=["group", "x"])
    if filename == "a.csv":
        return read_table(frame.to_csv(index=False).encode(), filename)
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False)
    return read_table(buffer.getvalue(), filename)


@pytest.mark.parametrize("filename", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("word", ["NA", "None", "-"])
def test_a_word_for_no_value_among_labels_is_a_doubt(word, filename):
    table = labelled(["EU", "AS", word, "EU"] * 5, filename)
    assert table.frame["group"].isna().sum() == 5
    assert table.decided.doubts == (
        f"Column 'group': '{word}' was taken for no value, in 5 cells of 20; it may be meant as a label. "
        "Write it in another way if so.",
    )


@pytest.mark.parametrize(
    "labels",
    [
        ["EU", "AS", "n/a", "EU"] * 5,
        ["EU", "AS", "", "EU"] * 5,
        ["NA", *["EU", "AS", "EU"] * 10],
        [*(f"name {i}" for i in range(30)), *["NA"] * 10],
        [1.5, 2.5, "NA", 3.5] * 5,
    ],
)
def test_other_gaps_in_a_column_are_no_doubt(labels):
    table = labelled(labels)
    assert table.frame["group"].isna().sum() == sum(label in ("NA", "n/a", "") for label in labels)
    assert not table.decided.doubts


@pytest.mark.parametrize(
    ("labels", "how"),
    [
        (["setosa", "Setosa"], "only in capitals"),
        (["big leaf", "big  leaf"], "only in blanks"),
        (["versicolour", "versicolor"], "in one letter"),
        (["virginica", "virgenica"], "in one letter"),
    ],
)
def test_labels_that_differ_by_little_are_said(labels, how):
    table = labelled([*labels, "else"] * 5)
    assert len(table.label_values("group")[1]) == 3
    first, second = (" ".join(label.split()) for label in sorted(labels))
    assert (
        f"Column 'group': the labels '{first}' and '{second}' differ {how}, and count as different groups. "
        "Correct the file if they are the same."
    ) in table.findings


@pytest.mark.parametrize(
    "labels",
    [
        ["group 1", "group 2"],
        ["sample A", "sample B"],
        ["sampleA", "sampleB"],
        ["male", "mole"],
        ["Gambia", "Zambia"],
    ],
)
def test_labels_that_are_meant_to_differ_are_not(labels):
    assert " differ " not in " ".join(labelled([*labels, "else"] * 5).findings)


def test_blanks_around_labels_are_said_where_they_change_the_groups():
    table = labelled(["setosa", "setosa ", "virginica", " virginica", "other"] * 4)
    assert len(table.label_values("group")[1]) == 3
    assert (
        "Column 'group': blanks around labels are left out: 5 different texts are 3 labels." in table.findings
    )
    assert "blanks" not in " ".join(labelled([" setosa", " virginica", " other"] * 4).findings)
