"""The formulas with noise, t distributions and a prior: every number is what the engine, or scipy, has."""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import digamma, gamma
from scipy.stats import invgamma, invwishart, multivariate_normal, multivariate_t
from written import DIGITS, numbers, whole

from gmm_core import Mixture, Trace, fit
from gmm_core.engine.expectation import MOST_DOF
from gmm_core.engine.observed import marginal
from pages.ui.look.formulas import e_step_formulas, legend, posterior_formulas
from pages.ui.look.m_step import m_step_formulas

FAMILIES = ["full", "tied", "diag", "spherical"]
KINDS: dict[str, dict] = {
    "noise": {"noise": True},
    "t": {"dof": "each"},
    "common": {"dof": "common"},
    "held": {"dof": 4.0},
    "prior": {"prior": True},
    "noise and t": {"noise": True, "dof": "each"},
    "noise and prior": {"noise": True, "prior": True},
    "t and prior": {"dof": "each", "prior": True},
    "all": {"noise": True, "dof": "each", "prior": True},
}
REG = 0.01
NAMES = list("abcd")
NEW = re.compile(r"\{\\nu(?:_\{\d\})?\^\{\\text\{new\}\}\}")


def lines(formula: str) -> list[str]:
    """What stands after each sign of equality that begins a step."""
    body = formula.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}")
    parts = body.split("&=")[1:]
    # A matrix breaks its rows as well, but only a step has the sign.
    return [*(one.rsplit(r" \\ ", 1)[0] for one in parts[:-1]), parts[-1]]


def last(formula: str) -> list[float]:
    return numbers(lines(formula)[-1])


def of(formulas: list[str], *begin: str) -> str:
    """The one formula whose left side begins so."""
    found = [one for one in formulas if one.removeprefix(r"\begin{aligned} ").startswith(begin)]
    assert len(found) == 1, (begin, formulas)
    return found[0]


@cache
def run(kind: str, family: str, d: int, gaps: bool = False, weighted: bool = False) -> tuple:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, d)) + 3 * rng.normal(size=(3, d))[np.arange(60) % 3] + 2
    X[::9] += rng.normal(scale=5, size=X[::9].shape)
    if gaps:
        X[1, 0] = X[59, -1] = X[7, 0] = np.nan
    weights = rng.integers(1, 4, 60).astype(float) if weighted else None
    how = {"covariance_type": family, "random_state": 0, "reg_covar": REG, "tol": 0, "max_iter": 2}
    missing = "observed" if gaps else "raise"
    return X, weights, fit(X, 3, sample_weight=weights, missing=missing, **how, **KINDS[kind])


def of_m_step(trace: Trace, X, component: int, weights=None) -> list[str]:
    old, new = trace.steps[1].mixture, trace.steps[2].mixture
    names = NAMES[: X.shape[1]]
    found = m_step_formulas(old, new, X, component, REG, names, weights, trace.prior)
    return [one.latex for one in found]


