"""The controls of Debug: which part, the mistakes, where the code begins, what to try."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

from gmm_core.laboratory.faults import FAULTS, Fault
from gmm_core.laboratory.faulty_em import STARTS
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.debug.settings import (
    BEGIN_LABELS,
    EXAMPLES,
    QUESTION,
    example_of,
    read_faults,
    write_faults,
)
from pages.ui.debug.tables import where
from pages.ui.shell import widgets
from pages.ui.shell.sidebar import Offers

OFFERS = Offers(
    model=("n_components",),
    start=False,
    view=False,
)
TRY_FIRST = (
    "**Try first.** Press play: the log-likelihood falls from −171.58 to −354.97, and every weight becomes "
    "1/50. All off: it never falls."
)
GROUPS = {  # by where mistakes are
    "E-step": "in the E-step",
    "M-step": "in the M-step",
    "start": "in what is printed",
    "log-likelihood": "in what is printed",
}
_WITHOUT_RANDOM = "\n".join(f"- **{BEGIN_LABELS[name]}**: {said}" for name, said in STARTS.items())
BEGIN_HELP = f"""
{_WITHOUT_RANDOM}
- **{BEGIN_LABELS["rows"]}**: rows of the data, drawn at random, with the variances of the data
"""
EPS_HELP = (
    "Added to the variances in the density, and to what responsibilities and sums are divided by, as the "
    "question's code does it (1e-8). It hides divisions by zero, and cures none of the mistakes."
)


def intro(settings: Settings) -> None:
    """Which part of the page is looked at; and what stands first in the one about mistakes."""
    with st.container(horizontal=True, vertical_alignment="center"):
        part = widgets.pills("debug_part")
        watched = part == "mistakes" and not settings.waits_for_a_table
        if watched:
            st.caption(TRY_FIRST, width=570)
    address.keep_own(debug_part=part)
    if watched:
        switches()


def draw(_: Settings) -> dict[str, Any]:
    """What the code is given besides the data, and what is chosen now."""
    with st.sidebar:
        st.header("Code")
        return {
            "debug_begin": widgets.select("debug_begin", help=BEGIN_HELP),
            "debug_steps": widgets.number("debug_steps", step=10),
            "debug_eps": widgets.decades("debug_eps", EPS_HELP, -12, -2),
            "debug_seed": widgets.number(
                "debug_seed", help="Of random variances, and of random rows to begin with."
            ),
        }


def switches() -> None:
    """A switch for each mistake: those of the question, and the others by the part of the program."""
    on = read_faults(address.own()["debug_faults"])
    with st.container(horizontal=True, key="debug_switches", vertical_alignment="center"):
        for fault in FAULTS.values():
            if fault.in_question:
                _toggle(fault, on)
    with st.container(horizontal=True, key="debug_groups", vertical_alignment="center"):
        for title, faults in _groups().items():
            number = sum(fault.name in on for fault in faults)
            more = f" :primary-badge[{number} on]" if number else ""
            with st.popover(f"{len(faults)} more {title}{more}"):
                for fault in faults:
                    if not fault.rare:
                        _toggle(fault, on)
                _rarer([fault for fault in faults if fault.rare], on)
        for label, names in {"All off": (), "The question's three": QUESTION}.items():
            st.button(label, on_click=choose, args=(names,), disabled=on == names, type="tertiary")


def _rarer(faults: list[Fault], on: Collection[str]) -> None:
    """The mistakes that few people make, folded until one of them is on."""
    if not faults:
        return
    with st.expander(f"{len(faults)} rarer ones", expanded=any(fault.name in on for fault in faults)):
        for fault in faults:
            _toggle(fault, on)


def _toggle(fault: Fault, on: Collection[str]) -> None:
    key, more = _key(fault.name), f"**{fault.title}**, {where(fault)}. {fault.seen}"
    address.hold(key, fault.name in on)
    st.toggle(fault.label, key=key, help=more, on_change=_switch, args=(fault.name,))


def _groups() -> dict[str, list[Fault]]:
    """The mistakes that are not the question's, under the part of the program that they are in."""
    groups: dict[str, list[Fault]] = {title: [] for title in dict.fromkeys(GROUPS.values())}
    for fault in FAULTS.values():
        if not fault.in_question:
            groups[GROUPS[fault.where]].append(fault)
    return groups


def _key(name: str) -> str:
    return f"debug mistake {name}"


def _switch(name: str) -> None:
    on = set(read_faults(address.own()["debug_faults"]))
    choose(on | {name} if address.value(_key(name)) else on - {name})


def choose(faults: Any) -> None:
    """Turn on these mistakes and no others."""
    address.choose("debug_faults", write_faults(faults))


def show(faults: Any) -> None:
    """Turn these on, where they can be watched."""
    choose(faults)
    address.choose("debug_part", "mistakes")


def examples() -> None:
    """Experiments to open."""
    with st.container(horizontal=True):
        for name in EXAMPLES:
            st.button(name, on_click=open_example, args=(name,), key=f"try {name}")


def told(settings: Settings) -> None:
    """What is to be seen in the example that is shown, if it is one."""
    if name := example_of(settings, address.own()):
        st.caption(EXAMPLES[name].told)


def open_example(name: str) -> None:
    """Choose all that an example is, and open it where there is most to see."""
    one = EXAMPLES[name]
    address.choose_all(one.own)
    address.adopt(one.settings, at=one.at)
