"""What is held wears a lock and stays; points whose group EM is told have their colour from the beginning."""

import pytest
from playwright.sync_api import expect
from test_by_hand import means
from test_player import fills, press, settled

TOLD = "/?blobs=3&n=100&k=3&init=given&means=-7,1;0,7;4,-7&held=m1&known=5"


def test_a_held_mean_is_a_lock_that_stays_and_told_points_have_their_colour_at_once(open_app):
    page = open_app(TOLD)
    expect(page.locator(".em-mean.em-locked")).to_have_count(1)
    expect(page.get_by_text("a mean that is held: it stays")).to_be_visible()
    expect(page.get_by_text("a point whose group EM is told: its colour stays")).to_be_visible()
    before, first = settled(page, means), fills(page)
    common = max(set(first), key=first.count)  # nobody's
    told = [i for i, fill in enumerate(first) if fill != common]
    assert len(told) == 15
    press(page, "Last")
    after, last = settled(page, means), fills(page)
    assert after[0] == pytest.approx(before[0], abs=2)
    assert after[1] != pytest.approx(before[1], abs=5)
    assert [last[i] for i in told] == [first[i] for i in told]
    assert common not in last
