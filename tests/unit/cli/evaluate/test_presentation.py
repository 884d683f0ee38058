"""facewarden evaluate presentation, on real videos of drawn faces."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from facewarden.cli.evaluate.presentation import presentation
from facewarden.errors import InputError
from facewarden.measure.clip_list import ClipEntry, read_clip_list, write_clip_list
from facewarden.models.registry import Registry
from facewarden.models.registry import models_dir as find_models_dir
from phantom_clips import held, living, nobody, two_people, write_video
from small_presentation import add_brightness

app = Typer()
app.command()(presentation)

PEOPLE = 4


@pytest.fixture(scope="module")
def clips(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two clips of each of four people and two prints of them, and three that are not right."""
    folder = tmp_path_factory.mktemp("clips")
    entries = []
    for number in range(PEOPLE):
        for take in range(2):
            name = f"p{number}"
            alive = write_video(folder / f"{name}-{take}.mp4", living(10 * number + take, 34))
            sheet = held(10 * number, 34, 10 + 4 * take)
            fake = write_video(folder / f"{name}-{take}-print.mp4", sheet)
            entries += [
                ClipEntry(alive, name, False),
                ClipEntry(fake, name, True, "print", "matt"),
            ]
    entries += [
        ClipEntry(write_video(folder / "wall.mp4", nobody(12)), "p0", False),
        ClipEntry(write_video(folder / "two.mp4", two_people(24)), "p1", True, "print"),
        ClipEntry(write_video(folder / "short.mp4", living(1, 6)), "p2", False),
    ]
    write_clip_list(folder / "clips.csv", entries)
    return folder / "clips.csv"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_a_list_without_parts(clips: Path, tmp_path: Path) -> None:
    page, machine = tmp_path / "page.html", tmp_path / "figures.json"
    result = run(clips, "--html", page, "--json", machine)
    assert result.exit_code == 0
    said = " ".join(result.stdout.split())
    assert "10 bona fide and 9 attacks of 4 people" in said
    assert "4 folds of people" in said
    assert "4 people are few" in said
    report = json.loads(machine.read_text(encoding="utf-8"))
    detectors = report["figures"]["detectors"]
    assert set(detectors) == {"blink", "difference", "lbp", "watch"}
    assert report["models"] == ["presentation-clip-v2"], "the model that ships, unasked"
    assert detectors["lbp"]["acer"]["value"] < 0.2, "dots are told from skin"
    assert detectors["lbp"]["bpnrr"]["value"] == pytest.approx(0.1), "the wall has no face"
    kinds = sorted((kind, Path(path).name) for kind, path, _ in report["figures"]["problems"])
    assert kinds == [
        ("face never found", "wall.mp4"),
        ("fewer than 5 looks", "short.mp4"),
        ("two people where one is expected", "two.mp4"),
    ]
    told = {Path(one["path"]).name: one for one in report["figures"]["clips"]}
    assert len(told) == 19
    assert told["wall.mp4"]["lbp"]["score"] is None
    assert told["p0-0.mp4"]["lbp"]["score"] > told["p0-0-print.mp4"]["lbp"]["score"]
    assert "lbp: scores" in page.read_text(encoding="utf-8")


def test_a_protocol_of_a_copy_with_published_names(models_dir: Path, tmp_path: Path) -> None:
    for user in (1, 2, 21, 36):
        write_video(tmp_path / f"files/1_1_{user:02}_1.avi", living(user, 16))
        write_video(tmp_path / f"files/1_1_{user:02}_3.avi", held(user, 16))
        write_video(tmp_path / f"files/1_3_{user:02}_1.avi", living(user, 16))
        write_video(tmp_path / f"files/1_3_{user:02}_3.avi", held(user, 16))
    words = ("--dataset", "oulu-npu", "--root", tmp_path, "--protocol", "1")
    result = run(*words, "--cues", "lbp", "--json", "-")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["data"]["judged"] == "1 bona fide and 1 attacks of 1 people"
    assert report["data"]["others"] == (
        "4 clips to learn from, 2 of other people for the threshold"
    )
    assert "videos of OULU-NPU are missing (1_1_01_2.avi," in report["warnings"][0]
    listed = tmp_path / "parts.csv"
    assert "8 clips written" in run(*words, "--write-list", listed).stdout
    assert {entry.part for entry in read_clip_list(listed)} == {"train", "development", "test"}


