"""A film without a face, and parameters without noise, for tests that look at the geometry."""

from dataclasses import replace

import cv2
import numpy as np

from facewarden.data import Image
from facewarden.recapture.film import Film
from facewarden.recapture.parameters import (
    CameraParameters,
    ClipParameters,
    EyeHoles,
    HandParameters,
    ScreenParameters,
    SheetParameters,
)
from facewarden.recapture.species import Species

SIDE = 240
FACE_PX = 66.0
FPS = 10

CAMERA = CameraParameters(
    size=(160, 120),
    sensor_share=1.0,
    focal=1.4,
    aperture=1.0,
    lens_px=0.4,
    softness_px=0.0,
    sharpening=0.0,
    mosaic=False,
    brightness=0.3,
    white_balance=(1.0, 1.0),
    full_well=1e9,
    read_noise=0.0,
    gamma=2.2,
    shutter=0.0,
    shake_px=2.0,
    flicker=0.0,
    flicker_periods=1.0,
    flicker_hz=0.0,
    light_slope=(0.0, 0.0),
    haze=0.0,
    levels=(0.0, 255.0),
    saturation=1.0,
    quality=20,
)
NOISY = replace(CAMERA, full_well=800.0, read_noise=4.0, mosaic=True, softness_px=0.6, shutter=0.5)
HAND = HandParameters(
    tilt_deg=(12.0, -6.0, 4.0), sway_deg=(6.0, 5.0, 3.0), sway=(0.2, 0.15, 0.08), tremor=0.05
)
SHEET = SheetParameters(
    extent=(0.9, 0.9, 0.9, 0.9),
    margin=0.1,
    face_mm=120.0,
    moment=0.5,
    lines_per_mm=0.0,
    spread_px=0.0,
    ink=1.0,
    black_share=0.5,
    paper=(0.9, 0.92, 0.93),
    gloss=0.0,
    gloss_at=(0.0, 0.0),
    gloss_size=(0.5, 0.5),
    bend=0.0,
    bend_sway=0.0,
    bend_axis_deg=0.0,
    fingers=(),
    skin=(0.2, 0.3, 0.4),
)
SCREEN = ScreenParameters(
    extent=(0.9, 0.9, 0.9, 0.9),
    face_mm=120.0,
    pitch_mm=0.05,
    pentile=False,
    moment=0.5,
    frame_rate=float(FPS),
    pan=(0.0, 0.0, 0.0),
    quality=16,
    gamma=1.0,
    white=(1.0, 1.0, 1.0),
    black=0.0,
    banding=0.0,
    bands=2.0,
    bands_hz=1.0,
    reflection=0.0,
    reflection_at=(0.0, 0.0),
    reflection_size=(0.5, 0.5),
    reflection_square=False,
    veil=0.0,
    bezel=(0.1, 0.1, 0.1, 0.1),
    bezel_grey=0.02,
)
HOLES = EyeHoles(size=(0.3, 0.16), corners=2.0, growth=1.0, off=(0.0, 0.0), sway=0.0)


def moving_film(frames: int = 8, *, seed: int = 0) -> Film:
    """Blobs that run over a picture, so that each frame differs from the one before."""
    random = np.random.default_rng(seed)
    wide = random.uniform(40, 220, (SIDE // 8, SIDE // 4, 3)).astype(np.float32)
    strip = cv2.resize(wide, (2 * SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    texture = np.clip(strip, 0, 255).astype(np.uint8)
    pictures: list[Image] = [
        np.ascontiguousarray(texture[:, 6 * n : 6 * n + SIDE]) for n in range(frames)
    ]
    middle = SIDE / 2
    points = np.array([[-13, -10], [13, -10], [0, 5], [-9, 18], [9, 18]], np.float32) + middle
    landmarks = np.stack([points] * frames)
    return Film(tuple(pictures), FACE_PX, (middle, middle), landmarks)


def clip_parameters(species: Species, *, camera: CameraParameters = CAMERA) -> ClipParameters:
    return ClipParameters(
        species=species,
        instrument="",
        subject="nobody",
        seed=7,
        start_s=0.0,
        duration_s=0.8,
        fps=FPS,
        face_px=60.0,
        face_at=(0.5, 0.5),
        mirrored=False,
        own_place=True,
        camera=camera,
        hand=HAND if species.attack else None,
        sheet=SHEET if species.on_paper else None,
        screen=SCREEN if species.attack and not species.on_paper else None,
        holes=HOLES if species is Species.CUT else None,
    )
