"""Our losses and miners against those of pytorch-metric-learning, where it has the same."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from pytorch_metric_learning import (  # type: ignore[import-untyped]
    distances,
    losses,
    miners,
    reducers,
)
from torch import Tensor

from facewarden.train.losses.arcface import ArcFace
from facewarden.train.losses.contrastive import Contrastive
from facewarden.train.losses.cosface import CosFace
from facewarden.train.losses.sphereface import SphereFace
from facewarden.train.losses.triplet import OnlineTriplet
from facewarden.train.miners.distances import squared_distances
from facewarden.train.miners.hard import Hard
from facewarden.train.miners.semi_hard import SemiHard

CLASSES, SIZE = 7, 6


def batch(seed: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (20,), generator=generator)
    return 3 * torch.randn(20, SIZE, generator=generator), labels


PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "arcface": (ArcFace, partial(losses.ArcFaceLoss, margin=math.degrees(0.5), scale=64)),
    "cosface": (CosFace, partial(losses.CosFaceLoss, margin=0.35, scale=64)),
    "sphereface": (
        partial(SphereFace, softest=0, hardest=0),
        partial(losses.SphereFaceLoss, margin=4, scale=1),
    ),
}


@pytest.mark.filterwarnings("ignore:__array_wrap__:DeprecationWarning")  # their SphereFace
@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("seed", range(3))
def test_margins(name: str, seed: int) -> None:
    """The same loss and the same gradient of the embeddings."""
    make_ours, make_theirs = PAIRS[name]
    ours, theirs = make_ours(classes=CLASSES, embedding_size=SIZE), make_theirs(CLASSES, SIZE)
    x, labels = batch(seed)
    with torch.no_grad():
        centres = torch.randn(CLASSES, SIZE, generator=torch.Generator().manual_seed(seed))
        ours.centres.copy_(centres)
        theirs.W.copy_(centres.T)
    mine, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    one, two = ours(mine, labels), theirs(other, labels)
    torch.testing.assert_close(one, two, rtol=1e-5, atol=1e-5)
    one.backward()
    two.backward()
    torch.testing.assert_close(mine.grad, other.grad, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_triplets_of_all(seed: int) -> None:
    x, labels = batch(seed)
    squared = distances.LpDistance(normalize_embeddings=True, p=2, power=2)
    theirs = losses.TripletMarginLoss(margin=0.2, distance=squared)
    ours = OnlineTriplet(mining="all", margin=0.2)
    torch.testing.assert_close(ours(x, labels), theirs(x, labels), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_hard_triplets(seed: int) -> None:
    x, labels = batch(seed)
    theirs = miners.BatchHardMiner(distance=distances.LpDistance(normalize_embeddings=True))
    ours = Hard()(squared_distances(x), labels)
    assert {tuple(t) for t in torch.stack(list(ours), 1).tolist()} == {
        tuple(t) for t in torch.stack(list(theirs(x, labels)), 1).tolist()
    }


@pytest.mark.parametrize("seed", range(3))
def test_semi_hard_triplets_are_the_nearest_of_theirs(seed: int) -> None:
    x, labels = batch(seed)
    squared = distances.LpDistance(normalize_embeddings=True, p=2, power=2)
    theirs = miners.TripletMarginMiner(margin=0.6, type_of_triplets="semihard", distance=squared)
    squares = squared_distances(x)
    nearest: dict[tuple[int, int], tuple[float, int]] = {}
    for a, p, n in torch.stack(list(theirs(x, labels)), 1).tolist():
        candidate = (float(squares[a, n]), n)
        nearest[a, p] = min(nearest.get((a, p), candidate), candidate)
    ours = torch.stack(list(SemiHard(0.6)(squares, labels)), 1).tolist()
    assert {(a, p): n for a, p, n in ours} == {pair: n for pair, (_, n) in nearest.items()}


@pytest.mark.parametrize("seed", range(3))
def test_contrastive_pairs(seed: int) -> None:
    """Theirs is linear in each pair; squared, and averaged as ours, it is Hadsell's."""
    x, labels = batch(seed)
    theirs: Any = losses.ContrastiveLoss(
        pos_margin=0,
        neg_margin=1,
        distance=distances.LpDistance(normalize_embeddings=True),
        reducer=reducers.DoNothingReducer(),
    )
    parts = theirs(x, labels)
    genuine = parts["pos_loss"]["losses"]
    impostor = parts["neg_loss"]["losses"]
    expected = (genuine**2).mean() / 2 + (impostor[impostor > 0] ** 2).mean() / 2
    torch.testing.assert_close(Contrastive()(x, labels), expected, rtol=1e-4, atol=1e-6)
