"""What several test files share: data, starts, and scikit-learn beginning from the same start."""

from __future__ import annotations

import runpy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture as SklearnMixture

from gmm_core import Mixture, Scaling, Trace, fit, load_dataset
from gmm_core.out.export import to_csv


def _precisions(mixture: Mixture) -> np.ndarray:
    if mixture.covariance_type in ("full", "tied"):
        return np.linalg.inv(mixture.covariances)
    return 1 / mixture.covariances


@pytest.fixture
def sklearn_fit() -> Callable[..., SklearnMixture]:
    """scikit-learn's mixture, fitted to X from the given start; how it ended is for the test to judge."""

    def fit_from(X: np.ndarray, start: Mixture, **options: Any) -> SklearnMixture:
        model = SklearnMixture(
            start.n_components,
            covariance_type=start.covariance_type,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=_precisions(start),
            **options,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(X)

    return fit_from


@pytest.fixture
def blobs() -> Callable[..., np.ndarray]:
    """Overlapping groups, so that EM has something to do: k groups of different size and shape."""

    def draw(n: int = 300, d: int = 2, k: int = 3, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        sizes = rng.multinomial(n - 10 * k, rng.dirichlet(np.full(k, 5.0))) + 10
        groups = [
            rng.normal(size=(size, d)) @ rng.normal(size=(d, d)) + 2 * rng.normal(size=d) for size in sizes
        ]
        return np.concatenate(groups)

    return draw


@pytest.fixture(scope="session")
def lab() -> tuple[np.ndarray, np.ndarray, Trace]:
    """The lab exercise: train rows, labels, and 116 iterations from a hard start on a shuffled index."""
    data = load_dataset("digits")
    X, labels = data.X[:1257], data.labels[:1257]
    index = np.arange(1257) % 10
    np.random.RandomState(42).shuffle(index)
    groups = [X[index == j] for j in range(10)]
    start = Mixture(
        np.full(10, 0.1),
        np.stack([group.mean(axis=0) for group in groups]),
        np.stack([group.var(axis=0) + 1e-4 for group in groups]),
        "diag",
    )
    options = {"covariance_type": "diag", "reg_covar": 1e-4, "tol": 0, "max_iter": 116}
    return X, labels, fit(X, 10, start=start, **options)


@pytest.fixture(scope="session")
def some_run() -> Callable[..., tuple[np.ndarray, Trace]]:
    """Data and a run of EM on them, scaled, every time the same: for tests of what becomes of a run."""

    def make(
        family: str, d: int, shift: float = 0.0, n_iter: int = 6, scaling: str = "none"
    ) -> tuple[np.ndarray, Trace]:
        rng = np.random.default_rng(d)
        groups = [
            rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 2 * rng.normal(size=d) for n in (50, 90, 60)
        ]
        X = np.concatenate(groups) + shift
        options = {"init": "random_from_data", "random_state": 1, "reg_covar": 1e-3, "tol": 0}
        Z = Scaling.of(scaling, X).scale(X)
        return X, fit(Z, 3, covariance_type=family, max_iter=n_iter, **options)

    return make


@pytest.fixture
def run_script(tmp_path, capsys) -> Callable[[str, pd.DataFrame], dict[str, Any]]:
    """What a script defines that finds this table beside it, as `data.csv`."""

    def run(code: str, table: pd.DataFrame) -> dict[str, Any]:
        (tmp_path / "data.csv").write_bytes(to_csv(table))
        (tmp_path / "em.py").write_text(code, encoding="utf-8")
        found = runpy.run_path(str(tmp_path / "em.py"))
        assert "log-likelihood:" in capsys.readouterr().out
        return found

    return run
