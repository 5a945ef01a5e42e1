"""The run that stands beside the one that is shown: which it is, what it is called, and what else there is.

Pure: no Streamlit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from gmm_core import GaussianMixture
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.starts import INITS
from gmm_core.engine.ways.plain import Plain
from gmm_core.engine.ways.table import WAYS
from pages.ui.address import by_hand, differences, told
from pages.ui.address.choices import START_LABELS
from pages.ui.address.differences import KMEANS, ORIGINAL, WAYS_UP
from pages.ui.address.kinds import COMPONENT_LABELS
from pages.ui.address.settings import FIELDS, RUN_FIELDS, Settings

# What scikit-learn does where nobody chose.
USUALLY = {"init": GaussianMixture().init_params, "tol": GaussianMixture().tol}
SAME = "the same run"  # in the title of one where nothing is different
LONGER = 1e-8  # a tolerance that shows what is slow
SCALED = {"none": "no scaling", "standardise": "standardised data", "whiten": "whitened data"}


def _forked(text: str) -> str:
    forks = by_hand.read_forks(text)
    return f"forked at iteration {forks[-1].iteration}" if forks else "not forked"


# What a setting of a run is called in its title.
WORDS: dict[str, Callable[[Any], str]] = {
    "n_components": "k = {}".format,
    "covariance_type": "{} covariances".format,
    "components": COMPONENT_LABELS.__getitem__,
    "prior": lambda prior: "a prior" if prior else "no prior",
    "held": told.in_words,
    "known": lambda text: f"EM is told of {told.KNOWN_LABELS[text]}",
    "scaling": SCALED.__getitem__,
    "reg_covar": "reg_covar {:g}".format,
    "init": lambda name: f"start: {START_LABELS[name]}",
    "random_state": "seed {}".format,
    "tol": "tolerance {:g}".format,
    "max_iter": "at most {:,} iterations".format,
    "means": lambda text: (
        f"{'means, weights and spreads' if ':' in text else 'means' if text else 'no means'} placed by hand"
    ),
    "parameters": lambda name: "saved parameters" if name else "no saved parameters",
    "forks": _forked,
}
assert set(WORDS) == set(RUN_FIELDS)


def way_up(settings: Settings) -> str:
    """The name of the way up that stands beside; "" for none."""
    return WAYS_UP.get(settings.beside, "")


def other(settings: Settings) -> Settings | None:
    """The settings of the run that stands beside; None where nothing does, k-means or another way up.

    Raises `ValueError` where there is none.
    """
    if settings.beside in ("", KMEANS, *WAYS_UP):
        return None
    if settings.beside == ORIGINAL:
        if not settings.forks:
            raise ValueError("This run was not forked, so it has no original to stand beside it.")
        return settings.original
    return replace(settings.changed(**differences.read(settings.beside, RUN_FIELDS)), beside="").fitted


def described(settings: Settings, another: Settings) -> str:
    """What to have beside, that it is this other run of the same data; empty for the same run."""
    now, another = settings.fitted, another.fitted
    if now == another:
        return ""
    if now.forks and now.original == another:
        return ORIGINAL
    differ = {
        name: getattr(another, name)
        for name in RUN_FIELDS
        if name == "forks" or getattr(another, name) != getattr(now, name)  # another run has no forks of this
    }
    # What follows from the others is not said.
    for name in ("forks", "means"):
        fewer = {one: value for one, value in differ.items() if one != name}
        if now.changed(**fewer).fitted == another:
            differ = fewer
    return differences.write(differ, RUN_FIELDS)


def swapped(settings: Settings) -> Settings:
    """The run that stands beside as the one that is shown, with this one beside it."""
    another = other(settings)
    assert another is not None
    view = {name: getattr(settings, name) for name, field in FIELDS.items() if field.view}
    return replace(another, **view | {"beside": described(another, settings)})


def titles(settings: Settings, another: Settings) -> tuple[str, str]:
    """What each run is called beside the other: in what they differ."""
    if settings.beside == ORIGINAL:
        return _forked(settings.forks), "the original"
    if way := way_up(settings):
        return Plain.label, WAYS[way].label
    differ = [name for name in RUN_FIELDS if getattr(settings, name) != getattr(another, name)]
    if settings.init != another.init:
        # Another start is another one whatever its numbers are.
        differ = [name for name in differ if name not in ("means", "parameters")]
    if not (_by_chance(settings) or _by_chance(another)):
        differ = [name for name in differ if name != "random_state"]
    if not differ:
        return "this run", SAME
    first, second = (
        ", ".join(WORDS[name](getattr(one, name)) for name in differ) for one in (settings, another)
    )
    if first == second:
        return "this run", f"the other, {second}"
    return first, second


def offers(settings: Settings) -> dict[str, str]:
    """What makes sense beside this run, as the link says it, and in words for people."""
    found = {"": "nothing", KMEANS: "k-means, from the same means"}
    if settings.forks:
        found[ORIGINAL] = "the original, before the fork"
    found |= {text: WAYS[name].label for text, name in WAYS_UP.items()}
    return found | {differences.write(one, RUN_FIELDS): _offer(one) for one in _others(settings)}


def label(settings: Settings, text: str) -> str:
    """What stands beside, as it was typed, in words for people; the text itself where it makes no sense."""
    known, problem = FIELDS["beside"].parse(text)
    said = offers(settings).get(known) or _words(settings, differences.read(known, RUN_FIELDS))
    return text if problem or not said else said


def _others(settings: Settings) -> Iterator[dict[str, Any]]:
    """What could be different: one thing at a time."""
    if _by_chance(settings):
        yield {"random_state": settings.random_state + 1}
    for init in sorted(INITS, key=lambda name: name != USUALLY["init"]):
        if init != settings.init:
            yield {"init": init}
    if settings.init != "loaded":  # a family comes with saved parameters
        for family in FAMILIES:
            if family != settings.covariance_type:
                yield {"covariance_type": family}
    for tol in (LONGER, USUALLY["tol"]):
        if tol != settings.tol:
            yield {"tol": tol}


def _offer(differ: dict[str, Any]) -> str:
    usual = any(USUALLY.get(name) == value for name, value in differ.items())
    said = ", ".join(WORDS[name](value) for name, value in differ.items())
    return said + (", as in scikit-learn" if usual else "")


def _words(settings: Settings, differ: dict[str, Any]) -> str:
    another = settings.changed(**differ)
    return ", ".join(WORDS[name](getattr(another, name)) for name in differ)


def _by_chance(settings: Settings) -> bool:
    """Whether another seed is another start."""
    return settings.init in INITS and INITS[settings.init].chance
