"""Debug."""

import streamlit as st

st.title("Is my code wrong?")