def test_a_model_stands_beside_the_cues_and_the_seed(clips: Path, tmp_path: Path) -> None:
    cache = tmp_path / "models"
    shutil.copytree(find_models_dir(), cache, ignore=shutil.ignore_patterns("sface*"))
    add_brightness(Registry(cache), tmp_path / "made", 5)
    add_brightness(Registry(cache), tmp_path / "made", 1)
    config = tmp_path / "facewarden.yaml"
    config.write_text(
        f"models:\n  cache_dir: {cache}\n  presentation_picture: brightness-1\n"
        "  presentation_clip: brightness-5\npresentation:\n  min_quality: 0\n",
        encoding="utf-8",
    )
    words = (clips, "--config", config, "--model", "brightness-5:arcface", "--cues", "")
    report = json.loads(run(*words, "--json", "-").stdout)
    detectors = report["figures"]["detectors"]
    assert set(detectors) == {
        "watch",
        "watch, brightness-1",
        "watch, brightness-5",
        "brightness-5",
    }
    assert detectors["brightness-5"]["at_own_threshold"]["threshold"] == 0.5
    assert report["models"] == ["brightness-1", "brightness-5"]
    by_title = {table["title"]: table for table in report["tables"]}
    losses = by_title["As the seed compares: losses, ACER"]["rows"]
    assert [row[3] for row in losses if row[0] == "ArcFace"] == ["brightness-5"]


def without_our_model(folder: Path) -> Path:
    """Return settings whose folder of models has a detector only."""
    ignored = shutil.ignore_patterns("sface*", "presentation*")
    shutil.copytree(find_models_dir(), folder / "models", ignore=ignored)
    config = folder / "facewarden.yaml"
    config.write_text(f"models:\n  cache_dir: {folder / 'models'}\n", encoding="utf-8")
    return config


def test_a_model_that_answers_nothing_does_not_cost_the_others(clips: Path, tmp_path: Path) -> None:
    """Half a second holds three looks: a model of five has no answer."""
    config = without_our_model(tmp_path)
    add_brightness(Registry(tmp_path / "models"), tmp_path / "made", 5)
    words = (clips, "--config", config, "--model", "brightness-5", "--seconds", "0.5")
    report = json.loads(run(*words, "--cues", "difference", "--json", "-").stdout)
    assert set(report["figures"]["detectors"]) == {"difference"}
    assert report["warnings"][0].startswith("no figures of brightness-5: the people who give")
    with pytest.raises(InputError, match="not one detector can be judged"):
        run(*words, "--cues", "", "--json", "-")


def test_where_nothing_can_be_judged_each_clip_is_named_with_its_reason(
    models_dir: Path, tmp_path: Path
) -> None:
    (tmp_path / "torn.mp4").write_bytes(b"no video")
    entries = [
        ClipEntry(write_video(tmp_path / "good.mp4", living(0, 34)), "a", False),
        ClipEntry(write_video(tmp_path / "short.mp4", held(1, 6)), "b", True, "print"),
        ClipEntry(write_video(tmp_path / "wall.mp4", nobody(12)), "c", False),
        ClipEntry(tmp_path / "torn.mp4", "d", True, "print"),
    ]
    write_clip_list(tmp_path / "clips.csv", entries)
    with pytest.raises(InputError, match="not one detector can be judged") as caught:
        run(tmp_path / "clips.csv", "--cues", "")
    for said in (
        "short.mp4: fewer than 5 looks (the face in 3 of 3 frames)",
        "wall.mp4: face never found (in none of 6 frames)",
        "torn.mp4: clip that cannot be read (",
    ):
        assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    write_clip_list(tmp_path / "clips.csv", [entries[2], entries[3]])
    with pytest.raises(InputError, match=r"no clip shows a face.*wall\.mp4.*torn\.mp4"):
        run(tmp_path / "clips.csv", "--cues", "")


