"""Cards to begin with: a picture of a run's end, a title that is a link, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from pages.ui.address.settings import Settings
from pages.ui.runs import scenes

COLUMNS = 4
# The link of a card is as large as the card: a click on the picture opens it, too.
STYLE = """
[class*=st-key-em_card] {position: relative}
[class*=st-key-em_card] a::after {content: ""; position: absolute; inset: 0; z-index: 1}
[class*=st-key-em_card] :is(:has(> .stPageLink), .stPageLink, .stPageLink *) {position: static}
[class*=st-key-em_card]:hover {border-color: var(--st-primary-color)}
[class*=st-key-em_card] [data-testid=stElementToolbar] {display: none}
"""


class Card(NamedTuple):
    """What a card opens: a page with a query. settings : the run whose end is its picture."""

    title: str
    page: str
    query: Mapping[str, str]
    settings: Settings
    said: str


def style() -> None:
    """Once, on a page with cards."""
    st.html(f"<style>{STYLE}</style>")


def grid(some: Sequence[Card]) -> None:
    """The cards, in rows."""
    for first in range(0, len(some), COLUMNS):
        for column, card in zip(st.columns(COLUMNS), some[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch", key=f"em_card {card.title}"):
                st.image(scenes.thumbnail(card.settings), width="stretch", alt=card.title)
                st.page_link(card.page, label=f"**{card.title}**", query_params=card.query)
                st.caption(card.said)
