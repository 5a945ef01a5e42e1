"""What a comparison of the ways up says, in plain words. Pure: no Streamlit."""

from __future__ import annotations

import numpy as np

from gmm_core.engine.ways.climbing import Climb
from gmm_core.laboratory.faster import SAME, Comparison, arrival
from gmm_core.words import count, percent, plural, rounded

SLOW = 30  # passes: from so many on nobody would say that EM is not slow
CLOSE = 0.02  # so near are a rate and a share of information of which the one explains the other


def headline(found: Comparison) -> tuple[str, bool]:
    """How many passes accelerated EM saves, and whether it does."""
    em, fast = found.climbs["em"], found.climbs["accelerated"]
    if em.trace.collapsed is not None:
        return (
            f"EM collapsed: component {em.trace.collapsed + 1} shrank onto too few points, or lost them all. "
            "Raise reg_covar, or start elsewhere: of such a run there is nothing to compare.",
            False,
        )
    if not em.trace.converged:
        said = f"EM was stopped after {count(em.trace.n_iter, 'iteration')}, before its end"
        gap = fast.trace.log_likelihood - em.trace.log_likelihood
        if fast.trace.converged and gap > 0:
            passes = int(fast.passes[-1])
            spent = f"{passes:,} {plural(passes, 'pass', 'passes')}"
            return (
                f"{said}; accelerated EM came to an end in {spent}, {rounded(gap)} a row above.",
                True,
            )
        return f"{said}. Allow more iterations to compare the ways.", False
    first, second = (arrival(one, found.height) for one in (em, fast))
    assert first is not None
    if second is None:
        gap = em.trace.log_likelihood - fast.trace.log_likelihood
        return (
            f"Accelerated EM ended on a lower top than EM, by {rounded(gap)} a row: "
            "its guard lets no step lead down, but nothing makes it certain that both climb the same top.",
            False,
        )
    ratio = first.passes / second.passes
    needed = f"{first.passes:,} {plural(first.passes, 'pass', 'passes')}"
    said = f"To the same likelihood EM needs {needed} over the rows"
    if ratio < 1.2:
        little = "here, EM is not slow" if first.passes < SLOW else "here, that saves hardly anything"
        return f"{said}, accelerated EM {second.passes:,}: {little}.", True
    return f"{said}, accelerated EM {second.passes:,}: {ratio:.1f} times fewer.", True


def rate(found: Comparison, reg_covar: float) -> str:
    """The rate of EM beside the share of missing information, and how each was found."""
    said, at_end = [], found.climbs["em"].trace.converged
    where = "At its end" if at_end else "Where it was stopped"
    if found.rate is not None:
        said.append(
            f"{where}, each iteration of EM leaves **{percent(found.rate, 1)}** of the way that is left: so "
            "much shorter than the one before were its last steps."
        )
    else:
        said.append("EM took too few steps, or too unlike ones, for its rate to be seen in them.")
    if found.missing is None and not at_end:
        said.append("How much information is missing is not told, as EM did not come to an end.")
    elif found.missing is None:
        said.append(
            "How much information is missing was not found, as where a component has no extent in some "
            "direction but what reg_covar gives it."
        )
    if found.missing is None:
        return " ".join(said)
    said.append(
        f"The largest share of missing information is **{percent(found.missing, 1)}**: where the parameters "
        f"are hardest to tell, the rows hold {percent(1 - found.missing, 1)} of the information that they "
        "would if it were known whose each is."
    )
    if found.rate is not None and abs(found.rate - found.missing) < CLOSE:
        apart = 100 * abs(found.rate - found.missing)
        so = "they agree" if apart < 0.1 else f"they are {apart:.1f} percentage points apart"
        said.append(f"At EM's very end the two are equal (Dempster, Laird & Rubin 1977); here, {so}.")
    elif found.rate is not None:
        said.append("The two become equal the nearer EM is to its end; a smaller tolerance shows it.")
    how = "The share is the largest eigenvalue of EM's map there, found by asking it a little to either side"
    but = f", and with reg_covar = {reg_covar:g} a share of information but for what that adds"
    said.append(f"({how}{but if reg_covar > 0 else ''}.)")
    return " ".join(said)


def halving(found: Comparison) -> str:
    """What the rate means for one more digit; "" where nothing is known of it."""
    if found.rate is None or not 0 < found.rate < 1:
        return ""
    digits = np.log(10) / -np.log(found.rate)
    if digits < 1:
        return "Each iteration brings more than one digit of the parameters."
    return f"One more digit of the parameters takes {digits:,.0f} {plural(round(digits), 'iteration')}."


def end(climbed: Climb, found: Comparison) -> str:
    """Where a way ended, compared with the best end."""
    if climbed.trace.collapsed is not None:
        return f"component {climbed.trace.collapsed + 1} collapsed"
    below = found.best - climbed.trace.log_likelihood
    place = "the best end" if below < SAME else f"{rounded(below)} a row below the best"
    if not climbed.way.settles:
        return f"{place}; never settles"
    if climbed.out_of_time:
        return f"{place}; stopped, as it takes much longer than EM"
    return place if climbed.trace.converged else f"{place}; not at its end"


def fell_back(climbed: Climb) -> str:
    """How often a guess was given up."""
    n = climbed.fell_back
    if not n:
        return "No guess was given up."
    return (
        f"{n:,} {plural(n, 'guess', 'guesses')} led down, or to no mixture, and {plural(n, 'was', 'were')} "
        "given up for a step of EM; each cost a pass, which is counted."
    )
