"""The images with the most mistakes of a detector, as one picture."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from facewarden.capture.image import read_image
from facewarden.errors import ImageRefused
from facewarden.evaluate.detection import HeightClass, Matched, Outcome, SeenImage, match
from facewarden.text import shown

WORST = 9
WIDTH_PX, HEIGHT_PX, COLUMNS, TEXT_PX = 340, 260, 3, 18
FOUND, MISSED, FALSE, IGNORED = "#0072b2", "#d55e00", "#cc79a7", "#999999"
CAPTION = (
    "Faces found are blue, missed ones orange, false detections pink, ignored faces grey. "
    "A second detection of a face counts as false."
)


def mistakes(image: SeenImage, judged: Matched, min_confidence: float) -> tuple[int, int]:
    """Return how many faces were missed, and how many detections are false."""
    missed = judged.counted & ~(judged.found_at >= min_confidence)
    false = (image.confidence >= min_confidence) & (judged.outcome == Outcome.FALSE)
    return int(missed.sum()), int(false.sum())


def worst_images(
    images: Sequence[SeenImage],
    paths: dict[str, Path],
    height: HeightClass,
    min_confidence: float,
) -> bytes | None:
    """Return the images with the most mistakes as a PNG; None where there is no mistake.

    Args:
        paths: the file of each image by its name.
    """
    judged = [(image, match(image, height)) for image in images]
    wrong = [(sum(mistakes(i, m, min_confidence)), i, m) for i, m in judged]
    worst = sorted((w for w in wrong if w[0]), key=lambda w: (-w[0], w[1].name))[:WORST]
    if not worst:
        return None
    columns = min(COLUMNS, len(worst))
    rows = -(-len(worst) // columns)
    sheet = Pillow.new("RGB", (columns * WIDTH_PX, rows * (HEIGHT_PX + TEXT_PX)), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for place, (_, image, matched) in enumerate(worst):
        x, y = place % columns * WIDTH_PX, place // columns * (HEIGHT_PX + TEXT_PX)
        sheet.paste(_drawn(image, matched, paths[image.name], min_confidence), (x + 4, y + 2))
        missed, false = mistakes(image, matched, min_confidence)
        told = f"{shown(image.name)[:30]}: {missed} missed, {false} false"
        pen.text((x + 4, y + HEIGHT_PX), told, fill="black", font=font)
    out = io.BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def _drawn(image: SeenImage, judged: Matched, path: Path, min_confidence: float) -> Pillow.Image:
    try:
        picture = Pillow.fromarray(np.ascontiguousarray(read_image(path)[0][..., ::-1]))
    except ImageRefused:
        return Pillow.new("RGB", (WIDTH_PX - 8, HEIGHT_PX - 4), "grey")
    scale = min((WIDTH_PX - 8) / picture.width, (HEIGHT_PX - 4) / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    small = picture.resize(size)
    pen = ImageDraw.Draw(small)
    found = judged.found_at >= min_confidence
    for box, counted, seen in zip(image.truth, judged.counted, found, strict=True):
        colour = FOUND if seen else MISSED if counted else IGNORED
        pen.rectangle(tuple((box * scale).tolist()), outline=colour, width=2)
    false = (image.confidence >= min_confidence) & (judged.outcome == Outcome.FALSE)
    for box in image.boxes[false]:
        pen.rectangle(tuple((box * scale).tolist()), outline=FALSE, width=2)
    return small
