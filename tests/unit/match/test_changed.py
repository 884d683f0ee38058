"""Galleries that change: what is refused, what is kept, and that searching goes on meanwhile."""

import threading
from datetime import timedelta

import numpy as np
import pytest

from facewarden.data import NOBODY, Float32, GalleryEntry, Templates
from facewarden.errors import DataError
from facewarden.match.compressed_gallery import CompressedGallery
from facewarden.match.exact_gallery import ExactGallery
from facewarden.match.growth import fitting
from factories import MODEL, NOW, gallery_entries, templates, unit_rows

AXIS = np.eye(16, dtype=np.float32)[0]


def entries(first: int, vectors: Float32) -> list[GalleryEntry]:
    return [GalleryEntry(first + i, first + i, vector) for i, vector in enumerate(vectors)]


@pytest.mark.parametrize(
    ("template", "found"),
    [
        (np.full(16, np.nan, np.float32), "found length nan"),
        (np.where(AXIS == 1, np.nan, AXIS), "found length nan"),
        (np.where(AXIS == 1, np.inf, AXIS), "found length inf"),
        (np.zeros(16, np.float32), "found length 0"),
        (AXIS * np.float32(1.01), "found length 1.01"),
        (AXIS[:8], r"found shape \(8,\)"),
        (AXIS[None], r"found shape \(1, 16\)"),
    ],
    ids=["all NaN", "one NaN", "infinite", "zero", "too long", "half", "a row too many"],
)
@pytest.mark.parametrize("later", [False, True], ids=["first", "later"])
def test_what_is_no_unit_vector_is_refused_in_one_line(
    template: Float32, found: str, later: bool
) -> None:
    wrong = GalleryEntry(77, 4711, template)
    good = gallery_entries(1, [1, 2])
    gallery = ExactGallery(good if later else [], MODEL)
    with pytest.raises(DataError, match=f"reference 4711 of subject 77 .*{found}") as refused:
        gallery.changed([*good, wrong], (), {})
    assert "\n" not in str(refused.value)


def test_probes_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match="do not fit the gallery"):
        ExactGallery(gallery_entries(1, [1]), MODEL).search(templates(1, 1, dimension=8), 1, NOW)


def test_a_reference_that_is_added_again_takes_the_place_of_the_old_one() -> None:
    gallery = ExactGallery([GalleryEntry(1, 10, AXIS), GalleryEntry(2, 20, -AXIS)], MODEL)
    moved = gallery.changed([GalleryEntry(3, 10, -AXIS)], (), {})
    assert moved.reference_ids.tolist() == [10, 20]
    found = moved.search(Templates(AXIS[None], MODEL), 3, NOW)
    assert found.subject_id.tolist() == [[2, 3, NOBODY]]


def test_removing_everybody_leaves_an_empty_gallery_that_can_grow_again() -> None:
    gallery = ExactGallery(gallery_entries(1, [3, 1]), MODEL)
    empty = gallery.changed([], gallery.reference_ids.tolist(), {})
    assert (empty.subjects, empty.references, empty.nbytes) == (0, 0, 0)
    assert empty.search(templates(1, 2), 2, NOW).subject_id.tolist() == [[NOBODY] * 2] * 2
    assert empty.changed([GalleryEntry(5, 6, AXIS)], [7], {}).reference_ids.tolist() == [6]


def test_an_end_that_is_taken_back_ends_nothing() -> None:
    gallery = ExactGallery(gallery_entries(1, [1]), MODEL, expires_at={10: NOW})
    assert gallery.search(templates(1, 1), 1, NOW).subject_id.tolist() == [[NOBODY]]
    assert gallery.changed([], (), {}).search(templates(1, 1), 1, NOW).subject_id.tolist() == [[10]]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("living", [0, 1, 30, 2000, 9_999], ids=lambda n: f"{n} living")
