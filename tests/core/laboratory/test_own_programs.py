"""Programs as people write them, correct and not, and what their whole output is told."""

import time

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from gmm_core import fit
from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.prior import Prior
from gmm_core.laboratory.diagnosis import diagnose
from gmm_core.laboratory.faulty_em import faulty_e_step, faulty_m_step
from gmm_core.laboratory.laws import LAWS, Parameters
from gmm_core.tables.pasted import read_numbers
from gmm_core.tables.reading import TableError


def three_groups(n=200, seed=5):
    """Three groups in the plane that overlap, in rows of four decimals."""
    rng = np.random.default_rng(seed)
    centres = np.array([[0.0, 0.0], [3.0, 1.5], [-1.0, 4.0]])
    return np.round(centres[rng.choice(3, n, p=[0.5, 0.3, 0.2])] + rng.normal(size=(n, 2)), 4)


X = three_groups()


def start(seed=1, k=3):
    """Rows of the data as means, and the covariance of the data."""
    means = X[np.random.default_rng(seed).choice(len(X), k, replace=False)]
    return Parameters(np.full(k, 1 / k), means, np.tile(np.cov(X.T), (k, 1, 1)))


def run(steps, begin=None, faults=()):
    """Parameters after so many steps, and the log-likelihood that every E-step has, before its M-step."""
    now, printed = begin or start(), []
    for _ in range(steps):
        e = faulty_e_step(X, now, faults)
        printed.append(e.printed)
        now = faulty_m_step(X, e.responsibilities, now, faults, family=FAMILIES["full"])
    return now, printed


def as_text(now, digits=8):
    with np.printoptions(precision=digits, threshold=10**9):
        return f"weights = {now.weights}\nmeans = {now.means}\ncovariances = {now.variances}\n"


def judged(pasted):
    return diagnose(read_numbers(pasted), X)


def check_of(found, law):
    return next(one for one in found.checks if one.title == LAWS[law])


# --- The log-likelihood beside the parameters


@pytest.mark.parametrize("steps", [2, 6, 40])
def test_a_log_likelihood_of_before_the_last_m_step_is_no_mistake(steps):
    now, printed = run(steps)
    for value in (printed[-1], printed[-1] / len(X)):
        found = judged(f"{as_text(now)}log-likelihood: {value:.8f}")
        asked = check_of(found, "printed")
        assert found.verdict == "open"
        assert asked.holds is None
        assert "it may be that of the parameters before the last M-step" in asked.sentence


def test_scikit_learns_own_attributes_are_not_blamed():
    fitted = GaussianMixture(3, random_state=0).fit(X)
    now = Parameters(fitted.weights_, fitted.means_, fitted.covariances_)
    found = judged(f"{as_text(now)}lower_bound_ {fitted.lower_bound_}")
    assert found.verdict != "wrong"
    assert all(one.holds is not False for one in found.checks)


def test_a_log_likelihood_that_no_step_before_can_have_is_still_blamed():
    now, printed = run(6)
    assert judged(f"{as_text(now)}log-likelihood: {printed[-1] + 20:.6f}").verdict == "wrong"
    at_rest, printed = run(500)
    assert judged(f"{as_text(at_rest)}log-likelihood: {printed[-1] - 20:.6f}").verdict == "wrong"


def test_a_wrong_log_likelihood_is_not_that_of_a_product_that_is_too_small_for_a_float():
    now, printed = run(2)
    assert faulty_e_step(X, now, ("densities_multiplied",)).printed == -np.inf
    assert not judged(f"{as_text(now)}log-likelihood: {printed[-1] + 60:.6f}").suspects
    assert judged(f"{as_text(now)}log-likelihood: -inf").suspects[0].faults == ("densities_multiplied",)


