"""What stands under the players of Debug: numbers of a half-step, what is printed, laws, lines of code."""

from __future__ import annotations

import numpy as np
import streamlit as st

from gmm_core import Dataset
from gmm_core.laboratory.faults import DATA_FILE, FAULTS, MOST_WRITTEN, code, program
from gmm_core.laboratory.faulty_em import FaultyRun, faulty_e_step
from gmm_core.laboratory.laws import Parameters
from pages.ui.address.settings import Settings
from pages.ui.debug import controls, figures, tables
from pages.ui.debug.cached import Beside
from pages.ui.debug.settings import EXAMPLES, Program
from pages.ui.look import evidence
from pages.ui.player import At
from pages.ui.shell import charts, widgets

MOST_ROWS = 12


def no_way(correct: FaultyRun) -> None:
    """Where not even correct EM can go on, say why and what can be done."""
    if correct.stop:
        st.warning(
            f"**Correct EM cannot go on either.** {correct.stop} A feature that is constant, or a component "
            "on equal rows, has no variance, and the density divides by it: that is no mistake of the code. "
            "Give eps in the settings, such as 0.01, begin elsewhere, or leave that feature out.",
            icon=":material/compress:",
        )


def numbers(data: Dataset, names: np.ndarray, shown: Beside, at: At, exact: bool) -> None:
    """The numbers of the half-step that is shown, in this code and in correct EM.

    names : what the rows are called. exact : whether parameters have all their digits.
    """
    run, correct = shown.run, shown.correct
    step = run.steps[min(at.iteration, len(run.steps) - 1)]
    other = correct.steps[min(at.iteration, len(correct.steps) - 1)]
    half = "the start" if at.is_start else f"iteration {at.iteration}, {at.half}-step"
    st.markdown(f"## The numbers at {half}")
    beside = st.container(horizontal=True, key="debug_numbers")
    with beside.container():
        st.markdown("**This code**")
        st.html(tables.parameters(step.parameters, exact))
    with beside.container():
        ended = f", ended at iteration {other.iteration}" if other.iteration < at.iteration else ""
        st.markdown(f"**Correct EM**{ended}")
        st.html(tables.parameters(other.parameters, exact))
    _rows(data, names, shown, at)


def _rows(data: Dataset, names: np.ndarray, shown: Beside, at: At) -> None:
    """A few rows: densities and responsibilities, with their sums."""
    run, X = shown.run, data.X
    now = run.steps[min(at.iteration, len(run.steps) - 1)]
    # Responsibilities are those of the last E-step: before an M-step, of the iteration before.
    claimed = run.steps[max(now.iteration - (at.half == "M"), 0)]
    expectation = faulty_e_step(X, claimed.parameters, run.faults, eps=run.eps)
    first = min(int(widgets.number("debug_row", width=140)), len(X)) - 1
    rows = np.arange(first, min(first + MOST_ROWS, len(X)))
    k = len(now.parameters.weights)
    truth = faulty_e_step(X[rows], claimed.parameters)
    groups = {"densities of these means and variances": truth.densities}
    if any(FAULTS[name].has_other_densities for name in run.faults):
        groups["densities as this code has them"] = expectation.densities[rows]
    R = expectation.responsibilities
    with np.errstate(all="ignore"):
        sums = R.sum(axis=0)
    st.html(tables.responsibilities(names[rows].tolist(), X[rows], groups, R[rows], sums))
    said = f"Rows {first + 1:,} to {rows[-1] + 1:,} of {len(X):,}; densities are without weights."
    if at.is_start:
        said += " The first E-step will find them: the points have no colours yet."
    elif at.half == "M":
        said += " An M-step leaves them as they are: densities and responsibilities are of the E-step before."
    if X.shape[1] > tables.MOST_FEATURES:
        said += f" Of {X.shape[1]} features, the first {tables.MOST_FEATURES} are shown."
    st.caption(said + (" A row has to sum to 1." if k > 1 else ""))


