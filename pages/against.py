"""Against scikit-learn: the notebook's benchmark as one table, measured whenever the page opens."""

from importlib.metadata import version
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from gmm_core.out import export
from pages.ui.against import benchmark
from pages.ui.runs import fits
from pages.ui.runs.data import dataset
from pages.ui.shell.widgets import download

NUMBER = st.column_config.NumberColumn
# What the first sentence says to look at comes first: a phone has no room for more.
COLUMNS = {
    "data": "Data",
    "difference": NUMBER("Largest difference", format="%.0e", help=benchmark.DIFFERENCE),
    "wrong": NUMBER("Wrong", format="percent", help="Rows outside their known group, matched one to one."),
    "sklearn_wrong": NUMBER("sklearn's wrong", format="percent"),
    "explore": st.column_config.LinkColumn("In Explore", display_text="watch"),
    "times_as_fast": NUMBER("Times as fast", format="%.1f"),
    "ms": NUMBER("Time", format="%.1f ms", help="Of one fit from the start to the end: the median of some."),
    "sklearn_ms": NUMBER("sklearn's time", format="%.1f ms"),
    "same_clusters": NUMBER("Same clusters", format="%.3f", help="Adjusted Rand index of both clusterings."),
    "iterations": "Iterations",
    "sklearn_iterations": "sklearn's iterations",
    "log_likelihood": NUMBER("Log-likelihood", format="%.6f", help="Per sample, of the last parameters."),
}

st.title("Does EM end where scikit-learn's ends?")
st.markdown(
    "The data of a notebook that wrote EM by hand, fitted here and by scikit-learn **from the same start**. "
    "Look at the largest difference, and at how many rows are wrong: only the time should tell the two apart."
)
answer = st.empty()
rows = []
for name, settings in benchmark.EXPERIMENTS.items():
    answer.progress(len(rows) / len(benchmark.EXPERIMENTS), f"Measuring: {name} …")
    rows.append(benchmark.measure(name, settings, dataset(settings), fits.run(settings)))
table = pd.DataFrame(rows)
text, colour = benchmark.verdict(table)
answer.badge(text, color=colour)

links = [f"./?{urlencode(settings.to_query())}" for settings in benchmark.EXPERIMENTS.values()]
st.dataframe(table.assign(explore=links)[list(COLUMNS)], hide_index=True, column_config=COLUMNS)
with st.container(horizontal=True):
    st.button("Measure again", icon=":material/refresh:")
    download(
        "Table, CSV",
        export.to_csv(table),
        "against_sklearn.csv",
    )
st.caption(
    f"Times are of this server, just now, on one thread, with scikit-learn {version('scikit-learn')} and "
    f"numpy {version('numpy')}. Of data this small they show mostly what a fit costs besides its "
    "arithmetic, and change with what else the server does. With 100,000 rows, EM here is many times as fast."
)
st.caption(benchmark.NOTEBOOK)
