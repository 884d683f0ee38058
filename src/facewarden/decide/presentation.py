"""From what models say of a track's looks to a verdict: a living person, or a picture of one."""

import math
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from facewarden.data.presentation import Presentation, PresentationVerdict

MOST_ASKS: Final = 5
"""Answers of each model that count, the latest: with a hysteresis of 0.5 and scores as sure as
MOST_LOGIT, a track that passes from a person to a picture changes its verdict with the third."""

_WORDS = {"picture": "the model of one picture", "clip": "the model of several looks"}


@dataclass(frozen=True, slots=True)
class Trust:
    """How one model's score counts.

    Attributes:
        weight: of its logit in the mean.
        offset: logit at which a presentation is as likely to be one as the other.
    """

    weight: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class PresentationFusion:
    """What several scores in [0, 1] say together: the logistic of the weighted mean of logits.

    Attributes:
        picture, clip: trust in the model of one picture and in that of several looks. One to three
            parted simulated attacks on people whom neither had seen better than either alone, and
            better than equal trust (docs/presentation-attacks.md).
        most_logit: a logit counts for this at most, either way. 4 is a score of 0.982: MiniFASNet
            says 1.000 of most people and 0.03 of one of the nine in the test videos in some frames
            (2026-11-22), so that its sureness is not worth more.
        threshold: `live` below it is an attack.
        hysteresis: logit beyond the threshold that the mean must reach to change a settled verdict.
        wait_s: watch time after which a verdict no longer waits for more looks.
    """

    picture: Trust = Trust(1.0)
    clip: Trust = Trust(3.0)
    most_logit: float = 4.0
    threshold: float = 0.5
    hysteresis: float = 0.5
    wait_s: float = 2.0

    def evidence(self, score: float, trust: Trust) -> float:
        """Return a score's logit, counted from the offset of its model and bounded."""
        score = min(1 - 1e-9, max(1e-9, score))
        logit = math.log(score / (1 - score)) - trust.offset
        return min(self.most_logit, max(-self.most_logit, logit))

    def together(self, picture: float | None, clip: float | None) -> float | None:
        """Return the mean evidence of those that were asked as a logit; None where none was.

        Args:
            picture, clip: evidence, see above.
        """
        asked = [
            (value, trust.weight)
            for value, trust in ((picture, self.picture), (clip, self.clip))
            if value is not None
        ]
        weight = sum(weight for _, weight in asked)
        return sum(value * weight for value, weight in asked) / weight if weight else None


class TrackPresentation:
    """What is known of one track: numbers and words, no pictures.

    Args:
        fusion: how scores make a verdict.
        picture, clip: ids of the models; empty where there is none.
        looks: that the model of several looks needs.
    """

    def __init__(self, fusion: PresentationFusion, picture: str, clip: str, looks: int) -> None:
        self._fusion = fusion
        self._ids = {"picture": picture, "clip": clip}
        self._looks = looks
        self._said: dict[str, deque[float]] = {
            name: deque(maxlen=MOST_ASKS) for name in ("picture", "clip")
        }
        self._since: datetime | None = None
        self._verdict: PresentationVerdict | None = None
        self._failed = ""
        self.obstacles: Counter[str] = Counter()
        self.kept = 0
        self.over = False

    @property
    def asked(self) -> bool:
        """Whether anybody wants to know."""
        return self._since is not None

    @property
    def failed(self) -> bool:
        """Whether a model failed; it is not asked again about this track."""
        return bool(self._failed)

    def answers(self, model: str) -> int:
        """Return how many answers of "picture" or "clip" count."""
        return len(self._said[model])

    def ask(self, at: datetime) -> None:
        """Note that the verdict is wanted from now, capture time, on."""
        if self._since is None:
            self._since = at

    def hear(self, model: str, score: float) -> None:
        """Take in a score in [0, 1] of "picture" or "clip"."""
        trust = self._fusion.picture if model == "picture" else self._fusion.clip
        self._said[model].append(self._fusion.evidence(score, trust))
        self._failed = ""

    def fail(self, problem: str) -> None:
        """Note that a model could not be asked."""
        self._failed = problem

    def at(self, now: datetime) -> Presentation:
        """Return the verdict at a capture time.

        It is unsettled until the model of several looks has answered, or that of one picture twice
        where there is no other; at most for `wait_s` after it was asked for, or until the track is
        over. A settled one changes only when the mean of the latest answers passes the threshold by
        the hysteresis.
        """
        evidence = {name: _mean(said) for name, said in self._said.items()}
        logit = self._fusion.together(evidence["picture"], evidence["clip"])
        waited_s = abs((now - self._since).total_seconds()) if self._since is not None else 0.0
        late = self.over or self.failed or waited_s >= self._fusion.wait_s
        if logit is None:
            verdict = PresentationVerdict.NOT_ASSESSED if late else PresentationVerdict.UNSETTLED
        elif late or self._complete or self._verdict is not None:
            verdict = self._verdict = self._settled(logit)
        else:
            verdict = PresentationVerdict.UNSETTLED
        return Presentation(
            verdict,
            None if logit is None else _share(logit),
            self._fusion.threshold,
            _share_or_none(evidence["picture"]),
            _share_or_none(evidence["clip"]),
            self._looks if self._said["clip"] else 0,
            tuple(self._ids[name] for name, said in self._said.items() if said),
            self._lacking(verdict) or self._steady(verdict, logit),
        )

    @property
    def _complete(self) -> bool:
        if self._ids["clip"]:
            return bool(self._said["clip"])
        return len(self._said["picture"]) >= 2

    def _over(self, logit: float) -> float:
        """Return how far beyond the threshold a logit is, above 0 for a living person."""
        return logit - math.log(self._fusion.threshold / (1 - self._fusion.threshold))

    def _steady(self, verdict: PresentationVerdict, logit: float | None) -> str:
        """Say why a verdict stays that the latest answers speak against."""
        if logit is None or self._verdict is not verdict:
            return ""
        if (verdict is PresentationVerdict.BONA_FIDE) == (self._over(logit) >= 0):
            return ""
        return "as settled before: the latest looks are too near the threshold to change it"

    def _settled(self, logit: float) -> PresentationVerdict:
        over = self._over(logit)
        if self._verdict is PresentationVerdict.BONA_FIDE:
            alive = over >= -self._fusion.hysteresis
        elif self._verdict is PresentationVerdict.ATTACK:
            alive = over > self._fusion.hysteresis
        else:
            alive = over >= 0
        return PresentationVerdict.BONA_FIDE if alive else PresentationVerdict.ATTACK

    def _lacking(self, verdict: PresentationVerdict) -> str:
        """Say why a model was not asked; nothing while more looks may come."""
        if verdict is PresentationVerdict.UNSETTLED:
            return ""
        if self._failed:
            return self._failed
        absent = [name for name, model_id in self._ids.items() if model_id and not self._said[name]]
        if not absent:
            return ""
        few = "clip" in absent and self.kept > 0
        why = f"{self.kept} of {self._looks} looks" if few else "no look"
        most = self.obstacles.most_common(1)
        if most:
            why += f"; {most[0][0]}"
        asked = [name for name in self._ids if self._said[name]]
        return f"{_WORDS[absent[0]]} not asked: {why}" if asked else why


def _mean(values: deque[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _share_or_none(logit: float | None) -> float | None:
    return None if logit is None else _share(logit)
