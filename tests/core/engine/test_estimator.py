"""`GaussianMixture` on this engine against `sklearn.mixture.GaussianMixture`: no difference but the speed."""

from __future__ import annotations

import inspect
import io
import os
import pickle
import re
import subprocess
import sys
import warnings
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from gmm_core import GaussianMixture, Step, StopReason, Trace, fit
from gmm_core.engine import estimator

FAMILIES = ("full", "tied", "diag", "spherical")
INITS = ("kmeans", "k-means++", "random_from_data", "random")
BOTH = (GaussianMixture, SklearnMixture)
ARRAYS = ("weights_", "means_", "covariances_", "precisions_", "precisions_cholesky_")


@pytest.fixture
def X(blobs) -> np.ndarray:
    return blobs(n=240)


def outcome(model: Any, X: Any) -> tuple[Any, list[str], str]:
    """The fitted model or the error, the warnings and the printed words."""
    printed = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, redirect_stdout(printed):
        warnings.simplefilter("always")
        try:
            result: Any = model.fit(X)
        except Exception as error:  # whatever it is, both must raise it
            result = error
    # Times differ from run to run, and Python shows a warning that comes twice only once.
    words = re.sub(r"time lapse [\d.]+s", "time lapse", printed.getvalue())
    said = dict.fromkeys(f"{warning.category.__name__}: {warning.message}" for warning in caught)
    return result, list(said), words


def assert_same_fit(ours: Any, theirs: Any, rtol: float = 1e-7) -> None:
    fitted = {name for name in vars(theirs) if name.endswith("_")}
    beyond = {"noise_weight_", "noise_box_", "dof_", "dof_type_"}
    assert fitted | {"history_", "histories_", "n_best_"} | beyond == {
        name for name in vars(ours) if name.endswith("_")
    }
    for name in ARRAYS:
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol * np.abs(other).max(), err_msg=name)
    assert (ours.n_iter_, ours.converged_) == (theirs.n_iter_, theirs.converged_)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=rtol)
    np.testing.assert_allclose(ours.lower_bounds_, theirs.lower_bounds_, rtol=rtol)
    assert ours.n_features_in_ == theirs.n_features_in_


def compare(X: Any, rtol: float = 1e-7, **options: Any) -> tuple[Any, Any]:
    ours, theirs = (kind(**options) for kind in BOTH)
    (one, said, _), (other, expected, _) = outcome(ours, X), outcome(theirs, X)
    assert said == expected
    if isinstance(other, Exception):
        assert (type(one), str(one)) == (type(other), str(other))
    else:
        assert_same_fit(one, other, rtol)
    return one, other


def not_for_us(estimator: Any) -> dict[str, str]:
    """The check of weights shuffles the rows, and k-means draws them in their order (see `test_weights`)."""
    name = "check_sample_weight_equivalence_on_dense_data"
    return {name: "k-means starts elsewhere"} if estimator.n_components > 1 else {}


@parametrize_with_checks(
    [GaussianMixture(), GaussianMixture(2, covariance_type="tied", n_init=2)],
    expected_failed_checks=not_for_us,
)
def test_the_checks_of_sklearn(estimator, check):
    check(estimator)


# --- the interface


def test_the_same_parameters_and_defaults():
    ours, theirs = (inspect.signature(kind.__init__).parameters for kind in BOTH)
    of_theirs = {name: (p.kind, p.default) for name, p in theirs.items()}
    added = {"keep_history": (inspect.Parameter.KEYWORD_ONLY, "best")}
    added |= dict.fromkeys(("prior", "noise", "dof", "held"), (inspect.Parameter.KEYWORD_ONLY, None))
    assert {name: (p.kind, p.default) for name, p in ours.items()} == of_theirs | added
    assert GaussianMixture().get_params() == SklearnMixture().get_params() | {
        "keep_history": "best",
        "prior": None,
        "noise": None,
        "dof": None,
        "held": None,
    }
    assert isinstance(GaussianMixture(), SklearnMixture)


