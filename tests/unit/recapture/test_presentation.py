from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.data import Float32
from facewarden.errors import DataError, InputError
from facewarden.recapture.camera import Camera
from facewarden.recapture.medium import Held
from facewarden.recapture.parameters import CameraParameters, ClipParameters, SheetParameters
from facewarden.recapture.presentation import presentation
from facewarden.recapture.screen import Screen
from facewarden.recapture.sheet import Sheet
from facewarden.recapture.species import ATTACKS, Species
from unit.recapture.films import (
    CAMERA,
    FACE_PX,
    FPS,
    HAND,
    NOISY,
    SCREEN,
    SHEET,
    clip_parameters,
    moving_film,
)

PX = 60.0
TIMES = (0.0, 0.3, 0.6)


def held(bounds: tuple[float, float, float, float], bend: SheetParameters | None = None) -> Held:
    random = np.random.default_rng(3)
    return Held(
        HAND,
        Camera(CAMERA, random),
        CAMERA,
        face_px=PX,
        face_at=(80.0, 60.0),
        bounds=bounds,
        bend=bend,
        random=random,
    )


def on_the_plane(light: Float32, medium: Held, time_s: float, reach: float = 0.5) -> np.ndarray:
    """What is seen at fixed places of the medium's plane: the motion of the hand undone."""
    seen = medium.seen(time_s)
    assert seen is not None
    place = np.linspace(-reach, reach, 65)
    x, y = np.meshgrid(place, place)
    points = np.stack([x, y, np.ones_like(x)], axis=-1) @ medium.mapping(time_s).T
    columns = (points[..., 0] / points[..., 2] - seen.corner[0]).astype(np.float32)
    rows = (points[..., 1] / points[..., 2] - seen.corner[1]).astype(np.float32)
    return np.asarray(cv2.remap(light, columns, rows, cv2.INTER_CUBIC))


def change(pictures: list[np.ndarray]) -> float:
    """Root mean square change against the first, in units of the picture's own contrast."""
    first = pictures[0]
    return max(float(np.sqrt(((p - first) ** 2).mean())) for p in pictures[1:]) / float(first.std())


def test_a_print_moves_with_the_hand_and_not_inside_itself() -> None:
    sheet = Sheet(moving_film(), SHEET, face_px=PX)
    medium = held(sheet.bounds)
    undone, seen_at = [], []
    for time_s in TIMES:
        seen = medium.seen(time_s)
        assert seen is not None
        seen_at.append(seen.face)
        undone.append(on_the_plane(sheet.light(seen), medium, time_s))
    assert change(undone) < 0.05
    assert max(np.hypot(*(np.array(at) - seen_at[0])) for at in seen_at) > 2


@pytest.mark.parametrize(("still", "least", "most"), [(True, 0.0, 0.12), (False, 0.5, 9.0)])
def test_a_replay_moves_on_its_screen_and_a_still_picture_does_not(
    still: bool, least: float, most: float
) -> None:
    screen = Screen(moving_film(), SCREEN, fps=FPS, frames=1, still=still, rows=CAMERA.size[1])
    medium = held(screen.bounds)
    undone = []
    for time_s in TIMES:
        seen = medium.seen(time_s)
        assert seen is not None
        undone.append(on_the_plane(screen.light(seen, time_s), medium, time_s))
    assert least <= change(undone) <= most


def test_a_photograph_is_replayed_as_a_clip_that_pans_over_it() -> None:
    shown = replace(SCREEN, pan=(0.6, 0.0, 0.0))
    screen = Screen(moving_film(1), shown, fps=FPS, frames=3, still=False, rows=CAMERA.size[1])
    pictures = [screen.shown(number / FPS).astype(np.float64) for number in range(3)]
    # 0.6 faces of 66 px a second, at 10 pictures a second: 4 px from one to the next.
    for before, after in pairwise(pictures):
        there = before[:, :-4] - after[:, 4:]
        assert np.abs(there).mean() < 0.2 * np.abs(before - after).mean()
    alone = Screen(moving_film(1), shown, fps=FPS, frames=3, still=True, rows=CAMERA.size[1])
    assert (alone.shown(0.0) == alone.shown(2 / FPS)).all()


