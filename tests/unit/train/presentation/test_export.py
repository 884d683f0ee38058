"""A run becomes a file that the watch's own code runs, and that says the same."""

from pathlib import Path

import numpy as np
import pytest
import torch

from facewarden.assess.onnx_presentation import OnnxPresentation
from facewarden.errors import InputError
from facewarden.geometry.registration import registered
from facewarden.models.add import add
from facewarden.models.engines import REFERENCE, start
from facewarden.models.registry import Registry
from facewarden.models.training_record import ClipTrainingRecord
from facewarden.train.interruption import Interruption
from facewarden.train.presentation.clip_run import ClipRun
from facewarden.train.presentation.export import Named, export, write
from facewarden.train.presentation.grad_cam import grad_cam
from facewarden.train.presentation.loop import ClipTraining
from facewarden.train.presentation.prepared_clips import PreparedClips
from facewarden.train.watcher import Unwatched
from unit.train.presentation.looks import recipe, written

NAMED = Named("clip-test", "Apache-2.0", "drawn for tests")
SHORT = {"epochs": 1, "sampling": {"batch_size": 8, "clips_per_epoch": 16}}


def trained(folder: Path, clips: PreparedClips, **changes: object) -> ClipRun:
    about = {"data": str(clips.folder), "data_fingerprint": clips.fingerprint}
    run = ClipRun.create(folder, recipe(**SHORT, **changes), about)
    ClipTraining(run, clips, Unwatched(), Interruption()).train()
    return run


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> PreparedClips:
    return written(tmp_path_factory.mktemp("clips"), clips=1)


@pytest.mark.parametrize(
    ("loss", "network"), [("softmax", "mobile"), ("arcface", "mobile"), ("softmax", "measured")]
)
def test_the_watch_gets_what_the_network_says(
    loss: str, network: str, clips: PreparedClips, tmp_path: Path
) -> None:
    sizes = {
        "looks": 3,
        "input_size": 64,
        "embedding_size": 16,
        "registered": network == "measured",
    }
    width = {"width": 8} if network == "mobile" else {}
    run = trained(
        tmp_path / "run", clips, loss={"name": loss},
        network={"name": network, **sizes, "parameters": width},
    )  # fmt: skip
    made = export(run, clips, NAMED, command="facewarden")
    assert made.difference < 1e-3
    record = made.card.training
    assert isinstance(record, ClipTrainingRecord)
    assert (record.network, record.loss, record.step) == (network, loss, 2)
    assert record.data_fingerprint == clips.fingerprint
    assert {"ACER, worst species", "BPCER", "APCER of print"} <= {
        one.name for one in record.figures
    }
    path = write(made, tmp_path / "out")
    card = add(Registry(tmp_path / "cache"), path, path.with_suffix(".json"))
    assert (card.kind, card.looks, card.input.alignment) == ("presentation", 3, "square")
    # 64 of 72 px are seen, of a square of two faces.
    assert card.input.factor == pytest.approx(2 * 64 / 72, abs=1e-5)
    judge = OnnxPresentation(start(made.model, card, REFERENCE, threads=1), card)
    assert card.input.registered is (network == "measured")
    pictures = np.random.default_rng(5).integers(0, 256, (5, 3, 64, 64, 3), np.uint8)
    found = judge.judge(pictures)
    seen = pictures
    if card.input.registered:
        seen = np.stack([registered(looks) for looks in pictures])
    rgb = torch.from_numpy(np.ascontiguousarray(seen[..., ::-1].transpose(0, 1, 4, 2, 3)))
    live, attention = grad_cam(run.network(), run.score(), rgb.float())
    assert found.live == pytest.approx(live.numpy(), abs=1e-3)
    assert found.attention.shape == tuple(attention.shape) == (5, 3, 4, 4)
    assert found.attention == pytest.approx(
        attention.numpy(), rel=1e-2, abs=1e-3 * float(attention.max())
    )
    with pytest.raises(InputError, match="is there already"):
        write(made, tmp_path / "out")


def test_a_run_that_has_not_ended_is_not_exported(clips: PreparedClips, tmp_path: Path) -> None:
    asked = Interruption()

    class AfterOne(Unwatched):
        def logged(self, entry: object, *, best: bool = False) -> None:
            asked.by = 15

    run = ClipRun.create(tmp_path / "run", recipe(**{**SHORT, "epochs": 2}), {})
    assert ClipTraining(run, clips, AfterOne(), asked).train()[1] is None
    with pytest.raises(InputError, match="has not ended"):
        export(run, clips, NAMED, command="facewarden")


def test_a_network_that_explains_itself_by_a_second_pass_is_not_exported(
    clips: PreparedClips, tmp_path: Path
) -> None:
    joined = {"name": "alexnet-2plus1d+flownet-s", "looks": 2, "input_size": 64,
              "embedding_size": 8, "parameters": {"width": 4}}  # fmt: skip
    run = trained(tmp_path / "run", clips, network=joined)
    with pytest.raises(InputError, match="is not exported"):
        export(run, clips, NAMED, command="facewarden")
