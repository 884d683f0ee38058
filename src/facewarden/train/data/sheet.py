"""Faces side by side with what is to be said of them, as one picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from facewarden.text import shown

GAP_PX = 8
LINE_PX = 15
LETTER_PX = 7
"""Of Pillow's default font at 12 px, at most, in the mean of a name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Some faces in a row and the lines of text under them.

    Attributes:
        faces: each (S, S, 3) uint8 RGB.
    """

    faces: tuple[NDArray[np.uint8], ...]
    lines: tuple[str, ...] = ()


def sheet(cells: Sequence[Cell], *, columns: int, side_px: int) -> bytes:
    """Return the cells as one PNG, from left to right and from top to bottom.

    Args:
        cells: at least one; each is as wide as the one with most faces.
        columns: cells in a row.
        side_px: to which every face is scaled.
    """
    most = max(len(cell.faces) for cell in cells)
    text_px = LINE_PX * max(len(cell.lines) for cell in cells)
    width, height = most * (side_px + 2) + 2 * GAP_PX, side_px + text_px + 2 * GAP_PX
    columns = min(columns, len(cells))
    drawn = Pillow.new("RGB", (columns * width, -(-len(cells) // columns) * height), "white")
    pen, font = ImageDraw.Draw(drawn), ImageFont.load_default(12)
    for place, cell in enumerate(cells):
        x, y = place % columns * width + GAP_PX, place // columns * height + GAP_PX
        for number, face in enumerate(cell.faces):
            square = Pillow.fromarray(np.ascontiguousarray(face)).resize((side_px, side_px))
            drawn.paste(square, (x + number * (side_px + 2), y))
        for number, line in enumerate(cell.lines):
            text = _shortened(shown(line), (width - GAP_PX) // LETTER_PX)
            pen.text((x, y + side_px + 2 + number * LINE_PX), text, fill="black", font=font)
    out = io.BytesIO()
    drawn.save(out, "PNG")
    return out.getvalue()


def _shortened(line: str, letters: int) -> str:
    return line if len(line) <= letters else f"{line[: max(1, letters - 3)]}..."
