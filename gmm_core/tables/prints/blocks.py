"""A text -> the arrays in it, each with what it is called, and where it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.tables.prints.brackets import NUMBER, array_of, find_lists, values_of
from gmm_core.tables.prints.frames import BrokenTableError, Frame, frame_at
from gmm_core.tables.prints.names import (
    COUNTING,
    HELPERS,
    KINDS,
    LOG_LIKELIHOOD,
    RUNS,
    kind_of,
    of_something_else,
    parts_of,
    when_of,
)
from gmm_core.tables.prints.plain import VECTOR
from gmm_core.tables.reading import TableError
from gmm_core.words import count, quoted

_TOKEN = re.compile(
    r"\x00(?P<list>\d+)\x00|(?P<page>‹‹.*?››)|‹[cr]\d+›"
    rf"|(?P<number>(?<![\w.]){NUMBER}(?:/\d+)?[ ]?%?|(?<!\w)[+-]?(?:inf|infinity|nan)\b|\b(?:NA|None|null)\b)"
    r"|(?P<word>(?P<minus>(?<![\w)\]])[-](?=[^\W\d_]))?(?<!\w)[$\\]?[^\W\d_][\w.]*(?:\$[\w.]+)*²?)"
    r"|(?P<sign>[=:\x01])",
    re.IGNORECASE,
)
_NUMBERS_ONLY = re.compile(rf"[\s,;|]*(?:{NUMBER}[\s,;|]+)*{NUMBER}[\s,;|]*")
_FRAMING = re.compile(
    r"\s*(?:\[\d+ rows? x \d+ columns?\]|(?:Length: \d+, )?dtype: \S+|[-=_*~─━]{3,}(?:.*[-=_*~─━]{2,})?)\s*"
)
_COUNTED = re.compile(r"[\s\-=_*~─━]*([^\W\d_]+[ #:=]*\d+(?:/\d+)?)[\s\-=_*~─━:]*")  # === seed 3 ===
_SERIES = re.compile(r"\s*Name: (.*?),(?: Length: \d+,)? dtype: \S+\s*")
_FACTOR = re.compile(r"\s*(\d+(?:\.\d+)?e[+-]?\d+)\s*\*\s*")
_SHORTENED = re.compile(r"\s*(?:(?:\.{2,}|[…⋮⋱⋯])\s*)+|\s*\[ reached .*")
_NEAR = 40  # names or signs around numbers that are looked at
_HEADING = re.compile(r"\W*((?:[^\W\d_]+[ \t-]+){0,4}[^\W\d_]+)[ \t]*(?::.*|[-=*#]*\s*)")
_ESTIMATES = ("mean", "estimate", "est", "value", "coef")
_COLUMNS = re.compile(r"\s*Columns? \d+(?: (?:through|and|to) \d+)?:?\s*")


class Name(NamedTuple):
    """A name as it is written, its words, without the number at its end, and of when its numbers are."""

    written: str
    words: tuple[str, ...]
    when: str = ""


def _name(written: str) -> Name:
    words = parts_of(written)[0]
    return Name(written, words, when_of(words))


@dataclass(frozen=True, eq=False)
class Block:
    """An array, and what the text says of it.

    kind : a key of `names.KINDS`; "" where the name is not known. name : as it stands in the text. line : the
    number of its line. array : of 0 to 4 axes. component, iteration : which it is of, where that is said.
    turned : whether its columns are components, and its rows are features. page : whether it is one matrix of
    several. certain : whether the text tells its form, by a head or as R does. when : of when it is, as
    `names.when_of` says. run : which of several runs it is of, where that is said.
    """

    kind: str
    name: Name
    line: int
    array: Array
    component: int | None = None
    iteration: int | None = None
    turned: bool = False
    page: bool = False
    certain: bool = False
    when: str = ""
    run: int | None = None


@dataclass
class Found:
    """All arrays of a text in their order, and what could not be read, each in a sentence.

    text : what was pasted, without what programs write around numbers. lines : as they were pasted. cuts : of
    the troubles, those after which nothing can be read for certain. counts : whether iterations are counted.
    guesses : what was taken for something for want of a name, each in a sentence.
    """

    text: str
    lines: list[str]
    blocks: list[Block] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    cuts: list[str] = field(default_factory=list)
    counts: bool = False
    guesses: list[str] = field(default_factory=list)

    def told(self, line: int) -> str:
        """A place as the beginning of a sentence: the number of a line, and how that begins."""
        return f"Line {line}, {quoted(self.lines[line - 1].strip())}"


def find_blocks(text: str, pasted: str) -> Found:
    """The arrays in a text that `plain` has prepared; pasted : the text as it was, line by line."""
    text, lists, cuts = find_lists(text)
    found = Found(re.sub(r"‹[^›]*›+", "", text).replace(VECTOR, ""), pasted.split("\n"))
    for cut in cuts[:1]:
        what = (
            "a bracket opens there and never closes; the print is cut off. Paste all of it"
            if cut.opens
            else "a bracket closes there that never opened; the beginning is missing. Paste all of it"
        )
        line = text.count("\n", 0, cut.at) + 1
        found.cuts.append(f"{found.told(line)}: {what}.")
    found.troubles += found.cuts
    masked, begin = [], 0
    cut_off = next((cut.at for cut in cuts if cut.opens and _is_list(text, cut.at)), len(text))
    for i, one in enumerate(lists):
        if one.begin < cut_off:
            masked += [text[begin : one.begin], f"\x00{i}\x00", "\n" * one.text.count("\n")]
            begin = one.end
    masked.append(text[begin:cut_off])
    _Walk("".join(masked).split("\n"), [one.text for one in lists], found).go()
    return found


_LIST = re.compile(r"\[[\[({\s]{0,99}(?:[-+.\d]|nan|inf)")


def _is_list(text: str, at: int) -> bool:
    """Whether a bracket that never closes begins a list of numbers."""
    return _LIST.match(text, at) is not None


@dataclass
class _Label:
    """What stands before numbers: its names by line, and what they count."""

    said: dict[int, list[Name]] = field(default_factory=dict)
    notation: str = ""
    minus: bool = False
    index: int | None = None  # of the name itself, as in mu_1
    counted: str = ""  # "component" or "iteration", where a number followed that word
    page: bool = False

    def meaning(self) -> tuple[str, Name]:
        """The kind that is named nearest to the numbers, and the name."""
        if not self.said:
            return "", Name("", ())
        for line in sorted(self.said, reverse=True):
            kind = kind_of(self.words(line), self.notation)
            if kind not in ("", *COUNTING):
                if self.minus and kind == LOG_LIKELIHOOD:
                    kind = "minus_log_likelihood"
                names = self.said[line]
                known = (one for one in reversed(names) if kind_of(one.words, self.notation))
                return kind, next(known, names[-1])
        words = [word for line in self.said for word in self.words(line)]
        return kind_of(words, self.notation), self.said[max(self.said)][-1] if self.said else Name("", ())

    def words(self, line: int) -> list[str]:
        return [word for name in self.said[line] for word in name.words]

    def goes_on(self) -> bool:
        """Whether it only says of which component the numbers are."""
        unnamed = self.meaning()[0] in ("", "component")
        return unnamed and (self.page or self.counted == "component")


class _Walk:
    """Goes down the lines, and keeps what was said last until its numbers have come."""

    def __init__(self, lines: list[str], lists: list[str], found: Found) -> None:
        self.lines, self.lists, self.found = lines, lists, found
        self.label, self.before = _Label(), _Label()
        self.component: int | None = None
        self.iteration: int | None = None
        self.run: int | None = None
        self.when = ""  # what a heading says of all below it
        beginning = "\n".join(lines[:2000])
        self.firsts = set(re.findall(r"(?<![^\W\d_])[^\W\d_]+_?1\b", beginning))
        self.of_mclust = re.search(r"\$pro\b", beginning) is not None
        self.clear()

    def clear(self) -> None:
        self.rows: list[tuple[int, list[str]]] = []  # line and cells
        self.arrays: list[tuple[int, str]] = []  # line and text of lists in brackets
        self.pages: set[int] = set()  # how many rows there were at blank lines
        self.beside: set[int] = set()  # and where columns begin that belong beside the others
        self.vector = self.shortened = False
        self.factor = ""

    def go(self) -> None:
        at = 0
        while at < len(self.lines):
            at = self.one(at)
        self.flush()

    def one(self, at: int) -> int:
        """Reads what begins in a line, and gives the line after it."""
        line = self.lines[at]
        if not line.strip():
            self.pages.add(len(self.rows))
            return at + 1
        self.heading(line)
        if _NUMBERS_ONLY.fullmatch(line) and (self.rows or line.split()[0] not in ("0", "1")):
            self.rows.append((at + 1, re.split(r"[\s,;|]+", line.strip(" \t,;|"))))
            return at + 1
        if _FRAMING.fullmatch(line):
            if counter := _COUNTED.fullmatch(line):
                self.tokens(counter[1], at + 1)
            return at + 1
        if _SHORTENED.fullmatch(line):
            self.shortened = True
            return at + 1
        if series := _SERIES.fullmatch(line):
            self.name_rows(series[1], at + 1)
            return at + 1
        if factor := _FACTOR.fullmatch(line):
            self.flush()
            self.factor = factor[1]
            return at + 1
        if _COLUMNS.fullmatch(line):
            self.pages.clear()
            self.beside.add(len(self.rows))
            return at + 1
        try:
            frame = frame_at(self.lines, at, self.is_named)
        except BrokenTableError as error:
            said = f"{self.found.told(error.line + 1)}: {error}"
            self.found.troubles.append(said)
            self.found.cuts.append(said)
            while at < len(self.lines) and self.lines[at].strip():
                at += 1
            self.clear()
            self.before, self.label = self.label, _Label()
            return at
        if frame is None:
            self.tokens(line, at + 1)
            return at + 1
        self.flush()
        self.table(frame)
        return frame.end

    def heading(self, line: str) -> None:
        """Keeps of when the numbers are that stand below words such as "Before the update:"."""
        words = found[1].split() if (found := _HEADING.fullmatch(line)) else []
        if (when := when_of(words)) and kind_of(words) in ("", *COUNTING):
            self.flush()
            self.when = when

    def is_named(self) -> bool:
        kind = self.label.meaning()[0]
        return kind not in ("", "component", "iteration", "other") or self.label.goes_on()

    # --- Lines of words and numbers

    def tokens(self, line: str, number: int) -> None:
        end = 0
        word_before = ""
        for token in _TOKEN.finditer(line):
            gap = line[end : token.start()].strip(" \t=:#(.[]\"'")
            end_before, end = end, token.end()
            if token["word"]:
                beside = not line[end_before : token.start()].strip(" \t-")
                word_before = self.word(token["word"], token["minus"], number, beside)
            elif token["page"]:
                self.flush()
                self.label.page = True
                found = re.search(r"\d+", token["page"])
                self.component = int(found[0]) if found else (self.component or 0) + 1
            elif token["list"]:
                self.arrays.append((number, self.lists[int(token["list"])]))
                word_before = ""
            elif token["number"]:
                counts = word_before and not gap and self.counts(word_before, token["number"])
                if not counts and not self.is_prose(line, token):
                    self.add(number, token["number"])
                word_before = ""
            elif token["sign"] == VECTOR:
                self.vector = True

    def word(self, written: str, minus: str | None, number: int, beside: bool) -> str:
        """Takes a word into the label, and gives it where a number behind it may only count.

        beside : whether only a gap parts it from what stands before it.
        """
        word = written.lstrip("-\\")
        if word.lower() in HELPERS:
            return ""
        if self.rows or self.arrays:
            self.flush()
        if word.startswith("$"):
            self.label = _Label()
        label = self.label
        label.minus = label.minus or bool(minus)
        label.notation = "R" if "$" in word else label.notation
        pieces: list[str] = []
        for part in re.split(r"[$.]", word.strip("$.")):
            words, index = parts_of(part, f"{part.strip('_')[:-1]}1" in self.firsts)
            pieces += words
            if index is not None and (kind := kind_of(words, label.notation)):
                if kind in COUNTING:
                    self.count(kind, index)
                else:
                    label.index = index
        names = label.said.setdefault(number, [])
        if len(label.said) > _NEAR:
            del label.said[min(label.said)]
        when = when_of(pieces) or (names[-1].when if beside and names else "")
        names.append(Name(word.strip("$"), tuple(pieces), when))
        del names[:-_NEAR]
        return word if kind_of(pieces) in COUNTING or word.lower() in RUNS else ""

    def is_prose(self, line: str, number: re.Match[str]) -> bool:
        """Whether a whole number stands within a sentence, as in "a model with 2 components"."""
        if not number[0].strip().isdecimal() or self.rows:
            return False
        before = re.search(r"([^\W\d_]\w*)\s+$", line[max(0, number.start() - _NEAR) : number.start()])
        if before and not kind_of(parts_of(before[1])[0], self.label.notation):
            return True
        behind = re.match(r"\s*([^\W\d_]+)", line[number.end() : number.end() + _NEAR])
        return behind is not None and kind_of(parts_of(behind[1])[0]) in COUNTING

    def counts(self, word: str, number: str) -> bool:
        """Whether a number only counts, as in iteration 3; then it is kept as such."""
        kind = "run" if word.lower() in RUNS else kind_of(parts_of(word)[0])
        if not re.fullmatch(r"\d+(?:/\d+)?\s*", number) or kind not in (*COUNTING, "run") or self.rows:
            return False
        words = self.label.words(max(self.label.said))
        if {"number", "n", "max", "total", "num", "of"} & {one.lower() for one in words[:-1]}:
            return False
        self.count(kind, int(number.partition("/")[0]))
        return True

    def count(self, kind: str, number: int) -> None:
        if kind == "run":
            self.run, self.iteration, self.component = number, None, None
            return
        self.label.counted = kind
        if kind == "component":
            self.component = number
        else:
            self.iteration, self.component, self.when = number, None, ""
            self.found.counts = True

    def add(self, number: int, cell: str) -> None:
        cell = cell.partition("/")[0].replace(" ", "")
        if self.rows and self.rows[-1][0] == number:
            self.rows[-1][1].append(cell)
        else:
            self.rows.append((number, [cell]))

    def name_rows(self, name: str, number: int) -> None:
        """A name below its numbers, as that of a series in pandas."""
        if self.rows and all(len(cells) == 2 for _, cells in self.rows):
            self.rows = [(line, cells[1:]) for line, cells in self.rows]
        self.label = _Label({number: [_name(name)]})
        self.flush()

    # --- What has come becomes blocks

    def flush(self) -> None:
        """The numbers since the last label, as a block with its name."""
        if not (self.rows or self.arrays):
            return
        label, is_share = self.label, self.is_one_number() and self.rows[0][1][0].endswith("%")
        if not is_share:
            label = self.named_by_the_last(label)
        kind, name = label.meaning()
        line = self.rows[0][0] if self.rows else self.arrays[0][0]
        if kind == "iteration" and label.counted == "iteration" and self.is_one_number():
            kind, name = self.behind_a_counter(label, name)
        elif is_share and label.goes_on():
            kind, name = "weights", Name("%", ())  # component 1: 36% of the rows
        names = self.one_for_each(label)
        if names:
            for (line, text), one in zip(self.arrays, names, strict=True):
                called = kind_of(one.words, label.notation)
                self.keep(called, one, line, array_of(text, f"The list {quoted(one.written)}"), label)
            self.before, self.label = label, _Label()
            self.clear()
            return
        if not kind and len(self.arrays) > 1:
            for line, text in self.arrays:
                self.keep("", name, line, array_of(text, "A list"), label)
            self.before, self.label = label, _Label()
            self.clear()
            return
        try:
            array = self.array(kind, name)
        except TableError as error:
            said = f"{self.found.told(line)}. {error}"
            self.found.troubles.append(said)
            if kind:
                self.found.cuts.append(said)
        else:
            self.keep(kind, name, line, array, label, certain=self.vector)
        self.before, self.label = label, _Label()
        self.clear()

    def one_for_each(self, label: _Label) -> list[Name]:
        """The names in the last line of a label, where there are as many as lists, each of another kind."""
        if self.rows or len(self.arrays) < 2 or not label.said:
            return []
        names = [one for one in label.said[max(label.said)] if one.words]
        kinds = [KINDS[kind].into if (kind := kind_of(one.words, label.notation)) else "" for one in names]
        fits = len(names) == len(self.arrays) == len(set(kinds)) and all(kinds)
        return names if fits else []

    def behind_a_counter(self, label: _Label, name: Name) -> tuple[str, Name]:
        """What one number is that stands behind the number of an iteration, if its own name is not known."""
        words = label.words(max(label.said))
        if of_something_else(words):
            return "other", name
        unknown = [word for word in words if kind_of([word]) not in COUNTING and len(word) < _NEAR]
        if unknown:
            said = (
                f"{quoted(unknown[-1])} behind the numbers of iterations is no name that is known: it was "
                "taken for the log-likelihood."
            )
            self.found.guesses += [said] * (said not in self.found.guesses)
        return LOG_LIKELIHOOD, Name("", ())

    def is_one_number(self) -> bool:
        return not self.arrays and sum(len(cells) for _, cells in self.rows) == 1

    def named_by_the_last(self, label: _Label) -> _Label:
        """The label; where it only says of which component the numbers are, the name of those before."""
        if label.goes_on() and self.before.meaning()[0] not in ("", *COUNTING):
            return replace(self.before, page=label.page, counted=label.counted or "component")
        return label

    def keep(
        self,
        kind: str,
        name: Name,
        line: int,
        array: Array,
        label: _Label,
        turned: bool = False,
        certain: bool = False,
    ) -> None:
        component = label.index if label.index is not None else self.component
        when = name.when or self.when
        places = (component, self.iteration, turned, label.page, certain, when, self.run)
        block = Block(kind, name, line, array, *places)
        self.found.blocks.append(block)

    def array(self, kind: str, name: Name) -> Array:
        called = f"The list {quoted(name.written)}" if name.written else "The list"
        if self.arrays:
            arrays = [array_of(text, called) for _, text in self.arrays]
            if len({one.shape for one in arrays}) > 1:
                raise TableError(f"{called} is followed by lists of different lengths.")
            return arrays[0] if len(arrays) == 1 else np.stack(arrays)
        if self.shortened:
            raise TableError(f"{called} is shortened: some of its values were left out. Print all of them.")
        rows = self.side_by_side([cells for _, cells in self.rows])
        if self.factor:
            rows = [[str(Decimal(cell) * Decimal(self.factor)) for cell in cells] for cells in rows]
        widths = {len(cells) for cells in rows}
        if kind == LOG_LIKELIHOOD and widths == {1, 2}:
            rows = with_gaps(rows)
            widths = {2}
        values = values_of([cell for cells in rows for cell in cells], called)
        if len(values) == 1 and not self.vector:
            return values.reshape(())
        if self.vector or len(rows) == 1 or widths == {1}:
            return values
        if len(widths) > 1:
            if kind in (LOG_LIKELIHOOD, "changes"):
                return values
            i = next(i for i, cells in enumerate(rows) if len(cells) != len(rows[0]))
            raise TableError(
                f"{called}: line {self.rows[i][0]} has {count(len(rows[i]), 'number')} where {len(rows[0])} "
                "were expected; the print may be cut off there."
            )
        pages = self.pages & set(range(1, len(rows)))
        size = min(pages, default=len(rows))
        matrix = values.reshape(len(rows), -1)
        if pages == set(range(size, len(rows), size)) and len(rows) % size == 0 and pages:
            return matrix.reshape(-1, size, matrix.shape[1])
        return matrix

    def side_by_side(self, rows: list[list[str]]) -> list[list[str]]:
        """Columns that were printed below the others, for want of room, beside them."""
        begins = sorted({0, *self.beside} - {len(rows)})
        parts = [rows[i:j] for i, j in zip(begins, [*begins[1:], len(rows)], strict=True)]
        if len(parts) < 2 or len({len(part) for part in parts}) > 1:
            return rows
        return [[cell for cells in row for cell in cells] for row in zip(*parts, strict=True)]

    # --- Tables

    def table(self, frame: Frame) -> None:
        label = self.named_by_the_last(self.label)
        kind, name = label.meaning()
        line = frame.begin + 1
        columns = [kind_of(parts_of(one, f"{one[:-1]}1" in frame.columns)[0]) for one in frame.columns]
        rows = [kind_of(parts_of(one)[0]) for one in frame.rows]
        known = set(KINDS) - {*COUNTING, "", "other"}
        if known & set(rows) and not (kind in known and not set(rows) <= known):
            self.by_rows(frame, rows)
        elif known & set(columns) or {"iteration", "value"} <= {*columns, *frame.columns}:
            self.by_columns(frame, columns)
        elif frame.first > 1 and self.goes_beside(frame):
            last = self.found.blocks[-1]
            self.found.blocks[-1] = replace(last, array=np.concatenate([last.array, frame.values], axis=1))
            return
        else:
            counted = not frame.columns and bool(frame.rows) and "component" not in rows
            counted |= kind == "means" and self.of_mclust and not frame.single
            array = frame.values[0] if frame.single and not label.page else frame.values
            if self.factor:
                array = array * float(self.factor)
            self.keep(kind if kind in known else "", name, line, array, label, counted, certain=True)
        self.before, self.label = label, _Label()
        self.clear()

    def goes_beside(self, frame: Frame) -> bool:
        """Whether a table has further columns of the table before it, as R prints them for want of room."""
        last = self.found.blocks[-1] if self.found.blocks else None
        return last is not None and last.certain and last.array.shape == (len(frame.values), frame.first - 1)

    def by_rows(self, frame: Frame, kinds: list[str]) -> None:
        """Each row is of a kind of its own; several of one kind are features, where columns are counted.

        Of a table of estimates with their errors, only the estimates count.
        """
        estimates = [j for j, one in enumerate(frame.columns) if one.lower() in _ESTIMATES]
        if len(estimates) == 1 and len(frame.columns) > 1:
            frame = replace(frame, columns=(), values=frame.values[:, estimates[0]])
        for kind in dict.fromkeys(kinds):
            these = [i for i, one in enumerate(kinds) if one == kind]
            line = frame.begin + 2 + these[0]
            array = frame.values[these[0]] if len(these) == 1 else frame.values[these]
            turned = array.ndim == 2 and not frame.columns
            self.keep(kind, _name(frame.rows[these[0]]), line, array, _Label(), turned)

    def by_columns(self, frame: Frame, kinds: list[str]) -> None:
        """Each column is of a kind of its own; where one counts iterations, each row is one."""
        if "value" in frame.columns and LOG_LIKELIHOOD not in kinds:
            kinds[frame.columns.index("value")] = LOG_LIKELIHOOD
        counter = kinds.index("iteration") if "iteration" in kinds else None
        line = frame.begin + 1
        for kind in dict.fromkeys(kinds):
            these = [j for j, one in enumerate(kinds) if one == kind]
            name, array = _name(frame.columns[these[0]]), frame.values[:, these]
            if kind in COUNTING:
                continue
            if KINDS[kind].into in (LOG_LIKELIHOOD, "changes") if kind else False:
                anew: list[int] = []  # where iterations are counted from the beginning again
                if counter is not None:
                    anew = (np.flatnonzero(np.diff(frame.values[:, counter]) < 0) + 1).tolist()
                for part in np.split(array[:, 0], anew):
                    self.keep(kind, name, line, part, _Label())
            elif kind in ("", "other"):
                for j in these:
                    self.keep(kind, _name(frame.columns[j]), line, frame.values[:, j], _Label())
            elif counter is None:
                self.keep(kind, name, line, array[:, 0] if len(these) == 1 else array, _Label())
            else:
                for i, row in enumerate(array):
                    self.iteration = int(frame.values[i, counter])
                    self.keep(kind, name, line + 1 + i, row if len(row) > 1 else row[0], _Label())
        self.iteration = None


def with_gaps(rows: list[list[str]]) -> list[list[str]]:
    """Rows that are counted, from 0 or 1: one with nothing but its number has no value, nan."""
    counted = [str(i) for i in range(len(rows) + 1)]
    firsts = [row[0] for row in rows if row]
    if {len(row) for row in rows} != {1, 2} or firsts not in (counted[:-1], counted[1:]):
        return rows
    return [row if len(row) == 2 else [*row, "nan"] for row in rows]
