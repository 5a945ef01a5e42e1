"""Which mistakes the audit names from the final parameters alone: a table of mistake against diagnosis.

    python tests/benchmarks/audit.py                    every mistake, 1, 2 and 5 features, 2 to 4 components
    python tests/benchmarks/audit.py --every 4          a quarter of the cases
    python tests/benchmarks/audit.py --only no_half     those whose name has that in it
    python tests/benchmarks/audit.py --minutes 40       as many as are done in that time
    python tests/benchmarks/audit.py --after no_half    those that come after it: to go on where that ended
    python tests/benchmarks/audit.py --correct 300      correct programs, which must not be blamed
    python tests/benchmarks/audit.py --time             how long an answer takes for 1,000 rows

A run has its mistake from random rows on, until it stays or 400 iterations are over; its weights, means and
covariances are printed with 8 digits, read as anything that is pasted, and judged. Named: the mistake stands
first or as likely as the first. No trace: correct EM stays there as well, to all digits, so that nobody could
tell. Led there: the numbers are not finite, variances are 0 or components equal, and the mistake is among
those that are said to lead there. Lost: they are not finite, or variances are 0, and it is not among them.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core.engine.covariance import FAMILIES
from gmm_core.laboratory.audit.lost import is_lost
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step, held_to
from gmm_core.laboratory.laws import Parameters
from gmm_core.laboratory.pieces import widened
from gmm_core.tables.pasted import read_numbers

CASES = [
    (d, k, family)
    for d in (1, 2, 5)
    for k in (2, 3, 4)
    for family in ("diag", "full")
    if d > 1 or family == "diag"
]
ENDS = ("named", "other name", "no trace", "not named", "led there", "lost")


def data(n, d, k, rng):
    """Groups of different size and shape that overlap."""
    sizes = rng.multinomial(n - 10 * k, rng.dirichlet(np.full(k, 5.0))) + 10
    groups = [rng.normal(size=(m, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d) for m in sizes]
    return np.concatenate(groups)


def first(X, k, kind, rng):
    """Where a program begins: random rows, with the variances of all."""
    start = np.tile(X.var(axis=0), (k, 1))
    if kind.matrices and X.shape[1] > 1:
        start = start[:, :, None] * np.eye(X.shape[1])
    weights = np.full(k, 1 / k)
    return Parameters(weights, X[rng.choice(len(X), k, replace=False)], held_to(kind, start, weights))


def end(X, k, family, faults, rng, most=400, reg_covar=0.0, dtype=float):
    """Where such a program ends; the first numbers that are not finite, where it comes to some."""
    X, kind = X.astype(dtype).astype(float), FAMILIES[family]
    now = first(X, k, kind, rng)
    for _ in range(most):
        R = faulty_e_step(X, now, faults).responsibilities.astype(dtype).astype(float)
        after = faulty_m_step(X, R, now, faults, family=kind)
        after = Parameters(
            *(
                values.astype(dtype).astype(float)
                for values in (after.weights, after.means, widened(after.variances, reg_covar))
            )
        )
        if not all(np.isfinite(values).all() for values in vars(after).values()):
            return after
        moved = max(
            np.abs(a - b).max() for a, b in zip(vars(after).values(), vars(now).values(), strict=True)
        )
        now = after
        if moved <= 1e-12:
            break
    return now


def text_of(parameters, digits=8):
    """Parameters as a program prints them."""
    with np.printoptions(precision=digits, threshold=10**9):
        return (
            f"weights = {parameters.weights}\nmeans = {parameters.means}\ncovariances = "
            f"{parameters.variances}\n"
        )


def judged(X, parameters, digits=8):
    return diagnose(read_numbers(text_of(parameters, digits)), X, "parameters")


def lowest(there):
    """The lowest variance, or eigenvalue of a covariance."""
    spread = there.variances
    return (np.linalg.eigvalsh(spread) if spread.ndim == 3 else spread).min()


def outcome(name, X, k, family, rng):
    """What became of a mistake: one of `ENDS`, and what was said."""
    there = end(X, k, family, (name,), rng)
    found = judged(X, there)
    said = " ".join((found.headline, *found.notes))
    named = any(one.faults == (name,) for one in found.suspects) or FAULTS[name].title in said
    if is_lost(there) or not lowest(there) > 0:
        return "led there" if named else "lost", found.headline
    if "equal components never" in found.headline:
        return "led there" if named else "no trace", found.headline
    told = [one for one in found.suspects if one.faults]
    if any(one.faults == (name,) for one in told):
        return "named", ""
    if told and told[0].certainty != "possible":
        return "other name", " + ".join(told[0].faults)
    if found.verdict == "right":
        return "no trace", found.headline
    return "not named", found.headline


def mistakes(only, seeds, n, every=1, minutes=np.inf, after=""):
    counts, others = {}, {}
    begun = time.monotonic()
    names = [name for name, fault in FAULTS.items() if fault.moves and only in name]
    for name in names[names.index(after) + 1 if after else 0 :]:
        if time.monotonic() - begun > 60 * minutes:
            print(f"ended after {minutes:g} minutes, before {name}")
            break
        counts[name], others[name] = Counter(), Counter()
        for d, k, family in CASES[::every]:
            for seed in range(seeds):
                rng = np.random.default_rng([seed, d, k, len(family)])
                what, said = outcome(name, data(n, d, k, rng), k, family, rng)
                counts[name][what] += 1
                if what in ("other name", "not named", "lost"):
                    others[name][f"{d}-D k={k} {family}: {said[:110]}"] += 1
        row = "".join(f"{counts[name][one]:11}" for one in ENDS)
        print(f"{name:26}{row}", flush=True)
        for said, times in others[name].most_common(3):
            print(f"      {times} x {said}", flush=True)
    total = sum(counts.values(), Counter())
    seen = sum(total[one] for one in ("named", "other name", "not named"))
    print(f"{'all':26}{''.join(f'{total[one]:11}' for one in ENDS)}")
    gone = total["led there"] + total["lost"]
    print(f"of {gone} that are not finite, or equal: {total['led there']} named among what leads there")
    print(
        f"of {seen} with a trace: {total['named'] / seen:.1%} named, {total['other name'] / seen:.1%} "
        "a wrong name"
    )
    return total


def prints_of(X, k, family, faults, rng, there, digits):
    """What people may print of such a program, by kind; `there` is where it is."""
    kind = FAMILIES[family]
    with np.printoptions(precision=digits, threshold=10**9):
        R = faulty_e_step(X, there, faults).responsibilities
        after = faulty_m_step(X, R, there, faults, family=kind)
        again = faulty_e_step(X, after, faults).responsibilities
        yield "parameters", text_of(there, digits)
        yield "responsibilities", f"responsibilities = {R}\n"
        yield (
            "two iterations",
            (
                f"{text_of(there, digits)}responsibilities = {R}\n"
                f"{text_of(after, digits)}responsibilities = {again}\n"
            ),
        )
        yield "two sets", text_of(there, digits) + text_of(after, digits)
        yield "history", "\n".join(f"{value:.{digits}f}" for value in history(X, k, kind, faults, rng))


def history(X, k, kind, faults, rng, most=30):
    """What a program prints from random rows on."""
    now = first(X, k, kind, rng)
    for _ in range(most):
        there = faulty_e_step(X, now, faults)
        if not np.isfinite(there.printed):
            return
        yield there.printed
        now = faulty_m_step(X, there.responsibilities, now, faults, family=kind)


def correct(runs, n):
    """Correct programs of all families, with and without reg_covar, float32 included, some ended early.

    The features of every other have scales up to 1 : 1e4. All that people may print of them is judged.
    """
    verdicts = Counter()
    for i in range(runs):
        rng = np.random.default_rng([7, i])
        d, k = int(rng.choice((1, 2, 5))), int(rng.integers(2, 5))
        family = str(rng.choice(list(FAMILIES)))
        if d == 1:
            family = FAMILIES[family].with_one_feature
        reg_covar, single = float(rng.choice((0, 1e-6, 1e-4, 1e-3, 1e-2))), bool(rng.integers(2))
        most = int(rng.choice((5, 30, 400)))
        X = data(n, d, k, rng)
        if i % 2:
            X *= 10.0 ** rng.uniform(0, 4, d)
        there = end(X, k, family, (), rng, most, reg_covar, np.float32 if single else float)
        if is_lost(there):
            verdicts["ended"] += 1
            continue
        digits = 8 if single else int(rng.choice((3, 5, 8, 16)))
        for what, text in prints_of(X, k, family, (), rng, there, digits):
            if reg_covar and what.startswith("two"):
                continue  # the second would be without reg_covar
            found = diagnose(read_numbers(text), X, None if what.startswith("two") else what)
            verdicts[f"{what}: {found.verdict}"] += 1
            if found.verdict == "wrong":
                print(
                    f"blamed: {i} {what} {d}-D k={k} {family} reg={reg_covar:g} float32={single} "
                    f"most={most} digits={digits} | {found.headline[:200]}",
                    flush=True,
                )
    print(f"correct programs, {runs} runs:")
    for what, times in sorted(verdicts.items()):
        print(f"    {what}: {times}")
    return verdicts


def timed():
    for d, k, family in ((2, 3, "diag"), (2, 3, "full"), (5, 4, "full")):
        rng = np.random.default_rng(0)
        X = data(1000, d, k, rng)
        for name in ("", "no_half", "old"):
            faults = (name,) if name in FAULTS else ()
            there = end(X, k, family, faults, rng, 3 if name == "old" else 400)
            begin = time.perf_counter()
            found = judged(X, there)
            took = time.perf_counter() - begin
            print(
                f"1,000 rows, {d}-D, k={k}, {family}: {took:.2f} s | {found.verdict}: {found.headline[:90]}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--every", type=int, default=1, help="take one case in so many, for a quick look")
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument(
        "--minutes", type=float, default=np.inf, help="begin with no other mistake after them"
    )
    parser.add_argument("--after", default="", help="the name of the mistake that was the last one done")
    parser.add_argument("--correct", type=int, default=0)
    parser.add_argument("--time", action="store_true")
    asked = parser.parse_args()
    if asked.time:
        timed()
    elif asked.correct:
        correct(asked.correct, asked.rows)
    else:
        print(f"{'':26}{''.join(f'{one:>11}' for one in ENDS)}")
        mistakes(asked.only, asked.seeds, asked.rows, asked.every, asked.minutes, asked.after)
