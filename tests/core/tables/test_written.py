"""Tables written as code, and within a program: the lists of each language, and what is none."""

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core.tables import TableError, read_text

X, Y = [5.1, 4.9, 6.3, 5.8], [3.5, 3.0, 3.3, 2.7]
XS, YS = ", ".join(map(str, X)), ", ".join(map(str, Y))
PAIRS = [f"{a}, {b}" for a, b in zip(X, Y, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        f"x <- c({XS})\ny <- c({YS})",
        f"> x = c({XS})\n> y = c({YS})",
        f"df <- data.frame(x = c({XS}), y = c({YS}), stringsAsFactors = FALSE)",
        f'structure(list(x = c({XS}), y = c({YS})), class = "data.frame", row.names = c(NA, -4L))',
        f"x = [{XS}]\ny = [{YS}]",
        f"import numpy as np\n\nx = np.array([{XS}])  # cm, 1 digit\ny = np.array([{YS}], dtype=float)",
        f"x = torch.tensor([{XS}], dtype=torch.float64)\ny = torch.tensor([{YS}])",
        f"import pandas as pd\ndf = pd.DataFrame({{'x': [{XS}], 'y': [{YS}]}})",
        f"pl.DataFrame({{\n    'x': [{XS}],\n    'y': [{YS}],\n}})",
        f"data = dict(x=({XS}), y=({YS}))",
        f"df = DataFrame(x = [{XS}], y = [{YS}])",
        f"x = [{XS.replace(',', '')}];\ny = [{YS.replace(',', '')}];  % as MATLAB has it",
        f"std::vector<double> x = {{{XS}}};\nstd::vector<double> y = {{{YS}}};",
        f"pd.DataFrame([[{'], ['.join(PAIRS)}]], columns=['x', 'y'])",
        f"const data = [{', '.join(f'{{x: {a}, y: {b}}}' for a, b in zip(X, Y, strict=True))}];",
        "data = " + str([{"x": a, "y": b} for a, b in zip(X, Y, strict=True)]),
        "data a;\ninput x y;\ndatalines;\n" + "\n".join(PAIRS).replace(",", "") + "\n;\nrun;",
        "DATA LIST FREE / x y.\nBEGIN DATA\n" + "\n".join(PAIRS).replace(",", "") + "\nEND DATA.",
        "> x,y\n" + "\n".join(f"> {pair}" for pair in PAIRS),
        '"x,y"\n' + "\n".join(f'"{pair}"' for pair in PAIRS),
        "     +-----------+\n     |   x     y |\n     |-----------|\n"
        + "\n".join(f"  {i}. | {pair.replace(',', '  ')} |" for i, pair in enumerate(PAIRS, 1))
        + "\n     +-----------+",
    ],
)
def test_tables_as_programs_write_them(text):
    table = read_text(text)
    assert table.default_features == ("x", "y")
    np.testing.assert_array_equal(table.features(), np.column_stack([X, Y]))
    assert not table.decided.doubts


def test_what_dput_of_r_writes():
    text = (
        f"structure(list(Sepal.Length = c({XS}), Species = structure(c(1L, 2L, NA, 1L), levels = "
        'c("setosa", "a (b), c"), class = "factor"), n = 4:1, `my col` = c(NA_real_, 2L, 3L, 4L)), '
        'row.names = c(NA, 4L), class = "data.frame")'
    )
    frame = read_text(text).frame
    assert list(frame) == ["Sepal.Length", "Species", "n", "my col"]
    assert frame["Species"].fillna("").tolist() == ["setosa", "a (b), c", "", "setosa"]
    assert frame["n"].tolist() == [4, 3, 2, 1]
    np.testing.assert_array_equal(frame["my col"], [np.nan, 2, 3, 4])


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("m <- matrix(c(1.5, 2, 3, 4, 5, 6), ncol = 2, byrow = TRUE)", [[1.5, 2], [3, 4], [5, 6]]),
        ("m <- matrix(c(1.5, 2, 3, 4, 5, 6), nrow = 3)", [[1.5, 4], [2, 5], [3, 6]]),
        ("X = np.array([[1.5, 2], [3, 4], [5, 6]])\nw = [9.5, 7, 8]", [[1.5, 2, 9.5], [3, 4, 7], [5, 6, 8]]),
        ("# points\nimport numpy as np\nX = np.array([\n  [1.5, 2],  # a\n  [3, 4],\n])", [[1.5, 2], [3, 4]]),
    ],
)
def test_matrices(text, rows):
    np.testing.assert_array_equal(read_text(text).features(), rows)


