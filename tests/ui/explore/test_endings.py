"""Every end says what is true of it, with a button that leads to a better run."""

import json
from dataclasses import replace

import pytest
from link import address, explore, opened, said, settings_of

from gmm_core.judgement.ends import KINDS
from pages.ui.runs import fits


def told(app):
    """What stands under the run: the first alert, or the caption of what is fine."""
    alerts = [*app.warning, *app.info]
    texts = [said(one) for one in (*alerts, *app.main.caption)]
    return next(
        text for text in texts if text.startswith(("**", ":material/check: The end: **")) and ".**" in text
    )


def mends(app):
    return [button for button in app.button if str(button.key).startswith("mend ")]


def kinds(app):
    return [one.kind for one in fits.ends(settings_of(app))]


# scikit-learn's start on single rows
ON_ROWS = {"init": "random_from_data", "seed": "6"}
COLLAPSE = {"k": "3"} | {
    "data": "tutorial_collapse",
    "reg": "0",
    "init": "given",
    "means": "10,13;30,25;25,-5",
}


@pytest.mark.parametrize(
    ("kind", "query", "sentence"),
    [
        ("same", {"cov": "tied"} | ON_ROWS, "All three components are the same, and EM does not part them."),
        (
            "slow",
            {"init": "random", "seed": "6"},
            "Stopped on the way, by the tolerance of 0.001, and the gains do not ",
        ),
        ("stopped", {"iters": "5"} | ON_ROWS, "Stopped after 5 iterations, the most allowed, and "),
        ("collapsed", COLLAPSE, "Component 3 collapsed in iteration 2: it shrank onto 1 row, where its "),
        (
            "held up",
            {"data": "qa_series", "k": "3"} | ON_ROWS | {"seed": "11"},
            "is held up by reg_covar = 1e-06 alone: the rows ",
        ),
        (
            "lost",
            {"data": "notebook_1d", "k": "3"} | ON_ROWS | {"seed": "0"},
            "Component 3 holds hardly a row: the others explain ",
        ),
        (
            "saddle",
            {"data": "qa_series", "k": "3"} | ON_ROWS | {"seed": "0"},
            "Components 2 and 3 are equal, and equal ones never ",
        ),
        (
            "too many",
            {"n": "5", "k": "4", "reg": "0.1"} | ON_ROWS,
            "There are more parameters than rows: 23 numbers are fitted to 15 rows.",
        ),
    ],
)
def test_each_kind_is_said_and_its_button_mends_it(kind, query, sentence):
    app = explore(**query)
    assert not app.exception
    first, *_ = kinds(app)
    assert first == kind
    assert sentence in told(app)
    before = fits.run(settings_of(app)).log_likelihood
    mends(app)[0].click().run()
    assert not app.exception
    assert kind not in kinds(app)
    if kind in ("same", "slow", "stopped", "saddle", "lost"):
        assert fits.run(settings_of(app)).log_likelihood > before + 1e-3
    elif kind != "too many":
        assert not fits.measured(settings_of(app)).degenerate


def test_another_start_is_looked_for_beside_the_page_and_opened_by_one_click():
    app = explore(cov="diag", **ON_ROWS | {"seed": "2"})
    assert kinds(app) == ["converged"]
    found = fits.other_start(settings_of(app)).result()
    assert found is fits.other_start(replace(settings_of(app), random_state=3)).result(), (
        "shared by all starts"
    )
    app.run()
    assert kinds(app) == ["other start", "converged"]
    assert "Another start ends higher, at -5.694 per row: " in told(app)
    (button,) = mends(app)
    label = "k-means" if found.init == "kmeans" else "rows with a spread"
    assert button.label == f"Open {label}, seed {found.random_state}"
    button.click().run()
    assert (address(app)["init"], address(app)["seed"]) == (found.init, str(found.random_state))
    assert fits.run(settings_of(app)).log_likelihood == found.log_likelihood
    assert kinds(app) == ["converged"]
    assert not mends(app)
    assert told(app).startswith(":material/check: The end: **Converged: going on would add about ")


def test_a_fork_goes_on_as_a_fork():
    app = explore(fork="2:0:30,5", iters="4", **ON_ROWS)
    (button,) = [one for one in mends(app) if one.label == "Go on"]
    button.click().run()
    assert not app.exception
    assert address(app)["fork"] == "2:0:30,5"
    assert int(address(app)["iters"]) > 4


def test_the_same_sentence_stands_in_the_player_and_leaves_with_what_is_taken_away(monkeypatch):
    from pages.ui.explore import takeaway
    from pages.ui.player.header import decode
    from pages.ui.runs import scenes

    files = {}
    monkeypatch.setattr(
        takeaway, "_button", lambda label, name, make, about=None: files.update({label: make})
    )
    app = explore(cov="tied", **ON_ROWS)
    settings = settings_of(app)
    (one,) = fits.ends(settings)
    header, _ = decode(scenes.scene(settings, (0, 1, 2)).content)
    assert header["ending"] == one.sentence
    app.button_group(key="readout").set_value("Take away").run()
    assert not app.exception
    assert json.loads(files["Parameters, JSON"]())["how the run ended"] == [one.text]
    for label in ("Python with scikit-learn", "Python with numpy alone", "Notebook", "Animation, HTML"):
        made = files[label]()
        text = made if isinstance(made, str) else made.decode()
        told = " ".join(text.replace("\\n", " ").replace('",', "").replace('"', "").split())
        assert one.sentence in told, label
        # A script makes the iterations up to what is shown, here none.
        assert "HTML" in label or f"How the whole run ended: {one.sentence}" in told, label


@pytest.mark.parametrize("page", ["predict.py", "collapse.py"])
def test_other_pages_say_it_too(page):
    app = opened(page, cov="tied", **ON_ROWS)
    texts = [said(one) for one in (*app.warning, *app.main.markdown)]
    assert any("All three components are the same, and EM does not part them." in text for text in texts)


def test_what_is_fine_has_no_alert():
    for query in (
        ON_ROWS,
        {"init": "kmeans", "data": "anisotropic", "k": "3"},
        {"data": "notebook_2d", "k": "2", "init": "kmeans"},
    ):
        app = explore(**query)
        assert kinds(app) == ["converged"]
        assert not app.warning
        assert not mends(app)
    assert set(KINDS) >= {"converged"}
