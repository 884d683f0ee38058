"""Draws the parameters of clips: how cameras, papers, screens and hands vary.

Every range is a choice of what a person with a printer, a phone, a tablet or a monitor and a camera
between a webcam and a surveillance camera has; none is fitted to a data set of attacks. What is not
the attack itself (camera, compression, size and place of the face, length) is drawn before the
species matters, from the same ranges for bona fide and attack presentations, so that nothing can be
learnt from it.
"""

import numpy as np

from facewarden.recapture.genuine import Genuine
from facewarden.recapture.parameters import (
    CameraParameters,
    ClipParameters,
    EyeHoles,
    HandParameters,
    ScreenParameters,
    SheetParameters,
)
from facewarden.recapture.species import Species

Random = np.random.Generator
Size = tuple[int, int]
Extent = tuple[float, float, float, float]

SIZES: tuple[Size, ...] = ((480, 480), (640, 480), (480, 640), (560, 560), (640, 640))
FACE_PX = (60.0, 260.0)
_LARGEST_GROWTH = 1.2
"""Of a face against the genuine clip's: more would show that clip's pixels."""
_LARGEST_GROWTH_STILL = 2.0
"""The same of a photograph, whose clips are for networks of looks: a look shows a face with 116 px,
so that one of 220 px is made smaller again, and grids and dots with it, as those of clips are."""
_ROOM = 0.95
"""Least distance of the face's centre from the edge, in face heights: the video models look at
twice the face."""
_BEYOND = 0.25
"""How far below the genuine picture a clip may reach, in face heights."""
_FILLS = 0.3
"""Share of attacks in which the medium fills the picture, and no edge betrays it."""


def drawn_clip(
    person: Genuine,
    species: Species,
    *,
    seed: int,
    duration_s: float,
    fps: int,
    size: Size | None,
    other: Genuine,
) -> ClipParameters:
    """Draw one clip.

    Args:
        size: width and height, px; None draws one of `SIZES`.
        other: whose eyes are behind the holes of a cut print.
    """
    random = np.random.default_rng(seed)
    growth = _LARGEST_GROWTH_STILL if person.still else _LARGEST_GROWTH
    most = min(FACE_PX[1], growth * person.face_px)
    face_px = _log(random, min(FACE_PX[0], most), most)
    sizes = [one for one in SIZES if min(one) > 2 * _ROOM * face_px]
    size = size or sizes[int(random.integers(len(sizes)))]
    # A face that is too large for a size the user asked for is made smaller.
    face_px = min(face_px, min(size) / (2 * _ROOM))
    # Not far below the genuine picture's own edge: what a body goes on as is not known.
    lowest = 1 - (person.below + _BEYOND) * face_px / size[1]
    face_at = _place(random, size[0], face_px), _place(random, size[1], face_px, lowest)
    first, last = person.span_s
    start_s = float(random.uniform(first, max(first, last - duration_s)))
    mirrored = bool(random.random() < 0.5)
    own_place = bool(random.random() < 0.5)
    camera = _camera(random, size)
    goes_on = _goes_on(random) if person.still else 0.0
    clip_seed = int(random.integers(2**31))
    others = np.random.default_rng([seed, 1])
    sheet = screen = hand = holes = None
    instrument, behind_s = "", 0.0
    view = _view(size, face_at, face_px)
    if species.on_paper:
        fills = bool(others.random() < _FILLS)
        sheet, instrument = _sheet(others, species, view if fills else None)
        hand = _hand(others, held=1.0)
        if species is Species.CUT:
            holes = _holes(others)
            begin, end = other.span_s
            behind_s = float(others.uniform(begin, max(begin, end - duration_s)))
    elif species.attack:
        fills = bool(others.random() < _FILLS)
        screen, instrument = _screen(others, view if fills else None)
        hand = _hand(others, held=0.08 if instrument == "monitor" else 0.8)
    return ClipParameters(
        species=species,
        instrument=instrument,
        subject=person.subject,
        seed=clip_seed,
        start_s=round(start_s, 3),
        duration_s=duration_s,
        fps=fps,
        face_px=face_px,
        face_at=face_at,
        mirrored=mirrored,
        own_place=own_place,
        camera=camera,
        hand=hand,
        sheet=sheet,
        screen=screen,
        holes=holes,
        behind=other.subject if holes else "",
        behind_s=round(behind_s, 3),
        photograph=person.path.name if person.still else "",
        goes_on=goes_on,
    )


