"""Debug: is my code wrong? Mistakes as switches beside correct EM, and numbers of one's own, judged."""

import streamlit as st

from pages.ui import player
from pages.ui.address import address
from pages.ui.debug import cached, controls, parts, paste, tables
from pages.ui.debug.settings import FIELDS, Program
from pages.ui.runs.data import dataset, repeated, row_numbers
from pages.ui.shell import notes, waiting
from pages.ui.shell.experiment import experiment

st.html(f"<style>{tables.STYLE}</style>")
st.title("Is my code wrong?")
page = experiment("debug", controls.OFFERS, FIELDS, controls=controls.draw, intro=controls.intro)
settings = page.settings
if address.own()["debug_part"] == "paste":
    paste.show(settings)
    st.stop()

asked = Program.of(address.own())
with page.or_say_why():
    data = cached.data(settings)
    if waiting.cancelled(
        cached.asked_for(settings), "This run was cancelled. Choose fewer rows or iterations"
    ):
        st.stop()
    with waiting.cancellable(cached.asked_for(settings)):
        shown = cached.beside(settings, asked)
with page.above:
    opening = notes.opening(len(shown.run.steps) - 1)
    parts.no_way(shown.correct)
names = row_numbers(settings)[repeated(settings).places]


@st.fragment
def watch() -> None:
    """The players, and the numbers of the half-step they rest on; a step reruns only this."""
    title = "Your code, without mistakes" if not asked.faults else "The code with mistakes"
    said = player.show(shown.scene, *opening, title=title)
    begins = "start" if shown.same_start else "means"  # variances to begin with may be among the mistakes
    player.follow(shown.correct_scene, key="correct", title=f"Correct EM, from the same {begins}")
    notes.keep_half_step(said)
    st.markdown(tables.outcome(shown.run, shown.correct))
    with st.container(key="em_readout"):
        parts.numbers(data, names, shown, said.at, exact=len(data.X) <= 100)
        address.keep_own(debug_row=address.value("debug_row"))


watch()
controls.told(settings)
parts.trace(asked, shown)
if asked.faults:
    st.markdown("## The lines of code")
parts.lines(asked.faults)
parts.whole(data, cached.start(settings, asked), asked)
st.markdown("## Try")
controls.examples()
parts.remarks(settings, data.X.shape[1], dataset(settings).X.shape[1])
page.close(
    data,
    drawn=(len(shown.scene.rows), shown.scene.total),
    ways=lambda: notes.in_explore("Watch EM on these data in Explore", settings),
)
