from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from facewarden.capture.motion import MotionGate
from facewarden.data import Image

START = datetime(2026, 3, 1, tzinfo=UTC)
EVERY_S = 10.0


def noisy(rng: np.random.Generator, shape: tuple[int, int] = (360, 640)) -> Image:
    """A grey wall in bad light: noise of 8 grey levels."""
    return np.clip(rng.normal(90, 8, (*shape, 3)), 0, 255).astype(np.uint8)


def passed(gate: MotionGate, pictures: list[Image], step_s: float = 0.2) -> list[int]:
    return [
        i for i, p in enumerate(pictures) if gate.moving(p, START + timedelta(seconds=i * step_s))
    ]


def test_a_still_picture_passes_first_and_then_every_so_often() -> None:
    rng = np.random.default_rng(1)
    gate = MotionGate(every_s=EVERY_S)
    assert passed(gate, [noisy(rng) for _ in range(120)]) == [0, 50, 100]


@pytest.mark.parametrize("size_px", [32, 64, 200])
def test_something_that_moves_passes_while_it_moves_and_a_while_after(size_px: int) -> None:
    rng = np.random.default_rng(2)
    walls = [noisy(rng, (1080, 1920)) for _ in range(4)]
    pictures = [walls[i % 4].copy() for i in range(30)]
    for index in range(5, 15):
        x = 300 + 10 * index
        pictures[index][400 : 400 + size_px, x : x + size_px] = 160
    gate = MotionGate(hold_s=1.0, every_s=EVERY_S)
    chosen = passed(gate, pictures)
    assert set(range(5, 20)) <= set(chosen)
    assert 3 not in chosen
    assert 29 not in chosen


def test_a_change_that_stays_becomes_background() -> None:
    rng = np.random.default_rng(3)
    walls = [noisy(rng) for _ in range(8)]
    pictures = [walls[i % 8].copy() for i in range(600)]
    for picture in pictures[10:]:
        picture[100:200, 100:200] = 200
    chosen = passed(MotionGate(hold_s=0.4, every_s=30.0, learn_s=10.0), pictures)
    assert 10 in chosen
    assert len([i for i in chosen if i > 450]) <= 2


def test_another_size_and_a_clock_set_back_do_not_shut_the_gate() -> None:
    rng = np.random.default_rng(4)
    gate = MotionGate(every_s=EVERY_S)
    assert gate.moving(noisy(rng), START)
    assert not gate.moving(noisy(rng, (480, 640)), START + timedelta(seconds=1))
    assert gate.moving(noisy(rng, (480, 640)), START - timedelta(hours=1))
    assert not gate.moving(noisy(rng, (480, 640)), START - timedelta(minutes=59, seconds=58))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (179, 321), (2160, 3840)])
def test_any_size(shape: tuple[int, int]) -> None:
    assert MotionGate().moving(np.zeros((*shape, 3), np.uint8), START)