def _camera(random: Random, size: Size) -> CameraParameters:
    return CameraParameters(
        size=size,
        sensor_share=float(random.choice([1.0, 1.0, 0.85, 0.7])),
        focal=float(random.uniform(0.9, 1.8)),
        aperture=float(random.uniform(0.3, 1.0)),
        lens_px=_log(random, 0.12, 0.6),
        softness_px=_log(random, 0.2, 1.5),
        sharpening=float(max(0.0, random.uniform(-0.3, 0.8))),
        mosaic=bool(random.random() < 0.7),
        brightness=_log(random, 0.12, 0.42),
        white_balance=(_log(random, 0.8, 1.25), _log(random, 0.8, 1.25)),
        full_well=_log(random, 600, 12000),
        read_noise=float(random.uniform(2, 8)),
        gamma=float(random.uniform(1.9, 2.5)),
        shutter=float(random.uniform(0.1, 0.8)),
        shake_px=_log(random, 0.2, 14),
        flicker=float(max(0.0, random.uniform(-0.05, 0.06))),
        flicker_periods=float(random.uniform(0.5, 4)),
        flicker_hz=float(random.uniform(-3, 3)),
        light_slope=_pair(random, 0.25),
        haze=_log(random, 0.01, 0.2) if random.random() < 0.5 else 0.0,
        levels=(float(random.uniform(-16, 32)), float(random.uniform(225, 271))),
        saturation=float(random.uniform(0.5, 1.3)),
        quality=int(random.integers(18, 34)),
    )


def _goes_on(random: Random) -> float:
    """Return how far a photograph goes on beyond its edges, in face heights.

    They are so near that every bona fide presentation would show the seam that stands there
    otherwise, and media that end before it would not: a network would learn that a picture without
    a seam is an attack.
    """
    return float(random.uniform(0.35, 0.6)) if random.random() < 0.7 else 0.0


def _hand(random: Random, *, held: float) -> HandParameters:
    """`held`: 1 for a sheet in a hand, near 0 for a monitor on a desk."""
    return HandParameters(
        tilt_deg=_triple(random, (22, 16, 8)),
        sway_deg=tuple(held * part for part in _upto(random, (7, 6, 4))),  # type: ignore[arg-type]
        sway=tuple(held * part for part in _upto(random, (0.25, 0.2, 0.1))),  # type: ignore[arg-type]
        tremor=float(random.uniform(0.01, 0.08)),
    )


_PAPERS = ("plain", "matte", "glossy")


def _sheet(random: Random, species: Species, view: Extent | None) -> tuple[SheetParameters, str]:
    kind = _PAPERS[int(random.integers(len(_PAPERS)))]
    extent = view or _cut_out(random)
    # Far from its axis a strongly bent sheet would be seen edge on.
    most = min(0.9, 0.85 / max(extent))
    sign = float(random.choice([-1.0, 1.0]))
    bent = species is Species.WARPED
    warm = random.uniform(0.88, 1.0)
    white = random.uniform(0.78, 0.93)
    fingers = 0 if view else int(random.choice([0, 1, 2, 4]))
    tone = np.array([0.22, 0.30, 0.45]) * np.exp(random.uniform(-1.2, 0.4))
    return SheetParameters(
        extent=extent,
        margin=0.0 if view else float(max(0.0, random.uniform(-0.15, 0.25))),
        face_mm=_log(random, 70, 200),
        moment=float(random.uniform(0, 1)),
        # 85 to 141 lines an inch: laser printers; inkjets have no regular dots.
        lines_per_mm=float(random.uniform(3.3, 5.6)) if kind == "plain" else 0.0,
        spread_px=_log(random, 0.3, 1.3),
        ink=float(random.uniform(0.55, 0.8) if kind == "plain" else random.uniform(0.7, 1.0)),
        black_share=float(random.uniform(0.2, 0.9)),
        paper=(float(white * warm), float(white * (1 + warm) / 2), float(white)),
        gloss={"plain": 0.0, "matte": 0.05, "glossy": 0.7}[kind] * float(random.uniform(0.1, 1)),
        gloss_at=_pair(random, 1.5),
        gloss_size=(_log(random, 0.15, 1.2), _log(random, 0.15, 1.2)),
        bend=sign * float(random.uniform(0.35, 1) if bent else random.uniform(0, 0.12)) * most,
        bend_sway=float(random.uniform(0.1, 0.5) if bent else random.uniform(0, 0.06)) * most,
        bend_axis_deg=float(random.normal(0, 20)),
        fingers=tuple(float(place) for place in random.uniform(0, 1, fingers)),
        skin=tuple(float(part) for part in tone),  # type: ignore[arg-type]
    ), kind


def _holes(random: Random) -> EyeHoles:
    return EyeHoles(
        size=(float(random.uniform(0.24, 0.36)), float(random.uniform(0.11, 0.2))),
        corners=float(random.choice([2.0, 2.5, 6.0])),
        growth=float(random.uniform(0.9, 1.15)),
        off=_pair(random, 0.08),
        sway=float(random.uniform(0.01, 0.08)),
    )


