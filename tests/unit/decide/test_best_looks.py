import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from facewarden.data import Snapshot, Templates
from facewarden.decide.best_looks import MOST_LOOKS, BestLooks, KeptLook
from factories import after

PICTURE = Snapshot(b"jpeg", 1, 1, (0, 0, 1, 1))
ONE = Templates(np.eye(1, 4, dtype=np.float32), "m")


def look(number: int, quality: float) -> KeptLook:
    return KeptLook(number, after(number), quality, ONE, PICTURE)


@given(st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), max_size=40), st.integers(1, 15))
def test_the_best_are_kept_and_of_equal_ones_the_earlier(qualities: list[float], most: int) -> None:
    kept = BestLooks(most)
    looks = [look(number, quality) for number, quality in enumerate(qualities, 1)]
    for one in looks:
        before = kept.best_first()
        wanted = kept.wants(one.quality)
        kept.add(one)
        assert wanted == (kept.best_first() != before)
    twin = sorted(looks, key=lambda one: (-one.quality, one.number))[:most]
    assert list(kept.best_first()) == twin


def test_it_is_bounded() -> None:
    kept = BestLooks()
    for number in range(1, 100):
        kept.add(look(number, number / 100))
    assert len(kept.best_first()) == MOST_LOOKS
    assert not kept.wants(0.5)
