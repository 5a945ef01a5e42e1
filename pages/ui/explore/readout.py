"""The numbers under the player: those of the half-step it rests on, and nothing else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset, Held, Mixture, Trace
from gmm_core.engine import missing
from gmm_core.engine.arrays import weights_of
from gmm_core.engine.known import with_known
from gmm_core.engine.observed import marginal
from gmm_core.judgement.information import ByInformation
from gmm_core.out import export
from gmm_core.words import count, quoted, together
from pages.ui.address import address, hand, room, told
from pages.ui.address.settings import Settings
from pages.ui.explore import sklearn_tab, takeaway
from pages.ui.explore.settings import GROUPS, NUMBERS
from pages.ui.look import evidence, formulas, numbers
from pages.ui.look import sure as words
from pages.ui.look.m_step import m_step_formulas
from pages.ui.player import Answer
from pages.ui.player.panels import LEVELS
from pages.ui.runs import fits
from pages.ui.runs.data import dataset, known_labels, to_compare
from pages.ui.runs.rows import in_table
from pages.ui.shell import known_groups, widgets

MOST_EDITABLE = 2000
NO_E_STEP = "No E-step has been made yet, so no point is claimed by a component: go half a step on."


def show(said: Answer, settings: Settings, data: Dataset, trace: Trace, colours: tuple[int, ...]) -> None:
    """A line with the log-likelihood, and one part: numbers, formulas, the selected point, rows, ..."""
    at = said.at
    step = trace.steps[at.iteration]
    # After an M-step the colours, and with them the counts, are still those of the step before.
    claimed = None if at.is_start else trace.steps[at.coloured]
    each, total = step.log_likelihood, data.n_counted * step.log_likelihood
    where = "Start" if at.is_start else f"Iteration {at.iteration}, {at.half}-step"
    st.caption(
        f"**{where}** · log-likelihood of these parameters {numbers.short(each)} per sample, "
        f"{numbers.short(total)} in total",
        help=f"{numbers.whole(each)} per sample, {numbers.whole(total)} in total",
    )
    if trace.prior is not None:
        st.caption(
            f"With the prior: log-posterior {numbers.short(step.log_posterior)} per sample, but for a "
            "constant that no mixture changes. EM climbs this, and the curve shows it; the log-likelihood "
            "may fall."
        )
    known = known_labels(settings)
    if known is not None:
        st.caption(
            f"EM is told the group of {count(int((known >= 0).sum()), 'row')}: each is its component's alone "
            f"(component {_whose(data)}), and this is the log-likelihood of the rows and these groups."
        )
    if more := numbers.beyond(step.mixture, LEVELS):
        st.caption(more)
    parts = {
        NUMBERS: lambda: _numbers(
            numbers.parameters(step.mixture, claimed and claimed.counts, data.feature_names),
            fits.sure(settings) if at.iteration == trace.n_iter else None,
            data.feature_names,
            colours,
            told.read_held(settings.held),
        ),
        "Formulas": lambda: _formulas(said, settings, data),
        "Selected point": lambda: _point(
            said.row, settings, data, claimed and claimed.mixture, colours, known
        ),
        "Rows": lambda: _rows(settings, data),
        "Take away": lambda: takeaway.show(said, settings, data, trace, colours),
        "scikit-learn": lambda: sklearn_tab.show(settings, data, trace),
    }
    if data.labels is not None:
        compared = to_compare(settings)
        parts[GROUPS] = lambda: _groups(
            compared, claimed and claimed.mixture, step.mixture, colours, known is not None
        )
    if (wanted := address.own()["readout"]) not in parts:
        st.caption(f"These data have no part *{wanted}*: here are the numbers.")
        address.complete_own(readout=NUMBERS)
        address.hold("readout", NUMBERS)
    # One control, and not tabs: what is not looked at is neither computed nor sent.
    part = widgets.pills("readout", {name: name for name in parts})
    address.keep_own(readout=part)
    parts[part]()


def _whose(data: Dataset) -> str:
    """Which known group each component is, in words."""
    names = known_groups.label_names(data).values()
    return together([f"{j} is {quoted(name)}" for j, name in enumerate(names, 1)])


def _groups(
    data: Dataset, claimed: Mixture | None, mixture: Mixture, colours: tuple[int, ...], told_some: bool
) -> None:
    if told_some:
        st.caption("The rows whose group EM is told count as those without a label here.")
    if claimed is None:
        st.caption("No E-step has been made yet: these are the groups that the first one will make.")
    known_groups.show(data, claimed or mixture, colours)
    known_groups.truth(data, mixture, colours)


def _numbers(
    table: pd.DataFrame,
    sure: ByInformation | str | None,
    names: tuple[str, ...],
    colours: tuple[int, ...],
    held: Held,
) -> None:
    """The parameters, which of them are held, and at the end of the run how sure they are."""
    if held != Held():
        table.insert(0, "held", numbers.held(held, len(table)))
    if not isinstance(sure, ByInformation):
        st.html(numbers.coloured(table, colours))
        if sure:
            st.caption(evidence.literal(f"How sure these numbers are: {sure}"))
        return
    st.html(numbers.coloured(numbers.with_errors(table, sure, names), colours))
    said = f"± are standard errors, {words.by_information(sure)}"
    if sure.of_gaussians_alone:  # as that page fits
        said += " Intervals, also by bootstrap, are on the page Check a dataset."
    st.caption(evidence.literal(said))
    if places := words.places(sure):
        st.warning(evidence.literal(places), icon=":material/blur_on:")


def _formulas(said: Answer, settings: Settings, data: Dataset) -> None:
    if settings.is_told:
        st.info(
            "The formulas are written out where EM is told nothing but rows. Here they differ: what is held "
            "stays, and free weights share the rest; a row whose group EM is told is that component's alone."
        )
        return
    row = said.row or 0
    trace, X, names = fits.scaled_run(settings), data.X, data.feature_names
    if settings.scaling != "none":
        X, names = fits.scaling(settings).scale(X), tuple(f"scaled {name}" for name in names)
        st.caption("These are the formulas of the scaled data, on which EM ran, and their numbers.")
    k = trace.mixture.n_components
    which, note = st.columns([1, 3], vertical_alignment="bottom")
    component = which.selectbox("Component", range(1, k + 1), key="formula_component") - 1
    if said.row is None:
        note.caption(
            "The E-step is that of the first row; click on a point for its own. The M-step is of all rows."
        )
    else:
        note.caption(
            f"The E-step is that of the selected point, row {row + 1}{_in_table(settings, row)}; the M-step "
            "is of all rows."
        )
    mixture = trace.steps[said.at.iteration].mixture
    if letters := formulas.legend(mixture, trace.prior, data.complete, data.sample_weight is not None):
        st.caption(letters)
    _m_step(said.at.iteration, component, trace, X, names, settings.reg_covar, data.sample_weight)
    if trace.prior is not None:
        st.markdown(
            "**Log-posterior** of these parameters, but for a constant: EM climbs this, and the curve shows "
            "it, not the log-likelihood"
        )
        for line in formulas.posterior_formulas(trace.steps[said.at.iteration], trace.prior, data.n_counted):
            st.latex(line)
    if said.at.is_start:
        st.caption(NO_E_STEP)
    elif said.at.half == "M":
        st.caption("The E-step of this iteration is still to come: go half a step on.")
    else:
        _e_step(said.at.iteration, component, mixture, X[row], names)


def _m_step(
    iteration: int,
    component: int,
    trace: Trace,
    X: NDArray[np.float64],
    names: Sequence[str],
    reg_covar: float,
    sample_weight: NDArray[np.float64] | None,
) -> None:
    """How the M-step that made these parameters of a component found them, sum by sum."""
    if iteration == 0:
        st.caption("This is the start: no M-step has been made yet.")
        return
    before, mixture = trace.steps[iteration - 1].mixture, trace.steps[iteration].mixture
    st.markdown(
        f"**M-step** of iteration {iteration}: component {component + 1} from all that it claimed in "
        f"iteration {iteration - 1}"
    )
    st.caption("Point at a sum: what is summed lights up in the picture. After a click it stays so.")
    lines = m_step_formulas(before, mixture, X, component, reg_covar, names, sample_weight, trace.prior)
    for i, (line, summed) in enumerate(lines):
        whose = "all" if summed == "covariance" and mixture.family.shared else component
        with st.container(key=f"em_sum_{i}_{summed or 'nothing'}_{whose}"):  # as the player knows it
            st.latex(line)


def _e_step(
    iteration: int, component: int, mixture: Mixture, x: NDArray[np.float64], names: Sequence[str]
) -> None:
    """How much a component claims one row, x of shape (d,), of which some may be missing."""
    st.markdown(
        f"**E-step** of iteration {iteration}: how much component {component + 1} claims the point now"
    )
    known = ~np.isnan(x)
    if not known.all():
        st.caption("Of this row, a value is missing: its density is that of the features that are known.")
        mixture, names = marginal(mixture, known), [names[j] for j in np.flatnonzero(known)]
    for line in formulas.e_step_formulas(mixture, x[known], component, names):
        st.latex(line)


def _rows(settings: Settings, data: Dataset) -> None:
    """The data, to look at; a table that is not too large, to edit."""
    locked = "data" in room.hidden()
    editable = len(data.X) <= MOST_EDITABLE and not settings.shuffle and not locked
    shown = hand.rows_table(settings) if editable else None
    if shown is not None:
        data = dataset(replace(settings, edits=shown.before))
    *features, row, label, weight = export.distinct([*data.feature_names, "row", "label", "how often"])
    table = pd.DataFrame(data.X, columns=features)
    table.insert(0, row, range(1, len(table) + 1))
    if data.labels is not None:
        table[label] = known_groups.named_labels(data)
    if data.sample_weight is not None:
        table[weight] = data.sample_weight
    if shown is None:
        why = "they are in a shuffled order" if settings.shuffle else f"there are {len(table):,}"
        why = "the link for a class hides the data" if locked else why
        most = min(len(table), MOST_EDITABLE)
        which = f"The first {most:,} rows" if most < len(table) else f"All {most:,} rows"
        st.caption(f"{which}. They cannot be edited here: {why}.")
        st.dataframe(table.head(MOST_EDITABLE))
        return
    st.caption(
        "Change a number, add a row at the end, or mark rows and press delete: "
        "EM runs again from the same start."
        + (
            " In the picture, *edit points* lets you click and drag."
            if data.X.shape[1] <= 2 and data.complete
            else ""
        )
        + (" A row that is added counts once." if data.sample_weight is not None else "")
    )
    st.data_editor(
        table,
        num_rows="dynamic",
        disabled=[row, label, weight],
        key=shown.widget,
        on_change=hand.edit_in_table,
        args=(data.X, data.feature_names),
    )


def _in_table(settings: Settings, row: int) -> str:
    """Which row of the user's own table a row is, where that counts otherwise."""
    named = in_table(settings)
    if named is None or pd.isna(own := named.iloc[row]):
        return "" if named is None else ", which was added by hand"
    return "" if own == row + 1 else f", which is row {own:,} of the table as it was brought"


