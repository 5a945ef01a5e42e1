"""What there is to say of `reg_covar`, before a run and after it: raise it, lower it, or leave it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from gmm_core import StopReason
from gmm_core.engine.floor import RELATIVE_REG_COVAR, Floor
from gmm_core.engine.health import Held, held_up
from gmm_core.words import plural, together
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import fits
from pages.ui.runs.data import dataset

ON = {"none": "", "standardise": "On the standardised columns, ", "whiten": "On the whitened data, "}


def before(settings: Settings) -> None:
    """Where `reg_covar` is not small against the data, say so before EM runs, and offer the ways out."""
    found = fits.floor(settings)
    if found is None:
        return
    ways = {f"Set reg_covar to {found.advised:g}": _lower(found.advised)}
    if settings.scaling == "none" and found.helped_by_standardising:
        ways["Standardise the columns"] = _standardise
    _say(f"{ON[settings.scaling]}{evidence.literal(found.sentence(_names(settings)))}", ways)


def without_said(settings: Settings, note: str) -> str:
    """The note of a run, without what stands above its picture in other words."""
    found = fits.floor(settings)
    return note.removesuffix(found.sentence()).rstrip() if found else note


def after(settings: Settings) -> None:
    """Say which components stand at the end by `reg_covar` more than by their rows, and what helps."""
    trace, reg_covar = fits.scaled_run(settings), settings.reg_covar
    if trace.stop is StopReason.COLLAPSED:
        return
    thin = held_up(trace.mixture, fits.scaling(settings).scale(dataset(settings).X), reg_covar)
    said = fits.floor(settings)
    if lost := [one for one in thin if one.degenerate]:
        _say_degenerate(lost, reg_covar, said)
    wide = [one for one in thin if not one.degenerate]
    if wide and said is None:  # else it was said above the picture, with the ways out
        least = min(one.own for one in wide)
        advised = float(f"{RELATIVE_REG_COVAR * least:.1e}")
        _say(
            f"reg_covar = {reg_covar:g} makes up more than half of the smallest variance of "
            f"{_who(wide).lower()}, whose rows are many and different: by themselves they vary by "
            f"{least:.3g} there. What is drawn is wider than the data. Lower reg_covar.",
            {f"Set reg_covar to {advised:g}": _lower(advised)}
            if least > RELATIVE_REG_COVAR * reg_covar
            else {},
        )


def _say_degenerate(lost: Sequence[Held], reg_covar: float, said: Floor | None) -> None:
    raised = "Raise reg_covar, use" if said is None else "Use"
    st.warning(
        f"{_who(lost)} {plural(len(lost), 'is', 'are')} held up by reg_covar = {reg_covar:g} alone: the rows "
        "are too few, equal or on a line, so that without it the variance would be zero in some direction. "
        f"The likelihood then says more about reg_covar than about the data. {raised} fewer components or "
        "start elsewhere.",
        icon=":material/compress:",
    )
    why_link()


def why_link() -> None:
    """To the page about it; the experiment is the same there."""
    st.page_link("collapse.py", label="See why, and what cures it", icon=":material/troubleshoot:")


def _who(some: Sequence[Held]) -> str:
    numbers = [str(one.component + 1) for one in some]
    return f"{plural(len(numbers), 'Component')} {together(numbers)}"


def _names(settings: Settings) -> Sequence[str]:
    names = dataset(settings).feature_names
    return [f"direction {j + 1}" for j in range(len(names))] if settings.scaling == "whiten" else names


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
