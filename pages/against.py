"""Against scikit-learn: the notebook's benchmark as one table, measured whenever the page opens."""

from importlib.metadata import version
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from gmm_core import export
from pages.ui import benchmark, cached

NUMBER = st.column_config.NumberColumn
COLUMNS = {
    "data": "Data",
    "iterations": "Iterations",
    "sklearn_iterations": "sklearn's",
    "log_likelihood": NUMBER("Log-likelihood", format="%.6f", help="Per sample, of the last parameters."),
    "difference": NUMBER("Largest difference", format="%.0e", help=benchmark.DIFFERENCE),
    "same_clusters": NUMBER("Same clusters", format="%.3f", help="Adjusted Rand index of both clusterings."),
    "wrong": NUMBER("Wrong", format="percent", help="Rows outside their known group, matched one to one."),
    "sklearn_wrong": NUMBER("sklearn's", format="percent"),
    "ms": NUMBER("Time", format="%.1f ms", help="Of one fit from the start to the end: the median of some."),
    "sklearn_ms": NUMBER("sklearn's", format="%.1f ms"),
    "times_as_fast": NUMBER("Times as fast", format="%.1f"),
    "explore": st.column_config.LinkColumn("In Explore", display_text="watch"),
}

st.title("Does EM end where scikit-learn's ends?")
st.markdown(
    "The data of a notebook that wrote EM by hand, fitted here and by scikit-learn **from the same start**. "
    "Look at the largest difference, and at which rows are wrong: only the time should tell the two apart."
)
answer = st.empty()
rows = []
for name, settings in benchmark.EXPERIMENTS.items():
    answer.progress(len(rows) / len(benchmark.EXPERIMENTS), f"Measuring: {name} …")
    rows.append(benchmark.measure(name, settings, cached.dataset(settings), cached.run(settings)))
table = pd.DataFrame(rows)
text, colour = benchmark.verdict(table)
answer.badge(text, color=colour)

links = [f"./?{urlencode(settings.to_query())}" for settings in benchmark.EXPERIMENTS.values()]
st.dataframe(table.assign(explore=links)[list(COLUMNS)], hide_index=True, column_config=COLUMNS)
with st.container(horizontal=True):
    st.button("Measure again", icon=":material/refresh:")
    st.download_button(
        "Table, CSV",
        export.to_csv(table),
        "against_sklearn.csv",
        "text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
st.caption(
    f"Times are of this server, just now, on one thread, with scikit-learn {version('scikit-learn')} and "
    f"numpy {version('numpy')}. Of small data they show mostly what a fit costs before its first iteration; "
    "the more rows, the larger the ratio."
)
st.caption(benchmark.NOTEBOOK)
