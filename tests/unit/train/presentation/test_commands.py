"""facewarden train presentation, from videos of drawn faces to a file that the watch can load."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.train.presentation import app
from facewarden.errors import ConfigError, FacewardenError, InputError
from facewarden.measure.clip_list import ClipEntry, write_clip_list
from facewarden.models.card import read_card
from facewarden.train.presentation.doubts import doubts_of
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.presentation.recipe import load_clip_recipe, shipped_clip_recipes
from phantom_clips import held, living, nobody, two_people, write_video
from unit.train.presentation.looks import written

SMALL = (
    "network.looks=3", "network.input_size=64", "network.parameters={width: 8}", "epochs=2",
    "sampling.batch_size=8", "arithmetic.threads=1",
)  # fmt: skip


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture(scope="module")
def listed(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips of four people alive and printed, and four that cannot serve."""
    folder = tmp_path_factory.mktemp("videos")
    entries = []
    for number in range(4):
        alive = write_video(folder / f"{number}.mp4", living(number, 30))
        fake = write_video(folder / f"{number}-print.mp4", held(number, 30))
        entries += [ClipEntry(alive, f"p{number}", False),
                    ClipEntry(fake, f"p{number}", True, "print", "matt")]  # fmt: skip
    broken = folder / "broken.mp4"
    broken.write_bytes(b"no video at all")
    entries += [
        ClipEntry(write_video(folder / "wall.mp4", nobody(12)), "p0", False),
        ClipEntry(write_video(folder / "two.mp4", two_people(12)), "p1", True, "print"),
        ClipEntry(write_video(folder / "short.mp4", living(1, 8)), "p2", False),
        ClipEntry(broken, "p3", True, "print"),
    ]
    write_clip_list(folder / "clips.csv", entries)
    return folder / "clips.csv"


