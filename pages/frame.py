"""Navigation and what surrounds every page."""

from pathlib import Path

import streamlit as st

from pages.ui.shell import waiting, ways_back
from pages.ui.shell.pages import PAGES, in_sections

# A picture of our own: Streamlit fetches emoji and material icons for the tab from another host.
ICON = Path(__file__).parent / "ui" / "icon.png"

st.set_page_config(page_title="EM explorer", page_icon=str(ICON), layout="wide")
st.html(
    "<style>"
    ".block-container {padding-top: 3.6rem; padding-bottom: 2rem}"
    "@media (min-width: 700px) {.st-key-em_lesson {flex-wrap: nowrap} .st-key-em_lesson > * {flex-shrink: 0}"
    " .st-key-em_lesson > :first-child {flex-shrink: 1}}"
    "[data-testid=stSidebarHeader] {height: 2rem}"
    # Where a bar stood while somebody waited, an empty place remains, and would keep what follows lower.
    "[data-testid=stLayoutWrapper]:has(> .stVerticalBlock)"
    ":not(:has(> .stVerticalBlock > * > :not([data-testid=stEmpty]))) {display: none}"
    "</style>"
)

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
ways_back.forget()
with waiting.bar():  # whatever a page waits for
    page.run()
ways_back.draw_anew()
