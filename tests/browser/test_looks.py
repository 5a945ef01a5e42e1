"""Something is done in the moment in which a page speaks up of its own accord: neither is lost."""

import re

import pytest
from conftest import PLAYER, wait
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg
from test_beside import FOLLOWER
from test_player import press

# What is next said after some time, by code that has these words, comes just after, or just before, a click;
# or once the page has taken in the click, and before it is sent.
CLICK = """([words, button, when]) => {
    const later = window.setTimeout;
    window.setTimeout = (then, after, ...more) => {
        const speaks = String(then).includes(words) && !window.clicked;
        return later(speaks ? async () => {
            const click = () => document.querySelector(button).click();
            window.clicked = true;
            if (when === "after") later(click, 0);
            else click();
            if (when === "gathered") for (let i = 0; i < 1000; i++) await null;
            then();
        } : then, after, ...more);
    };
}"""
AROUND = pytest.mark.parametrize("when", ["gathered", "before", "after"])


@pytest.fixture
def page(chromium):
    context = chromium.new_context()
    yield context.new_page()
    context.close()


def asked_fragments(page):
    """Those that are asked for from now on; None is the whole page."""
    asked = []

    def hear(message):
        asked.append(BackMsg.FromString(message).rerun_script.fragment_id or None)

    page.on("websocket", lambda socket: socket.on("framesent", hear))
    return asked


@AROUND
def test_a_click_in_the_moment_of_a_look_is_heard_and_looks_go_on(server, page, when):
    asked = asked_fragments(page)
    page.goto(f"{server.url}/lessons?lesson=m_step")
    page.locator(".st-key-room_open button").click()
    expect(page).to_have_url(re.compile("join="))
    wait(page, lambda: any(asked))
    page.evaluate(CLICK, ["script-state", ".st-key-room_next button", when])
    expect(page.get_by_text("Scene 2 of")).to_be_visible()
    asked.clear()
    wait(page, lambda: len([one for one in asked if one]) > 1)


@AROUND
def test_a_cure_chosen_in_the_moment_in_which_the_player_rests_is_tried(server, page, when):
    asked = asked_fragments(page)
    page.goto(f"{server.url}/collapse")
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    asked.clear()
    page.evaluate(CLICK, ["rested", ".st-key-pick_cures button", when])
    press(page, "Play")
    expect(page.locator(FOLLOWER)).to_have_attribute("data-ready", "true")
    expect(page).to_have_url(re.compile("cures="))
    assert any(asked), "the player has said where it rests"
    assert None in asked
