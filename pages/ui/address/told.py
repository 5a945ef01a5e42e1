"""What EM is told beforehand: parameters that it leaves alone, and groups of rows. Pure: no Streamlit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Held
from gmm_core.engine.covariance import family_named
from gmm_core.engine.held import has_own
from gmm_core.words import count, plural

_KINDS = {"w": "weights", "m": "means", "c": "covariances"}
_ONE = r"[wmc][1-9]\d?"
HELD = re.compile(rf"{_ONE}(?:,{_ONE}){{0,35}}")
HELD_IS = "is of weights, means and covariances by the numbers of components, such as w1,m1,m2 or c3"
NOTHING, ALL = "none", "all"
# Of how many rows in each known group EM is told the group, as a link says it, and in words.
KNOWN_LABELS = {
    NOTHING: "no group",
    **{str(n): f"{count(n, 'row')} in each group" for n in (1, 2, 3, 5, 10, 20, 50, 100)},
    ALL: "all rows with a group",
}


class Lock(NamedTuple):
    """A lock that was pressed: of a component's "weights", "means" or "covariances", and whether they are
    held now.
    """

    what: str
    component: int
    held: bool


def read_held(text: str) -> Held:
    """What is held in a text that `HELD` matches."""
    parts = text.split(",") if text else []
    return Held(
        **{
            name: tuple(int(part[1:]) - 1 for part in parts if part[0] == sign)
            for sign, name in _KINDS.items()
        }
    )


def write_held(held: Held) -> str:
    signs = {name: sign for sign, name in _KINDS.items()}
    return ",".join(f"{signs[name]}{j + 1}" for name, components in held.of_kinds for j in components)


def all_or_none(covariance_type: str, k: int) -> bool:
    """Whether k covariances of this family have something in common, so that all of them are held or none."""
    return not has_own(family_named(covariance_type), k, 2)


def locked(text: str, lock: Lock, k: int, covariance_type: str) -> str:
    """The same after a lock was pressed; k and covariance_type are of the model."""
    held = read_held(of_first(text, k))
    all_ = lock.what == "covariances" and all_or_none(covariance_type, k)
    pressed = set(range(k)) if all_ else {lock.component}
    before = set(getattr(held, lock.what))
    return write_held(
        replace(held, **{lock.what: tuple(before | pressed if lock.held else before - pressed)})
    )


def of_first(text: str, k: int) -> str:
    """The same of the first k components alone."""
    return ",".join(part for part in text.split(",") if part and int(part[1:]) <= k)


def of_model(text: str, k: int, covariance_type: str, k_before: int) -> str:
    """The same of k components of this family where there were `k_before`: where covariances have something
    in common, all of them are held if all were, and else none.
    """
    held = read_held(of_first(text, k))
    if all_or_none(covariance_type, k):
        all_were = len(read_held(text).covariances) == k_before
        held = replace(held, covariances=tuple(range(k)) if all_were else ())
    return write_held(held)


def in_words(text: str) -> str:
    """What is held, for people."""
    return read_held(text).sentence.removesuffix(".") or "nothing held"


def held_of(text: str, k: int) -> Held | None:
    """What is held of k components; None for nothing. A `ValueError` where there are fewer."""
    if (left := of_first(text, k)) != text:
        gone = next(part for part in text.split(",") if part not in left.split(","))
        raise ValueError(
            f"The {_KINDS[gone[0]].removesuffix('s')} of component {gone[1:]} is held, but there "
            f"{plural(k, 'is', 'are')} only {count(k, 'component')}. Let it go free, or use more components."
        )
    return read_held(text) if text else None


def known_of(text: str, labels: NDArray[np.int64] | None, k: int) -> NDArray[np.intp] | None:
    """Of which component EM is told that each row is, (n,), -1 for nothing: of the first rows of each known
    group, which are the components in their order. None where it is told nothing.

    labels : (n,) known groups. A `ValueError` where there are more of them than components.
    """
    if text == NOTHING or labels is None:
        return None
    groups = np.setdiff1d(labels, NO_LABEL)
    if len(groups) > k:
        raise ValueError(
            f"These data have {count(len(groups), 'known group')}, but there {plural(k, 'is', 'are')} only "
            f"{count(k, 'component')}: each group that EM is told of is one component's. Use at least "
            f"{len(groups)} components, or tell EM no groups."
        )
    known = np.full(len(labels), -1, dtype=np.intp)
    most = len(labels) if text == ALL else int(text)
    for j, group in enumerate(groups.tolist()):
        known[np.flatnonzero(labels == group)[:most]] = j
    return known if (known >= 0).any() else None
