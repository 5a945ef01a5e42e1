"""Why EM is slow, in a real browser: the curves, and a way beside EM that keeps step."""

from conftest import PLAYER, go_to_laboratory, until
from playwright.sync_api import expect
from test_beside import FOLLOWER
from test_player import press


def test_a_way_up_stands_beside_em_and_keeps_step(open_app):
    page = open_app("/")
    go_to_laboratory(page, "Faster")
    expect(page.get_by_text("To the same likelihood EM needs 160 passes over the rows")).to_be_visible()
    curves = page.locator(".em-chart").first
    expect(curves.locator(".legendtext")).to_have_text(
        [
            "EM",
            "accelerated EM",
            "mini-batch EM",
            "annealed EM",
            "hard EM",
            "stochastic EM",
            "variational Bayes",
        ]
    )
    # The small script of Plotly draws figures and player; Streamlit's, which is large, is not loaded.
    asked = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name.split('/').pop())")
    assert [name for name in asked if "plotly" in name.lower()] == ["plotly-basic.min.js"]
    curves.hover()
    curves.locator("[data-title='Full screen']").click()
    until(page, "() => document.fullscreenElement?.matches('.em-framed')")
    until(page, "() => document.querySelector('.em-chart .main-svg').clientHeight > 0.8 * innerHeight")
    # The names of its axes are within the screen, and a margin is around it.
    until(
        page,
        """() => {
            const box = document.querySelector('.em-chart .main-svg').getBoundingClientRect();
            return box.left > 9 && box.top > 9 && box.right < innerWidth - 9 && box.bottom < innerHeight - 9;
        }""",
    )
    page.evaluate("document.exitFullscreen()")
    expect(page.get_by_role("heading", name="EM beside accelerated EM")).to_be_visible()
    beside = page.locator(FOLLOWER)
    expect(beside).to_have_attribute("data-ready", "true")
    press(page, "Last")
    expect(page.locator(PLAYER)).to_have_attribute("data-step", "203")
    expect(beside).to_have_attribute("data-step", "18")
    expect(beside.locator(".em-says")).to_contain_text("Ended at iteration 18")
