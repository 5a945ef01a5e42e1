"""Variational Bayes: not the likeliest parameters, but a distribution of them. Bishop, PRML, 10.2; priors and
their defaults are those of scikit-learn's `BayesianGaussianMixture`.

Letters: n samples, k components, d features.

    weights        ~  Dirichlet(concentration, ...), or a stick, broken by Beta(1, concentration) each time
    mu_j | L_j     ~  Normal(mean, (mean_precision L_j)^-1)        L_j  ~  Wishart(dof, covariance^-1)

What rows say is found under a mixture of the expected logarithms of all densities, so the E-step is a pass
of EM. The M-step makes the distribution of the parameters; what is shown of it are expected weights, means,
and the inverses of expected precisions. A component that the data do not need keeps its prior, and dies.

What rises is the lower bound of the log evidence. As in scikit-learn, a family constrains what the Wishart
distributions may be centred on; of `tied` each component has its own, and all are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from scipy.special import betaln, digamma, gammaln, multigammaln

from gmm_core.engine.arrays import EPS, TINY, Array, covariance, n_counted, variances
from gmm_core.engine.covariance import FAMILIES, Family, NotPositiveDefiniteError
from gmm_core.engine.expectation import CollapseError, Expectation
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.way import CannotBeginError, Option, Problem, State, Way, risen


@dataclass(frozen=True, eq=False)
class Belief:
    """What is believed beforehand of every component; defaults are scikit-learn's.

    concentration : of the weights: the smaller, the fewer components live. process : whether these break a
    stick, and the first are the largest. mean : (d,). mean_precision : as how many rows it counts. dof :
    above d - 1. covariance : as one of the family's, in squared data units: (d, d), (d,) or (1,).
    """

    concentration: float
    mean: Array
    covariance: Array
    dof: float
    mean_precision: float = 1.0
    process: bool = False

    @classmethod
    def of(
        cls, X: Array, k: int, family: Family, sample_weight: Array | None = None, concentration: float = 0.0
    ) -> Belief:
        """The default for rows X (n, d), which count `sample_weight` times (n,), or once; a concentration of
        0 stands for 1 / k.
        """
        n, d = n_counted(len(X), sample_weight), X.shape[1]
        about = covariance(X, sample_weight) if family.matrices else variances(X, sample_weight)
        if family.shape(1, d) == (1,):
            about = about.mean(keepdims=True)
        mean = np.average(X, axis=0, weights=sample_weight)
        return cls(concentration or 1 / k, mean, about * (n / max(n - 1, EPS)), float(d))

    def each(self, family: Family) -> Array:
        """The covariance as that of one component in the family's shape, or of all where they share it."""
        return self.covariance.reshape(family.shape(1, len(self.mean)))


