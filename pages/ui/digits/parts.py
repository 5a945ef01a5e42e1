"""The parts of the page of digits, each drawn only when it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from gmm_core import NO_LABEL, Mixture, component_health, match_clusters
from gmm_core.engine import em
from gmm_core.engine.covariance import family_named
from gmm_core.laboratory import exercise
from gmm_core.words import percent, plural
from pages.ui.address import address
from pages.ui.address.settings import Settings
from pages.ui.digits import cached, figures, pictures, tables
from pages.ui.digits.cached import Lab
from pages.ui.digits.pictures import NO_DIGIT
from pages.ui.digits.settings import KNOWN_AS, REPAIRS, ROWS, SPLIT_LABELS, Exercise, by_hand, write_by_hand
from pages.ui.digits.tables import Called
from pages.ui.look import evidence
from pages.ui.runs.data import dataset
from pages.ui.shell import charts, notes, waiting

CARDS, DRAWN = 8, 5
SMALL = 0.9  # deviations below it are notably larger than their squares
SURE = 0.999
FAR_TOO_OFTEN = 0.02  # wrong among those that are so sure: twenty times what they should be, and more


@dataclass(frozen=True, eq=False)
class Reading:
    """A run, and what its components are called by a repair."""

    asked: Exercise
    ran: Lab
    method: str
    hand: str

    @property
    def mixture(self) -> Mixture:
        return self.ran.mixture

    @cached_property
    def clusters(self) -> dict[str, np.ndarray]:
        """The likeliest component of each row, by the set of rows."""
        return {
            name: self.mixture.responsibilities(rows.X).argmax(axis=1) for name, rows in self.sets.items()
        }

    @property
    def sets(self) -> dict[str, exercise.Rows]:
        return {"train": self.ran.rows.train, "test": self.ran.rows.test}

    @cached_property
    def matching(self) -> dict[int, int]:
        return self.repaired(self.method)

    def repaired(self, method: str) -> dict[int, int]:
        """Component -> digit; labels for it come from the training rows alone."""
        if method == "hand":
            return by_hand(self.hand, self.asked.k)[0]
        return match_clusters(self.clusters["train"], self.ran.rows.train.digits, method)

    def called(self, matching: Mapping[int, int]) -> dict[str, Called]:
        return {name: Called(self.clusters[name], rows.digits, matching) for name, rows in self.sets.items()}


def changes(ran: Lab, iteration: int, reg_covar: float) -> None:
    """How much the last iteration changed, and where the likelihood fell."""
    means, variances = ran.changes
    falls = np.array(em.falls(ran.log_likelihoods), dtype=np.intp)
    if iteration:
        now = means[iteration - 1], variances[iteration - 1]
        st.markdown(
            f"**Iteration {iteration}** changed no mean by more than {now[0].max():.3g} and no variance by "
            f"more than {now[1].max():.3g}; of the last component, which the exercise prints, by "
            f"{now[0][-1]:.6g} and {now[1][-1]:.6g}."
        )
    elif len(means):
        st.markdown(
            "**This is the start**: nothing has changed yet. "
            f"Press play, or go to the last of {ran.n_iter} iterations."
        )
    if len(means):
        charts.show(
            figures.changes(means, variances, falls, iteration),
            "digits_changes",
            "The largest change of a mean and of a variance, by iteration",
        )
    if len(falls):
        deepest = em.largest_fall(ran.log_likelihoods)
        st.caption(
            f"The log-likelihood falls in {len(falls)} of {ran.n_iter} iterations, which are marked: by "
            f"at most {deepest:.2g} per row. With EM alone it never falls; adding reg_covar = {reg_covar:g} "
            "to every variance in each M-step is not quite EM. "
            f"(A fall by less than {em.FALL:g} of its value is not counted.)"
        )


def repair(reading: Reading, rows: str) -> None:
    """Which component is which digit: before, the repair, after, and what it hides."""
    k, matching = reading.asked.k, reading.matching
    unnamed = {j: j for j in range(min(k, 10))}
    before, after = reading.called(unnamed), reading.called(matching)
    st.markdown(tables.before_the_repair(before["train"], reading.repaired("majority")))
    _strip(reading)
    notes.say([by_hand(reading.hand, k)[1]] if reading.method == "hand" else [])
    st.markdown(
        f"**Accuracy** before: {percent(before['train'].accuracy, 2)} of the training rows, "
        f"{percent(before['test'].accuracy, 2)} of the test rows. "
        f"**After: {percent(after['train'].accuracy, 2)} and {percent(after['test'].accuracy, 2)}.** "
        + ("The labels for the repair are those of the training rows alone." * (reading.method != "hand"))
    )
    st.markdown(f"**What this repair hides** ({ROWS[rows]})")
    st.html(evidence.plain(tables.what_is_hidden(after[rows], k)))
    left, right = _beside()
    with left:
        st.markdown("**Before:** true digits against components")
        columns = [str(j) for j in range(k)]
        charts.show(
            figures.confusion(before[rows].by_cluster(k), columns, unnamed.items(), "component"),
            "digits_before",
            "How many of each true digit are in each component",
        )
    with right:
        st.markdown("**After:** true digits against what they are called")
        table = after[rows].by_name()
        m = 11 if table[:, 10].any() else 10
        columns = [*map(str, range(10)), "nothing"][:m]
        same = [(digit, digit) for digit in range(10)]
        charts.show(
            figures.confusion(table[:, :m], columns, same, "called"),
            "digits_after",
            "How many of each true digit are called which",
        )
    st.caption(
        "Rows of each true digit; framed cells count as right. The repair moves columns, and can put two "
        "into one; it never splits one."
    )


def _beside() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Two places beside each other, or under each other where there is no room."""
    with st.container(key="digits_beside", horizontal=True):
        return st.container(), st.container()


