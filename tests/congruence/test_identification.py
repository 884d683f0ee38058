import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.evaluate.identification import RANKS, Identification
from facewarden.measure import searches
from facewarden.measure.searches import Probes, References, search
from factories import MODEL, unit_rows
from reference import slow_identification


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    references_of=st.lists(st.integers(0, 3), min_size=2, max_size=30),
    strangers=st.integers(1, 20),
    cells=st.integers(1, 200),
)
def test_streamed_searches_find_what_slow_ones_find(
    seed: int, references_of: list[int], strangers: int, cells: int
) -> None:
    if not any(references_of):
        references_of[0] = 1
    enrolled, people = len(references_of), len(references_of) + strangers
    owner = np.repeat(np.arange(enrolled), references_of).astype(np.int64)
    vectors = unit_rows(seed, len(owner))
    random = np.random.default_rng(seed)
    probe_vectors = unit_rows(seed + 1, people)
    for person in set(owner.tolist()):  # so that some are found
        near = vectors[owner == person][0] + 0.8 * probe_vectors[person]
        probe_vectors[person] = near / np.linalg.norm(near)
    found = random.random(people) > 0.1
    probes = Probes(probe_vectors, found, np.arange(people, dtype=np.int64))
    references = References(vectors, owner, np.arange(enrolled, dtype=np.int64))
    halves = [enrolled // 2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searches, "CELLS", cells)
        half, whole = search(references, probes, people=people, model_id=MODEL, sizes=halves)

    own = [
        [one.astype(np.float64) for one in vectors[owner == person]] for person in range(enrolled)
    ]
    mated, strange = [], []
    for row in range(people):
        expected = slow_identification.ranked(own, probe_vectors[row].astype(np.float64))
        order = [person for _, person in expected][:RANKS]
        best = expected[0][0] if found[row] else -2.0
        rank = order.index(row) + 1 if found[row] and row in order else 0
        assert whole.mated[row] == (row < enrolled)
        assert whole.best[row] == pytest.approx(best, abs=2e-6)
        assert whole.rank[row] == rank
        if row < enrolled:
            mated.append((best, rank == 1))
        else:
            strange.append(best)
    fnir = Identification(whole).trade_off.accepted_at((0.5,))
    if strangers >= 2:
        expected_fnir = slow_identification.misses_at(0.5, mated, strange)
        assert 1 - fnir[0] == pytest.approx(expected_fnir, abs=1e-9)

    # Half of the list: those who are not on it take no part, strangers stay.
    assert half.enrolled == enrolled // 2
    assert half.mated.sum() == enrolled // 2
    assert (~half.mated).sum() == strangers
    assert (half.best <= whole.best[np.isin(np.arange(people), half.person)] + 2e-6).all()
