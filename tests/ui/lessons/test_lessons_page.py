"""The page of lessons, without a browser: choose, answer, reveal, go on, and nonsense in a link."""

import pytest
from link import address, opened, press_key, said, visitor

from pages.ui.address.state import MEMORY
from pages.ui.lessons.book import NAMES, of_the_app, read_lesson
from pages.ui.shell import collecting

SCENE = '[[scene]]\nlink = "{link}"\nsay = "Look."\n'


def lessons(**query):
    return opened("lessons.py", **query)


def chosen(app):
    """The address without the half-step, which is where the picture happens to be."""
    return {name: value for name, value in address(app).items() if name != "at"}


def warnings(app):
    return [said(one) for one in app.main.warning]


def test_the_front_offers_every_lesson():
    app = lessons()
    titles = [of_the_app(name).title for name in NAMES]
    offered = [button.label for button in app.main.button]
    assert offered == ["Join", *(f"**{title}**" for title in titles)]
    press_key(app, titles[1])
    assert chosen(app) == {"lesson": NAMES[1]}


def test_an_answer_is_chosen_revealed_and_judged_and_the_link_holds_it():
    app = lessons(lesson="mixture", scene="3")
    assert app.button(key="lesson_reveal").disabled
    press_key(app, "mixture 3 option 1")
    press_key(app, "mixture 3 option 3")
    assert app.button(key="lesson_reveal").proto.shortcut
    press_key(app, "lesson_reveal")
    assert [said(one) for one in app.main.success] == [
        "**Right.** The largest weight at the end: 83.2%. A weight is a share of the data, and one "
        "group holds most of the points. The weights always sum to one."
    ]
    assert chosen(app) == {"lesson": "mixture", "scene": "3", "answers": "3:3"}
    assert "Scene 3 of 6 · 1 of 1 prediction right" in [one.value for one in app.main.caption]
    press_key(app, "lesson_next")
    assert chosen(app) == {"lesson": "mixture", "scene": "4", "answers": "3:3"}
    press_key(app, "lesson_back")
    press_key(app, "lesson_again")
    assert chosen(app) == {"lesson": "mixture", "scene": "3"}
    press_key(app, "lesson_show")
    assert said(app.main.info[0]).startswith("The largest weight at the end: 83.2%.")
    assert "Scene 3 of 6" in [one.value for one in app.main.caption]  # to be shown is no prediction
    press_key(app, "lesson_leave")
    assert app.main.caption[1].value.endswith("**Go on** with scene 3 of 6.")


def test_a_component_and_how_surely():
    app = lessons(lesson="e_step", scene="2")
    press_key(app, "e_step 2 option 1")
    app.slider(key="e_step 2 share").set_value(75).run()
    press_key(app, "lesson_reveal")
    assert said(app.main.success[0]).startswith(
        "**Right.** You said component 1, 75%; it is component 1, 74.3%."
    )
    assert address(app)["answers"] == "2:1,75"


def test_the_end_leads_to_explore_and_to_the_next_lesson():
    app = lessons(lesson="mixture", scene="6", answers="3:3~4:2,50")
    assert said(app.main.success[0]) == (
        "**That was the lesson.** 1 of 2 predictions right. You left out 1 question."
    )
    links = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert links["**Now do it on your own data**"] == "data=own&k=2"
    press_key(app, "lesson_following")
    assert chosen(app) == {"lesson": "e_step"}
    shown = lessons(lesson="mixture", scene="6", answers="3:3~4:x~5:x")
    assert said(shown.main.success[0]) == (
        "**That was the lesson.** Every prediction was right. You left out 2 questions."
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"lesson": "astrology"}, "The link says `lesson=astrology`, but the lesson is one of"),
        (
            {"lesson": "own", "text": "abcdefgh"},
            "The link holds a lesson that was cut off or changed on its way.",
        ),
        ({"lesson": "own"}, "The link is to a lesson in a file, which it does not hold: open the file below"),
        (
            {"lesson": "mixture", "scene": "9"},
            "The link asks for scene 9, but this lesson has 6. This is the last one.",
        ),
        (
            {"lesson": "mixture", "scene": "3", "answers": "3:9"},
            "The answer in the link makes no sense here: it is as if you had asked to be shown.",
        ),
        (
            {"lesson": "mixture", "scene": "3", "answers": "all"},
            "The link says `answers=all`, but what was answered is scene:answer, such as 2:1.5,3~4:1.",
        ),
    ],
)
def test_nonsense_in_a_link_is_said(query, sentence):
    assert any(one.startswith(sentence) for one in warnings(lessons(**query)))