def test_a_clone_is_unfitted_and_has_the_same_parameters(X):
    model = GaussianMixture(3, covariance_type="diag", reg_covar=1e-3, random_state=1).fit(X)
    twin = clone(model)
    assert twin.get_params() == model.get_params()
    assert not hasattr(twin, "means_")


@pytest.mark.parametrize("options", [{"n_components": 3, "covariance_type": f} for f in FAMILIES])
def test_every_answer_is_that_of_sklearn(X, options):
    ours, theirs = (kind(random_state=0, **options).fit(X) for kind in BOTH)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    for ask in ("predict_proba", "score_samples"):
        np.testing.assert_allclose(getattr(ours, ask)(X), getattr(theirs, ask)(X), rtol=1e-6, atol=1e-9)
    for ask in ("score", "aic", "bic"):
        assert getattr(ours, ask)(X) == pytest.approx(getattr(theirs, ask)(X), rel=1e-9)
    for one, other in zip(ours.sample(50), theirs.sample(50), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    labels = [kind(random_state=0, **options).fit_predict(X) for kind in BOTH]
    np.testing.assert_array_equal(*labels)
    np.testing.assert_array_equal(labels[0], ours.predict(X))


# --- the same fit


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("init_params", INITS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_components": 1},
        {"max_iter": 3},
        {"max_iter": 0},
        {"max_iter": 0, "n_init": 3},
        {"tol": 0, "max_iter": 8, "reg_covar": 0.1},
    ],
    ids=str,
)
def test_same_options_same_fit(X, family, init_params, options):
    # Both begin with the same draws, and both say so if they do not converge.
    options = {"n_components": 3, "covariance_type": family, "init_params": init_params} | options
    compare(X, random_state=7, **options)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "given",
    [("weights",), ("means",), ("precisions",), ("weights", "means"), ("weights", "means", "precisions")],
)
@pytest.mark.parametrize("init_params", ["kmeans", "random_from_data"])
def test_starts_given_in_part(X, family, given, init_params):
    precisions = {
        "full": np.array([np.eye(2), 2 * np.eye(2), [[1.0, 0.3], [0.3, 0.5]]]),
        "tied": np.array([[1.0, 0.3], [0.3, 0.5]]),
        "diag": np.array([[1.0, 2.0], [0.5, 0.5], [0.1, 1.0]]),
        "spherical": np.array([1.0, 0.5, 0.25]),
    }
    values = {"weights": [0.2, 0.3, 0.5], "means": X[:3], "precisions": precisions[family]}
    options = {f"{name}_init": values[name] for name in given}
    compare(X, n_components=3, covariance_type=family, init_params=init_params, random_state=0, **options)


@pytest.mark.parametrize("seed", [0, 3])
def test_n_init_draws_on_and_keeps_the_best(X, seed):
    options = {"n_init": 5, "init_params": "random", "tol": 1e-4, "max_iter": 500}
    ours, theirs = (kind(4, random_state=np.random.RandomState(seed), **options).fit(X) for kind in BOTH)
    assert_same_fit(ours, theirs, 1e-6)
    assert len(ours.histories_) == 5
    ends = np.array([trace.log_likelihood for trace in ours.histories_])
    assert ours.n_best_ == np.sum(ends >= ours.history_.log_likelihood - ours.tol) >= 1
    assert ours.history_ is max(ours.histories_, key=lambda trace: trace.log_likelihoods[-2])
    # The caller's generator has been used as much.
    assert ours.random_state.uniform() == theirs.random_state.uniform()


@pytest.mark.parametrize("family", FAMILIES)
def test_n_init_that_ends_in_a_draw_may_order_the_components_otherwise(X, family):
    # k-means finds the same clusters from most seeds, in another order; then rounding chooses.
    ours, theirs = (kind(3, covariance_type=family, n_init=5, random_state=7).fit(X) for kind in BOTH)
    assert ours.lower_bound_ == pytest.approx(theirs.lower_bound_, rel=1e-9)
    one, other = (model.means_[model.means_[:, 0].argsort()] for model in (ours, theirs))
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_warm_start_goes_on(X, family):
    models = [
        kind(3, covariance_type=family, warm_start=True, max_iter=2, tol=1e-5, random_state=0)
        for kind in BOTH
    ]
    for _ in range(4):
        (ours, said, _), (theirs, expected, _) = (outcome(model, X) for model in models)
        assert said == expected
        assert_same_fit(ours, theirs)
    cold = GaussianMixture(3, covariance_type=family, max_iter=8, tol=1e-5, random_state=0)
    assert outcome(cold, X)[0].history_.mixture.means == pytest.approx(ours.history_.mixture.means, rel=1e-8)


