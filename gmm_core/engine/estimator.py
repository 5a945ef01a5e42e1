"""`GaussianMixture`: scikit-learn's interface on this engine. Change one import line, keep the rest.

The class *is* a `sklearn.mixture.GaussianMixture`: parameters, validation, prediction, sampling and
criteria are scikit-learn's own, of the version installed. Only the fit is ours.
"""

from __future__ import annotations

import copy
import sys
import warnings
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn import get_config
from sklearn import mixture as sklearn_mixture
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._array_api import get_namespace
from sklearn.utils._param_validation import StrOptions, validate_parameter_constraints
from sklearn.utils.validation import check_is_fitted, validate_data

from gmm_core.engine.arrays import Indices, n_counted, weights_of
from gmm_core.engine.checks import as_weights, check_rows_left, that_count, without_mask
from gmm_core.engine.covariance import FAMILIES, MODELS, NotPositiveDefiniteError, family_named
from gmm_core.engine.em import Pass, Step, StopReason, Trace, e_step, pass_over, run
from gmm_core.engine.expectation import CollapseError, Expectation, m_step
from gmm_core.engine.floor import WAYS_OUT
from gmm_core.engine.health import NEARLY_LOST
from gmm_core.engine.held import Held, held_at
from gmm_core.engine.known import as_known, begun_at
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior, PriorLike, as_prior
from gmm_core.engine.rows import Rows, as_rows
from gmm_core.engine.starts import INITS, begin
from gmm_core.engine.strays import Beginning, as_noise
from gmm_core.engine.streamed import StreamedSweep, check_streamed, looked_at
from gmm_core.words import together

# By so much the log-likelihoods of two starts that reach one optimum may differ in rounding.
TIE = 1e-11
# How many bytes the steps of a start may take, by what `keep_history` says.
ROOM = {"best": 8e6, "all": np.inf, "none": 0.0}


def sklearn_has(parameter: str, name: str) -> bool:
    """Whether scikit-learn has the start (`init_params`) or the family (`covariance_type`) of that name."""
    rules = sklearn_mixture.GaussianMixture._parameter_constraints[parameter]
    return any(rule.is_satisfied_by(name) for rule in rules)


def _rows_of_block(number: int, block: NDArray[Any]) -> int:
    return len(block)


def _of_block(
    of_rows: Callable[[Mixture, Any], NDArray[Any]], mixture: Mixture, number: int, block: Any
) -> NDArray[Any]:
    return of_rows(mixture, block)


def is_given(option: Any) -> bool:
    """Whether an option that may be None, False, a name, a number or an array asks for anything."""
    return option is not None and option is not False


def _check_handed_over(**options: Any) -> None:
    """A `ValueError` for an option that goes with no array which is handed over to scikit-learn."""
    given = [name for name, option in options.items() if is_given(option)]
    if given:
        raise ValueError(
            f"{together(given)} cannot be used with arrays of other libraries: these are handed over to "
            "scikit-learn, whose GaussianMixture lacks that. Give X as a numpy array."
        )


