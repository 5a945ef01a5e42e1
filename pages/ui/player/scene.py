"""What the player draws: a run as one block of bytes. Python computes, the browser only draws.

Letters: n points shown, k components, d features, t steps (the start and every iteration).

Responsibilities are bytes (0 to 255); of every step only what differs from the one before is sent, so that
what has settled costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from gmm_core import Dataset, Held, Mixture, Trace, points_fallen_on
from gmm_core.engine.arrays import weights_of
from gmm_core.engine.em import falls
from gmm_core.engine.known import with_known
from gmm_core.engine.missing import expected, shares
from pages.ui.look import palette
from pages.ui.player import agreement, panels
from pages.ui.player.changes import changes
from pages.ui.player.header import Arrays, Facts, Part, Scene, digest, pack
from pages.ui.player.view import Subject, View

DEFAULT_TOL = 1e-3  # scikit-learn's
# As the curve of one run is drawn (views.js): less is rounding; so many times what comes after the start may
# the whole span be; and so much of that is left below it.
LEAST_SPAN, MOST_SPANS, BELOW = 1e-6, 6, 0.35
PLAIN = View()

WORDS = {
    "start": "<b>Start</b> These components are a guess, and no point is anyone's yet. Press Play.",
    "E": "<b>E-step</b> Points take new colours: how much each component claims them. Nothing moves.",
    "M": "<b>M-step</b> Components move to the mean and spread of the points they claim. Colours stay.",
}
# What is said instead where EM is told groups, and where something is held.
TOLD = (
    "<b>Start</b> These components are a guess; of the points, only those whose group EM is told are "
    "anyone's yet. Press Play."
)
HOLDING = (
    "<b>M-step</b> Components move to the mean and spread of the points they claim, but what is held stays. "
    "Colours stay."
)


def encode(data: Dataset, trace: Trace, view: View = PLAIN, ending: str = "") -> Scene:
    """A run, ready for the player; `ending` is what is said at its end, by default why it stopped.

    `ValueError` for axes that the data do not have.
    """
    mixtures = [step.mixture for step in trace.steps]
    subject = Subject(data, mixtures, view)
    rows, likelihoods = subject.rows, trace.log_likelihoods
    of_prior = None if trace.prior is None else ("log_posterior", "log-posterior per sample")
    weights = np.array([mixture.weights for mixture in mixtures])
    by_hand = data.X.shape[1] <= 2 and view.by_hand
    header = subject.header(
        stop=trace.stop.value,
        collapsed=trace.collapsed,
        ending=ending or trace.stop.brief,
        default_stop=None if view.first or view.moves else _default_stop(trace),
        falls=falls(trace.objectives),
        curve=of_prior,
        most=len(palette.COMPONENTS),
        # Runs that differ in covariances alone differ in the log-likelihood.
        fit=digest(*(a.tobytes() for a in (data.X, likelihoods, weights, subject.means))),
        draggable=by_hand,
        editable=by_hand and not view.shuffled and data.complete,
        fallen=_fallen(data, trace, rows),
        limits=view.limits,
        words=_words(view),
    )
    arrays: Arrays = {
        "log_likelihood": likelihoods,
        "lower_bound": np.array([np.nan if s.lower_bound is None else s.lower_bound for s in trace.steps]),
        "weights": weights,
    }
    if of_prior:
        arrays["log_posterior"] = trace.log_posteriors
    if len(rows) < len(data.X):
        arrays["rows"] = rows.astype(np.uint32)  # as links call them, but from 0
    by_step, likeliest = _by_step(data.X[rows], mixtures, view.temperatures, weights_of(rows, view.known))
    arrays["gaps"], arrays["changes"] = changes(by_step)
    labels = None if data.labels is None else data.labels[rows]
    went = agreement.course(labels, likeliest, likelihoods, subject.counts)
    beside = [agreement.part(went), _fork(view), *panels.parts(subject)]
    scene = pack(header, rows, arrays, [part for part in beside if part is not None])
    return replace(scene, parted=agreement.parted(went, likelihoods, len(data.X)))


def _words(view: View) -> dict[str, str]:
    """The sentences of a run that is seen so."""
    told = {} if view.known is None else {"start": TOLD}
    holds = view.held != Held()
    if view.moves:
        step = f"<b>M-step</b> {view.moves}" + (" What is held stays." if holds else "")
    else:
        step = HOLDING if holds else WORDS["M"]
    return WORDS | told | {"M": step}


def _fork(view: View) -> Part | None:
    """The curve of the run that this one was forked from, or of one that stands beside it."""
    if not view.before:
        return None
    facts: Facts = {"ghost_from": view.forked_at}
    if view.before_name:
        facts["ghost_name"] = view.before_name
    return Part(facts, {"ghost": np.array(view.before)})


def common_limits(*curves: NDArray[np.float64]) -> tuple[float, float]:
    """Between which log-likelihoods the curves of several runs are drawn, (t,) each, to be on one scale.

    Starts that lie so low that they would flatten everything else are left below.
    """
    values, later = np.concatenate(curves), np.concatenate([curve[1:] for curve in curves])
    high, low = float(values.max()), float(values.min())
    least = LEAST_SPAN * max(1.0, abs(high))
    if len(later) and high - low > MOST_SPANS * max(high - later.min(), least) and low < later.min():
        low = float(later.min() - BELOW * (high - later.min()))
    return min(low, high - least), high


def _fallen(data: Dataset, trace: Trace, rows: NDArray[np.int64]) -> list[int]:
    """Which of the points drawn a collapsed component fell on."""
    if trace.collapsed is None:
        return []
    X = data.X if data.complete else expected(trace.mixture, data.X)[0]
    fallen = points_fallen_on(trace.mixture, X, trace.collapsed, sample_weight=data.sample_weight)
    return np.flatnonzero(np.isin(rows, fallen)).tolist()


def _default_stop(trace: Trace) -> int | None:
    """The iteration at which scikit-learn's default tolerance would have stopped a longer run."""
    changes = np.abs(np.diff(trace.objectives))
    small = np.flatnonzero(changes < DEFAULT_TOL)
    stop = int(small[0]) + 2 if len(small) else len(changes)
    return stop if stop < trace.n_iter else None


def _by_step(
    X: NDArray[np.float64],
    mixtures: Sequence[Mixture],
    temperatures: Sequence[float] = (),
    known: NDArray[np.intp] | None = None,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(t, n, k) as bytes; and what each row most probably is, (t, n): a component, or k, noise.

    What the bytes of a row lack of 255 is noise, where there is any. known : of which component each row is
    known to be, (n,), or -1.
    """
    out = np.empty((len(mixtures), len(X), mixtures[0].n_components), np.uint8)
    likeliest = np.empty(out.shape[:2], np.uint8)
    for t, (mixture, temperature) in enumerate(zip(mixtures, temperatures or repeat(1.0), strict=False)):
        probable = with_known(_at(temperature, shares(mixture, X)), known)
        out[t] = np.rint(probable[:, : out.shape[2]] * 255)
        likeliest[t] = probable.argmax(axis=1)
    return out, likeliest


def _at(temperature: float, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Responsibilities (n, k) at another temperature than EM's, 1: the colder, the harder."""
    if temperature == 1:
        return shares
    if temperature == 0:
        return np.asarray(shares == shares.max(axis=1, keepdims=True), np.float64)
    softer = shares ** (1 / temperature)
    return softer / softer.sum(axis=1, keepdims=True)