def _strip(reading: Reading) -> None:
    """The means, and under each what it is called; by hand, it is chosen."""
    by_hand, k = reading.method == "hand", reading.asked.k
    if by_hand:
        ways = {
            "Take over the optimal matching": write_by_hand(reading.repaired("optimal"), k),
            "Take over the majority vote": write_by_hand(reading.repaired("majority"), k),
            "Start from the numbers": "",
        }
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Choose a digit under each image, or", width="content")
            for label, text in ways.items():
                st.button(label, on_click=address.choose, args=("digits_hand", text))
    pixels = reading.ran.rows.to_pixels(reading.mixture.means)
    with st.container(horizontal=True, gap="xsmall", key="digits_strip"):
        for j, (image, weight) in enumerate(zip(pixels, reading.mixture.weights, strict=True)):
            with st.container(width=84, gap="xsmall"):
                if not by_hand:
                    st.html(pictures.mean(image, j, weight, reading.matching))
                    continue
                st.html(pictures.mean(image, j, weight))
                widget = f"digits_called_{j}"
                address.hold(widget, reading.matching.get(j, NO_LABEL))
                st.selectbox(
                    f"Component {j} is digit",
                    [*range(10), NO_LABEL],
                    format_func=lambda digit: NO_DIGIT if digit == NO_LABEL else str(digit),
                    key=widget,
                    label_visibility="collapsed",
                    on_change=_call,
                    args=(reading, j, widget),
                )


def _call(reading: Reading, component: int, widget: str) -> None:
    """Another digit for a component, by hand."""
    matching = {**reading.repaired("hand"), component: address.value(widget)}
    named = {j: digit for j, digit in matching.items() if digit != NO_LABEL}
    address.choose("digits_hand", write_by_hand(named, reading.asked.k))


