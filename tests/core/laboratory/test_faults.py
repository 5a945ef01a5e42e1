"""Code with mistakes: the program that is shown, its published numbers, and the laws that it breaks."""

from __future__ import annotations

import runpy
from itertools import combinations

import numpy as np
import pytest

from gmm_core import Mixture, fit, load_dataset
from gmm_core.laboratory.audit.at_rest import unseen_here
from gmm_core.laboratory.faults import DATA_FILE, FAULTS, code, program
from gmm_core.laboratory.faulty_em import (
    STARTS,
    faulty_e_step,
    likely_starts,
    log_likelihood_of,
    run_with_faults,
)
from gmm_core.laboratory.laws import (
    LAWS,
    FaultyStep,
    Parameters,
    broken_by_parameters,
    broken_by_responsibilities,
    broken_laws,
    how_it_falls,
)

ROOT, OVER_DATA, RANDOM = (name for name, fault in FAULTS.items() if fault.in_question)
BOTH = (ROOT, OVER_DATA)
SERIES = load_dataset("qa_series").X
CENTRES = np.array([[24.8055555556], [34.2441666667], [43.6805986417]])  # optimal k-means


def start(variances) -> Mixture:
    return Mixture(np.full(3, 1 / 3), CENTRES, np.broadcast_to(variances, (3, 1)), "diag")


@pytest.fixture
def about_centres() -> Mixture:
    """The k-means centres, and the mean squared distance of all values from each."""
    return start(((SERIES - CENTRES.T) ** 2).mean(axis=0)[:, np.newaxis])


def blob_start(X: np.ndarray, k: int, seed: int = 0) -> Mixture:
    rng = np.random.default_rng(seed)
    means = X[rng.choice(len(X), k, replace=False)]
    return Mixture(rng.dirichlet(np.full(k, 5.0)), means, np.tile(X.var(axis=0), (k, 1)), "diag")


# --- without mistakes


@pytest.mark.parametrize("d", [1, 2, 5])
def test_without_mistakes_it_is_em(blobs, d):
    X = blobs(200, d)
    begin = blob_start(X, 3)
    run = run_with_faults(X, begin, max_iter=20)
    trace = fit(X, 3, covariance_type="diag", reg_covar=0, tol=0, start=begin, max_iter=20)
    assert (run.stop, run.first_broken, len(run.steps)) == ("", {}, 21)
    np.testing.assert_allclose(run.printed, trace.log_likelihoods * len(X), rtol=1e-10)
    np.testing.assert_allclose(run.printed, run.log_likelihoods, rtol=1e-14)
    for mine, theirs in zip(run.steps, trace.steps, strict=True):
        np.testing.assert_allclose(mine.parameters.weights, theirs.mixture.weights, rtol=1e-10)
        np.testing.assert_allclose(mine.parameters.means, theirs.mixture.means, rtol=0, atol=1e-10)
        np.testing.assert_allclose(mine.parameters.variances, theirs.mixture.covariances, rtol=1e-10)
    expectation = faulty_e_step(X, run.steps[3].parameters)
    mixture = trace.steps[3].mixture
    np.testing.assert_allclose(expectation.responsibilities, mixture.responsibilities(X), atol=1e-12)
    np.testing.assert_allclose(
        np.log((expectation.densities * mixture.weights).sum(axis=1)), mixture.log_density(X), rtol=1e-9
    )


def test_an_eps_in_denominators_breaks_no_law(about_centres):
    run = run_with_faults(SERIES, about_centres, eps=1e-8)
    assert run.first_broken == {}
    sums = faulty_e_step(SERIES, run.steps[-1].parameters, eps=1e-8).responsibilities.sum(axis=1)
    assert 1e-6 < np.abs(sums - 1).max() < 1e-5


# --- the program that is shown is the one that runs

# Each alone; of pairs, those of the first nine, and each other with one of these.
FIRST = list(FAULTS)[:9]
OTHERS = [(FIRST[i % 5], name) for i, name in enumerate(FAULTS) if name not in FIRST]
ALONE_AND_TOGETHER = [
    (),
    *((name,) for name in FAULTS),
    *combinations(FIRST, 2),
    *OTHERS,
    (ROOT, OVER_DATA, RANDOM),
]


def run_program(X, begin, faults, eps, max_iter):
    """What the program that is shown prints, and its variables at the end."""
    printed: list[float] = []
    names = {"X": X, "start": begin, "max_iter": max_iter, "print": lambda *said: printed.append(said[1])}
    np.random.seed(5)
    exec(code(faults, eps=eps), names)
    return printed, names


