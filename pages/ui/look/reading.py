"""What was decided about a user's file, and what else could be, in words. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gmm_core.tables.reading import ANYTHING, ENCODINGS, Choices, Decided
from gmm_core.words import quoted, safe

AS_FOUND = "as found"  # what leaves a choice to the evidence

QUESTIONS = {
    "sheet": "Sheet, or file within",
    "header": "Names of the columns",
    "separator": "Between the columns",
    "decimal": "Decimal sign",
    "encoding": "Encoding of the letters",
    "below_limit": "Values such as <0.5",
}
_WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "header": {"none": "no names"},
        "separator": {
            "comma": "commas",
            "semicolon": "semicolons",
            "tab": "tabs",
            "bar": "bars |",
            "colon": "colons",
            "space": "spaces",
            "spaces": "two spaces or more",
            "none": "nothing: one column",
            ANYTHING: "anything: all numbers are one column",
        },
        "decimal": {"point": "point: 1.5", "comma": "comma: 1,5"},
        "encoding": ENCODINGS,
        "below_limit": {"missing": "missing", "half": "half the limit"},
    }
)


def option(name: str, value: str, decided: Decided) -> str:
    """What a choice is called; "" is what the file suggests."""
    if not value:
        found = getattr(decided.choices, name)
        return f"{AS_FOUND}: {option(name, found, decided)}" if found else AS_FOUND
    if name == "header" and value != "none":
        texts = {str(number): text for number, text in decided.lines}
        text = " / ".join(texts[row].strip() for row in value.split("-") if row in texts)
        return f"{rows(value)}: {safe(text, 40)}" if text else rows(value)
    return _WORDS.get(name, {}).get(value, value)


def rows(header: str) -> str:
    """row 3, rows 3 and 4"""
    first, _, last = header.partition("-")
    return f"rows {first} and {last}" if last else f"row {first}"


def summary(choices: Choices) -> str:
    """What was decided about a file, in a few words; "" where nothing was to be."""
    said = []
    if choices.sheet:
        said.append(f"the sheet {quoted(choices.sheet)}")
    if choices.header:
        said.append("no row of names" if choices.header == "none" else f"names in {rows(choices.header)}")
    if choices.separator == "none":
        said.append("nothing between columns")
    elif choices.separator:
        words = _WORDS["separator"][choices.separator].partition(":")[0]
        said.append(f"{words} between {'numbers' if choices.separator == ANYTHING else 'columns'}")
    if choices.decimal:
        said.append(f"a decimal {choices.decimal}")
    if choices.encoding:
        said.append(f"letters in {ENCODINGS[choices.encoding]}")
    if choices.below_limit == "half":
        said.append("values below a limit as half of it")
    elif choices.below_limit:
        said.append("values below a limit as missing")
    return ", ".join(said)
