"""Predict, without a browser: what it says of a point, of a file, and of the fit."""

import re

import numpy as np
import pandas as pd
import pytest
from link import address, opened, press

from gmm_core import fit, load_dataset, regress
from gmm_core.judgement.predict import check_fit, density_levels
from pages.ui.address.settings import Settings
from pages.ui.look import palette
from pages.ui.predict import answer, figures
from pages.ui.predict.settings import LESSONS, read_point
from pages.ui.runs.fits import run

KMEANS = {"data": "tutorial_500", "k": "3", "init": "kmeans", "tol": "1e-12"}


def predict(**query):
    return opened("predict.py", **query)


def bars(app):
    """The responsibilities beside the picture, as text."""
    (html,) = [e.proto.body for e in app.get("html") if 'class="em-answer"' in e.proto.body]
    return re.findall(r"--share:[^>]*>([^<]*)</td>", html)


def said(alert):
    """What a reader sees of a text in markdown."""
    return alert.value.replace("\\", "")


def test_the_tutorials_points_are_certain_and_absurd():
    app = predict(**KMEANS, point="0.5,0.5")
    assert sorted(map(float, bars(app))) == pytest.approx([3.532806e-6, 1.302865e-4, 0.99986618], rel=1e-3)
    assert app.warning[0].value == (
        "**Certain by responsibility (0.999866), and yet absurd by density:** lower than at each of the 500 "
        "rows, unlike anything seen. Responsibilities only compare the components with each other: they sum "
        "to 1 even where all 3 explain a point badly."
    )
    assert any("its prediction leaves the weights out" in caption.value for caption in app.caption)
    app.selectbox(key="data").select("tutorial_1000").run()
    assert any("The tutorial printed the same" in caption.value for caption in app.caption), "it opens so"
    app.number_input(key="n_components").set_value(4).run()
    assert (
        "*The tutorial's* opens its own run, and replaces yours: Components k from 4 to 5; Initialisation "
        "from round, at random rows to k-means; Seed of the start from 21 to 0; 1 more. Undo brings it back."
    ) in [said(caption) for caption in app.caption]
    assert any("This is another run than the tutorial's" in caption.value for caption in app.caption)
    press(app, "The tutorial's")
    assert sorted(map(float, bars(app))) == [1.94757e-93, 9.36305e-82, 5.02664e-44, 4.00098e-33, 1.0]
    assert (address(app)["k"], address(app)["point"]) == ("5", "0.5,0.5")
    app.button(key="undo").click().run()
    assert (address(app)["k"], address(app)["tol"]) == ("4", "1e-12")


def test_a_point_is_typed_and_bad_ones_are_sentences():
    app = predict(**KMEANS, point="1,2,3", unlike="abc", draws="9999")
    assert said(app.error[0]) == (
        "A point of these data has 2 values, 'x1', 'x2'; '1,2,3' has 3. Write it as 0.5, 0.5."
    )
    assert "`unlike=abc`, but the quantile in per cent is a number from 0 to 50." in app.warning[0].value
    assert "`draws=9999`" in app.warning[0].value
    assert len(app.error) == 1
    assert "point" not in address(app)
    assert "Instead, this is the point of the tutorial." in [c.value for c in app.caption]
    assert len(bars(app)) == 3, "the page is never empty"
    app.text_input[0].input("(10; 18,5)").run()
    assert not app.error
    assert address(app)["point"] == "10,18.5"
    assert re.search(r"and like the data:\*\* denser than \d+% of the rows\.$", app.info[0].value)
    before = bars(app)
    app.text_input[0].input("10, north").run()
    assert said(app.error[0]) == (
        "'north' is not a number. Write the point as 2 values, 'x1', 'x2', such as 0.5, 0.5."
    )
    assert bars(app) == before, "the answer is still that for the last point"
    assert "The answer is still that of the point before, (10.0, 18.5)." in [c.value for c in app.caption]
    # A quantile above the point's own makes it unlike the data.
    app.number_input(key="unlike").set_value(50.0).run()
    app.text_input[0].input("6 12").run()
    assert address(app)["unlike"] == "50"
    assert re.search(r"unlikely by density:\*\* denser than only \d+% of the rows\.", app.warning[0].value)
    # Data with one feature: the point is none of theirs, and the centre is asked.
    app.selectbox(key="data").select("qa_series").run()
    assert not app.exception
    assert said(app.error[0]).startswith("A point of these data has 1 value, 'value'; '6 12' has 2.")


