"""Every way from one start: what is compared, EM's rate, and the share of missing information."""

import numpy as np
import pytest

from gmm_core import Mixture, e_step, fit, load_dataset, m_step
from gmm_core.engine.em import prepared
from gmm_core.engine.ways.table import WAYS
from gmm_core.laboratory import faster
from gmm_core.laboratory.faster import arrival, compare, missing_information, rate_of

X = load_dataset("overlapping").X
START = fit(X, 3, random_state=0, max_iter=0).mixture


@pytest.fixture(scope="module")
def found():
    laps = []
    comparison = compare(X, START, {"annealed": {"hottest": 1.5}}, on_lap=laps.append)
    assert sorted({lap.n_ended for lap in laps}) == list(range(len(WAYS)))
    return comparison


@pytest.mark.slow
def test_every_way_is_climbed_from_the_same_start(found):
    assert list(found.climbs) == list(WAYS)
    for climbed in found.climbs.values():
        assert climbed.trace.steps[0].mixture == START
        assert climbed.broken == []
    assert found.climbs["annealed"].temperatures[0] == 1.5
    assert found.climbs["stochastic"].trace.n_iter == found.climbs["em"].trace.n_iter


def test_arrivals_are_at_the_same_likelihood(found):
    em, fast = (arrival(found.climbs[name], found.height) for name in ("em", "accelerated"))
    assert (em.iterations, em.passes) == (159, 160)
    assert fast.passes < em.passes / 5
    trace = found.climbs["em"].trace
    assert trace.log_likelihoods[158] < found.height <= trace.log_likelihoods[159]
    assert arrival(found.climbs["hard"], found.height) is None


def test_the_rate_of_em_is_the_share_of_missing_information(found):
    """Dempster, Laird & Rubin's theorem, for every family."""
    assert found.rate == pytest.approx(0.98201, abs=2e-3)
    assert found.missing == pytest.approx(0.98201, abs=1e-4)
    for family in ("tied", "diag", "spherical"):
        trace = fit(X, 3, covariance_type=family, random_state=0, tol=1e-13, max_iter=5000)
        sweep, _ = prepared(X, trace.mixture, 1e-6, None, "raise")
        assert missing_information(sweep, trace.mixture, 1e-6) == pytest.approx(rate_of(trace), abs=5e-3)


def test_the_share_against_its_twin():
    """Differences of M-steps of E-steps in the parameters themselves, without any coordinates."""
    rows = load_dataset("notebook_1d").X
    top = fit(rows, 2, covariance_type="diag", random_state=0, tol=1e-14, max_iter=5000, reg_covar=0).mixture

    def numbers(mixture):
        return np.concatenate([mixture.weights[:1], mixture.means.ravel(), mixture.covariances.ravel()])

    def mapped(at):
        mixture = Mixture([at[0], 1 - at[0]], at[1:3, None], at[3:, None], "diag")
        return numbers(m_step(e_step(rows, mixture), reg_covar=0))

    at = numbers(top)
    jacobian = [(mapped(at + 1e-5 * axis) - mapped(at - 1e-5 * axis)) / 2e-5 for axis in np.eye(5)]
    largest = np.abs(np.linalg.eigvals(np.array(jacobian).T)).max()
    sweep, _ = prepared(rows, top, 0.0, None, "raise")
    assert missing_information(sweep, top, 0.0) == pytest.approx(largest, abs=1e-5)


def test_of_many_directions_some_are_asked(monkeypatch, found):
    sweep, _ = prepared(X, START, 1e-6, None, "raise")
    top = found.climbs["accelerated"].trace.mixture
    every = missing_information(sweep, top, 1e-6)
    monkeypatch.setattr(faster, "FEW", 0)
    assert missing_information(sweep, top, 1e-6) == pytest.approx(every, abs=1e-6)


def test_of_a_run_that_is_too_short_nothing_is_known():
    apart = load_dataset("tutorial_60").X
    short = compare(apart, fit(apart, 3, random_state=0, max_iter=0).mixture)
    assert short.rate is None
    assert short.missing < 0.2
    stopped = compare(X, START, max_iter=5)
    assert (stopped.rate, stopped.missing) == (None, None)


def test_a_way_whose_options_make_no_sense_is_left_out():
    found = compare(X[:100], START, {"batches": {"size": 200}}, max_iter=5)
    assert found.refused == {
        "batches": "A batch of 200 rows is larger than the data, which have 100. Choose at most that many; "
        "with all rows in one batch, it is EM."
    }
    assert list(found.climbs) == [name for name in WAYS if name != "batches"]
