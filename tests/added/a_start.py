"""One more start, registered by the plugin, is found wherever a start has a place."""

import numpy as np
import pytest
from link import address, opened

from gmm_core import GaussianMixture, fit, load_dataset
from gmm_core.engine.starts import INITS
from gmm_core.judgement.race import draw_starts
from gmm_core.laboratory.cures import HONEST_INITS
from pages.ui.address.settings import Settings
from pages.ui.digits.settings import FIELDS as DIGITS
from pages.ui.starts.settings import Heat

START = INITS["sorted"]
X = load_dataset("tutorial_500").X


def select(app, label):
    return next(box for box in app.selectbox if box.label == label)


def test_the_library_begins_there_and_names_it_to_who_asks_for_another():
    trace = fit(X, 3, init="sorted")
    assert trace.converged
    assert np.diff(trace.steps[0].mixture.means[:, 0]).min() > 0
    with pytest.raises(ValueError, match=r"one of kmeans, .*, sorted, given; got 'unsorted'"):
        fit(X, 3, init="unsorted")


def test_the_estimator_begins_there():
    model = GaussianMixture(3, init_params="sorted").fit(X)
    assert model.history_.steps[0].mixture == fit(X, 3, init="sorted").steps[0].mixture
    with pytest.raises(ValueError) as error:
        GaussianMixture(2, init_params="sorted", reg_covar=0).fit(np.repeat([[0.0], [1.0]], 5, axis=0))
    assert str(error.value) == (
        "A component collapsed or lost its rows, and scikit-learn, which could go on, has no "
        "init_params='sorted'. Raise reg_covar (a small share of the smallest variance of the data is "
        "enough), use fewer components or start elsewhere."
    )


def test_explore_offers_it_explains_it_links_to_it_and_says_it_where_the_run_is_taken_away():
    app = opened("explore.py", data="tutorial_500", k="3", init="sorted")
    assert address(app)["init"] == "sorted"
    box = select(app, "Initialisation")
    assert box.value == "sorted"
    assert START.label in box.options
    assert f"- **{START.label}**: {START.help}\n" in box.help
    app.button_group(key="readout").set_value("Take away").run()
    assert not app.exception
    assert {"Python with scikit-learn", "Python with numpy alone", "Notebook"} <= {
        button.label for button in app.get("download_button")
    }  # code begins with the numbers of the start, whatever it is called
    box.set_value("kmeans").run()
    assert address(app)["init"] == "kmeans"


def test_nonsense_is_answered_with_it_among_the_others():
    _, (problem,) = Settings.from_query({"init": "unsorted"})
    assert "interleaved, sorted, given, loaded" in problem


def test_it_races_once_as_it_knows_no_chance():
    app = opened("starts.py", data="tutorial_500", inits="kmeans,sorted", seeds="3")
    (pills,) = [group for group in app.get("button_group") if group.label == "Initialisations"]
    assert START.label in [option.content for option in pills.proto.options]
    assert address(app)["inits"] == "kmeans,sorted"
    assert any(f"{START.label} 1 of 1" in caption.value for caption in app.main.caption)
    heat = Heat(Settings(), ("kmeans", "sorted"), range(3), 1e-3, 100)
    assert heat.n_starts == 4
    assert [start.init for start in draw_starts(X, 3, heat.inits, heat.seeds)] == [*3 * ["kmeans"], "sorted"]


def test_digits_offer_it_and_honest_fits_want_chance():
    assert "sorted" in DIGITS["digits_init"].options
    assert "sorted" not in HONEST_INITS
