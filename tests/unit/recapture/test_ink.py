import numpy as np
import pytest

from facewarden.recapture.ink import Inks, dot_tile, screened

PAPER = (0.85, 0.9, 0.92)


def printed(colour: tuple[float, float, float], *, strength: float = 1.0) -> np.ndarray:
    inks = Inks(strength=strength, black_share=0.5, paper=PAPER)
    light = np.full((2, 2, 3), colour, np.float32)
    return np.asarray(inks.returned(inks.separated(light))[0, 0])


def test_white_is_the_paper() -> None:
    assert printed((1, 1, 1)) == pytest.approx(PAPER, abs=0.02)


def test_black_is_ink_and_not_the_absence_of_light() -> None:
    strong, weak = printed((0, 0, 0)), printed((0, 0, 0), strength=0.6)
    assert 0.001 < strong.max() < 0.1
    assert (weak > strong).all()


@pytest.mark.parametrize(
    "skin", [(0.30, 0.40, 0.60), (0.08, 0.13, 0.25), (0.5, 0.5, 0.5)], ids=["light", "dark", "grey"]
)
def test_a_colour_within_the_gamut_is_met_on_white_paper(skin: tuple[float, float, float]) -> None:
    assert printed(skin) / PAPER == pytest.approx(skin, abs=0.05)


def test_a_colour_outside_the_gamut_loses_saturation() -> None:
    green = printed((0.0, 0.9, 0.0))
    assert green[1] / green.sum() < 0.9
    assert green[1] < 0.75


def test_dots_keep_the_mean_and_stand_out_most_in_mid_tones() -> None:
    tile = dot_tile()[..., 0]
    assert tile.mean() == pytest.approx(0, abs=1e-6)
    depths = [float(np.ptp(screened(np.full_like(tile, c), tile))) for c in (0.0, 0.1, 0.5, 1.0)]
    assert depths == pytest.approx([0, 0.36, 1, 0], abs=1e-6)
    assert screened(np.full_like(tile, 0.5), tile).mean() == pytest.approx(0.5, abs=1e-6)
