"""The comparison behind a verdict: what to begin with, and how far it is."""

from __future__ import annotations

import streamlit as st

from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement.selection import Comparison
from gmm_core.words import in_words
from pages.ui.address import address, memory
from pages.ui.address.settings import Settings
from pages.ui.check import cached
from pages.ui.look import evidence
from pages.ui.shell import notes, own_table, waiting

STOP = "stop the check"
TO_CHECK = {  # what the page that checks offers to begin with
    "own": "Check your own table",
    "blobs": "Try three blobs",
    "qa_series": "Try the Q&A series",
    "uniform_noise": "Try noise without groups",
}


def what_to_check(settings: Settings) -> None:
    """Say what made no sense in a link, and what the page does, and offer something to try."""
    notes.say(address.problems())
    st.markdown(
        "Bring a table, and set nothing: the page looks at its columns, fits one to ten Gaussians of "
        f"{in_words(len(FAMILIES))} families from several starts each, and says in plain words "
        "whether there are groups, how sure that is, and why."
    )
    with st.container(horizontal=True, key="em_try"):
        for name, label in TO_CHECK.items():
            if name != settings.data:
                icon = ":material/upload_file:" if name == "own" else None
                st.button(label, icon=icon, on_click=address.choose, args=("data", name), key=f"try_{name}")


def invite() -> None:
    """What stands in place of a verdict while there is no table: where one cannot be used, why not."""
    rejected = memory.recall("rejected")
    if rejected is None:
        own_table.invite()
    else:
        st.error(evidence.literal(rejected.message), icon=":material/error:")
        if rejected.columns is not None:
            st.subheader("What the data look like")
            st.html(evidence.table(rejected.columns) + evidence.plain(rejected.findings))


def compare(settings: Settings) -> Comparison:
    """Fit over k and family, showing how far it is; a button judges what there is so far."""
    waiting.grow(cached.fits(settings), STOP, settings.drawn_from)
    return cached.comparison(settings)


def offer_the_rest(settings: Settings, comparison: Comparison) -> None:
    """Where the comparison was stopped, go on with it."""
    if comparison.stopped:
        waiting.offer_the_rest(cached.fits(settings), STOP, "fit")
