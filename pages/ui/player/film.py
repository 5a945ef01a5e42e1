"""The frames of an animation, fast. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from numpy.typing import NDArray
from PIL import Image
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from pages.ui.player.pictures import Drawing

GIF_DPI = 80


class Film:
    """Frames of drawings, one below the other: what stands still is drawn once, and all share one palette."""

    def __init__(self, drawings: Sequence[Drawing], samples: list[tuple[int, str]]) -> None:
        self.shots = []
        for drawing in drawings:
            drawing.figure.set_dpi(GIF_DPI)
            canvas = FigureCanvasAgg(drawing.figure)
            for artist in drawing.moving:
                artist.set_animated(True)
            canvas.draw()
            self.shots.append((drawing, canvas, canvas.copy_from_bbox(drawing.figure.bbox)))
        # One colour is left, with which GIF says what stays as it was; one is the paper's.
        seen = Image.fromarray(np.vstack([self._draw(*sample) for sample in samples]))
        few = seen.quantize(254, Image.Quantize.MEDIANCUT).getpalette()
        self.palette = np.vstack([np.reshape(few, (-1, 3)), [255, 255, 255]]).astype(np.uint8)
        # The nearest of them to every colour, in steps of four; what is nearly paper is paper.
        steps = np.arange(64) * 4 + 1.5
        nearest = cKDTree(self.palette).query(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1))
        self.nearest = nearest[1].astype(np.uint8)
        self.nearest[-1, -1, -1] = len(self.palette) - 1

    def _draw(self, iteration: int, half: str) -> NDArray[np.uint8]:
        """A frame in full colours, (height, width, 3); a run that has ended stays at its end."""
        for drawing, canvas, still in self.shots:
            steps = drawing.header["steps"]
            drawing.show(*(steps, "E") if iteration > steps else (iteration, half))
            drawing.title.set_text(drawing.called + drawing.title.get_text())
            canvas.restore_region(still)
            for artist in drawing.moving:
                artist.axes.draw_artist(artist) if artist.axes else drawing.figure.draw_artist(artist)
        return np.vstack([np.asarray(canvas.buffer_rgba())[:, :, :3] for _, canvas, _ in self.shots])

    def frame(self, iteration: int, half: str) -> Image.Image:
        red, green, blue = np.moveaxis(self._draw(iteration, half) >> 2, -1, 0)
        image = Image.fromarray(self.nearest[red, green, blue])
        image.putpalette(self.palette.tobytes())
        return image