@pytest.mark.slow
@pytest.mark.parametrize("eps", [0.0, 1e-8])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the program, which does not silence them
def test_the_program_that_is_shown_gives_the_same_numbers(blobs, eps):
    X = blobs(60, 2, 2, seed=3)
    begin = blob_start(X, 2)
    for faults in ALONE_AND_TOGETHER:
        run = run_with_faults(X, begin, faults, max_iter=6, eps=eps, random_state=5)
        printed, names = run_program(X, begin, faults, eps, len(run.steps) - 2)
        np.testing.assert_allclose(printed, run.printed[:-1], rtol=1e-8, atol=1e-10, err_msg=str(faults))
        last = run.steps[-1].parameters
        for name in ("weights", "means", "variances"):
            same_but_for_rounding(names[name], getattr(last, name), str(faults))


def same_but_for_rounding(shown, run, said):
    """To seven digits; but what is 0 but for rounding, or divided by that, has none in common.

    Where columns sum to 1, N_k - 1 is 0: variances are endless. Where densities shrink, a variance is 0.
    """
    endless = (np.abs(shown) > 1e14) & (np.abs(run) > 1e14)
    np.testing.assert_allclose(
        np.where(endless, 0, shown), np.where(endless, 0, run), rtol=1e-7, atol=1e-22, err_msg=said
    )


def test_each_mistake_shows_its_wrong_line_and_the_right_one():
    lines = {name: (fault.wrong, fault.right) for name, fault in FAULTS.items()}
    assert lines[ROOT] == (
        "log_densities = log_pdf(X[:, np.newaxis], means, np.sqrt(variances))",
        "log_densities = log_pdf(X[:, np.newaxis], means, variances)",
    )
    assert lines["old_mean"] == (
        "squares = (X[:, np.newaxis] - means) ** 2",
        "squares = (X[:, np.newaxis] - new_means) ** 2",
    )
    assert lines["no_weights"] == (
        "log_joint = log_densities",
        "log_joint = np.log(weights) + log_densities",
    )
    for wrong, right in lines.values():
        assert wrong
        assert len(wrong.splitlines()) == len(right.splitlines())
    assert [fault.in_question for fault in FAULTS.values()] == [True] * 3 + [False] * (len(FAULTS) - 3)


@pytest.mark.parametrize("name", FAULTS)
def test_each_mistake_names_the_law_that_it_breaks_first(name):
    first = set()
    for data in ("qa_series", "tutorial_500"):  # a product underflows on the second alone
        X = load_dataset(data).X
        run = run_with_faults(X, likely_starts(X, 3)["centres"], [name], max_iter=5)
        first |= set(list(run.first_broken)[:1])
    assert first == {FAULTS[name].law} - {""}
    assert {FAULTS[name].law} - {""} <= set(LAWS)


# --- the question and its answer


