"""Annealed EM: begin where everything is blurred, and cool. Ueda & Nakano 1998, on deterministic annealing.

At the temperature T a row is shared in proportion to (weight x density)^(1 / T): the hotter, the fewer tops
the hill has. What is climbed at each is the free energy T x mean log sum (weight x density)^(1 / T), which at
T = 1 is the log-likelihood. A Gaussian to a power is another Gaussian, so the E-step is that of EM for a
mixture with wider components.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gmm_core.engine.expectation import CollapseError
from gmm_core.engine.mixture import LOG_2PI, Mixture, log_peaks
from gmm_core.engine.ways.way import Option, Problem, State, Way, moved, risen

MOST_STAGES = 200
FINE = 1e-3  # a change of the free energy, in mean per row, below which the next temperature is due


@dataclass(frozen=True)
class AnnealedState(State):
    """held : iterations at this temperature."""

    held: int = 0


@dataclass(frozen=True)
class Annealed(Way):
    """EM that begins hot, and cools to EM.

    hottest : the first temperature, from 1. cooling : what each is multiplied by for the next, below 1.
    hold : the most iterations at one of them; less where its free energy hardly changes any more.
    """

    hottest: float = 2.0
    cooling: float = 0.7
    hold: int = 10

    name: ClassVar[str] = "annealed"
    label: ClassVar[str] = "annealed EM"
    looks: ClassVar[str] = "begins with everything blurred, and cools down to EM"
    promise: ClassVar[str] = "at each temperature the free energy"
    source: ClassVar[str] = "Ueda & Nakano 1998"
    same_end: ClassVar[bool] = True
    settles: ClassVar[bool] = True
    needs_rows: ClassVar[bool] = True
    options: ClassVar[Sequence[Option]] = (
        Option("hottest", "First temperature", 1.0, 20.0, "1 is EM; the hotter, the softer every share."),
        Option("cooling", "Cooling", 0.1, 0.99, "The next temperature is this share of the one before."),
    )

    @property
    def temperatures(self) -> tuple[float, ...]:
        """From the hottest down to 1."""
        found = [self.hottest]
        while found[-1] > 1.0:
            found.append(max(1.0, found[-1] * self.cooling))
        return tuple(found)

    def check(self, n_rows: int) -> None:
        if not 1.0 <= self.hottest < np.inf:
            raise ValueError(f"hottest must be a temperature from 1, which is EM's; got {self.hottest:g}.")
        if self.hottest > 1.0 and not 0.0 < self.cooling < 1.0:
            raise ValueError(
                f"The plan never cools: it begins at {self.hottest:g}, and each temperature is "
                f"{self.cooling:g} times the one before. Choose a cooling between 0 and 1."
            )
        if self.hold < 1:
            raise ValueError(f"hold must be at least 1 iteration at each temperature; got {self.hold}.")
        stages = 1.0 if self.hottest == 1.0 else np.log(self.hottest) / -np.log(self.cooling)
        if stages > MOST_STAGES:
            raise ValueError(
                f"The plan cools too slowly: from {self.hottest:g} to 1 in steps of {self.cooling:g} are "
                f"{stages:,.0f} temperatures, and {MOST_STAGES} are the most. Choose a smaller cooling."
            )

    def begin(self, problem: Problem, start: Mixture) -> AnnealedState:
        return AnnealedState(start, temperature=self.temperatures[0])

    def e_step(self, problem: Problem, state: AnnealedState) -> AnnealedState:
        wide, log_scale = tempered(state.mixture, state.temperature)
        expectation = problem.sweep(wide)
        value = state.temperature * (expectation.log_likelihood + log_scale)
        value += problem.log_prior(state.mixture, expectation.n_samples)
        soft = expectation if wide is state.mixture else None
        return risen(state, value, expectation=expectation, soft=soft, held=state.held + 1)

    def m_step(self, problem: Problem, state: AnnealedState) -> AnnealedState | CollapseError:
        assert state.expectation is not None
        found = problem.maximised(state.expectation)
        cool = state.temperature > 1.0 and (state.held > self.hold or state.gain < FINE)
        if not cool:
            return moved(state, found)
        stage = state.stage + 1
        # Of another temperature, no value can be compared.
        cooler = replace(state, stage=stage, temperature=self.temperatures[stage], held=0)
        return moved(replace(cooler, values=AnnealedState.values), found)

    def done(self, problem: Problem, state: AnnealedState) -> bool:
        return state.temperature == 1.0 and state.gain_before < problem.tol


def tempered(mixture: Mixture, temperature: float) -> tuple[Mixture, float]:
    """The mixture in proportion to sum_j (weight x density)^(1 / T), and the logarithm of that proportion."""
    if temperature == 1.0:
        return mixture, 0.0
    family, d = mixture.family, mixture.n_features
    colder = 1 / temperature
    peaks = log_peaks(family, mixture.weights, mixture.factor, d)
    volumes = d * (LOG_2PI - np.log(colder)) + family.log_det(mixture.factor, d)
    shares = colder * peaks + 0.5 * volumes
    highest = float(shares.max())
    weights = np.exp(shares - highest)
    wide = Mixture.trusted(
        weights / weights.sum(), mixture.means.copy(), mixture.covariances * temperature, family
    )
    return wide, highest + float(np.log(weights.sum()))
