from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.data import NOBODY
from facewarden.match.exact_gallery import ExactGallery, SubjectScore
from factories import MODEL, NOW, gallery_entries, templates
from reference import slow_gallery


@pytest.mark.parametrize("score", SubjectScore)
@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**16),
    references_of=st.lists(st.integers(1, 4), min_size=0, max_size=9),
    k=st.integers(1, 12),
    probes=st.integers(0, 4),
    ends=st.lists(st.integers(-2, 2), max_size=9),
    expired=st.booleans(),
)
def test_the_exact_gallery_finds_what_the_slow_one_finds(
    score: SubjectScore,
    seed: int,
    references_of: list[int],
    k: int,
    probes: int,
    ends: list[int],
    expired: bool,
) -> None:
    entries = gallery_entries(seed, references_of)
    expires_at: dict[int, datetime] = {
        10 * (i + 1): NOW + timedelta(hours=hours) for i, hours in enumerate(ends)
    }
    given_probes = templates(seed + 1, probes)
    gallery = ExactGallery(entries, MODEL, expires_at=expires_at, score=score)

    found = gallery.search(given_probes, k, NOW, expired=expired)

    assert found.subject_id.shape == (probes, k)
    for row, probe in enumerate(given_probes.vectors):
        expected = slow_gallery.search(
            entries, probe, k, NOW, expires_at=expires_at, score=score, expired=expired
        )
        missing = k - len(expected)
        assert found.subject_id[row].tolist() == [s for s, _, _ in expected] + [NOBODY] * missing
        assert found.reference_id[row].tolist() == [r for _, r, _ in expected] + [NOBODY] * missing
        # float32 dot products of 16 numbers against float64
        np.testing.assert_allclose(
            found.similarity[row], [v for _, _, v in expected] + [-1.0] * missing, atol=2e-6
        )
