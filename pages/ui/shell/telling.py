"""What EM is told beforehand: a lock for each parameter of each component, and how many rows' groups."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from gmm_core import NO_LABEL, Held
from pages.ui.address import address, told
from pages.ui.address.settings import Settings
from pages.ui.runs.data import dataset
from pages.ui.shell import seeing
from pages.ui.shell.widgets import select

HELD_HELP = """
What is held stays as it is at the start, wherever that is: place the components by hand, load saved
parameters, or choose another start. EM makes the best of the rest, so the log-likelihood still never falls. A
click on a mean in the picture shows the same locks there.
"""
KNOWN_HELP = """
Semi-supervised: EM is told of some rows which group they are of, the first ones of each group, and leaves
them there in every step; they are squares in the picture. Groups are components, in their order, and a start
that is drawn begins with their means. Where EM is compared with the known groups, such rows are left out; EM
that is told of none is only compared.
"""
ALL = "all"
_LABELS = {"weights": "Weights held", "means": "Means held", "covariances": "Covariances held"}


def choose(settings: Settings) -> dict[str, Any]:
    """The widgets, unfolded where something is chosen; what they say of settings that run a fit."""
    with st.expander("Held parameters, known groups", expanded=settings.is_told):
        _locks(settings)
        if not _has_groups(settings):
            return {}
        return {"known": select("known", help=KNOWN_HELP)}


def _locks(settings: Settings) -> None:
    """Numbers of components to press, for each kind of parameter."""
    k = settings.n_components
    held = told.read_held(told.of_first(settings.held, k))
    for name, components in held.of_kinds:
        options: list[Any] = list(range(1, k + 1))
        chosen: list[Any] = [j + 1 for j in components]
        if name == "covariances" and told.all_or_none(settings.covariance_type, k):
            options, chosen = [ALL], [ALL] if len(components) == k else []
        key = f"held_{name}"
        address.hold(key, chosen)
        st.pills(
            _LABELS[name],
            options,
            selection_mode="multi",
            key=key,
            on_change=_hold,
            args=(k,),
            help=HELD_HELP if name == "weights" else None,
        )

    if settings.held:
        st.button(
            "Let all go free", on_click=address.change, kwargs={"held": ""}, icon=":material/lock_open:"
        )


def _hold(k: int) -> None:
    """Take over what was pressed."""
    now = {name: address.value(f"held_{name}") or [] for name in _LABELS}
    held = Held(**{name: range(k) if ALL in those else [j - 1 for j in those] for name, those in now.items()})
    address.change(held=told.write_held(held))


def _has_groups(settings: Settings) -> bool:
    """Whether there are known groups that EM could be told."""
    if settings.waits_for_a_table or not seeing.may_see(settings):
        return False
    try:
        labels = dataset(settings).labels
    except ValueError:  # the page says what it is
        return False
    return labels is not None and bool(np.any(labels != NO_LABEL))
