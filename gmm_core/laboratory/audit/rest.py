"""Whether numbers are at rest: how far one step of EM, correct or with mistakes, moves them.

Letters: n samples, k components, d features.

That needs no start and no simulation: the end of a run stays where it is under the code that made it, to the
digits that were printed, and under no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.engine.covariance import FAMILIES, Family
from gmm_core.laboratory.audit.evidence import Faults, single_precision
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step, held_to
from gmm_core.laboratory.laws import Parameters
from gmm_core.laboratory.pieces import variances_of, widened
from gmm_core.words import rounded

TELLING = 0.03  # digits that leave more than this open tell nothing
EXACT = 1e-9  # double precision leaves no more than this open, as a share
_DRAWS = 4  # of what may have stood behind the last digits
_BLUR = 3  # times the largest of what these draws change
_WIDEST = 3  # a number added to the variances is sought up to so many times the variance of the data
_SMALL_RIDGE = 1e-2  # ... and beside a mistake, up to such a share of the data's smallest
_FEW = 1e-7  # weights that are not known are sought until they change by less
_EPS = tuple(10.0**power for power in range(-12, -2))  # what people add to denominators


@dataclass(frozen=True)
class Moved:
    """How far a step moved parameters: weights as they are, means in standard deviations of the data,
    covariances as shares of the variances.

    noise : what the digits that were pasted explain. ridge : what was taken off the variances before, as
    reg_covar adds it. eps : what was added to the denominators. times : after how many steps.
    weights_known : whether the weights were pasted; if not, nothing was found of them.
    """

    faults: Faults
    family: Family
    weights: float
    means: float
    covariances: float
    noise: float = EXACT
    ridge: float = 0.0
    eps: float = 0.0
    times: int = 1
    weights_known: bool = True

    @property
    def most(self) -> float:
        return max(self.weights, self.means, self.covariances)

    @property
    def at_rest(self) -> bool:
        """Whether they stay where they are, to digits that tell something."""
        return self.most <= self.noise <= TELLING

    @property
    def parts(self) -> str:
        """The three, in words."""
        weights = f"the weights by {rounded(self.weights)}, " if self.weights_known else ""
        return (
            f"{weights}the means by {rounded(self.means)} standard deviations of the data, "
            f"the covariances by {rounded(self.covariances)} of the variances"
        )


class Rest:
    """One step, with mistakes or without, of these parameters on X (n, d).

    halves : half of the last digit of each. weights_known : whether the weights were pasted; if not, those
    that such code comes to are taken. families : what they may be of, which else their spread tells.
    """

    def __init__(
        self,
        X: Array,
        parameters: Parameters,
        halves: Parameters,
        weights_known: bool = True,
        families: Sequence[Family] | None = None,
    ) -> None:
        self.X, self.parameters, self.halves, self.weights_known = X, parameters, halves, weights_known
        if families is None:
            families = _families_of(parameters.variances, halves.variances)
        self.families = families
        deviations = X.std(axis=0)
        self.scale = np.where(deviations > 0, deviations, 1.0)
        self._shares: dict[tuple[Faults, float], Array] = {}

    @cached_property
    def single(self) -> float:
        of = self.parameters
        return single_precision(of.weights, of.means, of.variances)

    @cached_property
    def digits(self) -> float:
        """What the last digits leave open of the parameters themselves, as a share."""
        of, half = self.parameters, self.halves
        shifted = Parameters(of.weights + half.weights, of.means + half.means, of.variances + half.variances)
        return max(self._gap(of, shifted))

    def step(
        self,
        faults: Faults,
        family: Family,
        begin: Parameters | None = None,
        eps: float = 0.0,
        times: int = 1,
    ) -> Parameters:
        """The parameters after one step of such code, or several."""
        if begin is None:
            begin, R = self.parameters, self._responsibilities(faults, eps)
        else:
            R = faulty_e_step(self.X, begin, faults, eps=eps).responsibilities
        there = faulty_m_step(self.X, R, begin, faults, eps=eps, family=family)
        return there if times == 1 else self.step(faults, family, there, eps, times - 1)

    def _responsibilities(self, faults: Faults, eps: float) -> Array:
        """Those of the pasted parameters; mistakes of the M-step do not change them."""
        of_e = tuple(name for name in faults if FAULTS[name].where != "M-step")
        if (of_e, eps) not in self._shares:
            self._shares[of_e, eps] = faulty_e_step(self.X, self._begin(of_e), of_e, eps=eps).responsibilities
        return self._shares[of_e, eps]

    def _begin(self, faults: Faults) -> Parameters:
        if self.weights_known:
            return self.parameters
        weights = self.parameters.weights
        for _ in range(200):
            before = weights
            begin = replace(self.parameters, weights=before)
            weights = faulty_e_step(self.X, begin, faults).responsibilities.mean(axis=0)
            if not np.abs(weights - before).max() > _FEW:
                break
        return replace(self.parameters, weights=weights)

    def moved(self, faults: Faults, family: Family, eps: float = 0.0, times: int = 1) -> Moved:
        there = self.step(faults, family, eps=eps, times=times)
        return replace(self.between(self.parameters, there, faults, family), eps=eps, times=times)

    def between(
        self,
        these: Parameters,
        after: Parameters,
        faults: Faults = (),
        family: Family | None = None,
        ridged: bool = True,
    ) -> Moved:
        """How far it is from these to those; if ridged, but for a number added to all variances."""
        plain = self._gap(these, after)
        found, ridge = plain, 0.0
        number = self._added(these, after) if ridged else 0.0
        most = _WIDEST * float((self.scale**2).max())
        if faults:  # a number that is fitted must not make up for what another mistake does
            most = _SMALL_RIDGE * float((self.scale**2).min())
        if 0 < number <= most:
            taken_off = self._gap(these, replace(after, variances=widened(after.variances, number)))
            if max(taken_off) < 0.1 * max(plain):
                found, ridge = taken_off, number
        return Moved(
            faults, family or self.families[0], *found, ridge=ridge, weights_known=self.weights_known
        )

    @staticmethod
    def _added(these: Parameters, after: Parameters) -> float:
        """The number by which all variances of these are larger: small ones show it best, as shares."""
        of, then = variances_of(these.variances), variances_of(after.variances)
        trust = 1 / of**2
        return float((trust * (of - then)).sum() / trust.sum())

    def is_round(self, one: Moved) -> bool:
        """Whether the number added is one that people choose, 1e-6 or 0.005, to the digits pasted."""
        within = one.noise * float(variances_of(self.parameters.variances).min())
        power = 10.0 ** np.floor(np.log10(one.ridge))
        return any(abs(one.ridge - digit * power) <= within for digit in range(1, 11))

    def _gap(self, these: Parameters, after: Parameters) -> tuple[float, float, float]:
        deviations = np.sqrt(np.abs(variances_of(these.variances)))
        unit = deviations**2 if these.variances.ndim == 2 else deviations[:, :, None] * deviations[:, None]
        return (
            _largest(np.abs(after.weights - these.weights)) if self.weights_known else 0.0,
            _largest(np.abs(after.means - these.means) / self.scale),
            _largest(np.abs(after.variances - these.variances) / unit),
        )

    def with_noise(self, one: Moved) -> Moved:
        """The same, with what the digits that were pasted explain."""
        rng = np.random.default_rng(0)
        unsure = 0.0
        base = self.step(one.faults, one.family, eps=one.eps, times=one.times)
        for _ in range(_DRAWS):
            other = self._perturbed(rng)
            begin = other if self.weights_known else replace(other, weights=self._begin(one.faults).weights)
            there = self.step(one.faults, one.family, begin, one.eps, one.times)
            # What the step makes of the difference, less the difference.
            shifted = Parameters(
                there.weights - other.weights + self.parameters.weights,
                there.means - other.means + self.parameters.means,
                there.variances - other.variances + self.parameters.variances,
            )
            unsure = max(unsure, *self._gap_within(base, shifted))
        unsure = _BLUR * unsure if np.isfinite(unsure) else np.inf
        return replace(one, noise=max(EXACT, unsure, self.single))

    def _gap_within(self, base: Parameters, shifted: Parameters) -> tuple[float, float, float]:
        of = self.parameters
        moved = Parameters(
            of.weights + shifted.weights - base.weights,
            of.means + shifted.means - base.means,
            of.variances + shifted.variances - base.variances,
        )
        return self._gap(of, moved)

    def _perturbed(self, rng: np.random.Generator) -> Parameters:
        def draw(values: Array, half: Array) -> Array:
            return values + half * rng.choice((-1.0, 1.0), size=values.shape)

        of, half = self.parameters, self.halves
        spread = draw(of.variances, half.variances)
        if spread.ndim == 3:
            spread = 0.5 * (spread + spread.swapaxes(1, 2))
        else:
            spread = np.maximum(spread, 0.5 * of.variances)
        weights = np.maximum(draw(of.weights, half.weights), 0.5 * of.weights)
        return Parameters(weights, draw(of.means, half.means), spread)

    def is_as_pasted(self, other: Parameters) -> bool:
        """Whether other parameters are these, to the digits that were pasted."""
        of, half = self.parameters, self.halves
        return all(
            bool((np.abs(getattr(other, part) - getattr(of, part)) <= 2 * getattr(half, part)).all())
            for part in ("weights", "means", "variances")
        )

    def without_ridge(self, one: Moved) -> Moved:
        """The same step, and nothing taken off the variances."""
        there = self.step(one.faults, one.family)
        return self.between(self.parameters, there, one.faults, one.family, ridged=False)

    def least(self, faults: Faults, times: int = 1) -> Moved:
        """The step of such code that moves least, of all families that these numbers may be of."""
        found = [self.moved(faults, family, times=times) for family in self.families]
        return min(found, key=lambda one: one.most if np.isfinite(one.most) else np.inf)

    def tried(
        self, sets: Iterable[Faults], tell: Callable[[], None] = lambda: None, times: int = 1
    ) -> list[Moved]:
        """How far each moves them, least first; none that gives no numbers."""
        found = []
        for faults in sets:
            tell()
            found.append(self.least(faults, times))
        return sorted((one for one in found if np.isfinite(one.most)), key=lambda one: one.most)

    def with_eps(self, one: Moved) -> Moved:
        """With that number in the denominators that leaves them at rest, if one does; else the same."""
        for eps in _EPS:
            other = self.with_noise(self.moved(one.faults, one.family, eps))
            if other.at_rest and not other.ridge:
                return other
        return one


def _families_of(spread: Array, half: Array) -> list[Family]:
    """The families that such a spread may be of: those which hold it as it is."""
    even = np.full(len(spread), 1 / len(spread))
    found = []
    for family in FAMILIES.values():
        several = spread.shape[1] > 1
        if several and family.matrices != (spread.ndim == 3):
            continue
        if not several and family.with_one_feature != family.name:
            continue
        if family.shared and len(spread) == 1:
            continue
        if (np.abs(held_to(family, spread, even) - spread) <= 2 * half).all():
            found.append(family)
    return sorted(found, key=lambda family: family.shared)  # those with a spread for each component first


def _largest(values: Array) -> float:
    return float(values.max()) if np.isfinite(values).all() else np.inf
