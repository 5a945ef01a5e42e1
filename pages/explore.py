"""Explore: choose data, a model and a start, and watch EM fit the one to the other."""

import streamlit as st

from gmm_core import Dataset, Trace
from pages.ui import cached, controls, numbers, player, session
from pages.ui.player.scene import Scene

settings = controls.sidebar(session.read_address())
session.keep(settings)

if session.problems():
    st.warning("\n\n".join(session.problems()), icon=":material/link_off:")

try:
    data = cached.dataset(settings)
    trace = cached.run(settings)
    scene = cached.scene(settings)
except ValueError as error:
    st.error(str(error), icon=":material/error:")
    st.info("Change the settings on the left; nothing is lost.", icon=":material/arrow_back:")
    st.stop()


@st.fragment
def watch(data: Dataset, trace: Trace, scene: Scene) -> None:
    """The player, and the numbers of the half-step it rests on; a step reruns only this."""
    first = player.At.read(session.first_half_step(), trace.n_iter)
    at = player.show(scene, first)
    session.keep_half_step("" if at == player.At() else str(at))

    step = trace.steps[at.iteration]
    # After an M-step the colours, and with them the counts, are still those of the step before.
    counts = trace.steps[at.iteration - (at.half == "M")].counts
    n = len(data.X)
    st.caption(
        f"**Iteration {at.iteration}, {at.half}-step** · log-likelihood of these parameters "
        f"{step.log_likelihood:.6f} per sample, {n * step.log_likelihood:,.4f} in total"
    )
    st.dataframe(numbers.coloured(numbers.parameters(step.mixture, counts, data.feature_names)))


watch(data, trace, scene)

st.caption(data.note)
for note in (trace.note, controls.sample_note(scene.shown, scene.total)):
    if note:
        st.caption(note)
