"""A real server and a real Chromium. Without a browser the tests skip, loudly; with CI set they never do."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import BrowserType, Error, expect, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
]
VIEWPORT = {"width": 1400, "height": 900}
# What a tab that is open can be told to be like; for anything else, one is opened anew.
OF_A_TAB = {"viewport", "color_scheme", "reduced_motion"}
PLAYER = '[data-testid="em-player"]'
# A machine may be busy with other things; what waits for something goes on as soon as it is there.
# Streamlit's button fetches its file as soon as it is there, and says so when the page is left meanwhile.
UNFETCHED = "Download Button fetch error"
PATIENCE = 90_000  # ms
expect.set_options(timeout=PATIENCE)


def installed():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next(filter(None, map(shutil.which, names)), None)


def get_browser():
    """Try to get one: Playwright's own download, or apt as root."""
    attempts = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempts += [["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]]
    for attempt in attempts:
        subprocess.run(attempt, check=False, capture_output=True, timeout=300)


def pytest_collection_modifyitems(items):
    """A browser and a server are beside what is tested: what fails in CI is tried again, twice at most, and
    the report says so. What fails three times has failed."""
    for item in items:
        if os.environ.get("CI") and HERE in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def start():
    """Starts a browser, by a function of Playwright's; gets one first where there is none."""
    with sync_playwright() as playwright:

        def start(how, *where, **options):
            def attempt():
                return how(
                    playwright.chromium, *where, executable_path=installed(), args=ARGUMENTS, **options
                )

            try:
                return attempt()
            except Error:
                get_browser()
            try:
                return attempt()
            except Error as error:
                message = f"NO BROWSER: the player, links and downloads were NOT tested. {error}"
                if os.environ.get("CI"):
                    pytest.fail(message)
                return pytest.skip(message)

        yield start


@pytest.fixture(scope="session")
def chromium(start):
    """A browser for profiles of their own."""
    browser = start(BrowserType.launch)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def profile(start, server, tmp_path_factory):
    """One profile for all tests that ask for nothing special: it keeps the compiled scripts on disk, and one
    small page that stays open keeps them in memory, which saves a third of the work of opening the app."""
    folder = tmp_path_factory.mktemp("profile")
    context = start(BrowserType.launch_persistent_context, folder, viewport=VIEWPORT)
    context.new_page().goto(server.url + "/_stcore/health")
    yield context
    context.close()


def wait(page, condition, said=""):
    """Wait until something holds here, which the page may bring about."""
    end = time.monotonic() + PATIENCE / 1000
    while not condition():
        assert time.monotonic() < end, said
        page.wait_for_timeout(50)


def until(page, condition, arg=None):
    """Wait until a condition holds in the page. Playwright's own way looks again by `eval`, which the app's
    policy forbids there."""
    wait(page, lambda: page.evaluate(condition, arg), condition)


def press(page, key, button):
    """Press a key that stands for a button, until it is heard: Streamlit listens for it a moment after the
    button can be pressed, and keeps from the browser what it has heard."""
    expect(button).to_be_visible()
    expect(button).to_be_enabled()

    def heard():
        page.evaluate(
            """() => {
                const look = (event) => (window.heard = event.defaultPrevented);
                window.heard = false;
                addEventListener("keydown", look, { once: true });
            }"""
        )
        page.keyboard.press(key)
        return page.evaluate("() => window.heard")

    wait(page, heard)


def go_to_laboratory(page, name):
    """Open one of the pages that stand in the menu of the navigation."""
    page.get_by_role("button", name="Laboratory").click()
    page.get_by_role("menuitem", name=name).click()


class Server:
    """The app as `streamlit run app.py` starts it, on a port of its own."""

    def __init__(self, folder, shelf=None):
        """shelf : the folder with what visitors brought; one of its own, unless servers are to share it."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.log = folder / "server.log"
        options = {
            "server.port": self.port,
            "server.headless": "true",
            "server.address": "localhost",
            "browser.serverAddress": "localhost",
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        command += [f"--{name}={value}" for name, value in options.items()]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"EM_SHELF": str(shelf or folder)},
            )
        for _ in range(4 * PATIENCE // 1000):
            try:
                with urllib.request.urlopen(self.url + "/_stcore/health", timeout=1):
                    return
            except OSError:
                time.sleep(0.25)
        raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()
    log = running.log.read_text()
    assert "Traceback" not in log, log


@pytest.fixture
def cold_server(tmp_path):
    """A server that nobody has visited."""
    running = Server(tmp_path)
    yield running
    running.stop()


class Tab:
    """A tab that stays open, as one does all through a lesson: a link costs it a quarter of the work of
    opening the app, and must show the same whatever was there before."""

    LEFT = "/gallery"  # where it waits: nothing of an experiment is drawn there
    MEDIA: ClassVar = {"media": "screen", "color_scheme": "light", "reduced_motion": "no-preference"}

    def __init__(self, profile, server):
        self.page = profile.new_page()
        self.page.goto(server.url + self.LEFT)
        expect(self.rest()).to_be_visible()

    def rest(self):
        return self.page.get_by_role("heading", name="What can EM do")

    def show(self, path, viewport=VIEWPORT, **media):
        """Follow a link, on a screen of that size, to somebody who likes such media."""
        self.page.bring_to_front()  # of several tabs, only the first may fill the screen
        self.page.set_viewport_size(viewport)
        self.page.emulate_media(**self.MEDIA | media)
        follow(self.page, path)
        expect(self.rest()).to_have_count(0)
        return self.page

    def leave(self):
        """Leave what a test did; whether that worked."""
        try:
            self.page.set_viewport_size(VIEWPORT)
            self.page.emulate_media(**self.MEDIA)
            follow(self.page, self.LEFT)
            expect(self.rest()).to_be_visible(timeout=10_000)
        except (Error, AssertionError):
            self.page.close()
            return False
        return True


@pytest.fixture(scope="session")
def tabs():
    """Those that are open and free."""
    return []


def follow(page, link):
    """Go to a link of the app as the back button does, without loading the app again."""
    page.evaluate(
        """link => {
            history.pushState({}, "", link);
            dispatchEvent(new PopStateEvent("popstate", {state: {}}));
        }""",
        link,
    )


@pytest.fixture
def open_app(request, server, profile, tabs):
    """Open the app; with `at`, of another server, with options that a tab cannot take on, in a profile of
    its own. At the end, nothing may have gone wrong.

    A link of Explore is followed in a tab that was open before, where nothing else is asked for.
    """
    opened, lent, problems, hosts = [], [], [], set()
    listeners = {
        "pageerror": lambda error: problems.append(str(error)),
        "console": lambda m: (
            problems.append(m.text) if m.type == "error" and UNFETCHED not in m.text else None
        ),
        "request": lambda r: hosts.add(r.url.split("/")[2]) if r.url.startswith("http") else None,
    }

    def listen(page):
        page.context.set_default_timeout(PATIENCE)
        for event, listener in listeners.items():
            page.on(event, listener)
        return page

    def follow_link(path, **options):
        tab = tabs.pop() if tabs else Tab(profile, server)
        lent.append(tab)
        listen(tab.page)
        return tab.show(path, **options)

    def load(path, at, **options):
        context = profile
        if options:
            browser = request.getfixturevalue("chromium")
            context = browser.new_context(**{"viewport": VIEWPORT} | options)
        page = listen(context.new_page())
        opened.append(context if options else page)
        page.goto((at or server).url + path)
        return page

    def open_page(path="/?data=blobs&init=random_from_data", *, at=None, ready=True, **options):
        if path.startswith("/?") and "init=" not in path:
            path += "&init=random_from_data"  # whatever the data open with
        if path.startswith("/?") and not at and options.keys() <= OF_A_TAB:
            page = follow_link(path, **options)
        else:
            page = load(path, at, **options)
        if ready:
            expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
            # The whole one, for tests that read the address or go back to it.
            expect(page).to_have_url(re.compile("[?&]data="))
        page.hosts = hosts
        return page

    yield open_page
    for one in opened:
        one.close()
    for tab in lent:
        for event, listener in listeners.items():
            tab.page.remove_listener(event, listener)
        if problems:
            tab.page.close()  # it may be broken, and the next test is not to blame
    if not problems:
        tabs += [tab for tab in reversed(lent) if tab.leave()]  # the first one is the next one again
    assert not problems