def test_the_published_answer_comes_out_in_every_digit():
    run = run_with_faults(SERIES, start(0.5), BOTH, eps=1e-8, max_iter=100)
    last = run.steps[-1].parameters
    found = sorted(zip(last.means[:, 0].round(8), last.variances[:, 0].round(8), strict=True))
    assert found == [(24.509301, 0.10583743), (35.4137508, 0.52125856), (44.42596231, 0.07568723)]
    np.testing.assert_allclose(last.weights, 1 / 50, rtol=1e-6)
    assert run.log_likelihoods[0] == pytest.approx(-190.84, abs=0.005)
    assert run.log_likelihoods[-1] == pytest.approx(-354.97, abs=0.005)
    assert [one.sentence for one in run.steps[-1].broken if one.law == "weights"] == [
        "The weights sum to 0.06, not 1."
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_array_of_the_question_is_densities(seed):
    twins = Mixture(np.full(3, 1 / 3), [[44.44571429], [24.56], [44.44571429]], np.ones((3, 1)), "diag")
    run = run_with_faults(SERIES, twins, (*BOTH, RANDOM), random_state=seed)
    np.testing.assert_allclose(run.steps[-1].parameters.means[:, 0], [44.4, 24.5, 44.4], atol=0.03)
    densities = faulty_e_step(SERIES, run.steps[-1].parameters).densities.T  # pdf(series, means, variances)
    np.testing.assert_allclose(densities[:, 3], [3.05e-3, 0, 3.05e-3], rtol=1e-3)
    np.testing.assert_allclose(densities[0, 9:22], 1.4464, atol=5e-5)
    assert (densities[0, :3] == 0).all()


@pytest.mark.parametrize(
    ("faults", "means", "variances", "log_likelihood"),
    [
        ((), [24.566267, 37.575751, 44.339642], [0.143920, 24.493823, 0.142561], -106.1861),
        ((ROOT,), [24.806, 34.382, 43.698], [0.574, 6.567, 1.832], -124.8827),
        (BOTH, [24.509301, 35.413752, 44.425963], [0.105837, 0.521258, 0.075687], -354.974),
    ],
)
def test_where_the_questions_mistakes_end(about_centres, faults, means, variances, log_likelihood):
    run = run_with_faults(SERIES, about_centres, faults)
    last = run.steps[-1]
    np.testing.assert_allclose(last.parameters.means[:, 0], means, atol=5e-4)
    np.testing.assert_allclose(last.parameters.variances[:, 0], variances, atol=5e-4)
    assert last.log_likelihood == pytest.approx(log_likelihood, abs=5e-4)


def test_a_deviation_for_a_variance_lets_the_likelihood_peak_and_fall(about_centres):
    run = run_with_faults(SERIES, about_centres, [ROOT])
    assert (run.log_likelihoods.argmax(), run.log_likelihoods.max().round(2)) == (3, -124.34)
    assert run.first_broken["rising"] == (
        4,
        "The log-likelihood fell from -124.34 to -124.452 in iteration 4.",
    )
    assert run.first_broken["printed"] == (
        0,
        "The code prints -161.686 as log-likelihood; that of its parameters is -182.777.",
    )


def test_normalising_over_the_data_alone_collapses_onto_the_duplicates(about_centres):
    run = run_with_faults(SERIES, about_centres, [OVER_DATA])
    last = run.steps[-1].parameters
    np.testing.assert_allclose(last.means, 44.44571429)
    assert last.variances.max() < 1e-27
    assert run.log_likelihoods[-1] < -1e30
    for step in run.steps:
        columns = faulty_e_step(SERIES, step.parameters, run.faults).responsibilities.sum(axis=0)
        np.testing.assert_allclose(columns, 1)
    assert run.first_broken["weights"] == (1, "The weights sum to 0.06, not 1.")
    law, sentence = run.steps[0].broken[0].law, run.steps[0].broken[0].sentence
    assert (law, sentence) == (
        "rows",
        "The responsibilities of row 3 sum to 0.0506106, not 1; 50 of 50 rows do not sum to 1.",
    )
    assert "(with weights divided by their sum) is -164.048." in run.first_broken["printed"][1]


def test_random_variances_mostly_end_in_the_same_place(about_centres):
    ends = [run_with_faults(SERIES, about_centres, [RANDOM], random_state=seed) for seed in range(10)]
    same = [abs(run.log_likelihoods[-1] + 106.1861) < 0.01 for run in ends]
    assert same == [seed != 1 for seed in range(10)]
    drawn = ends[0].steps[0].parameters.variances
    np.testing.assert_array_equal(drawn, np.random.RandomState(0).random_sample((3, 1)))
    assert ends[1].stop == (
        "Ended in iteration 2. The responsibility of component 1 for row 1 is nan (and 149 more). "
        "The variance of component 3 is 0, not above 0."
    )


# --- the other mistakes


def test_a_variance_as_a_scale_undoes_a_deviation_as_a_variance(about_centres):
    right, twice_wrong = (
        run_with_faults(SERIES, about_centres, faults) for faults in ((), (ROOT, "variance_as_scale"))
    )
    np.testing.assert_allclose(twice_wrong.log_likelihoods, right.log_likelihoods, rtol=1e-9)


def test_a_variance_as_a_scale_is_the_tutorials_slip():
    X = load_dataset("tutorial_60").X
    begin = Mixture(np.full(3, 1 / 3), [[-5.0], [8.0], [1.5]], [[25.0], [9.0], [1.0]], "diag")
    after = run_with_faults(X, begin, max_iter=1).steps[1]
    assert after.log_likelihood == pytest.approx(-193.7, abs=0.05)
    printed = faulty_e_step(X, after.parameters, ["variance_as_scale"]).printed
    assert printed == pytest.approx(-227.6, abs=0.05)


def test_products_of_many_densities_underflow():
    X = load_dataset("tutorial_500").X
    run = run_with_faults(X, blob_start(X, 3), ["densities_multiplied"], max_iter=10)
    assert (run.printed == -np.inf).all()
    assert np.isfinite(run.log_likelihoods).all()
    assert run.stop == ""
    assert set(run.first_broken) == {"printed"}
    assert run.first_broken["printed"][1].startswith("The code prints -inf as log-likelihood; that of its")
    # With many features even one row is too much.
    X = np.random.default_rng(0).normal(size=(20, 600))
    run = run_with_faults(X, blob_start(X, 2), ["densities_multiplied"])
    assert len(run.steps) == 1
    lost = "Ended in iteration 0. The responsibility of component 1 for row 1 is nan (and 35 more)."
    assert run.stop == lost
    assert run_with_faults(X, blob_start(X, 2), max_iter=0).stop == ""


def test_the_old_mean_gives_larger_variances_and_still_climbs(blobs):
    for seed in range(5):
        X = blobs(100, 2, seed=seed)
        begin = blob_start(X, 3, seed)
        right, wrong = (run_with_faults(X, begin, faults, max_iter=30) for faults in ((), ("old_mean",)))
        first = [run.steps[1].parameters for run in (right, wrong)]
        moved = (first[0].means - begin.means) ** 2
        np.testing.assert_allclose(first[1].variances, first[0].variances + moved)
        assert "rising" not in wrong.first_broken


def test_the_old_mean_ends_where_correct_em_does(about_centres):
    right, wrong = (run_with_faults(SERIES, about_centres, faults) for faults in ((), ("old_mean",)))
    assert abs(wrong.log_likelihoods[5] - right.log_likelihoods[5]) > 0.1
    np.testing.assert_allclose(wrong.steps[-1].parameters.means, right.steps[-1].parameters.means, rtol=1e-6)


@pytest.mark.parametrize("name", ["summed_after_normalising", "log_of_all_pdfs"])
def test_what_is_only_printed_wrong_leaves_the_parameters_right(about_centres, name):
    right, wrong = (run_with_faults(SERIES, about_centres, faults) for faults in ((), (name,)))
    np.testing.assert_array_equal(wrong.log_likelihoods, right.log_likelihoods)
    if name == "summed_after_normalising":
        np.testing.assert_allclose(wrong.printed, 0, atol=1e-12)
        assert set(wrong.first_broken) == {"printed"}
    else:
        densities = [fit_density(step.parameters) for step in right.steps]
        np.testing.assert_allclose(wrong.printed, np.log([one.sum() for one in densities]))
        assert wrong.first_broken["printed_rising"] == (
            50,
            "What the code prints fell from 2.54668 to 2.54659 in iteration 50.",
        )
        assert "rising" not in wrong.first_broken


def fit_density(parameters: Parameters) -> np.ndarray:
    mixture = Mixture(parameters.weights, parameters.means, parameters.variances, "diag")
    return np.exp(mixture.log_density(SERIES))


def test_without_the_weights_too_much_is_printed(about_centres):
    run = run_with_faults(SERIES, about_centres, ["no_weights"], max_iter=50)
    assert (run.printed > run.log_likelihoods).all()
    # All responsibilities are those of equal weights.
    parameters = run.steps[5].parameters
    even = Mixture(np.full(3, 1 / 3), parameters.means, parameters.variances, "diag")
    found = faulty_e_step(SERIES, parameters, run.faults).responsibilities
    np.testing.assert_allclose(found, even.responsibilities(SERIES), atol=1e-12)


@pytest.mark.slow
def test_no_set_of_mistakes_raises_or_warns(about_centres):
    for faults in ALONE_AND_TOGETHER:
        for begin in (about_centres, start(0.5), start(1e-300)):
            run = run_with_faults(SERIES, begin, faults, max_iter=15)
            assert run.faults == tuple(name for name in FAULTS if name in faults)
            assert set(run.first_broken) <= set(LAWS)
            finite = [not any(one.law == "finite" for one in step.broken) for step in run.steps]
            assert all(finite[:-1])
            assert finite[-1] == (run.stop == "")


# --- the laws, in sentences


def laws(*broken):
    return [(one.law, one.sentence) for one in broken]


def test_responsibilities_are_judged_in_sentences():
    R = np.full((9, 3), 1 / 3)
    assert broken_by_responsibilities(R) == ()
    R[6] = [0.1, 0.2, 0.01]
    assert laws(*broken_by_responsibilities(R)) == [
        ("rows", "The responsibilities of row 7 sum to 0.31, not 1.")
    ]
    R[0] = [1.446, -0.2, -0.3]
    assert laws(*broken_by_responsibilities(R)) == [
        ("range", "The responsibility of component 1 for row 1 is 1.446, not between 0 and 1 (and 2 more)."),
        ("rows", "The responsibilities of row 7 sum to 0.31, not 1; 2 of 9 rows do not sum to 1."),
    ]
    R[4, 1] = np.inf
    assert laws(*broken_by_responsibilities(R)) == [
        ("finite", "The responsibility of component 2 for row 5 is inf.")
    ]


def test_parameters_are_judged_in_sentences():
    X = np.array([[1.0, 10.0], [5.0, 20.0]])
    good = [[0.5, 0.5], [[1.0, 10.0], [5.0, 15.0]], [[1.0, 1.0], [2.0, 2.0]]]
    assert broken_by_parameters(X, Parameters(*map(np.array, good))) == ()
    bad = Parameters(
        np.array([-0.25, 0.75]), np.array([[0.5, 12.0], [2.0, 32.0]]), np.array([[1.0, 0.0], [-3.0, 1.0]])
    )
    assert laws(*broken_by_parameters(X, bad)) == [
        ("weights", "The weight of component 1 is -0.25, below 0."),
        ("weights", "The weights sum to 0.5, not 1."),
        (
            "means",
            "The mean of component 2 in feature 2 is 32, outside the data, which go from 10 to 20 "
            "(and 1 more).",
        ),
        ("variances", "The variance of component 2 in feature 1 is -3, not above 0 (and 1 more)."),
    ]
    nothing = Parameters(np.array([0.5, 0.5]), np.array([[np.nan], [1.0]]), np.array([[1.0], [0.0]]))
    assert laws(*broken_by_parameters(X[:, :1], nothing)) == [
        ("finite", "The mean of component 1 is nan."),
        ("variances", "The variance of component 2 is 0, not above 0."),
    ]


def test_falls_are_told_with_their_numbers():
    name, say = "The log-likelihood", {"regularised": True}
    assert how_it_falls([-3, -2, -2, -1], name, **say) == ""
    assert how_it_falls([-106.186, -106.186 - 1e-9], name, **say) == ""  # rounding
    assert how_it_falls([-173.0, -355.0], name, first=2, **say) == (
        "The log-likelihood fell from -173 to -355 in iteration 3."
    )
    assert how_it_falls([-5, -6, -4, -7], name, "at value", 1, **say) == (
        "The log-likelihood fell from -5 to -6 at value 2, and 1 more time."
    )
    small = "The log-likelihood fell from -106.186123 to -106.186124 in iteration 1"
    assert how_it_falls([-106.186123, -106.186124], name, **say) == (
        f"{small}; so little may come of a number added to the variances (reg_covar) or to denominators "
        "(eps), and is no mistake then."
    )
    assert how_it_falls([-106.186123, -106.186124], name, regularised=False) == f"{small}."
    assert how_it_falls([-106.0, -106.1], name, **say).endswith("to -106.1 in iteration 1.")  # not small
    assert how_it_falls([np.nan, -1, -np.inf, np.nan], name, **say) == (
        "The log-likelihood fell from -1 to -inf in iteration 2."
    )


def test_small_falls_of_a_regularised_run_are_called_small(lab):
    sentence = how_it_falls(lab[2].log_likelihoods, "The log-likelihood", regularised=True)
    assert "and 23 more times; so little may come of a number added to the variances" in sentence


def test_a_step_is_judged_with_the_one_before():
    parameters = Parameters(np.full(2, 0.5), np.array([[0.0], [1.0]]), np.ones((2, 1)))
    X = 0.5 + np.array([[-1.0], [1.0]]) * 1.25**0.5  # of the mean and the variance of these
    truth = log_likelihood_of(X, parameters)
    halves = np.full((2, 2), 0.5)
    step = FaultyStep(3, parameters, truth, truth)
    assert broken_laws(X, step, halves, FaultyStep(2, parameters, truth - 1, truth - 1)) == ()
    assert laws(*broken_laws(X, step, halves, FaultyStep(2, parameters, truth + 1, truth - 1))) == [
        ("printed_rising", f"What the code prints fell from {truth + 1:.6g} to {truth:.6g} in iteration 3.")
    ]
    doubled = Parameters(np.ones(2), parameters.means, parameters.variances)
    assert log_likelihood_of(X, doubled) == pytest.approx(truth)


# --- what cannot be begun with


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"faults": ["typo"]}, f"faults must be names out of {', '.join(FAULTS)}; got ['typo']."),
        ({"faults": ROOT}, f"faults must be names out of {', '.join(FAULTS)}; got '{ROOT}'."),
        ({"max_iter": -1}, "max_iter must be a whole number from 0; got -1."),
        ({"eps": -1.0}, "eps (added to denominators) must be a number from 0; got -1.0."),
        (
            {"start": Mixture([1.0], [[0.0, 0.0]], [[1.0, 1.0]], "diag")},
            "start must be of the family 'diag' with 1 feature, as X has; got 'diag' with 2.",
        ),
        (
            {"start": Mixture([1.0], [[30.0]], [[[1.0]]])},
            "start must be of the family 'diag' with 1 feature, as X has; got 'full' with 1.",
        ),
    ],
)
def test_what_cannot_be_begun_with_is_said(options, message):
    with pytest.raises(ValueError) as error:
        run_with_faults(SERIES, **{"start": start(0.5), **options})
    assert str(error.value) == message


