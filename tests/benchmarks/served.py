"""What a server needs over a day: memory after many experiments, and what a second process is worth.

    python tests/benchmarks/served.py memory     # of the server and its processes, every 50 experiments
    python tests/benchmarks/served.py map        # the map of Choose k, one task at once and two

For "memory", ten visitors come one after another and try 50 experiments each on Explore, no two the same.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

import psutil
from crowd import BLOBS, server, visit

sys.path.insert(0, str(Path(__file__).parents[2]))

from gmm_core import make_blobs_data
from gmm_core.judgement import selection
from pages.ui.runs import processes
from pages.ui.runs.work.tasks import ON_ITERATION


def needed(process: psutil.Process) -> float:
    """Megabytes that a server and its processes have for themselves."""
    return sum(one.memory_full_info().uss for one in (process, *process.children(recursive=True))) / 1e6


def memory(n: int = 500, each: int = 50) -> None:
    print("experiments   server MB   with its processes   largest wait of the last, s")
    with server() as (address, process):
        for first in range(0, n, each):
            queries = [f"{BLOBS}&dataseed={i}&k={2 + i % 5}" for i in range(first, first + each)]
            waited = asyncio.run(visit(address, "", queries, 0))
            wrong = {one.wrong for one in waited} - {""}
            own = process.memory_full_info().uss / 1e6
            longest = max(one.whole for one in waited)
            print(
                f"{first + each:11} {own:11.0f} {needed(process):20.0f} {longest:12.2f} {wrong or ''}",
                flush=True,
            )


def the_map() -> None:
    X = make_blobs_data(250, 4, cluster_std=1.5, n_features=2, random_state=0).X
    seconds = {}
    for workers in (1, 2):
        os.environ[processes.SETTING] = str(workers)
        processes.start()
        spread = processes.mapped(lambda _: None, ON_ITERATION)
        list(
            selection.fits(X[:100], [1, 2], n_starts=1, mapped=spread)
        )  # what a process imports is not counted
        begun = time.perf_counter()
        found = [one.bic for one in selection.fits(X, range(1, 11), n_starts=5, mapped=spread)]
        seconds[workers] = time.perf_counter() - begun
        processes.end()
        print(f"{workers} at once: {seconds[workers]:.2f} s for {len(found)} fits")
    print(f"{seconds[1] / seconds[2]:.2f} times as fast (wanted: 1.7)")


if __name__ == "__main__":
    for name in sys.argv[1:] or ("memory", "map"):
        {"memory": memory, "map": the_map}[name]()
