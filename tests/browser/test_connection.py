"""A connection breaks while the server is at work: once it is back, the page is asked for once more."""

import re
import time

from conftest import PATIENCE, PLAYER
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg


def test_who_was_away_asks_for_all_of_the_page(server, chromium):
    connections, asked = [], []

    def wire(browser):
        there = browser.connect_to_server()

        def pass_on(message):
            asked.append(BackMsg.FromString(message).rerun_script)
            there.send(message)

        browser.on_message(pass_on)
        connections.append(browser)

    page = chromium.new_context().new_page()
    page.route_web_socket(re.compile("_stcore/stream"), wire)
    page.goto(f"{server.url}/?data=blobs&k=3")
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    asked.clear()
    connections[0].close()
    end = time.monotonic() + PATIENCE / 1000
    while not (all_of_it := [one for one in asked if not one.fragment_id]):
        assert time.monotonic() < end, "it asks for nothing"
        page.wait_for_timeout(100)
    assert "k=3" in all_of_it[0].query_string
    page.context.close()
