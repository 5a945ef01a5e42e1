"""A setting as a widget: its value from the settings, its limits from its field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from mimetypes import guess_type
from typing import Any

import streamlit as st

from pages.ui.address import address


def toggle(name: str, **kwargs: Any) -> bool:
    return st.toggle(address.field(name).title, address.remember(name), key=name, **kwargs)


def text(name: str, **kwargs: Any) -> str:
    """A setting that is a line of text."""
    return st.text_input(address.field(name).title, address.remember(name), key=name, **kwargs).strip()


def select(name: str, labels: Mapping[str, str] | None = None, **kwargs: Any) -> str:
    """One of the options of a setting, of the experiment or of this page alone.

    labels : what each is called that is offered, where these are not all that the setting can be.
    """
    labels = _labels(name) if labels is None else labels
    options, title = tuple(labels), address.field(name).title
    now = options.index(address.remember(name, options))
    return st.selectbox(title, options, now, format_func=labels.__getitem__, key=name, **kwargs)


def _labels(name: str) -> Mapping[str, str]:
    """What all options of a setting are called."""
    options = address.field(name).options
    assert isinstance(options, Mapping)
    return options


def pills(name: str, labels: Mapping[str, str] | None = None) -> str:
    """One of a few options of a setting, all of them in view; labels : as in `select`."""
    labels = _labels(name) if labels is None else labels
    return st.segmented_control(
        address.field(name).title,
        labels,
        default=address.remember(name, tuple(labels)),
        format_func=labels.__getitem__,
        key=name,
        required=True,
        label_visibility="collapsed",
    )


def number(name: str, **kwargs: Any) -> Any:
    """A setting that is a number, within its limits."""
    field = address.field(name)
    kind = type(field.default)
    return st.number_input(
        field.title, kind(field.least), kind(field.most), address.remember(name), key=name, **kwargs
    )


def suggested(name: str, suggestion: Any, widget: Callable[..., Any], label: str = "", **how: Any) -> Any:
    """A widget of a page's own setting that has no default: until somebody chooses, it shows a suggestion.

    label : where it depends on the data.
    """
    key, chosen = f"{name} shown", address.own()[name]
    address.hold(key, suggestion if chosen == address.field(name).default else chosen)

    def choose() -> None:
        address.choose(name, address.value(key))

    return widget(label or address.field(name).title, key=key, on_change=choose, **how)


def download(label: str, content: str | bytes | Callable[[], Any], name: str, **kwargs: Any) -> None:
    """A button that saves a file, which may be made when it is asked for; the page stays as it is."""
    kind, _ = guess_type(name)
    icon = kwargs.pop("icon", ":material/download:")
    st.download_button(label, content, name, kind, on_click="ignore", icon=icon, **kwargs)


def decades(name: str, help: str, lowest: int, highest: int) -> float:
    """A number over many orders of magnitude: powers of ten to choose from, or any to type."""
    now = address.remember(name)
    field = address.field(name)
    powers = {0.0, *(float(f"1e{e}") for e in range(lowest, highest + 1))}
    options = sorted(powers | {now} if isinstance(now, float) else powers)  # what was just typed is a text
    typed = st.selectbox(
        *(field.title, options, options.index(now) if now in options else 0),
        format_func=_decade,
        key=name,
        help=help,
        accept_new_options=True,
    )
    value, problem = field.parse(str(typed))
    if problem:
        st.error(f"{field.label} {problem}; {field.write(field.default)} is used instead.")
        return field.default
    return value


def _decade(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
