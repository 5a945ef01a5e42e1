"""Under a run: what is true of its end, and the buttons that mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

import streamlit as st

from gmm_core.words import End
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import fits
from pages.ui.shell import later, seeing

ICONS = {
    "collapsed": ":material/compress:",
    "held up": ":material/compress:",
    "degenerate": ":material/compress:",
    "slow": ":material/hourglass_bottom:",
    "stopped": ":material/hourglass_bottom:",
    "other start": ":material/alt_route:",
}
# These are no mistake, but more can be had.
CALM = {"slow", "stopped", "other start", "spare"}
CURED_ELSEWHERE = {"collapsed", "held up", "degenerate"}
LONGER = {"tol", "max_iter"}  # what is the same run, only longer
# It is said above the picture, before EM runs.
SAID_BEFORE = "reg_covar"


def show(settings: Settings) -> None:
    """What is true of the end of the run with these settings: the most important first, the rest below.

    Whether another start ends higher is looked for beside the page, once nothing was chosen for a moment.
    """
    drawn = count()

    def making(changes: Mapping[str, Any]) -> Callable[[], None]:
        longer = {"forks": settings.forks} if changes.keys() <= LONGER else {}
        return lambda: address.change(**changes, **longer)

    @st.fragment
    def told() -> None:
        if not seeing.may_see(settings):
            st.rerun()
        times = next(drawn)
        # The first picture comes first, and who changes the settings quickly needs none of this.
        search = times > 0 and fits.worth_another_start(settings)
        goes_on = fits.other_start(settings).goes_on(later.LEASE) if search else times == 0
        say(fits.ends(settings), making, why_link)
        if goes_on and fits.worth_another_start(settings) and not fits.other_start(settings).whole:
            later.again("em_later", times)

    told()


def say(
    ends: Iterable[End],
    making: Callable[[Mapping[str, Any]], Callable[[], None] | None],
    why: Callable[[], None] | None = None,
) -> None:
    """The ends of a run, and a button for what mends each.

    making : the changes of a remedy -> what makes them here; None where it cannot be done here. why : draws
    what leads to where a collapse is explained.
    """
    first, *rest = (one for one in ends if one.kind != SAID_BEFORE)
    if first.kind == "converged":
        st.caption(
            f":material/check: The end: **{evidence.literal(first.sentence)}** "
            f"{evidence.literal(first.evidence)}"
        )
    else:
        draw = st.info if first.kind in CALM else st.warning
        said = f"**{evidence.literal(first.sentence)}** {evidence.literal(first.evidence)}"
        draw(said, icon=ICONS.get(first.kind, ":material/report:"))
        with st.container(horizontal=True, vertical_alignment="center"):
            _mend(first, making)
            if why and first.kind in CURED_ELSEWHERE:
                why()
    for one in rest:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(evidence.literal(one.text))
            _mend(one, making)


def _mend(one: End, making: Callable[[Mapping[str, Any]], Callable[[], None] | None]) -> None:
    """The button that makes the changes of a remedy, and the run with them."""
    make = making(one.remedy.changes) if one.remedy else None
    if one.remedy and make:
        key, icon = f"mend {one.kind}", ":material/build:"
        if st.button(one.remedy.label, key=key, icon=icon, on_click=make):
            st.rerun()  # what was changed stands outside of this fragment


def why_link() -> None:
    """To the page about collapse; the experiment is the same there."""
    st.page_link("collapse.py", label="See why, and what cures it", icon=":material/troubleshoot:")
