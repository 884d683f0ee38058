"""Each augmentation on drawn pictures: what it changes, and what it must leave as it is."""

import io
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from torch import Tensor

from facewarden.geometry.similarity import ARCFACE_112
from facewarden.models.phantom import draw_phantom
from facewarden.train.augment.brightness import Brightness
from facewarden.train.augment.catalogue import STEPS, build
from facewarden.train.augment.horizontal_flip import HorizontalFlip
from facewarden.train.augment.jpeg import jpeg
from facewarden.train.augment.mask import Mask
from facewarden.train.augment.pipeline import Augment
from facewarden.train.augment.random_erasing import RandomErasing
from facewarden.train.augment.rotation import Rotation
from facewarden.train.augment.sunglasses import Sunglasses

MEAN_FACE = torch.tensor(ARCFACE_112)


def drawing(seed: int = 0) -> Tensor:
    """A smooth picture with some detail, (3, 112, 112) float32."""
    random = np.random.default_rng(seed)
    small = Pillow.fromarray(random.integers(0, 256, (14, 14, 3), np.uint8))
    picture = np.asarray(small.resize((112, 112), Pillow.Resampling.BICUBIC), np.float32)
    return torch.from_numpy(picture).permute(2, 0, 1).contiguous()


def batch(count: int, side: int = 112) -> tuple[Tensor, Tensor]:
    images = torch.stack([drawing(seed) for seed in range(count)])
    scale = side / 112
    if side != 112:
        images = torch.nn.functional.interpolate(images, (side, side), mode="bilinear")
    return images, (MEAN_FACE * scale).repeat(count, 1, 1)


def seeded(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def always(name: str, **parameters: Any) -> Augment:
    return Augment(build([{"name": name, "probability": 1, **parameters}]))


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("side", [112, 160, 224])
def test_deterministic_within_the_scale_and_of_the_given_type(name: str, side: int) -> None:
    images, landmarks = batch(3, side)
    before, points = images.clone(), landmarks.clone()
    once = always(name)(images, landmarks, seeded())
    assert torch.equal(once, always(name)(images, landmarks, seeded()))
    assert torch.equal(images, before)
    assert torch.equal(landmarks, points)
    assert once.dtype == torch.float32
    assert once.min() >= 0
    assert once.max() <= 255
    assert not torch.equal(once, images)
    whole = always(name)(images.to(torch.uint8), landmarks, seeded())
    assert whole.dtype == torch.uint8
    assert whole.shape == images.shape
    if name != "horizontal_flip":
        assert not torch.equal(once, always(name)(images, landmarks, seeded(2)))


@pytest.mark.parametrize("name", STEPS)
def test_nobody_is_a_batch_too(name: str) -> None:
    images, landmarks = batch(1)
    assert always(name)(images[:0], landmarks[:0], seeded()).shape == (0, 3, 112, 112)


def test_each_face_has_its_own_luck() -> None:
    images, landmarks = batch(1)
    images, landmarks = images.repeat(400, 1, 1, 1), landmarks.repeat(400, 1, 1)
    entry = {"name": "brightness", "probability": 0.3, "low": 2.0, "high": 3.0}
    changed = Augment(build([entry]))(images, landmarks, seeded())
    share = (changed != images).flatten(1).any(1).float().mean().item()
    # Binomial: 0.3 +- 4 standard deviations of sqrt(0.3 * 0.7 / 400).
    assert abs(share - 0.3) < 4 * 0.023
    assert len(set(changed.flatten(1).mean(1).tolist())) > 80, "and its own draw"


def test_a_face_in_the_mirror_of_the_mirror() -> None:
    images, landmarks = batch(2)
    landmarks = landmarks + torch.rand(landmarks.shape, generator=seeded())
    flip = HorizontalFlip()
    once = flip(images, landmarks, seeded())
    assert (once[1][:, 0, 0] < once[1][:, 1, 0]).all(), "the right eye stays left in the picture"
    twice = flip(*once, seeded())
    assert torch.equal(twice[0], images)
    assert torch.allclose(twice[1], landmarks, atol=1e-4)


@pytest.mark.parametrize("step", [Rotation(10.0), HorizontalFlip()])
def test_landmarks_go_with_the_picture(step: Any) -> None:
    landmarks = MEAN_FACE.round().repeat(8, 1, 1)
    images = torch.zeros(8, 3, 112, 112)
    for number, point in enumerate(landmarks[0].long().tolist()):
        # A dot of its own brightness, wide enough to survive the resampling.
        x, y = point
        images[:, :, y - 1 : y + 2, x - 1 : x + 2] = 50.0 * (number + 1)
    moved, points = step(images, landmarks, seeded())
    order = [1, 0, 2, 4, 3] if isinstance(step, HorizontalFlip) else range(5)
    for face in range(8):
        for number, (x, y) in zip(order, points[face].round().long().tolist(), strict=True):
            assert moved[face, 0, y, x] == pytest.approx(50 * (number + 1), rel=0.1)


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 95])
def test_jpeg_is_that_of_a_real_encoder(quality: int) -> None:
    faces = [
        draw_phantom(112, 112, ((56, 60, 50),)),
        drawing(3).permute(1, 2, 0).numpy().astype(np.uint8),
    ]
    for face in faces:
        picture = np.ascontiguousarray(face[:112, :112, :3])
        out = io.BytesIO()
        Pillow.fromarray(picture).save(out, "JPEG", quality=quality, subsampling="4:2:0")
        real = np.asarray(Pillow.open(out), np.float32)
        ours = jpeg(
            torch.from_numpy(picture).permute(2, 0, 1)[None].float(), torch.tensor([float(quality)])
        )[0].permute(1, 2, 0)
        between = np.abs(ours.numpy() - real).mean()
        lost = np.abs(picture - real).mean()
        # They differ by how colours are brought back to full size, not by what is lost.
        assert between < 1.1
        assert between < 0.5 * lost


