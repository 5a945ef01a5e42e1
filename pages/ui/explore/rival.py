"""What stands beside the run that is shown: what to see in it, which of the two ended higher, and ways on."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import streamlit as st

from gmm_core import StopReason, Trace
from gmm_core.engine.ways.climbing import Climb
from gmm_core.judgement.pair import Pair
from gmm_core.words import capital, count, figure, percent
from pages.ui.address import address, beside, differences
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.player import At
from pages.ui.runs import fits, scenes
from pages.ui.runs.data import dataset
from pages.ui.shell import waiting

FEWEST_DIGITS, MOST_DIGITS = 4, 12
LEAST_BIC = 2  # a smaller gap says nothing (Kass & Raftery 1995)
MANY = 0.1  # a larger share of rows that could be in either of two groups is said


class Rival(NamedTuple):
    """What stands beside; nothing where it cannot be made, and why not."""

    shown: scenes.Beside | None = None
    why_not: str = ""

    @property
    def title(self) -> str:
        """What the run that is shown is called then."""
        return self.shown.titles[0] if self.shown else ""


def find(settings: Settings, colours: tuple[int, ...]) -> Rival:
    """Wait for what stands beside the run with these settings; cancelled, nothing does."""
    with waiting.bar(partial(address.choose, "beside", "")):
        try:
            return Rival(scenes.what_stands_beside(settings, colours))
        except ValueError as error:
            return Rival(why_not=str(error))


def note(rival: Rival, settings: Settings, trace: Trace, at: At) -> None:
    """What came of the two, and buttons. at : the half-step that is shown."""
    if rival.shown is None:
        if rival.why_not:
            st.warning(
                f"**Nothing stands beside it.** {evidence.literal(rival.why_not)}", icon=":material/info:"
            )
            with st.container(horizontal=True):
                st.button("Put nothing beside it", on_click=address.choose, args=("beside", ""))
                _to_faster(settings)
        return
    right, run = scenes.rows_right(settings), rival.shown.run
    if run is None:
        st.caption(hard_against_soft(dataset(settings).X.shape[1], right))
        return
    said = verdict(rival.shown.titles, settings, trace, run, scenes.compared(settings, run), right)
    st.caption(f"{way_up(run.climb, trace, settings.reg_covar)} {said}" if run.climb else said)
    same_half_step = str(at) if at.iteration <= run.trace.n_iter else ""
    with st.container(horizontal=True):
        if not run.climb:
            st.button(
                f"Open {rival.shown.titles[1]} instead",
                icon=":material/swap_horiz:",
                on_click=lambda: address.adopt(beside.swapped(settings), same_half_step),
                help="It becomes the run that is shown, and this one stands beside it.",
            )
        _to_faster(settings)
        st.button("Nothing beside it", on_click=address.choose, args=("beside", ""))


def _to_faster(settings: Settings) -> None:
    """A link to all ways up on these data, where one stands beside."""
    if way := beside.way_up(settings):
        query = settings.to_query() | {differences.WAY: way}
        label = "All ways up on these data"
        st.page_link("faster.py", label=label, icon=":material/speed:", query_params=query)


def way_up(climbed: Climb, em: Trace, reg_covar: float) -> str:
    """What a way up does, what it cost, what was checked of what it promises, and what was chosen for it."""
    way, kept = climbed.way, climbed.kept_promise(reg_covar)
    said = [
        f"**{capital(way.label)}**: {way.looks} ({way.source}).",
        f"It made {climbed.sentence} EM made {count(em.n_iter, 'iteration')}.",
        f"{capital(kept)}." if way.promise else f"It {kept}.",
    ]
    if way.options:
        options = ", ".join(one.in_words(way) for one in way.options)
        said.append(f"Chosen for you: {options}; *Faster* takes others.")
    return " ".join(said)


def hard_against_soft(d: int, right: tuple[float, float] | None) -> str:
    """What to see in EM beside k-means, and what each of them got right."""
    said = "**Hard against soft**: k-means gives a point to one cluster, EM shares it where components meet."
    if d > 2:
        said += " With more than two features no borders are drawn: in a projection they are no lines."
    if right:
        said += (
            f" In the end, matched one to one with the known groups: EM **{percent(right[0], 1)}**, "
            f"k-means **{percent(right[1], 1)}** of the rows."
        )
    return said


def verdict(
    titles: tuple[str, str],
    settings: Settings,
    trace: Trace,
    another: fits.Other,
    found: scenes.Compared,
    right: tuple[float, float] | None,
) -> str:
    """Which of two runs ended higher, from the numbers; what that is worth; and whether they group alike."""
    if titles[1] == beside.SAME:  # as where a seed decides nothing about the start
        return "**Both are the same run.** Choose in the settings what shall be different."
    first, second = (f"“{title}”" for title in titles)
    names, ends = (first, second), found.ends
    said = [_higher(names, ends, max(settings.tol, another.settings.tol))]
    for name, one, climbed in ((first, trace, None), (second, another.trace, another.climb)):
        if one.stop is StopReason.MAX_ITER:
            more = "may rise further"
            if climbed:
                more = "is not at its end" if climbed.way.settles else "never settles"
            said.append(f"{name} was stopped at its largest number of iterations, and {more}.")
    for name, defect in zip(names, found.defects, strict=True):
        if defect:
            said.append(f"In {name}, {defect}: there, a high likelihood is no merit.")
    if ends.n_parameters[0] != ends.n_parameters[1] and not any(found.defects):
        said.append(_bic(names, ends))
    chance = [
        f"In {name}, {count(n, 'row')} of {figure(ends.n)} belong to two components alike: their group is "
        "chance."
        for name, n in zip(names, ends.undecided, strict=True)
        if n > MANY * ends.n
    ]
    said += chance
    if ends.alike == ends.n:
        said.append("Both make the same groups of the rows.")
    elif not chance:
        said.append(
            f"Matched one to one, {figure(ends.alike)} of {count(ends.n, 'row')} are in the same group."
        )
    if settings.known != another.settings.known:
        said.append("These are log-likelihoods of rows alone, without the groups that EM was told.")
    if right and not chance:
        each = " and ".join(
            f"**{percent(share, 1)}** in {name}" for share, name in zip(right, names, strict=True)
        )
        said.append(f"Rows in their known group, matched one to one: {each}.")
    return " ".join(said)


def _higher(names: tuple[str, str], ends: Pair, tol: float) -> str:
    """Which run ended higher, and whether that means anything. tol : the larger of their tolerances."""
    if ends.is_rounding:
        return f"**Both end equally high**, but for rounding: {_numbers(*ends.log_likelihoods)[0]} per row."
    both = list(zip(_numbers(*ends.log_likelihoods), names, strict=True))
    (low, lower), (high, higher) = both if ends.gain > 0 else both[::-1]
    gap = abs(ends.gain)
    said = (
        f"**Higher at its end: {higher}**, {high} per row; {lower} ends at {low}. That is {gap:.3g} a row, "
        f"{ends.n * gap:,.3g} over all {figure(ends.n)}."
    )
    if ends.same:
        return f"{said} Their densities differ by less than one standard error, so this is the same end."
    if gap < tol:
        return f"{said} It is less than the tolerance, {tol:g}: it may only tell which went on for longer."
    return said


def _bic(names: tuple[str, str], ends: Pair) -> str:
    """What the likelihood is worth where one model has more parameters."""
    fewer, more = sorted(zip(ends.n_parameters, names, strict=True))
    gain = ends.bic_gain
    judged = (
        f"is lower, and so better, for **{names[gain > 0]}**, by {abs(gain):,.1f}"
        if abs(gain) >= LEAST_BIC
        else "does not tell the two apart"
    )
    free = count(more[0] - fewer[0], "free parameter")
    return f"{more[1]} has {free} more; BIC, which counts them, {judged}."


def _numbers(first: float, second: float) -> tuple[str, str]:
    """Two log-likelihoods in as few digits as tell them apart."""
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        said = f"{first:,.{digits}f}", f"{second:,.{digits}f}"
        if said[0] != said[1]:
            return said
    return f"{first:,.{FEWEST_DIGITS}f}", f"{second:,.{FEWEST_DIGITS}f}"
