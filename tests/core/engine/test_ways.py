"""Ways up: what is promised never falls, the end is EM's where that is promised, each against a slow twin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from gmm_core import Mixture, StopReason, fit, load_dataset, rows_of, start_at
from gmm_core.engine.arrays import batches, generator
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.em import falls, pass_over
from gmm_core.engine.kmeans import run_kmeans
from gmm_core.engine.ways import accelerated
from gmm_core.engine.ways.accelerated import AcceleratedState, Coordinates
from gmm_core.engine.ways.climbing import climb
from gmm_core.engine.ways.table import WAYS, way_named
from gmm_core.engine.ways.way import Way

PROMISING = [name for name, way in WAYS.items() if way.promise]
TO_THE_SAME = [name for name, way in WAYS.items() if way.same_end and name not in ("em", "annealed")]
X = load_dataset("overlapping").X


def start(seed=0):
    """Three rows, each component as wide as a third of all data."""
    return start_at(X, X[np.random.default_rng(seed).choice(len(X), 3, replace=False)], reg_covar=0)


def climbed(name, begin, rows=X, tol=1e-10, max_iter=2000, reg_covar=0.0, options=None, **how):
    way = way_named(name, **(options or {}))
    return climb(rows, way, begin, tol=tol, max_iter=max_iter, reg_covar=reg_covar, **how)


def weighted_densities(mixture, rows):
    """weight x density of each component at each row, (n, k), by scipy."""
    return np.stack(
        [
            w * multivariate_normal(m, c).pdf(rows).reshape(len(rows))
            for w, m, c in zip(mixture.weights, mixture.means, mixture.full_covariances, strict=True)
        ],
        axis=1,
    )


def maximised(shares, rows):
    """The M-step of full covariances, written as in a textbook."""
    counts = shares.sum(axis=0)
    means = (shares.T @ rows) / counts[:, None]
    covariances = [(shares[:, j, None] * (rows - m)).T @ (rows - m) / counts[j] for j, m in enumerate(means)]
    return Mixture(counts / counts.sum(), means, np.array(covariances))


def assert_alike(one: Mixture, other: Mixture, rtol=1e-8):
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-10)


# --- promises


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(PROMISING),
    st.sampled_from([*FAMILIES]),
    st.integers(0, 10_000),
    st.integers(1, 3),
    st.integers(1, 4),
)
def test_what_is_promised_never_falls(name, family, seed, d, k):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(120, d)) + 2 * rng.normal(size=(3, d))[rng.integers(3, size=120)]
    wide = fit(rows, 1, covariance_type=family, reg_covar=0, max_iter=0).mixture.full_covariances[0]
    begin = Mixture(
        np.full(k, 1 / k),
        rows[:k],
        FAMILIES[family].of_dense(np.tile(wide, (k, 1, 1)), np.full(k, 1 / k)),
        family,
    )
    run = climbed(name, begin, rows, max_iter=60)
    assert run.broken == []
    if name in ("em", "accelerated"):
        assert falls(run.trace.log_likelihoods) == []
        np.testing.assert_array_equal(run.values, run.trace.log_likelihoods)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", TO_THE_SAME)
def test_the_end_is_that_of_em(name, family):
    begin = fit(X, 3, covariance_type=family, random_state=0, max_iter=0, reg_covar=0).mixture
    plain, other = (climbed(one, begin, max_iter=20_000) for one in ("em", name))
    assert plain.trace.converged
    assert other.trace.converged
    assert abs(plain.trace.log_likelihood - other.trace.log_likelihood) < 1e-6
    assert other.passes[-1] <= plain.passes[-1]


def test_annealed_em_cools_and_ends_on_a_top():
    """It may be another one than EM's: there, EM finds nothing to climb."""
    run = climbed("annealed", start())
    assert run.temperatures.tolist() == sorted(run.temperatures.tolist(), reverse=True)
    assert set(run.temperatures) == {2.0, 1.4, 1.0}
    on = climbed("em", run.trace.mixture, tol=0, max_iter=20).trace.log_likelihoods
    assert on[-1] - on[0] < 1e-7


