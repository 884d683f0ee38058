"""Pairs of photographs side by side, with what is to be said of each, as one picture."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont, ImageOps

from facewarden.capture.image import read_image
from facewarden.errors import ImageRefused
from facewarden.text import shown

SIDE_PX = 124
GAP_PX = 8
COLUMNS = 4
LINE_PX = 15
LETTERS = 40
"""Of a line of text: what fits under two photographs."""


@dataclass(frozen=True, slots=True)
class SheetPair:
    """Two photographs and the lines of text under them."""

    left: Path
    right: Path
    lines: tuple[str, ...]


def contact_sheet(pairs: Sequence[SheetPair]) -> bytes:
    """Return the pairs as one PNG, from left to right and from top to bottom.

    A photograph that cannot be read any more is left grey. At least one pair.
    """
    text_px = LINE_PX * max(len(pair.lines) for pair in pairs) + GAP_PX
    cell_w, cell_h = 2 * SIDE_PX + 2 + 2 * GAP_PX, SIDE_PX + text_px + 2 * GAP_PX
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    sheet = Pillow.new("RGB", (columns * cell_w, rows * cell_h), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for place, pair in enumerate(pairs):
        x, y = place % columns * cell_w + GAP_PX, place // columns * cell_h + GAP_PX
        sheet.paste(_square(pair.left), (x, y))
        sheet.paste(_square(pair.right), (x + SIDE_PX + 2, y))
        for number, line in enumerate(pair.lines):
            at = (x, y + SIDE_PX + 4 + number * LINE_PX)
            pen.text(at, _shortened(shown(line)), fill="black", font=font)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _square(path: Path) -> Pillow.Image:
    try:
        image, _ = read_image(path)
    except ImageRefused:
        return Pillow.new("RGB", (SIDE_PX, SIDE_PX), "grey")
    return ImageOps.fit(Pillow.fromarray(image[..., ::-1]), (SIDE_PX, SIDE_PX))


def _shortened(line: str) -> str:
    return line if len(line) <= LETTERS else f"{line[: LETTERS - 3]}..."
