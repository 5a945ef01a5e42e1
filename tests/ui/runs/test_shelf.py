"""What visitors brought is kept by size, and by when it was last used."""

from pages.ui.runs import shelf
from pages.ui.runs.shelf import Shelf


def test_what_was_not_used_goes_first_when_there_is_no_more_room():
    kept = Shelf(10, len)
    kept.put("a", "aaaa")
    kept.put("b", "bbbb")
    assert kept.get("a") == "aaaa"
    kept.put("c", "cccc")
    assert [kept.get(name) for name in "abc"] == ["aaaa", None, "cccc"]


def test_use_keeps_it_for_some_hours_more(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(shelf, "TTLCache", lambda *args, **kwargs: TTL(*args, timer=lambda: now[0], **kwargs))
    kept = Shelf(10, len)
    kept.put("a", "a")
    kept.put("b", "b")
    now[0] = 0.9 * shelf.SECONDS
    assert kept.get("a") == "a"
    now[0] = 1.8 * shelf.SECONDS
    assert [kept.get("a"), kept.get("b")] == ["a", None]


TTL = shelf.TTLCache
