"""A seed for everything that is drawn in a step, so that a resume needs no generator's state."""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What is drawn; each has draws of its own."""

    NETWORK = 1
    AUGMENT = 2
    FORWARD = 3
    LOSS = 4


def seed_of(seed: int, purpose: Purpose, *places: int) -> int:
    """Return a seed in [0, 2^63) that depends on all arguments.

    Args:
        seed: of the recipe.
        places: what tells one draw from the next, such as step, batch and rank; each at least 0.
    """
    mixed = np.random.SeedSequence([seed, int(purpose), *places])
    return int(mixed.generate_state(1, np.uint64)[0]) >> 1
