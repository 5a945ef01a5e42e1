"""Bad input: a `ValueError` that names the argument, the rule, what was received and what to do."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest
import scipy.sparse

from gmm_core import GaussianMixture, Mixture, StopReason, e_step, fit, iterate, m_step
from gmm_core.engine.starts import INITS

X = np.random.default_rng(0).normal(size=(30, 2))
START = Mixture([0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]], [np.eye(2)] * 2)


def with_value(value: float) -> np.ndarray:
    spoilt = X.copy()
    spoilt[4, 1] = value
    return spoilt


def count(name: str, least: int, got: str) -> str:
    return f"{name} must be a whole number from {least}; got {got}."


def amount(name: str, meaning: str, got: str) -> str:
    return f"{name} ({meaning}) must be a number from 0; got {got}."


def finite(got: str, more: str = "") -> str:
    return f"X must be finite; found {got} at [4, 1]{more}. Drop those rows or fill them in."


REG_COVAR = "added to every variance, in squared data units"
TOL = "the change that ends a run"
NO_EXTENT = (
    "so with reg_covar = 0 a covariance has no extent there. "
    "Leave such columns out, or raise reg_covar (it is in squared data units)."
)

# What is passed as X and n_components, the options, and the whole message.
TABLE = {
    "k > n": (
        X,
        31,
        {},
        "n_components = 31 is more than the 30 rows of X. Use at most 30 components.",
    ),
    "k = 10**9": (
        X,
        10**9,
        {},
        "n_components = 1000000000 is more than the 30 rows of X. Use at most 30 components.",
    ),
    "k = 0": (X, 0, {}, count("n_components", 1, "0")),
    "k = -3": (X, -3, {}, count("n_components", 1, "-3")),
    "k = 2.5": (X, 2.5, {}, count("n_components", 1, "2.5")),
    "k = True": (X, True, {}, count("n_components", 1, "True")),
    "k is text": (X, "abc", {}, count("n_components", 1, "'abc'")),
    "no rows": (np.empty((0, 2)), 1, {}, "X has 0 rows; at least 2 are needed."),
    "empty list": ([], 1, {}, "X has 0 rows; at least 2 are needed."),
    "no columns": (np.empty((5, 0)), 1, {}, "X has no features (0 columns)."),
    "one row": (X[:1], 1, {}, "X has 1 row; at least 2 are needed."),
    "NaN": (with_value(np.nan), 2, {}, finite("nan")),
    "infinity": (with_value(-np.inf), 2, {}, finite("-inf")),
    "NaN twice": (np.vstack([X[:4], [[0, np.nan]], [[np.nan, 0]]]), 2, {}, finite("nan", " and 1 more")),
    "text": (
        [["a", "b"], ["c", "d"]],
        1,
        {},
        "X must hold numbers only: could not convert string to float: 'a'.",
    ),
    "missing values as objects": (
        [[None, 1.0], [2.0, 3.0]],
        1,
        {},
        "X must be finite; found nan at [0, 0]. Drop those rows or fill them in.",
    ),
    "complex": (X + 1j, 1, {}, "X must hold real numbers; got complex ones."),
    "a number": (5.0, 1, {}, "X must be (n_samples, n_features) or (n_samples,); got 0 dimensions."),
    "3-D": (
        np.zeros((2, 3, 4)),
        1,
        {},
        "X must be (n_samples, n_features) or (n_samples,); got 3 dimensions.",
    ),
    "too large to square": (
        with_value(1e200),
        2,
        {},
        "Column 1 of X holds 1e+200: its square is too large for a float. "
        "Divide the column by a power of ten first.",
    ),
    "too negative to square": (
        with_value(-1e200),
        2,
        {},
        "Column 1 of X holds 1e+200: its square is too large for a float. "
        "Divide the column by a power of ten first.",
    ),
    "all rows equal": (
        np.ones((9, 2)),
        2,
        {},
        "X has only 1 different row, fewer than n_components = 2: components that start equal "
        "never separate. Use at most 1 component.",
    ),
    "duplicates": (
        np.repeat(X[:3], 5, axis=0),
        4,
        {},
        "X has only 3 different rows, fewer than n_components = 4: components that start equal "
        "never separate. Use at most 3 components.",
    ),
    "constant column": (
        X * [1, 0] + [0, 7],
        2,
        {"reg_covar": 0},
        f"X is constant in column 1, {NO_EXTENT}",
    ),
    "all rows equal, one component": (
        np.ones((9, 2)),
        1,
        {"reg_covar": 0},
        f"X is constant in columns 0 and 1, {NO_EXTENT}",
    ),
    "fewer rows than columns": (
        np.random.default_rng(0).normal(size=(4, 6)),
        1,
        {"reg_covar": 0},
        f"X has 4 rows, which do not span its 6 columns, {NO_EXTENT}",
    ),
    "a column that is a sum": (
        np.column_stack([X, X.sum(axis=1)]),
        2,
        {"reg_covar": 0},
        f"Some columns of X are sums of others, {NO_EXTENT}",
    ),
    "reg_covar < 0": (X, 2, {"reg_covar": -1e-6}, amount("reg_covar", REG_COVAR, "-1e-06")),
    "reg_covar = nan": (X, 2, {"reg_covar": np.nan}, amount("reg_covar", REG_COVAR, "nan")),
    "reg_covar = inf": (X, 2, {"reg_covar": np.inf}, amount("reg_covar", REG_COVAR, "inf")),
    "reg_covar is text": (X, 2, {"reg_covar": "small"}, amount("reg_covar", REG_COVAR, "'small'")),
    "tol < 0": (X, 2, {"tol": -1}, amount("tol", TOL, "-1")),
    "tol = True": (X, 2, {"tol": True}, amount("tol", TOL, "True")),
    "max_iter < 0": (X, 2, {"max_iter": -1}, count("max_iter", 0, "-1")),
    "max_iter = 1.5": (X, 2, {"max_iter": 1.5}, count("max_iter", 0, "1.5")),
    "unknown family": (
        X,
        2,
        {"covariance_type": "round"},
        "covariance_type must be one of full, tied, diag, spherical; got 'round'.",
    ),
    "unknown start": (
        X,
        2,
        {"init": "k-means"},
        f"init must be one of {', '.join(INITS)}, given; got 'k-means'.",
    ),
    "given, but not given": (
        X,
        2,
        {"init": "given"},
        f"init must be one of {', '.join(INITS)}, given; got 'given'. "
        "To begin with a mixture of your own, pass it as start=.",
    ),
    "start with too few components": (
        X,
        3,
        {"start": START},
        "start has 2 components, but n_components = 3.",
    ),
    "start with too many features": (
        X[:, 0],
        2,
        {"start": START},
        "start has 2 features, but X has 1.",
    ),
    "start of another family": (
        X,
        2,
        {"start": START, "covariance_type": "diag"},
        "start has covariance_type 'full', but the run 'diag': pass covariance_type='full'.",
    ),
    "start that is no mixture": (
        X,
        2,
        {"start": START.means},
        "start must be a Mixture; got ndarray.",
    ),
}


@pytest.mark.parametrize(("data", "k", "options", "message"), TABLE.values(), ids=TABLE)
def test_fit_says_what_is_wrong(data, k, options, message):
    with pytest.raises(ValueError) as error:
        fit(data, k, **options)
    assert str(error.value) == message


def test_ragged_rows():
    with pytest.raises(ValueError, match=r"^X must be a table of numbers: .*inhomogeneous shape.*\.$"):
        fit([[1.0, 2.0], [3.0]], 1)


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("family", ["full", "diag"])
def test_a_constant_column_fits_with_reg_covar_and_is_named_without(init, family):
    data = np.column_stack([X, np.full(30, 3.0)])
    options = {"init": init, "covariance_type": family, "random_state": 0}
    trace = fit(data, 2, reg_covar=1e-6, **options)
    assert np.isfinite(trace.log_likelihoods).all()
    with pytest.raises(ValueError) as error:
        fit(data, 2, reg_covar=0, **options)
    assert str(error.value) == f"X is constant in column 2, {NO_EXTENT}"


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_equal_rows_fit_one_component_with_reg_covar(family):
    trace = fit(np.full((9, 2), 4.0), 1, covariance_type=family, reg_covar=0.25)
    assert trace.stop is StopReason.CONVERGED
    np.testing.assert_allclose(trace.mixture.means, [[4.0, 4.0]])
    np.testing.assert_allclose(np.diagonal(trace.mixture.full_covariances[0]), 0.25)


@pytest.mark.parametrize("family", ["full", "tied", "diag", "spherical"])
def test_duplicates_alone_are_no_obstacle(family):
    once, thrice = X[:20], np.repeat(X[:20], 3, axis=0)
    options = {"covariance_type": family, "init": "interleaved", "max_iter": 0}
    start = fit(once, 2, **options).mixture
    options = {"covariance_type": family, "start": start, "tol": 0, "max_iter": 5}
    one, other = fit(once, 2, **options), fit(thrice, 2, **options)
    np.testing.assert_allclose(one.log_likelihoods, other.log_likelihoods, rtol=1e-9)


def test_as_many_components_as_rows():
    trace = fit(X[:5], 5, init="random_from_data", random_state=0, reg_covar=1e-2)
    assert np.isfinite(trace.log_likelihoods).all()


@pytest.mark.parametrize("X_other", [X[:, :1], np.zeros((3, 5))])
def test_the_single_steps_check_their_input_too(X_other):
    message = f"X has {X_other.shape[1]} features, but the mixture has 2."
    for ask in (e_step, iterate):
        with pytest.raises(ValueError) as error:
            ask(X_other, START)
        assert str(error.value) == message
    for ask in (m_step, lambda found, **options: iterate(X, START, **options)):
        with pytest.raises(ValueError) as error:
            ask(e_step(X, START), reg_covar=-1)
        assert str(error.value) == amount("reg_covar", REG_COVAR, "-1")


def test_the_single_steps_want_at_least_one_row():
    with pytest.raises(ValueError) as error:
        e_step(np.empty((0, 2)), START)
    assert str(error.value) == "X has 0 rows; at least 1 are needed."


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint8, bool, object])
def test_numbers_of_any_kind_are_numbers(kind):
    data = (X * 10).round().clip(0).astype(kind)
    trace = fit(data, 2, random_state=0)
    assert trace == fit(data.astype(float), 2, random_state=0)


@pytest.mark.slow
def test_numbers_only():
    # The library stands alone: a program that imports it gets no interface with it.
    code = "import sys, gmm_core; print([name for name in ('streamlit', 'plotly') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- What a user of scikit-learn may bring


def means_of(data):
    return fit(data, 2, random_state=0).mixture.means


def test_what_is_masked_is_missing():
    masked = np.ma.masked_equal([1.0, 2, -9999, 2.5, 9, 8], -9999)
    with pytest.raises(ValueError, match=r"^X must be finite; found nan at \[2\]\. Drop those rows"):
        fit(masked, 2)
    with pytest.raises(ValueError, match="contains NaN"):
        GaussianMixture(2).fit(masked[:, np.newaxis])
    np.testing.assert_array_equal(means_of(np.ma.array(X)), means_of(X))


def test_a_matrix_is_a_table():
    with warnings.catch_warnings(action="ignore"):
        matrix = np.matrix(X)
    np.testing.assert_array_equal(means_of(matrix), means_of(X))


def test_sparse_matrices_dates_and_seeds_get_a_sentence():
    with pytest.raises(ValueError, match=r"X is a sparse matrix, which EM cannot use; give X.toarray\(\)\."):
        fit(scipy.sparse.csr_matrix(X), 2)
    with pytest.raises(ValueError, match=r"X must hold numbers; got dates \(datetime64\[D\]\)\. Give them"):
        fit(np.array(["2024-01-01", "2024-01-02", "2024-01-05"], "datetime64[D]"), 2)
    with pytest.raises(ValueError, match=r"random_state must be None, a whole number from 0 to 2\*\*32 - 1"):
        fit(X, 2, random_state="seed")


def test_a_generator_is_a_seed():
    first, again, other = (fit(X, 2, random_state=np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.mixture.means, again.mixture.means)
    assert other.mixture.means.shape == (2, 2)
