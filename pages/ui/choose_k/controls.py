"""The widgets of "Choose k": what the map has, which criterion is shown, and what there is to try."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gmm_core.engine.floor import RELATIVE_REG_COVAR
from gmm_core.judgement import selection
from pages.ui.address import address, presets
from pages.ui.address.settings import Settings
from pages.ui.choose_k.settings import ALL
from pages.ui.shell import notes, widgets
from pages.ui.shell.sidebar import Offers

OFFERS = Offers(model=(), start=False, view=False, beyond=("components",))
TRY_FIRST = (
    "**Try first.** For four blobs, of which two overlap, BIC chooses 4 components, AIC 5 and ICL 3: press "
    "*AIC*, and see that the starts decide its choice; press *Merge components*, and the two that overlap "
    "become one cluster."
)
EXAMPLES: dict[str, Settings] = {
    "Four blobs, two overlap": presets.CHOICE,
    "Two moons": Settings.opened("moons"),
    "One skewed cloud": Settings.opened("skewed"),
    "Noise without groups": Settings.opened("uniform_noise"),
    "13 equal values": Settings.opened("qa_series"),
}
SHOWN = {"choice_by": "bic", "choice_families": ALL, "choice_clusters": 0, "choice_test_k": 0}
WITH: dict[str, dict[str, Any]] = {
    "Four blobs, two overlap": SHOWN,
    "Two moons": SHOWN | {"choice_part": "merge", "choice_clusters": 2},
    "One skewed cloud": SHOWN | {"choice_families": "full", "choice_by": "icl", "choice_part": "merge"},
    "Noise without groups": SHOWN | {"choice_by": "icl"},
    "13 equal values": SHOWN,
}


def draw(_: Settings) -> dict[str, Any]:
    """The widgets of the map; what is chosen for it now."""
    with st.sidebar:
        st.header("Map")
        with st.container(horizontal=True):
            most = widgets.number("choice_most", width=112)
            starts = widgets.number("choice_starts", width=112)
        family = widgets.select("choice_families")
        with st.expander("How it is fitted"):
            seed = widgets.number("choice_seed")
            st.caption(
                "Every start is a partition of the rows, found on standardised and on whitened data, so that "
                "units decide nothing: a scaling is not asked for. EM runs in the data's own units, and adds "
                f"to every variance {RELATIVE_REG_COVAR:g} of the smallest variance of a feature. "
                f"Of more than {selection.MOST_ROWS:,} rows, a random sample of so many is used."
            )
    return {"choice_most": most, "choice_starts": starts, "choice_families": family, "choice_seed": seed}


def offer() -> None:
    """Data to try, each with the part of the page that shows something there."""
    notes.offer(EXAMPLES, "Data to try:", WITH)


def criterion() -> str:
    """Whose map is shown."""
    chosen = widgets.pills("choice_by")
    address.keep_own(choice_by=chosen)
    return chosen


def part() -> str:
    """What is looked at below the map; the rest is neither computed nor sent."""
    chosen = widgets.pills("choice_part")
    address.keep_own(choice_part=chosen)
    return chosen
