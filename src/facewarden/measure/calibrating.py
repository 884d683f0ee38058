"""A cohort of strangers through the product's own code, and the impostor tail that they give."""

import hashlib
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from facewarden.capture.image import read_image
from facewarden.compose.footage import FootageRecipe, footage
from facewarden.config.settings import Settings
from facewarden.data import Float32, GalleryEntry, Int64, Templates
from facewarden.data.calibration import ImpostorTail
from facewarden.embed.looks_embedder import LooksEmbedder
from facewarden.embed.onnx_embedder import OnnxEmbedder
from facewarden.errors import InputError
from facewarden.evaluate.calibration import StrangerTracks, looks_factors, reference_factors
from facewarden.evaluate.tail import (
    Comparisons,
    HeldOutRate,
    Probes,
    compare,
    fitted,
    held_out,
    refits,
    trusted_to,
)
from facewarden.match.exact_gallery import ExactGallery
from facewarden.measure.clips import Clip, ClipReader
from facewarden.measure.galleries import Kind, Sample, read_people
from facewarden.measure.photographs import Embedded, duplicates, embed_photographs
from facewarden.models.calibration import HeldOut, TailFit
from facewarden.pipeline.examine import EnrolmentLimits, Examiner
from facewarden.store.open import Store
from facewarden.wiring.eyes import Eyes, make_examiner

REFERENCES = (1, 2, 4, 8)
LEAST_WITH_REFERENCES = 20
"""People with so many photographs, for a factor of references."""
HELD_OUT = (5e-4, 1e-4, 1e-5, 1e-6)

