"""The parts of the page of ways up: what it says, the curves, the table, and where the paths part."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import streamlit as st

from gmm_core import Dataset
from gmm_core.laboratory.faster import arrival
from gmm_core.out import export
from gmm_core.words import capital, rounded, together
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.faster import cached, figures, words
from pages.ui.faster.cached import Compared
from pages.ui.faster.settings import LABELS
from pages.ui.look import evidence
from pages.ui.player.view import projection, shown_rows
from pages.ui.shell import charts, widgets

SPEED, ENDS = "speed, EM\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1", "ends at"
NARROW, ROOM = ("passes", SPEED, ENDS), 800  # the columns of a table for which there are fewer pixels
FORMATS = {
    "passes": "{:,}",
    SPEED: "{:.1f}",
    "iterations": "{:,}",
    "seconds": "{:.3f}",
    "log-likelihood": "{:.5f}",
}
FEWEST_SECONDS = 1e-4


def headline(ran: Compared) -> None:
    """What the comparison says, in one sentence."""
    said, calm = words.headline(ran.found)
    show = st.success if calm else st.warning
    show(f"**{evidence.literal(said)}**", icon=":material/speed:")


def refused(ran: Compared) -> None:
    """Which ways could not begin, and why."""
    for name, why in ran.found.refused.items():
        st.warning(f"**{capital(LABELS[name])} is left out.** {evidence.literal(why)}")


def curves(ran: Compared, way: str) -> None:
    """How far each way is below the best end."""
    clock = widgets.pills("faster_clock")
    address.keep_own(faster_clock=clock)
    charts.show(
        figures.gaps(ran.found, clock, way), "faster_gaps", "How far below the best end each way still is"
    )
    st.caption(
        "A line ends where its way gains less than the tolerance: EM's ends that far below the top. One that "
        "goes on level is on another, lower top, or climbs something else than the likelihood. Passes are "
        "counted with those of guesses that were given up; seconds are those of one run on this server, and "
        "say which is faster only roughly."
    )


def rate(ran: Compared, settings: Settings) -> None:
    """The rate of EM, and why it is what it is."""
    st.markdown(words.rate(ran.found, settings.reg_covar))
    if said := words.halving(ran.found):
        st.caption(said)


def table(ran: Compared, settings: Settings, n: float) -> None:
    """What each way cost to the same likelihood, where it ended, and whether it kept its promise."""
    found = _table(ran, settings, n)
    with st.container(key="faster_table"):
        st.html(f"<style>{_narrow(list(found))}</style>")
        st.table(found.style.format(FORMATS, na_rep="–"))  # not one that scrolls: no sentence in it is cut
        with st.container(key="faster_narrow"):
            st.caption("Where there is more room, the table says more: " + together(_left_out(found)) + ".")
    st.caption(
        f"To the same likelihood: EM's own end, less {rounded(words.SAME)} a row. Passes over the rows, "
        "iterations and seconds, those on this server, roughly, are counted up to there. Speed is the passes "
        "of EM divided by those of the way: below 1, it needs more. Log-likelihood: total, at its end. "
        f"{words.fell_back(ran.found.climbs['accelerated'])} "
        "What is said of promises was looked for in every iteration."
    )
    widgets.download(
        "Every iteration of every way, CSV",
        lambda: export.to_csv(_steps(ran)),
        "ways.csv",
    )


def _left_out(columns: Iterable[str]) -> list[str]:
    """The columns for which a narrow page has no room."""
    return [name for name in columns if name not in NARROW]


def _narrow(columns: list[str]) -> str:
    """The style by which a table with such columns leaves some out where it has little room."""
    places = [2 + columns.index(name) for name in _left_out(columns)]
    cells = ", ".join(f".st-key-faster_table tr > :nth-child({place})" for place in places)
    return (
        ".st-key-faster_table {container-type: inline-size} .st-key-faster_narrow {display: none} "
        f"@container (max-width: {ROOM}px) {{{cells} {{display: none}} "
        ".st-key-faster_narrow {display: block}}"
    )


def _table(ran: Compared, settings: Settings, n: float) -> pd.DataFrame:
    found = ran.found
    em = arrival(found.climbs["em"], found.height)
    rows = []
    for name, climbed in found.climbs.items():
        there = arrival(climbed, found.height)
        rows.append(
            {
                "way": climbed.way.label,
                "passes": there.passes if there else None,
                SPEED: em.passes / there.passes if there and em else None,
                "iterations": there.iterations if there else None,
                "seconds": max(there.seconds, FEWEST_SECONDS) if there else None,
                "log-likelihood": n * ran.traces[name].log_likelihood,
                ENDS: words.end(climbed, found),
                "what was checked": climbed.kept_promise(settings.reg_covar),
            }
        )
    table = pd.DataFrame(rows)
    return table.astype({"passes": "Int64", "iterations": "Int64"}).set_index("way")


def _steps(ran: Compared) -> pd.DataFrame:
    """One row for each iteration of each way."""
    parts = [
        pd.DataFrame(
            {
                "way": name,
                "iteration": np.arange(len(climbed.passes)),
                "passes": climbed.passes,
                "seconds": climbed.seconds,
                "log_likelihood per sample": ran.traces[name].log_likelihoods,
                "climbed": climbed.values,
                "temperature": climbed.temperatures,
            }
        )
        for name, climbed in ran.found.climbs.items()
    ]
    return pd.concat(parts, ignore_index=True)


def paths(ran: Compared, data: Dataset, settings: Settings, way: str) -> None:
    """Where a mean of the way parts from that of EM, in the plane: the one that goes farthest."""
    rows = shown_rows(len(data.X), settings.n_components)
    line = data.X.shape[1] == 1
    P, names = (np.ones((1, 1)), list(data.feature_names)) if line else projection(data, ("pc1", "pc2"))
    both = [cached.paths(ran.traces[name], P) for name in ("em", way)]
    points = data.X[rows] @ P.T
    j = int(max(range(settings.n_components), key=lambda j: np.ptp(both[0][:, j], axis=0).sum()))
    first, second = (means[:, j] for means in both)
    if line:  # its other axis is how long it took
        first, second = (
            np.column_stack([means, ran.found.climbs[name].passes])
            for name, means in (("em", first), (way, second))
        )
        points, names = np.column_stack([points, np.zeros(len(points))]), [*names, "passes over the rows"]
    charts.show(
        figures.paths(points, (first, second), names, way),
        "faster_paths",
        "A mean on its way under EM, and under what stands beside it",
    )
    st.caption(
        f"The mean of component {j + 1}, which EM moves farthest: a mark an iteration, so that marks farther "
        "apart are longer steps. Grey: rows, as far as they lie within the picture, which is as large as the "
        "ways are."
    )
