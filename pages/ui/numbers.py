"""Mixtures as tables for people. Pure pandas: no Streamlit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler

from gmm_core import Mixture, component_health
from pages.ui import palette

# Up to here a table holds every covariance; beyond, only the variances.
MOST_FOR_COVARIANCES = 4


def parameters(mixture: Mixture, counts: tuple[float, ...], names: tuple[str, ...]) -> pd.DataFrame:
    """One row a component: weight, N_k, means, covariances (with many features: variances), health."""
    d = mixture.n_features
    covariances = mixture.full_covariances
    columns: dict[str, np.ndarray | tuple[float, ...]] = {"weight": mixture.weights, "N_k": counts}
    for i, name in enumerate(names):
        columns[f"mean {name}"] = mixture.means[:, i]
    for i, name in enumerate(names):
        columns[f"var {name}"] = covariances[:, i, i]
    if d <= MOST_FOR_COVARIANCES:
        for i in range(d):
            for j in range(i + 1, d):
                columns[f"cov {names[i]}, {names[j]}"] = covariances[:, i, j]
    health = component_health(mixture)
    columns["smallest eigenvalue"] = np.array([h.smallest_eigenvalue for h in health])
    columns["condition"] = np.array([h.condition for h in health])
    index = pd.RangeIndex(1, mixture.n_components + 1, name="component")
    return pd.DataFrame(columns, index=index)


def coloured(table: pd.DataFrame, colours: tuple[int, ...]) -> Styler:
    """The table with each component's row marked in its colour, and numbers of a readable length."""

    def mark(row: pd.Series) -> list[str]:
        colour = palette.COMPONENTS[colours[int(row.name) - 1]]
        return [f"background-color: {colour}38"] * len(row)

    # A name of its own would be new every time, and the same table would be sent again.
    return Styler(table, uuid="em").apply(mark, axis=1).format("{:.6g}")
