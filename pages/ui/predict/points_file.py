"""A file of points to predict: upload or paste it, and take away what the mixture says of each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Mixture, TableError
from gmm_core.engine import missing
from gmm_core.judgement.predict import is_unlike, prediction_frame
from gmm_core.out import export
from gmm_core.tables.files import READERS
from gmm_core.tables.points import Points, points_in
from gmm_core.tables.reading import LIMITS
from gmm_core.words import count, listed, plural
from pages.ui.address import memory
from pages.ui.look import evidence
from pages.ui.predict.asking import MOST_DRAWN, thinned
from pages.ui.predict.figures import Dots
from pages.ui.runs import brought as runs_brought
from pages.ui.shell.widgets import download

BLOCK = 200_000  # rows between two looks at the bar
LONG = 500_000  # rows that take long enough for a bar
SHOWN = 200  # rows of the table
EMPTY_CELLS = " Empty cells are filled in by what is expected, given the rest of the row."
MARKS = "In the picture: a cross is unlike all data, a ring is not, or misses a value, which is filled in."
MOST_IN_CSV = 1_000_000  # rows; writing more takes many seconds, and a spreadsheet reads no more


@dataclass(frozen=True, eq=False)
class Brought:
    """Points of a file, m of them, and what the mixture says: component from 0, k for noise (m,), log density
    (m,) of what is known, and the points with what it expects where values are missing (m, d).
    """

    points: Points
    component: NDArray[np.intp]
    log_density: NDArray[np.float64]
    filled: NDArray[np.float64]

    def unlike(self, levels: NDArray[np.float64], quantile: float) -> NDArray[np.bool_]:
        """Which points are unlike all data (m,); of one with missing values that is not said."""
        whole = ~np.isnan(self.points.X).any(axis=1)
        return is_unlike(levels, quantile, self.log_density) & whole


def choose(mixture: Mixture, names: tuple[str, ...], about: str) -> Brought | None:
    """The widgets for it; what they say, and the mixture says of it. None where there is nothing yet.

    about : a name for the mixture; with another, it is asked again.
    """
    left, right = st.columns(2)
    uploaded = left.file_uploader(
        "A file of points",
        type=[ending.lstrip(".") for ending in READERS],
        max_upload_size=LIMITS.upload // 1_000_000,
        key="points_file",
    )
    pasted = right.text_area(
        "or paste them", placeholder=f"{','.join(names[:6])}\n…", height=110, key="points_paste"
    )
    if uploaded is not None and pasted.strip():
        st.caption("The file is used. Remove it to use what is pasted.")
    if uploaded is None and not pasted.strip():
        st.caption(
            f"One row for each point, with the {plural(len(names), 'column')} "
            f"{evidence.literal(listed(names))}{' in any order' if len(names) > 1 else ''}; "
            f"others may stand beside {plural(len(names), 'it', 'them')}."
            f"{EMPTY_CELLS if len(names) > 1 else ''}"
        )
        return None
    table = None
    try:
        if uploaded is not None:
            table = runs_brought.points_table(uploaded.getvalue(), uploaded.name)
        else:
            table = runs_brought.points_table(pasted.encode(), "")
        points = points_in(table.frame, names, table.empty)
    except TableError as error:
        points = None
        st.error(evidence.literal(str(error)), icon=":material/error:")
    if table and table.findings:
        with st.expander("What was found while reading it"):
            st.html(evidence.plain(table.findings))
    if points is None:
        return None
    st.caption(evidence.literal(" ".join(points.findings)))
    # A digest of the numbers would take as long as asking: the widgets' own names do.
    name = f"{about} {uploaded.file_id if uploaded else pasted}"
    return memory.once("points", name, lambda: _asked(mixture, points))


def _asked(mixture: Mixture, points: Points) -> Brought:
    """What the mixture says of each point, with a bar where it takes a while."""
    X = points.X
    bar: Any = st.progress(0.0, "Asking the mixture …") if len(X) > LONG else None
    component, log_density, filled = np.empty(len(X), np.intp), np.empty(len(X)), np.empty(X.shape)
    for first in range(0, len(X), BLOCK):
        block = slice(first, first + BLOCK)
        component[block] = missing.shares(mixture, X[block]).argmax(axis=1)
        log_density[block] = missing.log_density(mixture, X[block])
        filled[block] = missing.expected(mixture, X[block])[0]
        if bar:
            bar.progress(min(first + BLOCK, len(X)) / len(X), f"{min(first + BLOCK, len(X)):,} points …")
    if bar:
        bar.empty()
    return Brought(points, component, log_density, filled)


def show(
    brought: Brought, mixture: Mixture, names: tuple[str, ...], levels: NDArray[np.float64], quantile: float
) -> None:
    """A sentence, the first rows, and downloads of all."""
    points, m = brought.points, len(brought.points.X)
    unlike = int(brought.unlike(levels, quantile).sum())
    gaps = np.isnan(points.X)
    incomplete = int(gaps.any(axis=1).sum())
    counts = np.bincount(brought.component, minlength=mixture.n_components)
    likely = ", ".join(f"{j} for {n:,}" for j, n in enumerate(counts[: mixture.n_components], 1))
    likely += "".join(f", noise for {n:,}" for n in counts[mixture.n_components :])
    said = f"**{count(m, 'point')}**"
    if whole := m - incomplete:
        of = f". Of the {whole:,} without missing values" if incomplete else ", of which"
        said += (
            f"{of} **{unlike:,}** {plural(unlike, 'is', 'are')} unlike all data: the density there is below "
            f"the {100 * quantile:g}% quantile"
        )
    st.markdown(f"{said}. Most likely component: {likely}.")
    if incomplete:
        st.markdown(
            f"{count(incomplete, 'point')} {plural(incomplete, 'has', 'have')} missing values: what is "
            "expected in their place, given the rest of the row, and its standard deviation stand in columns "
            "of their own. Whether such a point is unlike all data is not said: a density of fewer features "
            "cannot be compared."
        )

    def frame(most: int | None = None):
        return prediction_frame(
            *(points.X[:most], mixture, levels, quantile, names, points.rows[:most]), gaps=gaps.any(axis=0)
        )

    st.caption(MARKS)
    first = frame(SHOWN)
    short = st.column_config.NumberColumn(format="%.6g")
    floats = dict.fromkeys(first.select_dtypes("floating"), short)
    st.dataframe(first, hide_index=True, height=220, column_config=floats)
    if m > SHOWN:
        text = f"The first {SHOWN} of {m:,} rows; a download holds all."
        text += f" {MOST_DRAWN:,} are drawn in the picture." if m > MOST_DRAWN else ""
        text += " So many are too much for CSV, and for a spreadsheet." if m > MOST_IN_CSV else ""
        st.caption(text)
    files = {"CSV": ("predictions.csv", export.to_csv), "Parquet": ("predictions.parquet", export.to_parquet)}
    if m > MOST_IN_CSV:
        del files["CSV"]
    with st.container(horizontal=True):
        for kind, (name, write) in files.items():
            download(
                f"Predictions, {kind}",
                lambda write=write: write(frame()),
                name,
            )


def drawn(brought: Brought, levels: NDArray[np.float64], quantile: float) -> Dots:
    """The points for the picture, filled in; those that are unlike the data are crosses."""
    rows = thinned(len(brought.filled))
    return Dots(brought.filled[rows], brought.unlike(levels, quantile)[rows])
