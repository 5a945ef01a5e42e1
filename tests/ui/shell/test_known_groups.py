"""Agreement with known groups: over the iterations, in the tab, and for labels of all kinds."""

import numpy as np
import pytest
from as_browser import decode
from link import address, explore, keep_table, said, settings_of, tables

from gmm_core import NO_LABEL, Agreement, accuracy, fit, load_dataset, make_blobs_data, match_components
from pages.ui.address.settings import Settings
from pages.ui.player import agreement
from pages.ui.player.scene import encode
from pages.ui.runs import brought, fits
from pages.ui.runs.data import dataset
from pages.ui.shell.known_groups import remarks

TAB = "Known groups"


def captions(app):
    return " ".join(said(caption) for caption in app.main.caption)


def in_tab(**query):
    app = explore(**query)
    app.session_state["readout"] = TAB
    return app.run()


def own(text, **query):
    return in_tab(data="own", table=keep_table(text.encode(), "own.csv"), reg="0.01", **query)


# --- over the iterations


def test_the_player_gets_the_agreement_of_every_step():
    data = load_dataset("overlapping")
    labels = data.labels.copy()
    labels[::7] = NO_LABEL
    known = labels != NO_LABEL
    trace = fit(data.X, 4, random_state=0)
    clusters = np.array([step.mixture.responsibilities(data.X).argmax(axis=1) for step in trace.steps])
    for given in (data.labels, labels):
        rows = np.flatnonzero(known) if given is labels else np.arange(len(labels))
        went = agreement.course(given, clusters, trace.log_likelihoods)
        assert went.n == len(rows)
        for t, step in enumerate(clusters):
            expected = Agreement.of(given[rows], step[rows])
            assert (went.accuracy[t], went.ari[t]) == pytest.approx((expected.accuracy, expected.ari))
    header, arrays = decode(encode(data, trace).content)
    assert (header["compared"], header["best"]) == (450, None)
    assert arrays["accuracy"].tolist() == [accuracy(data.labels, step) for step in clusters]


def test_without_two_known_groups_there_is_no_agreement():
    series = load_dataset("qa_series")
    header, arrays = decode(encode(series, fit(series.X, 3, random_state=0)).content)
    assert "compared" not in header
    assert "accuracy" not in arrays
    for labels in (None, np.full(4, NO_LABEL), np.array([1, 1, 1, NO_LABEL])):
        assert agreement.course(labels, np.zeros((2, 4), int), np.zeros(2)) is None


def test_of_many_rows_those_drawn_are_compared():
    data = make_blobs_data(2000, 3)
    header, _ = decode(encode(data, fit(data.X, 3, random_state=0)).content)
    assert (header["compared"], header["total"]) == (2000, 6000)


def test_the_page_says_when_they_part():
    app = explore(data="notebook_1d", k="3", init="kmeans", seed="0", tol="0", iters="300")
    assert [said(info) for info in app.main.info] == [
        "**The likelihood rose, and the agreement fell**: of the rows, 86.7% were in their known group at "
        "iteration 1, and 82.2% are at the end, while the log-likelihood went from -2.0097 to -2.0032. EM "
        "never sees these labels. *Agreement*, above the curve, shows both."
    ]
    app.number_input(key="max_iter").set_value(2).run()
    assert not app.main.info, "they rose together"


@pytest.mark.parametrize(
    ("right", "log_likelihoods", "best"),
    [
        ([50, 60, 58], [-3, -2, -1], 1),
        ([60, 50, 58], [-3, -2, -1], 0),
        ([50, 60, 59], [-3, -2, -1], None),  # one row
        ([50, 60, 50], [-3, -2, -2.00001], None),  # the likelihood fell as well
        ([50, 60, 50], [-3, -2, -1.99999], None),  # less than is shown
        ([50, 58, 60], [-3, -2, -1], None),
    ],
)
def test_they_part_by_more_than_a_point_on_a_border(right, log_likelihoods, best):
    labels = np.repeat([0, 1], 50)
    clusters = np.array([np.where(np.arange(100) < 100 - n, 1, labels) for n in right])
    went = agreement.course(labels, clusters, np.array(log_likelihoods))
    assert went.accuracy.tolist() == [n / 100 for n in right]
    assert went.best == best
    assert bool(agreement.parted(went, np.array(log_likelihoods), 100)) == (best is not None)


def test_what_is_said_of_a_sample_from_the_start_on():
    went = agreement.Course(2000, np.array([0.9, 0.8]), np.array([0.7, 0.5]), 0)
    assert agreement.parted(went, np.array([-1.5, -1.25]), 6000) == (
        "**The likelihood rose, and the agreement fell**: of 2,000 of the 6,000 rows, 90.0% were in their "
        "known group at the start, and 80.0% are at the end, while the log-likelihood went from -1.5000 to "
        "-1.2500. EM never sees these labels. *Agreement*, above the curve, shows both."
    )