def test_a_history_beside_parameters_is_asked_whether_it_rises():
    now, printed = run(500)
    lines = [f"iter {i}: loglik = {value:.5f}" for i, value in enumerate(printed) if i < 25 or i % 25 == 24]
    right = judged("\n".join([*lines, as_text(now)]))
    assert right.verdict == "right"
    assert check_of(right, "rising").holds
    assert right.taken_for.endswith("; and the log-likelihoods of 44 iterations")
    lines.insert(20, "iter 20: loglik = -754.2")
    wrong = judged("\n".join([*lines, as_text(now)]))
    assert wrong.verdict == "wrong"
    assert wrong.headline.startswith("The log-likelihood fell from")
    assert wrong.headline.endswith("The parameters are those of correct EM all the same.")
    lines[20] = "iter 20: loglik = nan"
    assert judged("\n".join([*lines, as_text(now)])).first_wrong.title == LAWS["finite"]


# --- How iterations and runs are counted


LINES = (
    "[{i}] loglik: {v}",
    "[{i}/30] ll = {v}",
    "#{i} loglik {v}",
    "<{i}> LL: {v}",
    "({i}) log-likelihood {v}",
    "{i}. loglik {v}",
    "{i}: {v}",
    "({i}) {v}",
    "{i}) {v}",
    "[{i}] -> nll={m} (best={m})",
    "{i} | {v} | {c}",
    "{i} {v} {c}",
)


@pytest.mark.parametrize("line", LINES)
def test_a_number_in_front_of_a_line_only_counts(line):
    _, printed = run(12)
    values = [round(value, 4) for value in printed]
    changes = np.diff([-900.0, *values])
    text = "\n".join(line.format(i=i, v=v, m=-v, c=f"{changes[i]:.5f}") for i, v in enumerate(values))
    found = judged(text)
    assert found.kind == "history"
    assert check_of(found, "rising").sentence == f"It rises from {values[0]:.6g} to {values[-1]:.6g}."


def test_counted_lines_may_be_of_components_or_have_a_name_above():
    now, _ = run(500)
    lines = [
        f"[{j}] weight={now.weights[j]:.8f} mean={now.means[j].tolist()} cov={now.variances[j].tolist()}"
        for j in range(3)
    ]
    assert judged("\n".join(lines)).verdict == "right"
    pasted = read_numbers("means:\n  0: 54.6\n  1: 80.1\nvariances:\n  0: 3.5\n  1: 4.5")
    assert pasted.lists["means"].ravel().tolist() == [54.6, 80.1]
    assert pasted.lists["variances"].ravel().tolist() == [3.5, 4.5]


def of_two_runs(line, head=""):
    text = ""
    for r in (1, 2):
        values = run(8, start(seed=3 - r))[1]
        text += head.format(r=r) + "".join(line.format(r=r, i=i, v=v) + "\n" for i, v in enumerate(values))
    return text


RUN_LINES = (
    ("  iter {i}: loglik={v:.4f}", "Run {r}\n"),
    ("run {r}, iter {i}: loglik {v:.4f}", ""),
    ("seed={r} loglik={v:.4f}", ""),
    ("iter {i} loglik={v:.4f}", "=== seed {r} ===\n"),
    ("loglik={v:.4f}", "--- run {r} ---\n"),
    ("[{i}] loglik {v:.4f}", ""),
    ("{i} {v:.4f}", ""),
)


@pytest.mark.parametrize(("line", "head"), RUN_LINES)
def test_no_run_follows_from_the_run_before_it(line, head):
    first, second = (run(8, start(seed))[1] for seed in (2, 1))
    assert second[0] < first[-1]
    found = judged(of_two_runs(line, head))
    told = [one.sentence for one in found.checks if one.title == LAWS["rising"]]
    assert told == [
        f"In run {i}: it rises from {values[0]:.6g} to {values[-1]:.6g}."
        for i, values in ((1, first), (2, second))
    ]
    assert found.taken_for.startswith("the log-likelihoods of 2 runs")


def test_a_fall_within_one_of_several_runs_is_told():
    text = of_two_runs("  iter {i}: loglik={v:.4f}", "Run {r}\n").split("\n")
    text[3], text[4] = text[3].replace("iter 2", "iter 3"), text[4].replace("iter 3", "iter 2")
    text[3:5] = text[4:2:-1]
    assert judged("\n".join(text)).headline.startswith("In run 1: the log-likelihood fell from")


