"""What is chosen on Debug alone: mistakes, where the code begins, what is looked at. Pure: no Streamlit."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from gmm_core.laboratory.faults import FAULTS
from pages.ui.address import presets
from pages.ui.address.field import Field
from pages.ui.address.settings import Settings

PARTS = {"mistakes": "Mistakes, one switch each", "paste": "Paste your numbers"}
QUESTION = tuple(name for name, fault in FAULTS.items() if fault.in_question)
NONE = "none"
_NAME = "|".join(FAULTS)
KIND_LABELS = {
    "guess": "Guess",
    "parameters": "Parameters",
    "responsibilities": "Responsibilities",
    "history": "Log-likelihoods",
}
BEGIN_LABELS = {
    "centres": "k-means, mean squares",
    "half": "k-means, variances 0.5",
    "clusters": "k-means clusters",
    "rows": "random rows",
}


def write_faults(faults: Collection[str]) -> str:
    """Mistakes as a link's text."""
    return ",".join(name for name in FAULTS if name in faults) or NONE


def read_faults(text: str) -> tuple[str, ...]:
    """The mistakes in a link's text, in the order of `FAULTS`."""
    named = text.split(",")
    return tuple(name for name in FAULTS if name in named)


FIELDS: dict[str, Field] = {
    "debug_part": Field(
        "show",
        "the part of the page",
        "mistakes",
        PARTS,
        rare=True,
        view=True,
        place=True,
        title="Part of the page",
    ),
    "debug_faults": Field(
        "mistakes",
        "the mistakes",
        write_faults(QUESTION),
        pattern=re.compile(rf"{NONE}|(?:{_NAME})(?:,(?:{_NAME}))*"),
        wanted=f"are {NONE}, or names such as {QUESTION[0]},old_mean",
    ),
    "debug_begin": Field("begin", "the start of the code", "centres", BEGIN_LABELS, title="It begins with"),
    "debug_eps": Field("eps", "eps", 0.0, least=0, most=1, title="eps"),
    "debug_steps": Field("steps", "the number of iterations", 100, least=1, most=300, title="Iterations"),
    "debug_seed": Field("draw", "the seed of what is random", 0, least=0, most=2**31, title="Seed"),
    "debug_row": Field(
        "row",
        "the first row in the table",
        1,
        least=1,
        most=10_000_000,
        rare=True,
        view=True,
        title="From row",
    ),
    "debug_kind": Field(
        "kind", "what was pasted", "guess", KIND_LABELS, rare=True, view=True, title="What it is"
    ),
}


@dataclass(frozen=True)
class Program:
    """The code that runs: its mistakes, and what it is given besides the data."""

    faults: tuple[str, ...]
    begin: str
    eps: float
    steps: int
    seed: int

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> Program:
        """The program among all that is chosen on the page."""
        rest = {name: chosen[f"debug_{name}"] for name in ("begin", "eps", "steps", "seed")}
        return cls(read_faults(chosen["debug_faults"]), **rest)

    @property
    def correct(self) -> Program:
        """The same without mistakes."""
        return replace(self, faults=())


@dataclass(frozen=True)
class Example:
    """An experiment to open: the data and k, the program, the half-step to open at, what is to be seen.

    offer : what the button says that leads here where nothing is seen of the only mistake in it.
    """

    settings: Settings
    own: Mapping[str, Any]
    at: str
    told: str
    offer: str = ""

    @property
    def shows(self) -> str:
        """The mistake of which this is the way out where nothing is seen of it."""
        return self.own["debug_faults"] if self.offer else ""


def _example(
    told: str, at: str = "", settings: Settings = presets.MISTAKES, offer: str = "", **own: Any
) -> Example:
    chosen = {name: field.default for name, field in FIELDS.items()}
    chosen |= {f"debug_{name}": value for name, value in own.items()}
    return Example(settings, chosen, at, told, offer)


EXAMPLES: dict[str, Example] = {
    "The question's three mistakes": _example(
        "The question's code, as it is asked about. **Press play**: the curve falls where it should rise."
    ),
    "The published answer": _example(
        "The first answer keeps two of the three mistakes and begins with the k-means centres. It printed "
        "the means 44.42596231, 24.509301 and 35.4137508 and the variances 0.07568723, 0.10583743 and "
        "0.52125856: **compare with the table below**. They are no maximum of anything.",
        at="100E",
        faults=write_faults(QUESTION[:2]),
        begin="half",
        eps=1e-8,
    ),
    "The array of the question": _example(
        "Two components have gone to the same place. The question prints `pdf(series, means, variances)`: 0 "
        "in row 1, 3.05e-3 in row 4, 1.446 from row 10 on. **Look at the densities of components 1 and 3 in "
        "the table below**: they are no means, and no responsibilities.",
        at="100E",
        begin="rows",
        eps=1e-8,
    ),
    "A product that underflows": _example(
        "The product of 500 densities is too small for a float: the code prints minus infinity at every "
        "iteration, while its parameters are right.",
        settings=Settings.opened("tutorial_500"),
        offer="Try it on 500 points",
        faults="densities_multiplied",
    ),
    "The tutorial's curve": _example(
        "The tutorial prints the logarithm of the sum of all densities: a curve near 0 that can fall while "
        "the log-likelihood rises.",
        faults="log_of_all_pdfs",
    ),
    "No mistake": _example("Correct EM: the curve never falls.", faults=NONE),
}


def example_of(settings: Settings, chosen: Mapping[str, Any]) -> str:
    """The name of the example that is shown; "" where it is none."""
    program = Program.of(chosen)
    experiment = (settings.data, settings.n_components, settings.edits)
    for name, one in EXAMPLES.items():
        there = (one.settings.data, one.settings.n_components, one.settings.edits)
        if there == experiment and Program.of(one.own) == program:
            return name
    return ""
