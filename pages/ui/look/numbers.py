"""Mixtures as tables for people. Pure pandas: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from math import floor, log10

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gmm_core import Deviation, Held, Mixture, component_health
from gmm_core.judgement.intervals import Intervals
from gmm_core.words import percent, together
from pages.ui.look import evidence, palette, shapes

# Up to here a table holds every covariance; beyond, only the variances.
MOST_FOR_COVARIANCES = 4


def short(value: float) -> str:
    """A log-likelihood of a readable length: -6.3401, -12,345.67, -2.2e+07; see `whole` for the rest."""
    if not abs(value) < 1e6:
        return f"{value:.3g}"
    return f"{value:,.4f}" if abs(value) < 1e3 else f"{value:,.2f}"


def whole(value: float) -> str:
    """The same with its digits, for those who ask."""
    return f"{value:,.6f}" if abs(value) < 1e10 else f"{value:.9e}"


def near(value: float, spread: float) -> str:
    """A value in as many digits as matter where others are so far apart: 31.2, 0.0417, 1,000,000.03."""
    if not 0 < spread < np.inf or not abs(value) < 1e15 * spread:
        return f"{value:,.6g}"
    return f"{round(value, 2 - floor(log10(spread))) + 0.0:,.15g}"


def ranges(intervals: NDArray[np.float64], spread: float) -> str:
    """Intervals (m, 2) in such digits: 24.5 to 25.6 and 43.3 to 45.5."""
    return together([f"{near(low, spread)} to {near(high, spread)}" for low, high in intervals])


def parameters(mixture: Mixture, counts: tuple[float, ...] | None, names: tuple[str, ...]) -> pd.DataFrame:
    """One row a component: weight, N_k, means, covariances (with many features: variances), health.

    counts : N_k; None before the first E-step, which finds them.
    """
    table = _plain(mixture, names)
    if counts is not None:
        table.insert(1, "N_k", counts)
    health = component_health(mixture)
    table["smallest eigenvalue"] = [h.smallest_eigenvalue for h in health]
    table["condition"] = [h.condition for h in health]
    return table


def held(which: Held, k: int) -> list[str]:
    """What is held of each of k components, with a lock; "" where nothing is."""
    each = [[name.removesuffix("s") for name, those in which.of_kinds if j in those] for j in range(k)]
    return [f"\N{LOCK} {', '.join(one)}" if one else "" for one in each]


def with_errors(table: pd.DataFrame, found: Intervals, names: tuple[str, ...]) -> pd.DataFrame:
    """The table of `parameters`, with the standard errors in a row under each component's."""
    d = len(names)
    columns = {"weight": found.weights.error[: len(table)]}
    columns |= {f"mean {name}": found.means.error[:, i] for i, name in enumerate(names)}
    for i, name in enumerate(names):
        columns[f"var {name}"] = found.covariances.error[:, i, i]
        for j in range(i + 1, d):
            columns[f"cov {name}, {names[j]}"] = found.covariances.error[:, i, j]
    if found.dof is not None:
        columns["degrees of freedom"] = found.dof.error
    errors = pd.DataFrame(columns, index=table.index).reindex(columns=table.columns)
    both = pd.concat({"value": table, "±": errors}, names=[" "]).swaplevel()
    return both.sort_index(level=0, sort_remaining=False, kind="stable")


def _plain(mixture: Mixture, names: tuple[str, ...]) -> pd.DataFrame:
    """One row a component: weight, means, covariances (with many features: variances)."""
    d = mixture.n_features
    covariances = mixture.full_covariances
    columns = {"weight": mixture.weights}
    for i, name in enumerate(names):
        columns[f"mean {name}"] = mixture.means[:, i]
    for i, name in enumerate(names):
        columns[f"var {name}"] = covariances[:, i, i]
    if d <= MOST_FOR_COVARIANCES:
        for i in range(d):
            for j in range(i + 1, d):
                columns[f"cov {names[i]}, {names[j]}"] = covariances[:, i, j]
    if mixture.dof is not None:
        columns["degrees of freedom"] = mixture.dof
    index = pd.RangeIndex(1, mixture.n_components + 1, name="component")
    return pd.DataFrame(columns, index=index)


def beyond(mixture: Mixture, levels: Sequence[float]) -> str:
    """What there is to say of noise, and of t distributions, in sentences; "" of Gaussians.

    levels : the shares of a Gaussian that the ellipses hold, where such are drawn.
    """
    said = []
    if mixture.noise_box is not None:
        said.append(
            f"**Noise** has the weight {mixture.noise_weight:.3g}, and over the box of the data the density "
            f"{mixture.noise_density:.3g}. The weights of the components are what is left of 1."
        )
    if mixture.dof is not None:
        said.append(
            "**Tails**: what is called var and cov here is the scale matrix of a t distribution; its "
            "covariance is larger, by dof / (dof - 2), and there is none up to 2 degrees of freedom."
        )
        if (d := min(mixture.n_features, 2)) > 1:
            gaussian = together([f"{level:.0%}" for level in levels])
            held = [
                f"{together(list(map(percent, shapes.held(shapes.radii(levels, d), d, dof))))} of "
                f"component {j + 1}"
                for j, dof in enumerate(mixture.dof.tolist())
            ]
            said.append(f"The ellipses that hold {gaussian} of a Gaussian hold {'; '.join(held)}.")
    return " ".join(said)


def against_truth(
    truth: Mixture, mixture: Mixture, pairs: Sequence[Deviation], names: tuple[str, ...]
) -> pd.DataFrame:
    """Two rows for each component that has a counterpart: its parameters, and the true ones.

    pairs : their `deviations`.
    """
    found = _plain(mixture, names).iloc[[one.component for one in pairs]]
    true = _plain(truth, names).iloc[[one.true for one in pairs]].set_axis(found.index)
    both = pd.concat({"fitted": found, "true": true}, names=["of"]).swaplevel()
    return both.sort_index(level=0, sort_remaining=False, kind="stable")


def errors(truth: Mixture, pairs: Sequence[Deviation], n: int, groups: dict[int, str]) -> pd.DataFrame:
    """One row for each component that has a counterpart: how far it is from it, and how far n rows leave it.

    pairs : their `deviations`. groups : the name of each true component.
    """
    table = pd.DataFrame([asdict(one) for one in pairs])
    columns = {
        "known group": [groups.get(i, str(i)) for i in table["true"]],
        "weight": table["weight"],
        "mean": table["mean"],
        "mean, in σ": table["mahalanobis"],
        "by chance, in σ": np.sqrt(truth.n_features / (n * truth.weights[table["true"]])),
        "covariance": table["covariance"],
        "divergence": table["divergence"],
    }
    return pd.DataFrame(columns).set_index(pd.Index(1 + table["component"], name="component"))


def coloured(table: pd.DataFrame, colours: tuple[int, ...], number: str = ".6g") -> str:
    """The table as HTML, with each component's row in its colour. number : the format of floats."""
    components = table.index.get_level_values(0)
    grounds = [palette.ground(palette.COMPONENTS[colours[j - 1]]) for j in components]
    return evidence.table(table, number, [[ground] * table.shape[1] for ground in grounds])
