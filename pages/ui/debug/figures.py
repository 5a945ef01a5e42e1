"""What code prints, beside the truth. Pure: no Streamlit.

Letters: t steps.
"""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from gmm_core.laboratory.faulty_em import FaultyRun
from gmm_core.words import count
from pages.ui.look import palette

BLUE, ORANGE, GREEN = palette.COMPONENTS[:3]
BEYOND = 3  # how far above or below the truth a printed curve may lie to be drawn, in heights of the truth's


def printed(run: FaultyRun, correct: FaultyRun, within: tuple[float, float]) -> go.Figure:
    """Three curves: what the code prints, the log-likelihood of its parameters, and correct EM's.

    within : the limits of the true curves.
    """
    figure = go.Figure()
    lines = [("correct EM: printed, and true", correct.printed, {"color": BLUE, "width": 3})]
    if run.faults:
        lines += [
            (
                "the truth about its parameters",
                run.log_likelihoods,
                {"color": GREEN, "width": 3, "dash": "dot"},
            ),
            ("what this code prints", run.printed, {"color": ORANGE, "width": 3}),
        ]
    for name, values, look in lines:
        figure.add_scatter(
            x=np.arange(len(values)),
            y=np.where(np.isfinite(values), values, np.nan),
            name=name,
            mode="lines+markers" if len(values) == 1 else "lines",
            line=look,
            hovertemplate="iteration %{x}: %{y:.6g}<extra>" + name + "</extra>",
        )
    low, high = _range(run.printed, within)
    pad = 0.06 * (high - low)
    figure.update_xaxes(title="iteration", rangemode="tozero")
    figure.update_yaxes(title="log-likelihood, in total", range=[low - pad, high + pad])
    legend = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    return figure.update_layout(height=340, margin={"t": 10, "b": 40, "l": 10, "r": 10}, legend=legend)


def printed_note(run: FaultyRun, within: tuple[float, float]) -> str:
    """What of the curves cannot be seen; empty where all can."""
    said = []
    low, high = _range(run.printed, within)
    for what, values in (("printed", run.printed), ("the truth", run.log_likelihoods)):
        for name, which in (
            ("minus infinity", np.isneginf(values)),
            ("plus infinity", np.isposinf(values)),
            ("not a number", np.isnan(values)),
        ):
            if which.any():
                said.append(_where(what, name, np.flatnonzero(which)))
        finite = values[np.isfinite(values)]
        if len(finite) and finite.min() < low:
            said.append(f"{_begin(what)} goes down to {finite.min():.4g}, below the picture.")
        if len(finite) and finite.max() > high:
            said.append(f"{_begin(what)} goes up to {finite.max():.4g}, above the picture.")
    return " ".join(said)


def _where(what: str, name: str, steps: NDArray[np.intp]) -> str:
    begin = f"{name.capitalize()} is printed" if what == "printed" else f"The truth is {name}"
    last = f" (and in {count(len(steps) - 1, 'other')})" if len(steps) > 1 else ""
    return f"{begin} in iteration {steps[0]}{last}: it cannot be drawn."


def _begin(what: str) -> str:
    return "What is printed" if what == "printed" else "The truth"


def _range(values: NDArray[np.float64], within: tuple[float, float]) -> tuple[float, float]:
    low, high = within
    height = BEYOND * max(high - low, 0.01 * max(1.0, abs(high)))
    finite = values[np.isfinite(values)]
    if len(finite):
        low = min(low, max(float(finite.min()), low - height))
        high = max(high, min(float(finite.max()), high + height))
    return low, high
