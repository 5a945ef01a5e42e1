"""How sure the parameters of a fit are, in words. Pure: no Streamlit."""

from __future__ import annotations

import numpy as np

from gmm_core.judgement.information import ByInformation
from gmm_core.judgement.intervals import Interval, Intervals, blurred
from gmm_core.words import percent, plural, together

SETTLED = 0.1  # standard errors


def by_information(found: ByInformation) -> str:
    """How the errors were found, what they suppose, and what is known of that."""
    of = " of the log-posterior" if found.with_prior else ""
    said = (
        f"by the observed information{of} (Louis 1982). They hold if the number of components and the family "
        "are right, and rows are many."
    )
    if len(found.weights.error) > len(found.counts):
        said += (
            f" That of the weight of noise is {found.weights.error[-1]:.2g}; the box over which it is spread "
            "is taken as known."
        )
    if found.dof is not None:
        said += _of_tails(found.dof)
    if found.missing > 0.005:
        said += (
            f" In the direction that is known least, {percent(found.missing)} of the information is missing, "
            "as nobody knows whose the rows are: the more is missing, the more rows it takes until such "
            "errors are large enough."
        )
    for j in found.few:
        said += (
            f" Component {j + 1} holds only {found.counts[j]:.3g} rows: of so few, these errors say little."
        )
    if found.unsettled > SETTLED:
        said += (
            " This is not quite a maximum: a step of Newton's would move a parameter by up to "
            f"{found.unsettled:.2g} standard errors, so these are rough. More iterations with a lower "
            "tolerance come nearer, and a smaller reg_covar where it is not small against the data."
        )
    return said


def _of_tails(dof: Interval) -> str:
    """Between which degrees of freedom each component has its tails, and of which nobody asks."""
    held = np.isnan(dof.error)
    ends = zip(dof.low, dof.high, strict=True)
    free = [
        f"{low:.2g} to {high:.2g} of component {j + 1}" for j, (low, high) in enumerate(ends) if not held[j]
    ]
    said = f" 95% intervals of degrees of freedom: {together(free)}." if free else ""
    if held.any():
        who = [str(j + 1) for j in np.flatnonzero(held).tolist()]
        said += (
            f" Those of {plural(len(who), 'component')} {together(who)} are taken as known: they are held, "
            "or at an end of their range."
        )
    return said


def places(found: Intervals) -> str:
    """Which means are known no better than to where others lie; "" where none are."""
    return " ".join(one.sentence for one in blurred(found))
