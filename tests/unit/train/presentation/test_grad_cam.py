"""The attention in closed form is that of autograd, for every network and score that has one."""

import pytest
import torch

from facewarden.train.presentation.grad_cam import ExplainedClip, grad_cam
from facewarden.train.presentation.live_score import (
    CalibratedScore,
    CosineScore,
    LinearScore,
    LiveScore,
)
from facewarden.train.presentation.networks.catalogue import build
from facewarden.train.presentation.networks.clip_network import PooledNetwork

SCORES: tuple[type[LiveScore], ...] = (LinearScore, CosineScore)


def scored(made: type[LiveScore], *, threshold: float) -> CalibratedScore:
    return CalibratedScore(made(torch.randn(16)), threshold, 3.0)


@pytest.mark.parametrize("made", SCORES)
@pytest.mark.parametrize("threshold", [-5.0, 5.0], ids=["bona fide", "attack"])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("mobile", {"width": 8}), ("alexnet-2plus1d", {}), ("r2plus1d-18", {"width": 8}),
     ("flownet-s", {"width": 4}), ("measured", {})],
)  # fmt: skip
def test_closed_form_is_autograd(
    name: str, parameters: dict[str, object], threshold: float, made: type[LiveScore]
) -> None:
    torch.manual_seed(3)
    net = build(name, parameters, looks=3, input_size=96, embedding_size=16).eval()
    assert isinstance(net, PooledNetwork)
    clips = torch.rand(2, 3, 3, 96, 96) * 255
    direction = torch.randn(16)
    brightest = []
    # What speaks for a verdict in one direction speaks against it in the other.
    for towards in (direction, -direction):
        score = CalibratedScore(made(towards), threshold, 3.0)
        live, attention = grad_cam(net, score, clips)
        with torch.inference_mode():
            live_too, attention_too = ExplainedClip(net, score)(clips)
        assert torch.allclose(live, live_too, atol=1e-5)
        assert attention.shape == attention_too.shape
        brightest.append(attention.max().item())
        assert torch.allclose(attention, attention_too, rtol=1e-3, atol=1e-5 * max(brightest))
    assert max(brightest) > 0


def test_the_joined_network_is_explained_by_autograd() -> None:
    net = build(
        "alexnet-2plus1d+flownet-s", {"width": 4}, looks=2, input_size=80, embedding_size=16
    ).eval()
    live, attention = grad_cam(
        net, scored(CosineScore, threshold=0.0), torch.rand(1, 2, 3, 80, 80) * 255
    )
    assert attention.shape[:2] == (1, 2)
    assert 0 <= float(live) <= 1


@pytest.mark.parametrize("made", SCORES)
def test_the_slope_of_a_score_is_that_of_autograd(made: type[LiveScore]) -> None:
    score = scored(made, threshold=0.1)
    embeddings = torch.randn(5, 16, requires_grad=True)
    (slope,) = torch.autograd.grad(score.logit(embeddings).sum(), embeddings)
    assert torch.allclose(slope, score.slope(embeddings.detach()), atol=1e-5)
