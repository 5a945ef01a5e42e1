"""Check: is there any grouping in a dataset? A verdict in plain words, with the evidence beside it."""

import numpy as np
import streamlit as st

from gmm_core import verdict
from gmm_core.checks import constant_columns
from pages.ui import cached, controls, figures, own_table, session

st.title("Is there any grouping in these data?")
settings = controls.data_alone(session.read_address("check"))
session.keep(settings)
if settings.waits_for_a_table:
    own_table.invite()
    st.stop()

try:
    data = cached.dataset(settings)
except ValueError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()
constant = constant_columns(data.X)
varying = [j for j in range(data.X.shape[1]) if j not in constant]
names = [data.feature_names[j] for j in varying]
X = np.ascontiguousarray(data.X[:, varying])
st.caption(data.note)

answer = st.container()

st.subheader("What the data look like")
try:
    for finding in verdict.examine(data.X, data.feature_names):
        mark = ":material/warning:" if finding.level == "warning" else ":material/check:"
        st.markdown(f"{mark} {finding.sentence}", help=finding.evidence)
    if constant:
        st.markdown(f":material/info: {len(constant)} constant columns are left out of what follows.")
    if len(names) > figures.MOST_FEATURES_TO_COMPARE:
        st.info(
            f"These data have {len(names)} features: too many for a comparison in seconds. Choose up to "
            f"{figures.MOST_FEATURES_TO_COMPARE} columns, or look at them in Explore.",
            icon=":material/filter_alt:",
        )
        st.stop()
    comparison = controls.compare(X, repr(settings.drawn_from))
    said = verdict.judge(comparison, X)
except ValueError as error:
    st.error(str(error), icon=":material/error:")
    st.stop()

with answer:
    show = st.success if said.sure else st.warning
    show(f"**{said.headline}**", icon=":material/task_alt:" if said.sure else ":material/help:")
    for sentence in said.caveats:
        st.markdown(f":material/warning: {sentence}")
    with st.expander("The evidence", expanded=True):
        for sentence in said.reasons:
            st.markdown(f"- {sentence}")

if said.mixture is not None:
    left, right = st.columns([2, 3])
    left.subheader("How many components")
    left.plotly_chart(figures.bic(comparison))
    left.caption("Lower is better. A gap of 10 is strong, one below 2 says nothing (Kass & Raftery 1995).")
    right.subheader("The best fit")
    right.plotly_chart(figures.pairs(X, names, said.mixture))
    if len(said.unsure_rows):
        with st.expander(f"{len(said.unsure_rows):,} rows that belong to no component for sure"):
            st.dataframe(figures.rows(X, names, said.unsure_rows))
if settings.data == "own":
    own_table.findings(settings.table)
