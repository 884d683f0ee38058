"""Clips with few looks, as of photographs, and how many looks of a clip are kept."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.train.presentation import app
from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry, write_clip_list
from facewarden.train.presentation.cutting import Kept
from facewarden.train.presentation.prepare import needed_bytes
from facewarden.train.presentation.prepared_clips import PreparedClips
from phantom_clips import held, living, write_video


def prepare(*words: str | Path) -> Result:
    command = ["prepare", *(str(word) for word in words), "--size", "80"]
    return CliRunner().invoke(app, command, catch_exceptions=False)


def listed(folder: Path, frames: int) -> Path:
    entries = [
        ClipEntry(write_video(folder / "0.mp4", living(0, frames)), "p0", False),
        ClipEntry(write_video(folder / "1.mp4", held(1, frames)), "p1", True, "print"),
    ]
    write_clip_list(folder / "clips.csv", entries)
    return folder / "clips.csv"


@pytest.mark.parametrize(
    ("found", "most", "rows"),
    [(5, None, [0, 1, 2, 3, 4]), (5, 3, [1, 2, 3]), (5, 1, [2]), (2, 1, [1]), (1, 1, [0]),
     (3, 9, [0, 1, 2])],
)  # fmt: skip
def test_the_middle_is_kept(found: int, most: int | None, rows: list[int]) -> None:
    assert list(Kept(80, most=most).rows(found)) == rows


def test_fewer_looks_take_less_room() -> None:
    assert needed_bytes(10, Kept(100)) == 10 * 24 * 30_000
    assert needed_bytes(10, Kept(100, most=1)) == 10 * 30_000


def test_clips_of_three_frames_are_kept_if_one_look_is_enough(
    models_dir: Path, tmp_path: Path
) -> None:
    clips = listed(tmp_path / "clips", 3)
    assert prepare(clips, tmp_path / "out", "--least-looks", "1").exit_code == 0
    assert PreparedClips.open(tmp_path / "out").count.tolist() == [1, 1]
    with pytest.raises(InputError, match="looks at the face, where 5 are needed"):
        prepare(clips, tmp_path / "refused")


def test_only_looks_in_the_middle_are_stored(models_dir: Path, tmp_path: Path) -> None:
    clips = listed(tmp_path / "clips", 25)
    assert prepare(clips, tmp_path / "all").exit_code == 0
    assert prepare(clips, tmp_path / "some", "--most-looks", "3").exit_code == 0
    every, some = PreparedClips.open(tmp_path / "all"), PreparedClips.open(tmp_path / "some")
    assert some.count.tolist() == [3, 3]
    for clip in range(2):
        first = (int(every.count[clip]) - 2) // 2
        kept = slice(first, first + 3)
        assert some.times(clip).tolist() == every.times(clip)[kept].tolist()
        looks = every.looks[every.first[clip] :][kept]
        assert (some.looks[some.first[clip] :][:3] == looks).all()
