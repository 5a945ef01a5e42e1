"""1.234: one and a bit, or more than a thousand? What stands beside it tells, or a doubt is left."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core.tables import Choices, read_text

PRICES = [988, 972, 1018, 1042, 951, 1120, 1030, 899]  # most of them on both sides of a thousand
COUNTS = [2, 5, 1234, 3, 7, 8, 4, 9]


def written(values, sign):
    return [f"{value:,}".replace(",", sign) for value in values]


def table_of(cells, others=(), separator="\t"):
    rows = [["price", "other"], *zip(cells, others or itertools.cycle("0214"), strict=False)]
    return read_text("\n".join(separator.join(row) for row in rows))


def first_of(table):
    return table.frame.iloc[:, 0].to_numpy()


@pytest.mark.parametrize("separator", ["\t", ";", "|"])
@pytest.mark.parametrize("unit", ["", " €"])
@pytest.mark.parametrize("sign", [".", ","])
def test_whole_numbers_beside_tell_that_thousands_follow(sign, unit, separator):
    """Read with decimals they would be two groups, around 1 and around 950."""
    table = table_of([cell + unit for cell in written(PRICES, sign)], separator=separator)
    np.testing.assert_array_equal(first_of(table), PRICES)
    for doubt in table.decided.doubts:
        assert doubt.touches
        assert doubt.columns == (table.frame.columns[0],)


def test_thousands_that_are_read_so_against_the_usual_way_are_a_doubt():
    (doubt,) = table_of(written(PRICES, ".")).decided.doubts
    assert doubt == (
        "Column 'price': values such as 1.018 stand among whole numbers, near which they lie as 1018, and "
        "are read so. If 1.018 is no thousand, choose a decimal point."
    )


def test_what_is_chosen_is_no_doubt():
    text = "\n".join(["price", *written(PRICES, ".")])
    for decimal, third in (("point", 1.018), ("comma", 1018.0)):
        table = read_text(text, choices=Choices(decimal=decimal))
        assert first_of(table)[2] == third
        assert not table.decided.doubts


@pytest.mark.parametrize("sign", [".", ","])
def test_other_columns_tell_the_decimal_sign(sign):
    other = "," if sign == "." else "."
    table = table_of(written(PRICES, sign), [f"3{other}{i}" for i in range(1, 9)], ";")
    np.testing.assert_array_equal(first_of(table), PRICES)
    assert not table.decided.doubts
    table = table_of(["1,018", "2,042", "1,951", "3,120"], ["3,1", "2,5", "4,5", "5,5"])
    np.testing.assert_allclose(first_of(table), [1.018, 2.042, 1.951, 3.12])


def test_where_columns_contradict_each_other_there_is_a_doubt():
    table = table_of(written(PRICES, "."), [f"3.{i}" for i in range(1, 9)])
    assert first_of(table)[2] == 1.018
    (doubt,) = table.decided.doubts
    assert doubt == (
        "Column 'price': values such as 1.018 are read with a decimal point, and whole numbers stand among "
        "them. If 1.018 means 1018, choose a decimal comma, or leave the point out."
    )


def test_small_whole_numbers_among_them_are_a_doubt_in_either_way():
    cells = ["2", "5", "1.234", "3", "2.567", "8", "4", "9"]
    table = table_of(cells)
    np.testing.assert_array_equal(first_of(table), list(map(float, cells)))
    (doubt,) = table.decided.doubts
    assert "with a decimal point, and whole numbers stand among them" in doubt
    assert doubt.touches
    table = table_of([cell.replace(".", ",") for cell in cells])
    np.testing.assert_array_equal(first_of(table), [float(cell.replace(".", "")) for cell in cells])
    (doubt,) = table.decided.doubts
    assert "with commas between thousands, and small numbers stand among them" in doubt
    assert doubt.touches
    # The last digit of what is written without needless zeros is none.
    assert not table_of(["2", "5", "1,234", "3", "2,560", "8", "4", "9"]).decided.doubts


def test_where_only_the_scale_is_open_no_groups_are():
    (doubt,) = read_text("a;b\n1.234;2\n5.678;3\n").decided.doubts
    assert doubt == (
        "Column 'a': values such as 1.234 are read with a decimal point. If 1.234 means 1234, choose a "
        "decimal comma, or leave the point out."
    )
    assert not doubt.touches
    (doubt,) = read_text("a;b\n1.234;2,5\n5.678;3,5\n").decided.doubts
    assert "with a decimal point, though other columns have a decimal comma." in doubt


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1.234,2\n5.678,3\n",  # nothing here is German
        "a;b\n1.234;2.5\n5.678;3.5\n",  # b has decimal points
        "a;b\n1.234;2,5\n0.678;3,5\n",  # no number in thousands begins with 0
        "a;b\n1.234;2,5\n5.67;3,5\n",
        "a;b\n1.234;2,5\n5678;3,5\n",
        "a;b\n1.234;2,5\n1.234.567;3,5\n",  # certainly thousands
        "a\n1.5\n2\n3.25\n4.125\n",
        "a\n1,234\n950\n12,100\n",  # as in most of the world
    ],
)
def test_no_doubt_without_a_reason(text):
    assert not read_text(text).decided.doubts


@pytest.mark.slow
@given(
    st.lists(st.integers(500, 3000), min_size=12, max_size=40).filter(
        lambda values: min(values) < 900 and sum(value > 1100 for value in values) > 1
    ),
    st.sampled_from(".,"),
    st.sampled_from(["\t", ";"]),
)
def test_numbers_around_a_thousand_are_never_two_kinds_in_silence(values, sign, separator):
    table = table_of(written(values, sign), separator=separator)
    assert list(first_of(table)) == values or any(one.touches for one in table.decided.doubts)
