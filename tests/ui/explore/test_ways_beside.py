"""Another way up beside EM: chosen on the page, in the link, run as EM ran, said and undone."""

import numpy as np
import pandas as pd
import pytest
from link import address, explore, keep_table, opened, press, said, settings_of, tables

from gmm_core import fit
from gmm_core.engine.em import falls
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import WAYS, way_named
from gmm_core.words import capital
from pages.ui.address.settings import Settings
from pages.ui.faster.settings import BESIDE_EM
from pages.ui.player.header import decode
from pages.ui.runs import climbs, fits, scenes
from pages.ui.runs.data import dataset

COLOURS = (0, 1, 2)
FEW = {"data": "tutorial_60", "k": "3"}
BLOBS = {"data": "blobs", "n": "30"}
rng = np.random.default_rng(3)
TWO = np.round(np.concatenate([rng.normal(m, 1, (50, 2)) for m in ((0, 0), (4, 1))]), 3)


def table(cells, counts=None):
    columns = {"u": cells[:, 0], "v": cells[:, 1]} | ({} if counts is None else {"n": counts})
    return keep_table(pd.DataFrame(columns).to_csv(index=False).encode(), "own.csv")


def weighted():
    found = {"data": "own", "table": table(TWO, rng.integers(1, 4, len(TWO)))}
    return found | {"columns": "1,2", "counts": "3", "k": "2"}


def with_gaps():
    cells = TWO.copy()
    cells[::5, 0], cells[1::7, 1] = np.nan, np.nan
    return {"data": "own", "table": table(cells), "missing": "observed", "k": "2"}


def verdict(app):
    (found,) = [one.value for one in app.main.caption if " EM made " in one.value]
    return found


def warnings(app):
    return " ".join(said(one) for one in app.warning)


@pytest.mark.parametrize("way", BESIDE_EM)
def test_each_way_is_chosen_seen_judged_and_undone(way):
    kind, label = WAYS[way], WAYS[way].label
    app = explore(**FEW, at="2E")
    box = app.selectbox(key="beside")
    assert label in box.options
    box.select(f"way:{way}").run()
    assert not app.exception
    assert not app.warning
    assert address(app)["beside"] == f"way:{way}"
    settings = settings_of(app)
    em, data = fits.run(settings), dataset(settings)
    ran = climb(data.X, way_named(way), em.steps[0].mixture, tol=settings.tol, max_iter=settings.max_iter)
    text = verdict(app)
    assert text.startswith(f"**{capital(label)}**: {kind.looks} ({kind.source}). It made {ran.sentence} EM ")
    assert f" EM made {em.n_iter} iterations. " in text
    assert ("It promises nothing." in text) == (kind.promise == "")
    if kind.promise:
        assert f"{capital(kind.promise)} never fell." in text
    for option in kind.options:
        assert f"{option.label.lower()} " in text
    ends = {"EM": em.log_likelihood, label: ran.trace.log_likelihood}
    higher, lower = sorted(ends, key=ends.__getitem__, reverse=True)
    if "Both end equally high" in text:
        assert ends[higher] == pytest.approx(ends[lower], abs=1e-9)
    else:
        assert f"**Higher at its end: “{higher}”**, " in text
        assert f"“{lower}” ends at " in text
    assert ("never settles" in text) != kind.settles
    app.button(key="undo").click().run()
    assert "beside" not in address(app)
    assert not any(" EM made " in one.value for one in app.main.caption)


