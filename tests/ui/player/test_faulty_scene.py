"""Runs of code with mistakes as the player gets them: any numbers, and always something that can be drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gmm_core import load_dataset
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, likely_starts, run_with_faults
from gmm_core.laboratory.laws import Parameters
from pages.ui.player.faulty_scene import Ran, drawable, encode_faulty, limits, run_to_draw, shares_of
from pages.ui.player.header import decode
from pages.ui.player.view import View

SERIES = load_dataset("qa_series")
START = likely_starts(SERIES.X, 3)["centres"]
BOTH = ("deviation_as_variance", "normalised_over_data")


def encoded(data, run, within=None):
    shares = [
        shares_of(faulty_e_step(data.X, step.parameters, run.faults, eps=run.eps).responsibilities)
        for step in run.steps
    ]
    ran = Ran(run, np.arange(len(data.X)), np.array(shares))
    scene = encode_faulty(data, ran, within or limits(run, run), View(by_hand=False))
    return scene, *decode(scene.content)


def no_constant(name):
    raise ValueError(f"{name} in a header")


@pytest.mark.parametrize("name", [*FAULTS, "all"])
@pytest.mark.parametrize("data", ["qa_series", "notebook_2d"])
def test_whatever_the_numbers_are_they_can_be_drawn(name, data):
    data = load_dataset(data)
    start = likely_starts(data.X, 3)["half"]
    faults = list(FAULTS) if name == "all" else [name]
    scene, header, arrays = encoded(data, run_with_faults(data.X, start, faults, max_iter=30, random_state=1))
    text = scene.content[4 : 4 + int.from_bytes(scene.content[:4], "little")]
    json.loads(text, parse_constant=no_constant)
    for array in ("means", "weights", "maps" if header["kind"] == "plane" else "curves"):
        assert np.isfinite(arrays[array]).all(), array
    assert arrays["log_likelihood"].shape == (header["steps"] + 1,)


def test_of_a_run_that_ended_early_the_rows_are_drawn_whose_responsibilities_there_are(monkeypatch):
    monkeypatch.setattr("pages.ui.player.view.MOST_RESPONSIBILITIES", 3300)  # so that a long run has few rows
    data = load_dataset("tutorial_500")
    ran = run_to_draw(data.X, likely_starts(data.X, 3)["centres"], (), max_iter=10)
    past = replace(ran.run, steps=ran.run.steps[:3])
    ran = ran._replace(run=past, shares=ran.shares[:3])
    scene = encode_faulty(data, ran, limits(past), View(by_hand=False))
    header, arrays = decode(scene.content)
    assert header["n"] == len(scene.rows) == 100
    np.testing.assert_array_equal(arrays["responsibilities"], ran.shares)


def test_rows_that_do_not_sum_to_1_are_drawn_as_shares():
    R = np.array([[0.02, 0.06], [0.0, 0.0], [np.nan, 1.0], [1e-300, 1e-300], [np.inf, 1.0]])
    np.testing.assert_array_equal(shares_of(R), [[64, 191], [0, 0], [0, 255], [128, 128], [0, 255]])
    assert np.isnan(R[2, 0]), "what is given stays as it is"


def test_weights_are_divided_by_their_sum_and_the_truth_is_the_curve():
    run = run_with_faults(SERIES.X, START, BOTH)
    _, header, arrays = encoded(SERIES, run)
    np.testing.assert_allclose(arrays["weights"][-3:], 1 / 3)
    np.testing.assert_array_equal(arrays["log_likelihood"], run.log_likelihoods)
    assert header["falls"][:3] == [2, 3, 4]
    assert header["ending"] == "It ran all its iterations."
    correct = run_with_faults(SERIES.X, START)
    assert encoded(SERIES, correct)[1]["falls"] == []


def test_a_run_that_ends_early_says_why_and_keeps_its_last_picture():
    run = run_with_faults(SERIES.X, START, ["random_variances"], random_state=1)
    _, header, arrays = encoded(SERIES, run)
    assert (header["steps"], header["stop"]) == (2, "collapsed")
    assert header["ending"].startswith("It cannot go on: the responsibility of component ")
    assert (arrays["responsibilities"][-1] == 0).all(), "nobody claims a point"
    broken = Parameters(np.array([np.nan, 1.0]), np.array([[np.inf], [30.0]]), np.array([[-1.0], [np.inf]]))
    nothing = run_with_faults(SERIES.X, broken)
    (mixture,) = drawable(nothing, SERIES.X)
    np.testing.assert_allclose(mixture.weights, [0, 1])
    assert mixture.covariances.min() > 0


def test_both_curves_have_one_scale_which_no_collapse_flattens():
    correct = run_with_faults(SERIES.X, START)
    peak = correct.log_likelihoods.max()
    both = run_with_faults(SERIES.X, START, BOTH)
    assert limits(correct, both) == pytest.approx((-354.9736, peak), abs=1e-3)
    collapsed = run_with_faults(SERIES.X, START, ["normalised_over_data"])
    low, high = limits(correct, collapsed)
    assert collapsed.log_likelihoods.min() < -1e30
    assert -1000 < low < -300
    assert high == peak
    lost = run_with_faults(SERIES.X, Parameters(START.weights, START.means, np.zeros((3, 1))))
    assert limits(lost, lost) == (-1.0, 0.0)