def scores(reading: Reading, rows: str) -> None:
    """How good it is: against k-means, against knowing the labels, digit by digit, on another split."""
    asked, train = reading.asked, reading.ran.rows.train
    method = "optimal" if reading.method == "hand" else reading.method
    work = ("beside", asked)
    if waiting.cancelled(work, "k-means and EM from it were cancelled. Look at another part"):
        return
    with waiting.cancellable(work):
        beside = cached.beside(asked)
    matching = match_clusters(beside.labels[0], train.digits, method)
    ceiling = exercise.supervised(train.X, train.digits, covariance_type=asked.family, reg_covar=asked.reg)
    name = KNOWN_AS.get(asked.family, f"one {asked.family} Gaussian a digit")
    known = {digit: digit for digit in range(10)}
    after = reading.called(reading.matching)
    models = {
        "EM, before the repair": reading.called({j: j for j in range(min(asked.k, 10))}),
        f"EM, repaired: {REPAIRS[reading.method]}": after,
        f"k-means, repaired: {REPAIRS[method]}": {
            n: Called(labels, r.digits, matching)
            for (n, r), labels in zip(reading.sets.items(), beside.labels, strict=True)
        },
        "EM from these clusters, repaired": _repaired(reading, beside.mixtures[1], method),
        f"told the labels: {name}": {
            n: Called(ceiling.responsibilities(r.X).argmax(axis=1), r.digits, known)
            for n, r in reading.sets.items()
        },
    }
    st.markdown(
        "**How good is it really?** Look at the test rows: nothing was fitted to them, and no label of "
        "theirs was used. A model of the same family that is told the labels shows what can be hoped for."
    )
    st.html(evidence.table(tables.scores(models), ".4f"))
    if said := _why_below(reading, beside, method):
        st.markdown(said)
    left, right = _beside()
    with left:
        st.markdown("**Digit by digit**")
        st.html(evidence.table(tables.by_digit(after[rows]), ".3f"))
        st.caption("No precision where nothing is called so.")
    with right:
        st.markdown("**The order of the rows matters**")
        _both_splits(reading)
        st.markdown("**Whose labels repair? A leak**")
        _leak(asked)


def _repaired(reading: Reading, mixture: Mixture, method: str) -> dict[str, Called]:
    """What the components of another mixture are called by the same repair, by the set of rows."""
    other = replace(reading, ran=reading.ran._replace(mixture=mixture), method=method)
    return other.called(other.matching)


def _why_below(reading: Reading, beside: cached.Beside, method: str) -> str:
    """Why EM gets fewer test rows right than k-means, as EM begun at its clusters tells; "" if not so."""
    train = reading.ran.rows.train.digits
    own = reading.called(reading.matching)["test"].accuracy
    labels = match_clusters(beside.labels[0], train, method)
    kmeans = Called(beside.labels[1], reading.ran.rows.test.digits, labels).accuracy
    if own >= kmeans:
        return ""
    first, last = (_repaired(reading, mixture, method)["test"].accuracy for mixture in beside.mixtures)
    here, there = reading.ran.log_likelihoods[-1], beside.log_likelihoods[1]
    said = f"**Why is EM's {own:.3f} below the {kmeans:.3f} of k-means?** "
    if last > own:
        said += (
            f"The start: the same EM, begun at the clusters of k-means, ends at {last:.3f} of the test rows. "
            f"Its log-likelihood is {there:.2f} per row, against {here:.2f} here"
            f"{'; this run ended lower' if there > here else ''}. "
        )
    else:
        said += f"Not the start: begun at the clusters of k-means, the same EM ends at {last:.3f}. "
    rises = beside.log_likelihoods[1] - beside.log_likelihoods[0]
    if last < first and rises >= 0.005:  # with a large reg_covar, it may fall
        said += (
            f"And the likelihood is no count of right digits: from there, EM raises it by {rises:.2f} per "
            f"row, and goes from {first:.3f} to {last:.3f}."
        )
    return said


