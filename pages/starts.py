"""Starts."""

import streamlit as st

st.title("Why do I get a different answer each time?")
