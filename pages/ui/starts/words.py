"""What a race says, in plain words. Pure: no Streamlit. Log-likelihoods are total, in the data's units."""

from __future__ import annotations

from collections import Counter

import numpy as np

from gmm_core import StopReason
from gmm_core.judgement.optima import SAME, EndState, Reached, best
from gmm_core.judgement.race import Start
from gmm_core.words import End, count, percent, plural
from pages.ui.player.scene import DEFAULT_TOL
from pages.ui.starts.outcome import Outcome
from pages.ui.starts.settings import LABELS


def headline(ran: Outcome) -> tuple[str, bool]:
    """Where the starts ended, in a sentence or three; and whether most of them reached a fit to trust."""
    ends, honest, highest = ran.ends, ran.honest, best(ran.ends)
    starts = count(ran.n_starts, "start")
    everyone = "The only start" if ran.n_starts == 1 else f"All {starts}"
    if highest is None:
        return f"{everyone} collapsed: a component shrank onto too few points, or lost all its rows.", False
    if len(ends) == 1:
        same = f"{everyone} {'ends' if ran.n_starts == 1 else 'end in the same place,'} at {value(highest)}."
        if highest.honest:
            return same, highest.twins is None
        return f"{same} It is no honest fit: {highest.defect}.", False
    places = f"{starts} end in {count(len(ends), 'different place')}."
    if honest is None:
        return f"{places} None of them is an honest fit: in the highest, {highest.defect}.", False
    reach = f"{len(honest.runs):,} of {ran.n_starts:,}"
    if honest is highest:
        one = ran.n_starts - len(honest.runs) == 1
        fates = {end.collapsed for end in ends if end is not honest}
        stop = ["stops on lower ground" if one else "stop on lower ground"] * (False in fates)
        collapse = ["collapses" if one else "collapse"] * (True in fates)
        others = f"the other{'' if one else 's'} {' or '.join(stop + collapse)}"
        return (
            f"{places} The highest, {value(honest)}, is reached by {reach}; {others}.",
            honest.share > 0.5 and not honest.twins,
        )
    above = [end for end in ends if not end.collapsed and end.log_likelihood > honest.log_likelihood]
    are = "The highest is" if len(above) == 1 else f"The {len(above)} highest are"
    return (
        f"{places} {are} degenerate: in the highest, {value(highest)}, {highest.defect}. The highest honest "
        f"one, {value(honest)}, is reached by {reach}."
    ), False


def value(end: EndState) -> str:
    """The log-likelihood of an end state, in as many digits as tell states apart."""
    number = end.log_likelihood
    return f"{number:,.3f}" if abs(number) < 1e7 else f"{number:.6e}"


def kind(end: EndState) -> str:
    """What an end state is, in a word; empty for an honest maximum."""
    if end.collapsed:
        return "collapsed"
    if end.defect:
        return "degenerate"
    return "saddle" if end.twins else ""


def why(told: End) -> str:
    """What is wrong with an end, in a sentence or some; empty for an honest maximum."""
    return "" if told.kind == "converged" else told.text


def default_tolerance(ran: Outcome) -> str:
    """What scikit-learn's default tolerance would have made of the runs that reached the best honest end."""
    if ran.honest is None:
        return ""
    runs, stopped = np.array(ran.honest.runs), ran.n_iter_default
    short = ran.curves[runs, ran.race.n_iter[runs]] - ran.curves[runs, stopped[runs]]
    early, n = int((short >= SAME).sum()), len(runs)
    reach = f"that {plural(n, 'reaches', 'reach')} {value(ran.honest)} would have stopped"
    said = f"With scikit-learn's default tolerance, {DEFAULT_TOL:g}, "
    if not early:
        everyone = "the only one" if n == 1 else f"all {n:,}"
        return f"{said}{everyone} {reach} within {SAME:g} of it: here it is fine enough."
    some = "the only one" if n == 1 else f"{early:,} of the {n:,}"
    below = f"{short.max():,.{1 if short.max() < 1000 else 0}f}"
    how_far = f"{below} below it" if early == 1 else f"at least {SAME:g} below it, and up to {below}"
    rings = plural(early, "the ring is", "the rings are")
    return f"{said}{some} {reach} where {rings}: {how_far}."


def unfinished(ran: Outcome, max_iter: int) -> str:
    """How many starts were stopped on their way; empty where none was."""
    late = ran.race.stops.count(StopReason.MAX_ITER)
    if not late:
        return ""
    return (
        f"{count(late, 'start')} of {ran.n_starts:,} had not converged after {count(max_iter, 'iteration')}: "
        f"where {plural(late, 'it', 'they')} stopped says nothing. Allow more iterations."
    )


def notes(ran: Outcome) -> list[str]:
    """What had to be done in starts that was not asked for, and in how many of them."""
    found = Counter(start.note for start in ran.race.starts if start.note)
    return [f"In {number:,} of {ran.n_starts:,} starts: {note}" for note, number in found.items()]


def name(start: Start) -> str:
    """What a start is called."""
    return LABELS[start.init] + ("" if start.seed is None else f", seed {start.seed}")


def often(found: Reached) -> str:
    """How often an initialisation reached the best, with the interval."""
    return f"{found.n_reached} of {found.n_starts} ({percent(found.low)} to {percent(found.high)})"
