"""The widgets of the sidebar, in the order of the thought: data, model, start."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import SCALINGS, Dataset, StopReason, Trace, component_health, selection
from pages.ui import by_hand, cached, edits, evidence, own_table, session
from pages.ui.player import Answer
from pages.ui.settings import DATA_NAMES, FAMILIES, INIT_LABELS, INITS, MOST_COMPONENTS, Settings, quoted

SAVED = "saved_parameters"
MOST_AXES = 10  # principal components that are offered as axes
DATA_LABELS = {
    "blobs": "Generated blobs",
    "own": "Your own table",
    "qa_series": "Q&A series, 50 values",
    "digits": "Digits, 64 pixels",
    "digits_2_6": "Digits 2 and 6",
    "tutorial_60": "Tutorial: 60 values, ±10",
    "tutorial_60_wide": "Tutorial: 60 values, ±15",
    "tutorial_500": "Tutorial: 500 points, 3 blobs",
    "tutorial_1000": "Tutorial: 1,000 points, 5 blobs",
    "tutorial_collapse": "Tutorial: 500 wide points",
    "notebook_1d": "Notebook: 90 values",
    "notebook_2d": "Notebook: 400 points",
    "notebook_2d_large": "Notebook: 600 points",
    "notebook_3d": "Notebook: 50 points in 3-D",
    "unequal_sizes": "Unequal sizes",
    "unequal_variances": "Unequal variances",
    "overlapping": "Overlapping groups",
    "tiny_cluster": "A tiny group beside a huge one",
    "anisotropic": "Tilted groups",
    "cigars": "Cigars: k-means starts fail",
    "moons": "Moons",
    "circles": "Circles",
    "uniform_noise": "Uniform noise",
    "heavy_tails": "Heavy tails",
    "skewed": "One skewed cloud",
}
TO_CHECK = {  # what the page that checks offers to begin with
    "own": "Check your own table",
    "blobs": "Try three blobs",
    "qa_series": "Try the Q&A series",
    "uniform_noise": "Try noise without groups",
}
LABORATORY = {
    "starts.py": ("Is it luck?", "alt_route"),
    "collapse.py": ("Does it collapse?", "compress"),
    "debug.py": ("Is my code wrong?", "bug_report"),
    "choose_k.py": ("How many components?", "filter_3"),
}
FAMILY_LABELS = {
    "full": "full: any ellipse",
    "tied": "tied: one ellipse for all",
    "diag": "diag: ellipses along the axes",
    "spherical": "spherical: circles",
}
SCALING_LABELS = {
    "none": "none",
    "standardise": "standardise each feature",
    "whiten": "whiten all together",
}
SCALING_HELP = """
EM runs on scaled data; everything shown stays in the data's own units.

- **standardise**: each feature less its mean, divided by its standard deviation
- **whiten**: also turned, so that the whole cloud is round

Worth it where features have very different units: `reg_covar` and the start then weigh all alike.
"""
INIT_HELP = """
- **random rows**: k rows drawn at random are the means; the spread is only `reg_covar`, so that at first
  no ellipse is seen (with `reg_covar` = 0 it is that of the whole data)
- **k-means**: the clusters of k-means
- **k-means++ rows**: k rows far apart
- **random responsibilities**: every row belongs a little to every component
- **interleaved rows**: row i belongs to component i mod k
- **placed by hand**: drag the means at the start; double-click to add or remove one
- **saved parameters**: those of a file that *Take away* made; EM goes on from there

