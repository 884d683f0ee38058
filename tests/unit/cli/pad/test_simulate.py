import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.errors import InputError
from facewarden.measure.clip_list import read_clip_list

pytestmark = [pytest.mark.shared, pytest.mark.models]


def simulate(models_dir: Path, *words: str | Path) -> Result:
    environment = {
        "FACEWARDEN_MODELS": str(models_dir), "COLUMNS": "200", "HOME": os.devnull
    }  # fmt: skip
    return CliRunner().invoke(app, ["pad", "simulate", *map(str, words)], env=environment)


def test_clips_a_list_and_a_sheet(shared: Path, models_dir: Path, tmp_path: Path) -> None:
    """What cannot be used is said by name, and the other clip goes on."""
    videos = shared / "data" / "videos"
    out, sheet = tmp_path / "out", tmp_path / "sheet.png"
    words = tmp_path / "words.mp4"
    words.write_text("this is no video")
    small = ["--per-subject", "2", "--species", "replay", "--seconds", "0.3", "--fps", "10"]
    done = simulate(
        models_dir, videos / "person_d0.mp4", words, videos / "street_crowd_1080p.mp4",
        "--out", out, *small, "--size", "320x240", "--jobs", "1", "--sheet", sheet,
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "words.mp4 cannot be read as a video" in done.output
    assert "street_crowd_1080p.mp4: two people are in view" in done.output
    assert "1 subjects, 1 bona fide presentations, 1 attack presentations" in done.output
    assert [entry.attack for entry in read_clip_list(out / "clips.csv")] == [False, True]
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert sheet.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--species", "print,mask"], "there is no such kind of attack: .*found mask"),
        (["--species", ""], "found nothing"),
        (["--size", "big"], "--size is not a size"),
        (["--size", "641x480"], "even"),
    ],
)
def test_options_that_make_no_sense(
    words: list[str], says: str, shared: Path, models_dir: Path, tmp_path: Path
) -> None:
    clip = shared / "data" / "videos" / "person_d0.mp4"
    done = simulate(models_dir, clip, "--out", tmp_path / "out", *words)
    assert isinstance(done.exception, InputError)
    with pytest.raises(InputError, match=says):
        raise done.exception
    assert not (tmp_path / "out").exists()


def test_no_clip_that_can_be_used(models_dir: Path, tmp_path: Path) -> None:
    done = simulate(models_dir, tmp_path / "none.mp4", "--out", tmp_path / "out")
    assert isinstance(done.exception, InputError)
    assert "none.mp4 cannot be read as a video" in str(done.exception)
    assert not (tmp_path / "out").exists()