def open_file(text):
    app = lessons()
    app.file_uploader(key="lesson_file").set_value(("mine.toml", text.encode(), "text/plain")).run()
    assert not app.exception
    return app


def test_a_wrong_file_is_said_and_another_can_be_opened():
    app = open_file("no lesson at all")
    assert said(app.main.error[0]).startswith("`mine.toml` is not a lesson in TOML or JSON: ")
    assert app.main.info[0].value == "Mend the file and open it again, or choose another one."


def test_a_lesson_from_a_file_goes_on_where_a_scene_has_no_run_and_where_one_collapses():
    collapsing = "data=tutorial_collapse&k=3&init=given&means=10,13;30,25;25,-5&reg=0"
    links = [
        "data=tutorial_60&k=3&init=given&means=1,2;3,4&cov=full&colour=red",
        "data=own&table=0123456789abcdef",
    ]
    app = open_file("".join(SCENE.format(link=link) for link in (*links, collapsing)))
    press_key(app, "lesson_begin")
    assert "The link sets `colour`, which means nothing here; it is left out." in warnings(app)[0]
    press_key(app, "lesson_next")
    assert said(app.main.error[0]).startswith("This scene cannot be shown. ")
    assert app.main.info[0].value == "Go on with the next scene, or back."
    press_key(app, "lesson_next")
    assert not app.main.error
    assert said(app.main.success[0]) == (
        "**That was the lesson.** Its questions are still there to be answered."
    )


def collecting_on(**query):
    app = visitor(**query)
    app.session_state["share"] = True
    app.run()
    assert not app.exception
    return app


def test_what_is_on_the_screen_becomes_a_scene_and_the_file_opens_as_a_lesson():
    app = collecting_on(data="moons", k="4", at="3M")
    app.text_area(key="collect_say").set_value('Four "bells" tile the moons.').run()
    press_key(app, "collect_add")
    assert app.text_area(key="collect_say").value == ""
    press_key(app, "collect_add")
    press_key(app, "collect_remove 1")
    (scene,) = app.session_state[MEMORY][collecting.COLLECTED]
    content = collecting.to_toml("Moons", [scene])
    (read,) = read_lesson(content, "lesson.toml").scenes
    assert (read.settings.data, read.settings.n_components, read.at) == ("moons", 4, "3M")
    assert (read.say, read.problems) == ('Four "bells" tile the moons.', ())


def test_a_table_of_ones_own_is_no_scene():
    app = collecting_on(data="own")
    assert collecting.OWN_TABLE in [info.value for info in app.info]


def test_the_text_of_a_stranger_may_stress_a_word_and_no_more():
    app = open_file(
        SCENE.format(link="data=blobs").replace("Look.", "**Look** ![at](//host/it.png) <b>this</b>")
    )
    press_key(app, "lesson_begin")
    (shown,) = [one.value for one in app.main.markdown if "Look" in one.value]
    assert shown.startswith("**Look** ")
    assert "![at]" not in shown
    assert "<b>" not in shown


def test_who_asks_to_be_shown_has_said_nothing():
    app = lessons(lesson="e_step", scene="2")
    press_key(app, "lesson_show")
    assert said(app.main.info[0]).startswith("It is component 1, 74.3%.")


def test_two_runs_that_take_a_while_are_called_as_above_their_pictures(monkeypatch):
    monkeypatch.setattr("pages.ui.runs.jobs.PATIENCE", 0.0)  # so that it is shown that it takes a while
    question = (
        '[scene.question]\nkind = "choice"\nmeasure = "against the other"\nask = "Which?"\nwhy = "So."\n'
    )
    options = 'options = [{ text = "This", least = 0 }, { text = "The other", below = 0 }]\n'
    link = "data=blobs&n=70&k=3&seed=61&tol=1e-6&beside=k:6"  # of which nothing is kept yet
    app = open_file(SCENE.format(link=link) + question + options)
    press_key(app, "lesson_begin")
    press_key(app, next(one.key for one in app.button if one.key.endswith(" option 2")))
    press_key(app, "lesson_reveal")
    told = " ".join(said(one) for one in (*app.main.success, *app.main.info, *app.main.warning))
    assert "The total at the end: -" in told
    assert "(k = 3) and -" in told
    assert "(k = 6), which is" in told
