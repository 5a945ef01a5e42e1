"""A table whose rows count several times, and one with missing values: what every page makes of them."""

import numpy as np
import pandas as pd
import pytest
from as_browser import decode
from link import address, explore, keep_table, said, visitor
from streamlit.util import calc_hash

from gmm_core import fit
from pages.ui.address.settings import Settings
from pages.ui.player.scene import encode
from pages.ui.runs import fits, scenes
from pages.ui.runs.data import dataset, repeated

rng = np.random.default_rng(3)
X = np.round(np.concatenate([rng.normal(m, 1, (25, 2)) for m in ((0, 0), (8, 1))]), 3)
COUNTS = rng.integers(0, 4, len(X))
GROUPS = np.repeat(["a", "b"], 25)
PAGES = ("check.py", "choose_k.py", "starts.py", "collapse.py", "predict.py", "debug.py")


def table(cells, weights=None):
    columns = {"u": cells[:, 0], "v": cells[:, 1], "kind": GROUPS}
    if weights is not None:
        columns["w"] = weights
    return keep_table(pd.DataFrame(columns).to_csv(index=False).encode(), "own.csv")


@pytest.fixture(scope="module")
def counted():
    return {"data": "own", "table": table(X, COUNTS), "counts": "3", "columns": "1,2", "k": "2"}


@pytest.fixture(scope="module")
def gappy():
    cells = X.copy()
    cells[::5, 0], cells[1::7, 1] = np.nan, np.nan
    return {"data": "own", "table": table(cells), "missing": "observed", "k": "2"}


def at(page, **query):
    app = visitor(**query)
    app._page_hash = calc_hash("choose-k" if page == "choose_k.py" else page.removesuffix(".py"))
    app.run()
    assert not app.exception
    return app


def texts(app):
    kinds = (app.caption, app.markdown, app.warning, app.error, app.success, app.info)
    return " ".join(said(one) for kind in kinds for one in kind)


@pytest.mark.parametrize(
    "part", ["Numbers", "Formulas", "Selected point", "Rows", "Take away", "scikit-learn"]
)
def test_explore_shows_weighted_rows_and_rows_with_gaps(part, counted, gappy):
    app = explore(**counted, tab=part, at="3E")
    assert not app.exception
    found = texts(app)
    n, total = np.count_nonzero(COUNTS), COUNTS.sum()
    assert f"Your table: {n} rows of u, v. Each counts as often as w says, together as {total}." in found
    assert f"{len(X) - n} rows count for nothing there." in found
    if part == "Formulas":
        assert "cₙ is how often row n counts." in found
        assert any(r"\sum_n c_n" in one.value for one in app.latex)
    if part == "scikit-learn":
        assert "each row stands as often as it counts" in found
    app = explore(**gappy, tab=part, at="3E")
    assert not app.exception
    found = texts(app)
    assert "values are missing in 15 rows: EM uses what is there" in found
    if part == "Formulas":
        assert "Where a value is missing, xₙ stands for" in found
        assert "Of this row, a value is missing" in found
    if part == "scikit-learn":
        assert "takes no missing values" in found
    if part == "Take away":
        labels = [button.label for button in app.get("download_button")]
        assert {"Filled in, CSV", "Filled in by a draw, CSV"} <= {*labels}
        assert "The scripts know no missing values." in found


@pytest.mark.parametrize("page", PAGES)
def test_every_page_takes_them_or_says_what_it_does_instead(page, counted, gappy):
    app = at(page, **counted)
    assert not app.error
    app = at(page, **gappy)
    assert not app.error
    found = texts(app)
    if page == "predict.py":
        assert "Complete rows only are drawn" in found
    else:
        assert "15 rows with missing values are left out on this page" in found
    assert address(app)["missing"] == "observed", "what is left out here was not asked for"
    # Rows that count as fractions: the pages that repeat rows cannot.
    app = at(page, **counted | {"table": table(X, COUNTS / 2)})
    if page in ("collapse.py", "debug.py"):
        assert "Rows that count as fractions cannot be used here" in said(app.error[0])
    else:
        assert not app.error
    if page in ("check.py", "choose_k.py"):
        found = texts(app) + " ".join(one.proto.body for one in app.get("html"))
        assert "Rows count as fractions here" in found


def test_the_run_is_that_of_the_same_rows_as_often_and_so_is_what_is_said(counted):
    settings = Settings.from_query(counted)[0].changed(scaling="standardise")
    data, ran = dataset(settings), fits.run(settings)
    whole = repeated(settings).data
    scale = fits.scaling(settings)
    same = fit(scale.scale(whole.X), 2, start=fits.scaled_run(settings).steps[0].mixture)
    np.testing.assert_allclose(
        fits.scaled_run(settings).log_likelihoods, same.log_likelihoods, rtol=0, atol=1e-12
    )
    assert ran.steps[1].counts == pytest.approx(same.steps[1].counts)
    header = fits.ends(settings)[0]
    assert header.kind == "converged"
    sure = fits.sure(settings)
    assert sure.counts.sum() == pytest.approx(COUNTS.sum())
    assert fits.kmeans(settings).steps[-1].shares.sum() == pytest.approx(1)
    beside = settings.changed(beside="k:3")
    pair = scenes.compared(beside, fits.other(beside)).ends
    assert pair.n == COUNTS.sum()
    assert fits.against(settings).agrees
    assert data.n_counted == len(whole.X) == COUNTS.sum()


