"""Faster: why is EM so slow? Every way up the same hill from one start, and what decides EM's rate."""

import streamlit as st

from pages.ui import player
from pages.ui.address import address
from pages.ui.faster import cached, controls, parts
from pages.ui.faster.settings import FIELDS, LABELS, Ascent
from pages.ui.shell import notes, seeing, waiting
from pages.ui.shell.experiment import experiment

st.title("Why is EM so slow?")
st.caption(controls.TRY_FIRST)
page = experiment("faster", controls.OFFERS, FIELDS, controls=controls.draw)
with page.fitted() as (settings, data, trace, colours):
    asked, way = Ascent.of(settings, address.own()), address.own()["faster_way"]
    if waiting.cancelled(
        asked, "This comparison was cancelled. Choose fewer rows or iterations in the settings"
    ):
        st.stop()
    with waiting.cancellable(asked):
        ran = cached.compared(asked)
    way = way if way in ran.found.climbs else "em"  # the page says why
    em, other = cached.scenes(asked, way, colours)
with page.above:
    opening = notes.opening(cached.first_of(ran.traces["em"]).n_iter)
    parts.headline(ran)
    parts.refused(ran)
parts.curves(ran, way)
parts.rate(ran, settings)
st.header("To the same likelihood")
parts.table(ran, settings, data.n_counted)


@st.fragment
def watch() -> None:
    """EM, and the way beside it, half-step by half-step; a step reruns only this."""
    if not seeing.may_see(settings):
        st.rerun()
    said = player.show(em, *opening, title=LABELS["em"])
    if way != "em":
        player.follow(other, key="faster_beside", title=LABELS[way])
    notes.keep_half_step(said)


st.header("EM" if way == "em" else f"EM beside {LABELS[way]}")
watch()
if way != "em":
    st.header("Where the paths part")
    parts.paths(ran, data, settings, way)
notes.offer(controls.EXAMPLES, "More to try")
page.close(
    data,
    drawn=(len(em.rows), em.total),
    ways=lambda: notes.in_explore("Watch EM on these data in Explore", settings),
)
