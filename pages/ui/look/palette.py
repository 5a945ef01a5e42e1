"""The colours of components: Okabe and Ito's, then Tol's muted, both made for colour-blind eyes."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPONENTS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#882255",
    "#999933",
    "#332288",
    "#44AA99",
    "#AA4499",
    "#661100",
)


def light(colours: Sequence[str]) -> NDArray[np.float64]:
    """The amounts of red, green and blue light in colours such as "#0072B2", (k, 3) in [0, 1]."""
    channels = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def blend(shares: NDArray[Any], colours: Sequence[str]) -> NDArray[np.float64]:
    """The colours of shares (n, k), of any sum, among components of these colours: (n, 3) in [0, 1].

    Light is mixed, not numbers, as the player does it.
    """
    mixed = (shares / shares.sum(axis=1, keepdims=True)) @ light(colours)
    return np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)


def label(name: str, most: int) -> str:
    """A user's name as Plotly shows it: short, and no markup."""
    return escape(name if len(name) <= most else f"{name[: most - 1]}…", quote=False)


def blended(responsibilities: NDArray[np.float64], colours: Sequence[str]) -> list[str]:
    """The components' colours (k, or more), mixed as light is, as the player does it."""
    used = colours[: responsibilities.shape[1]]
    mixed = np.rint(255 * blend(responsibilities, used)).astype(int)
    return [f"rgb({r},{g},{b})" for r, g, b in mixed]


INK, PAPER = "#010203", "#fdfcfb"  # in the page they become its colours of text and background
