"""A run as a lesson looks at it, of EM or of code with mistakes: what the right answers are found in.

Pure: no Streamlit. Letters: n samples, k components, d features, t steps (the start and every iteration).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Dataset, Mixture, accuracy
from gmm_core.engine.known import with_known
from gmm_core.engine.missing import log_joint, shares


@dataclass(frozen=True, eq=False)
class Watched:
    """A run to ask about.

    mixtures : of every step, t. curve : the total log-likelihood of every step, (t,). bounds : the total
    lower bound on which each step's M-step ended, (t,), NaN where there is none. collapsed : whether a
    component did. rival : the total log-likelihood at the end of the run that stands beside; NaN without one.
    titles : what the two are called above their pictures.
    rows_right : the shares of rows that this run and what stands beside it put into their known group.
    find_bics : the lowest BIC of each number of components, found when it is asked for. known : of which
    component EM was told that each row is, (n,), -1 for nothing; None where it was told nothing.
    """

    data: Dataset
    mixtures: tuple[Mixture, ...]
    curve: NDArray[np.float64]
    bounds: NDArray[np.float64]
    collapsed: bool = False
    rival: float = np.nan
    titles: tuple[str, str] = ("this run", "the other")
    rows_right: tuple[float, float] | None = None
    find_bics: Callable[[], Mapping[int, float]] = dict
    known: NDArray[np.intp] | None = None

    @property
    def n_iter(self) -> int:
        return len(self.mixtures) - 1

    @property
    def last(self) -> Mixture:
        return self.mixtures[-1]

    def shares(self, iteration: int) -> NDArray[np.float64]:
        """The responsibilities of all rows at a step, (n, k)."""
        return with_known(shares(self.mixtures[iteration], self.data.X), self.known)

    def clusters(self, iteration: int) -> NDArray[np.intp]:
        """The likeliest component of all rows at a step, (n,)."""
        return np.asarray(log_joint(self.mixtures[iteration], self.data.X).argmax(axis=1))

    def share_right(self, iteration: int) -> float:
        """The share of rows in their known group at a step, matched one to one; NaN where none are known."""
        labels = self.data.labels
        if labels is None:
            return np.nan
        known = labels != NO_LABEL
        return accuracy(labels[known], self.clusters(iteration)[known])

    @cached_property
    def bics(self) -> Mapping[int, float]:
        return self.find_bics()
