"""facewarden evaluate identification, on real photographs and a real video."""

import json
import shutil
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from facewarden.cli.evaluate.identification import identification
from facewarden.errors import InputError

app = Typer()
app.command()(identification)

PEOPLE = ("Abel_Pacheco", "Akhmed_Zakayev", "Al_Sharpton")


@pytest.fixture
def roots(shared: Path, models_dir: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Three people enrolled; probes: a folder of frames, a photograph, a copy, a video of another.

    One person's folder is empty, and one photograph is torn.
    """
    gallery, probes = tmp_path / "gallery", tmp_path / "probes"
    images = shared / "data" / "lfw-dev" / "images"
    for name in PEOPLE:
        (gallery / name).mkdir(parents=True)
        (probes / name).mkdir(parents=True)
        for number in (1, 2):
            shutil.copy(images / name / f"{name}_{number:04d}.jpg", gallery / name)
    first, second, third = PEOPLE
    (probes / first / "walk").mkdir()
    for number in (3, 4):
        shutil.copy(images / first / f"{first}_{number:04d}.jpg", probes / first / "walk")
    shutil.copy(images / second / f"{second}_0003.jpg", probes / second)
    shutil.copy(images / third / f"{third}_0001.jpg", probes / third / "copy.jpg")
    (probes / third / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    (probes / "Stranger").mkdir()
    shutil.copy(shared / "data" / "videos" / "person_d0.mp4", probes / "Stranger")
    (probes / "Nobody").mkdir()
    return gallery, probes


def run(*words: str | Path) -> str:
    result = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_photographs_frames_and_a_video(roots: tuple[Path, Path], tmp_path: Path) -> None:
    gallery, probes = roots
    page, machine = tmp_path / "page.html", tmp_path / "figures.json"
    words = run("--gallery", gallery, "--probes", probes, "--html", page, "--json", machine)
    figures = json.loads(machine.read_text(encoding="utf-8"))["figures"]
    assert (figures["enrolled"], figures["mated_searches"], figures["nonmated_searches"]) == (
        3,
        2,
        1,
    )
    assert figures["cmc"][0] == 1
    assert figures["fnir_at_fpir"]["0.1"]["value"] is None  # one stranger shows no 10 %
    product = figures["false_alerts"][0]
    assert product["fpir"]["value"] == 0
    assert product["per_day"]["high"] == 1000  # rule of three: of one stranger
    assert [Path(one["file"]).name for one in figures["left_out"]] == ["torn.jpg", "copy.jpg"]
    assert figures["empty_folders"] == ["Nobody"]
    assert "Nobody" in " ".join(words.split())
    assert page.read_text(encoding="utf-8").count("<svg") >= 3


def test_one_folder_for_both_sides(roots: tuple[Path, Path], tmp_path: Path) -> None:
    gallery, _ = roots
    machine = tmp_path / "figures.json"
    words = run("--gallery", gallery, "--probes", gallery, "--json", machine)
    figures = json.loads(machine.read_text(encoding="utf-8"))["figures"]
    assert (figures["enrolled"], figures["mated_searches"]) == (3, 3)
    assert "there are no non-mated probes" in " ".join(words.split())


def test_a_list_too_long_for_the_budget_is_told_beside_its_threshold(
    roots: tuple[Path, Path], tmp_path: Path
) -> None:
    machine = tmp_path / "figures.json"
    words = ("--gallery", roots[0], "--probes", roots[1], "--enrolled", "5000000", "--json")
    run(*words, machine)
    report = json.loads(machine.read_text(encoding="utf-8"))
    product = report["figures"]["product"]
    assert product["fpir_foretold"] > 0.001
    assert "more than the budget of 0.001" in product["problem"]
    assert product["problem"] in report["warnings"][0]
    assert "(FPIR foretold " in report["figures"]["false_alerts"][0]["name"]


def test_a_folder_without_people_is_refused(roots: tuple[Path, Path], tmp_path: Path) -> None:
    words = ["--gallery", str(roots[0] / PEOPLE[0]), "--probes", str(roots[1])]
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, InputError)
    assert "2 photographs without a person" in str(result.exception)
