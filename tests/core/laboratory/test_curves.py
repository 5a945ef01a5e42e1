"""Histories alone: what a curve is divided by, changes of it, and numbers that are none."""

from itertools import count

import numpy as np
import pytest

from gmm_core import Mixture, fit, load_dataset
from gmm_core.laboratory.audit import evidence
from gmm_core.laboratory.audit.factors import factors, named
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faulty_em import likely_starts, run_with_faults
from gmm_core.tables.pasted import read_numbers

X = load_dataset("tutorial_500").X[::2]
N = len(X)
BEGIN = likely_starts(X, 2)["centres"]
START = Mixture(BEGIN.weights, BEGIN.means, BEGIN.variances, "diag")
PRINTED = run_with_faults(X, BEGIN, max_iter=6).printed


def judged(values, names="", form=".9g", **options):
    text = "\n".join(f"{names}{value:{form}}" for value in values)
    return diagnose(read_numbers(text), X, n_components=2, **options)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (PRINTED / (2 * N), f"divided by n times n_features ({2 * N:,})"),
        (PRINTED / 5, "divided by 5, the number of batches of 50 rows"),
        (-2 * PRINTED, "times 2, as the deviance is"),
        (PRINTED / 2, "divided by n_features (2) (or n_components (2)"),
    ],
)
def test_what_a_history_was_divided_by_is_named_where_the_curve_is_the_same(values, said):
    found = judged(values, start=START)
    assert [one.faults for one in found.suspects] == [()]
    assert found.suspects[0].certainty == "exact"
    assert said in found.suspects[0].sentence
    assert found.verdict == "right"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "said"),
    [
        (PRINTED / 17.3, "times 0.0578035, a factor that is not known here"),
        (PRINTED + 100, "but for a constant of 100 that is not known here"),
    ],
)
def test_a_factor_that_is_not_known_is_given_and_proves_nothing(values, said):
    found = judged(values, start=START)
    assert said in found.suspects[0].sentence
    assert (found.suspects[0].certainty, found.verdict) == ("possible", "open")


@pytest.mark.slow
def test_the_end_of_a_run_of_another_family_is_known_without_its_start():
    full = fit(X, 2, reg_covar=1e-6, tol=1e-9, max_iter=300, random_state=0).log_likelihoods
    found = judged(full / 2)
    assert found.suspects[0].sentence.endswith("(or n times n_components (500): the same number here).")
    assert "correct EM (full covariances)" in found.suspects[0].sentence
    assert judged(full * 1.0371).suspects == ()  # no factor is made up


def test_changes_alone_are_those_of_a_run():
    changes = np.diff(PRINTED) / N
    found = judged(changes, "change in log-likelihood: ", start=START)
    assert found.suspects[0].sentence.startswith("In all digits that were pasted, these are the changes of")
    assert found.verdict == "right"
    first = judged([np.inf, *changes], "change in log-likelihood: ", start=START)
    assert first.broken == ()
    assert "The first change is inf, as nothing came before: it was left out." in first.notes
    assert first.verdict == "right"
    later = judged([*changes[:3], np.nan, np.nan], "change in log-likelihood: ", start=START)
    assert later.broken[0].sentence == (
        "Change 4 is missing or not a number (and 1 more). From there on none is finite: 3 values before "
        "it are."
    )


def test_minus_infinity_before_the_first_value_is_no_mistake():
    found = judged([-np.inf, *PRINTED], start=START)
    assert (found.verdict, found.broken) == ("right", ())
    assert any("as loops print it that begin there: it is no mistake" in note for note in found.notes)


def test_where_it_falls_most_is_said_beside_what_explains_it():
    found = judged([-173.0, -124.5, -125.25, -355.0], form=".2f")
    assert found.first_wrong.sentence.endswith(
        "It falls most at value 4, by 229.8: 22,973 units of the last digit, where rounding explains one, "
        "and a number added to variances or denominators about 0.01."
    )


def test_factors_are_named_by_the_plainest():
    known = factors(400, 3, 2)
    assert named(1 / 400, known, 1e-9).said == "divided by n (400), the number of rows"
    assert named(1 / 800, known, 1e-9).said == "divided by n times n_features (800)"
    assert named(1 / np.log(10), known, 1e-9).said == "as log10"
    assert named(-1 / np.log(2), known, 1e-9).said == "as log2, times minus 1"
    assert named(0.0577, known, 1e-6) is None


def test_a_search_that_takes_too_long_ends_and_says_so(monkeypatch):
    monkeypatch.setattr(evidence, "thread_time", count(1e6, 0.02).__next__)
    found = judged(PRINTED * 1.001 + 3, start=START)
    assert found.verdict == "open"
    said = "The search was ended after 1 second of computing: "
    assert sum(note.startswith(said) for note in found.notes) == 1
