"""Labels that may be others: words taken for no value, and labels that are written in two ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, islice

import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.tables.reading import Doubt
from gmm_core.words import count, quoted

LABEL_WORDS = ("NA", "None", "none", "null", "Null", "-")  # that may be labels, too: North America, and plus
LABEL_SHARE = 0.05  # of the rows, from which a word may be one
_FEW_LABELS = 20
_MOST_PAIRS = 3  # of labels alike, of which a sentence is said
_LONG_LABEL = 6  # signs from which labels that differ in one letter are likely to be one


def are_few(column: pa.ChunkedArray) -> bool:
    """Whether a column of text has so few different values that they may be labels."""
    first = pc.count_distinct(column.slice(0, 1000)).as_py()
    return first <= _FEW_LABELS and 0 < pc.count_distinct(column).as_py() <= _FEW_LABELS


def about_labels(column: pa.ChunkedArray, labels: pa.ChunkedArray, key: str) -> list[str]:
    """What is said of labels: blanks around them that made several of one, and words taken for no value that
    are as frequent as labels are.

    column : as it was read. labels : the same without these blanks and words.
    """
    if not are_few(labels):
        return []
    said = []
    kept = labels.is_valid()
    before, after = (pc.count_distinct(some.filter(kept)).as_py() for some in (column, labels))
    if before > after:
        said.append(
            f"Column {quoted(key)}: blanks around labels are left out: {before} different texts are "
            f"{count(after, 'label')}."
        )
    if labels.null_count < max(1.0, LABEL_SHARE * len(labels)):
        return said
    taken = pc.utf8_trim_whitespace(column.filter(labels.is_null()))
    for word in LABEL_WORDS:
        some = pc.sum(pc.equal(taken, word)).as_py() or 0
        if some >= max(1.0, LABEL_SHARE * len(labels)):
            said.append(
                Doubt(
                    f"Column {quoted(key)}: {quoted(word)} was taken for no value, in {count(some, 'cell')} "
                    f"of {len(labels):,}; it may be meant as a label. Write it in another way if so."
                )
            )
    return said


def alike(key: str, labels: Sequence[str]) -> list[str]:
    """Sentences on pairs of labels that may be one, written in two ways."""
    pairs = ((one, other, _difference(one, other)) for one, other in combinations(labels, 2))
    return [
        f"Column {quoted(key)}: the labels {quoted(one)} and {quoted(other)} differ {how}, and count as "
        "different groups. Correct the file if they are the same."
        for one, other, how in islice((pair for pair in pairs if pair[2]), _MOST_PAIRS)
    ]


def _difference(one: str, other: str) -> str:
    """How two labels differ, where it is so little that it may be by mistake; else "".

    Not the first letter, and the last only if it is one more; nor letters that stand alone, as in group A.
    """
    if one.split() == other.split():
        return "only in blanks"
    if one.casefold().split() == other.casefold().split():
        return "only in capitals"
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _LONG_LABEL:
        return ""
    begin = _shared(one, other)
    end = _shared(one[begin:][::-1], other[begin:][::-1])
    letters = [label[begin : len(label) - end] for label in (one, other)]
    by_one = all(len(part) < 2 and (part.islower() or not part) for part in letters)
    inside = bool(begin) and one[begin - 1].isalpha() and (end > 0 or not all(letters))
    return "in one letter" if by_one and inside else ""


def _shared(one: str, other: str) -> int:
    """How many signs two texts share at their beginning."""
    shortest = min(len(one), len(other))
    return next((i for i in range(shortest) if one[i] != other[i]), shortest)
