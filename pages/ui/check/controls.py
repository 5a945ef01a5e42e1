"""What is open about the rows, with the buttons that close it, and the verdict before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from gmm_core.judgement import of_tables, quality, verdict
from gmm_core.judgement.quality import Flaw
from gmm_core.judgement.treatments import Treatment, treat
from gmm_core.judgement.verdict import Verdict
from gmm_core.words import Finding, count, plural, quoted, together
from pages.ui.address import address, edits, hand
from pages.ui.address.settings import Settings
from pages.ui.check import cached
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.data import dataset, open_flaws
from pages.ui.shell import roles, waiting

MOST_OPEN = 6  # flaws that are shown with their buttons at once


def cured(settings: Settings, flaws: Sequence[Flaw]) -> Settings | None:
    """The settings after the likeliest treatment of each flaw; None where nothing can be done."""
    todo = quality.likeliest(flaws)
    try:
        done = replace(settings, edits=edits.more(settings.edits, todo))
        return done if todo and cached.varying(done).names else None
    except ValueError:  # too little would be left
        return None


def judged(settings: Settings | None, stop: str) -> Verdict | None:
    """The verdict on the data of these settings, as if their rows were all measurements."""
    if settings is None:
        return None
    try:
        waiting.grow(cached.fits(settings), stop, settings.drawn_from)
        return cached.judged(settings)
    except ValueError:
        return None


def with_flaws(
    said: Verdict, settings: Settings, flaws: Sequence[Flaw], beside: Verdict | None = None
) -> Verdict:
    """The verdict on the data of these settings, with what is open about their rows and columns.

    beside : that on the rows without these flaws, if there is one.
    """
    said = verdict.with_flaws(said, flaws, beside)
    n = len(dataset(replace(settings, edits="")).X)
    return verdict.of_part(
        said, len(cached.varying(settings).names), n_columns(settings), n, n_rows(settings)
    )


def before(settings: Settings) -> Settings | None:
    """The settings of the data as they came; None where no treatment changed them."""
    came = edits.untreated(settings.edits)
    return None if came == edits.of_the_data(settings.edits) else replace(settings, edits=came)


def box(said: Verdict, title: str = "") -> None:
    """The answer, green only where it is sure."""
    if title:
        st.caption(evidence.literal(title))
    show = st.success if said.sure else st.warning
    show(f"**{said.headline}**", icon=":material/task_alt:" if said.sure else ":material/help:")


def side_by_side(settings: Settings, said: Verdict, stop: str) -> None:
    """The verdict, and beside it that on the data as they came, where a treatment changed them."""
    came = before(settings)
    if came is None:
        box(said)
        return
    left, right = st.columns(2)
    with left:
        box(said, f"Now: {_size(settings)}")
    with right:
        then = judged(came, stop)
        if then is not None:
            then = with_flaws(then, came, open_flaws(came))
            box(then, f"As the data came: {_size(came)}")


def _size(settings: Settings) -> str:
    n, d = dataset(settings).X.shape
    return f"{count(n, 'row')} of {count(d, 'column')}"


def findings(settings: Settings, flaws: Sequence[Flaw]) -> None:
    """What is open, each with what can be done: an edit, as any other, in the link and to be undone."""
    if not flaws:
        return
    st.caption(
        f"**Open: {count(len(flaws), 'finding')} about the rows.** Until each is treated or kept, no verdict "
        "is sure."
    )
    for flaw in flaws[:MOST_OPEN]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"em_open {flaw.name}"):
            st.markdown(
                f"{evidence.literal(flaw.sentence)} :gray[{evidence.literal(flaw.evidence)}]", width="stretch"
            )
            for one in flaw.treatments:
                label, why_not = _offered(one, settings)
                _button(label, flaw, one, why_not)
            if flaw.kind == of_tables.GAPS:
                _without_column(settings, int(flaw.name.partition(",")[2]) - 1)
            _button("Keep", flaw, edits.Keep(flaw.name))
    if len(flaws) > MOST_OPEN:
        st.caption(f"{count(len(flaws) - MOST_OPEN, 'more finding')} below, among the reasons.")


def others(said: Verdict) -> list[Finding]:
    """The caveats and reasons, without the findings that stand with their buttons already."""
    shown = [flaw.finding for flaw in said.flaws[:MOST_OPEN]]
    return [one for one in (*said.caveats, *said.reasons) if one not in shown]


def _button(label: str, flaw: Flaw, done: edits.Done, why_not: str = "") -> None:
    st.button(
        label,
        key=f"{flaw.name} {done}",
        on_click=hand.edit,
        args=([done],),
        width="content",
        disabled=bool(why_not),
        help=evidence.literal(why_not) or None,
    )


def _without_column(settings: Settings, j: int) -> None:
    """The button that fits the other columns alone, where there are others."""
    found = brought.table(settings)
    names = list(brought.own_parts(found, settings).features)
    left = roles.numbers(found, names[:j] + names[j + 1 :])
    if left:
        label = f"Leave {quoted(names[j])} out"
        st.button(label, on_click=address.change, kwargs={"columns": left}, width="content")


def _offered(one: Treatment, settings: Settings) -> tuple[str, str]:
    """What a treatment is called on its button, and why it cannot be made as the rows are; "" if it can."""
    X, why_not, gone = dataset(settings).X, "", "too few rows would be left"
    try:
        gone = f"{count(len(X) - len(treat(X, one).rows), 'row')} out"
    except ValueError as error:
        why_not = str(error)
    many = len(one.numbers) > 1
    label = {
        "missing": f"Treat as missing: {gone}",
        "without": f"Leave {'them' if many else 'it'} out",
        "once": "Each row once",
        "convert": "Bring them to one unit",
        "log": f"{'Logarithms' if many else 'Logarithm'}",
        "omit": f"Leave the {plural(len(one.numbers), 'column')} out",
    }[one.what]
    return label, why_not


def n_columns(settings: Settings) -> int:
    """How many columns there are in all."""
    if settings.data == "own":
        return brought.table(settings).frame.shape[1]
    return len(dataset(replace(settings, edits="")).feature_names)


def n_rows(settings: Settings) -> int:
    """How many rows there are in all, also those with missing values."""
    if settings.data == "own":
        return len(brought.table(settings).frame)
    return len(dataset(replace(settings, edits="")).X)


def say_left_out(settings: Settings, names: Sequence[str]) -> None:
    """Which columns are not compared, in small print under the answer."""
    if text := left_out(settings, names):
        st.caption(evidence.literal(text))


def left_out(settings: Settings, names: Sequence[str]) -> str:
    """Which columns are not compared, and why; empty where all are. names : of those that are."""
    data = dataset(settings)
    before_edits = dataset(replace(settings, edits="")).feature_names
    constant = [name for name in data.feature_names if name not in names]
    here = {name.removeprefix("log ") for name in data.feature_names} | {*data.feature_names}
    omitted = [name for name in before_edits if name not in here]
    other: list[str] = []
    label = weight = ""
    if settings.data == "own":
        table = brought.table(settings)
        parts = brought.own_parts(table, settings)
        label, weight = parts.label, parts.weight
        other = [str(name) for name in table.frame.columns if name not in (*before_edits, label, weight)]
    said = [
        f"{together([quoted(name) for name in some])} ({why})"
        for some, why in (
            ([label] if label else [], "known groups"),
            ([weight] if weight else [], "how often each row counts"),
            (constant, "constant"),
            (omitted, "left out by you"),
            (other, "not chosen, or no measurement"),
        )
        if some
    ]
    return f"Not compared: {', '.join(said)}." if said else ""
