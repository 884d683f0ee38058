from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.recapture.drawing import FACE_PX, SIZES, drawn_clip
from facewarden.recapture.genuine import Genuine
from facewarden.recapture.parameters import ClipParameters
from facewarden.recapture.species import Species


def person(face_px: float = 150.0, *, below: float = 3.0) -> Genuine:
    half = face_px / 2
    box = np.array([300 - half, 300 - half, 300 + half, 300 + half], np.float32)
    return Genuine(
        subject="somebody",
        path=Path("somebody.mp4"),
        fps=25.0,
        times_s=np.array([0.0, 4.0]),
        boxes=np.stack([box, box]),
        landmarks=np.zeros((2, 5, 2), np.float32),
        crowd=False,
        frame=(0, 0, 600, int(300 + below * face_px)),
    )


def drawn(species: Species, seed: int, subject: Genuine | None = None) -> ClipParameters:
    who = subject or person()
    return drawn_clip(who, species, seed=seed, duration_s=2.0, fps=25, size=None, other=person())


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**40), species=st.sampled_from(list(Species)))
def test_all_but_the_attack_is_drawn_alike_for_every_kind(seed: int, species: Species) -> None:
    genuine, other = drawn(Species.BONA_FIDE, seed), drawn(species, seed)
    for name in ("camera", "face_px", "face_at", "start_s", "duration_s", "fps", "mirrored"):
        assert getattr(genuine, name) == getattr(other, name)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**40),
    face_px=st.floats(30, 600),
    below=st.floats(0.55, 4),
)
def test_faces_have_their_size_and_room_around_them(
    seed: int, face_px: float, below: float
) -> None:
    chosen = drawn(Species.PRINT, seed, person(face_px, below=below))
    width, height = chosen.camera.size
    assert (width, height) in SIZES
    assert chosen.face_px <= min(FACE_PX[1], max(FACE_PX[0], 1.2 * face_px)) + 1e-6
    x, y = chosen.face_at[0] * width, chosen.face_at[1] * height
    assert min(x, y, width - x, height - y) > 0.9 * chosen.face_px


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**40), species=st.sampled_from(list(Species)))
def test_each_kind_has_its_own_medium(seed: int, species: Species) -> None:
    chosen = drawn(species, seed)
    assert (chosen.sheet is not None) == species.on_paper
    assert (chosen.screen is not None) == (species.attack and not species.on_paper)
    assert (chosen.holes is not None) == (species is Species.CUT)
    assert bool(chosen.instrument) == species.attack
    if chosen.sheet is not None and species is Species.WARPED:
        assert abs(chosen.sheet.bend) > 0.02


def test_media_show_edges_often_and_fill_the_picture_often() -> None:
    """An edge in every attack would be all there is to learn."""
    reaches = [drawn(Species.PRINT, seed) for seed in range(60)]
    fills = sum(
        chosen.sheet is not None and min(chosen.sheet.extent) > 1.3 and not chosen.sheet.fingers
        for chosen in reaches
    )
    assert 8 <= fills <= 30


@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
def test_a_size_that_is_asked_for_is_kept_and_the_face_fits(size: tuple[int, int]) -> None:
    chosen = drawn_clip(
        person(), Species.REPLAY, seed=4, duration_s=1.0, fps=10, size=size, other=person()
    )
    assert chosen.camera.size == size
    assert chosen.face_px * 1.89 <= min(size)
