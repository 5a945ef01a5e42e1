"""Files made to harm, while another visitor pastes three numbers: how long both wait, and the memory.

    python tests/benchmarks/bombs.py            # all of them, and those of tests/core/files/bad
    python tests/benchmarks/bombs.py xlsx       # those whose name holds that word

Two pages of Chromium look at one server. Each file is to be refused or read at most 5 s beyond what its size
explains, with at most 500 MB more than before, and the paste answered within 1 s of what it takes alone.
"""

from __future__ import annotations

import gzip
import io
import re
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from crowd import server
from playwright.sync_api import Page, sync_playwright

BAD = Path(__file__).parents[1] / "core" / "files" / "bad"
PATIENCE = 180_000  # ms
ALERT = '[data-testid="stMain"] [data-testid="stAlert"]'


SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def workbook(strings: int = 0, cells: int = 0) -> bytes:
    """A workbook with so many shared texts, all empty, and so many rows of one cell."""
    out, changed = io.BytesIO(), io.BytesIO()
    pd.DataFrame({"x": [0, 1, 2], "y": [2, 4, 3]}).to_excel(out, index=False, engine="openpyxl")
    kind = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHEETS}.sharedStrings+xml"/></Types>'
    rows = b"<row><c><v>1</v></c></row>" * cells + b"</sheetData>"
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name).replace(b"</sheetData>", rows)
            new.writestr(name, content.replace(b"</Types>", kind.encode()))
        texts = b"<si/>" * strings
        space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", b'<sst xmlns="%b">%b</sst>' % (space, texts))
    return changed.getvalue()


def parquet(column: pa.Array) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"a": column}), out, compression="zstd")
    return out.getvalue()


def zipped(content: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as folder:
        folder.writestr(name, content)
    return out.getvalue()


def npy(shape: str) -> bytes:
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(64)


BOMBS: dict[str, Callable[[], bytes]] = {
    "strings.xlsx": lambda: workbook(strings=3_000_000),
    "cells.xlsx": lambda: workbook(cells=1_000_000),
    "lists.parquet": lambda: parquet(pa.array([np.zeros(20_000_000)], pa.list_(pa.float64()))),
    "binary.parquet": lambda: parquet(pa.array([bytes(50_000_000)] * 4, pa.large_binary())),
    "zeros.parquet": lambda: parquet(pa.array(np.zeros(30_000_000))),
    "zeros.csv.gz": lambda: gzip.compress(b"0,0\n" * 100_000_000),
    "zeros.zip": lambda: zipped(b"0,0\n" * 100_000_000, "zeros.csv"),
    "deeper.json": lambda: b"[" * 1_000_000,
    "wide.csv": lambda: b"0," * 4_000_000,
    "quotes.csv": lambda: b'a,b\n"' + b"x" * 8_000_000,
    "one_line.txt": lambda: b"1 " * 4_000_000,
    "truth.npy": lambda: npy("(True, 2)"),
    "huge.npy": lambda: npy("(1000000000, 1000000000)"),
}


def memory(server: psutil.Process) -> int:
    """Bytes of the server and its processes."""
    total = 0
    for process in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


def table_of(url: str) -> str:
    found = re.search(r"[?&]table=(\w+)", url)
    return found[1] if found else ""


def paste(page: Page, number: int) -> float:
    """Paste three numbers, others each time; the seconds until they are read, and in the address."""
    before = table_of(page.url)
    box, begun = page.get_by_label("or paste numbers, a table, or code with lists"), time.perf_counter()
    box.fill(f"{number}, {number + 1.5:g}, {number + 4}")
    box.press("Control+Enter")
    page.wait_for_url(lambda url: table_of(url) not in ("", before))
    return time.perf_counter() - begun


def main(word: str = "") -> None:
    files = {name: make for name, make in BOMBS.items() if word in name}
    files |= {path.name: path.read_bytes for path in sorted(BAD.iterdir()) if word in path.name}
    print(f"{'file':24}{'bytes':>12}{'sender, s':>11}{'other, s':>10}{'memory, MB':>12}")
    with server() as (url, process), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        address = f"http://{url}"
        pages = [browser.new_context().new_page() for _ in range(2)]
        for page in pages:
            page.set_default_timeout(PATIENCE)
            page.goto(f"{address}/?data=own&k=1")
            page.get_by_label("or paste numbers, a table, or code with lists").wait_for()
        attacker, other = pages
        alone = max(paste(other, number) for number in (10, 20, 30))
        print(f"{'(nothing)':24}{'':12}{'':11}{alone:10.1f}{memory(process) / 1e6:12.0f}")
        for number, (name, make) in enumerate(files.items(), 4):
            content, before, peak, done = make(), memory(process), [0], Event()

            def watch(peak: list[int] = peak, done: Event = done) -> None:
                while not done.wait(0.1):
                    peak[0] = max(peak[0], memory(process))

            Thread(target=watch, daemon=True).start()
            attacker.goto(f"{address}/?data=own&k=1")
            upload = attacker.locator('input[type="file"]').first
            upload.wait_for(state="attached")
            attacker.wait_for_timeout(1000)
            upload.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
            begun = time.perf_counter()
            waited = paste(other, 10 * number)
            refused = attacker.locator(ALERT, has_text=name.partition(".")[0])
            refused.or_(attacker.get_by_test_id("em-player")).first.wait_for()
            seconds = time.perf_counter() - begun
            done.set()
            print(f"{name:24}{len(content):12,}{seconds:11.1f}{waited:10.1f}{(peak[0] - before) / 1e6:12.0f}")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
