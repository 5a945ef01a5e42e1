"""The numbers in a text that somebody pasted: lists as Python or numpy print them, logs, tables.

Letters: n samples, k components, d features. Nothing that is pasted is ever executed: it is text, in which
numbers are looked for. How tables and numbers are written, `text` and `numbers` know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gmm_core.engine.arrays import Array
from gmm_core.tables.numbers import MISSING_WORDS, numbers_in
from gmm_core.tables.reading import LIMITS, Raw, Reading, TableError, is_text, or_say
from gmm_core.tables.text import read_loose
from gmm_core.words import count, megabytes, quoted

_ROLES = {
    "log_likelihood": "log_likelihood log_likelihoods loglikelihood loglikelihoods likelihood likelihoods "
    "loglik logl ll lls lower_bound lower_bounds bound elbo",
    "responsibilities": "responsibilities responsibility resp posterior posteriors gamma γ r",
    "weights": "weights weight w pi π priors prior mixing proportions proportion phi φ",
    "means": "means mean mu μ µ centres centre centers center centroids loc",
    "variances": "variances variance vars var covariances covariance covs cov sigma2 sigmas2 σ2 σ² s2",
    "deviations": "deviations deviation sds sd stds std stdev sigma sigmas σ scale scales",
    "iteration": "iteration iterations iter it step epoch",
    "component": "component components cluster clusters class k j",
}
_ROLE_OF = {word: role for role, words in _ROLES.items() for word in words.split()}
_HELPERS = re.compile(r"(array|np|numpy|nan|inf|infinity|none|null|na|float\d*|int\d*)", re.IGNORECASE)
_WORD = re.compile(r"(?<!\w)(?<!\d\.)[^\W\d_]\w*²?")  # not the e of 1e-8 or 1.e-8
_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_INNERMOST = r"\[[^\[\]]+\]"
_R_PLACES = r"(?m)^\s*(\[,\d+\]\s*)+$|^\s*\[\d+,?\](?=\s+[-\d.N])"  # how R numbers what it prints
_AROUND = " \t\r\n:=,;|\"'{}"
_WIDE = replace(LIMITS, columns=20_000)  # (k, n) responsibilities have a column for each row of data


@dataclass(frozen=True, eq=False)
class Pasted:
    """The numbers in a text.

    lists : (rows, columns) each, or (k, d, d) for matrices, NaN for what is missing; by what they are:
        "weights", "means", "variances", "deviations", "log_likelihood", "responsibilities", or "" for numbers
        without a name.
    findings : what was assumed or left out, in sentences.
    """

    lists: dict[str, Array]
    findings: tuple[str, ...] = ()


def read_numbers(text: str) -> Pasted:
    """The numbers in what was pasted: lists as Python or numpy print them, CSV, columns, one number a line.

    Several lists are told apart by their names, as in "means: [24.5 37.6]". A `TableError` says what cannot
    be read, and where.
    """
    if len(text) > LIMITS.printed:
        most = megabytes(LIMITS.printed)
        raise TableError(f"The pasted text has {megabytes(len(text))}; at most {most} can be read.")
    if not text.strip():
        raise TableError("Nothing was pasted. Paste the numbers that your code prints.")
    text = re.sub(r",?\s*dtype\s*=\s*[\w.'\"<>]+|\b((np|numpy|torch)\.)?(array|tensor)\s*\(", "", text)
    text = re.sub(r"float\(\s*['\"]([-+]?\w+)['\"]\s*\)|\b(?:np|numpy|math)\.(nan|inf)\b", r"\1\2", text)
    text = re.sub(_R_PLACES, "", text)
    findings: list[str] = []
    lists: dict[str, list[Array]] = {}
    for role, name, body in _named_lists(text, findings) or [("", "The pasted text", text)]:
        for column_role, array in _read(role, name, body, findings):
            lists.setdefault(column_role, []).append(array)
    if not lists:
        raise TableError("No numbers were found whose name is known, such as means, variances or weights.")
    return Pasted({role: _joined(role, arrays) for role, arrays in lists.items()}, tuple(findings))


def _named_lists(text: str, findings: list[str]) -> list[tuple[str, str, str]]:
    """(role, name for sentences, text) of each list whose name is known; none where no name is."""
    labels: list[list[re.Match[str]]] = []  # words that follow each other without a number between
    for word in _WORD.finditer(text):
        if _HELPERS.fullmatch(word[0]):
            continue
        if labels and not _has_numbers(text[labels[-1][-1].end() : word.start()]):
            labels[-1].append(word)
        else:
            labels.append([word])
    roles = [_roles(label) for label in labels]
    if not any(roles):
        return []
    begin, end = labels[0][0].start(), labels[0][-1].end()
    if len(set(roles[0])) > 1 and not any(roles[1:]) and "\n" not in text[begin:end]:
        return [("table", "The pasted table", text[text.rfind("\n", 0, begin) + 1 :])]
    lists, unknown = [], []
    for i, label in enumerate(labels):
        end = labels[i + 1][0].start() if i + 1 < len(labels) else len(text)
        body = text[label[-1].end() : end].strip(_AROUND)
        if not _has_numbers(body):
            continue
        role = min(roles[i], key=list(_ROLES).index, default="")
        if role == "iteration" and len(values := re.split(r"[\s:,;|=>]+", body)) == 2:
            lists.append(("log_likelihood", "The pasted history", values[1]))  # after the counter
        elif role not in ("", "iteration", "component"):
            lists.append((role, f"The list {quoted(label[-1][0])}", body))
        elif not role:
            unknown.append(label[-1][0])
    if unknown:
        findings.append(f"Left out, as that name is not known: the numbers after {quoted(unknown[0])}.")
    return lists


def _roles(label: Sequence[re.Match[str]]) -> list[str]:
    """The roles that the words of a label name; mu1 and mu_1 are mu."""
    words = [word[0].lower().rstrip("_") for word in label]
    known = [word if word in _ROLE_OF else re.sub(r"_?\d+$", "", word) for word in words]
    return [_ROLE_OF[word] for word in known if word in _ROLE_OF]


def _has_numbers(text: str) -> bool:
    return re.search(r"\d|\b(nan|inf)\b", text, re.IGNORECASE) is not None


def _read(role: str, name: str, body: str, findings: list[str]) -> Iterator[tuple[str, Array]]:
    """The array in the text of a list; of a table, one for each column whose name is known."""
    if _PLAIN.fullmatch(plain := body.strip("()[] ").rstrip(".")):
        yield role, np.array([[float(plain)]])
        return
    if role in ("", "log_likelihood"):
        body = _with_gaps(body)
    if "[" in body and role not in ("", "table"):
        body = body[: body.rfind("]") + 1] or body
    matrices = 0
    if re.search(r"\[\s*\[\s*\[", body):
        matrices = len(re.findall(r"\]\s*\]", body))
        body = f"[{' '.join(re.findall(_INNERMOST, body))}]"
    raw = read_loose(body.encode("utf-8", "replace"), Reading(name, _WIDE))
    if not len(raw.table):
        raise TableError(f"{name} holds no numbers.")
    columns = {key: _floats(raw, key, name) for key in raw.table.column_names}
    if role in ("", "table"):
        findings += raw.findings
    if skipped := int(raw.numbers[-1] - raw.numbers[0]) + 1 - len(raw.numbers):
        findings.append(f"{name}: {count(skipped, 'line')} without a number left out; the others close up.")
    if role == "table":
        for key, column in columns.items():
            for found in _roles(list(_WORD.finditer(key)))[:1]:
                yield found, column[:, np.newaxis]
        return
    array = np.stack(list(columns.values()), axis=1)
    if matrices and len(array) % matrices == 0:
        yield role, array.reshape(matrices, -1, array.shape[1])
    else:
        yield role, array


def _with_gaps(body: str) -> str:
    """A list whose lines are counted, from 0 or 1: a line with nothing but its number has no value, nan."""
    lines = [re.findall(r"[^\s,;:|]+", line) for line in body.splitlines() if line.strip()]
    counted = [str(i) for i in range(len(lines) + 1)]
    firsts = [line[0] for line in lines if line]
    if {len(line) for line in lines} != {1, 2} or firsts not in (counted[:-1], counted[1:]):
        return body
    return "\n".join(" ".join(line if len(line) == 2 else [*line, "nan"]) for line in lines)


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


def _joined(role: str, arrays: list[Array]) -> Array:
    """What several lists of the same name are together: one below the other."""
    if len(arrays) == 1:
        return arrays[0]
    if len({array.shape for array in arrays}) > 1:
        raise TableError(f"The lists named {quoted(role)} differ in length. Paste one for each component.")
    if arrays[0].shape[1] == 1:
        return np.concatenate([array.T for array in arrays])
    return np.stack(arrays)


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


def history_in(pasted: Pasted) -> Array:
    """The log-likelihoods one after another, (m,), NaN for what is missing."""
    array = pasted.lists.get("log_likelihood", pasted.lists.get(""))
    if array is None or array.ndim != 2:
        raise TableError("No history was pasted: one log-likelihood for each iteration.")
    array = without_counter(array)
    if min(array.shape) > 1:
        raise TableError(
            f"The pasted history is {size_of(array)}. Paste one log-likelihood for each iteration, no more."
        )
    values = array.ravel()
    if np.isnan(values).all():
        raise TableError("The pasted history holds no number.")
    if len(values) < 2:
        raise TableError("The pasted history has one value. Paste those of at least two iterations.")
    return values


@dataclass(frozen=True, eq=False)
class Given:
    """Parameters as they were pasted; None for what was not.

    weights : (k,). means : (k, d). variances : (k, d). covariances : (k, d, d), if they are not diagonal, and
    then `variances` are their diagonals. log_likelihood : the one that stood beside them.
    """

    weights: Array | None
    means: Array | None
    variances: Array | None
    covariances: Array | None = None
    log_likelihood: float | None = None


def parameters_in(pasted: Pasted, d: int, notes: list[str]) -> Given:
    """The parameters of components in d features; `notes` says what was done to them."""
    lists = pasted.lists
    means = _by_component(lists["means"], d, "means", notes) if "means" in lists else None
    weights = _by_component(lists["weights"], 1, "weights", notes)[:, 0] if "weights" in lists else None
    name = "variances" if "variances" in lists else "deviations"
    variances, covariances = lists.get(name), None
    if variances is not None:
        if variances.ndim == 3 and variances.shape[1:] == (d, d):
            diagonals = np.array(np.einsum("kii->ki", variances))
            off = variances - diagonals[:, :, np.newaxis] * np.eye(d)
            variances, covariances = diagonals, variances if off.any() else None
        elif d > 1 and means is not None and variances.shape == (len(means), 1):
            variances = np.repeat(variances, d, axis=1)
            notes.append("One variance for each component was taken for that of all features.")
        variances = _by_component(variances, d, name, notes)
        if name == "deviations":
            variances = variances**2
            notes.append("The deviations were squared, to have variances.")
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
    return Given(weights, means, variances, covariances, None if printed is None else float(printed.flat[-1]))


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
