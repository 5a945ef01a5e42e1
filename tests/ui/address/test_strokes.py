"""Strokes of a brush: the same points everywhere from a few numbers, and what an eraser takes away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import NO_LABEL, Dataset
from pages.ui.address import edits
from pages.ui.address.history import between
from pages.ui.address.settings import Settings
from pages.ui.address.strokes import Stroke

EMPTY = Dataset("painted", np.empty((0, 2)), None, ("x1", "x2"), "")
FIVE = Dataset("test", np.array([[0, 0], [1, 0], [2, 0], [0, 3.0], [9, 9]]), np.arange(5), ("x1", "x2"), "")

number = st.floats(-9e99, 9e99)
size = st.floats(0, 9e99)
strokes = st.builds(
    Stroke,
    st.tuples(size, size),
    st.lists(st.tuples(number, number), min_size=1, max_size=30).map(tuple),
    st.integers(1, 60),
    st.integers(0, 999_999),
)


@given(strokes)
def test_any_stroke_of_a_link_makes_as_many_points_as_it_says_and_the_same_again(stroke):
    again = Stroke.read(str(stroke))
    assert again == stroke
    points = stroke.points()
    assert points.shape == (stroke.n, 2)
    assert np.isfinite(points).all()
    np.testing.assert_array_equal(again.points(), points)


@given(strokes, st.lists(st.tuples(number, number), max_size=9))
def test_an_eraser_covers_where_it_has_been(stroke, places):
    X = np.array([*stroke.path, *places])
    covered = stroke.covers(X)
    assert covered.dtype == bool
    if min(stroke.radii) > 1e-100 and np.abs(X).max() < 1e50:
        assert covered[: len(stroke.path)].all()


def test_points_lie_along_the_path_within_the_width_of_the_brush():
    stroke = Stroke((0.5, 2.0), ((0, 0), (10, 0), (10, 40)), 999, 3)
    points = stroke.points()
    # In brush widths the two legs are equally long; of the first, 85% lie here.
    assert 375 < (points[:, 0] < 8.5).sum() < 475
    np.testing.assert_allclose(points[points[:, 1] < -0.5, 0].min(), 0, atol=1.5)
    assert stroke.covers(points).mean() > 0.85
    np.testing.assert_allclose(
        np.std(Stroke((0.5, 2.0), ((7, 7),), 999).points(), axis=0), [0.25, 1], rtol=0.1
    )


def test_strokes_are_edits_one_after_another_and_sprayed_points_are_in_no_known_group():
    text = "erase:1.5,1:0,0,1,0;spray:3,7:0.1,0.1:5,5;delete:1"
    assert edits.EDITS.fullmatch(text)
    done = edits.edited(text, FIVE)
    sprayed = Stroke((0.1, 0.1), ((5, 5),), 3, 7).points()
    np.testing.assert_array_equal(done.data.X, [[9, 9], *sprayed])
    assert done.data.labels.tolist() == [4, NO_LABEL, NO_LABEL, NO_LABEL]
    assert done.rows.tolist() == [4, -1, -1, -1]
    assert edits.describe(text) == "1 deleted, 1 stroke painted, 1 stroke erased"
    assert edits.read(edits.without_last(text)) == edits.read(text)[:2]


def test_on_an_empty_canvas_the_first_stroke_makes_all_rows():
    done = edits.apply("spray:40,1:1,1:0,0;spray:20,2:1,1:5,5;erase:2.5,2.5:0,0", EMPTY)
    assert len(done.X) == 20
    assert len(edits.apply("spray:40,1:1,1:0,0;erase:9,9:0,0", EMPTY).X) == 0
    with pytest.raises(ValueError, match=r"^The edits leave fewer than 2 rows\.$"):
        edits.apply("erase:99,99:0,0", FIVE)


def test_a_brush_paints_in_the_plane_alone():
    line = Dataset("line", np.zeros((3, 1)), None, ("x",), "")
    with pytest.raises(ValueError) as error:
        edits.apply("spray:40,1:1,1:0,0", line)
    assert str(error.value) == "A brush paints in the plane, but a row of these data has 1 number."


@pytest.mark.parametrize(
    "text",
    [
        "spray:0,1:1,1:0,0",
        "spray:1000,1:1,1:0,0",
        "spray:40,1:-1,1:0,0",
        "spray:40,1:1,inf:0,0",
        "spray:40,1:1,1:nan,0",
        "spray:40,1:1,1:0",
        "spray:40:1,1:0,0",
        "erase:1,1:",
        "erase:-1,1:0,0",
        "spray:40,1:1,1:" + ",".join(["0,0"] * 31),
        ";".join(["spray:999,1:1,1:0,0"] * 300),
    ],
)
def test_a_link_with_a_stroke_that_is_none_says_so_in_one_sentence(text):
    settings, problems = Settings.from_query({"data": "painted", "edit": text})
    assert settings.edits == ""
    (problem,) = problems
    assert "but the edits are such as" in problem


def test_what_was_painted_is_said_in_the_history():
    before = Settings(data="painted")
    one = Settings(data="painted", edits="spray:40,1:1,1:0,0")
    assert between(before, one) == ["1 stroke painted"]
    assert between(one, before) == ["1 stroke painted undone"]