The same seed gives the same start as scikit-learn.
"""
REG_HELP = (
    "Added to every variance in each M-step, in **squared data units**: data ten times as large need a "
    "value a hundred times as large; with a scaling, the scaled data count. 0 lets a component collapse."
)
TOL_HELP = "EM stops when the mean log-likelihood changes by less in one iteration. 0 runs all iterations."


MODEL = ("n_components", "covariance_type", "scaling", "reg_covar", "tol", "max_iter")


def sidebar(
    settings: Settings,
    says: str,
    *,
    model: Sequence[str] = MODEL,
    start: bool = True,
    view: bool = True,
    rival: bool = True,
) -> Settings:
    """Draw the controls, and return what is chosen now. A fork lasts as long as its run does.

    says : what the page is for. model : the settings of the model that matter on the page; and whether the
    start, the view and k-means beside EM do.
    """
    with st.sidebar:
        st.caption(says)
        chosen = _data() | _model(model) | (_start() if start else {})
        now = settings.changed(**chosen)
        session.say_what_went(settings, now)
        if now.waits_for_a_table:
            return now
        try:
            data = cached.dataset(now)
        except ValueError:  # the page says what it is
            return now
        if view:
            now = replace(now, **_view(data.X.shape[1], rival))
    return now if data.is_series else replace(now, shuffle=0)


def data_alone(settings: Settings) -> Settings:
    """The controls of the data, for a page that needs no others."""
    with st.sidebar:
        now = settings.changed(**_data())
        session.say_what_went(settings, now)
        return now


def what_to_check(data: str) -> None:
    """Say what the page does, and offer something to try."""
    st.markdown(
        "Bring a table, and set nothing: the page looks at its columns, fits one to ten Gaussians of four "
        "families from several starts each, and says in plain words whether there are groups, how sure "
        "that is, and why."
    )
    with st.container(horizontal=True, key="em_try"):
        for name, label in TO_CHECK.items():
            if name != data:
                icon = ":material/upload_file:" if name == "own" else None
                st.button(label, icon=icon, on_click=session.choose, args=("data", name), key=f"try_{name}")


def offer(
    examples: Mapping[str, Settings], title: str = "", own: Mapping[str, Mapping[str, Any]] | None = None
) -> None:
    """Experiments to try, a button each, which makes all their settings.

    title : what stands before them. own : what is chosen with some of them on this page alone.
    """

    def open_(name: str) -> None:
        session.adopt(examples[name])
        for setting, value in (own or {}).get(name, {}).items():
            session.choose(setting, value)

    with st.container(horizontal=True, vertical_alignment="center"):
        if title:
            st.caption(title, width="content")
        for name in examples:
            st.button(name, on_click=open_, args=(name,), key=f"try {name}")


def laboratory(settings: Settings | None = None) -> None:
    """The questions that the laboratory answers, about this experiment; without one, about examples."""
    with st.container(horizontal=True, vertical_alignment="center"):
        about = ", on this experiment" if settings else ""
        st.caption(f"The laboratory{about}:", width="content")
        query = settings.to_query() if settings else None
        for page, (question, icon) in LABORATORY.items():
            st.page_link(page, label=question, icon=f":material/{icon}:", query_params=query)


def compare(X: NDArray[np.float64], name: str) -> selection.Comparison:
    """Fit over k and family, showing how far it is; a button judges what there is so far."""
    work, plan = session.work_on(name), selection.planned(X)
    found = work.setdefault("fits", [])  # also those of a comparison that was stopped, or left
    if len(found) < len(plan) and not work.get("stopped"):
        place = st.empty()
        with place.container():
            bar = st.progress(0.0)
            st.button("Stop, and judge what there is", on_click=work.update, kwargs={"stopped": True})
        running = selection.fits(X, after=tuple(found))
        while len(found) < len(plan):
            k, family = plan[len(found)]
            text = f"Fit {len(found) + 1} of {len(plan)}: {k} component{'s' * (k > 1)}, {family} …"
            bar.progress(len(found) / len(plan), text)
            found.append(next(running))
        place.empty()
    return selection.compare(X, found, plan)


def offer_the_rest(comparison: selection.Comparison, name: str) -> None:
    """Where a comparison was stopped, go on with it."""
    if comparison.stopped:
        left = len(comparison.plan) - len(comparison.fits)
        label = f"Compare the rest: {left} fit{'s' * (left > 1)}"
        more = {"stopped": False}
        st.button(label, icon=":material/play_arrow:", on_click=session.work_on(name).update, kwargs=more)


def _data() -> dict[str, Any]:
    st.subheader("Data")
    chosen = {"data": select("data", "Data", DATA_NAMES, DATA_LABELS, label_visibility="collapsed")}
    if chosen["data"] == "own":
        return chosen | own_table.choose()
    if chosen["data"] != "blobs":
        return chosen
    with st.container(horizontal=True):
        chosen["centers"] = number("centers", "Blobs", width=112)
        chosen["n_samples"] = number("n_samples", "Rows in each", step=50, width=112)
    with st.expander("Shape of the blobs"):
        chosen["cluster_std"] = number("cluster_std", "Standard deviation", step=0.1, format="%g")
        chosen["n_features"] = number("n_features", "Features")
        chosen["stretch"] = _toggle(
            "stretch", "Stretch them", help="Multiply by a random matrix: round blobs become ellipses."
        )
        chosen["data_seed"] = number("data_seed", "Seed of the data")
    return chosen


def _model(offered: Sequence[str]) -> dict[str, Any]:
    st.subheader("Model")
    widgets: dict[str, Callable[[], Any]] = {
        "n_components": lambda: number("n_components", "Components k"),
        "covariance_type": lambda: select("covariance_type", "Covariances", FAMILIES, FAMILY_LABELS),
        "scaling": lambda: select(
            "scaling", "Scaling before EM", SCALINGS, SCALING_LABELS, help=SCALING_HELP
        ),
        "reg_covar": lambda: decades("reg_covar", "reg_covar (squared data units)", REG_HELP, -9, 2),
        "tol": lambda: decades("tol", "Tolerance", TOL_HELP, -12, 0),
        "max_iter": lambda: number("max_iter", "Most iterations", step=10),
    }
    chosen = {name: widgets[name]() for name in offered if name in ("n_components", "covariance_type")}
    rare = [name for name in offered if name not in chosen]
    if rare:
        title = "Scaling, regularisation, stopping" if "tol" in rare else "Scaling, regularisation"
        with st.expander(title):
            chosen |= {name: widgets[name]() for name in rare}
    return chosen


def _start() -> dict[str, Any]:
    st.subheader("Start")
    chosen: dict[str, Any] = {"init": select("init", "Initialisation", INITS, INIT_LABELS, help=INIT_HELP)}
    if chosen["init"] == "loaded":
        st.file_uploader(
            "Parameters, JSON",
            type="json",
            max_upload_size=10,
            key=SAVED,
            on_change=_load,
            help="What *Take away* saves. EM begins with them; components and family are set to theirs.",
        )
    chosen["random_state"] = number("random_state", "Seed of the start")
    st.button(
        "Another start",
        icon=":material/casino:",
        width="stretch",
        on_click=session.another_start,
        help="The next seed: EM may end elsewhere. Means placed by hand are drawn anew.",
    )
    return chosen


def _load() -> None:
    """Begin with the parameters in the file that was just uploaded."""
    uploaded = session.value(SAVED)
    if uploaded is None:
        return
    try:
        name, mixture = cached.keep_parameters(uploaded.getvalue())
    except ValueError as error:
        session.complain(f"{quoted(uploaded.name)} cannot be used as a start. {evidence.literal(str(error))}")
    else:
        if mixture.n_components > MOST_COMPONENTS:
            session.complain(
                f"The file has {mixture.n_components} components; at most {MOST_COMPONENTS} fit here."
            )
            return
        session.begin_with(name, mixture.n_components, mixture.covariance_type)


def _view(d: int, rival: bool) -> dict[str, Any]:
    if d == 1 and not rival:
        return {}
    with st.expander("View"):
        chosen: dict[str, Any] = {"kmeans": _toggle("kmeans", "k-means beside EM")} if rival else {}
        if d > 1:
            chosen["contours"] = _toggle("contours", "Density of the whole mixture")
        if d == 3:
            chosen["space"] = _toggle("space", "In three dimensions")
        if d > 2:
            names = (*(f"pc{i + 1}" for i in range(min(d, MOST_AXES))), *(f"f{i + 1}" for i in range(d)))
            labels = {n: f"principal component {n[2:]}" if n[0] == "p" else f"feature {n[1:]}" for n in names}
            chosen["across"] = select("across", "Across", names, labels)
            others = tuple(name for name in names if name != chosen["across"])
            chosen["up"] = select("up", "Up", others, labels)
    return chosen


def _toggle(name: str, label: str, **kwargs: Any) -> bool:
    session.remember(name)
    return st.toggle(label, key=name, **kwargs)


def select(name: str, label: str, options: Sequence[str], labels: Mapping[str, str], **kwargs: Any) -> str:
    """One of the options of a setting, of the experiment or of this page alone."""
    session.remember(name, options)
    return st.selectbox(label, options, format_func=labels.__getitem__, key=name, **kwargs)


def pills(name: str, label: str, labels: Mapping[str, str]) -> str:
    """One of a few options of a setting, all of them in view."""
    session.remember(name, tuple(labels))
    return st.segmented_control(
        label, labels, format_func=labels.__getitem__, key=name, required=True, label_visibility="collapsed"
    )


def number(name: str, label: str, **kwargs: Any) -> Any:
    """A setting that is a number, within its limits."""
    field = session.field(name)
    session.remember(name)
    kind = type(field.default)
    return st.number_input(label, min_value=kind(field.least), max_value=kind(field.most), key=name, **kwargs)


def decades(name: str, label: str, help: str, lowest: int, highest: int) -> float:
    """A number over many orders of magnitude: powers of ten to choose from, or any to type."""
    session.remember(name)
    field = session.field(name)
    options = [0.0, *(float(f"1e{e}") for e in range(lowest, highest + 1))]
    typed = st.selectbox(label, options, format_func=_decade, key=name, help=help, accept_new_options=True)
    value, problem = field.parse(str(typed))
    if problem:
        st.error(f"{field.label} {problem}; {field.write(field.default)} is used instead.")
        return field.default
    return value


def _decade(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def say(problems: Iterable[str]) -> None:
    """What could not be done, or made no sense in a link."""
    if said := "\n\n".join(filter(None, problems)):
        st.warning(said, icon=":material/info:")


def _note(sentence: str, ways: dict[str, Callable[[], None]]) -> None:
    """A sentence, and beside it the buttons of what can be done."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(sentence)
        for label, act in ways.items():
            st.button(label, on_click=act)


