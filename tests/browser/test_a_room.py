"""A room in real browsers: a projector and two phones go through two scenes of a lesson."""

import re

from conftest import PLAYER, follow, press, until
from playwright.sync_api import expect
from test_accessible import AT_REST

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
SCREEN = {"viewport": {"width": 1280, "height": 720}, "has_touch": False}  # a browser of its own, too
CROSSES = (
    "[...document.querySelectorAll('.em-cloud')].map((one) => one.getAttribute('d').split('M').length - 1)"
)


def button(page, key):
    return page.locator(f".st-key-{key} button")


def at_lessons(open_app, query, **screen):
    """By a link within the app: one that loads it looks for files where there are none, first."""
    page = open_app("/?data=blobs", **screen)
    expect(page.locator(PLAYER)).to_have_attribute("data-ready", "true")
    follow(page, f"/lessons?{query}")
    expect(page).to_have_title(re.compile("Lessons"))
    expect(page.get_by_text(re.compile(r"Scene \d of"))).to_be_visible()
    until(page, AT_REST)
    return page


def mark(page, x, y):
    box = page.locator(".em-stage .nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def answers(phones, scene):
    """Everybody marks another place, and sends it."""
    for i, phone in enumerate(phones):
        expect(phone.get_by_text(f"Scene {scene} of")).to_be_visible()
        expect(phone.locator(PLAYER)).to_have_attribute("data-held", "")
        mark(phone, 0.3 + 0.1 * i, 0.5)
        button(phone, "room_send").click()
        expect(phone.get_by_text("Your answer was sent.")).to_be_visible()


def test_a_class_predicts_where_means_go_through_a_whole_lesson_and_sees_all_predictions(open_app):
    screen = at_lessons(open_app, "lesson=m_step", **SCREEN)
    button(screen, "room_open").click()
    expect(screen.locator(".st-key-em_room_code img")).to_be_visible()
    expect(screen).to_have_url(re.compile("join="))
    code = re.search("join=([A-Z2-9]{6})", screen.url)[1]
    phones = [at_lessons(open_app, f"join={code}", **PHONE) for _ in range(3)]
    for phone in phones:
        expect(phone.get_by_text("Scene 1 of 7")).to_be_visible()
    button(screen, "room_next").click()

    expect(phones[0].get_by_text("Scene 2 of")).to_be_visible()
    expect(button(phones[0], "room_send")).to_be_disabled()
    answers(phones, 2)
    expect(screen.get_by_text("3 joined · 3 answered")).to_be_visible()
    press(screen, "Enter", button(screen, "room_reveal"))
    for page in (screen, *phones):
        expect(page.get_by_text("of 3 answers right")).to_be_visible()
        expect(page.locator(PLAYER)).not_to_have_attribute("data-held", "")
        assert sum(page.evaluate(CROSSES)) == 3
    expect(phones[0].get_by_text("standard deviations of the component")).to_be_visible()

    button(phones[1], "lesson_back").click()
    expect(phones[1].get_by_text("Scene 1 of")).to_be_visible()
    press(screen, "Enter", button(screen, "room_next"))
    expect(phones[0].get_by_text("Scene 3 of")).to_be_visible()
    button(phones[1], "room_back").click()
    for page in (screen, *phones):
        expect(page.get_by_text("Scene 3 of")).to_be_visible()
        assert sum(page.evaluate(CROSSES)) == 0

    for scene in (3, 4, 5, 6):
        answers(phones, scene)
        press(screen, "Enter", button(screen, "room_reveal"))
        for page in (screen, *phones):
            expect(page.get_by_text("of 3 answers right")).to_be_visible()
        press(screen, "Enter", button(screen, "room_next"))
        expect(screen.get_by_text(f"Scene {scene + 1} of")).to_be_visible()
    expect(screen.get_by_text("That was the last scene.")).to_be_visible()
    expect(phones[2].get_by_text("Scene 7 of")).to_be_visible()

    button(screen, "room_end").click()
    for phone in phones:
        expect(phone.get_by_text("The lesson goes on here, by yourself.")).to_be_visible()
