"""Agreement with the known groups over the iterations, beside the log-likelihood. Pure: no Streamlit.

Letters: n rows compared, t steps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core import NO_LABEL, agreement_by_step
from gmm_core.words import percent
from pages.ui.player.header import Part

# So much must the agreement fall, and the log-likelihood rise meanwhile, before the page says so. Less is a
# point on a border, and less than what is shown.
LEAST_FALL = 0.02
LEAST_ROWS = 2
LEAST_RISE = 1e-4


class Course(NamedTuple):
    """How the agreement went: the share of the n rows that are right, and the adjusted Rand index, (t,) each,
    by how often these rows count.

    best : the iteration from which the agreement fell while the log-likelihood rose; None without one.
    """

    n: int
    accuracy: NDArray[np.float64]
    ari: NDArray[np.float64]
    best: int | None


def course(
    labels: NDArray[np.int64] | None,
    clusters: NDArray[Any],
    log_likelihoods: NDArray[np.float64],
    counts: NDArray[np.float64] | None = None,
) -> Course | None:
    """How labels agree with the likeliest components of the rows drawn, (t, rows); None without two groups.

    counts : how often each of these rows counts; None: once.
    """
    known = np.zeros(0, bool) if labels is None else labels != NO_LABEL
    if labels is None or len(np.unique(labels[known])) < 2:
        return None
    weights = None if counts is None else counts[known]
    accuracy, ari = agreement_by_step(labels[known], clusters[:, known], sample_weight=weights)
    n, best = int(known.sum()), int(accuracy.argmax())
    fell = accuracy[best] - accuracy[-1] >= max(LEAST_FALL, LEAST_ROWS / n) - 1e-9
    rose = log_likelihoods[-1] - log_likelihoods[best] >= LEAST_RISE
    return Course(n, accuracy, ari, best if fell and rose else None)


def part(went: Course | None) -> Part | None:
    """What the curve needs of it."""
    if went is None:
        return None
    return Part({"compared": went.n, "best": went.best}, {"accuracy": went.accuracy, "ari": went.ari})


def parted(went: Course | None, log_likelihoods: NDArray[np.float64], total: int) -> str:
    """A sentence where agreement and log-likelihood did not rise together; empty where they did.

    total : all rows of the data, of which the agreement may be of fewer.
    """
    if went is None or went.best is None:
        return ""
    right, value = went.accuracy[[went.best, -1]], log_likelihoods[[went.best, -1]]
    which = "the rows" if went.n == total else f"{went.n:,} of the {total:,} rows"
    when = f"at iteration {went.best}" if went.best else "at the start"
    return (
        f"**The likelihood rose, and the agreement fell**: of {which}, {percent(right[0], 1)} were in "
        f"their known group {when}, and {percent(right[1], 1)} are at the end, while the "
        f"log-likelihood went from {value[0]:,.4f} to {value[1]:,.4f}. EM never sees these labels. "
        "*Agreement*, above the curve, shows both."
    )
