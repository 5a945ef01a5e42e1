"""The sidebar of the page of starts, and what to try there first."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.ui.address import address, presets
from pages.ui.address.settings import Settings
from pages.ui.shell import widgets
from pages.ui.shell.sidebar import START_HELP, Offers
from pages.ui.starts.settings import LABELS, read_inits

OFFERS = Offers(
    model=("n_components", "covariance_type", "scaling", "reg_covar"),
    start=False,
    view=False,
)
RACERS = "starts_racers"
TRY_FIRST = (
    "EM only climbs, so where it begins decides which top it reaches; a curve's colour says which. **Try "
    "first:** watch the race on the Q&A series. Its four highest ends are traps, one component on few equal "
    "values. Set reg_covar to 0.01, and the highest is -106.229, which 74 of 100 starts reach."
)
TOL_HELP = (
    "A run ends when the mean log-likelihood changes by less in one iteration. It is far smaller than in "
    "Explore: runs that are stopped early end anywhere, and look like different answers."
)
EXAMPLES = {
    "The Q&A series": presets.STARTS,
    "The same, reg_covar 0.01": presets.STARTS.changed(reg_covar=0.01),
    "Five blobs": Settings.opened("tutorial_1000"),
    "A tiny group": Settings.opened("tiny_cluster"),
    "Tilted groups": Settings.opened("anisotropic"),
}
NO_RUN = {name: {"starts_run": 0} for name in EXAMPLES}  # the one looked at was of another race


def draw(settings: Settings) -> dict[str, Any]:
    """The widgets of the race of this experiment; what is chosen now of the race."""
    with st.sidebar:
        st.header("Race")
        address.hold(RACERS, list(read_inits(address.own()["starts_inits"])))
        st.pills(
            "Initialisations",
            LABELS,
            selection_mode="multi",
            key=RACERS,
            on_change=_follow,
            format_func=LABELS.__getitem__,
            help=START_HELP,
        )
        chosen = {"starts_seeds": widgets.number("starts_seeds", step=5)}
        with st.expander("First seed, stopping"):
            chosen["starts_first"] = widgets.number("starts_first")
            chosen["starts_tol"] = widgets.decades("starts_tol", TOL_HELP, -12, -3)
            chosen["starts_iters"] = widgets.number("starts_iters", step=1000)
    if settings != address.current() or chosen != {name: address.own()[name] for name in chosen}:
        chosen["starts_run"] = 0
    return chosen


def _follow() -> None:
    """Choose the initialisations; at least one has to race."""
    names = address.value(RACERS)
    if names:
        address.choose("starts_inits", ",".join(name for name in LABELS if name in names))
        address.choose("starts_run", 0)
    else:
        address.complain("At least one initialisation has to race: the ones before are still chosen.")
