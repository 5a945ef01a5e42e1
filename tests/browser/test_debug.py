"""From trouble to cure on Debug: three mistakes, a curve that falls, and none of it once they are off."""

import re

from conftest import PLAYER, go_to_laboratory
from playwright.sync_api import expect
from test_beside import FOLLOWER

# The legend of a player's curve, which says how often it falls.
LEGEND = ".em-curve .legendtext"


def switch(page, label):
    page.get_by_text(label, exact=True).click()


def test_the_curve_falls_with_the_mistakes_and_never_without(open_app):
    page = open_app("/?data=own", ready=False)
    page.goto(page.url.split("?")[0])
    go_to_laboratory(page, "Debug")
    expect(page).to_have_url(re.compile("/debug.*mistakes="))
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    expect(page.locator(FOLLOWER)).to_have_attribute("data-ready", "true")
    expect(page.locator(f"{PLAYER} {LEGEND}").last).to_have_text("it falls, 61 times")
    expect(page.locator(f"{FOLLOWER} {LEGEND}")).to_have_count(0)
    expect(page.locator(f"{PLAYER} .em-views button:visible")).to_have_text(["Likelihood"])
    for width, height in ((1280, 720), (1400, 900)):
        page.set_viewport_size({"width": width, "height": height})
        for button in ("First", "Play", "Last"):
            expect(page.get_by_label(button, exact=True)).to_be_in_viewport(ratio=1)
    page.get_by_label("Iterations").fill("12")
    page.keyboard.press("Enter")
    expect(page.locator(f"{PLAYER} {LEGEND}").last).to_have_text("it falls, 12 times")
    page.get_by_label("Speed").select_option("8 ×")
    page.get_by_label("Play", exact=True).click()
    expect(page.locator(PLAYER)).to_have_attribute("data-step", "12")
    for player in (PLAYER, FOLLOWER):
        expect(page.locator(player).locator(".em-says")).to_have_text("End It ran all its iterations.")
    expect(page.get_by_text("The numbers at iteration 12, E-step")).to_be_visible()
    expect(page.locator(".em-numbers").first.locator("td.bad")).to_have_text("0.06")

    for label in ("Deviation as variance", "Normalised over the data", "Random variances"):
        switch(page, label)
        expect(page).not_to_have_url(re.compile(f"mistakes=.*{label.split()[0].lower()}"))
    expect(page).to_have_url(re.compile("mistakes=none"))
    expect(page.get_by_text("No mistake is on: this is correct EM.")).to_be_visible()
    expect(page.locator(f"{PLAYER} {LEGEND}")).to_have_count(0)
    # Back to the mistakes by the button of the browser.
    page.go_back()
    expect(page).to_have_url(re.compile("mistakes=random_variances"))
    expect(page.get_by_text("No mistake is on: this is correct EM.")).to_have_count(0)
    expect(page.get_by_role("switch", name="Random variances")).to_be_checked()

    # From a paste to the line.
    page.get_by_text("Paste your numbers", exact=True).click()
    text = "means = [44.42596231 24.509301 35.4137508]\nvariances = [0.07568723 0.10583743 0.52125856]"
    page.get_by_role("textbox", name="Numbers of your own code").fill(text)
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_text("3. What gives such numbers")).to_be_visible()
    expect(page.get_by_text("np.sqrt(variances))")).to_be_visible()
    assert "44.42" not in page.url
    page.get_by_role("button", name="Show these mistakes").click()
    expect(page).to_have_url(re.compile("mistakes=deviation_as_variance(,|%2C)normalised_over_data"))
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
