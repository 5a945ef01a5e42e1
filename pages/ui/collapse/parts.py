"""The parts of the page about collapse: the cures to pick, their players, and the autopsy."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from gmm_core import Dataset, Trace
from gmm_core.engine import em
from gmm_core.laboratory import autopsy, cures
from gmm_core.laboratory.autopsy import Autopsy
from gmm_core.laboratory.cures import Cured
from gmm_core.words import End, as_code, count, plural, uncapital
from pages.ui import player
from pages.ui.address import address
from pages.ui.address.presets import TROUBLE
from pages.ui.address.settings import Settings
from pages.ui.collapse import cached, figures
from pages.ui.collapse.settings import MOST_CURES, NAMES, number, read_cures, write_cures
from pages.ui.look import evidence
from pages.ui.look.palette import COMPONENTS
from pages.ui.runs.data import repeated, row_numbers
from pages.ui.shell import charts, waiting

PICK, OTHER = "pick_cures", "other_reg_covar"
# All cures are in view.
STYLE = """
.st-key-pick_cures [role=toolbar] {flex-wrap: wrap; overflow: visible; mask: none}
.st-key-em_cures {flex-wrap: wrap}
.st-key-em_cures > .st-key-pick_cures {flex: 1 1 20rem; min-width: min(20rem, 100%)}
.st-key-em_gains {flex-wrap: wrap}
.st-key-em_gains > * {flex: 1 1 24rem; min-width: min(24rem, 100%)}
"""
MOST_ROWS = 200  # that are listed


def intro(settings: Settings) -> None:
    """What the page is about, and what to try first."""
    first = "" if settings.fitted == TROUBLE.fitted else "Open *The tutorial's point*, below. "
    st.markdown(
        "A component that shrinks onto one point makes its likelihood as large as you like. EM follows it "
        f"down, until the covariance has no inverse.  \n**Try first.** {first}Press play: in iteration 2 "
        "component 3 falls on row 30, the point (23.39, 8.07). Then choose *reset it*: from the same start, "
        "EM ends at the best honest fit, −3,406.8. With *reg_covar = 0.001* no error is left, and yet "
        "component 3 holds that one row alone."
    )


def pick(settings: Settings) -> tuple[str, ...]:
    """The cures to look at, several at once."""
    chosen = read_cures(address.own()["collapse_cures"])
    values = {f"{value:g}" for value in cached.suggested(settings)}
    values |= {name for name in chosen if name not in NAMES}
    offered = (*sorted(values, key=float), *NAMES)
    address.hold(PICK, list(chosen))
    with st.container(horizontal=True, vertical_alignment="center", key="em_cures"):
        st.markdown("**Cures**", width="content")
        st.pills(
            "Cures, each from the same start: choose several",
            offered,
            selection_mode="multi",
            format_func=cures.title,
            key=PICK,
            on_change=_picked,
            label_visibility="collapsed",
        )
        st.text_input(
            "Another reg_covar",
            key=OTHER,
            on_change=_typed,
            placeholder="another reg_covar",
            label_visibility="collapsed",
            width=170,
        )
    return chosen


def _picked() -> None:
    _choose(address.value(PICK))


def _typed() -> None:
    text = address.value(OTHER)
    address.hold(OTHER, "")
    name = number(text)
    if name:
        _choose((*read_cures(address.own()["collapse_cures"]), name))
    elif text.strip():
        address.complain(
            f"reg_covar is a number from 0 to 1,000,000,000,000, such as 0.05, and not {as_code(text)}."
        )


def _choose(names: Sequence[str]) -> None:
    names = tuple(dict.fromkeys(names))
    address.choose("collapse_cures", write_cures(names[:MOST_CURES]))
    if len(names) > MOST_CURES:
        address.complain(f"At most {MOST_CURES} cures stand beside the trouble. Take one away first.")


@dataclass(frozen=True)
class Tried:
    """A cure that was tried: what came of it, or why it is none here."""

    name: str
    cured: Cured | None
    refused: str = ""


def tried(settings: Settings, names: Sequence[str]) -> list[Tried]:
    """Run the cures, each with a bar and a way out, which takes that cure away."""
    found = []
    for name in names:
        without = write_cures(other for other in names if other != name)
        try:
            with waiting.bar(partial(address.choose, "collapse_cures", without)):
                found.append(Tried(name, cached.cure(settings, name)))
        except ValueError as error:
            found.append(Tried(name, None, str(error)))
    return found


@dataclass(frozen=True)
class Compared:
    """What the trouble is compared with: the best fit that is not degenerate, and the run without the
    component that fell, where the likelihood has no limit. None for what was not found, or was cancelled.
    """

    honest: Trace | None = None
    without: Cured | None = None


def compared(settings: Settings, found: Autopsy) -> Compared:
    """Look for what the trouble is compared with, with a bar and a way out."""
    asked = ("compared", settings.fitted)
    if waiting.cancelled(asked, "The comparison with honest fits was cancelled. Go on without"):
        return Compared()
    without = None
    with waiting.cancellable(asked):
        best = cached.honest(settings)
        if found.flat and settings.n_components > 1:
            with suppress(ValueError):  # then there is nothing to show
                without = cached.cure(settings, "fewer")
    return Compared(best, without)


def honest_note(best: Trace | None, n: int, k: int) -> str:
    """What the cures are compared with."""
    starts, of = f"{len(cures.HONEST_INITS)} other starts", f"of {count(k, 'component')}"
    if best is None:
        return f"No honest fit {of} was found from {starts}, so there is none to compare with."
    none = "none of them" if k > 1 else "not"
    return (
        f"The best honest fit, {of} and {none} degenerate, is the best that {starts} found: "
        f"{n * best.log_likelihood:,.2f}. Log-likelihoods are sums over all rows."
    )


def follow(settings: Settings, tries: Sequence[Tried], colours: tuple[int, ...], best: float | None) -> None:
    """A player for each cure, in step with the trouble's, and below it what came of it."""
    for one in tries:
        if one.cured is not None:
            with st.container():
                shown = cached.scene(settings, one.cured, colours)
                player.follow(shown, key=f"cure {one.name}", title=cures.title(one.name))
                st.markdown(_marked(one.cured, best))
                about = cures.about(one.name)
                st.caption(f"{about.does} What it costs: {uncapital(about.costs)}")
    for one in tries:
        if one.cured is None:
            st.info(f"**{cures.title(one.name)}** is no cure here. {evidence.literal(one.refused)}")


