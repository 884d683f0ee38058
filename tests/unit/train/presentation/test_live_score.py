"""The score that a loss trains for, and where its threshold comes to lie."""

import numpy as np
import pytest
import torch

from facewarden.errors import DataError
from facewarden.evaluate.presentation import Presentations
from facewarden.train.losses.catalogue import build
from facewarden.train.presentation.live_score import (
    CosineScore,
    LinearScore,
    calibrated,
    score_of,
)


def of(scores: list[float], kinds: list[str]) -> Presentations:
    return Presentations(np.array(scores), tuple(kinds), np.arange(len(kinds), dtype=np.int64))


def test_a_fully_connected_layer_scores_by_both_rows() -> None:
    loss = build("softmax", {}, classes=2, embedding_size=8)
    found = score_of(loss, lambda: pytest.fail("nothing is to be embedded"))
    x = torch.randn(4, 8)
    logits = x @ dict(loss.named_parameters())["layer.weight"].T
    assert isinstance(found, LinearScore)
    assert torch.allclose(found(x), logits[:, 1] - logits[:, 0], atol=1e-6)


@pytest.mark.parametrize("name", ["arcface", "cosface", "sphereface", "arcface+triplet"])
def test_a_centre_is_the_representative(name: str) -> None:
    loss = build(name, {}, classes=2, embedding_size=8)
    found = score_of(loss, lambda: pytest.fail("nothing is to be embedded"))
    centres = dict(loss.named_parameters())
    centre = next(value for key, value in centres.items() if key.endswith("centres"))[1]
    x = torch.randn(4, 8)
    assert isinstance(found, CosineScore)
    assert torch.allclose(found(x), torch.cosine_similarity(x, centre[None]), atol=1e-6)


def test_without_centres_it_is_the_mean_direction_of_bona_fide_clips() -> None:
    loss = build("contrastive", {}, classes=2, embedding_size=2)
    found = score_of(loss, lambda: torch.tensor([[3.0, 0.0], [0.0, 0.5]]))
    assert float(found(torch.tensor([[1.0, 1.0]]))) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("scores", "kinds", "between"),
    [
        ([0.9, 0.8, 0.1, 0.2], ["", "", "print", "replay"], (0.2, 0.8)),
        ([5.0, 3.0, 2.0, -1.0, 2.5, 4.0], ["", "", "", "print", "print", "print"], (2.0, 3.0)),
    ],
)
def test_live_is_half_at_the_equal_error_rate(
    scores: list[float], kinds: list[str], between: tuple[float, float]
) -> None:
    values = np.array(scores)
    live = calibrated(LinearScore(torch.ones(1)), values, of(scores, kinds))
    at = float(live.threshold)
    assert between[0] < at < between[1]
    assert float(live(torch.tensor([[at]]))) == pytest.approx(0.5)
    both = live(torch.tensor([[at - 1.0], [at + 1.0]]))
    assert both[0] < 0.5 < both[1]
    assert np.isfinite(float(live.steepness))


def test_scores_that_are_no_numbers_are_refused() -> None:
    scores = [float("nan"), 0.0]
    with pytest.raises(DataError, match="no number"):
        calibrated(LinearScore(torch.ones(1)), np.array(scores), of(scores, ["", "print"]))
