"""facewarden train classify on real faces, with the real embedder and with a small one."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from facewarden.cli.main import app
from facewarden.config.models import ModelsSettings
from facewarden.errors import FacewardenError
from facewarden.models.registry import sha256
from facewarden.train.classify.embedding import open_embedding
from facewarden.train.data.prepared import Prepared
from small_models import small_card, small_embedder

PEOPLE = ("Abel_Pacheco", "Akhmed_Zakayev", "Carlos_Menem", "Bill_Frist", "Al_Sharpton")


@pytest.fixture(scope="module")
def prepared(
    shared: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Five people of lfw-dev, some of them with three pictures."""
    root = tmp_path_factory.mktemp("faces")
    for name in PEOPLE:
        folder = shared / "data" / "lfw-dev" / "images" / name
        (root / "source" / name).mkdir(parents=True)
        for file in sorted(folder.iterdir())[: 3 if name == PEOPLE[0] else 12]:
            shutil.copy(file, root / "source" / name)
    words = [root / "source", root / "out", "--split", "images:50/20/30", "--split",
             "subjects:40/30/30", "--split", "images:60/0/40"]  # fmt: skip
    result = CliRunner().invoke(app, ["train", "prepare", *map(str, words)])
    assert result.exit_code == 0, result.output
    yield root / "out"
    shutil.rmtree(root)


def run(*words: str | int | Path) -> Result:
    return CliRunner().invoke(app, ["train", "classify", *map(str, words)])


def refused(*words: str | int | Path) -> str:
    error = run(*words).exception
    assert isinstance(error, FacewardenError)
    assert "\n" not in str(error)
    return str(error)


def test_every_head_names_five_people(prepared: Path, tmp_path: Path) -> None:
    page, machine = tmp_path / "page.html", tmp_path / "figures.json"
    result = run(prepared, "--html", page, "--json", machine)
    assert result.exit_code == 0, result.output
    told = json.loads(machine.read_text(encoding="utf-8"))
    assert told["figures"]["subjects"] == sorted(PEOPLE)
    assert list(told["figures"]["heads"]) == ["prototype", "knn", "svm", "kmeans", "softmax"]
    for name, head in told["figures"]["heads"].items():
        assert head["accuracy"]["value"] == 1, name
        assert head["mistakes"] == []
        assert set(head["by_person"]) == set(PEOPLE)
    written = page.read_text(encoding="utf-8")
    assert "<svg" in written
    assert "Named rightly" in written
    assert "Named wrongly" not in written, "there is no mistake to show"


def test_mistakes_are_shown(prepared: Path, tmp_path: Path) -> None:
    """A random projection of colours is an embedder of no use: real mistakes."""
    run_folder = tmp_path / "run" / "export"
    run_folder.mkdir(parents=True)
    model = small_embedder()
    card = small_card(sha256=sha256(model), source_sha256=sha256(model))
    (run_folder / "small-embedder.onnx").write_bytes(model)
    (run_folder / "small-embedder.json").write_text(json.dumps(card), encoding="utf-8")
    page, machine = tmp_path / "page.html", tmp_path / "figures.json"
    result = run(prepared, "--model", tmp_path / "run", "--head", "prototype", "--least", 4,
                 "--split", "images-60-0-40", "--html", page, "--json", machine)  # fmt: skip
    assert result.exit_code == 0, result.output
    told = json.loads(machine.read_text(encoding="utf-8"))
    assert "small-embedder on" in told["models"][0]
    faces = Prepared.open(prepared)
    enough = np.flatnonzero(np.bincount(faces.labels) >= 4)
    assert 2 < len(enough) < len(PEOPLE)
    assert told["figures"]["subjects"] == [faces.subjects[one] for one in enough]
    (head,) = told["figures"]["heads"].values()
    assert head["accuracy"]["value"] < 1
    assert head["validation_accuracy"] is None
    assert sum(one["probes"] for one in head["mistakes"]) == round(
        (1 - head["accuracy"]["value"]) * sum(p["probes"] for p in head["by_person"].values())
    )
    assert "Named wrongly" in page.read_text(encoding="utf-8")
    assert any("the validation part is empty" in one for one in told["warnings"])


def test_a_larger_crop_is_scaled_to_the_model(
    shared: Path, models_dir: Path, prepared: Path, tmp_path: Path
) -> None:
    source = prepared.parent / "source"
    assert (
        CliRunner()
        .invoke(app, ["train", "prepare", str(source), str(tmp_path / "big"), "--size", "224"])
        .exit_code
        == 0
    )
    embedding = open_embedding("sface-2021dec-centred", ModelsSettings())
    small, big = Prepared.open(prepared), Prepared.open(tmp_path / "big")
    rows = np.arange(len(small))
    alike = (embedding.embed(small, rows) * embedding.embed(big, rows)).sum(axis=1)
    # The same faces, resampled twice instead of once.
    assert np.median(alike) > 0.97
    assert alike.min() > 0.9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--head", "forest"], "no such head"),
        (["--split", "images-1-2-3"], "no split images-1-2-3: expected images-50-20-30"),
        (["--split", "subjects-40-30-30"], "tests people whom it does not train on"),
        (["--least", "1000"], "too few people with 1000 faces"),
        (["--model", "nobody-knows"], "nobody-knows"),
        (["--model", "yunet-2023mar"], "does not take prepared faces"),
    ],
)
def test_what_cannot_be_done_is_said(prepared: Path, words: list[str], said: str) -> None:
    assert said in refused(prepared, *words)


def test_a_folder_of_something_else(tmp_path: Path, prepared: Path) -> None:
    assert "no prepared faces" in refused(tmp_path)
    assert "no model with a card" in refused(prepared, "--model", tmp_path)
