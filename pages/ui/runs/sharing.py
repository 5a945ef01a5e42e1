"""Who may see what visitors brought: whoever brought it, and those who have a link that shares it.

What is kept here are plain values, by the names of what they are about; where tables are kept is another
matter. A visitor is known by some secrets, of which one is enough; see `address.visitor`.
"""

from __future__ import annotations

import re
from collections.abc import Set
from threading import Lock
from typing import NamedTuple

from pages.ui.runs.on_disk import Kept
from pages.ui.runs.shelf import OnDisk, Shelf

WHO_SEES = (
    "Data that you bring are not in a link: only you see them, and whoever has a link made by *Share these "
    "rows*, until you take it back. They are kept until some hours after their last use."
)
NOT_HERE = (
    "Only whoever brought the table of this link sees it, or it is not kept here any more; data are not in a "
    "link. Upload or paste it in the settings, or ask for a link that shares its rows."
)
NO_PARAMETERS = (
    "Only whoever loaded the saved parameters of this link sees them, or they are not kept here any more; "
    "those are not in a link. Load the file in the settings, or choose another start."
)
EVERYBODY = "everybody"  # of what the app itself made of data that all may see
TOKEN = re.compile(r"[0-9a-f]{32}")  # in a link, in place of the name of what is shared
MOST = 100_000  # visitors and links that are remembered; who used them longest ago goes first


class Share(NamedTuple):
    """A link that shares something. of : its name. by : who made the link. told : what of it, in words."""

    of: str
    by: frozenset[str]
    told: str
    link: str


def _names(kind: str) -> Shelf[frozenset[str]]:
    """Sets of names, which survive a restart as what they are about does."""
    disk: OnDisk[frozenset[str]] = OnDisk(
        kind, write=lambda names: Kept(sorted(names)), read=lambda kept: frozenset(kept.about), changes=True
    )
    return Shelf(MOST, len, disk)


_seen_by = _names("seen_by")
_made_of = _names("made_of")  # the tokens of each name
_shares: Shelf[Share] = Shelf(
    MOST,
    lambda share: 1,
    OnDisk(
        "shares",
        write=lambda share: Kept(share._asdict() | {"by": sorted(share.by)}),
        read=lambda kept: Share(**kept.about | {"by": frozenset(kept.about["by"])}),
        changes=True,
    ),
)
_one_change = Lock()


def bring(name: str, who: Set[str]) -> None:
    """Let this visitor see what has that name, as somebody who brought it."""
    with _one_change:
        known = _seen_by.get(name) or frozenset()
        if not who <= known:
            _seen_by.put(name, known | who)


def may_see(name: str, who: Set[str]) -> bool:
    """Whether this visitor may see what has that name: its own, or the token of a link."""
    if TOKEN.fullmatch(name):
        return _shares.get(name) is not None
    return bool((_seen_by.get(name) or frozenset()) & {*who, EVERYBODY})


def share(token: str, one: Share) -> None:
    """Let whoever has this token see what is kept by that name."""
    with _one_change:
        _shares.put(token, one)
        _made_of.put(one.of, (_made_of.get(one.of) or frozenset()) | {token})


def shares(of: str, by: Set[str]) -> dict[str, Share]:
    """The links that this visitor made to share it, by their tokens."""
    found = {token: _shares.get(token) for token in sorted(_made_of.get(of) or ())}
    return {token: one for token, one in found.items() if one is not None and one.by & by}


def take_back(token: str, by: Set[str]) -> bool:
    """Let a link share nothing any more, and whether it did: only whoever made it can."""
    with _one_change:
        one = _shares.get(token)
        if one is None or not one.by & by:
            return False
        _shares.drop(token)
        return True
