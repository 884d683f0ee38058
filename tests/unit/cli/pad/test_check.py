import json
import os
import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.errors import FacewardenError
from facewarden.models.registry import Registry
from small_presentation import add_brightness
from unit.pipeline.conftest import People, clip, walk

pytestmark = pytest.mark.shared
BLAIR = "Tony Blair"
BOTH = ["--picture", "brightness-1", "--clip", "brightness-5"]


@pytest.fixture(scope="module")
def cache(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default models, and two to which a bright face is alive."""
    folder = tmp_path_factory.mktemp("models")
    for file in models_dir.glob("yunet*"):
        shutil.copy(file, folder)
    for looks in (1, 5):
        add_brightness(Registry(folder), tmp_path_factory.mktemp("files"), looks)
    return folder


@pytest.fixture
def people(shared: Path) -> People:
    return People(shared / "data" / "lfw-dev" / "images")


def check(cache: Path, *words: str | Path) -> Result:
    environment = {"FACEWARDEN_MODELS": str(cache), "COLUMNS": "200", "HOME": os.devnull}
    return CliRunner().invoke(app, ["pad", "check", *map(str, words)], env=environment)


def lit(pictures: list[np.ndarray], level: int) -> list[np.ndarray]:
    return [cv2.convertScaleAbs(one, alpha=0.4, beta=level) for one in pictures]


def test_a_clip_of_two_people(cache: Path, people: People, tmp_path: Path) -> None:
    pictures = walk(people.image(BLAIR, 3), people.image("Adrien Brody"), frames=20)
    video = clip(tmp_path / "clip.mp4", lit(pictures, 10))
    strip, film = tmp_path / "strip.jpg", tmp_path / "film.mp4"
    result = check(cache, *BOTH, video, "--strip", strip, "--video", film, "--json")
    assert result.exit_code == 0, result.output
    ((answer,),) = [json.loads(result.stdout)]
    first, second = answer["faces"]
    assert (first["face"], second["face"]) == (1, 2)
    for face in (first, second):
        assert face["verdict"] == "attack"
        assert face["models"] == ["brightness-1", "brightness-5"]
        assert face["pictures"] == 10  # of 20, five a second
        assert face["looks"] == 5
    decoded = cv2.imdecode(np.frombuffer(strip.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == (160, 800, 3)
    with av.open(str(film)) as container:
        assert len(list(container.decode(video=0))) == 10
    assert (strip.stat().st_mode & 0o777, film.stat().st_mode & 0o777) == (0o600, 0o600)


@pytest.mark.parametrize(
    ("frames", "words"),
    [(20, "living person"), (6, "3 of 5 looks")],
    ids=["whole", "short"],
)
def test_a_clip_in_words(
    cache: Path, people: People, tmp_path: Path, frames: int, words: str
) -> None:
    pictures = lit(walk(people.image(BLAIR, 3), frames=frames), 150)
    result = check(cache, *BOTH, clip(tmp_path / "clip.mp4", pictures))
    assert result.exit_code == 0, result.output
    assert "living person" in result.stdout
    assert words in result.stdout


def test_a_picture_has_one_look(cache: Path, people: People) -> None:
    alone = check(cache, "--picture", "brightness-1", people.file(BLAIR, 3), "--json")
    (face,) = json.loads(alone.stdout)[0]["faces"]
    assert face["verdict"] in {"attack", "bona fide"}
    several = check(cache, "--clip", "brightness-5", people.file(BLAIR, 3), "--json")
    (face,) = json.loads(several.stdout)[0]["faces"]
    assert (face["verdict"], face["reason"]) == ("not assessed", "1 of 5 looks")


def test_a_folder_of_pictures_of_two_sizes_is_a_clip(
    cache: Path, people: People, tmp_path: Path
) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    for number, picture in enumerate(lit(walk(people.image(BLAIR, 3), frames=6), 150)):
        larger = cv2.copyMakeBorder(picture, 0, 40 * (number % 2), 0, 0, cv2.BORDER_REPLICATE)
        cv2.imwrite(str(folder / f"{number:03d}.png"), larger)
    result = check(cache, *BOTH, folder, "--json")
    (face,) = json.loads(result.stdout)[0]["faces"]
    assert (face["verdict"], face["looks"]) == ("bona fide", 5)


def test_nobody_is_no_error(cache: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    cv2.imwrite(str(empty), np.full((200, 200, 3), 128, np.uint8))
    result = check(cache, *BOTH, empty)
    assert result.exit_code == 0
    assert "no face found" in result.stdout


def test_what_cannot_be_read_is_told_and_the_others_go_on(
    cache: Path, people: People, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    result = check(cache, *BOTH, broken, tmp_path / "lost.jpg", people.file(BLAIR, 3), "--json")
    assert result.exit_code == 4
    answers = json.loads(result.stdout)
    assert ["error" in answer for answer in answers] == [True, True, False]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.mp4"], "no model can tell"),
        (["--clip", "brightness-5", "a.mp4", "b.mp4", "--strip", "x.jpg"], "of one file"),
        (["--picture", "brightness-1", "a.mp4", "--video", "x.mp4"], "several looks"),
        (["--picture", "brightness-5", "a.mp4"], "presentation_picture does not fit"),
        (["--picture", "yunet-2023mar", "a.mp4"], "does not detect presentation attacks"),
        (["--picture", "nothing", "a.mp4"], "nothing is not in"),
    ],
)
def test_refuses(cache: Path, words: list[str], said: str) -> None:
    result = check(cache, *words)
    assert isinstance(result.exception, FacewardenError)
    assert said in str(result.exception)


def test_nothing_to_show(cache: Path, people: People, tmp_path: Path) -> None:
    for option in ("--strip", "--video"):
        to = tmp_path / "out"
        result = check(cache, *BOTH, people.file(BLAIR, 3), option, to)
        assert "nothing to show" in str(result.exception)
        assert not to.exists()
