"""Accelerated EM: guess from the last steps where EM is going, and go there. Walker & Ni 2011 (Anderson's
acceleration); Henderson & Varadhan 2019, on restarts and guards; Salakhutdinov & Roweis 2003, on long steps.

What is guessed is not the mixture but the sums of the E-step: their logarithms and, of scatters, Cholesky
factors, in which every guess has counts above 0 and scatters with an extent. The M-step makes a mixture of
them, so that any family, `reg_covar`, prior, noise or degrees of freedom are as in EM.

Each guess is one pass over the rows, like a step of EM. Where EM's steps grow shorter, the guess is that of
Anderson: the point at which the last few steps, continued, would come to rest. Where they do not, as on the
way from one plateau to the next, there is no such point, and the guess is EM's own step made longer.

While an iteration still gains much, nothing is guessed: EM's first steps are long, and decide which top of
the hill is climbed. That nearly always keeps the top the same (of 65 starts on data that overlap, in 64), and
nothing makes it certain: see `tests/benchmarks/faster.py --starts`.

The guard: a guess that lies lower than where it was made from, or has no mixture, is given up: a step of EM
follows, what was remembered is forgotten, and the next guesses are more cautious. With a `reg_covar` above 0
EM itself may let the likelihood fall by what that costs; so may a guess then, but only where it comes
nearer to where EM stands still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar, Literal

import numpy as np

from gmm_core.engine.arrays import TINY, Array, Indices
from gmm_core.engine.covariance import Family
from gmm_core.engine.em import lower_bound
from gmm_core.engine.expectation import CollapseError, Expectation
from gmm_core.engine.mixture import Mixture
from gmm_core.engine.ways.way import Option, Problem, State, Way, risen

ROUNDING = 1e-14  # a fall by less than this share is none
NO_MORE = 1e-8  # directions in which remembered steps differ by less, of the largest, say nothing
STRIDE = 1e-3  # per row; while an iteration gains more, EM alone decides which way to go
NEAR = 1e2  # nobody asks whether the end is near where the last gain was so many times the tolerance
CAUTION = 4.0  # by how much guesses get shorter where one was given up
BOLDER = 1.5  # and by how much longer where one was kept
TRUST = 2.0  # how many steps of EM the first guess may go beyond one

How = Literal["EM", "rest", "longer"]


@dataclass(frozen=True)
class Coordinates:
    """Between sums and a flat vector (p,) without limits. deviations : (d,), the units of the means."""

    deviations: Array

    def of(self, expectation: Expectation) -> Array | None:
        """The vector; None where a scatter has no extent, or a component no rows."""
        family, scatter, beyond = expectation.family, expectation.scatter, expectation.beyond
        scatter = family.rescale(scatter / expectation.n_samples, 1 / self.deviations)
        counts = expectation.counts if beyond is None else np.append(expectation.counts, beyond.noise)
        roots = _roots(family, scatter)
        if roots is None or not expectation.counts.min() > 0:
            return None
        parts = [_logarithms(counts), (expectation.means / self.deviations).ravel(), roots]
        if beyond is not None:
            ratios = beyond.masses / expectation.counts, beyond.logarithms / expectation.counts
            parts += [np.log(ratios[0]), ratios[1]]
        found = np.concatenate(parts)
        return found if np.isfinite(found).all() else None

    def back(self, at: Array, like: Expectation) -> Expectation:
        """The sums of a vector, for as many rows and of such components as `like`."""
        (k, d), beyond, n = like.means.shape, like.beyond, like.n_samples
        m = k + (beyond is not None)
        counts = np.exp(at[:m] - at[:m].max())
        counts *= n / counts.sum()
        means = at[m : m + k * d].reshape(k, d) * self.deviations
        end = len(at) - (0 if beyond is None else 2 * k)
        scatter = _from_roots(like.family, at[m + k * d : end], like.scatter.shape, d)
        if beyond is not None:
            masses = counts[:k] * np.exp(at[end : end + k])
            beyond = replace(
                beyond, noise=float(counts[k]), masses=masses, logarithms=counts[:k] * at[end + k :]
            )
        scatter = like.family.rescale(scatter, self.deviations) * n
        return replace(like, counts=counts[:k], means=means, scatter=scatter, beyond=beyond)


@dataclass(frozen=True)
class AcceleratedState(State):
    """at : the sums, as a vector, that made `mixture`; None at the start, which no sums made. image : those
    that the E-step found. memory : of the last points, these two, the latest last. how : the guess, or step,
    that led here. trust, longer : how long the next guesses may be, in steps of EM. due : this is a step of
    EM that decides whether the end is reached.
    """

    coordinates: Coordinates | None = None
    at: Array | None = None
    image: Array | None = None
    memory: tuple[tuple[Array, Array], ...] = ()
    how: How = "EM"
    trust: float = TRUST
    longer: float = TRUST
    due: bool = False


@dataclass(frozen=True)
class Accelerated(Way):
    """EM that looks ahead. memory : how many steps it remembers at most."""

    memory: int = 8

    name: ClassVar[str] = "accelerated"
    label: ClassVar[str] = "accelerated EM"
    looks: ClassVar[str] = "guesses from the last steps where EM is going"
    promise: ClassVar[str] = "the log-likelihood"
    source: ClassVar[str] = "Walker & Ni 2011; Henderson & Varadhan 2019"
    same_end: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = False
    options: ClassVar[Sequence[Option]] = ()

    def check(self, n_rows: int) -> None:
        if self.memory < 1:
            raise ValueError(f"memory must be at least 1 step; got {self.memory}.")

    def begin(self, problem: Problem, start: Mixture) -> AcceleratedState:
        deviations = np.sqrt((start.deviations**2).mean(axis=0) + start.means.var(axis=0))
        return AcceleratedState(start, coordinates=Coordinates(deviations))

    def e_step(self, problem: Problem, state: AcceleratedState) -> AcceleratedState:
        arrived = _looked(problem, state)
        if state.how == "EM" or _is_good(problem, state, arrived):
            return _remembering(arrived, self.memory)
        assert isinstance(state.next, Mixture)  # a guess is made only beside a step of EM
        back = _cautious(replace(state, passes=arrived.passes, mixture=state.next, at=state.image))
        return _remembering(_looked(problem, back), self.memory)

    def m_step(self, problem: Problem, state: AcceleratedState) -> AcceleratedState | CollapseError:
        after, expectation = state.next, state.expectation
        assert after is not None
        assert expectation is not None
        if isinstance(after, CollapseError):
            return after
        state = replace(state, how="EM", due=False)
        plain = replace(state, mixture=after, at=state.image)
        if state.gain < NEAR * problem.tol:
            # Near an optimum a step of EM gains twice what it adds to the bound, or less; a real one decides.
            raised = lower_bound(after, state.mixture, expectation, problem.prior) - state.values[0]
            if 2 * abs(raised) < problem.tol:
                return replace(plain, due=True)
        guess = _guess(state)
        if guess is None or state.coordinates is None:
            return plain
        found = problem.maximised(state.coordinates.back(guess.at, expectation))
        if isinstance(found, CollapseError):
            return _cautious(replace(plain, how=guess.how))
        return replace(state, mixture=found, at=guess.at, how=guess.how)

    def done(self, problem: Problem, state: AcceleratedState) -> bool:
        return state.due and state.gain < problem.tol


@dataclass(frozen=True)
class Guess:
    """Where to go, as a vector, and of which kind the guess is."""

    at: Array
    how: How


def _guess(state: AcceleratedState) -> Guess | None:
    """From the points that are remembered; None where they say nothing."""
    if len(state.memory) < 2 or state.image is None or state.gain > STRIDE:
        return None
    points = np.array([at for at, _ in state.memory])
    steps = np.array([image for _, image in state.memory]) - points
    step = steps[-1]
    length = float(np.linalg.norm(step))
    if not length > 0:
        return None
    steps_apart, points_apart = steps[:-1] - step, points[:-1] - points[-1]
    shares = np.linalg.lstsq(steps_apart.T, step, rcond=NO_MORE)[0]
    beyond = -shares @ (points_apart + steps_apart)
    if beyond @ step < 0:  # they do not come to rest ahead
        return Guess(state.image + (state.longer - 1) * step, "longer") if state.longer > 1 else None
    far = float(np.linalg.norm(beyond))
    if far > state.trust * length:
        beyond *= state.trust * length / far
    return Guess(state.image + beyond, "rest")


def _looked(problem: Problem, state: AcceleratedState) -> AcceleratedState:
    """After a pass over the rows with the state's mixture."""
    expectation, after = problem.sweep.step(state.mixture)
    value = expectation.log_likelihood + problem.log_prior(state.mixture, expectation.n_samples)
    assert state.coordinates is not None
    image = state.coordinates.of(expectation)
    return risen(state, value, expectation=expectation, soft=expectation, next=after, image=image)


