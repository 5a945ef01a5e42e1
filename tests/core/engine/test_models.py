"""Mclust's fourteen models: right against slow readable twins, and monotone, alone and combined."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from sklearn.datasets import load_iris

from gmm_core import CollapseError, GaussianMixture, Mixture, Prior, e_step, fit, m_step, start_at
from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import FAMILIES, MODELS, family_named
from gmm_core.engine.em import falls, lower_bound
from gmm_core.engine.expectation import Expectation
from gmm_core.engine.rows import rows_of
from gmm_core.engine.shapes import MODELS as SHAPES
from gmm_core.engine.shapes import Model
from gmm_core.engine.stack import Stack
from gmm_core.judgement.selection import planned
from gmm_core.out.export import mixture_from_json, mixture_to_json

IRIS = load_iris().data
FAITHFUL = np.loadtxt(
    Path(__file__).parents[2] / "benchmarks" / "data" / "faithful.csv", delimiter=",", skiprows=1
)
# The family that a model is, in the general form.
SAME = {"VII": "spherical", "VVI": "diag", "EEE": "tied", "VVV": "full"}
TURNED = [name for name in MODELS if not name.endswith("I")]
# Where the others have an extent, a component needs none.
ONE_SIZE = ("EII", "EEI", "EEE", "EEV")
every = pytest.mark.parametrize("name", MODELS)
few = settings(max_examples=25, deadline=None)
names = st.sampled_from([*MODELS])
seeds = st.integers(0, 2**32 - 1)


def scatters(seed: int, k: int, d: int) -> tuple[Array, Array]:
    """Covariances (k, d, d) that are alike in nothing, and counts (k,)."""
    rng = np.random.default_rng(seed)
    roots = rng.normal(size=(k, d, d + 2)) * np.exp(rng.normal(size=(k, 1, 1)))
    return roots @ np.swapaxes(roots, 1, 2), rng.uniform(5, 60, k)


def fitted(name: str, covariances: Array, counts: Array, old: Array | None = None) -> Array:
    """What the model makes of matrices (k, d, d), as such."""
    family, (k, d, _) = MODELS[name], covariances.shape
    own = family.summed.of_dense(covariances, counts)
    before = None if old is None else family.summed.of_dense(old, counts)[np.newaxis]
    return family.dense(family.fitted(own[np.newaxis], counts[np.newaxis], before)[0], k, d)


def cost(covariances: Array, found: Array, counts: Array) -> float:
    """Minus twice the bound's part in covariances, per row."""
    of_each = np.linalg.slogdet(found)[1] + np.einsum("kij,kji->k", np.linalg.inv(found), covariances)
    return float(counts @ of_each / counts.sum())


def groups(seed: int, d: int = 3, k: int = 3, n: int = 180) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % k
    shapes = rng.normal(size=(k, d, d)) + 1.5 * np.eye(d)
    X = np.einsum("nij,nj->ni", shapes[labels], rng.normal(size=(n, d))) + 4 * rng.normal(size=(k, d))[labels]
    return X, labels


def grouped(X: Array, labels: Array, name: str) -> Mixture:
    return m_step(Expectation.of(X, np.eye(labels.max() + 1)[labels], family_named(name)), reg_covar=0)


# --- Against a twin that knows nothing but the definition


