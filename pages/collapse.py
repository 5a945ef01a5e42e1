"""Collapse."""

import streamlit as st

st.title("Singular matrix?")
