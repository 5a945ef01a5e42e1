"""Images of digits as HTML: one, a card with what is said of it, rows of new ones. Pure: no Streamlit."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gmm_core.words import percent
from pages.ui.look import palette
from pages.ui.look.markup import template

SIDE = 8  # pixels
NO_DIGIT = "–"  # of a component that is called nothing, for people
MOST_SHARES = 3  # components on a card

# Ink on paper, on a dark page too: a digit that was turned inside out is another digit.
STYLE = """
.em-digit {image-rendering: pixelated; display: block; width: 100%; aspect-ratio: 1; border-radius: 0.25rem;
  border: 3px solid var(--colour, rgb(128 128 128 / 0.35)); box-sizing: border-box}
.em-mean {font-size: 0.85rem; text-align: center; line-height: 1.3; font-variant-numeric: tabular-nums}
.st-key-digits_beside .textpoint text {fill: currentColor !important}
.st-key-digits_beside {flex-wrap: wrap}
.st-key-digits_beside > * {flex: 1 1 24rem; min-width: min(24rem, 100%)}
.em-called {font-size: 1.5rem; font-weight: 700; text-align: center; line-height: 1.4}
.em-cards {display: grid; grid-template-columns: repeat(auto-fill, minmax(6.4rem, 1fr)); gap: 0.8rem}
.em-cards figure {margin: 0; font-size: 0.85rem; line-height: 1.35}
.em-cards figcaption {padding-top: 0.25rem}
.em-cards ul {list-style: none; margin: 0.2rem 0 0; padding: 0}
.em-cards li {font-size: 0.8rem; margin: 0 0 2px; padding: 0 0.35rem; white-space: nowrap;
  border-left: 4px solid var(--colour); background: linear-gradient(to right,
  color-mix(in srgb, var(--colour) 40%, transparent) var(--share), transparent 0)}
.em-new {border-collapse: collapse; max-width: 62rem; width: 100%; table-layout: fixed}
.em-new td, .em-new th {border: 0; padding: 2px; font-size: 0.85rem; font-weight: 600; text-align: center}
.em-new th.gap, .em-new td.gap {width: 1.2rem}
.em-new tr > :first-child {width: 4.5rem; text-align: left; white-space: nowrap}
"""


_PICTURE = template(
    '<img class="em-digit"{% if colour %} style="--colour: {{ colour }}"{% endif %} '
    'src="data:image/png;base64,{{ file }}" alt="{{ alt }}">'
)
_MEAN = template(
    '{{ image }}<div class="em-mean"><b>{{ component }}</b>: {{ weight }}</div>'
    '{% if called is not none %}<div class="em-called">{{ called }}</div>{% endif %}'
)
_GALLERY = template('<div class="em-cards">{% for figure in figures %}{{ figure }}{% endfor %}</div>')
_CAPTIONED = template("<figure>{{ image }}<figcaption>{{ what }}, {{ said }}</figcaption></figure>")
_CARD = template(
    "<figure>{{ image }}<figcaption>is <b>{{ digit }}</b>, called <b>{{ called }}</b><ul>"
    "{% for one in shares %}"
    '<li style="--colour: {{ one.colour }}; --share: {{ one.share }}">{{ one.said }}</li>'
    "{% endfor %}</ul></figcaption></figure>"
)
_NEW = template(
    '<table class="em-new"><tr><td></td><th>mean</th><td class="gap"></td>'
    '<th colspan="{{ n }}">with standard deviations</th><td class="gap"></td>'
    '<th colspan="{{ n }}">variances passed as deviations</th></tr>{% for row in rows %}'
    "<tr><th>{{ row.name }}</th><td>{{ row.mean }}</td>"
    '{% for drawn in row.drawn %}<td class="gap"></td>'
    "{% for image in drawn %}<td>{{ image }}</td>{% endfor %}{% endfor %}</tr>{% endfor %}</table>"
)


def picture(pixels: NDArray[np.float64], alt: str, colour: str = "") -> str:
    """An image (64,) as HTML, ink for 1 and paper for 0; what lies beyond is cut off for the eye only."""
    ink = np.rint(255 * (1 - np.clip(pixels, 0, 1))).astype(np.uint8).reshape(SIDE, SIDE)
    file = BytesIO()
    Image.fromarray(ink).save(file, "PNG")
    return _PICTURE(file=b64encode(file.getvalue()).decode("ascii"), alt=alt, colour=colour)


def mean(
    pixels: NDArray[np.float64], component: int, weight: float, matching: Mapping[int, int] | None = None
) -> str:
    """The mean of a component (64,), with its number and its weight; with a matching, what it is called."""
    image = picture(pixels, f"the mean of component {component}", palette.COMPONENTS[component])
    called = None if matching is None else matching.get(component, NO_DIGIT)
    return _MEAN(image=image, component=component, weight=percent(weight, 1), called=called)


@dataclass(frozen=True, eq=False)
class Card:
    """A row of the data: its image (64,), its digit, what it is called, if at all, responsibilities (k,)."""

    pixels: NDArray[np.float64]
    digit: int
    called: int | None
    shares: NDArray[np.float64]


def cards(shown: Sequence[Card], matching: Mapping[int, int]) -> str:
    """Cards with their likeliest components; `matching` says which digit each is called."""
    return gallery(_card(card, matching) for card in shown)


def gallery(figures: Iterable[str]) -> str:
    """Images with their captions, side by side."""
    return _GALLERY(figures=figures)


def captioned(pixels: NDArray[np.float64], what: str, said: str) -> str:
    """An image (64,) of what it is, and what is said of it."""
    return _CAPTIONED(image=picture(pixels, f"handwritten: {what}, {said}"), what=what, said=said)


def _card(card: Card, matching: Mapping[int, int]) -> str:
    called = NO_DIGIT if card.called is None else str(card.called)
    likely = np.argsort(-card.shares, kind="stable")[:MOST_SHARES]
    shares = [
        {
            "colour": palette.COMPONENTS[j],
            "share": f"{card.shares[j]:.0%}",
            "said": f"{j} → {matching.get(int(j), NO_DIGIT)}: {percent(card.shares[j], 1)}",
        }
        for j in likely
        if card.shares[j] >= 0.0005 or j == likely[0]
    ]
    image = picture(card.pixels, f"a handwritten {card.digit}, called {called}")
    return _CARD(image=image, digit=card.digit, called=called, shares=shares)


def new_digits(
    means: NDArray[np.float64],
    right: NDArray[np.float64],
    wrong: NDArray[np.float64],
    matching: Mapping[int, int],
) -> str:
    """A row for each component: its mean (k, 64), new digits (k, n, 64), and those by mistake, as many."""
    rows = [
        {
            "name": f"{j} → {matching.get(j, NO_DIGIT)}",
            "mean": picture(centre, f"the mean of component {j}", palette.COMPONENTS[j]),
            "drawn": [
                [picture(pixels, f"{kind} component {j}") for pixels in drawn]
                for kind, drawn in (("drawn from", right[j]), ("drawn by mistake from", wrong[j]))
            ],
        }
        for j, centre in enumerate(means)
    ]
    return _NEW(n=right.shape[1], rows=rows)