@pytest.mark.parametrize("name", ["seed {i}: final", "restart {i}:", "k={i}:"])
def test_ends_of_several_runs_are_no_history(name):
    lines = [f"{name.format(i=i)} log-likelihood = {v}" for i, v in enumerate((-683.7, -690.1, -685.2), 1)]
    with pytest.raises(TableError, match=r"those of 3 runs, or of different k, one of each"):
        judged("\n".join(lines))
    now, _ = run(500)
    found = judged("\n".join([*lines, as_text(now)]))
    assert found.verdict == "right"
    assert any(note.startswith("Log-likelihoods of 3 runs stand beside") for note in found.notes)


@pytest.mark.parametrize("head", ["seed {}", "=== seed {} ===", "run: {}"])
def test_parameters_of_another_run_are_no_step_before(head):
    text = "".join(f"{head.format(seed)}\n{as_text(run(500, start(seed))[0])}" for seed in (1, 2))
    found = judged(text)
    assert found.verdict == "right"
    assert "Parameters of 2 runs were found: those of the last were taken." in found.notes


def test_changes_of_several_runs_may_begin_with_infinity():
    log = "Initialization {}\n" + "".join(
        f"  Iteration {i}\t ll change {c}\n" for i, c in enumerate(("inf", 0.5, 0.02), 1)
    )
    found = judged(log.format(0) + "Initialization converged.\t ll -3.44\n" + log.format(1))
    assert [one.holds for one in found.checks] == [True]


def test_an_unknown_name_behind_a_counter_is_said_to_be_a_guess():
    found = judged("\n".join(f"iter {i}: Q = {v:.4f}" for i, v in enumerate(run(6)[1])))
    assert any(note.startswith("'Q' behind the numbers of iterations") for note in found.notes)


# --- What is wrong of some components, and what a prior makes


@pytest.mark.parametrize("left_out", [0, 2])
def test_a_component_that_the_loop_leaves_out_is_named(left_out):
    now = first = start()
    kept = np.arange(3) != left_out
    for _ in range(400):
        R = faulty_e_step(X, now).responsibilities
        there = faulty_m_step(X, R, now, family=FAMILIES["full"])
        now = Parameters(
            np.where(kept, there.weights, first.weights),
            np.where(kept[:, None], there.means, first.means),
            np.where(kept[:, None, None], there.variances, first.variances),
        )
    found = judged(as_text(now))
    others = "components 2 and 3" if left_out == 0 else "components 1 and 2"
    assert found.verdict == "wrong"
    assert found.headline.startswith(f"A correct step leaves {others} as they are, and moves component ")
    assert f"leaves component {left_out + 1} out" in found.headline


def with_priors(rows_of_weights=0.0, rows=0.0, scale=0.0, shrinkage=0.0):
    """Where EM ends with a prior for the weights, for covariances and for means."""
    now, n, k = start(), len(X), 3
    for _ in range(600):
        R = faulty_e_step(X, now).responsibilities
        N = R.sum(axis=0)
        m = R.T @ X / N[:, None]
        centre = X.mean(axis=0)
        means = (N[:, None] * m + shrinkage * centre) / (N + shrinkage)[:, None]
        spread = []
        for j in range(k):
            gaps = X - means[j]
            away = means[j] - centre
            sums = (R[:, j, None] * gaps).T @ gaps + shrinkage * np.outer(away, away) + scale * np.eye(2)
            spread.append(sums / (N[j] + rows))
        now = Parameters((N + rows_of_weights) / (n + k * rows_of_weights), means, np.array(spread))
    return now


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rows_of_weights": 1.0}, "a prior for the weights (MAP) that adds 1 to every N_k of the weights"),
        ({"rows": 6.0, "scale": 0.5}, "adds 6 to every N_k of the covariances, and 0 to that of the means"),
        ({"rows": 7.0, "scale": 2.0, "shrinkage": 5.0}, "adds 7 to every N_k of the covariances, and 5 to"),
    ],
)
def test_what_a_prior_makes_is_no_mistake_for_certain(options, said):
    found = judged(as_text(with_priors(**options)))
    assert found.verdict == "open"
    assert found.headline.startswith("Such numbers come of correct EM with a prior")
    assert said in found.suspects[0].sentence
    assert all(one.holds is not False for one in found.checks)


