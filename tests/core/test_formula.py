"""Known groups by a formula: what it means, and that nothing else than a formula is ever done."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import NO_LABEL
from gmm_core.formula import FormulaError, groups_by
from gmm_core.words import quoted

X = np.array([[0.0, 1.0], [2.0, -1.0], [-3.0, 0.5], [1.5, 1.5]])
x1, x2 = X.T
MEANS = {
    "x2 > sin(x1)": x2 > np.sin(x1),
    "x1**2 + x2**2 < 4": x1**2 + x2**2 < 4,
    "-2 < x1 <= 1.5": (x1 > -2) & (x1 <= 1.5),
    "not x1 > 0 and x2 == 1": (x1 <= 0) & (x2 == 1),
    "x1 > 0 or x2 != 1": (x1 > 0) | (x2 != 1),
    "(x1 > 0) + 2 * (x2 > 0)": (x1 > 0) + 2 * (x2 > 0),
    "abs(x1) > exp(x2) - cos(x1) / 2": np.abs(x1) > np.exp(x2) - np.cos(x1) / 2,
    "+x1 > -1e0": x1 > -1,
    "3": np.full(4, 3),
    "True": np.ones(4),
}


@pytest.mark.parametrize("formula", MEANS)
def test_a_formula_means_what_it_means_in_numpy(formula):
    np.testing.assert_array_equal(groups_by(formula, X), MEANS[formula])


def test_columns_have_their_own_names_too_which_come_first():
    named = groups_by("width > 0 and x2 > 0", X, ["width", "two words"])
    np.testing.assert_array_equal(named, (x1 > 0) & (x2 > 0))
    np.testing.assert_array_equal(groups_by("x1 > 1", X, ["x2", "x1"]), x2 > 1)


def test_a_row_without_such_a_number_is_in_no_known_group():
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(groups_by("log(x2) > 0 or x1 > 0", X), [0, NO_LABEL, 0, 1])
        np.testing.assert_array_equal(groups_by("not sqrt(x1) < 1", X), [0, 1, NO_LABEL, 1])
        np.testing.assert_array_equal(groups_by("1 / x1 > 0", X), [1, 1, 0, 1])
    missing = np.where(X == 2, np.nan, X)
    np.testing.assert_array_equal(groups_by("x1 > 0", missing), [0, NO_LABEL, 0, 1])


IS_OF = (
    " is not understood. It is of x1, x2, numbers, + - * / **, < <= > >= == !=, and, or, not, and sin, cos, "
    "exp, log, sqrt, abs of one thing, such as x2 > sin(x1)."
)
NOT_UNDERSTOOD = {
    "x3 > 0": "x3",
    "x1 > tan(x2)": "tan(x2)",
    "x1 >": "x1 >",
    "": "",
    "__import__('os')": "'",
    "__import__(x1)": "__import__(x1)",
    "x1.T > 0": "x1.T",
    "x1[0]": "[",
    "sin(x1, x2) > 0": "sin(x1, x2)",
    "sin(x=x1) > 0": "sin(x=x1)",
    "sin > 0": "sin",
    "x1 if x2 else x1": "x1 if x2 else x1",
    "x1 in x2": "x1 in x2",
    "1j > 0": None,
    "(lambda: 1)()": ":",
}


@pytest.mark.parametrize("formula", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_named_beside_what_is(formula):
    with pytest.raises(FormulaError) as error:
        groups_by(formula, X)
    what = NOT_UNDERSTOOD[formula]
    assert str(error.value).endswith(IS_OF)
    if what is not None:
        assert str(error.value) == f"The formula cannot be read: {quoted(what)}{IS_OF}"


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        (
            "9**9**9**9 > x1",
            f"The exponent {quoted('9**9')} is too much for a formula: it is a number from -10 to 10, as in "
            "x1**2.",
        ),
        (
            "2**x1 > 0",
            "The exponent 'x1' is too much for a formula: it is a number from -10 to 10, as in x1**2.",
        ),
        ("x1" * 101, "A formula has at most 200 characters; this one has 202."),
        ("1" * 1_000_000, "A formula has at most 200 characters; this one has 1,000,000."),
        ("-" * 90 + "x1", "In a formula at most 30 things stand within each other."),
        ("sin(" * 32 + "x1" + ")" * 32, "In a formula at most 30 things stand within each other."),
        (
            "x1 and x2 > 0",
            "In the formula, 'x1' is a number; *and*, *or* and *not* are of what is true or false, such as "
            "x1 > 0.",
        ),
        (
            "x1 * x2",
            "A formula of groups is true or false, as x2 > sin(x1), or a whole number from 0 to 19; this one "
            "is -2 in a row.",
        ),
    ],
)
def test_a_formula_too_large_or_of_no_groups_is_refused_at_once(formula, message):
    with pytest.raises(FormulaError) as error:
        groups_by(formula, X)
    assert str(error.value) == message


TOKENS = ["x1", "x2", "x3", "1", "9", "1e308", "(", ")", "+", "-", "*", "**", "/", "<", "==", "=", ".", ","]
TOKENS += ["sin(", "log(", "__class__", "and ", "or ", "not ", "if ", " "]


@given(st.one_of(st.text(max_size=220), st.lists(st.sampled_from(TOKENS), max_size=60).map("".join)))
def test_nothing_that_anybody_types_does_anything_else_than_group_or_refuse(formula):
    try:
        labels = groups_by(formula, X)
    except FormulaError:
        pass
    else:
        assert labels.shape == (4,)
        assert (labels >= NO_LABEL).all()
        assert (labels < 20).all()
