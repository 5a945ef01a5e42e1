"""Choose k: how many components? A map of criteria over k and family, and what to make of them."""

import streamlit as st

from gmm_core.judgement.criteria import HELD_OUT
from pages.ui.address import address
from pages.ui.choose_k import cached, controls, parts
from pages.ui.choose_k.settings import FIELDS, Asked
from pages.ui.runs.data import dataset
from pages.ui.shell import notes
from pages.ui.shell.experiment import experiment

parts.watch_if_clicked()
st.html(f"<style>{parts.STYLE}</style>")
st.title("How many clusters?")
st.caption(
    "More components always fit better; a criterion says when that stops to be worth it. They do not ask the "
    "same question, so they may differ."
)
st.caption(controls.TRY_FIRST)
page = experiment("choose_k", controls.OFFERS, FIELDS, controls=controls.draw)
asked = Asked.of(page.settings, address.own())
by = controls.criterion()
with page.or_say_why():
    notes.say(address.problems())
    data = dataset(asked.settings)
    if notes.too_many_features(data.X.shape[1], "map", "other data"):
        controls.offer()
        st.stop()
    parts.wait_for_map(asked)
    if by == HELD_OUT:
        parts.wait_for_held_out(asked)
    reading = parts.Reading(asked, data, cached.comparison(asked), by)
    if not reading.comparison.fits:
        st.stop()
    parts.verdict(reading)

parts.heat_map(reading)
parts.lessons(reading)
parts.all_cells(reading)
st.divider()
part = controls.part()
if part == "curve":
    parts.curve(reading)
elif part == "test":
    parts.bootstrap(reading)
elif part == "merge":
    parts.merge(reading)
else:
    parts.often(reading)
controls.offer()
page.close(data)
