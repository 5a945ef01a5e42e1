"""Debug: is my code wrong? Mistakes as switches beside correct EM, and numbers of one's own, judged."""

import streamlit as st

from pages.ui import (
    cached,
    controls,
    debug_controls,
    debug_parts,
    debug_paste,
    debug_tables,
    evidence,
    own_table,
    player,
    presets,
    session,
)
from pages.ui.cached import debug
from pages.ui.debug_settings import FIELDS, Program

st.html(f"<style>{evidence.STYLE}{debug_tables.STYLE}</style>")
SMALLER = "Choose fewer rows or iterations"
ASKS = "**Is my code wrong?** Choose the data and k; the code has diagonal covariances."
settings = controls.sidebar(
    session.read_address("debug", FIELDS, example=presets.MISTAKES),
    ASKS,
    model=("n_components",),
    start=False,
    view=False,
)
session.keep(settings)
session.keep_own(**debug_controls.sidebar())
st.title("Is my code wrong?")
st.caption(
    "EM obeys laws: rows of responsibilities sum to 1, weights sum to 1, the log-likelihood never falls. A "
    "mistake breaks one of them, or prints what is not true."
)
part = debug_controls.part()
session.keep_own(debug_part=part)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()

if part == "paste":
    st.markdown(
        "**Try first.** Press *The published answer*: the means and variances that a well-known answer "
        "printed are **exactly** those of code with two mistakes."
    )
    text = debug_paste.ask()
    session.keep_own(debug_kind=session.value("debug_kind"))
    with controls.or_say_why(settings):
        data = cached.dataset(settings)
        debug_paste.answer(text, settings, session.own())
    controls.say(session.problems())
    st.caption(evidence.literal(data.note))
    st.stop()

st.markdown(
    "**Try first.** With all three mistakes of the question on, press play: the log-likelihood falls from "
    "−171.58 to −354.97, and every weight becomes 1/50. Then switch all off: the curve never falls."
)
debug_controls.switches()
chosen = session.own()
asked = Program.of(chosen)
above = st.container()  # for what comes and goes: the players must keep their place
with controls.or_say_why(settings), above:
    data = debug.data(settings)
    if controls.cancelled(
        debug.asked_for(settings), "This run was cancelled. Choose fewer rows or iterations"
    ):
        st.stop()
    shown = debug.beside(settings, asked)
at, showing = session.first_half_step()
first, lost = player.At.read(at, len(shown.run.steps) - 1)
with above:
    controls.say((*session.problems(), lost))
    st.markdown(debug_tables.outcome(shown.run, shown.correct))
    debug_controls.told(settings)
    debug_parts.no_way(shown.correct)
names = cached.row_numbers(settings)


@st.fragment
def watch() -> None:
    """The players, and the numbers of the half-step they rest on; a step reruns only this."""
    title = "Your code, without mistakes" if not asked.faults else "The code with mistakes"
    said = player.show(shown.scene, first, showing, title=title)
    player.follow(shown.correct_scene, key="correct", title="Correct EM, from the same start")
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    with st.container(key="em_readout"):
        debug_parts.numbers(data, names, shown, said.at, exact=len(data.X) <= 100)
        session.keep_own(debug_row=session.value("debug_row"))


watch()
debug_parts.trace(asked, shown)
if asked.faults:
    st.markdown("##### The lines of code")
debug_parts.lines(asked.faults)
debug_parts.whole(data, debug.start(settings, asked), asked)
st.markdown("##### Try")
debug_controls.examples()
debug_parts.notes(settings, data.X.shape[1], cached.dataset(settings).X.shape[1])
controls.edit_note(settings)
st.page_link(
    "explore.py",
    label="Watch EM on these data in Explore",
    icon=":material/play_circle:",
    query_params=settings.to_query(),
)
st.caption(evidence.literal(data.note))
controls.own_table_note(settings)
st.caption(controls.sample_note(len(shown.scene.rows), shown.scene.total))