@pytest.mark.parametrize("reg_covar", [0.0, 1e-6])
def test_the_prior_of_the_engine_is_known(reg_covar):
    prior = Prior.of(X, 3, FAMILIES["full"])
    there = fit(X, 3, prior=prior, reg_covar=reg_covar, random_state=0, tol=0, max_iter=400).mixture
    found = judged(as_text(Parameters(there.weights, there.means, there.covariances)))
    assert found.headline.startswith("Such numbers come of correct EM with a prior (MAP)")


def test_a_covariance_that_is_not_symmetric_is_told_with_its_numbers():
    now, _ = run(30)
    spread = now.variances.copy()
    spread[1, 0, 1] *= 0.5
    found = judged(as_text(Parameters(now.weights, now.means, spread)))
    assert found.first_wrong.title == "Covariances are symmetric."
    assert f"It has {spread[1, 0, 1]:.6g} in row 1, column 2, and {spread[1, 1, 0]:.6g}" in found.headline
    assert found.lacking.startswith("with a covariance that is not symmetric no step can be taken")


def test_a_part_of_the_responsibilities_does_not_hide_the_parameters():
    now, _ = run(500)
    R = faulty_e_step(X, now).responsibilities[:5]
    found = judged(f"r[:5] = {np.round(R, 3)}\n{as_text(now)}")
    assert found.verdict == "right"
    assert any(note.startswith("The responsibilities are 5 rows of 3 numbers") for note in found.notes)


def test_parts_that_were_put_together_in_different_orders_are_told():
    now, _ = run(500)
    for these, said in (
        (
            Parameters(now.weights[[1, 0, 2]], now.means, now.variances),
            "With the weights in the order 2, 1, 3",
        ),
        (
            Parameters(now.weights, now.means, now.variances[[0, 2, 1]]),
            "With the covariances in the order 1, 3, 2",
        ),
        (
            Parameters(now.weights, now.means[:, ::-1], now.variances[:, ::-1, ::-1]),
            "With the columns of the data in the order 2, 1",
        ),
    ):
        found = judged(as_text(these))
        assert found.verdict == "wrong"
        assert found.headline.startswith(said)


@pytest.mark.parametrize("base", [2, 10])
@pytest.mark.parametrize("steps", [5, 500])
def test_a_log_likelihood_to_another_base_is_told(base, steps):
    now, _ = run(steps)
    truth = faulty_e_step(X, now).printed
    found = judged(f"{as_text(now)}loglik {truth / np.log(base):.6f}")
    assert found.verdict == "wrong"
    assert any(f"the logarithm to the base {base};" in one.sentence for one in found.suspects)


def test_a_log_likelihood_may_have_commas_between_its_thousands():
    lines = [f"iter {i}: loglik {1000 * v:,.2f}" for i, v in enumerate(run(8)[1])]
    assert check_of(judged("\n".join(lines)), "rising").holds


def test_variances_alone_of_full_covariances_are_asked_for_the_rest():
    now, _ = run(500)
    deviations = np.sqrt(np.diagonal(now.variances, axis1=1, axis2=2))
    found = judged(f"weights {now.weights}\nmeans {now.means}\nstandard deviations {deviations}")
    assert found.verdict == "open"
    assert found.lacking.endswith(
        "Where covariances are full, paste the matrices: variances alone tell less."
    )


def test_labels_are_no_log_likelihoods():
    labels = faulty_e_step(X, run(50)[0]).responsibilities.argmax(axis=1)
    with pytest.raises(
        TableError, match=r"These are 200 whole numbers, one for each row of the data: labels"
    ):
        judged(str(labels.tolist()))
    with pytest.raises(TableError, match=r"No name before the numbers is known: 'labels'"):
        judged(f"labels: {labels}")


