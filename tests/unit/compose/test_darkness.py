"""Little light is amplified with its noise, up to a limit."""

import numpy as np
import pytest

from facewarden.compose.darkness import MOST_GAIN, exposed
from facewarden.data import Float32, Image


def grey(level: int) -> Image:
    return np.full((64, 64, 3), level, np.uint8)


def normal() -> Float32:
    return np.random.default_rng(1).standard_normal((64, 64, 3), np.float32)


def test_in_full_light_nothing_but_a_little_noise_is_added() -> None:
    seen = exposed(grey(128), 1.0, normal())
    assert seen.mean() == pytest.approx(128, abs=1)
    assert 0 < seen.std() < 3


@pytest.mark.parametrize("level", [64, 128, 200])
def test_gain_keeps_the_brightness_while_it_lasts(level: int) -> None:
    assert exposed(grey(level), 1.5 / MOST_GAIN, normal()).mean() == pytest.approx(level, abs=3)


def test_noise_grows_as_light_goes() -> None:
    spreads = [exposed(grey(128), light, normal()).std() for light in (1, 0.3, 0.1, 0.03)]
    assert spreads == sorted(spreads)
    assert spreads[-1] > 4 * spreads[0]


def test_shot_noise_follows_poissons_law() -> None:
    """At full light and without read noise the relative spread is one by the root of electrons."""
    from facewarden.compose.darkness import FULL_WELL, READ_NOISE

    seen = exposed(grey(200), 1.0, normal()).astype(np.float64)
    linear = (seen / 255) ** 2.2
    electrons = FULL_WELL * (200 / 255) ** 2.2
    wanted = np.sqrt(electrons + READ_NOISE**2) / FULL_WELL
    rounding = 2.2 * (200 / 255) ** 1.2 / 255 / np.sqrt(12)
    assert linear.std() == pytest.approx(np.hypot(wanted, rounding), rel=0.08)


def test_beyond_the_gain_it_gets_dark() -> None:
    assert exposed(grey(128), 0.1 / MOST_GAIN, normal()).mean() < 64