# --- what a page needs of it


def test_the_file_that_is_taken_away_runs_as_it_is(about_centres, capsys):
    begin = Parameters(about_centres.weights, about_centres.means, about_centres.covariances)
    for faults in ((), BOTH, (*BOTH, RANDOM)):
        run = run_with_faults(SERIES, begin, faults, max_iter=7, eps=1e-8, random_state=3)
        exec(compile(program(SERIES, begin, faults, max_iter=7, eps=1e-8, seed=3), "em.py", "exec"), {})
        said = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert [int(iteration) for iteration, _ in said] == list(range(8))
        np.testing.assert_allclose([float(value) for _, value in said], run.printed, rtol=1e-9)


def test_large_data_are_read_from_beside_the_file_wherever_it_is_run(tmp_path, capsys):
    X = np.random.default_rng(0).normal(size=(6001, 4))
    begin = likely_starts(X[:100], 2)["centres"]
    text = program(X, begin, max_iter=1)
    np.savetxt(tmp_path / DATA_FILE, X, delimiter=",", fmt="%.17g")
    (tmp_path / "em.py").write_text(text)
    runpy.run_path(str(tmp_path / "em.py"))
    last = float(capsys.readouterr().out.split()[-1])
    assert last == pytest.approx(run_with_faults(X, begin, max_iter=1).printed[-1])


