"""Predict: what does the fitted mixture say of points that it has never seen?"""

import numpy as np
import streamlit as st

from pages.ui.address import address
from pages.ui.address.kinds import BEYOND
from pages.ui.look.palette import COMPONENTS, UNCLAIMED
from pages.ui.player.view import shown_rows
from pages.ui.predict import answer, asking, cached, parts, points_file
from pages.ui.predict.figures import Look, picture, picture_note, quantiles, quantiles_note
from pages.ui.predict.settings import FIELDS
from pages.ui.runs.data import complete, dataset, projection, row_numbers
from pages.ui.shell import charts, endings, notes
from pages.ui.shell.experiment import experiment
from pages.ui.shell.sidebar import Offers

st.html(f"<style>{answer.STYLE}{asking.STYLE}</style>")
st.title("What does the mixture say of a new point?")
st.caption(
    "**Click anywhere.** Responsibility says *which* component; only the density says whether *any*. "
    "Among Gaussians, a point far away is a certain member of one, and like nothing. The mixture is the one "
    "that EM fits with the settings of this page, as in Explore."
)
page = experiment("predict", Offers(gaps=True, rival=False, beyond=tuple(BEYOND)), FIELDS)
with page.fitted() as (settings, data, trace, chosen):
    data = dataset(whole := complete(settings))
    P, axes = projection(whole)
with page.above:
    notes.say(address.problems())
mixture, names, levels = trace.mixture, data.feature_names, cached.levels(settings)
colours, noise = tuple(COMPONENTS[i] for i in chosen), mixture.noise_box is not None

with st.container(horizontal=True, key="em_ask"):
    place, right = st.container(), st.container()
note = st.container()
with st.container(horizontal=True, vertical_alignment="bottom"):
    quantile = asking.quantile()
    sampled = asking.sample(mixture, data)
with right:
    point = asking.point(settings, data)
    found = answer.ask(mixture, point, levels, quantile)
    threshold = float(np.quantile(levels, quantile))
    every = (*colours, UNCLAIMED)
    st.html(answer.table(found, every) + answer.density_picture(found, levels, threshold, every))
    with st.container(key="em_verdict"):
        (st.warning if found.unlike else st.info)(answer.verdict(found))
    asking.lesson_note(settings, point, found)

brought = None
part = parts.chosen()
if part == "file":
    brought = points_file.choose(mixture, names, repr(settings.fitted))
    if brought:
        points_file.show(brought, mixture, names, levels, quantile)
elif part == "feature":
    parts.feature(whole, data, mixture, point, quantile, colours)
elif part == "numbers":
    parts.numbers(whole, data, mixture, point, colours)
else:
    checks = cached.fit_check(settings)
    st.markdown("\n".join(f"- {sentence}" for sentence in answer.fits(checks)))
    charts.show(
        quantiles(checks, colours),
        "quantiles",
        "Squared distances of rows against those expected of a component",
    )
    st.caption(quantiles_note(checks[0], min(len(data.X), cached.MOST_CHECKED), len(data.X)))

with place:
    rows = shown_rows(len(data.X), 1)
    look = Look(
        X=data.X[rows],
        numbers=row_numbers(whole)[rows],
        mixture=mixture,
        colours=colours,
        P=P,
        axes=axes,
        point=point,
        threshold=threshold,
        contours=settings.contours,
        sample=sampled,
        brought=brought and points_file.drawn(brought, levels, quantile),
    )
    charts.show(
        picture(look),
        "picture",
        "The mixture, and the point that is asked for",
        on_click=asking.by_click(look),
    )
with note:
    st.caption(picture_note(len(names), quantile, noise))
    if whole != settings:
        st.caption(notes.COMPLETE_ALONE)
st.page_link("explore.py", label="Watch EM find this mixture", icon=":material/play_circle:")
endings.show(settings)
page.close(data, trace, (len(rows), len(data.X)))
