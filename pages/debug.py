"""Debug: is my code wrong? Mistakes as switches beside correct EM, and numbers of one's own, judged."""

import streamlit as st

from pages.ui import player
from pages.ui.address import address, presets
from pages.ui.debug import cached, controls, parts, paste, tables
from pages.ui.debug.settings import FIELDS, Program
from pages.ui.look import evidence
from pages.ui.runs.data import dataset, row_numbers
from pages.ui.shell import notes, own_table, sidebar, waiting

st.html(f"<style>{evidence.STYLE}{tables.STYLE}</style>")
SMALLER = "Choose fewer rows or iterations"
ASKS = "**Is my code wrong?** Choose the data and k; the code has diagonal covariances."
settings = sidebar.sidebar(
    address.read_address("debug", FIELDS, example=presets.MISTAKES),
    ASKS,
    model=("n_components",),
    start=False,
    view=False,
)
address.keep(settings)
address.keep_own(**controls.sidebar())
st.title("Is my code wrong?")
st.caption(
    "EM obeys laws: rows of responsibilities sum to 1, weights sum to 1, the log-likelihood never falls. A "
    "mistake breaks one of them, or prints what is not true."
)
part = controls.part()
address.keep_own(debug_part=part)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()

if part == "paste":
    st.markdown(
        "**Try first.** Press *The published answer*: the means and variances that a well-known answer "
        "printed are **exactly** those of code with two mistakes."
    )
    text = paste.ask()
    address.keep_own(debug_kind=address.value("debug_kind"))
    with notes.or_say_why(settings):
        data = dataset(settings)
        paste.answer(text, settings, address.own())
    notes.say(address.problems())
    st.caption(evidence.literal(data.note))
    st.stop()

st.markdown(
    "**Try first.** With all three mistakes of the question on, press play: the log-likelihood falls from "
    "−171.58 to −354.97, and every weight becomes 1/50. Then switch all off: the curve never falls."
)
controls.switches()
chosen = address.own()
asked = Program.of(chosen)
above = st.container()  # for what comes and goes: the players must keep their place
with notes.or_say_why(settings), above:
    data = cached.data(settings)
    if waiting.cancelled(
        cached.asked_for(settings), "This run was cancelled. Choose fewer rows or iterations"
    ):
        st.stop()
    with waiting.cancellable(cached.asked_for(settings)):
        shown = cached.beside(settings, asked)
at, showing = address.first_half_step()
first, lost = player.At.read(at, len(shown.run.steps) - 1)
with above:
    notes.say((*address.problems(), lost))
    st.markdown(tables.outcome(shown.run, shown.correct))
    controls.told(settings)
    parts.no_way(shown.correct)
names = row_numbers(settings)


@st.fragment
def watch() -> None:
    """The players, and the numbers of the half-step they rest on; a step reruns only this."""
    title = "Your code, without mistakes" if not asked.faults else "The code with mistakes"
    said = player.show(shown.scene, first, showing, title=title)
    player.follow(shown.correct_scene, key="correct", title="Correct EM, from the same start")
    address.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        parts.numbers(data, names, shown, said.at, exact=len(data.X) <= 100)
        address.keep_own(debug_row=address.value("debug_row"))


watch()
parts.trace(asked, shown)
if asked.faults:
    st.markdown("##### The lines of code")
parts.lines(asked.faults)
parts.whole(data, cached.start(settings, asked), asked)
st.markdown("##### Try")
controls.examples()
parts.notes(settings, data.X.shape[1], dataset(settings).X.shape[1])
notes.edit_note(settings)
st.page_link(
    "explore.py",
    label="Watch EM on these data in Explore",
    icon=":material/play_circle:",
    query_params=settings.to_query(),
)
st.caption(evidence.literal(data.note))
notes.own_table_note(settings)
st.caption(notes.sample_note(len(shown.scene.rows), shown.scene.total))
