"""Laws that hold for any data: order, units, origin and distance change nothing that they should not."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gmm_core import Mixture, Trace, e_step, fit
from gmm_core.engine.arrays import EPS
from gmm_core.engine.covariance import FAMILIES, family_named
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.sweep import Sweep

few = settings(max_examples=25)
families = st.sampled_from([*FAMILIES])
seeds = st.integers(0, 2**32 - 1)
dimensions = st.integers(1, 6)


def groups(seed: int, d: int, k: int = 3, n: int = 200) -> np.ndarray:
    """Groups of rows that touch, none of them round, none of them small."""
    rng = np.random.default_rng(seed)
    shapes = rng.normal(size=(k, d, d)) + 2 * np.eye(d)
    centres = 6 * rng.normal(size=(k, d))
    labels = np.arange(n) % k
    return np.einsum("nij,nj->ni", shapes[labels], rng.normal(size=(n, d))) + centres[labels]


def start_on(X: np.ndarray, family: str, k: int = 3) -> Mixture:
    """A start that owes nothing to chance, order or k-means: from the rows' groups, made wide."""
    d = X.shape[1]
    means = np.stack([X[j::k].mean(axis=0) for j in range(k)])
    wide = np.cov(X.T, bias=True).reshape(d, d)
    covariances = family_named(family).of_dense(np.tile(wide, (k, 1, 1)), np.full(k, 1 / k))
    return Mixture(np.full(k, 1 / k), means, covariances, family)


def run(X: np.ndarray, start: Mixture, reg_covar: float = 1e-4) -> Trace:
    return fit(
        X,
        start.n_components,
        covariance_type=start.covariance_type,
        start=start,
        reg_covar=reg_covar,
        tol=0,
        max_iter=12,
    )


def assert_alike(one: Mixture, other: Mixture, rtol: float = 1e-8) -> None:
    """Equal but for rounding, measured in the extent of the data the mixtures describe."""
    spread = np.abs(one.means).max()
    np.testing.assert_allclose(one.weights, other.weights, rtol=rtol)
    np.testing.assert_allclose(one.means, other.means, rtol=0, atol=rtol * spread)
    np.testing.assert_allclose(
        one.covariances, other.covariances, rtol=0, atol=rtol * np.abs(one.covariances).max()
    )


# --- order


@few
@given(seeds, dimensions, families, st.permutations(range(3)))
def test_permuting_the_components_of_the_start_permutes_the_result(seed, d, family, order):
    X = groups(seed, d)
    start = start_on(X, family)

    def permuted(mixture: Mixture) -> Mixture:
        covariances = mixture.covariances if family_named(family).shared else mixture.covariances[order]
        return Mixture(mixture.weights[order], mixture.means[order], covariances, family)

    plain, other = run(X, start), run(X, permuted(start))
    assert_alike(permuted(plain.mixture), other.mixture)
    np.testing.assert_allclose(plain.log_likelihoods, other.log_likelihoods, rtol=1e-10)


@few
@given(seeds, dimensions, families)
def test_permuting_the_rows_changes_nothing(seed, d, family):
    X = groups(seed, d)
    start = start_on(X, family)
    shuffled = np.random.default_rng(seed).permutation(X)
    plain, other = run(X, start), run(shuffled, start)
    assert_alike(plain.mixture, other.mixture)
    np.testing.assert_allclose(plain.log_likelihoods, other.log_likelihoods, rtol=1e-10)


# --- units and origin


@few
@given(seeds, dimensions, families, st.floats(-1e6, 1e6))
def test_shifting_the_data_shifts_the_means(seed, d, family, shift):
    X = groups(seed, d)
    moved = X + shift
    start = start_on(X, family)
    plain = run(X, start)
    other = run(moved, Mixture(start.weights, start.means + shift, start.covariances, family))
    back = Mixture(other.mixture.weights, other.mixture.means - shift, other.mixture.covariances, family)
    # The shifted data themselves have lost digits: 1e6 leaves about 1e-10 of a unit.
    assert_alike(plain.mixture, back, rtol=1e-6)
    np.testing.assert_allclose(plain.log_likelihoods, other.log_likelihoods, rtol=1e-7)
    np.testing.assert_allclose(
        plain.mixture.responsibilities(X), other.mixture.responsibilities(moved), atol=1e-6
    )


