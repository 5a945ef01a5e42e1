"""One setting: what it is called in a link, what it may be, and what is said of a text that it cannot be."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from gmm_core.words import as_code, capital


@dataclass(frozen=True)
class Field:
    """One setting. `query` is its name in a link, `label` its name in a message, `title` that of its control.

    Of `options`, a mapping says what each is called on the page. Where a setting `suggests`, its default
    stands for what the page suggests.
    A text has a `pattern`, and says in `wanted` what that is. What is `rare` stands in a link only when it is
    not the default. What is of the `view` changes nothing of the run; what is a `place` only says where on
    the page one looks. `sklearn` is scikit-learn's name, where it is another: a link may use either.
    """

    query: str
    label: str
    default: Any
    options: Collection[str] = ()
    least: float = 0
    most: float = 0
    for_blobs: bool = False
    for_own: bool = False
    pattern: re.Pattern[str] | None = None
    wanted: str = ""
    rare: bool = False
    view: bool = False
    place: bool = False
    sklearn: str = ""
    title: str = ""
    suggests: bool = False

    def read(self, text: str, name: str = "") -> tuple[Any, str]:
        """The value in a link's text, and a sentence about it if it is none that can be used.

        name : what it is called in that link, where that is not `query`.
        """
        name = name or self.query
        value, problem = self.parse(text)
        if not problem:
            return value, ""
        default = self.write(self.default)
        instead = f"{as_code(f'{name}={default}')} is used instead." if default else "It is left out."
        said = f"The link says {as_code(f'{name}={text}')}, but {self.label} {problem}. {instead}"
        return self.default, said

    def read_from(self, query: Mapping[str, str]) -> tuple[Any, str] | None:
        """The same of a link that names it, by either name or by both; None where it does not."""
        names = [name for name in (self.query, self.sklearn) if name in query]
        if not names:
            return None
        value, said = self.read(query[names[0]], names[0])
        if len({self.parse(query[name]) for name in names}) > 1:
            both = " and ".join(as_code(f"{name}={query[name]}") for name in names)
            said = f"{said} The link says both {both}, which name one thing; the first counts.".strip()
        return value, said

    def write(self, value: Any) -> str:
        """The value as a link's text."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        return f"{value:.12g}" if isinstance(value, float) else str(value)

    @property
    def shown_as(self) -> str:
        """What it is called on the page."""
        return self.title or capital(self.label.removeprefix("the "))

    def in_words(self, value: Any) -> str:
        """The value as the page shows it; empty for what nobody chose."""
        if self.suggests and value == self.default:
            return ""
        if isinstance(self.options, Mapping) and value in self.options:
            return self.options[value]
        return ("on" if value else "off") if isinstance(value, bool) else self.write(value)

    def parse(self, text: str) -> tuple[Any, str]:
        """The value of a text, and what it would have to be if it is none."""
        if self.pattern:
            return text, "" if text == self.default or self.pattern.fullmatch(text) else self.wanted
        if self.options:
            return text, "" if text in self.options else f"is one of {', '.join(filter(None, self.options))}"
        if isinstance(self.default, bool):
            return text == "yes", "" if text in ("yes", "no") else "is yes or no"
        whole = isinstance(self.default, int)
        kind = "a whole number" if whole else "a number"
        wanted = f"is {kind} from {self.least:,.12g} to {self.most:,.12g}"
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            return None, wanted
        return (value, "") if self.least <= value <= self.most else (None, wanted)  # nan is nowhere
