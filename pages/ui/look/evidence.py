"""What stands beside a verdict: tables and lists, the same on the page and in the report. No Streamlit.

Everything that a user named is escaped here, whether it becomes a sentence, a header or a cell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import repeat
from string import punctuation
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from gmm_core.words import Finding, inactive
from pages.ui.look import palette
from pages.ui.look.markup import template

MOST_COLUMNS = 100  # of the list of columns
LONG = 60  # characters of a text that takes several lines

# Colours are shares of the text's own, so that they suit a light and a dark page.
STYLE = palette.painted("""
.em-list, .em-table {border-collapse: collapse; width: 100%; margin: 0.2rem 0 0.8rem; font-size: 1em}
.em-list td {border: 0; border-top: 1px solid rgb(128 128 128 / 0.3); padding: 0.4rem 0.6rem}
.em-list tr {vertical-align: top; break-inside: avoid}
.em-list td:first-child {border-left: 4px solid rgb(128 128 128 / 0.35)}
.em-list tr.warning td:first-child {border-left-color: $UNSURE}
.em-list td.evidence {width: 42%; opacity: 0.75; font-size: 0.9em; overflow-wrap: anywhere}
/* Where rows are out of sight there is a shadow: what covers it moves with the rows. */
.em-scroll {max-height: 24rem; overflow: auto; background:
  linear-gradient(Canvas 40%, transparent) top / 100% 2rem no-repeat local,
  linear-gradient(transparent, Canvas 60%) bottom / 100% 2rem no-repeat local,
  linear-gradient(rgb(128 128 128 / 0.5), transparent) top / 100% 0.7rem no-repeat scroll,
  linear-gradient(transparent, rgb(128 128 128 / 0.5)) bottom / 100% 0.7rem no-repeat scroll}
.em-scroll th {position: sticky; top: 0; background: Canvas}
.em-table td, .em-table th {border: 0; border-bottom: 1px solid rgb(128 128 128 / 0.25); font-size: 0.85em;
  padding: 0.15rem 0.5rem; text-align: right; font-variant-numeric: tabular-nums}
.em-table td, .em-table th {overflow-wrap: break-word}
.em-table td {white-space: nowrap}
.em-table td.text, .em-table th.text {text-align: left}
.em-table td.long {white-space: normal; min-width: 16rem}
.em-table a {color: inherit}
.em-table tr {break-inside: avoid}
/* Whose numbers they are stays in sight. */
.em-table.narrow {width: auto}
.em-table th.of {left: 0; background: Canvas; font-weight: 400; text-align: left; white-space: nowrap;
  vertical-align: top}
.em-note {opacity: 0.75; font-size: 0.9em; margin: 0.2rem 0 0.6rem; overflow-wrap: anywhere}
@media (max-width: 640px) {
  .em-list td, .em-list td.evidence {display: block; width: auto}
  .em-list td.evidence {border-top: 0; padding-top: 0}
}
@media print {.em-scroll {max-height: none; overflow: visible} .em-table td {white-space: normal}}
""")


_SENTENCES = template(
    '<table class="em-list">{% for one in findings %}<tr class="{{ one.level }}">'
    '<td>{% if one.level == "warning" %}<b>!</b> {% endif %}{{ one.sentence }}</td>'
    '<td class="evidence">{{ one.evidence }}</td></tr>{% endfor %}</table>'
)
_PLAIN = template("<ul>{% for text in texts %}<li>{{ text }}</li>{% endfor %}</ul>")
_NOTE = template('<p class="em-note">{{ text }}</p>')
_TABLE = template(
    '<div class="em-scroll" tabindex="0"><table class="em-table{{ " narrow" if names }}"><tr>'
    "{% for name in names %}"
    '{% if name.strip() %}<th class="text">{{ name }}</th>{% else %}<td></td>{% endif %}'
    "{% endfor %}"
    '{% for name, kind, one in head %}<th class="{{ kind }}"'
    '{% if one.help %} title="{{ one.help }}"{% endif %}>{{ name }}</th>{% endfor %}</tr>'
    "{% for labels, row in rows %}<tr>"
    '{% for text, reach in labels %}<th class="of" rowspan="{{ reach }}">{{ text }}</th>{% endfor %}'
    '{% for text, kind, one, tint in row %}<td class="{{ kind }}"'
    '{% if tint %} style="background: {{ tint }}"{% endif %}>'
    '{% if one.link %}<a href="{{ text }}" target="_self">{{ one.link }}</a>{% else %}{{ text }}{% endif %}'
    "</td>{% endfor %}</tr>"
    "{% endfor %}</table></div>"
)


class Column(NamedTuple):
    """How a column is shown: the format of its numbers, if it has one of its own, what its title says to
    whoever points at it, and the words of its links, where it holds addresses.
    """

    number: str = ""
    help: str = ""
    link: str = ""


PLAIN = Column()


def sentences(findings: Iterable[Finding]) -> str:
    """A list as HTML: each sentence, with its evidence beside it."""
    return _SENTENCES(findings=findings)


# These mean nothing within a line, or only where a line begins with them.
_SIGNS = "".join(sign for sign in punctuation if sign not in ".,;?'/%=@")


def literal(text: str) -> str:
    """A text inside Streamlit's markdown, as it is: none of its signs means anything there."""
    return re.sub(f"([{re.escape(_SIGNS)}])", r"\\\1", inactive(text))


