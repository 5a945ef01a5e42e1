"""Cards to begin with: a picture of a run's end, a title that is a link, and a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from pages.ui.address.settings import Settings
from pages.ui.runs import scenes

COLUMNS = 4
# The link of a card, or its button, is as large as the card: a click on the picture opens it, too.
STYLE = """
[class*=st-key-em_card] {position: relative}
[class*=st-key-em_card] :is(a, button)::after {content: ""; position: absolute; inset: 0; z-index: 1}
[class*=st-key-em_card] :is(:has(> .stPageLink), .stPageLink, .stPageLink *) {position: static}
[class*=st-key-em_card] :is(:has(> .stButton), .stButton, .stButton *) {position: static}
[class*=st-key-em_card]:hover {border-color: currentColor}
[class*=st-key-em_card] [data-testid=stElementToolbar] {display: none}
"""


class Card(NamedTuple):
    """What a card opens. settings : the run whose end is its picture. query : of its link to Explore; or, on
    the page that it opens something of, what a click does.
    """

    title: str
    settings: Settings
    said: str
    query: Mapping[str, str] | Callable[[], None]


def style() -> None:
    """Once, on a page with cards."""
    st.html(f"<style>{STYLE}</style>")


def grid(some: Sequence[Card]) -> None:
    """The cards, in rows."""
    for first in range(0, len(some), COLUMNS):
        for column, card in zip(st.columns(COLUMNS), some[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch", key=f"em_card {card.title}"):
                st.image(scenes.thumbnail(card.settings), width="stretch", alt=card.title)
                if callable(card.query):
                    st.button(f"**{card.title}**", type="tertiary", on_click=card.query, key=card.title)
                else:
                    st.page_link("explore.py", label=f"**{card.title}**", query_params=card.query)
                st.caption(card.said)
