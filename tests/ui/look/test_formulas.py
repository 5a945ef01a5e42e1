"""The formulas say what the engine computed: their numbers, read back."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written import DIGITS, numbers, value, whole

from gmm_core import Mixture, fit, load_dataset
from gmm_core.engine import covariance
from pages.ui.look import m_step
from pages.ui.look.formulas import e_step_formulas
from pages.ui.look.latex import exponential, number
from pages.ui.look.notation import NOTATIONS

few = settings(max_examples=25)
seeds = st.integers(0, 2**32 - 1)
FAMILIES = ["full", "tied", "diag", "spherical"]
families = st.sampled_from(FAMILIES)
dimensions = st.sampled_from([1, 2, 3, 4, 9])


def test_every_family_has_its_formulas():
    assert set(NOTATIONS) == set(FAMILIES) == set(covariance.FAMILIES)


def last(formula: str) -> list[float]:
    """The numbers after the last sign of equality."""
    return numbers(formula.rsplit("=", 1)[1])


def run(seed: int, family: str, d: int, n: int = 60) -> tuple[np.ndarray, Mixture, Mixture]:
    """Rows in three groups, and two mixtures one iteration apart."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 3 * rng.normal(size=(3, d))[np.arange(n) % 3] + 2
    trace = fit(X, 3, covariance_type=family, random_state=0, reg_covar=0.01, tol=0, max_iter=2)
    return X, trace.steps[1].mixture, trace.steps[2].mixture


def m_step_formulas(*of) -> list[str]:
    return [one.latex for one in m_step.m_step_formulas(*of)]


def names_of(d: int) -> list[str]:
    return [f"feature {'abcdefghi'[i]}" for i in range(d)]


# --- numbers


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (0.14392123, "0.14392"),
        (44.44571429, "44.446"),
        (-0.0, "0"),
        (25, "25"),
        (0.0001, "0.0001"),
        (1.23456e-5, r"1.2346 \times 10^{-5}"),
        (-123456.0, r"-1.2346 \times 10^{5}"),
        (1e-6, r"1 \times 10^{-6}"),
        (3e-310, r"3 \times 10^{-310}"),
    ],
)
def test_numbers_have_five_digits_and_powers_of_ten(given_value, expected):
    assert number(given_value) == expected


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (0.0, "1"),
        (math.log(2.5), "2.5"),
        (-1234.56789, "e^{-1234.5679}"),
        (800.0, "e^{800.0000}"),
        (-1e300, r"e^{-1 \times 10^{300}}"),
    ],
)
def test_what_no_float_holds_is_shown_by_its_logarithm(log, expected):
    assert exponential(log) == expected


@given(st.floats(-1e300, 1e300))
def test_a_number_can_be_read_back(x):
    assert value(number(x)) == pytest.approx(x, rel=DIGITS, abs=1e-307)


# --- the E-step


@few
@given(seeds, families, dimensions, st.integers(0, 2), st.integers(0, 59))
def test_the_e_step_ends_at_the_responsibility(seed, family, d, component, row):
    X, mixture, _ = run(seed, family, d)
    point, gap, distance, density, weighted, responsibility = e_step_formulas(
        mixture, X[row], component, names_of(d)
    )
    expected = mixture.responsibilities(X[row : row + 1])[0, component]
    assert last(responsibility) == [pytest.approx(expected, rel=DIGITS)]
    above, below = numbers(responsibility.split("&=")[2])
    assert above / below == pytest.approx(expected, rel=3 * DIGITS)

    np.testing.assert_allclose(last(point), whole(X[row]), rtol=DIGITS)
    np.testing.assert_allclose(last(gap), whole(X[row] - mixture.means[component]), rtol=DIGITS)
    residual = X[row] - mixture.means[component]
    mahalanobis = residual @ np.linalg.solve(mixture.full_covariances[component], residual)
    assert last(distance) == [pytest.approx(mahalanobis, rel=DIGITS)]

    joint = np.exp(mixture.log_joint(X[row : row + 1])[0])
    assert last(density) == [pytest.approx(joint[component] / mixture.weights[component], rel=DIGITS)]
    lines = [numbers(line.split("&=")[1]) for line in weighted.split(r"\\ w_")]
    np.testing.assert_allclose(
        lines, np.column_stack([mixture.weights, joint / mixture.weights, joint]), rtol=DIGITS
    )


