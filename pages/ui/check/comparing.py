"""The comparison behind a verdict: what to begin with, and how far it is."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import selection
from gmm_core.words import count, in_words
from pages.ui.address import address, wishes

TO_CHECK = {  # what the page that checks offers to begin with
    "own": "Check your own table",
    "blobs": "Try three blobs",
    "qa_series": "Try the Q&A series",
    "uniform_noise": "Try noise without groups",
}


def what_to_check(data: str) -> None:
    """Say what the page does, and offer something to try."""
    st.markdown(
        "Bring a table, and set nothing: the page looks at its columns, fits one to ten Gaussians of "
        f"{in_words(len(FAMILIES))} families from several starts each, and says in plain words "
        "whether there are groups, how sure that is, and why."
    )
    with st.container(horizontal=True, key="em_try"):
        for name, label in TO_CHECK.items():
            if name != data:
                icon = ":material/upload_file:" if name == "own" else None
                st.button(label, icon=icon, on_click=address.choose, args=("data", name), key=f"try_{name}")


def compare(X: NDArray[np.float64], name: str) -> selection.Comparison:
    """Fit over k and family, showing how far it is; a button judges what there is so far."""
    work, plan = wishes.work_on(name), selection.planned(X)
    found = work.setdefault("fits", [])  # also those of a comparison that was stopped, or left
    if len(found) < len(plan) and not work.get("stopped"):
        place = st.empty()
        with place.container():
            bar = st.progress(0.0)
            st.button("Stop, and judge what there is", on_click=work.update, kwargs={"stopped": True})
        running = selection.fits(X, after=tuple(found))
        while len(found) < len(plan):
            k, family = plan[len(found)]
            text = f"Fit {len(found) + 1} of {len(plan)}: {count(k, 'component')}, {family} …"
            bar.progress(len(found) / len(plan), text)
            found.append(next(running))
        place.empty()
    return selection.compare(X, found, plan)


def offer_the_rest(comparison: selection.Comparison, name: str) -> None:
    """Where a comparison was stopped, go on with it."""
    if comparison.stopped:
        left = len(comparison.plan) - len(comparison.fits)
        label = f"Compare the rest: {count(left, 'fit')}"
        more = {"stopped": False}
        st.button(label, icon=":material/play_arrow:", on_click=wishes.work_on(name).update, kwargs=more)