def test_stochastic_em_promises_nothing_and_wanders_about_the_top():
    top = climbed("em", start()).trace.log_likelihood
    run = climbed("stochastic", start(), max_iter=200)
    later = run.trace.log_likelihoods[100:]
    assert run.trace.stop is StopReason.MAX_ITER
    assert falls(later)
    assert top - 0.02 < later.mean() < top
    assert (
        climbed("stochastic", start(), max_iter=20, options={"seed": 1}).trace.mixture
        != climbed("stochastic", start(), max_iter=20).trace.mixture
    )


def test_plain_em_is_fit_to_the_last_bit():
    run = climbed("em", start(), tol=1e-6, max_iter=500)
    trace = fit(X, 3, start=start(), tol=1e-6, max_iter=500, reg_covar=0)
    assert run.trace == trace
    assert run.passes.tolist() == list(range(1, trace.n_iter + 2))


# --- twins


def test_hard_em_against_its_twin():
    mixture = start()
    run = climbed("hard", mixture, max_iter=8)
    for step, value in zip(run.trace.steps, run.values, strict=True):
        assert_alike(step.mixture, mixture)
        joint = weighted_densities(mixture, X)
        assert value == pytest.approx(np.log(joint.max(axis=1)).mean(), rel=1e-12)
        mixture = maximised(np.eye(3)[joint.argmax(axis=1)], X)


def test_annealed_em_against_its_twin():
    mixture = start()
    run = climbed("annealed", mixture, max_iter=30)
    for step, value, T in zip(run.trace.steps, run.values, run.temperatures, strict=True):
        assert_alike(step.mixture, mixture)
        logarithms = np.log(weighted_densities(mixture, X)) / T
        assert value == pytest.approx(T * logsumexp(logarithms, axis=1).mean(), rel=1e-10)
        mixture = maximised(np.exp(logarithms - logsumexp(logarithms, axis=1, keepdims=True)), X)


def test_mini_batch_em_against_its_twin():
    mixture, shares = start(), None
    run = climbed("batches", mixture, max_iter=3, options={"size": 130})
    parts = [generator(0).permutation(len(X))[some] for some in batches(len(X), 130)]
    for step in run.trace.steps:
        joint = weighted_densities(mixture, X)
        if shares is None:
            shares = joint / joint.sum(axis=1, keepdims=True)
        else:
            mixture = maximised(shares, X)
            for b, part in enumerate(parts):
                joint = weighted_densities(mixture, X[part])
                shares[part] = joint / joint.sum(axis=1, keepdims=True)
                mixture = maximised(shares, X) if b < len(parts) - 1 else mixture
        assert_alike(step.mixture, mixture, rtol=1e-7)


def test_stochastic_em_against_its_twin():
    mixture = start()
    run = climbed("stochastic", mixture, max_iter=5)
    for t, step in enumerate(run.trace.steps):
        assert_alike(step.mixture, mixture)
        joint = weighted_densities(mixture, X)
        ladders = (joint / joint.sum(axis=1, keepdims=True)).cumsum(axis=1)
        thrown = generator(0, t).uniform(size=len(X))
        drawn = [int(np.searchsorted(ladder, lot)) for ladder, lot in zip(ladders, thrown, strict=True)]
        mixture = maximised(np.eye(3)[drawn], X)


def test_a_guess_is_where_the_steps_come_to_rest():
    """Anderson's weights sum to 1 and make the combined step the shortest: here by Lagrange."""
    rng = np.random.default_rng(0)
    slow = np.diag([0.9, 0.5, 0.1, 0.0])  # a map that comes to rest at 0
    points = rng.normal(size=(3, 4))
    images = points @ slow
    memory = tuple(zip(points, images, strict=True))
    state = AcceleratedState(start(), memory=memory, image=images[-1], trust=np.inf)
    steps = images - points
    system = np.block([[2 * steps @ steps.T, np.ones((3, 1))], [np.ones((1, 3)), np.zeros((1, 1))]])
    weights = np.linalg.solve(system, np.array([0, 0, 0, 1.0]))[:3]
    guess = accelerated._guess(replace(state, values=(0.0, 0.0, 0.0)))
    assert guess.how == "rest"
    np.testing.assert_allclose(guess.at, weights @ images, rtol=1e-8)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("beyond", [{}, {"noise": True, "dof": "each"}])
