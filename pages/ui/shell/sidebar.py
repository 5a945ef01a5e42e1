"""The widgets of the sidebar, in the order of the thought: data, model, start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from gmm_core import NO_LABEL
from gmm_core.formula import EXAMPLE, FUNCTIONS, MOST_CHARACTERS
from gmm_core.words import as_code, capital
from pages.ui.address import address, beside, differences, hand, visitor
from pages.ui.address.choices import STARTS
from pages.ui.address.kinds import kind_of
from pages.ui.address.settings import MOST_COMPONENTS, Settings
from pages.ui.look import evidence, palette, portraits
from pages.ui.runs import brought, sharing
from pages.ui.runs.data import dataset, why_no_groups
from pages.ui.shell import covariances, known_groups, own_table, seeing, telling
from pages.ui.shell.widgets import decades, number, select, text, toggle

SAVED = "saved_parameters"
MOST_AXES = 10  # principal components that are offered as axes
SURE_HELP = (
    "Where each mean may be, 95% sure, at the end of the run; by the observed information, as are the "
    "standard errors in the table of numbers."
)
SCALING_HELP = """
EM runs on scaled data; everything shown stays in the data's own units.

- **standardise**: each feature less its mean, divided by its standard deviation
- **whiten**: also turned, so that the whole cloud is round

Worth it where features have very different units: `reg_covar` and the start then weigh all alike.
"""
_EACH_START = "\n".join(f"- **{start.label}**: {start.help}" for start in STARTS.values())
START_HELP = f"""
{_EACH_START}

The same seed gives the same start as scikit-learn where it has that start.
"""
REG_HELP = (
    "Added to every variance in each M-step, in **squared data units**: data ten times as large need a "
    "value a hundred times as large; with a scaling, the scaled data count. 0 lets a component collapse."
)
KIND_HELP = """
What a row may be that fits no Gaussian.

- **noise**: a uniform density over the box of the data, with a weight of its own, for rows that belong to no
  component; they are drawn hollow and grey
- **t**: each component has degrees of freedom, estimated from 1 to 200; the fewer, the heavier its tails, and
  the less a stray pulls it
- **both**: a row that is no noise may still be in a tail
"""
PRIOR_HELP = (
    "What is believed of means and covariances beforehand, in mclust's defaults: no component can collapse, "
    "also with `reg_covar` = 0. EM then climbs the log-posterior, and the curve shows that."
)
FORMULA_HELP = f"""
What is true of a group's rows, and of no other: `{EXAMPLE}`, `x1**2 + x2**2 < 4`. For more groups than two, a
whole number: `(x1 > 0) + 2*(x2 > 0)`.

Columns are x1, x2, ..., or their names; functions are {", ".join(FUNCTIONS)}; `and`, `or` and `not` join
comparisons. It takes the place of other known groups, and is only compared with.
"""
TOL_HELP = "EM stops when the mean log-likelihood changes by less in one iteration. 0 runs all iterations."

BESIDE_HELP = """
A second run of the same data, with the same buttons: k-means, the original of a fork, another way up from the
same start, another seed, another start, other covariances, another tolerance.

