"""How sure are the parameters of a fit? Standard errors at once, by the observed information.

Letters: n samples, k components, d features, p free parameters, q of them in the covariances.

The observed information is minus the second derivative of the log-likelihood. Louis (1982) finds it in one
pass over the rows: what complete data would tell, less what is missing because nobody knows whose the rows
are. Every derivative is taken in white coordinates, in which a component is at 0 and round,

    mean = m + L a        covariance = L (1 + B) L'        at a = 0, B = 0,

so neither units nor features that go together cost digits; the way back is linear, and exact. Noise is one
more weight, of a density that nothing moves; a prior adds its own second derivatives, of the log-posterior.

Of a t distribution, a row y in white coordinates pulls with u = (dof + d) / (dof + y'y), as in EM: its first
derivatives z are a Gaussian's times u (but for a constant); its second are a Gaussian's times u, and
2 z z' / (dof + d). Degrees of freedom that are free move by their logarithm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cholesky, eigh, solve_triangular
from scipy.special import polygamma, psi

from gmm_core.engine.arrays import Array, Indices, batches, weights_of
from gmm_core.engine.checks import as_weighted_sample
from gmm_core.engine.covariance import Family, family_named
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.prior import Prior
from gmm_core.engine.scaling import Scaling
from gmm_core.judgement.intervals import (
    Intervals,
    free_dof,
    of_covariances,
    of_dof,
    of_places,
    of_weights,
)
from gmm_core.words import count, together

MOST_PARAMETERS = 1500
MOST_AT_ONCE = 2e9  # rows times the square of the number of parameters: a second or less
BLOCK = 2048  # rows whose derivatives stand in memory at one time
# Of what complete data would tell, the share that is zero but for rounding.
NOTHING = 1e-8


@dataclass(frozen=True, eq=False)
class ByInformation(Intervals):
    """`Intervals` by the observed information.

    missing : in the direction that is known least, the share of the information that is missing because
    nobody knows whose the rows are; also the rate at which EM converges (Dempster, Laird & Rubin 1977).
    unsettled : by so many standard errors a step of Newton's would move a parameter, at most: near 0 at a
    maximum of the likelihood, and not where EM was stopped early or `reg_covar` is not small.
    counts : (k,), N_k. What is said of a component holds where these are many.
    with_prior : whether the log-posterior was in place of the log-likelihood.
    """

    missing: float
    unsettled: float
    counts: Array
    with_prior: bool

    @property
    def left(self) -> float:
        """As many rows, if it were known whose they are, would tell as much of what is known least."""
        return float(self.counts.sum()) * (1 - self.missing)

    @property
    def of_gaussians_alone(self) -> bool:
        """Whether there is neither noise, nor are there t distributions, nor a prior."""
        return self.dof is None and not self.with_prior and len(self.weights.error) == len(self.counts)

    @property
    def few(self) -> tuple[int, ...]:
        """The components, from 0, with too few rows for normal errors: below five for each of d + 1."""
        return tuple(np.flatnonzero(self.counts < 5 * (self.means.estimate.shape[1] + 1)).tolist())


def information_intervals(
    mixture: Mixture,
    X: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    scaling: Scaling | None = None,
    prior: Prior | None = None,
) -> ByInformation:
    """Intervals of the parameters of `mixture`, a fit to X (n, d), in time proportional to n p^2.

    sample_weight : (n,), how often each row counts, as in `fit`: a row of weight 3 is three rows.
    scaling : by which X was scaled before EM ran on it; then all that is found is told in the units before.
    prior : with which EM ran, as `Trace.prior`; then errors are those of the log-posterior, about its mode.
    With noise, its box is taken as known; so are degrees of freedom that are held at an end of their range.
    Raises `ValueError` where the fit is at no maximum, or where the rows do not determine the parameters;
    and beyond 1,500 parameters.
    Source: Louis 1982, JRSS B 44, 226-233; McLachlan & Peel, Finite Mixture Models, sections 2.15-2.16; of t
    distributions, Lange, Little & Taylor 1989, JASA 84, 881-896.
    """
    X, weights = as_weighted_sample(X, mixture.n_components, sample_weight)
    if X.shape[1] != mixture.n_features:
        raise ValueError(f"X has {X.shape[1]} features, but the mixture has {mixture.n_features}.")
    if mixture.n_parameters > MOST_PARAMETERS:
        raise ValueError(
            f"The mixture has {mixture.n_parameters:,} free parameters; standard errors by information are "
            f"found for up to {MOST_PARAMETERS:,}. Use the bootstrap, or fewer features or components."
        )
    family, (k, d) = mixture.family, mixture.means.shape
    if family.n_parameters(k, d) != family.summed.n_parameters(k, d):
        raise ValueError(
            f"There are no standard errors by information for the model {family.name}, whose components have "
            "something of their covariances in common. Use the bootstrap."
        )
    if not mixture.all_weights.all():
        empty = int(np.argmin(mixture.all_weights))
        who, it = (f"Component {empty + 1}", "the component") if empty < k else ("Noise", "noise")
        raise ValueError(f"{who} has the weight 0, and no standard error. Leave {it} out.")
    told = Derivatives(mixture, X, weights)
    if prior is not None:
        told.add(prior)
    covariance, missing, unsettled = told.inverse()
    return _intervals(told, covariance, missing, unsettled, scaling, prior is not None)


def at_once(
    mixture: Mixture,
    X: Array,
    scaling: Scaling | None = None,
    *,
    sample_weight: Array | None = None,
    prior: Prior | None = None,
) -> ByInformation | str:
    """The same for who shows it with the fit; a sentence where there is none, or not in a moment."""
    p = mixture.n_parameters
    if np.isnan(X).any():
        return "Standard errors by information are found of complete rows only, and here values are missing."
    if len(X) * p**2 > MOST_AT_ONCE:
        return (
            f"The standard errors of {p:,} parameters from {count(len(X), 'row')} take too long to be found "
            "at once."
        )
    try:
        return information_intervals(mixture, X, sample_weight=sample_weight, scaling=scaling, prior=prior)
    except ValueError as error:
        return str(error)


@dataclass(frozen=True, eq=False)
class _Own:
    """What of the parameters moves one component.

    mean : the columns of `a`, of p. covariances : the columns (q_j,) of `B`, and in which direction each
    moves it, E (q_j, d, d), symmetric. dof : the column of the logarithm of its degrees of freedom, where
    these are free; (1,) or (0,).
    """

    mean: slice
    covariances: Indices
    E: Array
    dof: Indices

    @cached_property
    def columns(self) -> Indices:
        """Of p: the mean's, the covariance's, that of the degrees of freedom."""
        return np.r_[self.mean, self.covariances, self.dof]


@dataclass(eq=False)
class _Sums:
    """Of one component, over all rows, each times its share.

    products : of 1 and its q derivatives, (1 + q, 1 + q). second, pulled : of the white rows' products,
    (d, d), and of 1, each as much as it pulls. bent : (q, q), what a t distribution's second derivatives have
    besides.
    """

    products: Array
    second: Array
    bent: Array
    pulled: float = 0.0

    @classmethod
    def none(cls, d: int, q: int) -> _Sums:
        return cls(np.zeros((1 + q, 1 + q)), np.zeros((d, d)), np.zeros((q, q)))


class Derivatives:
    """Sums over the rows of first and second derivatives, in the order weights but the last, means, B, dof.

    Where there is noise, the last weight is its. gradient : (p,). complete, observed : (p, p), information of
    complete data, and of those that there are. counts : N_k of the components, and of noise.
    """

    def __init__(self, mixture: Mixture, X: Array, weights: Array | None) -> None:
        self.mixture, self.k, self.d = mixture, mixture.n_components, mixture.n_features
        k, d = self.k, self.d
        self.roots = np.linalg.cholesky(mixture.full_covariances)  # (k, d, d)
        self.free = len(mixture.all_weights) - 1
        free, common = free_dof(mixture), mixture.dof_type == "common"
        places = np.zeros(k, dtype=np.intp) if common else np.cumsum(free) - 1
        dof_places = tuple(int(place) if of else None for place, of in zip(places, free, strict=True))
        self.own = _owned(mixture.covariance_type, k, d, self.free, dof_places)
        self.p = 1 + max(int(own.columns.max()) for own in self.own)
        # How the logarithm of each weight depends on the weights but the last.
        self.by_weight = moved_by(self.free) / mixture.all_weights[:, np.newaxis]
        self.rows, self.columns = np.triu_indices(d)
        self.gradient = np.zeros(self.p)
        self.observed = np.zeros((self.p, self.p))
        self.counts = np.zeros(self.free + 1)
        sums = [_Sums.none(d, len(own.columns)) for own in self.own]
        for rows in batches(len(X), BLOCK):
            self._add(X[rows], weights_of(rows, weights), sums)
        self.complete = self._complete()
        for j in range(k):
            self._subtract(j, sums[j])

    def _add(self, X: Array, weights: Array | None, sums: list[_Sums]) -> None:
        """The rows X (m, d)."""
        shares = self.mixture.shares(X)
        if weights is not None:
            shares *= weights[:, np.newaxis]
        score = np.zeros((len(X), self.p))
        self.counts += shares.sum(axis=0)
        score[:, : self.free] = shares @ self.by_weight
        for j, own in enumerate(self.own):
            white = solve_triangular(self.roots[j], (X - self.mixture.means[j]).T, lower=True).T
            share = shares[:, j]
            derivatives = np.ones((len(X), 1 + len(own.columns)))
            of_covariance = slice(self.d + 1, self.d + 1 + len(own.E))
            derivatives[:, 1 : self.d + 1] = white
            # Half of y' E y, and later less the trace of E: from the products of each two coordinates once.
            products = white[:, self.rows] * white[:, self.columns]
            twice = np.where(self.rows == self.columns, 1.0, 2.0)
            derivatives[:, of_covariance] = products @ (own.E[:, self.rows, self.columns] * twice).T / 2
            pulled = share
            if self.mixture.dof is not None:
                distances = np.einsum("mi,mi->m", white, white)
                dof = float(self.mixture.dof[j])
                pulled = share * self._tails(dof, own, derivatives[:, 1:], distances, share, sums[j].bent)
            derivatives[:, of_covariance] -= np.einsum("qii->q", own.E) / 2
            weighted = derivatives * share[:, np.newaxis]
            sums[j].products += weighted.T @ derivatives
            sums[j].second += (white * pulled[:, np.newaxis]).T @ white
            sums[j].pulled += pulled.sum()
            score[:, own.columns] += weighted[:, 1:]
        self.gradient += score.sum(axis=0)
        self.observed += score.T @ (score if weights is None else score / weights[:, np.newaxis])

    def _tails(self, dof: float, own: _Own, z: Array, distances: Array, share: Array, bent: Array) -> Array:
        """What makes derivatives z (m, q) of a Gaussian those of a t distribution, in place.

        bent : (q, q), to which the second derivatives, times the shares, are added that a Gaussian has not.
        Returns how much each row pulls, (m,).
        """
        d, rest = self.d, dof + distances
        pulls = (dof + d) / rest
        inner = slice(0, d + len(own.E))
        z[:, inner] *= pulls[:, np.newaxis]
        weighted = z[:, inner].T * share
        bent[inner, inner] += 2 / (dof + d) * weighted @ z[:, inner]
        if len(own.dof):
            above = (distances - d) / rest
            first = (psi((dof + d) / 2) - psi(dof / 2) - np.log1p(distances / dof) + above) / 2
            second = (polygamma(1, (dof + d) / 2) - polygamma(1, dof / 2)) / 4
            second += (distances / dof - above) / (2 * rest)
            crossed = weighted @ (dof / (dof + d) * above)
            bent[inner, -1] += crossed
            bent[-1, inner] += crossed
            bent[-1, -1] += share @ (dof**2 * second + dof * first)
            z[:, -1] = dof * first
        return pulls

    def _complete(self) -> Array:
        """What the rows would tell if it were known whose each is."""
        out = np.zeros((self.p, self.p))
        weights = slice(0, self.free)
        out[weights, weights] = (self.by_weight.T * self.counts) @ self.by_weight
        for j, (n_j, own) in enumerate(zip(self.counts, self.own, strict=False)):
            traces, places = np.einsum("qii->q", own.E), np.ix_(own.covariances, own.covariances)
            told, of_traces = 1.0, 0.0
            if self.mixture.dof is not None:  # the expected information of one t distribution
                dof, d = float(self.mixture.dof[j]), self.d
                told, of_traces = (dof + d) / (dof + d + 2), 1 / (dof + d + 2)
                out[own.dof, own.dof] += n_j * _of_dof(dof, d)
                crossed = -n_j * dof * traces / ((dof + d) * (dof + d + 2))
                out[np.ix_(own.covariances, own.dof)] += crossed[:, np.newaxis]
                out[np.ix_(own.dof, own.covariances)] += crossed
            out[own.mean, own.mean] = n_j * told * np.eye(self.d)
            out[places] += n_j / 2 * (told * _products(own.E, own.E) - of_traces * np.outer(traces, traces))
        return out

    def _subtract(self, j: int, sums: _Sums) -> None:
        """Of component j: responsibilities times (second derivative + square of the first), over all rows."""
        own, d, first = self.own[j], self.d, sums.products[0, 1:]
        covariances = slice(d, d + len(own.E))
        squares = sums.products[1:, 1:] + sums.bent
        squares[:d, :d] -= sums.pulled * np.eye(d)
        moved = own.E @ first[:d]  # (q_j, d)
        squares[covariances, :d] -= moved
        squares[:d, covariances] -= moved.T
        crossed = (sums.second @ own.E + own.E @ sums.second) / 2
        n_j = sums.products[0, 0]
        squares[covariances, covariances] += n_j / 2 * _products(own.E, own.E) - _products(crossed, own.E)
        self.observed[np.ix_(own.columns, own.columns)] -= squares
        # Of two weights it is nothing: the logarithm's second derivative undoes the square of its first.
        with_weights = np.outer(self.by_weight[j], first)
        self.observed[: self.free, own.columns] -= with_weights
        self.observed[own.columns, : self.free] -= with_weights.T

    def add(self, prior: Prior) -> None:
        """The derivatives of the log density of a prior; see `Prior.log_density`.

        It is -(c log |S_j| + tr(T S_j^-1)) / 2, summed over the components, where T depends on the mean: what
        so many rows c would say.
        """
        mixture, k, d = self.mixture, self.k, self.d
        scatter, strength = mixture.family.prior(prior.scale, prior.dof, k, d)
        of_one = k if mixture.family.shared else 1  # its one covariance is in every term of the sum
        scatters = mixture.family.dense(scatter, k, d) / of_one
        c = strength / of_one + 1
        for own, L, mean, matrix in zip(self.own, self.roots, mixture.means, scatters, strict=True):
            offset = solve_triangular(L, mean - prior.mean, lower=True)
            T = solve_triangular(L, solve_triangular(L, matrix, lower=True).T, lower=True)
            T = T + prior.shrinkage * np.outer(offset, offset)
            rows = np.ix_(own.covariances, own.covariances)
            E, squares = own.E, _products(own.E, own.E)
            self.gradient[own.mean] -= prior.shrinkage * offset
            self.gradient[own.covariances] += (
                _products(E, T[np.newaxis])[:, 0] - c * np.einsum("qii->q", E)
            ) / 2
            moved = prior.shrinkage * E @ offset  # (q_j, d)
            crossed = (T @ E + E @ T) / 2
            for whole in (self.observed, self.complete):
                whole[own.mean, own.mean] += prior.shrinkage * np.eye(d)
            self.observed[own.covariances, own.mean] -= moved
            self.observed[own.mean, own.covariances] -= moved.T
            self.observed[rows] += _products(crossed, E) - c / 2 * squares
            self.complete[rows] += c / 2 * squares

    def inverse(self) -> tuple[Array, float, float]:
        """The inverse of the observed information (p, p), and what is `missing` and `unsettled`."""
        root = cholesky(self.complete, lower=True)
        shares = solve_triangular(root, solve_triangular(root, self.observed, lower=True).T, lower=True)
        shares = (shares + shares.T) / 2
        values, vectors = eigh(shares)
        if values[0] < NOTHING:
            raise ValueError(_singular(values[0], self._whose(vectors[:, 0], root)))
        half = solve_triangular(root.T, vectors, lower=False) / np.sqrt(values)
        unsettled = np.linalg.norm(half.T @ self.gradient)
        return half @ half.T, float(1 - values[0]), float(unsettled)

    def _whose(self, direction: Array, root: Array) -> list[int]:
        """The components that change most in a direction (p,) of white parameters, from 0."""
        weights = slice(0, self.free)
        change = solve_triangular(root[weights, weights].T, direction[weights]) if self.free else np.zeros(0)
        # What complete data would tell of each component's change adds up to 1, but for what they share.
        of_weight = (self.counts * (self.by_weight @ change) ** 2)[: self.k]
        parts = of_weight + [np.sum(direction[own.columns] ** 2) for own in self.own]
        return np.flatnonzero(parts > parts.max() / 4).tolist()


def _of_dof(dof: float, d: int) -> float:
    """What one row of a t distribution is expected to tell of the logarithm of its degrees of freedom."""
    of_gammas = polygamma(1, dof / 2) - polygamma(1, (dof + d) / 2)
    return dof**2 / 4 * float(of_gammas) - dof * d * (dof + d + 4) / (2 * (dof + d) * (dof + d + 2))


def moved_by(free: int) -> Array:
    """How all weights move with those but the last, which is what the others leave."""
    return np.vstack([np.eye(free), -np.ones(free)])


@lru_cache(maxsize=64)  # a search for the ends of an interval asks a thousand times
def _owned(name: str, k: int, d: int, first: int, dof_places: tuple[int | None, ...]) -> tuple[_Own, ...]:
    """What moves each component. first : the parameters before the means. dof_places : for each component,
    which of the free degrees of freedom is its, or None.
    """
    family = family_named(name)
    units = [family.dense(unit, k, d) for unit in _units(family, k, d)]  # each (k, d, d)
    if len(units) != family.n_parameters(k, d):
        raise ValueError(f"There are no standard errors by information in the family {name!r}.")
    after_means = first + k * d
    own = []
    for j, place in enumerate(dof_places):
        which = [number for number, E in enumerate(units) if E[j].any()]
        mean = slice(first + j * d, first + (j + 1) * d)
        covariances = after_means + np.array(which, dtype=np.intp)
        dof = np.array([] if place is None else [after_means + len(units) + place], dtype=np.intp)
        own.append(_Own(mean, covariances, np.array([units[i][j] for i in which]), dof))
    return tuple(own)


def _units(family: Family, k: int, d: int) -> Iterator[Array]:
    """Every way in which the family's covariances can change, in the family's own shape."""
    shape = family.shape(k, d)
    matrix = shape[-2:] if family.matrices else ()
    for place in np.ndindex(shape):
        if matrix and place[-2] > place[-1]:
            continue
        unit = np.zeros(shape)
        unit[place] = 1.0
        if matrix:
            unit[(*place[:-2], place[-1], place[-2])] = 1.0
        yield unit


def _products(E: Array, F: Array) -> Array:
    """The traces of products of symmetric matrices, (q, d, d) and (r, d, d) -> (q, r)."""
    return E.reshape(len(E), -1) @ F.reshape(len(F), -1).T


def _singular(least: float, components: list[int]) -> str:
    where = "component " if len(components) == 1 else "components "
    where += together([str(j + 1) for j in components])
    if least < -NOTHING:
        return (
            "There are no standard errors by information: the fit is at no maximum. Along some change of "
            f"{where} the log-likelihood curves upward: a saddle, a run that was stopped early, or a "
            "component that only reg_covar holds up."
        )
    return (
        f"There are no standard errors by information: it is singular. Some change of {where} leaves the "
        "log-likelihood as it is, so these rows do not determine the parameters; use fewer components."
    )


def _of_tails(told: Derivatives, covariance: Array) -> Array:
    """The standard errors of the logarithms of the degrees of freedom, (k,); NaN where these are not free."""
    errors = [np.sqrt(covariance[own.dof, own.dof]) for own in told.own]
    return np.array([one[0] if len(one) else np.nan for one in errors])


def _intervals(
    told: Derivatives,
    covariance: Array,
    missing: float,
    unsettled: float,
    scaling: Scaling | None,
    with_prior: bool,
) -> ByInformation:
    """From the covariance (p, p) of the estimates, in white coordinates, to the parameters in data units."""
    mixture, k, d = told.mixture, told.k, told.d
    back = np.eye(d) if scaling is None else scaling.inverse.T
    roots = back @ told.roots  # (k, d, d): from white coordinates to those of the data
    means, errors = np.empty((k, d, d)), np.empty((k, d, d))
    for j, (own, L) in enumerate(zip(told.own, roots, strict=True)):
        means[j] = L @ covariance[own.mean, own.mean] @ L.T
        moves = (L @ own.E @ L.T).reshape(len(own.E), d * d)
        of_B = covariance[np.ix_(own.covariances, own.covariances)]
        errors[j] = np.sqrt(np.einsum("qe,qe->e", moves, of_B @ moves)).reshape(d, d)
    moves, of_all = moved_by(told.free), mixture.all_weights
    weights = moves @ covariance[: told.free, : told.free] @ moves.T
    matrices = back @ mixture.full_covariances @ back.T
    deviations = np.sqrt(np.einsum("kii->ki", matrices))
    of_deviations = np.einsum("kii->ki", errors) / (2 * deviations)
    places, spreads = of_places(
        mixture,
        mixture.means if scaling is None else scaling.unscale(mixture.means),
        np.sqrt(np.einsum("kii->ki", means)),
        deviations,
        of_deviations,
        of_deviations / deviations,
    )
    error, odds = np.sqrt(np.diagonal(weights)), of_all * (1 - of_all)
    return ByInformation(
        weights=of_weights(of_all, error, error / np.where(odds > 0, odds, 1.0)),
        means=places,
        deviations=spreads,
        covariances=of_covariances(matrices, errors, spreads),
        dof=None if mixture.dof is None else of_dof(mixture.dof, _of_tails(told, covariance)),
        mean_covariances=means,
        missing=missing,
        unsettled=unsettled,
        counts=told.counts[:k],
        with_prior=with_prior,
    )
