"""Our interval of a Poisson count against that of scipy.stats."""

import numpy as np
from scipy.stats import poisson

from facewarden.review.expectation import WITHIN, chance_interval


def test_the_same_counts() -> None:
    means = [*np.geomspace(1e-6, 1e5, 400), *range(1, 200), *(np.arange(1, 200) / 10)]
    for mean in means:
        assert chance_interval(float(mean)) == tuple(map(int, poisson.interval(WITHIN, mean)))
    assert chance_interval(0.0) == (0, 0)