def test_a_run_tells_every_step_and_can_be_ended(about_centres):
    told = []
    run = run_with_faults(SERIES, about_centres, BOTH, max_iter=4, on_step=lambda *step: told.append(step))
    assert [step for step, _ in told] == list(run.steps)
    again = faulty_e_step(SERIES, run.steps[2].parameters, BOTH)
    np.testing.assert_array_equal(told[2][1].responsibilities, again.responsibilities)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_with_faults(SERIES, about_centres, on_step=stop)


def test_likely_starts_are_those_of_the_question(about_centres):
    starts = likely_starts(SERIES, 3)
    assert list(starts) == list(STARTS)
    order = np.argsort(starts["centres"].means[:, 0])
    np.testing.assert_allclose(starts["centres"].means[order], CENTRES)
    np.testing.assert_allclose(starts["centres"].variances[order], about_centres.covariances)
    np.testing.assert_array_equal(starts["half"].variances, 0.5)
    assert starts["clusters"].weights.sum() == pytest.approx(1)


def test_code_can_begin_with_any_parameters(about_centres):
    begin = Parameters(about_centres.weights, CENTRES, np.zeros((3, 1)))
    run = run_with_faults(SERIES, begin)
    assert run.stop.startswith("Ended in iteration 0. The responsibility of component 1 for row 1 is nan")
    wide = Parameters(np.ones(1), np.zeros((1, 2)), np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"with 1 feature, as X has; got 'diag' with 2\.$"):
        run_with_faults(SERIES, wide)


def test_what_cannot_be_seen_is_only_what_could_have_been_made():
    of_matrices = [fault for fault in FAULTS.values() if fault.in_full[0]]
    assert of_matrices
    for fault in of_matrices:
        assert fault.title in unseen_here([fault], matrices=True)
        assert fault.title not in unseen_here([fault], matrices=False)
