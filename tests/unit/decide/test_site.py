"""What a site's own counts do to a threshold: simulated strangers, and people who pass unseen."""

import numpy as np
import pytest

from facewarden.decide.site import BIN, LEAST_TRACKS, MOST_UP, site_shift


def counts(values: np.ndarray) -> dict[int, int]:
    places, tracks = np.unique(np.floor(values / BIN).astype(int), return_counts=True)
    return dict(zip(places.tolist(), tracks.tolist(), strict=True))


def strangers(number: int, moved: float, seed: int = 1) -> np.ndarray:
    """Best similarities beside their own lower quartile, moved; Gumbel, as maxima are."""
    drawn = np.random.default_rng(seed).gumbel(0, 0.03, number)
    return np.asarray(drawn - np.quantile(drawn, 0.25) + moved)


@pytest.mark.parametrize(
    ("number", "moved", "shift"),
    [
        pytest.param(1, 0.0, 0.0, id="hardly anything seen"),
        pytest.param(LEAST_TRACKS - 1, 0.04, 0.0, id="too few to say"),
        pytest.param(500, 0.04, 0.02, id="as many as half the word"),
        pytest.param(50_000, 0.04, 0.04, id="many"),
        pytest.param(50_000, 0.0, 0.0, id="as foretold"),
        pytest.param(50_000, -0.01, 0.0, id="less alike: never lowered"),
        pytest.param(50_000, 0.3, MOST_UP, id="never shut off"),
    ],
)
def test_shift(number: int, moved: float, shift: float) -> None:
    assert site_shift(counts(strangers(number, moved))) == pytest.approx(shift, abs=0.004)


@pytest.mark.parametrize("share", [0.05, 0.25])
def test_people_of_the_list_who_pass_without_alert_hardly_raise_it(share: float) -> None:
    mated = np.random.default_rng(2).normal(0.25, 0.05, int(20_000 * share))
    mixed = np.concatenate([strangers(20_000, 0.0)[: 20_000 - len(mated)], mated])
    assert 0 <= site_shift(counts(mixed)) < 0.015


def test_even_when_nearly_all_are_of_the_list_the_rise_is_bounded() -> None:
    mated = np.random.default_rng(2).normal(0.3, 0.05, 100_000)
    assert site_shift(counts(mated)) == MOST_UP


def test_more_tracks_never_weigh_less() -> None:
    shifts = [site_shift(counts(strangers(n, 0.03))) for n in (250, 1000, 5000, 50_000)]
    assert shifts == sorted(shifts)
