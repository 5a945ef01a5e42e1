"""A class presses at once: how long each visitor waits, over Streamlit's own websocket.

    python tests/benchmarks/crowd.py            # all of the table
    python tests/benchmarks/crowd.py check      # the lines whose name holds that word

It starts a server for each line, so nothing is cached. A visitor opens a page, and is done when its
script has finished; "first" is when something of it, such as how far the work is, is on the screen; "cpu"
is what the server and its processes computed, in seconds, which depends less on what else a machine does.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

ROOT = Path(__file__).parents[2]
PATIENCE = 180  # seconds
BLOBS = "data=blobs&n=100&blobs=3&std=1.5"  # 300 rows


class Waited(NamedTuple):
    """How long a visitor waited, in seconds: for anything of the page, and for all of it; what went wrong."""

    first: float
    whole: float
    wrong: str


class Crowd(NamedTuple):
    """Some who come within so many seconds, each with the queries of the settings that they try.

    beside : another crowd, whose waiting is not counted, that comes a moment before.
    """

    name: str
    wanted: float  # 95 of 100 are to be done after so many seconds
    page: str
    queries: list[list[str]]
    within: float
    beside: Crowd | None = None


def different(n: int, more: str = "", settings: int = 1) -> list[list[str]]:
    """Visitors with data of their own, who try so many settings each."""
    return [[f"{BLOBS}&dataseed={i}&seed={j}{more}" for j in range(settings)] for i in range(1, n + 1)]


CHECKS = Crowd("10 on Check, different data", 7, "check", different(10), 3)
CROWDS = [
    Crowd("10 on Check, the same data", 2, "check", [[BLOBS]] * 10, 3),
    CHECKS,
    Crowd("10 on Choose k, different data", 18, "choose-k", different(10), 3),
    Crowd("10 on Starts, different data", 4, "starts", different(10), 3),
    Crowd("10 on Digits, different seeds", 6, "digits", [[f"seed={i}"] for i in range(10)], 3),
    Crowd("10 on Predict, different data", 1, "predict", different(10), 3),
    Crowd("10 on Explore, beside 10 on Check", 0.5, "", different(10, "&k=4", 3), 6, CHECKS),
    Crowd("100 on Explore, 3 settings each", 0.15, "", different(100, "", 3), 60),
    Crowd("300 on Explore, 2 settings each", 0.3, "", different(300, "", 2), 60),
]


def computed(server: psutil.Process) -> float:
    """The seconds of CPU time of a server and of its processes, so far."""
    times = [one.cpu_times() for one in (server, *server.children(recursive=True))]
    return sum(one.user + one.system for one in times)


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    """The address of a fresh one, and the process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    shelf = TemporaryDirectory()
    process = subprocess.Popen(
        [*command, "--server.headless=true"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT), "EM_SHELF": shelf.name},
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)
        else:
            sys.exit("The server did not start.")
        yield f"127.0.0.1:{port}", psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)
        shelf.cleanup()


async def visit(address: str, page: str, queries: list[str], after: float) -> list[Waited]:
    """What somebody waits who opens a page after so many seconds, and then chooses other settings."""
    await asyncio.sleep(after)
    waited = []
    stream = connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None)
    async with stream as connection:
        for query in queries:
            ask = BackMsg()
            ask.rerun_script.query_string = query
            ask.rerun_script.page_name = page
            begun = time.monotonic()
            await connection.send(ask.SerializeToString())
            waited.append(await answer(connection, begun))
    return waited


async def answer(connection, begun: float) -> Waited:
    first, wrong = float("nan"), ""
    while time.monotonic() - begun < PATIENCE:
        try:
            content = await asyncio.wait_for(connection.recv(), PATIENCE)
        except TimeoutError:
            break
        message = ForwardMsg.FromString(content)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.metadata.delta_path[:1] == [0]:
            element = message.delta.new_element
            if element.WhichOneof("type") in ("markdown", "progress", "component"):
                first = min(first, time.monotonic() - begun) if first == first else time.monotonic() - begun
            if element.WhichOneof("type") == "exception":
                wrong = element.exception.message
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return Waited(first, time.monotonic() - begun, wrong)
    return Waited(first, float("inf"), "no answer in time")


async def come(address: str, crowd: Crowd) -> list[Waited]:
    rng = np.random.default_rng(0)
    after = rng.uniform(0, crowd.within, len(crowd.queries))
    visits = [visit(address, crowd.page, of, when) for of, when in zip(crowd.queries, after, strict=True)]
    beside = [come(address, crowd.beside)] if crowd.beside else []
    found = await asyncio.gather(*visits, *beside)
    return [one for some in found[: len(visits)] for one in some]


def main() -> None:
    words = sys.argv[1:]
    print(f"{'':36} wanted     p95  median  first (p95)     cpu  wrong")
    for crowd in CROWDS:
        if words and not any(word.lower() in crowd.name.lower() for word in words):
            continue
        with server() as (address, process):
            asyncio.run(visit(address, "", [""], 0))  # what a fresh server imports is not counted
            before = computed(process)
            waited = asyncio.run(come(address, crowd))
            cpu = computed(process) - before
        whole, first = [one.whole for one in waited], [one.first for one in waited]
        wrong = {one.wrong for one in waited if one.wrong}
        print(
            f"{crowd.name:36} {crowd.wanted:6.2f} {np.quantile(whole, 0.95):7.2f} {np.median(whole):7.2f}"
            f" {np.nanquantile(first, 0.95):12.2f} {cpu:7.1f}  {'; '.join(wrong) or '-'}",
            flush=True,
        )


if __name__ == "__main__":
    main()
