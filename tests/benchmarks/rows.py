"""Rows that do not fit: the memory of a fit to a folder of Parquet, and its time beside rows in memory.

    python tests/benchmarks/rows.py               # 100,000,000 rows of two columns, k = 3, 10 iterations
    python tests/benchmarks/rows.py 5             # so many million

Both fits run in a process of their own, from the same start. The files, 16 bytes a row, go to the folder for
temporary files, and are deleted. Times are those of a row and pass; in memory, 5 million rows are fitted.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))

ITERATIONS = 10
IN_A_FILE = 5_000_000
MEANS = np.array([[0.0, 0.0], [4.0, 3.0], [-5.0, 4.0]])


def drawn(n, seed):
    rng = np.random.default_rng(seed)
    return MEANS[rng.choice(3, n, p=[0.5, 0.3, 0.2])] + rng.normal(size=(n, 2)) * [1.0, 1.5]


def written(folder, n):
    for i, first in enumerate(range(0, n, IN_A_FILE)):
        X = drawn(min(IN_A_FILE, n - first), i)
        table = pa.table({"x": X[:, 0], "y": X[:, 1]})
        pq.write_table(table, Path(folder) / f"{i:03}.parquet", compression="none", use_dictionary=False)


def peak():
    """Megabytes that this process had at most; what `getrusage` says is inherited from the process before."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


def fitted(what, folder):
    """In a process of its own: megabytes, and nanoseconds for a row and pass."""
    from gmm_core import Mixture, fit, rows_of

    X = rows_of(folder) if what == "folder" else drawn(IN_A_FILE, 0)
    start = Mixture(np.full(3, 1 / 3), MEANS + 1, np.tile(np.eye(2), (3, 1, 1)))
    begun = peak()
    times = []
    for iterations in (1, 1 + ITERATIONS):
        since = time.perf_counter()
        trace = fit(X, 3, start=start, max_iter=iterations, tol=0)
        times.append(time.perf_counter() - since)
    n = sum(trace.steps[-1].counts)
    print(begun, peak(), 1e9 * (times[1] - times[0]) / ITERATIONS / n, *trace.mixture.means.ravel())


def main(millions):
    with tempfile.TemporaryDirectory() as folder:
        written(folder, int(1e6 * millions))
        found = {}
        for what in ("memory", "folder"):
            told = subprocess.run(
                [sys.executable, __file__, what, folder], capture_output=True, text=True, check=True
            )
            found[what] = [float(number) for number in told.stdout.split()]
    for what, (begun, most, each, *_) in found.items():
        print(
            f"{what:<8} {each:7.1f} ns a row and pass, {most:8,.0f} MB at most, {begun:,.0f} before the fit"
        )
    print(f"{found['folder'][2] / found['memory'][2]:.2f} times the time in memory (asked: at most 2)")


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("memory", "folder"):
        fitted(*sys.argv[1:3])
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else 100)