Told = Callable[[str, int, int], None]
"""Called with what is done, how much of it, and of how much."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """Templates of people who are on no list.

    Attributes:
        people: names, by number.
        single: as a close look in a video; reference: as enrolment makes them.
        clips: of each clip its pooled templates by look, and who it shows.
        left_out: why a file was not used, by its path.
        composed: whether the clips were made from the photographs.
        fingerprint: SHA-256 over the sorted SHA-256 of the photographs.
    """

    people: tuple[str, ...]
    paths: tuple[Path, ...]
    single: Probes
    reference: Probes
    clips: tuple[tuple[int, Float32], ...]
    left_out: dict[Path, str] = field(default_factory=dict)
    composed: bool = False
    fingerprint: str = ""

    def of(self, chosen: Sequence[int]) -> "Cohort":
        """Return the cohort of these people only, numbered anew."""
        number = np.full(len(self.people), -1)
        number[list(chosen)] = np.arange(len(chosen))
        kept = number[self.single.people] >= 0
        return Cohort(
            tuple(self.people[one] for one in chosen),
            tuple(path for path, keep in zip(self.paths, kept, strict=True) if keep),
            Probes(self.single.vectors[kept], number[self.single.people[kept]]),
            Probes(self.reference.vectors[kept], number[self.reference.people[kept]]),
            tuple((int(number[one]), looks) for one, looks in self.clips if number[one] >= 0),
            composed=self.composed,
            fingerprint=self.fingerprint,
        )


def read_cohort(
    root: Path,
    eyes: Eyes,
    settings: Settings,
    *,
    store: Store | None = None,
    compose: int = 300,
    compose_of: Collection[str] | None = None,
    same: dict[str, str] | None = None,
    told: Told = lambda *_: None,
) -> Cohort:
    """Embed a cohort's photographs and clips; see `galleries.read_people` for the layout.

    Args:
        store: people of the cohort who are enrolled in it (the very same file) are left out: their
            own alerts would count as false.
        compose: without any clip, footage is made from photographs of so many people; 0 for none.
        compose_of: folders of the people of whom footage may be made; None for everybody.
        same: names that are one person: the first is read as the second.

    Raises:
        InputError: no cohort there, or fewer than two people are left.
        DataError: embeddings that are not finite.
    """
    samples = read_people(root, clips=True).samples
    pictures = [sample for sample in samples if sample.kind is Kind.PHOTOGRAPH]
    paths = [sample.path for sample in pictures]
    count = len(paths)
    as_enrolled = embed_photographs(
        paths, make_examiner(eyes), done=lambda n: told("photographs", n, count)
    )
    in_video = Examiner(
        eyes.detector, eyes.refiner, eyes.assessor, eyes.of_looks, EnrolmentLimits(), eyes.cutter
    )
    as_look = embed_photographs(
        paths, in_video, done=lambda n: told("photographs, as a camera sees them", n, count)
    )
    left_out = _unusable(paths, as_enrolled, as_look)
    gone = _enrolled(pictures, store) if store is not None else {}
    for sample in pictures:
        if sample.person in gone:
            left_out[sample.path] = f"{sample.person} is enrolled: {gone[sample.person]}"
    kept = [row for row, path in enumerate(paths) if path not in left_out]
    joined = same or {}
    names = [joined.get(pictures[row].person, pictures[row].person) for row in kept]
    people = tuple(sorted(set(names)))
    if len(people) < 2:
        raise InputError(
            f"the cohort {root} has too few people with a usable photograph",
            expected="at least two, and hundreds for a threshold",
            found=str(len(people)),
            remedy="add folders of other people",
        )
    number = {name: place for place, name in enumerate(people)}
    who = np.array([number[name] for name in names], np.int64)
    clips = [sample for sample in samples if sample.kind is not Kind.PHOTOGRAPH]
    reader = ClipReader(eyes, settings)
    composed = not clips and compose > 0
    filmed = [
        row
        for row, path in enumerate(paths[row] for row in kept)
        if compose_of is None or path.parent.name in compose_of
    ]
    tracks = (
        _composed([paths[kept[row]] for row in filmed], who[filmed], eyes, reader, compose, told)
        if composed
        else _read(clips, number, joined, reader, left_out, told)
    )
    digests = sorted(as_enrolled.digest[row] for row in kept)
    return Cohort(
        people,
        tuple(paths[row] for row in kept),
        Probes(as_look.vectors[kept], who),
        Probes(as_enrolled.vectors[kept], who),
        tuple(tracks),
        left_out,
        composed,
        hashlib.sha256("\n".join(digests).encode()).hexdigest(),
    )


def _unusable(paths: Sequence[Path], *embedded: Embedded) -> dict[Path, str]:
    why = {paths[row]: text for one in embedded for row, text in one.faults.items()}
    for first, again in duplicates(embedded[0].digest):
        why[paths[again]] = f"the same file as {paths[first]}"
    return why


def _enrolled(pictures: Sequence[Sample], store: Store) -> dict[str, str]:
    """Return the people of whom a photograph is in the store, with which subject holds it."""
    found: dict[str, str] = {}
    for sample in pictures:
        if sample.person not in found:
            held = store.watchlists.holds_file(sample.path.read_bytes())
            if held is not None:
                found[sample.person] = f"subject {held[0]} has {sample.path.name}"
    return found


def _read(
    clips: Sequence[Sample],
    number: dict[str, int],
    joined: dict[str, str],
    reader: ClipReader,
    left_out: dict[Path, str],
    told: Told,
) -> list[tuple[int, Float32]]:
    found = []
    for place, sample in enumerate(clips):
        person = joined.get(sample.person, sample.person)
        clip = reader.read(sample)
        if person not in number:
            left_out[sample.path] = f"no usable photograph of {sample.person}"
        elif len(clip.pooled):
            found.append((number[person], clip.pooled))
        else:
            left_out[sample.path] = clip.fault
        told("clips", place + 1, len(clips))
    return found


def _composed(
    paths: Sequence[Path],
    who: Int64,
    eyes: Eyes,
    reader: ClipReader,
    people: int,
    told: Told,
) -> list[tuple[int, Float32]]:
    """Make footage of one photograph each of some people, spread evenly, and read it as clips."""
    every = np.unique(who)
    chosen = every[np.unique(np.linspace(0, len(every) - 1, min(people, len(every))).astype(int))]
    last = {int(one): row for row, one in enumerate(who)}
    found = []
    for place, person in enumerate(chosen.tolist()):
        clip = _footage_of(paths[last[person]], eyes, reader, seed=person)
        if clip is not None and len(clip.pooled):
            found.append((person, clip.pooled))
        told("footage made of photographs", place + 1, len(chosen))
    return found


def _footage_of(path: Path, eyes: Eyes, reader: ClipReader, *, seed: int) -> Clip | None:
    image, _ = read_image(path)
    seen = make_examiner(eyes).faces(image)
    if not seen:
        return None
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    face = min(
        seen, key=lambda one: float(np.hypot(*(np.reshape(one.box, (2, 2)).mean(axis=0) - middle)))
    )
    with tempfile.TemporaryDirectory(prefix="fw-footage-") as folder:
        for place, frame in enumerate(footage(image, face.box, FootageRecipe(), seed)):
            cv2.imwrite(str(Path(folder) / f"{place:03d}.png"), frame)
        return reader.read(Sample("", Path(folder), Kind.FRAMES))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A tail and how it was come by; `own_looks` where its factors of looks are the cohort's."""

    tail: ImpostorTail
    own_looks: bool
    again: list[ImpostorTail]
    compared: Comparisons
    checks: list[HeldOutRate]


