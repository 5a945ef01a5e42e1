"""The parts of the page that checks a dataset."""

from __future__ import annotations

import streamlit as st

from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.selection import Comparison
from gmm_core.words import in_words
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.check import cached
from pages.ui.shell import waiting

STOP = "stop the check"
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


def compare(settings: Settings) -> Comparison:
    """Fit over k and family, showing how far it is; a button judges what there is so far."""
    waiting.grow(cached.fits(settings), STOP, settings.drawn_from)
    return cached.comparison(settings)


def offer_the_rest(settings: Settings, comparison: Comparison) -> None:
    """Where the comparison was stopped, go on with it."""
    if comparison.stopped:
        waiting.offer_the_rest(cached.fits(settings), STOP, "fit")
