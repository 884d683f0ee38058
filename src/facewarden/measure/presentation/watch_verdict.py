"""What the watch would say of a clip, by its own code: conditions, looks, both models, fusion."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from facewarden.assess.assessor import Assessor
from facewarden.data.presentation import Presentation
from facewarden.measure.presentation.looks import ANALYSED_APART_S, quality_of, spaced_rows
from facewarden.measure.presentation.shown_face import ShownFace
from facewarden.pipeline.presentation import PresentationCheck

Part = Literal["live", "picture", "clip"]

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class WatchVerdict:
    """Takes a clip's face through `PresentationCheck` as a camera of five pictures a second would.

    The verdict is asked for from the first look on, as for a track near its threshold.
    """

    def __init__(self, check: PresentationCheck, assessor: Assessor) -> None:
        self._check, self._assessor = check, assessor
        self._latest: tuple[ShownFace, Presentation] | None = None

    def of(self, shown: ShownFace) -> Presentation:
        """Return the verdict when the clip is over; the latest clip's is remembered."""
        if self._latest is None or self._latest[0] is not shown:
            self._latest = (shown, self._watched(shown))
        return self._latest[1]

    def _watched(self, shown: ShownFace) -> Presentation:
        track, at = self._check.track(), _BEGAN
        nobody = np.zeros((0, 4), np.float32)
        for row in spaced_rows(shown.at_s, ANALYSED_APART_S):
            at = _BEGAN + timedelta(seconds=float(shown.at_s[row]))
            quality = quality_of(shown, row, self._assessor)
            self._check.keep(track, shown.pictures[row], shown.boxes[row], nobody, quality, at)
            self._check.ask([(track, at)])
        track.known.over = True
        return track.known.at(at)


class VerdictScorer:
    """A Scorer: one of the scores of a `WatchVerdict`; no answer where it was not assessed."""

    def __init__(self, verdict: WatchVerdict, part: Part, name: str) -> None:
        self._verdict, self._part = verdict, part
        self.name = name
        self.threshold = 0.5
        """That of the verdict itself."""

    def score(self, shown: ShownFace) -> float:
        """Return how like a bona fide presentation the clip is; NaN where it was not assessed."""
        told: float | None = getattr(self._verdict.of(shown), self._part)
        return float("nan") if told is None else told
