"""A run of code with mistakes as the player draws it, whatever its numbers are.

Letters: n points shown, k components, d features, t steps (the start and every iteration).

Its parameters may be no mixture, and its responsibilities no shares: what cannot be drawn as it is, is drawn
as what comes nearest. The curve is the true log-likelihood of the parameters, in total.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture
from gmm_core.engine import em
from gmm_core.laboratory.faulty_em import FaultyExpectation, FaultyRun, run_with_faults
from gmm_core.laboratory.laws import FaultyStep, Parameters
from gmm_core.words import uncapital
from pages.ui.player import panels
from pages.ui.player.changes import changes
from pages.ui.player.header import Arrays, Scene, digest, pack
from pages.ui.player.view import Subject, View, shown_rows

WORDS = {
    "start": "<b>Start</b> These parameters are a guess, and no point is anyone's yet. Press Play.",
    "E": "<b>E-step</b> Points take new colours: the responsibilities of this code, as shares of each row.",
    "M": "<b>M-step</b> Components move to what this code takes for the mean and the spread.",
}
STOPPED = "It ran all its iterations."
SMALLEST = 1e-9  # a deviation that is drawn, as a share of the data's extent
LARGEST = 1e3  # and the other way
DEPTH = 10  # of the curves that are drawn, in rises of correct EM after its first iteration


def shares_of(responsibilities: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Responsibilities (n, k) as shares of their rows in bytes; all 0 where a row has none."""
    held = np.nan_to_num(np.clip(responsibilities, 0, None), nan=0, posinf=0)
    # Divided by the largest first: the sum of what is tiny would be nothing.
    largest = held.max(axis=1, keepdims=True)
    held = np.divide(held, largest, out=np.zeros_like(held), where=largest > 0)
    sums = held.sum(axis=1, keepdims=True)
    return np.rint(255 * np.divide(held, sums, out=held, where=sums > 0)).astype(np.uint8)


class Ran(NamedTuple):
    """A run, which rows of the data are drawn, (n,), and their responsibilities as bytes (t, n, k)."""

    run: FaultyRun
    rows: NDArray[np.intp]
    shares: NDArray[np.uint8]


def run_to_draw(
    X: NDArray[np.float64],
    start: Parameters,
    faults: tuple[str, ...],
    *,
    max_iter: int,
    report: Callable[[int], None] = lambda iteration: None,
    **how: Any,
) -> Ran:
    """`run_with_faults`, and what the player draws of it. report : called with each iteration."""
    rows = shown_rows(len(X), (max_iter + 1) * len(start.means))
    shares = []

    def keep(step: FaultyStep, expectation: FaultyExpectation) -> None:
        report(step.iteration)
        shares.append(shares_of(expectation.responsibilities[rows]))

    run = run_with_faults(X, start, faults, max_iter=max_iter, on_step=keep, **how)
    return Ran(run, rows, np.array(shares))


def limits(correct: FaultyRun, *others: FaultyRun) -> tuple[float, float]:
    """The log-likelihoods between which the curves of these runs are drawn, all on the same scale."""
    values = np.concatenate([run.log_likelihoods for run in (correct, *others)])
    values = values[np.isfinite(values)]
    if not len(values):
        return -1.0, 0.0
    high = float(values.max())
    risen = correct.log_likelihoods[min(1, len(correct.steps) - 1) :]
    risen = risen[np.isfinite(risen)]
    span = max(high - float(risen.min()) if len(risen) else 0.0, 0.01 * max(1.0, abs(high)))
    return max(float(values.min()), high - DEPTH * span), high


def encode_faulty(data: Dataset, ran: Ran, within: tuple[float, float], view: View) -> Scene:
    """A run, ready for the player. within : the `limits` of its curve."""
    run, rows, shares = ran
    subject = Subject(replace(data, truth=None), drawable(run, data.X), view, chosen=rows)
    curve = run.log_likelihoods
    header = subject.header(
        stop="collapsed" if run.stop else "max_iter",
        collapsed=None,
        ending=_ending(run),
        default_stop=None,
        falls=em.falls(curve),
        fit=digest(data.X.tobytes(), curve.tobytes(), subject.means.tobytes(), shares.tobytes()),
        words=WORDS,
        curve=("log_likelihood", "true log-likelihood"),
        views=["likelihood"],
        limits=within,
    )
    weights = np.array([mixture.weights for mixture in subject.mixtures])
    arrays: Arrays = {"log_likelihood": curve, "weights": weights}
    arrays["gaps"], arrays["changes"] = changes(shares)
    return pack(header, rows, arrays, panels.parts(subject))


def _ending(run: FaultyRun) -> str:
    """Why the run ended, in one sentence."""
    return f"It cannot go on: {uncapital(run.steps[-1].broken[0].sentence)}" if run.stop else STOPPED


def drawable(run: FaultyRun, X: NDArray[np.float64]) -> list[Mixture]:
    """For each step the nearest mixture: weights divided by their sum, variances that can be drawn.

    Where a number is not finite, that of the step before stands.
    """
    extent = np.where(np.ptp(X, axis=0) > 0, np.ptp(X, axis=0), 1.0)  # (d,)
    least, most = (SMALLEST * extent) ** 2, (LARGEST * extent) ** 2
    mixtures: list[Mixture] = []
    held = run.steps[0].parameters
    for step in run.steps:
        now = step.parameters
        held = Parameters(
            _finite(now.weights, held.weights),
            _finite(now.means, held.means),
            _finite(now.variances, held.variances),
        )
        weights = np.clip(held.weights, 0, None)
        total = weights.sum()
        weights = weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
        variances = np.clip(held.variances, least, most)
        mixtures.append(Mixture(weights, held.means, variances, "diag"))
    return mixtures


def _finite(values: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.where(np.isfinite(before), before, 0.0))