def test_sums_come_back_from_their_coordinates(family, beyond):
    mixture = fit(X, 3, covariance_type=family, random_state=0, max_iter=2, **beyond).mixture
    expectation = pass_over(X, mixture, 0.0)(mixture)
    coordinates = Coordinates(np.array([2.0, 0.5]))
    again = coordinates.back(coordinates.of(expectation), expectation)
    for name in ("counts", "means", "scatter", "masses"):
        np.testing.assert_allclose(getattr(again, name), getattr(expectation, name), rtol=1e-10)


# --- acceleration


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        {"noise": True},
        {"dof": "each"},
        {"prior": True},
        {"covariance_type": "tied"},
        {"sample_weight": np.arange(len(X)) % 4},
        {"missing": "observed"},
        {"reg_covar": 0.05},
    ],
    ids=lambda how: next(iter(how)),
)
def test_acceleration_composes(how):
    rows = X
    if "missing" in how:
        rows = np.where(np.random.default_rng(0).uniform(size=X.shape) < 0.1, np.nan, X)
    tol = 1e-8 if "dof" in how else 1e-10  # they take thousands of iterations
    how = {"tol": tol, "max_iter": 20_000, "random_state": 0, "reg_covar": 0.0, **how}
    plain, fast = (fit(rows, 3, accelerate=yes, **how) for yes in (False, True))
    assert plain.converged
    assert fast.converged
    assert abs(plain.objectives[-1] - fast.objectives[-1]) < max(1e-6, 1e3 * tol)
    assert fast.n_iter < plain.n_iter / 2
    if not how["reg_covar"]:
        assert falls(fast.objectives) == []


def test_acceleration_of_rows_that_are_read_block_by_block(tmp_path):
    np.save(tmp_path / "rows.npy", X)
    how = {"tol": 1e-10, "random_state": 0, "accelerate": True}
    memory, read = fit(X, 3, **how), fit(rows_of(tmp_path / "rows.npy"), 3, **how)
    assert read.log_likelihood == pytest.approx(memory.log_likelihood, abs=1e-9)
    assert memory.note == "Accelerated: 21 iterations in 22 passes over the rows."


@pytest.mark.parametrize("wild", [50.0, 1e5], ids=["lower", "outside"])
def test_guesses_that_are_wild_are_given_up_and_em_goes_on(wild, monkeypatch):
    """Those that lie lower, and those of which there is no mixture."""

    def guess(state):
        return accelerated.Guess(state.image + wild * np.cos(np.arange(len(state.image))), "longer")

    monkeypatch.setattr(accelerated, "_guess", guess)
    with np.errstate(all="ignore"):
        run = climbed("accelerated", start(), max_iter=5000, tol=1e-8)
    plain = climbed("em", start(), tol=1e-8)
    assert run.trace.converged
    assert run.fell_back > 10
    assert run.broken == []
    assert run.trace.log_likelihood == pytest.approx(plain.trace.log_likelihood, abs=1e-6)
    assert run.sentence == (
        f"{run.trace.n_iter} iterations in {run.passes[-1]:,} passes over the rows. {run.fell_back} guesses "
        "were given up for a step of EM."
    )


def test_acceleration_does_not_stop_where_only_its_own_gain_is_small():
    """At its end a step of plain EM gains less than the tolerance, too."""
    run = climbed("accelerated", start(), tol=1e-7)
    after = climbed("em", run.trace.mixture, tol=0, max_iter=1).trace.log_likelihoods
    assert run.trace.converged
    assert after[1] - after[0] < 1e-7


# --- what hard EM is


