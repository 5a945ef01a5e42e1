"""What leaves the page: parameters, data, history and code, of the half-step that is shown."""

from __future__ import annotations

import streamlit as st

from gmm_core import Dataset, Trace, export, scripts
from pages.ui import cached
from pages.ui.player import At
from pages.ui.settings import Settings

DATA_FILE = "data.csv"


def show(at: At, settings: Settings, data: Dataset, trace: Trace) -> None:
    """Download buttons; a file is made when its button is pressed."""
    step, names, n = trace.steps[at.iteration], data.feature_names, len(data.X)
    mixture, start, scaling = (
        step.mixture,
        cached.scaled_run(settings).steps[0].mixture,
        cached.scaling(settings),
    )

    def frame():
        return export.data_frame(data.X, mixture, names, data.labels)

    def history():
        return export.history_frame(trace, names, n=n)

    def code(write):
        return lambda: write(
            *(DATA_FILE, start),
            reg_covar=settings.reg_covar,
            tol=settings.tol,
            n_iter=at.iteration,
            feature_names=names,
            scaling=scaling,
        )

    st.caption(
        f"Everything is of iteration {at.iteration}; the history is of all {trace.n_iter}. The scripts read "
        f"{DATA_FILE} beside them, begin where this run began and make {at.iteration} iterations."
    )
    columns = st.columns(3)
    with columns[0]:
        st.markdown("**Parameters and history**")
        _button(
            "Parameters, JSON",
            "mixture.json",
            lambda: export.mixture_to_json(mixture, feature_names=names, log_likelihood=step.log_likelihood),
            help="To go on from here another time: load it on the left, under *Start*.",
        )
        _button("Parameters, CSV", "parameters.csv", lambda: export.parameters_csv(mixture, names))
        _button("History, CSV", "history.csv", lambda: export.to_csv(history()))
        _button("History, Parquet", "history.parquet", lambda: export.to_parquet(history()))
    with columns[1]:
        st.markdown("**Data with responsibilities**")
        _button("Data, CSV", DATA_FILE, lambda: export.to_csv(frame()))
        _button("Data, Parquet", "data.parquet", lambda: export.to_parquet(frame()))
    with columns[2]:
        st.markdown("**Code that reproduces it**")
        _button("Python with scikit-learn", "em_sklearn.py", code(scripts.sklearn_script))
        _button("Python with numpy alone", "em_numpy.py", code(scripts.numpy_script))
        _button("Notebook", "em.ipynb", code(scripts.notebook))


def _button(label, name, make, **kwargs):
    st.download_button(
        label,
        make,
        file_name=name,
        key=f"take_{name}",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
        **kwargs,
    )