def test_what_does_not_go_together_says_why(gappy):
    whitened = explore(**gappy, scaling="whiten")
    assert "cannot be whitened" in said(whitened.error[0])
    app = explore(**gappy, beside="kmeans")
    assert "k-means has no distance to a row with missing values" in texts(app)
    settings = Settings.from_query(gappy)[0]
    assert "complete rows only" in fits.sure(settings)
    scaled = settings.changed(scaling="standardise", init="kmeans")
    assert fits.run(scaled).converged


def test_a_code_for_missing_is_a_gap_where_gaps_stay():
    cells = X.copy()
    cells[::10, 1] = -9999
    query = {"data": "own", "table": table(cells), "k": "2", "edit": "missing:2,-9999"}
    app = explore(**query)
    assert "-9999 in column 'v' is taken for missing, and 5 rows left out, 45 rows now." in texts(app)
    app.radio(key="own_missing").set_value("observed").run()
    assert not app.exception
    assert "-9999 in column 'v' is taken for missing; 5 rows have gaps there, 50 rows now." in texts(app)
    settings = Settings.from_query(query | {"missing": "observed"})[0]
    assert np.isnan(dataset(settings).X[:, 1]).sum() == 5
    assert fits.run(settings).converged
    app = at("check.py", **query, missing="observed")
    assert "**5 rows with missing values are left out on this page**" in texts(app)


def test_a_row_with_nothing_left_and_a_column_without_values():
    cells = X.copy()
    cells[3] = np.nan
    cells[4, 1] = np.nan
    app = explore(data="own", table=table(cells), missing="observed", k="2")
    assert "1 row without any value is left out. 1 value is missing in 1 row:" in texts(app)
    # All of a column is missing in the rows that count.
    cells[:, 1] = np.where(COUNTS > 0, np.nan, X[:, 1])
    for missing in ("observed", "mean"):
        app = explore(data="own", table=table(cells, COUNTS), counts="3", columns="1,2", missing=missing)
        assert "Column 'v' has no value in any row that is used." in said(app.error[0])


def test_the_picture_shows_counts_as_areas_and_rows_with_one_value_as_ticks(counted, gappy):
    settings = Settings.from_query(counted)[0]
    header, arrays = decode(scenes.scene(settings, (0, 1)).content)
    counts = COUNTS[COUNTS > 0]
    areas = arrays["sizes"] ** 2
    np.testing.assert_allclose(areas / areas[0], counts / counts[0], rtol=0.02)
    assert header["counted"] == ["1", "3"]
    settings = Settings.from_query(gappy)[0]
    data, trace = dataset(settings), fits.run(settings)
    header, arrays = decode(encode(data, trace).content)
    missing = np.isnan(data.X)
    assert (arrays["ticks"] == np.where(missing[:, 1], 1, np.where(missing[:, 0], 2, 0))).all()
    assert arrays["bars"].shape == (trace.n_iter + 1, 15, 2)
    first = int(np.flatnonzero(arrays["ticks"])[0])
    expected, deviation = arrays["bars"][-1, 0]
    assert missing[first, 0]
    assert arrays["points"][first, 1] == data.X[first, 1]
    assert deviation > 0
    assert np.abs(trace.mixture.means[:, 0] - expected).min() < 3
    assert not header.get("editable")
    assert np.isfinite(arrays["points"]).all()
    # Along principal components and in space, such a row stands where the mixture expects it.
    wide = np.column_stack([X, X[:, 0] - X[:, 1] + rng.normal(size=len(X))])
    wide[::5, 0], wide[::10, 1], wide[1, 2] = np.nan, np.nan, np.nan
    name = keep_table(pd.DataFrame(wide, columns=["u", "v", "x"]).to_csv(index=False).encode(), "own.csv")
    query = {"data": "own", "table": name, "missing": "observed", "k": "2"}
    for more, sentence in (
        ({}, "11 rows with missing values stand where the mixture at the end expects"),
        ({"space": "yes"}, "11 rows with missing values stand where"),
        ({"x": "f1", "y": "f2"}, "5 rows with neither of the values shown are not drawn."),
    ):
        app = explore(**query, **more)
        assert not app.exception
        assert sentence in texts(app)
        settings = Settings.from_query(query | more)[0]
        scene = scenes.scene(settings, (0, 1))
        assert (len(scene.rows), scene.total) == ((45, 45) if "x" in more else (50, 50))
        assert np.isfinite(decode(scene.content)[1]["points"]).all()
