"""What to see in EM beside k-means."""

from __future__ import annotations

import streamlit as st


def rival_note(d: int, right: tuple[float, float] | None) -> None:
    """Say what to see in EM beside k-means, and what each of them got right."""
    note = "**Hard against soft**: k-means gives a point to one cluster, EM shares it where components meet."
    if d > 2:
        note += " With more than two features no borders are drawn: in a projection they are no lines."
    if right:
        note += (
            f" In the end, matched one to one with the known groups: EM **{right[0]:.1%}**, "
            f"k-means **{right[1]:.1%}** of the rows."
        )
    st.caption(note)