def test_a_warm_start_on_other_data(X):
    models = [kind(3, warm_start=True, max_iter=5, random_state=0) for kind in BOTH]
    for data in (X, X[:100] + 0.5, X[50:]):
        (ours, said, _), (theirs, expected, _) = (outcome(model, data) for model in models)
        assert said == expected
        assert_same_fit(ours, theirs)


@pytest.mark.parametrize("family", FAMILIES)
def test_single_precision_stays_single_precision(X, family):
    # scikit-learn computes in single precision; we in double, and answer in single.
    options = {"covariance_type": family, "random_state": 0, "tol": 0, "max_iter": 5}
    with pytest.warns(ConvergenceWarning):
        ours, theirs = (kind(3, **options).fit(X.astype(np.float32)) for kind in BOTH)
    for name in ARRAYS:
        one, other = getattr(ours, name), getattr(theirs, name)
        assert one.dtype == other.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=5e-3, atol=5e-3)


def test_columns_of_a_frame_keep_their_names(X):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["length", "width"])
    ours, theirs = (kind(3, random_state=0).fit(frame) for kind in BOTH)
    np.testing.assert_array_equal(ours.feature_names_in_, ["length", "width"])
    assert_same_fit(ours, theirs)
    renamed = frame.rename(columns={"length": "depth"})
    messages = []
    for model in (ours, theirs):
        with pytest.raises(ValueError) as error:
            model.predict(renamed)
        messages.append(str(error.value))
    assert messages[0] == messages[1]


def test_a_frame_leaves_the_start_to_chance_no_longer_than_an_array(X):
    lists, arrays = (
        GaussianMixture(3, random_state=0).fit(X.tolist()),
        GaussianMixture(3, random_state=0).fit(X),
    )
    assert lists.history_ == arrays.history_


# --- what it says


@pytest.mark.parametrize("verbose", [1, 2])
@pytest.mark.parametrize(
    "options",
    [{}, {"n_init": 3, "init_params": "k-means++"}, {"max_iter": 3, "tol": 0}, {"max_iter": 0}],
    ids=str,
)
def test_verbose_prints_the_same_words(X, verbose, options):
    words = []
    for kind in BOTH:
        model = kind(3, verbose=verbose, verbose_interval=2, random_state=0, **options)
        words.append(outcome(model, X)[2])
    assert words[0] == words[1]
    assert words[0].startswith("Initialization 0")


def test_a_start_that_scikit_learn_lacks(X):
    model = GaussianMixture(3, init_params="interleaved").fit(X)
    np.testing.assert_array_equal(
        model.history_.log_likelihoods, fit(X, 3, init="interleaved").log_likelihoods
    )
    assert model.n_iter_ > 1


def test_no_convergence_is_a_warning(X):
    model = GaussianMixture(3, max_iter=2, tol=1e-9, random_state=0)
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X)
    assert [str(warning.message) for warning in caught] == [
        "Best performing initialization did not converge. Try different init parameters, or increase "
        "max_iter, tol, or check for degenerate data."
    ]
    with pytest.warns(ConvergenceWarning) as theirs:
        SklearnMixture(3, max_iter=2, tol=1e-9, random_state=0).fit(X)
    assert caught[0].filename == theirs[0].filename
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", module="sklearn")  # what silences theirs silences ours
        model.fit(X)


