"""A network of one look, and as a part of one that sees clips."""

from pathlib import Path

import pytest
import torch

from facewarden.errors import ConfigError, InputError
from facewarden.train.interruption import Interruption
from facewarden.train.presentation.clip_run import ClipRun, told_of_data
from facewarden.train.presentation.fresh_statistics import count_anew
from facewarden.train.presentation.grad_cam import ExplainedClip, grad_cam
from facewarden.train.presentation.live_score import CalibratedScore, CosineScore, LinearScore
from facewarden.train.presentation.loop import ClipTraining, Ended
from facewarden.train.presentation.networks.measured import Measured
from facewarden.train.presentation.networks.surface import Surface
from facewarden.train.watcher import Unwatched
from unit.train.presentation.looks import recipe, written

SURFACE = {
    "network": {
        "name": "surface", "looks": 1, "input_size": 64, "embedding_size": 8,
        "parameters": {"width": 4},
    },
    "loss": {"name": "softmax"},
    "augment_looks": [],
}  # fmt: skip
MEASURED = {
    "network": {
        "name": "measured", "looks": 3, "input_size": 64, "embedding_size": 8,
        "parameters": {"surface": 4},
    },
    "loss": {"name": "softmax"},
}  # fmt: skip


def taught(linear: bool = True) -> tuple[Surface, CalibratedScore]:
    torch.manual_seed(5)
    net = Surface(input_size=64, embedding_size=8, width=4)
    for _ in range(3):
        net(torch.rand(8, 1, 3, 64, 64) * 255)
    score = (LinearScore if linear else CosineScore)(torch.randn(8))
    return net.eval(), CalibratedScore(score, 0.3, 1.7)


def test_it_takes_one_look() -> None:
    net, score = taught()
    looks = torch.rand(3, 1, 3, 64, 64) * 255
    with torch.inference_mode():
        assert net.maps(looks).shape == (3, 64, 1, 4, 4)
        # As models of single pictures are fed, without an axis of time.
        live, attention = ExplainedClip(net, score).eval()(looks[:, 0])
    assert attention.shape == (3, 1, 4, 4)
    again, _ = grad_cam(net, score, looks)
    assert torch.allclose(live, again, atol=1e-6)
    maps = net.maps(looks)
    assert (maps[:, 32:].mean((2, 3, 4)) >= maps[:, :32].mean((2, 3, 4)) - 1e-6).all()
    # Lifted blacks are evidence, which standardising alone would take away.
    assert not torch.allclose(net(looks), net(looks * 0.5 + 60), rtol=1e-5, atol=1e-5)


def test_inside_another_it_says_the_same() -> None:
    net, score = taught()
    outer = Measured(looks=3, input_size=64, embedding_size=8, surface=4)
    assert outer.surface is not None
    outer.surface.take(net, score)
    clips = torch.rand(4, 3, 3, 64, 64) * 255
    with torch.inference_mode():
        logits = outer.surface(clips[:, 1]).mean((1, 2, 3))
        assert torch.allclose(logits, score.logit(net(clips[:, 1:2])), atol=1e-4)


def test_its_part_of_the_maps_has_the_mean_that_is_learnt_from() -> None:
    outer = Measured(looks=3, input_size=64, embedding_size=8, surface=4)
    assert outer.surface is not None
    outer.surface.take(*taught())
    for _ in range(3):
        outer(torch.rand(8, 3, 3, 64, 64) * 255)
    outer.eval()
    clips = torch.rand(2, 3, 3, 64, 64) * 255
    with torch.inference_mode():
        last = outer.maps(clips)[:, -1]
        logits = outer.surface(clips[:, 1]).mean((1, 2, 3))
    known = dict(outer.norm.named_buffers())
    wanted = (logits - known["running_mean"][-1]) / (known["running_var"][-1] + 1e-5).sqrt()
    assert torch.allclose(last.mean((1, 2, 3)), wanted, atol=1e-4)
    assert not last[:, [0, 2]].any()  # it looked at the middle look only


def test_nothing_of_it_is_learnt_again() -> None:
    outer = Measured(looks=3, input_size=64, embedding_size=8, surface=4)
    assert outer.surface is not None
    outer.surface.take(*taught())
    before = {name: value.clone() for name, value in outer.surface.state_dict().items()}
    optimiser = torch.optim.AdamW(outer.parameters(), 0.1, weight_decay=0.5)
    outer.train()
    outer(torch.rand(8, 3, 3, 64, 64) * 255).square().mean().backward()
    optimiser.step()
    count_anew(outer, [torch.rand(8, 3, 3, 64, 64) * 255])
    for name, value in outer.surface.state_dict().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize("fault", ["width", "score"])
def test_what_does_not_fit_is_refused(fault: str) -> None:
    outer = Measured(looks=3, input_size=64, embedding_size=8, surface=8 if fault == "width" else 4)
    assert outer.surface is not None
    with pytest.raises(InputError, match="does not fit as the surface"):
        outer.surface.take(*taught(linear=fault != "score"))


def test_a_run_takes_the_surface_of_another(tmp_path: Path) -> None:
    clips = written(tmp_path / "clips")
    first = ClipRun.create(tmp_path / "surface", recipe(**SURFACE), told_of_data(clips, "test"))
    ended, figures = ClipTraining(first, clips, Unwatched(), Interruption()).train()
    assert ended is Ended.DONE
    assert figures is not None
    alone = told_of_data(clips, "test", first.folder)
    run = ClipRun.create(tmp_path / "measured", recipe(**MEASURED), alone)
    ended, _ = ClipTraining(run, clips, Unwatched(), Interruption()).train()
    assert ended is Ended.DONE
    net, surface = run.network(), first.network()
    assert isinstance(net, Measured)
    assert net.surface is not None
    assert isinstance(surface, Surface)
    for name, value in surface.stages.state_dict().items():
        assert torch.equal(net.surface.net.stages.state_dict()[name], value), name
    # Gone on with, a run has its surface in the checkpoint.
    first.folder.rename(tmp_path / "elsewhere")
    ClipTraining(run, clips, Unwatched(), Interruption())
    for folder, about, wanted in (
        ("none", {}, recipe(**MEASURED)),
        ("not asked for", alone, recipe()),
    ):
        with pytest.raises(ConfigError, match="--surface do not fit"):
            ClipTraining(
                ClipRun.create(tmp_path / folder, wanted, about), clips, Unwatched(), Interruption()
            )