def fork_note(settings: Settings) -> None:
    """Say that this run was forked, and offer the way back."""
    forks = by_hand.read_forks(settings.forks)
    if not forks:
        return
    last = forks[-1]
    place = ", ".join(f"{number:g}" for number in last.position)
    _note(
        f"**Forked** at iteration {last.iteration}: the mean of component {last.component + 1} was moved to "
        f"({place}). The dotted curve is the run before.",
        {"Undo the fork": session.undo_fork},
    )


def scaling_note(settings: Settings) -> None:
    """Say that EM ran on other numbers than are shown."""
    if settings.scaling == "none":
        return
    what = {"standardise": "standardised features", "whiten": "whitened data"}[settings.scaling]
    st.caption(
        f"**EM ran on {what}**, to which reg_covar = {settings.reg_covar:g} was added. All that is "
        "shown, the log-likelihood too, is in the data's own units."
    )


def rival_note(d: int, right: tuple[float, float] | None) -> None:
    """Say what to see in EM beside k-means, and what each of them got right."""
    note = "**Hard against soft**: k-means gives a point to one cluster, EM shares it where components meet."
    if d > 2:
        note += " With more than two features no borders are drawn: in a projection they are no lines."
    if right:
        note += (
            f" In the end, matched one to one with the known groups: EM **{right[0]:.1%}**, "
            f"k-means **{right[1]:.1%}** of the rows."
        )
    st.caption(note)


