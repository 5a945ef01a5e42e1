"""Gallery: experiments to begin with, each with one thing to watch. A click opens it in Explore."""

import streamlit as st

from pages.ui.address import address
from pages.ui.address.presets import GALLERY
from pages.ui.player import assets
from pages.ui.runs import scenes
from pages.ui.shell import notes

COLUMNS = 4
# The link of a card is as large as the card: a click on the picture opens it, too.
STYLE = """
[class*=st-key-em_card] {position: relative}
[class*=st-key-em_card] a::after {content: ""; position: absolute; inset: 0; z-index: 1}
[class*=st-key-em_card] :is(:has(> .stPageLink), .stPageLink, .stPageLink *) {position: static}
[class*=st-key-em_card]:hover {border-color: var(--st-primary-color)}
[class*=st-key-em_card] [data-testid=stElementToolbar] {display: none}
"""
_scroll = st.components.v2.component("em_scroll", js=assets.loader("scroll"), isolate_styles=False)

# Nothing is chosen here, but who comes from here to a card has left what was being done.
address.read_address("gallery", shared=False)
st.html(f"<style>{STYLE}</style>")
st.title("What can EM do, and where does it fail?")
st.caption(
    "Every card is an experiment with all its settings made. Open one, press play, and change something."
)

for heading, presets in GALLERY.items():
    st.header(heading)
    for first in range(0, len(presets), COLUMNS):
        for column, preset in zip(st.columns(COLUMNS), presets[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch", key=f"em_card {preset.title}"):
                st.image(scenes.thumbnail(preset.settings), width="stretch", alt=preset.title)
                st.page_link(
                    "explore.py", label=f"**{preset.title}**", query_params=preset.settings.to_query()
                )
                st.caption(preset.watch)
notes.laboratory()
_scroll(key="em_scroll", data="gallery")
