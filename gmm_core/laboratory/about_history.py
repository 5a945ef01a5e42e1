"""What a pasted history of log-likelihoods says about the code that printed it.

Letters: n samples, k components, d features, m values.
"""

from __future__ import annotations

import numpy as np

from gmm_core.engine.arrays import Array
from gmm_core.laboratory import suspects
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import what_is_printed
from gmm_core.laboratory.laws import SMALL_FALL, BrokenLaw, how_it_falls
from gmm_core.laboratory.suspects import (
    COARSE,
    Evidence,
    Faults,
    Search,
    half_units,
    moving_sets,
    printing_sets,
    simplest,
    such_code,
)


def about_history(values: Array, k: int | None, search: Search, evidence: Evidence) -> list[BrokenLaw]:
    """The laws that values (m,), in total or mean per sample, break; what else they say becomes evidence."""
    X, notes = search.X, search.notes
    finite = np.isfinite(values)
    broken = []
    if not finite.all():
        i, others = int(np.argmin(finite)), int((~finite).sum()) - 1
        what = "missing or not a number" if np.isnan(values[i]) else f"{values[i]:g}"
        more = f" (and {others:,} more)" if others else ""
        broken.append(BrokenLaw("finite", f"Value {i + 1} is {what}{more}."))
    if finite.all() and not values.any():
        broken.append(BrokenLaw("printed", f"All {len(values)} values are 0, whatever the parameters were."))
        _add_signs(values, X, evidence)
        return broken
    known = values[finite]
    if len(known) > 1 and (known > 0).all() and (np.diff(known) <= 0).all() and known[0] > known[-1]:
        values = -values
        notes.append("Positive values that never rise were taken for the negative log-likelihood.")
    fall = how_it_falls(values, "The log-likelihood", "at value", first=1, regularised=True)
    if fall:
        broken.append(BrokenLaw("rising", fall))
    _add_signs(values, X, evidence)
    if np.isnan(values).any():
        notes.append("Not a number comes of 0/0, as where a component has lost its points or its extent.")
    if k is None:
        notes.append("Say how many components there are, and the mistakes are tried as well.")
    elif finite.any():
        _compare_history(values, k, search, evidence, bool(fall))
    return broken


def _add_signs(values: Array, X: Array, evidence: Evidence) -> None:
    for name, fault in FAULTS.items():
        evidence.add_sign(name, fault.in_history(values, X))


def _compare_history(values: Array, k: int, search: Search, evidence: Evidence, falls: bool) -> None:
    """What code with mistakes prints from likely starts, in total or mean per sample, beside these values."""
    starts = search.starts(k)
    moving, printing = moving_sets(), printing_sets()
    wanted = min(max(len(values), suspects.MOST), 10 * suspects.MOST)
    most = search.most(k, wanted, len(moving) * len(starts))
    m, half = min(len(values), most), half_units(values)
    finite = np.isfinite(values[:m])
    telling = finite.sum() > 2 and (half[:m] <= COARSE * np.abs(values[:m])[finite].max())[finite].all()
    settled = m > 2 and np.isfinite(values[-2:]).all()
    settled = settled and abs(values[-1] - values[-2]) <= COARSE * abs(values[-1])
    exact: dict[Faults, str] = {}
    ends: dict[Faults, str] = {}
    fallen: dict[Faults, str] = {}
    for done, faults in enumerate(moving):
        search.tell(done / len(moving))
        for name, begin in starts.items():
            runs = [
                [what_is_printed(e.log_joint, e.responsibilities, one) for one in printing]
                for _, e in search.follow(begin, faults, most)
            ]
            for others, printed in zip(printing, np.array(runs).T, strict=False):
                both = tuple(one for one in FAULTS if one in faults or one in others)
                longer = np.append(printed, np.full(most + 2, np.nan))  # not finite after its last step
                for divisor, how in ((1, ""), (len(search.X), ", divided by the number of rows")):
                    for shift in (0, 1):  # some print before the M-step, some after it
                        gaps = np.abs(longer[shift : shift + m] / divisor - values[:m])
                        if telling and (gaps <= half[:m])[finite].all():
                            exact.setdefault(both, name + how)
                    within = max(half[-1], 1e-5 * abs(values[-1]))
                    if settled and abs(longer[most] / divisor - values[-1]) <= within:
                        ends.setdefault(both, name + how)
                drops = (printed[:-1] - printed[1:]) / np.maximum(1.0, np.abs(printed[:-1]))
                if len(both) == 1 and drops.max(initial=0.0) > SMALL_FALL:
                    said = how_it_falls(printed, "it", regularised=False)
                    fallen.setdefault(both, f"What such code prints from {name} falls too: {said}")
    search.tell(1.0)
    for faults in simplest(exact):
        said = f"In all digits that were pasted, {such_code(faults)} prints this from {exact[faults]}."
        evidence.add(faults, "exact", said)
    if not exact:
        for faults in simplest(ends):
            said = f"It ends at {values[-1]:.6g}, where {such_code(faults)} ends from {ends[faults]}."
            evidence.add(faults, "likely", said)
    if falls and not exact and not ends:
        for faults, said in fallen.items():
            evidence.add(faults, "possible", said)
