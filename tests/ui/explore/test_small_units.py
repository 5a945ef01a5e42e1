"""Where `reg_covar` is not small against the data: said before the run, with the ways out."""

import numpy as np
import pytest
from link import address, explore, keep_table, opened, said, settings_of

from pages.ui.runs import fits

LOWER, STANDARDISE = "floor Set reg_covar to 7.2e-14", "floor Standardise the columns"


@pytest.fixture(scope="module")
def small():
    """The link to two groups of 60 rows, five deviations apart, in units of 1e-4."""
    rows = 1e-4 * (np.random.default_rng(0).normal(size=120) + 5 * (np.arange(120) >= 60))
    table = keep_table("\n".join(["size_m", *map(repr, rows.tolist())]).encode(), "")
    return {"data": "own", "table": table, "k": "2", "init": "kmeans"}


def means(app):
    return np.sort(fits.run(settings_of(app)).mixture.means[:, 0])


def keys(app):
    return {button.key for button in app.button}


def test_it_is_said_before_the_run_and_lowered_or_standardised_by_one_click(small):
    app = explore(**small)
    assert not app.exception
    (warning,) = app.warning
    assert said(warning).startswith(
        "reg_covar = 1e-06 is not small against the smallest variance of the data: it is 13.9 times that of "
        "column 'size_m' (7.18e-08"
    )
    assert "aise reg" not in "".join(map(said, app.warning))
    assert not any("reg_covar = 1e-06 is not" in caption.value for caption in app.main.caption), "said once"
    ends = fits.ends(settings_of(app))
    assert any("13.9 times that of column 'size_m'" in one.sentence for one in ends), (
        "as in what is taken away"
    )
    app.button(LOWER).click().run()
    assert not app.exception
    assert not app.warning
    assert address(app)["reg"] == "7.2e-14"
    np.testing.assert_allclose(means(app), [0, 5e-4], atol=5e-5)
    app = explore(**small)
    app.button(STANDARDISE).click().run()
    assert not app.warning
    assert (address(app)["scaling"], address(app)["reg"]) == ("standardise", "1e-06")
    np.testing.assert_allclose(means(app), [0, 5e-4], atol=5e-5)


@pytest.mark.parametrize("page", ["starts.py", "collapse.py", "predict.py"])
def test_so_do_the_other_pages_where_it_is_set(small, page):
    app = opened(page, **small)
    assert any("not small against" in warning.value for warning in app.warning)
    assert {LOWER, STANDARDISE} <= keys(app)


def test_groups_that_are_narrow_but_far_apart_are_not_helped_by_standardising():
    rows = np.repeat([0.0, 1.0], 60) + 1e-4 * np.random.default_rng(0).normal(size=120)
    table = keep_table("\n".join(["x", *map(repr, rows.tolist())]).encode(), "")
    app = explore(data="own", table=table, k="2", init="kmeans")
    (warning,) = app.warning
    assert "not small against the variance within groups, where k-means parts the rows into 2" in said(
        warning
    )
    (key,) = [key for key in keys(app) if str(key).startswith("floor ")]
    app.button(key).click().run()
    assert not app.warning


@pytest.mark.parametrize("query", [{}, {"data": "qa_series", "reg": "0.01"}, {"data": "digits", "k": "2"}])
def test_nothing_is_said_where_it_is_small(query):
    assert not any("not small" in warning.value for warning in explore(**query).warning)


def test_who_stands_on_few_rows_is_told_of_and_who_is_narrow_can_lower_it():
    thin = explore(data="notebook_3d", k="3", init="random_from_data", seed="6")
    (few,) = (w for w in thin.warning if "held up" in w.value)
    assert "held up by reg_covar = 1e-06 alone: the rows are too few, equal or on a line" in said(few)
    assert "Raise reg_covar, use fewer components or start elsewhere." in said(few)
    rng = np.random.default_rng(0)
    rows = np.r_[rng.normal(size=60), 0.3 + 1e-4 * rng.normal(size=60)]  # k-means cannot see these
    table = keep_table("\n".join(["x", *map(repr, rows.tolist())]).encode(), "")
    app = explore(data="own", table=table, k="2", init="random", seed="0", iters="300")
    (narrow,) = app.warning
    assert "whose rows are many and different.** By themselves they vary by 1" in said(narrow)
    assert said(narrow).endswith("what is drawn is wider than the data.")
    app.button("mend wide").click().run()
    assert not app.warning
