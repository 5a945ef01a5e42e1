"""What is chosen on the page of digits: the experiment, the repair, what is looked at. Pure: no Streamlit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gmm_core.engine.starts import INITS
from gmm_core.laboratory import exercise
from gmm_core.words import count
from pages.ui.address import choices
from pages.ui.address.field import Field
from pages.ui.address.settings import MOST_COMPONENTS

PIXELS = 64
NO_DIGIT = "x"  # of a component that is called nothing, in a link
HAND = re.compile(rf"[0-9{NO_DIGIT}]{{2,{MOST_COMPONENTS}}}")
REPAIRS = {"optimal": "optimal, one to one", "majority": "majority vote", "hand": "by hand"}
ROWS = {"train": "training rows", "test": "test rows"}
PARTS = {
    "repair": "Which digit is which?",
    "scores": "How good is it?",
    "unsure": "Unsure and wrong",
    "new": "New digits",
    "two": "Two digits alone",
}

_OF_THE_EXERCISE = {"shuffled": "interleaved, shuffled", "interleaved": "interleaved, in order"}
AS_IN_EXPLORE = {name: start.label for name, start in INITS.items() if name not in _OF_THE_EXERCISE}
START_LABELS = _OF_THE_EXERCISE | AS_IN_EXPLORE
# What a family is of pixels; any other is called what it is elsewhere.
FAMILY_LABELS = choices.FAMILY_LABELS | {
    "diag": "diag: naive Bayes",
    "full": "full: pixels that correlate",
    "tied": "tied: one covariance for all",
    "spherical": "spherical: one variance each",
}
KNOWN_AS = {"diag": "naive Bayes"}
STOP_LABELS = {"weights": "the weights rest", "log_likelihood": "the log-likelihood rests"}
SPLIT_LABELS = {"first": "the first 70%, in order", "stratified": "70%, shuffled and stratified"}

FIELDS: dict[str, Field] = {
    "digits_split": Field("split", "the split", "first", SPLIT_LABELS, title="Rows to train on"),
    "digits_k": Field(
        "k",
        "the number of components",
        10,
        least=2,
        most=MOST_COMPONENTS,
        sklearn="n_components",
        title="Components K",
    ),
    "digits_family": Field(
        "cov", "the covariance family", "diag", FAMILY_LABELS, sklearn="covariance_type", title="Covariances"
    ),
    "digits_pca": Field(
        "pca", "the number of principal components", 0, least=0, most=PIXELS, title="Principal components"
    ),
    "digits_reg": Field(
        "reg",
        "reg_covar",
        1e-4,
        least=0,
        most=10,
        sklearn="reg_covar",
        title="reg_covar (squared grey values)",
    ),
    "digits_init": Field("init", "the start", "shuffled", START_LABELS, title="Start"),
    "digits_seed": Field(
        "seed",
        "the seed of the start",
        exercise.SEED,
        least=0,
        most=2**31,
        sklearn="random_state",
        title="Seed of the start",
    ),
    "digits_criterion": Field("stop", "the rule for stopping", "weights", STOP_LABELS, title="When"),
    "digits_tol": Field("tol", "the tolerance", 1e-10, least=0, most=10, title="Tolerance"),
    "digits_iters": Field(
        "iters",
        "the number of iterations",
        200,
        least=1,
        most=300,
        sklearn="max_iter",
        title="Most iterations",
    ),
    "digits_repair": Field(
        "repair", "the repair", "optimal", REPAIRS, rare=True, view=True, title="Repair of the labels"
    ),
    "digits_hand": Field(
        "hand",
        "the repair by hand",
        "",
        pattern=HAND,
        wanted=f"is a digit for each component, such as 1645807293, with {NO_DIGIT} for none",
        rare=True,
        view=True,
    ),
    "digits_rows": Field("rows", "the rows to look at", "train", ROWS, rare=True, view=True, title="Look at"),
    "digits_part": Field(
        "part", "the part of the page", "repair", PARTS, rare=True, view=True, place=True, title="Part"
    ),
    "digits_draw": Field("draw", "the seed of the new digits", 0, least=0, most=2**31, rare=True, view=True),
}


@dataclass(frozen=True)
class Exercise:
    """What makes a run what it is: the fields that are no view."""

    split: str
    k: int
    family: str
    pca: int
    reg: float
    init: str
    seed: int
    criterion: str
    tol: float
    iters: int

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> Exercise:
        """The exercise among all that is chosen on the page."""
        return cls(**{name.removeprefix("digits_"): chosen[name] for name in FITTED})


FITTED = tuple(name for name, field in FIELDS.items() if not field.view)


@dataclass(frozen=True)
class Recipe:
    """An experiment to try: all its settings, and what the numbers of one run do not say."""

    settings: Mapping[str, Any]
    remark: str = ""


def _recipe(remark: str = "", **changed: Any) -> Recipe:
    printed = {name: FIELDS[name].default for name in FITTED}
    return Recipe(printed | {f"digits_{name}": value for name, value in changed.items()}, remark)


_KMEANS: dict[str, Any] = {"init": "kmeans", "criterion": "log_likelihood", "tol": 1e-3}
RECIPES: dict[str, Recipe] = {
    "The exercise": _recipe(),
    "Without its shuffle": _recipe(
        "So the text prints it; the figures that it gives need the shuffle.", init="interleaved"
    ),
    "k-means start, 0.01": _recipe(
        "Other seeds end elsewhere: by majority vote, 75% of the test rows on average.",
        **_KMEANS,
        reg=0.01,
        seed=3,
    ),
    "Full covariances, 0.05": _recipe(
        "Other seeds end elsewhere: by majority vote, 83% of the test rows on average.",
        **_KMEANS,
        family="full",
        reg=0.05,
        seed=3,
    ),
    "PCA to 30, full, 0.03": _recipe(
        "Of 100 seeds, this one has the best training likelihood, and 93% of the test rows; by majority "
        "vote, they have 84% on average.",
        **_KMEANS,
        family="full",
        reg=0.03,
        pca=30,
        seed=6,
    ),
}
OF_YOUR_OWN = "Of your own"


def recipe(chosen: Mapping[str, Any]) -> str:
    """The name of the recipe that was chosen, setting by setting; `OF_YOUR_OWN` where it is none."""
    fitted = {name: chosen[name] for name in FITTED}
    return next((name for name, one in RECIPES.items() if one.settings == fitted), OF_YOUR_OWN)


def describe(chosen: Mapping[str, Any]) -> str:
    """The experiment in a few sentences."""
    asked = Exercise.of(chosen)
    sees = f"{count(asked.pca, 'principal component')} of the pixels" if asked.pca else "64 pixels"
    known_as = f" ({KNOWN_AS[asked.family]})" if asked.family in KNOWN_AS else ""
    name = recipe(chosen)
    remark = "" if name == OF_YOUR_OWN else RECIPES[name].remark
    return (
        f"Trained on {SPLIT_LABELS[asked.split]}, of scikit-learn's 1,797 digits; {sees}, grey values "
        f"divided by 16; K = {asked.k}, {asked.family} covariances{known_as} with {asked.reg:g} on every "
        f"variance; start: {START_LABELS[asked.init]}, seed {asked.seed}. Components count from 0 "
        f"here, as digits do: the exercise reads their numbers as digits. {remark}"
    )


def by_hand(text: str, k: int) -> tuple[dict[int, int], str]:
    """The repair in a link's text, component -> digit, and a sentence where it is for another number of them.

    Without a text, component j is called digit j.
    """
    written = text or "0123456789"
    said = ""
    if text and len(text) != k:
        said = (
            f"The repair by hand in the link is for {len(text)} components, but there are {k}: "
            "those that it lacks are called nothing."
        )
    written = written[:k].ljust(k, NO_DIGIT)
    return {j: int(digit) for j, digit in enumerate(written) if digit != NO_DIGIT}, said


def write_by_hand(matching: Mapping[int, int], k: int) -> str:
    """A repair, component -> digit, as a link's text."""
    return "".join(str(matching.get(j, NO_DIGIT)) for j in range(k))
