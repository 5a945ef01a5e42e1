"""How every page looks: opened cold at four sizes, light and dark, measured, and saved as pictures.

    python tests/benchmarks/views.py [--into FOLDER] [--only explore,digits] [--sizes 390x844]

It starts a server of its own, and prints for each view what is clipped, overlaps or is empty (boxes.js),
what axe-core finds, and the seconds to the first picture: on a fresh server, in a browser without a cache,
and again in one that has been there. Look at the pictures: numbers do not see everything.
"""

import argparse
import os
import sys
import tempfile
import time
from itertools import product
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "browser"), str(HERE.parents[1])]

from conftest import ARGUMENTS, PATIENCE, Server, installed, until  # noqa: E402
from test_accessible import AT_REST, violations  # noqa: E402

SIZES = ("1400x900", "1280x720", "800x1000", "390x844")
SCHEMES = ("light", "dark")
VIEWS = {
    "explore": "/",
    "explore-kmeans": "/?kmeans=yes",
    "explore-series": "/?data=qa_series",
    "explore-3d": "/?data=notebook_3d&space=yes",
    "explore-no-table": "/?data=own",
    "explore-error": "/?data=qa_series&k=12&init=loaded&at=7Q&nonsense=1",
    "gallery": "/gallery",
    "predict": "/predict",
    "check": "/check",
    "check-data": "/check?data=blobs",
    "check-own": "/check?data=own",
    "digits": "/digits",
    "against": "/against",
    "starts": "/starts",
    "collapse": "/collapse",
    "debug": "/debug",
    "debug-paste": "/debug?show=paste",
    "choose-k": "/choose-k",
    "faster": "/faster",
    "lessons": "/lessons",
    "lessons-scene": "/lessons?lesson=m_step&scene=2",
}
TABLE = HERE / "data" / "penguins.csv"
# The picture of a view, by how its name begins.
PLAYER = '[data-testid="em-player"][data-ready="true"]'
PICTURES = {
    "explore-no": '[data-testid="stMain"] [data-testid="stAlert"]',
    "explore-error": '[data-testid="stMain"] [data-testid="stAlert"]',
    "explore": PLAYER,
    "gallery": '[data-testid="stMain"] img',
    "predict": '.em-clickable[data-ready="true"]',
    "check-own": '[data-testid="stMain"] [data-testid="stAlert"]',
    "check": ".js-plotly-plot .main-svg",
    "digits": PLAYER,
    "against": ".em-table",
    "starts": '.em-race[data-ready="true"]',
    "collapse": PLAYER,
    "debug-paste": '[data-testid="stMain"] textarea',
    "debug": PLAYER,
    "choose-k": '.em-clickable[data-ready="true"]',
    "faster": ".js-plotly-plot .main-svg",
    "lessons-scene": PLAYER,
    "lessons": '[data-testid="stMain"] img',
}
# How far things were moved under the eye, after the first picture stood; 0.1 is a jump.
SHIFTS = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const { startTime, value } of list.getEntries()) if (startTime > window.pictureStood) sum += value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 50);
})"""
BOXES = (HERE / "boxes.js").read_text(encoding="utf-8")


def size_of(text):
    width, height = map(int, text.split("x"))
    return {"width": width, "height": height}


def bring_a_table(page):
    if not page.locator('[data-testid="stFileUploader"] input').count():
        page.get_by_test_id("stExpandSidebarButton").click()
    page.locator('[data-testid="stFileUploader"] input').set_input_files(TABLE)
    page.get_by_role("button", name="Download as one HTML file").wait_for()


def opened(page, address, view):
    """Open it, and return the seconds to the first picture; then it has come to rest."""
    picture = next(PICTURES[name] for name in PICTURES if view.startswith(name))
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(picture).first.wait_for(state="attached")
    seconds = time.perf_counter() - begun
    page.evaluate("window.pictureStood = performance.now()")
    until(page, AT_REST)
    page.wait_for_timeout(700)
    return seconds


def told(page):
    """What there is to say against it."""
    heads = page.locator("h1").all_inner_texts()
    title = page.title()
    lines = [] if len(heads) == 1 else [f"headings: {len(heads)} h1: {heads}"]
    if not title.strip():
        lines.append("it has no title")
    return [*lines, *page.evaluate(BOXES), *(f"axe: {line}" for line in violations(page))]


def look(context, address, view, path):
    """Open a view and look at it: seconds, how far things moved, and what there is to say against it."""
    page = context.new_page()
    try:
        seconds = opened(page, address, view)
        moved = page.evaluate(SHIFTS)
        if view == "check-own":
            bring_a_table(page)
            until(page, AT_REST)
            page.wait_for_timeout(700)
        lines = told(page)
    except Error as error:
        seconds, moved, lines = float("nan"), 0.0, [f"it failed: {error.message[:300]}"]
    page.screenshot(path=path)
    page.close()
    return seconds, moved, lines


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--into", type=Path, help="where the pictures go; a new folder by default")
    parser.add_argument("--only", default=",".join(VIEWS), help="some of: %(default)s")
    parser.add_argument("--sizes", default=",".join(SIZES))
    parser.add_argument("--schemes", default=",".join(SCHEMES))
    parser.add_argument("--cold", action="store_true", help="do not open each again to see how long it takes")
    chosen = parser.parse_args()
    into = chosen.into or Path(tempfile.mkdtemp(prefix="views-"))
    into.mkdir(parents=True, exist_ok=True)
    every = product(chosen.only.split(","), chosen.sizes.split(","), chosen.schemes.split(","))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)
        try:
            for i, (view, size, scheme) in enumerate(every):
                context = browser.new_context(viewport=size_of(size), color_scheme=scheme)
                context.set_default_timeout(PATIENCE)
                address, path = server.url + VIEWS[view], into / f"{view}-{size}-{scheme}.png"
                seconds, moved, lines = look(context, address, view, path)
                times = f"{seconds:.1f} s ({'cold' if i else 'fresh server'})"
                if not chosen.cold:
                    times += f", {opened(context.new_page(), address, view):.1f} s (warm)"
                context.close()
                what = f"first picture {times}, load {os.getloadavg()[0]:.0f}; moved by {moved:.2f}"
                print(f"{view} {size} {scheme}: {what}; {len(lines)} found", *lines, sep="\n    ", flush=True)
        finally:
            browser.close()
            server.stop()
    print(f"The pictures are in {into}.")


if __name__ == "__main__":
    main()
