"""Many runs of EM side by side: one E-step and one M-step for all of them together.

Letters: n samples, k components, d features, p natural features, R runs, q covariances in a mixture.

A run on few rows spends nearly all its time between the numbers, in Python. Here R runs of the same
family share it: their natural parameters stand in one array (R, k, p), so that an iteration of all is
hardly more work than an iteration of one (`sweep.py` explains that form). Where k differs, it is the largest,
and the others are filled up with copies of their first component that weigh nothing. Each run is the run
that `em.run` makes from the same start: the same guard on digits, the same rule for stopping, the same
collapse. A run that the stack cannot carry in some iteration makes that iteration alone, by the very
functions of `em.py`; where there is noise, or components have degrees of freedom, that is every run in every
iteration. A run that has ended leaves the stack.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gmm_core.engine.arrays import EPS, Array, Flags, Indices
from gmm_core.engine.covariance import NotPositiveDefiniteError
from gmm_core.engine.em import StopReason
from gmm_core.engine.expectation import CollapseError
from gmm_core.engine.health import defect, least_variance
from gmm_core.engine.mixture import Mixture, log_peaks
from gmm_core.engine.strays import StraysSweep
from gmm_core.engine.sweep import NATURAL_LIMIT, Sweep

OnIteration = Callable[[int], None]


@dataclass
class _State:
    """R mixtures side by side.

    factor and whitener are those of standardised rows; near says whether these leave enough digits.
    """

    weights: Array  # (R, k)
    means: Array  # (R, k, d)
    covariances: Array  # (R, q, ...)
    factor: Array  # (R, q, ...)
    whitener: Array  # (R, q, ...)
    near: Flags  # (R,)
    noise: Array  # (R,), its weight; 0 where there is none
    dof: Array  # (R, k); (R, 0) of Gaussians

    def of(self, which: Indices | Flags) -> _State:
        return _State(*(array[which] for array in vars(self).values()))

    def put(self, which: Indices, other: _State) -> None:
        for array, new in zip(vars(self).values(), vars(other).values(), strict=True):
            array[which] = new


class Stack:
    """Runs of EM from `starts`, all of the same family, as far as they have come.

    samples : what they are fitted to, each (n, d); the numbers of rows may differ.
    owner : for each start the sample that it belongs to, never falling; by default all have the first.
    sample_weights : for each sample how often its rows count, (n,), all above 0, or None for once each.
    reg_covar, tol, max_iter : as in `em.fit`.

    `advance` is one iteration of all that still run. After it there are, for each of the R runs,

    curves : (R, iteration + 1), the mean log-likelihood of every mixture on its way; NaN after its end.
    counts : (R, k), the responsibilities under its last mixture summed over the rows; 0 where filled up.
    n_iter : (R,), the iterations that it made.
    change : (R,), by how much the last one changed the mean log-likelihood, without sign; infinite before it.
    stops : why it ended, or None. collapsed : the component that did, or None. Lists of R.
    """

    def __init__(
        self,
        samples: Sequence[Array],
        starts: Sequence[Mixture],
        owner: Sequence[int] | None = None,
        *,
        reg_covar: float,
        tol: float,
        max_iter: int,
        sample_weights: Sequence[Array | None] | None = None,
    ) -> None:
        self._boxes = [start.noise_box for start in starts]
        self._plain, self._dof_type = starts[0].is_plain, starts[0].dof_type
        R, self.family, self.d = len(starts), starts[0].family, starts[0].means.shape[1]
        self.ks = np.array([start.n_components for start in starts])
        self.k = int(self.ks.max())
        self._filled = np.arange(self.k) >= self.ks[:, np.newaxis]  # (R, k), with what weighs nothing
        # To an M-step the first component and its copies are as good as one, if they share its rows.
        shares = 1 + self.k - self.ks[:, np.newaxis]
        self._split = np.where(self._filled | (np.arange(self.k) == 0), 1 / shares, 1.0)
        self.reg_covar, self.tol, self.max_iter = reg_covar, tol, max_iter
        self.owner = np.zeros(R, dtype=np.intp) if owner is None else np.array(owner, dtype=np.intp)
        self.samples = samples
        self.sample_weights = [None] * len(samples) if sample_weights is None else sample_weights
        # Features that move with a mixture are of no use to another: those of `each` stay.
        self.sweeps = [
            Sweep(X, self.family.each, reg_covar, weights)
            for X, weights in zip(samples, self.sample_weights, strict=True)
        ]
        self._own_sweeps: dict[int, Sweep | StraysSweep] = {}
        self._spreads: dict[int, float] = {}
        self._defects: dict[int, str] = {}  # of runs that have ended
        self._can_carry = self._plain and self.sweeps[0].by_features
        # What each run must know of its sample; with an axis for the components.
        self._centre, self._scale = (
            np.array([getattr(sweep, name) for sweep in self.sweeps])[self.owner, np.newaxis]
            for name in ("centre", "scale")
        )  # (R, 1, d)
        self._n, self._log_scale = (
            np.array([getattr(sweep, name) for sweep in self.sweeps])[self.owner]
            for name in ("n", "log_scale")
        )  # (R,)

        self.iteration = -1
        self.running = np.arange(R)
        self.counts = np.zeros((R, self.k))
        self.n_iter = np.zeros(R, dtype=np.intp)
        self.change = np.full(R, np.inf)
        self.stops: list[StopReason | None] = [None] * R
        self.collapsed: list[int | None] = [None] * R
        self._curves = np.full((R, 64), np.nan)
        self._now = self._states(starts, self.running)
        self._next: _State | None = None

    @property
    def curves(self) -> Array:
        view = self._curves[:, : self.iteration + 1]
        view.setflags(write=False)
        return view

    def parameters(self) -> tuple[Array, Array, Array]:
        """Weights (R, k), means (R, k, d) and covariances (R, ...) of the last mixture of each, copies;
        for runs with the same k.
        """
        shape, now = self.family.shape(self.k, self.d), self._now
        return now.weights.copy(), now.means.copy(), now.covariances.reshape(-1, *shape).copy()

    def mixture(self, run: int) -> Mixture:
        """The last mixture of a run: of one that collapsed, the last good one."""
        k, now = self.ks[run], self._now
        covariances = now.covariances[run, :k].reshape(self.family.shape(k, self.d))
        of = now.weights[run, :k], now.means[run, :k], covariances, self.family.name
        return Mixture(*of, **self.beyond(run))

    def beyond(self, run: int) -> dict[str, Any]:
        """What the last mixture of a run has beyond Gaussians, by name; nothing of Gaussians."""
        if self._plain:
            return {}
        dof = self._now.dof[run, : self.ks[run]].copy() if self._now.dof.shape[1] else None
        noise = {"noise_weight": float(self._now.noise[run]), "noise_box": self._boxes[run]}
        return {**noise, "dof": dof, "dof_type": self._dof_type}

    @property
    def log_likelihoods(self) -> Array:
        """Total, of the last mixture of each run, (R,)."""
        return self._n * self._curves[np.arange(len(self._n)), self.n_iter]

    @property
    def narrow(self) -> Indices:
        """Those of the `running` that the stack could carry, had it the digits: some component is narrow, or
        far from the others. Their next iteration is made alone, which takes many times as long.
        """
        return self.running[~self._now.near[self.running]] if self._can_carry else self.running[:0]

    def defect(self, run: int) -> str:
        """What makes a run's last mixture degenerate, in words, or "": `health.defect`."""
        if run in self._defects:
            return self._defects[run]
        owner = int(self.owner[run])
        X, weights = self.samples[owner], self.sample_weights[owner]
        if owner not in self._spreads:
            self._spreads[owner] = least_variance(X, weights)
        found = defect(
            self.mixture(run),
            self.counts[run, : self.ks[run]],
            X,
            reg_covar=self.reg_covar,
            spread=self._spreads[owner],
            collapsed=self.collapsed[run],
            sample_weight=weights,
        )
        if self.stops[run] is not None:
            self._defects[run] = found
        return found

    def honest(self, owner: int = 0) -> Iterator[int]:
        """The runs on a sample that are not degenerate, the highest log-likelihood first."""
        runs = np.flatnonzero(self.owner == owner)
        ranked = runs[np.argsort(-self.log_likelihoods[runs], kind="stable")]
        return (int(run) for run in ranked if not self.defect(run))

    def run(self, on_iteration: OnIteration | None = None) -> None:
        """All iterations; `on_iteration` is called after each, with how many runs have ended."""
        while self.advance():
            if on_iteration is not None:
                on_iteration(len(self.stops) - len(self.running))

    def advance(self) -> bool:
        """One iteration of all that still run; False when none is left."""
        runs = self.running
        if not len(runs):
            return False
        if self._next is not None:
            self._now.put(runs, self._next)  # the M-step of the iteration before
        self.iteration += 1
        log_likelihoods, counts, moved, fallen = self._iterate(runs)
        self._record(runs, log_likelihoods, counts)
        # The rule of `em.run`: once the change is small, one iteration more is made.
        converged = self.change[runs] < self.tol
        at_most = ~converged & (self.iteration == self.max_iter)
        fell = ~converged & ~at_most & (fallen >= 0)
        for ended, reason in (
            (converged, StopReason.CONVERGED),
            (at_most, StopReason.MAX_ITER),
            (fell, StopReason.COLLAPSED),
        ):
            for run in runs[ended]:
                self.stops[run] = reason
        for run, component in zip(runs[fell], fallen[fell], strict=True):
            self.collapsed[run] = int(component)
        if self.iteration > 0:
            self.change[runs] = np.abs(log_likelihoods - self._curves[runs, self.iteration - 1])
        goes_on = ~(converged | at_most | fell)
        self.running, self._next = runs[goes_on], moved if goes_on.all() else moved.of(goes_on)
        return len(self.running) > 0

    def end(self, which: Flags) -> None:
        """End some runs here, as converged: which (R,) of all, of those that still run."""
        goes_on = ~which[self.running]
        for run in self.running[~goes_on]:
            self.stops[run] = StopReason.CONVERGED
        self.running = self.running[goes_on]
        self._next = None if self._next is None else self._next.of(goes_on)

    def _record(self, runs: Indices, log_likelihoods: Array, counts: Array) -> None:
        if self.iteration == self._curves.shape[1]:
            # Views that were handed out keep the old array.
            self._curves = np.concatenate([self._curves, np.full_like(self._curves, np.nan)], axis=1)
        self._curves[runs, self.iteration] = log_likelihoods
        self.counts[runs] = counts
        self.n_iter[runs] = self.iteration

    def _iterate(self, runs: Indices) -> tuple[Array, Array, _State, Indices]:
        """E-step and M-step -> mean log-likelihood (R,) and counts (R, k) of these runs' mixtures, the next
        mixtures, and the component that has none, (R,), or -1.
        """
        collapsed, carried = np.full(len(runs), -1), self._now.near[runs]
        if carried.all():  # nearly always
            log_likelihoods, counts, moved = self._together(runs)
            carried = moved.near
        else:
            log_likelihoods, counts = np.empty(len(runs)), np.zeros((len(runs), self.k))
            moved, together = self._now.of(runs), np.flatnonzero(carried)
            if len(together):
                log_likelihoods[together], counts[together], states = self._together(runs[together])
                moved.put(together, states)
                carried[together] = states.near
        # What comes out has been subtracted from the same large numbers as what went in.
        for i in np.flatnonzero(~carried):
            log_likelihoods[i], counts[i, : self.ks[runs[i]]], state, collapsed[i] = self._alone(runs[i])
            if state is not None:
                moved.put(np.array([i]), state)
        return log_likelihoods, counts, moved, collapsed

    def _together(self, runs: Indices) -> tuple[Array, Array, _State]:
        """An iteration of these runs by natural parameters, as `Sweep.step` makes it. A state
        that is not `near` is of no use: there were not digits enough, or it has no rows or no extent.
        """
        R, k, d, now = len(runs), self.k, self.d, self._now.of(runs)
        family, each, centre, scale = self.family, self.family.each, self._centre[runs], self._scale[runs]
        peaks = log_peaks(each, now.weights.ravel(), _flat(family.apart(now.factor, k)), d).reshape(R, k)
        shifts = peaks.max(axis=1)
        coefficients = each.coefficients(
            (peaks - shifts[:, np.newaxis]).ravel(),
            _flat((now.means - centre) / scale),
            _flat(family.apart(now.whitener, k)),
        ).reshape(R, k, -1)
        sums, log_sums = np.empty_like(coefficients), np.empty(R)
        owner, ks = self.owner[runs], self.ks[runs]
        bounds = np.flatnonzero((owner[1:] != owner[:-1]) | (ks[1:] != ks[:-1])) + 1
        for first, end in zip([0, *bounds], [*bounds, R], strict=True):  # those of one sample and k
            some = slice(first, end), slice(ks[first])
            sums[some], log_sums[first:end] = self.sweeps[owner[first]].natural_sums(coefficients[some])
        log_likelihoods = log_sums / self._n[runs] + shifts - self._log_scale[runs]

        filled = self._filled[runs]
        np.copyto(sums, sums[:, :1], where=filled[:, :, np.newaxis])
        counts = sums[:, :, 0]
        shares = np.where(filled, 0.0, counts)
        with np.errstate(all="ignore"):  # runs without rows or extent are found out below
            means, scatter = each.moments(_flat(sums), None)
            means = centre + means.reshape(R, k, d) * scale
            covariances = each.per_sample(counts.ravel(), scatter).reshape(R, k, *scatter.shape[1:])
            covariances = each.regularise(each.rescale(covariances, scale), self.reg_covar)
            weights = shares / shares.sum(axis=1, keepdims=True)
            split = counts * self._split[runs]
            joined = family.joined(covariances, split / split.sum(axis=1, keepdims=True))
            covariances = family.fitted(joined, split, now.covariances)
            variances = each.variances(_flat(covariances), d).reshape(R, -1, d)
            good = (counts > 10 * EPS).all(axis=1) & (variances > (4 * EPS * means) ** 2).all(axis=(1, 2))
        factor, whitener = self._roots(covariances, good)
        factor, whitener, near = self._standardised(factor, whitener, means, runs)
        moved = _State(weights, means, covariances, factor, whitener, near & good, now.noise, now.dof)
        return log_likelihoods, shares, moved

    def _alone(self, run: int) -> tuple[float, Array, _State | None, int]:
        """An iteration of one run as `em.run` makes it; without a state, the component that collapsed."""
        expectation, raised = self._own_sweep(int(self.owner[run])).step(self.mixture(run))
        state, collapsed = None, -1
        if isinstance(raised, CollapseError):
            collapsed = raised.component
        else:
            state = self._states([raised], np.array([run]))
        return expectation.log_likelihood, expectation.counts, state, collapsed

    def _own_sweep(self, owner: int) -> Sweep | StraysSweep:
        """Over a sample in the runs' own family; made when it is first needed, if that is not `each`."""
        if self._plain and self.family is self.family.each:
            return self.sweeps[owner]
        if owner not in self._own_sweeps:
            of = self.samples[owner], self.family, self.reg_covar, self.sample_weights[owner]
            self._own_sweeps[owner] = Sweep(*of) if self._plain else StraysSweep(*of)
        return self._own_sweeps[owner]

    def _states(self, mixtures: Sequence[Mixture], runs: Indices) -> _State:
        """Mixtures of these runs, side by side."""
        filled = self._filled[runs]
        places = np.where(filled, 0, np.arange(self.k))  # of the component that stands in each
        of_covariances = places[:, :1] if self.family.shared else places
        shape = -1, *self.family.each.shape(1, self.d)[1:]  # a shared one has no axis for how many there are

        def beside(arrays: list[Array], places: Indices) -> Array:
            return np.stack([array[of] for array, of in zip(arrays, places, strict=True)])

        weights = np.where(filled, 0.0, beside([mixture.weights for mixture in mixtures], places))
        means = beside([mixture.means for mixture in mixtures], places)
        covariances = beside([mixture.covariances.reshape(shape) for mixture in mixtures], of_covariances)
        factor = beside([mixture.factor for mixture in mixtures], of_covariances)
        whitener = beside([mixture.whitener for mixture in mixtures], of_covariances)
        noise = np.array([mixture.noise_weight for mixture in mixtures])
        dof = [mixture.dof for mixture in mixtures if mixture.dof is not None]
        of_tails = beside(dof, places) if dof else np.empty((len(mixtures), 0))
        standardised = self._standardised(factor, whitener, means, runs)
        return _State(weights, means, covariances, *standardised, noise, of_tails)

    def _standardised(
        self, factor: Array, whitener: Array, means: Array, runs: Indices
    ) -> tuple[Array, Array, Flags]:
        """Factor and whitener of standardised rows, and the guard of `Sweep`: whether all components are so
        few standard deviations from the centre that the natural form loses no digits that matter.
        """
        family, each, scale = self.family, self.family.each, self._scale[runs]
        factor, whitener = each.rescale_roots(factor, whitener, scale)
        offsets = (means - self._centre[runs]) / scale
        roots = [_flat(family.apart(root, self.k)) for root in (factor, whitener)]
        loss = each.loss(roots[0], roots[1], _flat(offsets)).reshape(len(runs), -1)
        return factor, whitener, self._can_carry & (loss.max(axis=1) < NATURAL_LIMIT)

    def _roots(self, covariances: Array, good: Flags) -> tuple[Array, Array]:
        """Factors and whiteners. Those of runs that have none are of no use, and no longer `good`."""
        each, (R, q) = self.family.each, covariances.shape[:2]
        unit = each.regularise(np.zeros_like(covariances[0]), 1.0)
        while True:
            covariances[~good] = unit
            try:
                factor, whitener = each.roots(_flat(covariances))
            except NotPositiveDefiniteError as error:
                good[error.component // q] = False
            else:
                return factor.reshape(R, q, *factor.shape[1:]), whitener.reshape(R, q, *whitener.shape[1:])


def _flat(array: Array) -> Array:
    """(R, q, ...) -> (R q, ...)."""
    return array.reshape(-1, *array.shape[2:])
