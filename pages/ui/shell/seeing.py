"""Who sees what somebody brought: the door to every experiment, and the button that shares its rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from gmm_core.words import plural, quoted, together
from pages.ui.address import address, beside, visitor
from pages.ui.address.presets import STARTS_BY_NAME
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.runs import brought, sharing
from pages.ui.runs.brought import OWN_ORDER
from pages.ui.runs.data import dataset
from pages.ui.shell import roles

SHARE = "Share these rows"  # as `sharing.WHO_SEES` says
NOBODY: frozenset[str] = frozenset()


def may_see(settings: Settings) -> bool:
    """Whether the data are for this visitor, and still kept where he brought them."""
    if settings.data != "own" or not settings.table:
        return True
    return sharing.may_see(settings.table, visitor.names()) and not brought.is_gone(settings)


def reason_not_to(settings: Settings) -> str:
    """Why this experiment is not shown to this visitor; "" where it is."""
    if not may_see(settings):
        return sharing.NOT_HERE
    given = {_private(settings), _private_beside(settings)} - {""}
    return "" if all(sharing.may_see(name, visitor.names()) for name in given) else sharing.NO_PARAMETERS


def made_for(settings: Settings) -> Settings:
    """The settings that a page leads this visitor to; he may see the parameters that it made for them."""
    if given := _private(settings):
        sharing.bring(given, visitor.names())
    return settings


def _private(settings: Settings) -> str:
    """The name of the saved parameters that EM begins with; "" for none, and for those of a tutorial."""
    known = settings.init != "loaded" or settings.parameters in STARTS_BY_NAME
    return "" if known else settings.parameters


def _private_beside(settings: Settings) -> str:
    """The same of the run that stands beside."""
    try:
        another = beside.other(settings)
    except ValueError:  # the page says what it is
        return ""
    return _private(another) if another else ""


def is_private(settings: Settings) -> bool:
    """Whether the link alone does not show this experiment to others."""
    if settings.data == "own":
        return bool(settings.table)
    return bool(given := _private(settings)) and not sharing.may_see(given, NOBODY)


def offer(settings: Settings, place: str) -> None:
    """Who sees what was brought, and the button that shares it; the links it made, each to be taken back.

    place : where this stands; each has buttons of its own.
    """
    st.caption(sharing.WHO_SEES)
    if sharing.TOKEN.fullmatch(name := _shared_name(settings)):
        st.caption("**These were shared with you**: whoever has this link sees them, as you do.")
        return
    try:
        told = _told(settings)
    except ValueError:  # the page says what it is
        return
    st.markdown(f"A link that shares shows {evidence.literal(told)}, and nothing else of what you brought.")
    st.button(
        SHARE if settings.data == "own" else "Share these parameters",
        icon=":material/group_add:",
        on_click=_share,
        args=(settings, told),
        key=f"share_rows_{place}",
    )
    for token, one in sharing.shares(name, visitor.names()).items():
        st.caption(f"Whoever has this link sees {evidence.literal(one.told)}:")
        st.code(one.link, language=None, wrap_lines=True)
        st.button(
            "Take it back",
            icon=":material/link_off:",
            on_click=_take_back,
            args=(token,),
            key=f"take_back_{place}_{token}",
        )


def _shared_name(settings: Settings) -> str:
    """The name of what is shared: a table, or else parameters."""
    return settings.table if settings.data == "own" else _private(settings)


def _told(settings: Settings) -> str:
    """What a link shows that shares this, in words."""
    if settings.data != "own":
        return "the saved parameters"
    parts = brought.own_parts(brought.table(settings), settings)
    said = f"all rows of {plural(len(parts.features), 'column')} {together([*map(quoted, parts.features)])}"
    others = {"known groups": parts.label, "the order": parts.order, "how often each counts": parts.weight}
    for use, name in others.items():
        if name and name != OWN_ORDER:
            said += f", with {use} in {quoted(name)}"
    return f"{said}, and the saved parameters" if _private(settings) else said


def _share(settings: Settings, told: str) -> None:
    """Make a link; a sentence instead where it would show other rows."""
    token = visitor.secret()
    if _private(settings):
        brought.copy_parameters(settings.parameters, token)
    if settings.data == "own":
        brought.copy_table(settings, token)
    try:
        alone = _alone(settings, token)
        before, after = dataset(settings), dataset(alone)
        same = np.array_equal(before.X, after.X) and before.feature_names == after.feature_names
    except ValueError:
        same = False
    if not same:
        brought.forget(token)
        address.complain(
            "These rows cannot be shared by a link: read from the columns that are used alone, they would be "
            "others. Take the data away as CSV, and give the file to whom you like."
        )
        return
    link = address.link(dict.fromkeys(settings.to_query(), "") | alone.to_query())
    sharing.share(token, sharing.Share(_shared_name(settings), visitor.names(), told, link))


def _take_back(token: str) -> None:
    if sharing.take_back(token, visitor.names()):
        brought.forget(token)


def _alone(settings: Settings, token: str) -> Settings:
    """The same experiment on what the link with this token shares."""
    now = replace(settings, parameters=token) if _private(settings) else settings
    if settings.data != "own":
        return now
    parts = brought.own_parts(brought.table(settings), settings)
    now = replace(brought.as_nobody_chose(now), table=token, columns="", label="", order="", weight="")
    return replace(now, **roles.in_link(brought.table(now), parts))
