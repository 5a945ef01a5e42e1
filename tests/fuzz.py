"""Links that nobody would write, over all pages: a page may refuse them, in a sentence, and may not break.

    .venv/bin/python tests/fuzz.py 1000      # so many links; and how many went before, to go on: 1000 4000

Every setting is read from the tables that declare them, so that a new one takes part by itself. A link is
made from its number alone: what is found is found again. A run that takes longer than `PATIENCE` fails, but
a run of EM may be long: sizes are such that none of them is.
"""

from __future__ import annotations

import logging
import random
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent / "ui")]

from link import FRAME
from streamlit.testing.v1 import AppTest

from gmm_core.judgement.quality import KINDS
from gmm_core.judgement.treatments import TREATMENTS
from pages.ui.address.differences import WAYS_UP
from pages.ui.address.field import Field
from pages.ui.address.settings import FIELDS, SIGHT

PATIENCE = 20  # seconds
WORK = 2e6  # rows x features x components x iterations: a moment
ALONE = {"digits", "gallery", "lessons", "against"}  # pages that are about no experiment
# Of a hundred links: what has no settings, or computes for seconds whatever they are, comes seldom.
SHARES = {"explore": 24, "predict": 18, "collapse": 16, "debug": 14, "starts": 11, "check": 9, "choose_k": 6}
SHARES |= {"digits": 1, "gallery": 1, "faster": 6, "lessons": 2}
COMPARING = {"check", "choose_k", "starts", "faster"}  # pages that fit many models, here of few rows
USUALLY_MUCH = {"seeds", "raceiters", "climbiters", "most", "repeats", "starts"}
SMALL = ("blobs", "qa_series", "tutorial_60", "notebook_3d")
LARGE = "1" + 400 * "0"
NO_NUMBERS = (
    "",
    "nan",
    "inf",
    "-inf",
    "1e999",
    "-1e999",
    "0x10",
    "1_0",
    "١٢",
    "½",
    "1,5",
    " 7 ",
    "+3",
    "--1",
)
NO_TEXTS = (
    "",
    " ",
    ";",
    ",,",
    "\x00",
    "a" * 5000,
    "<script>",
    "[a](b)",
    "'\"`",
    "🦆",
    "\u202e",
    "%00",
    "../..",
)
NUMBERS = (
    *("0", "-0", "1", "-1", "2", "0.5", "3.7", "25.3", "-9999", "1e-320", "-1e-300", "1e16", "123456789.123"),
    *(
        "1e50",
        "1e76",
        "1e99",
        "9e99",
        "-9e99",
        "1e100",
        "1e150",
        "1e154",
        "1e160",
        "1e308",
        "-1e308",
        "1e999",
    ),
    *(LARGE, f"1{17 * '0'}", "0e0", "00", "nan"),
)
AT = ("", "0", "0E", "1M", "2E", "7M", "99999M", "-1E", "M", "1e5M", LARGE, f"{LARGE}M", "E1", "١M", "100E")
EMBED = ("true", "false", "", "x")


@dataclass(frozen=True)
class Link:
    """A page by its name, and what the address says."""

    page: str
    query: Mapping[str, str]


@dataclass(frozen=True)
class Broken:
    link: Link
    what: str


def fields_of(page: str) -> dict[str, Field]:
    """All settings that a link to a page can have."""
    module = f"pages.ui.{page}.settings"
    own = import_module(module).FIELDS if find_spec(f"pages.ui.{page}") and find_spec(module) else {}
    return {**({} if page in ALONE else FIELDS | SIGHT), **own}


def links(first: int, n: int) -> Iterator[Link]:
    """Those from number `first` on."""
    for number in range(first, first + n):
        chance = random.Random(number)
        page = chance.choices([*SHARES], [*SHARES.values()])[0]
        fields = fields_of(page)
        how_many = min(len(fields), chance.choice((1, 2, 2, 3, 3, 4, 6, 9, 40)))
        query = {}
        for field in chance.sample(list(fields.values()), how_many):
            name = field.sklearn if field.sklearn and chance.random() < 0.1 else field.query
            query[name] = text_for(field, chance)
        if page not in ALONE:
            query |= _together(chance)
        if chance.random() < 0.3:
            query["at"] = chance.choice(AT)
        if chance.random() < 0.05:
            query[chance.choice(("embed", "truth", "nothing", "kmeans", ""))] = chance.choice(EMBED)
        if query.get("data", "blobs") not in SMALL and (page in COMPARING or chance.random() < 0.9):
            query["data"] = chance.choice(SMALL)
        yield Link(page, _bounded(query, fields))


