"""The family of covariances: one of those offered by name, or by three switches one of mclust's fourteen."""

from __future__ import annotations

import streamlit as st

from gmm_core.engine import shapes
from gmm_core.engine.covariance import FAMILIES, FAST, MODELS
from pages.ui.address import address
from pages.ui.address.choices import FAMILY_LABELS, MODEL_LABELS
from pages.ui.shell.widgets import select

SAME, OWN = "same", "own"
# What each letter of a model's name says, by the part of it that is the letter's.
LETTERS = {
    "volume": {"E": SAME, "V": OWN},
    "shape": {"I": "round", "E": SAME, "V": OWN},
    "direction": {"I": "axes", "E": SAME, "V": OWN},
}
HELP = {
    "volume": "How much room a component takes, the size of its ellipse: the same for all, or its own.",
    "shape": "How long and thin an ellipse is, whatever its size: round, the same for all, or its own. "
    "With one feature there is none.",
    "direction": "Where an ellipse points: along the axes of the features, the same way for all, or its own. "
    "A circle points nowhere.",
}
KEY = "{} of covariances"
TITLE = "Volume, shape, direction"
IN_STEPS = (
    "Its M-step has no formula that ends: it goes on from the covariances before in small steps, and the "
    "likelihood never falls."
)


def choose() -> str:
    """The widgets; the name of what is chosen."""
    now = address.remember("covariance_type")
    chosen = select("covariance_type", FAMILY_LABELS | ({now: MODEL_LABELS[now]} if now in MODELS else {}))
    named = {family: model for model, family in FAST.items()} | {name: name for name in MODELS}
    if chosen in named:
        with st.expander(TITLE):
            _switches(chosen, shapes.MODELS[named[chosen]])
    return chosen


def _switches(chosen: str, model: shapes.Model) -> None:
    """What is the same in all components, and what is each one's own."""
    for part, labels in LETTERS.items():
        address.hold(KEY.format(part), getattr(model, part))
        st.segmented_control(
            part.capitalize(),
            list(labels),
            format_func=labels.__getitem__,
            key=KEY.format(part),
            required=True,
            on_change=_switch,
            disabled=part == "direction" and model.shape == "I",
            help=HELP[part],
            width="stretch",
        )
    same = f", here `{chosen}`" if chosen in FAMILIES else ""
    st.caption(f"mclust's **{model.name}**{same}: {model.looks}. {IN_STEPS if model.iterates else ''}")


def _switch() -> None:
    """Take the model that the switches say; where it is a family with a name, that."""
    volume, shape, direction = (address.value(KEY.format(part)) for part in LETTERS)
    name = shapes.Model(volume, shape, "I" if shape == "I" else direction).name
    address.change(covariance_type=FAST.get(name, name))