class Twin:
    """Covariances by their definition, volume x D diag(shape) D', of free numbers to be optimised."""

    def __init__(self, model: Model, k: int, d: int) -> None:
        self.k, self.d = k, d
        several = {"I": 0, "E": 1, "V": k}
        self.volumes, self.shapes, self.turns = (
            several[letter] for letter in (model.volume, model.shape, model.direction)
        )
        self.sizes = self.volumes, self.shapes * (d - 1), self.turns * d * (d - 1) // 2

    def covariances(self, free: Array) -> Array:
        k, d = self.k, self.d
        volumes, shapes, turns = np.split(free, np.cumsum(self.sizes)[:-1])
        shape, turn = np.zeros((max(self.shapes, 1), d)), np.zeros((max(self.turns, 1), d, d))
        if self.shapes:
            shape[:, 1:] = shapes.reshape(self.shapes, -1)
            shape[:, 0] = -shape[:, 1:].sum(axis=1)
        if self.turns:
            turn[:, *np.triu_indices(d, 1)] = turns.reshape(self.turns, -1)
        turn = turn - np.swapaxes(turn, 1, 2)
        D = np.linalg.solve(np.eye(d) - turn, np.eye(d) + turn)  # Cayley: every rotation but half turns
        found = D * np.exp(shape)[:, np.newaxis] @ np.swapaxes(D, 1, 2)
        return np.broadcast_to(np.exp(volumes)[:, np.newaxis, np.newaxis] * found, (k, d, d))

    def best(self, covariances: Array, counts: Array, starts: int = 12) -> float:
        rng = np.random.default_rng(0)

        def objective(free: Array) -> float:
            if np.abs(free[: -self.sizes[2] or None]).max() > 12:
                return 1e6  # a line search went where nothing is
            return cost(covariances, self.covariances(free), counts)

        tried = [
            minimize(
                objective, 0.5 * rng.normal(size=sum(self.sizes)), method="BFGS", options={"gtol": 1e-6}
            ).fun
            for _ in range(starts)
        ]
        return float(min(tried))


@pytest.mark.slow
@every
@pytest.mark.parametrize(("k", "d"), [(2, 2), (3, 2), (2, 3)])
def test_an_m_step_is_as_good_as_numerical_optimisation_of_its_definition(name, k, d):
    covariances, counts = scatters(k + 10 * d, k, d)
    ours = cost(covariances, fitted(name, covariances, counts), counts)
    twin = Twin(SHAPES[name], k, d)
    assert sum(twin.sizes) == MODELS[name].n_parameters(k, d)
    assert ours == pytest.approx(twin.best(covariances, counts), abs=1e-6)


@few
@given(seeds, names, st.integers(1, 4), st.integers(1, 5))
def test_what_an_m_step_finds_is_of_its_model(seed, name, k, d):
    covariances, counts = scatters(seed, k, d)
    model, found = SHAPES[name], fitted(name, covariances, counts)
    values = np.linalg.eigvalsh(found)
    volumes = np.exp(np.log(values).mean(axis=1))
    shapes = values / volumes[:, np.newaxis]
    if model.volume == "E":
        np.testing.assert_allclose(volumes, volumes[0], rtol=1e-8)
    if model.shape == "I":
        np.testing.assert_allclose(shapes, 1, rtol=1e-8)
    if model.shape == "E":
        np.testing.assert_allclose(shapes, np.broadcast_to(shapes[0], shapes.shape), rtol=1e-6)
    if model.direction == "I":
        off = found - np.einsum("kii->ki", found)[:, :, np.newaxis] * np.eye(d)
        assert not off.any()
    if model.direction == "E":  # they commute
        for one in found:
            np.testing.assert_allclose(one @ found[0], found[0] @ one, atol=1e-8 * np.abs(found).max() ** 2)
    assert np.isfinite(found).all()


@few
@given(seeds, names, st.integers(1, 4), st.integers(1, 5))
def test_an_m_step_is_at_least_as_good_as_any_covariances_of_its_model(seed, name, k, d):
    covariances, counts = scatters(seed, k, d)
    old = fitted(name, *scatters(seed + 1, k, d))
    found = fitted(name, covariances, counts, old)
    assert cost(covariances, found, counts) <= cost(covariances, old, counts) + 1e-10
    # Nor do small moves within the model make it better; in EVE and VVE the next M-step goes on to there.
    if name in ("EVE", "VVE"):
        for _ in range(50):
            found = fitted(name, covariances, counts, found)
    twin = Twin(SHAPES[name], k, d)
    rng = np.random.default_rng(seed)
    near = [fitted(name, found + 1e-3 * one, counts) for one in _symmetric_moves(rng, found)]
    least = cost(covariances, found, counts)
    assert min(cost(covariances, one, counts) for one in near) >= least - 1e-9
    assert sum(twin.sizes) == MODELS[name].n_parameters(k, d)