def test_those_who_have_not_expired_are_found_among_many_who_have(
    compressed: bool, living: int
) -> None:
    vectors = unit_rows(1, 10_000, 32)
    ends = {i: NOW - timedelta(seconds=1) for i in range(living, 10_000)}
    exact = ExactGallery(entries(0, vectors), MODEL, expires_at=ends)
    gallery = CompressedGallery(exact) if compressed else exact
    for expired, first, count in ((False, 0, living), (True, living, 10_000 - living)):
        # The first of them looks into the camera.
        probe = Templates(vectors[first : first + 1], MODEL)
        found = gallery.search(probe, 3, NOW, expired=expired)
        assert (found.subject_id[0] != NOBODY).sum() == min(3, count)
        assert found.subject_id[0, 0] == (first if count else NOBODY)
        assert all(first <= one < first + count for one in found.subject_id[0] if one != NOBODY)


def test_equal_references_in_thousands_come_in_the_order_of_their_ids() -> None:
    # More than the first pass names: it is asked again until nobody can have been left out.
    vectors = np.repeat(unit_rows(1, 1, 32), 20_000, axis=0)
    gallery = ExactGallery(entries(1, vectors)[::-1], MODEL)
    found = gallery.search(templates(1, 1, dimension=32), 5, NOW)
    assert found.subject_id.tolist() == [[1, 2, 3, 4, 5]]


def test_a_gallery_is_compressed_once_it_is_too_large_for_exact_search() -> None:
    vectors = unit_rows(1, 3000, 128)
    ends = {7: NOW}
    exact = ExactGallery(entries(0, vectors[:2000]), MODEL, expires_at=ends)
    assert fitting(exact, exact_up_to=2000) is exact
    grown = exact.changed(entries(2000, vectors[2000:]), (), ends)
    packed = fitting(grown, exact_up_to=2000)
    assert isinstance(packed, CompressedGallery)
    assert fitting(packed, exact_up_to=2000) is packed
    assert packed.changed([], range(2500), {}).subjects == 500

    probes = Templates(vectors, MODEL)
    found = packed.search(probes, 1, NOW)
    others = np.arange(3000) != 7
    assert (found.subject_id[others, 0] == np.flatnonzero(others)).all()
    assert packed.search(probes, 1, NOW, expired=True).subject_id[7, 0] == 7
    assert np.abs(found.similarity[others, 0] - 1).max() <= packed.error


def test_nothing_cannot_be_compressed() -> None:
    with pytest.raises(DataError, match="empty gallery"):
        CompressedGallery(ExactGallery([], MODEL))


@pytest.mark.parametrize("references_of", [1, 2], ids=["one reference", "two references"])
def test_a_compressed_reference_takes_200_bytes_at_most(references_of: int) -> None:
    vectors = unit_rows(1, 40_000, 128)
    packed = CompressedGallery(
        ExactGallery([GalleryEntry(i // references_of, i, v) for i, v in enumerate(vectors)], MODEL)
    )
    grown = packed.changed(
        [GalleryEntry(10**6 + i // references_of, 10**6 + i, v) for i, v in enumerate(vectors)],
        (),
        {},
    )
    # The centres, 8 kB a segment, are counted.
    assert grown.nbytes <= 200 * grown.references


def test_searching_goes_on_while_a_hundred_thousand_are_swapped() -> None:
    vectors = unit_rows(1, 100_000, 128)
    old = ExactGallery(entries(0, vectors[:50_000]), MODEL)
    probe = Templates(vectors[:1], MODEL)
    roster = [old]
    swapping = threading.Event()
    swapped: list[BaseException | None] = []

    def swap() -> None:
        swapping.set()
        try:
            roster[0] = old.changed(entries(50_000, vectors[50_000:]), range(0, 50_000, 2), {})
            swapped.append(None)
        except BaseException as error:  # noqa: BLE001
            swapped.append(error)

    thread = threading.Thread(target=swap)
    thread.start()
    swapping.wait()
    during = 0
    while not swapped:
        assert roster[0].search(probe, 1, NOW).subject_id[0, 0] != NOBODY
        during += not swapped
    thread.join()
    assert swapped == [None]
    assert during > 10
    assert roster[0].references == 75_000
    assert roster[0].search(probe, 1, NOW).subject_id[0, 0] != 0
    assert old.search(probe, 1, NOW).subject_id[0, 0] == 0
