"""The numbers in a text that somebody pasted: lists, logs and tables as programs print them.

Letters: n samples, k components, d features. Nothing that is pasted is ever executed: it is text, in which
numbers are looked for. What names mean, `prints.names` knows; where names and numbers stand, `prints.blocks`;
how tables without names are written, `text` and `numbers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.engine.arrays import Array
from gmm_core.tables.numbers import MISSING_WORDS, numbers_in
from gmm_core.tables.prints.blocks import Block, Found, find_blocks, with_gaps
from gmm_core.tables.prints.brackets import array_of, values_of
from gmm_core.tables.prints.names import (
    COUNTING,
    KINDS,
    LOG_LIKELIHOOD,
    PARAMETERS,
    kind_of,
    parts_of,
    when_of,
)
from gmm_core.tables.prints.plain import plain
from gmm_core.tables.prints.program import printed_alone
from gmm_core.tables.reading import LIMITS, Raw, Reading, TableError, is_text, or_say
from gmm_core.tables.text import read_loose
from gmm_core.words import count, listed, megabytes, quoted

__all__ = ["PARAMETERS", "Given", "Pasted", "histories_in", "parameters_in", "read_numbers"]

OPEN = "Variances or deviations?"  # how a note begins where a name leaves that open
LAST_TAKEN = "those of the last were taken."  # where there are several rounds
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_MIXED, _MANY = 1_000_000, 200_000  # characters: of names and numbers; from which a list is read in one go
_SHARES = "responsibilities"
_MOST_LABELS = 20
_ALIKE = 1e-3  # changes are those of a column if they differ by a smaller share of the largest
_WIDE = replace(LIMITS, columns=20_000)  # (k, n) responsibilities have a column for each row of data


@dataclass(frozen=True, eq=False)
class Pasted:
    """The numbers in a text.

    lists : (rows, columns) each, or (k, d, d) for matrices, NaN for what is missing; by what they are: those
        of `PARAMETERS`, "log_likelihood", "changes" of it, "responsibilities", or "" for numbers without a
        name. Of those of several iterations, the last.
    findings : what was assumed or left out, in sentences.
    rounds : parameters and responsibilities of each iteration, where those of several were pasted, in the
        order in which they stood; else nothing.
    open : those of `lists` whose name leaves open whether they are deviations or variances, as Sigma does.
    runs : log-likelihoods of each of several runs, (m,) each, in the order in which they stood; else nothing.
    """

    lists: dict[str, Array]
    findings: tuple[str, ...] = ()
    rounds: tuple[dict[str, Array], ...] = ()
    open: frozenset[str] = field(default_factory=frozenset)
    runs: tuple[Array, ...] = ()


def read_numbers(text: str) -> Pasted:
    """The numbers in what was pasted: as R, MATLAB, Julia, Python and its libraries print them, logs, tables.

    Several lists are told apart by their names, as in "means: [24.5 37.6]". A `TableError` says what cannot
    be read, and where.
    """
    if len(text) > LIMITS.printed:
        most = megabytes(LIMITS.printed)
        raise TableError(f"The pasted text has {megabytes(len(text))}; at most {most} can be read.")
    if not text.strip():
        raise TableError("Nothing was pasted. Paste the numbers that your code prints.")
    if len(text) > _MANY and (long := _long_list(text)) is not None:
        return long
    if len(text) > _MANY and sum(map(text.count, "0123456789")) < 0.05 * len(text):
        raise TableError("The pasted text is long, and there are hardly any numbers in it.")
    if len(text) > _MIXED:
        raise TableError(
            f"The pasted text has {megabytes(len(text))}. More than {megabytes(_MIXED)} can be read only of "
            "one list or of rows of numbers, and nothing else. Paste the parameters alone, or the end."
        )
    findings: list[str] = []
    pasted = printed_alone(text.replace("\r\n", "\n").replace("\r", "\n"), findings)
    found = find_blocks(plain(pasted, findings), pasted)
    named = [block for block in found.blocks if block.kind and KINDS[block.kind].into]
    if any(block.kind not in ("changes", "changes_alone") for block in named):
        named = [block for block in named if block.kind != "changes_alone"]
    if not named:
        return _without_names(found, findings)
    blocks = _of_one_name(named, found)
    blocks = _of_the_last_run(blocks, findings)
    lists, rounds, runs = _lists(blocks, findings)
    findings += found.guesses + found.troubles
    used, wanted = ({id(block) for block in these} for these in (blocks, named))
    others = [block for block in found.blocks if id(block) not in used and block.kind not in COUNTING]
    starts = [block for block in others if id(block) in wanted and block.when == "start"]
    others = [block for block in others if id(block) not in wanted or block.when != "start"]
    if starts:
        findings.append(_left_out(starts, found, "they are said to be where it began, or the truth"))
    if others:
        findings.append(_left_out(others, found, "no part of a mixture, or as the name is not known"))
    leave_open = {KINDS[block.kind].into for block in blocks if KINDS[block.kind].open}
    firm = {KINDS[block.kind].into for block in blocks if not KINDS[block.kind].open}
    return Pasted(lists, tuple(findings), rounds, frozenset(leave_open - firm), runs)


def _left_out(blocks: list[Block], found: Found, why: str) -> str:
    """What was left out, by name, and where it stands first."""
    most = 5
    by_name: dict[tuple[str, ...], list[Block]] = {}
    for block in blocks:
        by_name.setdefault(_stem(block), []).append(block)
    said = []
    for these in list(by_name.values())[:most]:
        name = f"{quoted(these[0].name.written)} in " if these[0].name.written else ""
        again = f" and {len(these) - 1:,} more" if len(these) > 1 else ""
        said.append(f"{name}l{found.told(these[0].line)[1:]}{again}")
    if len(by_name) > most:
        said.append(f"{len(by_name) - most} other names")
    return f"Left out, as {why}: {'; '.join(said)}."


# --- Numbers with names


def _of_one_name(named: list[Block], found: Found) -> list[Block]:
    """Of each list those blocks that have the name that comes most often: another name is another thing."""
    kept: list[Block] = []
    for into in dict.fromkeys(KINDS[block.kind].into for block in named):
        every = [block for block in named if KINDS[block.kind].into == into]
        not_asked = ("start", "old") if into == LOG_LIKELIHOOD else ("start",)
        these = [block for block in every if block.when not in not_asked] or every
        sizes: dict[tuple[str, ...], int] = {}
        for block in these:
            number = block.array.size if into == LOG_LIKELIHOOD else 1
            sizes[_stem(block)] = sizes.get(_stem(block), 0) + number
        most = max(sizes, key=lambda stem: sizes[stem])
        kept += [block for block in these if _stem(block) == most]
    return kept


def _of_the_last_run(blocks: list[Block], findings: list[str]) -> list[Block]:
    """The blocks; of parameters and responsibilities of several runs, which do not follow from each other,
    those of the last run.
    """
    told = [block for block in blocks if KINDS[block.kind].into in (*PARAMETERS, _SHARES)]
    runs = list(dict.fromkeys(block.run for block in told))
    if len(runs) < 2 or None in runs:
        return blocks
    findings.append(f"Parameters of {len(runs)} runs were found: those of the last were taken.")
    return [block for block in blocks if block not in told or block.run == runs[-1]]


def _runs(history: list[Block]) -> tuple[Array, ...]:
    """Log-likelihoods of each of several runs, (m,) each: one begins where that is said, where iterations
    are counted anew, and with each further list; nothing where there is one run.
    """
    alone = all(block.array.size == 1 and block.iteration is None for block in history)
    by_component = alone and len({block.component for block in history}) == len(history) > 1
    found: list[list[Array]] = []
    for i, block in enumerate(history):
        before = history[i - 1]
        counted = block.iteration is not None
        if (
            not i
            or block.run != before.run
            or (block.iteration or 0) < (before.iteration or 0)
            or (block.array.size > 1 < before.array.size and not counted)
            or (by_component and block.component is not None)
        ):
            found.append([])
        found[-1].append(block.array.ravel())
    return tuple(np.concatenate(one) for one in found) if len(found) > 1 else ()


def _stem(block: Block) -> tuple[str, ...]:
    """What two names have in common that differ in their number alone."""
    words = [word.lower() for word in block.name.words if not when_of([word])]
    return (block.kind, *(word for word in words if word != "log"))


def _lists(
    blocks: list[Block], findings: list[str]
) -> tuple[dict[str, Array], tuple[dict[str, Array], ...], tuple[Array, ...]]:
    """The lists of all kinds, of parameters those of the last round, and of log-likelihoods those of the last
    run; those of every round, if several; and log-likelihoods of every run, if several.
    """
    lists: dict[str, Array] = {}
    runs: tuple[Array, ...] = ()
    by_list: dict[str, list[Block]] = {}
    for block in blocks:
        kind = KINDS[block.kind]
        if kind.turned is not None:
            with np.errstate(all="ignore"):
                block = replace(block, array=np.asarray(kind.turned(block.array)))
            said = f"{quoted(block.name.written)} {kind.said}."
            if said not in findings:
                findings.append(said)
        by_list.setdefault(kind.into, []).append(block)
    if _SHARES in by_list:
        by_list[_SHARES] = _row_by_row(by_list[_SHARES])
    rounds: list[dict[str, list[Block]]] = []
    for number, into, block in _in_rounds(by_list):
        while len(rounds) <= number:
            rounds.append({})
        rounds[number].setdefault(into, []).append(block)
    every = [{into: _joined(into, these) for into, these in one.items()} for one in rounds if one]
    if len(every) > 1:
        findings.append(f"Numbers of {len(every)} iterations were found: {LAST_TAKEN}")
    for into, these in by_list.items():
        if into in (*PARAMETERS, _SHARES):
            lists[into] = next(one[into] for one in reversed(every) if into in one)
        elif into == "changes":
            changes = _runs(these) or (_one_after_another(these),)
            lists[into] = np.concatenate([_without_the_first(one, findings) for one in changes])
        elif into == LOG_LIKELIHOOD:
            runs = _runs(these)
            lists[into] = runs[-1][:, np.newaxis] if runs else _one_after_another(these)
        else:
            lists[into] = _joined(into, these)
    return lists, tuple(every) if len(every) > 1 else (), runs


def _row_by_row(shares: list[Block]) -> list[Block]:
    """Responsibilities printed number by number, as r_1 and r_2 of each row of the data, as one table."""
    size = _period([block.component for block in shares])
    if size == len(shares) or any(block.array.ndim for block in shares) or len(shares) % size:
        return shares
    values = np.array([block.array for block in shares])
    return [replace(shares[0], array=values.reshape(-1, size), component=None)]


def _in_rounds(by_list: dict[str, list[Block]]) -> Iterator[tuple[int, str, Block]]:
    """Each block of parameters or responsibilities with the number of the iteration it belongs to, from 0."""
    parameters = {into: these for into, these in by_list.items() if into in (*PARAMETERS, _SHARES)}
    every = [block for these in parameters.values() for block in these]
    iterations = sorted({block.iteration for block in every if block.iteration is not None})
    round_of = {iteration: number for number, iteration in enumerate(iterations)}
    whole = [len(these) for these in parameters.values() if all(_is_whole(block) for block in these)]
    cycles = whole[0] if set(whole) == {max(whole, default=0)} else 0
    one_step = len(iterations) < 2 and any(block.when == "old" for block in every)
    for into, these in parameters.items():
        size = len(these)  # of one round, in blocks
        if len(iterations) < 2 and cycles > 1 and size % cycles == 0:
            size //= cycles
        elif len(iterations) < 2:
            size = _period([block.component for block in these])
        for i, block in enumerate(these):
            if one_step:
                yield int(block.when != "old"), into, block
            elif len(iterations) > 1:
                yield (0 if block.iteration is None else round_of[block.iteration]), into, block
            else:
                yield i // size, into, block


def _period(components: list[int | None]) -> int:
    """After how many blocks the components come again; their number where they do not."""
    n, first = len(components), components[:1]
    size = next((i for i in range(1, n) if components[i] == first[0]), n)
    again = components[:size] * (n // size if size else 0) == components
    return (
        size if again and size > 1 and None not in components and len(set(components[:size])) == size else n
    )


def _is_whole(block: Block) -> bool:
    """Whether a block is of all components for certain: a list of weights, or a table of means."""
    rows, columns = (*block.array.shape, 1, 1)[:2]
    return (KINDS[block.kind].into == "weights" and rows > 1) or (
        KINDS[block.kind].into in ("means", _SHARES) and block.array.ndim == 2 and min(rows, columns) > 1
    )


def _joined(into: str, blocks: Sequence[Block]) -> Array:
    """What the blocks of one list are together: those of several components, one below the other."""
    arrays = [block.array.T if block.turned else block.array for block in blocks]
    if len(arrays) == 1:
        array = arrays[0]
        while array.ndim > 3:
            array = array[-1]
        if array.ndim < 2:
            return array.reshape(-1, 1)
        return array[np.newaxis] if blocks[0].page and array.shape[0] == array.shape[1] > 1 else array
    if len({array.shape for array in arrays}) > 1:
        raise TableError(f"The lists named {quoted(into)} differ in length. Paste one for each component.")
    order = [block.component for block in blocks]
    numbers = [number for number in order if number is not None]
    if len(set(numbers)) == len(order):
        arrays = [arrays[i] for i in np.argsort(numbers)]
    return np.stack(arrays).reshape(len(arrays), *(arrays[0].shape or (1,)))


def _one_after_another(blocks: Sequence[Block]) -> Array:
    """Values of a history (m, 1); a table of it stays as it is."""
    if len(blocks) == 1 and blocks[0].array.ndim == 2:
        return blocks[0].array
    if len(blocks) == 2 and blocks[0].array.ndim and blocks[0].array.flat[-1] == blocks[1].array.flat[0]:
        blocks = blocks[:1]  # the end of the run, said once more
    return np.concatenate([block.array.ravel() for block in blocks])[:, np.newaxis]


def _without_the_first(changes: Array, findings: list[str]) -> Array:
    """Changes but for the first, where that is no finite number, as nothing came before it."""
    if np.isfinite(changes.flat[0]) or changes.size < 2:
        return changes.reshape(-1, 1)
    said = f"The first change is {changes.flat[0]:g}, as nothing came before: it was left out."
    findings += [said] * (said not in findings)
    return changes.reshape(-1, 1)[1:]


# --- Numbers without names


def _long_list(text: str) -> Pasted | None:
    """A text that is one list of numbers, with a name before it or without; None where it is more."""
    head = re.match(r"[^\[\d.+-]*", text[:300])
    begin = head.end() if head else 0
    behind = re.search(r"[\s,]*(?:dtype=[\w.]+)?[\s)]*$", text[-200:])
    body = text[begin : len(text) - (len(behind[0]) if behind else 0)]
    if not re.fullmatch(r"[\s\d.,;eE+\-\[\]()|naifNIF]*", body):
        return None
    words = [word for one in re.findall(r"[^\W\d]\w*", text[:begin]) for word in parts_of(one)[0]]
    into = KINDS[kind].into if (kind := kind_of(words)) else ""
    if kind and (not into or KINDS[kind].turned):
        return None
    if "[" not in body:
        return _long_table(body, into)
    if re.search(r"(?m)^\s*\[\d*,?\d*,?\](?:\s|$)", body[:1000]):
        return None  # places in brackets, as R prints them
    if body.count("[") != body.count("]"):
        raise TableError(
            "The pasted list is cut off: a bracket never closes, or never opens. Paste all of it."
        )
    array = array_of(body, "The pasted text")
    return Pasted({into: array.reshape(-1, 1) if array.ndim == 1 else array})


def _long_table(body: str, into: str) -> Pasted | None:
    """Rows of numbers with spaces or commas between them; None where they are not all alike."""
    if "." not in body or "\n\n" in body.strip():
        return None
    lines = body.replace(",", " ").replace(";", " ").replace("|", " ").split("\n")
    rows = [row for line in lines if (row := line.split())]
    if len({len(row) for row in rows}) > 1:
        return None
    values = values_of([cell for row in rows for cell in row], "The pasted text")
    return Pasted({into: values.reshape(len(rows), -1)})


def _without_names(found: Found, findings: list[str]) -> Pasted:
    """The numbers of a text in which no name is known: one list, or one table."""
    if found.cuts:
        raise TableError(found.cuts[0])
    if (guessed := _guessed(found.blocks)) is not None:
        return guessed
    pages = [block for block in found.blocks if block.page]
    if len(pages) > 1 and len(pages) == len(found.blocks):
        return Pasted({"": _joined("", pages)}, tuple(findings))
    if len(found.blocks) == 1 and found.blocks[0].certain:
        return Pasted({"": _joined("", found.blocks)}, tuple(findings))
    try:
        return Pasted({"": _read(found.text, findings)}, tuple(findings))
    except TableError as error:
        raise TableError(_unknown(found) or str(error)) from None


def _unknown(found: Found) -> str:
    """Why nothing in a text of names and numbers is known; "" where it is no such text."""
    named = [block for block in found.blocks if block.name.written and block.array.size]
    if found.counts and all(block.array.size == 1 for block in found.blocks) and len(named) < 2:
        return (
            "Iterations are counted in the pasted text, and nothing is said of them. Print the "
            "log-likelihood of each, or the parameters at the end; scikit-learn's own log has changes of the "
            "log-likelihood with verbose=2 and verbose_interval=1."
        )
    alone = len(named) == len(found.blocks) == 1 and not found.troubles
    if not alone and (len(named) < 2 or 2 * len(named) < len(found.blocks)):
        return ""
    names = list(dict.fromkeys(block.name.written for block in named))
    return (
        f"No name before the numbers is known: {listed(names)}. Call them weights, means, variances or "
        "covariances, responsibilities, or log-likelihood."
    )


def _guessed(blocks: list[Block]) -> Pasted | None:
    """Lists without names, if one alone can be weights: the next are means, and what follows, covariances."""
    if len(blocks) not in (2, 3) or any(block.name.written or block.certain for block in blocks):
        return None
    sums = [float(block.array.sum()) if (block.array >= 0).all() else 0.0 for block in blocks]
    weights = [i for i, one in enumerate(sums) if abs(one - 1) < 0.01 and max(blocks[i].array.shape) > 1]
    sizes = {len(block.array) if block.array.ndim else 0 for block in blocks}
    if len(weights) != 1 or len(sizes) != 1 or 0 in sizes:
        return None
    names = ["means", "variances"]
    names.insert(weights[0], "weights")
    lists = {name: _joined(name, [block]) for name, block in zip(names, blocks, strict=False)}
    called = [f"{name} (line {block.line})" for name, block in zip(names, blocks, strict=False)]
    finding = (
        f"These lists have no names: they were taken for {', '.join(called[:-1])} and {called[-1]}, as one "
        "alone sums to 1. Give them their names to be sure."
    )
    return Pasted(lists, (finding,), open=frozenset(("variances",)) & set(lists))


def _read(text: str, findings: list[str]) -> Array:
    """A text that holds one list or table and nothing else, as an array of rows."""
    name = "The pasted text"
    if _PLAIN.fullmatch(bare := text.strip("()[] \n").rstrip(".")):
        return np.array([[float(bare)]])
    lines = [re.findall(r"[^\s,;:|]+", line) for line in text.splitlines() if line.strip()]
    if (filled := with_gaps(lines)) is not lines:
        text = "\n".join(" ".join(line) for line in filled)
    raw = read_loose(text.encode("utf-8", "replace"), Reading(name, _WIDE))
    if not len(raw.table):
        raise TableError(f"{name} holds no numbers.")
    columns = [_floats(raw, key, name) for key in raw.table.column_names]
    findings += raw.findings
    if skipped := int(raw.numbers[-1] - raw.numbers[0]) + 1 - len(raw.numbers):
        findings.append(f"{name}: {count(skipped, 'line')} without a number left out; the others close up.")
    return np.stack(columns, axis=1)


def _floats(raw: Raw, key: str, name: str) -> Array:
    """A column as floats, NaN where a value is missing; a `TableError` naming what is no number."""
    column = raw.table[key]
    if is_text(column.type):
        text = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
        found = numbers_in(column, key, raw.numbers, raw.semicolons, codes=False)
        read = found.column.is_valid().to_numpy() & (found.notation is not None)
        missing = pc.is_in(text, value_set=pa.array([*MISSING_WORDS, None], pa.large_string())).to_numpy()
        wrong = ~read & ~missing
        if wrong.any():
            i = int(np.argmax(wrong))
            where = f"row {raw.numbers[i]}" + (f", column {quoted(key)}" if raw.table.num_columns > 1 else "")
            raise TableError(
                f"{name}: {quoted(text[i].as_py())} in {where} is no number. Leave it out, or write nan "
                "where a number is missing."
            )
        if found.notation is None:
            return np.full(len(column), np.nan)
        column = found.column
    with or_say(f"{name}: {quoted(key)} holds no numbers", pa.ArrowException):
        return column.cast(pa.float64()).to_numpy()


# --- What they are for data


def responsibilities_in(pasted: Pasted, n: int, notes: list[str]) -> Array:
    """The responsibilities of n rows, (n, k), whichever way round they came; `notes` says what was done."""
    array = pasted.lists.get("responsibilities", pasted.lists.get(""))
    if array is None or array.ndim != 2:
        raise TableError("No responsibilities were pasted: a row of numbers for each row of the data.")
    if len(array) == n:
        return without_counter(array)
    if array.shape[1] == n:
        notes.append(f"The responsibilities came as {size_of(array)}, and were turned.")
        return np.ascontiguousarray(array.T)
    raise TableError(
        f"The pasted responsibilities are {size_of(array)}, but the data have {count(n, 'row')}. "
        "Paste those of all rows, and choose the data that they belong to."
    )


def changes_in(pasted: Pasted) -> Array | None:
    """Changes of the log-likelihood, (m,), where no history of it stands beside them; else None."""
    history = pasted.lists.get("log_likelihood", pasted.lists.get(""))
    if "changes" in pasted.lists and (history is None or history.size < 2):
        return pasted.lists["changes"].ravel()
    return None


def histories_in(pasted: Pasted, notes: list[str]) -> list[Array]:
    """The log-likelihoods of each run, one after another, (m,) each, NaN for what is missing.

    `notes` says what was done to them. A `TableError` where they are no history.
    """
    if pasted.runs:
        runs = list(pasted.runs)
    else:
        array = pasted.lists.get("log_likelihood", pasted.lists.get(""))
        if array is None or array.ndim != 2:
            raise TableError("No history was pasted: one log-likelihood for each iteration.")
        runs = [_one_column(one, notes) for one in _counted_anew(array)]
        notes[:] = list(dict.fromkeys(notes))
    if len(runs) > 1 and all(len(one) == 1 for one in runs):
        raise TableError(
            f"The pasted log-likelihoods are those of {len(runs)} runs, or of different k, one of each: none "
            "of them follows from another, and nothing can be asked of them. Paste those of all iterations "
            "of one run, or the parameters at its end."
        )
    if all(np.isnan(one).all() for one in runs):
        raise TableError("The pasted history holds no number.")
    if len(runs) < 2 and len(runs[0]) < 2:
        raise TableError("The pasted history has one value. Paste those of at least two iterations.")
    return runs


def is_history(array: Array) -> bool:
    """Whether numbers without a name may be log-likelihoods, one for each iteration."""
    try:
        return bool([_one_column(one, []) for one in _counted_anew(array)])
    except TableError:
        return False


def are_labels(array: Array, n: int) -> bool:
    """Whether numbers without a name may be the groups of n rows: few whole numbers from 0 or 1 on."""
    values = np.unique(array)
    return bool(
        array.size == n
        and 1 < len(values) <= _MOST_LABELS
        and np.array_equal(values - values[0], range(len(values)))
        and values[0] in (0, 1)
    )


def _counted_anew(array: Array) -> list[Array]:
    """A table whose first column counts its rows, and begins anew for each of several runs, run by run."""
    if min(array.shape) < 2 or array[0, 0] not in (0, 1):
        return [array]
    begins = np.flatnonzero(array[:, 0] == array[0, 0])
    runs = np.split(array, begins[1:])
    counts = all((np.diff(one[:, 0]) == 1).all() for one in runs)
    return runs if counts and min(map(len, runs)) > 1 else [array]


def _one_column(array: Array, notes: list[str]) -> Array:
    """The values of a history, whose rows may be counted, and may have their changes beside them."""
    array = without_counter(array)
    if array.shape[1] == 2 and len(array) > 3:
        for one, other in (array.T, array.T[::-1]):
            gaps, changes = np.diff(one), other[1:]
            near = np.abs(np.abs(changes) - np.abs(gaps)) <= _ALIKE * np.nanmax(np.abs(gaps))
            if near.all() and np.ptp(one) > 0:
                notes.append("One column holds the changes of the other from row to row: it was left out.")
                return np.asarray(one)
    if min(array.shape) > 1:
        raise TableError(
            f"The pasted history is {size_of(array)}. Paste one log-likelihood for each iteration, no more; "
            "or write above the columns what they are, as in: iteration loglik seconds."
        )
    return array.ravel()


@dataclass(frozen=True, eq=False)
class Given:
    """Parameters as they were pasted; None for what was not.

    weights : (k,). means : (k, d). variances : (k, d). covariances : (k, d, d), if they are not diagonal, and
    then `variances` are their diagonals. log_likelihood : the one that stood beside them. open : whether the
    name leaves open if `variances` are that or deviations, and the data must tell: then `otherwise` has them.
    """

    weights: Array | None
    means: Array | None
    variances: Array | None
    covariances: Array | None = None
    log_likelihood: float | None = None
    open: bool = False
    otherwise: Array | None = None


def parameters_in(pasted: Pasted, d: int, notes: list[str]) -> Given:
    """The parameters of components in d features; `notes` says what was done to them."""
    lists = pasted.lists
    means = _by_component(lists["means"], d, "means", notes) if "means" in lists else None
    weights = _by_component(lists["weights"], 1, "weights", notes)[:, 0] if "weights" in lists else None
    if weights is not None and abs(weights.sum() - 100) < 0.5 and (weights >= 0).all():
        weights = weights / 100
        notes.append("The weights sum to 100: they were taken for percentages.")
    if weights is not None and means is not None and len(weights) == 1 and len(means) == 2:
        weights = None
        notes.append(
            "One weight was pasted for two components, and which of them has it is not said: it was left out."
        )
    k = len(means) if means is not None else len(weights) if weights is not None else None
    name = next((one for one in _SPREADS if one in lists), "")
    variances, covariances, otherwise = None, None, None
    if name:
        variances, covariances, matrices = _spreads(lists[name], name, d, k, notes)
        if matrices and name == "deviations":
            notes.append("Matrices are no deviations: they were taken for covariances.")
        elif name in pasted.open and not matrices:
            otherwise = variances if name == "deviations" else variances**2
        if name == "deviations" and not matrices:
            variances = variances**2
            notes.append("The deviations were squared, to have variances.")
    if otherwise is not None:
        notes.append(f"{OPEN} The name leaves it open; they were taken for {name}.")
    numbers = {"weight": weights, "mean": means, "variance": variances}
    found = {noun: len(array) for noun, array in numbers.items() if array is not None}
    if not found:
        raise TableError(
            'No parameters were pasted: give them names, as in "means: [1, 2]  variances: [3, 4]".'
        )
    if len(set(found.values())) > 1:
        counted = ", ".join(count(k, noun) for noun, k in found.items())
        raise TableError(
            f"These parameters do not belong together: {counted}. Paste one of each for every component."
        )
    printed = lists.get("log_likelihood")
    beside = None if printed is None or pasted.runs else float(printed.flat[-1])
    if pasted.runs:
        notes.append(
            f"Log-likelihoods of {len(pasted.runs)} runs stand beside the parameters. Which of them is "
            "theirs is not said, so they were not compared."
        )
    return Given(weights, means, variances, covariances, beside, otherwise is not None, otherwise)


def parameter_rounds_in(pasted: Pasted, d: int, notes: list[str]) -> list[Given]:
    """The parameters of each iteration, one after another, as `parameters_in`; of one alone, only those."""
    rounds = [
        replace(pasted, lists=lists, rounds=()) for lists in pasted.rounds if set(lists) & set(PARAMETERS)
    ]
    if not rounds:
        return [parameters_in(pasted, d, notes)]
    return [parameters_in(one, d, notes if one is rounds[-1] else []) for one in rounds]


# What covariances are given by, the plainest first.
_SPREADS = ("variances", "deviations", "precisions", "factors", "precision_factors")
_TURNED = {
    "precisions": "The precisions were inverted, to have covariances.",
    "factors": "The factors L were multiplied, L Lᵀ, to have covariances.",
    "precision_factors": "The factors U were multiplied, U Uᵀ, and inverted, to have covariances.",
}


def _spreads(
    array: Array, name: str, d: int, k: int | None, notes: list[str]
) -> tuple[Array, Array | None, bool]:
    """Variances (k, d) of a list of them, of precisions or factors; (k, d, d) if not diagonal.

    Deviations stay what they are. The last: whether they came as matrices.
    """
    if d > 1 and k is not None and array.shape == (d, d) and (k != d or _is_covariance(array)):
        notes.append("One covariance matrix was taken for that of all components.")
        array = np.repeat(array[np.newaxis], k, axis=0)
    elif k == 1 and array.shape == (d, d) and d > 1:
        array = array[np.newaxis]
    if d > 1 and array.ndim == 2 and array.shape[1] == d * d:
        rows = array.reshape(-1, d, d)
        if np.allclose(rows, rows.swapaxes(1, 2), rtol=1e-6):
            array = rows
            notes.append(f"Rows of {d * d} numbers were taken for matrices of {d} rows and columns.")
    array = _component_first(array, name, d, k, notes)
    matrices = array.ndim == 3 and array.shape[1:] == (d, d) and (d > 1 or name != "deviations")
    if not matrices and d > 1 and k is not None and array.shape in ((k, 1), (1, 1)):
        array = np.repeat(np.repeat(array, k // len(array), axis=0), d, axis=1)
        notes.append("One variance for each component was taken for that of all features.")
    if name in _TURNED:
        notes.append(_TURNED[name])
    if not matrices:
        array = _by_component(array, d, name.replace("_", " "), notes)
        powers = {"precisions": -1, "factors": 2, "precision_factors": -2}
        with np.errstate(all="ignore"):
            return array ** float(powers.get(name, 1)), None, False
    if name in ("factors", "precision_factors"):
        array = np.asarray(array) @ array.swapaxes(1, 2)
    if name in ("precisions", "precision_factors"):
        try:
            array = np.asarray(np.linalg.inv(array), np.float64)
        except np.linalg.LinAlgError:
            raise TableError("A precision has no inverse, so that no covariance belongs to it.") from None
    diagonals = np.array(np.einsum("kii->ki", array))
    off = array - diagonals[:, :, np.newaxis] * np.eye(d)
    if d > 1 and not off.any():
        notes.append(
            "All covariance matrices are diagonal. Were full ones meant, the off-diagonals were dropped: in "
            "the code, or as it printed them."
        )
    return diagonals, array if off.any() else None, True


def _component_first(array: Array, name: str, d: int, k: int | None, notes: list[str]) -> Array:
    """Matrices as (k, d, d), where the component may be the last index, as in Sigma(:,:,1), or the second.

    With as many components as features the shape leaves that open, and what are covariances tells.
    """
    if array.ndim != 3 or d == 1 or not np.isfinite(array).all():
        return array
    orders = {"first": array, "last": np.moveaxis(array, 2, 0), "second": np.moveaxis(array, 1, 0)}
    fitting = {
        index: put for index, put in orders.items() if put.shape[1:] == (d, d) and k in (None, len(put))
    }
    fits = _are_factors if name in ("factors", "precision_factors") else _are_covariances
    index = next((one for one, put in fitting.items() if fits(put)), "")
    if index in ("", "first"):
        only_last = not index and "first" not in fitting and array.shape[1:] != (k, d) and "last" in fitting
        if only_last:
            notes.append(
                f"{_sizes_of(array)} were read with the component as the last index, by their shape."
            )
        return orders["last"] if only_last else array
    what = "triangular" if fits is _are_factors else "symmetric, with eigenvalues above 0,"
    notes.append(
        f"{_sizes_of(array)} are {what} only if the {index} index is the component: they were read so."
    )
    return orders[index]


def _sizes_of(array: Array) -> str:
    return f"The matrices of {' × '.join(map(str, array.shape))} numbers"


def _are_covariances(matrices: Array) -> bool:
    """Whether all of (k, d, d) are symmetric and above 0 in every direction, to a few digits."""
    variances = np.diagonal(matrices, axis1=1, axis2=2)
    if (variances <= 0).any():
        return False
    scales = np.sqrt(variances)[:, :, None] * np.sqrt(variances)[:, None]
    symmetric = (np.abs(matrices - matrices.swapaxes(1, 2)) <= 1e-6 * scales).all()
    return bool(symmetric and np.linalg.eigvalsh(matrices).min() > 0)


def _are_factors(matrices: Array) -> bool:
    """Whether all of (k, d, d) are triangular, to the same side."""
    return not np.triu(matrices, 1).any() or not np.tril(matrices, -1).any()


def _is_covariance(matrix: Array) -> bool:
    """Whether a matrix is symmetric, above 0 in every direction and not diagonal, as a covariance is."""
    return bool(
        np.allclose(matrix, matrix.T, rtol=1e-6) and (matrix - np.diag(np.diag(matrix))).any()
        and np.linalg.eigvalsh(matrix)[0] > 0
    )  # fmt: skip


def size_of(array: Array) -> str:
    return f"{count(len(array), 'row')} of {count(array.shape[1], 'number')}"


def without_counter(array: Array) -> Array:
    """The columns but the first, if that only counts the rows, from 0 or 1."""
    if min(array.shape) < 2 or array[0, 0] not in (0, 1) or (np.diff(array[:, 0]) != 1).any():
        return array
    return array[:, 1:]


def _by_component(array: Array, d: int, name: str, notes: list[str]) -> Array:
    """A list as (k, d); of several, one for each iteration, the last."""
    if array.ndim == 3:
        array = array[-1]
    if d == 1 and min(array.shape) > 1:
        notes.append(f"Of {len(array)} lists of {name}, the last was taken.")
        array = array[-1:]
    if d == 1 or array.shape == (d, 1):
        array = array.reshape(-1, d)
    elif array.shape[1] != d and len(array) == d:
        array = array.T
    if array.shape[1] != d:
        raise TableError(
            f"The {name} are {size_of(array)}, but the data have {count(d, 'feature')}: for each component, "
            f"one row of {count(d, 'number')} is needed."
        )
    return array
