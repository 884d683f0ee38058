"""Presentation attack detection of tracks: which looks are kept, and who is asked when."""

import logging
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import numpy as np

from facewarden.alert.attention_strip import SeenLook, attention_strip
from facewarden.assess.presentation import PresentationModel
from facewarden.data import Float32, Image, Snapshot
from facewarden.data.presentation import PresentationRule
from facewarden.decide.presentation import PresentationFusion, TrackPresentation
from facewarden.errors import ConfigError
from facewarden.geometry.square_crop import square_crop
from facewarden.pipeline.metrics import Metrics

log = logging.getLogger("facewarden.presentation")

LEAST_APART_S: Final = 0.09
"""Between two looks of one clip: at 10 analysed pictures a second every one counts, whatever their
times are off by."""

MOST_APART_S: Final = 0.65
"""Beyond, a clip begins anew: models are trained on looks up to 0.4 s apart (recipes of the
laboratory), and whoever was out of sight may have been exchanged for a picture."""

AGAIN_S: Final = 2.0
"""Watch time from the first verdict to the next answers; then twice as long, and so on, so that
somebody who sits before a camera for an hour is looked at 60 times."""


AHEAD_S: Final = 1.5
"""Looks of a track whose verdict is settled are kept from so long before it is asked again: five
looks at five pictures a second take 0.8 s."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a look must have to be shown to a model.

    Attributes:
        min_face_px: least height of the face.
        min_quality: in [0, 1].
    """

    min_face_px: float
    min_quality: float


@dataclass(slots=True)
class Shown:
    """What a track has shown of itself; pictures in memory only, dropped with the track."""

    known: TrackPresentation
    looks: deque[SeenLook]
    latest_at: datetime | None = None
    best: Image | None = None
    best_quality: float = -1.0
    asked_at: datetime | None = None
    asks: int = 0
    fresh: bool = False
    wanted: bool = False
    rules: Mapping[str, PresentationRule] = field(default_factory=dict)
    clip: tuple[SeenLook, ...] = ()
    attention: Float32 = field(default_factory=lambda: np.zeros((0, 1, 1), np.float32))


