"""A half-step as PNG and SVG, and a whole run as GIF. Pure: no Streamlit.

Drawn from the same scene as the player, so that a picture shows what was on the screen; the sizes of lines
and points are the player's, too. Letters: n points shown, k components, g grid points.

Figures are made one by one, never through pyplot, which threads would share.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from itertools import product
from textwrap import wrap
from threading import Lock
from typing import Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from PIL import Image

from pages.ui.look import numbers, palette
from pages.ui.player.film import Film
from pages.ui.player.header import Together, decode
from pages.ui.player.printed import Curve, Images, Line, Plane, goal_of, short

matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text: it can be searched and changed
matplotlib.rcParams["svg.hashsalt"] = "em"  # the same picture is the same file

WIDTH, HEIGHT = 12.8, 7.2  # inches: what a projector shows
ON_PAPER = 9.2, 3.9  # what is between the margins of A4, nearly a third larger
LINE, MOST_LINES = 170, 3  # of a link: so many characters beside each other, and lines
DPI = {"png": 200, "svg": 100}
MOST_FRAMES = 120
# A run takes about as long as in the player, and half a step no longer than is comfortable to watch.
RUN_MS, HALF_MS, FIRST_MS, LAST_MS = 12_000, (90, 520), 1000, 2000
ON_SCREEN = re.compile(r"<b>.*?</b> | Press Play\.")  # of the player's sentences: what the title says here
TRUTHS = ("true_means", "true_maps", "true_curves")  # the arrays of what the data were drawn from
_one_gif_at_a_time = Lock()  # a class presses the button at the same moment, and frames need memory


def picture(
    content: bytes,
    iteration: int,
    half: str,
    caption: str = "",
    format: str = "png",
    *,
    link: str = "",
    truth: bool = False,
) -> bytes:
    """The half-step of a scene (`Scene.content`, not one in space) as "png", 2560 x 1440, or as "svg".

    `caption` is a line of plain text below, from anyone, and `link` the one to the experiment.
    `truth` : whether what the data were drawn from is shown, and said.
    """
    drawing = Drawing(content, caption, link, truth)
    drawing.show(iteration, half)
    return _saved(drawing, format)


class OnPaper(NamedTuple):
    """What is drawn as part of a page that may be printed in black and white: the half-step of a scene.

    ringed : the point, of those drawn, that has a ring around it.
    """

    content: bytes
    iteration: int
    half: str
    ringed: int | None = None


def on_paper(asked: OnPaper) -> bytes:
    """The picture as SVG."""
    drawing = Drawing(asked.content, "", on_paper=True)
    if asked.ringed is not None:
        drawing.panels[0].points.ring(asked.ringed)
    drawing.show(asked.iteration, asked.half)
    return _saved(drawing, "svg")


def _saved(drawing: Drawing, format: str) -> bytes:
    out = BytesIO()
    metadata = {"Date": None} if format == "svg" else {}
    drawing.figure.savefig(out, format=format, dpi=DPI[format], metadata=metadata)
    return out.getvalue()


def gif(
    content: bytes,
    caption: str = "",
    *,
    link: str = "",
    truth: bool = False,
    beside: Together | None = None,
    on_frame: Callable[[int], None] = lambda n: None,
) -> bytes:
    """A whole run, half-step by half-step, again and again; it rests at its end, 1024 x 576.

    Of a long run only some iterations are shown, see `every`. `beside` : another run of EM, drawn below it.
    `on_frame` : called before each, with how many are drawn; what it raises ends it.
    """
    with _one_gif_at_a_time:
        drawings = [Drawing(content, caption, link, truth)]
        if beside:
            drawings.append(Drawing(beside.content, "", truth=truth))
            for drawing, called in zip(drawings, beside.titles, strict=True):
                begins = drawing.header.get("begins_at")
                called += f", from its iteration {begins} on" if begins else ""
                drawing.called = f"{short(called, 50)}: "
                drawing.title.set_fontsize(14)  # there must be room for both
        shown = half_steps(max(drawing.header["steps"] for drawing in drawings))
        pause = int(np.clip(RUN_MS / len(shown), *HALF_MS))
        film = Film(drawings, [shown[i] for i in np.linspace(0, len(shown) - 1, 6).astype(int)])

        def frame(number: int) -> Image.Image:
            on_frame(number)
            return film.frame(*shown[number])

        first, *rest = map(frame, range(len(shown)))
        durations = [FIRST_MS, *[pause] * len(rest)]
        durations[-1] = LAST_MS
        out = BytesIO()
        first.save(
            *(out, "GIF"),
            save_all=True,
            append_images=rest,
            duration=durations,
            loop=0,
            disposal=1,  # what stays as it was is not written again
            optimize=False,
            comment=link.encode(),
        )
    return out.getvalue()


def every(n_iter: int) -> int:
    """Which iterations an animation shows: each (1), every second (2), ... and always the last."""
    return max(1, -(-2 * n_iter // MOST_FRAMES))


def half_steps(n_iter: int) -> list[tuple[int, str]]:
    """The half-steps that an animation shows, in their order."""
    iterations = sorted({*range(0, n_iter + 1, every(n_iter)), n_iter})
    return [(0, "M"), (0, "E"), *product(iterations[1:], "ME")]


# By the names of `panels.KINDS`; one in space cannot be printed. And what stands below the curve.
KINDS: dict[str, Any] = {"line": Line, "plane": Plane}
BESIDE: list[Any] = [Images]


class Drawing:
    """A figure of a scene, with what changes from half-step to half-step apart from what does not.

    `on_paper` : without words around it, each component's points in a form of their own, and no curve of
    one value.
    """

    def __init__(
        self, content: bytes, caption: str, link: str = "", truth: bool = False, on_paper: bool = False
    ) -> None:
        self.header, self.arrays = decode(content)
        self.called = ""  # where another run is drawn, too
        if not truth:
            for name in TRUTHS:
                self.arrays.pop(name, None)
        elif not self.arrays.keys().isdisjoint(TRUTHS):
            caption += " Dotted: what the data were drawn from."
        self.header["forms"] = on_paper
        address = re.findall(f".{{1,{LINE}}}", short(link, MOST_LINES * LINE))
        more = 0.018 * max(0, len(address) - 1)  # of the height, for a link that needs several lines
        size, rect = (WIDTH, HEIGHT), (0.01, 0.065 + more, 0.98, 0.805 - more)
        if on_paper:
            size, rect = ON_PAPER, (0.0, 0.0, 1.0, 1.0)
        self.figure = Figure(figsize=size, layout="constrained", facecolor="white")
        self.figure.get_layout_engine().set(rect=rect, w_pad=0.1, h_pad=0.05)
        text = {"color": palette.TEXT, "parse_math": False}
        self.title = self.figure.text(0.02, 0.93, "", fontsize=19, weight="bold", **text)
        if self.header["n"] < self.header["total"]:
            caption += f" {self.header['n']:,} of {self.header['total']:,} points are drawn."
        self.sentence = self.figure.text(0.02, 0.895, "", fontsize=13, **text)
        lines = wrap(caption, 190, max_lines=2, placeholder=" …")
        self.figure.text(0.02, 0.027 + more, "\n".join(lines), fontsize=9, va="bottom", **text)
        self.figure.text(0.02, 0.01, "\n".join(address), fontsize=7, va="bottom", url=link or None, **text)
        for words in self.figure.texts if on_paper else ():
            words.set_visible(False)
        scene = self.figure, self.header, self.arrays
        images = [panel for panel in BESIDE if panel.height(self.header)]
        if on_paper and not self.header["steps"] and not images:
            (left,), right = self.figure.add_gridspec(1, 1), None
        else:
            left, right = self.figure.add_gridspec(1, 2, width_ratios=(2, 1))
        self.panels: list[Any] = [KINDS[self.header["kind"]](left, *scene)]
        for panel in images:
            right, below = right.subgridspec(2, 1, height_ratios=(4, panel.height(self.header)))
            self.panels.append(panel(below, *scene))
        if right:
            self.panels.append(Curve(right, *scene))
        # Labels find their places once; while a run plays, nothing but the run moves.
        for artist in self.moving:
            artist.set_in_layout(False)
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")

    @property
    def moving(self) -> list[Artist]:
        """What changes, in the order of drawing."""
        return [self.title, self.sentence, *(artist for panel in self.panels for artist in panel.moving)]

    def show(self, iteration: int, half: str) -> None:
        """The mixture shown is that of the iteration; the colours are those of the last E-step.

        At the start, (0, "M"), none was made, and points are grey.
        """
        name, title = goal_of(self.header)
        what, value = title.removesuffix(" per sample"), numbers.short(self.arrays[name][iteration])
        start = (iteration, half) == (0, "M")
        where = "Start" if start else f"Iteration {iteration}, {half}-step"
        self.title.set_text(f"{where}, {what} {value} per sample")
        over = iteration == self.header["steps"] > 0 and half == "E"
        words = ON_SCREEN.sub("", self.header["words"]["start" if start else half])
        self.sentence.set_text(self.header["ending"] if over else words)
        for panel in self.panels:
            panel.show(iteration, iteration - (half == "M"))
