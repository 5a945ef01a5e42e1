"""Collapse: one component falls on one point, and the likelihood has no limit. Why, and what cures it?"""

import streamlit as st

from pages.ui import player
from pages.ui.address import address, memory, presets
from pages.ui.collapse import cached, parts
from pages.ui.collapse.settings import FIELDS
from pages.ui.look import evidence
from pages.ui.runs import brought, scenes
from pages.ui.shell import notes, own_table, sidebar, waiting

st.html(f"<style>{evidence.STYLE}{parts.STYLE}</style>")
ASKS = "**What makes EM fail?** Cause the trouble here, see it, and cure it."
settings = sidebar.sidebar(
    address.read_address("collapse", FIELDS, example=presets.TROUBLE), ASKS, rival=False
)
address.keep(settings)
st.title("Why is the matrix singular?")
parts.intro(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
above = st.container()  # for what comes and goes: the player must keep its place
with notes.or_say_why(settings), above:
    settings, data, trace, worn = notes.fitted(settings)
    scene = scenes.scene(settings, worn.colours)
    found = cached.opened(settings)
memory.keep("worn", worn)
names = parts.pick(settings)
with above:
    beside = parts.compared(settings, found)
    tries = parts.tried(settings, names)
best = beside.honest and len(data.X) * beside.honest.log_likelihood

asked, showing = address.first_half_step()
first, lost = player.At.read(asked, trace.n_iter)
with above:
    notes.say((*address.problems(), lost))


@st.fragment
@waiting.bar()
def watch() -> None:
    """The trouble, the cures in step with it, and the autopsy; a step reruns only this."""
    if brought.is_gone(settings):
        st.rerun()
    with st.container():
        said = player.show(scene, first, showing, title="The trouble" if tries else "")
        st.markdown(parts.trouble(found, trace, best))
    parts.follow(settings, tries, worn.colours, best)
    notes.heed(said)
    address.keep_half_step("" if said.at == player.At() else str(said.at))
    st.caption(parts.honest_note(beside.honest, len(data.X), settings.n_components))
    with st.container(key="em_readout"):
        parts.dissect(settings, data, trace, worn.colours, said.at.iteration, beside)


watch()

st.subheader("Other ways to collapse")
notes.offer(presets.TROUBLES)
notes.scaling_note(settings)
notes.fork_note(settings)
notes.edit_note(settings)
st.page_link(
    "explore.py",
    label="Look at this run in Explore",
    icon=":material/play_circle:",
    query_params=settings.to_query(),
)
st.caption(evidence.literal(data.note))
notes.own_table_note(settings)
for note in (trace.note, notes.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
