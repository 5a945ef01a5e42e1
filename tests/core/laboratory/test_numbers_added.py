"""Numbers added to the variances: those of correct EM are no mistake, whatever scales the features have."""

import numpy as np
import pytest

from gmm_core.engine.covariance import FAMILIES
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import Parameters
from gmm_core.laboratory.pieces import widened
from gmm_core.tables.pasted import read_numbers

SCALES = np.array([1.0, 1e4])


def groups(scales=SCALES, k=2, n=150, apart=3.0):
    rng = np.random.default_rng(3)
    parts = [
        rng.normal(size=(n // k, len(scales))) @ rng.normal(size=(len(scales),) * 2)
        + apart * rng.normal(size=len(scales))
        for _ in range(k)
    ]
    return np.concatenate(parts) * scales


def steps(X, family, reg_covar=0.0, faults=(), k=2, most=300):
    """The last two iterations of such code: parameters and responsibilities of each."""
    kind, rng = FAMILIES[family], np.random.default_rng(0)
    spread = np.tile(X.var(axis=0), (k, 1))
    if kind.matrices:
        spread = spread[:, :, None] * np.eye(X.shape[1])
    now, found = Parameters(np.full(k, 1 / k), X[rng.choice(len(X), k, replace=False)], spread), []
    for _ in range(most):
        R = faulty_e_step(X, now, faults).responsibilities
        now = faulty_m_step(X, R, now, faults, family=kind)
        now = Parameters(now.weights, now.means, widened(now.variances, reg_covar))
        found = [*found[-1:], (now, R)]
    return found


def text(now, digits=8, **other):
    arrays = {"weights": now.weights, "means": now.means, "covariances": now.variances}
    with np.printoptions(precision=digits, threshold=10**9):
        return "\n".join(f"{name} = {values}" for name, values in (arrays | other).items())


def judged(X, pasted):
    return diagnose(read_numbers(pasted), X)


@pytest.mark.parametrize("reg_covar", [1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize("family", FAMILIES)
def test_features_of_other_scales_make_no_mistake_of_a_number_added(family, reg_covar):
    X = groups()
    rest = steps(X, family, reg_covar)
    for digits in (5, 8):
        found = judged(X, text(rest[-1][0], digits))
        assert (found.verdict, found.broken) == ("right", ()), (digits, found.headline)
    early = steps(X, family, reg_covar, most=4)
    row = "\n".join(text(now, responsibilities=R) for now, R in early)
    assert judged(X, row).verdict == "right"
    alone = "\n".join(text(now) for now, _ in early)
    assert judged(X, alone).verdict == "right"


@pytest.mark.parametrize("fault", ["no_half", "one_less", "not_divided"])
def test_mistakes_are_named_beside_a_number_added(fault):
    X = groups(np.array([1.0, 14.0]), apart=1.0)
    found = judged(X, text(steps(X, "full", 1e-3, (fault,))[-1][0]))
    assert [one.faults for one in found.suspects if one.faults] == [(fault,)]
    assert found.verdict == "wrong"


@pytest.mark.parametrize("fault", ["last_for_all", "mean_for_all", "first_for_all"])
def test_no_number_that_fits_makes_another_mistake_certain(fault):
    X = groups(np.array([4.0]), k=3)
    found = judged(X, text(steps(X, "diag", 0.0, (fault,), k=3)[-1][0]))
    assert found.suspects[0].faults == (fault,)
    assert all("added to the variances" not in one.sentence for one in found.suspects)


def test_what_np_cov_adds_with_one_component_is_no_reg_covar():
    X = groups(np.array([4.0]), k=3)
    found = judged(X, text(Parameters(np.ones(1), X.mean(axis=0)[None], X.var(axis=0, ddof=1)[None])))
    assert {one.faults for one in found.suspects} >= {("one_less",), ("np_cov",)}


# --- Weights of a wrong formula, and numbers that two mistakes give


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda N: N**0.5 / (N**0.5).sum(), "They are the square roots of N_k, divided by their sum."),
        (lambda N: N**2 / (N**2).sum(), "They are the squares of N_k, divided by their sum."),
        (lambda N: N / N.sum() / len(N), "Every one is 0.5 times N_k/n:"),
        (lambda N: 0.5 + 0.3 * (N / N.sum() - 0.5) ** 3, "N_k/n would be"),
    ],
)
def test_weights_of_any_wrong_formula_are_not_called_never_updated(made, said):
    X = groups(np.array([2.0, 3.0]), apart=1.5)
    now = steps(X, "full")[-1][0]
    for _ in range(120):
        R = faulty_e_step(X, now).responsibilities
        after = faulty_m_step(X, R, now, family=FAMILIES["full"])
        now = Parameters(made(R.sum(axis=0)), after.means, after.variances)
    found = judged(X, text(now))
    assert said in found.headline
    assert "The means and the covariances do follow" in found.headline
    assert all(one.faults is None for one in found.suspects)


def test_two_mistakes_with_the_same_numbers_are_both_named():
    X = groups(np.array([2.0, 3.0]), apart=1.5)
    spread = np.cov(X, rowvar=False, ddof=0)
    now = Parameters(np.full(2, 0.5), X[:2], np.array([spread] * 2))
    for _ in range(60):
        R = faulty_e_step(X, now).responsibilities
        after = faulty_m_step(X, R, now, family=FAMILIES["full"])
        now = Parameters(after.weights, after.means, now.variances)
    found = judged(X, text(now))
    assert {one.faults for one in found.suspects} >= {("variances_stay",), ("about_the_centre",)}


def test_rows_that_go_whole_to_one_component_leave_the_density_open():
    X = groups(np.array([2.0, 3.0]), apart=1.5)
    found = judged(X, text(steps(X, "full", 0.0, ("hard_assignments",))[-1][0]))
    assert found.headline.endswith("So does any density so wrong that every row goes whole to one component.")


def test_a_covariance_that_its_digits_spoil_is_no_mistake():
    X = groups(np.array([1.0, 1e4]))
    right = steps(X, "full")[-1][0]
    spread = np.array([[[1.23, 1.24e4], [1.24e4, 1.24e8]], [[2.11, 0.3e4], [0.3e4, 2.02e8]]])
    found = judged(X, text(Parameters(right.weights.round(3), right.means.round(1), spread)))
    assert (found.verdict, found.broken) == ("open", ())
    assert "Paste all of them" in found.lacking


def test_the_inverse_of_each_element_is_no_inverse():
    X, spread = groups(np.array([2.0, 3.0])), np.array([[[2.0, 0.5], [0.5, 1.0]]])
    of = Parameters(np.ones(1), np.zeros((1, 2)), spread)
    wrong = faulty_e_step(X, of, ("inverse_by_element",)).log_densities[:, 0]
    squared = np.einsum("nd,de,ne->n", X, 1 / spread[0], X)
    np.testing.assert_allclose(wrong, -0.5 * (squared + np.log(np.linalg.det(2 * np.pi * spread[0]))))
