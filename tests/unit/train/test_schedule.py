"""The learning rate follows its formula at every step."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from facewarden.train.recipe import ScheduleRecipe
from facewarden.train.schedule import rate_factor

STEPS, EPOCHS = 10, 6


@pytest.mark.parametrize(
    ("schedule", "step", "factor"),
    [
        ({"name": "constant"}, 0, 1.0),
        ({"name": "constant"}, 59, 1.0),
        ({"name": "constant", "warmup_epochs": 2}, 0, 1 / 20),
        ({"name": "constant", "warmup_epochs": 2}, 19, 1.0),
        ({"name": "step", "milestones": [2, 4]}, 19, 1.0),
        ({"name": "step", "milestones": [2, 4]}, 20, 0.1),
        ({"name": "step", "milestones": [2, 4], "factor": 0.5}, 45, 0.25),
        ({"name": "step", "milestones": [0.5]}, 5, 0.1),
        ({"name": "exponential", "factor": 0.9}, 0, 1.0),
        ({"name": "exponential", "factor": 0.9}, 30, 0.9**3),
        ({"name": "cosine"}, 0, 1.0),
        ({"name": "cosine"}, 30, 0.5),
        ({"name": "cosine", "floor": 0.2}, 60, 0.2),
        ({"name": "cosine", "floor": 0.2}, 99, 0.2),
        ({"name": "cosine", "warmup_epochs": 1}, 10, 1.0),
        ({"name": "cosine", "warmup_epochs": 1}, 35, 0.5),
    ],
)
def test_factors(schedule: dict[str, Any], step: int, factor: float) -> None:
    found = rate_factor(ScheduleRecipe.model_validate(schedule), step, STEPS, EPOCHS)
    assert found == pytest.approx(factor)


def test_cosine_is_what_torch_computes() -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], lr=1.0)
    theirs = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS * EPOCHS, eta_min=0.1)
    schedule = ScheduleRecipe(name="cosine", floor=0.1)
    for step in range(STEPS * EPOCHS):
        ours = rate_factor(schedule, step, STEPS, EPOCHS)
        assert ours == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step()
        theirs.step()


@given(
    name=st.sampled_from(["constant", "exponential", "cosine"]),
    warmup=st.floats(0, 3),
    step=st.integers(0, 200),
    per_epoch=st.integers(1, 50),
)
def test_it_is_never_more_than_the_rate_and_never_negative(
    name: Any, warmup: float, step: int, per_epoch: int
) -> None:
    factor = rate_factor(ScheduleRecipe(name=name, warmup_epochs=warmup), step, per_epoch, EPOCHS)
    assert math.isfinite(factor)
    assert 0 <= factor <= 1