def _point(
    row: int | None,
    settings: Settings,
    data: Dataset,
    mixture: Mixture | None,
    colours: tuple[int, ...],
    known: NDArray[np.intp] | None,
) -> None:
    if row is None:
        st.info("Click on a point in the picture: its values and its responsibilities appear here.")
        return
    values = pd.DataFrame(
        [data.X[row]], columns=list(data.feature_names), index=pd.Index([row + 1], name="row")
    )
    if data.sample_weight is not None:
        values["how often"] = data.sample_weight[row]
    st.html(evidence.table(values.astype(object).where(values.notna(), "missing"), ".10g"))
    if where := _in_table(settings, row):
        st.caption(f"Row {row + 1}{where}.")
    if mixture is None:
        st.caption(NO_E_STEP)
        return
    one = slice(row, row + 1)
    shares = with_known(missing.shares(mixture, data.X[one]), weights_of(one, known))[0]
    index = pd.RangeIndex(1, len(colours) + 1, name="component")
    st.html(numbers.coloured(pd.DataFrame({"responsibility": shares[: len(colours)]}, index=index), colours))
    if mixture.noise_box is not None:
        st.caption(f"The row is noise with the probability {shares[-1]:.3g}.")
    if known is not None and known[row] >= 0:
        st.caption("EM is told the group of this row, so it is that component's alone in every step.")