BAD = {
    "n_components = 0": {"n_components": 0},
    "n_components = 1.5": {"n_components": 1.5},
    "n_components is text": {"n_components": "three"},
    "n_components > n": {"n_components": 241},
    "covariance_type": {"covariance_type": "round"},
    "tol": {"tol": -1},
    "reg_covar": {"reg_covar": -1e-6},
    "max_iter": {"max_iter": -1},
    "n_init": {"n_init": 0},
    "init_params": {"init_params": "given"},
    "random_state": {"random_state": "seed"},
    "verbose": {"verbose": -1},
    "verbose_interval": {"verbose_interval": 0},
    "warm_start": {"warm_start": "yes"},
    "weights: shape": {"weights_init": [0.5, 0.5]},
    "weights: range": {"weights_init": [-1.0, 1.0, 1.0]},
    "weights: sum": {"weights_init": [0.5, 0.5, 0.5]},
    "weights: nan": {"weights_init": [0.5, 0.5, np.nan]},
    "means: shape": {"means_init": np.zeros((2, 2))},
    "means: nan": {"means_init": np.full((3, 2), np.nan)},
    "precisions: shape": {"precisions_init": np.ones((3, 3, 3))},
    "precisions: not definite": {"precisions_init": np.zeros((3, 2, 2))},
    "precisions: not symmetric": {"precisions_init": np.tile([[1.0, 0.5], [0.0, 1.0]], (3, 1, 1))},
    "precisions: negative": {"precisions_init": -np.ones((3, 2)), "covariance_type": "diag"},
}


@pytest.mark.parametrize("options", BAD.values(), ids=BAD)
def test_the_same_error_for_bad_parameters(X, options):
    ours, _ = compare(X, **({"n_components": 3} | options))
    assert isinstance(ours, ValueError)


@pytest.mark.parametrize(
    "data",
    [
        np.zeros((0, 2)),
        np.zeros((1, 2)),
        np.zeros((5, 0)),
        np.zeros(5),
        np.zeros((2, 3, 4)),
        [[1.0, np.nan], [2.0, 3.0], [4.0, 5.0]],
        [[1.0, np.inf], [2.0, 3.0], [4.0, 5.0]],
        [["a", "b"], ["c", "d"], ["e", "f"]],
        np.ones((3, 2)) * 1j,
        5,
        None,
    ],
    ids=["no rows", "one row", "no columns", "1-D", "3-D", "nan", "inf", "text", "complex", "number", "None"],
)
def test_the_same_error_for_bad_data(data):
    ours, _ = compare(data)
    assert isinstance(ours, Exception)


@pytest.mark.parametrize("kept", ["yes", True, None, 1])
def test_what_is_kept_is_one_of_three(X, kept):
    with pytest.raises(
        ValueError, match="The 'keep_history' parameter of GaussianMixture must be a str among"
    ):
        GaussianMixture(3, keep_history=kept).fit(X)


@pytest.mark.parametrize(
    "kind",
    [
        np.asfortranarray,
        np.ma.array,
        lambda X: X.astype(np.float16),
        lambda X: X.astype(np.longdouble),
        lambda X: (X * 10).astype(np.int64),
        lambda X: X * 1e-160,
        lambda X: np.repeat(X, 2, axis=0)[::2],
        lambda X: X.view(np.matrix),
        csr_matrix,
        csr_array,
    ],
    ids=[
        "Fortran",
        "masked",
        "half",
        "long",
        "integers",
        "tiny",
        "strided",
        "matrix",
        "sparse",
        "sparse array",
    ],
)
def test_arrays_of_every_kind_are_taken_as_by_sklearn(X, kind):
    compare(kind(X), n_components=3, random_state=0)