class PresentationCheck:
    """Keeps looks of tracks, and asks the models about those that somebody wants to know about.

    Args:
        picture: the model that sees one look; clip: the one that sees several. At least one.

    Raises:
        ConfigError: no model, or one in the other's place.
    """

    def __init__(
        self,
        picture: PresentationModel | None,
        clip: PresentationModel | None,
        conditions: Conditions,
        fusion: PresentationFusion,
        metrics: Metrics,
    ) -> None:
        if picture is None and clip is None:
            raise ConfigError("presentation attack detection needs a model")
        for model, single, setting in ((picture, True, "picture"), (clip, False, "clip")):
            if model is not None and (model.looks == 1) is not single:
                raise ConfigError(
                    f"models.presentation_{setting} does not fit",
                    expected="a model of one look" if single else "a model of several looks",
                    found=f"{model.model_id}, looks {model.looks}",
                )
        self._picture = picture
        self._clip = clip
        self._conditions = conditions
        self._fusion = fusion
        self._metrics = metrics

    def track(self) -> Shown:
        """Begin the notes on one track."""
        needed = self._clip.looks if self._clip is not None else 0
        known = TrackPresentation(
            self._fusion,
            self._picture.model_id if self._picture is not None else "",
            self._clip.model_id if self._clip is not None else "",
            needed,
        )
        return Shown(known, deque(maxlen=needed))

    def keep(
        self,
        shown: Shown,
        image: Image,
        box: Float32,
        others: Float32,
        quality: float,
        at: datetime,
        *,
        always: bool = False,
    ) -> None:
        """Keep a look of a track, where it can be judged and soon will be.

        Args:
            image: the whole picture, (H, W, 3) uint8 BGR; box: (4,) of the face in it.
            others: (n, 4) every other face there may be.
            quality: in [0, 1]; NaN where it was not assessed.
            at: capture time.
            always: also where nobody will be asked about it soon.
        """
        if not always and not self._soon(shown, at):
            shown.looks.clear()
            shown.latest_at = None
            return
        if obstacle := self._obstacle(box, quality):
            shown.known.obstacles[obstacle] += 1
            return
        if self._picture is not None and quality > shown.best_quality:
            side = self._picture.size_px
            shown.best = square_crop(image, box, self._picture.factor, side)
            shown.best_quality = quality
        if self._clip is None:
            return
        apart_s = (
            abs((at - shown.latest_at).total_seconds()) if shown.latest_at is not None else None
        )
        if apart_s is not None and apart_s < LEAST_APART_S:
            return
        if apart_s is not None and apart_s > MOST_APART_S:
            shown.looks.clear()
            shown.known.obstacles[f"looks more than {MOST_APART_S:g} s apart"] += 1
        shown.latest_at = at
        shown.looks.append(seen_look(image, box, others, self._clip))
        shown.known.kept = max(shown.known.kept, len(shown.looks))
        shown.fresh = True

    def ask(self, wanted: Sequence[tuple[Shown, datetime]]) -> None:
        """Ask each model about those tracks that are due, all of them in one batch.

        Args:
            wanted: tracks, each with the capture time of its camera's latest picture.
        """
        for shown, at in wanted:
            shown.known.ask(at)
        due = [(shown, at, self._again(shown, at)) for shown, at in wanted]
        pictures = [one for one in due if self._picture_due(one[0], again=one[2])]
        clips = [one for one in due if self._clip_due(one[0], again=one[2])]
        if pictures:
            self._ask_picture([shown for shown, _, _ in pictures])
        if clips:
            self._ask_clip([shown for shown, _, _ in clips])
        for shown, at in {id(one[0]): one[:2] for one in (*pictures, *clips)}.values():
            shown.asked_at = at
            shown.asks += 1

    def strip(self, shown: Shown) -> Snapshot | None:
        """Return what the model of several looks saw last, and where it looked; None if it didn't.

        A strip that cannot be made is logged: an alert without one is better than none.
        """
        if not shown.clip:
            return None
        try:
            return attention_strip(shown.clip, shown.attention)
        except Exception:
            log.exception("an alert has no strip of looks")
            return None

    def _obstacle(self, box: Float32, quality: float) -> str:
        least = self._conditions
        if float(box[3] - box[1]) < least.min_face_px:
            return f"face lower than {least.min_face_px:g} px"
        if not quality >= least.min_quality:
            return f"quality below {least.min_quality:g}"
        return ""

    def _again(self, shown: Shown, at: datetime) -> bool:
        if shown.asked_at is None:
            return True
        return abs((at - shown.asked_at).total_seconds()) >= AGAIN_S * max(1, shown.asks - 1)

    def _soon(self, shown: Shown, at: datetime) -> bool:
        """Tell whether looks of now may be asked about: to cut them out costs more than to see."""
        if shown.asked_at is None or not shown.known.at(at).settled:
            return not shown.known.failed
        left_s = AGAIN_S * max(1, shown.asks - 1) - abs((at - shown.asked_at).total_seconds())
        return left_s <= AHEAD_S

    def _picture_due(self, shown: Shown, *, again: bool) -> bool:
        if self._picture is None or shown.best is None or shown.known.failed:
            return False
        alone_and_once = self._clip is None and shown.known.answers("picture") == 1
        return again or alone_and_once

    def _clip_due(self, shown: Shown, *, again: bool) -> bool:
        full = self._clip is not None and len(shown.looks) == self._clip.looks
        if not full or not shown.fresh or shown.known.failed:
            return False
        return again or not shown.known.answers("clip")

    def _ask_picture(self, tracks: Sequence[Shown]) -> None:
        model = self._picture
        pictures = [shown.best for shown in tracks if shown.best is not None]
        if model is None:
            return
        try:
            with self._metrics.stage("presentation picture", len(pictures)):
                live = model.live(np.stack(pictures)[:, None])
        except Exception:
            log.exception("%s failed", model.model_id)
            self._failed(tracks, model)
            return
        for shown, score in zip(tracks, live.tolist(), strict=True):
            shown.known.hear("picture", score)
            shown.best, shown.best_quality = None, -1.0  # the next answer is about another look

    def _ask_clip(self, tracks: Sequence[Shown]) -> None:
        model = self._clip
        if model is None:
            return
        clips = np.stack([np.stack([look.picture for look in shown.looks]) for shown in tracks])
        try:
            with self._metrics.stage("presentation clip", len(clips)):
                judged = model.judge(clips)
        except Exception:
            log.exception("%s failed", model.model_id)
            self._failed(tracks, model)
            return
        for shown, score, attention in zip(
            tracks, judged.live.tolist(), judged.attention, strict=True
        ):
            shown.known.hear("clip", score)
            shown.fresh = False
            shown.clip, shown.attention = tuple(shown.looks), attention

    @staticmethod
    def _failed(tracks: Sequence[Shown], model: PresentationModel) -> None:
        """Let no alert wait for a model that fails."""
        for shown in tracks:
            shown.known.fail(f"{model.model_id} failed")


def seen_look(image: Image, box: Float32, others: Float32, model: PresentationModel) -> SeenLook:
    """Cut a look out for a model of several, and note what a strip of it may show."""
    side_px = model.size_px
    centre, size = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
    reach = float(size.max()) * model.factor / 2
    near = (others[:, 2:] > centre - reach) & (others[:, :2] < centre + reach)
    half = size / (2 * reach) * (side_px / 2)
    x1, y1, x2, y2 = (
        int(value)
        for value in np.clip(
            np.rint(np.concatenate([side_px / 2 - half, side_px / 2 + half])), 0, side_px
        )
    )
    return SeenLook(
        square_crop(image, box, model.factor, side_px),
        (x1, y1, x2, y2),
        not near.all(axis=1).any(),
    )