@dataclass(frozen=True, eq=False)
class Posterior:
    """The distribution of the parameters, given responsibilities.

    concentration : of the weights, (k,), or (2, k) where a stick is broken. mean_precision, dof : (k,).
    means : (k, d). covariances : in the family's shape, the inverses of expected precisions.
    """

    belief: Belief
    family: Family
    concentration: Array
    mean_precision: Array
    means: Array
    dof: Array
    covariances: Array

    @classmethod
    def of(cls, belief: Belief, expectation: Expectation, reg_covar: float) -> Posterior:
        """The M-step. Bishop, PRML, 10.58 to 10.63."""
        family, k = expectation.family, len(expectation.counts)
        counts = expectation.counts + 10 * EPS  # as in scikit-learn
        # What has no rows at all has no mean and no scatter either.
        own = np.where(np.isfinite(expectation.means), expectation.means, belief.mean)
        mean_precision = belief.mean_precision + counts
        means = (belief.mean_precision * belief.mean + counts[:, np.newaxis] * own) / mean_precision[:, None]
        scatter = np.where(np.isfinite(expectation.scatter), expectation.scatter, 0.0)
        drawn = counts * belief.mean_precision / mean_precision
        scatter = scatter + family.between(drawn, own - belief.mean)
        average = family.regularise(family.per_sample(counts, scatter), reg_covar)
        rows = np.full(k, counts.sum() / k) if family.shared else counts
        dof = belief.dof + rows
        rows_, dof_ = (
            one[0] if family.shared else one.reshape(k, *[1] * (average.ndim - 1)) for one in (rows, dof)
        )
        covariances = (belief.each(family) + rows_ * average) / dof_
        return cls(belief, family, _concentration(belief, counts), mean_precision, means, dof, covariances)

    @property
    def weights(self) -> Array:
        """Expected, (k,)."""
        return expected_weights(self.concentration, self.belief.process)

    @property
    def log_weights(self) -> Array:
        """The expected logarithms of the weights, (k,)."""
        if not self.belief.process:
            return np.asarray(digamma(self.concentration) - digamma(self.concentration.sum()))
        first, rest = self.concentration
        both = digamma(first + rest)
        left = np.cumsum(digamma(rest) - both)
        return np.asarray(digamma(first) - both + np.concatenate([[0.0], left[:-1]]))

    @cached_property
    def mixture(self) -> Mixture:
        """What is shown of it."""
        return Mixture.trusted(
            np.maximum(self.weights, TINY), self.means.copy(), self.covariances.copy(), self.family
        )

    def asked(self) -> tuple[Mixture, float]:
        """The mixture in proportion to the expected densities, and the logarithm of that proportion."""
        d = self.means.shape[1]
        logs = self.log_weights + 0.5 * (
            d * np.log(2 / self.dof) + _digammas(self.dof, d) - d / self.mean_precision
        )
        highest = float(logs.max())
        weights = np.maximum(np.exp(logs - highest), TINY)
        mixture = self.mixture
        shares = weights / weights.sum()
        asked = Mixture.trusted(shares, mixture.means, mixture.covariances, self.family)
        return asked, highest + float(np.log(weights.sum()))

    @cached_property
    def surprise(self) -> float:
        """How far it is from what was believed: the Kullback-Leibler divergence."""
        belief, family, mixture, (k, d) = self.belief, self.family, self.mixture, self.means.shape
        dof, before = self.dof, belief.dof
        each = family.each
        whitener = family.apart(mixture.whitener[np.newaxis], k)[0]
        believed = np.broadcast_to(belief.each(family), self.covariances.shape)
        traces = family.mahalanobis(mixture.whitener, believed, d)
        volumes = family.log_det(family.roots(believed)[0], d) - family.log_det(mixture.factor, d)
        of_precisions = (
            -0.5 * before * (volumes - d * np.log(dof))
            + 0.5 * (traces - dof * d)
            + multigammaln(before / 2, d)
            - multigammaln(dof / 2, d)
            + 0.5 * (dof - before) * _digammas(dof, d)
        )
        offsets = each.white_offsets(whitener, self.means - belief.mean)
        ratio = belief.mean_precision / self.mean_precision
        of_means = 0.5 * (d * (ratio - 1 - np.log(ratio)) + belief.mean_precision * (offsets**2).sum(axis=1))
        return float(of_precisions.sum() + of_means.sum() + self._surprise_of_weights())

    def _surprise_of_weights(self) -> float:
        prior = self.belief.concentration
        if self.belief.process:
            a, b = self.concentration
            moved = (a - 1) * digamma(a) + (b - prior) * digamma(b) + (1 - a + prior - b) * digamma(a + b)
            return float((betaln(1.0, prior) - betaln(a, b) + moved).sum())
        now, k = self.concentration, len(self.concentration)
        moved = (now - prior) * (digamma(now) - digamma(now.sum()))
        norms = gammaln(now.sum()) - gammaln(now).sum() - gammaln(k * prior) + k * gammaln(prior)
        return float(norms + moved.sum())


def expected_weights(concentration: Array, process: bool) -> Array:
    """The weights (k,) that a `Posterior`'s concentration leads one to expect."""
    if not process:
        return np.asarray(concentration / concentration.sum())
    first, rest = concentration
    broken = first / (first + rest)
    shares = broken * np.concatenate([[1.0], np.cumprod(1 - broken)[:-1]])
    return np.asarray(shares / shares.sum())


