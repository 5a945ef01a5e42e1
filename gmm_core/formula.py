"""Known groups by a formula such as `x2 > sin(x1)`: read by a parser, and never executed.

Of Python's syntax only what `KNOWN` lists means anything; all of it is arithmetic on whole columns of
floating-point numbers, so that no formula takes longer than a few passes over the rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from unicodedata import normalize

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gmm_core.datasets import NO_LABEL
from gmm_core.engine.arrays import Array
from gmm_core.words import quoted

MOST_CHARACTERS = 200
MOST_DEPTH = 30  # of what stands within something else
MOST_EXPONENT = 10
MOST_GROUPS = 20
EXAMPLE = "x2 > sin(x1)"
_ALPHABET = re.compile(r"[\w\s.+*/()<>=!,-]*")

FUNCTIONS: Mapping[str, Callable[[Array], Array]] = {
    "sin": np.sin,
    "cos": np.cos,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Array, Array], NDArray[np.bool_]]] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
KNOWN = f"+ - * / **, < <= > >= == !=, and, or, not, and {', '.join(FUNCTIONS)} of one thing"


class FormulaError(ValueError):
    """A formula that cannot be used; the message is a sentence for the user."""


class _Value(NamedTuple):
    """Numbers (n,) or (); or truths, of which 1 is true, 0 is false and NaN is not known."""

    numbers: Array
    truth: bool


def groups_by(formula: str, X: ArrayLike, names: Sequence[str] = ()) -> NDArray[np.int64]:
    """The group of each row of X (n, d), by a formula of its columns: (n,), `NO_LABEL` where not known.

    A formula that is true or false makes groups 1 and 0; one that is a whole number, from 0 to 19, that
    group. Columns are x1 to xd, or what `names` calls them, where that is a name in Python. A row is not
    known where a value is missing, or has no such number, as the logarithm of -1.

    Raises `FormulaError` for all else.
    """
    X = np.asarray(X, dtype=np.float64)
    columns = {f"x{j + 1}": X[:, j] for j in range(X.shape[1])}
    columns |= {normalize("NFKC", name): X[:, j] for j, name in enumerate(names) if name.isidentifier()}
    value = _Reader(columns).read(formula)
    found = np.broadcast_to(value.numbers, len(X))
    known = ~np.isnan(found)
    groups = found[known]
    odd = groups[(groups != np.rint(groups)) | (groups < 0) | (groups >= MOST_GROUPS)]
    if len(odd):
        raise FormulaError(
            f"A formula of groups is true or false, as {EXAMPLE}, or a whole number from 0 to "
            f"{MOST_GROUPS - 1}; this one is {odd[0]:.4g} in a row."
        )
    labels = np.full(len(X), NO_LABEL, dtype=np.int64)
    labels[known] = groups
    return labels


class _Reader:
    """What a formula says of these columns, by their names."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self.columns, self.formula = columns, ""

    def read(self, formula: str) -> _Value:
        """The value of a whole formula."""
        if len(formula) > MOST_CHARACTERS:
            raise FormulaError(
                f"A formula has at most {MOST_CHARACTERS} characters; this one has {len(formula):,}."
            )
        if odd := _ALPHABET.sub("", formula):
            raise self._not_understood(odd[0])
        self.formula = " ".join(formula.split())
        try:
            tree = ast.parse(self.formula, mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            raise self._not_understood(self.formula) from None
        with np.errstate(all="ignore"):
            return self._value(tree, 0)

    def _value(self, node: ast.expr, depth: int) -> _Value:
        if depth > MOST_DEPTH:
            raise FormulaError(f"In a formula at most {MOST_DEPTH} things stand within each other.")
        deeper = depth + 1
        match node:
            case ast.Constant(value=bool() | int() | float() as number):
                return _Value(np.asarray(float(number)), isinstance(number, bool))
            case ast.Name(id=name) if name in self.columns:
                return _Value(self.columns[name], False)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
                numbers = self._value(operand, deeper).numbers
                return _Value(-numbers if isinstance(node.op, ast.USub) else numbers, False)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return _Value(1 - self._truth(operand, deeper), True)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _ARITHMETIC:
                first, second = self._value(left, deeper).numbers, self._value(right, deeper).numbers
                if isinstance(op, ast.Pow) and not (second.ndim == 0 and abs(second) <= MOST_EXPONENT):
                    raise FormulaError(
                        f"The exponent {self._said(right)} is too much for a formula: it is a number from "
                        f"-{MOST_EXPONENT} to {MOST_EXPONENT}, as in x1**2."
                    )
                return _Value(_ARITHMETIC[type(op)](first, second), False)
            case ast.BoolOp(op=op, values=parts):
                # Where one of them is not known, neither is the whole.
                join = np.minimum if isinstance(op, ast.And) else np.maximum
                whole = self._truth(parts[0], deeper)
                for part in parts[1:]:
                    whole = join(whole, self._truth(part, deeper))
                return _Value(whole, True)
            case ast.Compare(left=left, ops=ops, comparators=others):
                if all(type(op) in _COMPARISONS for op in ops):
                    return _Value(self._compared([left, *others], ops, deeper), True)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
                return _Value(FUNCTIONS[name](self._value(argument, deeper).numbers), False)
        raise self._not_understood(self._segment(node))

    def _truth(self, node: ast.expr, depth: int) -> Array:
        value = self._value(node, depth)
        if not value.truth:
            raise FormulaError(
                f"In the formula, {self._said(node)} is a number; *and*, *or* and *not* are of what is true "
                "or false, such as x1 > 0."
            )
        return value.numbers

    def _compared(self, parts: Sequence[ast.expr], ops: Sequence[ast.cmpop], depth: int) -> Array:
        """As Python has it: each with the next, and all of it is true. (n,), NaN where not known."""
        numbers = [self._value(part, depth).numbers for part in parts]
        whole: Array = np.asarray(1.0)
        for op, first, second in zip(ops, numbers[:-1], numbers[1:], strict=True):
            unknown = np.isnan(first) | np.isnan(second)
            whole = np.minimum(whole, np.where(unknown, np.nan, _COMPARISONS[type(op)](first, second)))
        return whole

    def _segment(self, node: ast.expr) -> str:
        return ast.get_source_segment(self.formula, node) or self.formula

    def _said(self, node: ast.expr) -> str:
        return quoted(self._segment(node))

    def _not_understood(self, what: str) -> FormulaError:
        return FormulaError(
            f"The formula cannot be read: {quoted(what)} is not understood. It is of {self._names()}, "
            f"numbers, {KNOWN}, such as {EXAMPLE}."
        )

    def _names(self) -> str:
        names = list(self.columns)
        return ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:4])}, …, {names[-1]}"
