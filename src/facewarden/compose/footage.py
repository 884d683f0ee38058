"""A few frames of a poor video of one person, made from one photograph."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from facewarden.compose.darkness import exposed
from facewarden.compose.h264 import compressed
from facewarden.data import Image

Range = tuple[float, float]

_EDGE_PX = 100
_BANK_PX = 128


@dataclass(frozen=True, slots=True)
class FootageRecipe:
    """What footage is like: each clip draws its own conditions from these ranges.

    The defaults make the default embedder about as wrong on lfw-dev people as it is on real video
    (see docs/evaluating.md, 'Watch', for both figures). What is too good in them makes up for what
    a photograph cannot give: other poses, faces that move, years between.

    Attributes:
        frames: how many are kept of a clip.
        every: of so many frames one is kept; those between are what compression sees of motion.
        face_px: face height.
        defocus: radius of the blur (standard deviation), as a share of the face's height.
        motion: path of the blur, as a share of the face's height.
        light: share of full light, drawn evenly on a logarithmic scale.
        tone: factor on the grey levels: what is too bright clips.
        quality: x264's constant rate factor.
        roll_deg: of the head.
        turn: mild perspective, the change of scale from one edge of the face to the other; a
            photograph holds no more: no other side of the head appears.
        shade: a side light takes up to this share of the other side's light.
    """

    frames: int = 10
    every: int = 2
    fps: int = 15
    size: tuple[int, int] = (240, 240)
    face_px: Range = (50, 120)
    defocus: Range = (0.004, 0.017)
    motion: Range = (0, 0.045)
    light: Range = (0.15, 1)
    tone: Range = (0.75, 1.25)
    quality: tuple[int, int] = (28, 35)
    roll_deg: float = 10.0
    turn: float = 0.05
    shade: float = 0.2


@dataclass(frozen=True, slots=True)
class _Conditions:
    """One clip's draw of the recipe."""

    face_px: float
    growth: float
    defocus_px: float
    smear: NDArray[np.float32]
    light: float
    tone: float
    quality: int
    roll_deg: float
    turn: tuple[float, float]
    turning: tuple[float, float]
    from_px: tuple[float, float]
    drift_px: tuple[float, float]
    shade: tuple[float, float]


