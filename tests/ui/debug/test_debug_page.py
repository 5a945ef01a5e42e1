"""The page Debug, without a browser: each mistake, what it breaks, pasted numbers, nonsense in a link."""

import re
from dataclasses import replace

import pytest
from link import address, html, keep_table, opened, press

from gmm_core import load_dataset
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import likely_starts, run_with_faults
from gmm_core.laboratory.laws import LAWS
from pages.ui.address.presets import MISTAKES
from pages.ui.debug.settings import EXAMPLES, QUESTION, Program

SERIES = {"data": "qa_series", "k": "3"}
AS_FOUND = {"mistakes": ",".join(QUESTION), "begin": "centres", "eps": "0", "steps": "100", "draw": "0"}
LAW_OF = {sentence: law for law, sentence in LAWS.items()}


def debug(**query):
    return opened("debug.py", **query)


def said(app):
    kinds = (app.main.markdown, app.main.caption, app.info, app.warning, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


def outcome(app):
    (text,) = [one.value for one in app.main.markdown if "og-likelihood goes from" in one.value]
    return text


def broken(app):
    """The laws that the list marks as broken, with what it says of them."""
    rows = re.findall(
        r'<tr class="warning"><td><b>!</b> (.*?)</td><td class="evidence">(.*?)</td>', html(app)
    )
    return {LAW_OF[sentence]: evidence for sentence, evidence in rows}


def switch(app, *names):
    for name in names:
        toggle = app.toggle(key=f"debug mistake {name}")
        toggle.set_value(not toggle.value).run()
        assert not app.exception
    return app


# --- The mistakes


def test_it_opens_with_the_questions_mistakes_and_without_them_the_curve_never_falls():
    app = debug()
    there = address(app)
    assert {name: there[name] for name in SERIES | AS_FOUND} == SERIES | AS_FOUND
    assert app.title[0].value == "Is my code wrong?"
    assert "falls from −171.58 to −354.97, and every weight becomes 1/50" in said(app)
    assert outcome(app) == (
        "**With these 3 mistakes** the true log-likelihood goes from −171.58 to −354.97 in 100 iterations "
        "and **falls 61 times**. The weights sum to 0.06, each of them 1/50. Correct EM: from −182.78 to "
        "−106.19 in 100 iterations and never falls."
    )
    assert broken(app) == {
        "rows": "Broken in iteration 0: The responsibilities of row 23 sum to 4.25663e-06, not 1; 50 of 50 "
        "rows do not sum to 1.",
        "weights": "Broken in iteration 1: The weights sum to 0.06, not 1.",
        "printed": "Broken in iteration 0: The code prints -161.596 as log-likelihood; that of its "
        "parameters is -171.576.",
        "rising": "Broken in iteration 1: The log-likelihood fell from -171.576 to -231.226 in iteration 1.",
        "printed_rising": "Broken in iteration 1: What the code prints fell from -161.596 to -323.564 in "
        "iteration 1.",
    }
    switch(app, *QUESTION)
    assert address(app)["mistakes"] == "none"
    assert broken(app) == {}
    assert outcome(app) == (
        "**No mistake is on: this is correct EM.** Its log-likelihood goes from −182.78 to −106.19 in 100 "
        "iterations and never falls."
    )
    press(app, "The question's three")
    assert address(app)["mistakes"] == ",".join(QUESTION)
    press(app, "All off")
    assert not any(app.toggle(key=f"debug mistake {name}").value for name in FAULTS)


@pytest.mark.parametrize(
    ("name", "laws", "sentence"),
    [
        (
            "deviation_as_variance",
            {"printed", "rising", "printed_rising"},
            "from −182.78 to −124.88 in 100 iterations and **falls 33 times**",
        ),
        (
            "normalised_over_data",
            {"rows", "weights", "printed", "rising", "printed_rising"},
            "from −182.78 to −1.05e+31 in 100 iterations and **falls 13 times**",
        ),
        ("random_variances", set(), "from −171.58 to −106.19 in 100 iterations and never falls"),
        (
            "variance_as_scale",
            {"printed", "rising", "printed_rising"},
            "from −182.78 to −171.78 in 100 iterations and **falls 2 times**",
        ),
        (
            "no_weights",
            {"printed", "rising", "finite", "variances"},
            "from −182.78 to 266.41 in 92 iterations and **falls 8 times**",
        ),
        ("old_mean", {"spread"}, "from −182.78 to −106.19 in 100 iterations and never falls"),
        ("densities_multiplied", set(), "from −182.78 to −106.19 in 100 iterations and never falls"),
        (
            "summed_after_normalising",
            {"printed"},
            "from −182.78 to −106.19 in 100 iterations and never falls",
        ),
        (
            "log_of_all_pdfs",
            {"printed", "printed_rising"},
            "from −182.78 to −106.19 in 100 iterations and never falls",
        ),
    ],
)
def test_each_mistake_alone(name, laws, sentence):
    app = switch(debug(**SERIES, mistakes="none"), name)
    assert address(app)["mistakes"] == name
    assert set(broken(app)) == laws
    assert sentence in outcome(app)
    fault = FAULTS[name]
    assert fault.seen in said(app)
    code = [one.value for one in app.code]
    assert code[:2] == [fault.wrong, fault.right]
    assert all(line in code[2] for line in fault.wrong.splitlines())


def test_a_product_is_offered_data_on_which_it_underflows():
    app = debug(**SERIES, mistakes="densities_multiplied")
    assert "**Nothing is seen of the product here.** The log-likelihood is -183 at the start" in said(app)
    press(app, "Try it on 500 points")
    assert address(app)["data"] == "tutorial_500"
    assert set(broken(app)) == {"printed"}
    assert "The code prints -inf as log-likelihood; that of its" in broken(app)["printed"]
    assert "Minus infinity is printed in iteration 0 (and in 100 others): it cannot be drawn." in said(app)
    assert EXAMPLES["A product that underflows"].told in said(app)
    assert "This code has diagonal covariances, whatever was chosen elsewhere." in said(app)


def test_mistakes_that_undo_each_other_are_said_to():
    app = debug(**SERIES, mistakes="deviation_as_variance,variance_as_scale")
    assert "these mistakes undo each other" in said(app)
    assert broken(app) == {}


def test_the_published_answer_stands_in_the_table():
    app = press(debug(), "The published answer")
    there = address(app)
    assert (there["begin"], there["eps"], there["at"]) == ("half", "1e-08", "100E")
    assert there["mistakes"] == "deviation_as_variance,normalised_over_data"
    assert "## The numbers at iteration 100, E-step" in said(app)
    shown = re.findall(
        r'<td class="">(0\.0[\d.]+)</td><td class="first">([\d.]+)</td><td class="first">([\d.]+)<', html(app)
    )
    rounded = {(round(float(mean), 8), round(float(variance), 8)) for _, mean, variance in shown}
    assert rounded == {
        (44.42596231, 0.07568723),
        (24.509301, 0.10583743),
        (35.4137508, 0.52125856),
    }
    assert "from −190.84 to −354.97" in outcome(app)


def test_the_zeros_and_the_1446_of_the_question_appear():
    app = press(debug(), "The array of the question")
    page = html(app)
    rows = {
        int(number): re.findall(r"<td[^>]*>([^<]*)</td>", cells)
        for number, cells in re.findall(r'<tr><td class="">(\d+)</td>(.*?)</tr>', page)
    }
    # The value, and the densities of the three components.
    assert rows[4][:4] == ["43.46", "0.003051", "0", "0.003051"]
    assert rows[10][:4] == ["44.45", "1.446", "0", "1.446"]
    assert rows[1][:4] == ["25.31", "0", "0.05932", "0"]
    app.number_input(key="debug_row").set_value(45).run()
    assert not app.exception
    assert "Rows 45 to 50 of 50; densities are without weights." in said(app)
    assert address(app)["row"] == "45"


def test_a_run_that_cannot_go_on_says_why():
    app = debug(**SERIES, mistakes="random_variances", draw="1")
    assert "Ended in iteration 2. The responsibility of component " in outcome(app)
    assert set(broken(app)) == {"finite", "variances"}
    assert "Holds up to iteration 1." in html(app)
    assert "Not a number is printed in iteration 2: it cannot be drawn." in said(app)


def test_constant_features_are_left_out_and_a_collapse_is_no_mistake():
    app = debug(data="digits", k="10", mistakes="none", steps="3")
    assert "Of 64 features, 3 are constant: they have no density, and are left out." in said(app)
    assert "**Correct EM cannot go on either.** Ended in iteration 2." in said(app)


def test_a_table_of_ones_own_is_used_and_what_cannot_be_begun_is_said():
    name = keep_table(b"a,b\n1,7\n2,7\n3,9\n4,7\n5,8", "")
    app = debug(data="own", table=name, k="2", steps="5")
    assert "Rows 1 to 5 of 5" in said(app)
    app.number_input(key="n_components").set_value(7).run()
    assert not app.exception
    assert app.error[0].value == "n\\_components = 7 is more than the 5 rows of X. Use at most 5 components."
    app.selectbox(key="debug_begin").select("rows").run()
    assert not app.exception
    assert "5 rows for 7 components" in app.error[0].value
    waiting = debug(data="own")
    assert not waiting.error


def test_a_run_and_a_diagnosis_that_were_cancelled_can_be_run_after_all():
    app = debug(**SERIES)
    settings = replace(MISTAKES.data_alone, n_components=3)
    app.session_state["_wishes"] = {"cancelled": settings}
    app.run()
    assert "This run was cancelled. Choose fewer rows or iterations, or run it after all." in said(app)
    press(app, "Run it")
    assert "**falls 61 times**" in outcome(app)
    app = press(debug(show="paste", **SERIES), "The published answer")
    text = app.text_area(key="debug_text").value
    correct = Program((), "centres", 0.0, 100, 0)
    app.session_state["_wishes"]["cancelled"] = (text, None, settings, correct)
    app.run()
    assert "This diagnosis was cancelled. Paste something smaller, or run it after all." in said(app)
    press(app, "Run it")
    assert "gives exactly these numbers" in said(app)


def test_nonsense_in_a_link_is_said():
    app = debug(
        **SERIES, mistakes="typo", begin="x", eps="-1", steps="1e9", draw="q", show="?", row="0", at="7Q"
    )
    warned = app.warning[0].value
    for part in ("mistakes=typo", "begin=x", "eps=-1", "steps=1e9", "draw=q", "show=?", "row=0", "7Q"):
        assert f"{part}`" in warned
    assert "the mistakes are none, or names such as deviation_as_variance,old_mean." in warned
    assert {name: address(app)[name] for name in AS_FOUND} == AS_FOUND
    assert "but this run has 0E to 100E" in warned


# --- What was pasted


def paste(app, text, kind="guess"):
    app.text_area(key="debug_text").set_value(text).run()
    if kind != "guess":
        app.segmented_control(key="debug_kind").set_value(kind).run()
    return press(app, "Diagnose")


def test_nothing_pasted_yet_teaches():
    app = debug(show="paste", **SERIES)
    assert app.info[0].value.startswith("**Nothing was pasted yet.** Paste what your code prints")
    press(app, "Diagnose")
    assert app.error[0].value == "Nothing was pasted. Paste the numbers that your code prints."


def test_the_published_answer_is_recognised_and_its_mistakes_can_be_watched():
    app = press(debug(show="paste", data="blobs"), "The published answer")
    assert address(app)["data"] == "qa_series", "an example brings its data"
    assert "**Code with these mistakes \\(a standard deviation" in app.warning[0].value
    assert app.warning[0].value.endswith("gives exactly these numbers.**")
    assert "changes these numbers by 6 × 10⁻⁸ at most, one of correct EM by 26" in html(app)
    # Three steps: what they are, what does not follow, the lines.
    assert "Parameters: the means and variances of 3 components, at the end of a run." in said(app)
    assert "First that does not hold: **One step of correct EM leaves them where they are" in said(app)
    code = [one.value for one in app.code]
    assert code[1:3] == [FAULTS["deviation_as_variance"].wrong, FAULTS["deviation_as_variance"].right]
    press(app, "Show these mistakes")
    there = address(app)
    assert there["mistakes"] == "deviation_as_variance,normalised_over_data"
    assert "show" not in there
    assert "rising" in broken(app)
    app.segmented_control(key="debug_part").set_value("paste").run()
    assert "44.42596231" in app.text_area(key="debug_text").value, "what was pasted is still there"


def test_the_array_of_the_question_is_called_densities():
    app = press(debug(show="paste"), "The array of the question")
    assert "**These are densities, not responsibilities" in said(app)
    assert "not between 0 and 1" in html(app)
    assert "Responsibilities: the responsibilities of 3 components for the 50 rows." in said(app)


def test_a_history_that_falls_a_history_with_gaps_and_one_with_words():
    app = press(debug(show="paste"), "A history that falls")
    assert "The log-likelihood fell from -161.686 to -283.214 at value 2, and 29 more times." in html(app)
    assert "gives exactly these numbers, which break a law" in said(app)
    press(app, "A history with gaps")
    assert "Value 3 is missing or not a number (and 2 more)." in html(app)
    assert "The log-likelihood fell from -119.9 to -inf at value 7." in html(app)
    press(app, "A history with a word in it")
    assert app.error[0].value == (
        "The pasted text\\: 'diverged' in row 4, column 'x2' is no number. Leave it out, or write "
        "nan where a number is missing."
    )


def test_a_history_of_ones_own_is_compared_from_the_start_on_the_left():
    X = load_dataset("qa_series").X
    values = run_with_faults(X, likely_starts(X, 3)["centres"], ["log_of_all_pdfs"], max_iter=12).printed
    app = paste(debug(show="paste", **SERIES), "\n".join(f"{value:.7f}" for value in values), "history")
    assert address(app)["kind"] == "history"
    assert "gives exactly these numbers" in said(app)
    assert "The logarithm of the sum of all densities" in said(app)
    app.segmented_control(key="debug_kind").set_value("responsibilities").run()
    assert "The pasted responsibilities are 13 rows of 1 number, but the data have 50 rows" in app.error[
        0
    ].value.replace("\\", "")


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "__import__('os').system('false')", "**x** `y` $z$", "[[[", "1e999"]
)
def test_whatever_is_pasted_is_only_text(text):
    app = paste(debug(show="paste", **SERIES), text)
    assert len(app.error) == 1
    assert "<script>alert" not in html(app)
