"""scikit-learn's `BayesianGaussianMixture`, with its whole history."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import mixture as sklearn_mixture

from gmm_core.engine.em import Record, StopReason, Trace, prepared
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.variational import expected_weights


class BayesianGaussianMixture(sklearn_mixture.BayesianGaussianMixture):
    """scikit-learn's `BayesianGaussianMixture`, with its whole history: its fit is scikit-learn's own.

    In addition, of the start that was best:

    history_ : the `Trace`, whose step 0 is the M-step of scikit-learn's start. A mixture in it has the
        expected weights and means, and the inverses of the expected precisions; its log-likelihood is that
        of these. None where X is an array of another library.

    `ways.variational` does the same steps from any mixture, with the lower bound of the evidence at each; the
    page *Faster* shows them beside EM. `lower_bounds_` are scikit-learn's, without constants.
    """

    def fit(self, X: ArrayLike, y: Any = None) -> Self:
        """Estimate the posterior from `n_init` starts. X is (n, d); y is not used."""
        self.fit_predict(X)
        return self

    def fit_predict(self, X: ArrayLike, y: Any = None) -> NDArray[np.int64]:
        """Fit, and label each row of X (n, d) with its most probable component: (n,)."""
        self.history_: Trace | None = None
        self._runs: list[list[tuple[Any, ...]]] = []
        try:
            labels: NDArray[np.int64] = super().fit_predict(X)
            # The parameters that were best are those that it keeps, the very objects.
            best = next((run for run in self._runs if run[-1][2] is self.means_), None)
            if best is not None and isinstance(self.means_, np.ndarray):
                self.history_ = self._history(X, best)
        finally:
            del self._runs
        return labels

    def _initialize(self, X: NDArray[Any], resp: NDArray[Any]) -> None:
        super()._initialize(X, resp)
        if "_runs" in vars(self):  # else nothing is fitted
            self._runs.append([self._get_parameters()])

    def _m_step(self, X: NDArray[Any], log_resp: NDArray[Any], xp: Any = None) -> None:
        if not self._runs:  # this goes on from an earlier fit
            self._runs.append([self._get_parameters()])
        super()._m_step(X, log_resp, xp=xp)
        self._runs[-1].append(self._get_parameters())

    def _history(self, X: ArrayLike, run: list[tuple[Any, ...]]) -> Trace:
        process = self.weight_concentration_prior_type == "dirichlet_process"
        mixtures = [
            Mixture(
                expected_weights(np.asarray(concentration, dtype=np.float64), process),
                means,
                covariances,
                self.covariance_type,
            )
            for concentration, _, means, _, covariances, _ in run
        ]
        sweep, _ = prepared(X, mixtures[0], 0.0, None, "raise")
        kept = Record(mixtures[0], np.inf, None, None)
        for mixture in mixtures:
            kept.add(mixture, sweep(mixture))
        return kept.trace(StopReason.CONVERGED if self.converged_ else StopReason.MAX_ITER)
