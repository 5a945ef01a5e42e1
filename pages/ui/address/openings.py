"""What each dataset opens with, declared once: its k, family and start, where they are not the usual ones.

A link, a card or a control that says otherwise wins. The seeds are of starts that are visibly wrong, and from
which EM gets to the best that it reaches from most starts. Pure: no Streamlit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# By the names of settings, see `settings.FIELDS`.
OWN_START = ("n_components", "covariance_type", "reg_covar", "init", "random_state")
# Full covariances of 64 pixels have no rows to spare; grey values are below 1, and their squares are small.
_PIXELS = {"covariance_type": "diag", "reg_covar": 1e-4}
_OPENINGS: Mapping[str, Mapping[str, Any]] = {
    "qa_series": {"random_state": 0},
    "digits": {"n_components": 10, **_PIXELS, "random_state": 0},
    "digits_2_6": {"n_components": 2, **_PIXELS, "random_state": 1},
    "tutorial_60": {"random_state": 3},
    "tutorial_60_wide": {"random_state": 3},
    "notebook_1d": {"random_state": 6},
    "tutorial_collapse": {"random_state": 8},
    "tutorial_500": {"random_state": 2},
    "tutorial_1000": {"n_components": 5, "random_state": 21},
    "notebook_2d": {"n_components": 2, "random_state": 4},
    "notebook_2d_large": {"n_components": 2, "random_state": 5},
    "notebook_3d": {"n_components": 2, "random_state": 6},
    "unequal_sizes": {"random_state": 9},
    "overlapping": {"random_state": 10},
    "tiny_cluster": {"n_components": 2, "random_state": 1},
    "anisotropic": {"random_state": 12},
    "cigars": {"n_components": 2, "random_state": 11},
    "moons": {"n_components": 2, "random_state": 1},
    "circles": {"n_components": 2, "random_state": 2},
    "uniform_noise": {"n_components": 4, "random_state": 26},
    "heavy_tails": {"random_state": 10},
    "heavy_tail": {"n_components": 2, "random_state": 0},
    "ring": {"n_components": 4, "random_state": 11},
    "smile": {"random_state": 9},
    "spiral": {"n_components": 8, "random_state": 11},
    "two_lines": {"n_components": 2, "random_state": 0},
    "skewed": {"n_components": 5, "random_state": 2},
}


def opening(data: str) -> Mapping[str, Any]:
    """What of the usual settings is different for these data, by the names of settings."""
    return _OPENINGS.get(data, {})
