"""Enrolment: photographs in, references out, every refusal said row by row."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np

from facewarden.capture.image import read_image
from facewarden.data import (
    NOBODY,
    GalleryEntry,
    Image,
    NewReference,
    Subject,
    SubjectDetails,
)
from facewarden.data.arrays import Float32
from facewarden.errors import DataError, EnrolmentRefused, InputError, StoreError
from facewarden.pipeline.examine import ExaminedFace, Examiner
from facewarden.pipeline.live_claim import LiveClaim
from facewarden.pipeline.photographs import Photograph
from facewarden.text import shown

BATCH = 16


class Enrolled(StrEnum):
    """What became of a photograph."""

    ADDED = "added"
    PRESENT = "already there"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """The result for one photograph."""

    label: str
    name: str
    outcome: Enrolled
    reason: str = ""
    warnings: tuple[str, ...] = ()
    subject_id: int = NOBODY


class Register(Protocol):
    """The watchlists that enrolment writes to; the store implements it."""

    def find_subject(
        self, *, external_reference: str = "", name: str = "", watchlist: str = ""
    ) -> Subject | None:
        """Return the subject with this external reference, or this name on this watchlist."""
        ...

    def ensure(self, name: str) -> object:
        """Make the watchlist of this name if there is none, and the register may."""
        ...

    def add_subject(self, details: SubjectDetails, watchlist: str) -> int:
        """Add a subject and return its id."""
        ...

    def place(self, subject_id: int, watchlist: str) -> None:
        """Put a subject on one more watchlist; nothing happens if it is there."""
        ...

    def subject(self, subject_id: int) -> Subject:
        """Return a subject."""
        ...

    def add_references(self, subject_id: int, references: Sequence[NewReference]) -> list[int]:
        """Add references to a subject in one transaction."""
        ...

    def holds_file(self, data: bytes) -> tuple[int, int] | None:
        """Return subject and reference id of the same file, or None."""
        ...

    def gallery(self, model_id: str, watchlists: Sequence[str]) -> list[GalleryEntry]:
        """Return every reference of the subjects on these watchlists."""
        ...


@dataclass(frozen=True, slots=True)
class _Pending:
    photograph: Photograph
    data: bytes
    face: ExaminedFace
    box: tuple[float, float, float, float]


class _Known:
    """Every reference so far, in arrays that double when full, to warn by."""

    def __init__(self, entries: Sequence[GalleryEntry]) -> None:
        self._count = 0
        self._owner = np.zeros(1024, np.int64)
        self._vectors = np.zeros((1024, 0), np.float32)
        for entry in entries:
            self.add(entry)

    def add(self, entry: GalleryEntry) -> None:
        if not self._count:
            self._vectors = np.zeros((len(self._owner), len(entry.template)), np.float32)
        if self._count == len(self._owner):
            self._owner = np.concatenate([self._owner, np.zeros_like(self._owner)])
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
        self._owner[self._count] = entry.subject_id
        self._vectors[self._count] = entry.template
        self._count += 1

    def nearest(
        self, subject_id: int, vector: Float32
    ) -> tuple[float | None, tuple[float, int] | None]:
        """Return the similarity to the own subject, and to the nearest other with its id."""
        if not self._count:
            return None, None
        owner = self._owner[: self._count]
        similarity = self._vectors[: self._count] @ vector
        own, others = owner == subject_id, owner != subject_id
        nearest_own = float(similarity[own].max()) if own.any() else None
        if not others.any():
            return nearest_own, None
        at = int(np.argmax(np.where(others, similarity, -2)))
        return nearest_own, (float(similarity[at]), int(owner[at]))


class Enroller:
    """Enrols photographs on one watchlist, which is made with the first subject on it.

    Warns, and enrols all the same, when a new reference is more like another subject than
    `alike_from`, or less like its own subject's other references than `unlike_below`.

    Args:
        read: returns the picture of a photograph's path, and the file to be kept of it.
        live: checks that it is of a living person, where that is claimed.
        now: this machine's clock, UTC.
    """

    def __init__(
        self,
        examiner: Examiner,
        register: Register,
        watchlist: str,
        *,
        model_id: str,
        watchlists: Sequence[str],
        alike_from: float,
        unlike_below: float,
        read: Callable[[Path], tuple[Image, bytes]] = read_image,
        live: LiveClaim | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read = read
        self._live = live
        self._now = now
        self._examiner = examiner
        self._register = register
        self._watchlist = watchlist
        self._model_id = model_id
        self._alike_from = alike_from
        self._unlike_below = unlike_below
        self._known = _Known(register.gallery(model_id, watchlists))

    def enrol(self, photographs: Sequence[Photograph]) -> Iterator[EnrolmentRow]:
        """Enrol in batches, yielding a row for every photograph as it is done."""
        waiting: dict[bytes, _Pending] = {}
        for photograph in photographs:
            try:
                _require_named(photograph)
                _require_readable(photograph.details)
                image, data = self._read(photograph.path)
                done = self._present(photograph, data, waiting.get(data))
                if done is None:
                    face = self._examiner.one_face(image, photograph.face)
                    if self._live is not None:
                        self._live.require(image, face)
                    waiting[data] = _Pending(photograph, data, face, _shares(face, image))
            except (InputError, StoreError, DataError) as error:
                done = _refused(photograph, str(error))
            if done is not None:
                yield done
            if len(waiting) >= BATCH:
                yield from self._store(list(waiting.values()))
                waiting = {}
        yield from self._store(list(waiting.values()))

    def _present(
        self, photograph: Photograph, data: bytes, waiting: _Pending | None
    ) -> EnrolmentRow | None:
        """Return the row for a file that is enrolled or waits to be, or None for a new one."""
        label, wanted = photograph.label, photograph.details
        if waiting is not None:
            first = waiting.photograph.details
            if not _same_subject(wanted, first):
                whose = first.name
                if wanted.name == first.name:
                    whose += " with another case number"
                return _refused(photograph, f"the same file is given for {whose} in this run")
            return EnrolmentRow(
                label, wanted.name, Enrolled.PRESENT, "the same file twice in this run"
            )
        held = self._register.holds_file(data)
        if held is None:
            return None
        subject = self._register.subject(held[0])
        if not _same_subject(wanted, subject.details):
            reason = _whose_else(wanted, subject, held[1])
            return _refused(photograph, reason, subject.subject_id)
        reason = "the same file is enrolled"
        if self._watchlist not in subject.watchlists:
            self._place(subject.subject_id)
            reason += f", now on {self._watchlist} too"
        return EnrolmentRow(
            label,
            wanted.name,
            Enrolled.PRESENT,
            reason,
            self._remarks(wanted, subject),
            subject.subject_id,
        )

    def _store(self, pending: Sequence[_Pending]) -> Iterator[EnrolmentRow]:
        vectors = self._examiner.embed([item.face for item in pending]).vectors
        for item, vector in zip(pending, vectors, strict=True):
            details = item.photograph.details
            try:
                subject_id, warnings = self._subject_for(details)
                warnings += self._warnings(subject_id, vector)
                reference = NewReference(
                    item.photograph.path.name,
                    item.data,
                    vector,
                    self._model_id,
                    item.face.quality,
                    item.box,
                )
                (reference_id,) = self._register.add_references(subject_id, [reference])
            except (InputError, StoreError, DataError) as error:
                yield _refused(item.photograph, str(error))
                continue
            self._known.add(GalleryEntry(subject_id, reference_id, vector))
            yield EnrolmentRow(
                item.photograph.label,
                details.name,
                Enrolled.ADDED,
                warnings=warnings,
                subject_id=subject_id,
            )

    def _subject_for(self, details: SubjectDetails) -> tuple[int, tuple[str, ...]]:
        """Find the subject by case number, else by name on this watchlist, else add it.

        Returns its id, and a warning where what is given differs from what is written down.
        """
        if details.external_reference:
            subject = self._register.find_subject(external_reference=details.external_reference)
        else:
            subject = self._register.find_subject(name=details.name, watchlist=self._watchlist)
        if subject is None:
            self._register.ensure(self._watchlist)
            subject_id = self._register.add_subject(details, self._watchlist)
            return subject_id, _expired(details, self._now())
        if not _same_subject(details, subject.details):
            raise EnrolmentRefused(
                f"{details.external_reference} is the case of somebody else",
                expected=subject.details.name,
                found=details.name,
                remedy="correct the name or the case number",
            )
        if self._watchlist not in subject.watchlists:
            self._place(subject.subject_id)
        return subject.subject_id, self._remarks(details, subject)

    def _remarks(self, wanted: SubjectDetails, known: Subject) -> tuple[str, ...]:
        return _unwritten(wanted, known) + _expired(known.details, self._now())

    def _place(self, subject_id: int) -> None:
        self._register.ensure(self._watchlist)
        self._register.place(subject_id, self._watchlist)

    def _warnings(self, subject_id: int, vector: Float32) -> tuple[str, ...]:
        own, other = self._known.nearest(subject_id, vector)
        warnings = []
        if own is not None and own < self._unlike_below:
            warnings.append(f"unlike this subject's other references (similarity {own:.2f})")
        if other is not None and other[0] >= self._alike_from:
            name = self._register.subject(other[1]).details.name
            warnings.append(f"looks like {name} (similarity {other[0]:.2f})")
        return tuple(warnings)


def _shares(face: ExaminedFace, image: Image) -> tuple[float, float, float, float]:
    """Return the box of a face as shares of the picture's width and height."""
    height_px, width_px = image.shape[:2]
    x1, y1, x2, y2 = face.box
    return x1 / width_px, y1 / height_px, x2 / width_px, y2 / height_px


