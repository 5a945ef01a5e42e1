"""Gallery: experiments to begin with, each with one thing to watch. A click opens it in Explore."""

import streamlit as st

from pages.ui.address import address
from pages.ui.address.presets import GALLERY
from pages.ui.player import assets
from pages.ui.shell import cards, notes

_scroll = st.components.v2.component("em_scroll", js=assets.loader("scroll"), isolate_styles=False)

# Nothing is chosen here, but who comes from here to a card has left what was being done.
address.read_address("gallery", shared=False)
cards.style()
st.title("What can EM do, and where does it fail?")
st.caption(
    "Every card is an experiment with all its settings made. Open one, press play, and change something."
)
st.page_link(
    "lessons.py",
    label="New to EM? Begin with the lessons",
    icon=":material/school:",
)

for heading, presets in GALLERY.items():
    st.header(heading)
    cards.grid([cards.Card(one.title, one.settings, one.watch, one.settings.to_query()) for one in presets])
notes.laboratory()
_scroll(key="em_scroll", data="gallery")
