"""The parts of "Choose k", each drawn only when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import streamlit as st

from gmm_core import Dataset
from gmm_core.engine.covariance import FAMILIES
from gmm_core.judgement import choice
from gmm_core.judgement.choice import Cell, Choice
from gmm_core.judgement.criteria import CRITERIA, HELD_OUT, of_fits
from gmm_core.judgement.selection import MOST_ROWS, Comparison
from gmm_core.judgement.verdict import fractions
from gmm_core.words import count
from pages.ui.address import address, edits, presets, wishes
from pages.ui.address.kinds import GAUSSIAN
from pages.ui.address.settings import MOST_COMPONENTS
from pages.ui.choose_k import cached, figures, words
from pages.ui.choose_k.figures import Grid
from pages.ui.choose_k.settings import ALL, OF_CURVE, SPLITS, Asked, AskedTest
from pages.ui.look import evidence
from pages.ui.player.view import shown_rows
from pages.ui.runs.data import open_flaws, projection, row_numbers
from pages.ui.runs.jobs import Job
from pages.ui.shell import charts, notes, seeing, waiting, widgets

MOST_DRAWN = 2000
AS_GOOD_AS_THERE = {"converged", "slow", "stopped"}  # ends that leave a choice as it is
STARTS = 4  # of each model in the bootstrap test
STYLE = """
[class*=st-key-choice_map] .nsewdrag {cursor: pointer !important}
[class*=st-key-choice_map] .em-clickable {height: clamp(300px, 46vh, 620px)}
.st-key-choice_map_1 .em-clickable {height: 180px}
.st-key-choice_map_14 .em-clickable {height: 900px}
.st-key-em_merge {flex-wrap: wrap}
.st-key-em_merge > * {flex: 2 1 20rem; min-width: min(20rem, 100%)}
.st-key-em_merge > :first-child {flex-grow: 3}
"""


@dataclass(frozen=True, eq=False)
class Reading:
    """The map that is looked at, as far as it was computed."""

    asked: Asked
    data: Dataset
    comparison: Comparison
    by: str

    @cached_property
    def cells(self) -> Mapping[str, tuple[Cell, ...]]:
        """The map of each criterion; of held-out rows where they were asked for."""
        names = [*of_fits(), *([HELD_OUT] if cached.scores(self.asked).so_far else [])]
        return {name: cached.cells(self.asked, name) for name in names}

    @cached_property
    def chosen(self) -> Mapping[str, Choice | None]:
        return {
            name: choice.choose(some, highest=CRITERIA[name].highest) for name, some in self.cells.items()
        }

    @property
    def families(self) -> tuple[str, ...]:
        """Those that are tried: with one feature, only two are different."""
        return tuple(dict.fromkeys(family for _, family in self.comparison.plan))

    def grid(self, criterion: str) -> Grid:
        some = self.cells.get(criterion, ())
        fits = tuple(self.comparison.fits[: len(some)])
        n = len(self.comparison.rows)
        some = some[: len(fits)]
        return Grid(criterion, self.families, self.asked.most, n, some, fits, self.chosen.get(criterion))


def wait_for_map(asked: Asked) -> None:
    """Let the map grow, unless it was stopped; then say so, and offer to go on."""
    _grow(cached.fits(asked), "stop the map", asked, "fit")


def wait_for_held_out(asked: Asked) -> None:
    """The same by cross-validation."""
    _grow(cached.scores(asked), "stop held out", asked, "cell")


def _grow(growing: Job, stop: str, asked: Asked, noun: str) -> None:
    waiting.grow(growing, stop, asked)
    if not growing.whole:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Stopped after {growing.done} of {growing.total}: the rest of the map is empty.")
            waiting.offer_the_rest(growing, stop, noun)


def verdict(reading: Reading) -> None:
    """What each criterion chooses, whether that is sure, and what it means."""
    chosen = {name: one for name, one in reading.chosen.items() if name != HELD_OUT or reading.by == HELD_OUT}
    doubtful = words.doubts(chosen, reading.comparison.fits)
    headline = f"**{words.headline(chosen)}**"
    ks = {one.best.n_components for one in chosen.values() if one}
    flaws = open_flaws(reading.asked.settings)
    tried = max((k for k, _ in reading.comparison.plan), default=0)
    held_back = [*doubtful, *words.at_the_end(chosen, reading.asked.most, tried)]
    for k, family in dict.fromkeys(
        (one.best.n_components, one.best.covariance_type) for one in chosen.values() if one
    ):
        end = cached.told(reading.asked, k, family)
        if end.kind not in AS_GOOD_AS_THERE:
            held_back.append(f"{count(k, 'component')}, {family}: {evidence.literal(end.text)}")
    if flaws:
        held_back.append(evidence.literal(notes.said_open(flaws, "The criteria take")))
    held_back += [evidence.literal(one.sentence) for one in fractions(reading.comparison)]
    if reading.comparison.stopped:
        held_back.append("The map was stopped: what was not tried may be better.")
    if len(ks) == 1 and not held_back:
        st.success(headline, icon=":material/task_alt:")
    else:
        st.warning("\n\n".join([headline, *held_back]), icon=":material/help:")
    if flaws:
        notes.treat_or_keep(reading.asked.settings)


def lessons(reading: Reading) -> None:
    """What the choices mean beside each other, and beside what is known."""
    known = words.known_groups(reading.data, bool(edits.of_the_data(reading.asked.settings.edits)))
    if said := words.lessons(reading.chosen, known):
        st.markdown(" ".join(said))


def heat_map(reading: Reading) -> None:
    """The map of the criterion; a click on a cell opens its run in Explore."""
    grid = reading.grid(reading.by)

    def watch(x: float, y: float) -> None:
        for fit in reading.comparison.fits:
            if (fit.n_components, fit.covariance_type) == grid.at(x, y):
                address.adopt(seeing.made_for(cached.watched(reading.asked, reading.comparison, fit)))
                wishes.ask("watch")

    with st.container(key=f"choice_map_{len(grid.families)}"):
        charts.show(
            figures.heat_map(grid),
            "choice_picture",
            "The criterion for each number of components and each family",
            on_click=watch,
        )
    n = reading.asked.starts
    each = f"the best of {count(n, 'start')}"
    if reading.by == HELD_OUT:
        each += f" in each of {SPLITS} folds"
    st.caption(
        f"**Click a k to watch its run in Explore.** Each is {each}: how far behind the best of all, how far "
        f"apart its starts end, and how many of them are left out. {CRITERIA[reading.by].says}"
        + (" A click opens the fit to all rows." if reading.by == HELD_OUT else "")
    )
    with st.container(key="choice_signs"):  # a small screen has a list, without them
        st.caption(
            "Of the signs, ↕ is how far apart the starts end. A dotted outline: they are farther apart than "
            "the gap, so other starts might make it the choice."
        )
    if not {*grid.families} <= {*FAMILIES}:
        st.caption(words.LETTERS)
    others = cached.other_kinds(reading.asked)
    if said := words.of_kind(reading.asked.components, reading.comparison.best, others):
        st.markdown(said)
    left_out = words.left_out(grid.cells)
    if left_out:
        st.markdown("\n".join(f"- {evidence.literal(line)}" for line in left_out))
    missing = words.not_tried(
        reading.comparison, reading.asked.most, reading.asked.families, reading.data.X.shape[1]
    )
    for note in (missing, _sampled(reading.comparison)):
        if note:
            st.caption(note)


def _sampled(comparison: Comparison) -> str:
    if not comparison.sampled:
        return ""
    return (
        f"Fitted to a random sample of {len(comparison.rows):,} of the {comparison.n_samples:,} rows. From "
        "the same start, Explore fits all of them, and ends elsewhere."
    )


def watch_if_clicked() -> None:
    """Go to Explore where a cell was clicked, whose run is chosen already."""
    if wishes.asked("watch"):
        wishes.forget("watch")
        st.switch_page("explore.py")


def all_cells(reading: Reading) -> None:
    """Every cell in a table, with a link each: for the keyboard, and to read the numbers."""
    opened = st.expander("All as a table, with links", key="choice_table", on_change="rerun")
    with opened:
        if opened.open:
            fits = reading.comparison.fits
            runs = (cached.watched(reading.asked, reading.comparison, fit) for fit in fits)
            links = [cached.link(seeing.made_for(run)) for run in runs]
            st.html(words.table(reading.cells, fits, links, reading.chosen))
            st.caption(
                "A link plays the best of the starts in Explore, which ends at the same log-likelihood: it "
                "takes reg_covar, tolerance and most iterations along. The server keeps the start for some "
                "hours."
            )


def curve(reading: Reading) -> None:
    """Every criterion over k."""
    labels = OF_CURVE | {name: name for name in reading.families}
    family = ALL
    if len(reading.families) > 1:
        family = widgets.pills("choice_curve", labels)
        address.keep_own(choice_curve=family)
    grids = [reading.grid(name) for name in reading.cells]
    charts.show(
        figures.curve(grids, family),
        "choice_curves",
        "How far each number of components is behind the best, by each criterion",
    )
    text = "Each curve is 0 where its criterion is at its best, which is ringed. "
    if HELD_OUT in reading.cells:
        text += "Held-out rows are brought to the same units, as AIC estimates what they lose. "
    else:
        text += "*Held out*, above the map, adds cross-validation. "
    st.caption(text + "What is far above is cut off: drag the axis to see it.")


def bootstrap(reading: Reading) -> None:
    """McLachlan's test of k against k + 1."""
    st.markdown(
        "**Is one more component more than chance gives?** Samples are drawn from the fit with k, and each "
        "is fitted with k and with k + 1: what the likelihood gains there is chance (McLachlan 1987)."
    )
    best = reading.comparison.best
    k = max(1, best.n_components - 1) if best else 1
    family = best.covariance_type if best else reading.families[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        k = widgets.suggested(
            *("choice_test_k", k, st.number_input), min_value=1, max_value=MOST_COMPONENTS, width=110
        )
        chosen = address.own()["choice_test_family"]
        if chosen not in (ALL, *reading.families):
            address.choose("choice_test_family", ALL)
        family = widgets.suggested(
            *("choice_test_family", family, st.selectbox), options=reading.families, width=160
        )
        samples = widgets.select("choice_samples", width=150)
        address.keep_own(choice_samples=samples)
        of = reading.asked.settings, reading.asked.components, k, family
        asked = AskedTest(*of, int(samples), STARTS, reading.asked.seed)
        growing = cached.test(asked)
        _button(growing, "test", asked, "Test", _seconds_of_test(reading, asked, growing))
    bar, place = st.container(), st.empty()

    def draw() -> None:
        if growing.so_far:
            with place.container():
                charts.growing(
                    figures.null_distribution(growing.so_far[-1]),
                    alt="The test statistic of samples drawn from the smaller model, and that of the data",
                )

    if wishes.asked("test") == asked:
        try:
            with bar, waiting.bar(partial(wishes.forget, "test"), "Stop", draw):
                growing.result()
        except ValueError as error:
            st.error(evidence.literal(str(error)), icon=":material/error:")
            return
    draw()
    if growing.so_far:
        st.markdown(" ".join(words.p_value(growing.so_far[-1])))
        st.caption(
            f"Each model is fitted from {STARTS} starts, k + 1 also from the fit with k in which one of the "
            "components is split, to the data and to the samples alike; degenerate runs do not count."
        )


def _button(growing: Job, what: str, asked: object, label: str, seconds: float) -> None:
    """The button that lets something costly begin, or go on."""
    if growing.whole or wishes.asked(what) == asked:
        return
    left = growing.total - growing.done
    label = f"Go on: {left} left" if growing.done else f"{label}, about {_about(seconds)}"
    icon = ":material/play_arrow:"
    st.button(label, icon=icon, on_click=wishes.ask, args=(what, asked), type="primary", key=f"go {what}")


def _about(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds, -1 if seconds > 20 else 0)):.0f} s"
    return f"{seconds / 60:.0f} min"


