"""One feature from the others and groups as numbers, without a browser: what is said and taken away."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from link import address, keep_table, opened, said, tables

from gmm_core import Mixture, conditional, fit, load_dataset, quantile, regress
from pages.ui.predict import curves, given, groups

KMEANS = {"data": "tutorial_500", "k": "3", "init": "kmeans", "tol": "1e-12"}
SERIES = {"data": "qa_series", "k": "3", "init": "kmeans", "part": "numbers"}
COLOURS = ("#0072B2", "#D55E00", "#009E73")


def predict(**query):
    return opened("predict.py", **query)


def texts(app):
    return [said(text) for text in app.markdown]


def charts(app):
    drawn = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.json]
    return sum('"clickable":false' in one for one in drawn)


def test_a_feature_is_predicted_from_the_other_and_two_bumps_are_said():
    app = predict(**KMEANS, part="feature", point="-2,17", wanted="1")
    (prediction,) = [text for text in texts(app) if text.startswith("Where x2 is 17")]
    assert re.match(
        r"Where x2 is 17: \*\*x1 is 15\.\d+\*\* on average \(standard deviation 5\.2\d\), and in 95% of the "
        r"cases between \*\*6\.5\d* and 23\.\d+\*\*, as the mixture has it\. The values have \*\*two "
        r"bumps\*\*, at 10\.\d+ and 19\.\d+: the mean is not where the values are, with 2\d% of the "
        r"highest density\. The densest 95% are in parts: 6\.\d+ to 14\.\d+ and 15\.\d+ to 23\.\d+\.$",
        prediction,
    )
    assert any(text.startswith("Of the 500 rows **95.4%** lie within their own band") for text in texts(app))
    assert charts(app) == 1
    assert [button.proto.label for button in app.get("download_button")] == ["Predictions of all rows, CSV"]
    assert (address(app)["part"], address(app)["wanted"]) == ("feature", "1")
    app.selectbox(key="wanted shown").select(2).run()
    assert address(app)["wanted"] == "2"
    assert any(text.startswith("Where x1 is -2: **x2 is 11.") for text in texts(app))
    assert any("unlike all data: where hardly anything was seen" in one.value for one in app.warning)
    app.button(key="undo").click().run()
    assert address(app)["wanted"] == "1"
    app.text_input[0].input("0, 1e145").run()
    assert not app.exception
    assert "A known value is 1e+145: so far out, nothing can be computed." in [said(one) for one in app.info]


def test_groups_are_numbers():
    app = predict(**SERIES)
    assert texts(app)[-3:] == [
        "The most responsible is **below 23.24 component 3**, from 23.24 to 25.739 component 2, from 25.739 "
        "to 43.294 component 3, from 43.294 to 45.464 component 1 and **above 45.464 component 3**.",
        "Half of the mixture lies below **43.907**, and 95% between **24.175 and 45.193**; below 39.151, "
        "the value of the asked point, lie 34.8%. As short as can be, 50% lie in 24.54 to 24.593 and 43.73 "
        "to 44.943; 95% lie in 23.677 to 25.468 and 31.35 to 45.517.",
        "**Components 1 and 3 are the hardest to tell apart**: their Bhattacharyya distance is 1.41, so that "
        "of what belongs to the two, the best rule takes at most 12% for the other's.",
    ]
    assert tables(app)[0]["component"].tolist() == [1, 2, 1]
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["These numbers, CSV", "Distances, CSV"]
    assert charts(app) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"data": "digits", "k": "3", "cov": "diag", "reg": "0.001", "init": "kmeans", "iters": "5"},
        {"data": "tutorial_60", "k": "3", "scaling": "whiten", "edit": "add:90", "fork": "1:0:5"},
        {"data": "qa_series", "k": "5", "reg": "0", "init": "kmeans", "tol": "0", "iters": "500"},
        {"data": "tutorial_60", "k": "4", "cov": "VEV", "components": "t_noise"},
        {"cov": "spherical", "features": "4"},
        {"cov": "tied"},
        {"n": "2", "blobs": "1", "k": "1", "features": "5"},
    ],
    ids=[
        "many features",
        "edited, scaled, forked",
        "collapsed",
        "t and noise",
        "round",
        "tied",
        "one component",
    ],
)
@pytest.mark.parametrize("part", ["feature", "numbers"])
def test_every_kind_of_data_and_run(query, part):
    app = predict(**query, part=part)
    assert not app.error
    alone = part == "feature" and query.get("data") in ("qa_series", "tutorial_60")
    assert charts(app) == (0 if alone else 1)
    one = "These data have one feature, and it takes others to predict it from."
    assert (one in [info.value for info in app.info]) == alone
    tails = query.get("components") == "t_noise"
    said = (
        "Distances between components have a closed form only for Gaussians; these have degrees of freedom."
    )
    assert (said in [info.value for info in app.info]) == (tails and part == "numbers")
    if part == "numbers":
        assert len(tables(app)) == (int(query.get("k", 3)) > 1 and not tails)
    noise = "Noise predicts nothing, and has no place of its own: this is of the components alone."
    assert (noise in [caption.value for caption in app.caption]) == (tails and not alone)


def test_a_table_of_ones_own_with_counts_and_a_feature_that_is_not_there():
    rng = np.random.default_rng(0)
    height = np.concatenate([rng.normal(170, 6, 60), rng.normal(120, 5, 40)])
    frame = pd.DataFrame({"height": height, "wei_ght*": height / 2 + rng.normal(0, 2, 100), "n": 2})
    table = keep_table(frame.round(2).to_csv(index=False).encode(), "people.csv")
    query = {"data": "own", "table": table, "columns": "1,2", "counts": "3", "k": "2", "init": "kmeans"}
    app = predict(**query, part="feature", wanted="7")
    assert "These data have no feature number 7, so this is about the last." in [
        one.value for one in app.warning
    ]
    assert "wanted" not in address(app)
    assert any(re.search(r"\*\*wei_ght\* is 7\d\.", text) for text in texts(app))
    app = predict(**query, part="numbers", wanted="1")
    assert any("By height alone, the most responsible is **below 14" in text for text in texts(app))
    app = predict(**KMEANS, part="nonsense", wanted="-3")
    assert "`part=nonsense`" in app.warning[0].value
    assert "`wanted=-3`" in app.warning[0].value


# --- Without the page


def test_what_is_taken_away_is_what_the_library_says():
    data = load_dataset("tutorial_500")
    mixture = fit(data.X, 3, init="kmeans", random_state=0).mixture
    frame = given.table(mixture, data, np.arange(1, 501), 0)
    found = regress(mixture, data.X[:, 1], 1)
    assert list(frame)[:4] == ["row", "x1", "x2", "x1, predicted"]
    np.testing.assert_array_equal(frame["x1, predicted"], found.mean[:, 0])
    np.testing.assert_array_equal(frame["x1, high"], found.high[:, 0])
    numbers = groups.Numbers.of(mixture, 0)
    table = groups.table(numbers, "x1")
    assert table["what"].value_counts().to_dict() == {
        "quantile": 7,
        "most responsible": len(numbers.shares),
        "in the densest 50%": len(numbers.densest[0].intervals),
        "in the densest 95%": len(numbers.densest[1].intervals),
    }
    for what, total in (("most responsible", 1), ("in the densest 50%", 0.5), ("in the densest 95%", 0.95)):
        part = table[table["what"] == what]
        assert part["share of the mixture"].sum() == pytest.approx(total)
    assert table["component"].dropna().tolist() == [ruler + 1 for ruler in numbers.borders.rulers]


def test_the_predictions_explain_what_least_squares_would_where_there_is_one_gaussian():
    data = load_dataset("tutorial_500")
    one = fit(data.X, 1, reg_covar=0).mixture
    found = given.Predicted.of(one, data, np.arange(500), 1)
    assert found.explained == pytest.approx(np.corrcoef(data.X.T)[0, 1] ** 2)
    said = given.over_the_data(found, 500, "x_2")
    assert f"explain **{100 * found.explained:.1f}%** of the variance of x\\_2." in said
    flat = Mixture([1.0], one.means, [[1e4, 1e4]], "diag")
    none = given.Predicted.of(flat, data, np.arange(500), 1)
    assert none.covered == 1
    assert "the predictions are no better than the mean of x2" in given.over_the_data(none, 500, "x2")
    assert "Of 500 of the 9,000 rows, drawn at random, **100.0%**" in given.over_the_data(none, 9000, "x2")


def test_who_rules_far_out_is_said_apart():
    mixture = Mixture([0.5, 0.5], [[0.0], [10.0]], [1.0, 1.2], "spherical")
    found = groups.Numbers.of(mixture, 0)
    low, high = (f"{place:.2f}" for place in found.borders.places)
    assert groups.rulers(found, "x", 1) == (
        f"The most responsible is **below {high} component 1** and **above {high} component 2**. So far out "
        f"that less than a millionth of the mixture lies there, it is below {low} component 2."
    )
    hidden = groups.Numbers.of(Mixture([0.99, 0.01], [[0.0], [0.1]], [1.0, 1.0], "spherical"), 0)
    assert groups.rulers(hidden, "x*", 2) == (
        "By x\\* alone, the most responsible component is **1** everywhere. So far out that less than a "
        "millionth of the mixture lies there, it is above 46 component 2."
    )
    twins = groups.Numbers.of(Mixture([0.5, 0.5], [[0.0], [0.0]], [1.0, 1.0], "spherical"), 0)
    assert groups.rulers(twins, "x", 1).endswith("Component 2 is nowhere the most responsible.")
    whole = groups.Numbers.of(Mixture([1.0], [[0.0]], [1.0], "spherical"), 0)
    shares = {-9.0: "less than 0.001", 0.0: "50", 3.0: "99.9", 4.0: "99.997", 9.0: "more than 99.999"}
    for place, share in shares.items():
        assert f"the value of the asked point, lie {share}%." in groups.shares(whole, place)
    far = groups.pairs(Mixture([0.5, 0.5], [[0.0], [100.0]], [1.0, 1.0], "spherical"))
    assert groups.hardest(far).endswith("the best rule takes at most 0.01% for the other's.")
    for share, most in ((0.04501, "4.6"), (0.045, "4.5"), (0.12001, "13"), (0.5, "50"), (0.00101, "0.11")):
        assert groups.hardest(far.assign(**{"mistaken at most": share})).endswith(
            f"at most {most}% for the other's."
        )
    assert groups.pairs(Mixture([1.0], [[0.0]], [1.0], "spherical")).empty


def test_the_line_is_the_mean_and_the_picture_of_many_features_is_of_predictions():
    data = load_dataset("tutorial_500")
    mixture = fit(data.X, 3, init="kmeans", random_state=0).mixture
    point = np.array([-2.0, 17.0])
    asked = given.Asked.of(mixture, point, 1)
    look = curves.Looked(data.X, mixture, COLOURS, point, 1, data.feature_names)
    figure = curves.one_from_others(look, np.zeros(500), asked)
    (mean,) = [trace for trace in figure.data if trace.name == "mean" and len(trace.x) > 2]
    for x, y in zip(mean.x[::100], mean.y[::100], strict=True):
        rest = conditional(mixture, {0: float(x)})
        assert y == pytest.approx(rest.weights @ rest.means[:, 0])
    (star,) = figure.select_traces({"name": "asked"})
    assert (star.x[0], star.y[0]) == (-2, pytest.approx(asked.mean))
    assert [asked.low, asked.high] == pytest.approx(quantile(asked.given, [0.025, 0.975]))
    assert figure.layout.yaxis2.matches == "y"
    far = given.Asked.of(mixture, np.array([90.0, 17.0]), 1)
    figure = curves.one_from_others(look, np.zeros(500), far)
    assert figure.layout.yaxis2.matches is None, (
        "its density is beyond the rows, and seen on an axis of its own"
    )
    assert "beyond the rows, so on an axis of its own" in given.picture_note(
        data.feature_names, 1, curves.is_beyond(far, data.X[:, 1])
    )
    cubes = np.column_stack([data.X, data.X[:, 0]]) + np.random.default_rng(0).normal(size=(500, 3))
    solid = fit(cubes, 2, init="kmeans", random_state=0).mixture
    look = curves.Looked(cubes, solid, COLOURS, cubes.mean(axis=0), 2, ["a", "b", "c<b>"])
    figure = curves.one_from_others(look, regress(solid, cubes[:, :2], [0, 1]).mean[:, 0], None)
    assert figure.layout.xaxis.title.text == "c&lt;b&gt;, predicted"
    assert {trace.name for trace in figure.data} == {"equal", "data"}


def test_in_files_features_keep_their_names_and_noise_its_number(monkeypatch):
    made = {}
    monkeypatch.setattr(
        "pages.ui.shell.widgets.download", lambda label, content, name, **how: made.update({label: content})
    )
    data = replace(load_dataset("heavy_tails"), feature_names=("row", "b"))
    rows = np.arange(len(data.X)) + 7
    table = given.table(fit(data.X, 2, random_state=0).mixture, data, rows, 0)
    assert list(table)[:4] == ["row (2)", "row", "b", "row, predicted"]
    assert (table["row (2)"] == rows).all()
    np.testing.assert_array_equal(table["row"], data.X[:, 0])
    predict(data="heavy_tails", k="2", components="noise", sample="yes")
    sample = pd.read_csv(io.BytesIO(made["Sample, CSV"]()))
    assert set(sample["component (from 1; 0 is noise)"]) == {0, 1, 2}
