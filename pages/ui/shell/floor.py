"""What there is to say of `reg_covar` before a run: where it is not small against the data, lower it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import fits

ON = {"none": "", "standardise": "On the standardised columns, ", "whiten": "On the whitened data, "}


def before(settings: Settings) -> None:
    """Where `reg_covar` is not small against the data, say so before EM runs, and offer the ways out."""
    found = fits.floor(settings)
    if found is None:
        return
    ways = {f"Set reg_covar to {found.advised:g}": _lower(found.advised)}
    if settings.scaling == "none" and found.helped_by_standardising:
        ways["Standardise the columns"] = _standardise
    _say(f"{ON[settings.scaling]}{evidence.literal(found.sentence(fits.column_names(settings)))}", ways)


def without_said(settings: Settings, note: str) -> str:
    """The note of a run, without what stands above its picture in other words."""
    found = fits.floor(settings)
    return " ".join(note.replace(found.sentence(), "").split()) if found else note


def _say(sentence: str, ways: dict[str, Callable[[], None]]) -> None:
    st.warning(sentence, icon=":material/straighten:")
    if ways:
        with st.container(horizontal=True):
            for label, act in ways.items():
                st.button(label, on_click=act, key=f"floor {label}")


def _lower(value: float) -> Callable[[], None]:
    return lambda: address.choose("reg_covar", value)


def _standardise() -> None:
    address.choose("scaling", "standardise")
