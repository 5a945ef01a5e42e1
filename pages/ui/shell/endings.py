"""Under a run: what is true of its end, and the buttons that mend it."""

from __future__ import annotations

from itertools import count

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

    @st.fragment
    def told() -> None:
        if not seeing.may_see(settings):
            st.rerun()
        times = next(drawn)
        # The first picture comes first, and who changes the settings quickly needs none of this.
        search = times > 0 and fits.worth_another_start(settings)
        goes_on = fits.other_start(settings).goes_on(later.LEASE) if search else times == 0
        first, *rest = (one for one in fits.ends(settings) if one.kind != SAID_BEFORE)
        _first(settings, first)
        for one in rest:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(evidence.literal(one.text))
                _mend(settings, one)
        if goes_on and fits.worth_another_start(settings) and not fits.other_start(settings).whole:
            later.again("em_later", times)

    told()


def _first(settings: Settings, one: End) -> None:
    if one.kind == "converged":
        st.caption(f":material/check: **{evidence.literal(one.sentence)}** {evidence.literal(one.evidence)}")
        return
    say = st.info if one.kind in CALM else st.warning
    said = f"**{evidence.literal(one.sentence)}** {evidence.literal(one.evidence)}"
    say(said, icon=ICONS.get(one.kind, ":material/report:"))
    with st.container(horizontal=True, vertical_alignment="center"):
        _mend(settings, one)
        if one.kind in CURED_ELSEWHERE:
            why_link()


def _mend(settings: Settings, one: End) -> None:
    """The button that makes the changes of a remedy, and the run with them."""
    if one.remedy is None:
        return
    changes = dict(one.remedy.changes)
    if changes.keys() <= LONGER:
        changes["forks"] = settings.forks
    label, icon = one.remedy.label, ":material/build:"
    if st.button(label, on_click=lambda: address.change(**changes), key=f"mend {one.kind}", icon=icon):
        st.rerun()


def why_link() -> None:
    """To the page about collapse; the experiment is the same there."""
    st.page_link("collapse.py", label="See why, and what cures it", icon=":material/troubleshoot:")
