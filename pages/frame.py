"""Navigation and what surrounds every page."""

from pathlib import Path

import streamlit as st

# A picture of our own: Streamlit fetches emoji and material icons for the tab from another host.
ICON = Path(__file__).parent / "ui" / "icon.png"

st.set_page_config(page_title="EM explorer", page_icon=str(ICON), layout="wide")
st.html(
    "<style>"
    ".block-container {padding-top: 3.6rem; padding-bottom: 2rem}"
    "[data-testid=stSidebarHeader] {height: 2rem}"
    # Where a bar stood while somebody waited, an empty place remains, and would keep what follows lower.
    "[data-testid=stLayoutWrapper]:has(> .stVerticalBlock)"
    ":not(:has(> .stVerticalBlock > * > :not([data-testid=stEmpty]))) {display: none}"
    "</style>"
)

page = st.navigation(
    {
        "": [
            st.Page("explore.py", title="Explore", default=True),
            st.Page("gallery.py", title="Gallery"),
            st.Page("predict.py", title="Predict"),
            st.Page("check.py", title="Check a dataset"),
            st.Page("digits.py", title="Digits"),
            st.Page("against.py", title="Against scikit-learn"),
        ],
        "Laboratory": [
            st.Page("starts.py", title="Starts"),
            st.Page("collapse.py", title="Collapse"),
            st.Page("debug.py", title="Debug"),
            st.Page("choose_k.py", title="Choose k", url_path="choose-k"),
        ],
    },
    position="top",
)
page.run()
