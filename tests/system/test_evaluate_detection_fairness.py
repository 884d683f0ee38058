"""evaluate detection, landmarks and fairness on real pictures, through the command line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.data import Image
from facewarden.detect.yunet import YuNet
from facewarden.errors import InputError
from facewarden.measure.pointing import changes

Run = Callable[..., Result]


@pytest.fixture
def run(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FACEWARDEN_MODELS", str(models_dir))

    def invoke(*words: object) -> Result:
        done = CliRunner().invoke(app, ["evaluate", *map(str, words)])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return invoke


def figures(path: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(path.read_text())
    assert written["schema"] == "facewarden.evaluation/1"
    assert all("yunet" in model or "sface" in model for model in written["models"])
    return written


@pytest.fixture
def street(shared: Path, tmp_path: Path) -> Path:
    """Twelve annotated pictures, with a label too many and a label too few."""
    source = shared / "data" / "faces-detect-dev"
    for image in sorted((source / "images").glob("*.jpg"))[:12]:
        for path in (image, source / "labels" / f"{image.stem}.txt"):
            place = tmp_path / "set" / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    labels = tmp_path / "set" / "labels"
    (labels / "nobody.txt").write_text("1 0.5 0.5 0.1 0.1\n")
    first = sorted(labels.glob("m*.txt"))[0]
    first.chmod(0o644)
    first.write_text(first.read_text() + "\n1 5 5 0.1 0.1\n1 0.5\n")
    return tmp_path / "set"


def test_detection(run: Run, street: Path, tmp_path: Path) -> None:
    html, written = tmp_path / "page.html", tmp_path / "all.json"
    done = run("detection", street, "--html", html, "--json", written, "--size-px", 320,
               "--size-px", 640, "--size-px", 1280)  # fmt: skip
    assert "Faces >= 10 px" in done.output
    found = figures(written)
    assert any("the size before 1280 px" in said for said in found["warnings"])
    small, large = found["figures"]["settings"]
    assert (small["name"], large["name"]) == ("320 px", "640 px")
    of_40 = next(one for one in large["by_height"] if one["height"] == ">= 40 px")
    assert of_40["recall"]["value"] > 0.6
    assert of_40["precision"]["value"] > 0.7
    assert 0.5 < of_40["mean_iou"]["value"] < 1
    at_20 = [one["by_height"][1]["recall"]["value"] for one in (small, large)]
    assert at_20[0] < at_20[1]
    kinds = {problem["kind"] for problem in found["figures"]["problems"]}
    assert kinds >= {
        "label file without image",
        "malformed line, left out",
        "box outside the image, left out",
    }
    page = html.read_text()
    assert page.count("<svg") == 3
    assert "data:image/png" in page
    assert "The images with the most mistakes" in page


def test_detection_refuses_a_class_without_boxes(run: Run, street: Path) -> None:
    with pytest.raises(InputError, match="no box has the class 77"):
        run("detection", street, "--class", "77")


@pytest.fixture
def people(shared: Path, tmp_path: Path) -> Path:
    """Thirty-two photographs of sixteen people, one of them a copy under another name."""
    found = 0
    for folder in sorted((shared / "data" / "lfw-dev" / "images").iterdir()):
        photographs = sorted(folder.glob("*.jpg"))[:2]
        if len(photographs) == 2 and found < 16:
            found += 1
            for path in photographs:
                place = tmp_path / "people" / folder.name / path.name
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, place)
    folders = sorted((tmp_path / "people").iterdir())
    shutil.copy(next(folders[0].iterdir()), folders[1] / "copy.jpg")
    (folders[2] / "broken.jpg").write_bytes(b"no picture")
    return tmp_path / "people"


def test_fairness(run: Run, people: Path, tmp_path: Path) -> None:
    names = [folder.name for folder in sorted(people.iterdir())]
    rows = [f"{name},{'odd' if i % 2 else 'even'}" for i, name in enumerate(names[:-1])]
    metadata = tmp_path / "people.csv"
    metadata.write_text("\n".join(["subject,place", *rows]))
    html, written = tmp_path / "page.html", tmp_path / "all.json"
    done = run("fairness", people, "--metadata", metadata, "--column", "place", "--threshold",
               0.25, "--enrolled", 10, "--html", html, "--json", written)  # fmt: skip
    found = figures(written)
    at = found["figures"]["operating"]
    assert at["threshold"] == 0.25
    assert [group["name"] for group in at["groups"]] == ["even", "odd"]
    assert [group["people"] for group in at["groups"]] == [8, 7]
    for group in at["groups"]:
        assert group["fmr"]["value"] < 0.2
        assert group["fnmr"]["value"] < 0.3
    kinds = {problem["kind"] for problem in found["figures"]["problems"]}
    assert kinds == {
        "copy of another file, left out",
        "file that cannot be read, left out",
        "person without metadata, left out",
    }
    said = " ".join(found["warnings"])
    assert "the lowest tested one" in said
    assert "Fewer than 30 people in even (8), odd (7)" in said
    assert "Before you use these figures" in html.read_text()
    assert "Fairness by place" in done.output


def test_fairness_says_which_columns_there_are(run: Run, people: Path, tmp_path: Path) -> None:
    metadata = tmp_path / "people.csv"
    metadata.write_text("subject,age\nA,1\n")
    with pytest.raises(InputError, match="expected subject, age"):
        run("fairness", people, "--metadata", metadata, "--column", "sex")


def test_landmarks_of_its_own(run: Run, people: Path, tmp_path: Path) -> None:
    written = tmp_path / "all.json"
    run("landmarks", people, "--self-consistency", "--most", 12, "--json", written)
    found = figures(written)
    by_name = {one["name"]: one["nme"]["value"] for one in found["figures"]["settings"]}
    assert by_name["mirrored, photograph"] < by_name["mirrored, camera"] < 0.2
    assert "repeatability, not accuracy" in found["warnings"][0]


def test_landmarks_against_annotations(
    run: Run, people: Path, tmp_path: Path, detector: YuNet
) -> None:
    """Annotated with what the detector finds itself, a camera's landmarks are without error."""
    from facewarden.capture.image import read_image

    root = tmp_path / "set"
    root.mkdir()
    lines = []
    for path in sorted(people.glob("*/*_0001.jpg"))[:6]:
        shutil.copy(path, root / path.name)
        faces = detector.detect(read_image(path)[0], size_px=960, min_confidence=0.6)
        points = faces.landmarks[int(faces.height_px.argmax())].ravel().tolist()
        lines.append(",".join([path.name, *(f"{value:.4f}" for value in points)]))
    (root / "landmarks.csv").write_text("\n".join(lines))
    written = tmp_path / "all.json"
    run("landmarks", root, "--json", written)
    camera, photograph = figures(written)["figures"]["settings"]
    assert camera["nme"]["value"] < 1e-3
    assert 1e-3 < photograph["nme"]["value"] < 0.2


def test_changes_lead_back() -> None:
    """What is drawn at a place is found again at that place after each change and its way back."""
    import numpy as np

    picture: Image = np.zeros((120, 160, 3), np.uint8)
    picture[30:35, 100:105] = 255
    for change in changes():
        changed = change.make(picture)
        rows, columns = np.nonzero(changed[..., 0] > 100)
        spot = np.array([[columns.mean(), rows.mean()]] * 5)
        assert np.abs(change.back(spot, picture)[0] - [102, 32]).max() < 0.8, change.name
