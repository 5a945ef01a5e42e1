"""Navigation and what surrounds every page."""

from pathlib import Path

import streamlit as st

from pages.ui.shell import waiting
from pages.ui.shell.pages import PAGES, in_sections

# A picture of our own: Streamlit fetches emoji and material icons for the tab from another host.
ICON = Path(__file__).parent / "ui" / "icon.png"
# On a phone the menu of the pages lies over the page: who has chosen one wants to see it.
MENU = """<script>
if (!window.emMenu) {
  window.emMenu = true;
  document.addEventListener("click", ({ target }) => {
    if (innerWidth > 768 || !target.closest?.("[data-testid=stSidebarNavLink]")) return;
    document.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
  });
}
</script>"""

st.set_page_config(page_icon=str(ICON), layout="wide")
st.html(
    "<style>"
    # Streamlit leaves 5 rem on both sides: on a projector of 1280 pixels, two players need that room.
    ".block-container {padding: 3.6rem clamp(1rem, 2.5vw, 5rem) 2rem}"
    # Its faint text has 3.8 : 1 of contrast; 4.5 : 1 is what can be read.
    "[data-testid=stCaptionContainer] {opacity: 0.8}"
    "[data-testid=stSidebarHeader] {height: 2rem}"
    # Where a bar stood while somebody waited, an empty place remains, and would keep what follows lower.
    "[data-testid=stLayoutWrapper]:has(> .stVerticalBlock)"
    ":not(:has(> .stVerticalBlock > * > :not([data-testid=stEmpty]))) {display: none}"
    "[data-testid=stLayoutWrapper]:has(> .st-key-em_menu) {display: none}"
    "</style>"
)
with st.container(key="em_menu"):
    st.html(MENU, unsafe_allow_javascript=True)

page = st.navigation(
    {
        section: [
            st.Page(one.file, title=one.title, url_path=one.url_path, default=one is PAGES[0]) for one in some
        ]
        for section, some in in_sections().items()
    },
    position="top",
)
st.set_page_config(page_title=f"{page.title} · EM explorer")
with waiting.bar():  # whatever a page waits for
    page.run()
