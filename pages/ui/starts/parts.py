"""The parts of the page of starts: the race, the run that was clicked, the ends, and who reaches them."""

from __future__ import annotations

from urllib.parse import urlencode

import numpy as np
import pandas as pd
import streamlit as st

from gmm_core import Dataset, keep_colours
from gmm_core.out import export
from gmm_core.words import percent, plural
from pages.ui.address import address
from pages.ui.look import evidence, palette, portraits
from pages.ui.shell import charts
from pages.ui.shell.widgets import download
from pages.ui.starts import course as starts_course
from pages.ui.starts import figures, words
from pages.ui.starts import settings as starts_settings
from pages.ui.starts.outcome import Outcome
from pages.ui.starts.settings import Heat

CARDS = 8
# As many cards beside each other as there is room for.
STYLE = """
.st-key-em_ends {flex-wrap: wrap; align-items: stretch}
.st-key-em_ends > * {flex: 1 1 13rem; min-width: 13rem; max-width: 20rem}
"""
KINDS = {"": "", "saddle": ":blue-badge[saddle]", "degenerate": ":orange-badge[degenerate]"}
KINDS["collapsed"] = ":red-badge[collapsed]"
COLUMNS = {
    "log-likelihood": evidence.Column(".6f", "Total, of the best run that ends here."),
    "share": evidence.Column(".1%"),
    "in Explore": evidence.Column(link="watch"),
}


def headline(ran: Outcome) -> None:
    """What the race says, in one sentence."""
    said, calm = words.headline(ran)
    show = st.success if calm else st.warning
    show(f"**{evidence.literal(said)}**", icon=":material/flag:" if calm else ":material/alt_route:")


def course(ran: Outcome, asked: Heat) -> None:
    """The race, and the run that was clicked."""
    address.keep_own()  # a click was heard before this ran
    picked = address.own()["starts_run"] - 1
    picked = picked if 0 <= picked < ran.n_starts else None
    starts_course.show(figures.race(ran), "starts_race", picked, _pick)
    with st.container(horizontal=True, vertical_alignment="center", key="em_picked"):
        if picked is None:
            st.caption(
                "Click on a curve to know whose it is. Rings: where scikit-learn's default tolerance stops."
            )
            return
        start, end = ran.race.starts[picked], ran.ends[ran.end_of[picked]]
        n = int(ran.race.n_iter[picked])
        kind = words.kind(end)
        st.caption(
            f"**{words.name(start)}** ends at {ran.curves[picked, n]:,.4f} after {n:,} iterations"
            + (f", {kind}." if kind else ".")
        )
        _open(ran, asked, picked)
        st.button("No run", on_click=_pick, args=(-1,), help="Draw no run bold.")


def _pick(run: int) -> None:
    address.choose("starts_run", run + 1)


def _open(ran: Outcome, asked: Heat, run: int) -> None:
    """The link to this run in Explore."""
    settings = asked.in_explore(ran.race.starts[run])
    n, most = int(ran.race.n_iter[run]), settings.max_iter
    st.page_link(
        "explore.py",
        label="Open in Explore",
        icon=":material/play_circle:",
        query_params=settings.to_query(),
        help=f"The first {most:,} of its {n:,} iterations." if n > most else None,
    )


def remarks(ran: Outcome, asked: Heat) -> None:
    """What there is to say about tolerance, unfinished runs and odd starts."""
    said = (words.unfinished(ran, asked.max_iter), words.default_tolerance(ran))
    for sentence in (*filter(None, said), *words.notes(ran)):
        st.caption(sentence)