def test_the_true_densities_along_one_feature():
    data = load_dataset("notebook_1d")
    header, arrays = decode(encode(data, fit(data.X, 2, random_state=0)).content)
    curves = arrays["true_curves"] * header["curve_unit"]
    np.testing.assert_allclose(
        curves.sum(axis=0), np.exp(data.truth.log_density(arrays["grid"])), atol=2 * header["curve_unit"]
    )


# --- the tab


def test_scores_and_parameters_of_the_half_step_that_is_shown():
    app = in_tab(data="unequal_variances", k="4", init="kmeans", seed="0", at="3M")
    data = load_dataset("unequal_variances")
    steps = fits.run(settings_of(app)).steps
    # After an M-step the points still show what the mixture before claimed.
    components = steps[2].mixture.responsibilities(data.X).argmax(axis=1)
    scores = Agreement.of(data.labels, components)
    text = "\n".join(markdown.value for markdown in app.main.markdown)
    assert f"**{scores.accuracy:.1%}** of 360 rows agree; " in text
    for score in (scores.ari, scores.ami, scores.homogeneity, scores.completeness, scores.v_measure):
        assert f"| **{score:.3f}** |" in text
    confusion, both, errors = tables(app)
    assert confusion.to_numpy().trace() == round(360 * scores.accuracy), "matched components come first"
    assert confusion.to_numpy().sum() == 360
    matched = match_components(data.truth, steps[3].mixture)
    assert "1 component without a true counterpart is left out." in captions(app)
    assert errors["known group"].tolist() == [i for i in matched if i >= 0]
    for j in errors.index:
        fitted, true = both.loc[(j, "fitted")], both.loc[(j, "true")]
        assert fitted["weight"] == pytest.approx(steps[3].mixture.weights[j - 1], rel=1e-5)
        assert errors.loc[j, "weight"] == pytest.approx(fitted["weight"] - true["weight"], rel=5e-3)
        gap = (fitted - true)[["mean x1", "mean x2"]].to_numpy(float)
        assert errors.loc[j, "mean"] == pytest.approx(np.linalg.norm(gap), rel=5e-3)
        assert errors.loc[j, "by chance, in σ"] == pytest.approx(np.sqrt(2 / 120), rel=5e-3)
    app.radio(key="matching").set_value("majority").run()
    assert not app.exception
    assert "This hides groups that no component stands for" in captions(app)
    assert "99.7%" in "".join(markdown.value for markdown in app.main.markdown)


@pytest.mark.parametrize(
    ("groups", "k", "unknown", "sentence"),
    [
        ({"a": 5, "b": 5}, 2, 0, ""),
        ({"a": 5, "b": 5}, 2, 1, "1 row has no label: left out here, though EM used all."),
        ({}, 2, 0, "There is no row with a label, and nothing to compare."),
        ({"a": 9}, 3, 0, "All rows with a label are of one group, 'a': there is nothing to compare."),
        (
            {"a": 5, "b": 5, "c": 3},
            *(1, 0),
            "3 groups, but 1 component: at least 2 groups must go without, and the rows there count as "
            "misclassified.",
        ),
        (
            {"a": 5, "b": 5},
            *(3, 0),
            "3 components, but 2 groups: one to one leaves 1 component over, whose rows count as "
            "misclassified; by majority, components share a group.",
        ),
        (
            {"a": 5, "b": 1},
            *(2, 0),
            "There is only one row in 'b': it cannot tell whether EM finds such a group.",
        ),
    ],
)
def test_what_is_odd_about_labels_is_said(groups, k, unknown, sentence):
    assert remarks(groups, k, unknown) == ([sentence] if sentence else [])


# --- labels in a table of one's own

ROWS = [(5 * (i % 2) + i / 50, -5 * (i % 2) + i / 70) for i in range(60)]


