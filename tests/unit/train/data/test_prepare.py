"""Photographs through facewarden train prepare, with the real models."""

import csv
import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from typer.testing import CliRunner, Result

from facewarden.align.align import align
from facewarden.capture.image import read_image
from facewarden.cli.main import app
from facewarden.detect.refine import CloseUpDetector
from facewarden.detect.yunet import YuNet
from facewarden.errors import FacewardenError, InputError
from facewarden.geometry.similarity import ARCFACE_112
from facewarden.train.data import journal, looking
from facewarden.train.data.journal import Journal
from facewarden.train.data.looks import Looks
from facewarden.train.data.prepared import Prepared

PEOPLE = ("Abel_Pacheco", "Akhmed_Zakayev", "Al_Sharpton", "Amber_Tamblyn")
SAME = ("Hasan_Wirayuda", "Hassan_Wirajuda")
"""One man under two names, a mistake of LFW itself."""


@pytest.fixture(scope="module")
def source(shared: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People with mistakes: a copy, one under two names, torn, faceless, tiny, mislabelled."""
    root = tmp_path_factory.mktemp("photographs") / "source"
    images = shared / "data" / "lfw-dev" / "images"
    for name in (*PEOPLE, *SAME):
        (root / name).mkdir(parents=True)
        for file in sorted((images / name).iterdir())[:4]:
            shutil.copy(file, root / name)
    first, second, third, fourth = (root / name for name in PEOPLE)
    shutil.copy(first / f"{PEOPLE[0]}_0001.jpg", first / "copy.jpg")
    with Pillow.open(first / f"{PEOPLE[0]}_0002.jpg") as picture:
        picture.save(first / "saved_again.jpg", quality=60)
    shutil.copy(second / f"{PEOPLE[1]}_0001.jpg", third / "whose.jpg")
    (third / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    Pillow.new("RGB", (200, 200), "grey").save(third / "nobody.png")
    shutil.copy(images / "Colin_Powell" / "Colin_Powell_0001.jpg", fourth / "wrong.jpg")
    (root / "Blurred").mkdir()
    (root / "Empty_Folder").mkdir()
    with Pillow.open(images / "Colin_Powell" / "Colin_Powell_0002.jpg") as picture:
        picture.resize((18, 18)).resize((250, 250)).save(root / "Blurred" / "blurred.png")
    return root


@pytest.fixture(scope="module")
def out(source: Path) -> Path:
    """The photographs, prepared once for all who only look."""
    folder = source.parent / "out"
    splits = ("--split", "images:70/15/15", "--split", "subjects:50/0/50")
    result = run(source, folder, *splits)
    assert result.exit_code == 0, result.output
    return folder


def run(*words: str | int | Path) -> Result:
    return CliRunner().invoke(app, ["train", "prepare", *map(str, words)])


def refused(*words: str | int | Path) -> str:
    error = run(*words).exception
    assert isinstance(error, FacewardenError)
    assert "\n" not in str(error)
    return str(error)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_whole_way(source: Path, out: Path, detector: YuNet) -> None:
    prepared = Prepared.open(out)
    prepared.verify()
    why = {Path(row["source"]).name: row["why"] for row in rows(out / "left_out.csv")}
    assert why["copy.jpg"] == f"a copy of {PEOPLE[0]}/{PEOPLE[0]}_0001.jpg"
    assert "under several people" in why["whose.jpg"]
    assert why[f"{PEOPLE[1]}_0001.jpg"] == why["whose.jpg"]
    assert "damaged" in why["torn.jpg"]
    assert why["nobody.png"] == "no face found"
    assert "quality" in why["blurred.png"]
    assert len(why) == 6
    assert prepared.subjects == tuple(sorted((*PEOPLE, *SAME)))
    assert len(prepared) + len(why) == sum(1 for path in source.rglob("*") if path.is_file())

    # A crop is what the product's own detection and alignment give, as RGB.
    row = prepared.sources.index(f"{PEOPLE[0]}/{PEOPLE[0]}_0001.jpg")
    image, _ = read_image(source / prepared.sources[row])
    faces = CloseUpDetector(detector).detect(image, size_px=960, min_confidence=0.6)
    assert (prepared.images[row][..., ::-1] == align(image, faces.landmarks)[0]).all()
    mean = prepared.landmarks.mean(axis=0)
    assert np.abs(mean - np.array(ARCFACE_112)).max() < 4, "landmarks are in px of the crop"

    doubtful = {(row["source"], row["why"]) for row in rows(out / "doubtful.csv")}
    assert (f"{PEOPLE[3]}/wrong.jpg", "unlike") in doubtful
    assert {(f"{name}/{name}_0001.jpg", "alike") for name in SAME} <= doubtful
    figures = json.loads((out / "report.json").read_text(encoding="utf-8"))["figures"]
    near = [{Path(one).name for one in pair[:2]} for pair in figures["near_duplicates"]]
    assert {f"{PEOPLE[0]}_0002.jpg", "saved_again.jpg"} in near
    page = out / "report.html"
    assert page.read_text(encoding="utf-8").count("<img") == 3
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert not (out / "unfinished").exists(), "no templates stay behind"

    parts = prepared.split("subjects-50-0-50")
    assert not len(parts["validation"])
    numbers = [prepared.subjects.index(who) for who in SAME]
    both = [part for part, found in parts.items() if np.isin(numbers, prepared.labels[found]).any()]
    assert len(both) == 1, "perhaps one person, so in one part"
    with pytest.raises(InputError, match="no split nobody"):
        prepared.split("nobody")
    assert "prepared faces already" in refused(source, out)


def test_again_gives_the_same_bytes(source: Path, out: Path, tmp_path: Path) -> None:
    first, second = out, tmp_path / "again"
    splits = ("--split", "images:70/15/15", "--split", "subjects:50/0/50")
    assert run(source, second, *splits).exit_code == 0
    same = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    compared = [path for path in same if not path.name.startswith("report.")]
    assert len(compared) == 7
    for path in compared:
        assert (first / path).read_bytes() == (second / path).read_bytes(), path


def test_two_names_are_made_one_person(source: Path, out: Path, tmp_path: Path) -> None:
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))["warnings"]
    assert any("1 folders of people hold no photograph (Empty_Folder)" in words for words in told)
    offered = f"--same {'='.join(SAME)}"
    assert any(offered in words for words in told)
    joined = tmp_path / "joined"
    assert run(source, joined, *offered.split()).exit_code == 0
    before, after = Prepared.open(out), Prepared.open(joined)
    assert after.subjects == tuple(name for name in before.subjects if name != SAME[0])
    assert len(after) == len(before)
    assert after.about["same"] == {SAME[0]: SAME[1]}
    assert after.fingerprint != before.fingerprint
    assert not any(row["why"] == "alike" for row in rows(joined / "doubtful.csv"))


def test_exclusions_hold(source: Path, out: Path, tmp_path: Path) -> None:
    third = tmp_path / "third"
    assert run(source, third, "--exclude", out / "doubtful.csv", "--least", 2).exit_code == 0
    kept = Prepared.open(third)
    assert not {"wrong.jpg", f"{SAME[0]}_0001.jpg"} & {Path(one).name for one in kept.sources}
    assert not set(SAME) & set(kept.subjects)
    assert rows(third / "doubtful.csv") == []


@pytest.mark.parametrize("size", [160, 224])
def test_other_sides_show_the_same_face(source: Path, out: Path, tmp_path: Path, size: int) -> None:
    assert run(source, tmp_path / "big", "--size", size).exit_code == 0
    small, big = Prepared.open(out), Prepared.open(tmp_path / "big")
    assert big.images.shape == (len(small), size, size, 3)
    scale = size / 112
    assert np.abs(big.landmarks - small.landmarks * scale).max() < 0.01
    for row in range(len(small)):
        shrunk = Pillow.fromarray(np.array(big.images[row])).resize((112, 112))
        difference = np.asarray(shrunk, np.float32) - small.images[row]
        # The template is scaled by its coordinates, the picture by its area: half a pixel apart.
        assert np.abs(difference).mean() < 8


def test_a_stopped_preparation_goes_on(
    source: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (journal, looking):
        monkeypatch.setattr(module, "CHUNK", 8)
    add = Journal.add
    added: list[bool] = []

    def stopping(self: Journal, *what: object) -> None:
        if added:
            # Killed in the middle of a write: a line and a half, half a crop.
            for name in ("entries", "crops", "templates"):
                with (tmp_path / "part" / "unfinished" / name).open("ab") as file:
                    file.write(b'{"digest": "12", "fault')
            raise KeyboardInterrupt
        added.append(True)
        add(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "add", stopping)
    run(source, tmp_path / "part")
    assert not (tmp_path / "part" / "data.json").exists()
    with pytest.raises(InputError, match="no prepared faces"):
        Prepared.open(tmp_path / "part")
    assert "unfinished preparation" in refused(source, tmp_path / "part", "--size", 160)
    chunks: list[int] = []

    def counting(self: Journal, *what: object) -> None:
        chunks.append(len(self.entries))
        add(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "add", counting)
    assert run(source, tmp_path / "part").exit_code == 0
    assert chunks[0] == 8, "not from the beginning"
    assert Prepared.open(tmp_path / "part").fingerprint == (Prepared.open(out).fingerprint)


def test_nothing_usable_is_said_in_a_line(models_dir: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "source" / name).mkdir(parents=True)
        (tmp_path / "source" / name / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    said = refused(tmp_path / "source", tmp_path / "out")
    assert "too little is left" in said
    assert "2 left out, most often: the picture is damaged" in said


def test_bytes_that_changed_are_noticed(out: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(out, tmp_path / "copy"))
    data = bytearray((out / "faces.npy").read_bytes())
    data[-1] ^= 1
    (out / "faces.npy").write_bytes(data)
    with pytest.raises(InputError, match="not those that were prepared"):
        Prepared.open(out).verify()
    (out / "faces.npy").write_bytes(data[:-100])
    with pytest.raises(InputError, match="cannot be read"):
        Prepared.open(out)


def test_poor_video_of_those_trained_on(source: Path, out: Path, tmp_path: Path) -> None:
    found: list[Looks] = []
    for jobs in (1, 2):  # as good as the same, whoever composes
        faces = tmp_path / str(jobs)
        shutil.copytree(out, faces)
        words = ("footage", faces, source, "--split", "subjects-50-0-50", "--jobs", jobs)
        done = CliRunner().invoke(app, ["train", *map(str, words)])
        assert done.exit_code == 0, done.exception
        found.append(Looks.open(Prepared.open(faces)))
    one, other = found
    np.testing.assert_array_equal(one.row_of, other.row_of)
    assert np.abs(one.landmarks - other.landmarks).mean() < 0.05
    assert np.abs(one.images.astype(np.int16) - other.images).mean() < 0.5
    prepared = Prepared.open(out)
    trained = prepared.split("subjects-50-0-50")["train"]
    assert set(one.row_of.tolist()) == set(trained.tolist())
    assert 6 * len(trained) < len(one) <= 12 * len(trained)
    # Aligned as the faces are, and poorer than they: less of what changes from pixel to pixel.
    template = np.array(ARCFACE_112)
    assert np.abs(one.landmarks - template).max(axis=(1, 2)).mean() < 6
    fine = [np.abs(np.diff(prepared.images[row].mean(axis=2), axis=1)).mean() for row in one.row_of]
    poor = [np.abs(np.diff(look.mean(axis=2), axis=1)).mean() for look in one.images]
    assert np.mean(poor) < 0.8 * np.mean(fine)
    assert np.mean([np.corrcoef(look.ravel(), prepared.images[row].ravel())[0, 1]
                    for look, row in zip(one.images, one.row_of, strict=True)]) > 0.5  # fmt: skip


def test_footage_needs_its_photographs(out: Path, tmp_path: Path) -> None:
    words = ["train", "footage", str(out), str(tmp_path), "--split", "subjects-50-0-50"]
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, InputError)
    assert "photographs are not there, such as" in str(error)
    assert not (out / "footage").exists()
