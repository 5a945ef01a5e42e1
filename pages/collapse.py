"""Collapse: one component falls on one point, and the likelihood has no limit. Why, and what cures it?"""

from dataclasses import replace

import streamlit as st

from pages.ui import player
from pages.ui.address import presets
from pages.ui.collapse import cached, parts
from pages.ui.collapse.settings import FIELDS
from pages.ui.runs import fits, scenes
from pages.ui.runs.data import repeated
from pages.ui.shell import notes, seeing, waiting
from pages.ui.shell.experiment import experiment
from pages.ui.shell.sidebar import Offers

st.html(f"<style>{parts.STYLE}</style>")
st.title("Why is the matrix singular?")
page = experiment("collapse", Offers(rival=False), FIELDS, intro=parts.intro)
with page.fitted() as (settings, data, trace, colours):
    data = repeated(settings).data  # what is dissected are rows that count once each
    scene = scenes.scene(replace(settings, beside=""), colours)
    found, (end, *_) = cached.opened(settings), fits.ends(settings)
names = parts.pick(settings)
with page.above:
    beside = parts.compared(settings, found)
    tries = parts.tried(settings, names)
    opening = notes.opening(trace.n_iter)
best = beside.honest and len(data.X) * beside.honest.log_likelihood


@st.fragment
@waiting.bar()
def watch() -> None:
    """The trouble, the cures in step with it, and the autopsy; a step reruns only this."""
    if not seeing.may_see(settings):
        st.rerun()
    with st.container():
        said = player.show(scene, *opening, title="The trouble" if tries else "")
        st.markdown(parts.trouble(found, trace, best, end))
    parts.follow(settings, tries, colours, best)
    notes.heed(said)
    st.caption(parts.honest_note(beside.honest, len(data.X), settings.n_components))
    with st.container(key="em_readout"):
        parts.dissect(settings, data, trace, colours, said.at.iteration, beside)


watch()
st.header("Other ways to collapse")
notes.offer(presets.TROUBLES)
page.close(
    data,
    trace,
    (len(scene.rows), scene.total),
    lambda: notes.in_explore("Look at this run in Explore", settings),
)
