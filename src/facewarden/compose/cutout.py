"""A person cut out of a photograph: head and shoulders with a soft edge, and a body below."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.compose.recipe import LARGEST_FACE_PX
from facewarden.data import Image
from facewarden.detect.detector import Detector
from facewarden.errors import EnrolmentRefused

# The figure around a face box of width w and height h, its centre at (0, 0) and y downwards:
# proportions of a clothed adult seen from the front, fitted by eye to the demo's portraits.
_HEAD = (0.95, 0.92)  # half axes of the oval that holds face and hair, in w and h
_SHOULDER_TOP = 0.55  # in h: where neck and shoulders begin
_HALF_SHOULDERS = 1.45  # in w
_BODY = 9.5  # in h: enough to reach the lower edge of the picture

_DETECTION_PX = 640
_MIN_CONFIDENCE = 0.6


@dataclass(frozen=True, slots=True)
class Cutout:
    """A person before a transparent background, in several sizes.

    Attributes:
        levels: (H, W, 4) uint8 blue, green, red and opacity, the colours already multiplied by
            the opacity; each level half the size of the one before it.
        box: x1 y1 x2 y2 of the face in the first level, px.
    """

    levels: tuple[NDArray[np.uint8], ...]
    box: tuple[float, float, float, float]

    @classmethod
    def of_face(cls, photo: Image, detector: Detector) -> Self:
        """Cut out the person with the largest face in `photo`.

        Raises:
            EnrolmentRefused: no face is found.
        """
        faces = detector.detect(photo, size_px=_DETECTION_PX, min_confidence=_MIN_CONFIDENCE)
        if not len(faces):
            raise EnrolmentRefused("no face was found in the photograph of an actor")
        x1, y1, x2, y2 = map(float, faces.boxes[int(np.argmax(faces.height_px))])
        return cls.around(photo, (x1, y1, x2, y2))

    @classmethod
    def around(
        cls,
        photo: Image,
        box: tuple[float, float, float, float],
        *,
        face_px: float = LARGEST_FACE_PX,
    ) -> Self:
        """Cut out the person whose face fills `box` (x1 y1 x2 y2, px).

        Args:
            face_px: height of the face in the largest level; smaller is faster.
        """
        scale = face_px / (box[3] - box[1])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        person = np.asarray(
            cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method), np.uint8
        )
        x1, y1, x2, y2 = (scale * side for side in box)
        opacity = _opacity(person, (x1, y1, x2, y2))
        person, opacity = _with_body(person, opacity, y2 - y1)
        solid = (person * opacity[..., None]).astype(np.uint8)
        first = np.dstack([solid, (255 * opacity).astype(np.uint8)])
        levels = [first]
        while levels[-1].shape[0] > _BODY * 32:
            half = cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            levels.append(np.asarray(half, np.uint8))
        return cls(tuple(levels), (x1, y1, x2, y2))


def _opacity(person: Image, box: tuple[float, float, float, float]) -> NDArray[np.float32]:
    """(H, W) float32 in [0, 1]: the figure, its outline drawn where the picture has an edge.

    GrabCut (Rother, Kolmogorov, Blake 2004) decides between the figure's certain core and the
    certain outside; what it leaves is smoothed.
    """
    height, width = person.shape[:2]
    x1, y1, x2, y2 = box
    w, h, cx, cy = x2 - x1, y2 - y1, (x1 + x2) / 2, (y1 + y2) / 2
    marks = np.full((height, width), cv2.GC_BGD, np.uint8)
    _figure(marks, (cx, cy), (w, h), (1.0, 1.0), int(cv2.GC_PR_FGD))
    _figure(marks, (cx, cy), (w, h), (0.6, 0.85), int(cv2.GC_FGD))
    model = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)  # GrabCut clusters colours at random
    cv2.grabCut(person, marks, None, model[0], model[1], 3, cv2.GC_INIT_WITH_MASK)  # type: ignore[call-overload]
    figure = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    spot = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    without_specks = cv2.morphologyEx(figure, cv2.MORPH_OPEN, spot)
    without_holes = cv2.morphologyEx(without_specks, cv2.MORPH_CLOSE, spot)
    # Two pixels of the outline show what was behind the person in the photograph.
    inner = cv2.erode(without_holes, spot[2:7, 2:7]).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), 2.5), np.float32)


def _figure(
    marks: NDArray[np.uint8],
    centre: tuple[float, float],
    face: tuple[float, float],
    shares: tuple[float, float],
    mark: int,
) -> None:
    """Fill the head and the shoulders, of these shares of their full width, with `mark`."""
    (cx, cy), (w, h) = centre, face
    head, shoulders = shares
    axes = (int(_HEAD[0] * w * head), int(_HEAD[1] * h * head))
    cv2.ellipse(marks, (int(cx), int(cy - 0.08 * h)), axes, 0, 0, 360, mark, cv2.FILLED)
    edge = min(cx, marks.shape[1] - cx) - 0.05 * w  # no straight cut where the photograph ends
    half = min(_HALF_SHOULDERS * w, edge) * shoulders
    top = int(cy + h * (_SHOULDER_TOP + 2 * (1 - shoulders)))
    axes = (int(half), int(0.5 * h))
    cv2.ellipse(marks, (int(cx), top + axes[1]), axes, 0, 180, 360, mark, cv2.FILLED)
    marks[top + axes[1] :, max(0, int(cx - half)) : max(0, int(cx + half))] = mark


def _with_body(
    person: Image, opacity: NDArray[np.float32], face_px: float
) -> tuple[Image, NDArray[np.float32]]:
    """Let the clothes of the last rows pass into one colour, down to the lower edge of a scene."""
    height, width = opacity.shape
    more = max(1, int(_BODY * face_px) - height)
    strip = max(2, int(0.15 * face_px))
    last = person[-strip:][opacity[-strip:] > 0.5].reshape(-1, 3)
    colour = np.median(last, axis=0) if len(last) else np.full(3, 64.0)
    down = np.arange(more, dtype=np.float32)[:, None] / face_px
    across = np.arange(width, dtype=np.float32)[None, :]
    share = 1 - 0.2 * np.clip(down / 2.5, 0, 1)  # the hip: 2.5 faces lower, 4/5 as wide
    map_x = ((across - width / 2) / share + width / 2).astype(np.float32)
    outline = cv2.remap(opacity[-1:], map_x, np.zeros_like(map_x), cv2.INTER_LINEAR)
    round_ = 1 - 0.35 * np.abs(map_x / (width / 2) - 1) ** 2  # darker where the body turns away
    plain = colour[None, None, :] * (round_ * (1 - 0.3 * np.clip(down / 4, 0, 1)))[..., None]
    columns = cv2.GaussianBlur(person[-strip:].mean(axis=0, keepdims=True), (0, 0), 6, sigmaY=1)
    columns = cv2.remap(columns, map_x, np.zeros_like(map_x), cv2.INTER_LINEAR)
    passed = np.clip(down / 0.9, 0, 1)[..., None] ** 0.7  # no seam: within 0.9 faces
    body = columns * (1 - passed) + plain * passed
    joined = person.copy()
    passing = np.linspace(0, 1, strip, dtype=np.float32)[:, None, None]
    joined[-strip:] = (person[-strip:] * (1 - passing) + columns[:1] * passing).astype(np.uint8)
    return np.vstack([joined, body.astype(np.uint8)]), np.vstack([opacity, outline])
