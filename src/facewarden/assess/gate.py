"""Which looks of a track are worth the cost of embedding."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class GateVerdict(StrEnum):
    """Why a look is embedded or not."""

    WORTH = "worth embedding"
    LOW_QUALITY = "low quality"
    NOT_BETTER = "no better than what is known"
    ENOUGH = "enough looks"


@dataclass(frozen=True, slots=True)
class LookGate:
    """Spends embeddings where they can change a decision.

    The first look of sufficient quality is embedded at once, since latency is waiting, not
    computing. Afterwards a track that is near its threshold is worth every look; one that is far
    from it, or that has alerted, is worth a better look now, or any look after a while.

    Attributes:
        min_quality: looks below are never embedded.
        max_looks: of one track.
        near: distance of similarity to the threshold within which every look counts. Pooled looks
            of one person move by about this much (facts: benchmarks/watch.py --gate).
        better_by: gain of quality that is worth a look of a track far from its threshold.
        patience_s: after which a track far from its threshold is worth a look anyway.
        recheck_s: after which a track with `max_looks` is looked at once more, since it may have
            passed to somebody else.
    """

    min_quality: float = 0.35
    max_looks: int = 12
    near: float = 0.15
    better_by: float = 0.1
    patience_s: float = 2.0
    recheck_s: float = 10.0

    def judge(
        self,
        quality: float,
        at: datetime,
        *,
        looks: int,
        best_quality: float,
        last_look_at: datetime | None,
        shortfall: float,
        resumed: bool = False,
    ) -> GateVerdict:
        """Judge one look.

        Args:
            quality: of this look, in [0, 1].
            at: its capture time.
            looks: embedded so far on this track.
            best_quality: of those.
            last_look_at: capture time of the latest of those.
            shortfall: threshold minus similarity of the best candidate; 0 or less once alerted.
            resumed: the face was out of sight since the latest look.
        """
        if not quality >= self.min_quality:  # so that NaN, not assessed, is not embedded either
            return GateVerdict.LOW_QUALITY
        if looks == 0 or last_look_at is None or resumed:
            return GateVerdict.WORTH
        waited_s = abs((at - last_look_at).total_seconds())
        if looks >= self.max_looks:
            return GateVerdict.WORTH if waited_s >= self.recheck_s else GateVerdict.ENOUGH
        if 0 < shortfall <= self.near:
            return GateVerdict.WORTH
        if quality >= best_quality + self.better_by or waited_s >= self.patience_s:
            return GateVerdict.WORTH
        return GateVerdict.NOT_BETTER