def footage(
    photo: Image, box: tuple[float, float, float, float], recipe: FootageRecipe, seed: int
) -> list[Image]:
    """Return the frames of a clip in which the person stands, sways and comes nearer.

    Args:
        photo: (H, W, 3) uint8 BGR.
        box: x1 y1 x2 y2 of the face in it, px.
        seed: the same gives the same frames.
    """
    random = np.random.default_rng(seed)
    conditions = _drawn(recipe, random)
    wide = _widened(photo)
    x1, y1, x2, y2 = (side + _EDGE_PX for side in box)
    frames = _frames(wide, (x1, y1, x2, y2), recipe, conditions, random)
    whole = compressed(frames, size=recipe.size, fps=recipe.fps, quality=conditions.quality)
    return [frame for place, frame in enumerate(whole) if place % recipe.every == recipe.every // 2]


def _widened(photo: Image) -> Image:
    """Return the photograph with room around it, in which there is nothing but its edge, blurred.

    Mirrored, it would show the person twice.
    """
    wide = cv2.copyMakeBorder(photo, _EDGE_PX, _EDGE_PX, _EDGE_PX, _EDGE_PX, cv2.BORDER_REPLICATE)
    wide = cv2.blur(wide, (_EDGE_PX // 2, _EDGE_PX // 2))
    wide[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX] = photo
    return np.asarray(wide, np.uint8)


def _drawn(recipe: FootageRecipe, random: np.random.Generator) -> _Conditions:
    face_px = random.uniform(*recipe.face_px)
    return _Conditions(
        face_px=face_px,
        growth=random.uniform(-0.15, 0.3),
        defocus_px=face_px * random.uniform(*recipe.defocus),
        smear=_line(face_px * random.uniform(*recipe.motion), random.uniform(0, np.pi)),
        light=float(np.exp(random.uniform(*np.log(recipe.light)))),
        tone=random.uniform(*recipe.tone),
        quality=int(random.integers(recipe.quality[0], recipe.quality[1] + 1)),
        roll_deg=random.uniform(-recipe.roll_deg, recipe.roll_deg),
        turn=_pair(random, recipe.turn),
        turning=_pair(random, recipe.turn / 2),
        from_px=_pair(random, 0.15 * face_px),
        drift_px=_pair(random, 0.5 * face_px),
        shade=_pair(random, recipe.shade),
    )


def _pair(random: np.random.Generator, most: float) -> tuple[float, float]:
    across, down = random.uniform(-most, most, 2)
    return float(across), float(down)


def _frames(
    photo: Image,
    box: tuple[float, float, float, float],
    recipe: FootageRecipe,
    conditions: _Conditions,
    random: np.random.Generator,
) -> Iterator[Image]:
    count = recipe.frames * recipe.every
    width, height = recipe.size
    # Normal numbers take longer to draw than all else of a frame: each frame takes its part of
    # one larger field.
    bank = random.standard_normal((height + _BANK_PX, width + _BANK_PX, 3), np.float32)
    for number in range(count):
        done = number / max(1, count - 1)
        placed = _placed(photo, box, conditions, done, random, recipe.size)
        placed = _shaded(placed, conditions.shade)
        if conditions.defocus_px > 0.3:  # below, a blur changes nothing
            placed = np.asarray(cv2.GaussianBlur(placed, (0, 0), conditions.defocus_px), np.uint8)
        if conditions.smear.size > 1:
            placed = np.asarray(cv2.filter2D(placed, -1, conditions.smear), np.uint8)
        top, left = random.integers(0, _BANK_PX, 2)
        normal = bank[top : top + height, left : left + width]
        seen = exposed(np.asarray(placed, np.uint8), conditions.light, normal)
        yield np.asarray(cv2.convertScaleAbs(seen, alpha=conditions.tone), np.uint8)


def _placed(
    photo: Image,
    box: tuple[float, float, float, float],
    conditions: _Conditions,
    done: float,
    random: np.random.Generator,
    size: tuple[int, int],
) -> Image:
    """Return the photograph scaled, turned, tilted and moved to its place in one frame."""
    x1, y1, x2, y2 = box
    scale = conditions.face_px * (1 + conditions.growth * (done - 0.5)) / (y2 - y1)
    angle = np.deg2rad(conditions.roll_deg + random.normal(0, 1))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    turn = (np.array(conditions.turn) + np.array(conditions.turning) * done) / (y2 - y1)
    to_middle = np.array([[1, 0, -(x1 + x2) / 2], [0, 1, -(y1 + y2) / 2], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, 1, 0], [*turn, 1]])
    shift = np.array(conditions.from_px) + np.array(conditions.drift_px) * (done - 0.5)
    place = np.array(
        [[cos, -sin, size[0] / 2 + shift[0]], [sin, cos, size[1] / 2 + shift[1]], [0, 0, 1]]
    )
    # Linear interpolation takes four pixels: what is made smaller is first blurred as much.
    fine = np.asarray(cv2.GaussianBlur(photo, (0, 0), 0.35 / scale)) if scale < 0.8 else photo
    return np.asarray(
        cv2.warpPerspective(fine, place @ tilt @ to_middle, size, borderMode=cv2.BORDER_REPLICATE),
        np.uint8,
    )


def _shaded(picture: Image, shade: tuple[float, float]) -> Image:
    """Let the light fall from one side: a plane of brightness over the picture's middle half."""
    height, width = picture.shape[:2]
    across = np.clip((np.arange(width, dtype=np.float32) / width - 0.5) * 4, -1, 1) * shade[0]
    down = np.clip((np.arange(height, dtype=np.float32) / height - 0.5) * 4, -1, 1) * shade[1] / 2
    light = np.clip(1 + across[None, :] + down[:, None], 0.05, 2)
    return np.asarray(np.clip(picture * light[..., None], 0, 255), np.uint8)


def _line(length_px: float, angle: float) -> NDArray[np.float32]:
    """Return the (k, k) kernel of a straight even smear, [[1]] where it is shorter than 1 px."""
    if length_px < 1:
        return np.ones((1, 1), np.float32)
    reach = int(np.ceil(length_px / 2))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for step in np.linspace(-0.5, 0.5, 8 * reach + 1) * length_px:
        kernel[round(reach + step * np.sin(angle)), round(reach + step * np.cos(angle))] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)
