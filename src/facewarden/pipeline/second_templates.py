"""References of the second model, made on demand from the photographs in the store."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np

from facewarden.capture.image import decode_image
from facewarden.data import GalleryEntry, Templates
from facewarden.errors import EnrolmentRefused, FacewardenError
from facewarden.match.exact_gallery import ExactGallery
from facewarden.pipeline.examine import Examiner


class KnownReference(Protocol):
    """What is asked of a stored reference."""

    @property
    def reference_id(self) -> int:
        """Its id."""
        ...

    @property
    def quality(self) -> float:
        """In [0, 1]."""
        ...


class ReferencePhotographs(Protocol):
    """The photographs that references were made of; the store implements it."""

    def references(self, subject_id: int) -> Sequence[KnownReference]:
        """Return the references of a subject; none where it is gone."""
        ...

    def templates(self, model_id: str, reference_ids: Sequence[int]) -> list[GalleryEntry]:
        """Return the first model's templates of those of them that are still there."""
        ...

    def reference_image(self, reference_id: int) -> bytes:
        """Return the file as it was given."""
        ...


class SecondTemplates:
    """Compares probes of the second model with subjects; used by one thread, forgets from any.

    A template is made of the face that the first model's template shows: with several faces in a
    photograph, of the one most like it.

    Args:
        first: examines photographs with the first embedder, as enrolment did; `second` with the
            second.
        most_subjects: kept in memory; those not asked for longest are dropped.
        most_references: of a subject, those of the highest quality. Making one takes about as
            long as enrolling a photograph.
    """

    def __init__(
        self,
        photographs: ReferencePhotographs,
        first: Examiner,
        second: Examiner,
        *,
        first_model_id: str,
        second_model_id: str,
        most_subjects: int = 1000,
        most_references: int = 8,
    ) -> None:
        self._photographs = photographs
        self._first = first
        self._second = second
        self._first_model_id = first_model_id
        self._second_model_id = second_model_id
        self._most_subjects = most_subjects
        self._most_references = most_references
        self._kept: OrderedDict[int, tuple[tuple[int, ...], ExactGallery]] = OrderedDict()
        self._known: frozenset[int] | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def similarity(self, probe: Templates, subject_id: int, at: datetime) -> float:
        """Return how alike a (1, d) probe and a subject are, by the rule of the gallery.

        Raises:
            FacewardenError: no photograph of the subject can be used; the last one's reason.
        """
        found = self._subject(subject_id).search(probe, 1, at)
        return float(found.similarity[0, 0])

    def keep_only(self, reference_ids: Collection[int]) -> None:
        """Compare with these references only, and forget every subject with another one.

        What the store holds beside them is not looked for: a deployment has its own.
        """
        known = frozenset(reference_ids)
        with self._lock:
            self._known = known
            for subject_id, (ids, _) in list(self._kept.items()):
                if not known.issuperset(ids):
                    del self._kept[subject_id]

    def _subject(self, subject_id: int) -> ExactGallery:
        with self._lock:
            known = self._known
        found = self._photographs.references(subject_id)
        mine = [one for one in found if known is None or one.reference_id in known]
        best = sorted(mine, key=lambda one: -one.quality)
        ids = tuple(one.reference_id for one in best[: self._most_references])
        with self._lock:
            held = self._kept.pop(subject_id, None)
            if held is not None and held[0] == ids:
                self._kept[subject_id] = held
                return held[1]
        made = self._made(subject_id, ids)
        with self._lock:
            self._kept[subject_id] = (ids, made)
            while len(self._kept) > self._most_subjects:
                self._kept.popitem(last=False)
        return made

    def _made(self, subject_id: int, reference_ids: Sequence[int]) -> ExactGallery:
        known = {
            entry.reference_id: entry
            for entry in self._photographs.templates(self._first_model_id, reference_ids)
        }
        entries: list[GalleryEntry] = []
        problem: FacewardenError = EnrolmentRefused("the subject has no photograph any more")
        for reference_id in reference_ids:
            if reference_id not in known:
                continue
            try:
                vector = self._template(reference_id, known[reference_id])
            except FacewardenError as error:
                problem = error
                continue
            entries.append(GalleryEntry(subject_id, reference_id, vector.vectors[0]))
        if not entries:
            raise problem
        return ExactGallery(entries, self._second_model_id)

    def _template(self, reference_id: int, known: GalleryEntry) -> Templates:
        image = decode_image(self._photographs.reference_image(reference_id))
        faces = self._second.faces(image)
        if not faces:
            raise EnrolmentRefused(f"no face is found any more in reference {reference_id}")
        chosen = 0
        if len(faces) > 1:
            alike = self._first.embed(self._first.faces(image)).vectors @ known.template
            chosen = int(np.argmax(alike))
        return self._second.embed([faces[chosen]])
