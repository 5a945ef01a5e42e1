"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

from functools import partial

import streamlit as st

from pages.ui import player
from pages.ui.address import address, hand, memory
from pages.ui.explore import readout, sklearn_tab
from pages.ui.explore.rival import rival_note
from pages.ui.look import evidence
from pages.ui.runs import brought, fits, scenes
from pages.ui.shell import notes, own_table, sidebar, waiting

ASKS = "**How does EM find groups?** Press play: colours and ellipses take turns."
settings = sidebar.sidebar(address.read_address("explore"), ASKS)
address.keep(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()
above = st.container()  # for what comes and goes: the player must keep its place, or it would be made anew
with notes.or_say_why(settings), above:
    settings, data, trace, worn = notes.fitted(settings)
    scene = scenes.scene(settings, worn.colours)
    with waiting.bar(partial(address.choose, "kmeans", False)):
        rival = scenes.kmeans_scene(settings, worn.colours) if settings.kmeans else None
    sklearn_tab.wait(settings)
memory.keep("worn", worn)

asked, showing = address.first_half_step()
first, lost = player.At.read(asked, trace.n_iter)
with above:
    notes.say((*address.problems(), lost))
refused = hand.refused()


@st.fragment
@waiting.bar()
def watch() -> None:
    """The player, and the numbers of the half-step it rests on; a step reruns only this."""
    if brought.is_gone(settings):
        st.rerun()  # the page reads it again, or says it
    said = player.show(scene, first, showing, title="EM" if rival else "")
    if rival:
        player.follow(rival, key="k-means", title="k-means, from the same means")
        rival_note(data.X.shape[1], fits.rows_right(settings))
    if hand.is_past(settings, refused):  # the table below was edited
        st.rerun()
    notes.heed(said)
    address.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        readout.show(said, settings, data, trace, worn.colours)


watch()

if scene.parted:
    st.info(scene.parted, icon=":material/call_split:")
notes.run_notes(settings, trace)
if data.is_series:
    notes.shuffle_note(settings)
notes.laboratory(settings)
st.caption(evidence.literal(data.note))
notes.own_table_note(settings)
for note in (trace.note, notes.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
