import numpy as np
import pytest

from facewarden.match.kept_vectors import ByteVectors, WholeVectors
from factories import unit_rows


@pytest.mark.parametrize("d", [2, 16, 128, 512])
def test_bytes_are_off_by_no_more_than_their_error(d: int) -> None:
    vectors = unit_rows(1, 300, d)
    kept = ByteVectors.of(vectors)
    lost = np.linalg.norm(kept.restored(slice(None)) - vectors, axis=1)
    assert lost.max() <= kept.error < 0.02
    probes = unit_rows(2, 50, d)
    assert np.abs(probes @ (kept.restored(slice(None)) - vectors).T).max() <= kept.error
    assert kept.nbytes == 300 * (d + 2)


@pytest.mark.parametrize("kind", [WholeVectors, ByteVectors])
def test_taking_apart_and_joining_changes_nothing(kind: type[WholeVectors]) -> None:
    vectors = unit_rows(1, 40, 16)
    kept = kind.of(vectors)
    whole = kept.restored(slice(None))
    again = kind.joined([kept.take(np.arange(20, 40)), kept.take(np.arange(40) < 20)])
    np.testing.assert_array_equal(again.restored(slice(None)), np.roll(whole, 20, axis=0))
    assert again.error == kept.error
    assert (len(again), again.dimension) == (40, 16)
