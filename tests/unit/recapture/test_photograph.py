from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from facewarden.capture.picture import PictureConverter
from facewarden.detect.yunet import YuNet
from facewarden.errors import InputError
from facewarden.measure.clip_list import read_clip_list
from facewarden.recapture.film import film
from facewarden.recapture.genuine import video_frames
from facewarden.recapture.parameters import ClipParameters
from facewarden.recapture.photograph import one_photograph, photographs_in, read_photograph
from facewarden.recapture.simulating import CLIPS, Simulation, planned, simulate
from facewarden.recapture.species import ATTACKS, Species
from unit.recapture.photographs import SIDE, face, nobody, rotated, two_faces, written

SMALL = Simulation(
    per_subject=6, species=ATTACKS, seed=3, bona_fide=1 / 6, seconds=0.12, size=(320, 240)
)


def test_a_folder_is_a_person_and_another_file_somebody_of_its_name(tmp_path: Path) -> None:
    for name in ("a/Ann/1.jpg", "a/Ann/2.PNG", "a/bob.jpg", "a/Ann/notes.txt", "c d.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = photographs_in([tmp_path / "a", tmp_path / "c d.webp", tmp_path / "a"])
    assert [(subject, path.name) for subject, path in found] == [
        ("Ann", "1.jpg"), ("Ann", "2.PNG"), ("bob", "bob.jpg"), ("c-d", "c d.webp")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("names", "given", "says"),
    [
        (["a/Ann/1.jpg", "b/Ann/1.jpg"], ["a", "b"], "two people are named Ann: found .*a/Ann and"),
        (["a/Ann/1.jpg", "a/Ann.jpg"], ["a"], "two people are named Ann"),
        (["a/notes.txt"], ["a"], "no photograph in .*a: .*found none"),
        ([], ["none"], "no photograph in .*none: .*found nothing there"),
    ],
    ids=["two folders", "folder and file", "no photograph", "not there"],
)
def test_paths_that_make_no_sense_are_told(
    names: list[str], given: list[str], says: str, tmp_path: Path
) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=says):
        photographs_in([tmp_path / name for name in given])


@pytest.mark.models
@pytest.mark.parametrize("degrees", [0.0, 4.0])
def test_the_part_without_black_corners_is_used(
    degrees: float, tmp_path: Path, detector: YuNet
) -> None:
    path = written(tmp_path / "ann.png", rotated(face(), degrees))
    person = one_photograph(path, "Ann", detector)
    assert person.still
    assert person.subject == "Ann"
    assert person.face_px == pytest.approx(100, abs=12)
    left, top, right, bottom = person.frame
    assert (right - left == SIDE) == (not degrees)
    assert right - left >= 0.75 * SIDE
    assert read_photograph(path)[top:bottom, left:right].max(axis=2).min() > 12


@pytest.mark.models
def test_a_photograph_stands_upright(tmp_path: Path, detector: YuNet) -> None:
    """As phones store it: lying, with a word that says so."""
    path = tmp_path / "phone.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = 6
    lying = Pillow.fromarray(np.rot90(face()[..., ::-1]).copy())
    lying.save(path, exif=exif, quality=95)
    person = one_photograph(path, "ann", detector)
    eyes, mouth = person.landmarks[0, :2, 1], person.landmarks[0, 3:, 1]
    assert eyes.max() < mouth.min()


def _cut_off(path: Path) -> Path:
    written(path, face())
    path.write_bytes(path.read_bytes()[:2000])
    return path


def _clip(path: Path) -> Path:
    path.write_bytes(b"\0\0\0\x20ftypisom" + bytes(200))
    return path


@pytest.mark.models
@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda path: written(path, nobody()), "no face was found"),
        (lambda path: written(path, two_faces()), "two people are in view"),
        (lambda path: written(path, face(half=25)), "the face is too small: expected 60 px"),
        (lambda path: written(path, rotated(face(), 40)), "its corners are black"),
        (_cut_off, "damaged or cut off"),
        (_clip, "not a picture of a format allowed: .* found a video"),
        (lambda path: path, "cannot be read"),
    ],
    ids=["nobody", "two", "small", "black corners", "cut off", "a clip", "not there"],
)
def test_a_photograph_that_cannot_be_used_is_said_in_one_line(
    made: Callable[[Path], Path], says: str, tmp_path: Path, detector: YuNet
) -> None:
    path = made(tmp_path / "one.jpg")
    with pytest.raises(InputError, match=says) as refused:
        one_photograph(path, "one", detector)
    assert str(refused.value).count(str(path)) == 1
    assert "\n" not in str(refused.value)