def _is_good(problem: Problem, before: AcceleratedState, arrived: AcceleratedState) -> bool:
    """Whether a guess may be kept."""
    if isinstance(arrived.next, CollapseError) or arrived.image is None:
        return False
    value, least = arrived.values[0], before.values[0] - ROUNDING * max(1.0, abs(before.values[0]))
    if value >= least:
        return True
    if value < least - _cost(problem.reg_covar, arrived.mixture) or before.image is None:
        return False
    assert arrived.at is not None
    ahead = np.linalg.norm(arrived.image - arrived.at)
    return bool(ahead < np.linalg.norm(before.image - before.memory[-1][0]))


def _cost(reg_covar: float, mixture: Mixture) -> float:
    """What `reg_covar` costs of the log-likelihood, per row, to first order: half the trace of its share."""
    precisions = 1 / np.broadcast_to(mixture.deviations, mixture.means.shape) ** 2
    return 0.5 * reg_covar * float(mixture.weights @ precisions.sum(axis=1))


def _cautious(state: AcceleratedState) -> AcceleratedState:
    """After a guess that was given up; what follows is a step of EM."""
    trust, longer = state.trust, state.longer
    if state.how == "rest":
        trust = max(1.0, trust / CAUTION)
    else:
        longer = max(1.0, longer / 2)
    fell_back = state.fell_back + 1
    return replace(state, fell_back=fell_back, memory=(), how="EM", trust=trust, longer=longer)