def fit(cohort: Cohort, known: ImpostorTail | None = None) -> Fitted:
    """Fit the tail to a cohort.

    Args:
        known: whose factors of looks and references serve where the cohort gives none.

    Raises:
        DataError: too few people.
    """
    compared = compare(cohort.single, cohort.reference)
    plain = fitted(compared)
    again = refits(compared)
    looks = looks_factors(tracks_of(cohort), plain) if cohort.clips else ()
    references = _references(cohort)
    reach = trusted_to(plain, again)
    tail = ImpostorTail(
        plain.body,
        plain.scale,
        plain.shape,
        reach,
        looks if looks else (known.looks if known else ((1, 1.0),)),
        references if len(references) > 1 else (known.references if known else ((1, 1.0),)),
    )
    start = plain.body[-1][0]
    rates = tuple(rate for rate in HELD_OUT if tail.reaches_to < rate < start)
    return Fitted(tail, bool(looks), again, compared, held_out(compared, rates))


def tracks_of(cohort: Cohort) -> StrangerTracks:
    """Compare each clip with the first photograph of everybody else."""
    first = np.unique(cohort.reference.people, return_index=True)[1]
    references, people = cohort.reference.vectors[first], cohort.reference.people[first]
    return StrangerTracks(
        tuple(looks @ references.T for _, looks in cohort.clips),
        tuple(people != who for who, _ in cohort.clips),
        np.unique([who for who, _ in cohort.clips], return_inverse=True)[1].astype(np.int64),
    )


def _references(cohort: Cohort) -> tuple[tuple[int, float], ...]:
    """Compare subjects of more and more references, by the very gallery of the watch."""
    owner, vectors = cohort.reference.people, cohort.reference.vectors
    counts = np.bincount(owner, minlength=len(cohort.people))
    most = [n for n in REFERENCES if (counts >= n).sum() >= LEAST_WITH_REFERENCES]
    if len(most) < 2:
        return ((1, 1.0),)
    subjects = np.flatnonzero(counts >= most[-1])
    first = np.unique(cohort.single.people, return_index=True)[1]
    probes = Templates(cohort.single.vectors[first], "cohort")
    found = []
    for count in most:
        entries = [
            GalleryEntry(int(one), int(row), vectors[row])
            for one in subjects
            for row in np.flatnonzero(owner == one)[:count]
        ]
        gallery = ExactGallery(entries, "cohort")
        candidates = gallery.search(probes, len(subjects), datetime.now(UTC))
        stranger = candidates.subject_id != cohort.single.people[first][:, None]
        found.append((count, candidates.similarity, stranger))
    return reference_factors(found)


def as_card(
    found: Fitted,
    cohort: Cohort,
    embedder: OnnxEmbedder | LooksEmbedder,
    *,
    data: str,
    command: str,
) -> TailFit:
    """Return a fit with everything that a card says of it."""
    shapes = [one.shape for one in found.again]
    return TailFit(
        engine=embedder.engine,
        precision=embedder.precision,
        body=tuple((round(rate, 8), round(value, 4)) for rate, value in found.tail.body),
        scale=round(found.tail.scale, 5),
        shape=round(found.tail.shape, 4),
        shape_low=round(float(np.quantile(shapes, 0.025)), 4),
        shape_high=round(float(np.quantile(shapes, 0.975)), 4),
        trusted_to=float(f"{min(found.tail.trusted_to, found.tail.body[-1][0]):.3g}"),
        looks=found.tail.looks,
        references=found.tail.references,
        looks_from=(
            f"{len(cohort.clips)} {'clips composed of photographs' if cohort.composed else 'clips'}"
            if found.own_looks
            else "the calibration before"
        ),
        people=found.compared.people,
        comparisons=found.compared.count,
        exceedances=found.compared.pairs,
        held_out=tuple(
            HeldOut(
                rate=check.rate,
                observed=check.observed,
                ratio_low=round(check.ratio_low, 3),
                ratio_high=round(check.ratio_high, 3),
            )
            for check in found.checks
        ),
        data=data,
        fingerprint=cohort.fingerprint,
        date=datetime.now(UTC).date(),
        command=command,
    )
