"""Every colour of the program, declared once, for Python, for the browser and for style sheets.

Components have Okabe and Ito's colours, then three of Tol's muted, both made for colour-blind eyes; Tol's
others are too dark on a dark page, and three that are as far from the rest stand for them. `BROWSER` are the
names under which the scripts of the browser import some of the others, from "./palette.js".
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gmm_core.words import cut

COMPONENTS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#C00C48",
    "#999933",
    "#7040E8",
    "#44AA99",
    "#AA4499",
    "#905448",
)
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = COMPONENTS[:6]
DONE, HERE, BEFORE = BLUE, ORANGE, PINK  # of a run: what is done, where we are, and what was before a fork
WRONG = ORANGE  # what went wrong
SURE, UNSURE = GREEN, YELLOW  # of an answer

INK, PAPER = "#010203", "#fdfcfb"  # in the page they become its colours of text and background
TEXT, BACKGROUND = "#31333f", "#ffffff"  # where there is no page
GREY = "#808080"
UNCLAIMED = "#888888"  # a point that no component claims
BEYOND = "#8A8A8A"  # what comes after the last of the palette
# On paper: text, a box, and of pictures to take away axes, what is still to come, and the density.
PRINT, PRINT_BOX = "#222", "#f6f6f6"
PRINT_GRID, PRINT_PALE, PRINT_LINE = "#e4e4e8", "#c4c4c8", "#b4b4b8"
PRINT_LOW, PRINT_HIGH = "#fdfdfd", "#d2d2d6"

# What Streamlit tells a component of its theme, for a file that stands alone.
DAY = {
    "primary-color": "#006199",  # a darker blue: words in it can be read on a faint ground of it
    "text-color": TEXT,
    "background-color": BACKGROUND,
    "secondary-background-color": "#f0f2f6",
    "border-color": "#31333f33",
    "border-color-light": "#31333f1a",
}
NIGHT = {
    "primary-color": SKY,
    "text-color": "#fafafa",
    "background-color": "#0e1117",
    "secondary-background-color": "#262730",
    "border-color": "#fafafa33",
    "border-color-light": "#fafafa1a",
}

BROWSER = ("DONE", "HERE", "BEFORE", "INK", "PAPER", "TEXT", "BACKGROUND", "UNCLAIMED")


def script() -> str:
    """The module "palette.js"."""
    return "".join(f'export const {name} = "{globals()[name]}";\n' for name in BROWSER)


def painted(style: str) -> str:
    """A style sheet that names colours of this file, as `$WRONG`, with them in it."""
    return Template(style).substitute({name: value for name, value in globals().items() if name.isupper()})


def rgba(colour: str, opacity: float) -> str:
    """A colour such as "#0072B2", opaque by a share."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def ground(colour: str) -> str:
    """A colour behind text, through which the page is seen."""
    return rgba(colour, 0.25)


def light(colours: Sequence[str]) -> NDArray[np.float64]:
    """The amounts of red, green and blue light in colours such as "#0072B2", (k, 3) in [0, 1]."""
    channels = np.array([[int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)] for colour in colours])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def blend(shares: NDArray[Any], colours: Sequence[str], whole: float = 0.0) -> NDArray[np.float64]:
    """The colours of shares (n, k), of any sum, among components of these colours: (n, 3) in [0, 1].

    Light is mixed, not numbers, as the player does it. whole : what shares lack of it is grey, as noise is.
    """
    if whole:
        rest = np.maximum(whole - shares.sum(axis=1, keepdims=True, dtype=np.float64), 0)
        shares, colours = np.hstack([shares, rest]), [*colours, UNCLAIMED]
    mixed = (shares / shares.sum(axis=1, keepdims=True)) @ light(colours)
    return np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)


def blended(responsibilities: NDArray[np.float64], colours: Sequence[str], whole: float = 0.0) -> list[str]:
    """The components' colours (k, or more), mixed as the player does it; `whole` as in `blend`."""
    used = colours[: responsibilities.shape[1]]
    mixed = np.rint(255 * blend(responsibilities, used, whole)).astype(int)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in mixed]  # which Plotly reads faster than rgb(...)


def label(name: str, most: int) -> str:
    """A user's name as Plotly shows it: short, and no markup."""
    return escape(cut(name, most), quote=False)