def test_a_file_of_points_and_the_fit():
    app = predict(**KMEANS, sample="yes")
    app.file_uploader(key="points_file").upload("new.csv", b"x2,id,x1\n.5,a,.5\n18,b,12\n,c,3\n").run()
    assert not app.exception
    assert any(
        "matched by name. Left out, as the data have no such feature: 'id'. Missing values are in 1 row, "
        "first row 4." in said(caption)
        for caption in app.caption
    )
    (summary,) = [text.value for text in app.markdown if "3 points" in text.value]
    assert "**3 points**. Of the 2 without missing values **1** is unlike all data: the density" in summary
    assert any(caption.value.startswith("In the picture: a cross is unlike") for caption in app.caption)
    assert any(text.value.startswith("1 point has missing values: what is expected") for text in app.markdown)
    table = app.dataframe[0].value
    assert table["row"].tolist() == [2, 3, 4]
    assert table["unlike all data"].tolist() == [True, False, pd.NA]
    assert table[["x1", "x2"]].iloc[:2].to_numpy().tolist() == [[0.5, 0.5], [12, 18]]
    mixture = fit(load_dataset("tutorial_500").X, 3, init="kmeans", random_state=6, tol=1e-12).mixture
    filled = table[["x2, expected", "x2, standard deviation"]].to_numpy()
    found = regress(mixture, [3.0], 0)
    np.testing.assert_allclose(filled[2], [found.mean[0, 0], found.deviation[0, 0]], rtol=1e-4)
    assert np.isnan(filled[:2]).all()
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Sample, CSV", "Predictions, CSV", "Predictions, Parquet"]
    app.file_uploader(key="points_file").set_value(("new.csv", b"x1,x2\n,2\n3,\n", "text/csv")).run()
    (summary,) = [text.value for text in app.markdown if "2 points**" in text.value]
    assert summary.startswith("**2 points**. Most likely component: "), "of none is it said"
    app.file_uploader(key="points_file").set_value(("new.csv", b"x2,id\n1,2\n3,4\n", "text/csv")).run()
    assert said(app.error[0]) == (
        "There is no column 'x1'. The mixture is of 'x1', 'x2'; this table has 'x2', 'id'. Name its columns "
        "as the data's, in any order."
    )
    app.file_uploader(key="points_file").clear()
    app.text_area(key="points_paste").input("x1,x2\n1,two\n3,four\n").run()
    assert "Column 'x2' does not hold numbers: row 2 says 'two'." in said(app.error[0])
    app = predict(**KMEANS, part="fit")
    (list_,) = [text.value for text in app.markdown if "Gaussian" in text.value]
    assert list_.count("nothing speaks against a Gaussian.") == 3


@pytest.mark.parametrize(
    "query",
    [
        {"data": "digits", "k": "3", "cov": "diag", "reg": "0.001", "init": "kmeans", "iters": "5"},
        {"data": "tutorial_60", "k": "3", "scaling": "whiten", "edit": "add:90", "fork": "1:0:5"},
        {"data": "qa_series", "k": "5", "reg": "0", "init": "kmeans", "tol": "0", "iters": "500"},
        {"n": "2", "blobs": "1", "k": "1", "features": "5", "point": "1e140,0,0,0,0"},
    ],
    ids=["many features", "edited, scaled, forked", "collapsed", "one component"],
)
def test_every_kind_of_data_and_run(query):
    app = predict(**query)
    assert not app.error
    assert len(bars(app)) == int(query["k"])


def test_what_cannot_be_fitted_is_a_sentence():
    app = predict(n="2", blobs="2", k="9")
    assert said(app.error[0]) == "n_components = 9 is more than the 4 rows of X. Use at most 4 components."


