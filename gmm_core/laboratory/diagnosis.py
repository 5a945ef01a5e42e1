"""Is my code wrong? Numbers that an EM gave: which law they break, and which known mistake gives such.

Letters: n samples, k components, d features.

What is asked of responsibilities, of parameters and of a history stands in `about_responsibilities.py`,
`about_parameters.py` and `about_history.py`; how known mistakes are tried, in `suspects.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from gmm_core.engine.checks import as_sample
from gmm_core.engine.mixture import Mixture
from gmm_core.laboratory.about_history import about_history
from gmm_core.laboratory.about_parameters import about_parameters
from gmm_core.laboratory.about_responsibilities import about_responsibilities
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.laws import BrokenLaw
from gmm_core.laboratory.suspects import Certainty, Evidence, Faults, Search, Suspect
from gmm_core.tables.pasted import (
    PARAMETERS,
    Pasted,
    history_in,
    parameters_in,
    responsibilities_in,
    size_of,
    without_counter,
)
from gmm_core.tables.reading import TableError
from gmm_core.words import count

__all__ = ["KINDS", "Certainty", "Diagnosis", "Faults", "Kind", "Suspect", "diagnose"]

Kind = Literal["responsibilities", "parameters", "history"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Diagnosis:
    """What pasted numbers say about the code that gave them.

    kind : what they were taken for. headline : the answer, a sentence. broken : the laws that they break.
    suspects : what gives such numbers, the most certain first. notes : what was assumed, left out, not tried.
    """

    kind: Kind
    headline: str
    broken: tuple[BrokenLaw, ...]
    suspects: tuple[Suspect, ...]
    notes: tuple[str, ...]


def diagnose(
    pasted: Pasted,
    X: ArrayLike,
    kind: Kind | None = None,
    *,
    n_components: int | None = None,
    start: Mixture | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Diagnosis:
    """Which law pasted numbers break, and which known mistakes, alone or in pairs, give such on X (n, d).

    Parameters
    ----------
    pasted : what `pasted.read_numbers` made of a text.
    kind : what the numbers are: responsibilities (n, k) or (k, n), parameters, or a history of
        log-likelihoods, in total or mean per sample; None to judge by their names and shapes.
    n_components : for a history, which does not show it.
    start : where the code began, of the family diag, if that is known; it is tried besides likely starts.
    on_progress : called with the share that is done, from 0 to 1; what it raises ends the search.

    Raises a `TableError`, whose message is for people, for numbers that cannot be of that kind.
    """
    X = as_sample(X, 1)
    kind = kind or _kind(pasted, len(X))
    notes = list(pasted.findings)
    search = Search(X, start, on_progress or (lambda share: None), notes)
    evidence = Evidence()
    with np.errstate(all="ignore"):
        if kind == "responsibilities":
            broken = about_responsibilities(responsibilities_in(pasted, len(X), notes), search, evidence)
        elif kind == "parameters":
            broken = about_parameters(parameters_in(pasted, X.shape[1], notes), search, evidence)
        else:
            broken = about_history(history_in(pasted), n_components, search, evidence)
    suspects = evidence.suspects()
    return Diagnosis(kind, _headline(broken, suspects), tuple(broken), suspects, tuple(notes))


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
    if min(array.shape) > 1 and n in array.shape:
        return "responsibilities"
    if without_counter(array).shape[1] == 1:
        return "history"
    raise TableError(
        f"The pasted numbers are {size_of(array)}. Responsibilities have {count(n, 'row')}, as the data; a "
        'history is one column; parameters have names, as in "means: [1, 2]  variances: [3, 4]".'
    )


def _headline(broken: Sequence[BrokenLaw], suspects: Sequence[Suspect]) -> str:
    laws = "a law" if len(broken) == 1 else f"{len(broken)} laws"
    told = next((one for one in suspects if one.certainty != "possible"), None)
    if told is not None:
        if told.faults is None:
            return told.sentence
        given = "exactly these numbers" if told.certainty == "exact" else "such numbers"
        return f"{_code(told.faults)} gives {given}{f', which break {laws}' if broken else ''}."
    if suspects:
        number = count(len(suspects), "known mistake")
        return f"These numbers break {laws}. So do those of code with {number}, each in its way."
    if broken:
        return f"These numbers break {laws}, and none of the known mistakes was recognised in them."
    return (
        "These numbers break no law, and none of the known mistakes was recognised in them. "
        "That does not prove the code right."
    )


def _code(faults: Faults) -> str:
    """Code with these mistakes, as the beginning of a sentence."""
    if not faults:
        return "Correct EM"
    titles = "; ".join(f"{FAULTS[name].title[0].lower()}{FAULTS[name].title[1:]}" for name in faults)
    return f"Code with {'this mistake' if len(faults) == 1 else 'these mistakes'} ({titles})"
