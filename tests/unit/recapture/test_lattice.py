import numpy as np
import pytest

from facewarden.recapture.lattice import Lattice, is_visible, laid
from facewarden.recapture.panel import pentile, stripes

LENGTH = 256


def seen_row(pitch_px: float, *, aperture: float, lens_px: float = 0.0) -> np.ndarray:
    """One row of a camera before a striped panel whose pixels are `pitch_px` camera pixels."""
    steps = np.array([[1 / pitch_px, 0.0], [0.0, 1 / pitch_px]])
    tile = Lattice(stripes()).seen(steps, aperture, lens_px)
    x = np.arange(LENGTH, dtype=np.float32)[None, :] / np.float32(pitch_px)
    return laid(tile, x, np.full_like(x, 0.5))[0, :, 1]


@pytest.mark.parametrize(
    ("pitch_px", "cycles"),
    [
        (4.0, 1 / 4),  # coarser than two pixels: the stripes themselves
        (1.25, 1 - 1 / 1.25),  # 0.8 cycles a pixel folds down to 0.2
        (0.8, 1 / 0.8 - 1),  # 1.25 cycles to 0.25
        (16 / 17, 1 / 16),  # nearly the camera's own pitch: broad bands
        (0.53, 2 - 1 / 0.53),  # beside the second multiple of the sampling
    ],
)
def test_moire_has_the_frequency_of_the_difference_to_the_nearest_multiple(
    pitch_px: float, cycles: float
) -> None:
    row = seen_row(pitch_px, aperture=0.3)
    spectrum = np.abs(np.fft.rfft((row - row.mean()) * np.hanning(LENGTH)))
    strongest = float(np.argmax(spectrum)) / LENGTH
    assert strongest == pytest.approx(cycles, abs=1.5 / LENGTH)


def test_pixels_that_take_all_the_light_of_a_period_show_no_moire() -> None:
    whole, part = seen_row(1.0, aperture=1.0), seen_row(16 / 17, aperture=0.3)
    assert np.ptp(whole) < 1e-5
    assert np.ptp(part) > 0.5


@pytest.mark.parametrize("tile", [stripes(), pentile()], ids=["stripes", "pentile"])
def test_a_panels_pattern_has_the_mean_light_of_its_picture(tile: np.ndarray) -> None:
    assert tile.mean(axis=(0, 1)) == pytest.approx([1, 1, 1], abs=1e-5)


@pytest.mark.parametrize("turn_deg", [0.0, 13.0, 30.0])
def test_the_average_is_that_of_many_samples_in_the_pixel(turn_deg: float) -> None:
    angle = np.deg2rad(turn_deg)
    steps = 0.9 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    aperture = 0.6
    tile = stripes()
    averaged = Lattice(tile).seen(steps, aperture, 0.0)
    places = (np.random.default_rng(0).uniform(0, 8, (2, 40))).astype(np.float32)
    got = laid(averaged, places[0][None], places[1][None])[0]
    spread = ((np.arange(64) + 0.5) / 64 - 0.5) * aperture
    dx, dy = np.meshgrid(spread, spread)
    offsets = steps @ np.stack([dx.ravel(), dy.ravel()])
    u = (places[0][:, None] + offsets[0]).astype(np.float32)
    v = (places[1][:, None] + offsets[1]).astype(np.float32)
    slow = laid(tile, u, v).mean(axis=1)
    assert np.abs(got - slow).max() < 0.05  # the tile has 48 steps, and its edges are sharp


def test_a_pattern_far_finer_than_the_lens_resolves_is_not_visible() -> None:
    lattice = Lattice(stripes())
    assert is_visible(lattice.seen(np.eye(2) * 0.5, 0.5, 0.2))
    assert not is_visible(lattice.seen(np.eye(2) * 4.3, 0.5, 0.5))
