"""Gallery: experiments to begin with, each with one thing to watch. A click opens it in Explore."""

import streamlit as st

from pages.ui.address import address
from pages.ui.address.presets import GALLERY
from pages.ui.runs import scenes
from pages.ui.shell import notes

COLUMNS = 4

# Nothing is chosen here, but who comes from here to a card has left what was being done.
address.read_address("gallery", shared=False)
st.title("What can EM do, and where does it fail?")
st.caption(
    "Every card is an experiment with all its settings made. Open one, press play, and change something."
)

for heading, presets in GALLERY.items():
    st.header(heading)
    for first in range(0, len(presets), COLUMNS):
        for column, preset in zip(st.columns(COLUMNS), presets[first : first + COLUMNS], strict=False):
            with column.container(border=True, height="stretch"):
                st.image(scenes.thumbnail(preset.settings), width="stretch", alt=preset.title)
                st.page_link(
                    "explore.py", label=f"**{preset.title}**", query_params=preset.settings.to_query()
                )
                st.caption(preset.watch)
notes.laboratory()
