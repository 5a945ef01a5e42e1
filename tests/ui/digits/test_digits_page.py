"""The page of digits, without a browser: published figures, repairs, parts, and nonsense in a link."""

import re

import pytest
from link import address, html, opened, press

from pages.ui.digits.controls import making
from pages.ui.digits.settings import FIELDS, Exercise

AS_PRINTED = {
    "split": "first",
    "k": "10",
    "cov": "diag",
    "pca": "0",
    "reg": "0.0001",
    "init": "shuffled",
    "seed": "42",
    "stop": "weights",
    "tol": "1e-10",
    "iters": "200",
}


def digits(**query):
    return opened("digits.py", **query)


def texts(app):
    return [element.value for kind in (app.main.markdown, app.main.caption) for element in kind]


def accuracies(app):
    (said,) = [text for text in texts(app) if text.startswith("**Accuracy**")]
    return said.split("**After: ")[1].split(".**")[0]


def test_it_opens_on_the_exercise_as_it_is_printed_and_every_repair_counts():
    app = digits()
    assert address(app) == AS_PRINTED
    said = "\n".join(texts(app))
    assert "go to the last of 116 iterations." in said
    assert "The log-likelihood falls in 24 of 116 iterations, which are marked: by at most 0.00064" in said
    assert "the numbers are right for 4.69% of the training rows, which looks like failure." in said
    assert "Completeness 0.55366, homogeneity 0.53201 and AMI 0.53583 compare the grouping alone" in said
    assert accuracies(app) == "56.72% and 52.41%"
    assert re.findall('class="em-called">(.)<', html(app)) == list("1645807293")
    assert "Component 0 is called 1, but more of its rows here are 4: 52 against 37." in html(app)

    app.segmented_control(key="digits_repair").set_value("majority").run()
    assert accuracies(app) == "58.47% and 53.70%"
    assert "No component is called 1 or 9: 254 rows of theirs here cannot be right" in html(app)
    assert "Components 0, 2 and 8 are all called 4." in html(app)

    app.segmented_control(key="digits_repair").set_value("hand").run()
    assert accuracies(app) == "4.69% and 4.26%", "by hand, it begins with the numbers"
    assert [app.selectbox(key=f"digits_called_{j}").value for j in range(10)] == list(range(10))
    app.selectbox(key="digits_called_1").select(6).run()
    assert accuracies(app) == "14.24% and 13.33%"
    assert address(app) == {**AS_PRINTED, "repair": "hand", "hand": "0623456789"}
    press(app, "Take over the optimal matching")
    assert accuracies(app) == "56.72% and 52.41%"
    assert address(app)["hand"] == "1645807293"
    # Another run has other components: what they were called by hand is gone.
    app.number_input(key="digits_seed").set_value(1).run()
    assert not app.exception
    assert address(app) == {**AS_PRINTED, "seed": "1", "repair": "hand"}
    assert app.selectbox(key="digits_recipe").value == "Of your own"
    app.selectbox(key="digits_recipe").select("PCA to 30, full, 0.03").run()
    assert not app.exception
    changed = {"cov": "full", "pca": "30", "reg": "0.03", "init": "kmeans", "seed": "6"}
    changed |= {"stop": "log_likelihood", "tol": "0.001"}
    assert address(app) == {**AS_PRINTED, **changed, "repair": "hand"}
    assert "EM ran on 30 principal components of the training rows;" in "\n".join(texts(app))


def test_scores_beside_k_means_the_labels_and_the_other_split():
    app = digits(part="scores", repair="majority", rows="test")
    page = html(app)
    for model, numbers in {
        'EM, before the repair</td><td class="text">train': '0.0469</td><td class="">0.5537',
        'EM, repaired: majority vote</td><td class="text">train': "0.5847",
        'EM, repaired: majority vote</td><td class="text">test': "0.5370",
        'told the labels: naive Bayes</td><td class="text">test': "0.8630",
    }.items():
        assert f'{model}</td><td class="">{numbers}</td>' in page
    # Digit 1: nothing is called so, and there is no precision.
    assert '<td class="">1</td><td class=""></td><td class="">0.000</td>' in page
    assert '70%, shuffled and stratified</td><td class="">0.6388</td><td class="">0.6407</td>' in page
    assert "test rows: as published, .744" in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            {"part": "unsure"},
            "88.2% of the training rows have a responsibility above 0.999, and 38.5% of",
        ),
        (
            {"part": "new", "k": "8"},
            "Both sides use the same random numbers. Grey values below 0 and above",
        ),
        ({"part": "two"}, "**diag**: 1 on 1 to 4, none on 5 to 12, 1 on 13 to 30."),
    ],
)
def test_the_other_parts(query, said):
    app = digits(**query)
    assert said in "\n".join(texts(app))
    assert 'alt="' in html(app), "every image says what it is"
    if "k" in query:
        assert app.info[0].value == "8 components for ten digits: one to one, 2 digits have no component."