def plain(texts: Iterable[str]) -> str:
    """A list as HTML, of sentences alone."""
    return _PLAIN(texts=texts)


def note(text: str) -> str:
    """A small paragraph as HTML."""
    return _NOTE(text=text)


def table(
    frame: pd.DataFrame,
    number: str = ".6g",
    tints: Sequence[Sequence[str]] = (),
    columns: Mapping[str, Column] = MappingProxyType({}),
) -> str:
    """A table as HTML, which scrolls on a screen and is whole on paper. An index that has a name is shown.

    number : the format of floats. tints : the ground of each cell, row by row; "" for none.
    columns : how those columns are shown that are not like the others, by their names.
    """
    shown = [columns.get(str(name), PLAIN) for name in frame.columns]
    texts = [
        [_written(value, one.number or number) for value in frame.iloc[:, j]] for j, one in enumerate(shown)
    ]
    kinds = [
        ""
        if dtype.kind in "iuf"
        else "text long"
        if max(map(len, column), default=0) > LONG and not one.link
        else "text"
        for dtype, column, one in zip(frame.dtypes, texts, shown, strict=True)
    ]
    rows = zip(zip(*texts, strict=True), tints or repeat(repeat("")), strict=False)
    names = [name for name in frame.index.names if name is not None]
    return _TABLE(
        names=names,
        head=zip(map(str, frame.columns), kinds, shown, strict=True),
        rows=zip(
            _labels(frame.index) if names else repeat([]),
            (zip(row, kinds, shown, tint, strict=False) for row, tint in rows),
            strict=False,
        ),
    )


def _labels(index: pd.Index) -> list[list[tuple[str, int]]]:
    """What stands before each row, and how many rows it reaches over: neighbours with one label share it."""
    first, *others = (index.get_level_values(level) for level in range(index.nlevels))
    reach = first.value_counts()
    return [
        [(str(label), int(reach[label]))] * bool(is_new) + [(str(text), 1) for text in rest]
        for label, is_new, *rest in zip(first, ~first.duplicated(), *others, strict=True)
    ]


def _written(value: object, number: str) -> str:
    if isinstance(value, float | np.floating):
        return "" if np.isnan(value) else f"{value:{number}}"
    return f"{value:,}" if isinstance(value, int | np.integer) and not isinstance(value, bool) else str(value)


def columns(frame: pd.DataFrame, fitted: Collection[str] = ()) -> pd.DataFrame:
    """One row for each column of a user's table: type, missing values, range, and whether it is fitted."""
    return pd.DataFrame([_column(frame[name], name in fitted) for name in frame.columns[:MOST_COLUMNS]])


def columns_note(shown: int, total: int) -> str:
    """What to say where not all columns are listed; empty where they are."""
    return "" if shown == total else f"The first {shown} of {total:,} columns."


def _column(column: pd.Series, fitted: bool) -> dict[str, object]:
    known, kind = column.dropna(), column.dtype.kind
    low = high = np.nan
    name = {"M": "dates", "b": "true or false"}.get(kind, "text")
    use = "fitted" if fitted else "not fitted"
    if kind in "iuf":
        low, high = float(known.min()), float(known.max())
        name = "whole numbers" if (known == known.round()).all() else "numbers"
        use = "constant, not fitted" if low == high and not fitted else use
    return {
        "column": str(column.name),
        "type": name,
        "missing": int(len(column) - len(known)),
        "smallest": low,
        "largest": high,
        "use": use,
    }