def greys(camera: CameraParameters) -> np.ndarray:
    """What a camera makes of a scene that is black on its left half and coloured on its right."""
    taker = Camera(camera, np.random.default_rng(1))
    width, height = camera.size
    light = np.zeros((height, width, 3), np.float32)
    light[:, width // 2 :] = (0.2, 0.3, 0.5)
    taker.meter(light, (width // 2, 0, width, height))
    return taker.taken(light, 0.0, (0.0, 0.0))[height // 2, [10, width - 10]].astype(int)


def test_haze_lifts_what_is_black_by_its_share_of_the_mean() -> None:
    black, _ = greys(replace(CAMERA, haze=0.2))
    # Exposed so that the coloured half has 0.3 of white; half of the scene is black.
    wanted = 255 * (0.9 * np.array([0.2, 0.3, 0.5]) / 2 * 0.2 / 1.2) ** (1 / 2.2)
    assert np.abs(black - wanted).max() < 3
    assert greys(CAMERA)[0].max() == 0


def test_levels_and_saturation_are_of_the_stored_picture() -> None:
    _, plain = greys(CAMERA)
    black, grey = greys(replace(CAMERA, levels=(20.0, 220.0), saturation=0.0))
    luma = plain @ np.array([0.114, 0.587, 0.299])
    assert np.abs(black - 20).max() <= 1
    assert np.abs(grey - (20 + luma * 200 / 255)).max() <= 1


def test_a_bent_sheet_is_not_a_homography_of_a_flat_one() -> None:
    bent = replace(SHEET, bend=0.8, bend_sway=0.1)
    pictures = []
    for chosen in (SHEET, bent):
        sheet = Sheet(moving_film(), chosen, face_px=PX)
        medium = held(sheet.bounds, chosen)
        seen = medium.seen(0.0)
        assert seen is not None
        pictures.append(on_the_plane(sheet.light(seen), medium, 0.0, reach=0.8))
    middle = [p[28:37, 28:37] for p in pictures]
    assert change(middle) < 0.05  # it touches the plane there
    assert change(pictures) > 0.1


def film_of(species: Species) -> list[np.ndarray]:
    behind = moving_film(seed=5) if species is Species.CUT else None
    return list(presentation(moving_film(), clip_parameters(species, camera=NOISY), behind))


@pytest.mark.parametrize("species", list(Species))
def test_parameters_read_back_give_the_same_pixels(species: Species, tmp_path: Path) -> None:
    chosen = clip_parameters(species, camera=NOISY)
    chosen.write(tmp_path / "clip.json")
    again = ClipParameters.read(tmp_path / "clip.json")
    assert again == chosen
    behind = moving_film(seed=5) if species is Species.CUT else None
    first = np.stack(film_of(species))
    assert first.shape == (8, 120, 160, 3)
    assert (np.stack(list(presentation(moving_film(), again, behind))) == first).all()
    other = replace(chosen, seed=8)
    assert (np.stack(list(presentation(moving_film(), other, behind))) != first).any()


def test_living_eyes_move_behind_the_holes_and_the_print_around_them_does_not() -> None:
    """The camera and the hand stand still, so that all that changes is what lives."""
    still_hand = replace(HAND, sway_deg=(0.0, 0.0, 0.0), sway=(0.0, 0.0, 0.0))
    chosen = replace(
        clip_parameters(Species.CUT, camera=replace(CAMERA, shake_px=0.0)), hand=still_hand
    )
    first, *_, last = presentation(moving_film(), chosen, moving_film(seed=5))
    changed = np.abs(first.astype(int) - last.astype(int)).max(axis=2) > 12
    rows, columns = np.nonzero(changed)
    assert 20 < len(rows) < 0.05 * changed.size
    assert abs(columns.mean() - 80) < 8  # both eyes, about the middle
    assert 45 < rows.mean() < 60  # above it


def test_the_exposure_makes_the_face_equally_light_whatever_is_shown() -> None:
    """How light a screen is against paper must not tell them apart."""
    means = []
    for species in (Species.BONA_FIDE, Species.PRINT, Species.REPLAY):
        picture = film_of(species)[0].astype(np.float32)
        means.append(float(((picture[40:80, 60:100] / 255) ** 2.2).mean()))
    assert max(means) / min(means) < 1.6


@pytest.mark.parametrize("species", ATTACKS)
def test_an_attack_without_its_medium_is_refused(species: Species) -> None:
    broken = replace(clip_parameters(species), sheet=None, screen=None)
    with pytest.raises(DataError, match="either a sheet or a screen"):
        next(presentation(moving_film(), broken, moving_film()))


def test_a_cut_print_without_a_face_behind_is_refused() -> None:
    with pytest.raises(DataError, match="a face behind"):
        next(presentation(moving_film(), clip_parameters(Species.CUT)))


def test_something_else_than_parameters_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "clip.json"
    file.write_text('{"species": "mask"}')
    with pytest.raises(InputError) as refused:
        ClipParameters.read(file)
    assert "\n" not in str(refused.value)


def test_a_film_is_cut_by_the_height_of_its_face() -> None:
    film = moving_film()
    mapping = film.placed((0.5, 0.6, 0.7, 0.8), 50.0)
    x, y, w = mapping @ [*film.centre, 1]
    assert (x / w, y / w) == pytest.approx((25, 30))
    assert mapping[0, 0] == pytest.approx(50 / FACE_PX)
