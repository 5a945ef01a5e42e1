"""The page, without a browser: what it says and what it keeps."""

import re
from dataclasses import replace

import numpy as np
import pytest
from link import address, explore, press, said, settings_of, tables

from gmm_core import load_dataset
from pages.ui.address.settings import Settings
from pages.ui.runs import fits


def test_it_opens_with_data_and_a_fit():
    app = explore()
    assert not app.exception
    assert not app.error
    assert "N_k" not in tables(app)[0], "no E-step has counted yet"
    app = explore(at="0E")
    assert list(tables(app)[0].columns) == [
        *("weight", "N_k", "mean x1", "mean x2", "var x1", "var x2", "cov x1, x2"),
        *("smallest eigenvalue", "condition"),
    ]
    assert address(app)["data"] == "blobs"
    assert (
        app.main.caption[-1].value == "300 rows in 3 Gaussian blobs, stretched by a random matrix; seed 17."
    )


def test_at_the_end_each_number_has_its_standard_error_beneath_it():
    app = explore(data="overlapping", cov="tied", tol="1e-9", iters="1000", at="0E", sure="yes")
    assert not app.exception
    settings = settings_of(app)
    trace, sure = fits.run(settings), fits.sure(settings)
    assert tables(app)[0].index.nlevels == 1, "nothing is sure on the way"
    app = explore(**address(app) | {"at": f"{trace.n_iter}E"})
    assert not app.exception
    assert app.toggle(key="sure").value
    table = tables(app)[0]
    assert list(table.index) == [(j, what) for j in (1, 2, 3) for what in ("value", "±")]
    np.testing.assert_allclose(table["weight"].xs("value", level=1), trace.mixture.weights, rtol=1e-5)
    np.testing.assert_allclose(table["mean x2"].xs("±", level=1), sure.means.error[:, 1], rtol=1e-5)
    np.testing.assert_allclose(
        table["cov x1, x2"].xs("±", level=1), sure.covariances.error[:, 0, 1], rtol=1e-5
    )
    said_of_it = " ".join(caption.value for caption in app.main.caption)
    assert "± are standard errors, by the observed information" in said_of_it
    assert "This is not quite a maximum" not in said_of_it
    assert "Intervals, also by bootstrap, are on the page Check a dataset." in said_of_it


def test_where_nothing_can_be_said_of_how_sure_the_numbers_are_that_is_said():
    app = explore(
        data="qa_series", k="5", reg="1e-6", init="kmeans", tol="0", iters="100", at="100E", sure="yes"
    )
    assert not app.exception
    captions = [said(caption) for caption in app.main.caption]
    assert any(
        one.startswith("How sure the means are is not drawn. There are no standard") for one in captions
    )
    assert any(one.startswith("How sure these numbers are: There are no standard") for one in captions)
    app = explore(data="notebook_3d", space="yes", sure="yes")
    assert "How sure the means are is not drawn in three dimensions." in [c.value for c in app.main.caption]


def test_every_setting_is_in_the_address():
    app = explore()
    app.selectbox(key="data").select("qa_series").run()
    app.number_input(key="n_components").set_value(2).run()
    app.selectbox(key="covariance_type").select("diag").run()
    app.selectbox(key="init").select("kmeans").run()
    app.number_input(key="random_state").set_value(9).run()
    app.selectbox(key="reg_covar").set_value(1e-3).run()
    app.selectbox(key="tol").set_value(0.0).run()
    app.number_input(key="max_iter").set_value(40).run()
    assert not app.exception
    assert address(app) == {
        "data": "qa_series",
        "k": "2",
        "cov": "diag",
        "reg": "0.001",
        "init": "kmeans",
        "seed": "9",
        "tol": "0",
        "iters": "40",
    }
    again = explore(**address(app))
    assert not again.exception
    assert address(again) == address(app)
    assert tables(again)[0].equals(tables(app)[0])


@pytest.mark.parametrize(
    "query", [{"k": "abc"}, {"k": "-3"}, {"k": str(10**9)}, {"data": "nope"}, {"at": "zzz"}]
)
def test_nonsense_in_a_link_is_said_and_the_app_goes_on(query):
    app = explore(**query)
    assert not app.exception
    assert not app.error
    assert len(tables(app)) == 1
    (name, value), *_ = query.items()
    asked = "asks for the half-step `zzz`" if name == "at" else f"says `{name}={value}`"
    assert app.warning[0].value.strip().startswith(f"The link {asked}, but ")
    app.number_input(key="n_components").set_value(4).run()
    assert not app.warning, "it is said until something is chosen"


