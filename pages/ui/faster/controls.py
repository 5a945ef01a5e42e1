"""The sidebar of the page of ways up, and what to try there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from gmm_core.engine.ways.table import WAYS
from gmm_core.words import capital
from pages.ui.address import presets
from pages.ui.address.settings import Settings
from pages.ui.faster.settings import option_name
from pages.ui.shell import widgets
from pages.ui.shell.sidebar import Offers

OFFERS = Offers(model=("n_components", "covariance_type", "scaling", "reg_covar"), view=False, rival=False)
TRY_FIRST = (
    "Where groups overlap, each iteration of EM gets only a little nearer to its end. **Try first:** see how "
    "far down the line of accelerated EM falls while that of EM has hardly begun; then choose another way in "
    "the settings, and play it beside EM."
)
TOL_HELP = (
    "A way ends when an iteration changes what it climbs by less, in mean per row. It is far smaller than in "
    "Explore: most iterations of EM are spent on the last digits."
)
EXAMPLES = {
    "Three that overlap": presets.SLOW,
    "Ninety values": Settings.opened("notebook_1d", init="kmeans", random_state=0),
    "Unequal sizes": Settings.opened("unequal_sizes", init="kmeans", random_state=0),
    "Three blobs, apart": Settings.opened("blobs", cluster_std=0.8, init="kmeans", random_state=0),
}


def draw(settings: Settings) -> dict[str, Any]:
    """The widgets of the ways up; what is chosen now of them."""
    with st.sidebar:
        st.header("Ways up")
        chosen: dict[str, Any] = {"faster_way": widgets.select("faster_way")}
        way = WAYS[chosen["faster_way"]]
        st.caption(f"{capital(way.label)}: {way.looks} ({way.source}).")
        for option in way.options:
            own = option_name(way.name, option)
            chosen[own] = widgets.number(own, help=option.help or None)
        with st.expander("Stopping"):
            chosen["faster_tol"] = widgets.decades("faster_tol", TOL_HELP, -12, -3)
            chosen["faster_iters"] = widgets.number("faster_iters", step=500)
    return chosen