def test_text_labels_with_gaps_a_group_of_one_and_more_groups_than_components():
    groups = ["*oak*", "elm"] * 28 + ["", "", "", "yew"]
    rows = "".join(f"{x},{y},{g}\n" for (x, y), g in zip(ROWS, groups, strict=True))
    app = own(f"x,=y,species\n{rows}", k="2")
    assert not app.exception
    assert not app.error
    for sentence in (
        "3 rows have no label: left out here, though EM used all.",
        "3 groups, but 2 components: at least 1 group must go without, and the rows there count as "
        "misclassified.",
        "There is only one row in 'yew': it cannot tell whether EM finds such a group.",
        "species is kept apart, for comparison only.",
    ):
        assert sentence in captions(app)
    table = tables(app)[0]
    assert table.index.tolist() == ["*oak*", "elm", "yew"]
    assert table.to_numpy().sum() == 57


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ([1.0, 2.0], ""),  # whole numbers, though written as floats
        (
            [0.5, 1.25],
            "Column 'label' is named as known groups are, but does not hold 2 to 100 different words or "
            "whole numbers: it is a feature. Leave it out if EM must not see it.",
        ),
        ([3, 3], "Constant, and so not offered as a feature: 'label'."),
        (
            ["a", "a"],
            "Column 'label' holds text, with 1 different value on 60 rows (first 'a'): neither a feature nor "
            "a label.",
        ),
    ],
)
def test_floats_and_one_class_as_labels(values, sentence):
    text = "x,y,label\n" + "".join(f"{x},{y + x * x},{values[i % 2]}\n" for i, (x, y) in enumerate(ROWS))
    name = keep_table(text.encode(), "own.csv")
    found = brought.table(Settings(data="own", table=name))
    assert bool(found.likely_label) == (sentence == "")
    if sentence:
        assert sentence in found.findings
    data = dataset(Settings(data="own", table=name))
    assert (data.labels is None) == bool(sentence)
    assert data.labels is None or data.label_names == ("1", "2")


def test_rows_that_are_left_out_may_leave_one_class():
    rows = "".join(f"{x},{'' if i % 2 else y},{'ab'[i % 2]}\n" for i, (x, y) in enumerate(ROWS))
    app = own(f"x,y,kind\n{rows}", k="2")
    assert "All rows with a label are of one group, 'a': there is nothing to compare." in captions(app)
    assert "matching" not in [radio.key for radio in app.main.radio]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"label": "3"}, "number 3 of the columns that can be known groups, but this table has 1 of them."),
        (
            {"columns": "1,7,9"},
            "number 7 and 9 of the columns that can be fitted, but this table has 2 of them.",
        ),
        (
            {"counts": "8"},
            "number 8 of the columns that can say how often a row counts, but this table has 2",
        ),
        (
            {"columns": "1", "order": "5"},
            "number 5 of the columns that can order the rows, but this table has 2",
        ),
    ],
    ids=str,
)
def test_columns_that_a_link_asks_for_in_vain_are_said_and_not_kept(asked, sentence):
    rows = "".join(f"{i % 7 + i / 10},{i % 5 - i / 30},{'ab'[i % 2]}\n" for i in range(60))
    name = keep_table(f"x,y,species\n{rows}".encode(), "")
    app = explore(data="own", table=name, k="2", **asked)
    assert not app.exception
    told = [said(one) for one in app.warning if sentence in said(one)]
    assert len(told) == 1
    assert told[0].endswith("What it has not is left out.")
    assert not {*asked.items()} & {*address(app).items()} - {("columns", "1")}
    assert not any("asks for number" in said(one) for one in explore(**address(app)).warning)


def test_a_label_that_is_chosen_as_a_feature_too():
    text = "grade,code,x\n" + "".join(f"{i % 3},{5 - i % 3},{x}\n" for i, (x, _) in enumerate(ROWS))
    name = keep_table(text.encode(), "own.csv")
    data = dataset(Settings(data="own", table=name, columns="1,2,3", label="1"))
    assert data.feature_names == ("code", "x"), "the label is kept apart"
    assert data.note == (
        "Your table: 60 rows of code, x. grade is kept apart, for comparison only. code makes the same "
        "groups, so EM is told them all the same: leave it out. Read with names in row 1, commas between "
        "columns, a decimal point."
    )
    alone = keep_table("\n".join(["grade", *"0120012210"]).encode(), "own.csv")
    app = explore(data="own", table=alone, label="1", k="2")
    assert not app.exception
    assert said(app.error[0]) == (
        "Column 'grade' is the only one of numbers, and it is chosen as known groups, which EM must not see. "
        "Choose none as known groups, or bring a table with more columns."
    )
    app.sidebar.selectbox(key="own_label").select("none").run()
    assert not app.error


def test_rows_that_are_noise_are_a_group_of_their_own_as_on_the_curve():
    app = in_tab(components="noise", at="7E", beside="components:gaussian")
    settings = Settings.from_query(address(app))[0]
    mixture, data = fits.run(settings).mixture, dataset(settings)
    share = accuracy(data.labels, mixture.shares(data.X).argmax(axis=1))
    assert abs(share - accuracy(data.labels, mixture.responsibilities(data.X).argmax(axis=1))) > 0.05
    assert any(f"**{share:.1%}** of 300 rows agree" in one.value for one in app.main.markdown)
    confusion = tables(app)[0]
    noise = confusion.columns.get_loc("noise")
    assert confusion.to_numpy()[:, noise].sum() == (mixture.labels(data.X) < 0).sum() > 50
    assert "most probably noise are a group of their own" in captions(app)
    verdict = next(one.value for one in app.main.caption if "at its end" in one.value)
    assert f"**{share:.1%}** in “Gaussian and noise”" in verdict
    assert "chance" not in verdict
