"""What the columns of a user's table are used for: features, known groups, an order, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from gmm_core import Table, TableError
from gmm_core.tables.columns import is_of_survey
from gmm_core.words import capital, count, quoted, together
from pages.ui.address import address, memory
from pages.ui.address.choices import MISSING_LABELS
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import brought
from pages.ui.runs.brought import OWN_ORDER, Parts

_MISSING_HELP = """
- **Leave them out**: only complete rows are fitted.
- **Fill in the column's mean**: easy, but a component may settle on the mean, and groups look narrower.
- **Use what is there**: EM maximises the likelihood of the values that are known; right where it does not
  depend on a value whether it is missing, given the others of its row.
"""
FEATURE, LABEL, ORDER, OUT = "feature", "known groups", "order", "left out"
WEIGHT = "how often"
# What these sentences say of its use stands in its box.
_USE = r": (?:it is a feature only if you choose it|a label, not a feature|it is kept apart, and is a .*?)\.$"
_ON_NUMBERS = ("numbers ", "values ")  # how sentences begin that tell how numbers are written
MOST = 24  # columns that have a box of their own for what they are used for
_CARRIED = "roles to carry over"  # the memory of what was chosen before a table was read in another way


# --- All columns, by what they are used for


def choose(settings: Settings, found: Table) -> dict[str, str]:
    """A widget for each use of a column; what they say, as settings."""
    parts = brought.own_parts(found, settings)
    said = in_link(found, parts)
    above = st.container()  # the features come first, but not what is a label
    if found.labels:
        groups = {"none": "none"} | {str(i): column for i, column in enumerate(found.labels, 1)}
        _one_of(
            "label",
            "Known groups",
            groups,
            said["label"],
            "Kept apart, for comparison only: EM never sees it.",
        )
    with above:
        address.hold("own_columns", list(parts.features))
        st.multiselect(
            "Columns to fit",
            [column for column in found.numeric if column != parts.label] or list(parts.features),
            max_selections=found.limits.features,
            key="own_columns",
            on_change=_pick,
            placeholder="As found, until you choose",
        )
    if len(parts.features) == 1:
        orders = {"none": "means nothing", "rows": OWN_ORDER}
        orders |= {str(i): column for i, column in enumerate(found.orders, 1) if column not in parts.features}
        _one_of(
            "order", "The order of the rows", orders, said["order"], "For a picture over time; EM ignores it."
        )
    if parts.weight:
        counts = {"none": "once"} | {
            numbers(found, [column]): f"as {column} says" for column in brought.weights(found, parts)
        }
        _one_of(
            "weight",
            "How often each row counts",
            counts,
            said["weight"],
            "All that is summed is weighted so.",
        )
    elif settings.weight not in ("", "none"):
        said["weight"] = ""
    incomplete = found.frame[list(parts.features)].isna().any(axis=1)
    if incomplete.any() or "missing:" in address.current().edits:
        rows = f"{count(int(incomplete.sum()), 'row')} of {len(incomplete):,}" if incomplete.any() else "Rows"
        address.hold("own_missing", settings.missing)
        st.radio(
            f"{rows} with missing values",
            MISSING_LABELS,
            format_func=MISSING_LABELS.__getitem__,
            key="own_missing",
            on_change=_set,
            args=("missing",),
            help=_MISSING_HELP,
        )
    return said


def _one_of(name: str, question: str, options: dict[str, str], now: str, help: str) -> None:
    """A select box of what a link calls `options`, for the setting of that name."""
    key = f"own_{name}"
    address.hold(key, now if now in options else next(iter(options)))
    st.selectbox(
        question,
        list(options),
        format_func=options.__getitem__,
        key=key,
        on_change=_set,
        args=(name,),
        help=help,
    )


def _set(name: str) -> None:
    address.change(**{name: address.value(f"own_{name}")})


def _pick() -> None:
    """Take over the columns to fit."""
    settings = address.current()
    found = brought.table(settings)
    picked = numbers(found, address.value("own_columns"))
    if picked != settings.columns:  # as they are where the back button leads to where others were
        address.change(columns=picked)


def asked_in_vain(settings: Settings, found: Table) -> str:
    """The columns that a link asks for by numbers which this table has not, in sentences; "" for none."""
    of = {
        "columns": (found.numeric, "columns that can be fitted"),
        "label": (found.labels, "columns that can be known groups"),
        "weight": (found.numeric, "columns that can say how often a row counts"),
    }
    if len(brought.own_parts(found, settings).features) == 1:
        of["order"] = found.orders, "columns that can order the rows"
    said = []
    for name, (offered, what) in of.items():
        asked = [number for number in getattr(settings, name).split(",") if number.isdecimal()]
        if lost := [number for number in asked if int(number) > len(offered)]:
            has = f"{len(offered)} of them" if offered else "none"
            said.append(f"The link asks for number {together(lost)} of the {what}, but this table has {has}.")
    return " ".join((*said, "What it has not is left out.")) if said else ""


def in_link(found: Table, parts: Parts) -> dict[str, str]:
    """What the columns are used for, as a link says it."""
    said = {"columns": numbers(found, parts.features)}
    if parts.weight:
        said["weight"] = numbers(found, [parts.weight])
    if found.labels:
        said["label"] = _place(found.labels, parts.label)
    if len(parts.features) == 1:
        said["order"] = _place(found.orders, parts.order)
    return said


def numbers(found: Table, names: Any) -> str:
    """Columns of numbers as a link says them."""
    return ",".join(str(i) for i, name in enumerate(found.numeric, 1) if name in names)


def ask(settings: Settings) -> None:
    """Ask whether a column says how often each row counts, where it looks so and nobody has said it yet."""
    found = brought.table(settings)
    if settings.weight or not (column := found.likely_weight):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="em_how_often"):
        of_survey = is_of_survey(column, found.frame[column])
        what = f"how often each row was found, {found.frame[column].sum():,.0f} in all"
        question = f"Is {quoted(column)} {'a weight, as surveys have them' if of_survey else what}?"
        st.markdown(f"**{evidence.literal(question)}**", width="content")
        number = numbers(found, [column])
        for answer, weight in {
            f"Yes, count each row so {'much' if of_survey else 'often'}": number,
            "No": "none",
        }.items():
            st.button(answer, on_click=address.change, kwargs={"weight": weight}, key=f"weight_{weight}")


# --- One column after the other


def of_columns(settings: Settings, found: Table, place: str) -> None:
    """A box for each column with what it is used for, and why it is no feature."""
    parts = brought.own_parts(found, settings)
    weights = brought.weights(found, parts)
    with st.container(horizontal=True, gap="small"):
        for column in found.frame.columns[:MOST]:
            with st.container(width=152, gap="xsmall"):
                _of_column(column, parts, found, weights, place)
    if (total := found.frame.shape[1]) > MOST:
        st.caption(
            f"The first {MOST} of {total:,} columns; choose others under *Columns to fit* in the settings."
        )


def _of_column(column: str, parts: Parts, found: Table, weights: Sequence[str], place: str) -> None:
    key = f"role_{place}_{column}"
    options = [
        *([FEATURE] if column in found.numeric else []),
        *([LABEL] if column in found.labels else []),
        *([ORDER] if column in found.orders else []),
        *([WEIGHT] if column in weights else []),
        OUT,
    ]
    role = role_of(column, parts)
    address.hold(key, role if role in options else OUT)
    st.selectbox(
        evidence.literal(column),
        options,
        key=key,
        on_change=_use,
        args=(key, column),
        disabled=len(options) == 1,
    )
    if role != FEATURE and (why := reason(column, found)):
        st.caption(evidence.literal(why))


def role_of(column: str, parts: Parts) -> str:
    """What a column is used for."""
    if column in parts.features:
        return FEATURE
    return {parts.label: LABEL, parts.order: ORDER, parts.weight: WEIGHT}.get(column, OUT)


def reason(column: str, found: Table) -> str:
    """What was found about a column while reading; "" for nothing."""
    beginning = f"Column {quoted(column)}"
    said = [
        sentence.removeprefix(beginning).lstrip(" :")
        for sentence in found.findings
        if sentence.startswith((f"{beginning} ", f"{beginning}:"))
    ]
    said = [sentence for sentence in said if not sentence.startswith(_ON_NUMBERS)]
    values = found.frame[column]
    if not said and column not in found.numeric and values.dtype.kind in "iuf":
        said = ["the same value in every row."] if values.min() == values.max() else []
    text = re.sub(_USE, ".", said[0]) if said else ""
    return capital(text)


def _use(key: str, column: str) -> None:
    """Use a column for what its box says."""
    settings = address.current()
    found, role = brought.table(settings), address.value(key)
    if column not in found.frame:  # of an earlier reading
        return
    parts = brought.own_parts(found, settings)
    features = [name for name in parts.features if name != column]
    features += [column] if role == FEATURE else []
    if len(features) > found.limits.features:
        address.complain(f"At most {found.limits.features} columns are fitted; leave another out first.")
        return
    if not features:
        address.complain("At least one column is fitted; make another one a feature first.")
        return
    label = column if role == LABEL else "" if parts.label == column else parts.label
    order = column if role == ORDER else "" if parts.order == column else parts.order
    weight = column if role == WEIGHT else "" if parts.weight == column else parts.weight
    said = in_link(found, Parts(tuple(features), label, order, weight))
    if order != parts.order:
        said["order"] = _place(found.orders, order)
    if weight != parts.weight:
        said["weight"] = numbers(found, [weight]) if weight else "none"
    address.change(**said)


def _place(offered: Sequence[str], name: str) -> str:
    """What a link calls one of the columns that are offered, none of them, or the order of the rows."""
    known = {"": "none", OWN_ORDER: "rows"}
    return known[name] if name in known else str(offered.index(name) + 1)


# --- From one reading of a table to another


def remember() -> None:
    """Before a table is read in another way, remember what was chosen for its columns, by their names."""
    settings = address.current()
    try:
        found = brought.table(settings)
    except TableError:
        return  # what was chosen before that is remembered still
    parts = brought.own_parts(found, settings)
    usual = brought.own_parts(found, replace(settings, columns="", label="", order="", weight=""))
    chosen = {name: value for name, value in parts._asdict().items() if value != getattr(usual, name)}
    memory.keep(_CARRIED, (settings.table, chosen))


def carried_over(found: Table) -> dict[str, str]:
    """What was chosen for columns before the table was read in another way, where they are there still."""
    name, chosen = memory.recall(_CARRIED) or ("", {})
    memory.forget(_CARRIED)
    if name != address.current().table:
        return {}
    said = {}
    if "features" in chosen and {*chosen["features"]} <= {*found.numeric}:
        said["columns"] = numbers(found, chosen["features"])
    if "label" in chosen and chosen["label"] in ("", *found.labels):
        said["label"] = _place(found.labels, chosen["label"])
    if "order" in chosen and chosen["order"] in ("", OWN_ORDER, *found.orders):
        said["order"] = _place(found.orders, chosen["order"])
    if chosen.get("weight") in found.numeric:
        said["weight"] = numbers(found, [chosen["weight"]])
    return said