class GaussianMixture(sklearn_mixture.GaussianMixture):
    """scikit-learn's `GaussianMixture` with its whole history, and several times as fast on large tables.

    Parameters, methods and fitted attributes are those of `sklearn.mixture.GaussianMixture`; the same
    `random_state` gives the same fit; of starts that end equally high but for rounding, the earliest counts,
    which may number the components differently. `init_params` and `covariance_type` may also name what is in
    `starts.INITS`, `covariance.FAMILIES` and `covariance.MODELS` alone; `precisions_` (k, d, d) are matrices
    in such a family.
    `fit`, `fit_predict`, `score`, `bic` and `aic` take `sample_weight` (n,), as other estimators do: a row of
    weight 3 is three equal rows, one of weight 0 is absent (`em.fit` says more). `fit` and `fit_predict` take
    `known_labels` (n,), too: the component of a row, or -1 where that is not known. In addition:

    Parameters
    ----------
    prior, noise, dof, held : as in `em.fit`. With noise, `weights_` sum to 1 less its weight, `predict_proba`
        speaks of the components alone, and `predict` gives -1 for a row that is most probably noise.
    keep_history : "best" keeps the steps of the best start, and of the others the last one and all
        log-likelihoods. Steps that take more than 8 MB are thinned, evenly. "all" keeps every step of every
        start, "none" nothing.

    Attributes
    ----------
    history_ : `Trace`, the steps of the best start, or None.
    histories_ : tuple of `Trace`, one for each of the `n_init` starts.
    n_best_ : how many of the `n_init` starts ended as high as the best of them, but for `tol`: where it is
        1 of many, more starts may end higher still. None where scikit-learn fitted.
    noise_weight_, noise_box_, dof_, dof_type_ : what the mixture has beyond Gaussians, as in `Mixture`.

    Where a component collapses or nearly empties, the fit is handed to scikit-learn, so that the same error
    is raised or the same result returned; `history_` then holds the steps up to there, or is None where the
    start itself had collapsed. With what scikit-learn lacks (a start, a family, weights, a prior, noise or
    degrees of freedom), that is a `ValueError`.
    Arrays of other libraries, with scikit-learn's `array_api_dispatch`, are handed over as well.
    """

    random_state: Any
    history_: Trace | None
    histories_: tuple[Trace, ...]
    n_best_: int | None
    noise_weight_: float
    noise_box_: NDArray[np.float64] | None
    dof_: NDArray[np.float64] | None
    dof_type_: str
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn_mixture.GaussianMixture._parameter_constraints,
        "keep_history": [StrOptions(set(ROOM))],
    }

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: int | np.random.RandomState | None = None,
        warm_start: bool = False,
        verbose: int = 0,
        verbose_interval: int = 10,
        prior: PriorLike = None,
        noise: ArrayLike | None = None,
        dof: ArrayLike | str | None = None,
        held: Held | None = None,
        keep_history: str = "best",
    ) -> None:
        super().__init__(
            n_components,
            covariance_type=covariance_type,
            tol=tol,
            reg_covar=reg_covar,
            max_iter=max_iter,
            n_init=n_init,
            init_params=init_params,
            weights_init=weights_init,
            means_init=means_init,
            precisions_init=precisions_init,
            random_state=random_state,
            warm_start=warm_start,
            verbose=verbose,
            verbose_interval=verbose_interval,
        )
        self.prior, self.noise, self.dof, self.held = prior, noise, dof, held
        self.keep_history = keep_history

    def fit(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        known_labels: ArrayLike | None = None,
    ) -> Self:
        """Estimate the parameters by EM from `n_init` starts. X is (n, d); y is not used."""
        if self._is_foreign(X):
            self.fit_predict(X, sample_weight=sample_weight, known_labels=known_labels)
        else:
            self._fit(X, sample_weight, known_labels)
        return self

    def fit_predict(
        self,
        X: ArrayLike,
        y: Any = None,
        sample_weight: ArrayLike | None = None,
        known_labels: ArrayLike | None = None,
    ) -> NDArray[np.int64]:
        """Fit, and label each row of X (n, d) with its most probable component, or the one that is known:
        (n,), as X is an array.
        """
        labels: NDArray[np.int64]
        if self._is_foreign(X):
            ours = {name: getattr(self, name) for name in ("prior", "noise", "dof", "held")}
            if "covariance_type" in self._of_ours():
                ours["covariance_type"] = self.covariance_type
            _check_handed_over(sample_weight=sample_weight, known_labels=known_labels, **ours)
            labels = super().fit_predict(X)
            self._remember(None, ())
        else:
            self._fit(X, sample_weight, known_labels)
            labels = np.asarray(self.predict(X))
            if known_labels is not None:
                known = np.asarray(known_labels, dtype=labels.dtype)
                labels = np.where(known >= 0, known, labels)
        return labels

    def score(self, X: ArrayLike, y: Any = None, sample_weight: ArrayLike | None = None) -> float:
        """The log-likelihood of a row of X (n, d), on average over the rows as they count; y is not used."""
        if (rows := as_rows(X)) is not None:
            check_streamed(sample_weight=sample_weight)
            return e_step(rows, self._checked(rows)).log_likelihood
        if self._is_foreign(X) or sample_weight is None:
            _check_handed_over(sample_weight=sample_weight)
            return float(super().score(X))
        log_densities = self.score_samples(X)
        return float(np.average(log_densities, weights=as_weights(sample_weight, len(log_densities))))

    def bic(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """BIC on X (n, d), the lower the better. With weights, its n is their sum."""
        n = self._n_rows(X, sample_weight)
        return float(-2 * self.score(X, sample_weight=sample_weight) * n + self._n_parameters() * np.log(n))

    def aic(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """AIC on X (n, d), the lower the better. With weights, the number of rows is their sum."""
        n = self._n_rows(X, sample_weight)
        return float(-2 * self.score(X, sample_weight=sample_weight) * n + 2 * self._n_parameters())

    @staticmethod
    def _n_rows(X: Any, sample_weight: ArrayLike | None) -> float:
        if (rows := as_rows(X)) is not None:
            return float(sum(rows.mapped(_rows_of_block)))
        n = int(X.shape[0]) if hasattr(X, "shape") else len(X)
        return n_counted(n, as_weights(sample_weight, n))

    @staticmethod
    def _is_foreign(X: Any) -> bool:
        """Whether X is an array of another library that scikit-learn was told to compute with."""
        if not get_config()["array_api_dispatch"]:
            return False
        namespace, is_array = get_namespace(X)
        return is_array and namespace.__name__.rpartition(".")[2] != "numpy"

    def sample(self, n_samples: int = 1) -> tuple[NDArray[Any], NDArray[Any]]:
        """Draw rows from the fitted mixture -> X (n_samples, d) and the component each came from."""
        if not self._is_ours():
            X, components = super().sample(n_samples)
            return X, components
        check_is_fitted(self)
        return self._fitted().sample(n_samples, self.random_state)

    def _of_ours(self) -> set[str]:
        """Which parameters name something that this library has and scikit-learn lacks."""
        tables: dict[str, Collection[str]] = {"init_params": INITS, "covariance_type": [*FAMILIES, *MODELS]}
        given = {name: getattr(self, name) for name in tables}
        return {
            name
            for name, value in given.items()
            if isinstance(value, str) and value in tables[name] and not sklearn_has(name, value)
        }

    def _is_ours(self) -> bool:
        """Whether the fitted mixture is one that scikit-learn has none of."""
        beyond = (getattr(self, "noise_box_", None), getattr(self, "dof_", None))
        return "covariance_type" in self._of_ours() or any(one is not None for one in beyond)

    def score_samples(self, X: ArrayLike) -> NDArray[np.float64]:
        """The log density of the fitted mixture at each row of X (n, d), noise included: (n,)."""
        if (rows := as_rows(X)) is not None:
            return self._by_blocks(Mixture.log_density, rows)
        densities: NDArray[np.float64] = super().score_samples(X)
        if getattr(self, "noise_box_", None) is not None:
            densities = self._fitted().log_density(self._as_fitted(X))
        return densities

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """The most probable component of each row of X (n, d), or -1 where that is noise: (n,)."""
        if (rows := as_rows(X)) is not None:
            return self._by_blocks(Mixture.labels, rows)
        labels: NDArray[np.int64] = super().predict(X)
        if getattr(self, "noise_box_", None) is not None:
            labels = self._fitted().labels(self._as_fitted(X))
        return labels

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """The probability of each component for each row of X (n, d): (n, k); what is left of 1 is noise."""
        if (rows := as_rows(X)) is not None:
            return self._by_blocks(Mixture.responsibilities, rows)
        shares: NDArray[np.float64] = super().predict_proba(X)
        if getattr(self, "noise_box_", None) is not None:
            shares = self._fitted().responsibilities(self._as_fitted(X))
        return shares

    def _by_blocks(self, of_rows: Callable[[Mixture, Any], NDArray[Any]], rows: Rows) -> NDArray[Any]:
        """What a method of the mixture says of rows that are read block by block, together."""
        found = list(rows.mapped(partial(_of_block, of_rows, self._checked(rows))))
        if not found:
            raise ValueError("X has 0 rows; at least 1 is needed.")
        return np.concatenate(found)

    def _checked(self, rows: Rows) -> Mixture:
        """The fitted mixture, where these rows have its features."""
        check_is_fitted(self)
        if rows.n_features != self.n_features_in_:
            raise ValueError(
                f"X has {rows.n_features} features, but {type(self).__name__} was fitted to "
                f"{self.n_features_in_}."
            )
        names = getattr(self, "feature_names_in_", None)
        if rows.names and names is not None and list(names) != list(rows.names):
            raise ValueError(
                f"The columns of X are {together(rows.names)}, but {type(self).__name__} was fitted to "
                f"{together(names)}, in this order. Choose them so: rows_of(X, columns)."
            )
        return self._fitted()

    def _as_fitted(self, X: ArrayLike) -> NDArray[np.float64]:
        return np.asarray(validate_data(self, X, reset=False), dtype=np.float64)

    def _validate_params(self) -> None:
        ours = self._of_ours()
        rules = {name: rule for name, rule in self._parameter_constraints.items() if name not in ours}
        given = self.covariance_type
        if "covariance_type" in rules and isinstance(given, str) and len(given) == 3:
            family_named(given)  # meant as a model's letters, of which scikit-learn's message knows nothing
        validate_parameter_constraints(rules, self.get_params(deep=False), caller_name=type(self).__name__)

    def _check_parameters(self, X: NDArray[Any], xp: Any = None) -> None:
        if self.precisions_init is not None and "covariance_type" in self._of_ours():
            raise ValueError(
                f"precisions_init cannot be given with covariance_type={self.covariance_type!r}, which "
                "scikit-learn lacks. Leave it out, or begin with fit(X, k, start=...)."
            )
        super()._check_parameters(X, xp=xp)

    def _estimate_weighted_log_prob(self, X: NDArray[Any], xp: Any = None) -> Any:
        if self._is_ours():
            return self._fitted().log_joint(X)
        return super()._estimate_weighted_log_prob(X, xp=xp)

    def _n_parameters(self) -> int:
        n = self._fitted().n_parameters if self._is_ours() else int(super()._n_parameters())
        return n if self.held is None else n - self.held.n_parameters(self._fitted())

    def _fit(self, data: ArrayLike, sample_weight: ArrayLike | None, known_labels: ArrayLike | None) -> None:
        self._validate_params()
        looked = looked_at(
            data,
            self.random_state,
            sample_weight=sample_weight,
            noise=self.noise,
            dof=self.dof,
            known_labels=known_labels,
        )
        if looked:
            data = looked.sample  # of which the starts are made
        X: NDArray[Any] = validate_data(
            self, without_mask(data), dtype=[np.float64, np.float32], ensure_min_samples=2
        )
        if looked and looked.rows.names:
            self.feature_names_in_ = np.array(looked.rows.names, dtype=object)
        n, k = len(X), self.n_components
        if n < k:
            raise ValueError(
                f"Expected n_samples >= n_components but got n_components = {k}, n_samples = {n}"
            )
        of_noise = as_noise(self.noise, n)
        if of_noise and of_noise[1] is not None and (given := as_weights(sample_weight, n)) is not None:
            of_noise = of_noise[0], of_noise[1][given > 0]
        labels = as_known(known_labels, n, k)
        if labels is not None and (given := as_weights(sample_weight, n)) is not None:
            labels = labels[given > 0] if (labels[given > 0] >= 0).any() else None
        X, weights = that_count(X, sample_weight)
        check_rows_left(len(X), k)
        self._check_parameters(X, xp=np)
        family, rows = family_named(self.covariance_type), X.astype(np.float64)
        begins, prior = Beginning.of(rows, k, of_noise, self.dof, weights), self._prior(rows, weights)

        warm = self.warm_start and hasattr(self, "converged_")
        rng = check_random_state(self.random_state)
        untouched = rng.get_state(legacy=False)
        sweep: Pass | None = None
        traces: list[Trace] = []
        best, best_offset = 0, 0.0
        for init in range(1 if warm else self.n_init):
            try:
                start, offset = (self._fitted(), 0.0) if warm else self._start(X, rng, begins, prior, labels)
                start = begins.completed(start)
            except (CollapseError, NotPositiveDefiniteError):
                self._leave_to_sklearn(X, untouched, tuple(traces), weights, labels, looked is not None)
                return
            held = held_at(self.held, start)
            if sweep is None or held is not None:
                if looked:
                    sweep = StreamedSweep(looked, family, self.reg_covar, prior, held)
                else:
                    sweep = pass_over(rows, start, self.reg_covar, prior, weights, held, labels)
            self._print_verbose_msg_init_beg(init)
            before = self.lower_bound_ if warm else -np.inf
            trace = run(
                sweep,
                start,
                tol=self.tol,
                max_iter=self.max_iter,
                before=before,
                offset=offset,
                least=NEARLY_LOST if weights is None and held is None else 0.0,
                room=ROOM[self.keep_history],
                on_step=self._reporter(before, offset),
                prior=prior,
            )
            traces.append(replace(trace, note=looked.sentence()) if looked else trace)
            if trace.stop is StopReason.COLLAPSED:
                self._leave_to_sklearn(X, untouched, tuple(traces), weights, labels, looked is not None)
                return
            bounds = self._bounds(trace, offset)
            if bounds:
                self._print_verbose_msg_init_end(bounds[-1], trace.converged)
            # Without iterations scikit-learn keeps the last; a tie but for rounding goes to the earlier.
            if init == 0 or not bounds or bounds[-1] > self._bounds(traces[best], best_offset)[-1] + TIE:
                worse, best, best_offset = best, init, offset
            else:
                worse = init
            if worse != best and self.keep_history == "best":
                traces[worse] = traces[worse].end
        self._keep(tuple(traces), best, best_offset, X.dtype)

    def _prior(self, X: NDArray[np.float64], sample_weight: NDArray[np.float64] | None) -> Prior | None:
        return as_prior(self.prior, X, self.n_components, family_named(self.covariance_type), sample_weight)

    def _start(
        self,
        X: NDArray[Any],
        rng: np.random.RandomState,
        begins: Beginning,
        prior: Prior | None,
        labels: Indices | None,
    ) -> tuple[Mixture, float]:
        """scikit-learn's start, and the logarithm of the sum of its weights.

        Of known rows it has the means, unless something of it is given: then their numbers are its own.
        """
        family = family_named(self.covariance_type)
        given = self.weights_init, self.means_init, self.precisions_init
        weights, means = self.weights_init, self.means_init
        covariances = None if self.precisions_init is None else self._inverse(self.precisions_init)
        offset = 0.0
        if any(part is None for part in given):
            some, sample_weight = X[begins.rows], weights_of(begins.rows, begins.weights)
            begun = begin(some, self.n_components, self.init_params, family, rng, sample_weight)
            drawn_to = begun.means
            if covariances is None:
                first = m_step(begun, reg_covar=self.reg_covar, prior=prior)
                covariances, drawn_to = first.covariances, first.means
            means = drawn_to if means is None else means
            if weights is None:
                weights, offset = self._drawn_weights(begun)
        weights = np.asarray(weights, dtype=np.float64)
        assert covariances is not None
        start = Mixture(weights / weights.sum(), means, covariances, family.name)
        if labels is not None and all(part is None for part in given):
            start = begun_at(start, X.astype(np.float64), labels, begins.weights)
        return start, offset

    @staticmethod
    def _drawn_weights(begun: Expectation) -> tuple[NDArray[np.float64], float]:
        """Weights of a start. Starts on single rows leave most of the weight out: log of the sum."""
        total = begun.counts.sum()
        return begun.counts / total, float(np.log(total / begun.n_samples))

    def _inverse(self, precisions: NDArray[Any]) -> NDArray[np.float64]:
        precisions = np.asarray(precisions, dtype=np.float64)
        if not family_named(self.covariance_type).matrices:
            return 1 / precisions
        covariances = np.linalg.inv(precisions)
        return (covariances + np.swapaxes(covariances, -1, -2)) / 2

    def _fitted(self) -> Mixture:
        weights = np.asarray(self.weights_, dtype=np.float64)
        weights = weights / weights.sum()
        if getattr(self, "noise_box_", None) is None and getattr(self, "dof_", None) is None:
            return Mixture(weights, self.means_, self.covariances_, self.covariance_type)
        return Mixture(
            weights * (1 - self.noise_weight_),
            self.means_,
            self.covariances_,
            self.covariance_type,
            self.noise_weight_,
            self.noise_box_,
            self.dof_,
            self.dof_type_,
        )

    @staticmethod
    def _bounds(trace: Trace, offset: float) -> list[float]:
        """What scikit-learn calls lower bounds: of each mixture *before* its M-step."""
        bounds = trace.objectives[:-1]
        bounds[:1] += offset
        return list(bounds)

    def _reporter(self, before: float, offset: float) -> Any:
        """Says what scikit-learn says, when it would say it: after the M-step of each iteration."""
        if not self.verbose:
            return None
        seen = [before]

        def report(step: Step) -> None:
            if step.iteration > 0:
                self._print_verbose_msg_iter_end(step.iteration, seen[-1] - seen[-2])
            seen.append(step.log_posterior + (0.0 if step.iteration else offset))

        return report

    def _keep(self, traces: tuple[Trace, ...], best: int, offset: float, dtype: Any) -> None:
        trace = traces[best]
        mixture = trace.mixture
        weights = mixture.weights * np.exp(offset) if trace.n_iter == 0 else mixture.weights
        ours = "covariance_type" in self._of_ours()
        family = FAMILIES["full"] if ours else mixture.family
        whitener = family.roots(mixture.full_covariances)[1] if ours else mixture.whitener
        triangles = np.swapaxes(whitener, -1, -2) if family.matrices else whitener
        precisions_cholesky = triangles.reshape(
            mixture.full_covariances.shape if ours else mixture.covariances.shape
        )
        parameters = (weights, mixture.means, mixture.covariances, precisions_cholesky)
        self._set_parameters(tuple(np.array(part, dtype=dtype) for part in parameters))
        if ours:
            self.precisions_ = self.precisions_cholesky_ @ self.precisions_cholesky_.transpose(0, 2, 1)
        self.lower_bounds_ = [dtype.type(bound) for bound in self._bounds(trace, offset)]
        self.lower_bound_ = self.lower_bounds_[-1] if self.lower_bounds_ else -np.inf
        self.n_iter_ = trace.n_iter
        self.converged_ = trace.converged
        self._remember(trace, traces)
        for name, value in mixture.beyond.items():
            setattr(self, f"{name}_", value)
        ends = [float(one.objectives[-1]) for one in traces]
        self.n_best_ = sum(end >= ends[best] - max(self.tol, TIE) for end in ends)
        if not self.converged_ and self.max_iter > 0:
            # From where scikit-learn's comes, so that the same filters meet it.
            module = sys.modules[sklearn_mixture.GaussianMixture.__base__.__module__]
            warnings.warn_explicit(
                "Best performing initialization did not converge. "
                "Try different init parameters, or increase max_iter, "
                "tol, or check for degenerate data.",
                ConvergenceWarning,
                str(module.__file__),
                1,
                module.__name__,
                vars(module).setdefault("__warningregistry__", {}),
            )

    def _remember(self, best: Trace | None, traces: tuple[Trace, ...]) -> None:
        nothing = self.keep_history == "none"
        self.history_, self.histories_ = (None, ()) if nothing else (best, traces)
        self.noise_weight_, self.noise_box_, self.dof_, self.dof_type_ = 0.0, None, None, "each"
        self.n_best_ = None

    def _leave_to_sklearn(
        self,
        X: NDArray[Any],
        untouched: Any,
        traces: tuple[Trace, ...],
        sample_weight: NDArray[np.float64] | None,
        labels: Indices | None,
        streamed: bool,
    ) -> None:
        """A component collapsed: raise or return exactly what scikit-learn does, from the same draws."""
        self._remember(traces[-1] if traces else None, traces)
        lacks = [f"{name}={getattr(self, name)!r}" for name in sorted(self._of_ours())]
        lacks += [] if sample_weight is None else ["sample_weight"]
        lacks += [] if labels is None else ["known_labels"]
        lacks += ["rows that are read block by block"] if streamed else []
        lacks += [name for name in ("prior", "noise", "dof", "held") if is_given(getattr(self, name))]
        if lacks:
            named = " and ".join(lacks)
            raise ValueError(
                f"A component collapsed or lost its rows, and scikit-learn, which could go on, has no "
                f"{named}. {WAYS_OUT}"
            )
        given, self.random_state = self.random_state, copy.deepcopy(check_random_state(self.random_state))
        self.random_state.set_state(untouched)
        try:
            super().fit_predict(X)
        finally:
            self.random_state = given