def text_for(field: Field, chance: random.Random) -> str:
    """Something that a link might say of a setting: an extreme, something usual, or nonsense."""
    if chance.random() < 0.08:
        return chance.choice((*NO_TEXTS, *NO_NUMBERS, LARGE))
    if field.options:
        return chance.choice([*field.options])
    if isinstance(field.default, bool):
        return chance.choice(("yes", "no"))
    if isinstance(field.default, (int, float)):
        return _number_for(field, chance)
    making = {
        "edit": _edits,
        "means": lambda c: ";".join(_place(c) for _ in range(c.choice((1, 2, 3, 3, 12)))),
        "fork": lambda c: ";".join(_fork(c) for _ in range(c.choice((1, 1, 2)))),
        "zoom": lambda c: ",".join(_number(c) for _ in range(c.choice((4, 4, 9)))),
        "beside": _beside,
        "point": lambda c: ",".join(_number(c) for _ in range(c.choice((1, 2, 2, 3, 64)))),
        "columns": lambda c: c.choice(("1", "1,2", "2,1", "9999", "1,1", ",".join(["3"] * 20))),
        "x": lambda c: c.choice(("pc1", "pc2", "pc9", "f1", "f2", "f3", "f9999", "pc0")),
        "table": lambda c: c.choice(("0" * 16, "f" * 32, "zz")),
        "parameters": lambda c: c.choice(("0" * 16, "f" * 32)),
        "cures": lambda c: ",".join(c.choice(("0.001", "1e-300", "reset", "1e12", "0", LARGE)) for _ in "12"),
        "inits": lambda c: ",".join(c.sample(("kmeans", "random", "round", "k-means++", "x"), 2)),
        "mistakes": lambda c: c.choice(("none", "old_mean", "densities_multiplied", "x", "none,old_mean")),
        "hand": lambda c: "".join(c.choice("0123456789x") for _ in range(c.choice((2, 10, 10, 12, 400)))),
    }
    making["y"] = making["x"]
    for name in ("label", "order", "weight", "header"):
        making[name] = lambda c: c.choice(("none", "rows", "1", "2", "9999"))
    return making.get(field.query, lambda c: c.choice(NO_TEXTS))(chance)


def _number_for(field: Field, chance: random.Random) -> str:
    least, most = field.least, field.most
    near = (
        least,
        most,
        least - 1,
        most + 1,
        -least,
        field.default,
        field.default,
        chance.uniform(least, most),
    )
    whole = isinstance(field.default, int)
    usual = [str(int(value)) if whole else repr(float(value)) for value in near]
    return chance.choice((*usual, *usual, *NUMBERS, *NO_NUMBERS))


def _number(chance: random.Random) -> str:
    return chance.choice(NUMBERS) if chance.random() < 0.5 else repr(round(chance.uniform(-30, 30), 3))


def _place(chance: random.Random) -> str:
    return ",".join(_number(chance) for _ in range(chance.choice((1, 2, 2, 2, 2, 3))))


def _row(chance: random.Random) -> str:
    return chance.choice(("1", "2", "17", "50", "300", "99999999", "0", LARGE))


def _edits(chance: random.Random) -> str:
    def one() -> str:
        what = chance.choice(("add", "add", "move", "delete", *TREATMENTS, "keep"))
        if what == "add":
            return f"add:{_place(chance)}"
        if what == "move":
            return f"move:{_row(chance)}:{_place(chance)}"
        if what == "delete":
            return f"delete:{_row(chance)}"
        numbers = ",".join(chance.choice(("1", "2", "3", "1.5", _number(chance))) for _ in range(2))
        if what == "keep":
            return f"keep:{chance.choice([*KINDS])},{numbers}"
        return chance.choice((what, f"{what}:{numbers}", f"{what}:1", f"{what}:2"))

    return ";".join(one() for _ in range(chance.choice((1, 1, 2, 3, 20))))


def _fork(chance: random.Random) -> str:
    iteration, component = chance.choice(("0", "1", "3", "9999")), chance.choice(("0", "1", "2", "99"))
    to = chance.choice((_place(chance), _place(chance), f"w{_number(chance)}", f"s{_shape(chance)}"))
    return f"{iteration}:{component}:{to}"


def _shape(chance: random.Random) -> str:
    """A spread, or what is none."""
    numbers = [_number(chance) if chance.random() < 0.2 else f"{chance.uniform(0.01, 9):.3g}" for _ in "123"]
    return ",".join(numbers[: chance.choice((1, 3, 3, 2))])


def _beside(chance: random.Random) -> str:
    known = "kmeans", "original", "seed:3", "k:4", "tol:0", "cov:tied", "reg:0", f"k:{LARGE}"
    one = chance.choice((*known, *WAYS_UP, "way:em"))
    return chance.choice(
        (one, f"{one} init:random", f"means:{_place(chance)}", f"fork:{_fork(chance)}", "a:b")
    )


