"""Two servers behind HAProxy, as the README has it: one is killed, and the page comes back on the other."""

import os
import re
import shutil
import socket
import subprocess
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from conftest import PATIENCE, PLAYER, VIEWPORT, Server, follow, wait
from playwright.sync_api import expect
from test_a_room import PHONE, SCREEN, button, mark
from test_own_table import upload

README = Path(__file__).parents[2] / "README.md"
STREAM = re.compile("_stcore/stream")
ROWS = "".join(f"{5 * (i % 2) + i / 50},{-5 * (i % 2) + i / 70}\n" for i in range(60))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    """Until somebody listens there."""
    end = time.monotonic() + PATIENCE / 1000
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end, "nobody listens"
        time.sleep(0.1)


@pytest.fixture
def two(tmp_path):
    """The address of the proxy, and the servers by their names in its cookie."""
    if not shutil.which("haproxy"):
        message = "NO HAPROXY: what the README says of two servers was NOT tested."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    (block,) = re.findall(r"<!-- explorer\.cfg.*?-->\n\n(.*?)\n\n[^ ]", README.read_text(), re.DOTALL)
    folders = [tmp_path / name for name in ("one", "two", "shelf")]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor() as both:
        servers = list(both.map(partial(Server, shelf=folders[2]), folders[:2]))
    config, port = textwrap.dedent(block) + "\n", free_port()
    assert len(config.splitlines()) <= 22
    ports = {":8080": port, "127.0.0.1:8501": servers[0].port, "127.0.0.1:8502": servers[1].port}
    for was, now in ports.items():
        assert was in config
        config = config.replace(was, f"127.0.0.1:{now}")
    (tmp_path / "explorer.cfg").write_text(config)
    proxy = subprocess.Popen(["haproxy", "-f", str(tmp_path / "explorer.cfg")])
    wait_for(port)
    yield f"http://127.0.0.1:{port}", dict(zip(("one", "two"), servers, strict=True))
    proxy.kill()
    proxy.wait()
    for server in servers:
        server.stop()


def served_by(context):
    """The name of the server to which the proxy sends this browser."""
    return next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "explorer")


def comes_back(page, first):
    """Wait until another server than the first has the page."""
    wait(page, lambda: served_by(page.context) != first, "it did not come back")


def test_where_one_is_killed_the_page_comes_back_on_the_other(two, chromium):
    url, servers = two
    context = chromium.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.goto(f"{url}/?data=own&k=2&seed=7&init=kmeans")
    expect(page.get_by_text("Upload a table or paste some numbers in the settings")).to_be_visible()
    upload(page, "mine.csv", f"x,y\n{ROWS}".encode())
    mine = page.get_by_text("Your table: 60 rows of x, y.")
    expect(mine).to_be_visible()
    expect(page).to_have_url(re.compile("table=[0-9a-f]{16}"))
    address = page.url

    first = served_by(context)
    servers[first].process.kill()
    follow(page, address.replace("seed=7", "seed=8"))  # in the page that is open, without loading it anew
    expect(page).to_have_url(re.compile("seed=8"))
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    comes_back(page, first)
    expect(mine).to_be_visible()
    page.reload()
    expect(mine).to_be_visible()
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    assert page.url == address.replace("seed=7", "seed=8")
    context.close()


def test_a_room_is_one_on_both_servers_outlives_the_lecturers_and_waits_for_a_phone_that_sleeps(
    two, chromium
):
    url, servers = two

    awake, connections = [True], []

    def between(browser):
        connections.append(browser)
        if awake[0]:
            browser.connect_to_server()

    def opened(query, sleeps=False, **screen):
        page = chromium.new_context(**screen).new_page()
        if sleeps:
            page.route_web_socket(STREAM, between)
        page.goto(f"{url}/lessons?{query}")
        expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
        return page

    screen = opened("lesson=m_step&scene=2", **SCREEN)
    first = served_by(screen.context)
    button(screen, "room_open").click()
    expect(screen).to_have_url(re.compile("join="))
    code = re.search("join=([A-Z2-9]{6})", screen.url)[1]
    phone = opened(f"join={code}", sleeps=True, **PHONE)
    if served_by(phone.context) == first:
        phone = opened(f"join={code}", sleeps=True, **PHONE)  # the proxy takes turns
    assert served_by(phone.context) != first
    mark(phone, 0.4, 0.5)
    button(phone, "room_send").click()
    expect(phone.get_by_text("Your answer was sent.")).to_be_visible()
    expect(screen.get_by_text("1 answered")).to_be_visible()

    servers[first].process.kill()
    comes_back(screen, first)
    expect(screen.get_by_text("1 answered")).to_be_visible()
    button(screen, "room_reveal").click()  # it leads still
    expect(phone.get_by_text("of 1 answer right")).to_be_visible()

    def cut():
        for one in connections:
            one.close()
        connections.clear()

    awake[0] = False
    cut()
    button(screen, "room_next").click()
    expect(screen.get_by_text("Scene 3 of")).to_be_visible()
    expect(phone.get_by_text("Scene 2 of")).to_be_visible()
    awake[0] = True
    cut()
    expect(phone.get_by_text("Scene 3 of")).to_be_visible()
    for page in (screen, phone):
        page.context.close()