@few
@given(seeds, families, dimensions, st.integers(0, 2))
def test_the_density_is_its_own_formula(seed, family, d, component):
    X, mixture, _ = run(seed, family, d)
    density = e_step_formulas(mixture, X[0], component, names_of(d))[3]
    distance, determinant = re.search(
        r"\\cdot (.+?)\\right\)\}\{\\sqrt\{\(2\\pi\)\^\{\d+\} \\cdot (.+)\}\} \\\\", density
    ).groups()
    sign, size = np.linalg.slogdet(mixture.full_covariances[component])
    assert sign == 1
    assert value(determinant) == pytest.approx(math.exp(size), rel=DIGITS)
    by_hand = math.exp(-value(distance) / 2) / math.sqrt((2 * math.pi) ** d * value(determinant))
    # Five digits of the exponent are fewer of the density.
    assert last(density) == [pytest.approx(by_hand, rel=DIGITS * (1 + value(distance)))]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_density_that_underflows_is_shown_by_its_logarithm(family):
    _, mixture, _ = run(0, family, 2)
    x = np.array([900.0, 1000.0])
    joint = mixture.log_joint(x[np.newaxis])[0]
    assert np.exp(joint).max() == 0
    responsibilities = mixture.responsibilities(x[np.newaxis])[0]
    for component in range(3):
        formulas = e_step_formulas(mixture, x, component, ["a", "b"])
        assert f"e^{{{joint[component] - math.log(mixture.weights[component]):.4f}}}" in formulas[3]
        assert f"{{{exponential(joint[component])}}}" in formulas[5]
        assert last(formulas[5]) == [pytest.approx(responsibilities[component], rel=DIGITS)]


def test_a_component_without_weight_is_responsible_for_nothing():
    mixture = Mixture([1.0, 0.0], [[0.0], [1.0]], [1.0, 1.0], "spherical")
    formulas = e_step_formulas(mixture, 1.0, 1, ["a"])
    assert r"&= 0 \cdot 0.39894 = 0 \end" in formulas[4]
    assert formulas[5].endswith(r"&= \frac{0}{0.24197} \\ &= 0 \end{aligned}")


def test_a_whole_formula():
    mixture = Mixture([0.25, 0.75], [[-2.0], [1.0]], [[4.0], [1.0]], "diag")
    assert e_step_formulas(mixture, [1.0], 0, ["height_cm"])[:4] == [
        r"x = \text{height\_cm} = 1",
        r"\begin{aligned} x - \mu_{1} &= 1 - (-2) \\ &= 3 \end{aligned}",
        r"\begin{aligned} \Delta_{1}^2 &= \frac{(x - \mu_{1})^2}{\sigma_{1}^2} \\ "
        r"&= \frac{(3)^2}{4} \\ &= 2.25 \end{aligned}",
        r"\begin{aligned} \mathcal{N}(x \mid \mu_{1},\, \sigma_{1}^2) &= "
        r"\frac{\exp\left(-\tfrac{1}{2} \Delta_{1}^2\right)}{\sqrt{(2\pi)^{1} \, \sigma_{1}^2}} \\ &= "
        r"\frac{\exp\left(-\tfrac{1}{2} \cdot 2.25\right)}{\sqrt{(2\pi)^{1} \cdot 4}} \\ &= 0.064759 "
        r"\end{aligned}",
    ]


# --- the M-step


@few
@given(seeds, families, dimensions, st.integers(0, 2))
def test_the_m_step_ends_at_the_new_mixture_and_its_numbers_lead_there(seed, family, d, component):
    X, old, new = run(seed, family, d)
    rows, count, mean, covariance, weight = m_step_formulas(old, new, X, component, 0.01, names_of(d))
    assert rows.endswith(r"n = 1, \dots, 60")
    responsibilities = old.responsibilities(X)[:, component]
    np.testing.assert_allclose(
        numbers(count.split("&=")[2]), responsibilities[[0, 1, -1]], rtol=DIGITS, atol=1e-300
    )
    assert last(count) == [pytest.approx(responsibilities.sum(), rel=DIGITS)]

    np.testing.assert_allclose(last(mean), whole(new.means[component]), rtol=DIGITS)
    one, divisor, *sums = numbers(mean.split("&=")[2])
    assert (one, divisor) == (1, last(count)[0])
    np.testing.assert_allclose(sums, whole(responsibilities @ X), rtol=DIGITS, atol=1e-9)

    own = new.covariances if family == "tied" else new.covariances[component]
    np.testing.assert_allclose(last(covariance), whole(own), rtol=DIGITS)
    divisor, rest = re.match(r" \\frac\{1\}\{(.+?)\} (.*)", covariance.split("&=")[2]).groups()
    scatter, added = rest.split(" + ")
    assert added.startswith("0.01")
    found = np.array(numbers(scatter)) / math.prod(numbers(divisor))
    diagonal = np.ravel(np.eye(d)) if family in ("full", "tied") and 1 < d <= 3 else 1.0
    np.testing.assert_allclose(found + 0.01 * diagonal, whole(own), rtol=5 * DIGITS, atol=1e-12)

    assert last(weight) == [pytest.approx(new.weights[component], rel=DIGITS)]
    above, below = numbers(weight.split("&=")[2])
    assert above / below == pytest.approx(new.weights[component], rel=DIGITS)


