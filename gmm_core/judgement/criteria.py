"""The criteria that say which k and family is best: each an entry of one table.

To add one, add an entry to `CRITERIA`: it becomes a map, a button, a name in links, a curve, a column of the
table, and is counted where the truth is known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gmm_core.engine.arrays import Array
from gmm_core.judgement.selection import Attempt, icl

HELD_OUT = "held_out"
REFERENCE = "bic"  # what the others are compared with in words


@dataclass(frozen=True)
class Criterion:
    """A criterion.

    name : in code and in links. label : on a button. title : within a sentence.
    says : what it is, which question it answers, which direction is better and what a gap means.
    value : of a fit to all rows X (n, d), which count so often, (n,), or once where that is None. No function
        where it is not known from that: `held_out` rows take a cross-validation of their own.
    highest : whether higher is better. a_row : whether it is per row, in units of log L; otherwise it is of
        all rows, in units of -2 log L.
    if_fewer, if_more : what to say where it chooses fewer or more components than BIC; empty for nothing.
    """

    name: str
    label: str
    title: str
    says: str
    value: Callable[[Attempt, Array, Array | None], float] | None
    highest: bool = False
    a_row: bool = False
    if_fewer: str = ""
    if_more: str = ""


CRITERIA: dict[str, Criterion] = {
    criterion.name: criterion
    for criterion in (
        Criterion(
            "bic",
            "BIC",
            "BIC",
            "BIC is -2 log L + p log n, for p free parameters: how many Gaussians describe the density. "
            "Lower is better; a gap of 10 is strong, one below 2 says nothing (Kass & Raftery 1995).",
            lambda attempt, X, weights: attempt.bic,
        ),
        Criterion(
            "aic",
            "AIC",
            "AIC",
            "AIC is -2 log L + 2 p: what predicts best. Lower is better. It takes components too many "
            "rather than too few.",
            lambda attempt, X, weights: attempt.aic,
            if_more="AIC takes more than BIC, as it often does: it pays 2 for a parameter, BIC log n.",
        ),
        Criterion(
            "icl",
            "ICL",
            "ICL",
            "ICL is BIC + 2 x the entropy of the responsibilities: how many clusters keep apart. Lower is "
            "better; two Gaussians that overlap cost it much.",
            lambda attempt, X, weights: icl(attempt.mixture, X, sample_weight=weights),
            if_fewer="ICL takes fewer than BIC: some of BIC's Gaussians overlap, and ICL counts what keeps "
            "apart. Which of them belong together, *Merge components* says.",
        ),
        Criterion(
            HELD_OUT,
            "Held out",
            "held out",
            "The log-likelihood of a row that was not fitted to, on average over five folds. Higher is "
            "better; the entries are what is lost against the best, per row.",
            None,
            highest=True,
            a_row=True,
        ),
    )
}


def of_fits() -> tuple[str, ...]:
    """Those that the fits to all rows are enough for."""
    return tuple(name for name, criterion in CRITERIA.items() if criterion.value)
