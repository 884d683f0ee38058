import json
import resource
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from facewarden.capture.picture import PictureConverter
from facewarden.detect.yunet import YuNet
from facewarden.errors import InputError
from facewarden.measure.clip_list import read_clip_list
from facewarden.recapture.contact_sheet import contact_sheet
from facewarden.recapture.genuine import Genuine, one_person, video_frames
from facewarden.recapture.parameters import ClipParameters
from facewarden.recapture.simulating import CLIPS, Simulation, make_clip, planned, simulate
from facewarden.recapture.species import ATTACKS, Species

pytestmark = [pytest.mark.shared, pytest.mark.models]

SMALL = Simulation(
    per_subject=6, species=ATTACKS, seed=3, bona_fide=0.17, seconds=0.4, fps=10, size=(320, 240)
)


@pytest.fixture(scope="module")
def people(shared: Path, detector: YuNet) -> list[Genuine]:
    names = ("person_d0", "person_s20")
    videos = shared / "data" / "videos"
    return [one_person(videos / f"{name}.mp4", detector, least_s=1.0) for name in names]


@pytest.fixture(scope="module")
def made(people: list[Genuine], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("recapture") / "made"
    simulate(people[:1], SMALL, out)
    return out


def pixels(clip: Path) -> np.ndarray:
    picture = PictureConverter()
    return np.stack([picture.bgr(frame).copy() for _, _, frame in video_frames(clip)])


def test_the_list_is_one_that_can_be_read(made: Path) -> None:
    entries = read_clip_list(made / CLIPS)
    assert sorted(entry.species for entry in entries) == sorted(["", *ATTACKS])
    assert {entry.subject for entry in entries} == {"person_d0"}
    assert all(entry.attack == bool(entry.instrument) for entry in entries)
    for entry in entries:
        assert pixels(entry.path).shape == (4, 240, 320, 3)


def test_the_parameters_beside_a_clip_give_its_bytes_again(
    made: Path, people: list[Genuine], tmp_path: Path
) -> None:
    for task in planned(people[:1], SMALL)[:3]:
        chosen = ClipParameters.read(made / f"{task.name}.json")
        assert chosen == task.parameters
        again = tmp_path / "again.mp4"
        make_clip(replace(task, parameters=chosen), again)
        assert again.read_bytes() == (made / f"{task.name}.mp4").read_bytes()


def test_faces_are_found_in_nearly_all_that_is_made(made: Path, detector: YuNet) -> None:
    found = [
        len(detector.detect(pixels(entry.path)[1], size_px=320, min_confidence=0.5))
        for entry in read_clip_list(made / CLIPS)
    ]
    assert sum(count > 0 for count in found) >= len(found) - 1


def test_an_interrupted_run_goes_on_and_makes_what_is_missing_only(
    made: Path, people: list[Genuine]
) -> None:
    clips = sorted(made.glob("*/*.mp4"))
    before = {clip: clip.stat().st_mtime_ns for clip in clips}
    content = clips[0].read_bytes()
    clips[0].unlink()
    clips[0].with_suffix(".json").unlink()
    told: list[int] = []
    simulate(people[:1], SMALL, made, done=told.append)
    assert told == [5, 6]
    assert clips[0].read_bytes() == content
    assert all(clip.stat().st_mtime_ns == before[clip] for clip in clips[1:])


def test_a_folder_of_something_else_is_left_alone(people: list[Genuine], tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        simulate(people, SMALL, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]


def test_another_simulation_is_not_mixed_in(made: Path, people: list[Genuine]) -> None:
    with pytest.raises(InputError, match="holds another simulation"):
        simulate(people[:1], replace(SMALL, seed=4), made)
    assert json.loads((made / "simulation.json").read_text())["seed"] == 3


def test_clips_of_an_earlier_simulator_are_not_mixed_in(
    made: Path, people: list[Genuine], tmp_path: Path
) -> None:
    mark = json.loads((made / "simulation.json").read_text())
    (tmp_path / "simulation.json").write_text(
        json.dumps(mark | {"simulator": mark["simulator"] - 1}, indent=1)
    )
    with pytest.raises(InputError, match="holds another simulation"):
        simulate(people[:1], SMALL, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["simulation.json"]


def test_a_file_that_cannot_grow_stops_the_run_and_leaves_no_half_clip(
    people: list[Genuine], tmp_path: Path
) -> None:
    """As a full disk does: the system refuses to write more."""
    task = planned(people[:1], SMALL)[0]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises((OSError, InputError)):
            simulate(people[:1], replace(SMALL, per_subject=1), tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list((tmp_path / "out").glob(f"{task.person.subject}/*"))
    assert not (tmp_path / "out" / CLIPS).exists()


def test_nobody_gives_no_clips() -> None:
    with pytest.raises(InputError, match="nobody"):
        planned([], SMALL)


def test_two_clips_of_one_name_are_told(people: list[Genuine]) -> None:
    with pytest.raises(InputError, match="two clips are named person_d0"):
        planned([people[0], people[0]], SMALL)


def test_kinds_and_subjects_get_their_shares(people: list[Genuine]) -> None:
    simulation = replace(SMALL, per_subject=40, bona_fide=0.4)
    kinds = [task.parameters.species for task in planned(people, simulation)]
    assert kinds.count(Species.BONA_FIDE) == 32
    counts = [kinds.count(species) for species in ATTACKS]
    assert sum(counts) == 48
    assert max(counts) - min(counts) <= 2


def test_a_cut_print_has_another_persons_eyes(people: list[Genuine]) -> None:
    for task in planned(people, replace(SMALL, per_subject=12)):
        if task.parameters.species is Species.CUT:
            assert task.parameters.behind == task.other.subject != task.person.subject


def test_a_sheet_has_a_row_for_each_kind(made: Path, people: list[Genuine]) -> None:
    png = contact_sheet(planned(people[:1], SMALL), made, columns=2)
    picture = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (6 * 258, 2 * 240, 3)