def densities(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Of every component at a row (d,) of which values may be missing, by scipy."""
    seen = ~np.isnan(x)
    found = []
    for j, (mean, matrix) in enumerate(zip(mixture.means, mixture.full_covariances, strict=True)):
        at = (x[seen], mean[seen], matrix[np.ix_(seen, seen)])
        plain = mixture.dof is None
        found.append(multivariate_normal.pdf(*at) if plain else multivariate_t.pdf(*at, mixture.dof[j]))
    return np.array(found)


def shares(mixture: Mixture, X: np.ndarray) -> np.ndarray:
    """Responsibilities (n, k + 1), the last of noise."""
    box = mixture.noise_box
    of_noise = [0.0 if box is None else 1 / np.prod(np.diff(box, axis=0)[0, ~np.isnan(x)]) for x in X]
    joint = np.array([mixture.weights * densities(mixture, x) for x in X])
    joint = np.column_stack([joint, mixture.noise_weight * np.array(of_noise)])
    return joint / joint.sum(axis=1, keepdims=True)


def tails(mixture: Mixture, X: np.ndarray, j: int) -> tuple[np.ndarray, np.ndarray]:
    """The expected precisions of the rows, and the logarithms of them."""
    if mixture.dof is None:
        return np.ones(len(X)), np.zeros(len(X))
    dof, seen = mixture.dof[j], ~np.isnan(X)
    squares = []
    for x, known in zip(X, seen, strict=True):
        gap = (x - mixture.means[j])[known]
        squares.append(gap @ np.linalg.solve(mixture.full_covariances[j][np.ix_(known, known)], gap))
    o, squares = seen.sum(axis=1), np.array(squares)
    return (dof + o) / (dof + squares), digamma((dof + o) / 2) - np.log((dof + squares) / 2)


def ends(values: np.ndarray) -> np.ndarray:
    return np.asarray(values)[[0, 1, -1]]


def divided(line: str, n_parts: int) -> tuple[float, np.ndarray]:
    """The divisor of a fraction 1 / (a + b ...) and its sums as rows (n_parts, m)."""
    above = re.match(r" ?\\frac\{1\}\{(.+?)\} (?!\\times)(.*)", line)
    assert above, line
    divisor = sum(math.prod(numbers(part)) for part in above[1].split(" + "))
    inside = above[2].removeprefix(r"\left( ").split(r" \right) + ")[0] if n_parts > 1 else above[2]
    return divisor, np.array(numbers(inside))


cases = pytest.mark.parametrize(("kind", "family", "d"), [*product(KINDS, FAMILIES, (1, 3, 4))])


@cases
def test_the_e_step_is_that_of_the_mixture(kind, family, d):
    X, _, trace = run(kind, family, d)
    mixture, x, j = trace.steps[1].mixture, X[9], 1
    formulas = e_step_formulas(mixture, x, j, NAMES[:d])
    expected, pdf = shares(mixture, x[np.newaxis])[0], densities(mixture, x)
    begin = "t(x" if mixture.dof is not None else r"\mathcal{N}(x"
    density = of(formulas, begin)
    assert last(density) == [pytest.approx(pdf[j], rel=DIGITS)]
    weighted = numbers(re.sub(r"(?:w_\{\d\}.*?&=)", "", of(formulas, "w_{1}")))
    table = np.column_stack([mixture.weights, pdf, mixture.weights * pdf])
    if mixture.noise_box is not None:
        level = 1 / np.prod(np.diff(mixture.noise_box, axis=0))
        table = np.vstack([table, [mixture.noise_weight, level, mixture.noise_weight * level]])
        volume = of(formulas, r"\frac{1}{V}")
        assert last(volume) == [pytest.approx(level, rel=DIGITS)]
        sides = [end for low, high in whole_sides(mixture.noise_box) for end in (high, low)]
        np.testing.assert_allclose(numbers(lines(volume)[0])[1:], sides, rtol=DIGITS)
        of_noise = of(formulas, r"\gamma_{0}(x)")
        assert last(of_noise) == [pytest.approx(expected[-1], rel=DIGITS)]
        above, below = numbers(lines(of_noise)[1])
        assert above / below == pytest.approx(expected[-1], rel=3 * DIGITS)
    else:
        assert not any(r"\frac{1}{V}" in one for one in formulas)
    np.testing.assert_allclose(np.reshape(weighted, (-1, 3)), table, rtol=DIGITS)
    share = of(formulas, r"\gamma_{2}(x)")
    assert last(share) == [pytest.approx(expected[j], rel=DIGITS)]
    above, below = numbers(lines(share)[1])
    assert above / below == pytest.approx(expected[j], rel=3 * DIGITS)
    if mixture.dof is not None:
        u = of(formulas, "u_{2}(x)")
        assert last(u) == [pytest.approx(tails(mixture, x[np.newaxis], j)[0][0], rel=DIGITS)]
        (more, half), (dof, det), (distance, _), power = re_t(lines(density)[1])
        assert power == -more
        by_hand = gamma(more) / gamma(half) / math.sqrt((math.pi * dof) ** d * det)
        by_hand *= (1 + distance / dof) ** power
        assert by_hand == pytest.approx(pdf[j], rel=100 * DIGITS)


def whole_sides(box: np.ndarray) -> list:
    sides = box.T.tolist()
    return sides if len(sides) <= 3 else [*sides[:2], sides[-1]]


def re_t(line: str) -> list:
    """The numbers of the density of a t distribution, two and two, and the power at its end."""
    gammas = re.findall(r"\\Gamma\((.+?)\)", line)
    root = re.search(r"\\pi \\cdot (.+?)\)\^\{\d+\} \\cdot (.+)\}\} \\left", line).groups()
    one = re.search(r"\\left\(1 \+ \\frac\{(.+)\}\{(.+?)\}\\right\)\^\{(.+)\}", line).groups()
    pairs = [[numbers(part)[0] for part in pair] for pair in (gammas, root, one[:2])]
    return [*pairs, float(one[2])]


@cases
def test_the_m_step_ends_at_the_new_mixture_and_its_numbers_lead_there(kind, family, d):
    X, _, trace = run(kind, family, d)
    check_m_step(X, None, trace, family)


@pytest.mark.parametrize(("gaps", "weighted"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("kind", ["noise", "t", "all"])
def test_so_with_rows_that_count_or_have_gaps(kind, gaps, weighted):
    X, weights, trace = run(kind, "full", 2, gaps, weighted)
    check_m_step(X, weights, trace, "full")
    mixture, known = trace.steps[1].mixture, ~np.isnan(X[1])
    part = marginal(mixture, known)
    names = [name for name, there in zip("ab", known, strict=True) if there]
    share = of(e_step_formulas(part, X[1][known], 1, names), r"\gamma_{2}(x)")
    assert last(share) == [pytest.approx(shares(mixture, X[1:2])[0, 1], rel=DIGITS)]


def check_m_step(X, weights, trace: Trace, family: str, j: int = 1) -> None:
    old, new, prior = trace.steps[1].mixture, trace.steps[2].mixture, trace.prior
    c = np.ones(len(X)) if weights is None else weights
    formulas = of_m_step(trace, X, j, weights)
    own = shares(old, X)
    u, v = tails(old, X, j)
    claimed = own[:, j] * c
    count = of(formulas, "N_{2}")
    assert last(count) == [pytest.approx(claimed.sum(), rel=DIGITS)]
    shown = ends(own[:, j]) if weights is None else np.column_stack([ends(c), ends(own[:, j])]).ravel()
    np.testing.assert_allclose(numbers(lines(count)[1]), shown, rtol=DIGITS)
    mass = (claimed * u).sum()
    if old.dof is not None:
        of_rows = of(formulas, "u_{n,2}")
        np.testing.assert_allclose([numbers(one)[-1] for one in lines(of_rows)[1:]], ends(u), rtol=DIGITS)
        assert ("d_n" in of_rows) == bool(np.isnan(X).any())
        masses = of(formulas, "U_{2}")
        assert last(masses) == [pytest.approx(mass, rel=DIGITS)]
        parts = [math.prod(numbers(part)) for part in lines(masses)[1].split(r" + ") if "dots" not in part]
        np.testing.assert_allclose(parts, ends(claimed * u), rtol=4 * DIGITS)
    # The mean: sums over the rows, and kappa times the prior's, over as how many rows they count.
    mean = of(formulas, r"\mu_{2}")
    np.testing.assert_allclose(last(mean), whole(new.means[j]), rtol=DIGITS)
    divisor, found = divided(lines(mean)[1], 1 if prior is None else 2)
    assert divisor == pytest.approx(mass + (0 if prior is None else prior.shrinkage), rel=DIGITS)
    shown = len(whole(new.means[j]))
    summed = found[:shown] + (0 if prior is None else found[shown] * found[shown + 1 :])
    np.testing.assert_allclose(summed / divisor, whole(new.means[j]), rtol=5 * DIGITS, atol=1e-4)
    if prior is not None:
        np.testing.assert_allclose(found[shown + 1 :], whole(prior.mean), rtol=DIGITS)
        assert found[shown] == prior.shrinkage
    if not np.isnan(X).any():
        np.testing.assert_allclose(found[:shown], whole((claimed * u) @ X), rtol=DIGITS, atol=1e-6)
    check_covariance(X, formulas, old, new, prior, family, own, c, j)
    # The degrees of freedom solve the equation that stands there.
    if old.dof is not None and old.dof_type != "fixed":
        of_rows = of(formulas, "v_{n,2}")
        np.testing.assert_allclose([numbers(one)[-1] for one in lines(of_rows)[1:]], ends(v), rtol=DIGITS)
        equation = of(formulas, "0 ")
        *_, n_j, total = numbers(NEW.sub("", lines(equation)[1]))
        each = range(3) if old.dof_type == "common" else [j]
        expected = sum((c * own[:, i] * (np.subtract(*tails(old, X, i)[::-1]))).sum() for i in each)
        assert (n_j, total) == (
            pytest.approx(sum((c * own[:, i]).sum() for i in each), rel=DIGITS),
            pytest.approx(expected, rel=DIGITS),
        )
        mean_of = expected / sum((c * own[:, i]).sum() for i in each)
        solved = brentq(lambda x: np.log(x / 2) + 1 - digamma(x / 2) + mean_of, 0.01, 1e6)
        assert numbers(lines(equation)[2])[0] == pytest.approx(np.clip(solved, 1, 200), rel=DIGITS)
        assert numbers(lines(equation)[2])[0] == pytest.approx(new.dof[j], rel=DIGITS)
    elif old.dof is not None:
        assert r"\nu_{2} = 4 \quad \text{(held)}" in formulas
    # Weights, with that of noise.
    kinds = [("2", claimed.sum(), new.weights[j])]
    if new.noise_box is not None:
        kinds.append(("0", (c * own[:, -1]).sum(), new.noise_weight))
        assert last(of(formulas, "N_{0}")) == [pytest.approx((c * own[:, -1]).sum(), rel=DIGITS)]
    for number, count_of, weight_of in kinds:
        weight = of(formulas, f"w_{{{number}}}")
        assert numbers(lines(weight)[1]) == [pytest.approx(x, rel=DIGITS) for x in (count_of, c.sum())]
        assert last(weight) == [pytest.approx(weight_of, rel=DIGITS)]
        assert count_of / c.sum() == pytest.approx(weight_of, rel=1e-9)


def check_covariance(X, formulas, old, new, prior, family, own, c, j) -> None:
    """Its sums, the prior's pull and scale, over as how many rows they count."""
    d, claimed = X.shape[1], own[:, j] * c
    begin = r"\sigma" if d == 1 or family in ("diag", "spherical") else (r"\Sigma", r"(\Sigma")
    covariance = of(formulas, *([begin] if isinstance(begin, str) else begin))
    at = new.covariances if family == "tied" else new.covariances[j]
    np.testing.assert_allclose(last(covariance), whole(at), rtol=DIGITS)
    divisor, found = divided(lines(covariance)[1].split(" + 0.01")[0], 1 if prior is None else 3)
    times, pooled = (d if family == "spherical" else 1), family == "tied"
    rows = (c[:, np.newaxis] * own[:, :3]).sum() if pooled else claimed.sum()
    if prior is not None:
        added = {"full": d + 2, "tied": 3 + d + 1, "diag": 3, "spherical": d + 2}[family]
        rows = times * rows + prior.dof + added
    else:
        rows = times * rows
    assert divisor == pytest.approx(rows, rel=2 * DIGITS)
    parts = found.reshape(1 if prior is None else 3, -1)
    diagonal = np.ravel(np.eye(d)) if family in ("full", "tied") and 1 < d <= 3 else 1.0
    np.testing.assert_allclose(
        parts.sum(axis=0) / divisor + REG * diagonal, whole(at), rtol=10 * DIGITS, atol=1e-4
    )

    def shape(matrix: np.ndarray) -> list[float]:
        if family == "spherical":
            return [float(np.trace(matrix))]
        return whole(np.diagonal(matrix) if family == "diag" else matrix)

    each = range(3) if pooled else [j]
    if not np.isnan(X).any():
        about = (
            new.means
            if prior is not None
            else [np.average(X, axis=0, weights=own[:, i] * c * tails(old, X, i)[0]) for i in range(3)]
        )
        scatter = sum((X - about[i]).T * (own[:, i] * c * tails(old, X, i)[0]) @ (X - about[i]) for i in each)
        np.testing.assert_allclose(parts[0], shape(scatter), rtol=DIGITS, atol=1e-6)
    if prior is not None:
        gaps = new.means - prior.mean
        pulled = prior.shrinkage * sum(np.outer(gaps[i], gaps[i]) for i in each)
        scale = prior.scale if prior.scale.ndim else prior.scale * np.eye(d)
        np.testing.assert_allclose(parts[1], shape(pulled), rtol=DIGITS, atol=1e-6)
        expected = [float(prior.scale)] if family == "spherical" else shape(scale)
        np.testing.assert_allclose(parts[2], expected, rtol=DIGITS)


@pytest.mark.parametrize(("family", "d"), [*product(FAMILIES, (1, 3, 4))])
def test_the_log_posterior_is_that_of_the_curve(family, d):
    _, _, trace = run("prior", family, d)
    prior, values = trace.prior, []
    for step in trace.steps[1:]:
        density, per_row = posterior_formulas(step, prior, 60)
        power, log_det, rest = numbers(lines(density)[1])[2:]
        (value,) = last(density)
        assert -(power * log_det + rest) / 2 == pytest.approx(value, abs=2 * DIGITS * abs(power * log_det))
        likelihood, _, n, again = numbers(lines(per_row)[1])
        assert (n, again) == (60, value)
        assert likelihood == pytest.approx(step.log_likelihood, rel=DIGITS)
        assert last(per_row) == [pytest.approx(trace.log_posteriors[step.iteration], rel=DIGITS)]
        values.append(value)
    # But for a constant, it is scipy's.
    before, after = (by_scipy(step.mixture, prior, family) for step in trace.steps[1:])
    assert values[1] - values[0] == pytest.approx(after - before, abs=DIGITS * np.abs(values).max())


def by_scipy(mixture: Mixture, prior, family: str) -> float:
    matrices, k = mixture.full_covariances, mixture.n_components
    means = sum(
        multivariate_normal.logpdf(mean, prior.mean, matrix / prior.shrinkage)
        for mean, matrix in zip(mixture.means, matrices, strict=True)
    )
    if family in ("full", "tied"):
        own = matrices[:1] if family == "tied" else matrices
        return means + sum(invwishart.logpdf(S, prior.dof, prior.scale) for S in own)
    assert len(mixture.covariances) == k
    return means + invgamma.logpdf(mixture.covariances, prior.dof / 2, scale=prior.scale / 2).sum()


def test_degrees_of_freedom_at_an_end_are_said_to_be():
    # Rows with lighter tails than a Gaussian's.
    X = np.random.default_rng(0).uniform(-1, 1, (200, 1))
    old = Mixture([1.0], [[0.0]], [1 / 3], "spherical", dof=[MOST_DOF])
    new = fit(X, 1, start=old, covariance_type="spherical", dof="each", max_iter=1).mixture
    assert new.dof.tolist() == [MOST_DOF]
    equation = of([one.latex for one in m_step_formulas(old, new, X, 0, 1e-6, ["a"])], "0 ")
    left = re.search(r"200 \\quad \\text\{\(the most; the right side is still \} (.+) \\text", equation)
    total = (np.subtract(*tails(old, X, 0)[::-1])).mean()
    assert numbers(left[1]) == [pytest.approx(np.log(100) + 1 - digamma(100) + total, rel=DIGITS)]
    assert numbers(left[1])[0] > 0


def test_noise_without_weight_claims_nothing():
    mixture = Mixture([1.0], [[0.0]], [1.0], "spherical", noise_weight=0.0, noise_box=[[-1.0], [3.0]])
    formulas = e_step_formulas(mixture, [1.0], 0, ["a"])
    assert r"w_{0} \frac{1}{V} &= 0 \cdot 0.25 = 0" in of(formulas, "w_{1}")
    assert of(formulas, r"\gamma_{0}(x)").endswith(r"\frac{0}{0.24197} \\ &= 0 \end{aligned}")


def test_a_model_says_why_it_has_no_formula():
    X, _, _ = run("prior", "full", 2)
    trace = fit(X, 3, covariance_type="VEE", prior=True, noise=True, random_state=0, max_iter=2, tol=0)
    formulas = of_m_step(trace, X, 1)
    covariance = of(formulas, r"\Sigma_{2} = \lambda_{2}")
    np.testing.assert_allclose(last(covariance), whole(trace.steps[2].mixture.covariances[1]), rtol=DIGITS)
    divisor, (*summed, shrinkage, first, second) = divided(lines(of(formulas, r"\mu_{2}"))[1], 2)
    found = (np.array(summed) + shrinkage * np.array([first, second])) / divisor
    np.testing.assert_allclose(found, trace.steps[2].mixture.means[1], rtol=5 * DIGITS)
    assert "by no single formula" in legend(trace.mixture, trace.prior, True, False)
    density, _ = posterior_formulas(trace.steps[2], trace.prior, 60)
    assert last(density) == [pytest.approx(trace.prior.log_density(trace.steps[2].mixture), rel=DIGITS)]
    assert legend(run("t", "full", 2)[2].mixture, None, True, False).startswith("Of a t distribution")