# A constant column, and fewer different rows than components.
DEGENERATE = {
    "constant": np.random.default_rng(0).normal(size=(30, 2)) * [1, 0] + [0, 2],
    "repeated": np.random.default_rng(0).normal(size=(2, 2)).repeat(10, axis=0),
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("reg_covar", [0, 1e-6])
@pytest.mark.parametrize("init_params", INITS)
@pytest.mark.parametrize("data", DEGENERATE.values(), ids=DEGENERATE)
def test_degenerate_data_end_as_in_sklearn(family, reg_covar, init_params, data):
    options = {"covariance_type": family, "reg_covar": reg_covar, "init_params": init_params}
    compare(data, 1e-5, n_components=3, random_state=0, **options)


# --- in scikit-learn's machinery


def test_in_a_pipeline_and_a_grid_search(X):
    chosen = []
    for kind in BOTH:
        pipeline = make_pipeline(StandardScaler(), kind(random_state=0, reg_covar=1e-4))
        grid = {
            "gaussianmixture__n_components": [1, 2, 3],
            "gaussianmixture__covariance_type": ["full", "spherical"],
        }
        search = GridSearchCV(pipeline, grid, cv=3).fit(X)
        chosen.append((search.best_params_, search.cv_results_["mean_test_score"], search.predict(X)))
    assert chosen[0][0] == chosen[1][0]
    np.testing.assert_allclose(chosen[0][1], chosen[1][1], rtol=1e-8)
    np.testing.assert_array_equal(chosen[0][2], chosen[1][2])


# --- what scikit-learn has not


def test_the_history_of_the_best_start(X):
    model = GaussianMixture(3, random_state=0, n_init=2, init_params="random_from_data").fit(X)
    history = model.history_
    assert isinstance(history, Trace)
    assert all(isinstance(step, Step) for step in history.steps)
    assert history in model.histories_
    assert len(model.histories_) == 2
    assert (history.n_iter, history.converged) == (model.n_iter_, model.converged_)
    assert history.stop is StopReason.CONVERGED
    assert history.log_likelihood == pytest.approx(model.score(X), rel=1e-11)
    for name in ("weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(history.mixture, name), getattr(model, f"{name}_"))
    np.testing.assert_allclose(history.mixture.responsibilities(X), model.predict_proba(X), atol=1e-11)


def test_fitted_arrays_are_the_callers_and_the_history_is_not(X):
    model = GaussianMixture(3, random_state=0).fit(X)
    model.means_ += 1  # as with scikit-learn's
    assert not np.array_equal(model.means_, model.history_.mixture.means)


def test_a_fitted_model_can_be_pickled_with_its_history(X):
    model = GaussianMixture(3, random_state=0).fit(X)
    twin = pickle.loads(pickle.dumps(model))
    assert twin.history_ == model.history_
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))


def test_how_much_is_kept_is_a_choice_and_changes_nothing_else(X):
    options = {"n_init": 3, "init_params": "random", "random_state": 0, "verbose": 2, "verbose_interval": 1}
    everything, best, nothing = (
        GaussianMixture(3, keep_history=kept, **options) for kept in ("all", "best", "none")
    )
    words = [outcome(model, X)[2] for model in (everything, best, nothing)]
    assert words[0] == words[1] == words[2]
    for model in (best, nothing):
        np.testing.assert_array_equal(model.means_, everything.means_)
        assert model.lower_bounds_ == everything.lower_bounds_
    assert (nothing.history_, nothing.histories_) == (None, ())
    assert best.history_ == everything.history_
    assert len(everything.history_.steps) == everything.n_iter_ + 1
    for short, whole in zip(best.histories_, everything.histories_, strict=True):
        np.testing.assert_array_equal(short.log_likelihoods, whole.log_likelihoods)
        assert (short.n_iter, short.mixture, short.stop) == (whole.n_iter, whole.mixture, whole.stop)
        assert len(short.steps) == (len(whole.steps) if short is best.history_ else 1)
    assert len(pickle.dumps(nothing)) < len(pickle.dumps(best)) < len(pickle.dumps(everything))


def test_long_histories_are_thinned_evenly(X, monkeypatch):
    options = {"tol": 0, "max_iter": 60, "random_state": 0}
    whole = outcome(GaussianMixture(3, **options), X)[0].history_
    monkeypatch.setitem(estimator.ROOM, "best", 20_000)
    model = outcome(GaussianMixture(3, **options), X)[0]
    assert [step.iteration for step in model.history_.steps] == [0, 8, 16, 24, 32, 40, 48, 56, 60]
    assert all(step == whole.steps[step.iteration] for step in model.history_.steps)
    np.testing.assert_array_equal(model.history_.log_likelihoods, whole.log_likelihoods)
    assert model.history_.n_iter == model.n_iter_ == 60


