"""Galleries that change in random order against the twin, which is built anew every time."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facewarden.data import NOBODY, Candidates, Float32, GalleryEntry, Templates
from facewarden.match.compressed_gallery import CompressedCoding
from facewarden.match.exact_gallery import ExactCoding
from facewarden.match.faiss_scan import ByteScan, FourBitCodes
from facewarden.match.scan import Scan
from facewarden.match.segmented_gallery import SegmentedGallery
from facewarden.match.subject_score import SubjectScore
from factories import MODEL, NOW, templates, unit_rows
from reference import slow_gallery

POOL = unit_rows(99, 12)
"""So few vectors that many references are equal."""


class SmallExact(ExactCoding):
    """Segments of 8 references, passed over as bytes: every path with a handful of subjects."""

    segment_rows = 8

    def scan(self, vectors: Float32) -> Scan:
        return ByteScan(vectors)


class SmallCompressed(CompressedCoding):
    segment_rows = 8

    def __init__(self) -> None:
        super().__init__(FourBitCodes(POOL))


# What happens next: (subject, vector of the pool) added, or references removed by their rank.
CHANGES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.integers(1, 8), st.integers(0, len(POOL) - 1)), max_size=9),
        st.sets(st.integers(0, 30), max_size=4),
        st.dictionaries(st.integers(1, 8), st.integers(-2, 2), max_size=4),
    ),
    min_size=1,
    max_size=6,
)


def after(
    changes: list[tuple[list[tuple[int, int]], set[int], dict[int, int]]],
    gallery: SegmentedGallery,  # type: ignore[type-arg]
    seen: Callable[
        [SegmentedGallery, list[GalleryEntry], dict[int, datetime]],  # type: ignore[type-arg]
        None,
    ],
) -> None:
    """Make every change in turn, and show what should be there by then."""
    there: dict[int, GalleryEntry] = {}
    next_id = 1
    for additions, ranks, ends in changes:
        known = sorted(there)
        removed = {known[rank] for rank in ranks if rank < len(known)}
        added = [
            GalleryEntry(subject, next_id + i, POOL[row])
            for i, (subject, row) in enumerate(additions)
        ]
        next_id += len(added)
        expires_at = {subject: NOW + timedelta(hours=hours) for subject, hours in ends.items()}
        before, asked = gallery, templates(5, 1)
        answer = before.search(asked, 4, NOW)

        gallery = gallery.changed(added, removed, expires_at)

        same(before.search(asked, 4, NOW), answer)
        there = {i: entry for i, entry in there.items() if i not in removed}
        there |= {entry.reference_id: entry for entry in added}
        assert gallery.reference_ids.tolist() == sorted(there)
        assert gallery.subjects == len({entry.subject_id for entry in there.values()})
        seen(gallery, list(there.values()), expires_at)


def same(one: Candidates, other: Candidates) -> None:
    np.testing.assert_array_equal(one.subject_id, other.subject_id)
    np.testing.assert_array_equal(one.reference_id, other.reference_id)
    np.testing.assert_array_equal(one.similarity, other.similarity)


@pytest.mark.parametrize("score", SubjectScore)
@pytest.mark.parametrize("expired", [False, True], ids=["looked for", "expired"])
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES, k=st.integers(1, 6), seed=st.integers(0, 2**16))
def test_an_exact_gallery_that_changes_is_the_one_built_anew(
    score: SubjectScore,
    expired: bool,
    changes: list[tuple[list[tuple[int, int]], set[int], dict[int, int]]],
    k: int,
    seed: int,
) -> None:
    probes = templates(seed, 2)

    def check(
        gallery: SegmentedGallery,  # type: ignore[type-arg]
        there: list[GalleryEntry],
        expires_at: dict[int, datetime],
    ) -> None:
        found = gallery.search(probes, k, NOW, expired=expired)
        for row, probe in enumerate(probes.vectors):
            every = slow_gallery.search(
                there, probe, 100, NOW, expires_at=expires_at, score=score, expired=expired
            )
            values = [value for _, _, value in every]
            known = found.subject_id[row] != NOBODY
            assert known.tolist() == [rank < len(every) for rank in range(k)]
            # rounded to float32 once; the weight of a mean is float32 too
            np.testing.assert_allclose(
                found.similarity[row][known], values[:k], atol=5e-7, err_msg="similarity"
            )
            # Three references that are equal and one that is the same are alike but for rounding.
            truth = {subject: (reference, value) for subject, reference, value in every}
            for rank, subject in enumerate(found.subject_id[row][known].tolist()):
                reference, value = truth[subject]
                assert found.reference_id[row, rank] == reference
                assert value == pytest.approx(values[rank], abs=5e-7)
            assert len(set(found.subject_id[row][known].tolist())) == known.sum()

    after(changes, SegmentedGallery(MODEL, score, SmallExact()), check)


@pytest.mark.parametrize("score", SubjectScore)
@settings(max_examples=40, deadline=None)
@given(changes=CHANGES, k=st.integers(1, 6), seed=st.integers(0, 2**16))
def test_a_compressed_gallery_that_changes_is_within_its_error(
    score: SubjectScore,
    changes: list[tuple[list[tuple[int, int]], set[int], dict[int, int]]],
    k: int,
    seed: int,
) -> None:
    probes = templates(seed, 1)

    def check(
        gallery: SegmentedGallery,  # type: ignore[type-arg]
        there: list[GalleryEntry],
        expires_at: dict[int, datetime],
    ) -> None:
        found = gallery.search(probes, k, NOW)
        every = slow_gallery.search(
            there,
            probes.vectors[0],
            100,
            NOW,
            expires_at=expires_at,
            score=score,
            expired=False,
        )
        truth = {subject: value for subject, _, value in every}
        bound = {subject: off(gallery.error, there, subject) for subject in truth}
        shown = {
            int(subject): float(value)
            for subject, value in zip(found.subject_id[0], found.similarity[0], strict=True)
            if subject != NOBODY
        }
        assert len(shown) == min(k, len(truth))
        for subject, value in shown.items():
            assert abs(value - truth[subject]) <= bound[subject]
        for subject in truth.keys() - shown.keys():
            assert truth[subject] <= min(shown.values()) + bound[subject]

    after(changes, SegmentedGallery(MODEL, score, SmallCompressed()), check)


def off(error: float, there: list[GalleryEntry], subject: int) -> float:
    """Return the bound for a subject: a shorter mean turns further by what its references lose."""
    own = [entry.template for entry in there if entry.subject_id == subject]
    length = float(np.linalg.norm(np.mean(own, axis=0)))
    return 2.0 if length < 2 * error else 2 * error / length + 1e-6


def test_a_large_exact_gallery_is_exact_with_real_sizes() -> None:
    # Above 16,384 references the first pass is over bytes; the truth is in float64.
    vectors = unit_rows(3, 20_000, 64)
    gallery = SegmentedGallery(MODEL, SubjectScore.BOTH, ExactCoding()).changed(
        [GalleryEntry(i, i, vector) for i, vector in enumerate(vectors)], (), {}
    )
    assert isinstance(gallery.pieces[0][0].scan, ByteScan)
    probes = unit_rows(4, 30, 64)
    found = gallery.search(Templates(probes, MODEL), 10, NOW)
    truth = (probes.astype(np.float64) @ vectors.T.astype(np.float64)).astype(np.float32)
    order = np.argsort(-truth, axis=1, kind="stable")[:, :10]
    np.testing.assert_array_equal(found.subject_id, order)
    np.testing.assert_array_equal(found.similarity, np.take_along_axis(truth, order, axis=1))
