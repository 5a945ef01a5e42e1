"""What components may be: Gaussians, these with noise beside them, or t distributions. Pure: no Streamlit."""

from __future__ import annotations

from typing import Any

from gmm_core import Mixture

GAUSSIAN, NOISE, TAILS = "gaussian", "noise", "t"
COMPONENT_LABELS = {GAUSSIAN: "Gaussian", NOISE: "Gaussian and noise", TAILS: "t: heavy tails"}
BEYOND = ("components", "prior")  # the settings by which a run is of more than Gaussians
_OPTIONS: dict[str, dict[str, Any]] = {GAUSSIAN: {}, NOISE: {"noise": True}, TAILS: {"dof": "each"}}


def kind_of(mixture: Mixture) -> str:
    """Which kind of components a mixture has, as settings call it."""
    return TAILS if mixture.dof is not None else NOISE if mixture.noise_box is not None else GAUSSIAN


def options(components: str, prior: bool, scaling: str) -> dict[str, Any]:
    """The kind of components and the prior as options of `fit`; a `ValueError` for what cannot be."""
    if components == NOISE and scaling == "whiten":
        raise ValueError(
            "Noise is uniform over a box along the axes, and whitening turns it. Choose another scaling, or "
            "other components."
        )
    return {**_OPTIONS[components], "prior": prior}


def check_kind(mixture: Mixture, components: str) -> None:
    """A `ValueError` if saved parameters are of another kind than is chosen."""
    if (kind := kind_of(mixture)) != components:
        raise ValueError(
            f"The saved parameters are of the kind *{COMPONENT_LABELS[kind]}*. Choose it on the left, or "
            "another start."
        )