def trace(asked: Program, shown: Beside) -> None:
    """What is printed beside the truth, and the laws."""
    beside = st.container(horizontal=True, key="debug_trace")
    with beside.container():
        st.markdown("## What the code prints, and the truth")
        charts.show(
            figures.printed(shown.run, shown.correct, shown.within),
            "debug_printed",
            "What this code prints, the truth about its parameters, and correct EM, by iteration",
        )
        if note := figures.printed_note(shown.run, shown.within):
            st.caption(note)
    with beside.container():
        st.markdown("## Which law is broken")
        st.caption("EM obeys laws. A mistake breaks one of them, or prints what is not true.")
        st.html(evidence.sentences(tables.laws(shown.run)))
    unseen = [FAULTS[name] for name in asked.faults if FAULTS[name].unseen]
    if unseen and np.isfinite(shown.run.printed).all():
        for fault in unseen:
            with st.container(horizontal=True, vertical_alignment="center"):
                said = fault.unseen.format(log_likelihood=shown.run.log_likelihoods[0])
                st.info(said, icon=":material/visibility_off:")
                for name, one in EXAMPLES.items():
                    if one.shows == fault.name:
                        st.button(one.offer, on_click=controls.open_example, args=(name,))
    elif tables.nothing_seen(shown.run, shown.correct):
        st.info(
            "On these data no number differs from those of correct EM: these mistakes undo each other, or "
            "it takes other data or another start to see them.",
            icon=":material/visibility_off:",
        )


def lines(faults: tuple[str, ...]) -> None:
    """The wrong lines and the right ones."""
    for name in faults:
        fault = FAULTS[name]
        st.markdown(f"**{fault.title}** :gray[{tables.where(fault)}]  \n{fault.seen}")
        wrong, right = st.columns(2)
        with wrong:
            st.caption(":material/close: Wrong")
            st.code(fault.wrong, language="python", wrap_lines=True)
        with right:
            st.caption(":material/check: Right")
            st.code(fault.right, language="python", wrap_lines=True)


def whole(data: Dataset, start: Parameters, chosen: Program) -> None:
    """The program that ran: to read, to copy, to take away."""
    faults = chosen.faults
    with st.expander("The whole program", icon=":material/code:"):
        st.caption(
            "Just this ran, with the mistakes that are on. It wants `X`, `start` and `max_iter`; the file "
            "has them in front, and runs as it is."
        )
        st.code(code(faults, eps=chosen.eps), language="python")
        text = program(data.X, start, faults, max_iter=chosen.steps, eps=chosen.eps, seed=chosen.seed)
        with st.container(horizontal=True):
            widgets.download("Download as Python", text, "em_with_mistakes.py" if faults else "em.py")
            if data.X.size > MOST_WRITTEN:
                widgets.download(f"Download {DATA_FILE}", lambda: _csv(data.X), DATA_FILE)
        if data.X.size > MOST_WRITTEN:
            st.caption(f"The data are too many to stand in it: keep {DATA_FILE} beside it.")


def _csv(X: np.ndarray) -> str:
    return "\n".join(",".join(map(repr, row)) for row in X.tolist()) + "\n"


def remarks(settings: Settings, d: int, brought: int) -> None:
    """How what is no mixture is drawn, and what of the settings does not matter to this code."""
    said = [
        "Points wear the responsibilities of each code as shares of their row, whatever that sums to, and "
        "grey where there are none; components whose weights do not sum to 1 are drawn with these divided "
        "by their sum."
    ]
    if d > 1:
        said.append("This code has diagonal covariances, whatever was chosen elsewhere.")
    if d < brought:
        said.append(
            f"Of {brought} features, {brought - d} are constant: they have no density, and are left out."
        )
    if settings.scaling != "none":
        said.append(
            "The scaling that was chosen elsewhere does not apply: this code sees the data as they are."
        )
    st.caption(" ".join(said))
