"""The pages of the app, each declared once, in the order of the navigation. Pure: no Streamlit.

A new page is a line here and its own files; if it is about an experiment, it begins with `experiment`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from pages.ui.address import presets
from pages.ui.address.settings import Settings

LABORATORY = "Laboratory"
NOTHING_CHOSEN = Settings.opened()


@dataclass(frozen=True)
class Page:
    """One page: its file beside `frame.py`, and its title and section in the navigation.

    question, icon : of the link to a page of the laboratory. url_path : where it is not the file's name.
    example : what it shows as long as nobody chose anything, there or on other pages.
    """

    file: str
    title: str
    section: str = ""
    question: str = ""
    icon: str = ""
    url_path: str | None = None
    example: Settings = NOTHING_CHOSEN

    @property
    def name(self) -> str:
        return PurePath(self.file).stem


PAGES = (
    Page("explore.py", "Explore"),  # the first is what opens at the bare address
    Page("gallery.py", "Gallery"),
    Page("lessons.py", "Lessons"),
    Page("predict.py", "Predict"),
    Page("check.py", "Check a dataset"),
    Page("digits.py", "Digits"),
    Page("against.py", "Against scikit-learn"),
    Page("starts.py", "Starts", LABORATORY, "Is it luck?", "alt_route", example=presets.STARTS),
    Page("collapse.py", "Collapse", LABORATORY, "Does it collapse?", "compress", example=presets.TROUBLE),
    Page("debug.py", "Debug", LABORATORY, "Is my code wrong?", "bug_report", example=presets.MISTAKES),
    Page(
        *("choose_k.py", "Choose k", LABORATORY, "How many components?", "filter_3"),
        url_path="choose-k",
        example=presets.CHOICE,
    ),
    Page("faster.py", "Faster", LABORATORY, "Why is EM so slow?", "speed", example=presets.SLOW),
)


def named(name: str) -> Page:
    """The page in the file of that name; a `KeyError` where there is none."""
    return {page.name: page for page in PAGES}[name]


def in_sections() -> dict[str, list[Page]]:
    """The pages of each section, both in their order."""
    sections: dict[str, list[Page]] = {}
    for page in PAGES:
        sections.setdefault(page.section, []).append(page)
    return sections