def _together(chance: random.Random) -> dict[str, str]:
    """Some settings that make sense together, so that what they say is met."""
    said: dict[str, str] = {}
    data = chance.choice(
        ("blobs", "blobs", "blobs", "qa_series", "tutorial_60", "notebook_3d", "tiny_cluster")
    )
    if chance.random() < 0.7:
        said |= {"data": data}
    if data == "blobs" and chance.random() < 0.5:
        said |= {"n": chance.choice(("2", "3", "20")), "blobs": chance.choice(("1", "2", "10"))}
        said |= {"features": chance.choice(("1", "2", "3", "10"))}
    if chance.random() < 0.5:
        said |= {"edit": _edits(chance)}
    if chance.random() < 0.3:
        k = chance.choice((1, 2, 3))
        shaped = chance.random() < 0.5
        places = (
            f"{chance.uniform(-9, 9):.3g},{chance.uniform(-9, 9):.3g}"
            + (f":{chance.uniform(0, 1):.2g}:{_shape(chance)}" if shaped else "")
            for _ in range(k)
        )
        said |= {"init": "given", "k": str(k), "means": ";".join(places)}
    if chance.random() < 0.3:
        to = chance.choice((_place(chance), f"w{chance.uniform(0, 1.1):.2g}", f"s{_shape(chance)}"))
        said |= {"fork": f"{chance.choice((0, 1, 2))}:0:{to}"}
    if chance.random() < 0.2:
        said |= {"reg": chance.choice(("0", "1e-300", "1e12")), "tol": "0"}
    return said


def _bounded(query: dict[str, str], fields: Mapping[str, Field]) -> dict[str, str]:
    """The same with fewer rows, seeds and the like, where what it asks for would take long."""
    most = {"n": 200, "blobs": 10, "features": 10, "iters": 100, "seeds": 3, "raceiters": 100, "starts": 2}
    most |= {"most": 4, "repeats": 3, "draws": 5000, "climbiters": 50}
    known = {field.query for field in fields.values()}
    if "split" in known:  # Digits: of 64 pixels
        most["iters"] = 10
    elif "most" in known:
        most["n"] = 50
    query = dict(query)
    for name, value in most.items():
        if name not in known:
            continue
        asked = query.get(name, "")
        whole = asked.isdecimal() and len(asked) < 9
        # What makes no sense is as nobody chose it, which may be much.
        if (whole and int(asked) > value) or (not whole and (name in USUALLY_MUCH or most[name] == 10)):
            query[name] = str(value)
    size = {
        name: _int(query.get(name, ""), usual) for name, usual in (("n", 100), ("blobs", 3), ("features", 2))
    }
    if "n" in known and size["n"] * size["blobs"] * size["features"] * 12 * 100 > WORK:
        query["n"] = str(max(2, int(WORK / 1200 / size["blobs"] / size["features"])))
    if "most" in known and "n" in known:
        query.setdefault("n", "20")
    return query


def _int(text: str, usual: int) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else usual


class _Heard(logging.Handler):
    """What the log says with a traceback, or of an error."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.said.append(self.format(record))


def opened(link: Link) -> list[Broken]:
    """Open it as somebody who was never here; what broke."""
    heard = _Heard()
    logs = [logging.getLogger(name) for name in ("streamlit", "asyncio", "concurrent.futures", "")]
    for log in logs:
        log.addHandler(heard)
    begun = time.process_time()  # other processes may need the cores
    broken: list[str] = []
    try:
        app: Any = AppTest.from_file(FRAME, default_timeout=10 * PATIENCE)
        for name, value in link.query.items():
            app.query_params[name] = value
        app.switch_page(f"{link.page}.py").run()
        broken += [f"{one.message}\n{''.join(one.stack_trace)}" for one in app.exception]
    except Exception as error:  # it did not end, or a script outside a page failed
        broken.append(repr(error))
    finally:
        for log in logs:
            log.removeHandler(heard)
    broken += heard.said
    if (seconds := time.process_time() - begun) > PATIENCE:
        broken.append(f"It took {seconds:.0f} s.")
    return [Broken(link, what) for what in broken]


def main(n: int, first: int = 0) -> int:
    begun, found = time.perf_counter(), 0
    for number, link in enumerate(links(first, n), first):
        for broken in opened(link):
            found += 1
            print(
                f"{number}: {link.page} {dict(link.query)!r:.1500}\n    {broken.what[-2500:]}\n", flush=True
            )
        if (number - first + 1) % 100 == 0:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            seconds = time.perf_counter() - begun
            print(f"{number - first + 1} links, {found} broken, {seconds:.0f} s, {memory:.0f} MB", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