@few
@given(seeds, dimensions, families, st.floats(-8, 8))
def test_scaling_the_data_and_reg_covar_scales_the_mixture(seed, d, family, exponent):
    X, scale = groups(seed, d), 10.0**exponent
    start = start_on(X, family)
    plain = run(X, start)
    other = run(
        X * scale,
        Mixture(start.weights, start.means * scale, start.covariances * scale**2, family),
        reg_covar=1e-4 * scale**2,
    )
    mixture = other.mixture
    back = Mixture(mixture.weights, mixture.means / scale, mixture.covariances / scale**2, family)
    assert_alike(plain.mixture, back)
    # A density is per unit: d log(scale) lower.
    np.testing.assert_allclose(
        plain.log_likelihoods, other.log_likelihoods + d * np.log(scale), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        plain.mixture.responsibilities(X), mixture.responsibilities(X * scale), atol=1e-7
    )


# scikit-learn's tied start on single rows depends on the origin, and so does ours.
ROWWISE = ("k-means++", "random_from_data")
MOVES = [
    (family, init, scale, shift)
    for family in ("full", "tied", "diag", "spherical")
    for init in ("kmeans", "random", "interleaved", *ROWWISE)
    for scale, shift in ((1e-8, 0), (1e8, 0), (1, 1e6), (1e-3, 1e3))
    if not (family == "tied" and init in ROWWISE and shift)
]


@pytest.mark.parametrize(("family", "init", "scale", "shift"), MOVES)
def test_named_starts_follow_units_and_origin(family, init, scale, shift):
    X = groups(1, 2)
    moved = X * scale + shift
    options = {"covariance_type": family, "init": init, "tol": 0, "max_iter": 25, "random_state": 3}
    plain = fit(X, 3, reg_covar=1e-3, **options)
    other = fit(moved, 3, reg_covar=1e-3 * scale**2, **options)
    np.testing.assert_allclose(
        plain.mixture.responsibilities(X), other.mixture.responsibilities(moved), atol=1e-4
    )


@few
@given(seeds, st.integers(2, 6), st.sampled_from(["full", "tied"]))
def test_whole_matrices_follow_any_linear_map(seed, d, family):
    # Only without regularisation: reg_covar is round, and a map makes it oval.
    X = groups(seed, d)
    A = np.random.default_rng(seed + 1).normal(size=(d, d)) + 3 * np.eye(d)
    start = start_on(X, family)
    plain = run(X, start, reg_covar=0)
    other = run(X @ A.T, start.project(A), reg_covar=0)
    assert_alike(plain.mixture.project(A), other.mixture, rtol=1e-6)


# --- far away, and in many dimensions


