"""Navigation and what surrounds every page."""

from pathlib import Path

import streamlit as st

from pages.ui.address import room
from pages.ui.look import evidence
from pages.ui.shell import connection, waiting, ways_back
from pages.ui.shell.pages import PAGES, in_sections

# A picture of our own: Streamlit fetches emoji and material icons for the tab from another host.
ICON = Path(__file__).parent / "ui" / "icon.png"
FRAME = (Path(__file__).parent / "ui" / "frame.html").read_text("utf-8").replace("$TABLES", evidence.STYLE)
# Before the navigation: what is behind the back button depends on it.
room.open_from_address()
dressed = FRAME.replace("$HIDDEN", " ".join(room.hidden()))
st.html(dressed.replace("$PRESENT", "yes" if room.is_presented() else ""), unsafe_allow_javascript=True)
if st.context.is_embedded:  # within another page, only the picture and what belongs to it
    st.html(
        "<style>"
        "[data-testid=stHeader], [data-testid=stSidebar], [data-testid=stExpandSidebarButton] {display: none}"
        ".block-container {padding: 0.5rem 1rem}"
        "</style>"
    )
page = st.navigation(
    {
        section: [
            st.Page(one.file, title=one.title, url_path=one.url_path, default=one is PAGES[0]) for one in some
        ]
        for section, some in in_sections().items()
    },
    position="top",
)
st.set_page_config(f"{page.title} · EM explorer", str(ICON), layout="wide")
ways_back.forget()
connection.watch()
with waiting.bar():  # whatever a page waits for
    page.run()
ways_back.draw_anew()
