"""Weights, spreads and angles by hand on Explore: in the link, in the run, and said."""

import numpy as np
import pytest
from link import address, explore, opened, said, settings_of

from pages.ui import player
from pages.ui.address import address as page_address
from pages.ui.address.by_hand import Fork, covariance_of
from pages.ui.address.settings import Settings
from pages.ui.address.told import Lock
from pages.ui.runs import fits
from pages.ui.shell import notes

SHAPED = "-7,1:0.5:3,1,30;0,7:0.3:2,2,0;4,-7:0.2:1,4,90"


def run_of(app):
    return fits.run(settings_of(app))


def everything(app):
    return " ".join(
        said(one) for one in [*app.main.caption, *app.main.info, *app.main.warning, *app.main.error]
    )


def dragged(monkeypatch, app, **answer):
    """The page after the player said this, before the rest of it runs, as in a browser."""
    answers, read = [player.Answer(player.At(), **answer)], page_address.read_address

    def first(*args, **options):
        if answers:
            notes.heed(answers.pop())
        return read(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(page_address, "read_address", first)
        app.run()
    assert not answers
    assert not app.exception
    return app


def test_a_link_gives_all_of_a_start():
    app = opened("explore.py", init="given", means=SHAPED)
    first = run_of(app).steps[0].mixture
    np.testing.assert_allclose(first.weights, [0.5, 0.3, 0.2])
    np.testing.assert_allclose(first.covariances[0], covariance_of((3, 1, 30)))
    assert address(app)["means"] == SHAPED


def test_a_spread_that_was_dragged_at_the_start_is_another_start_and_one_step_back(monkeypatch):
    app = explore()
    before = address(app)
    dragged(monkeypatch, app, fork=Fork(0, 1, (5.0, 2.0, 45.0), "spread"))
    assert address(app)["init"] == "given"
    assert "fork" not in address(app)
    first, old = run_of(app).steps[0].mixture, fits.run(Settings.from_query(before)[0]).steps[0].mixture
    np.testing.assert_allclose(first.covariances[1], covariance_of((5, 2, 45)), rtol=1e-4)
    np.testing.assert_allclose(first.covariances[[0, 2]], old.covariances[[0, 2]], rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(first.means, old.means)
    assert "shaped by hand" in app.button(key="undo").label
    dragged(monkeypatch, app, fork=Fork(0, 1, (0.6,), "weight"))
    np.testing.assert_allclose(run_of(app).steps[0].mixture.weights, [0.2, 0.6, 0.2], rtol=1e-5)
    assert "weight of component 2 changed" in app.button(key="undo").label
    dragged(monkeypatch, app, means=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)))
    third = run_of(app).steps[0].mixture
    np.testing.assert_array_equal(third.means, [[1, 2], [3, 4], [5, 6]])
    np.testing.assert_allclose(third.weights, [0.2, 0.6, 0.2], rtol=1e-5)
    for _ in range(3):
        app.button(key="undo").click().run()
    assert address(app) == before


def test_later_it_is_a_fork(monkeypatch):
    app = dragged(monkeypatch, explore(), fork=Fork(3, 1, (0.6,), "weight"))
    assert address(app)["fork"] == "3:1:w0.6"
    assert "Forked at iteration 3: the weight of component 2 was set to 0.6." in everything(app).replace(
        "*", ""
    )
    dragged(monkeypatch, app, fork=Fork(0, 1, (0.7,), "weight"))
    assert address(app)["fork"] == "3:1:w0.7", "the same, once more"
    dragged(monkeypatch, app, fork=Fork(0, 1, (3.0, 1.0, 30.0), "spread"))
    assert address(app)["fork"] == "3:1:w0.7;0:1:s3,1,30"
    assert "the spread of component 2 was set to 3 at 30°, and 1 across." in everything(app)
    assert run_of(app).steps[0].mixture.weights[1] == pytest.approx(0.7)


def test_a_lock_in_the_picture_is_the_one_on_the_left(monkeypatch):
    app = dragged(monkeypatch, explore(cov="tied"), hold=Lock("means", 1, True))
    assert address(app)["held"] == "m2"
    assert app.pills(key="held_means").value == [2]
    dragged(monkeypatch, app, hold=Lock("covariances", 0, True))
    assert address(app)["held"] == "m2,c1,c2,c3", "the components share theirs"
    dragged(monkeypatch, app, hold=Lock("covariances", 2, False))
    assert address(app)["held"] == "m2"
    app.button(key="undo").click().run()
    assert address(app)["held"] == "m2,c1,c2,c3"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            {"init": "given", "means": SHAPED, "cov": "diag"},
            "The family diag cannot hold the spread that was",
        ),
        ({"fork": "2:0:s3,1,30", "cov": "spherical"}, "The family spherical cannot hold the spread that was"),
        (
            {"init": "given", "means": SHAPED.replace(":0.5:", ":1.5:")},
            "The weights in the link sum to 2, not to 1.",
        ),
        (
            {"init": "given", "means": SHAPED.replace("3,1,30", "3,1e-20,30")},
            "component 1 by hand is too flat",
        ),
        (
            {"init": "given", "means": SHAPED, "data": "qa_series"},
            "do not have 1 coordinate, as the data do.",
        ),
        ({"fork": "2:0:s3,1,30", "cov": "tied"}, "What the others have in common with it follows."),
        ({"fork": "2:0:w1.5"}, "it must be below 1"),
        ({"fork": "2:0:s3"}, "gives a spread in 1 dimension, but the data have 2 features. Undo the fork."),
        ({"fork": "2:0:w0.5", "k": "1"}, "another component must share the rest. Undo the fork."),
    ],
)
def test_what_does_not_fit_is_said(query, sentence):
    assert sentence in everything(opened("explore.py", **query))


def test_a_start_gains_and_loses_components_with_k():
    app = opened("explore.py", init="given", means=SHAPED, k="4")
    first = run_of(app).steps[0].mixture
    np.testing.assert_allclose(first.weights, [0.375, 0.225, 0.15, 0.25])
    app = opened("explore.py", init="given", means=SHAPED, k="2")
    np.testing.assert_allclose(run_of(app).steps[0].mixture.weights, [0.625, 0.375])
    assert "sum to" not in everything(app)
