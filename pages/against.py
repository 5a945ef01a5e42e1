"""Against scikit-learn: the notebook's benchmark as one table, measured whenever the page opens."""

from importlib.metadata import version
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from gmm_core.out import export
from pages.ui.against import benchmark
from pages.ui.look import evidence
from pages.ui.look.evidence import Column
from pages.ui.runs import fits
from pages.ui.runs.data import dataset
from pages.ui.shell.widgets import download

# What the first sentence says to look at comes first: a phone has no room for more.
COLUMNS = {
    "data": ("data", Column()),
    "difference": ("largest difference", Column(".0e", benchmark.DIFFERENCE)),
    "wrong": ("wrong", Column(".1%", "Rows outside their known group, matched one to one.")),
    "sklearn_wrong": ("sklearn's wrong", Column(".1%")),
    "explore": ("in Explore", Column(link="watch")),
    "times_as_fast": ("times as fast", Column(".1f")),
    "ms": ("time, ms", Column(".1f", "Of one fit from the start to the end: the median of some.")),
    "sklearn_ms": ("sklearn's time, ms", Column(".1f")),
    "same_clusters": ("same clusters", Column(".3f", "Adjusted Rand index of both clusterings.")),
    "iterations": ("iterations", Column()),
    "sklearn_iterations": ("sklearn's iterations", Column()),
    "log_likelihood": ("log-likelihood", Column(".6f", "Per sample, of the last parameters.")),
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
titled = table.assign(explore=links)[list(COLUMNS)].set_axis([title for title, _ in COLUMNS.values()], axis=1)
st.html(evidence.table(titled, columns=dict(COLUMNS.values())))
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
