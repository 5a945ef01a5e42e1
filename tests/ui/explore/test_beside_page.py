"""Two runs beside each other on the page: what is said of them, and how they change places."""

from dataclasses import replace

import numpy as np
import pytest
from link import address, explore, press, said, settings_of, tables

from pages.ui.address.settings import Settings
from pages.ui.player.header import decode
from pages.ui.runs import fits, scenes

FORKED = {"fork": "7:0:1.5,2", "beside": "original"}


def verdict(app):
    (found,) = [text for c in app.main.caption if "at its end" in (text := c.value) or "Both " in text[:9]]
    return found


def test_another_run_is_chosen_judged_opened_and_put_away():
    app = explore(at="3M", init="random_from_data")
    app.selectbox(key="beside").select("cov:tied").run()
    assert not app.exception
    assert address(app)["beside"] == "cov:tied"
    settings = settings_of(app)
    ends = fits.run(settings).log_likelihood, fits.other(settings).trace.log_likelihood
    gap = ends[0] - ends[1]
    assert verdict(app).startswith(
        f"**Higher at its end: “full covariances”**, {ends[0]:.4f} per row; “tied covariances” ends at "
        f"{ends[1]:.4f}. That is {gap:.3g} a row, {300 * gap:.3g} over all 300. "
        "“full covariances” has 6 free parameters more; BIC, which counts them, is lower, and so better, for "
        "**“full covariances”**, by "
    )
    assert verdict(app).endswith(
        "In “tied covariances”, 300 rows of 300 belong to two components alike: their group is chance."
    )
    press(app, "Open tied covariances instead")
    assert (address(app)["cov"], address(app)["beside"], address(app).get("at")) == ("tied", "cov:full", "3M")
    assert app.selectbox(key="covariance_type").value == "tied"
    press(app, "Nothing beside it")
    assert "beside" not in address(app)
    assert not any("at its end" in caption.value for caption in app.main.caption)
    app.selectbox(key="beside").select("seed:7").run()
    assert address(app)["beside"] == "seed:7"
    app.number_input(key="random_state").set_value(7).run()
    assert verdict(app) == "**Both are the same run.** Choose in the settings what shall be different."
    app = explore(init="given", means="1,2;3,4;5,6", beside="seed:7")
    assert verdict(app).startswith("**Both are the same run.**"), "a seed decides nothing here"


def test_a_fork_and_its_original_go_on_together():
    app = explore(fork=FORKED["fork"])
    assert any("The dotted curve is the run before." in caption.value for caption in app.main.caption)
    press(app, "Put the original beside it")
    settings = settings_of(app)
    fork, original = fits.run(settings), fits.other(settings)
    assert settings.beside == "original"
    assert original.first == 7
    assert original.trace.steps[0].mixture.weights.tolist() == fork.steps[0].mixture.weights.tolist()
    assert original.trace.log_likelihood == fits.run(settings.original).log_likelihood
    assert "this is the same end. Both make the same groups of the rows." in verdict(app)
    header = decode(scenes.what_stands_beside(settings, (0, 1, 2)).scene.content)[0]
    assert (header["begins_at"], header["steps"]) == (7, original.trace.n_iter)
    press(app, "Open the original instead")
    changed = settings_of(app)
    assert (changed.forks, changed.beside) == ("", "fork:7:0:1.5,2")
    forked = fits.other(changed).trace
    assert forked.n_iter == 7 + fork.n_iter, "until the fork they are one"
    press(app, "Open forked at iteration 7 instead")
    press(app, "Undo the fork")
    assert not {"fork", "beside"} & set(address(app))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            {"beside": "original"},
            "There is no `original` for what stands beside here; nothing is used instead.",
        ),
        ({"beside": "init:loaded"}, "Nothing stands beside it. Only whoever loaded the saved parameters"),
        ({"beside": "cov:round"}, "The link says `beside=cov:round`, but what stands beside cannot have"),
        ({"beside": "k:12", "n": "2", "blobs": "2", "k": "2"}, "Nothing stands beside it. n_components = 12"),
        ({"beside": "init:given", "data": "notebook_3d", "k": "2"}, "Nothing stands beside it. Means can be"),
    ],
    ids=lambda one: one.get("beside") if isinstance(one, dict) else "",
)
def test_what_cannot_stand_there_is_said_and_the_run_is_shown(query, sentence):
    app = explore(**query)
    assert not app.exception
    assert not app.error
    assert sentence in said(app.warning[0]).replace("**", "")
    assert tables(app)
    if "Nothing stands" in sentence:
        press(app, "Put nothing beside it")
        assert not any("Nothing stands" in warning.value for warning in app.warning)


def test_a_collapse_beside_is_shown_with_its_sentence_and_no_merit():
    app = explore(
        data="tutorial_collapse", reg="1e-3", init="given", means="10,13;30,25;25,-5", beside="reg:0"
    )
    assert not app.exception
    assert "In “reg_covar 0”, component 3 collapsed: there, a high likelihood is no merit." in verdict(app)
    header, _ = decode(scenes.what_stands_beside(settings_of(app), (0, 1, 2)).scene.content)
    assert (header["stop"], header["collapsed"]) == ("collapsed", 2)
    assert header["ending"] == (
        "Component 3 collapsed in iteration 2: it shrank onto 1 row, where its density has no upper limit."
    )


@pytest.mark.parametrize("text", ["seed:7", "cov:diag", "k:2", "tol:1e-8", "kmeans"])
def test_scenes_beside_each_other_have_one_scale_and_the_colours_of_their_counterparts(text):
    settings = Settings(beside=text)
    main = decode(scenes.scene(settings, (2, 0, 1)).content)
    beside = scenes.what_stands_beside(settings, (2, 0, 1))
    other = decode(beside.scene.content)
    assert main[0]["range"] == other[0]["range"]
    if text == "kmeans":
        assert not {"limits", "ghost_name"} & {*main[0], *other[0]}, "the two curves cannot be compared"
        assert beside.titles == ("EM", "k-means, from the same means")
        return
    assert main[0]["limits"] == other[0]["limits"]
    np.testing.assert_array_equal(main[1]["ghost"], other[1]["log_likelihood"])
    np.testing.assert_array_equal(other[1]["ghost"], main[1]["log_likelihood"])
    assert (other[0]["ghost_name"], main[0]["ghost_name"]) == beside.titles
    assert not other[0]["draggable"]
    ends = [arrays["means"][-1] for _, arrays in (main, other)]
    for mean, colour in zip(ends[1], other[0]["palette"], strict=True):
        nearest = np.linalg.norm(ends[0] - mean, axis=1).argmin()
        assert main[0]["palette"][nearest] == colour


def test_a_run_beside_that_was_stopped_on_the_way_is_not_called_converged():
    early = Settings(data="notebook_3d", random_state=1)
    (said_first,) = [e.sentence for e in fits.ends(early) if "Stopped on the way" in e.sentence][:1]
    beside = scenes.what_stands_beside(replace(early, random_state=0, beside="seed:1"), (0, 1, 2))
    assert decode(beside.scene.content)[0]["ending"] == said_first