@pytest.mark.models
def test_a_film_of_a_photograph_has_one_frame_with_the_face_where_it_says(
    tmp_path: Path, detector: YuNet
) -> None:
    person = one_photograph(written(tmp_path / "a.png", rotated(face(), 4)), "a", detector)
    shown = film(
        person, start_s=0.0, duration_s=0.12, fps=25, face_px=90.0, extent=(1.0, 1.0, 1.2, 1.0),
        mirrored=True, around=None,
    )  # fmt: skip
    assert len(shown.frames) == 1
    found = detector.detect(shown.frames[0], size_px=320, min_confidence=0.6)
    assert found.landmarks[0] == pytest.approx(shown.landmarks[0], abs=5)


@pytest.mark.models
@pytest.mark.parametrize("goes_on", [0.0, 0.5])
def test_a_photograph_goes_on_as_its_mirror_image_if_asked_to(
    goes_on: float, tmp_path: Path, detector: YuNet
) -> None:
    grain = np.random.default_rng(1).integers(0, 24, (SIDE, SIDE, 3))
    whole = np.clip(face().astype(int) + grain, 0, 255).astype(np.uint8)
    person = one_photograph(written(tmp_path / "a.png", whole), "a", detector)
    shown = film(
        person, start_s=0.0, duration_s=0.12, fps=25, face_px=200.0, extent=(2.0, 2.0, 2.0, 2.0),
        mirrored=False, around=None, goes_on=goes_on,
    )  # fmt: skip
    assert shown.face_px == pytest.approx(person.face_px)
    # A row below the face's centre, about the place where the photograph's left edge is.
    edge = round(shown.centre[0] - person.boxes[0, ::2].mean())
    row = shown.frames[0][round(shown.centre[1]) + 20].astype(int)
    outside, inside = row[edge - 30 : edge], row[edge + 1 : edge + 31][::-1]
    alike = min(np.abs(np.roll(outside, by, axis=0) - inside)[3:-3].mean() for by in (-1, 0, 1))
    assert (alike < 1) == bool(goes_on)


@pytest.mark.models
def test_clips_of_a_person_go_around_their_photographs(tmp_path: Path, detector: YuNet) -> None:
    people = [
        one_photograph(written(tmp_path / f"{name}{number}.png", face(number)), name, detector)
        for name in ("ann", "bob") for number in range(3)
    ]  # fmt: skip
    tasks = planned(people, replace(SMALL, per_subject=30))
    assert len(tasks) == len({task.name for task in tasks}) == 60
    for name in ("ann", "bob"):
        shown = [task.parameters.photograph for task in tasks if task.person.subject == name]
        assert [shown.count(f"{name}{number}.png") for number in range(3)] == [10, 10, 10]
    cut = [task for task in tasks if task.parameters.species is Species.CUT]
    assert cut
    assert all(task.parameters.behind not in ("", task.person.subject) for task in cut)
    with pytest.raises(InputError, match="two clips are named ann"):
        planned([people[0], replace(people[1], still=False)], SMALL)


@pytest.mark.models
def test_all_kinds_are_made_of_photographs(tmp_path: Path, detector: YuNet) -> None:
    person = one_photograph(written(tmp_path / "ann.png", face()), "ann", detector)
    simulate([person], SMALL, tmp_path / "out")
    entries = read_clip_list(tmp_path / "out" / CLIPS)
    assert sorted(entry.species for entry in entries) == sorted(["", *ATTACKS])
    for entry in entries:
        picture = PictureConverter()
        frames = [picture.bgr(frame).copy() for _, _, frame in video_frames(entry.path)]
        assert [frame.shape for frame in frames] == [(240, 320, 3)] * 3
        assert ClipParameters.read(entry.path.with_suffix(".json")).photograph == "ann.png"
