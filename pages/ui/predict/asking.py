"""The widgets of Predict: the point that is asked, from when on it is unlike the data, and a sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture
from gmm_core.out import export
from gmm_core.words import COMPONENT, COMPONENT_OR_NOISE
from pages.ui.address import address
from pages.ui.address.by_hand import write_place
from pages.ui.address.history import between, in_short
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.predict import answer
from pages.ui.predict.figures import Dots, Look
from pages.ui.predict.settings import LESSONS, Lesson, read_point
from pages.ui.shell import widgets

MOST_DRAWN = 2000
# The picture and the answer beside each other; under each other where there is no room.
STYLE = """
.st-key-em_ask {flex-wrap: wrap}
.st-key-em_ask > * {min-width: 0}
.st-key-em_ask > :first-child {flex: 2 1 26rem}
.st-key-em_ask > :last-child {flex: 1 1 18rem}
/* On a phone, what is said of the point stands next to the picture in which it was asked. */
@media (max-width: 640px) {
  .st-key-em_ask .em-clickable {height: 44vh}
  :has(> .st-key-em_verdict) {order: -1}
}
"""


def point(settings: Settings, data: Dataset) -> NDArray[np.float64]:
    """The point that is asked (d,): typed, clicked or in the link; else one that is always there."""
    names = data.feature_names
    lesson = LESSONS.get(settings.data)
    shown = ", ".join(names) if len(names) <= 4 else f"{len(names)} values, {names[0]}, {names[1]}, …"
    beside = st.container(horizontal=True, vertical_alignment="bottom")
    typed = beside.text_input(
        f"A new point: {evidence.literal(shown)}",
        key=address.remember_apart("point"),
        placeholder="type it, or click in the picture",
    )
    beside.button(
        "The tutorial's",
        icon=":material/school:",
        on_click=_open_lesson,
        args=(opens := settings.data if lesson else "tutorial_500",),
        help="Opens the tutorial's data and fit at (0.5, 0.5), which is far from all data.",
    )
    _say_what_it_replaces(settings, LESSONS[opens])
    place, refused = (), False
    for text in dict.fromkeys((typed, address.own()["point"])):  # what was asked before, if this cannot be
        try:
            place = read_point(text, names) if text.strip() else ()
            break
        except ValueError as error:
            if text == typed:
                refused = True
                st.error(evidence.literal(str(error)), icon=":material/error:")
    # What cannot be asked was no choice of the point that is asked in its place.
    (address.complete_own if refused else address.keep_own)(point=write_place(place) if place else "")
    if place:
        if refused:
            st.caption(f"The answer is still that of the point before, ({', '.join(map(str, place))}).")
        return np.array(place)
    said = "Instead, this is" if refused else "Nothing is asked yet: this is"
    st.caption(f"{said} {'the point of the tutorial' if lesson else 'the centre of all data'}.")
    return np.array(lesson.point) if lesson else data.X.mean(axis=0)


def _say_what_it_replaces(settings: Settings, lesson: Lesson) -> None:
    """What the button above changes, where it changes more than the point."""
    if replaced := between(settings, lesson.settings):
        st.caption(
            "*The tutorial's* opens its own run, and replaces yours: "
            f"{evidence.literal(in_short(replaced))}. Undo brings it back."
        )


def _open_lesson(name: str) -> None:
    lesson = LESSONS[name]
    address.adopt(lesson.settings)
    address.choose("point", write_place(lesson.point))


def by_click(look: Look) -> Callable[[float, float], None]:
    """What asks for the place that was clicked; more than two features change only within the plane."""

    def ask(x: float, y: float) -> None:
        place = np.array([x, y][: len(look.P)])
        if len(look.point) > 2:  # in as many digits as matter among the data
            spans = np.ptp(look.X, axis=0)
            steps = 10.0 ** np.floor(np.log10(np.where(spans > 0, spans, spans.max() or 1.0)) - 4)
            place = [float(f"{v:.6g}") for v in np.rint(look.in_slice(place[np.newaxis])[0] / steps) * steps]
        address.choose("point", write_place(place))

    return ask


def quantile() -> float:
    """Below which quantile of the data's densities a point is unlike them, from 0 to 1."""
    chosen = widgets.number(
        "unlike",
        step=0.5,
        format="%g",
        width=190,
        help="A point is called unlike all data where the density is below this quantile of theirs.",
    )
    address.keep_own(unlike=chosen)
    return chosen / 100


def lesson_note(settings: Settings, place: NDArray[np.float64], found: answer.Answer) -> None:
    """What was published of this point, where it is that of a tutorial."""
    lesson = LESSONS.get(settings.data)
    if lesson is None or tuple(place) != lesson.point:
        return
    shares = np.sort(np.exp(found.log_shares))
    if shares.shape == (len(lesson.responsibilities),) and np.allclose(
        shares, lesson.responsibilities, rtol=1e-2, atol=0
    ):
        st.caption(lesson.told)
    else:
        st.caption(
            "This is another run than the tutorial's, and so are the numbers. The button opens its run."
        )


def sample(mixture: Mixture, data: Dataset) -> Dots | None:
    """Points drawn from the mixture, to lay over the data and to take away; None where nobody wants them."""
    wanted = widgets.toggle("sampled", help="Drawn from the mixture: would they pass for data?")
    address.keep_own(sampled=wanted)
    if not wanted:
        return None
    n = widgets.number("n_sampled", step=100, width=130)
    seed = widgets.number("sample_seed", width=170)
    address.keep_own(n_sampled=n, sample_seed=seed)
    X, component = mixture.sample(n, seed)
    whose = COMPONENT if mixture.noise_box is None else COMPONENT_OR_NOISE
    *titles, last = export.distinct([*data.feature_names, whose])
    widgets.download(
        "Sample, CSV",
        lambda: export.to_csv(pd.DataFrame(X, columns=titles).assign(**{last: component + 1})),
        "sample.csv",
    )
    shown = thinned(n)
    if len(shown) < n:
        st.caption(f"{len(shown):,} of them are drawn.")
    return Dots(X[shown], np.ones(len(shown), bool))


def thinned(n: int) -> NDArray[np.intp]:
    """Which of n points are drawn: all, or as many as a browser can draw."""
    return np.unique(np.linspace(0, n - 1, min(n, MOST_DRAWN)).astype(int))