def _seconds_of_test(reading: Reading, asked: AskedTest, growing: Job) -> float:
    """As measured where it began; before, a rule of thumb on one core."""
    n, d = min(reading.comparison.n_counted, MOST_ROWS), reading.data.X.shape[1]
    each = 0.012 * (1 + n / 800) * (1 + asked.k) * (1 + d / 8)
    if asked.components != GAUSSIAN:  # whose runs are not made side by side
        each *= 10
    return asked.samples * (growing.seconds / growing.done if growing.done else each)


def merge(reading: Reading) -> None:
    """The components of BIC's choice, joined into clusters by entropy."""
    best = reading.comparison.best
    if best is None:
        st.info("There is no fit whose components could be merged: in every start a component collapsed.")
        return
    merging = cached.merging(reading.asked, best.n_components, best.covariance_type)
    k, of = merging.n_components, "Gaussians" if best.mixture.dof is None else "t distributions"
    st.markdown(
        f"**Which of BIC's {k} {of} are one cluster?** A cluster that is none of these takes several. The "
        "two that leave most rows in doubt between them are joined, again and again (Baudry et al. 2010). "
        f"{words.elbow(merging)}"
        if k > 1
        else words.elbow(merging)
    )
    if k == 1:
        return
    if address.own()["choice_clusters"] > k:
        address.choose("choice_clusters", 0)
    K = widgets.suggested("choice_clusters", merging.elbow or k, st.slider, min_value=1, max_value=k)
    clusters = merging.clusters(K)
    P, axes = projection(reading.asked.settings)
    shown = shown_rows(len(reading.data.X), 1)
    with st.container(horizontal=True, key="em_merge"):
        left, right = st.container(), st.container()
    with left:
        charts.show(
            figures.merged(
                reading.data.X[shown],
                row_numbers(reading.asked.settings)[shown],
                best.mixture,
                clusters,
                P,
                axes,
            ),
            "choice_merged",
            f"The data in the colours of {K} clusters",
        )
        note = notes.sample_note(len(shown), len(reading.data.X))
        st.caption(
            "Above: the components of each cluster, and its weight. Rows in doubt between clusters "
            f"have a colour between theirs. Outlines hold {figures.held(best.mixture)} of a component. {note}"
        )
    with right:
        charts.show(figures.entropies(merging, K), "choice_entropies", "Entropy over the number of clusters")
        joined = [words.named(c) for c in clusters if len(c) > 1]
        st.markdown(
            f"With {count(K, 'cluster')}: " + (f"{', '.join(joined)} joined." if joined else "none joined.")
        )
        st.html(evidence.plain(words.merges(merging)))


