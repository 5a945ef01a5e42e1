"""A table of new points: columns by name, whatever their order; and what is said of all else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gmm_core import TableError, read_text
from gmm_core.tables.points import points_in


def points(text: str, *names: str):
    """As the app reads them: one row will do, which is too few for data to fit."""
    try:
        table = read_text(text)
    except TableError as error:
        if error.table is None:
            raise
        table = error.table
    return points_in(table.frame, names, table.empty)


@pytest.mark.parametrize(
    ("text", "X", "rows", "findings"),
    [
        ("x1,x2\n1,2\n3,4", [[1, 2], [3, 4]], [2, 3], ()),
        (
            "x2,x1\n1,2",
            [[2, 1]],
            [2],
            ("The columns stand in another order: they are matched by name.",),
        ),
        (
            "X2,X1\n1,2",
            [[2, 1]],
            [2],
            (
                "Capitals aside, 'X2', 'X1' fit the data's names.",
                "The columns stand in another order: they are matched by name.",
            ),
        ),
        (
            "id,x1,note,x2\na,1,b,2\nc,3,d,\ne,,,\ng,5,h,6",
            [[1, 2], [3, None], [5, 6]],
            [2, 3, 5],
            (
                "Left out, as the data have no such feature: 'id', 'note'.",
                "Left out: 1 row without any value, first row 4.",
                "Missing values are in 1 row, first row 3.",
            ),
        ),
        (
            "a;b\n1;2\n3;5",
            [[1, 2], [3, 5]],
            [2, 3],
            ("No name fits, so columns are taken by their place: 'a' as 'x1', 'b' as 'x2'.",),
        ),
        (
            "x1,X2,note\n1,,\n3,NA,",
            [[1, None], [3, None]],
            [2, 3],
            ("Capitals aside, 'X2' fit the data's names.", "Missing values are in 2 rows, first row 2."),
        ),
        ("0.5, 0.7", [[0.5, 0.7]], [1], ("The 2 numbers are taken as one point.",)),
    ],
)
def test_points_are_found(text, X, rows, findings):
    found = points(text, "x1", "x2")
    np.testing.assert_array_equal(found.X, np.array(X, float))
    assert found.rows.tolist() == rows
    assert found.findings == findings


def test_a_file_without_names_is_taken_by_place():
    found = points("1 2\n3 4", "height", "weight")
    assert found.X.tolist() == [[1, 2], [3, 4]]
    assert found.findings == (
        "No name fits, so columns are taken by their place: 'x1' as 'height', 'x2' as 'weight'.",
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "height,size\n1,2\n3,4",
            "There is no column 'weight'. The mixture is of 'height', 'weight'; this table has 'height', "
            "'size'. Name its columns as the data's, in any order.",
        ),
        (
            "a,b\n1,2\n3,4",
            "There are no columns 'height', 'weight'. The mixture is of 'height', 'weight'; this table has "
            "'a', 'b'. Name its columns as the data's, in any order.",
        ),
        (
            "1\n2\n3",
            "There are no columns 'height', 'weight'. The mixture is of 'height', 'weight'; this table has "
            "'x'. Name its columns as the data's, in any order.",
        ),
        (
            "height,weight\n1,tall\n2,small",
            "Column 'weight' does not hold numbers: row 2 says 'tall'. Correct it, so that each of its cells "
            "is a number.",
        ),
        (
            "height,weight\n1,5\n2,\n3,tall\n4,small",
            "Column 'weight' does not hold numbers: row 4 says 'tall'. Correct it, so that each of its cells "
            "is a number.",
        ),
        (
            "height,weight\n1,2024-01-01\n2,2024-01-03",
            "Column 'weight' does not hold numbers: row 2 says '2024-01-01'. Correct it, so that each of its "
            "cells is a number.",
        ),
        (
            "height,weight\n1,1e200\n2,3",
            "Column 'weight' holds 1e+200, whose square is too large to compute with.",
        ),
    ],
)
def test_what_cannot_be_predicted_is_a_sentence(text, sentence):
    with pytest.raises(TableError) as error:
        points(text, "height", "weight")
    assert str(error.value) == sentence


def test_a_column_of_true_and_false_counts_as_numbers():
    assert np.array_equal(points("x1,x2\ntrue,1\nfalse,2", "x1", "x2").X, [[1, 1], [0, 2]])


def test_a_frame_without_any_value_is_a_sentence():
    with pytest.raises(TableError) as error:
        points_in(pd.DataFrame({"height": [np.nan], "weight": [np.nan]}), ("height", "weight"))
    assert str(error.value) == "No row has a value in any of 'height', 'weight'. At least one is needed."
