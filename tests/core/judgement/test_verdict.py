"""What is said of data whose answer is known: never a certain grouping where there is none."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from sklearn.datasets import load_iris, make_moons
from sklearn.decomposition import PCA

from gmm_core import load_dataset
from gmm_core.judgement import selection
from gmm_core.judgement.apart import standing
from gmm_core.judgement.selection import compare, fits, planned, sweep_models
from gmm_core.judgement.verdict import examine, judge, with_flaws

pytestmark = pytest.mark.slow  # each compares many fits


def verdict(X, most=4, n_starts=3):
    return judge(sweep_models(X, range(1, most + 1), n_starts=n_starts), X)


def groups(centres, size=100, seed=0):
    rng = np.random.default_rng(seed)
    return np.repeat(np.array(centres, float), size, axis=0) + rng.normal(size=(size * len(centres), 2))


THREE = [[0, 0], [6, 0], [0, 6]]


# --- groups that are there


@pytest.mark.parametrize("seed", range(3))
def test_three_groups_are_three(seed):
    found = verdict(groups(THREE, seed=seed))
    assert (found.sure, found.groups, found.caveats) == (True, (3,), ())
    assert found.headline.startswith("Three groups: BIC favours 3 ")
    assert "; 3 of 3 starts agree; " in found.headline
    assert sorted(found.group_of) == [0, 1, 2]


def test_strong_anisotropy_hides_no_group():
    found = verdict(groups(THREE) @ [[30, 1], [0.2, 0.1]])
    assert (found.sure, found.groups) == (True, (3,))


def test_a_tiny_group_beside_a_huge_one():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(size=(1000, 2)), rng.normal(size=(15, 2)) * 0.3 + [7, 0]])
    found = verdict(X, 4)
    assert (found.sure, found.groups) == (True, (2,))


@pytest.mark.parametrize("q", [2, 3])
def test_two_digits_are_two_groups_but_not_gaussian_ones(q):
    found = verdict(PCA(q).fit_transform(load_dataset("digits_2_6").X))
    assert 2 in found.groups
    assert max(found.groups) == 2


def test_few_rows_of_many_columns_are_not_called_skewed_by_chance():
    X = np.random.default_rng(9).normal(size=(40, 5))
    X[:20, 0] += 8
    found = judge(sweep_models(X, (1, 2), ("spherical",), 2), X)
    assert found.groups == (2,)
    assert not [one.sentence for one in found.caveats if "it is skewed" in one.sentence]
    skewed = np.random.default_rng(0).exponential(size=(150, 3))
    (said,) = [
        one
        for one in judge(sweep_models(skewed, (1,), ("full",), 1), skewed).caveats
        if "shape" in one.sentence
    ]
    assert said.sentence.startswith("The one shape is not Gaussian")


@pytest.mark.parametrize("X", [groups(THREE), np.random.default_rng(0).normal(size=(200, 2))])
def test_units_and_origin_change_no_verdict(X):
    one, other = verdict(X, 4), verdict(X * 1e4 - 7, 4)
    assert (one.sure, one.groups, one.headline) == (other.sure, other.groups, other.headline)
    assert np.array_equal(one.unsure_rows, other.unsure_rows)


def test_unsure_rows_are_those_between_overlapping_groups():
    X = groups([[0, 0], [3.5, 0]], 200)
    found = verdict(X, 3)
    assert found.mixture is not None
    largest = found.mixture.responsibilities(X).max(axis=1)
    assert np.array_equal(found.unsure_rows, np.flatnonzero(largest < 0.6))
    assert 0 < len(found.unsure_rows) < 20


# --- groups that are not


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "d"), [(100, 1), (300, 2), (60, 2)])
def test_one_gaussian_is_no_grouping(seed, n, d):
    found = verdict(np.random.default_rng(seed).normal(size=(n, d)))
    assert found.groups == (1,)
    assert found.headline.startswith("No grouping: one Gaussian is as good.")


def ring(rng):
    angles = rng.uniform(0, 2 * np.pi, 400)
    return np.c_[np.cos(angles), np.sin(angles)] + 0.05 * rng.normal(size=(400, 2))


SHAPES = {
    "uniform": lambda rng: rng.uniform(size=(400, 2)),
    "uniform, one feature": lambda rng: rng.uniform(size=(600, 1)),
    "t with 2 degrees": lambda rng: rng.standard_t(2, size=(400, 2)),
    "lognormal": lambda rng: np.exp(rng.normal(size=(300, 2))),
    "ring": ring,
    "same centre": lambda rng: np.vstack([rng.normal(size=(200, 2)), 5 * rng.normal(size=(200, 2))]),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("shape", SHAPES)
def test_one_shape_that_is_not_gaussian_is_never_a_certain_grouping(shape, seed):
    found = verdict(SHAPES[shape](np.random.default_rng(seed)))
    assert not found.sure
    assert any("not Gaussian" in caveat.sentence for caveat in found.caveats)


def test_moons_are_not_gaussian():
    X, _ = make_moons(300, noise=0.08, random_state=0)
    found = verdict(X, 6)
    assert not found.sure
    assert any("tile one shape that is not Gaussian" in caveat.sentence for caveat in found.caveats)


def test_groups_too_close_to_see_are_not_certain():
    found = verdict(groups([[0, 0], [2.2, 0]], 300))
    assert not found.sure or found.groups == (1,)
    assert max(found.groups) <= 2


# --- equal rows


def test_the_series_has_a_component_on_its_duplicates():
    found = verdict(load_dataset("qa_series").X, 5)
    assert not found.sure
    assert "A component sits on duplicates." in found.headline
    (evidence,) = [one.evidence for one in found.caveats if "sits on duplicates" in one.sentence]
    assert evidence.startswith("13 of its")
    assert evidence.endswith("rows are equal (44.44571429)")


def test_whole_numbers_are_not_groups():
    rng = np.random.default_rng(1)
    found = verdict(np.clip(np.round(rng.normal(size=(300, 2)) + 3), 1, 5))
    assert not found.sure


def test_too_few_rows_are_not_sure_of_anything():
    for X in (np.arange(5.0), np.array([[0.0], [1.0]]), np.random.default_rng(0).normal(size=(5, 4))):
        assert not verdict(X).sure

    found = verdict([[0.0, 1.0], [1.0, 3.0], [2.0, 0.0]])
    assert found.groups == ()
    assert found.headline == ("Too few rows to tell: 3 rows are enough for one Gaussian alone.")
    assert found.caveats[0].sentence == "Only one Gaussian was fitted: 3 rows are few for more."


# --- too few rows to tell


def test_two_groups_far_apart_are_two_however_few():
    rng = np.random.default_rng(0)
    found = verdict(np.r_[rng.normal(0, 1, 12), rng.normal(50, 1, 8)])
    assert found.groups == (2,)
    assert not found.too_few
    assert "do not stand apart" not in found.headline


@pytest.mark.parametrize("seed", range(6))
def test_twenty_rows_of_iris_are_too_few(seed):
    X = load_iris().data[np.random.default_rng(seed).choice(150, 20, replace=False)]
    found = verdict(X)
    assert (found.sure, found.too_few) == (False, True)
    assert found.headline.startswith("Too few rows to tell: ")


GALAXIES = [  # velocities in 1,000 km/s (Postman, Huchra & Geller 1986; Roeder 1990)
    *(9.172, 9.35, 9.483, 9.558, 9.775, 10.227, 10.406, 16.084, 16.17, 18.419, 18.552, 18.6, 18.927),
    *(19.052, 19.07, 19.33, 19.343, 19.349, 19.44, 19.473, 19.529, 19.541, 19.547, 19.663, 19.846, 19.856),
    *(19.863, 19.914, 19.918, 19.973, 19.989, 20.166, 20.175, 20.179, 20.196, 20.215, 20.221, 20.415),
    *(20.629, 20.795, 20.821, 20.846, 20.875, 20.986, 21.137, 21.492, 21.701, 21.814, 21.921, 21.96),
    *(22.185, 22.209, 22.242, 22.249, 22.314, 22.374, 22.495, 22.746, 22.747, 22.888, 22.914, 23.206),
    *(23.241, 23.263, 23.484, 23.538, 23.542, 23.666, 23.706, 23.711, 24.129, 24.285, 24.289, 24.366),
    *(24.717, 24.99, 25.633, 26.69, 26.995, 32.065, 32.789, 34.279),
]


def test_the_82_galaxies_are_too_few():
    found = verdict(GALAXIES, 6)
    assert (found.sure, found.too_few) == (False, True)
    assert found.headline.startswith("Too few rows to tell: ")
    assert "do not stand apart" not in found.headline


def test_rows_that_are_enough_are_not_called_too_few_where_groups_are_open():
    """Two groups, 3.2 deviations apart: between them rows thin out as they may by chance."""
    rng = np.random.default_rng(3)
    found = verdict(np.r_[rng.normal(size=60), rng.normal(3.2, 1, 60)], 3, 2)
    assert (found.groups, found.sure, found.too_few) == ((1, 2), False, False)
    assert found.headline.startswith("Unsure: one or two groups. BIC favours 2 tied covariances, ")
    assert found.headline.endswith(
        "; the rows between these Gaussians thin out no more than they may by chance."
    )


# --- rows that are no measurements


def test_a_code_for_missing_is_named_and_the_rest_judged_beside():
    X = np.random.default_rng(0).normal(size=(80, 2))
    X[::9, 1] = -9999
    found = judge(sweep_models(X, range(1, 4), n_starts=2), X, names=["height", "weight"], n_columns=5)
    assert not found.sure
    assert found.headline == (
        "On 2 of 5 columns. Unsure: -9999 stands 9 times in column 'weight', far from all other values, "
        "probably for “missing”; without these rows one Gaussian is as good."
    )
    assert found.beside.groups == (1,)
    assert found.caveats[0] == found.flaws[0].finding
    (as_it_is,) = [one for one in found.reasons if one.sentence.startswith("As the rows are: Two groups")]
    assert as_it_is.evidence


def test_a_stray_is_named_by_row_and_value_and_the_fits_set_aside_are_counted():
    X = np.r_[np.random.default_rng(0).normal(size=60), 200]
    comparison = sweep_models(X, range(1, 4), n_starts=2)
    found = judge(comparison, X)
    assert found.headline == ("Unsure: row 61 (200) lies far from all; without it one Gaussian is as good.")
    kept = judge(comparison, X, flaws=())
    aside = sum(fit.degenerate for fit in comparison.fits)
    assert kept.headline == (
        f"Unsure: {aside} of {len(comparison.fits)} fits were set aside, since from every start a component "
        "ended on too few or on equal rows or values. What is left is one Gaussian."
    )
    assert "nothing to compare it with" not in found.headline + kept.headline
    assert not kept.sure
    alone = with_flaws(kept, found.flaws, None).headline
    assert alone.startswith(f"Unsure: row 61 (200) lies far from all. {aside} of ")
    assert alone.count("Unsure") == 1


def test_zeros_are_named_and_the_rest_is_judged_beside():
    X = np.r_[np.zeros(150), np.random.default_rng(0).exponential(size=20)]
    found = verdict(X)
    assert found.headline.startswith("Unsure: 150 of 170 values are exactly 0, all others above; without ")
    assert found.beside is not None
    assert not found.sure


@pytest.mark.parametrize("kind", ["repeated", "two-valued", "skewed", "series"])
def test_what_is_open_about_the_rows_is_never_sure(kind):
    rng = np.random.default_rng(1)
    X = {
        "repeated": np.repeat(groups(THREE, size=10), 3, axis=0),
        "two-valued": np.c_[rng.normal(size=(100, 1)), np.arange(100) % 2],
        "skewed": np.exp(np.random.default_rng(2).normal(size=200)),
        "series": np.sin(np.linspace(0, 20, 200)),
    }[kind]
    found = verdict(X)
    assert kind in [flaw.kind for flaw in found.flaws]
    assert not found.sure
    assert found.headline.startswith("Unsure: ")


# --- a comparison that does not show all


def stopped_after(n_fits):
    X = groups(THREE)
    return judge(compare(X, list(islice(fits(X, n_starts=2), n_fits)), planned(X)), X)


def test_a_comparison_that_was_stopped_is_unsure_and_says_what_is_missing():
    found = stopped_after(9)
    assert not found.sure
    assert found.headline.startswith("Unsure. Three groups: ")
    assert found.headline.endswith("The comparison was stopped before its end.")
    assert found.caveats[0].sentence == (
        "The comparison was stopped after 9 of 40 fits: what was not tried may fit better, and then "
        "there are other groups than these."
    )
    assert found.caveats[0].evidence == (
        "not tried: k = 10 with full covariances; k = 1 to 10 with tied, diag and spherical covariances"
    )


def test_where_fits_are_made_one_by_one_what_is_missing_is_said_as_well(monkeypatch):
    monkeypatch.setattr(selection, "FEW_NUMBERS", 0)
    assert stopped_after(9).caveats[0].evidence == (
        "not tried: k = 3 to 10 with tied, diag and spherical covariances; k = 4 to 10 with full covariances"
    )


def test_one_gaussian_that_was_compared_with_nothing_is_no_verdict():
    assert stopped_after(0).headline == ("Unsure: the comparison was stopped before its first fit was done.")
    found = stopped_after(1)
    assert found.groups == ()
    assert found.headline.startswith("Unsure: only one Gaussian was fitted")


def test_as_many_components_as_were_tried_are_not_certain():
    found = verdict(groups(THREE), most=3)
    assert not found.sure
    assert [caveat.sentence for caveat in found.caveats] == [
        "The best fit has as many components as were tried, 3: there may be more groups."
    ]


def test_each_part_of_the_answer_has_its_figures_beside_it():
    X = groups([[0, 0], [3.5, 0]], 200)
    comparison = sweep_models(X, range(1, 4), n_starts=2)
    found = judge(comparison, X, np.arange(len(X)) + 1000)
    assert all(one.evidence for one in (*found.reasons, *found.caveats))
    (rows,) = [one for one in found.reasons if "for sure" in one.sentence]
    assert rows.sentence[0].isdigit()
    assert rows.sentence[:-1].lower() in found.headline
    assert rows.evidence.startswith(f"largest responsibility below 0.6: rows {found.unsure_rows[0] + 1000}, ")
    (ladder,) = [one for one in found.reasons if one.sentence.startswith("BIC favours")]
    best = comparison.best.bic
    assert ladder.evidence.endswith(
        ", ".join(f"{k}: {one.bic - best:+.0f}" for k, one in comparison.by_components.items())
    )


def test_another_tables_rows_are_refused():
    comparison = sweep_models(groups(THREE), [1], ("full",))
    with pytest.raises(ValueError) as error:
        judge(comparison, groups(THREE)[:10])
    assert str(error.value) == "X has 10 rows, but the comparison was made from 300."


def test_components_that_stand_apart_are_numbered_from_the_densest():
    X = groups([[0, 0], [1, 0], [20, 0]])
    mixture = sweep_models(X, [3], ("spherical",)).fits[0].mixture
    group_of = standing(mixture, X).sure
    assert min(group_of) == 0
    assert group_of[int(np.argmax(mixture.log_density(mixture.means)))] == 0
    far = int(np.argmax(mixture.means[:, 0]))
    others = {group_of[j] for j in range(3) if j != far}
    assert len(others) == 1
    assert group_of[far] not in others


# --- before any fit


def sentences(X, level="warning"):
    names = [f"x{j}" for j in range(np.ndim(X) if np.ndim(X) == 1 else np.shape(X)[1])]
    return [found.sentence for found in examine(X, names) if found.level == level]


def test_gaussian_data_have_their_size_only():
    (found,) = examine(np.random.default_rng(0).normal(size=(1200, 2)), ["a", "b"])
    assert (found.level, found.sentence) == ("info", "1,200 rows of 2 features.")
    assert found.evidence == "3 full components have 17 parameters: 70.6 rows for each"


def test_a_column_that_others_give_is_named_and_makes_no_shape_of_its_own():
    x, y = np.random.default_rng(0).normal(size=(2, 300))
    for X, said in (
        (np.c_[x, 2.54 * x], "x1 from x0"),
        (np.c_[x, y, 100 - x - y], "x2 from x0 and x1"),
        (np.c_[x, np.full(300, 7.0), np.round(2.54 * x, 2)], "x2 from x0"),
    ):
        (found,) = (
            one for one in examine(X, [f"x{j}" for j in range(X.shape[1])]) if "formula" in one.sentence
        )
        assert f"Column {said[:2]} can be computed from others" in found.sentence
        assert found.evidence.startswith(f"{said}, but for ")
    found = verdict(np.c_[x, 2.54 * x])
    assert (found.groups, found.caveats) == ((1,), ())
    noisy = np.c_[x, x + 0.1 * y]
    assert not any("formula" in one for one in sentences(noisy))
    assert not any("formula" in one for one in sentences(np.c_[x, y][:5]))


def test_what_is_wrong_with_columns_is_named():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    assert sentences(np.c_[X, np.full(200, 7.0)]) == [
        "Column x2 is constant: a Gaussian has no extent there. Leave it out."
    ]
    almost = np.r_[np.zeros(195), 1:6].astype(float)
    assert "Column x2 is nearly constant. Leave it out." in sentences(np.c_[X, almost])
    assert sentences(X * [1, 5000])[-1].startswith("The features have very different scales: x1 varies")
    assert any("whole numbers" in s for s in sentences(np.round(3 * X)))
    tied = np.where(rng.uniform(size=200) < 0.2, 0.5, X[:, 0])
    assert sentences(tied)[1] == (
        "Column x0 is heavily tied: a component can collapse onto a value that repeats."
    )


def test_columns_of_one_kind_share_a_sentence():
    X = np.round(3 * np.random.default_rng(0).normal(size=(400, 12)))
    (said,) = [one for one in examine(X, [f"x{j}" for j in range(12)]) if "whole numbers" in one.sentence]
    assert said.sentence.startswith(
        "Columns x0, x1, x2, x3, x4, x5, x6, x7, x8 and 3 more hold whole numbers only. "
    )
    assert said.evidence.endswith("; and 9 more")


def test_duplicates_and_few_rows_are_counted():
    X = np.random.default_rng(0).normal(size=(20, 3))
    few, equal = sentences(np.vstack([X, X[:3]]))
    assert few.startswith("23 rows of 3 features. That is little for free covariances")
    assert equal.startswith("3 rows repeat another exactly")


def test_outliers_are_rows_far_out_and_groups_are_not():
    X = np.random.default_rng(0).normal(size=(500, 2)) @ [[3, 1], [0, 0.1]]
    X[:5] += [0, 4]  # and one that is far out by chance
    assert sentences(X) == ["6 of 500 rows are outliers; a component may go to them instead of to a group."]
    assert not any("outliers" in s for s in sentences(groups(THREE)))


@pytest.mark.parametrize("shift", [0, 1e3])
def test_findings_know_no_units(shift):
    X = np.random.default_rng(3).standard_t(2, size=(400, 2))
    one, other = (examine(x, ["a", "b"]) for x in (X, X * 8 + shift))
    assert [found.sentence for found in one] == [found.sentence for found in other]
    assert any("outliers" in found.sentence or "heavy tails" in found.sentence for found in one)


def test_names_must_fit():
    with pytest.raises(ValueError) as error:
        examine([[1.0, 2.0]], ["a"])
    assert str(error.value) == "feature_names has 1 names for 2 columns."
