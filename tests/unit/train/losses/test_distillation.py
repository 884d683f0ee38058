"""Distillation: its second derivation, gradient, and what does not fit."""

import numpy as np
import pytest
import torch
from torch import Tensor

from facewarden.errors import DataError
from facewarden.train.losses.catalogue import build
from facewarden.train.losses.distillation import Distillation
from facewarden.train.losses.loss import Loss, unit


def made(relations: float) -> Loss:
    return build("distillation", {"relations": relations}, classes=3, embedding_size=5)


def batch(seed: int, n: int = 7) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    given = torch.randn(n, 5, generator=generator, dtype=torch.float64) * 3
    return given, unit(torch.randn(n, 5, generator=generator, dtype=torch.float64))


def derived(given: Tensor, targets: Tensor, relations: float) -> float:
    """The same, a pair at a time."""
    e, t = given.numpy(), targets.numpy()
    own = [1 - float(a @ b) / float(np.linalg.norm(a)) for a, b in zip(e, t, strict=True)]
    moved = [
        (float(e[i] @ t[j]) / float(np.linalg.norm(e[i])) - float(t[i] @ t[j])) ** 2
        for i in range(len(e))
        for j in range(len(e))
        if i != j
    ]
    return float(np.mean(own)) + relations * float(np.mean(moved or [0.0]))


@pytest.mark.parametrize("relations", [0.0, 1.0, 5.0])
@pytest.mark.parametrize("n", [1, 2, 7])
def test_second_derivation(relations: float, n: int) -> None:
    given, targets = batch(n, n)
    found = made(relations)(given, targets).item()
    assert found == pytest.approx(derived(given, targets, relations), rel=1e-9)


def test_the_gradient() -> None:
    given, targets = batch(0)
    loss = made(5.0)
    assert torch.autograd.gradcheck(lambda e: loss(e, targets), (given.requires_grad_(),))


def test_nothing_is_left_to_learn_from_who_agrees() -> None:
    _, targets = batch(0)
    given = (4 * targets).requires_grad_()
    loss = made(5.0)(given, targets)
    assert loss.item() == pytest.approx(0, abs=1e-12)
    (gradient,) = torch.autograd.grad(loss, given)
    assert gradient.abs().max().item() < 1e-12


def test_no_face_teaches_nothing() -> None:
    empty = torch.zeros((0, 5), requires_grad=True)
    assert made(5.0)(empty, torch.zeros((0, 5))).item() == 0


def test_what_does_not_fit() -> None:
    with pytest.raises(DataError, match=r"expected \(b, d\) both, found \(2, 3\) and \(2,\)"):
        made(5.0)(torch.randn(2, 3), torch.tensor([0, 1]))


def taught(nearest: float, among: int) -> tuple[Loss, Tensor, Tensor, Tensor]:
    """A loss that knows twelve faces, a centre and a nuisance direction."""
    loss = build(
        "distillation", {"relations": 0, "nearest": nearest, "among": among},
        classes=3, embedding_size=5,
    )  # fmt: skip
    assert isinstance(loss, Distillation)
    everybody = batch(11, 12)[1]
    centre, nuisance = batch(12, 1)[1][0] / 3, batch(13, 1)[1][0]
    loss.learn_from(everybody, centre, nuisance)
    return loss, everybody, centre, nuisance


@pytest.mark.parametrize("among", [1, 4, 99])
def test_nobody_becomes_more_alike_than_the_teacher_finds(among: int) -> None:
    loss, everybody, centre, nuisance = taught(2.0, among)
    given, _ = batch(3)
    targets = everybody[:7]
    total = 0.0
    for e, own in zip(given, targets, strict=True):
        moved = e / e.norm() - centre
        moved = moved - (moved @ nuisance) * nuisance
        template = moved / moved.norm()
        others = [t for t in everybody if not torch.equal(t, own)]
        found = sorted(((float(template @ t), float(own @ t)) for t in others), reverse=True)
        # Where `among` reaches everybody, they themselves count as unmoved.
        among_them = found[:among]
        total += (1 - float(template @ own)) / 7
        more = sum(max(0.0, now - then) ** 2 for now, then in among_them)
        total += 2.0 * more / (7 * min(among, 12))
    assert loss(given, targets).item() == pytest.approx(total, rel=1e-9)
    assert torch.autograd.gradcheck(lambda e: loss(e, targets), (given.requires_grad_(),))


def test_no_template_is_part_of_a_checkpoint() -> None:
    assert taught(1.0, 4)[0].state_dict() == {}