Or type what it shall have instead, by the names in the link: `seed:12`, `k:4`, `cov:tied tol:1e-8`.
"""

MODEL = ("n_components", "covariance_type", "scaling", "reg_covar", "tol", "max_iter")


@dataclass(frozen=True)
class Offers:
    """What the sidebar of a page offers.

    model : the settings of the model that matter on the page; and whether the start, the view and what stands
    beside the run do. gaps : whether the page knows rows with missing values. beyond : by which
    settings a run on it may be of more than Gaussians, of `kinds.BEYOND`.
    """

    model: tuple[str, ...] = MODEL
    start: bool = True
    view: bool = True
    rival: bool = True
    sure: bool = False
    gaps: bool = False
    beyond: tuple[str, ...] = ()


DATA_ALONE = Offers(model=(), start=False, view=False)


def draw(settings: Settings, offers: Offers) -> Settings:
    """Draw the controls, and return what is chosen now. A fork lasts as long as its run does."""
    with st.sidebar:
        with st.container(key="em_data"):
            chosen = _data()
            by_formula = st.expander("Known groups by a formula", expanded=bool(address.current().groups))
        with by_formula:
            chosen["groups"] = text(
                "groups", placeholder=EXAMPLE, help=FORMULA_HELP, max_chars=MOST_CHARACTERS
            )
        if chosen["data"] != settings.data:
            chosen |= _as_it_opens(chosen["data"])
        with st.container(key="em_model"):
            whose = st.container()
            chosen |= _model(offers.model) if offers.model else {}
            chosen |= _beyond(offers.beyond) if offers.beyond else {}
            if "held" in offers.beyond:
                chosen |= telling.choose(settings.changed(**chosen))
        with st.container(key="em_start"):
            chosen |= _start() if offers.start else {}
        if offers.start:
            with whose:
                _say_whose(replace(settings, **chosen))
        now = settings.changed(**chosen)
        address.say_what_went(settings, now)
        if now.groups and not now.waits_for_a_table and seeing.may_see(now):
            with by_formula:
                _grouped(now)
        if not offers.model or now.waits_for_a_table or not seeing.may_see(now):
            return now
        try:
            data = dataset(now)
        except ValueError:  # the page says what it is
            return now
        if offers.view:
            beside_it = _beside(now) if offers.rival else {}
            now = replace(now, **beside_it, **_view(data.X.shape[1], offers.sure))
    return now if data.is_series else replace(now, shuffle=0)


def _data() -> dict[str, Any]:
    st.header("Data")
    chosen = {"data": select("data", label_visibility="collapsed")}
    if chosen["data"] == "own":
        return chosen | own_table.choose()
    if chosen["data"] != "blobs":
        return chosen
    with st.container(horizontal=True):
        chosen["centers"] = number("centers", width=112)
        chosen["n_samples"] = number("n_samples", step=50, width=112)
    with st.expander("Shape of the blobs"):
        chosen["cluster_std"] = number("cluster_std", step=0.1, format="%g")
        chosen["n_features"] = number("n_features")
        chosen["stretch"] = toggle(
            "stretch", help="Multiply by a random matrix: round blobs become ellipses."
        )
        chosen["data_seed"] = number("data_seed")
    return chosen


def _grouped(settings: Settings) -> None:
    """The data in the colours of the groups that the formula makes, or why it makes none."""
    try:
        problem, data = why_no_groups(settings), dataset(settings)
    except ValueError:  # the page says what it is
        return
    if problem:
        st.error(evidence.literal(problem), icon=":material/error:")
    if problem or not len(data.X):
        return
    data = data.of_rows(~np.isnan(data.X).any(axis=1))
    colours = (*palette.COMPONENTS, palette.UNCLAIMED)  # the last is of what is not known
    groups = np.where(data.labels == NO_LABEL, -1, data.labels % len(palette.COMPONENTS))
    st.image(portraits.portrait(data, groups, None, colours), width="stretch")
    names, sizes = known_groups.label_names(data), Counter(data.labels.tolist())
    said = [f"{name}: {sizes[label]:,}" for label, name in names.items()]
    if unknown := sizes[NO_LABEL]:
        said.append(f"not known: {unknown:,}")
    st.caption(f"Rows, {'; '.join(said)}. EM never sees these groups: they are compared with.")


def _as_it_opens(data: str) -> dict[str, Any]:
    """The k, family and start that these data open with; the widgets are yet to come, and show them."""
    found = Settings.with_data(data)
    for name, value in found.items():
        address.hold(name, value)
    return found


def _say_whose(settings: Settings) -> None:
    """Say that k, family and start are those that the data open with, or offer them."""
    own = settings.own
    if all(getattr(settings, name) == value for name, value in own.items()):
        st.caption(
            f"These data open with k = {settings.n_components}, {settings.covariance_type} covariances and a "
            "start of their own. Change any of it below."
        )
    else:
        st.button(
            "As these data open",
            on_click=partial(address.change, **own),
            type="tertiary",
            icon=":material/undo:",
            help=f"k = {own['n_components']}, {own['covariance_type']} covariances, and their own start",
        )


def _model(offered: Sequence[str]) -> dict[str, Any]:
    st.header("Model")
    widgets: dict[str, Callable[[], Any]] = {
        "n_components": lambda: number("n_components"),
        "covariance_type": covariances.choose,
        "scaling": lambda: select("scaling", help=SCALING_HELP),
        "reg_covar": lambda: decades("reg_covar", REG_HELP, -9, 2),
        "tol": lambda: decades("tol", TOL_HELP, -12, 0),
        "max_iter": lambda: number("max_iter", step=10),
    }
    chosen = {name: widgets[name]() for name in offered if name in ("n_components", "covariance_type")}
    rare = [name for name in offered if name not in chosen]
    if rare:
        title = "Scaling, regularisation, stopping" if "tol" in rare else "Scaling, regularisation"
        with st.expander(title):
            chosen |= {name: widgets[name]() for name in rare}
    return chosen


def _beyond(offered: Sequence[str]) -> dict[str, Any]:
    """What components may be beyond Gaussians: as the page offers it, unfolded where it was chosen."""
    now = address.current()
    widgets: dict[str, Callable[[], Any]] = {
        "components": lambda: select("components", help=KIND_HELP),
        "prior": lambda: toggle("prior", help=PRIOR_HELP),
    }
    used = any(getattr(now, name) != getattr(now.plain, name) for name in offered if name in widgets)
    with st.expander("Noise, tails, a prior" if "prior" in offered else "Noise, tails", expanded=used):
        return {name: widgets[name]() for name in offered if name in widgets}


def _start() -> dict[str, Any]:
    st.header("Start")
    chosen: dict[str, Any] = {"init": select("init", help=START_HELP)}
    if chosen["init"] == "loaded":
        st.file_uploader(
            "Parameters, JSON",
            type="json",
            max_upload_size=10,
            key=SAVED,
            on_change=_load,
            help="What *Take away* saves. EM begins with them; components and family are set to theirs.",
        )
    chosen["random_state"] = number("random_state")
    st.button(
        "Another start",
        icon=":material/casino:",
        width="stretch",
        on_click=hand.another_start,
        help="The next seed: EM may end elsewhere. Means placed by hand are drawn anew.",
    )
    return chosen


def _load() -> None:
    """Begin with the parameters in the file that was just uploaded."""
    uploaded = address.value(SAVED)
    if uploaded is None:
        return
    try:
        name, mixture = brought.keep_parameters(uploaded.getvalue())
    except ValueError as error:
        address.complain(
            f"{as_code(uploaded.name)} cannot be used as a start. {evidence.literal(str(error))}"
        )
    else:
        if mixture.n_components > MOST_COMPONENTS:
            address.complain(
                f"The file has {mixture.n_components} components; at most {MOST_COMPONENTS} fit here."
            )
            return
        sharing.bring(name, visitor.names())
        hand.begin_with(name, mixture.n_components, mixture.covariance_type, kind_of(mixture))


def _beside(settings: Settings) -> dict[str, Any]:
    """What stands beside the run: one of what makes sense now, or anything that is typed."""
    labels, name = beside.offers(settings), "beside"
    typed = address.remember(name)
    if typed != differences.ORIGINAL:  # of which there may be none any more
        labels.setdefault(typed, beside.label(settings, typed))
    options = list(labels)
    chosen = st.selectbox(
        "Beside it",
        options,
        options.index(address.remember(name, options)),
        format_func=lambda text: labels.get(text, text),
        key=name,
        help=BESIDE_HELP,
        accept_new_options=True,
    )
    value, problem = address.field(name).parse(chosen or "")
    if problem:
        st.error(f"{capital(address.field(name).label)} {problem}. Nothing stands there.")
    return {name: value}


def _view(d: int, sure: bool) -> dict[str, Any]:
    if d == 1 and not sure:
        return {}
    with st.expander("View"):
        chosen: dict[str, Any] = {}
        if sure:
            chosen["sure"] = toggle("sure", help=SURE_HELP)
        if d == 1:
            return chosen
        chosen["contours"] = toggle("contours")
        if d == 3:
            chosen["space"] = toggle("space")
        if d > 2:
            names = (*(f"pc{i + 1}" for i in range(min(d, MOST_AXES))), *(f"f{i + 1}" for i in range(d)))
            labels = {n: f"principal component {n[2:]}" if n[0] == "p" else f"feature {n[1:]}" for n in names}
            chosen["across"] = select("across", labels)
            others = {name: label for name, label in labels.items() if name != chosen["across"]}
            chosen["up"] = select("up", others)
    return chosen
