"""What was pasted on Debug, in three steps; never a tick where nothing was verified."""

import numpy as np
import pytest
from link import html, opened, press

from gmm_core import load_dataset
from gmm_core.laboratory.audit.printer import PRINTER
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step, likely_starts, run_with_faults
from gmm_core.laboratory.laws import Parameters

X = load_dataset("qa_series").X
START = likely_starts(X, 3)["centres"]


def markdown(app):
    return "\n".join(element.value for element in app.main.markdown).replace("\\", "")


def judged(text, kind="guess"):
    app = opened("debug.py", show="paste", data="qa_series", k="3", kind=kind)
    app.text_area(key="debug_text").set_value(text).run()
    return press(app, "Diagnose")


def printed_in_a_loop(faults, capsys, times=2, more=0):
    """What the short program prints at the end of iterations in a row of somebody's own loop."""
    names = {}
    exec(PRINTER, names)
    now = run_with_faults(X, START, faults, max_iter=4).steps[-1].parameters
    capsys.readouterr()
    for _ in range(times):
        R = faulty_e_step(X, now, faults).responsibilities
        now = faulty_m_step(X, R, now, faults)
        names["show"](now.weights, now.means, now.variances, R)
    return capsys.readouterr().out


def test_the_short_program_prints_what_judges_each_half_step(capsys):
    assert len(PRINTER.splitlines()) <= 10
    app = judged(printed_in_a_loop(("no_half",), capsys))
    assert app.main.code[0].value == PRINTER.strip()
    assert "an exponent without its 1/2" in app.warning[0].value
    assert "! The responsibilities of set 2 follow" in html(app).replace("<b>", "").replace("</b>", "")
    assert FAULTS["no_half"].wrong in [one.value for one in app.code]
    app = judged(printed_in_a_loop(("old_mean",), capsys))
    assert "the old mean in the update of the variances" in app.warning[0].value
    assert "First that does not hold: **The parameters of set 2 follow from the responsibilities" in markdown(
        app
    )
    app = judged(printed_in_a_loop((), capsys))
    assert app.success[0].value == "**Correct EM gives exactly these numbers.**"
    assert not app.warning


def test_what_could_not_be_verified_is_grey_and_says_what_to_paste():
    start = Parameters(START.weights, X[[3, 20, 40]], START.variances)
    now = run_with_faults(X, start, max_iter=5).steps[-1].parameters
    text = f"weights = {now.weights}\nmeans = {now.means}\nvariances = {now.variances}"
    app = judged(text)
    assert not app.success
    assert not app.warning
    assert "These numbers break no law, but that does not prove the code right." in markdown(app)
    assert "Paste the parameters and the responsibilities of two iterations in a row" in markdown(app)
    assert "moves the weights by " in html(app)
    alone = judged("means = [25 35 44]")
    assert "Nothing could be verified." in markdown(alone)
    assert "because there are no variances among the numbers." in markdown(alone)
    assert not alone.success


def test_a_history_and_hard_responsibilities_have_their_three_steps():
    run = run_with_faults(X, START, ["hard_assignments"], max_iter=30)
    R = faulty_e_step(X, run.steps[-1].parameters, run.faults).responsibilities
    app = judged(np.array2string(R, threshold=10**6))
    assert "every row given whole to one component" in app.warning[0].value
    assert "all rows are given whole to one component" in html(app)
    app = judged("-120.5\n-118.25\n-118.125")
    assert "Log-likelihoods: the log-likelihoods of 3 iterations" in markdown(app)
    assert "a history shows only whether it rises" in markdown(app)
    assert not app.success


@pytest.mark.parametrize("name", ["one_less", "no_constant"])
def test_other_mistakes_are_switches_too(name):
    app = opened("debug.py", data="tutorial_500", k="3", mistakes=name, steps="10")
    assert not app.exception
    assert app.toggle(key=f"debug mistake {name}").value
    assert FAULTS[name].seen in markdown(app)
