"""How batches and looks are dealt."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.train.presentation.sampling import ClipSampler, drawn_looks


def test_each_batch_is_half_bona_fide_and_everybody_comes_as_often() -> None:
    # Ada has many clips, ben few; replays are rare.
    rows = [("ada", "")] * 20 + [("ada", "print")] * 30 + [("ada", "replay")] * 2
    rows += [("ben", "")] * 2 + [("ben", "print")] * 2 + [("ben", "replay")] * 2
    sampler = ClipSampler(
        np.arange(len(rows)), [who for who, _ in rows], [kind for _, kind in rows],
        batch_size=8, per_epoch=80,
    )  # fmt: skip
    drawn = [rows[row] for batch in sampler.epoch(np.random.default_rng(1)) for row in batch]
    assert sampler.batches == 10
    count = Counter(drawn)
    assert count["ada", ""] == count["ben", ""] == 20
    assert {count[who, kind] for who in ("ada", "ben") for kind in ("print", "replay")} == {10}


def test_nothing_comes_again_before_all_have() -> None:
    rows = [("ada", "")] * 8 + [("ada", "print")] * 8
    sampler = ClipSampler(np.arange(16), [w for w, _ in rows], [k for _, k in rows], batch_size=4)
    drawn = np.concatenate(list(sampler.epoch(np.random.default_rng(2))))
    assert sorted(drawn.tolist()) == list(range(16))


@settings(max_examples=200, deadline=None)
@given(
    gaps=st.lists(st.floats(0.02, 1.0), min_size=4, max_size=40),
    looks=st.sampled_from([2, 3, 5]),
    spacing=st.floats(0.04, 1.0),
    seed=st.integers(0, 1000),
)
def test_looks_ascend_and_lie_in_the_clip(
    gaps: list[float], looks: int, spacing: float, seed: int
) -> None:
    at_s = np.cumsum([0.0, *gaps]).astype(np.float32)
    chosen = drawn_looks(at_s, looks, spacing, np.random.default_rng(seed))
    assert len(chosen) == looks
    assert (np.diff(chosen) > 0).all()
    assert chosen[0] >= 0
    assert chosen[-1] < len(at_s)


@pytest.mark.parametrize("spacing", [0.1, 0.2, 0.4])
def test_looks_are_as_far_apart_as_asked(spacing: float) -> None:
    at_s = np.arange(25, dtype=np.float32) * np.float32(0.1)
    chosen = drawn_looks(at_s, 5, spacing, np.random.default_rng(0))
    assert np.diff(at_s[chosen]) == pytest.approx(spacing, abs=0.051)