def often(reading: Reading) -> None:
    """How often each criterion finds the true k in repeated samples."""
    data = cached.truth(reading.asked.settings)
    if data is None or data.truth is None:
        why = "points were edited by hand" if reading.data.truth else "nobody knows what made these data"
        st.info(
            f"Whether a criterion is right can only be counted where the true k is known, but {why}. Take "
            "generated blobs, of any number, spread and shape, chosen in the settings.",
            icon=":material/casino:",
        )
        notes.offer(
            {"Take generated blobs": presets.CHOICE}, own={"Take generated blobs": {"choice_by": "bic"}}
        )
        return
    true_k = data.truth.n_components
    st.markdown(
        f"**One sample proves nothing.** From the {count(true_k, 'Gaussian')} behind these data, "
        f"{len(data.X):,} rows are drawn again and again, and each time every criterion chooses on its map."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        repeats = widgets.number("choice_repeats", step=10, width=160)
        held_out = widgets.toggle(
            "choice_with_held_out",
            help="Cross-validation in every sample: it takes several times as long.",
        )
        address.keep_own(choice_repeats=repeats, choice_with_held_out=held_out)
        growing = cached.repeats(reading.asked, repeats, held_out)
        # Starts that are clearly behind are not run to the end here, as they are on the map.
        seconds = (2.0 if held_out else 0.4) * repeats * cached.fits(reading.asked).seconds
        wanted = reading.asked, repeats, held_out
        _button(growing, "often", wanted, "Draw them", seconds)
    bar, place = st.container(), st.empty()

    def draw() -> None:
        if growing.so_far:
            counted = choice.how_often(list(growing.so_far), true_k)
            with place.container():
                charts.growing(
                    figures.how_often(counted, true_k, reading.asked.most),
                    alt="How often each criterion chose which number of components",
                )
                st.html(evidence.table(words.shares(counted, true_k)))

    if wishes.asked("often") == wanted:
        with bar, waiting.bar(partial(wishes.forget, "often"), "Stop", draw):
            growing.result()
    draw()
    if growing.so_far:
        st.caption(
            f"{growing.done} of {repeats} samples. The true {true_k} is shaded. Intervals by Wilson. Where "
            "blobs overlap, ICL is not wrong to find fewer: it counts what keeps apart."
        )