def _symmetric_moves(rng, found):
    roots = np.linalg.cholesky(found)
    for _ in range(5):
        moves = rng.normal(size=found.shape)
        yield roots @ (moves + np.swapaxes(moves, 1, 2)) @ np.swapaxes(roots, 1, 2)


@few
@given(seeds, st.sampled_from(["VEI", "VEE", "EVE", "VVE", "VEV"]))
def test_where_an_m_step_iterates_what_was_before_changes_what_it_finds_only_within_rounding(seed, name):
    covariances, counts = scatters(seed, 3, 2)
    afresh = fitted(name, covariances, counts)
    again = fitted(name, covariances, counts, afresh)
    np.testing.assert_allclose(again, afresh, rtol=1e-6, atol=1e-9 * np.abs(afresh).max())


@every
def test_many_mixtures_are_fitted_as_each_alone(name):
    several = [scatters(seed, 3, 3) for seed in range(5)]
    family = MODELS[name]
    own = np.stack([family.summed.of_dense(*one) for one in several])
    together = family.fitted(own, np.stack([counts for _, counts in several]), None)
    for found, (covariances, counts) in zip(together, several, strict=True):
        alone = family.fitted(
            family.summed.of_dense(covariances, counts)[np.newaxis], counts[np.newaxis], None
        )
        np.testing.assert_allclose(found, alone[0], rtol=1e-9, atol=1e-12 * np.abs(found).max())


def test_parameters_are_those_of_celeux_and_govaert():
    """Their table 1, with alpha = k d + k - 1 left out and beta = d (d + 1) / 2, for k = 3 and d = 4."""
    k, d, beta = 3, 4, 10
    table = {
        "EII": 1,
        "VII": k,
        "EEI": d,
        "VEI": d + k - 1,
        "EVI": k * d - k + 1,
        "VVI": k * d,
        "EEE": beta,
        "VEE": beta + k - 1,
        "EVE": beta + (k - 1) * (d - 1),
        "VVE": beta + (k - 1) * d,
        "EEV": k * beta - (k - 1) * d,
        "VEV": k * beta - (k - 1) * (d - 1),
        "EVV": k * beta - (k - 1),
        "VVV": k * beta,
    }
    assert {name: family.n_parameters(k, d) for name, family in MODELS.items()} == table
    assert {name: MODELS[name].n_parameters(k, d) for name in SAME} == {
        name: FAMILIES[same].n_parameters(k, d) for name, same in SAME.items()
    }


# --- Whole runs


@pytest.mark.parametrize(
    ("X", "k", "name", "bic"),
    [(FAITHFUL, 3, "EEE", -2314.296), (IRIS, 2, "VEV", -561.7285)],
    ids=["Old Faithful", "iris"],
)
def test_mclusts_numbers(X, k, name, bic):
    model = GaussianMixture(k, covariance_type=name, reg_covar=0, tol=1e-10, max_iter=2000, random_state=0)
    assert -model.fit(X).bic(X) == pytest.approx(bic, abs=5e-4)


# mclustBIC(iris[, -5]), two components: each model has one sensible optimum, and this is it.
IRIS_2 = {
    "EII": -1123.4117,
    "VII": -1012.2352,
    "EEI": -1042.9679,
    "VEI": -956.2823,
    "EVI": -1007.3082,
    "VVI": -857.5515,
    "EEE": -688.0972,
    "VEE": -656.3270,
    "EVE": -657.2263,
    "EEV": -644.5997,
    "VEV": -561.7285,
    "EVV": -658.3306,
    "VVV": -574.0178,
}


@pytest.mark.parametrize(("name", "bic"), IRIS_2.items())
def test_iris_in_two(name, bic):
    trace = fit(IRIS, 2, covariance_type=name, reg_covar=0, tol=1e-10, max_iter=2000, random_state=0)
    ours = 2 * len(IRIS) * trace.log_likelihood - trace.mixture.n_parameters * np.log(len(IRIS))
    assert ours == pytest.approx(bic, abs=1e-3)