def test_what_was_done_is_said():
    assert read_text(f"x = [{XS}]\ny = [{YS}]").findings == (
        "Written as code: 2 columns of 4 values. Nothing of it was executed.",
    )


def test_lists_of_different_lengths_are_named():
    with pytest.raises(
        TableError, match=r"'x' has 4 values and 'y' has 2 values\. Keep those that are columns"
    ):
        read_text(f"x = [{XS}]\ny = [1.5, 2]")


def test_times_within_quotation_marks_are_no_ranges():
    table = read_text('d = data.frame(t = c("9:15", "10:30", "11:45"), x = c(1.5, 2, 4))')
    assert table.frame["t (h)"].tolist() == [9.25, 10.5, 11.75]


def test_signs_of_code_within_quotation_marks_are_text():
    text = 'data.frame(c = c("#ff0", "#00f // x"), note = c("at 9:15 pm", "b"), x = c(1.5, 2.5))  # two'
    frame = read_text(text).frame
    assert frame["c"].tolist() == ["#ff0", "#00f // x"]
    assert frame["note"].tolist() == ["at 9:15 pm", "b"]


@pytest.mark.parametrize(
    ("code", "values"), [("c(1:3, 10)", [1, 2, 3, 10]), ("c(1:4)", [1, 2, 3, 4]), ("4:1", [4, 3, 2, 1])]
)
def test_ranges_of_r_are_the_numbers_that_they_stand_for(code, values):
    assert read_text(f"x <- {code}\ny <- c(1.5, 2.5, 9, 4)").frame["x"].tolist() == values


def test_no_column_takes_the_place_of_another():
    with pytest.raises(TableError):
        read_text("X1 = [7, 8]\nX = [[1.5, 2], [3, 4]]")


@pytest.mark.parametrize(
    "text",
    [
        'id,v\n1,"[1, 2]"\n2,"[3, 4]"\n3,"[5, 6]"',
        "iter 1 a: [0.3 0.7] b: [1.2 3.4]\niter 2 a: [0.3 0.7] b: [1.2 3.4]",
        "x = [1.5, 2.5, 3.5]",
        "a,b\n1.5,(2.5)\n3,(4.5)",
        "x: 1.5, y: 2.5\nx: 3.5, y: 4.5",
    ],
)
def test_other_texts_are_no_code(text):
    assert not any("Written as code" in one for one in read_text(text).findings)


NUMBERS = st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), min_size=2, max_size=8)


@pytest.mark.slow
@given(NUMBERS, st.sampled_from(["x = [{}]\ny = [{}]", "d <- data.frame(x = c({}), y = c({}))"]))
def test_every_number_comes_back(values, code):
    row = ", ".join(map(repr, values))
    frame = read_text(code.format(row, ", ".join(map(repr, [*values[:-1], 12.5])))).frame
    np.testing.assert_array_equal(frame["x"], values)


@given(st.text("xy=[](){}c:;,\"'\\ 12.\n<-", max_size=60))
def test_no_text_brings_a_traceback(text):
    with suppress(TableError):
        read_text(f"x = [1, 2]\ny = [{text}")


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 5000 + "1, 2" + "]" * 5000 + "\ny = [1, 2]",
        "x = " + "[" * 50_000,
        "x = [" + "1:900000," * 200 + "]\ny = [1]",
        "x = [" + '"' * 100_001,
    ],
    ids=["deep", "open", "ranges", "quotes"],
)
def test_what_only_looks_like_code_is_refused_in_no_time(text):
    begun = time.process_time()
    with suppress(TableError):
        read_text(text)
    assert time.process_time() - begun < 5


# --- LIBSVM


def test_features_by_their_numbers():
    table = read_text("+1 1:5.5 3:1e-1\n-1 2:4.5\n\n+1 1:6.5 2:3.5 3:2\n-1 1:7.5 2:1.5")
    assert list(table.frame) == ["label", "x1", "x2", "x3"]
    np.testing.assert_array_equal(table.frame["x3"], [0.1, 0, 2, 0])
    assert list(table.frame.index) == [1, 2, 4, 5]
    assert "a feature that is not there is 0" in table.findings[0]
