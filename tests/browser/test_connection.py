"""A connection breaks: the page says so, and once there is one again, it is asked for once more."""

import re

from conftest import PLAYER, wait
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg


def test_who_is_away_is_told_so_and_asks_for_all_of_the_page_afterwards(server, chromium):
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

    refused = []

    def refuse(route):
        refused.append(route.request.url)
        route.abort()

    page.route("**/_stcore/*", refuse)
    connections[0].close()
    said = page.get_by_text("No connection to the server.")
    expect(said).to_be_visible()
    expect(said).to_contain_text("streamlit run app.py")  # on this computer
    wait(page, lambda: len(refused) > 4)  # Streamlit has its own say after the first
    expect(page.get_by_role("dialog")).to_have_count(0)
    play = page.locator(f"{PLAYER} .em-play")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause")
    page.unroute("**/_stcore/*")
    wait(page, lambda: [one for one in asked if not one.fragment_id])
    expect(said).to_have_count(0)
    assert "k=3" in next(one.query_string for one in asked if not one.fragment_id)
    page.context.close()


def test_who_did_not_get_the_script_that_draws_is_told_so_and_gets_it_with_the_next_picture(server, chromium):
    page = chromium.new_context().new_page()
    page.route("**/plotly-basic.min.js", lambda route: route.abort())
    page.goto(f"{server.url}/?data=blobs&k=3")
    said = page.get_by_text("This part of the page could not be loaded.")
    expect(said).to_be_visible()
    page.unroute("**/plotly-basic.min.js")
    page.get_by_role("button", name="Another start").click()
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    expect(said).to_have_count(0)
    page.context.close()