# --- Without the page


@pytest.mark.parametrize(
    ("text", "place"),
    [("0.5,0.5", (0.5, 0.5)), ("[ -1e3  2 ]", (-1000, 2)), ("0,5; 1,25", (0.5, 1.25)), (" 1 ,2 ", (1, 2))],
)
def test_a_point_is_written_in_many_ways(text, place):
    assert read_point(text, ("x1", "x2")) == place


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,", "An empty place is not a number. Write the point as 2 values, 'x1', 'x2', such as 0.5, 0.5."),
        ("nan,1", "'nan' is not a number. Write the point as 2 values, 'x1', 'x2', such as 0.5, 0.5."),
        ("1e200,1", "'1e200' is too large to compute with: its square would be no number."),
        (
            "1,5 2,5",
            "A point of these data has 2 values, 'x1', 'x2'; '1,5 2,5' has 4. If its commas are decimal "
            "signs, write 1.5, 2.5.",
        ),
        (
            "(-1,5, 2)",
            "A point of these data has 2 values, 'x1', 'x2'; '(-1,5, 2)' has 3. If its commas are decimal "
            "signs, write -1.5, 2.",
        ),
        ("4", "A point of these data has 2 values, 'x1', 'x2'; '4' has 1. Write it as 0.5, 0.5."),
    ],
)
def test_what_is_no_point_is_a_sentence(text, sentence):
    with pytest.raises(ValueError) as error:
        read_point(text, ("x1", "x2"))
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    ("below", "unlike", "said"),
    [
        (0.093, False, "denser than 9% of the rows"),
        (0.002, True, "denser than only 0.2% of the rows"),
        (1e-6, True, "denser than only 0.1% of the rows"),
        (0.9999, False, "denser than 99.9% of the rows"),
        (0.0, False, "lower than at each of the 500 rows"),
        (0.0, True, "lower than at each of the 500 rows, unlike anything seen"),
        (1.0, False, "denser than each of the 500 rows"),
    ],
)
def test_where_a_density_stands_among_those_of_the_data(below, unlike, said):
    found = answer.Answer(np.log([0.9, 0.1]), np.ones(2), -3.0, below, unlike, 500)
    assert answer.verdict(found).split(":** ")[1].startswith(said)


def test_densities_without_digits_between_them_are_a_picture_too():
    found = answer.Answer(np.zeros(1), np.ones(1), -1e300, 0.0, True, 2)
    assert answer.density_picture(found, np.full(2, -1e300), -1e300, ("#000000",)).count("<i ") == answer.BINS


def test_a_probability_can_be_read_however_small():
    assert answer.probability(np.log(0.99986618)) == "0.999866"
    assert answer.probability(-5000.0) == "3.4e-2172"
    assert answer.probability(-1e300) == "0"


def test_a_picture_of_a_slice_goes_through_the_point():
    lesson = LESSONS["tutorial_500"]
    X = np.column_stack([load_dataset("tutorial_500").X, np.random.default_rng(0).normal(size=500)])
    mixture = fit(X, 3, init="kmeans", random_state=0).mixture
    P = np.array([[0.6, 0.0, 0.8], [0.0, 2.0, 0.0]])
    point = np.array([*lesson.point, 1.5])
    colours = palette.COMPONENTS[:3]
    threshold = float(density_levels(mixture, X)[5])
    look = figures.Look(X[:50], np.arange(50), mixture, colours, P, ["a<b>", "b"], point, threshold, True)
    np.testing.assert_allclose(look.in_slice(np.array([point @ P.T]))[0], point)
    np.testing.assert_allclose(look.in_slice(np.array([[3.0, 4.0]])) @ P.T, [[3, 4]])
    figure = figures.picture(look)
    assert figure.layout.xaxis.title.text == "a&lt;b&gt;"
    border = np.column_stack([next(figure.select_traces({"name": "border"}))[axis] for axis in "xy"])
    border = border[~np.isnan(border).any(axis=1)]
    shares = np.sort(mixture.responsibilities(look.in_slice(border)), axis=1)
    np.testing.assert_allclose(shares[:, -1], shares[:, -2], atol=0.1)
    outline = np.column_stack([next(figure.select_traces({"name": "unlike"}))[axis] for axis in "xy"])
    outline = outline[~np.isnan(outline).any(axis=1)]
    np.testing.assert_allclose(mixture.log_density(look.in_slice(outline)), threshold, atol=0.05)
    plots = figures.quantiles(check_fit(mixture, X), colours)
    assert len(plots.data) == 12