def _both_splits(reading: Reading) -> None:
    """The same experiment on both splits."""
    lines = []
    for split, label in SPLIT_LABELS.items():
        other = replace(reading, method="optimal") if reading.method == "hand" else reading
        if split != reading.asked.split:
            asked = replace(reading.asked, split=split)
            if waiting.cancelled(asked, "The fit to the other split was cancelled. Choose another"):
                return
            with waiting.cancellable(asked):
                other = replace(other, asked=asked, ran=cached.exercise(asked))
        called = other.called(other.matching)
        both = tables.scores({"": called}).set_index("rows")
        lines.append({"training rows": label, **{f"accuracy, {n}": both.accuracy[n] for n in called}})
        lines[-1] |= {f"AMI, {n}": both.AMI[n] for n in called}
    st.html(evidence.table(pd.DataFrame(lines), ".4f"))
    said = (
        "The images stand writer by writer, so the last 30% are almost all in hands that were not trained "
        "on. Shuffled, every hand is in both parts, and the test is easier. The shuffle has seed 0."
    )
    if reading.method == "hand":
        said += " A repair by hand is of one run: here, both have the optimal one."
    st.caption(said)


def _leak(asked: Exercise) -> None:
    """What k-means gains by labels that it must not have."""
    work = ("k-means", asked.split, asked.k)
    if waiting.cancelled(work, "The starts of k-means were cancelled. Look at another part"):
        return
    with waiting.cancellable(work):
        found = cached.kmeans_accuracies(asked.split, asked.k)
    table = pd.DataFrame(
        {
            "clusters from": ["training rows", "training rows", "test rows"],
            "labels from": ["training rows", "test rows: a leak", "test rows: as published, .744"],
            "test accuracy": [
                f"{mean:.3f} ± {deviation:.3f}"
                for mean, deviation in zip(found.mean(axis=0), found.std(axis=0), strict=True)
            ],
        }
    )
    st.html(evidence.table(table))
    st.caption(
        f"k-means on all pixels, {len(found)} seeds (the best of 10 starts each), majority vote; mean and "
        "standard deviation. A repair that reads the labels of the rows it is tested on cannot be trusted, "
        "however small the gain."
    )


def unsure(reading: Reading, rows: str) -> None:
    """The rows that the model is least sure of, and those it gets wrong with the most confidence."""
    held, called = reading.sets[rows], reading.called(reading.matching)[rows]
    shares = reading.mixture.responsibilities(held.X)
    # Many responsibilities are 1 to the last digit; the gap to the second likeliest component is not.
    joint = np.sort(reading.mixture.log_joint(held.X), axis=1)
    gap = joint[:, -1] - joint[:, -2]
    wrong = called.names != held.digits
    sure = shares.max(axis=1) > SURE
    names = [reading.matching.get(int(j)) for j in called.clusters]

    def show(which: np.ndarray) -> None:
        cards = [pictures.Card(held.pixels[i], int(held.digits[i]), names[i], shares[i]) for i in which]
        st.html(pictures.cards(cards, reading.matching))

    st.markdown("**Least sure**: the two likeliest components claim these rows almost alike")
    show(np.argsort(gap, kind="stable")[:CARDS])
    st.markdown("**Confident mistakes**: wrong, and furthest from any doubt")
    mistakes = np.flatnonzero(wrong)
    show(mistakes[np.argsort(-gap[mistakes], kind="stable")[:CARDS]])
    text = f"{percent(sure.mean(), 1)} of the {ROWS[rows]} have a responsibility above {SURE}"
    if sure.any():
        text += f", and {percent(wrong[sure].mean(), 1)} of these are wrong"
    text += (
        ". Each line is a component → what it is called: its responsibility. A responsibility says which "
        "component is likelier, not that it is the right digit"
    )
    of_pixels = not (family_named(reading.asked.family).matrices or reading.asked.pca)
    if of_pixels and reading.method != "hand" and sure.any() and wrong[sure].mean() > FAR_TOO_OFTEN:
        text += (
            "; and a model without covariances takes neighbouring pixels for independent witnesses, so it "
            "is far too sure"
        )
    st.caption(f"{text}.")


