"""The columnar filter against full 8x8 matrices, on random tracks over irregular times."""

import numpy as np
import pytest

from facewarden.track import kalman as fast
from reference import kalman as slow


@pytest.mark.parametrize("seed", range(5))
def test_the_filters_agree(seed: int) -> None:
    random = np.random.default_rng(seed)
    noise = fast.Noise(*random.uniform(0.05, 5.0, 5))
    places = random.uniform([0, 0, 10, 10], [1920, 1080, 200, 300], (6, 4))
    motion = fast.start(places, noise)
    states = [slow.start(place, noise) for place in places]
    for _ in range(40):
        elapsed_s = float(random.choice([0.0, 0.04, 0.2, 1.5]))
        motion = fast.predict(motion, elapsed_s, noise)
        states = [slow.predict(state, elapsed_s, noise) for state in states]
        seen = np.flatnonzero(random.random(6) < 0.7)
        places[seen] += random.normal(0, 20, (len(seen), 4))
        corrected = fast.correct(motion.take(seen), places[seen], noise)
        motion.place[seen], motion.velocity[seen] = corrected.place, corrected.velocity
        motion.covariance[seen] = corrected.covariance
        for row in seen.tolist():
            states[row] = slow.correct(states[row], places[row], noise)
    for row, state in enumerate(states):
        np.testing.assert_allclose(motion.place[row], state.mean[:4], rtol=1e-8)
        np.testing.assert_allclose(motion.velocity[row], state.mean[4:], rtol=1e-6, atol=1e-8)
        blocks = motion.covariance[row]
        np.testing.assert_allclose(blocks[:, 0], np.diag(state.covariance)[:4], rtol=1e-8)
        np.testing.assert_allclose(blocks[:, 1], np.diag(state.covariance, 4), rtol=1e-7)
        np.testing.assert_allclose(blocks[:, 2], np.diag(state.covariance)[4:], rtol=1e-8)
