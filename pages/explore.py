"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

import streamlit as st

from pages.ui import cached, controls, evidence, own_table, player, readout, session, sklearn_tab

ASKS = "**How does EM find groups?** Press play: colours and ellipses take turns."
settings = controls.sidebar(session.read_address("explore"), ASKS)
session.keep(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
above = st.container()  # for what comes and goes: the player must keep its place, or it would be made anew
with controls.or_say_why(settings), above:
    settings, data, trace, worn = controls.fitted(settings)
    scene = cached.scene(settings, worn.colours)
    rival = cached.kmeans_scene(settings, worn.colours) if settings.kmeans else None
    sklearn_tab.wait(settings)
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
    said = player.show(scene, first, showing, title="EM" if rival else "")
    if rival:
        player.follow(rival, key="k-means", title="k-means, from the same means")
        controls.rival_note(data.X.shape[1], cached.rows_right(settings))
    if session.is_past(settings, refused):  # the table below was edited
        st.rerun()
    controls.heed(said)
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        readout.show(said, settings, data, trace, worn.colours)


watch()

if scene.parted:
    st.info(scene.parted, icon=":material/call_split:")
controls.run_notes(settings, trace)
if data.is_series:
    controls.shuffle_note(settings)
controls.laboratory(settings)
st.caption(evidence.literal(data.note))
controls.own_table_note(settings)
for note in (trace.note, controls.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
