"""Is my code wrong? Numbers that an EM gave: what follows from what, and which mistake gives such numbers.

Letters: n samples, k components, d features.

What is asked of parameters, of responsibilities, of both in a row and of a history stands in `audit`, a
module for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.checks import as_sample
from gmm_core.engine.mixture import Mixture
from gmm_core.laboratory.audit.evidence import Audit, Certainty, Check, Faults, Suspect
from gmm_core.laboratory.audit.history import about_changes, about_histories_beside, about_runs
from gmm_core.laboratory.audit.parameters import about_parameters
from gmm_core.laboratory.audit.responsibilities import about_responsibilities
from gmm_core.laboratory.audit.steps import about_steps, shares_beside
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.laws import LAWS, BrokenLaw
from gmm_core.tables.pasted import (
    LAST_TAKEN,
    PARAMETERS,
    Pasted,
    are_labels,
    changes_in,
    histories_in,
    is_history,
    parameter_rounds_in,
    responsibilities_in,
    size_of,
)
from gmm_core.tables.reading import TableError
from gmm_core.words import count, in_words, plural, uncapital

__all__ = ["KINDS", "Certainty", "Check", "Diagnosis", "Faults", "Kind", "Suspect", "Verdict", "diagnose"]

Kind = Literal["responsibilities", "parameters", "history"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Verdict = Literal["right", "wrong", "open"]

# What breaks the laws of an M-step, and need not be wrong.
_MEANT = (
    "Damped steps, mini-batches and variational Bayes break this, too, and so do numbers of a part of these "
    "rows, as of a training set: it is no mistake where one is meant."
)


@dataclass(frozen=True)
class Diagnosis:
    """What pasted numbers say about the code that gave them.

    kind : what they were taken for, and taken_for in words. verdict : "right" only where something was
        verified that a mistake would not have; "open" where nothing could be. headline : the answer, a
        sentence. checks : what was asked of them, in order. broken : the laws that they break. suspects :
        what gives such numbers, the most certain first. lacking : why no more could be verified, and what to
        paste to know more; "" where nothing is lacking. notes : what was assumed, left out, not tried.
    """

    kind: Kind
    taken_for: str
    verdict: Verdict
    headline: str
    checks: tuple[Check, ...]
    broken: tuple[BrokenLaw, ...]
    suspects: tuple[Suspect, ...]
    lacking: str
    notes: tuple[str, ...]

    @property
    def first_wrong(self) -> Check | None:
        """The first thing that does not follow."""
        return next((one for one in self.checks if one.holds is False), None)


def diagnose(
    pasted: Pasted,
    X: ArrayLike,
    kind: Kind | None = None,
    *,
    n_components: int | None = None,
    start: Mixture | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Diagnosis:
    """What follows from what in pasted numbers on X (n, d), and which known mistakes give such.

    Parameters
    ----------
    pasted : what `pasted.read_numbers` made of a text.
    kind : what the numbers are: responsibilities (n, k) or (k, n), parameters, or a history of
        log-likelihoods, in whatever form; None to judge by their names and shapes. Parameters and
        responsibilities together, or of several iterations, are judged step by step.
    n_components : for a history, which does not show it.
    start : where the code began, of the family diag, if that is known; it is tried besides likely starts.
    on_progress : called with the share that is done, from 0 to 1; what it raises ends the search.

    Raises a `TableError`, whose message is for people, for numbers that cannot be of that kind.
    """
    X = as_sample(X, 1)
    kind = kind or _kind(pasted, len(X))
    audit = Audit(X, n_components, start, on_progress or (lambda share: None), list(pasted.findings))
    with np.errstate(all="ignore"):
        _ask(pasted, kind, audit)
    suspects = audit.evidence.suspects()
    verdict = _verdict(audit, suspects)
    lacking = "" if verdict == "right" else audit.lacking
    return Diagnosis(
        kind,
        audit.taken_for,
        verdict,
        _headline(audit, suspects, verdict),
        tuple(audit.checks),
        tuple(audit.broken),
        suspects,
        lacking,
        tuple(dict.fromkeys(audit.notes)),
    )


def _ask(pasted: Pasted, kind: Kind, audit: Audit) -> None:
    """What is asked of numbers of that kind."""
    n, d = audit.X.shape
    if kind == "history":
        changes = changes_in(pasted)
        if changes is None:
            about_runs(histories_in(pasted, audit.notes), audit)
        else:
            about_changes(changes, audit)
        return
    if kind == "responsibilities":
        about_responsibilities(responsibilities_in(pasted, n, audit.notes), audit)
        return
    sets = parameter_rounds_in(pasted, d, audit.notes)
    shares = shares_beside(pasted, n, audit.notes)
    if len(sets) + len(shares) > 1:
        audit.notes[:] = [note for note in audit.notes if not note.endswith(LAST_TAKEN)]  # all are
        about_steps(sets, shares, audit)
    else:
        about_parameters(sets[-1], audit)
    history = pasted.lists.get("log_likelihood")
    if pasted.runs or (history is not None and min(history.shape) == 1 < history.size):
        assert history is not None
        about_histories_beside(pasted.runs or (history.ravel(),), audit)


def _kind(pasted: Pasted, n: int) -> Kind:
    """What numbers are, by their names and shapes, if the data have n rows."""
    lists = pasted.lists
    if set(PARAMETERS) & set(lists):
        return "parameters"
    if "responsibilities" in lists:
        return "responsibilities"
    if {"log_likelihood", "changes"} & set(lists):
        return "history"
    array = lists[""]
    if are_labels(array, n):
        raise TableError(
            f"These are {count(n, 'whole number')}, one for each row of the data: labels, it seems, and "
            "nothing follows from these alone. Paste the responsibilities that they were made of, or the "
            "parameters."
        )
    if min(array.shape) > 1 and n in array.shape:
        return "responsibilities"
    if is_history(array):
        return "history"
    raise TableError(
        f"The pasted numbers are {size_of(array)}. Responsibilities have {count(n, 'row')}, as the data; a "
        'history is one column; parameters have names, as in "means: [1, 2]  variances: [3, 4]".'
    )


def _verdict(audit: Audit, suspects: tuple[Suspect, ...]) -> Verdict:
    """Right only where all that was asked holds and correct EM gives these numbers."""
    told = [one for one in suspects if one.certainty != "possible"]
    wrong = any(one.holds is False for one in audit.checks)
    if wrong or any(one.faults for one in told):
        return "wrong"
    if told and all(one.faults == () for one in told) and any(one.holds for one in audit.checks):
        return "right"
    return "open"


def _headline(audit: Audit, suspects: tuple[Suspect, ...], verdict: Verdict) -> str:
    certain = [one for one in suspects if one.certainty != "possible"]
    told = next((one for one in certain if one.faults), certain[0] if certain else None)
    broken = [one for one in audit.checks if one.holds is False]
    laws = "a law" if len(audit.broken) == 1 else f"{len(audit.broken)} laws"
    if certain and certain[0].faults is None:
        return certain[0].sentence
    if audit.how and not broken and told is None:
        return f"Such numbers come of correct EM{audit.how}, or of a mistake where none was meant."
    if told is not None and not told.faults and broken:
        return f"{broken[0].otherwise} The parameters are those of correct EM all the same."
    if told is not None:
        alike = [one for one in suspects if one.faults and one.certainty == told.certainty]
        given = "exactly these numbers" if told.certainty == "exact" else "such numbers"
        if len(alike) > 1:
            said = (
                f"Code with one of {in_words(len(alike))} mistakes gives {given}, which tell no "
                "one from another"
            )
            return f"{said}: {'; or '.join(_titles(one.faults or ()) for one in alike)}."
        breaking = f", which break {laws}" if audit.broken else ""
        said = f"{_code(told.faults or ())} gives {given}{breaking}."
        others = [FAULTS[name].alike for name in told.faults or () if FAULTS[name].alike]
        return f"{said} So does {others[0]}." if others else said
    if broken:
        said = f"{broken[0].otherwise} None of the known mistakes was recognised."
        moments = {LAWS["centre"], LAWS["spread"]}
        return f"{said} {_MEANT}" if {one.title for one in broken} <= moments else said
    if verdict == "right":
        return "All that was asked of these numbers holds."
    if not any(one.holds for one in audit.checks):
        return "Nothing could be verified."
    doubtful = next((one for one in audit.checks if one.holds is None and one.title in LAWS.values()), None)
    if doubtful is not None:
        return f"Whether these numbers break a law is not sure. {doubtful.title} {doubtful.sentence}"
    return "These numbers break no law, but that does not prove the code right."


def _code(faults: Faults) -> str:
    """Code with these mistakes, as the beginning of a sentence."""
    if not faults:
        return "Correct EM"
    return f"Code with {plural(len(faults), 'this mistake', 'these mistakes')} ({_titles(faults)})"


def _titles(faults: Faults) -> str:
    return "; ".join(uncapital(FAULTS[name].title) for name in faults)
