"""What pasted numbers say about the code that gave them: the right mistake, and no false blame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gmm_core import Mixture, fit, load_dataset
from gmm_core.laboratory.audit import runs
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step, run_with_faults
from gmm_core.laboratory.laws import Parameters
from gmm_core.tables.pasted import read_numbers
from gmm_core.tables.reading import TableError

SERIES = load_dataset("qa_series").X
BOTH = ("deviation_as_variance", "normalised_over_data")
BOTH_IN_WORDS = (
    "Code with these mistakes (a standard deviation where a variance belongs; responsibilities normalised "
    "over the data instead of over the components)"
)
SQUARED = "the k-means centres with the mean squared distances of all rows"
IN_SHARES = "(means in standard deviations of the data, covariances as shares)"


def text_of(array, digits=8) -> str:
    return np.array2string(np.asarray(array), threshold=10**6, precision=digits)


def as_text(parameters, digits=8) -> str:
    weights, means, variances = (
        text_of(array, digits) for array in (parameters.weights, parameters.means, parameters.variances)
    )
    return f"weights = {weights}\nmeans = {means}\nvariances = {variances}"


def some_start(X: np.ndarray, k: int, seed: int = 0) -> Mixture:
    """A start that is none of the likely ones."""
    rng = np.random.default_rng(seed)
    means = X[rng.choice(len(X), k, replace=False)]
    return Mixture(np.full(k, 1 / k), means, np.tile(X.var(axis=0) / 2, (k, 1)), "diag")


def judge(text: str, X=SERIES, kind=None, **options):
    return diagnose(read_numbers(text), X, kind, **options)


def found(diagnosis):
    return [(one.faults, one.certainty) for one in diagnosis.suspects]


@pytest.fixture
def few(monkeypatch):
    """Runs are followed for few iterations: enough here, and it takes less time."""
    monkeypatch.setattr(runs, "MOST", 20)


# --- the question and its answers


def test_the_published_answer_is_known_in_all_digits():
    diagnosis = judge(
        "Means: [44.42596231 24.509301 35.4137508]\nVariances: [0.07568723 0.10583743 0.52125856]"
    )
    assert (diagnosis.kind, found(diagnosis), diagnosis.broken) == ("parameters", [(BOTH, "exact")], ())
    assert diagnosis.headline == f"{BOTH_IN_WORDS} gives exactly these numbers."
    assert diagnosis.suspects[0].sentence == (
        "One more iteration of such code changes these numbers by 6 × 10⁻⁸ at most, one of correct EM by 26 "
        f"{IN_SHARES}. That is no more than the digits that were pasted explain."
    )
    assert (diagnosis.verdict, diagnosis.taken_for) == (
        "wrong",
        "the means and variances of 3 components, at the end of a run",
    )
    assert diagnosis.first_wrong.title == "One step of correct EM leaves them where they are."


def test_the_second_answer_is_correct_em():
    diagnosis = judge(
        "weight,mean,variance\n0.158253,24.566267,.1439198483\n0.304519,37.575751,24.4937909946\n"
        "0.537228,44.339642,.1425611619"
    )
    assert (found(diagnosis), diagnosis.broken) == ([((), "exact")], ())
    assert (diagnosis.verdict, diagnosis.headline) == ("right", "Correct EM gives exactly these numbers.")
    assert diagnosis.suspects[0].sentence == (
        f"One more iteration of correct EM changes these numbers by 9.5 × 10⁻⁷ at most {IN_SHARES}."
    )
    assert [one.holds for one in diagnosis.checks] == [True, True, True]


def test_the_array_of_the_question_is_known_for_densities():
    means, variances = [[44.42596231], [24.509301]], [[0.07568723], [0.10583743]]
    parameters = Parameters(np.ones(3), np.array([*means, means[0]]), np.array([*variances, variances[0]]))
    diagnosis = judge(repr(faulty_e_step(SERIES, parameters).densities.T))
    assert [one.sentence for one in diagnosis.broken] == [
        "The responsibility of component 1 for row 39 is 1.44822, not between 0 and 1 (and 38 more).",
        "The responsibilities of row 39 sum to 2.89643, not 1; 50 of 50 rows do not sum to 1.",
    ]
    assert found(diagnosis) == [(None, "exact"), (BOTH, "likely")]
    assert diagnosis.headline == diagnosis.suspects[0].sentence
    assert diagnosis.headline == (
        "These are densities, not responsibilities: column 1 has mean 44.426 and variance 0.0756872; column "
        "2 has mean 24.5093 and variance 0.105837; column 3 has mean 44.426 and variance 0.0756872. Multiply "
        "by the weights, then divide each row by its sum."
    )
    assert diagnosis.suspects[1].sentence.startswith("Of these means and variances: One more iteration ")
    assert "Components 1 and 3 are equal, and equal components never separate in EM." in diagnosis.notes
    assert "The responsibilities came as 3 rows of 50 numbers, and were turned." in diagnosis.notes


# --- parameters


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults",
    [(), ("deviation_as_variance",), ("no_weights",), BOTH, ("deviation_as_variance", "no_weights")],
)
def test_numbers_at_rest_are_known_without_their_start(faults):
    X = load_dataset("notebook_1d").X
    run = run_with_faults(X, some_start(X, 3), faults, max_iter=300 if faults else 3000)
    diagnosis = judge(as_text(run.steps[-1].parameters), X)
    assert [one.faults for one in diagnosis.suspects] == [faults]
    assert diagnosis.verdict == ("wrong" if faults else "right")
    weights = ["weights"] if "normalised_over_data" in faults else []
    assert [one.law for one in diagnosis.broken] == weights
    if weights:
        assert diagnosis.suspects[0].sentence.endswith("Every weight is 1/90: one over the number of rows.")


def test_a_mistake_that_changes_little_is_known_by_enough_digits(few):
    X = load_dataset("notebook_2d").X
    run = run_with_faults(X, some_start(X, 2), ["deviation_as_variance"], max_iter=60)
    diagnosis = judge(as_text(run.steps[-1].parameters), X)
    assert diagnosis.suspects[0].faults == ("deviation_as_variance",)
    assert "one of correct EM by 3.8 × 10⁻⁵" in diagnosis.suspects[0].sentence
    # Groups that lie far apart: others make the responsibilities just as sure, and that is said.
    assert diagnosis.headline.startswith(
        "Code with one of seven mistakes gives such numbers, which tell no one from another: a standard "
        "deviation where a variance belongs; or "
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", ["qa_series", "tutorial_60", "notebook_1d", "notebook_2d"])
def test_correct_em_is_never_blamed(few, name):
    X = load_dataset(name).X
    for seed, max_iter, reg_covar in ((0, 7, 0.0), (1, 60, 0.0), (2, 60, 1e-6), (3, 60, 1e-3)):
        options = {"covariance_type": "diag", "tol": 0, "reg_covar": reg_covar, "max_iter": max_iter}
        mixture = fit(X, 2, start=some_start(X, 2, seed), **options).mixture
        diagnosis = judge(as_text(Parameters(mixture.weights, mixture.means, mixture.covariances)), X)
        assert diagnosis.broken == ()
        assert diagnosis.verdict != "wrong", diagnosis.headline
        told = [one for one in diagnosis.suspects if one.certainty != "possible"]
        assert not any(one.faults for one in told), diagnosis.headline


@pytest.mark.slow
def test_numbers_on_their_way_are_known_by_the_start_that_was_given(few):
    start = some_start(SERIES, 3)
    step = run_with_faults(SERIES, start, ["deviation_as_variance"], max_iter=2).steps[2]
    text = as_text(step.parameters)
    assert found(judge(text)) == []
    diagnosis = judge(text, start=start)
    assert found(diagnosis) == [(("deviation_as_variance",), "exact")]
    assert diagnosis.suspects[0].sentence == (
        "In all digits that were pasted, such code gives them, for instance after 2 iterations from the "
        "start that was given."
    )
    other = judge(text, start=some_start(SERIES, 2))
    assert "The start that was given does not fit these numbers, and was not tried." in other.notes


@pytest.fixture(scope="module")
def right() -> Parameters:
    """Correct EM on the series, at rest."""
    return run_with_faults(SERIES, some_start(SERIES, 3), max_iter=300).steps[-1].parameters


def test_variances_that_are_none_are_known(few, right):
    for power, sentence in (
        (0.5, "The squares of these variances are at rest in correct EM: these are standard deviations."),
        (2, "The square roots of these variances are at rest in correct EM: these are their squares."),
    ):
        spread = Parameters(right.weights, right.means, right.variances**power)
        diagnosis = judge(as_text(spread))
        assert found(diagnosis) == [(None, "exact")]
        assert diagnosis.headline.startswith(f"{sentence} One step moves them by ")
    deviations = as_text(Parameters(right.weights, right.means, right.variances**0.5))
    assert found(judge(deviations.replace("variances", "sigma"))) == [((), "exact")]


def test_reg_covar_is_no_mistake(few, right):
    mixture = Mixture(right.weights, right.means, right.variances, "diag")
    options = {"covariance_type": "diag", "tol": 0, "reg_covar": 1e-3, "max_iter": 300}
    mixture = fit(SERIES, 3, start=mixture, **options).mixture
    diagnosis = judge(as_text(Parameters(mixture.weights, mixture.means, mixture.covariances)))
    assert (diagnosis.verdict, found(diagnosis)) == ("right", [((), "exact")])
    assert diagnosis.suspects[0].sentence.startswith(
        "These numbers are at rest in EM that adds 0.001 to every variance, as reg_covar does. That is no "
        "mistake."
    )


@pytest.mark.slow
def test_equal_components_tell_no_mistake_from_another():
    start = Mixture(np.full(2, 0.5), [[30.0], [30.0]], [[9.0], [9.0]], "diag")
    twins = run_with_faults(SERIES, start, ["no_weights"], max_iter=5).steps[-1].parameters
    said = "and equal components never separate in EM: these numbers tell no mistake from another."
    told = judge(as_text(twins))
    assert told.headline.startswith(f"Components 1 and 2 are equal, {said}")
    assert told.verdict == "open"
    same = judge(text_of(np.full((50, 2), 0.5)))
    assert same.headline.startswith("All rows have the same responsibilities. Components 1 and 2 are equal")
    assert same.verdict == "open"
    nearly = run_with_faults(SERIES, some_start(SERIES, 3), ["variance_as_scale"], max_iter=3).steps[3]
    told = judge(as_text(nearly.parameters))
    assert told.headline.startswith(f"Components 1 and 2 are nearly equal, {said}")
    assert all(one.certainty == "possible" for one in told.suspects[1:])


def test_few_digits_and_far_groups_leave_mistakes_unseen(right):
    coarse = judge(f"means {right.means.round(1).ravel()}\nvariances {right.variances.round(1).ravel()}")
    assert "The numbers have few digits: paste more, to tell mistakes that change little." in coarse.notes
    assert all(one.certainty != "exact" for one in coarse.suspects)
    X = np.concatenate([np.linspace(-1, 1, 20), np.linspace(99, 101, 20)])[:, np.newaxis]
    far = judge(as_text(run_with_faults(X, some_start(X, 2, 1)).steps[-1].parameters), X)
    assert far.verdict == "right"
    assert far.notes[-1].startswith(
        "On these data, some mistakes change too little to be seen here: A standard deviation where a "
        "variance belongs; "
    )


def test_laws_of_parameters_come_first(right):
    diagnosis = judge("means=[1.2 30]\nvariances=[1 -2]\nweights=[.5 .8]")
    assert [one.sentence for one in diagnosis.broken] == [
        "The weights sum to 1.3, not 1.",
        "The mean of component 1 is 1.2, outside the data, which go from 24.12 to 44.94.",
        "The variance of component 2 is -2, not above 0.",
    ]
    assert diagnosis.headline == "The weights sum to 1.3, not 1. None of the known mistakes was recognised."
    assert diagnosis.notes == ("With such numbers the mistakes cannot be tried.",)
    only = judge("means=[25 30]")
    assert only.notes == ("Paste means and variances, and the mistakes are tried as well.",)
    assert (only.verdict, only.headline) == ("open", "Nothing could be verified.")
    assert only.lacking == (
        "there are no variances among the numbers. Paste weights, means and variances or covariances together"
    )
    assert judge("weights=[0.333 0.333 0.333]").broken == ()  # they were rounded


def test_a_log_likelihood_beside_parameters_is_checked(few, right):
    text = as_text(right)
    for value in ("-106.186", "-2.123722"):  # in total, and the mean per sample
        assert judge(f"{text}\nlog-likelihood: {value}").broken == ()
    diagnosis = judge(f"{text}\nlog-likelihood: -57.304")
    assert [(one.law, one.sentence) for one in diagnosis.broken] == [
        ("printed", "The log-likelihood is given as -57.304; that of these parameters is -106.186.")
    ]
    assert diagnosis.headline in (
        f"{diagnosis.broken[0].sentence} The parameters are those of correct EM all the same.",
    )


def test_full_covariances_are_judged_as_diagonal_ones_are():
    X = load_dataset("notebook_2d").X
    mixture = fit(X, 2, random_state=0, tol=0, max_iter=60).mixture
    text = f"means\n{mixture.means}\ncovariances\n{mixture.covariances}\nweights {mixture.weights}"
    diagnosis = judge(text, X)
    assert (diagnosis.verdict, diagnosis.broken, found(diagnosis)) == ("right", (), [((), "exact")])
    assert "One step of correct EM (full covariances)" in diagnosis.checks[-1].sentence
    means = mixture.means.tolist()
    for matrix, sentence in (
        ([[1, 2], [2, 1]], "The covariance of component 2 has the eigenvalue -1, not above 0."),
        ([[1, 2], [0, 9]], "The covariance of component 2 is not symmetric."),
        ([["nan", 2], [2, 9]], "The covariance of component 2 is not finite."),
    ):
        text = f"means {means} cov {[[[1, 0.5], [0.5, 1]], matrix]}".replace("'", "")
        assert sentence in [one.sentence for one in judge(text, X).broken]


# --- responsibilities


def responsibilities(faults, max_iter):
    run = run_with_faults(SERIES, some_start(SERIES, 3), faults, max_iter=max_iter)
    return faulty_e_step(SERIES, run.steps[-1].parameters, faults).responsibilities


@pytest.mark.parametrize("faults", [(), ("deviation_as_variance",), BOTH])
def test_responsibilities_at_rest_are_known_without_their_start(faults):
    diagnosis = judge(text_of(responsibilities(faults, 200)))
    assert diagnosis.suspects[0].faults == faults
    # A root that is taken in the M-step in place of the E-step gives the same responsibilities.
    alike = [("deviation_kept",)] if faults == ("deviation_as_variance",) else []
    assert [one.faults for one in diagnosis.suspects] == [faults, *alike]
    assert diagnosis.suspects[0].sentence.startswith("One more iteration of ")
    assert [one.law for one in diagnosis.broken] == ["rows"] * (faults == BOTH)


def test_columns_that_sum_to_1_are_certain_whatever_else(few):
    R = responsibilities(("normalised_over_data",), 3)
    diagnosis = judge(text_of(R))
    assert found(diagnosis) == [(("normalised_over_data",), "exact")]
    assert diagnosis.headline == (
        "Code with this mistake (responsibilities normalised over the data instead of over the components) "
        "gives exactly these numbers, which break a law."
    )
    assert diagnosis.suspects[0].sentence == "Each of the 3 columns sums to 1 over the 50 rows."


@pytest.mark.slow
def test_what_was_not_normalised_is_known(few):
    means, variances = np.array([[25.0], [44.0]]), np.array([[4.0], [1.0]])
    parameters = Parameters(np.array([0.25, 0.75]), means, variances)
    joint = np.exp(faulty_e_step(SERIES, parameters).log_joint)
    assert judge(text_of(joint)).headline == (
        "These are weights times densities, not responsibilities: column 1 has mean 25 and variance 4, times "
        "0.25; column 2 has mean 44 and variance 1, times 0.75. Divide each row by its sum."
    )
    X = np.random.default_rng(0).normal(size=(40, 2))
    parameters = Parameters(
        np.ones(2), np.array([[0.5, 1.0], [1.0, 0.5]]), np.array([[1.0, 2.0], [0.5, 1.0]])
    )
    assert judge(text_of(faulty_e_step(X, parameters).densities), X).headline.startswith(
        "These are densities, not responsibilities: column 1 has mean 0.5, 1 and variance 1, 2; column 2 has "
        "mean 1, 0.5 and variance 0.5, 1."
    )
    noise = np.random.default_rng(0).uniform(1, 2, size=(50, 2))
    assert found(judge(text_of(noise))) == []


def test_responsibilities_that_are_no_numbers_are_judged_only():
    R = responsibilities((), 3)
    R[4] = np.nan
    diagnosis = judge(text_of(R))
    assert [one.sentence for one in diagnosis.broken] == [
        "The responsibility of component 1 for row 5 is nan (and 2 more)."
    ]
    assert diagnosis.notes[-1] == "Where a number is missing or not finite, the mistakes cannot be tried."


# --- histories


def history(faults, n=30, X=SERIES, seed=0):
    return run_with_faults(X, some_start(X, 3, seed), faults, max_iter=n).printed


def lines(values, form=".5f") -> str:
    return "\n".join(f"{value:{form}}" for value in values)


# Random variances leave no trace, and on fifty rows products do not underflow.
# On one feature, means and sums over features are no mistakes, and a constant of one feature is right.
UNSEEN = ("random_variances", "densities_multiplied", "constant_of_one_feature")
UNSEEN += ("mean_over_features", "sum_over_features")
SEEN = ["deviation_as_variance", "old_mean", "no_weights", "log_of_all_pdfs", "summed_after_normalising"]
SEEN += ["no_constant", "one_less", "without_entropy"]
assert not set(SEEN) & set(UNSEEN)


@pytest.mark.slow
@pytest.mark.parametrize("name", [None, *SEEN])
def test_a_history_is_known_in_all_digits(few, name):
    start = some_start(SERIES, 3)
    faults = () if name is None else (name,)
    diagnosis = judge(lines(history(faults)), n_components=3, start=start)
    assert found(diagnosis) == [(faults, "exact")]
    if name == "summed_after_normalising":
        assert diagnosis.suspects[0].sentence == (
            "It is always 0: after normalising, each row sums to 1, and the logarithm of 1 is 0."
        )
        assert diagnosis.broken[0].sentence == "All 31 values are 0, whatever the parameters were."
    else:
        code = "such code" if faults else "correct EM"
        assert diagnosis.suspects[0].sentence == (
            f"In all digits that were pasted, {code} prints this from the start that was given."
        )


@pytest.mark.slow
def test_a_history_may_be_a_mean_negative_or_begin_one_later(few):
    values, options = history(()), {"n_components": 3, "start": some_start(SERIES, 3)}
    mean = judge(lines(values / 50, ".7f"), **options)
    assert mean.suspects[0].sentence.endswith(
        " from the start that was given, divided by the number of rows."
    )
    assert found(judge(lines(values[1:]), **options)) == [((), "exact")]
    negative = judge(lines(-values), **options)
    assert (found(negative), negative.broken) == ([((), "exact")], ())
    assert negative.notes[-1] == "Positive values that never rise were taken for the negative log-likelihood."


@pytest.mark.slow
def test_two_mistakes_in_a_history_are_known_together(few):
    faults = ("variance_as_scale", "log_of_all_pdfs")
    diagnosis = judge(lines(history(faults, 10), ".8f"), n_components=3, start=some_start(SERIES, 3))
    assert found(diagnosis) == [(faults, "exact")]


@pytest.mark.slow
def test_where_a_history_ends_is_a_trace():
    begin = Mixture(np.full(3, 1 / 3), [[25.0], [35.0], [43.0]], [[40.0], [40.0], [40.0]], "diag")
    values = run_with_faults(SERIES, begin, ["deviation_as_variance"], max_iter=100).printed
    diagnosis = judge(lines(values), n_components=3)
    assert found(diagnosis) == [(("deviation_as_variance",), "likely")]
    assert diagnosis.suspects[0].sentence == f"It ends at -128.199, where such code ends from {SQUARED}."


@pytest.mark.slow
def test_a_history_that_falls_is_no_mistakes_unless_it_is_that_of_one(few):
    diagnosis = judge("-173.0\n-124.5\n-160.25\n-355.0", n_components=3)
    assert [(one.law, one.sentence) for one in diagnosis.broken] == [
        ("rising", "The log-likelihood fell from -124.5 to -160.25 at value 3, and 1 more time.")
    ]
    assert (diagnosis.verdict, diagnosis.suspects) == ("wrong", ())
    assert diagnosis.headline == (
        "The log-likelihood fell from -124.5 to -160.25 at value 3, and 1 more time. None of the known "
        "mistakes was recognised."
    )


def test_a_small_fall_may_be_no_mistake():
    small = judge("-110.5\n-106.18612\n-106.18633", n_components=None)
    (law,) = small.broken
    assert law.sentence == (
        "The log-likelihood fell from -106.1861 to -106.1863 at value 3; so little may come of a number "
        "added to the variances (reg_covar) or to denominators (eps), and is no mistake then. It falls by "
        "0.00021 at most, 21 units of the last digit. To tell, run it with reg_covar = 0: correct EM does "
        "not fall then."
    )
    assert small.verdict == "open"
    digit = judge("-1034.10\n-1034.02\n-1034.0017\n-1034.00171\n-1034.00172", n_components=None)
    assert (digit.verdict, digit.broken, digit.headline) == ("open", (), "Nothing could be verified.")
    assert digit.checks[0].sentence.endswith(
        "That is one unit of the last digit, 1 × 10⁻⁵: rounding may do that."
    )


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            "180.2\n170.1\n169.5",
            "Positive values that never rise were taken for the negative log-likelihood.",
        ),
        (
            "0.01234\n0.00234\n0.0001",
            "Positive values that shrink towards 0 were taken for changes of the log-likelihood.",
        ),
    ],
)
def test_values_in_other_forms_are_said_to_be(values, said):
    diagnosis = judge(values)
    assert said in diagnosis.notes
    assert (diagnosis.verdict, diagnosis.checks[0].holds) == ("open", True)


def test_infinite_values_and_gaps_are_told(few):
    X = load_dataset("tutorial_500").X
    diagnosis = judge("-inf\n-inf\n-inf", X)
    assert found(diagnosis) == [(("densities_multiplied",), "likely")]
    assert diagnosis.broken[0].sentence == "Value 1 is -inf (and 2 more)."
    assert diagnosis.suspects[0].sentence == (
        "The product of 500 densities of one Gaussian is about 10^-1616. The smallest float is 5e-324, so "
        "the product is 0, and its logarithm minus infinity."
    )
    assert found(judge("-inf\n-inf\n-inf")) == []  # fifty rows do not underflow
    values = [f"{value:.5f}" for value in history((), 9)]
    values[3] = "nan"
    diagnosis = judge("\n".join(values), n_components=3, start=some_start(SERIES, 3))
    assert [one.sentence for one in diagnosis.broken] == ["Value 4 is missing or not a number."]
    assert found(diagnosis) == [((), "exact")]
    assert (
        "Not a number comes of 0/0, as where a component has lost its points or its extent."
        in diagnosis.notes
    )


def test_a_history_without_a_number_of_components_is_judged_only():
    diagnosis = judge("-3.5\n-2.25\n-2.125")
    assert diagnosis.notes[-1] == "Say how many components there are, and the mistakes are tried as well."
    assert (diagnosis.kind, diagnosis.broken, diagnosis.suspects) == ("history", (), ())
    assert (diagnosis.verdict, diagnosis.lacking.split(".")[0]) == (
        "open",
        "a history shows only whether it rises",
    )


# --- how it searches, and what it refuses


@pytest.mark.slow
def test_the_search_tells_how_far_it_is_and_can_be_ended(few):
    shares: list[float] = []
    judge(lines(history(())), n_components=3, on_progress=shares.append)
    assert (shares[0], shares[-1], shares == sorted(shares)) == (0.0, 1.0, True)

    def stop(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(lines(history(())), n_components=3, on_progress=stop)


@pytest.mark.slow
def test_large_data_are_followed_for_fewer_iterations(monkeypatch):
    monkeypatch.setattr(runs, "SECONDS", 0.0)
    diagnosis = judge("-120.5\n-110.25\n-110.25", n_components=3)
    assert diagnosis.notes[-1] == "The data are large: the mistakes were followed for 3 iterations only."


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        (
            "[[1, 2], [3, 4]]",
            None,
            "The pasted numbers are 2 rows of 2 numbers. Responsibilities have 50 rows, as the data; a "
            'history is one column; parameters have names, as in "means: [1, 2]  variances: [3, 4]".',
        ),
        ("means: [1, 2]", "history", "No history was pasted: one log-likelihood for each iteration."),
    ],
)
def test_what_can_be_none_of_these_is_said(text, kind, message):
    with pytest.raises(TableError) as error:
        judge(text, kind=kind)
    assert str(error.value) == message


def test_an_unknown_mistake_is_not_recognised(few):
    """Variances of three quarters of what they should be: no mistake is blamed, and the factor is told."""
    parameters = run_with_faults(SERIES, some_start(SERIES, 3), max_iter=50).steps[-1].parameters
    for _ in range(200):
        R = faulty_e_step(SERIES, parameters).responsibilities
        parameters = faulty_m_step(SERIES, R, parameters)
        parameters = replace(parameters, variances=0.75 * parameters.variances)
    diagnosis = judge(as_text(parameters))
    assert (found(diagnosis), diagnosis.verdict) == ([(None, "likely")], "wrong")
    assert "that of a correct M-step: 0.75, a factor that is not known here." in diagnosis.headline
    assert [one.law for one in diagnosis.broken] == ["spread"]