# --- Runs that were ended a little early, damped steps, and how libraries print them


@pytest.mark.parametrize("tol", [1e-9, 1e-11, 1e-12])
def test_what_is_nearly_at_rest_in_correct_em_is_neither_a_prior_nor_a_component_left_out(tol):
    fitted = GaussianMixture(3, tol=tol, max_iter=10_000, reg_covar=0, random_state=0).fit(X)
    found = judged(repr(vars(fitted)))
    assert found.verdict != "wrong"
    assert all(one.faults == () and "prior" not in one.sentence for one in found.suspects)
    assert "M-step" not in found.headline
    assert "prior" not in found.headline


def test_few_digits_tell_no_prior():
    found = judged(as_text(run(500)[0], digits=1))
    assert not any("prior" in one.sentence for one in found.suspects)


@pytest.mark.parametrize("way", [0.3, 0.5, 1.4])
@pytest.mark.parametrize("after", [0, 1])
def test_damped_steps_are_told_and_not_blamed(way, after):
    def printed(mixed):
        now, text = run(3)[0], ""
        for i in range(3):
            R = faulty_e_step(X, now).responsibilities
            m = faulty_m_step(X, R, now, (), family=FAMILIES["full"])
            pieces = [(getattr(now, name), getattr(m, name)) for name in ("weights", "means", "variances")]
            after_m = Parameters(*((a + w * (b - a)) for w, (a, b) in zip(mixed, pieces, strict=True)))
            with np.printoptions(precision=8, threshold=10**9):
                text += f"iter {i}\n{as_text(after_m if after else now)}responsibilities = {R}\n"
            now = after_m
        return judged(text)

    found = printed((way, way, way))
    assert found.verdict == "open"
    kind = "damped" if way < 1 else "longer"
    assert found.headline.startswith(f"Such numbers come of correct EM with a {kind} M-step")
    assert any(f"They are {way:.4g} of the way" in one.sentence for one in found.checks)
    assert printed((1, way, 1)).verdict == "wrong"


def test_a_law_that_variants_of_em_break_on_purpose_says_so():
    now, _ = run(3)
    moved = Parameters(now.weights, now.means * [1.001, 1.002], now.variances)
    found = judged(as_text(moved))
    assert found.verdict == "wrong"
    assert found.headline.endswith("it is no mistake where one is meant.")


@pytest.mark.parametrize(
    "line",
    [
        "{v} (iter {i})",
        "{v} [step {i}]",
        "{v} at iteration {i}",
        "ll = {v} (iteration {i}/20)",
        "converged: False, ll: {v} (iter: {i})",
    ],
)
def test_an_iteration_may_be_counted_behind_its_value(line):
    values = [round(value, 3) for value in run(9)[1]]
    pasted = read_numbers("\n".join(line.format(v=v, i=i) for i, v in enumerate(values)))
    assert pasted.lists["log_likelihood"].ravel().tolist() == values
    assert not pasted.findings


def test_runs_that_say_how_they_began_are_not_compared():
    ends = "\n".join(f"init=random ll {v}" for v in (-683.7, -690.1, -685.2))
    with pytest.raises(TableError, match=r"those of 3 runs, or of different k, one of each"):
        judged(ends)
    text = "".join(
        f"init={name}\n" + "".join(f"  ll {v:.4f}\n" for v in run(6, start(seed))[1])
        for name, seed in (("kmeans", 2), ("random", 1))
    )
    assert judged(text).taken_for.startswith("the log-likelihoods of 2 runs")
    one = "\n".join(f"init=random iter={i} ll={v:.4f}" for i, v in enumerate(run(6)[1]))
    assert judged(one).taken_for == "the log-likelihoods of 6 iterations"


def test_a_long_line_is_read_at_once():
    values = np.linspace(-900, -800, 9000)
    begun = time.thread_time()
    pasted = read_numbers(f"ll = {[round(value, 4) for value in values]} (iter 3)")
    assert pasted.lists["log_likelihood"].size == 9000
    assert time.thread_time() - begun < 5


