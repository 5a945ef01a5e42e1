"""What components may be: Gaussians or t distributions, with noise beside them or not. Pure: no Streamlit."""

from __future__ import annotations

from typing import Any

from gmm_core import Mixture

GAUSSIAN, NOISE, TAILS, BOTH = "gaussian", "noise", "t", "t_noise"
COMPONENT_LABELS = {
    GAUSSIAN: "Gaussian",
    NOISE: "Gaussian and noise",
    TAILS: "t: heavy tails",
    BOTH: "t and noise",
}
# The settings by which a run is of more than Gaussians, or told more than rows; and what each is called.
BEYOND = {
    "components": "noise and t distributions",
    "prior": "the prior",
    "held": "held parameters",
    "known": "known groups that EM is told",
}
_NOISE, _TAILS = {"noise": True}, {"dof": "each"}
# As options of `fit`.
OPTIONS: dict[str, dict[str, Any]] = {GAUSSIAN: {}, NOISE: _NOISE, TAILS: _TAILS, BOTH: _NOISE | _TAILS}


def kind_of(mixture: Mixture) -> str:
    """Which kind of components a mixture has, as settings call it."""
    if mixture.dof is not None:
        return TAILS if mixture.noise_box is None else BOTH
    return GAUSSIAN if mixture.noise_box is None else NOISE


def options(components: str, prior: bool, scaling: str) -> dict[str, Any]:
    """The kind of components and the prior as options of `fit`; a `ValueError` for what cannot be."""
    if "noise" in OPTIONS[components] and scaling == "whiten":
        raise ValueError(
            "Noise is uniform over a box along the axes, and whitening turns it. Choose another scaling, or "
            "other components."
        )
    return {**OPTIONS[components], "prior": prior}


def check_kind(mixture: Mixture, components: str) -> None:
    """A `ValueError` if saved parameters are of another kind than is chosen."""
    if (kind := kind_of(mixture)) != components:
        raise ValueError(
            f"The saved parameters are of the kind *{COMPONENT_LABELS[kind]}*. Choose it in the settings, or "
            "another start."
        )
