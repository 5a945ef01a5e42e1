"""Points edited by hand: a text in a link, and what it does to data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import NO_LABEL, Dataset
from gmm_core.judgement.quality import KINDS
from gmm_core.judgement.treatments import TREATMENTS, Treatment
from pages.ui.address import edits
from pages.ui.address.edits import Edit, Keep
from pages.ui.address.strokes import Stroke

DATA = Dataset("test", np.arange(8.0).reshape(4, 2), np.array([0, 1, 0, 1]), ("x1", "x2"), "")

number = st.floats(-9e99, 9e99)
place = st.tuples(number, number)
edit = st.one_of(
    st.builds(
        Stroke,
        st.tuples(st.floats(0, 9e99), st.floats(0, 9e99)),
        st.lists(place, min_size=1, max_size=5).map(tuple),
        st.integers(0, 999),
        st.integers(0, 999_999),
    ).map(lambda one: one if one.n else replace(one, seed=0)),
    st.builds(Edit, st.none(), place),
    st.builds(Edit, st.integers(0, 9_999_999), place),
    st.builds(Edit, st.integers(0, 9_999_999), st.none()),
    st.builds(Treatment, st.sampled_from([*TREATMENTS]), st.lists(number, max_size=5).map(tuple)),
    st.builds(lambda kind, j: Keep(f"{kind},{j}"), st.sampled_from([*KINDS]), st.integers(1, 99)),
)


@given(st.lists(edit, max_size=30))
def test_a_link_gives_back_what_was_done(done):
    text = edits.more("", done)
    assert not done or edits.EDITS.fullmatch(text)
    assert edits.read(text) == done


@pytest.mark.parametrize(
    ("text", "X", "labels"),
    [
        ("add:9,8", [[0, 1], [2, 3], [4, 5], [6, 7], [9, 8]], [0, 1, 0, 1, NO_LABEL]),
        ("move:2:9,8", [[0, 1], [9, 8], [4, 5], [6, 7]], [0, 1, 0, 1]),
        ("delete:2", [[0, 1], [4, 5], [6, 7]], [0, 0, 1]),
        # Rows are those of the data as they stand then.
        ("delete:1;delete:1;add:9,8;move:3:9.5,8", [[4, 5], [6, 7], [9.5, 8]], [0, 1, NO_LABEL]),
        ("move:4:1,1;move:4:2,2;delete:1", [[2, 3], [4, 5], [2, 2]], [1, 0, 1]),
        ("add:9,8;delete:5", [[0, 1], [2, 3], [4, 5], [6, 7]], [0, 1, 0, 1]),
    ],
)
def test_the_edits_are_made_one_after_another(text, X, labels):
    assert edits.EDITS.fullmatch(text)
    edited = edits.apply(text, DATA)
    assert edited.X.tolist() == X
    assert edited.labels.tolist() == labels
    assert DATA.X.tolist() == [[0, 1], [2, 3], [4, 5], [6, 7]]


@pytest.mark.parametrize(
    ("text", "X", "labels", "names", "said"),
    [
        (
            "missing:2,3",
            [[0, 1], [4, 5], [6, 7]],
            [0, 0, 1],
            ("x1", "x2"),
            "3 in column 'x2' is taken for missing, and 1 row left out",
        ),
        ("without:2,4", [[0, 1], [4, 5]], [0, 0], ("x1", "x2"), "rows 2 and 4 left out"),
        ("omit:1", [[1], [3], [5], [7]], [0, 1, 0, 1], ("x2",), "column 'x1' left out"),
        (
            "delete:1;log:1,2;add:0,0",
            [*np.log([[2, 3], [4, 5], [6, 7]]).tolist(), [0, 0]],
            [1, 0, 1, NO_LABEL],
            ("log x1", "log x2"),
            "the logarithm in place of columns 'x1' and 'x2'",
        ),
        (
            "convert:1,4,1.8,32",
            [[32, 1], [35.6, 3], [4, 5], [6, 7]],
            [0, 1, 0, 1],
            ("x1", "x2"),
            "values below 4 in column 'x1' are multiplied by 1.8, and 32 is added",
        ),
        ("without:4,4", [[0, 1], [2, 3], [4, 5]], [0, 1, 0], ("x1", "x2"), "row 4 left out"),
        ("add:0,1;once", DATA.X.tolist(), [0, 1, 0, 1], ("x1", "x2"), "each row once, and 1 repeat left out"),
    ],
)
def test_treatments_are_edits(text, X, labels, names, said):
    assert edits.EDITS.fullmatch(text)
    done = edits.edited(text, DATA)
    assert done.data.X.tolist() == X
    assert done.data.labels.tolist() == labels
    assert done.data.feature_names == names
    assert done.treated == (said,)
    assert len(done.rows) == len(X)


def test_rows_are_called_as_in_the_table_until_they_are_counted_anew():
    numbers = np.array([7, 7, 3, 12])  # sorted, and one counts twice
    assert edits.edited("without:1,3", DATA, numbers).treated == ("rows 7 and 3 left out",)
    assert edits.edited("without:1,2", DATA, numbers).treated == ("row 7 left out",)
    assert edits.edited("missing:1,0;without:3", DATA, numbers).treated[1] == "row 12 left out"
    assert edits.edited("delete:1;without:3", DATA, numbers).treated == ("row 3 left out",)


def test_a_logarithm_has_a_name_of_its_own():
    data = Dataset("own", DATA.X + 1, None, ("log x", "x"), "Two columns.")
    assert edits.apply("log:2", data).feature_names == ("log x", "log x 2")
    assert edits.apply("log:1,2", data).feature_names == ("log log x", "log x")


def test_what_is_kept_changes_no_row_and_follows_its_column():
    text = "keep:far,1,4;keep:code,2,-9999;add:1,2;keep:two-valued,1,3"
    assert edits.kept(text) == ("far,1,4", "code,2,-9999", "two-valued,1,3")
    assert edits.kept(f"{text};omit:1") == ("far,1,4", "code,1,-9999")
    assert edits.kept("keep:filled,2,0.5;keep:unit,2,2.54;omit:1") == ("filled,1,0.5", "unit,1,2.54")
    assert edits.of_the_data(text) == "add:1,2"
    assert edits.apply(text, DATA).X.tolist() == [*DATA.X.tolist(), [1, 2]]


def test_the_data_before_and_after_treatments():
    text = "delete:1;missing:2,3;keep:far;add:1,2"
    assert edits.as_treated(text) == "delete:1;missing:2,3"
    assert edits.untreated(text) == "delete:1"
    assert edits.as_treated("add:1,2;keep:far") == ""
    assert edits.edited(text, DATA).rows.tolist() == [2, 3, -1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("log:1", "Column 1 holds 0, which has no logarithm."),
        ("missing:3,0", "There is no column 3: the data have 2 then."),
        ("delete:5", "An edit is of row 5, but the data have 4 then."),
        ("move:1:1,2,3", "An edit has 3 numbers, but a row of these data has 2."),
        ("delete:1;delete:1;delete:1", "The edits leave fewer than 2 rows."),
    ],
)
def test_edits_that_do_not_fit_the_data_are_a_sentence(text, said):
    with pytest.raises(ValueError) as caught:
        edits.apply(text, DATA)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    "text", ["add:", "move:0:1,2", "delete:-1", "add:nan", "add:1,2;", "delete:1:2", "x", "keep:it", "log:x"]
)
def test_nonsense_is_no_edit(text):
    assert not edits.EDITS.fullmatch(text)


def test_a_point_needs_every_number_and_a_link_has_an_end():
    with pytest.raises(ValueError, match="A point needs a number in every column"):
        edits.more("", [Edit(None, (1.0, np.nan))])
    with pytest.raises(ValueError, match="There is no room for more edits in the link"):
        edits.more("", [Edit(None, (1.23456789, 2.3456789))] * 200)


def test_undo_takes_back_the_last():
    text = "add:1,2;delete:3;move:1:0,0"
    assert edits.without_last(text) == "add:1,2;delete:3"
    assert edits.without_last("add:1,2") == ""
    assert edits.describe(text) == "1 added, 1 moved, 1 deleted"


def test_what_the_table_says():
    change = {
        "edited_rows": {1: {"x2": 30.5}},
        "deleted_rows": [0, 2],
        "added_rows": [{"x1": 7, "x2": 8}, {"x1": 7}, {}],
    }
    done = edits.from_table(change, DATA.X, DATA.feature_names)
    assert edits.apply(edits.more("", done), DATA).X.tolist() == [[2, 30.5], [6, 7], [7, 8]]
    cleared = {"edited_rows": {1: {"x2": None}}, "deleted_rows": [], "added_rows": []}
    assert np.isnan(edits.from_table(cleared, DATA.X, DATA.feature_names)[0].place[1])
