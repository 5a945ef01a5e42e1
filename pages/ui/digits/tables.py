"""What clusters say about digits, as tables and sentences. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from gmm_core import NO_LABEL, Agreement, relabel
from gmm_core.judgement.labels import accuracy
from gmm_core.words import count, percent

DIGITS = 10
MOST_NAMED = 4  # components that get a sentence each
EXAMPLE = 3  # the component that the exercise begins with, where its number is wrong
CHANCE = 0.02  # an AMI below it is what chance gives, of a thousand rows
FAILURE = 0.3  # an accuracy below it looks like one


@dataclass(frozen=True, eq=False)
class Called:
    """Clusters (n,) of rows with their true digits (n,), and what each cluster is called."""

    clusters: NDArray[np.integer]
    digits: NDArray[np.integer]
    matching: Mapping[int, int]

    @property
    def names(self) -> NDArray[np.integer]:
        """What each row is called, (n,); `NO_LABEL` for nothing."""
        return relabel(self.clusters, self.matching)

    @property
    def accuracy(self) -> float:
        return accuracy(self.digits, self.clusters, self.matching)

    def by_cluster(self, k: int) -> NDArray[np.int64]:
        """Rows of each digit in each cluster, (10, k)."""
        return _count(self.digits, self.clusters, k)

    def by_name(self) -> NDArray[np.int64]:
        """Rows of each digit by what they are called, (10, 10), and, last, called nothing: (10, 11)."""
        return _count(self.digits, np.where(self.names == NO_LABEL, DIGITS, self.names), DIGITS + 1)


def _count(digits: NDArray[np.integer], columns: NDArray[np.integer], m: int) -> NDArray[np.int64]:
    return confusion_matrix(digits, columns, labels=range(max(DIGITS, m)))[:DIGITS, :m]


def scores(models: Mapping[str, Mapping[str, Called]]) -> pd.DataFrame:
    """A line for each model and each of its sets of rows: how well it agrees with the digits."""
    lines = []
    for model, sets in models.items():
        for rows, called in sets.items():
            agree = Agreement.of(called.digits, called.clusters, called.matching)
            lines.append(
                {
                    "model": model,
                    "rows": rows,
                    "accuracy": agree.accuracy,
                    "completeness": agree.completeness,
                    "homogeneity": agree.homogeneity,
                    "AMI": agree.ami,
                    "ARI": agree.ari,
                }
            )
    return pd.DataFrame(lines)


def before_the_repair(called: Called, most: Mapping[int, int]) -> str:
    """What the numbers of components say of digits, and what their grouping does, in Markdown.

    called : training rows, each component by its number. most : what most rows of each component are.
    """
    agree = Agreement.of(called.digits, called.clusters, called.matching)
    wrong = [j for j, digit in most.items() if j != digit]
    if wrong:
        j = EXAMPLE if EXAMPLE in wrong else wrong[0]
        text = f"**Component {j} is not digit {j}.** EM numbers its components as they fall."
    else:
        text = "**Each component has the number of its digit**, which is luck: EM numbers them as they fall."
    looks = ", which looks like failure" if called.accuracy < FAILURE else ""
    text += (
        f" Read as digits, the numbers are right for {percent(called.accuracy, 2)} of the training "
        f"rows{looks}. Completeness {agree.completeness:.5f}, homogeneity {agree.homogeneity:.5f} and AMI "
        f"{agree.ami:.5f} compare the grouping alone, without names: "
    )
    if agree.ami < CHANCE:
        return f"{text}it is no better than chance, and digits for the components cannot mend that."
    return f"{text}it is far from chance.{' So give each component its digit.' if wrong else ''}"


def by_digit(called: Called) -> pd.DataFrame:
    """Precision, recall and F1 of each digit; no precision where nothing is called so."""
    precision, recall, f1, support = precision_recall_fscore_support(
        called.digits, called.names, labels=range(DIGITS), zero_division=np.nan
    )
    return pd.DataFrame(
        {
            "digit": range(DIGITS),
            "precision": precision,
            "recall": recall,
            "F1": f1,
            "rows": support,
        }
    )


def what_is_hidden(called: Called, k: int) -> list[str]:
    """What the accuracy after a repair does not show, in sentences."""
    matching = called.matching
    said = []
    lost = sorted(set(range(DIGITS)) - set(matching.values()))
    if lost:
        rows = count(int(np.isin(called.digits, lost).sum()), "row")
        said.append(
            f"No component is called {_listed(lost, 'or')}: {rows} of theirs here cannot be right, and the "
            "accuracy does not say so."
        )
    if k < DIGITS:
        said.append(f"{k} components cannot stand for {DIGITS} digits one to one.")
    shared = {digit: [j for j in matching if matching[j] == digit] for digit in set(matching.values())}
    for digit, components in sorted(shared.items()):
        if len(components) > 1:
            said.append(f"Components {_listed(components, 'and')} are all called {digit}.")
    table = called.by_cluster(k)
    most = table.argmax(axis=0)
    other = [j for j in sorted(matching) if table[most[j], j] > table[matching[j], j]]
    if len(other) > MOST_NAMED:
        said.append(
            f"Components {_listed(other, 'and')} are called another digit than most of their rows here."
        )
    else:
        said += [
            f"Component {j} is called {matching[j]}, but more of its rows here are {most[j]}: "
            f"{table[most[j], j]} against {table[matching[j], j]}."
            for j in other
        ]
    unnamed = sorted(set(range(k)) - set(matching))
    if unnamed:
        n = int(np.isin(called.clusters, unnamed).sum())
        who, are = ("Components", "are") if len(unnamed) > 1 else ("Component", "is")
        so = f": so {count(n, 'row')} here cannot be right" if n else ", and no row here is theirs"
        said.append(f"{who} {_listed(unnamed, 'and')} {are} called nothing{so}.")
    return said or ["Nothing here: every component is called what most of its rows are, each digit once."]


def _listed(numbers: list[int], last: str) -> str:
    *first, end = map(str, numbers)
    return f"{', '.join(first)} {last} {end}" if first else end


def two_digits(found: Sequence[tuple[str, int, NDArray[np.intp]]], total: int) -> str:
    """The errors of each family over the dimension, in words."""
    said = []
    for family in dict.fromkeys(family for family, _, _ in found):
        runs: list[tuple[int, int, int]] = []  # first dimension, last, errors
        for d, wrong in ((d, len(rows)) for name, d, rows in found if name == family):
            if runs and runs[-1][2] == wrong:
                runs[-1] = (runs[-1][0], d, wrong)
            else:
                runs.append((d, d, wrong))
        parts = [f"{wrong or 'none'} on {a if a == b else f'{a} to {b}'}" for a, b, wrong in runs]
        said.append(f"**{family}**: {', '.join(parts)}")
    return f"Wrong among {total} images, by the number of principal components. {'; '.join(said)}."
