from datetime import timedelta

import numpy as np
import pytest

from facewarden.data import NOBODY, GalleryEntry, Templates
from facewarden.errors import DataError
from facewarden.match.exact_gallery import ExactGallery, SubjectScore
from factories import MODEL, NOW, gallery_entries, templates, unit_rows

SECOND = timedelta(seconds=1)


def test_a_reference_finds_itself_with_similarity_one() -> None:
    entries = gallery_entries(1, [1] * 50)
    gallery = ExactGallery(entries, MODEL)
    probes = Templates(np.stack([entry.template for entry in entries]), MODEL)
    found = gallery.search(probes, 1, NOW)
    assert found.subject_id[:, 0].tolist() == [entry.subject_id for entry in entries]
    assert found.reference_id[:, 0].tolist() == [entry.reference_id for entry in entries]
    np.testing.assert_allclose(found.similarity[:, 0], 1, atol=1e-6)
    assert found.similarity.max() <= 1


def test_probes_of_another_model_are_refused() -> None:
    gallery = ExactGallery(gallery_entries(1, [1, 2]), MODEL)
    with pytest.raises(DataError, match="different models"):
        gallery.search(templates(2, 1, model_id="embedder-b"), 3, NOW)


def test_an_empty_gallery_refuses_them_too() -> None:
    with pytest.raises(DataError, match="different models"):
        ExactGallery([], MODEL).search(templates(2, 1, model_id="embedder-b"), 3, NOW)


@pytest.mark.parametrize("references_of", [[], [1], [3, 1]], ids=["nobody", "one", "two"])
@pytest.mark.parametrize("expired", [False, True])
def test_short_rows_are_filled_with_nobody(references_of: list[int], expired: bool) -> None:
    gallery = ExactGallery(gallery_entries(1, references_of), MODEL)
    found = gallery.search(templates(2, 3), 5, NOW, expired=expired)
    known = 0 if expired else len(references_of)
    assert gallery.subjects == len(references_of)
    assert found.subject_id.shape == (3, 5)
    assert (found.subject_id[:, known:] == NOBODY).all()
    assert (found.reference_id[:, known:] == NOBODY).all()
    assert (found.similarity[:, known:] == -1).all()
    assert (found.subject_id[:, :known] != NOBODY).all()


@pytest.mark.parametrize(
    ("ends_in", "matches"),
    [(-SECOND, False), (0 * SECOND, False), (SECOND, True)],
    ids=["ended", "ends at this moment", "ends later"],
)
def test_a_subject_matches_until_its_end(ends_in: timedelta, matches: bool) -> None:
    entries = gallery_entries(1, [2])
    gallery = ExactGallery(entries, MODEL, expires_at={10: NOW + ends_in})
    probe = templates(3, 1)
    assert (gallery.search(probe, 1, NOW).subject_id.tolist() == [[10]]) is matches
    found = gallery.search(probe, 1, NOW, expired=True)
    assert (found.subject_id.tolist() == [[10]]) is not matches


def test_an_expired_subject_is_nobodys_runner_up() -> None:
    entries = gallery_entries(1, [1, 1, 1])
    gallery = ExactGallery(entries, MODEL, expires_at={20: NOW - SECOND})
    found = gallery.search(templates(3, 1), 3, NOW)
    assert sorted(found.subject_id[0].tolist()) == [NOBODY, 10, 30]


def test_ends_of_subjects_that_are_not_enrolled_do_not_matter() -> None:
    gallery = ExactGallery(gallery_entries(1, [1]), MODEL, expires_at={999: NOW})
    assert gallery.search(templates(3, 1), 1, NOW).subject_id[0, 0] == 10


def test_like_subjects_come_in_the_order_of_their_ids() -> None:
    # One photograph enrolled under many names: the answer must not change from call to call.
    vector = unit_rows(1, 1)[0]
    entries = [GalleryEntry(subject_id, subject_id, vector) for subject_id in range(40, 0, -1)]
    gallery = ExactGallery(entries, MODEL)
    for seed in range(5):
        found = gallery.search(templates(seed, 2), 40, NOW)
        assert found.subject_id.tolist() == [list(range(1, 41))] * 2
        few = gallery.search(templates(seed, 2), 5, NOW).subject_id
        assert (np.diff(few, axis=1) > 0).all()


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (SubjectScore.BEST, 0.8),
        (SubjectScore.POOLED, 1.4 / 2**0.5),
        (SubjectScore.BOTH, (0.8 + 1.4 / 2**0.5) / 2),
    ],
)
def test_two_references_at_right_angles(score: SubjectScore, expected: float) -> None:
    axes = np.eye(2, dtype=np.float32)
    gallery = ExactGallery(
        [GalleryEntry(1, 1, axes[0]), GalleryEntry(1, 2, axes[1])], MODEL, score=score
    )
    found = gallery.search(Templates(np.array([[0.6, 0.8]], np.float32), MODEL), 1, NOW)
    assert found.similarity[0, 0] == pytest.approx(expected, abs=1e-6)
    assert found.reference_id[0, 0] == 2


def test_opposite_references_pool_to_nothing_and_no_warning() -> None:
    axis = np.array([1, 0], np.float32)
    gallery = ExactGallery([GalleryEntry(1, 1, axis), GalleryEntry(1, 2, -axis)], MODEL)
    found = gallery.search(Templates(axis[None], MODEL), 1, NOW)
    assert found.similarity[0, 0] == pytest.approx(0.5)