def _concentration(belief: Belief, counts: Array) -> Array:
    if not belief.process:
        return np.asarray(belief.concentration + counts)
    after = np.concatenate([np.cumsum(counts[::-1])[-2::-1], [0.0]])
    return np.stack([1 + counts, belief.concentration + after])


def _digammas(dof: Array, d: int) -> Array:
    """The expected log determinant of a precision, but for what is known of its centre: (k,)."""
    return np.asarray(digamma((dof - np.arange(d)[:, np.newaxis]) / 2).sum(axis=0))


@dataclass(frozen=True)
class VariationalState(State):
    """posterior : the distribution of the parameters; None at the start, which is a mixture."""

    belief: Belief | None = None
    posterior: Posterior | None = None


@dataclass(frozen=True)
class Variational(Way):
    """Variational Bayes. concentration : of the weights' prior; 0 stands for 1 / k. belief : in place of the
    defaults.
    """

    concentration: float = 0.0
    belief: Belief | None = None

    name: ClassVar[str] = "variational"
    label: ClassVar[str] = "variational Bayes"
    looks: ClassVar[str] = "a distribution of the parameters; components that are not needed die"
    promise: ClassVar[str] = "the lower bound of the evidence"
    source: ClassVar[str] = "Bishop 2006, 10.2"
    same_end: ClassVar[bool] = False
    settles: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True
    options: ClassVar[Sequence[Option]] = (
        Option(
            "concentration",
            "Concentration of the weights",
            0.0,
            1000.0,
            "The prior of the weights: the smaller, the fewer components live. 0 stands for 1 / k.",
            "1 / k",
        ),
    )

    def check(self, n_rows: int) -> None:
        if not 0 <= self.concentration < np.inf:
            raise ValueError(
                f"concentration must be a number from 0, which stands for 1 / k; got {self.concentration:g}."
            )

    def begin(self, problem: Problem, start: Mixture) -> VariationalState:
        if start.family.name not in FAMILIES:
            raise CannotBeginError(
                f"Variational Bayes is for {', '.join(FAMILIES)}; the model {start.family.name} has no prior "
                "of precisions that would keep to it."
            )
        if problem.prior is not None:
            raise CannotBeginError("Variational Bayes has a prior of its own. Leave the other one out.")
        if problem.held is not None:
            raise CannotBeginError("Variational Bayes cannot hold parameters. Let them go free.")
        of = (problem.single, start.n_components, start.family, problem.weights, self.concentration)
        belief = self.belief or Belief.of(*of)
        try:
            start.family.roots(belief.each(start.family))
        except NotPositiveDefiniteError:
            raise CannotBeginError(
                "Variational Bayes believes beforehand that every covariance is about that of the data, and "
                "these have no extent in some direction. Leave columns out that are constant, or sums of "
                "others."
            ) from None
        return VariationalState(start, belief=belief)

    def e_step(self, problem: Problem, state: VariationalState) -> VariationalState:
        if state.posterior is None:  # a mixture, which nobody believed in
            expectation = problem.sweep(state.mixture)
            return risen(state, expectation.log_likelihood, expectation=expectation, soft=expectation)
        asked, log_scale = state.posterior.asked()
        expectation = problem.sweep(asked)
        value = expectation.log_likelihood + log_scale - state.posterior.surprise / expectation.n_samples
        return risen(state, value, expectation=expectation)

    def m_step(self, problem: Problem, state: VariationalState) -> VariationalState | CollapseError:
        assert state.expectation is not None
        assert state.belief is not None
        found = Posterior.of(state.belief, state.expectation, problem.reg_covar)
        values = state.values
        if state.posterior is None:  # the value of the start was of another kind
            values, state = VariationalState.values, replace(state, stage=1)
        return replace(state, mixture=found.mixture, posterior=found, values=values, soft=None)
