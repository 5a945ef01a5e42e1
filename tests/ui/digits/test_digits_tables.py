"""Clusters called digits, as tables, sentences, images and links."""

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pages.ui.digits import figures, pictures
from pages.ui.digits.settings import FIELDS, by_hand, write_by_hand
from pages.ui.digits.tables import Called, before_the_repair, by_digit, what_is_hidden


@given(st.data(), st.integers(2, 12))
def test_a_repair_by_hand_comes_back_from_its_link(data, k):
    matching = data.draw(st.dictionaries(st.integers(0, k - 1), st.integers(0, 9)))
    text = write_by_hand(matching, k)
    assert FIELDS["digits_hand"].read(text) == (text, "")
    assert by_hand(text, k) == (matching, "")


def test_what_a_repair_hides_is_said():
    clusters = np.repeat([0, 1, 2, 3], [4, 3, 2, 1])
    digits = np.array([7, 7, 7, 1, 7, 7, 1, 1, 1, 9])
    called = Called(clusters, digits, {0: 7, 1: 7, 2: 9})
    np.testing.assert_array_equal(called.names, [7] * 7 + [9, 9, -1])
    assert called.accuracy == 0.5
    assert called.by_name().sum() == 10
    assert called.by_name()[9].tolist() == [0] * 10 + [1]
    assert what_is_hidden(called, 4) == [
        "No component is called 0, 1, 2, 3, 4, 5, 6 or 8: 4 rows of theirs here cannot be right, and the "
        "accuracy does not say so.",
        "4 components cannot stand for 10 digits one to one.",
        "Components 0 and 1 are all called 7.",
        "Component 2 is called 9, but more of its rows here are 1: 2 against 0.",
        "Component 3 is called nothing: so 1 row here cannot be right.",
    ]
    seven = by_digit(called).loc[7]
    assert (seven.precision, seven.recall, seven.rows) == (5 / 7, 1, 5)
    assert np.isnan(by_digit(called).precision[1])


def test_components_without_rows_hide_none():
    called = Called(np.zeros(4, int), np.array([7, 7, 1, 7]), {0: 7})
    assert (
        what_is_hidden(called, 3)[-1] == "Components 1 and 2 are called nothing, and no row here is theirs."
    )


def test_what_is_said_before_the_repair_is_of_these_components():
    digits = np.repeat(np.arange(5), 40)

    def said(clusters, most):
        text = before_the_repair(Called(clusters, digits, {j: j for j in range(5)}), most)
        return text.split(" EM numbers")[0], "looks like failure" in text, text.rpartition("names: ")[2]

    far = "it is far from chance. So give each component its digit."
    moved = {j: (j + 1) % 5 for j in range(5)}
    assert said((digits - 1) % 5, moved) == ("**Component 3 is not digit 3.**", True, far)
    two = np.minimum(digits // 2, 1)  # there is no component 3
    assert said(two, {0: 0, 1: 2}) == ("**Component 1 is not digit 1.**", True, far)
    lucky = "**Each component has the number of its digit**, which is luck:"
    assert said(digits, dict(enumerate(range(5)))) == (lucky, False, "it is far from chance.")
    same = "it is no better than chance, and digits for the components cannot mend that."
    assert said(np.zeros(200, int), {0: 0})[1:] == (True, same)


def test_an_image_is_ink_on_paper_pixel_by_pixel():
    pixels = np.linspace(-0.5, 1.5, 64)
    html = pictures.picture(pixels, 'a "7"')
    assert 'alt="a &#34;7&#34;"' in html
    shown = np.asarray(Image.open(BytesIO(b64decode(re.search('base64,([^"]+)', html)[1]))))
    np.testing.assert_array_equal(shown.ravel(), np.rint(255 * (1 - np.clip(pixels, 0, 1))))


def test_the_confusion_shows_counts_and_frames_what_is_right():
    table = np.arange(20).reshape(10, 2)
    figure = figures.confusion(table, ["a", "b"], [(3, 1)], "component")
    (cells,) = figure.data
    assert list(cells.text) == ["", *map(str, range(1, 20))], "no text for none"
    assert (cells.x[3], cells.base[3] + cells.y[3] / 2) == (1, 1)
    assert (cells.hovertext[1], cells.hovertext[7]) == (
        "1 row of digit 0, component b",
        "7 rows of digit 3, component b",
    )
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 1.5, 2.5, 3.5)