_DEVICES: dict[
    str, tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
] = {
    "phone": ((62, 72), (1.9, 2.2), (0.055, 0.085), (34, 80)),
    "tablet": ((150, 165), (1.3, 1.45), (0.09, 0.12), (60, 170)),
    "monitor": ((190, 300), (1.6, 1.78), (0.15, 0.29), (80, 240)),
}
"""Shorter side of the panel (mm), its longer to its shorter side, the pitch of its pixels (mm) and
the height of the face on it (mm). Data sheets: 460 to 300 dots an inch, 280 to 210, 170 to 88."""

_BEZEL_MM = {"phone": (2, 8), "tablet": (6, 20), "monitor": (6, 25)}


def _screen(random: Random, view: Extent | None) -> tuple[ScreenParameters, str]:
    device = list(_DEVICES)[int(random.integers(len(_DEVICES)))]
    short, longer, pitch, faces = _DEVICES[device]
    face_mm = _log(random, *faces)
    if view is not None:
        # So large that the whole picture is within the panel.
        extent = view
    else:
        side = float(random.uniform(*short))
        sides = side * float(random.uniform(*longer)), side
        upright = device != "monitor" and random.random() < 0.7
        wide, high = (sides[1], sides[0]) if upright else sides
        # The face is to be found: most of it is on the panel.
        face_mm = min(face_mm, high / 1.15, wide / 0.9)
        extent = _within(random, wide / face_mm, high / face_mm)
    edges = random.uniform(*_BEZEL_MM[device]) * random.uniform(0.7, 1.3, 4) / face_mm
    blue, red = _log(random, 0.95, 1.3), _log(random, 0.85, 1.05)
    reflects = random.random() < 0.5
    return ScreenParameters(
        extent=extent,
        face_mm=face_mm,
        pitch_mm=float(random.uniform(*pitch)),
        pentile=bool(device == "phone" and random.random() < 0.5),
        moment=float(random.uniform(0, 1)),
        frame_rate=float(random.choice([25.0, 25.0, 30.0, 15.0])),
        quality=int(random.integers(22, 36)),
        pan=_triple(random, (0.3, 0.3, 0.1)),
        gamma=float(random.uniform(0.85, 1.2)),
        white=(blue, 1.0, red),
        black=_log(random, 0.001, 0.03),
        banding=float(max(0.0, random.uniform(-0.2, 0.35))),
        bands=float(random.uniform(0.6, 5)),
        bands_hz=float(random.uniform(-4, 4)),
        reflection=_log(random, 0.02, 0.4) if reflects else 0.0,
        reflection_at=_pair(random, 1.2),
        reflection_size=(_log(random, 0.15, 0.8), _log(random, 0.15, 0.8)),
        reflection_square=bool(random.random() < 0.5),
        veil=_log(random, 0.001, 0.04),
        bezel=tuple(float(edge) for edge in edges),  # type: ignore[arg-type]
        bezel_grey=float(random.choice([0.01, 0.02, 0.5])),
    ), device


def _cut_out(random: Random) -> Extent:
    """From a mask of the face to shoulders."""
    half = random.uniform(0.5, 1.4)
    off = random.uniform(-0.15, 0.15)
    return (
        float(half + off),
        float(random.uniform(0.6, 1.25)),
        float(half - off),
        float(random.uniform(0.6, 1.6)),
    )


def _within(random: Random, wide: float, high: float) -> Extent:
    """Lay a face somewhere on a panel of this size, wholly if it fits."""
    left = wide / 2 + random.uniform(-1, 1) * max(0.0, wide / 2 - 0.6) * 0.5
    up = high / 2 + random.uniform(-1, 0.3) * max(0.0, high / 2 - 0.7) * 0.5
    return float(left), float(up), float(wide - left), float(high - up)


def _view(size: Size, face_at: tuple[float, float], face_px: float) -> Extent:
    """Return what a medium must reach to fill the picture, with room for sway and tilt."""
    x, y = face_at[0] * size[0] / face_px, face_at[1] * size[1] / face_px
    wide, high = size[0] / face_px, size[1] / face_px
    return tuple(  # type: ignore[return-value]
        1.2 * side + 0.25 for side in (x, y, wide - x, high - y)
    )


def _place(random: Random, length: int, face_px: float, lowest: float = 0.0) -> float:
    """Return where along a side the face's centre is, share of its length."""
    room = min(0.5, _ROOM * face_px / length)
    least = max(0.3, room, min(lowest, 1 - room))
    return float(random.uniform(least, max(least, 1 - max(0.3, room))))


def _log(random: Random, low: float, high: float) -> float:
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _pair(random: Random, most: float) -> tuple[float, float]:
    first, second = random.uniform(-most, most, 2)
    return float(first), float(second)


def _triple(random: Random, most: tuple[float, float, float]) -> tuple[float, float, float]:
    first, second, third = random.uniform(-1, 1, 3) * most
    return float(first), float(second), float(third)


def _upto(random: Random, most: tuple[float, float, float]) -> tuple[float, float, float]:
    first, second, third = random.uniform(0.15, 1, 3) * most
    return float(first), float(second), float(third)
