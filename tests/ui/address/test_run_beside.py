"""What stands beside a run: as a text in a link, as another run, and in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gmm_core.engine.covariance import FAMILIES
from gmm_core.engine.starts import INITS
from gmm_core.engine.ways.table import WAYS
from pages.ui.address import beside, differences
from pages.ui.address.settings import FIELDS, RUN_FIELDS, Settings

FORKS = ("", "7:0:1.5,2", "7:0:1.5,2;3:1:0,0")
MEANS = "1,2;3,4;5,6"
starts = st.sampled_from([{"init": name} for name in INITS] + [{"init": "given", "means": MEANS}])
runs = st.builds(
    lambda start, forks, **others: Settings(**start, forks=forks, **others),
    starts,
    st.sampled_from(FORKS),
    covariance_type=st.sampled_from([*FAMILIES]),
    random_state=st.integers(0, 3),
    tol=st.sampled_from([1e-3, 1e-8]),
    reg_covar=st.sampled_from([0.0, 1e-6, 0.1]),
    n_components=st.integers(1, 12),
)


@given(runs, runs)
def test_any_two_runs_stand_beside_each_other_and_change_places(first, second):
    text = beside.described(first, second)
    assert FIELDS["beside"].parse(text) == (text, ""), "a link holds it"
    both = Settings.from_query(first.to_query() | {"beside": text})[0]
    if first.fitted == second.fitted:
        assert text == ""
        return
    assert beside.other(both) == second.fitted
    assert all(beside.titles(both, second))
    changed = beside.swapped(both)
    assert changed.fitted == second.fitted
    assert beside.other(changed) == first.fitted
    assert beside.swapped(changed).fitted == first.fitted


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("kmeans", "kmeans"),
        ("K-means", "kmeans"),
        ("seed 12", "seed:12"),
        (" seed = 12 ", "seed:12"),
        ("random_state:12", "seed:12"),
        ("family:tied", "cov:tied"),
        ("tol:1e-8 covariance_type=diag", "cov:diag tol:1e-08"),
        ("start:k-means++", "init:k-means++"),
        ("fork:none", "fork:none"),
        ("way:hard", "way:hard"),
        ("Way = Accelerated", "way:accelerated"),
        ("mini-batch EM", "way:batches"),
        ("stochastic", "way:stochastic"),
        ("way variational Bayes", "way:variational"),
        ("init:given means:1,2;3,4;5,6", "init:given means:1,2;3,4;5,6"),
    ],
)
def test_what_people_type_is_written_in_one_way(typed, text):
    assert FIELDS["beside"].parse(typed) == (text, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("another", "is kmeans, original, or what differs, such as seed:3 or cov:tied"),
        ("seed:x", "cannot have `seed:x`: the seed of the start is a whole number from 0 to 2,147,483,648"),
        ("cov:none", "cannot have `cov:none`: the covariance family is one of full, tied, diag, spherical"),
        ("seed:1 seed:2", "cannot be told, as `seed` is there twice"),
        ("data:own", "has no `data` that could differ, only k, cov, scaling, reg, init, seed, tol, iters"),
        ("kmeans:3", "has no `kmeans` that could differ"),
        ("fork:abc", "cannot have `fork:abc`: the fork is iteration:component:position, such as 5:0:1.5,2"),
        ("way:em", "has no way up `em`: there are accelerated, batches, annealed, hard, stochastic and"),
        ("way:hard tol:1e-8", "has no way up `hard tol:1e-8`: there are accelerated, batches, annealed,"),
        ("way:" + "a" * 100, "has no `way` that could differ"),
        ("seed:1 " * 1000, "is kmeans, original, or"),
    ],
)
def test_what_makes_no_sense_is_said(text, problem):
    value, said = FIELDS["beside"].parse(text)
    assert value == ""
    assert said.startswith(problem)


def test_a_link_from_before_opens_k_means():
    settings, problems = Settings.from_query({"kmeans": "yes"})
    assert (settings.beside, problems) == ("kmeans", ())
    assert settings.to_query()["beside"] == "kmeans"
    assert Settings.from_query({"kmeans": "no"}) == (Settings(), ())
    settings, (problem,) = Settings.from_query({"kmeans": "perhaps"})
    assert settings == Settings()
    assert problem == "The link says `kmeans=perhaps`, but it is yes or no. It is left out."


def test_the_original_is_there_with_a_fork_alone():
    forked = Settings(forks=FORKS[2], beside="original")
    assert beside.other(forked) == Settings(forks=FORKS[1])
    assert "original" in beside.offers(forked)
    assert beside.titles(forked, beside.other(forked)) == ("forked at iteration 3", "the original")
    assert forked.changed(forks="").beside == ""
    assert forked.changed(random_state=1).beside == "", "the fork is gone, too"
    assert "original" not in beside.offers(Settings())
    with pytest.raises(ValueError, match="not forked"):
        beside.other(Settings(beside="original"))


@pytest.mark.parametrize("way", [*differences.WAYS_UP.values()])
def test_a_way_up_is_offered_by_its_label_and_is_no_other_run(way):
    text = f"way:{way}"
    settings = Settings(beside=text)
    assert beside.way_up(settings) == way
    assert beside.offers(settings)[text] == beside.label(settings, text) == WAYS[way].label
    assert beside.other(settings) is None
    assert beside.titles(settings, settings) == ("EM", WAYS[way].label)
    assert Settings.from_query(settings.to_query()) == (settings, ())
    assert settings.changed(random_state=1, covariance_type="tied", forks=FORKS[1]).beside == text


def test_what_is_offered_differs_and_makes_sense():
    for settings in (Settings(), Settings(init="kmeans", tol=1e-8), Settings(init="given", means=MEANS)):
        for text, label in beside.offers(settings).items():
            assert label
            if text not in differences.WAYS_UP and differences.read(text, RUN_FIELDS):
                assert beside.other(Settings(**{**vars(settings), "beside": text})) != settings.fitted
    own = beside.offers(Settings(init="given", means=MEANS))
    assert own["init:kmeans"] == "start: k-means, as in scikit-learn"
    assert not any(text.startswith("seed") for text in own), "no chance in means placed by hand"
    assert not any(text.startswith("cov") for text in beside.offers(Settings(init="loaded")))


def test_titles_say_what_differs_and_nothing_else():
    def called(text, **settings):
        both = Settings(**settings, beside=FIELDS["beside"].parse(text)[0])
        return beside.titles(both, beside.other(both))

    assert called("seed:3", random_state=0) == ("seed 0", "seed 3")
    assert called("cov:tied tol:1e-8") == (
        "full covariances, tolerance 0.001",
        "tied covariances, tolerance 1e-08",
    )
    assert called("init:kmeans", init="given", means=MEANS) == ("start: placed by hand", "start: k-means")
    assert called("seed:3", forks=FORKS[1]) == ("seed 6, forked at iteration 7", "seed 3, not forked")
    assert called("seed:6") == ("this run", "the same run")
    assert called("means:0,0;1,1;2,2", init="given", means=MEANS) == (
        "this run",
        "the other, means placed by hand",
    )
