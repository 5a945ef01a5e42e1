"""The sidebar of the page of digits: what to try, data, model, start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from pages.ui.address import address
from pages.ui.address.settings import read
from pages.ui.digits.settings import (
    AS_IN_EXPLORE,
    FIELDS,
    FITTED,
    OF_YOUR_OWN,
    RECIPES,
    recipe,
)
from pages.ui.shell import widgets
from pages.ui.shell.widgets import pills

RECIPE = "digits_recipe"
REG_HELP = (
    "Added to every variance, at the start and in every M-step. Pixels in the corners are always white: "
    "without it, their variance is zero and EM cannot begin."
)
_AS_IN_EXPLORE = ", ".join(f"**{label}**" for label in AS_IN_EXPLORE.values())
START_HELP = f"""
- **interleaved, shuffled**: the exercise's own; row i belongs to component i mod k, and these numbers are
  then shuffled with this seed. The printed text leaves the shuffle out
- **interleaved, in order**: as it is printed
- {_AS_IN_EXPLORE}: as in Explore
"""


def draw() -> dict[str, Any]:
    """Draw the controls, and return what is chosen now. A repair by hand lasts as long as its run does."""
    before = address.own()
    with st.sidebar:
        top = st.container()
        chosen = _data() | _model() | _start()
    with top:
        name = recipe(chosen)
        address.hold(RECIPE, name)
        names = [*RECIPES, OF_YOUR_OWN] if name == OF_YOUR_OWN else list(RECIPES)
        st.header("Experiment")
        st.selectbox("Experiment", names, key=RECIPE, on_change=_follow, label_visibility="collapsed")
    if chosen != {name: before[name] for name in FITTED}:
        chosen["digits_hand"] = ""
    return chosen


def parts() -> tuple[str, str, str]:
    """What to look at: the part of the page, and for most of them the repair and the rows."""
    own = address.own()
    part, method, rows = pills("digits_part"), own["digits_repair"], own["digits_rows"]
    with st.container(horizontal=True):
        if part != "two":
            method = _named("digits_repair")
        if part not in ("new", "two"):
            rows = _named("digits_rows")
    address.keep_own(digits_part=part, digits_repair=method, digits_rows=rows)
    return part, method, rows


def _named(name: str) -> str:
    """Pills with their title before them, which stays with them on a narrow screen."""
    with st.container(horizontal=True, vertical_alignment="center", width="content"):
        st.caption(f"{address.field(name).title}:", width="content")
        return pills(name)


def _follow() -> None:
    """Choose all settings of a recipe."""
    if (name := address.value(RECIPE)) in RECIPES:
        address.choose_all({**RECIPES[name].settings, "digits_hand": ""})


def making(changes: Mapping[str, Any]) -> Callable[[], None] | None:
    """What makes the changes that mend an end in the settings of this page; None where it has no such."""
    values, problems = read({name: str(value) for name, value in changes.items()}, FIELDS)
    if problems:
        return None
    if "digits_tol" in values:  # that of the log-likelihood
        values["digits_criterion"] = "log_likelihood"
    return lambda: address.choose_all(values)


def _data() -> dict[str, Any]:
    st.header("Data")
    return {
        "digits_split": widgets.select("digits_split"),
        "digits_pca": widgets.number(
            "digits_pca",
            help="0: EM sees all 64 pixels. Otherwise it sees so many principal components of the training "
            "rows, and its means are mapped back to be shown.",
        ),
    }


def _model() -> dict[str, Any]:
    st.header("Model")
    chosen = {
        "digits_k": widgets.number("digits_k"),
        "digits_family": widgets.select("digits_family"),
        "digits_reg": widgets.decades("digits_reg", REG_HELP, -9, 0),
    }
    with st.expander("Stopping"):
        chosen["digits_criterion"] = widgets.select("digits_criterion")
        chosen["digits_tol"] = widgets.decades(
            "digits_tol",
            "EM stops when one iteration changes less: the Euclidean norm of the weights' change, or the "
            "mean log-likelihood. 0 runs all iterations.",
            -12,
            0,
        )
        chosen["digits_iters"] = widgets.number("digits_iters", step=10)
    return chosen


def _start() -> dict[str, Any]:
    st.header("Start")
    return {
        "digits_init": widgets.select("digits_init", help=START_HELP),
        "digits_seed": widgets.number("digits_seed"),
    }