def _marked(cured: Cured, best: float | None) -> str:
    """The verdict, its sign in colour."""
    said = cures.verdict(cured, best)
    icon = ":green[:material/check_circle:]" if cured.works else ":orange[:material/cancel:]"
    return f"{icon} {said}"


def trouble(found: Autopsy, trace: Trace, best: float | None, end: End) -> str:
    """What the run is, in a line under its player; `end` is what is most important of its end."""
    total = found.n * trace.log_likelihood
    said = evidence.literal(end.sentence)
    if found.suspect.defect:
        text = f":orange[:material/compress:] **{said}**"
    else:
        text = (
            ":green[:material/check_circle:] **No component is degenerate.** Nothing is to be cured. " + said
        )
    text += f" Log-likelihood {total:,.2f} at iteration {trace.n_iter}"
    if best is not None:
        gap = total - best
        beside = f"{abs(gap):,.2f} {'above' if gap > 0 else 'below'} the best honest fit's"
        text += f", {beside if abs(gap) >= 0.01 else 'that of the best honest fit'}"
    fell = em.falls(trace.log_likelihoods)
    if fell:
        largest = found.n * em.largest_fall(trace.log_likelihoods)
        text += (
            f". It fell {len(fell)} {plural(len(fell), 'time')} (▼), by at most {largest:.2g}: reg_covar is "
            "added after the M-step, which alone never lowers it"
        )
    return text + "."


def dissect(
    settings: Settings, data: Dataset, trace: Trace, colours: tuple[int, ...], now: int, beside: Compared
) -> None:
    """The autopsy: four charts over the iterations, sentences, what was gained by whom, and the rows."""
    found = cached.opened(settings)
    numbers = row_numbers(settings)[repeated(settings).places]
    shades = [COMPONENTS[i] for i in colours]
    st.header("The autopsy")
    charts.show(
        figures.courses(found, shades, now),
        "courses",
        "Rows, smallest eigenvalue, condition number and peak density of each component, by iteration",
    )
    st.html(evidence.sentences(autopsy.told(found, trace, numbers, settings.reg_covar)))
    if not found.suspect.defect:
        st.caption(
            "To see one collapse, set reg_covar to 0, add components, try other starts, or open one of the "
            "examples above."
        )
    if not len(found.rows):
        return
    colour = shades[found.suspect.component]
    with st.container(horizontal=True, key="em_gains"):
        with st.container():
            st.markdown("**Whose likelihood rises?**")
            charts.show(
                figures.per_row(found, colour, now),
                "per_row",
                "The log density of the rows of this component, and of the others, by iteration",
            )
        _endless(settings, found, colour, beside)
    _rows(data, found, trace, numbers)


def _endless(settings: Settings, found: Autopsy, colour: str, beside: Compared) -> None:
    """The likelihood on its way to infinity, where it has no limit and a component can be spared."""
    base = beside.without
    if base is None:
        return
    best = beside.honest and found.n * beside.honest.log_likelihood
    variances, gained = cached.spike(settings, base)
    without = len(base.rows) * base.trace.log_likelihood
    more = None if best is None else best - without
    figure = figures.endless(variances, gained, more, colour, len(found.rows))
    others = settings.n_components - 1
    said = f"Gained over {count(others, 'component')} without this one ({without:,.2f})."
    over = np.flatnonzero(gained.sum(axis=1) > more) if more is not None else []
    if len(over):
        said += (
            f" From a variance of {variances[over[0]]:.1g} on, a spike on these rows beats the best honest "
            "fit. On any other point it would, as well: the likelihood has no maximum, and to look for "
            "the highest is no use."
        )
    with st.container():
        st.markdown("**And if the variance went on to zero?**")
        charts.show(
            figure, "endless", "What the log-likelihood gains as the variance of a spike goes to zero"
        )
        st.caption(said)


def _rows(data: Dataset, found: Autopsy, trace: Trace, numbers: np.ndarray) -> None:
    """The rows on which it fell, as a table."""
    j, some = found.suspect.component, found.rows[:MOST_ROWS]
    st.markdown(f"**The rows responsible**, those of component {j + 1} at iteration {trace.n_iter}")
    table = pd.DataFrame(data.X[some], columns=list(data.feature_names))
    table.insert(0, "row", numbers[some].astype(str), allow_duplicates=True)
    first, last = trace.steps[0].mixture, trace.mixture
    extra = {
        "responsibility at the start": first.responsibilities(data.X[some])[:, j],
        "at the end": last.responsibilities(data.X[some])[:, j],
        "log density at the start": first.log_density(data.X[some]),
        "log density at the end": last.log_density(data.X[some]),
    }
    st.html(evidence.table(pd.concat([table, pd.DataFrame(extra)], axis=1), ".10g"))
    if len(some) < len(found.rows):
        st.caption(f"The first {len(some):,} of {len(found.rows):,} rows.")