@pytest.fixture(scope="module")
def prepared(listed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared") / "clips"
    result = run("prepare", listed, out, "--size", "80")
    assert result.exit_code == 0
    assert "8 clips of 4 people" in result.stdout
    assert "4 left out" in result.stdout
    said = " ".join(result.stderr.split())
    for words in (
        "wall.mp4: no face", "two.mp4: two people in", "looks at the face, where 5 are needed",
        "broken.mp4",
    ):  # fmt: skip
        assert words in said
    return out


@pytest.fixture(scope="module")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    changes = [word for change in SMALL for word in ("--set", change)]
    result = run("run", "presentation_mobile", "--data", prepared, "--out", out, *changes)
    assert result.exit_code == 0
    assert "people kept aside: ACER" in result.stdout
    return out


def test_one_person_in_the_test_gives_no_interval_and_is_told(tmp_path: Path) -> None:
    clips = written(tmp_path / "clips").folder
    few = ("split.folds=6", "sampling.clips_per_epoch=8", "epochs=1")
    changes = [word for change in (*SMALL, *few) for word in ("--set", change)]
    result = run("run", "presentation_mobile", "--data", clips, "--out", tmp_path / "run", *changes)
    assert "(no interval: one person)" in result.stdout
    assert "nan" not in result.stdout
    for part in ("train shows 4 people", "development shows 1 person", "test shows 1 person"):
        assert f"the part {part}: figures of fewer than 5 may be chance" in result.stderr


def test_a_score_worse_than_chance_is_told() -> None:
    many = {"train": 9, "development": 5, "test": 5}
    assert doubts_of(many, 0.5) == doubts_of(many, -1.0) == ()
    (told,) = doubts_of(many, 0.31)
    assert "development people is 0.31, below one half" in told


def test_looks_are_cut_as_the_watch_cuts_them(prepared: Path) -> None:
    clips = PreparedClips.open(prepared)
    assert clips.looks.shape[1:] == (80, 80, 3)
    assert clips.about["factor"] == 2.0
    steps = np.diff(clips.times(0))
    assert ((steps > 0.07) & (steps < 0.13)).all()
    # The face is half as high as its square, and stands in the middle of it, which is brightest.
    middle = clips.looks[0][20:60, 20:60].astype(float)
    assert middle.std() > 5


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_preparation_gives_the_same_bytes_again(
    jobs: str, prepared: Path, listed: Path, tmp_path: Path
) -> None:
    again = run("prepare", listed, tmp_path / "again", "--size", "80", "--jobs", jobs)
    assert again.exit_code == 0
    one, other = PreparedClips.open(prepared), PreparedClips.open(tmp_path / "again")
    assert one.fingerprint == other.fingerprint


def test_a_run_is_exported_and_explained(trained: Path, listed: Path, tmp_path: Path) -> None:
    result = run("export", trained, tmp_path / "out", "--id", "mine", "--licence", "Apache-2.0",
                 "--data-licence", "drawn for tests")  # fmt: skip
    assert result.exit_code == 0
    assert "ms a clip on one thread" in result.stdout
    card = read_card((tmp_path / "out" / "mine.json").read_bytes(), "mine.json")
    assert card.looks == 3
    assert card.input.factor == pytest.approx(1.6)
    strip, video = tmp_path / "strip.jpg", tmp_path / "looks.mp4"
    clip = listed.parent / "0-print.mp4"
    result = run("explain", trained, clip, "--strip", strip, "--video", video)
    assert result.exit_code == 0
    assert "0-print.mp4: " in result.stdout
    assert "sets of looks" in result.stdout
    picture = cv2.imread(str(strip))
    assert picture is not None
    assert picture.shape == (160, 3 * 160, 3)
    assert video.stat().st_size > 500


def test_a_clip_too_short_to_explain_is_told(trained: Path, listed: Path) -> None:
    with pytest.raises(InputError, match=r"shows too little of a face.*3 looks"):
        run("explain", trained, listed.parent / "short.mp4")
    with pytest.raises(InputError, match="found no face"):
        run("explain", trained, listed.parent / "wall.mp4")


def test_a_killed_run_goes_on(prepared: Path, tmp_path: Path) -> None:
    changes = [word for change in (*SMALL, "epochs=400") for word in ("--set", change)]
    command = [sys.executable, "-m", "facewarden", "train", "presentation", "run"]
    out = tmp_path / "run"
    process = subprocess.Popen(
        [*command, "presentation_mobile", "--data", str(prepared), "--out", str(out), *changes],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(os.environ),
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (out / "last.pt").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 128 + signal.SIGTERM
    assert f"run --resume {out}" in said
    text = (out / "recipe.yaml").read_text()
    (out / "recipe.yaml").write_text(text.replace("epochs: 400", "epochs: 2"))
    result = run("run", "--resume", out)
    assert result.exit_code == 0
    assert json.loads((out / "results.json").read_text())["test"]["people"] == 2


@pytest.mark.parametrize("name", shipped_clip_recipes())
def test_shipped_recipes_are_whole(name: str) -> None:
    assert load_clip_recipe(name).description


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("paticence=3", "paticence"),
        ("split.folds=1", "split.folds"),
        ("split.fold=7", "fold"),
        ("sampling.spacing_s=[0.4, 0.1]", "ascending"),
        ("network.looks=4", "looks"),
        ("network={name: mobile, input_size: 64, parameters: {widht: 8}}", "did you mean width"),
    ],
)
def test_a_misspelt_recipe_is_told_before_anything_is_done(
    change: str, told: str, prepared: Path, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=told):
        run("run", "--data", prepared, "--out", tmp_path / "run", "--set", change)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run",), "a new run needs --data and --out"),
        (("run", "--data", "nowhere", "--out", "run"), "holds no prepared clips"),
        (("run", "--resume", "nowhere"), "is no run of a clip network"),
        (("run", "--resume", "nowhere", "--out", "run"), "resumed as it began"),
        (("prepare", "none.csv", "out"), "none.csv cannot be read"),
        (("explain", "nowhere", "clip.mp4"), "is no run of a clip network"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(
    words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FacewardenError, match=told):
        run(*words)


def test_attacks_only_are_refused(listed: Path, tmp_path: Path) -> None:
    one = listed.parent / "0-print.mp4"
    only = listed.parent / "attacks.csv"
    write_clip_list(only, [ClipEntry(one, "p0", True, "print")])
    with pytest.raises(InputError, match="attack presentations only"):
        run("prepare", only, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_kind_left_is_refused_and_nothing_stays(listed: Path, tmp_path: Path) -> None:
    few = listed.parent / "few.csv"
    write_clip_list(
        few,
        [
            ClipEntry(listed.parent / "0-print.mp4", "p0", True, "print"),
            ClipEntry(listed.parent / "wall.mp4", "p0", False),
        ],
    )
    with pytest.raises(InputError, match=r"what is left of 2 clips.*no face is found"):
        run("prepare", few, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_pictures_of_different_sizes_is_a_clip(
    models_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(living(3, 12)):
        side = 1 + 0.5 * (number % 2)
        larger = cv2.resize(picture, None, fx=side, fy=side)
        cv2.imwrite(str(folder / f"{number:02}.png"), larger)
    fake = write_video(tmp_path / "print.mp4", held(3, 30))
    write_clip_list(
        tmp_path / "clips.csv",
        [ClipEntry(folder, "p0", False), ClipEntry(fake, "p0", True, "print")],
    )
    result = run("prepare", tmp_path / "clips.csv", tmp_path / "out", "--size", "80")
    assert "2 clips of 1 people" in result.stdout
    assert int(PreparedClips.open(tmp_path / "out").count[0]) == 12
