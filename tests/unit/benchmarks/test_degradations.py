"""Every degradation is a row of scenes that differ by its strength alone."""

from dataclasses import asdict

import pytest
from benchmarks.degradations import PLAIN, Sweep, sweeps


@pytest.mark.parametrize("sweep", sweeps(), ids=lambda sweep: sweep.name)
def test_the_first_step_is_the_mildest_and_one_thing_changes(sweep: Sweep) -> None:
    strengths = [level.strength for level in sweep.levels]
    assert strengths in (sorted(strengths), sorted(strengths, reverse=True))
    assert len(set(strengths)) == 5
    changed = {
        name
        for level in sweep.levels
        for name, value in asdict(level.recipe).items()
        if value != getattr(PLAIN, name)
    }
    dressed = len({level.dress for level in sweep.levels}) > 1
    assert dressed != bool(changed)
    assert changed <= {"near_face_px", "far_face_px"} or len(changed) == 1
