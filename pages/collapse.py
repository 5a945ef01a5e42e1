"""Collapse: one component falls on one point, and the likelihood has no limit. Why, and what cures it?"""

import streamlit as st

from pages.ui import cached, collapse_parts, controls, evidence, own_table, player, presets, session
from pages.ui.cached import collapse
from pages.ui.collapse_settings import FIELDS

st.html(f"<style>{evidence.STYLE}{collapse_parts.STYLE}</style>")
ASKS = "**What makes EM fail?** Cause the trouble here, see it, and cure it."
settings = controls.sidebar(
    session.read_address("collapse", FIELDS, example=presets.TROUBLE), ASKS, rival=False
)
session.keep(settings)
st.title("Why is the matrix singular?")
collapse_parts.intro(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
above = st.container()  # for what comes and goes: the player must keep its place
with controls.or_say_why(settings), above:
    settings, data, trace, worn = controls.fitted(settings)
    scene = cached.scene(settings, worn.colours)
    found = collapse.opened(settings)
session.keep_worn(worn)
names = collapse_parts.pick(settings)
with above:
    beside = collapse_parts.compared(settings, found)
    tries = collapse_parts.tried(settings, names)
best = beside.honest and len(data.X) * beside.honest.log_likelihood

asked, showing = session.first_half_step()
first, lost = player.At.read(asked, trace.n_iter)
with above:
    controls.say((*session.problems(), lost))


@st.fragment
def watch() -> None:
    """The trouble, the cures in step with it, and the autopsy; a step reruns only this."""
    if cached.is_gone(settings):
        st.rerun()
    with st.container():
        said = player.show(scene, first, showing, title="The trouble" if tries else "")
        st.markdown(collapse_parts.trouble(found, trace, best))
    collapse_parts.follow(settings, tries, worn.colours, best)
    controls.heed(said)
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    st.caption(collapse_parts.honest_note(beside.honest, len(data.X), settings.n_components))
    with st.container(key="em_readout"):
        collapse_parts.dissect(settings, data, trace, worn.colours, said.at.iteration, beside)


watch()

st.subheader("Other ways to collapse")
controls.offer(presets.TROUBLES)
controls.scaling_note(settings)
controls.fork_note(settings)
controls.edit_note(settings)
st.page_link(
    "explore.py",
    label="Look at this run in Explore",
    icon=":material/play_circle:",
    query_params=settings.to_query(),
)
st.caption(evidence.literal(data.note))
controls.own_table_note(settings)
for note in (trace.note, controls.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
