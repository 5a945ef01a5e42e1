"""A run beside scikit-learn's: they agree, and where they do not, the sentence is the true reason."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture as SklearnMixture

from gmm_core import Mixture, fit, load_dataset, start_at
from gmm_core.laboratory import against
from gmm_core.laboratory.against import AGREES, Against, against_sklearn

FAMILIES = ("full", "tied", "diag", "spherical")


@pytest.fixture(autouse=True)
def times_are_measured_once(monkeypatch):
    monkeypatch.setattr(against, "LONG", 1e-9)


def compare(X, k, **options) -> Against:
    options = {"reg_covar": 1e-6, "tol": 1e-3, "max_iter": 100} | options
    trace = fit(X, k, **options)
    how = {name: options[name] for name in ("reg_covar", "tol", "max_iter")}
    return against_sklearn(X, trace, **how)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", ["tutorial_500", "qa_series", "notebook_3d"])
def test_from_the_same_start_they_agree_and_there_is_nothing_to_explain(name, family):
    found = compare(load_dataset(name).X, 3, covariance_type=family, random_state=0)
    assert found.agrees
    assert found.largest < 1e-10
    assert len(found.apart) == found.n_iter == found.own_n_iter > 1
    assert found.reasons == ()
    assert found.seconds > 0 < found.own_seconds


def test_its_numbers_are_those_of_sklearn(sklearn_fit, blobs):
    X, options = blobs(), {"reg_covar": 1e-3, "tol": 1e-5, "max_iter": 50}
    trace = fit(X, 3, random_state=0, **options)
    seen: list[int] = []
    found = against_sklearn(X, trace, on_iteration=seen.append, **options)
    oracle = sklearn_fit(X, trace.steps[0].mixture, **options)
    assert seen == list(range(1, oracle.n_iter_ + 1))
    assert (found.n_iter, found.converged) == (oracle.n_iter_, oracle.converged_)
    assert found.lower_bound == pytest.approx(oracle.lower_bound_, rel=1e-12)
    assert found.log_likelihood == pytest.approx(oracle.score(X))
    # The bound is that of the parameters before the last M-step, the score is not.
    assert found.lower_bound == pytest.approx(trace.steps[-2].log_likelihood, rel=1e-12)
    assert abs(found.lower_bound - found.log_likelihood) > 1e-8


def test_differences_are_measured_in_the_units_they_say(blobs):
    """Against a run that is none: what scikit-learn made, with everything moved by a known amount."""
    X = blobs() * [1.0, 100.0]
    trace = fit(X, 2, random_state=0, tol=0, max_iter=3)
    last = trace.steps[-1]
    w, scale = np.array([0.01, -0.01]), X.std(axis=0)
    means = last.mixture.means + np.array([0.0, 5.0])
    moved = Mixture(last.mixture.weights + w, means, last.mixture.covariances * 1.5)
    last_moved = replace(last, mixture=moved, log_likelihood=last.log_likelihood + 0.25)
    fake = replace(trace, steps=(*trace.steps[:-1], last_moved))
    found = against_sklearn(X, fake, reg_covar=1e-6, tol=0, max_iter=3)
    assert found.last.weights == pytest.approx(0.01)
    assert found.last.means == pytest.approx(5.0)
    assert found.last.relative_means == pytest.approx(5.0 / scale[1])
    gap = np.abs(last.mixture.covariances) / 2
    assert found.last.covariances == pytest.approx(gap.max())
    assert found.last.relative_covariances == pytest.approx((gap / np.outer(scale, scale)).max())
    ours, theirs = found.log_likelihoods
    assert ours - theirs == pytest.approx(0.25)
    assert not found.agrees
    assert found.reasons[-1].startswith("After the first iteration both agree to ")


TWO = load_dataset("notebook_2d").X
THREE = load_dataset("tutorial_500").X
QA = load_dataset("qa_series").X
FAR = load_dataset("tutorial_collapse").X
COLLAPSES = Mixture([1 / 3] * 3, [(10, 13), (30, 25), (25, -5)], [5 * np.eye(2)] * 3)
LONG = {"tol": 0, "max_iter": 60}


def placed(third, family="full"):
    """A start with two means on rows, and one elsewhere."""
    means = [TWO[0], third, TWO[5]]
    return {"start": start_at(TWO, means, covariance_type=family), "covariance_type": family}


NEARLY = "A component nearly lost its rows on the way (N_k = {}). scikit-learn adds 2.2e-15 to every N_k"
DIFFERENT = {
    "a tolerance below rounding": (
        (THREE, 3, {"tol": 1e-15, "max_iter": 1000, "covariance_type": "diag", "random_state": 1}),
        ["asks for more digits than there are, and the last ones decide."],
    ),
    "both end at a collapse": (
        (FAR, 3, {"reg_covar": 0, "start": COLLAPSES}),
        [
            "Component 3 collapses. This engine keeps its last good step, that of iteration 1; scikit-learn "
            "raises an error in iteration 2 and keeps nothing. A larger reg_covar than 0 keeps both going."
        ],
    ),
    "one goes on with rounding": (
        (QA, 6, {"reg_covar": 0, "init": "random_from_data", "random_state": 3} | LONG),
        ["goes on with a variance that rounding has left"],
    ),
    "an empty component": (
        (TWO, 3, placed([1e3, 1e3]) | LONG),
        ["Component 2 has lost all its rows, and this engine ends there. scikit-learn adds 2.2e-15 to"],
    ),
    "a component that is nearly empty": (
        (TWO, 3, placed(TWO.mean(axis=0) + np.array([24, 0]), "diag") | LONG),
        [NEARLY.format("9.5e-15")],
    ),
    "far from zero": (
        (THREE + 1e7, 3, {"covariance_type": "spherical", "random_state": 1}),
        ["The data lie 1.4e+06 of their standard deviations from zero."],
    ),
    "so far that it finds no extent": (
        (THREE + 1e8, 3, {"covariance_type": "tied", "random_state": 1}),
        [
            ", because it finds a component without extent",  # in the first iteration or in the second
            "and variances as differences of their squares, which costs digits.",
        ],
    ),
    "near a saddle": (
        (TWO, 3, placed(TWO[0] + 1e-12) | {"tol": 0, "max_iter": 300}),
        ["as it does near a saddle, where two components are nearly the same"],
    ),
}


@pytest.mark.parametrize(("case", "sentences"), DIFFERENT.values(), ids=DIFFERENT)
def test_where_they_differ_it_is_said_why(case, sentences):
    X, k, options = case
    found = compare(X, k, **options)
    assert not found.agrees
    assert len(found.reasons) == len(sentences)
    for reason, sentence in zip(found.reasons, sentences, strict=True):
        assert sentence in reason


def test_the_sentences_are_true():
    """What each cure in a sentence promises, it does."""
    shifted = compare(
        THREE + 1e7 - (THREE + 1e7).mean(axis=0), 3, covariance_type="spherical", random_state=1
    )
    assert shifted.largest < 1e-9, "with the mean taken off both agree"
    assert compare(FAR, 3, reg_covar=1e-3, start=COLLAPSES).agrees, "a larger reg_covar keeps both going"
    below = compare(THREE, 3, tol=1e-15, max_iter=1000, covariance_type="diag", random_state=1)
    assert below.n_iter != below.own_n_iter
    assert below.largest < AGREES, "after the same iterations they are the same"


def test_what_ends_the_comparison_ends_it(blobs):
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    trace = fit(blobs(), 3, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        against_sklearn(blobs(), trace, reg_covar=1e-6, tol=1e-3, max_iter=100, on_iteration=stop)


def test_the_hook_of_sklearn_is_still_there():
    assert hasattr(SklearnMixture, "_print_verbose_msg_iter_end")