@few
@given(seeds, names, st.integers(1, 4))
def test_the_bound_never_falls_and_lies_between_two_likelihoods(seed, name, d):
    X, labels = groups(seed, d)
    trace = fit(X, 3, covariance_type=name, start=grouped(X, labels, name), reg_covar=0, tol=0, max_iter=30)
    assert not falls(trace.log_likelihoods)
    bounds = np.array([step.lower_bound for step in trace.steps[1:]])
    scale = 1e-10 * np.maximum(1, np.abs(bounds))
    assert (bounds >= trace.log_likelihoods[:-1] - scale).all()
    assert (bounds <= trace.log_likelihoods[1:] + scale).all()


EXTRAS = {
    "weights": {"sample_weight": np.linspace(0.2, 3, 180)},
    "missing": {"missing": "observed"},
    "noise": {"noise": True},
    "tails": {"dof": "each"},
    "prior": {"prior": True},
    "all": {"missing": "observed", "noise": True, "dof": "common", "prior": True},
}


@every
@pytest.mark.parametrize("extra", EXTRAS)
def test_what_em_climbs_never_falls_with_anything_it_is_combined_with(name, extra):
    X, _ = groups(5)
    options = EXTRAS[extra]
    if "missing" in options:
        X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    trace = fit(X, 3, covariance_type=name, reg_covar=0, tol=0, max_iter=25, random_state=0, **options)
    assert trace.n_iter == 25
    assert not falls(trace.objectives)


@every
def test_steps_by_hand_never_lower_the_bound(name):
    X, _ = groups(8)
    mixture = start_at(X, X[[0, 1, 2]], covariance_type=name, reg_covar=0)
    for _ in range(10):
        expectation = e_step(X, mixture)
        new = m_step(expectation, reg_covar=0)
        assert lower_bound(new, mixture, expectation) >= expectation.log_likelihood - 1e-12
        mixture = new


@pytest.mark.parametrize(("name", "same"), SAME.items())
@pytest.mark.parametrize("extra", ["", *EXTRAS])
def test_four_are_the_fast_families_in_the_general_form(name, same, extra):
    X, _ = groups(2)
    options = EXTRAS.get(extra, {}) | {"reg_covar": 1e-3, "tol": 0, "max_iter": 15, "random_state": 0}
    if "missing" in options:
        X = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, X)
    ours, theirs = (fit(X, 3, covariance_type=one, **options) for one in (name, same))
    np.testing.assert_allclose(ours.log_likelihoods, theirs.log_likelihoods, rtol=1e-9)
    np.testing.assert_allclose(ours.log_posteriors, theirs.log_posteriors, rtol=1e-9)
    np.testing.assert_allclose(
        ours.mixture.full_covariances, theirs.mixture.full_covariances, rtol=1e-6, atol=1e-9
    )
    assert ours.mixture.n_parameters == theirs.mixture.n_parameters


@every
def test_one_component_is_the_closed_form(name):
    X, _ = groups(3)
    trace = fit(X, 1, covariance_type=name, reg_covar=0, tol=1e-12)
    whole = np.cov(X.T, bias=True)
    expected = {"II": np.eye(3) * np.trace(whole) / 3, "I": np.diag(np.diag(whole))}
    ending = "II" if name.endswith("II") else "I" if name.endswith("I") else ""
    np.testing.assert_allclose(
        trace.mixture.full_covariances[0], expected.get(ending, whole), rtol=1e-9, atol=1e-12
    )