# --- Numbers added to variances, and lines that are counted


@pytest.mark.parametrize("steps", [40, 250])
def test_a_large_number_added_to_the_variances_is_named_before_the_numbers_are_at_rest(steps):
    """Weights that add up to 1 were said not to be normalised."""
    now = start()
    for _ in range(steps):
        now = faulty_m_step(X, faulty_e_step(X, now).responsibilities, now, family=FAMILIES["full"])
        now = Parameters(now.weights, now.means, now.variances + 0.2 * np.eye(2))
    found = judged(as_text(now))
    assert [one.faults for one in found.suspects] == [("large_ridge",)]
    assert "not normalised" not in " ".join((found.headline, *(one.sentence for one in found.suspects)))


@pytest.mark.parametrize(
    "line", ["{i} ll {v:.6f}", "{i}, log-likelihood: {v:.6f}", "{i} LL= {v:.6f} time 0.1"]
)
def test_a_bare_count_before_the_name_of_a_log_likelihood_is_no_log_likelihood(line):
    """print(i, "ll", ll) was told that the log-likelihood fell from 59 to -729."""
    _, printed = run(30)
    found = judged("\n".join(line.format(i=i, v=value) for i, value in enumerate(printed)))
    assert found.verdict == "open"
    assert found.taken_for == "the log-likelihoods of 30 iterations"


@pytest.mark.parametrize("rows", [1, len(X)])
def test_positive_log_likelihoods_that_fall_are_wrong_where_the_data_have_positive_ones(rows):
    """They were taken for minus the log-likelihood, which "rises", also on data that vary little."""
    small = X / 1000
    _, printed = run(30)
    values = (np.array(printed) + X.size * np.log(1000)) / rows
    text = "\n".join(f"iter {i} ll {value:.8f}" for i, value in enumerate(values[::-1]))
    assert diagnose(read_numbers(text), small).verdict == "wrong"
    upwards = "\n".join(f"iter {i} ll {value:.8f}" for i, value in enumerate(values))
    assert diagnose(read_numbers(upwards), small).verdict == "open"
    minus = "\n".join(f"iter {i} ll {-value:.8f}" for i, value in enumerate(printed))
    assert diagnose(read_numbers(minus), X).verdict == "open"
    assert diagnose(read_numbers(minus), small).verdict == "open"  # of data that were standardised, perhaps


# --- Other rows than these


@pytest.mark.parametrize("before", [True, False])
def test_responsibilities_of_shuffled_rows_are_not_blamed_on_the_e_step(before):
    """The E-step was said to be wrong, surely, where the code had shuffled the rows."""
    order = np.random.default_rng(3).permutation(len(X))
    now, _ = run(100)
    R = faulty_e_step(X, now).responsibilities
    if before:  # printed after the M-step that is made of them
        now = faulty_m_step(X, R, now, family=FAMILIES["full"])
    text = f"{as_text(now)}responsibilities = {np.round(R, 8)[order].tolist()}"
    found = judged(text)
    assert found.verdict == "open"
    assert "the code has the rows in another order" in found.headline
    straight = judged(f"{as_text(now)}responsibilities = {np.round(R, 8).tolist()}")
    assert all(one.holds for one in straight.checks)


def test_a_wrong_e_step_is_no_other_order_of_the_rows():
    now, _ = run(5)
    R = faulty_e_step(X, now).responsibilities ** 3
    R /= R.sum(axis=1, keepdims=True)
    found = judged(f"{as_text(now)}responsibilities = {np.round(R, 8).tolist()}")
    assert found.verdict == "wrong"
    assert "another order" not in found.headline


def test_numbers_of_a_training_set_may_be_right():
    now = start()
    part = X[np.random.default_rng(3).permutation(len(X))[:160]]
    for _ in range(60):
        R = faulty_e_step(part, now).responsibilities
        now = faulty_m_step(part, R, now, family=FAMILIES["full"])
    assert "numbers of a part of these rows" in judged(as_text(now)).headline
