"""What may be wrong with rows is named, treated, and not seen where nothing is wrong."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris, load_wine

from gmm_core import load_dataset
from gmm_core.judgement import quality, treatments
from gmm_core.judgement.quality import flaws
from gmm_core.judgement.treatments import Treatment, treat, treated

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=(80, 2))


def with_code(code, every=9):
    X = NORMAL.copy()
    X[::every, 1] = code
    return X


def in_another_unit(values, times, plus=0.0):
    """Every third value so, with the digits that people write."""
    return np.round(np.where(np.arange(len(values)) % 3, values, values * times + plus), 2)


def rounded_by_many(values, step):
    """Three of five to the step, the others to whole numbers."""
    return np.where(np.arange(len(values)) % 5 < 3, np.round(values / step) * step, np.round(values))


MORE = np.random.default_rng(1)
TWO_COLUMNS = MORE.normal(size=(200, 2))
CASES = {  # name -> rows, and for each flaw its name and how its sentence begins
    "a code": (
        with_code(-9999),
        "code,2,-9999",
        "-9999 stands 9 times in column 2, far from all other values",
    ),
    "the code of well logs": (with_code(-999.25), "code,2,-999.25", "-999.25 stands 9 times in column 2"),
    "a code in two columns": (
        np.where(np.arange(80)[:, np.newaxis] % 9 == 0, 999, NORMAL),
        "code,1,2,999",
        "999 stands 18 times in columns 1 and 2",
    ),
    "99 among ages": (
        np.r_[RNG.integers(18, 81, 300), [99] * 9].astype(float),
        "code,1,99",
        "99 stands 9 times, far from all other values: probably a code for “missing”.",
    ),
    "0 among blood pressures": (
        np.r_[np.round(RNG.normal(72, 12, 700)), np.zeros(35)],
        "code,1,0",
        "0 stands 35 times",
    ),
    "-1 among what is positive": (np.r_[RNG.exponential(3, 200), [-1] * 12], "code,1,-1", "-1 stands 12"),
    "zeros": (
        np.r_[np.zeros(150), RNG.exponential(size=20)],
        "zeros,1",
        "150 of 170 values are exactly 0, all others above: an excess of zeros is no Gaussian.",
    ),
    "a detection limit": (
        np.maximum(RNG.lognormal(size=200), 0.5),
        "limit,1,0.5",
        "50 of 200 values equal the smallest, 0.5, as at a limit of detection",
    ),
    "a ceiling": (
        np.minimum(RNG.normal(size=(200, 2)), [1.5, 9]),
        "limit,1,1.5",
        "8 of 200 values of column 1 equal the largest, 1.5",
    ),
    "a ceiling of whole numbers": (
        np.c_[np.minimum(np.round(MORE.normal(85, 14, 300)), 100), MORE.normal(size=300)],
        "limit,1,100",
        "42 of 300 values of column 1 equal the largest, 100, as at a limit of detection",
    ),
    "a mean that was filled in": (
        np.where(np.arange(300) % 5 == 0, 0.04, MORE.normal(size=300)),
        "filled,1,0.04",
        "60 of 300 values are 0.04, ",
    ),
    "some rows again": (
        np.r_[TWO_COLUMNS, TWO_COLUMNS[:60]],
        "repeated",
        "60 of 260 rows repeat another exactly, as copies do: ",
    ),
    "some rounded rows again": (
        np.repeat(np.round(TWO_COLUMNS[:100], 1), MORE.integers(1, 5, 100), axis=0),
        "repeated",
        "",
    ),
    "inches among centimetres": (
        np.c_[in_another_unit(MORE.normal(170, 9, 300), 1 / 2.54), MORE.normal(size=300)],
        "unit,1,2.54",
        "100 of 300 values of column 1 would be as the others if they were 2.54 times as large: they may ",
    ),
    "degrees Celsius among Fahrenheit": (
        in_another_unit(MORE.normal(98.4, 0.9, 200), 1 / 1.8, -32 / 1.8),
        "unit,1,1.8",
        "67 of 200 values would be as the others if they were 1.8 times as large plus 32: ",
    ),
    "ages that many round to tens": (
        np.c_[rounded_by_many(MORE.normal(50, 14, 300), 10), MORE.normal(size=300)],
        "heaped,1,10",
        "63% of the values of column 1 are multiples of 10, as where people round: such heaps look like ",
    ),
    "a stray": (np.r_[NORMAL[:60, 0], 200], "far,61", "Row 61 (200) lies far from all: "),
    "two strays": (
        np.vstack([RNG.normal(size=(200, 3)), [[0, 40, 0], [30, 0, 0]]]),
        "far,201,202",
        "Rows 201 (40 in column 2) and 202 (30 in column 1) lie far from all",
    ),
    "each row five times": (np.repeat(NORMAL[:40], 5, axis=0), "repeated", "Each row stands 5 times: "),
    "a sine": (np.sin(np.linspace(0, 20, 200)), "series", "The values change smoothly from row to row"),
    "a random walk": (
        np.c_[np.cumsum(RNG.normal(size=300)), RNG.normal(size=300)],
        "series",
        "Column 1 changes smoothly from row to row, as in a series",
    ),
    "a lognormal column": (
        np.c_[np.exp(RNG.normal(size=300)), RNG.normal(size=300)],
        "skewed,1",
        "Column 1 is positive and skewed, and one Gaussian is enough for its logarithm",
    ),
    "a two-valued column": (
        np.c_[NORMAL, np.arange(80) % 2],
        "two-valued,3",
        "Column 3 has two different values only",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_named_with_its_figures(case):
    X, name, sentence = CASES[case]
    (flaw,) = [one for one in flaws(X) if one.name == name]
    assert flaw.sentence.startswith(sentence)
    assert flaw.evidence
    assert flaw.kind in quality.KINDS
    assert {one.what for one in flaw.treatments} <= {*treatments.TREATMENTS}


@pytest.mark.parametrize("case", CASES)
def test_its_first_treatment_cures_it(case):
    X, name, _ = CASES[case]
    X = np.asarray(X, float).reshape(len(X), -1)
    (flaw,) = [one for one in flaws(X) if one.name == name]
    if not flaw.treatments:
        assert flaw.kind == "series"
        return
    rest = treat(X, flaw.treatments[0])
    assert flaw.kind not in {one.kind for one in flaws(rest.X)}
    if flaw.treatments[0].what not in ("log", "convert"):
        assert np.array_equal(rest.X, X[np.ix_(rest.rows, rest.columns)])


def test_names_and_row_numbers_are_the_users():
    X = with_code(-9999)
    X[3, 0] = 500
    code, stray = flaws(X, ["height", "weight"], np.arange(80) + 2)
    assert code.sentence.startswith("-9999 stands 9 times in column 'weight'")
    assert stray.brief == "row 5 (500 in column 'height') lies far from all"
    with pytest.raises(ValueError, match=r"names has 1 name for 2 columns\."):
        flaws(X, ["height"])


# --- no false alarm


CLEAN = {
    "iris": load_iris().data,
    "wine": load_wine().data,
    "groups that are 2.54 times apart, and differ otherwise": np.r_[
        np.c_[MORE.normal(67, 4, 60), MORE.normal(0, 1, 60)],
        np.c_[MORE.normal(170, 9, 60), MORE.normal(2, 1, 60)],
    ],
    "groups that are 2.54 times apart, and equally wide": np.r_[
        MORE.normal(67, 6, 100), MORE.normal(170, 6, 100)
    ],
    "half of the values rounded": np.where(
        np.arange(400) % 2, MORE.normal(75, 12, 400), np.round(MORE.normal(75, 12, 400) / 5) * 5
    ),
    "shares of twenty": MORE.binomial(20, 0.3, 400) / 20,
    "rows that round to the same": np.round(MORE.normal(5, 0.12, (400, 2)), 1),
    "correlated and rounded": np.round(MORE.normal(size=(300, 2)) @ [[1, 0.9], [0, 0.4]], 1),
    "many ones": MORE.geometric(0.6, 300).astype(float),
    "sorted by group": np.repeat([[0.0, 0], [6, 0], [0, 6]], 100, axis=0) + RNG.normal(size=(300, 2)),
    "sorted by value": np.sort(RNG.normal(size=300)),
    "a small group": np.r_[RNG.normal(size=300), RNG.normal(30, 0.5, 15)],
    "whole numbers": np.round(RNG.normal(50, 10, (300, 2))),
    "a scale of five": np.clip(np.round(RNG.normal(3, 1, (300, 2))), 1, 5),
    "counts": RNG.poisson(0.7, (300, 1)).astype(float),
    **{
        name: load_dataset(name).X
        for name in ("tutorial_500", "tutorial_60", "qa_series", "unequal_sizes", "tiny_cluster", "moons")
    },
}


@pytest.mark.parametrize("name", CLEAN)
def test_data_as_they_should_be_have_no_flaw(name):
    assert [flaw.sentence for flaw in flaws(CLEAN[name])] == []


@pytest.mark.slow
def test_gaussians_and_heavy_tails_rarely_cry_wolf():
    found, tails = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        n, d = int(rng.integers(60, 601)), int(rng.integers(1, 6))
        shift = (rng.uniform(size=(n, 1)) < 0.4) * rng.normal(0, 4, d)
        found += [flaw.kind for flaw in flaws(rng.normal(size=(n, d)) + shift * (seed % 2))]
        tails += [flaw.kind for flaw in flaws(rng.standard_t(2, (n, 1)))]
    assert len(found) <= 1
    assert len(tails) <= 8


@given(
    st.integers(0, 1000),
    st.floats(1e-3, 1e3),
    st.floats(-1e3, 1e3),
)
def test_strays_and_codes_know_no_units(seed, scale, shift):
    rng = np.random.default_rng(seed)
    X = np.r_[rng.normal(size=60), 50]
    one, other = flaws(X), flaws(X * scale + shift)
    assert [f.name for f in one if f.kind == "far"] == [f.name for f in other if f.kind == "far"]


# --- treatments


def test_treatments_are_said_in_the_numbers_of_a_link():
    assert str(Treatment("missing", (2.0, -9999.0))) == "missing:2,-9999"
    assert str(Treatment("once")) == "once"


def test_several_treatments_are_made_in_an_order_in_which_all_numbers_hold():
    X = np.c_[with_code(-9999), np.exp(NORMAL[:, :1]), np.arange(80) % 2]
    X[4, 0] = 500
    todo = [flaw.treatments[0] for flaw in flaws(X) if flaw.treatments]
    done = treated(X, todo)
    assert sorted(one.what for one in todo) == ["log", "missing", "omit", "without"]
    assert done.columns.tolist() == [0, 1, 2]
    assert done.rows.tolist() == [i for i in range(80) if i % 9 and i != 4]
    assert np.allclose(done.X[:, 2], NORMAL[done.rows, 0])
    assert all(a < b for a, b in pairwise(done.rows))


@pytest.mark.parametrize(
    ("treatment", "said"),
    [
        (Treatment("missing", (3, 1)), "There is no column 3: the data have 2 then."),
        (Treatment("missing", (3,)), "A column and the value that means missing are needed."),
        (Treatment("without", (81,)), "There is no row 81: the data have 80 then."),
        (Treatment("without", (1.5,)), "There is no row 1.5: the data have 80 then."),
        (Treatment("omit", (1, 2)), "A column would go, and no other is left."),
        (Treatment("without", tuple(range(1, 80))), "79 rows of 80 would go, and 2 are needed."),
        (
            Treatment("convert", (1, 5, 1e160, 0)),
            "Values of column 1 times 1e+160 are too large to compute with.",
        ),
        (
            Treatment("convert", (1, 5)),
            "A column, a border, and what to multiply by and to add below it are needed.",
        ),
        (Treatment("burn"), "A treatment is one of without, missing, once, convert, log, omit; got 'burn'."),
    ],
)
def test_treatments_that_do_not_fit_are_a_sentence(treatment, said):
    with pytest.raises(ValueError) as caught:
        treat(NORMAL, treatment)
    assert str(caught.value) == said


def test_a_logarithm_needs_what_is_positive():
    with pytest.raises(ValueError, match=r"Column 1 holds -.*, which has no logarithm\."):
        treat(NORMAL, Treatment("log", (1,)))


def test_other_strays_are_another_finding():
    X = np.r_[NORMAL[:60, 0], 200]
    (one,) = flaws(X)
    (other,) = flaws(np.r_[X, 210])
    assert (one.name, other.name) == ("far,61", "far,61,62")


def test_a_column_with_zeros_is_not_called_positive_without_saying_so():
    X = np.exp(np.random.default_rng(4).normal(size=90))
    X[::3] = 0
    (skewed,) = [flaw for flaw in flaws(X) if flaw.kind == "skewed"]
    assert "positive and skewed but for some values" in skewed.brief


@pytest.mark.parametrize("seed", range(5))
def test_a_stray_is_seen_beside_a_column_with_a_long_tail(seed):
    rng = np.random.default_rng(seed)
    X = np.c_[rng.uniform(4, 9, 150), rng.lognormal(0, 1.5, 150)]
    X[30, 0] = 400
    (far,) = [one for one in flaws(X, ["x", "y"]) if one.kind == "far"]
    assert far.name == "far,31"
    assert far.sentence.startswith("Row 31 (400 in column 'x') lies far from all")


def test_two_units_are_seen_in_many_rows_too():
    """Of which no two parts are the same by any test: numbers are rounded before they are converted."""
    X = in_another_unit(np.random.default_rng(0).normal(170, 9, 60_000), 1 / 2.54).round(1)
    assert [flaw.name for flaw in flaws(X)] == ["unit,1,2.54"]


def test_a_column_of_few_values_makes_as_many_groups():
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=90), np.arange(90) % 3 * 10.0, np.arange(90) % 2]
    two, few = (flaw for flaw in flaws(X, ["x", "dose", "sex"]) if flaw.kind.endswith("valued"))
    assert (two.name, few.name) == ("two-valued,3", "few-valued,2")
    assert few.sentence.startswith("Column 'dose' has three different values only, which make three groups")
    assert "0, 10 and 20" in few.evidence


@pytest.mark.parametrize("seed", range(20))
def test_counts_that_fall_from_the_first_on_are_no_limit(seed):
    rng = np.random.default_rng(seed)
    counts = 1.0 + rng.negative_binomial(0.15, 0.1, 300)
    found = flaws(np.c_[counts, rng.normal(size=300)])
    assert found[0].name == "rare,1"
    assert found[0].brief == (
        "column 1 holds whole numbers that grow fewer and fewer from 1 on, as counts of what is rare do"
    )
    assert {flaw.kind for flaw in found} <= {"rare", "far"}


def test_zeros_are_no_rounding():
    """0 is a multiple of 5 and of 10."""
    for seed in range(20):
        X = np.random.default_rng(seed).negative_binomial(0.5, 0.1, 300).astype(float)
        assert "heaped" not in {flaw.kind for flaw in flaws(X)}


@pytest.mark.parametrize("seed", range(20))
def test_several_values_that_were_put_in_are_all_named(seed):
    rng = np.random.default_rng(seed)
    x, medians = np.round(rng.normal(50, 8, 300), 2), (50.13, 54.13, 58.13)
    for value in medians:
        x[rng.choice(300, 25, replace=False)] = value
    found = flaws(x)
    assert {flaw.name for flaw in found} == {f"filled,1,{value}" for value in medians}
    assert "but for 3 such values, none stands more than" in found[0].evidence
