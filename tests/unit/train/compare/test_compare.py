"""Runs through facewarden train compare."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner, Result

from drawn_faces import drawn_faces
from facewarden.cli.main import app
from facewarden.train.compare.summary import summaries
from facewarden.train.metrics_log import read_metrics
from facewarden.train.starter import begin
from training import around, recipe


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs of the same faces that differ in the loss."""
    place = tmp_path_factory.mktemp("runs")
    prepared = drawn_faces(place / "faces")
    threads = torch.get_num_threads()
    for name in ("arcface", "softmax"):
        loss = (
            {"name": name} if name == "softmax" else {"name": name, "parameters": {"scale": 16.0}}
        )
        begin(recipe(loss=loss), prepared, place / name, around())
    torch.set_num_threads(threads)
    return [place / "arcface", place / "softmax"]


def compare(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["train", "compare", *map(str, words)])


def test_a_row_for_each_run(runs: list[Path], tmp_path: Path) -> None:
    page = tmp_path / "compared.html"
    found = compare(*runs, "--json", "-", "--html", page)
    assert found.exit_code == 0, found.exception
    told = json.loads(found.stdout)
    table = told["tables"][0]
    assert [row[:3] for row in table["rows"]] == [
        ["arcface", "mobilenetv3-small", "arcface"],
        ["softmax", "mobilenetv3-small", "softmax"],
    ]
    assert told["warnings"] == []
    for run in runs:
        judged = [
            e.figures["rank1"] for e in read_metrics(run / "metrics.csv") if "rank1" in e.figures
        ]
        assert told["figures"][run.name]["best"]["rank1"] == max(judged)
    text = page.read_text()
    assert text.count("<svg") >= 1
    assert "95.32" in text
    (published,) = (one for one in told["tables"] if one["columns"][-1] == "source")
    assert {row[-1] for row in published["rows"]} == {"figure handed down without its source"}


def test_other_data_are_said(runs: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(runs[0], other)
    about = json.loads((other / "run.json").read_text())
    (other / "run.json").write_text(json.dumps({**about, "data_fingerprint": "1" * 64}))
    told = json.loads(compare(runs[0], other, "--json", "-").stdout)
    assert told["warnings"] == ["these runs are of different data: their figures do not compare"]
    assert [row[-1] for row in told["tables"][0]["rows"]] == [2, 1] or [
        row[-1] for row in told["tables"][0]["rows"]
    ] == [1, 2]


def test_runs_of_one_name_are_told_apart(runs: list[Path], tmp_path: Path) -> None:
    other = tmp_path / runs[0].name
    shutil.copytree(runs[0], other)
    assert [one.name for one in summaries([runs[0], other])] == [str(runs[0]), str(other)]


def test_bad_input(runs: list[Path], tmp_path: Path) -> None:
    assert "is no run" in str(compare(tmp_path).exception)
    assert "given twice" in str(compare(runs[0], runs[0]).exception)
    silent = tmp_path / "silent"
    shutil.copytree(runs[0], silent)
    (silent / "metrics.csv").unlink()
    assert "cannot be read as the figures" in str(compare(silent).exception)
