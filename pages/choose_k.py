"""Choose k."""

import streamlit as st

st.title("How many clusters?")