def new(reading: Reading, seed: int) -> None:
    """New digits from each component, with standard deviations and with the exercise's mistake."""
    what_it_does = (
        "These variances are small, so their square roots are larger: with the mistake every new digit is "
        "almost the mean, and looks better than the model is."
        if reading.mixture.deviations.max() < SMALL
        else "A variance below 1 is less than its square root, and one above 1 is more: with the mistake, "
        "new digits scatter too little there, and too much here."
    )
    st.markdown(
        "**Draw from the mixture.** A Gaussian needs a standard deviation; the exercise passed the variance. "
        f"{what_it_does}"
    )
    st.button(
        "Draw others", icon=":material/casino:", on_click=address.choose, args=("digits_draw", seed + 1)
    )
    to_pixels, mixture = reading.ran.rows.to_pixels, reading.mixture
    right, wrong = (
        to_pixels(exercise.draw(mixture, DRAWN, seed, as_deviations=mistake)) for mistake in (False, True)
    )
    st.html(pictures.new_digits(to_pixels(mixture.means), right, wrong, reading.matching))
    st.caption(
        "Both sides use the same random numbers. Grey values below 0 and above 1 are drawn and cut off for "
        "display only." + _pca_note(reading.asked)
    )


def two() -> None:
    """Digits 2 and 6 alone: how many are wrong, over the number of principal components."""
    st.markdown(
        "**Two digits are easy.** Only the 2s and 6s, two components, k-means start: how many principal "
        "components does EM need, with full and with diagonal covariances?"
    )
    if waiting.cancelled("two digits", "The fits were cancelled. Look at another part"):
        return
    with waiting.cancellable("two digits"):
        found, data = cached.errors_by_dimension(), dataset(Settings(data="digits_2_6"))
    charts.show(
        figures.errors(found, len(data.X)),
        "digits_two",
        "The share of wrong images, by the number of dimensions",
    )
    st.caption(tables.two_digits(found, len(data.X)))
    rows, times = np.unique(np.concatenate([rows for _, _, rows in found]), return_counts=True)
    st.html(
        pictures.gallery(
            pictures.captioned(data.X[i], f"a {data.labels[i]}", f"wrong in {n} of {len(found)} fits")
            for i, n in zip(rows, times, strict=True)
        )
    )
    query = {"data": "digits_2_6", "k": "2", "cov": "diag", "reg": "0.01", "init": "kmeans"}
    st.page_link("explore.py", label="Watch these two means form in Explore", query_params=query)


def _pca_note(asked: Exercise) -> str:
    if not asked.pca:
        return ""
    return (
        f" EM ran on {asked.pca} principal {plural(asked.pca, 'component')} of the training rows; "
        "images are mapped back to pixels, and what was dropped comes back as the mean of all."
    )


def remarks(asked: Exercise) -> None:
    """What must be said about this exercise, whatever is looked at."""
    missing = 10 - asked.k
    if missing > 0:
        st.info(
            f"{asked.k} components for ten digits: one to one, {missing} "
            f"digit{'s have' if missing > 1 else ' has'} no component."
        )
    if missing < 0:
        st.info(
            f"{asked.k} components for ten digits: one to one, {-missing} of them "
            f"{'are' if missing < -1 else 'is'} called nothing; by majority vote, two can be the same digit."
        )


def small_print(asked: Exercise, ran: Lab) -> None:
    """What else must be said about this run."""
    said = [ran.note, _pca_note(asked)]
    thin = sum(health.smallest_eigenvalue < 2 * asked.reg for health in component_health(ran.mixture))
    if thin:
        said.append(
            f"{thin} of {asked.k} components have a direction with hardly more variance than the "
            f"{asked.reg:g} that was added: there, the likelihood speaks of what was added, not of digits."
        )
    if note := " ".join(part.strip() for part in said if part):
        st.caption(note)
