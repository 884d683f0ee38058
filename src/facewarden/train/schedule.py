"""The learning rate of each step: a function of the step alone, so that a resume needs no state."""

import math
from bisect import bisect_right

from facewarden.train.recipe import ScheduleRecipe


def rate_factor(schedule: ScheduleRecipe, step: int, steps_per_epoch: int, epochs: int) -> float:
    """Return what the recipe's rate is multiplied by, in (0, 1].

    Warm-up: (step + 1) / steps of it, so that the first step already moves (Goyal et al. 2017,
    section 2.2). Cosine: from the end of the warm-up to the last step, floor + (1 - floor)
    (1 + cos(pi t)) / 2 (Loshchilov and Hutter 2017, equation 5, without restarts).

    Args:
        step: steps taken so far, from 0.
    """
    warm = round(schedule.warmup_epochs * steps_per_epoch)
    if step < warm:
        return (step + 1) / warm
    epoch = step / steps_per_epoch
    match schedule.name:
        case "constant":
            return 1.0
        case "step":
            return schedule.factor ** bisect_right(schedule.milestones, epoch)
        case "exponential":
            return float(schedule.factor**epoch)
        case "cosine":
            left = max(1, epochs * steps_per_epoch - warm)
            passed = min(1.0, (step - warm) / left)
            return schedule.floor + (1 - schedule.floor) * (1 + math.cos(math.pi * passed)) / 2