def test_mask_and_glasses_lie_where_they_belong() -> None:
    white = torch.full((16, 3, 112, 112), 250.0)
    landmarks = MEAN_FACE.repeat(16, 1, 1)
    mouth = MEAN_FACE[3:].mean(0).round().long().tolist()
    eyes = MEAN_FACE[:2].round().long().tolist()
    forehead = [56, 20]

    def at(images: Tensor, point: list[int]) -> Tensor:
        return (images[:, :, point[1], point[0]] != 250).any(1)

    masked, _ = Mask()(white, landmarks, seeded())
    assert at(masked, mouth).all()
    assert not any(at(masked, eye).any() for eye in [*eyes, forehead])
    worn, _ = Sunglasses()(white, landmarks, seeded())
    assert all((worn[:, :, y, x] < 0.35 * 250).all() for x, y in eyes)
    assert not at(worn, mouth).any()
    assert not at(worn, forehead).any()


def test_a_mask_turns_with_the_head() -> None:
    white, landmarks = torch.full((1, 3, 112, 112), 250.0), MEAN_FACE[None]
    straight, _ = Mask()(white, landmarks, seeded())
    turned_picture, turned_points = Rotation(40.0)(straight, landmarks, seeded(5))
    turned_face, _ = Mask()(white, turned_points, seeded())
    seen = (turned_face != 250).any(1) != (turned_picture < 249).any(1)
    assert not torch.equal(turned_points, landmarks)
    assert seen.float().mean() < 0.02, "drawing on a turned face is turning a drawn one"


def test_erasing_takes_the_area_it_says() -> None:
    black = torch.full((200, 3, 112, 112), -1.0)
    erased, _ = RandomErasing(0.1, 0.1, 1.0)(black, MEAN_FACE.repeat(200, 1, 1), seeded())
    share = (erased >= 0).all(1).float().mean((1, 2))
    # A square of 35.4 px covers 35 or 36 of them each way.
    assert share.min() >= 35**2 / 112**2 - 1e-6
    assert share.max() <= 36**2 / 112**2 + 1e-6


def test_degenerate_landmarks_do_not_spoil_a_batch() -> None:
    images, landmarks = batch(2)
    landmarks[0] = 56.0
    for step in (Mask(), Sunglasses()):
        changed, _ = step(images, landmarks, seeded())
        assert torch.isfinite(changed).all()


def test_a_colour_cast_is_a_factor_for_each_channel() -> None:
    images, landmarks = batch(4)
    images = images * 0.5 + 20  # so that nothing is cut off
    factors = always("colour_cast", low=0.8, high=1.2)(images, landmarks, seeded()) / images
    each = factors.flatten(2)
    assert torch.allclose(each, each[..., :1].expand_as(each), atol=1e-4)
    assert len(set(each[..., 0].flatten().tolist())) == 12


def test_brightness_is_a_factor() -> None:
    images, landmarks = batch(1)
    darker, _ = Brightness(0.5, 0.5)(images, landmarks, seeded())
    assert torch.allclose(darker, images / 2)
