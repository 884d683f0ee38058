"""From photographs to a composed clip to the figures of a watch, by the command line."""

import json
from pathlib import Path

import cv2
import pytest
from typer.testing import CliRunner

from facewarden.cli.evaluate.main import app

RUN = CliRunner()
SMALL = ["--width-px", "640", "--height-px", "360", "--near-px", "90", "--far-px", "60"]


@pytest.fixture(scope="module")
def people(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people with two photographs and two with one, as links."""
    root = tmp_path_factory.mktemp("people")
    taken = {True: 0, False: 0}
    for folder in sorted((shared / "data" / "lfw-dev" / "images").iterdir())[40:]:
        several = len(list(folder.iterdir())) > 1
        if taken[several] < (3 if several else 2):
            (root / folder.name).symlink_to(folder)
            taken[several] += 1
    return root


@pytest.fixture(scope="module")
def composed(people: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("composed") / "out"
    words = ["compose", "--people", str(people), "--out", str(out), "--enrolled", "3"]
    words += ["--others", "2", "--duration-s", "9", "--crossing-s", "5", *SMALL]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0, done.output
    return out


def test_enrolled_people_are_recognised_and_others_are_not(composed: Path, tmp_path: Path) -> None:
    told, page = tmp_path / "w.json", tmp_path / "w.html"
    words = ["watch", str(composed / "clip001.mp4"), "--gallery", str(composed / "gallery")]
    done = RUN.invoke(app, [*words, "--json", str(told), "--html", str(page)])
    assert done.exit_code == 0, done.output
    found = json.loads(told.read_text())["figures"]
    assert len(found["passages"]) == 5
    assert sum(passage["enrolled"] for passage in found["passages"]) == 3
    assert found["detection"]["value"] == 1
    assert found["far"]["value"] == 0
    assert 0 <= found["to_alert_s"]["value"] < 4
    assert "<svg" in page.read_text()


def test_a_truth_by_hand_says_the_same(composed: Path, tmp_path: Path) -> None:
    seen: dict[str, list[float]] = {}
    plain = json.loads((composed / "clip001.truth.json").read_text())
    for frame, person, *_ in plain["faces"]:
        seen.setdefault(plain["people"][person], []).append(frame / plain["recipe"]["fps"])
    truth, told = tmp_path / "truth.csv", tmp_path / "w.json"
    rows = [f"clip001.mp4,{who},{min(at)},{max(at)}" for who, at in seen.items()]
    truth.write_text("\n".join(["clip,person,from_s,to_s", *rows]))
    words = ["watch", str(composed / "clip001.mp4"), "--gallery", str(composed / "gallery")]
    done = RUN.invoke(app, [*words, "--truth", str(truth), "--json", str(told)])
    assert done.exit_code == 0, done.output
    assert json.loads(told.read_text())["figures"]["detection"]["value"] == 1


def test_a_clip_never_shows_the_file_that_is_enrolled(composed: Path, people: Path) -> None:
    for photo in (composed / "gallery").rglob("*.jpg"):
        assert photo.name.endswith("_0001.jpg")


def test_frames_for_identification(people: Path, models_dir: Path, tmp_path: Path) -> None:
    out = tmp_path / "footage"
    words = ["compose", "--people", str(people), "--out", str(out), "--frames", "2"]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0, done.output
    frames = sorted(out.glob("*/*/clip1/*.jpg"))
    assert len(frames) == 10
    assert {frame.parts[-4] for frame in frames} == {"probes", "nonmated"}
    picture = cv2.imread(str(frames[0]))
    assert picture is not None
    assert picture.shape == (240, 240, 3)
    again = RUN.invoke(app, words)
    assert "is not empty" in str(again.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.mp4", "--gallery", "."], "clips are not there"),
        (["CLIP", "--gallery", "none"], "is not a folder"),
        (["CLIP", "--gallery", "GALLERY", "--truth", "none.csv"], "cannot be read"),
    ],
)
def test_bad_input(composed: Path, words: list[str], said: str) -> None:
    places = {"CLIP": str(composed / "clip001.mp4"), "GALLERY": str(composed / "gallery")}
    done = RUN.invoke(app, ["watch", *(places.get(word, word) for word in words)])
    assert done.exit_code
    assert said in str(done.exception)


def test_a_clip_that_is_no_video_is_named(composed: Path, tmp_path: Path) -> None:
    broken, told = tmp_path / "broken.mp4", tmp_path / "w.json"
    broken.write_bytes(b"no video" * 100)
    truth = tmp_path / "t.csv"
    truth.write_text("clip,person,from_s,to_s\nbroken.mp4,Ann,0,1\nclip001.mp4,Ann,0,1\n")
    words = ["watch", str(composed / "clip001.mp4"), str(broken), "--truth", str(truth)]
    words += ["--gallery", str(composed / "gallery"), "--json", str(told)]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert any("broken.mp4" in warning for warning in json.loads(told.read_text())["warnings"])
