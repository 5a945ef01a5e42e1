"""Which ends are one end, which are no maximum, and how often a start leads to which."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from gmm_core import Mixture, load_dataset
from gmm_core.judgement.optima import Reached, best, end_states, reached
from gmm_core.judgement.race import Start, draw_starts, run_race


def on_points(X: np.ndarray, n_starts: int, variance: float) -> list[Start]:
    """Starts of three components on values drawn without replacement, all with the same variance."""
    rng = np.random.default_rng(3)
    covariances = np.full((3, 1, 1), variance)
    return [
        Start("points", i, Mixture(np.full(3, 1 / 3), X[rng.choice(len(X), 3, replace=False)], covariances))
        for i in range(n_starts)
    ]


def test_the_ends_of_the_series_and_their_shares():
    X = load_dataset("qa_series").X
    starts = on_points(X, 100, X.var())
    starts += draw_starts(X, 3, ["kmeans", "random"], range(40))
    race = run_race(X, starts, tol=1e-10)
    ends = end_states(race, X)
    assert sum(end.share for end in ends) == pytest.approx(1)
    # What is known of 300 starts: log-likelihood, share from points and from random responsibilities.
    published = {
        -106.186: (0.41, 0.76),
        -114.127: (0.37, 0.20),
        -121.255: (0.18, 0.04),
        -66.878: (0.02, 0.003),
    }
    found = {}
    for log_likelihood, shares in published.items():
        here = [end for end in ends if abs(end.log_likelihood - log_likelihood) < 0.01]
        assert len(here) <= 1
        counts = {one.init: one for one in reached(race, here[0])} if here else {}
        for init, share in zip(("points", "random"), shares, strict=True):
            n_starts = 100 if init == "points" else 40
            n_reached = counts[init].n_reached if here else 0
            assert binomtest(n_reached, n_starts, share).pvalue > 1e-3, (log_likelihood, init, n_reached)
        found[log_likelihood] = here[0] if here else None
    honest = best(ends, honest=True)
    assert honest is found[-106.186]
    assert (honest.twins, honest.defect) == (None, "")
    assert {one.init: one.share for one in reached(race, honest)}["kmeans"] == 1
    # Twin means: how the two share their weight differs from run to run, and makes no difference.
    assert found[-121.255].twins is not None
    assert found[-121.255].honest
    degenerate = found[-66.878]
    assert best(ends) is degenerate
    assert degenerate.defect.endswith("sits on 14 rows, 2 of them different")


def test_the_order_of_components_makes_no_difference(blobs):
    X = blobs()
    start = next(draw_starts(X, 3, ["random"], [0])).mixture
    orders = [[0, 1, 2], [2, 0, 1], [1, 0, 2]]
    starts = [
        Start("turned", i, Mixture(start.weights[order], start.means[order], start.covariances[order]))
        for i, order in enumerate(orders)
    ]
    race = run_race(X, starts)
    (end,) = end_states(race, X)
    assert sorted(end.runs) == [0, 1, 2]
    assert end.runs[0] == np.argmax(race.log_likelihoods)
    np.testing.assert_array_equal(end.n_iter, race.n_iter[list(end.runs)])


def test_ends_within_a_standard_error_are_one_and_others_are_not(blobs):
    X = blobs()
    mixture = run_race(X, list(draw_starts(X, 2, ["kmeans"], [0]))).mixtures[0]
    error = np.sqrt(mixture.covariances[0, 0, 0] / (mixture.weights[0] * len(X)))  # of the first mean, about
    for gap, n_ends in ((0.3, 1), (3.0, 2)):
        means = mixture.means + np.array([[gap * error, 0], [0, 0]])
        moved = Mixture(mixture.weights, means, mixture.covariances)
        race = run_race(X, [Start("here", 0, mixture), Start("moved", 1, moved)], max_iter=0)
        assert len(end_states(race, X)) == n_ends
        assert len(end_states(race, X, same=100.0)) == 1


def test_runs_that_are_stopped_early_end_anywhere():
    X = load_dataset("tutorial_500").X
    starts = list(draw_starts(X, 3, ["random_from_data"], range(20)))
    early, late = (end_states(run_race(X, starts, tol=tol), X) for tol in (1e-3, 1e-8))
    assert len(late) < len(early)
    assert best(early).log_likelihood < best(late).log_likelihood


def test_runs_that_all_collapse_are_shown_by_where_they_fell():
    X = load_dataset("tutorial_collapse").X
    means = np.array([[10.0, 13.0], [30.0, 25.0], [25.0, -5.0]])
    mixture = Mixture(np.full(3, 1 / 3), means, np.tile(5 * np.eye(2), (3, 1, 1)))
    other = Mixture(np.full(3, 1 / 3), means + 0.1, np.tile(5 * np.eye(2), (3, 1, 1)))
    race = run_race(X, [Start("hand", 0, mixture), Start("hand", 1, other)], reg_covar=0)
    ends = end_states(race, X)
    (end,) = ends
    assert (end.runs, end.share, end.collapsed, end.defect) == ((0, 1), 1.0, True, "component 3 collapsed")
    assert not end.honest
    assert np.isfinite(end.log_likelihood)
    assert (best(ends), best(ends, honest=True)) == (None, None)
    assert reached(race, None) == (Reached("hand", 2, 0, 0.0, pytest.approx(0.6576, abs=1e-4)),)


def test_runs_on_their_way_are_in_no_end_state(blobs):
    X = blobs()
    starts = list(draw_starts(X, 3, ["kmeans", "random"], range(3)))
    seen = []
    run_race(X, starts, on_lap=seen.append)
    assert end_states(seen[0], X) == ()
    assert reached(seen[0], None) == ()
    halfway = next(race for race in seen if 0 < race.n_running < 6)
    assert sum(len(end.runs) for end in end_states(halfway, X)) == 6 - halfway.n_running


def test_the_interval_is_wilsons(blobs):
    X = blobs()
    race = run_race(X, list(draw_starts(X, 1, ["random"], range(10))))
    (end,) = end_states(race, X)
    (one,) = reached(race, end)
    assert (one.init, one.n_starts, one.n_reached, one.share) == ("random", 10, 10, 1.0)
    z2 = 1.959964**2
    assert (one.low, one.high) == (pytest.approx(10 / (10 + z2), abs=1e-6), 1.0)