def test_one_set_against_another(clips: Path, tmp_path: Path) -> None:
    entries = read_clip_list(clips)
    parts = {"p0": "train", "p1": "train", "p2": "development", "p3": "test"}
    parted = tmp_path / "parted.csv"
    write_clip_list(
        parted,
        [
            ClipEntry(e.path, e.subject, e.attack, e.species, e.instrument, "", parts[e.subject])
            for e in entries
        ],
    )
    result = run(clips, "--learn-from", parted, "--cues", "lbp,blink", "--json", "-")
    report = json.loads(result.stdout)
    assert report["title"].endswith("clips, learnt from parted")
    assert report["data"]["judged"] == "10 bona fide and 9 attacks of 4 people"
    assert report["figures"]["detectors"]["lbp"]["thresholds"] != []
    result = run(parted, "--cues", "lbp", "--json", "-")
    assert json.loads(result.stdout)["data"]["judged"] == ("2 bona fide and 2 attacks of 1 people")


def rows_of(clips: Path) -> list[list[str]]:
    with clips.open(newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def test_what_cannot_be_measured_is_said_in_one_line(clips: Path, tmp_path: Path) -> None:
    rows = rows_of(clips)
    (tmp_path / "attacks.csv").write_text(
        "\n".join(
            ",".join([str(clips.parent / row[0]) if number else row[0], *row[1:]])
            for number, row in enumerate(rows)
            if not number or row[2] == "attack"
        )
    )
    cases: list[tuple[tuple[str | Path, ...], str]] = [
        ((), "what is to be judged"),
        ((clips, "--dataset", "siw"), "what is to be judged"),
        (("--dataset", "siw"), "where is the data set"),
        (("--dataset", "sew", "--root", tmp_path), "unknown data set"),
        ((clips, "--cues", "lbp,blnk"), "unknown cue: expected blink, difference, lbp"),
        ((clips, "--cues", "", "--config", without_our_model(tmp_path)), "nothing to measure"),
        ((tmp_path / "none.csv",), "cannot be read"),
        ((tmp_path / "attacks.csv",), "attack presentations only"),
        ((clips, "--learn-from", clips), "nobody to learn from"),
    ]
    for words, said in cases:
        with pytest.raises(InputError, match=said) as caught:
            run(*words)
        assert "\n" not in str(caught.value)


def test_a_list_in_which_no_face_is_found(models_dir: Path, tmp_path: Path) -> None:
    wall = write_video(tmp_path / "wall.mp4", nobody(8))
    other = write_video(tmp_path / "other.mp4", nobody(8))
    listed = [ClipEntry(wall, "a", False), ClipEntry(other, "b", True, "print")]
    write_clip_list(tmp_path / "clips.csv", listed)
    with pytest.raises(InputError, match="no clip shows a face"):
        run(tmp_path / "clips.csv")


def test_a_torn_clip_is_named_and_the_others_go_on(clips: Path, tmp_path: Path) -> None:
    (tmp_path / "torn.mp4").write_bytes(b"no video")
    entries = (*read_clip_list(clips), ClipEntry(tmp_path / "torn.mp4", "p3", True, "cut"))
    write_clip_list(tmp_path / "clips.csv", entries)
    result = run(tmp_path / "clips.csv", "--cues", "difference", "--json", "-")
    report = json.loads(result.stdout)
    assert "clip that cannot be read" in {kind for kind, *_ in report["figures"]["problems"]}
    species = report["figures"]["detectors"]["difference"]["apcer_by_species"]
    assert species["cut"]["apcer"]["value"] is None
    assert species["cut"]["apnrr"]["value"] == 1
