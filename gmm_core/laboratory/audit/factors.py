"""Numbers that people multiply or divide by: what a constant factor between two results may be.

Letters: n samples, k components, d features.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

BATCHES = (16, 20, 25, 32, 50, 64, 100, 128, 200, 250, 256, 500, 512, 1000, 1024, 2048, 4096)


class Factor(NamedTuple):
    """A factor, what it is in words that follow a comma, and how far-fetched it is.

    far : 0 for what everybody prints, 1 for a number to divide by, 2 for two things at once.
    """

    value: float
    said: str
    far: int = 1


def _divisors(n: int, k: int, d: int) -> dict[str, float]:
    """What results are divided by, by its name."""
    found: dict[str, float] = {
        f"n_features ({d})": d,
        f"n_components ({k})": k,
        f"n ({n:,}), the number of rows": n,
        "n − 1": n - 1,
        f"n times n_features ({n * d:,})": n * d,
        f"n times n_components ({n * k:,})": n * k,
    }
    for size in BATCHES:
        if size < n:
            batches = -(-n // size)
            whole = "" if n % size == 0 else ", the last not full"
            found[f"{batches}, the number of batches of {size} rows{whole}"] = batches
            if n % size:
                found[f"{n // size}, the number of full batches of {size} rows"] = n // size
    return {said: value for said, value in found.items() if value > 1}


def factors(n: int, k: int, d: int) -> list[Factor]:
    """The known factors, the plainest first: divided by a number, times a small one, another logarithm.

    Where several names have one value, they are one factor with all of them.
    """
    plain = {"": 1.0, "times minus 1": -1.0, "as log10": 1 / np.log(10), "as log2": 1 / np.log(2)}
    doubled = {"times 2, as the deviance is": 2.0, "times minus 2, the deviance": -2.0}
    by_value: dict[float, list[str]] = {}
    for of, number in _divisors(n, k, d).items():
        by_value.setdefault(number, []).append(of)
    divided = {"divided by " + _either(said): 1 / value for value, said in by_value.items()}
    found = [Factor(value, said, 0) for said, value in plain.items()]
    found += [Factor(value, said) for said, value in (doubled | divided).items()]
    for said, value in divided.items():
        far = 0 if value == 1 / n else 2
        found += [
            Factor(value * more, f"{said}, {also}", max(far, 1))
            for also, more in (plain | doubled).items()
            if also
        ]
    found += [
        Factor(-value, f"{said}, times minus 1", 2) for said, value in plain.items() if said[:2] == "as"
    ]
    return sorted(found, key=lambda one: one.far)


def _either(names: list[str]) -> str:
    """Names of one and the same number."""
    if len(names) == 1:
        return names[0]
    return f"{names[0]} (or {', or '.join(names[1:3])}: the same number here)"


def spread_factors(n: int, k: int, d: int) -> list[Factor]:
    """What all variances may be multiplied by at once."""
    found = [Factor(2.0, "times 2"), Factor(0.5, "divided by 2"), Factor(n / (n - 1), "times n / (n − 1)")]
    found.append(Factor((n - 1) / n, "times (n − 1) / n"))
    for said, value in (
        (f"n_features ({d})", d),
        (f"n_components ({k})", k),
        (f"n ({n:,}), the number of rows", n),
    ):
        if value > 1:
            found += [Factor(1 / value, f"divided by {said}"), Factor(float(value), f"times {said}")]
    return found


def named(value: float, among: list[Factor], within: float) -> Factor | None:
    """The factor that a value is, within a share of it: the plainest, with another that is as plain."""
    near = [one for one in among if abs(value / one.value - 1) <= within]
    if not near:
        return None
    first = near[0]
    others = [one.said for one in near[1:] if one.far == first.far and one.said]
    return first._replace(said=f"{first.said} (or {others[0]}: nearly the same number)") if others else first