def heed(said: Answer) -> None:
    """Where a mean was moved or a point edited in the player, take it over and run the page again."""
    if said.means:
        session.place(said.means)
        st.rerun()
    if said.fork:
        session.fork(said.fork)
        st.rerun()
    if session.edit_in_picture(said.editor, said.edits):
        st.rerun()


def edit_note(settings: Settings) -> None:
    """Say what was done to the points by hand, and offer the way back."""
    if settings.edits:
        _note(
            f"**Edited by hand**: {edits.describe(settings.edits)}. EM begins where it began before.",
            {
                "Undo the last edit": lambda: session.choose("edits", edits.without_last(settings.edits)),
                "Undo all": lambda: session.choose("edits", ""),
            },
        )


def shuffle_note(settings: Settings) -> None:
    """Say that EM ignores time, and let a button prove it."""
    if settings.shuffle:
        _note(
            "**Shuffled**, from the same start: the picture over time is another, every number is the same.",
            {"Back in order": lambda: session.choose("shuffle", 0)},
        )
    else:
        _note(
            "**EM ignores time**: each value counts, not when it came. Shuffle the order and compare.",
            {"Shuffle the order": lambda: session.choose("shuffle", 1)},
        )


class Fitted(NamedTuple):
    """An experiment that was run: its settings, completed, its data and run, and what it wears."""

    settings: Settings
    data: Dataset
    trace: Trace
    worn: cached.Worn


