"""Held parameters and known groups that EM is told: chosen on Explore, in the link, undone, and said."""

from dataclasses import replace

import numpy as np
import pytest
from link import address, explore, keep_table, opened, said, settings_of, tables

from gmm_core import Held
from gmm_core.engine.em import e_step
from pages.ui.address import told
from pages.ui.address.settings import Settings
from pages.ui.lessons import cached
from pages.ui.player.header import decode
from pages.ui.runs import fits, scenes
from pages.ui.runs.data import dataset, known_labels, to_compare

COLOURS = (0, 1, 2)


def run_of(app):
    settings = settings_of(app)
    return settings, fits.run(settings)


def everything(app):
    return " ".join(said(one) for one in [*app.main.caption, *app.main.info, *app.main.warning])


def test_a_lock_is_pressed_kept_in_the_link_and_undone():
    app = explore()
    app.pills(key="held_means").set_value([1, 3]).run()
    app.pills(key="held_weights").set_value([2]).run()
    assert not app.exception
    assert address(app)["held"] == "w2,m1,m3"
    settings, trace = run_of(app)
    first, last = trace.steps[0].mixture, trace.mixture
    np.testing.assert_array_equal(first.means[[0, 2]], last.means[[0, 2]])
    assert first.weights[1] == last.weights[1]
    assert (first.means[1] != last.means[1]).all()
    assert "Held as at the start: the weight of component 2 and the means of components 1 and 3." in (
        everything(app)
    )
    assert tables(app)[0]["held"].tolist() == ["🔒 mean", "🔒 weight", "🔒 mean"]
    header, arrays = decode(scenes.scene(settings, COLOURS).content)
    assert header["held_means"] == [0, 2]
    assert (arrays["means"][:, [0, 2]] == arrays["means"][0, [0, 2]]).all()
    app.button(key="undo").click().run()
    assert address(app)["held"] == "m1,m3"
    assert app.pills(key="held_weights").value == []
    assert app.pills(key="held_means").value == [1, 3]


def test_a_link_opens_with_its_locks():
    app = explore(held="c2,m1", known="5", at="2E")
    assert not app.exception
    assert app.pills(key="held_covariances").value == [2]
    assert app.pills(key="held_means").value == [1]
    assert app.selectbox(key="known").value == "5"
    assert (address(app)["held"], address(app)["known"]) == ("c2,m1", "5")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"held": "m9"}, "The mean of component 9 is held, but there are only 3 components."),
        (
            {"held": "m1,m2,m3,c1,c2,c3,w1,w2"},
            "Every parameter is held, so nothing is left to be fitted. Let one go free.",
        ),
        ({"held": "c1", "cov": "tied"}, "those of some components cannot be held alone. Hold all or none"),
        ({"known": "3", "k": "2"}, "These data have 3 known groups, but there are only 2 components"),
    ],
    ids=str,
)
def test_what_cannot_be_is_said_and_can_be_mended(query, sentence):
    app = explore(**query)
    assert not app.exception
    assert sentence in " ".join(said(one) for one in app.error)


@pytest.mark.parametrize(("name", "text"), [("held", "x1"), ("held", "m0"), ("known", "4"), ("known", "-1")])
def test_links_without_a_sense_are_said(name, text):
    app = explore(**{name: text})
    assert not app.exception
    assert not app.error
    assert f"The link says `{name}={text}`" in " ".join(said(one) for one in app.warning)


def test_fewer_components_let_go_of_what_was_held_of_the_others():
    app = explore(held="m1,m3,w3")
    app.number_input(key="n_components").set_value(2).run()
    assert address(app)["held"] == "m1"
    assert not app.error


def test_another_family_or_number_leaves_what_can_be_held():
    settings = Settings(held="m1,c1")
    assert settings.changed(covariance_type="diag").held == "m1,c1"
    assert settings.changed(covariance_type="tied").held == "m1"
    tied = Settings(covariance_type="tied", held="m3,c1,c2,c3")
    assert tied.changed(n_components=4).held == "m3,c1,c2,c3,c4"
    assert tied.changed(n_components=2).held == "c1,c2"
    assert tied.changed(covariance_type="full", n_components=2).held == "c1,c2"


def test_a_family_with_something_in_common_holds_all_covariances_at_once():
    app = explore(cov="tied")
    app.pills(key="held_covariances").set_value(["all"]).run()
    assert address(app)["held"] == "c1,c2,c3"
    _, trace = run_of(app)
    np.testing.assert_array_equal(trace.steps[0].mixture.covariances, trace.mixture.covariances)


