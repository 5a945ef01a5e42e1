"""How fast the player is: frames, waiting and bytes, in headless Chromium with software rendering.

    python tests/benchmarks/player.py

It starts a server of its own. The machines are noisy, so each figure is the best of several looks.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from conftest import ARGUMENTS, PLAYER, Server, installed

RUN = "/?blobs=2&std=3&k=3&init=random&seed=1&tol=0&iters=100"
LOOKS = 3
# Frames in which the player really drew something, over three seconds of playing.
FRAMES = """async () => {
  let drawn = 0;
  const shapes = document.querySelector(".em-shapes");
  const watch = new MutationObserver(() => drawn++);
  watch.observe(shapes, { attributes: true, subtree: true });
  const seen = [];
  const until = performance.now() + 3000;
  await new Promise((done) => {
    const tick = (now) => {
      seen.push(now);
      now < until ? requestAnimationFrame(tick) : done();
    };
    requestAnimationFrame(tick);
  });
  watch.disconnect();
  const seconds = (seen.at(-1) - seen[0]) / 1000;
  return { frames: (seen.length - 1) / seconds, drawn: drawn / seconds };
}"""
# From now until the player shows another run and says that it is drawn.
NEW_RUN = """() => new Promise((done) => {
  const player = document.querySelector('[data-testid="em-player"]');
  const begun = performance.now();
  let fresh = false;
  new MutationObserver((_, watch) => {
    if (player.dataset.ready === "false") fresh = true;
    else if (fresh) { watch.disconnect(); requestAnimationFrame(() => done(performance.now() - begun)); }
  }).observe(player, { attributes: true });
  [...document.querySelectorAll("button")].find((b) => b.textContent.includes("Another start")).click();
})"""
STEP = """() => new Promise((done) => {
  const begun = performance.now();
  document.querySelector('[aria-label="Step forward"]').click();
  // The frame after the next is on the screen when this runs.
  requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
})"""


def ready(page):
    page.wait_for_selector(PLAYER + '[data-ready="true"]')
    page.wait_for_timeout(1500)


def frames(open_page, extra):
    page = open_page(RUN + extra)
    best = {"frames": 0, "drawn": 0}
    for _ in range(LOOKS):
        page.get_by_label("First", exact=True).click()
        page.get_by_label("Play", exact=True).click()
        best = max(best, page.evaluate(FRAMES), key=lambda f: f["drawn"])
    page.close()  # it would go on playing, and take its part of the cores
    return best


def measure(open_page):
    """Rows of: what, figure, unit, wanted."""
    for what, extra, wanted in (
        ("1,000 points, ellipses and colours", "&n=500", 30),
        ("2,000 points, ellipses and colours", "&n=1000", 20),
        ("1,000 points, the density view", "&n=500&contours=yes", 20),
    ):
        found = frames(open_page, extra)
        yield what, found["drawn"], "frames drawn a second", f"at least {wanted}"
        yield "", found["frames"], "frames a second in all", ""

    page = open_page(RUN + "&n=500")
    times = []
    for _ in range(2 * LOOKS):
        times.append(page.evaluate(NEW_RUN))
        page.wait_for_timeout(1000)
    yield "a new setting, to the first frame of its run", min(times), "ms", "at most 300"
    yield "", sorted(times)[LOOKS], "ms, the median", ""
    steps = []
    for _ in range(10):
        steps.append(page.evaluate(STEP))
        page.wait_for_timeout(500)
    yield "step forward, to a drawn frame (median)", sorted(steps)[len(steps) // 2], "ms", "at most 50"

    page.bytes = 0
    page.get_by_role("button", name="Another start").click()
    page.wait_for_timeout(2500)
    yield "sent for a new run", page.bytes / 1000, "kB", "at most 1000"
    for _ in range(2):  # the first repeats what the last change made of the widgets
        page.bytes = 0
        page.locator("body").press("r")  # Streamlit's own key: run again
        page.wait_for_timeout(2500)
    yield "sent for a rerun in which nothing changed", page.bytes / 1000, "kB", "under 5"
    yield "times that Plotly's script was fetched", len(page.scripts), "", "1"


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder))
        browser = playwright.chromium.launch(executable_path=installed(), args=ARGUMENTS)

        def open_page(path):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.bytes, page.scripts = 0, []

            def count(frame):
                page.bytes += len(frame)

            page.on("websocket", lambda socket: socket.on("framereceived", count))
            page.on("request", lambda r: page.scripts.append(r.url) if "/plotly" in r.url else None)
            page.goto(server.url + path)
            ready(page)
            return page

        try:
            for what, figure, unit, wanted in measure(open_page):
                print(f"{what:<48} {figure:>8.1f} {unit:<24} {wanted}", flush=True)
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main()
