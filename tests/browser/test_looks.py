"""Something is done in the moment in which a page looks at what goes on beside it: neither is lost."""

import re

import pytest
from conftest import wait
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

# The next look of the page comes just before, or just after, a click.
CLICK = """when => {
    const later = window.setTimeout;
    window.setTimeout = (then, after, ...more) => {
        const looks = String(then).includes("script-state") && !window.clicked;
        return later(looks ? () => {
            const click = () => document.querySelector(".st-key-room_next button").click();
            window.clicked = true;
            if (when === "after") later(click, 0);
            else click();
            then();
        } : then, after, ...more);
    };
}"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_click_in_the_moment_of_a_look_is_heard_and_looks_go_on(server, chromium, when):
    page = chromium.new_context().new_page()
    asked = []

    def hear(message):
        asked.append(BackMsg.FromString(message).rerun_script.fragment_id)

    page.on("websocket", lambda socket: socket.on("framesent", hear))
    page.goto(f"{server.url}/lessons?lesson=m_step")
    page.locator(".st-key-room_open button").click()
    expect(page).to_have_url(re.compile("join="))
    wait(page, lambda: any(asked))
    page.evaluate(CLICK, when)
    expect(page.get_by_text("Scene 2 of")).to_be_visible()
    asked.clear()
    wait(page, lambda: len([one for one in asked if one]) > 1)
    page.context.close()