def test_hard_em_of_equal_round_components_assigns_as_k_means_does():
    centres = X[[0, 160, 310]]
    begin = Mixture(np.full(3, 1 / 3), centres, np.full(3, 2.0), "spherical")
    first = climbed("hard", begin, max_iter=1).trace.steps[1].mixture
    of_kmeans = run_kmeans(X, centres, max_iter=1).steps[1]
    np.testing.assert_allclose(first.means, of_kmeans.centres)


@pytest.mark.parametrize("name", ["hard", "annealed"])
def test_a_row_of_weight_two_is_two_rows(name):
    counts = np.arange(len(X)) % 3
    weighted = climbed(name, start(), max_iter=10, sample_weight=counts)
    repeated = climbed(name, start(), np.repeat(X, counts, axis=0), max_iter=10)
    np.testing.assert_allclose(weighted.values, repeated.values, rtol=1e-10)
    assert_alike(weighted.trace.mixture, repeated.trace.mixture)


# --- bad input


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        (
            "annealed",
            {"cooling": 1.0},
            "The plan never cools: it begins at 2, and each temperature is 1 times the one before. Choose a "
            "cooling between 0 and 1.",
        ),
        (
            "annealed",
            {"hottest": 20.0, "cooling": 0.999},
            "The plan cools too slowly: from 20 to 1 in steps of 0.999 are 2,994 temperatures, and 200 are "
            "the most. Choose a smaller cooling.",
        ),
        ("annealed", {"hottest": 0.5}, "hottest must be a temperature from 1, which is EM's; got 0.5."),
        (
            "batches",
            {"size": 451},
            "A batch of 451 rows is larger than the data, which have 450. Choose at most that many; with all "
            "rows in one batch, it is EM.",
        ),
        ("batches", {"size": 0}, "A batch needs at least 1 row; got 0."),
        ("stochastic", {"seed": -1}, "seed must be a whole number from 0; got -1."),
    ],
)
def test_options_that_make_no_sense(name, options, said):
    with pytest.raises(ValueError) as refused:
        climbed(name, start(), options=options)
    assert str(refused.value) == said


def test_names_rows_and_mixtures_that_make_no_sense(tmp_path):
    with pytest.raises(ValueError) as refused:
        way_named("newton")
    assert str(refused.value) == f"There is no way up 'newton'. Known are: {', '.join(WAYS)}."
    np.save(tmp_path / "rows.npy", X)
    with pytest.raises(ValueError) as refused:
        climbed("hard", start(), rows_of(tmp_path / "rows.npy"))
    assert str(refused.value) == (
        "Hard EM looks at every row by itself, so it cannot be used with rows that are read block by block. "
        "Give X as an array in memory, or use EM or accelerated EM."
    )
    gaps = X.copy()
    gaps[0, 0] = np.nan
    with pytest.raises(ValueError) as refused:
        climbed("annealed", start(), gaps, missing="observed")
    assert str(refused.value) == (
        "Annealed EM needs complete rows, and values are missing. Leave such rows out or fill them in, or "
        "use EM or accelerated EM, which take what is observed."
    )
    noisy = fit(X, 3, noise=True, random_state=0, max_iter=1).mixture
    with pytest.raises(ValueError) as refused:
        climbed("hard", noisy)
    assert str(refused.value) == ("Hard EM can be run only for a mixture of Gaussians; this one has noise.")
    with pytest.raises(ValueError) as refused:
        fit(X, 3, accelerate=True, criterion="weights")
    assert str(refused.value) == (
        "With accelerate=True a run ends by its log-likelihood alone; got criterion='weights'. Leave one of "
        "the two out."
    )


def test_hard_em_whose_component_loses_all_rows_has_collapsed():
    far = Mixture(np.full(2, 0.5), [[0.0, 0.0], [1e3, 1e3]], np.ones(2), "spherical")
    run = climbed("hard", far)
    assert (run.trace.stop, run.trace.collapsed) == (StopReason.COLLAPSED, 1)


def test_every_way_declares_what_it_is():
    for name, kind in WAYS.items():
        way = way_named(name)
        assert isinstance(way, Way)
        assert way.label
        assert way.looks
        for option in way.options:
            assert option.least <= getattr(way, option.name) <= option.most
            assert option.name in kind.__annotations__