@pytest.mark.parametrize("way", BESIDE_EM)
def test_the_player_shows_it_on_the_same_scale_with_its_own_end_and_its_own_words(way):
    settings = Settings.from_query(BLOBS | {"beside": f"way:{way}", "tol": "1e-6"})[0]
    of_em, arrays = decode(scenes.scene(settings, COLOURS).content)
    shown = scenes.what_stands_beside(settings, COLOURS)
    header, other = decode(shown.scene.content)
    assert shown.titles == (header["ghost_name"], of_em["ghost_name"]) == ("EM", WAYS[way].label)
    assert header["limits"] == of_em["limits"]
    assert header["range"] == of_em["range"]
    np.testing.assert_array_equal(arrays["ghost"], other["log_likelihood"])
    np.testing.assert_array_equal(other["ghost"], arrays["log_likelihood"])
    np.testing.assert_array_equal(arrays["means"][0], other["means"][0])
    run = shown.run
    assert header["ending"] == run.climb.ending
    assert header["falls"] == falls(run.trace.log_likelihoods)
    assert WAYS[way].looks in header["words"]["M"]
    assert header["default_stop"] is None, "scikit-learn has no such way"
    assert WAYS[way].looks not in of_em["words"]["M"]
    assert not header["draggable"]
    if way == "hard":
        assert header["ending"] == "No point changes sides any more."
        assert set(np.unique(other["responsibilities"])) <= {0, 255}
    if way == "stochastic":
        assert (header["ending"], header["steps"]) == ("Stopped: this way never settles.", 100)


@pytest.mark.parametrize(
    "query",
    [
        lambda: FEW | {"scaling": "whiten", "tol": "1e-8", "iters": "7"},
        lambda: BLOBS | {"fork": "2:0:1.5,2"},
        lambda: BLOBS | {"edit": "add:3,5;delete:1"},
        lambda: BLOBS | {"fork": "2:0:1.5,2", "edit": "add:3,5"},
        lambda: FEW | {"reg": "1e-4", "cov": "VEV"},
        lambda: FEW | {"components": "noise"},
        lambda: FEW | {"components": "t"},
        lambda: FEW | {"prior": "yes"},
        lambda: FEW | {"held": "m1,w2"},
        lambda: FEW | {"known": "5"},
        weighted,
        with_gaps,
    ],
    ids=[
        "scaled",
        "fork",
        "edit",
        "both",
        "model",
        "noise",
        "t",
        "prior",
        "held",
        "known",
        "weights",
        "gaps",
    ],
)
def test_it_begins_where_em_does_and_is_given_all_that_em_is(query):
    app = explore(**query(), beside="way:accelerated")
    assert not app.exception
    assert not app.warning
    assert verdict(app)
    settings = settings_of(app)
    em, other = fits.run(settings), climbs.beside_em(settings).trace
    assert em.steps[0].mixture == other.steps[0].mixture
    assert (em.objective, other.n_iter <= settings.max_iter) == (other.objective, True)
    for mine, its in zip(em.steps[:2], other.steps[:2], strict=True):  # it guesses only later
        assert mine.log_likelihood == pytest.approx(its.log_likelihood, abs=1e-12)
        np.testing.assert_allclose(mine.mixture.means, its.mixture.means, rtol=1e-9)
        np.testing.assert_allclose(mine.mixture.covariances, its.mixture.covariances, rtol=1e-9)


@pytest.mark.parametrize("way", [name for name in BESIDE_EM if WAYS[name].needs_rows])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        (with_gaps, " needs complete rows, and values are missing. Leave such rows out or fill them in,"),
        (lambda: FEW | {"components": "noise"}, " can be run only for a mixture of Gaussians; this one has"),
        (
            lambda: FEW | {"components": "t_noise"},
            " can be run only for a mixture of Gaussians; this one has",
        ),
        (
            lambda: FEW | {"known": "5"},
            " looks at every row by itself, and cannot be told of which component",
        ),
    ],
    ids=["gaps", "noise", "t", "known"],
)
def test_where_it_cannot_be_run_that_is_said_and_the_page_goes_on(way, query, why):
    app = explore(**query(), beside=f"way:{way}")
    assert not app.exception
    assert not app.error
    assert f"Nothing stands beside it.** {capital(WAYS[way].label)}{why}" in warnings(app)
    assert tables(app)
    press(app, "Put nothing beside it")
    assert "beside" not in address(app)
    assert "Nothing stands" not in warnings(app)


