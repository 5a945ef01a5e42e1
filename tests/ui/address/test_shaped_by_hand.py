"""Weights, spreads and angles by hand, as a link says them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core import Mixture
from pages.ui.address import by_hand
from pages.ui.address.by_hand import Fork, Placed
from pages.ui.address.history import between
from pages.ui.address.settings import FIELDS, Settings

numbers = st.floats(-1e6, 1e6)
sizes = st.floats(1e-6, 1e6)
angles = st.floats(-89, 90)
placed = st.one_of(
    st.builds(Placed, st.tuples(numbers), sizes, st.tuples(sizes)),
    st.builds(Placed, st.tuples(numbers, numbers), sizes, st.tuples(sizes, sizes, angles)),
    st.builds(Placed, st.one_of(st.tuples(numbers), st.tuples(numbers, numbers))),
)
TWO = Mixture([0.2, 0.8], [[0.0, 1.0], [2.0, 3.0]], [np.diag([4.0, 1.0]), np.eye(2)])
SHAPED = "0,1:0.2:2,1,0;2,3:0.8:1,1,90"


@given(st.lists(placed, min_size=1, max_size=12))
def test_a_start_is_written_and_read_without_losing_a_digit(start):
    text = by_hand.write_start(start)
    assert FIELDS["means"].parse(text) == (text, "")
    assert by_hand.read_start(text) == start
    assert by_hand.read_means(text) == [one.mean for one in start]


@given(
    st.lists(
        st.one_of(
            st.builds(Fork, st.integers(0, 9999), st.integers(0, 99), st.tuples(numbers, numbers)),
            st.builds(Fork, st.integers(0, 9999), st.integers(0, 99), st.tuples(sizes), st.just("weight")),
            st.builds(
                Fork,
                st.integers(0, 9999),
                st.integers(0, 99),
                st.tuples(sizes, sizes, angles),
                st.just("spread"),
            ),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_so_are_forks(forks):
    text = by_hand.write_forks(forks)
    assert FIELDS["forks"].parse(text) == (text, "")
    assert by_hand.read_forks(text) == forks


def test_older_links_say_what_they_said():
    assert by_hand.read_start("1.5,2;3,-4") == [Placed((1.5, 2.0)), Placed((3.0, -4.0))]
    assert by_hand.read_forks("5:0:1.5,2;7:1:3") == [Fork(5, 0, (1.5, 2.0)), Fork(7, 1, (3.0,))]
    assert by_hand.write_forks(by_hand.read_forks("5:0:1.5,2")) == "5:0:1.5,2"


@pytest.mark.parametrize(
    "text",
    [
        "1,2:0.4",
        "1,2:0.4:3",
        "1,2:0.4:0,1,30",
        "1,2:0:3,1,30",
        "1,2:0.4:-3,1,30",
        "1:0.4:0.00",
        "1:0.4:1,2,3",
    ],
)
def test_what_is_no_weight_or_no_spread_is_said(text):
    _, problem = FIELDS["means"].parse(text)
    assert problem.endswith("or each with a weight and a spread above 0, such as 1.5,2:0.4:3,1,30")


@pytest.mark.parametrize("text", ["5:0:w0", "5:0:w-1", "5:0:s3,1", "5:0:s0,1,30", "5:0:x3"])
def test_nor_is_a_fork(text):
    assert FIELDS["forks"].parse(text)[1].endswith("a weight or a spread above 0, such as w0.4 or s3,1,30")


@given(st.floats(1, 1e4), st.floats(1, 1e4), angles)
def test_a_spread_is_that_of_its_covariance(one, other, angle):
    covariance = by_hand.covariance_of((one, other, angle))
    long, short, at = by_hand.spread_of(covariance + covariance.T)
    assert -90 < at <= 90
    assert long == pytest.approx(np.sqrt(2) * max(one, other))
    assert short == pytest.approx(np.sqrt(2) * min(one, other), rel=1e-6)


def test_a_weight_leaves_the_others_their_proportions_and_noise_too():
    mixture = Mixture(
        [0.2, 0.3, 0.4], np.zeros((3, 1)), np.ones((3, 1, 1)), noise_weight=0.1, noise_box=[[0.0], [1.0]]
    )
    after = by_hand.moved(mixture, Fork(0, 0, (0.6,), "weight"))
    np.testing.assert_allclose(after.weights, [0.6, 0.15, 0.2])
    assert after.noise_weight == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("fork", "sentence"),
    [
        (Fork(0, 2, (0.5,), "weight"), "The fork changes component 3, but there are only 2. Undo the fork."),
        (Fork(0, 0, (1.5,), "weight"), "gives component 1 the weight 1.5: it must be below 1"),
        (Fork(0, 0, (2.0,), "spread"), "gives a spread in 1 dimension, but the data have 2 features."),
        (
            Fork(0, 1, (1.0, 1e-9, 30.0), "spread"),
            "to component 2 by hand is too flat for a covariance. Undo",
        ),
    ],
)
def test_what_does_not_fit_a_mixture_is_said(fork, sentence):
    with pytest.raises(ValueError, match=sentence):
        by_hand.moved(TWO, fork)


def test_means_that_move_keep_their_shapes_and_so_do_those_that_stay():
    start = by_hand.read_start(SHAPED)
    assert by_hand.write_start(by_hand.placed_at(start, [(5, 5), (2, 3)])) == "5,5:0.2:2,1,0;2,3:0.8:1,1,90"
    assert by_hand.write_start(by_hand.placed_at(start, [(2, 3)])) == "2,3:1:1,1,90"
    more = by_hand.placed_at(start, [(0, 1), (2, 3), (9, 9)])
    assert [one.weight for one in more] == pytest.approx([0.2 * 2 / 3, 0.8 * 2 / 3, 1 / 3], rel=1e-5)
    assert more[2].spread == pytest.approx((np.sqrt(2.5), 1, 0), rel=1e-5)
    assert by_hand.placed_at([Placed((0.0, 1.0))], [(0, 1), (2, 3)]) == [
        Placed((0.0, 1.0)),
        Placed((2.0, 3.0)),
    ]


def test_a_mixture_is_said_and_made_again():
    again = by_hand.mixture_of(by_hand.read_start(by_hand.write_start(by_hand.as_placed(TWO))))
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(again, name), getattr(TWO, name), rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ("0,1:0.2:3,1,0;2,3:0.8:1,1,90", "component 1 made wider"),
        ("0,1:0.2:2,0.5,0;2,3:0.8:1,1,90", "component 1 made narrower"),
        ("0,1:0.2:2,1,30;2,3:0.8:1,1,90", "component 1 turned"),
        ("0,1:0.2:3,1,0;2,3:0.8:2,2,90", "components 1 and 2 made wider"),
        ("0,1:0.4:2,1,0;2,3:0.6:1,1,90", "weights changed"),
        ("0,1:0.2:2,1,0;7,7:0.8:1,1,90", "means placed by hand"),
        ("0,1:0.2:2,1,0;2,3:0.4:1,1,90;5,5:0.4:1,1,0", "start shaped by hand"),
        ("0,1;2,3", "means placed by hand"),
        ("0:0.2:2;2:0.8:1", "start shaped by hand"),
    ],
)
def test_a_change_of_a_start_is_said(means, words):
    before = Settings(init="given", n_components=2, means=SHAPED)
    assert between(before, before.changed(means=means, n_components=means.count(";") + 1)) == [words]


def test_of_more_than_two_the_weight_is_named_and_a_fork_says_what_it_changed():
    three = "0:0.2:1;1:0.2:1;2:0.6:1"
    assert by_hand.changed(three, "0:0.125:1;1:0.5:1;2:0.375:1") == "weight of component 2 changed"
    now = Settings(forks="7:0:1,2;9:1:w0.4;9:2:s3,1,30")
    assert between(Settings(), now) == ["fork at 7 and 9, weight of component 2 and 9, spread of component 3"]
