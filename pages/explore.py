"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

import streamlit as st

from gmm_core import StopReason
from pages.ui import cached, controls, evidence, own_table, player, readout, session

settings = controls.sidebar(session.read_address("explore"))
session.keep(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
above = st.container()  # for what comes and goes: the player must keep its place, or it would be made anew
try:
    with above:
        settings, said = cached.with_means(settings)
        session.complete(settings, said)
        controls.stop_if_waiting(settings)
        data = cached.dataset(settings)
        trace = cached.run(settings)
        worn = cached.worn(settings, session.worn())
        scene = cached.scene(settings, worn.colours)
except ValueError as error:
    st.error(evidence.literal(str(error)), icon=":material/error:")
    controls.say(session.problems())
    controls.fork_note(settings)
    controls.edit_note(settings)
    st.info("Change the settings on the left; nothing is lost.", icon=":material/arrow_back:")
    if settings.data == "own" and not cached.is_gone(settings):
        own_table.findings(settings.table)
    st.stop()
session.keep_worn(worn)

asked, showing = session.first_half_step()
first, lost = player.At.read(asked, trace.n_iter)
with above:
    controls.say((*session.problems(), lost))
refused = session.refused()


@st.fragment
def watch() -> None:
    """The player, and the numbers of the half-step it rests on; a step reruns only this."""
    if cached.is_gone(settings):
        st.rerun()  # the page reads it again, or says it
    said = player.show(scene, first, showing)
    if session.is_past(settings, refused):  # the table below was edited
        st.rerun()
    if said.means:
        session.place(said.means)
        st.rerun()
    if said.fork:
        session.fork(said.fork)
        st.rerun()
    if session.edit_in_picture(said.editor, said.edits):
        st.rerun()
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        readout.show(said, settings, data, trace, worn.colours)


watch()

if scene.parted:
    st.info(scene.parted, icon=":material/call_split:")
if trace.stop is StopReason.COLLAPSED:
    st.warning(trace.stop.message, icon=":material/compress:")
controls.health_note(cached.scaled_run(settings), settings.reg_covar)
controls.scaling_note(settings)
controls.fork_note(settings)
controls.edit_note(settings)
if data.is_series:
    controls.shuffle_note(settings)
st.caption(evidence.literal(data.note))
if settings.data == "own":
    own_table.findings(settings.table)
    st.caption(
        "The link holds these settings, but not your data. Until some hours after the last use, this server "
        "shows the table to whoever has the link."
    )
for note in (trace.note, controls.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