@pytest.mark.parametrize(
    ("family", "d", "written"),
    [
        ("full", 2, r"\Sigma_{2} &= \frac{1}{N_{2}} \sum_{n=1}^{60} \gamma_{n,2}\, (x_n - \mu_{2})"),
        ("tied", 2, r"\Sigma &= \frac{1}{60} \sum_{j} \sum_{n=1}^{60} \gamma_{n,j}\, (x_n - \mu_{j})"),
        ("diag", 2, r"\sigma_{2,i}^2 &= \frac{1}{N_{2}} \sum_{n=1}^{60} \gamma_{n,2}\, (x_{n,i} - "),
        ("spherical", 2, r"\sigma_{2}^2 &= \frac{1}{2 N_{2}} \sum_{n=1}^{60} \gamma_{n,2}\, \lVert"),
        ("full", 4, r"(\Sigma_{2})_{i,i} &= \frac{1}{N_{2}} \sum_{n=1}^{60} \gamma_{n,2}\, (x_{n,i}"),
        ("tied", 4, r"\Sigma_{i,i} &= \frac{1}{60} \sum_{j} \sum_{n=1}^{60} \gamma_{n,j}\, (x_{n,i} - "),
        ("tied", 1, r"\sigma^2 &= \frac{1}{60} \sum_{j} \sum_{n=1}^{60} \gamma_{n,j}\, (x_n - \mu_{j})^2"),
        ("full", 1, r"\sigma_{2}^2 &= \frac{1}{N_{2}} \sum_{n=1}^{60} \gamma_{n,2}\, (x_n - \mu_{2})^2"),
    ],
)
def test_the_covariance_is_written_as_its_family_does(family, d, written):
    X, old, new = run(1, family, d)
    covariance = m_step_formulas(old, new, X, 1, 0.01, names_of(d))[3]
    assert written in covariance
    assert r"+ \varepsilon" in covariance
    assert "varepsilon" not in m_step_formulas(old, new, X, 1, 0, names_of(d))[3]


@pytest.mark.parametrize(
    ("model", "written"),
    [
        ("EII", r"\Sigma_{2} = \lambda I &= "),
        ("VEI", r"\Sigma_{2} = \lambda_{2} A &= "),
        ("EVI", r"\Sigma_{2} = \lambda A_{2} &= "),
        ("VEE", r"\Sigma_{2} = \lambda_{2} D A D^\top &= "),
        ("VEV", r"\Sigma_{2} = \lambda_{2} D_{2} A D_{2}^\top &= "),
        ("VVV", r"\Sigma_{2} = \lambda_{2} D_{2} A_{2} D_{2}^\top &= "),
    ],
)
def test_of_a_model_it_is_written_what_components_share(model, written):
    X = load_dataset("tutorial_500").X
    first, second = fit(X, 3, covariance_type=model, random_state=0, max_iter=1).steps
    covariance_of = m_step_formulas(first.mixture, second.mixture, X, 1, 1e-6, ["x1", "x2"])[3]
    assert written in covariance_of
    assert number(second.mixture.full_covariances[1, 0, 0]) in covariance_of
    assert "gamma" not in covariance_of  # its M-step is no formula


def test_the_published_first_m_step():
    start = Mixture(np.full(3, 1 / 3), [[-5.0], [8.0], [1.5]], [[25.0], [9.0], [1.0]], "diag")
    X = load_dataset("tutorial_60").X
    trace = fit(X, 3, covariance_type="diag", start=start, reg_covar=0, max_iter=1)
    formulas = m_step_formulas(start, trace.mixture, X, 0, 0, ["x"])
    assert [last(f)[-1] for f in formulas[1:4]] == [28.193, -7.3647, 21.938]
    assert r"0.029764 + " in formulas[1]


# --- what people call their columns, and what cannot be


def test_names_are_text_however_they_are_written():
    mixture = Mixture([1.0], [[0.0, 0.0, 0.0]], [1.0], "spherical")
    point = e_step_formulas(mixture, [1, 2, 3], 0, [r"a_b\{c}", "50 % & $~^#", "two\n\nlines " + "x" * 99])[0]
    assert point == (
        r"x = \begin{pmatrix} \text{a\_b\textbackslash{}\{c\}} \\ "
        r"\text{50 \% \& \$\textasciitilde{}\textasciicircum{}\#} \\ "
        r"\text{two lines xxxxxxxxxxxxx…} \end{pmatrix} = \begin{pmatrix} 1 \\ 2 \\ 3 \end{pmatrix}"
    )


def test_what_does_not_fit_together():
    X, old, new = run(0, "full", 2)
    for component, names, message in (
        (3, ["a", "b"], "component must be from 0 to 2; got 3."),
        (0, ["a"], "names has 1 entries for 2 features."),
    ):
        with pytest.raises(ValueError) as error:
            e_step_formulas(old, X[0], component, names)
        assert str(error.value) == message
        with pytest.raises(ValueError) as error:
            m_step_formulas(old, new, X, component, 0.01, names)
        assert str(error.value) == message
    with pytest.raises(ValueError) as error:
        m_step_formulas(old, run(0, "diag", 2)[2], X, 0, 0.01, ["a", "b"])
    assert str(error.value) == (
        "old_mixture and new_mixture must have the same components, features and family."
    )
