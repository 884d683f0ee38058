"""Re-enrolment: stored photographs into templates of another model, while the old one serves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from facewarden.capture.image import decode_image
from facewarden.data import Float32
from facewarden.errors import EnrolmentRefused, FacewardenError
from facewarden.pipeline.examine import ExaminedFace, Examiner

BATCH = 16
"""References that are read, embedded and stored at once; what a kill loses."""


class WaitingReference(Protocol):
    """A reference that the new model has not seen."""

    @property
    def reference_id(self) -> int:
        """Its id."""
        ...

    @property
    def picture(self) -> bytes:
        """The file as it was given."""
        ...

    @property
    def template(self) -> Float32:
        """(d,) of the model that serves; empty where that has none."""
        ...


W = TypeVar("W", bound=WaitingReference)


class ReEnrolmentStore(Protocol[W]):
    """The references; the store implements it."""

    def take(self, model_id: str, count: int) -> Sequence[W]:
        """Return references that wait."""
        ...

    def keep(
        self,
        model_id: str,
        made: Sequence[tuple[W, Float32]],
        refused: Sequence[tuple[W, str]],
    ) -> None:
        """Store templates, and why there are none of others."""
        ...


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch came to: reference ids, and why a reference was refused."""

    made: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


def re_enrol(
    store: ReEnrolmentStore[W], serving: Examiner, new: Examiner, model_id: str
) -> Iterator[Step]:
    """Work through the references that wait, a batch at a time; each is kept when it is yielded.

    A template is made of the face that the old model's template shows: with several faces in a
    photograph, of the one most like it. Enrolment has judged its quality; it is not judged again.

    Args:
        serving: examines photographs with the model that serves; `new` with the other.
        model_id: of the other.
    """
    while batch := store.take(model_id, BATCH):
        found: list[tuple[W, ExaminedFace]] = []
        refused: list[tuple[W, str]] = []
        for one in batch:
            try:
                found.append((one, _face(one, serving, new)))
            except FacewardenError as error:
                refused.append((one, str(error)))
        vectors = new.embed([face for _, face in found]).vectors
        made = [(one, vector) for (one, _), vector in zip(found, vectors, strict=True)]
        store.keep(model_id, made, refused)
        yield Step(
            tuple(one.reference_id for one, _ in made),
            tuple((one.reference_id, why) for one, why in refused),
        )


def _face(one: WaitingReference, serving: Examiner, new: Examiner) -> ExaminedFace:
    image = decode_image(one.picture)
    faces = new.faces(image)
    if not faces:
        raise EnrolmentRefused("no face is found any more")
    if len(faces) == 1:
        return faces[0]
    if not len(one.template):
        raise EnrolmentRefused(
            "several faces are found, and no template says which", found=str(len(faces))
        )
    # Both examiners find the same faces in the same order: they share the detector.
    alike = serving.embed(serving.faces(image)).vectors @ one.template
    return faces[int(np.argmax(alike))]