@pytest.mark.parametrize("family", FAMILIES)
def test_a_tie_but_for_rounding_goes_to_the_earlier_start(X, family):
    model = GaussianMixture(3, covariance_type=family, n_init=6, random_state=7, tol=1e-9).fit(X)
    bounds = [trace.log_likelihoods[-2] for trace in model.histories_]
    first = next(i for i, bound in enumerate(bounds) if bound > max(bounds) - estimator.TIE)
    assert model.history_ is model.histories_[first]


def with_other_arrays(code, *arguments):
    """Run it in a process where scikit-learn takes arrays of other libraries."""
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, env=environment)


@pytest.mark.slow
def test_arrays_of_other_libraries_go_where_scikit_learn_takes_them():
    with_other_arrays("""
import array_api_strict as xp, numpy as np, pytest, sklearn
from gmm_core import GaussianMixture, fit
X = np.concatenate([np.random.RandomState(0).normal(size=(60, 2)) + c for c in (0, 6)])
options = {"n_components": 2, "random_state": 0, "init_params": "random_from_data"}
ours = GaussianMixture(**options).fit(X)
assert GaussianMixture(**options).fit(xp.asarray(X)).lower_bound_ == ours.lower_bound_
with sklearn.config_context(array_api_dispatch=True):
    theirs = GaussianMixture(**options).fit(xp.asarray(X))
    assert theirs.history_ is None and type(theirs.predict(xp.asarray(X))).__module__ != "numpy"
    one = "cannot be used with arrays of other libraries: these are handed over to scikit-learn"
    with pytest.raises(ValueError, match=f"^sample_weight {one}"):
        theirs.bic(xp.asarray(X), sample_weight=np.full(120, 2.0))
    with pytest.raises(ValueError, match=f"^prior and covariance_type {one}"):
        GaussianMixture(**options, prior=True, covariance_type="VEV").fit(xp.asarray(X))
np.testing.assert_allclose(ours.means_, np.asarray(theirs.means_), rtol=1e-7)
with pytest.raises(ValueError, match="^X must be a table of numbers: Can't convert array on the "):
    fit(xp.asarray(X, device=xp.Device("device1")), 2)
""")


@pytest.mark.slow
def test_the_tests_of_sklearn(tmp_path):
    # One counts the calls of a function that only scikit-learn's own loop has.
    (tmp_path / "pytest.ini").touch()
    with_other_arrays(
        """
import sys, pytest
import sklearn.mixture.tests.test_gaussian_mixture as theirs
from gmm_core import GaussianMixture
theirs.GaussianMixture = GaussianMixture
left_out = "test_gaussian_mixture_all_init_does_not_estimate_gaussian_parameters"
options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-c", sys.argv[1], "-k", f"not {left_out}"]
sys.exit(pytest.main([theirs.__file__, *options]))
""",
        str(tmp_path / "pytest.ini"),
    )


def test_a_collapse_raises_what_sklearn_raises_and_keeps_the_history():
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(50, 2)), [[30.0, 30.0]]])
    options = {"means_init": [[0.0, 0.0], [30.0, 30.0]], "reg_covar": 0, "precisions_init": [np.eye(2)] * 2}
    models = [kind(2, random_state=0, **options) for kind in BOTH]
    (ours, _, _), (theirs, _, _) = (outcome(model, X) for model in models)
    assert isinstance(theirs, ValueError)
    assert (type(ours), str(ours)) == (type(theirs), str(theirs))
    assert models[0].history_.stop is StopReason.COLLAPSED
    assert models[0].histories_ == (models[0].history_,)


def test_nothing_is_printed_twice_where_scikit_learn_takes_over():
    words = [outcome(kind(3, verbose=1, random_state=0), DEGENERATE["repeated"])[2] for kind in BOTH]
    assert words[0] == words[1]


def test_no_history_of_an_earlier_fit_remains(X):
    model = GaussianMixture(3, random_state=0).fit(X)
    before = model.history_
    outcome(model, DEGENERATE["repeated"])
    assert model.history_ is not before
