"""What came of a race: its curves and its distinct ends, in the data's own units. Pure: no Streamlit.

Letters: R runs, T one more than the iterations of the longest, n samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from gmm_core import Mixture, Scaling
from gmm_core.engine.covariance import NotPositiveDefiniteError
from gmm_core.judgement import ends as judged
from gmm_core.judgement.optima import EndState, Reached, best, end_states, reached
from gmm_core.judgement.race import Race
from gmm_core.words import End
from pages.ui.player.scene import DEFAULT_TOL


@dataclass(frozen=True, eq=False)
class Outcome:
    """A race and where it ended.

    race : as EM ran it, on scaled data where a scaling was asked for.
    curves : (R, T), total log-likelihoods in the data's units; NaN after the end of a run.
    ends : the distinct end states, the highest first, with log-likelihoods in the data's units; their
        mixtures are those of the scaled data.
    end_of : (R,), the index in `ends` for each run.
    mixtures : of each end, in the data's units; None where rounding leaves it no extent there.
    clusters : (ends, n), the likeliest component of each row in each end.
    told : what is most important to know of each end.
    """

    race: Race
    curves: NDArray[np.float64]
    ends: tuple[EndState, ...]
    end_of: NDArray[np.intp]
    mixtures: tuple[Mixture | None, ...]
    clusters: NDArray[np.uint8]
    told: tuple[End, ...]

    @classmethod
    def of(
        cls, race: Race, Z: NDArray[np.float64], scaling: Scaling, counts: NDArray[np.float64] | None = None
    ) -> Outcome:
        """From a race on the scaled data Z (n, d), which count so often, (n,), or once, that has ended."""
        volume = race.n_samples * scaling.log_volume
        ends = end_states(race, Z, sample_weight=counts)
        end_of = np.empty(len(race.starts), dtype=np.intp)
        for i, end in enumerate(ends):
            end_of[list(end.runs)] = i
        return cls(
            race,
            race.n_samples * race.curves + volume,
            tuple(replace(end, log_likelihood=end.log_likelihood + volume) for end in ends),
            end_of,
            tuple(_in_units(end.mixture, scaling) for end in ends),
            np.array([end.mixture.log_joint(Z).argmax(axis=1) for end in ends], dtype=np.uint8),
            tuple(_told(race, end.runs[0], Z, counts) for end in ends),
        )

    @property
    def n_starts(self) -> int:
        return len(self.race.starts)

    @property
    def honest(self) -> EndState | None:
        """The highest end that is a fit and not a degenerate one."""
        return best(self.ends, honest=True)

    @property
    def reached(self) -> tuple[Reached, ...]:
        """How often each initialisation reached that."""
        return reached(self.race, self.honest)

    @property
    def n_iter_default(self) -> NDArray[np.intp]:
        """After how many iterations scikit-learn's default tolerance would have stopped each run, (R,)."""
        return self.race.n_iter_at(DEFAULT_TOL)


def _told(race: Race, run: int, Z: NDArray[np.float64], counts: NDArray[np.float64] | None) -> End:
    """The most important that is true of the end of a run."""
    stop, n_iter = race.stops[run], int(race.n_iter[run])
    assert stop is not None
    trace = judged.ended(
        race.mixtures[run], race.curves[run, n_iter], n_iter, stop, race.counts[run], race.collapsed[run]
    )
    how = {"reg_covar": race.reg_covar, "tol": race.tol, "sample_weight": counts}
    return judged.ends(judged.measure(trace, Z, **how))[0]


def _in_units(mixture: Mixture, scaling: Scaling) -> Mixture | None:
    try:
        return scaling.in_units(mixture)
    except NotPositiveDefiniteError:
        return None
