"""Two parts of Predict, drawn when they are looked at: one feature from the others, groups as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from gmm_core import Dataset, Mixture, marginal
from gmm_core.judgement.predict import is_unlike
from gmm_core.out import export
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.look import evidence
from pages.ui.player.view import shown_rows
from pages.ui.predict import cached, curves, given, groups
from pages.ui.runs.data import row_numbers
from pages.ui.shell import charts, widgets

Array = NDArray[np.float64]


def chosen() -> str:
    """Which part is looked at; the rest is neither computed nor sent."""
    part = widgets.pills("predict_part")
    address.keep_own(predict_part=part)
    return part


def _feature(names: Sequence[str], label: str) -> int:
    """Which feature it is about, from 0; the last until somebody chooses."""
    d, asked = len(names), address.own()["wanted"]
    if asked > d:
        st.warning(
            f"These data have no feature number {asked}, so this is about the last.", icon=":material/info:"
        )
        address.complete_own(wanted=0)
    return int(
        widgets.suggested(
            *("wanted", d, st.selectbox, label),
            options=range(1, d + 1),
            format_func=lambda number: names[number - 1],
            width=300,
        )
        - 1
    )


def _of_components(mixture: Mixture) -> Mixture:
    """The mixture without its noise, which is said."""
    if mixture.noise_box is not None:
        st.caption("Noise predicts nothing, and has no place of its own: this is of the components alone.")
    return mixture.of_components


def feature(
    settings: Settings, data: Dataset, mixture: Mixture, point: Array, quantile: float, colours: Sequence[str]
) -> None:
    """One feature from the others: of the asked point, and of all rows. settings : of complete rows."""
    names = data.feature_names
    if len(names) == 1:
        st.info(
            "These data have one feature, and it takes others to predict it from.", icon=":material/info:"
        )
        return
    mixture = _of_components(mixture)
    wanted = _feature(names, "Predict")
    found = cached.predicted(settings, wanted)
    asked = None
    try:
        asked = given.Asked.of(mixture, point, wanted)
        st.markdown(given.said(asked, point, wanted, names))
        known = given.others(len(names), wanted)
        level = marginal(mixture, known).log_density(point[np.newaxis, known])
        if is_unlike(found.levels, quantile, level)[0]:
            st.warning(
                "The values that are known are unlike all data: where hardly anything was seen, the "
                "prediction rests on the shape of the components alone.",
                icon=":material/info:",
            )
    except ValueError as error:  # a point far beyond all numbers
        st.info(evidence.literal(str(error)), icon=":material/info:")
    drawn = shown_rows(len(found.rows), 1)
    look = curves.Looked(data.X[found.rows[drawn]], mixture, colours, point, wanted, names)
    charts.show(
        curves.one_from_others(look, found.found.mean[drawn, 0], asked),
        "one_from_others",
        "The rows, what is predicted of them, and the density of the feature at the asked point",
        modebar=False,
    )
    is_beyond = asked is not None and curves.is_beyond(asked, look.X[:, wanted])
    st.caption(given.picture_note(names, wanted, is_beyond))
    st.markdown(given.over_the_data(found, len(data.X), names[wanted]))
    widgets.download(
        "Predictions of all rows, CSV",
        lambda: export.to_csv(given.table(mixture, data, row_numbers(settings), wanted)),
        "predicted.csv",
    )


def numbers(
    settings: Settings, data: Dataset, mixture: Mixture, point: Array, colours: Sequence[str]
) -> None:
    """One feature in numbers, and how far the components are apart in all. settings : of complete rows."""
    mixture = _of_components(mixture)
    names, chosen = data.feature_names, 0
    if len(names) > 1:
        chosen = _feature(names, "Feature")
    try:
        _numbers(cached.numbers(settings, chosen), data, point, colours, chosen)
    except ValueError as error:  # a component so thin that numbers end there
        st.info(evidence.literal(str(error)), icon=":material/info:")
    if mixture.n_components == 1:
        return
    st.header("How far apart are the components?")
    try:
        pairs = groups.pairs(mixture)
    except ValueError as error:  # t distributions
        st.info(evidence.literal(str(error)), icon=":material/info:")
        return
    st.markdown(groups.hardest(pairs))
    st.html(evidence.table(pairs, ".4g"))
    st.caption(groups.pairs_note(len(names)))
    widgets.download("Distances, CSV", lambda: export.to_csv(pairs), "distances.csv")


def _numbers(
    found: groups.Numbers, data: Dataset, point: Array, colours: Sequence[str], feature: int
) -> None:
    """One feature, from 0, in numbers."""
    name, value = data.feature_names[feature], float(point[feature])
    st.markdown(groups.rulers(found, name, len(data.feature_names)))
    charts.show(
        curves.one_alone(found, data.X[:, feature], data.sample_weight, value, colours, name),
        "one_alone",
        "The density of the feature, its components, borders and densest parts",
        modebar=False,
    )
    st.caption(groups.PICTURE_NOTE)
    st.markdown(groups.shares(found, value))
    widgets.download("These numbers, CSV", lambda: export.to_csv(groups.table(found, name)), "numbers.csv")
