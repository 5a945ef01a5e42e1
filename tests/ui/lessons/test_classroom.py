"""A room on the page of lessons: one who leads, two who follow, each with a session of their own."""

import pytest
from link import address, said, visitor

from pages.ui.runs import rooms

LEADS, ANA, BEN = (digit * 32 for digit in "abc")


@pytest.fixture(autouse=True)
def anew(monkeypatch):
    """As in a server that was just started."""
    made = rooms.Rooms()
    monkeypatch.setattr(rooms, "kept", lambda: made)
    yield made
    made.close()


def at_lessons(who, **query):
    app = visitor(who, **query).switch_page("lessons.py").run()
    assert not app.exception
    return app


def look(app):
    """As the browser does it a moment later."""
    app.run()
    assert not app.exception
    return app


def press(app, key):
    app.button(key=key).click()
    return look(app)


def keys(app):
    return {button.key for button in app.main.button}


def said_here(app):
    return [said(one) for one in (*app.main.warning, *app.main.info, *app.main.success)]


def captions(app):
    return [one.value for one in app.main.caption]


def markdowns(app):
    return [one.value for one in app.main.markdown]


def scene(app):
    return next(text for text in captions(app) if text.startswith("Scene "))


def opened_room(lesson="mixture", number="3"):
    leads = press(at_lessons(LEADS, lesson=lesson, scene=number), "room_open")
    return leads, address(leads)["join"]


def test_a_class_answers_a_question_and_sees_what_it_answered():
    leads, code = opened_room()
    assert f"## {code[:3]} {code[3:]}" in markdowns(leads)
    assert "lesson_reveal" not in keys(leads)
    ana, ben = at_lessons(ANA, join=code), at_lessons(BEN, join=code)
    assert scene(ana) == scene(ben) == scene(leads) == "Scene 3 of 6"
    assert "room_reveal" not in keys(ana)
    assert ana.button(key="room_send").disabled
    press(press(ana, "mixture 3 option 1"), "room_send")
    assert "Your answer was sent. Until the reveal you can send another one in its place." in captions(ana)
    assert ana.button(key="room_send").disabled
    press(press(ana, "mixture 3 option 3"), "room_send")
    press(press(ben, "mixture 3 option 2"), "room_send")
    assert "**2** joined · **2** answered" in captions(look(leads))

    press(leads, "room_reveal")
    assert "**1 of 2 answers right.**" in markdowns(leads)
    assert any("em-tally" in one.proto.body for one in leads.main.get("html"))
    assert said_here(leads)[0].startswith("The largest weight at the end: 83.2%.")
    assert said_here(look(ana))[0].startswith("**Right.** The largest weight at the end: 83.2%.")
    assert said_here(look(ben))[0].startswith("**Not quite.** ")
    assert scene(ana) == "Scene 3 of 6 · 1 of 1 prediction right"

    press(leads, "room_next")
    assert scene(look(ana)).startswith("Scene 4 of 6")
    latecomer = at_lessons("d" * 32, join=code)
    assert scene(latecomer) == "Scene 4 of 6"
    assert "**3** joined · **0** answered" in captions(look(leads))


def test_who_sent_nothing_made_no_prediction_and_where_nothing_is_asked_nobody_answers():
    leads, code = opened_room()
    late = press(at_lessons(ANA, join=code), "mixture 3 option 1")
    press(leads, "room_reveal")
    assert said_here(look(late))[0].startswith("The largest weight at the end: 83.2%.")
    assert scene(late) == "Scene 3 of 6"
    press(press(leads, "lesson_back"), "lesson_back")
    assert scene(leads) == "Scene 1 of 6"
    assert "**1** joined" in captions(look(leads))


def test_predicted_means_are_drawn_into_the_picture():
    leads, code = opened_room("m_step", "2")
    store = rooms.kept()
    for who, place in (("ana", "1,2"), ("ben", "3,4")):
        store.answer(code, {who}, 2, place)
    press(leads, "room_reveal")
    assert "0 of 2 answers right. The small crosses are all 2 answers." in " ".join(markdowns(leads))
    component = next(one for one in leads.main if one.type == "bidi_component" and b"others" in sent(one))
    assert b'"others": [{"component": ' in sent(component)
    assert b'"place": [3.0, 4.0]' in sent(component)


