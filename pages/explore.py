"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

import streamlit as st

from gmm_core.engine.covariance import letters
from pages.ui import player
from pages.ui.address import address, hand, told
from pages.ui.address.kinds import BEYOND
from pages.ui.explore import readout, rival, sklearn_tab
from pages.ui.explore.settings import FIELDS
from pages.ui.look import evidence
from pages.ui.player.sight import sight_of
from pages.ui.runs import fits, scenes
from pages.ui.shell import all_rows, endings, notes, seeing, waiting, ways_back
from pages.ui.shell.experiment import experiment
from pages.ui.shell.sidebar import Offers

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title("How does EM find groups?", width="content")
    st.caption("Press play: colours and ellipses take turns.", width="content")
page = experiment("explore", Offers(sure=True, gaps=True, beyond=BEYOND), FIELDS)
with page.fitted() as (settings, data, trace, colours):
    beside = rival.find(settings, colours)
    scene = scenes.scene(settings, colours)
    sklearn_tab.wait(settings)
with page.above:
    ways_back.lesson()
    opening = notes.opening(trace.n_iter)
    sight = sight_of(address.sight(), scene, data.labels is not None, settings.space and data.X.shape[1] == 3)
    notes.say(sight.problems)
refused = hand.refused()
together = told.all_or_none(settings.covariance_type, settings.n_components)
handles = player.Handles(letters(trace.mixture.covariance_type), together)


@st.fragment
@waiting.bar()
def watch() -> None:
    """The player, and the numbers of the half-step it rests on; a step reruns only this."""
    if not seeing.may_see(settings):
        st.rerun()  # the page reads it again, or says it
    said = player.show(scene, *opening, sight=sight.shown, title=beside.title, handles=handles)
    if beside.shown:
        player.follow(beside.shown.scene, key="em_beside", title=beside.shown.titles[1])
    rival.note(beside, settings, trace, said.at)
    if hand.is_past(settings, refused):  # the table below was edited
        st.rerun()
    notes.heed(said)
    with st.container(key="em_readout"):
        readout.show(said, settings, data, trace, colours)


def ways() -> None:
    """What to try with these data, and where else to look at them."""
    if data.is_series:
        notes.shuffle_note(settings)
    notes.laboratory(settings)
    if settings == settings.plain:  # it takes Gaussians alone
        query = settings.to_query() | {"part": "numbers"}
        label = "Use this mixture: groups as numbers, and more"
        st.page_link("predict.py", label=label, icon=":material/straighten:", query_params=query)


watch()
for note in (fits.lost_by_hand(settings), scenes.why_unsure(settings), scenes.note_of_gaps(settings)):
    if note:
        st.caption(evidence.literal(note))
if scene.parted:
    st.info(scene.parted, icon=":material/call_split:")
endings.show(settings)
all_rows.show(settings, trace.mixture, data.feature_names, len(data.X))
page.close(data, trace, (len(scene.rows), scene.total), ways)