STRAYS = {"data": "blobs", "n": "300", "k": "3", "init": "kmeans", "std": "0.8"}


def test_far_from_all_components_a_point_is_noise_where_there_is_any():
    alone, beside = (predict(**STRAYS, components=kind, point="90,90") for kind in ("gaussian", "noise"))
    assert "Certain by responsibility (1), and yet absurd by density:" in alone.warning[0].value
    assert len(bars(alone)) == 3
    assert not [w.value for w in beside.warning if "not here" in w.value]
    verdict = next(one.value for one in [*beside.warning, *beside.info] if "responsibility" in one.value)
    assert verdict.startswith("**Noise by responsibility (1):** no component explains this point, and noise")
    assert [float(one) for one in bars(beside)][3] == pytest.approx(1)
    assert sum(map(float, bars(beside))) == pytest.approx(1)
    assert any("grey: noise" in caption.value for caption in beside.caption)


@pytest.mark.parametrize("kind", ["noise", "t", "t_noise"])
def test_the_shares_of_a_point_are_those_of_the_mixture_that_explore_fits(kind):
    app = predict(**STRAYS, components=kind, point="2,1")
    settings, problems = Settings.from_query({**STRAYS, "components": kind})
    assert not problems
    mixture = run(settings).mixture
    assert (mixture.noise_box is not None, mixture.dof is not None) == ("noise" in kind, kind[0] == "t")
    expected = mixture.shares(np.array([[2.0, 1.0]]))[0]
    np.testing.assert_allclose([float(one) for one in bars(app)], expected, rtol=1e-5)


def test_t_distributions_are_asked_whether_they_fit_as_such():
    app = predict(**STRAYS, components="t", part="fit")
    dof = run(Settings.from_query({**STRAYS, "components": "t"})[0]).mixture.dof
    assert f"nothing speaks against a t distribution with {dof[0]:.3g} degrees of freedom" in "".join(
        markdown.value for markdown in app.markdown
    )
    assert any("2 times F with 2 and the component's own degrees of freedom" in c.value for c in app.caption)


def test_a_file_says_how_many_points_are_noise():
    app = predict(**STRAYS, components="noise", part="file")
    mean = run(Settings.from_query({**STRAYS, "components": "noise"})[0]).mixture.means[1]
    app.text_area(key="points_paste").set_value(f"x1,x2\n900,900\n-700,50\n{mean[0]},{mean[1]}").run()
    assert any("noise for 2." in said(markdown) for markdown in app.markdown)


def test_the_picture_has_a_border_where_noise_begins():
    X = np.random.default_rng(0).normal(size=(100, 2)) + np.repeat([[0, 0], [9, 0]], 50, axis=0)
    X[::10] *= 3
    mixture = fit(X, 2, covariance_type="tied", noise=True).mixture
    threshold = np.quantile(density_levels(mixture, X), 0.01)
    of = X, np.arange(100), mixture, palette.COMPONENTS[:2], np.eye(2), ["a", "b"], X[0], threshold
    border = np.column_stack(
        [next(figures.picture(figures.Look(*of)).select_traces({"name": "border"}))[axis] for axis in "xy"]
    )
    border = border[~np.isnan(border).any(axis=1)]
    shares = np.sort(mixture.shares(border), axis=1)
    np.testing.assert_allclose(shares[:, -1], shares[:, -2], atol=0.1)
    assert (mixture.shares(border)[:, 2] > 0.3).any()
