"""Programs as people write them, correct and not, and what their whole output is told."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from gmm_core.engine.covariance import FAMILIES
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import LAWS, Parameters
from gmm_core.tables.pasted import read_numbers


def three_groups(n=200, seed=5):
    """Three groups in the plane that overlap, in rows of four decimals."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [3.0, 1.5], [-1.0, 4.0]])
    return np.round(centres[rng.choice(3, n, p=[0.5, 0.3, 0.2])] + rng.normal(size=(n, 2)), 4)


X = three_groups()


def start(seed=1, k=3):
    """Rows of the data as means, and the covariance of the data."""
    means = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
    return Parameters(np.full(k, 1 / k), means, np.tile(np.cov(X.T), (k, 1, 1)))


def run(steps, begin=None, faults=()):
    """Parameters after so many steps, and the log-likelihood that every E-step has, before its M-step."""
    now, printed = begin or start(), []
    for _ in range(steps):
        e = faulty_e_step(X, now, faults)
        printed.append(e.printed)
        now = faulty_m_step(X, e.responsibilities, now, faults, family=FAMILIES["full"])
    return now, printed


def as_text(now, digits=8):
    with np.printoptions(precision=digits, threshold=10**9):
        return f"weights = {now.weights}\nmeans = {now.means}\ncovariances = {now.variances}\n"


def judged(pasted, k=3):
    return diagnose(read_numbers(pasted), X, n_components=k)


def check_of(found, law):
    return next(one for one in found.checks if one.title == LAWS[law])


# --- The log-likelihood beside the parameters


@pytest.mark.parametrize("steps", [2, 6, 40])
def test_a_log_likelihood_of_before_the_last_m_step_is_no_mistake(steps):
    now, printed = run(steps)
    for value in (printed[-1], printed[-1] / len(X)):
        found = judged(f"{as_text(now)}log-likelihood: {value:.8f}")
        asked = check_of(found, "printed")
        assert found.verdict == "open"
        assert asked.holds is None
        assert "it may be that of the parameters before the last M-step" in asked.sentence


def test_scikit_learns_own_attributes_are_not_blamed():
    fitted = GaussianMixture(3, random_state=0).fit(X)
    now = Parameters(fitted.weights_, fitted.means_, fitted.covariances_)
    found = judged(f"{as_text(now)}lower_bound_ {fitted.lower_bound_}")
    assert found.verdict != "wrong"
    assert all(one.holds is not False for one in found.checks)


def test_a_log_likelihood_that_no_step_before_can_have_is_still_blamed():
    now, printed = run(6)
    assert judged(f"{as_text(now)}log-likelihood: {printed[-1] + 20:.6f}").verdict == "wrong"
    at_rest, printed = run(500)
    assert judged(f"{as_text(at_rest)}log-likelihood: {printed[-1] - 20:.6f}").verdict == "wrong"


def test_a_wrong_log_likelihood_is_not_that_of_a_product_that_is_too_small_for_a_float():
    now, printed = run(2)
    assert faulty_e_step(X, now, ("densities_multiplied",)).printed == -np.inf
    assert not judged(f"{as_text(now)}log-likelihood: {printed[-1] + 60:.6f}").suspects
    assert judged(f"{as_text(now)}log-likelihood: -inf").suspects[0].faults == ("densities_multiplied",)


def test_a_history_beside_parameters_is_asked_whether_it_rises():
    now, printed = run(500)
    lines = [f"iter {i}: loglik = {value:.5f}" for i, value in enumerate(printed) if i < 25 or i % 25 == 24]
    right = judged("\n".join([*lines, as_text(now)]))
    assert right.verdict == "right"
    assert check_of(right, "rising").holds
    assert right.taken_for.endswith("; and the log-likelihoods of 44 iterations")
    lines.insert(20, "iter 20: loglik = -754.2")
    wrong = judged("\n".join([*lines, as_text(now)]))
    assert wrong.verdict == "wrong"
    assert wrong.headline.startswith("The log-likelihood fell from")
    assert wrong.headline.endswith("The parameters are those of correct EM all the same.")
    lines[20] = "iter 20: loglik = nan"
    assert judged("\n".join([*lines, as_text(now)])).first_wrong.title == LAWS["finite"]