def test_more_components_than_rows_is_a_sentence():
    app = explore(n="2", blobs="2", k="9")
    assert not app.exception
    assert said(app.error[0]) == ("n_components = 9 is more than the 4 rows of X. Use at most 4 components.")
    app.number_input(key="n_components").set_value(2).run()
    assert not app.error


def test_constant_pixels_without_regularisation_are_a_sentence():
    app = explore(data="digits", k="2", reg="0", init="kmeans")
    assert not app.exception
    assert said(app.error[0]).startswith("X is constant in columns 0, 32 and 39, so with reg_covar = 0 ")


def test_a_collapse_is_an_ending_that_is_shown_not_an_error():
    app = explore(data="qa_series", k="5", reg="0", init="kmeans", tol="0", iters="500")
    assert not app.exception
    assert not app.error


def test_a_shared_start_and_another():
    app = explore(seed="3")
    press(app, "Another start")
    assert address(app)["seed"] == "4"
    assert app.number_input(key="random_state").value == 4


def test_a_dataset_opens_with_its_own_k_family_and_start_and_says_so():
    app = explore()
    app.selectbox(key="data").select("digits_2_6").run()
    assert not app.exception
    there = address(app)
    assert (there["k"], there["cov"], there["reg"], there["init"]) == ("2", "diag", "0.0001", "round")
    assert (app.number_input(key="n_components").value, app.selectbox(key="init").value) == (2, "round")
    own = "These data open with k = 2, diag covariances and a start of their own."
    assert any(own in caption.value for caption in app.sidebar.caption)
    app.number_input(key="n_components").set_value(3).run()
    assert not any(own in caption.value for caption in app.sidebar.caption)
    press(app, "As these data open")
    assert address(app) == there


def test_blob_settings_survive_a_look_at_other_data():
    app = explore(n="40", blobs="4")
    app.selectbox(key="data").select("qa_series").run()
    assert "n" not in address(app)
    app.selectbox(key="data").select("blobs").run()
    assert not app.exception
    assert (address(app)["n"], address(app)["blobs"]) == ("40", "4")


@pytest.mark.parametrize("data", ["qa_series", "digits_2_6", "notebook_3d", "tutorial_1000"])
def test_every_kind_of_data(data):
    app = explore(data=data, k="2", reg="0.001")
    assert not app.exception
    assert not app.error


def test_a_sample_of_many_points_is_said():
    app = explore(n="20000")
    assert not app.exception
    assert app.main.caption[-1].value == (
        "2,000 of the 60,000 points are drawn, a random sample; EM uses them all."
    )


@pytest.mark.parametrize("scaling", ["standardise", "whiten"])
@pytest.mark.parametrize("cov", ["full", "tied", "diag", "spherical"])
def test_with_a_scaling_all_numbers_are_in_the_data_s_own_units(scaling, cov):
    app = explore(data="notebook_2d", k="2", tol="0", iters="5", scaling=scaling, cov=cov, at="3E")
    assert not app.exception
    assert not app.error
    chosen = settings_of(app)
    X = load_dataset("notebook_2d").X
    mixture = fits.run(chosen).steps[3].mixture
    said = f"{mixture.log_density(X).mean():.6f} per sample"
    assert any(said in caption.help for caption in app.main.caption), (
        "all digits are there for who points at it"
    )
    assert any("EM ran on" in caption.value for caption in app.main.caption)
    means = tables(app)[0].filter(like="mean ").to_numpy()
    assert np.allclose(means, mixture.means, rtol=1e-5)
    # What EM found has the data's mean, which no scaled data have.
    assert np.allclose(mixture.weights @ mixture.means, X.mean(axis=0), atol=1e-8)


def test_whitening_what_cannot_be_whitened_is_a_sentence():
    app = explore(data="digits", k="2", scaling="whiten")
    assert not app.exception
    assert "cannot be whitened" in said(app.error[0])


def test_edits_are_said_and_undone_and_the_start_stays():
    app = explore(data="qa_series", edit="add:90;delete:1", k="2")
    assert any("1 added, 1 deleted" in caption.value for caption in app.main.caption)
    chosen = settings_of(app)
    start = fits.run(chosen).steps[0].mixture
    assert start == fits.run(replace(chosen, edits="")).steps[0].mixture
    press(app, "Undo the last edit")
    assert address(app)["edit"] == "add:90"
    press(app, "Undo all")
    assert "edit" not in address(app)


