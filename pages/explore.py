"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

import streamlit as st

from gmm_core import Dataset, Trace
from pages.ui import cached, controls, numbers, player, session
from pages.ui.player.scene import Scene

settings = controls.sidebar(session.read_address())
try:
    settings = cached.with_means(settings)
    session.keep(settings)
    data = cached.dataset(settings)
    trace = cached.run(settings)
    colours = cached.colours(settings, session.colours())
    scene = cached.scene(settings, colours)
except ValueError as error:
    session.keep(settings)
    st.error(str(error), icon=":material/error:")
    controls.fork_note(settings)
    st.info("Change the settings on the left; nothing is lost.", icon=":material/arrow_back:")
    st.stop()
session.keep_colours(settings, colours)

if session.problems():
    st.warning("\n\n".join(session.problems()), icon=":material/link_off:")


@st.fragment
def watch(data: Dataset, trace: Trace, scene: Scene, colours: tuple[int, ...]) -> None:
    """The player, and the numbers of the half-step it rests on; a step reruns only this."""
    said = player.show(scene, player.At.read(session.first_half_step(), trace.n_iter))
    if said.means:
        session.place(said.means)
        st.rerun()
    if said.fork:
        session.fork(said.fork)
        st.rerun()
    session.keep_half_step("" if said.at == player.At() else str(said.at))
    numbers_of(said, data, trace, colours)


def numbers_of(said: player.Answer, data: Dataset, trace: Trace, colours: tuple[int, ...]) -> None:
    """Tabs with the numbers of the half-step that is shown."""
    at = said.at
    step = trace.steps[at.iteration]
    # After an M-step the colours, and with them the counts, are still those of the step before.
    claimed = trace.steps[at.iteration - (at.half == "M")]
    st.caption(
        f"**Iteration {at.iteration}, {at.half}-step** · log-likelihood of these parameters "
        f"{step.log_likelihood:.6f} per sample, {len(data.X) * step.log_likelihood:,.4f} in total"
    )
    table = numbers.parameters(step.mixture, claimed.counts, data.feature_names)
    st.dataframe(numbers.coloured(table, colours))


watch(data, trace, scene, colours)

controls.fork_note(settings)
if data.is_series:
    controls.shuffle_note(settings)
st.caption(data.note)
for note in (trace.note, controls.sample_note(len(scene.rows), scene.total)):
    if note:
        st.caption(note)