@every
def test_runs_side_by_side_are_the_runs_alone(name):
    X, labels = groups(4, d=2)
    starts = [grouped(X, np.roll(labels, shift) if shift else labels, name) for shift in (0, 1)]
    rng = np.random.default_rng(0)
    starts += [grouped(X, rng.permutation(labels), name)]
    starts += [grouped(X, np.minimum(labels, 1), name), grouped(X, 0 * labels, name)]  # fewer components
    stack = Stack([X], starts, reg_covar=1e-6, tol=1e-6, max_iter=200)
    stack.run()
    for run, start in enumerate(starts):
        k = start.n_components
        alone = fit(X, k, covariance_type=name, start=start, reg_covar=1e-6, tol=1e-6, max_iter=200)
        assert stack.n_iter[run] == alone.n_iter
        curve = stack.curves[run, : alone.n_iter + 1]
        np.testing.assert_allclose(curve, alone.log_likelihoods, rtol=1e-9)


# --- What must change nothing, or change as declared


@few
@given(seeds, names, st.permutations(range(3)))
def test_the_order_of_components_changes_nothing(seed, name, order):
    covariances, counts = scatters(seed, 3, 3)
    plain = fitted(name, covariances, counts)
    order = list(order)
    scale = np.abs(plain).max()
    np.testing.assert_allclose(
        cost(covariances, plain, counts),
        cost(covariances[order], fitted(name, covariances[order], counts[order]), counts[order]),
        atol=1e-6,
    )
    assert scale > 0


@few
@given(seeds, names, st.floats(-6, 6))
def test_units_change_nothing(seed, name, exponent):
    covariances, counts = scatters(seed, 3, 3)
    scale = 10.0**exponent
    np.testing.assert_allclose(
        fitted(name, covariances * scale, counts) / scale,
        fitted(name, covariances, counts),
        rtol=1e-5,
        atol=1e-6,
    )


@few
@given(seeds, st.sampled_from(["EII", "VII", *TURNED]))
def test_models_without_given_axes_follow_a_rotation(seed, name):
    covariances, counts = scatters(seed, 3, 3)
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    turned = fitted(name, turn @ covariances @ turn.T, counts)
    expected = turn @ fitted(name, covariances, counts) @ turn.T
    assert cost(turn @ covariances @ turn.T, turned, counts) == pytest.approx(
        cost(turn @ covariances @ turn.T, expected, counts), abs=1e-8
    )


@few
@given(seeds, names)
def test_after_a_map_the_covariances_are_of_the_family_that_is_declared(seed, name):
    d = 3
    found = fitted(name, *scatters(seed, 3, d))
    rng = np.random.default_rng(seed)
    stretch = np.diag(np.exp(rng.normal(size=d)))
    for family, by in (
        (MODELS[name].stretched, stretch),
        (MODELS[name].mapped, rng.normal(size=(d, d))),
        (MODELS[name].mapped, rng.normal(size=(2, d))),
    ):
        there = by @ found @ by.T
        again = family_named(family).of_dense(there, np.full(3, 1 / 3))
        dense = family_named(family).dense(again, 3, len(by))
        np.testing.assert_allclose(dense, there, rtol=1e-5, atol=1e-8 * np.abs(there).max())


@every
def test_it_is_projected_saved_and_read_again(name):
    X, labels = groups(6)
    mixture = grouped(X, labels, name)
    P = np.array([[1.0, 2, 0], [0, 1, -1]])
    expected = P @ mixture.full_covariances @ P.T
    np.testing.assert_allclose(mixture.project(P).full_covariances, expected, rtol=1e-6)
    assert mixture_from_json(mixture_to_json(mixture)) == mixture
    assert mixture.n_parameters == 2 + 9 + MODELS[name].n_parameters(3, 3)


@every
def test_rows_read_block_by_block_give_the_same(name, tmp_path):
    X, labels = groups(7)
    start = grouped(X, labels, name)
    options = {"covariance_type": name, "start": start, "tol": 0, "max_iter": 5}
    plain = fit(X, 3, **options)
    np.save(tmp_path / "X.npy", X)
    streamed = fit(rows_of(np.load(tmp_path / "X.npy", mmap_mode="r")), 3, **options)
    np.testing.assert_allclose(streamed.log_likelihoods, plain.log_likelihoods, rtol=1e-11)


