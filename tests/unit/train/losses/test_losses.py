"""Every loss: its second derivation, gradients, narrow arithmetic, and batches without a lesson."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from facewarden.errors import ConfigError, DataError
from facewarden.train.losses.adaface import AdaFace
from facewarden.train.losses.arcface_learned import ArcFaceLearned
from facewarden.train.losses.catalogue import LOSSES, build
from facewarden.train.losses.loss import Loss, unit
from facewarden.train.losses.partial_classes import PartialClasses
from facewarden.train.losses.sphereface import SphereFace
from reference import slow_losses as slow

CLASSES, SIZE = 6, 5
SETTINGS: Mapping[str, tuple[str, dict[str, object]]] = {
    "softmax": ("softmax", {}),
    "arcface": ("arcface", {"scale": 8.0}),
    "arcface, every angle beyond": ("arcface", {"scale": 8.0, "margin": 3.0}),
    "arcface as published": ("arcface", {}),
    "arcface learned": ("arcface-learned", {"scale": 8.0, "margin": 0.4}),
    "arcface learned per class": ("arcface-learned", {"scale": 8.0, "per_class": True}),
    "cosface": ("cosface", {"scale": 8}),
    "sphereface at once": ("sphereface", {"softest": 0.0, "hardest": 0.0}),
    "sphereface, odd": ("sphereface", {"margin": 3, "softest": 2.0, "hardest": 0.5}),
    "combined": ("combined", {"scale": 8.0, "m1": 0.9, "m2": 0.4, "m3": 0.15}),
    "combined beyond pi": ("combined", {"scale": 8.0, "m1": 3.0, "m2": 0.5}),
    "adaface": ("adaface", {"scale": 8.0, "newest": 1.0}),
    "contrastive": ("contrastive", {}),
    "contrastive, all within": ("contrastive", {"margin": 2.0}),
    "triplet": ("triplet", {}),
    "online triplet": ("online-triplet", {"margin": 1.0}),
    "online triplet, all": ("online-triplet", {"mining": "all"}),
    "online triplet, hard": ("online-triplet", {"mining": "hard", "margin": 0.4}),
    "arcface and triplet": ("arcface+triplet", {"arcface": {"scale": 8.0}, "weight": 0.5}),
    "arcface and contrastive": ("arcface+contrastive", {"contrastive": {"margin": 0.8}}),
}


def made(case: str, *, classes: int = CLASSES) -> Loss:
    torch.manual_seed(3)
    name, parameters = SETTINGS[case]
    loss = build(name, parameters, classes=classes, embedding_size=SIZE)
    with torch.no_grad():
        for parameter in loss.parameters():
            if parameter.ndim == 2:
                parameter.copy_(torch.randn_like(parameter))
    return loss.double()


def batch(seed: int = 0, n: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(CLASSES, (n,), generator=generator)
    return torch.randn(n, SIZE, generator=generator, dtype=torch.float64) * 2, labels


def derived(case: str, loss: Any, x: Tensor, labels: Tensor) -> float:
    """Return the loss a second time."""
    name, given = SETTINGS[case]
    return _slow(name, given, loss, x.numpy(), labels.numpy())


def _slow(name: str, given: Mapping[str, Any], loss: Any, x: slow.Rows, y: slow.Labels) -> float:
    def numbers(tensor: Tensor) -> slow.Rows:
        return np.asarray(tensor.detach().numpy(), np.float64)

    of: dict[str, Callable[[], float]] = {
        "softmax": lambda: slow.softmax(x, y, numbers(loss.layer.weight), numbers(loss.layer.bias)),
        "arcface": lambda: slow.arcface(
            x, y, numbers(loss.centres), given.get("scale", 64), given.get("margin", 0.5)
        ),
        "cosface": lambda: slow.cosface(x, y, numbers(loss.centres), 8, 0.35),
        "sphereface": lambda: slow.sphereface(
            x, y, numbers(loss.centres), given.get("margin", 4), given["softest"]
        ),
        "combined": lambda: slow.combined(
            x, y, numbers(loss.centres), 8, given["m1"], given["m2"], given.get("m3", 0.2)
        ),
        "adaface": lambda: slow.adaface(
            x,
            y,
            numbers(loss.centres),
            8,
            0.4,
            0.333,
            float(np.linalg.norm(x, axis=1).mean()),
            float(np.linalg.norm(x, axis=1).std(ddof=1)),
        ),
        "contrastive": lambda: slow.contrastive(x, y, given.get("margin", 1.0)),
        "online-triplet": lambda: slow.triplet(
            x,
            {
                "all": slow.triplets(y),
                "hard": slow.hard(x, y),
                "semi-hard": slow.semi_hard(x, y, given.get("margin", 0.2)),
            }[given.get("mining", "semi-hard")],
            given.get("margin", 0.2),
        ),
    }
    if name == "arcface+triplet":
        parts = loss.parts
        return _slow("arcface", given["arcface"], parts["arcface"], x, y) + 0.5 * _slow(
            "online-triplet", {}, parts["online-triplet"], x, y
        )
    if name == "arcface+contrastive":
        parts = loss.parts
        return _slow("arcface", {}, parts["arcface"], x, y) + _slow(
            "contrastive", given["contrastive"], parts["contrastive"], x, y
        )
    if name == "arcface-learned":
        margins = numbers(loss.margins)
        of_row = [float(margins[label if len(margins) > 1 else 0]) for label in y]
        entropies = [
            slow.arcface(x[i : i + 1], y[i : i + 1], numbers(loss.centres), 8, of_row[i])
            for i in range(len(y))
        ]
        return float(np.mean(entropies)) - 8 * 0.1 * float(np.mean(of_row))
    return of[name]()


@pytest.mark.parametrize("case", sorted(set(SETTINGS) - {"triplet"}))
@pytest.mark.parametrize("seed", range(3))
def test_second_derivation(case: str, seed: int) -> None:
    x, labels = batch(seed)
    loss = made(case)
    assert loss(x, labels).item() == pytest.approx(derived(case, loss, x, labels), rel=1e-6)


def test_random_triplets_are_some_of_all() -> None:
    x, labels = batch()
    loss = made("triplet")
    costs = [slow.triplet(x.numpy(), [chosen], 0.2) for chosen in slow.triplets(labels.numpy())]
    found = [loss(x, labels).item() for _ in range(40)]
    assert len(set(found)) > 20
    assert np.mean(found) == pytest.approx(np.mean([c for c in costs if c > 0]), rel=0.25)


@pytest.mark.parametrize("case", SETTINGS)
def test_gradients(case: str) -> None:
    x, labels = batch(1, n=8)
    loss = made(case).eval()  # without statistics and annealing, which carry no gradient
    state = {key: value.clone() for key, value in loss.state_dict().items()}
    names = [name for name, _ in loss.named_parameters()]
    parameters = tuple(loss.parameters())

    def of(rows: Tensor, *weights: Tensor) -> Tensor:
        loss.load_state_dict(state)  # the same draws each time
        if "adaface" in case:  # the length decides the margin, by design without gradient
            rows = 3 * unit(rows)
        found: Tensor = torch.func.functional_call(
            loss, dict(zip(names, weights, strict=True)), (rows, labels)
        )
        return found

    inputs = (x.requires_grad_(), *(p.detach().clone().requires_grad_() for p in parameters))
    assert torch.autograd.gradcheck(of, inputs)


@pytest.mark.parametrize("case", SETTINGS)
def test_narrow_arithmetic_stays_near(case: str) -> None:
    x, labels = batch(2)
    loss = made(case)
    kept = {key: value.clone() for key, value in loss.state_dict().items()}
    x = x.to(torch.bfloat16).double()
    expected = loss(x, labels).item()
    loss.load_state_dict(kept)
    narrow = x.to(torch.bfloat16).requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        found = loss.float()(narrow, labels)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected, rel=1e-4, abs=1e-5)
    found.backward()
    assert narrow.grad is not None
    assert narrow.grad.isfinite().all()


HARD = {  # rows of the batch; centre rows stand for the centre of class 0 and its opposite
    "on the centre": ([0, 0, 0], "centre"),
    "opposite the centre": ([0, 0, 0], "opposite"),
    "all equal, two subjects": ([0, 0, 1, 1], "centre"),
    "zeros": ([0, 0, 1], "zeros"),
    "tiny": ([0, 0, 1], "tiny"),
    "one": ([1], "random"),
    "one subject": ([2, 2, 2], "random"),
    "all strangers": ([0, 1, 2, 3], "random"),
    "none": ([], "random"),
}


@pytest.mark.parametrize("lesson", HARD)
@pytest.mark.parametrize("case", SETTINGS)
def test_no_batch_gives_nonsense(case: str, lesson: str) -> None:
    rows, kind = HARD[lesson]
    labels = torch.tensor(rows, dtype=torch.int64)
    loss = made(case).float()
    centre = torch.eye(1, SIZE)[0] * 2  # an axis, so that cosines are 1 and distances 0 exactly
    with torch.no_grad():
        for parameter in loss.parameters():
            if parameter.ndim == 2:
                parameter[0] = centre
    x = {
        "centre": centre.repeat(len(rows), 1),
        "opposite": -centre.repeat(len(rows), 1),
        "zeros": torch.zeros(len(rows), SIZE),
        "tiny": torch.full((len(rows), SIZE), 1e-30),
        "random": torch.randn(len(rows), SIZE, generator=torch.Generator().manual_seed(1)),
    }[kind].requires_grad_()
    found = loss(x, labels)
    assert found.shape == ()
    assert found.isfinite()
    found.backward()
    assert x.grad is not None
    assert x.grad.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in loss.parameters())


@pytest.mark.parametrize(
    "case", ["contrastive", "triplet", "online triplet", "online triplet, all"]
)
def test_nothing_to_learn_is_zero(case: str) -> None:
    far = torch.eye(SIZE, dtype=torch.float64).requires_grad_()
    found = made(case)(far, torch.arange(SIZE))
    found.backward()
    assert found.item() == 0
    assert far.grad is not None
    assert not far.grad.any()


@pytest.mark.parametrize(
    "case",
    [c for c in SETTINGS if SETTINGS[c][0] not in ("contrastive", "triplet", "online-triplet")],
)
def test_one_class(case: str) -> None:
    x = torch.randn(3, SIZE, dtype=torch.float64)
    found = made(case, classes=1)(x, torch.zeros(3, dtype=torch.int64))
    assert found.isfinite()


@pytest.mark.parametrize("name", ["arcface", "cosface", "combined", "adaface", "sphereface"])
def test_the_harder_angle_never_pays(name: str) -> None:
    """f falls as the angle grows, over the whole half turn."""
    loss: Any = build(name, {}, classes=2, embedding_size=2).double().eval()
    cosines = torch.linspace(0, math.pi, 400, dtype=torch.float64).cos()
    found = loss.with_margin(cosines, torch.full((400,), 20.0), torch.zeros(400, dtype=torch.int64))
    steps = found.diff()
    if name == "arcface":  # the authors' continuation jumps once, where it begins
        steps = steps[(cosines[1:] + math.cos(0.5)).abs() > 0.02]
    assert (steps <= 1e-9).all()
    assert (found <= cosines + 1e-9).all()


def test_sphereface_anneals_with_training_only() -> None:
    loss = SphereFace(classes=3, embedding_size=2)
    x, labels = torch.randn(4, 2), torch.tensor([0, 1, 2, 0])
    loss.eval()(x, labels)
    assert float(loss.softness) == 1000
    loss.train()(x, labels)
    assert float(loss.softness) == pytest.approx(1000 / 1.12)
    again = SphereFace(classes=3, embedding_size=2)
    again.load_state_dict(loss.state_dict())
    assert float(again.softness) == float(loss.softness)
    loss.step += 10**6
    assert float(loss.softness) == 5


def test_adaface_follows_the_lengths_of_late() -> None:
    loss = AdaFace(classes=3, embedding_size=2)
    x = torch.tensor([[3.0, 4.0], [6.0, 8.0], [0.0, 0.0]])
    loss.eval()(x, torch.tensor([0, 1, 2]))
    assert (float(loss.mean), float(loss.deviation)) == (20, 100)
    loss.train()(x, torch.tensor([0, 1, 2]))
    assert float(loss.mean) == pytest.approx(0.99 * 20 + 0.01 * 5, rel=1e-4)
    assert float(loss.deviation) == pytest.approx(0.99 * 100 + 0.01 * 5, rel=1e-3)
    before = float(loss.deviation)
    loss(x[:1], torch.tensor([0]))
    assert float(loss.deviation) == before


def test_a_learned_margin_grows_on_easy_data_and_shrinks_on_hard() -> None:
    def after(x: Tensor, labels: Tensor) -> float:
        torch.manual_seed(0)
        loss = ArcFaceLearned(classes=4, embedding_size=4, scale=16.0)
        with torch.no_grad():
            loss.centres.copy_(torch.eye(4))
        optimiser = torch.optim.SGD([loss.place], lr=0.05)
        for _ in range(50):
            optimiser.zero_grad()
            loss(x, labels).backward()
            optimiser.step()
        return float(loss.margins.detach())

    x = torch.eye(4)
    assert after(x, torch.arange(4)) > 0.6
    assert after(x, torch.arange(4).roll(1)) < 0.3


@pytest.mark.parametrize("name", ["softmax", "arcface", "cosface", "sphereface", "adaface"])
def test_partial_classes_of_all_are_all(name: str) -> None:
    """A share so near 1 that every class is drawn gives the whole loss; a small one, its rows."""
    x, labels = batch(4)

    def of(share: float) -> Loss:
        torch.manual_seed(5)
        return build(name, {"share": share}, classes=CLASSES, embedding_size=SIZE).double()

    whole, nearly, few = of(1.0), of(0.999), of(0.01)
    assert nearly(x, labels).item() == pytest.approx(whole(x, labels).item(), rel=1e-12)
    few(x[:3], labels[:3]).backward()
    (weight,) = (p for p in few.parameters() if p.ndim == 2)
    assert weight.grad is not None
    touched = weight.grad.abs().sum(dim=1).nonzero().flatten()
    assert set(touched.tolist()) == set(labels[:3].tolist())
    # evaluation sees all classes whatever the share
    assert of(0.01).eval()(x[:2], labels[:2]).item() == of(1.0).eval()(x[:2], labels[:2]).item()


@pytest.mark.parametrize(
    ("share", "count"), [(1e-9, 2), (0.1, 10), (0.095, 10), (0.5, 50), (0.999, 100)]
)
def test_partial_classes_are_the_batchs_and_others(share: float, count: int) -> None:
    labels = torch.tensor([70, 3, 70])
    partial = PartialClasses(100, share)
    seen: set[int] = set()
    for _ in range(90):
        drawn, places = partial(labels)
        assert drawn.tolist() == sorted(set(drawn.tolist()))
        assert len(drawn) == count
        assert torch.equal(drawn[places], labels)
        seen.update(drawn.tolist())
    assert len(seen) == (2 if count == 2 else 100)


def test_partial_draws_go_on_where_a_checkpoint_stood() -> None:
    x = torch.randn(2, 3)
    labels = torch.tensor([0, 1])

    def loss() -> Loss:
        torch.manual_seed(6)
        return build("arcface", {"share": 0.1}, classes=60, embedding_size=3)

    one, other = loss(), loss()
    first = [one(x, labels).item() for _ in range(3)]
    saved = {key: value.clone() for key, value in one.state_dict().items()}
    then = [one(x, labels).item() for _ in range(3)]
    assert len({*first, *then}) == 6
    other.load_state_dict(saved)
    assert [other(x, labels).item() for _ in range(3)] == then


REFUSED: dict[str, tuple[str, dict[str, object], str]] = {
    "name": ("arcfaces", {}, "no such loss: expected softmax.*found arcfaces"),
    "misspelt": ("arcface", {"margni": 0.5}, "arcface has no such.*found margni; did you mean mar"),
    "far off": ("contrastive", {"temperature": 1}, "expected margin, found temperature$"),
    "given by the program": ("arcface", {"classes": 3}, "found classes"),
    "bounds": ("arcface", {"scale": 0}, "arcface.scale is refused: expected greater than 0"),
    "not a number": ("cosface", {"margin": float("nan")}, "cosface.margin.*finite"),
    "text": ("cosface", {"margin": "0.3"}, "cosface.margin.*valid number, found '0.3'"),
    "mining": ("online-triplet", {"mining": "soft"}, "'all', 'semi-hard' or 'hard', found 'soft'"),
    "two": ("arcface", {"scale": -1, "margin": 9}, "arcface.scale is ref.*\narcface.margin is ref"),
    "in a part": ("arcface+triplet", {"arcface": {"m": 1}}, "arcface has no such parameter"),
    "part": ("arcface+triplet", {"arcface": 3}, "arcface is refused: expected a table, found 3"),
    "joint": ("arcface+triplet", {"triplet": {}}, r"no such parameter: expected weight, found tri"),
    "margin above the largest": (
        "arcface-learned",
        {"margin": 0.9, "largest": 0.8},
        "expected margin below 0.8, found 0.9",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case: str) -> None:
    name, parameters, words = REFUSED[case]
    with pytest.raises(ConfigError, match=words):
        build(name, parameters, classes=4, embedding_size=3)


def test_data_that_does_not_fit() -> None:
    loss = build("arcface", {}, classes=4, embedding_size=3)
    with pytest.raises(DataError, match=r"found \(2, 3\) and \(3,\)"):
        loss(torch.randn(2, 3), torch.tensor([0, 1, 2]))
    with pytest.raises(DataError, match="a label has no class: expected 0 to 3, found 1 to 4"):
        loss(torch.randn(2, 3), torch.tensor([1, 4]))


@pytest.mark.parametrize("name", LOSSES)
def test_defaults_and_the_sampler_they_need(name: str) -> None:
    loss = build(name, {}, classes=4, embedding_size=3)
    assert loss.needs_pairs == any(word in name for word in ("triplet", "contrastive"))