@few
@given(seeds, dimensions, families, st.sampled_from([1e3, 1e6, 1e150]))
def test_responsibilities_are_probabilities_however_far_a_point_is(seed, d, family, deviations):
    mixture = start_on(groups(seed, d), family)
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(20, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    widest = np.sqrt(np.max(np.linalg.eigvalsh(mixture.full_covariances)))
    far = mixture.means[0] + directions * deviations * widest
    R = mixture.responsibilities(far)
    assert np.isfinite(R).all()
    assert np.all((R >= 0) & (R <= 1))
    np.testing.assert_allclose(R.sum(axis=1), 1, rtol=1e-14)
    assert np.isfinite(mixture.log_density(far)).all()


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("deviations", [1e3, 1e6])
def test_a_far_point_joins_the_fit_and_nothing_underflows(family, deviations):
    X = np.concatenate([groups(0, 2), [[deviations, -deviations]]])
    start = start_on(groups(0, 2), family)
    trace = run(X, start)
    assert np.isfinite(trace.log_likelihoods).all()
    for step in trace.steps:
        assert step.log_likelihood == pytest.approx(step.mixture.log_density(X).mean(), rel=1e-9)
        assert sum(step.counts) == pytest.approx(len(X), rel=1e-12)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_sixty_four_dimensions(family):
    X = groups(0, 64, n=900)
    trace = run(X, start_on(X, family))
    R = trace.mixture.responsibilities(X)
    np.testing.assert_allclose(R.sum(axis=1), 1, rtol=1e-14)
    assert np.isfinite(trace.log_likelihoods).all()
    assert trace.log_likelihood == pytest.approx(trace.mixture.log_density(X).mean(), rel=1e-10)
    assert np.mean(R.argmax(axis=1) == np.arange(900) % 3) > 0.99  # far apart, so they are found


# --- two ways to write one pass


def assert_same_expectation(one: Expectation, other: Expectation, rtol: float) -> None:
    np.testing.assert_allclose(one.counts, other.counts, rtol=rtol)
    np.testing.assert_allclose(one.means, other.means, rtol=0, atol=rtol * np.abs(other.means).max())
    np.testing.assert_allclose(one.scatter, other.scatter, rtol=0, atol=rtol * np.abs(other.scatter).max())
    assert one.log_likelihood == pytest.approx(other.log_likelihood, rel=rtol, abs=rtol)
    assert one.n_samples == other.n_samples


def all_whitened(sweep: Sweep, mixture: Mixture) -> Expectation:
    now = sweep.standardised(mixture)
    return sweep.whitened(now, np.ones_like(sweep.own(now)), now)


@few
@given(seeds, st.integers(1, 20), families, st.floats(-1e3, 1e3), st.floats(-6, 6))
def test_natural_and_whitened_form_agree(seed, d, family, shift, exponent):
    X = (groups(seed, d) + shift) * 10.0**exponent
    mixture = start_on(X, family)
    sweep = Sweep(X, family_named(family))
    assert_same_expectation(sweep(mixture), all_whitened(sweep, mixture), 1e-9)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("n", [3, 255, 8192, 20_001])
def test_both_forms_agree_whatever_the_blocks(family, n):
    X = groups(0, 2, n=n)
    mixture = start_on(groups(0, 2), family)
    sweep = Sweep(X, family_named(family))
    assert not sweep.own(sweep.standardised(mixture)).any()
    assert_same_expectation(sweep(mixture), all_whitened(sweep, mixture), 1e-9)


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_narrow_component_is_looked_for_where_it_can_be(family, weighted, monkeypatch):
    # Rows come group by group, so each is met in few blocks; two rows lie far from all components.
    rng = np.random.default_rng(0)
    centres, widths = np.array([[0.0, 0], [3, 0], [0, 900], [900, 900]]), np.array([5, 9, 1e-3, 1e-4])
    X = np.concatenate([c + w * rng.normal(size=(20_000, 2)) for c, w in zip(centres, widths, strict=True)])
    X[[5, 50_000]] = [[450, 450], [-2e4, 3e4]]
    weights = rng.uniform(0.5, 2, len(X)) if weighted else None
    of_family = family_named(family).of_dense(np.eye(2) * widths[:, np.newaxis, np.newaxis] ** 2, np.ones(4))
    mixture = Mixture(np.full(4, 0.25), centres, of_family, family)
    sweep = Sweep(X, mixture.family, 0.0, weights)
    own = sweep.own(sweep.standardised(mixture)).reshape(4, -1).any(axis=1)
    assert own.tolist() == [False, False, True, True]
    everywhere = all_whitened(sweep, mixture)  # where nothing is left out, as nothing is surely elsewhere
    met, own_sums = [], type(mixture.family).own_sums
    monkeypatch.setattr(type(mixture.family), "own_sums", lambda *of: met.append(own_sums(*of)) or met[-1])
    assert_same_expectation(sweep(mixture), everywhere, 1e-9)
    assert 2 <= len(met) < len(sweep.blocks)


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-6, 1e-8])
def test_a_narrow_component_far_from_the_centre_keeps_its_digits(family, width):
    # Here the natural form would lose what the whitened form keeps; the one door must choose rightly.
    rng = np.random.default_rng(0)
    narrow = 100 + width * rng.normal(size=(500, 2))
    X = np.concatenate([narrow, rng.normal(size=(500, 2))])
    eye = np.array([width**2, 1.0])
    covariances = {
        "full": eye[:, np.newaxis, np.newaxis] * np.eye(2),
        "diag": np.repeat(eye[:, np.newaxis], 2, axis=1),
        "spherical": eye,
    }[family]
    mixture = Mixture([0.5, 0.5], [[100.0, 100.0], [0.0, 0.0]], covariances, family)
    found = e_step(X, mixture)
    # The two are so far apart that membership is certain, and the answer has a closed form.
    about = narrow - 100
    np.testing.assert_allclose(found.counts, [500, 500], rtol=1e-12)
    np.testing.assert_allclose(found.means[0] - 100, about.mean(axis=0), rtol=0, atol=1e-9 * width + 3e-14)
    expected = 500 * np.cov(about.T, bias=True)
    scatter = {
        "full": expected,
        "diag": np.diag(expected),
        "spherical": np.diag(expected).mean(),
    }[family]
    np.testing.assert_allclose(found.scatter[0], scatter, rtol=1e-7, atol=1e-7 * 500 * width**2)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("gap", [1e8, 1e9])