@pytest.mark.parametrize(
    ("way", "query", "why"),
    [
        ("variational", {"prior": "yes"}, "Variational Bayes has a prior of its own."),
        ("variational", {"held": "m1"}, "Variational Bayes cannot hold parameters."),
        (
            "variational",
            {"cov": "VEV"},
            "Variational Bayes is for full, tied, diag, spherical; the model VEV",
        ),
        ("batches", {"edit": "delete:1;" * 20 + "delete:1"}, "A batch of 50 rows is larger than the data, "),
    ],
)
def test_so_is_what_single_ways_cannot_do(way, query, why):
    app = explore(**FEW, **query, beside=f"way:{way}")
    assert not app.exception
    assert f"Nothing stands beside it.** {why}" in warnings(app)
    assert tables(app)


@pytest.mark.parametrize("way", BESIDE_EM)
def test_with_a_fork_it_goes_on_from_there_and_the_original_can_take_its_place(way):
    app = explore(**BLOBS, fork="2:0:1.5,2", beside=f"way:{way}")
    assert not app.exception
    assert verdict(app)
    notes = [one.value for one in app.main.caption if one.value.startswith("**Forked**")]
    assert notes == ["**Forked** at iteration 2: the mean of component 1 was moved to (1.5, 2)."]
    settings = settings_of(app)
    assert climbs.beside_em(settings).trace.steps[0].mixture == fits.run(settings).steps[0].mixture
    app.selectbox(key="beside").select("original").run()
    assert address(app)["beside"] == "original"
    app.button(key="undo").click().run()
    assert address(app)["beside"] == f"way:{way}"


def test_a_way_that_does_not_exist_is_said_and_one_that_is_typed_is_found():
    app = explore(**FEW, beside="way:uphill")
    assert not app.exception
    assert warnings(app) == (
        "The link says `beside=way:uphill`, but what stands beside has no way up `uphill`: there are "
        "accelerated, batches, annealed, hard, stochastic and variational, each by itself. It is left out."
    )
    assert "beside" not in address(app)
    app = explore(**FEW, beside="Annealed EM")
    assert not app.warning
    assert address(app)["beside"] == "way:annealed"
    assert verdict(app).startswith("**Annealed EM**: ")


def test_where_it_collapses_a_high_end_is_no_merit():
    app = explore(**FEW, beside="way:hard")
    assert "In “hard EM”, component 3 collapsed: there, a high likelihood is no merit." in verdict(app)
    header, _ = decode(scenes.what_stands_beside(settings_of(app), COLOURS).scene.content)
    assert (header["stop"], header["collapsed"]) == ("collapsed", 2)
    assert header["ending"] == "A component collapsed: too few different points were left to it."


def test_what_a_broken_promise_and_a_prior_are_called():
    X = dataset(Settings.from_query(FEW)[0]).X
    start = fit(X, 3, max_iter=0, random_state=0).mixture
    free = climb(X, way_named("accelerated"), start)
    assert free.kept_promise(0.0) == "the log-likelihood never fell"
    believed = climb(X, way_named("accelerated"), start, prior=True)
    assert believed.kept_promise(0.0) == "the log-likelihood with the log prior never fell"
    free.values[1] = free.values[2] + 1
    assert free.kept_promise(0.0) == "the log-likelihood fell in 1 iteration"
    assert free.kept_promise(1e-6) == (
        "the log-likelihood fell in 1 iteration, as it may with a reg_covar above 0"
    )


def test_faster_and_explore_tell_one_story():
    app = opened("faster.py", **FEW, way="hard", climbtol="1e-6")
    rows = app.main.table[0].value
    query = FEW | {"tol": "1e-6", "beside": "way:hard"}
    ran = climbs.beside_em(Settings.from_query(query)[0])
    n = len(dataset(ran.settings).X)
    assert rows["log-likelihood"]["hard EM"] == pytest.approx(n * ran.trace.log_likelihood, abs=1e-9)
    assert rows["what was checked"]["hard EM"] == ran.climb.kept_promise(1e-6)