def fitted(settings: Settings) -> Fitted:
    """Run the experiment. `ValueError` where that is impossible; the page ends where something is awaited."""
    settings, said = cached.with_means(settings)
    session.complete(settings, said)
    stop_if_waiting(settings)
    return Fitted(
        settings, cached.dataset(settings), cached.run(settings), cached.worn(settings, session.worn())
    )


@contextmanager
def or_say_why(settings: Settings) -> Iterator[None]:
    """Where an experiment cannot be run, say why and what can be done, and end the page here."""
    try:
        yield
    except ValueError as error:
        st.error(evidence.literal(str(error)), icon=":material/error:")
        say(session.problems())
        fork_note(settings)
        edit_note(settings)
        st.info("Change the settings on the left; nothing is lost.", icon=":material/arrow_back:")
        if settings.data == "own" and not cached.is_gone(settings):
            own_table.findings(settings.table)
        st.stop()


def run_notes(settings: Settings, trace: Trace) -> None:
    """What there is to say of a run: how it ended, what holds it up, and what was done by hand."""
    if trace.stop is StopReason.COLLAPSED:
        st.warning(trace.stop.message, icon=":material/compress:")
        _why_link()
    health_note(cached.scaled_run(settings), settings.reg_covar)
    scaling_note(settings)
    fork_note(settings)
    edit_note(settings)


def own_table_note(settings: Settings) -> None:
    """What was found in a table of the user's own, and what a link to it holds."""
    if settings.data == "own":
        own_table.findings(settings.table)
        st.caption(
            "The link holds these settings, but not your data. Until some hours after the last use, this "
            "server shows the table to whoever has the link."
        )


def stop_if_waiting(settings: Settings) -> None:
    """Where something must be done before there is a fit, say it, and end the page here."""
    if settings.init == "loaded" and not settings.parameters:
        st.info(
            "Load saved parameters on the left: the JSON file that *Take away* makes under each picture. EM "
            "goes on from them. Or choose another start.",
            icon=":material/upload_file:",
        )
        st.stop()
    if cancelled(settings.fitted, "This fit was cancelled. Choose fewer rows or iterations on the left"):
        st.stop()


def cancelled(asked: Any, sentence: str) -> bool:
    """Whether the user cancelled what is `asked` for; then it is said, and can be run after all."""
    if not session.is_cancelled(asked):
        return False
    st.info(f"{sentence}, or run it after all.")
    st.button("Run it", icon=":material/play_arrow:", on_click=session.run_after_all)
    return True


def health_note(trace: Trace, reg_covar: float) -> None:
    """Say which components stand at the end only because of the regularisation."""
    health = component_health(trace.mixture)
    thin = [j + 1 for j, h in enumerate(health) if h.smallest_eigenvalue < 2 * reg_covar]
    if trace.stop is StopReason.COLLAPSED or not thin:
        return
    who = f"Component {thin[0]}" if len(thin) == 1 else f"Components {', '.join(map(str, thin))}"
    verb = "is" if len(thin) == 1 else "are"
    st.warning(
        f"{who} {verb} held up by reg_covar = {reg_covar:g} alone: without it, the variance would be zero in "
        "some direction. The likelihood then says more about reg_covar than about the data. Raise reg_covar, "
        "use fewer components or start elsewhere.",
        icon=":material/compress:",
    )
    _why_link()


def _why_link() -> None:
    """To the page about it; the experiment is the same there."""
    st.page_link("collapse.py", label="See why, and what cures it", icon=":material/troubleshoot:")


def sample_note(shown: int, total: int) -> str:
    """What to say where not all points are drawn; empty where they are."""
    if shown == total:
        return ""
    return f"{shown:,} of the {total:,} points are drawn, a random sample; EM uses them all."