def test_a_mean_may_move_by_any_number_of_its_new_deviations(family, d, gap):
    # Sums about the old mean have lost every digit of the new deviation then.
    rng = np.random.default_rng(0)
    groups_ = [rng.normal(size=(300, d)), rng.normal(size=(200, d))]
    far = np.eye(d)[0] * gap
    X = np.concatenate([groups_[0], groups_[1] + far])
    groups_[1] = X[300:] - far  # as far as its digits go
    start = Mixture([0.5, 0.5], [-0.2 * far, 1.1 * far], spread(family, 2, d, gap / 20), family)
    step = fit(X, 2, covariance_type=family, start=start, reg_covar=0, tol=0, max_iter=1).steps[-1]
    assert step.iteration == 1
    matrices = np.array([np.cov(group.T, bias=True).reshape(d, d) for group in groups_])
    expected = step.mixture.family.of_dense(matrices, np.array([0.6, 0.4]))
    np.testing.assert_allclose(step.mixture.covariances, expected, rtol=0, atol=20 * EPS * gap)


@pytest.mark.parametrize("family", ["full", "diag", "spherical"])
@pytest.mark.parametrize("reach", [1e3, 1e6, 1e9])
def test_outliers_cost_no_digits(family, reach):
    # A component on three rows far out, and two on what is left of the scale.
    rng = np.random.default_rng(1)
    inner, outer = rng.normal(size=(60, 2)), reach + rng.normal(size=(3, 2))
    X = np.concatenate([inner, outer])
    means = [[0.0, 0.0], [0.9 * reach, 0.9 * reach]]
    start = Mixture([0.5, 0.5], means, spread(family, 2, 2, reach / 10), family)
    step = fit(X, 2, covariance_type=family, start=start, reg_covar=0, tol=0, max_iter=1).steps[-1]
    exact = [np.cov(part.T, bias=True) for part in (inner, outer - reach)]
    expected = step.mixture.family.of_dense(np.array(exact), np.array([60, 3]) / 63)
    atol = 1e-12 + 20 * EPS * reach
    np.testing.assert_allclose(step.mixture.covariances, expected, rtol=0, atol=atol)


def spread(family: str, k: int, d: int, deviation: float) -> np.ndarray:
    """The covariances of k round components."""
    matrices = np.tile(np.eye(d) * deviation**2, (k, 1, 1))
    return np.asarray(family_named(family).of_dense(matrices, np.full(k, 1 / k)))


# --- memory


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_memory_is_a_small_multiple_of_the_data(family):
    n, k = 200_000, 50
    X = np.random.default_rng(0).normal(size=(n, 2))
    start = start_on(X[:10_000], family, k)
    tracemalloc.start()
    try:
        fit(X, k, covariance_type=family, start=start, max_iter=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    responsibilities = n * k * X.itemsize
    assert peak < 8 * X.nbytes < responsibilities / 3
