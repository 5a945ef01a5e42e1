"""Components against the known groups of the data, which EM never sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from gmm_core import NO_LABEL, Agreement, Dataset, Mixture, deviations, match_clusters
from gmm_core.engine.missing import shares
from gmm_core.words import count, listed, percent, plural
from pages.ui.look import evidence, numbers, palette

MATCHED = {"optimal": "one to one", "majority": "by majority"}
HIDES = {
    "optimal": "A group has one component at most, such that the most rows agree. This hides clean pieces: "
    "where components share a group, all but one of them count as misclassified.",
    "majority": "A component stands for the group that it has most of. This hides groups that no component "
    "stands for, and looks better the more components there are.",
}
SCORES = """
| | | 1 is perfect |
|---|---|---|
| Adjusted Rand index, ARI | **{0.ari:.3f}** | pairs of rows, together or apart in both; 0 is chance |
| Adjusted mutual information, AMI | **{0.ami:.3f}** | what each tells about the other; 0 is chance |
| Homogeneity | **{0.homogeneity:.3f}** | 1 if no component mixes groups |
| Completeness | **{0.completeness:.3f}** | 1 if no group is spread over components |
| V-measure | **{0.v_measure:.3f}** | the two together; it rises with k even by chance |
"""


def label_names(data: Dataset) -> dict[int, str]:
    """The name of each group: the number itself where it has none."""
    found = np.setdiff1d(data.labels, NO_LABEL).tolist()
    return {label: data.label_names[label] if data.label_names else str(label) for label in found}


def named_labels(data: Dataset) -> pd.Series | None:
    """The known group of each row, by its name where it has one; None where there are none."""
    if data.labels is None:
        return None
    if data.label_names:
        return pd.Series(data.labels).map(label_names(data))
    return pd.Series(data.labels).astype("Int64").mask(data.labels == NO_LABEL)


def remarks(groups: Mapping[str, int], n_components: int, unknown: int) -> list[str]:
    """What to know before the scores are read: a sentence for all that is odd.

    groups : how many rows each known group has. unknown : how many rows have no label.
    """
    g, k, said = len(groups), n_components, []
    alone = [name for name, size in groups.items() if size == 1]
    if unknown:
        have = plural(unknown, "row has", "rows have")
        said.append(f"{unknown:,} {have} no label: left out here, though EM used all.")
    if g == 0:
        said.append("There is no row with a label, and nothing to compare.")
    elif g == 1:
        only = listed(list(groups))
        said.append(f"All rows with a label are of one group, {only}: there is nothing to compare.")
    elif g > k:
        said.append(
            f"{g} groups, but {count(k, 'component')}: at least {count(g - k, 'group')} must go without, and "
            "the rows there count as misclassified."
        )
    elif k > g:
        said.append(
            f"{k} components, but {g} groups: one to one leaves {count(k - g, 'component')} over, whose rows "
            "count as misclassified; by majority, components share a group."
        )
    if g > 1 and alone:
        said.append(
            f"There is only one row in {listed(alone)}: it cannot tell whether EM finds such a group."
        )
    return said


def show(data: Dataset, mixture: Mixture, colours: tuple[int, ...]) -> None:
    """How well the likeliest components of a mixture agree with the known groups."""
    names, known = label_names(data), data.labels != NO_LABEL
    labels = data.labels[known]
    sizes = Counter(labels.tolist())
    rows = {name: sizes[label] for label, name in names.items()}
    for sentence in remarks(rows, mixture.n_components, int((~known).sum())):
        st.caption(evidence.literal(sentence))
    if len(names) > 1:
        clusters = shares(mixture, data.X[known]).argmax(axis=1)
        if mixture.noise_box is not None:
            st.caption("Rows that are most probably noise are a group of their own here.")
        _agreement(labels, clusters, names, colours, data.sample_weight is not None)


def _agreement(
    labels: NDArray[np.int64],
    components: NDArray[np.intp],
    names: Mapping[int, str],
    colours: tuple[int, ...],
    weighted: bool,
) -> None:
    """How well they agree, by the matching that is chosen."""
    method = st.radio(
        "Matched",
        MATCHED,
        format_func=lambda method: f"Matched {MATCHED[method]}",
        horizontal=True,
        label_visibility="collapsed",
        key="matching",
    )
    matching = match_clusters(components, labels, method)
    agreement = Agreement.of(labels, components, matching)
    wrong = len(labels) - round(agreement.accuracy * len(labels))
    st.markdown(
        f"**{percent(agreement.accuracy, 1)}** of {len(labels):,} rows agree; {wrong:,}, or "
        f"{percent(1 - agreement.accuracy, 1)}, {plural(wrong, 'is', 'are')} misclassified. "
        "EM never sees these labels."
    )
    st.caption(HIDES[method] + (" Each row counts once here, whatever its weight." if weighted else ""))
    st.html(_confusion(labels, components, matching, names, colours))
    st.caption(
        "Rows of each known group, down, in each component, across; in colour where the two are matched. The "
        "numbers of components mean nothing."
    )
    st.markdown(SCORES.format(agreement))


def _confusion(
    labels: NDArray[np.int64],
    components: NDArray[np.intp],
    matching: Mapping[int, int],
    names: Mapping[int, str],
    colours: tuple[int, ...],
) -> str:
    """Rows of each known group in each component, and after these in noise; components in the order of the
    groups they stand for. As HTML.
    """
    k = len(colours)
    called = [*map(str, range(1, k + 1)), "noise"][: max(k, int(components.max()) + 1)]
    tints = [*(palette.COMPONENTS[colour] for colour in colours), palette.UNCLAIMED]
    counts = np.zeros((len(names), len(called)), dtype=np.intp)
    np.add.at(counts, (np.searchsorted(sorted(names), labels), components), 1)
    order = sorted(range(len(called)), key=lambda j: (matching.get(j, np.inf), j))
    index = pd.Index(names.values(), name="known group")
    table = pd.DataFrame(counts[:, order], index=index, columns=[called[j] for j in order])
    grounds = [
        [palette.ground(tints[j]) if matching.get(j) == label else "" for j in order]
        for label in sorted(names)
    ]
    return evidence.table(table, tints=grounds)


def truth(data: Dataset, mixture: Mixture, colours: tuple[int, ...]) -> None:
    """Parameters against those of the mixture that the data were drawn from, where it is known."""
    if data.truth is None:
        return
    st.markdown(
        "**Against the truth**: what these data were drawn from; *Reveal the truth* draws it, dotted."
    )
    pairs = deviations(data.truth, mixture)
    both = numbers.against_truth(data.truth, mixture, pairs, data.feature_names)
    st.html(numbers.coloured(both, colours))
    far = numbers.errors(data.truth, pairs, len(data.X), label_names(data))
    st.html(numbers.coloured(far, colours, ".3g"))
    st.caption(
        "How far off: the weight, fitted less true; the means, in data units and in standard deviations σ of "
        "the true component, where √(d / N) is what chance alone leaves in N rows; the covariance, as a "
        "share of the true one; the Kullback-Leibler divergence, in nats. Counterparts are those that are "
        "closest as Gaussians, whatever the rows say."
    )
    gap = mixture.n_components - data.truth.n_components
    if gap:
        who, others = ("component", "true counterpart") if gap > 0 else ("true component", "counterpart")
        st.caption(f"{count(abs(gap), who)} without a {others} {plural(abs(gap), 'is', 'are')} left out.")
