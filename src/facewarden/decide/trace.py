"""Why a track did or did not alert, for whoever asks soon enough; in memory only, then gone."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from facewarden.data import NOBODY, Decision, Verdict
from facewarden.data.presentation import PresentationVerdict
from facewarden.decide.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Trace:
    """The story of one track, in words and numbers.

    Attributes:
        answer: one sentence per watchlist, or one for the track when it was never matched.
        obstacles: why faces were not embedded, counted by reason.
    """

    camera_id: str
    track_id: int
    first_seen_at: datetime
    last_seen_at: datetime
    faces: int
    looks: int
    largest_px: float
    best_quality: float
    obstacles: dict[str, int]
    decisions: tuple[Decision, ...]
    answer: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = asdict(self)
        plain["first_seen_at"] = self.first_seen_at.isoformat()
        plain["last_seen_at"] = self.last_seen_at.isoformat()
        words = {decision.watchlist: _second_opinion(decision) for decision in self.decisions}
        shown = {decision.watchlist: _presentation(decision) for decision in self.decisions}
        for decision in plain["decisions"]:
            if decision["presentation"] is not None:
                decision["presentation"]["words"] = shown[decision["watchlist"]].removeprefix("; ")
            if decision["opinion"] is not None:
                decision["opinion"]["words"] = words[decision["watchlist"]].removeprefix("; ")
            if decision["anchor"] is not None:
                decision["anchor"]["rejected_at"] = decision["anchor"]["rejected_at"].isoformat()
        return plain


def trace(evidence: Evidence, names: Callable[[int], str]) -> Trace:
    """Tell the story of a track; `names` gives the words for a subject id."""
    decisions = tuple(evidence.decisions.values())
    if decisions:
        answer = tuple(_sentence(decision, names) for decision in decisions)
    else:
        most = evidence.obstacles.most_common(1)
        answer = (f"never embedded: {most[0][0]}" if most else "never embedded: seen too briefly",)
    return Trace(
        evidence.camera_id,
        evidence.track_id,
        evidence.first_seen_at,
        evidence.last_seen_at,
        evidence.faces,
        evidence.looks,
        round(evidence.largest_px, 1),
        round(evidence.best_seen_quality, 3),
        dict(evidence.obstacles),
        decisions,
        answer,
    )


def _sentence(decision: Decision, names: Callable[[int], str]) -> str:
    where = f"{decision.watchlist}: "
    if decision.verdict is Verdict.NOBODY_ENROLLED:
        return where + "nobody on this watchlist can match"
    if decision.subject_id == NOBODY:
        return where + "below threshold, nobody of this watchlist is among the nearest subjects"
    match decision.verdict:
        case Verdict.BELOW_THRESHOLD:
            said = f"below threshold by {decision.threshold - decision.similarity:.3f}"
        case Verdict.TOO_CLOSE:
            said = f"too close to the runner-up, margin {decision.margin:.3f}"
        case Verdict.ALERT | Verdict.UPDATE | Verdict.ALREADY_ALERTED:
            said = f"alert {decision.alert_id[:8]}" + (", held" if decision.held else "")
        case Verdict.QUIET_PERIOD:
            said = f"quiet period of alert {decision.alert_id[:8]}"
        case Verdict.REJECTED_BEFORE if decision.anchor is not None:
            said = (
                f"rejected on {decision.anchor.rejected_at:%Y-%m-%d} as not this person: alert "
                f"{decision.alert_id[:8]}, similarity to that face {decision.anchor.similarity:.3f}"
            )
        case Verdict.SECOND_OPINION_ASKED:
            said = "waits for the second opinion"
        case Verdict.PRESENTATION_ASKED:
            said = "waits to know whether it is a living person or a picture"
        case other:
            said = other.value
    looks = "1 look" if decision.looks == 1 else f"{decision.looks} looks"
    return (
        f"{where}{said} (nearest {names(decision.subject_id)}, similarity "
        f"{decision.similarity:.3f}, threshold {decision.threshold:.3f}, {looks})"
        f"{_second_opinion(decision)}{_presentation(decision)}"
    )


def _presentation(decision: Decision) -> str:
    """Say what presentation attack detection said; nothing where the watchlist does not ask."""
    said = decision.presentation
    if said is None:
        return ""
    match said.verdict:
        case PresentationVerdict.BONA_FIDE:
            words = "a living person, by its looks"
        case PresentationVerdict.ATTACK:
            words = "looks like a picture of a person, not a person"
        case PresentationVerdict.NOT_ASSESSED:
            return f"; not known whether a living person or a picture: {said.reason}"
        case PresentationVerdict.UNSETTLED:
            return "; living person or picture: asked"
    of = f", of {said.looks} looks" if said.looks else ""
    reason = f"; {said.reason}" if said.reason else ""
    return f"; {words} (live {said.live or 0:.2f}{of}{reason})"


def _second_opinion(decision: Decision) -> str:
    """Say what a second model said; nothing where it was not asked."""
    opinion = decision.opinion
    if opinion is None:
        return ""
    who = f"; second opinion ({opinion.model_id})"
    if opinion.waiting:
        return f"{who}: asked"
    if opinion.problem:
        return f"{who}: none, {opinion.problem}"
    agrees = "agrees" if decision.similarity >= decision.threshold else "disagrees"
    return f"{who}: {opinion.similarity:.2f}, {agrees}; alone {opinion.first:.3f}"


class Traces:
    """The traces of the last minutes; safe to use from several threads."""

    def __init__(
        self, keep_s: float, *, most: int = 5000, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._keep_s = keep_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: deque[tuple[float, Trace]] = deque(maxlen=most)

    def add(self, story: Trace) -> None:
        """Keep one trace for a while."""
        with self._lock:
            self._kept.append((self._monotonic(), story))
            self._forget()

    def find(self, camera_id: str = "", track_id: int | None = None) -> list[Trace]:
        """Return the traces kept, oldest first, of one camera or track where named."""
        with self._lock:
            self._forget()
            return [
                story
                for _, story in self._kept
                if (not camera_id or story.camera_id == camera_id)
                and (track_id is None or story.track_id == track_id)
            ]

    def _forget(self) -> None:
        oldest = self._monotonic() - self._keep_s
        while self._kept and self._kept[0][0] < oldest:
            self._kept.popleft()
