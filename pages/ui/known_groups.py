"""Components against the known groups of the data, which EM never sees."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler
from sklearn.metrics import adjusted_rand_score

from gmm_core import NO_LABEL, Dataset, Mixture, accuracy, match_clusters

MOST_GROUPS = 100


def label_names(data: Dataset) -> dict[int, str]:
    """The name of each group: the number itself where it has none."""
    found = np.setdiff1d(data.labels, NO_LABEL).tolist()
    return {label: data.label_names[label] if data.label_names else str(label) for label in found}


def named_labels(data: Dataset) -> pd.Series | None:
    """The known group of each row, by its name where it has one; None where there are none."""
    if data.labels is None:
        return None
    if data.label_names:
        return pd.Series(data.labels).map(label_names(data))
    return pd.Series(data.labels).astype("Int64").mask(data.labels == NO_LABEL)


def show(data: Dataset, mixture: Mixture) -> None:
    """How well the likeliest components of a mixture agree with the known groups."""
    known = data.labels != NO_LABEL
    names = label_names(data)
    if len(names) < 2 or len(names) > MOST_GROUPS:
        st.info(f"The labels have {len(names)} different values; 2 to {MOST_GROUPS} can be compared.")
        return
    labels = data.labels[known]
    components = mixture.responsibilities(data.X[known]).argmax(axis=1)
    matching = match_clusters(components, labels)
    agree = accuracy(labels, components, matching)
    st.markdown(
        f"**{agree:.1%}** of {known.sum():,} rows agree, with components and groups matched one to one so "
        f"that most do. Adjusted Rand index **{adjusted_rand_score(labels, components):.3f}**: 1 is the same "
        "grouping, 0 what chance would give."
    )
    unknown = len(known) - known.sum()
    if unknown:
        have = "row has" if unknown == 1 else "rows have"
        st.caption(f"{unknown:,} {have} no label: left out here, though EM used all.")
    table = pd.crosstab(
        pd.Series(labels, name="known group").map(names), pd.Series(1 + components, name="component")
    )
    table = table.reindex(list(names.values()))
    own = {1 + component: names[label] for component, label in matching.items()}

    def bold(column: pd.Series) -> list[str]:
        return ["font-weight: bold" if row == own.get(column.name) else "" for row in column.index]

    st.dataframe(Styler(table, uuid="groups").apply(bold))
    st.caption(
        "Rows of each known group in each component, in bold where the two are matched. "
        "The numbers of components mean nothing; EM never sees the labels."
    )