def ends(ran: Outcome, asked: Heat, data: Dataset) -> None:
    """The distinct end states, the highest first: pictures of some, and a table of all."""
    shades = figures.colours(len(ran.ends))
    colours = _colours(ran)
    st.html(f"<style>{STYLE}</style>")
    with st.container(horizontal=True, key="em_ends"):
        for i in range(min(len(ran.ends), CARDS)):
            with st.container(border=True):
                _card(ran, asked, data, i, shades[i], colours[i])
    rest = len(ran.ends) - CARDS
    table = _table(ran, asked)
    with st.expander(f"All {len(ran.ends)} as a table" if rest <= 0 else f"All, with the {rest} others"):
        st.html(evidence.table(table, columns=COLUMNS))
        download(
            "All starts, CSV",
            lambda: export.to_csv(_starts(ran)),
            "starts.csv",
        )


def _card(ran: Outcome, asked: Heat, data: Dataset, i: int, shade: str, colours: tuple[int, ...]) -> None:
    end = ran.ends[i]
    best = ran.race.starts[end.runs[0]]
    portrait = portraits.portrait(
        data, ran.clusters[i], ran.mixtures[i], [palette.COMPONENTS[j] for j in colours]
    )
    st.image(portrait, width="stretch", alt=f"The end at {words.value(end)}")
    st.html(f'<div style="height: 5px; background: {shade}; margin-top: -0.8rem"></div>')
    low, high = int(end.n_iter.min()), int(end.n_iter.max())
    iterations = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    st.markdown(f"**{words.value(end)}** {KINDS[words.kind(end)]}")
    st.caption(
        f"{len(end.runs):,} of {ran.n_starts:,} starts ({percent(end.share)}), such as {words.name(best)}; "
        f"{iterations} {plural(high, 'iteration')}. {evidence.literal(words.why(ran.told[i]))}"
    )
    _open(ran, asked, end.runs[0])


def _colours(ran: Outcome) -> list[tuple[int, ...]]:
    """The palette's colours for the components of each end: those of their counterparts in the best one."""
    reference = ran.honest or ran.ends[0]
    k = reference.mixture.n_components
    return [
        keep_colours(range(k), reference.mixture, end.mixture, len(palette.COMPONENTS)) for end in ran.ends
    ]


def _table(ran: Outcome, asked: Heat) -> pd.DataFrame:
    rows = []
    for end, told in zip(ran.ends, ran.told, strict=True):
        best = ran.race.starts[end.runs[0]]
        rows.append(
            {
                "log-likelihood": end.log_likelihood,
                "starts": len(end.runs),
                "share": end.share,
                "fewest iterations": int(end.n_iter.min()),
                "median": int(np.median(end.n_iter)),
                "most": int(end.n_iter.max()),
                "begun by": words.name(best),
                "in Explore": "./?" + urlencode(asked.in_explore(best).to_query()),
                "what it is": ": ".join(filter(None, (words.kind(end), words.why(told)))),
            }
        )
    return pd.DataFrame(rows)


def _starts(ran: Outcome) -> pd.DataFrame:
    """One row for each start."""
    starts, n = ran.race.starts, ran.race.n_iter
    return pd.DataFrame(
        {
            "init": [start.init for start in starts],
            "seed": pd.array([start.seed for start in starts], dtype="Int64"),
            "log_likelihood total": ran.curves[np.arange(len(starts)), n],
            "n_iter": n,
            "n_iter_at_default_tol": ran.n_iter_default,
            "end": ran.end_of + 1,
            "kind": [words.kind(ran.ends[i]) for i in ran.end_of],
        }
    )


def often(ran: Outcome) -> None:
    """How often each initialisation reaches the best honest end."""
    if ran.honest is None:
        st.caption("No start reaches an honest end, so there is nothing to compare.")
        return
    charts.show(
        figures.reached(ran), "starts_reached", "Where starts of each kind end, and how many reach the best"
    )
    said = "; ".join(f"{starts_settings.LABELS[one.init]} {words.often(one)}" for one in ran.reached)
    st.caption(
        f"Starts that reach {words.value(ran.honest)}: {said}. In brackets, and as "
        "a bar, the 95% interval of the share (Wilson): with more seeds it gets narrower."
    )