@pytest.mark.parametrize(
    ("part", "said", "unsaid"),
    [
        ("repair", "it is no better than chance, and", "far from chance"),
        ("scores", "Not the start: begun at the clusters of k-means, the same EM ends at", "EM raises it"),
        ("unsure", "0.0% of the training rows have a responsibility above", "far too sure"),
        ("new", "A variance below 1 is less than its square root,", "These variances are small"),
    ],
)
def test_a_run_that_finds_nothing_is_not_told_as_one_that_does(part, said, unsaid):
    text = "\n".join(texts(digits(part=part, reg="10", cov="spherical", iters="2", pca="1")))
    assert said in text
    assert unsaid not in text
    assert "1 principal component of the pixels" in text


def test_what_makes_no_sense_in_a_link_is_said():
    app = digits(k="13", pca="65", hand="12z", at="9X", repair="magic")
    assert address(app) == {**AS_PRINTED, "at": "9X"}
    assert app.warning[0].value.split("\n\n") == [
        "The link says `k=13`, but the number of components is a whole number from 2 to 12. "
        "`k=10` is used instead.",
        "The link says `pca=65`, but the number of principal components is a whole number from 0 to 64. "
        "`pca=0` is used instead.",
        "The link says `repair=magic`, but the repair is one of optimal, majority, hand. "
        "`repair=optimal` is used instead.",
        "The link says `hand=12z`, but the repair by hand is a digit for each component, such as 1645807293, "
        "with x for none. It is left out.",
        "The link asks for the half-step `9X`, but this run has 0E to 116E. It opens at its start.",
    ]


def test_an_end_on_the_way_says_how_far_it_is_and_is_mended_by_a_button():
    app = digits(iters="3")
    assert app.main.info[0].value.startswith(
        "**Stopped after 3 iterations, the most allowed, and going on would"
    )
    app = app.button(key="mend stopped").click().run()
    assert address(app)["stop"] == "log_likelihood"  # the tolerance that is advised is of that
    assert [text for text in texts(app) if text.startswith(":material/check: The end: **Converged")]
    # What makes no sense here has no button: nobody chooses a start of Explore's that is not offered.
    assert making({"init": "loaded"}) is None
    assert making({"init": "kmeans", "random_state": 3})


def test_too_little_regularisation_is_said_and_the_last_good_step_is_shown():
    app = digits(cov="full", pca="60", reg="0", init="kmeans", repair="hand", hand="123")
    assert app.warning[0].value.startswith(
        "**Component 0 collapsed in iteration 2\\: it shrank onto 136 rows"
    )
    assert app.warning[1].value == (
        "The repair by hand in the link is for 3 components, but there are 10: "
        "those that it lacks are called nothing."
    )
    app = digits(reg="0")
    assert app.error[0].value.replace("\\", "") == (
        "X is constant in columns 0, 32 and 39, so with reg_covar = 0 a covariance has no extent there. "
        "Leave such columns out, or raise reg_covar (it is in squared data units)."
    )


def test_a_half_step_belongs_to_its_page():
    app = digits(at="30E")
    app.switch_page("explore.py").run()
    assert not app.exception
    assert not app.warning
    assert "at" not in address(app)
    app.switch_page("digits.py").run()
    assert address(app) == {**AS_PRINTED, "at": "30E"}


def test_what_was_cancelled_can_be_run_after_all():
    app = digits(k="3")
    three = Exercise.of({n: f.default for n, f in FIELDS.items()} | {"digits_k": 3})
    app.session_state["_wishes"] = {"cancelled": three}
    app.run()
    assert app.info[0].value == (
        "This fit was cancelled. Choose something smaller in the settings, or run it after all."
    )
    assert not app.warning
    press(app, "Run it")
    assert app.info[0].value == "3 components for ten digits: one to one, 7 digits have no component."
    app.session_state["_wishes"] = {"cancelled": "two digits"}
    app.segmented_control(key="digits_part").set_value("two").run()
    assert app.info[1].value == "The fits were cancelled. Look at another part, or run it after all."