def _require_named(photograph: Photograph) -> None:
    if not photograph.details.name:
        raise EnrolmentRefused(
            "the file is named by a camera, not after a person",
            expected="--name, a folder for each person, or a CSV file",
            found=photograph.path.name,
        )


def _require_readable(details: SubjectDetails) -> None:
    """Refuse words that cannot be read as they are, before they stand in every alert.

    Most often the name comes from a file whose name is not UTF-8.
    """
    for part in fields(details):
        text = getattr(details, part.name)
        lines = part.name in {"notes", "legal_basis"}
        if isinstance(text, str) and shown(text, keep="\n\r\t" if lines else "") != text:
            raise EnrolmentRefused(
                f"the {part.name} holds characters that do not print",
                found=text,
                remedy="rename the file, or give it with --name or --csv",
            )


def _same_subject(wanted: SubjectDetails, known: SubjectDetails) -> bool:
    """Whether a photograph's details mean the subject that is known."""
    cases = ("", known.external_reference)
    return wanted.name == known.name and wanted.external_reference in cases


def _whose_else(wanted: SubjectDetails, holder: Subject, reference_id: int) -> str:
    """Say why a file that is a reference already cannot be one of the subject wanted."""
    known = holder.details
    if wanted.name == known.name:
        given = shlex.quote(wanted.external_reference)
        return str(
            EnrolmentRefused(
                f"the case number of {known.name} differs",
                expected=known.external_reference or "none, as it was enrolled",
                found=wanted.external_reference,
                remedy=f"correct it here, or there with "
                f"facewarden subjects set {holder.subject_id} --reference {given}",
            )
        )
    return (
        f"the same file is a reference of {known.name}; remove it there first if it belongs to "
        f"this subject: facewarden subjects remove-reference {reference_id}"
    )


def _unwritten(wanted: SubjectDetails, known: Subject) -> tuple[str, ...]:
    """Warn of details that differ from those written down, which enrolment leaves as they are."""
    words = {
        "category": "category",
        "notes": "notes",
        "legal_basis": "legal basis",
        "authorised_by": "authorised by",
        "expires_at": "expiry",
    }
    differ = [
        word
        for field, word in words.items()
        if getattr(wanted, field) not in ("", None, getattr(known.details, field))
    ]
    if not differ:
        return ()
    return (
        f"not changed, though it differs from what is written down: {', '.join(differ)}; "
        f"to change it: facewarden subjects set {known.subject_id}",
    )


def _expired(details: SubjectDetails, now: datetime) -> tuple[str, ...]:
    """Warn of a subject whose end has passed: nobody would be told why there is no alert."""
    if details.expires_at is None or details.expires_at > now:
        return ()
    return (f"expired on {details.expires_at:%Y-%m-%d}: this subject will not match",)


def _refused(photograph: Photograph, reason: str, subject_id: int = NOBODY) -> EnrolmentRow:
    return EnrolmentRow(
        photograph.label,
        photograph.details.name,
        Enrolled.REFUSED,
        reason,
        subject_id=subject_id,
    )