def test_edits_that_do_not_fit_can_be_undone():
    app = explore(data="qa_series", edit="delete:51")
    assert said(app.error[0]) == "An edit is of row 51, but the data have 50 then."
    press(app, "Undo all")
    assert not app.error


def test_a_start_from_saved_parameters_that_are_not_here():
    app = explore(init="loaded", parameters="0123456789abcdef")
    assert not app.exception
    assert "those are not in a link" in said(app.error[0])
    press(app, "Another start")
    assert not app.error
    assert address(app)["init"] == "round"


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        ({"init": "given", "means": "1,2,3;x"}, "means=1,2,3;x"),
        (
            {"data": "qa_series", "init": "given", "means": "1,2;3,4"},
            "do not have 1 coordinate, as the data do.",
        ),
        ({"features": "5", "y": "pc99"}, "There is no `pc99` for the axis up here"),
        ({"at": "99E"}, "The link asks for the half-step `99E`, but this run has 0E to 28E."),
        ({"edit": "add:x"}, "`edit=add:x`, but the edits are such as add:3,4"),
    ],
)
def test_what_a_link_got_wrong_is_said(link, sentence):
    app = explore(**link)
    assert not app.exception
    assert sentence in app.warning[0].value


def test_what_belongs_to_other_data_or_another_run_goes_with_it():
    start = Settings(data="qa_series", edits="add:90", forks="2:0:30", shuffle=1)
    assert start.changed(data="moons").edits == start.changed(data="moons").forks == ""
    assert start.changed(edits="").forks == ""
    assert start.changed(n_components=4) == replace(start, n_components=4, forks="")
    assert start.changed(shuffle=0) == replace(start, shuffle=0)
    assert start.changed(contours=True) == replace(start, contours=True)
    own = Settings(data="own", table="0" * 16, columns="1", edits="add:9")
    assert own.changed(label="1").edits == "add:9", "the rows are the same"
    assert own.changed(columns="1,2").edits == ""


def test_edits_help_where_there_were_too_few_rows():
    app = explore(n="2", blobs="1", k="3", edit="add:5,5;add:6,6;add:7,9")
    assert not app.exception
    assert not app.error


def test_k_means_stands_beside_em_and_both_are_counted():
    app = explore(data="tiny_cluster", k="2", seed="1", kmeans="yes")
    assert not app.exception
    (note,) = [caption.value for caption in app.main.caption if "Hard against soft" in caption.value]
    assert note.endswith("known groups: EM **100.0%**, k-means **56.1%** of the rows.")
    assert address(app)["beside"] == "kmeans", "a link from before"
    app.selectbox(key="beside").select("").run()
    assert not {"kmeans", "beside"} & set(address(app))
    assert not any("Hard against soft" in caption.value for caption in app.main.caption)
    app.selectbox(key="data").select("qa_series").run()
    app.selectbox(key="beside").select("kmeans").run()
    assert not app.exception
    assert address(app)["beside"] == "kmeans"


def test_scikit_learn_from_the_same_start_has_a_badge():
    app = explore()
    app.session_state["readout"] = "scikit-learn"
    app.run()
    assert not app.exception
    badge = app.markdown[-1].value
    assert re.search(r":green-badge\[.*agrees to \de-1\d\]", badge)
    ends, differences = (table.value for table in app.table)
    assert ends.loc["iterations"].tolist() == ["28", "28"]
    assert ends.loc["log-likelihood per sample"].tolist() == ["-5.68938505"] * 2
    assert list(differences.index) == ["weight", "mean", "covariance", "log-likelihood per sample"]
    app.number_input(key="n_samples").set_value(100_000).run()
    assert not app.table, "what may take long waits until it is asked for"
    assert "Run it all the same" in [button.label for button in app.main.button]


def test_without_an_iteration_there_is_a_picture_and_nothing_to_compare():
    app = explore(iters="0")
    assert tables(app)
    app.session_state["readout"] = "scikit-learn"
    app.run()
    assert not app.exception
    assert any("No iteration is allowed" in caption.value for caption in app.main.caption)


def test_where_scikit_learn_ends_elsewhere_it_is_said_why():
    how = {"init": "given", "means": "10,13;30,25;25,-5", "reg": "0", "at": "1E"}
    app = explore(data="tutorial_collapse", k="3", **how)
    app.session_state["readout"] = "scikit-learn"
    app.run()
    badge, reason = (text.value for text in app.markdown[-2:])
    assert badge == ":orange-badge[scikit-learn ends with an error]"
    assert reason.startswith(
        "Component 3 collapses. This engine keeps its last good step, that of iteration 1;"
    )
