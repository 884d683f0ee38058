"""Asking a second model about a track, in a thread of its own: no camera waits for it."""

import logging
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor, Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from facewarden.align.align import align
from facewarden.align.cutter import Cutter
from facewarden.data import Faces, Float32, Image, Templates
from facewarden.data.opinion import Opinion
from facewarden.detect.refine import LandmarkRefiner
from facewarden.embed.embedder import Embedder
from facewarden.embed.fuse import Fusion
from facewarden.errors import EnrolmentRefused, FacewardenError
from facewarden.match.gallery import Gallery
from facewarden.pipeline.second_templates import SecondTemplates

log = logging.getLogger("facewarden.second_opinion")

MOST_LOOKS = 3
"""Of a track, those of the highest quality."""

MOST_QUESTIONS = 32
"""That wait for the thread, over all cameras; further ones are not asked."""

PATIENCE = timedelta(seconds=2)
"""How long a decision waits for an answer, from the first question about its track on."""

SeenLook = tuple[float, Float32]
"""Quality, and the second model's unit vector (d,)."""


@dataclass(frozen=True, slots=True)
class _Answer:
    looks: tuple[SeenLook, ...]
    opinions: dict[int, Opinion]


@dataclass(slots=True)
class Inquiry:
    """What the second model has seen of one track, and said of it; of one analysis thread."""

    looks: tuple[SeenLook, ...] = ()
    opinions: dict[int, Opinion] = field(default_factory=dict)
    asked_at: dict[int, datetime] = field(default_factory=dict)
    question: Future[_Answer] | None = None


class SecondOpinion:
    """Asks the second model about faces that the first is not sure of.

    Args:
        embedder: the second model; cutter and refiner cut faces out for it.
        templates: its references.
        thread: where it works; one thread, so that questions are answered in order.
    """

    def __init__(
        self,
        embedder: Embedder,
        templates: SecondTemplates,
        thread: Executor,
        *,
        cutter: Cutter | None = None,
        refiner: LandmarkRefiner | None = None,
        patience: timedelta = PATIENCE,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._embedder = embedder
        self._templates = templates
        self._thread = thread
        self._cutter = cutter
        self._refiner = refiner
        self._patience = patience
        self._clock = clock
        self._questions: set[Future[_Answer]] = set()
        self._version = -1
        self.asked = 0

    def keep_only(self, held_by: Gallery, version: int) -> None:
        """Forget references that are not in the gallery of the roster of this version."""
        if version != self._version:
            self._version = version
            self._templates.keep_only(held_by.reference_ids.tolist())

    def ask(
        self,
        inquiry: Inquiry,
        image: Image,
        face: Faces,
        quality: float,
        subject_ids: Iterable[int],
    ) -> None:
        """Show one more look of a track, and ask about some subjects; returns at once.

        A look is left out while the one before is looked at, and where it is no better than the
        looks that the second model has seen.

        Args:
            image: the whole picture, (H, W, 3) uint8 BGR; not written to.
            face: one row.
        """
        self.hear(inquiry)
        wanted = frozenset(subject_ids) | frozenset(inquiry.asked_at)
        now = self._clock()
        for subject_id in wanted:
            inquiry.asked_at.setdefault(subject_id, now)
        better = len(inquiry.looks) < MOST_LOOKS or quality > min(seen for seen, _ in inquiry.looks)
        answered = all(subject_id in inquiry.opinions for subject_id in wanted)
        if inquiry.question is not None or (answered and not better):
            return
        self._questions = {one for one in self._questions if not one.done()}
        if len(self._questions) >= MOST_QUESTIONS:
            return
        inquiry.question = self._thread.submit(
            self._answer, inquiry.looks, image, face, quality if better else -1.0, wanted
        )
        self._questions.add(inquiry.question)
        self.asked += 1

    def hear(self, inquiry: Inquiry) -> bool:
        """Take an answer in, where there is a new one."""
        question = inquiry.question
        if question is None or not question.done():
            return False
        inquiry.question = None
        try:
            answer = question.result()
        except Exception as error:
            log.exception("the second model failed")
            problem = Opinion(self._embedder.model_id, problem=f"it failed: {type(error).__name__}")
            for subject_id in inquiry.asked_at:
                inquiry.opinions.setdefault(subject_id, problem)
            return True
        inquiry.looks = answer.looks
        inquiry.opinions.update(answer.opinions)
        return True

    def open(self, inquiry: Inquiry) -> bool:
        """Return whether a decision should wait: asked, not answered, and not for too long."""
        return any(opinion.waiting for opinion in self.opinions(inquiry).values())

    def opinions(self, inquiry: Inquiry, *, at_last: bool = False) -> dict[int, Opinion]:
        """Return what is known of every subject that was asked about; nothing waits `at_last`."""
        model_id, now = self._embedder.model_id, self._clock()
        known = {}
        for subject_id, asked_at in inquiry.asked_at.items():
            if subject_id in inquiry.opinions:
                known[subject_id] = inquiry.opinions[subject_id]
            elif at_last or abs(now - asked_at) > self._patience:
                late = f"no answer within {self._patience.total_seconds():g} s"
                known[subject_id] = Opinion(model_id, problem=late)
            else:
                known[subject_id] = Opinion(model_id, waiting=True)
        return known

    def wait(self, inquiries: Iterable[Inquiry]) -> None:
        """Wait for the answers to some tracks, at most for the patience of one."""
        questions = [one.question for one in inquiries if one.question is not None]
        wait_for(questions, timeout=self._patience.total_seconds())

    def _answer(
        self,
        looks: tuple[SeenLook, ...],
        image: Image,
        face: Faces,
        quality: float,
        subject_ids: Collection[int],
    ) -> _Answer:
        """Look, and compare; called in the thread. A quality below 0 means not to look again."""
        if quality >= 0:
            looks = (*looks, (quality, self._look(image, face)))
            looks = tuple(sorted(looks, key=lambda look: -look[0])[:MOST_LOOKS])
        model_id, now = self._embedder.model_id, self._clock()
        pooled = Fusion()
        for weight, vector in looks:
            pooled.add(Templates(vector[None], model_id), weight)
        opinions = {}
        for subject_id in subject_ids:
            try:
                similarity = self._templates.similarity(pooled.template(), subject_id, now)
                opinions[subject_id] = Opinion(model_id, similarity, len(looks))
            except EnrolmentRefused as error:
                opinions[subject_id] = Opinion(model_id, problem=str(error))
            except FacewardenError:
                # What the store says may name files of this machine; an opinion goes out to sinks.
                log.exception("the references of subject %d cannot be read", subject_id)
                opinions[subject_id] = Opinion(model_id, problem="its references cannot be read")
        return _Answer(looks, opinions)

    def _look(self, image: Image, face: Faces) -> Float32:
        if self._refiner is not None:
            face = self._refiner.refine(image, face)
        cut = self._cutter
        crop = align(image, face.landmarks) if cut is None else cut.cut(image, face)
        vector: Float32 = self._embedder.embed(np.asarray(crop, np.uint8)).vectors[0]
        return vector
