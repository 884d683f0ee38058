import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.errors import InputError
from facewarden.measure.clip_list import read_clip_list
from facewarden.models.phantom import draw_phantom

pytestmark = pytest.mark.models


def simulate(models_dir: Path, *words: str | Path) -> Result:
    environment = {
        "FACEWARDEN_MODELS": str(models_dir), "COLUMNS": "200", "HOME": os.devnull
    }  # fmt: skip
    return CliRunner().invoke(app, ["pad", "simulate", *map(str, words)], env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs of Ann, one of Bob."""
    folder = tmp_path / "people"
    for name in ("Ann/1.png", "Ann/2.png", "bob.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), draw_phantom(200, 200, ((100.0, 100.0, 45.0),)))
    return folder


@pytest.mark.parametrize(
    ("empty", "says"),
    [
        (2, "left out: {folder}/wall-0.png: no face was found in it"),
        (12, "left out: 12 of 15, 12: no face was found in it"),
    ],
    ids=["few by name", "many as counts"],
)
def test_clips_of_photographs_and_what_is_left_out(
    empty: int, says: str, folder: Path, models_dir: Path, tmp_path: Path
) -> None:
    for number in range(empty):
        cv2.imwrite(str(folder / f"wall-{number}.png"), np.full((80, 80, 3), 125, np.uint8))
    done = simulate(
        models_dir, "--photographs", folder, "--out", tmp_path / "out", "--per-subject", "2",
        "--bona-fide", "0.5", "--size", "320x240", "--jobs", "1", "--sheet", tmp_path / "s.png",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert says.format(folder=folder) in done.output
    assert "2 subjects, 2 bona fide presentations, 2 attack presentations" in done.output
    entries = read_clip_list(tmp_path / "out" / "clips.csv")
    assert [entry.subject for entry in entries] == ["Ann", "Ann", "bob", "bob"]
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["clip.mp4", "--photographs", "PEOPLE"], "of clips or of photographs: .* found both"),
        (["--crowd", "clip.mp4", "--photographs", "PEOPLE"], "found both"),
        ([], "found neither"),
        (["--photographs", "PEOPLE", "--fps", "1"], "a clip would have no frame"),
        (["--photographs", "PEOPLE/none"], "no photograph in .*found nothing there"),
    ],
    ids=["clips too", "a crowd too", "nothing", "no frame", "not there"],
)
def test_options_that_make_no_sense(
    words: list[str], says: str, folder: Path, models_dir: Path, tmp_path: Path
) -> None:
    given = [word.replace("PEOPLE", str(folder)) for word in words]
    done = simulate(models_dir, *given, "--out", tmp_path / "out")
    assert isinstance(done.exception, InputError)
    with pytest.raises(InputError, match=says):
        raise done.exception
    assert not (tmp_path / "out").exists()
