"""A mistake is declared once: an entry in a table makes a switch, a link, a run, a program and a suspect."""

import numpy as np
import pytest
from anew import import_anew
from link import address, opened, press, press_key

from gmm_core import load_dataset
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faults import FAULTS, Fault, Piece, program
from gmm_core.laboratory.faulty_em import faulty_e_step, likely_starts, run_with_faults
from gmm_core.tables.pasted import read_numbers

ROOTED = Fault(
    "rooted_responsibilities",
    "Responsibilities rooted",
    "The roots of responsibilities, normalised again",
    "E-step",
    "They are less sure than they should be, as at another temperature: the end is no maximum.",
    {
        "responsibilities": Piece(
            "np.exp(log_joint / 2 - logsumexp(log_joint / 2, axis=1, keepdims=True))",
            lambda now: np.exp(
                now.log_joint / 2 - np.logaddexp.reduce(now.log_joint / 2, axis=1, keepdims=True)
            ),
        )
    },
)
X = load_dataset("qa_series").X
START = likely_starts(X, 3)["centres"]


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    monkeypatch.setitem(FAULTS, ROOTED.name, ROOTED)


def ran_away(text, capsys):
    """The log-likelihoods that a program prints."""
    capsys.readouterr()
    exec(compile(text, "em.py", "exec"), {})
    return [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]


def test_it_runs_alone_and_with_others_as_its_program_does(capsys):
    run = run_with_faults(X, START, [ROOTED.name], max_iter=20)
    R = faulty_e_step(X, run.steps[5].parameters, run.faults).responsibilities
    right = faulty_e_step(X, run.steps[5].parameters).responsibilities
    np.testing.assert_allclose(R, np.sqrt(right) / np.sqrt(right).sum(axis=1, keepdims=True), atol=1e-12)
    assert len(run.steps) == 21
    assert np.abs(run.printed - run_with_faults(X, START, max_iter=20).printed).max() > 1
    for others in ((), ("deviation_as_variance",), ("old_mean", "no_weights"), ("log_of_all_pdfs",)):
        for eps in (0.0, 1e-8):
            how = {"faults": (*others, ROOTED.name), "max_iter": 9, "eps": eps}
            printed = ran_away(program(X, START, **how), capsys)
            np.testing.assert_allclose(printed, run_with_faults(X, START, **how).printed, rtol=1e-9)
    assert ROOTED.wrong == (
        "responsibilities = np.exp(log_joint / 2 - logsumexp(log_joint / 2, axis=1, keepdims=True))"
    )
    assert ROOTED.right.startswith("responsibilities = np.exp(log_joint - logsumexp(")


def test_it_is_suspected_by_parameters_and_by_a_history():
    run = run_with_faults(X, START, [ROOTED.name], max_iter=20)
    last = run.steps[-1].parameters
    parameters = "\n".join(f"{name} = {values!r}" for name, values in vars(last).items())
    for pasted, kind in (
        (parameters, "parameters"),
        ("\n".join(f"{value:.6f}" for value in run.printed), "history"),
    ):
        found = diagnose(read_numbers(pasted), X, kind, n_components=3)
        assert (ROOTED.name,) in [one.faults for one in found.suspects], kind
        assert () not in [one.faults for one in found.suspects], kind


def test_it_is_a_switch_in_the_link_in_the_player_in_the_program_and_shown_from_a_diagnosis(
    monkeypatch, capsys
):
    import_anew(monkeypatch, "pages.ui.debug")
    app = opened("debug.py", data="qa_series", k="3", mistakes="none", steps="12")
    switch = app.toggle(key=f"debug mistake {ROOTED.name}")
    assert (switch.label, switch.value) == (ROOTED.label, False)
    assert switch.help == f"**{ROOTED.title}**, in the E-step. {ROOTED.seen}"
    switch.set_value(True).run()
    assert not app.exception
    assert address(app)["mistakes"] == ROOTED.name
    run = run_with_faults(X, START, [ROOTED.name], max_iter=12)
    (told,) = [one.value for one in app.main.markdown if one.value.startswith("**With this mistake**")]
    first, last = (f"{run.log_likelihoods[i]:,.2f}".replace("-", "−") for i in (0, -1))
    assert f"from {first} to {last} in 12 iterations" in told
    assert [one.value for one in app.code][:2] == [ROOTED.wrong, ROOTED.right]
    assert ROOTED.wrong in app.code[2].value
    names = {"X": X, "start": START, "max_iter": 12}
    begin = "class start:\n    weights, means, covariances = W, M, V\n"
    values = dict(zip("WMV", (START.weights, START.means, START.variances), strict=True))
    exec(begin, values)
    capsys.readouterr()
    exec(app.code[2].value, names | {"start": values["start"]})
    printed = [float(line.split()[1]) for line in capsys.readouterr().out.splitlines()]
    np.testing.assert_allclose(printed, run.printed, rtol=1e-9)

    app = opened("debug.py", data="qa_series", k="3", mistakes=f"old_mean,{ROOTED.name}", steps="12")
    assert not app.warning
    assert app.toggle(key=f"debug mistake {ROOTED.name}").value
    app = opened("debug.py", data="qa_series", k="3", show="paste")
    app.text_area(key="debug_text").set_value("\n".join(f"{value:.6f}" for value in run.printed)).run()
    press(app, "Diagnose")
    assert ROOTED.title[1:] in app.warning[0].value
    press_key(app, "debug_show_0")
    assert ROOTED.name in address(app)["mistakes"].split(",")
