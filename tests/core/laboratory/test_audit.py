"""The audit of each half-step: mistakes by their fixed points, in any family; and numbers of other rows."""

import numpy as np
import pytest

from gmm_core import fit
from gmm_core.engine.covariance import FAMILIES
from gmm_core.laboratory.audit.evidence import single_precision
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faults import FAULTS
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import Parameters, moments
from gmm_core.tables.pasted import read_numbers


def groups(d=2, k=3, n=150, seed=1):
    """Groups that overlap a little, so that mistakes leave a trace."""
    rng = np.random.default_rng(seed)
    parts = [
        rng.normal(size=(n // k, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d) for _ in range(k)
    ]
    return np.concatenate(parts)


def end(X, faults=(), family="diag", k=3, most=400, seed=0):
    """Where code with these mistakes ends from rows of the data."""
    rng = np.random.default_rng(seed)
    spread = np.tile(X.var(axis=0), (k, 1))
    if FAMILIES[family].matrices:
        spread = spread[:, :, None] * np.eye(X.shape[1])
    now = Parameters(np.full(k, 1 / k), X[rng.choice(len(X), k, replace=False)], spread)
    for _ in range(most):
        R = faulty_e_step(X, now, faults).responsibilities
        now = faulty_m_step(X, R, now, faults, family=FAMILIES[family])
    return now


def text(parameters, digits=8, **other):
    arrays = {"weights": parameters.weights, "means": parameters.means, "covariances": parameters.variances}
    with np.printoptions(precision=digits, threshold=10**9):
        return "\n".join(f"{name} = {values}" for name, values in (arrays | other).items())


def judged(X, pasted, kind=None, **options):
    return diagnose(read_numbers(pasted), X, kind, **options)


PLAIN = groups()
TOLD = [
    ("no_half", "diag"),
    ("determinant_without_root", "full"),
    ("one_less", "tied"),
    ("squared_in_m_step", "full"),
    ("hard_assignments", "spherical"),
    ("not_divided", "full"),
    ("weights_stay", "diag"),
    ("divided_by_largest", "full"),
    ("about_the_centre", "diag"),
    ("diagonal_in_density", "full"),
    ("shared_in_density", "diag"),
    ("np_cov", "full"),
    ("about_the_last", "diag"),
    ("means_not_divided", "diag"),
    ("variances_stay", "diag"),
]


@pytest.mark.parametrize(("name", "family"), TOLD)
def test_a_mistake_is_named_by_where_it_rests_in_any_family(name, family):
    diagnosis = judged(PLAIN, text(end(PLAIN, (name,), family)))
    assert diagnosis.suspects[0].faults == (name,)
    assert diagnosis.verdict == "wrong"
    assert diagnosis.first_wrong is not None
    assert [one.faults for one in diagnosis.suspects if one.certainty == "exact"] in ([(name,)], [])


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("reg_covar", "dtype", "most"), [(0, float, 400), (1e-3, np.float32, 300), (1e-6, float, 6)]
)
def test_correct_em_is_not_blamed_and_right_only_where_it_rests(family, reg_covar, dtype, most):
    mixture = fit(
        PLAIN, 3, covariance_type=family, reg_covar=reg_covar, tol=0, max_iter=most, random_state=0
    ).mixture
    k, d = mixture.means.shape
    spread = mixture.family.dense(mixture.covariances, k, d)
    if not mixture.family.matrices:
        spread = np.einsum("kii->ki", spread)
    arrays = (values.astype(dtype).astype(float) for values in (mixture.weights, mixture.means, spread))
    diagnosis = judged(PLAIN, text(Parameters(*arrays)))
    assert (diagnosis.verdict, diagnosis.broken) == ("right" if most > 6 else "open", ())
    if most == 6:
        assert "one step of correct EM moves these numbers by" in diagnosis.lacking


def test_the_laws_of_an_m_step_hold_for_any_responsibilities():
    R = np.random.default_rng(0).dirichlet(np.ones(3), size=len(PLAIN))
    begin = Parameters(np.full(3, 1 / 3), np.zeros((3, 2)), np.ones((3, 2)))
    found = moments(PLAIN, faulty_m_step(PLAIN, R, begin))
    np.testing.assert_allclose(found.off_centre, 0, atol=1e-12)
    np.testing.assert_allclose(found.excess, 0, atol=1e-12)


def test_what_is_only_spoiled_in_print_is_known():
    right = end(PLAIN, family="full")
    counts = (len(PLAIN) * right.weights)[:, None, None]
    spoiled = Parameters(right.weights, right.means, right.variances * counts)
    diagnosis = judged(PLAIN, text(spoiled))
    assert (diagnosis.suspects[0].faults, diagnosis.first_wrong.title[:16]) == (
        ("not_divided",),
        "After an M-step,",
    )
    assert "The E-step has them right" in diagnosis.suspects[0].sentence
    precisions = Parameters(right.weights, right.means, np.linalg.inv(right.variances))
    assert judged(PLAIN, text(precisions)).headline.startswith(
        "The inverses of these are at rest in correct EM"
    )


# --- Half-steps


def in_a_row(X, faults, family="full", end_of_loop=True, order=(0, 1, 2)):
    now, said = end(X, faults, family, most=5), []
    for _ in range(2):
        R = faulty_e_step(X, now, faults).responsibilities
        after = faulty_m_step(X, R, now, faults, family=FAMILIES[family])
        said.append(text(after if end_of_loop else now, responsibilities=R[:, list(order)]))
        now = after
    return "\n".join(said)


@pytest.mark.parametrize("end_of_loop", [True, False])
@pytest.mark.parametrize(
    ("faults", "wrong"),
    [
        ((), ""),
        (("no_determinant",), "E-step"),
        (("old_mean",), "M-step"),
        (("old_mean", "no_half"), "E-step"),
    ],
)
def test_e_and_m_are_judged_apart_wherever_in_the_loop_they_are_printed(faults, wrong, end_of_loop):
    diagnosis = judged(PLAIN, in_a_row(PLAIN, faults, end_of_loop=end_of_loop))
    assert [set(one.faults) for one in diagnosis.suspects] == [set(faults)]
    assert diagnosis.suspects[0].certainty == "exact"
    assert diagnosis.verdict == ("wrong" if wrong else "right")
    assert (diagnosis.first_wrong.title.endswith(f"the {wrong}.")) if wrong else diagnosis.first_wrong is None


def test_columns_in_another_order_are_matched_and_said():
    diagnosis = judged(PLAIN, in_a_row(PLAIN, (), order=(2, 0, 1)))
    assert diagnosis.verdict == "right"
    assert (
        "The columns of the responsibilities were put in the order of the components: 2, 3, 1."
        in diagnosis.notes
    )


def test_parameters_alone_may_be_some_steps_apart():
    sets = [text(end(PLAIN, family="full", most=most)) for most in (4, 9)]
    diagnosis = judged(PLAIN, "\n".join(sets))
    assert (diagnosis.verdict, diagnosis.checks[0].title) == ("right", "Set 2 is 5 steps of EM after set 1.")
    two = "\n".join(text(end(PLAIN, ("one_less",), "full", most=most)) for most in (4, 5))
    assert [one.faults for one in judged(PLAIN, two).suspects] == [("one_less",)]


# --- Bad input


def test_rows_in_another_order_are_known():
    R = faulty_e_step(PLAIN, end(PLAIN)).responsibilities
    assert judged(PLAIN, text_of(R)).verdict == "right"
    turned = judged(PLAIN, text_of(R[np.argsort(PLAIN[:, 1], kind="stable")]))
    assert turned.headline.startswith("These are the responsibilities of the rows sorted by feature 2,")
    shuffled = judged(PLAIN, text_of(R[np.random.default_rng(0).permutation(len(R))]))
    assert shuffled.verdict != "right"
    assert "in another order" in shuffled.headline


def text_of(R):
    return np.array2string(R, threshold=10**9, precision=8)


def test_standardised_data_are_recognised_and_other_data_are_not_taken_for_these():
    Z = (PLAIN - PLAIN.mean(axis=0)) / PLAIN.std(axis=0)
    scaled = judged(PLAIN, text(end(Z, family="full")))
    assert scaled.verdict == "right"
    assert any("numbers of data that were standardised" in note for note in scaled.notes)
    other = judged(PLAIN, text(end(groups(seed=5) + 9, family="full")))
    assert other.verdict == "wrong"
    assert other.headline.startswith("These numbers do not come of these rows by any EM that is known here")


def test_few_digits_half_a_print_and_another_k_are_said():
    few = judged(PLAIN, text(end(PLAIN), digits=1))
    assert few.verdict != "wrong"
    assert any("few digits" in note for note in few.notes)
    lines = text(end(PLAIN)).split("covariances")[0]
    half = judged(PLAIN, lines)
    assert half.lacking.startswith("there are no variances among the numbers.")
    assert [one.holds for one in half.checks] == [True]
    other = judged(PLAIN, text(end(PLAIN)), n_components=5)
    assert "The numbers have 3 components, though k = 5 is chosen: they were judged with 3." in other.notes


def test_single_precision_is_seen_in_the_digits():
    values = np.random.default_rng(0).normal(size=40)
    single = np.array([float(f"{value:.8g}") for value in values.astype(np.float32).astype(float)])
    assert single_precision(single) > 0
    assert single_precision(np.array([float(f"{value:.12g}") for value in values])) == 0


def test_harmless_mistakes_are_said_to_be():
    harmless = [
        fault.name
        for fault in FAULTS.values()
        if fault.seen.startswith(("Harmless", "They sum to n. Harmless"))
    ]
    assert harmless == ["constant_of_one_feature", "no_constant", "weights_not_normalised"]
    now = end(PLAIN, ("no_constant",))
    printed = faulty_e_step(PLAIN, now, ("no_constant",)).printed
    diagnosis = judged(PLAIN, f"{text(now)}\nlog-likelihood: {printed:.8f}")
    assert [one.faults for one in diagnosis.suspects] == [(), ("no_constant",)]
    assert diagnosis.headline.startswith("Code with this mistake (a density without its constant) gives")
    assert diagnosis.first_wrong.title == "What is printed is the log-likelihood of the parameters."


@pytest.mark.parametrize("name", ["Sigma", "sigma"])
@pytest.mark.parametrize(("power", "named"), [(1.0, "variances"), (0.5, "deviations")])
def test_sets_in_a_row_decide_what_an_open_name_means(power, named, name):
    X = groups(d=1)
    now, printed = end(X, most=4), ""
    for _ in range(2):
        now = faulty_m_step(X, faulty_e_step(X, now, ()).responsibilities, now, ())
        sigma = (now.variances.ravel() ** power).tolist()
        printed += (
            f"weights = {now.weights.tolist()}\nmeans = {now.means.ravel().tolist()}\n{name} = {sigma}\n"
        )
    found = diagnose(read_numbers(printed), X)
    assert found.verdict == "right"
    assert any(f"the data decide: {named}." in note for note in found.notes)


def turned_pair(X, faults, family, last=False):
    """Two iterations in a row, with a component in each column; matrices with it as their last index."""
    now, said = end(X, faults, family, most=4), []
    for _ in range(2):
        R = faulty_e_step(X, now, faults).responsibilities
        now = faulty_m_step(X, R, now, faults, family=FAMILIES[family])
        spread = np.moveaxis(now.variances, 0, 2) if now.variances.ndim == 3 else now.variances.T
        arrays = {"weights": now.weights, "means": now.means.T, "covariances": spread, "responsibilities": R}
        said.append("\n".join(f"{name} = {values.tolist()}" for name, values in arrays.items()))
    return "\n".join(said)


@pytest.mark.parametrize(
    ("faults", "family", "verdict"),
    [((), "full", "right"), ((), "diag", "right"), (("no_half",), "diag", "wrong")],
)
def test_components_in_columns_beside_responsibilities(faults, family, verdict):
    X = groups(d=3, n=90)
    found = judged(X, turned_pair(X, faults, family))
    assert (found.verdict, [one.faults for one in found.suspects]) == (verdict, [faults])
    assert any("the data decide: a column of the means" in note for note in found.notes)
    last = "symmetric, with eigenvalues above 0, only if the last index is the component: they were read so."
    assert any(last in note for note in found.notes) == (family == "full")


@pytest.mark.parametrize(("d", "k"), [(2, 3), (3, 2), (3, 3)])
@pytest.mark.parametrize("index", ["last", "second"])
@pytest.mark.parametrize("name", ["covariances", "precisions", "covariance_cholesky"])
def test_the_index_of_the_component_is_what_makes_covariances(d, k, index, name):
    X = groups(d=d, k=k, n=90)
    there = end(X, (), "full", k=k)
    printed = {
        "covariances": lambda spread: spread,
        "precisions": np.linalg.inv,
        "covariance_cholesky": np.linalg.cholesky,
    }[name](there.variances)
    put = np.moveaxis(printed, 0, 2 if index == "last" else 1)
    given = {"weights": there.weights, "means": there.means, name: put}
    found = judged(X, "\n".join(f"{name} = {values.tolist()}" for name, values in given.items()))
    assert found.verdict == "right"
    assert any(
        f"only if the {index} index is the component: they were read so." in one for one in found.notes
    )


def test_matrices_that_are_no_covariances_go_by_their_shape():
    X = groups(d=2, k=3, n=90)
    there = end(X, (), "full", k=3)
    spread = np.moveaxis(there.variances, 0, 2).copy()
    spread[0, 1] += 1.0
    given = {"weights": there.weights, "means": there.means, "covariances": spread}
    found = judged(X, "\n".join(f"{name} = {values.tolist()}" for name, values in given.items()))
    assert any("with the component as the last index, by their shape" in one for one in found.notes)
    assert found.headline.startswith("The covariance of component 1 is not symmetric.")


def test_numbers_that_do_not_tell_rows_from_columns_are_said_to_leave_it_open():
    X, rng = groups(d=3, n=90), np.random.default_rng(0)
    sets = []
    for _ in range(2):
        means, spread = X[rng.choice(len(X), 3, replace=False)], rng.uniform(1, 2, (3, 3))
        sets.append(text(Parameters(np.full(3, 1 / 3), means, spread)))
    found = judged(X, "\n".join(sets))
    assert found.verdict == "wrong"
    assert any("these numbers do not tell: a row was taken for a component" in note for note in found.notes)


@pytest.mark.parametrize(
    ("seed", "digits", "most", "certainty"),
    [(9, 4, 200, "exact"), (33, 6, 60, "likely"), (32, 4, 200, "possible")],
)
def test_mistakes_that_cannot_be_told_apart_are_all_named(seed, digits, most, certainty):
    """A density with the last variances, the first, or the mean of all: by few digits, or ended early."""
    rng = np.random.default_rng(seed)
    X = np.concatenate([rng.normal(-1.6, 1.0, 60), rng.normal(1.6, 1.3, 60)])[:, np.newaxis]
    found = judged(X, text(end(X, ("last_in_density",), k=2, most=most), digits))
    told = {one.faults: one.certainty for one in found.suspects if one.faults}
    names = ("shared_in_density", "last_in_density", "first_in_density")
    assert told == {(name,): certainty for name in names}
    # Where correct EM, ended early, moves them hardly more, none is blamed.
    assert found.verdict == ("open" if certainty == "possible" else "wrong")


@pytest.mark.parametrize("most", [40, 80, 150])
def test_responsibilities_of_correct_em_that_was_ended_early_are_not_blamed(most):
    X = groups(d=2, k=2, n=150, seed=5)
    there = end(X, (), "full", k=2, most=most)
    with np.printoptions(precision=8, threshold=10**9):
        said = f"responsibilities = {faulty_e_step(X, there).responsibilities}"
    assert judged(X, said).verdict != "wrong"


@pytest.mark.parametrize("digits", [3, 8])
def test_responsibilities_of_equal_components_are_not_blamed(digits):
    X = np.random.default_rng(2).normal(size=(150, 1))
    weights, rng = np.array([0.2, 0.5, 0.3]), np.random.default_rng(0)
    R = weights + 10.0**-digits * rng.choice((-1, 0, 1), (150, 3))
    R[:, 0] += 1 - R.sum(axis=1)
    said = "\n".join(" ".join(f"{value:.{digits}f}" for value in row) for row in R)
    assert judged(X, said).verdict != "wrong"


# --- Numbers that are none, and numbers that tell little


@pytest.mark.slow
def test_a_component_on_one_point_is_no_mistake():
    spread = np.tile(PLAIN.var(axis=0), (3, 1))
    spread[1] = 0
    means = PLAIN[[3, 29, 90]]
    found = judged(PLAIN, text(Parameters(np.array([0.5, 1 / 150, 0.4933333333]), means, spread)))
    assert found.headline.startswith(
        "Component 2 has shrunk onto row 30 of the data, and has no variance left."
    )
    assert found.verdict != "right"
    assert not any(one.faults and one.certainty != "possible" for one in found.suspects)


@pytest.mark.slow
def test_lost_numbers_are_told_by_where_they_begin_and_by_what_leads_there():
    weights, means, spread = np.array([0.4, 0.6, 0.0]), PLAIN[[3, 29, 90]].copy(), np.ones((3, 2))
    means[2], spread[2] = np.nan, np.nan
    found = judged(PLAIN, text(Parameters(weights, means, spread)))
    assert found.headline.startswith(
        "Component 3 is lost: the weight is 0, no row belongs to it any more, and"
    )
    assert "Correct EM stays finite on these data, from 5 draws of rows" in found.headline
    assert {one.certainty for one in found.suspects if one.faults} == {"possible"}
    lost = judged(PLAIN, text(Parameters(weights * np.nan, means * np.nan, spread * np.nan)))
    assert lost.headline.startswith("All components are lost, so the numbers do not show where that began")


def test_a_factor_in_all_variances_is_named():
    now = end(PLAIN)
    for _ in range(300):
        R = faulty_e_step(PLAIN, now).responsibilities
        now = faulty_m_step(PLAIN, R, now)
        now = Parameters(now.weights, now.means, now.variances / 3)
    found = judged(PLAIN, text(now))
    assert "times that of a correct M-step: 0.333333: divided by n_components (3)." in found.headline
    assert found.verdict == "wrong"


def test_what_numbers_at_rest_do_not_show_is_said():
    found = judged(PLAIN, text(end(PLAIN)))
    assert found.notes[-1].endswith(
        "Numbers at rest do not show the old mean in the update of the variances, nor what is only printed "
        "wrong."
    )


@pytest.mark.slow
@pytest.mark.parametrize("columns", [("means",), ("means", "variances"), ("variances",)])
def test_as_many_components_as_features_in_columns(columns):
    X = groups(d=3)
    now = end(X, most=3000)
    arrays = {"weights": now.weights, "means": now.means, "variances": now.variances}
    printed = {name: array.T if name in columns else array for name, array in arrays.items()}
    found = diagnose(read_numbers("\n".join(f"{name} = {a.tolist()}" for name, a in printed.items())), X)
    assert found.verdict == "right"
    assert any(f"a column of the {' and '.join(columns)} is a component" in note for note in found.notes)
    as_it_is = diagnose(read_numbers("\n".join(f"{name} = {a.tolist()}" for name, a in arrays.items())), X)
    assert not any("Rows or columns?" in note for note in as_it_is.notes)


@pytest.mark.slow
def test_full_covariances_printed_without_their_off_diagonals_are_said_to_be_diagonal():
    X = groups(d=2)
    now = end(X, family="full")
    found = diagnose(read_numbers(text(Parameters(now.weights, now.means, now.variances * np.eye(2)))), X)
    assert found.verdict != "right"
    assert any("Were full ones meant, the off-diagonals were dropped" in note for note in found.notes)
    found = diagnose(read_numbers(text(now)), X)
    assert not any("off-diagonals were dropped" in note for note in found.notes)


@pytest.mark.parametrize(
    ("second", "verdict", "said"),
    [
        (0.5, "open", "All are positive and shrinking, from 2.5 down to 0.5."),
        (-0.5, "wrong", "Change 2 is the first fall; the largest is 0.5."),
        (-1e-9, "open", "Rounding or reg_covar may do that."),
        (float("-inf"), "wrong", "Change 2 is the first fall"),
    ],
)
def test_changes_alone_tell_whether_it_falls_and_no_more(second, verdict, said):
    printed = f"iter 2 change in log-likelihood: 2.5\niter 3 change in log-likelihood: {second}"
    found = diagnose(read_numbers(printed), groups())
    assert found.verdict == verdict
    assert said in found.checks[0].sentence
    assert "Paste the log-likelihood itself" in found.lacking


def test_responsibilities_and_parameters_together_are_asked_for_the_laws_of_each():
    """Of one iteration the M-step follows, and no E-step can be taken: the laws are all that there is."""
    for X in (PLAIN, PLAIN[:, :1]):
        before = end(X, ("normalised_over_data",), "full", most=2)
        R = faulty_e_step(X, before, ("normalised_over_data",)).responsibilities
        after = faulty_m_step(X, R, before, (), family=FAMILIES["full"])
        found = judged(X, text(after, responsibilities=R))
        assert found.verdict == "wrong"
        assert {one.law for one in found.broken} >= {"rows", "weights"}
        assert found.suspects[0].faults == ("normalised_over_data",)
    correct = end(PLAIN, (), "full", most=2)
    R = faulty_e_step(PLAIN, correct).responsibilities
    found = judged(
        PLAIN, text(faulty_m_step(PLAIN, R, correct, (), family=FAMILIES["full"]), responsibilities=R)
    )
    assert (found.broken, found.verdict) == ((), "open")
    half = R / 2
    found = judged(
        PLAIN, text(faulty_m_step(PLAIN, half, correct, (), family=FAMILIES["full"]), responsibilities=half)
    )
    assert (found.verdict, found.headline[:28]) == ("wrong", "The responsibilities of row ")


@pytest.mark.parametrize("most", [5, 20])
@pytest.mark.parametrize("family", ["full", "diag"])
def test_one_less_on_the_way_in_one_feature_is_no_large_reg_covar(most, family):
    X = PLAIN[:, :1]
    found = judged(X, text(end(X, ("one_less",), family, most=most)))
    assert (found.verdict, found.suspects[0].faults) == ("wrong", ("one_less",))
    assert "dividing by N_k − 1" in found.suspects[0].sentence


def test_a_number_added_is_no_division_by_one_less():
    X = PLAIN[:, :1]
    trace = fit(X, 3, covariance_type="full", reg_covar=0.02 * X.var(), random_state=0, max_iter=8, tol=0)
    found = judged(X, text(Parameters(trace.mixture.weights, trace.mixture.means, trace.mixture.covariances)))
    assert found.verdict != "wrong"
    assert not any("one_less" in (one.faults or ()) for one in found.suspects)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["full", "tied"])
def test_covariances_between_features_add_up_too_or_it_is_said_that_it_is_not_sure(family):
    now = end(PLAIN, (), family, most=12)
    right = judged(PLAIN, text(now))
    spread = [one for one in right.checks if "between them add up" in one.title]
    assert [one.holds for one in spread] == [True]
    bent = now.variances.copy()
    bent[:, 0, 1] = bent[:, 1, 0] = 0.5 * np.sqrt(bent[:, 0, 0] * bent[:, 1, 1])
    found = judged(PLAIN, text(Parameters(now.weights, now.means, bent)))
    assert found.verdict == "open"
    assert found.headline.startswith("Whether these numbers break a law is not sure. After an M-step")
    assert "no M-step with full or tied covariances gives that" in found.headline