# --- Where there is not enough to go on


@pytest.mark.parametrize("name", [name for name in MODELS if name not in ONE_SIZE])
def test_the_component_without_extent_is_named(name):
    X, labels = groups(9)
    X[labels == 1] = X[1]
    found = Expectation.of(X, np.eye(3)[labels], MODELS[name])
    with pytest.raises(CollapseError) as error:
        m_step(found, reg_covar=0)
    assert error.value.component == 1
    assert str(error.value).startswith("Component 1 has collapsed onto too few different points.")


@pytest.mark.parametrize("name", ONE_SIZE)
def test_where_all_share_one_covariance_a_component_may_have_no_extent_of_its_own(name):
    X, labels = groups(9)
    X[labels == 1] = X[1]
    residuals = X - np.stack([X[labels == j].mean(axis=0) for j in range(3)])[labels]
    covariances = grouped(X, labels, name).full_covariances
    assert np.trace(covariances[1]) == pytest.approx((residuals**2).sum() / len(X))


@pytest.mark.parametrize("name", ["EVE", "VVE", "EVV", "VVV", "EVI", "VVI"])
def test_too_few_rows_for_a_shape_of_their_own_end_a_run_with_the_component(name):
    X, labels = groups(9)
    few_rows = np.flatnonzero(labels == 1)[:2]
    X = np.concatenate([X[labels != 1], X[few_rows[:1]] + 100, X[few_rows[:1]] + [[101, 100, 100]]])
    labels = np.concatenate([labels[labels != 1] // 2, [2, 2]])
    with pytest.raises(CollapseError) as error:
        grouped(X, labels, name)
    assert error.value.component == 2


@pytest.mark.parametrize("name", ["EEV", "VEV"])
def test_a_round_scatter_lies_along_the_axes(name):
    covariances = np.stack([2 * np.eye(2), np.array([[3.0, 1], [1, 2]])])
    found = fitted(name, covariances, np.array([20.0, 30]))
    assert found[0, 0, 1] == 0
    assert found[0, 0, 0] != pytest.approx(found[0, 1, 1])


@pytest.mark.parametrize("name", ["EEV", "VEV", "VVV"])
def test_where_a_direction_is_not_determined_that_is_said(name):
    square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    long = np.random.default_rng(0).normal(size=(40, 2)) * [5, 1] + [0, 60]
    X = np.concatenate([square, long])
    labels = np.repeat([0, 1], [4, 40])
    trace = fit(X, 2, covariance_type=name, start=grouped(X, labels, name), reg_covar=0)
    assert trace.note == (
        ""
        if name == "VVV"
        else "The rows of component 1 scatter alike in several directions, so where the common shape is "
        "longer there is not determined: another way would be as good."
    )


def test_an_unknown_name_is_answered_with_all_there_are():
    message = (
        "covariance_type must be one of full, tied, diag, spherical, EII, VII, EEI, "
        "VEI, EVI, VVI, EEE, VEE, EVE, VVE, EEV, VEV, EVV, VVV; got {}."
    )
    for wrong in ("vev", "XYZ", "EEX"):
        with pytest.raises(ValueError, match=re.escape(message.format(repr(wrong)))):
            fit(IRIS, 2, covariance_type=wrong)
    with pytest.raises(ValueError, match=re.escape(message.format("'vev'"))):
        GaussianMixture(2, covariance_type="vev").fit(IRIS)


def test_with_one_feature_two_of_them_differ():
    assert [name for _, name in planned(IRIS[:, :1], [2], MODELS)] == ["EII", "VII"]


def test_a_prior_of_ones_own_has_the_shape_of_the_model():
    given = Prior(IRIS.mean(axis=0), 0.01, 6.0, np.eye(4))
    assert fit(IRIS, 2, covariance_type="VEV", prior=given).converged
    with pytest.raises(ValueError, match=re.escape("prior.scale must be a number for the family 'VEI'")):
        fit(IRIS, 2, covariance_type="VEI", prior=given)