def test_em_is_told_groups_and_they_are_left_out_where_it_is_compared():
    app = explore(at="1E", tab="Known groups")
    app.selectbox(key="known").set_value("10").run()
    assert not app.exception
    assert address(app)["known"] == "10"
    settings, trace = run_of(app)
    data, known = dataset(settings), known_labels(settings)
    assert np.bincount(known + 1).tolist() == [270, 10, 10, 10]
    np.testing.assert_array_equal(known[known >= 0], data.labels[known >= 0])
    assert trace.log_likelihood == pytest.approx(
        e_step(data.X, trace.mixture, known_labels=known).log_likelihood
    )
    captions = everything(app)
    assert "EM is told the group of 30 rows" in captions
    assert "30 rows have no label: left out here" in captions
    assert "of 270 rows agree" in " ".join(one.value for one in app.main.markdown)
    assert (to_compare(settings).labels[known >= 0] == -1).all()
    header, arrays = decode(scenes.scene(settings, COLOURS).content)
    assert header["compared"] == 270
    np.testing.assert_array_equal(arrays["known"], known >= 0)
    certain = arrays["responsibilities"][:, known >= 0]
    assert (certain == 255 * np.eye(3)[known[known >= 0]]).all(), "their colour stays in every step"


def test_shuffled_rows_know_the_same_and_end_the_same():
    settings = Settings.opened(data="qa_series")
    assert known_labels(settings) is None
    settings = Settings(known="5")
    shuffled = replace(settings, shuffle=3)
    plain, other = (dataset(one).X[known_labels(one) >= 0] for one in (settings, shuffled))
    np.testing.assert_array_equal(np.sort(plain, axis=0), np.sort(other, axis=0))


def test_a_column_with_gaps_is_compared_with_until_it_is_chosen_for_the_fit():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(centre, 1, (30, 2)) for centre in ((0, 0), (5, 0), (0, 6))])
    kinds = np.repeat(["lake", "river", "sea"], 30)
    cells = [
        f"{a:.3f},{b:.3f},{kind if i % 3 == 0 else ''}"
        for i, ((a, b), kind) in enumerate(zip(X, kinds, strict=True))
    ]
    name = keep_table("\n".join(["length,width,kind", *cells]).encode(), "fish.csv")
    app = explore(data="own", table=name, k="3")
    assert not app.exception
    assert app.selectbox(key="known").value == "none"
    assert "EM is told" not in everything(app)
    app.selectbox(key="known").set_value("all").run()
    assert not app.exception
    assert "EM is told the group of 30 rows" in everything(app)
    assert "(component 1 is 'lake', 2 is 'river' and 3 is 'sea')" in everything(app)
    assert run_of(app)[1].note.startswith("Known beforehand, and left there: 10 of component 1")


def test_other_data_are_told_nothing():
    app = explore(known="5")
    app.selectbox(key="data").set_value("moons").run()
    assert "known" not in address(app)


@pytest.mark.parametrize("query", [{"held": "m1"}, {"known": "5"}], ids=str)
def test_what_knows_neither_says_so(query):
    tabs = {
        "Formulas": "The formulas are written out where EM is told nothing but rows.",
        "scikit-learn": "holds no parameters and is told no groups",
        "Take away": "scikit-learn holds no parameters, so there is no code with it."
        if "held" in query
        else "scikit-learn is told no groups, so there is no code with it.",
    }
    for tab, sentence in tabs.items():
        app = explore(**query, tab=tab, at="2E")
        assert not app.exception
        assert sentence in everything(app)
    app = opened("collapse.py", **query)
    assert "not count here: this page fits Gaussians alone" in everything(app)
    assert address(app) | query == address(app), "Explore goes on with it"
    assert "not count here" not in everything(opened("predict.py", **query)), "it asks the mixture of Explore"


def test_no_errors_are_given_and_no_other_start_is_sought():
    for settings in (Settings(held="m1"), Settings(known="5")):
        assert fits.sure(settings).startswith("Standard errors are for fits of rows alone")
        fits.run(settings)
        assert not fits.worth_another_start(settings)


def test_a_run_that_is_told_stands_beside_one_that_is_not():
    app = explore(known="10", beside="known:none")
    assert not app.exception
    assert "log-likelihoods of rows alone, without the groups that EM was told" in everything(app)
    settings = settings_of(app)
    header, _ = decode(scenes.scene(settings, COLOURS).content)
    assert "ghost_from" not in header, "their curves are of different things"
    assert scenes.rows_right(settings) is not None


def test_k_means_beside_it_is_told_nothing():
    settings = Settings(known="5", held="m1", beside="kmeans")
    shown = scenes.what_stands_beside(settings, COLOURS).scene
    header, arrays = decode(shown.content)
    assert "held_means" not in header
    assert "known" not in arrays


def test_a_lesson_knows_what_em_was_told():
    settings = Settings(known="5")
    run, known = cached.watched(cached.Asked(settings)), known_labels(settings)
    certain = run.shares(0)[known >= 0]
    np.testing.assert_array_equal(certain, np.eye(3)[known[known >= 0]])


def test_what_is_held_goes_into_a_link_and_back():
    for text in ("", "m1", "w1,w2,m3,c12"):
        assert told.write_held(told.read_held(text)) == text
    assert told.read_held("m2,m1") == Held(means=(0, 1))
    assert told.of_first("w1,m3,c2", 2) == "w1,c2"
    assert told.in_words("") == "nothing held"