def _remembering(state: AcceleratedState, most: int) -> AcceleratedState:
    """After a step or guess that is kept."""
    trust, longer = state.trust, state.longer
    if state.how == "rest":
        trust *= BOLDER
    elif state.how == "longer" or longer < TRUST:
        longer *= BOLDER
    memory = () if state.at is None or state.image is None else (*state.memory, (state.at, state.image))
    return replace(state, memory=memory[-most - 1 :], trust=trust, longer=longer)


def _logarithms(counts: Array) -> Array:
    """The logarithms of counts, less their mean: only ratios matter. A count of 0 is taken for a tiny one."""
    logarithms = np.log(np.maximum(counts, TINY))
    return np.asarray(logarithms - logarithms.mean())


@cache
def _below(d: int) -> tuple[Indices, Indices]:
    """Where the entries below the diagonal of a matrix (d, d) are."""
    rows, columns = np.tril_indices(d, -1)
    return rows, columns


def _roots(family: Family, scatter: Array) -> Array | None:
    """A scatter as numbers of any size: logarithms of variances, or of the diagonal of a Cholesky factor, and
    what is below it. None where there is no extent.
    """
    if not family.matrices:
        return np.asarray(0.5 * np.log(scatter).ravel()) if scatter.min() > 0 else None
    try:
        factors = np.linalg.cholesky(scatter.reshape(-1, *scatter.shape[-2:]))
    except np.linalg.LinAlgError:
        return None
    below = _below(factors.shape[-1])
    diagonals = np.einsum("qii->qi", factors)
    if not diagonals.min() > 0:
        return None
    return np.concatenate([np.log(diagonals).ravel(), factors[:, *below].ravel()])


def _from_roots(family: Family, roots: Array, shape: tuple[int, ...], d: int) -> Array:
    """The scatter of `shape` of such numbers."""
    if not family.matrices:
        return np.asarray(np.exp(2 * roots).reshape(shape))
    q = int(np.prod(shape)) // (d * d)
    factors = np.zeros((q, d, d))
    factors[:, *_below(d)] = roots[q * d :].reshape(q, -1)
    factors[:, range(d), range(d)] = np.exp(roots[: q * d].reshape(q, d))
    return np.asarray((factors @ factors.transpose(0, 2, 1)).reshape(shape))
