"""A run through facewarden train export and models add into the embedder of the product."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner, Result

from drawn_faces import drawn_faces
from facewarden.cli.main import app
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.models.card import read_card
from facewarden.models.open_session import open_session
from facewarden.models.registry import Registry
from facewarden.models.training_record import TrainingRecord
from facewarden.train.data.prepared import Prepared
from facewarden.train.export.check import by_torch
from facewarden.train.run_folder import RunFolder
from facewarden.train.starter import begin
from training import around, recipe


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faces(tmp_path_factory.mktemp("drawn") / "faces", people=12)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, prepared: Path) -> Path:
    out = tmp_path_factory.mktemp("run") / "run"
    threads = torch.get_num_threads()
    begin(recipe(split="subjects-70-15-15"), prepared, out, around())
    torch.set_num_threads(threads)
    return out


SAID = ("--id", "tiny", "--licence", "MIT", "--data-licence", "drawn, ours")


def export(run: Path, out: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["train", "export", str(run), str(out), *SAID, *more])


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory, run: Path) -> Path:
    out = tmp_path_factory.mktemp("exported")
    page, figures = out / "export.html", out / "figures.json"
    found = export(
        run, out / "models", "--also", "int8", "--also", "float16",
        "--html", str(page), "--json", str(figures),
    )  # fmt: skip
    assert found.exit_code == 0, found.exception
    return out


def test_each_arithmetic_has_a_file_and_a_card(exported: Path) -> None:
    found = sorted(path.name for path in (exported / "models").iterdir())
    ids = ("tiny", "tiny-fp16", "tiny-int8")
    assert found == sorted(f"{one}.{ending}" for one in ids for ending in ("json", "onnx"))
    assert len(json.loads((exported / "figures.json").read_text())["figures"]) == 3
    assert "tiny-int8" in (exported / "export.html").read_text()


def test_a_card_says_where_it_comes_from(exported: Path, run: Path, prepared: Path) -> None:
    path = exported / "models" / "tiny.json"
    card = read_card(path.read_bytes(), path)
    record = card.training
    assert isinstance(record, TrainingRecord)
    assert record.data_fingerprint == Prepared.open(prepared).fingerprint
    assert (record.data_licence, card.licence) == ("drawn, ours", "MIT")
    assert record.recipe == (run / "recipe.yaml").read_text()
    assert record.agreement > 0.9999
    assert "none of them trained on" in record.measured_on
    assert {figure.name for figure in record.figures} >= {"auc"}
    assert {check.engine for check in card.checked_on} == {s.engine for s in record.speeds}


def test_the_product_embeds_as_the_network_does(exported: Path, run: Path, tmp_path: Path) -> None:
    models = exported / "models"
    for name in ("tiny", "tiny-int8", "tiny-fp16"):
        added = CliRunner().invoke(
            app,
            ["models", "add", str(models / f"{name}.onnx"), "--card",
             str(models / f"{name}.json"), "--cache", str(tmp_path)],
        )  # fmt: skip
        assert added.exit_code == 0, added.exception
    folder = RunFolder.open(run)
    faces = np.asarray(Prepared.open(Path(folder.about["data"])).images[:20])
    expected = by_torch(folder.backbone("best"), faces)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    card, session = open_session(Registry(tmp_path), "tiny", engine="onnxruntime")
    found = OnnxEmbedder(session, card).embed(np.ascontiguousarray(faces[..., ::-1]))
    assert (found.vectors * expected).sum(axis=1).min() > 0.9999


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--split", "elsewhere"), "has no split elsewhere"),
        (("--id", "Not An Id"), "model_id"),
        (("--data", "nowhere"), "holds no prepared faces"),
    ],
)
def test_bad_input(run: Path, tmp_path: Path, more: tuple[str, ...], words: str) -> None:
    found = export(run, tmp_path / "out", *more)
    assert words in str(found.exception)
    assert not (tmp_path / "out").exists()


def test_a_cohort_too_small_is_refused_before_anything_is_measured(
    run: Path, tmp_path: Path
) -> None:
    for person in range(45):
        (tmp_path / "cohort" / f"person {person}").mkdir(parents=True)
        (tmp_path / "cohort" / f"person {person}" / "1.jpg").write_bytes(b"not looked at")
    found = export(run, tmp_path / "out", "--cohort", str(tmp_path / "cohort"))
    assert "at least 46 people with photographs, found 45" in str(found.exception)
    assert "measures" not in found.output


def test_nothing_is_overwritten(exported: Path, run: Path) -> None:
    found = export(run, exported / "models")
    assert "is there already" in str(found.exception)


def test_other_faces_are_not_taken_for_the_runs(run: Path, tmp_path: Path) -> None:
    other = drawn_faces(tmp_path / "other", seed=9)
    found = export(run, tmp_path / "out", "--data", str(other))
    assert "not the data of the run" in str(found.exception)