def sent(component):
    return component.proto.SerializeToString()


def test_who_looks_around_is_brought_back_by_one_button():
    leads, code = opened_room()
    ana = at_lessons(ANA, join=code)
    press(ana, "lesson_back")
    assert scene(ana) == "Scene 2 of 6"
    assert ana.button(key="room_back").label == "Back to the room, at scene 3"
    press(leads, "lesson_back")
    press(leads, "room_next")
    assert scene(look(ana)) == "Scene 2 of 6"
    press(ana, "room_back")
    assert scene(ana) == "Scene 3 of 6"
    press(ana, "lesson_back")
    press(ana, "lesson_next")
    assert "room_send" in keys(ana)
    assert "room_back" not in keys(ana)


def test_an_answer_after_the_reveal_is_said_and_stands_beside_the_right_one():
    leads, code = opened_room()
    ana = press(at_lessons(ANA, join=code), "mixture 3 option 3")
    press(leads, "room_reveal")
    press(ana, "room_send")
    assert said_here(ana)[0] == rooms.LATE
    assert said_here(ana)[1].startswith("**Right.** ")
    assert rooms.kept().answers(code, 3) == ()


def test_a_room_that_ends_leaves_all_in_the_lesson():
    leads, code = opened_room()
    ana = at_lessons(ANA, join=code)
    press(leads, "room_end")
    assert scene(leads) == "Scene 3 of 6"
    assert "join" not in address(leads)
    look(ana)
    assert said_here(ana)[0] == (
        f"The room {code} has ended: by the button of whoever led it, or after four hours. "
        "The lesson goes on here, by yourself."
    )
    assert (address(ana)["lesson"], address(ana)["scene"]) == ("mixture", "3")
    assert "lesson_reveal" in keys(ana)
    late = at_lessons(BEN, join=code)
    assert said_here(late)[0].startswith(f"The room {code} has ended")
    assert "lesson_code" in {box.key for box in late.main.text_input}


def test_a_code_is_typed_wrongly_and_then_rightly():
    _, code = opened_room()
    ana = at_lessons(ANA)
    for typed in ("K7P MX", "222222"):
        ana.text_input(key="lesson_code").set_value(typed)
        look(join(ana))
        wrong = rooms.typed(typed)
        assert said_here(ana) == [rooms.NOWHERE.format(code=wrong)]
    ana.text_input(key="lesson_code").set_value(f"{code[:3].lower()}-{code[3:]}")
    join(ana)
    assert scene(ana) == "Scene 3 of 6"


def join(app):
    next(button for button in app.main.button if button.label == "Join").click()
    return look(app)


def test_a_second_device_with_the_same_link_follows_and_the_first_leads_on():
    _, code = opened_room()
    second = at_lessons(BEN, join=code, lesson="mixture", scene="5")
    assert scene(second) == "Scene 3 of 6"
    assert not {"room_reveal", "room_end", "room_next"} & keys(second)
    again = at_lessons(LEADS, join=code)  # as when the page is loaded anew
    assert "room_reveal" in keys(again)


def test_a_server_that_was_started_anew_without_the_room(anew, monkeypatch):
    _, code = opened_room()
    ana = at_lessons(ANA, join=code)
    started = rooms.Rooms()
    monkeypatch.setattr(rooms, "kept", lambda: started)
    look(ana)
    assert said_here(ana)[0] == (f"{rooms.NOWHERE.format(code=code)} The lesson goes on here, by yourself.")
    assert scene(ana) == "Scene 3 of 6"
    started.close()


def test_a_lesson_of_a_file_comes_along():
    lesson = '[[scene]]\nlink = "data=blobs&k=2"\nsay = "Mine."\n'
    app = at_lessons(LEADS)
    app.file_uploader(key="lesson_file").set_value(("mine.toml", lesson.encode(), "text/plain"))
    press(look(app), "lesson_begin")
    press(app, "room_open")
    ana = at_lessons(ANA, join=address(app)["join"])
    assert "Mine." in markdowns(ana)
