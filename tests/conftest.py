"""What all tests share: threads, patience, what is quick, and the order in which files are run."""

# ruff: noqa: E402 (the threads are set first)

import os
import subprocess
import sys
from collections import Counter

for _library in ("OMP", "OPENBLAS", "MKL"):
    # As in the app; else two workers would fight for the cores. Heeded only before numpy is imported.
    os.environ[f"{_library}_NUM_THREADS"] = "1"

from pathlib import Path
from time import thread_time

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

# No test may depend on how busy the machine is.
settings.register_profile(
    "any machine", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

HERE = Path(__file__).parent
NUMBERS = (HERE / "core" / "engine", HERE / "core" / "judgement")
RULES = HERE / "test_project.py"
BROWSER = HERE / "browser"


@pytest.fixture(autouse=True, scope="session")
def patient_searches():
    """A search that ends after a second of computing has ten: beside other work one second is less."""
    with pytest.MonkeyPatch.context() as patch:
        clock = "gmm_core.laboratory.audit.evidence.thread_time"
        patch.setattr(clock, lambda: thread_time() / 10)
        yield


@pytest.fixture(autouse=True)
def own_print_options():
    """How numpy prints is a test's own: a script that one of them runs may set it."""
    with np.printoptions():
        yield


# Two processes of a dask cluster, as somebody would start them; they end with their standard input.
CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def serve_cluster(tmp_path):
    """A function that starts a dask cluster which knows modules in some folders, and what this library has:
    its address, and its process.
    """
    (tmp_path / "serve.py").write_text(CLUSTER)
    started = []

    def serve(*folders, **settings):
        process = subprocess.Popen(
            [sys.executable, str(tmp_path / "serve.py")],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (HERE.parent, *folders)))} | settings,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process.stdout.readline().strip(), process

    yield serve
    for process in started:
        process.kill()
        process.communicate()


def pytest_ignore_collect(collection_path, config):
    """For what is quick, all else need not even be imported."""
    wanted = (RULES, *NUMBERS)
    is_there = any(path in (collection_path, *collection_path.parents) for path in wanted)
    leads_there = any(collection_path in path.parents for path in wanted)
    return True if config.option.markexpr == "quick" and not (is_there or leads_there) else None


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by `-m`
def pytest_collection_modifyitems(items):
    """Lint, types and the numbers of engine and judgement are quick, where not marked slow. The browser comes
    first, as it waits much: somebody should work meanwhile."""
    for item in items:
        quick = any(path in (item.path, *item.path.parents) for path in (RULES, *NUMBERS))
        if quick and item.get_closest_marker("slow") is None:
            item.add_marker("quick")
    items.sort(key=lambda item: BROWSER not in item.path.parents)


def pytest_terminal_summary(terminalreporter):
    """How long each worker was busy: one that idled at the end could have taken more."""
    busy = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "worker_id"):
                busy[report.worker_id] += report.duration
    if busy:
        said = (f"{worker} for {seconds:.0f} s" for worker, seconds in sorted(busy.items()))
        terminalreporter.write_line(f"Busy: {', '.join(said)}")
