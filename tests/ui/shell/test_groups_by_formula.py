"""Known groups by a formula: typed, in the link, compared with, and never fitted."""

import numpy as np
import pytest
from link import address, explore, said

from gmm_core import NO_LABEL
from pages.ui.address.settings import Settings
from pages.ui.runs import fits
from pages.ui.runs.data import dataset

FORMULA = "x2 > sin(x1)"


def captions(app):
    return [one.value for one in app.sidebar.caption]


def test_a_formula_that_is_typed_makes_the_known_groups_and_the_link_holds_it():
    app = explore(data="ring")
    app.sidebar.text_input(key="groups").set_value(FORMULA).run()
    assert not app.exception
    assert address(app)["groups"] == FORMULA
    X = dataset(Settings.opened("ring")).X
    true = int((X[:, 1] > np.sin(X[:, 0])).sum())
    assert (
        f"Rows, false: {300 - true}; true: {true}. EM never sees these groups: they are compared with."
        in captions(app)
    )
    again = explore(**address(app), tab="Known groups")
    assert address(again) == address(app) | {"tab": "Known groups"}
    assert any("of 300 rows agree" in one.value for one in again.main.markdown)


def test_groups_of_a_formula_are_never_fitted_and_take_the_place_of_others():
    plain, grouped = Settings.opened("blobs"), Settings.opened("blobs", groups=FORMULA)
    np.testing.assert_array_equal(fits.run(plain).mixture.means, fits.run(grouped).mixture.means)
    data = dataset(grouped)
    np.testing.assert_array_equal(data.labels, data.X[:, 1] > np.sin(data.X[:, 0]))
    assert (data.label_names, data.truth) == (("false", "true"), None)
    assert dataset(plain).truth is not None
    forked = Settings.opened("blobs", forks="1:0:1,2")
    assert forked.changed(groups=FORMULA).forks == forked.forks
    edited = dataset(Settings.opened("blobs", groups="log(x1) > 0", edits="delete:1"))
    assert (edited.labels == NO_LABEL).sum() == (edited.X[:, 0] <= 0).sum() > 0


@pytest.mark.parametrize(
    ("formula", "what"),
    [("__import__(x1)", "is not understood. It is of x1, x2, numbers"), ("9**9**9**9", "is too much")],
)
def test_a_wrong_formula_is_one_sentence_and_the_page_goes_on(formula, what):
    app = explore(groups=formula)
    assert not app.exception
    (error,) = app.sidebar.error
    assert what in said(error)
    assert any("Gaussian blobs" in one.value for one in app.main.caption)
    assert dataset(Settings.opened("blobs", groups=formula)).labels is not None


def test_a_line_that_is_too_long_for_the_link_is_left_out_and_said():
    app = explore(groups="x" * 201)
    assert any("is a line of at most 200 characters" in said(one) for one in app.main.warning)
    assert "groups" not in address(app)
