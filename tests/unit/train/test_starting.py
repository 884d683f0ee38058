"""A run may begin with the weights of another, or of a model."""

from pathlib import Path

import pytest
import torch

from drawn_faces import drawn_faces
from facewarden.errors import ModelMissing, ModelRefused
from facewarden.train.backbones.catalogue import build
from facewarden.train.distributed import World
from facewarden.train.learner import Learner
from facewarden.train.metrics_log import VALIDATION, read_metrics
from facewarden.train.run_folder import RunFolder
from facewarden.train.starter import begin
from facewarden.train.starting import start_from
from training import Told, around, recipe


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return drawn_faces(tmp_path_factory.mktemp("drawn") / "faces")


@pytest.fixture(scope="module")
def run(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("first") / "run"
    begin(recipe(epochs=1, averaging={"decay": 0.9}), faces, folder, around())
    return RunFolder.open(folder)


def test_it_begins_where_another_ended(run: RunFolder, faces: Path, tmp_path: Path) -> None:
    made = recipe(
        epochs=1,
        network={**run.recipe.network.model_dump(), "warm_start": str(run.best)},
    )
    learner = Learner(made, classes=5, input_size=32, world=World(torch.device("cpu")))
    expected = run.backbone("best").state_dict()
    assert all(
        torch.equal(value, expected[n]) for n, value in learner.backbone.state_dict().items()
    )
    told = Told()
    begin(made, faces, tmp_path / "second", around(told=told))
    # What was there before the first step is judged too.
    judged = read_metrics(tmp_path / "second" / "metrics.csv")
    assert judged[0].part == VALIDATION
    assert judged[0].step == 0
    (last,) = [e for e in read_metrics(run.metrics) if e.part == VALIDATION]
    assert judged[0].figures == last.figures
    assert any(said.startswith("starts from the weights of") for said in told.said)


def test_weights_of_another_network_are_refused(run: RunFolder) -> None:
    net = build("mobilefacenet", embedding_size=32, input_size=32)
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(ModelRefused, match="do not fit MobileFaceNet"):
        start_from(net, str(run.best), ())
    assert all(torch.equal(value, before[n]) for n, value in net.state_dict().items())


@pytest.mark.parametrize("where", ["no-such-model", "absent.onnx", "absent.pt"])
def test_what_is_not_there(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEWARDEN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    net = build("mobilenetv3-small", embedding_size=32, input_size=32)
    with pytest.raises((ModelMissing, ModelRefused)):
        start_from(net, where, ())
