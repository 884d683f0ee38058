"""The decide stage: evidence over a track becomes an alert, an update, or a reason why not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import uuid4

import numpy as np

from facewarden.data import NOBODY, AnchorMatch, Candidates, Decision, Opinion, Verdict
from facewarden.data.presentation import Presentation, PresentationRule, PresentationVerdict
from facewarden.decide.evidence import Evidence, RaisedAlert
from facewarden.decide.memory import RecentAlerts
from facewarden.decide.second_opinion import SecondOpinionRule

UNMATCHED: Final = (Verdict.BELOW_THRESHOLD, Verdict.NOBODY_ENROLLED)
NO_ANCHORS: Final[Mapping[int, AnchorMatch]] = MappingProxyType({})
NO_OPINIONS: Final[Mapping[int, Opinion]] = MappingProxyType({})
NO_RULES: Final[Mapping[str, PresentationRule]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """What an alert needs beside its watchlist's threshold.

    Attributes:
        margin: similarity that the subject must have above the runner-up.
        sure_above: similarity above the threshold from which the runner-up no longer matters, so
            that one person enrolled as two subjects does not hide behind himself.
        min_looks: looks that the pooled template must hold.
        update_every_s: least time between two revisions of one alert.
        update_gain: gain of similarity that is worth a revision.
        anchor_margin: a subject is ruled out for a probe that is by more than this nearer to one of
            its negative anchors than to the subject. Of 3,834 repeated false alerts at an FMR of
            1e-3 that holds 99.5 % back, and none of the subjects' 18,895 true matches; an
            anchor above the threshold, not compared with the subject, would hide 17 % of them
            (2026-11-22, lfw-dev, `scripts/bench anchors`).
    """

    margin: float = 0.03
    sure_above: float = 0.1
    min_looks: int = 1
    update_every_s: float = 2.0
    update_gain: float = 0.02
    anchor_margin: float = 0.05


class Decider:
    """Decides for one track at a time; holds no state of its own beside the recent alerts.

    The first sufficient evidence raises the alert; later looks of the same track update it. One
    alert is raised per subject, watchlist and camera in a quiet period.

    Args:
        second: how a second model's opinion counts; None where there is none.
    """

    def __init__(
        self,
        rule: DecisionRule,
        recent: RecentAlerts,
        *,
        second: SecondOpinionRule | None = None,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        self._rule = rule
        self._recent = recent
        self._second = second
        self._new_id = new_id

    def decide(
        self,
        evidence: Evidence,
        candidates: Candidates,
        expired: Candidates,
        *,
        thresholds: Mapping[str, float],
        memberships: Mapping[int, tuple[str, ...]],
        now: datetime,
        anchors: Mapping[int, AnchorMatch] = NO_ANCHORS,
        opinions: Mapping[int, Opinion] = NO_OPINIONS,
        rules: Mapping[str, PresentationRule] = NO_RULES,
        presentation: Presentation | None = None,
    ) -> list[Decision]:
        """Decide on the track's pooled template against every watchlist.

        Args:
            evidence: the track; its looks and times are up to date. Its decisions and raised
                alerts are written here.
            candidates: (1, k) nearest subjects that may match, best first.
            expired: (1, k) nearest subjects that have expired.
            thresholds: by watchlist, of those watched.
            memberships: watchlists by subject.
            now: this machine's clock.
            anchors: the nearest negative anchor, by candidate that has any.
            opinions: of the second model, by candidate that it was asked about.
            rules: by watchlist, what it does about presentation attacks; OFF where it is not named.
            presentation: what is known of this track's; None where nobody asks.

        Returns:
            One decision per watchlist.
        """
        # With every column filled there may be somebody, only farther away than those.
        full = int(candidates.subject_id[0, -1]) != NOBODY
        nobody = Verdict.BELOW_THRESHOLD if full else Verdict.NOBODY_ENROLLED
        decisions = []
        for watchlist, threshold in thresholds.items():
            heard = self._together(candidates, opinions, threshold)
            apart = self._told_apart(candidates, heard, anchors, threshold)
            left = _without(heard, apart) if apart else heard
            rank = self._first_on(watchlist, left, memberships)
            if rank is None:
                decision = Decision(
                    nobody, watchlist, NOBODY, NOBODY, -1.0, threshold, 0.0, evidence.looks
                )
            else:
                similarity = left.similarity[0]
                runner_up = float(similarity[1]) if similarity.size > 1 else -1.0
                value = float(similarity[rank])
                subject_id = int(left.subject_id[0, rank])
                decision = self._judge(
                    evidence,
                    watchlist,
                    subject_id,
                    int(left.reference_id[0, rank]),
                    value,
                    threshold,
                    value - (runner_up if rank == 0 else float(similarity[0])),
                    now,
                    self._opinion_on(subject_id, candidates, opinions, threshold),
                    rules.get(watchlist, PresentationRule.OFF),
                    presentation,
                )
            decision = self._or_rejected(decision, candidates, apart, memberships)
            decision = self._or_expired(decision, watchlist, threshold, expired, memberships)
            evidence.decisions[watchlist] = decision
            alone = decision.opinion.first if decision.opinion else decision.similarity
            evidence.best[watchlist] = max(evidence.best.get(watchlist, -1.0), alone)
            decisions.append(decision)
        return decisions

    def near(
        self,
        candidates: Candidates,
        thresholds: Mapping[str, float],
        memberships: Mapping[int, tuple[str, ...]],
    ) -> list[int]:
        """Return the candidates about whom a second model is to be asked; none without one.

        Nobody on a watchlist whose nearest subject needs no second opinion.
        """
        near: set[int] = set()
        for watchlist, threshold in thresholds.items():
            first = self._first_on(watchlist, candidates, memberships)
            best = -1.0 if first is None else float(candidates.similarity[0, first])
            if self._second is None or first is None or self._second.sure(best, threshold):
                continue
            near |= {
                subject_id
                for subject_id, value in zip(
                    candidates.subject_id[0].tolist(),
                    candidates.similarity[0].tolist(),
                    strict=True,
                )
                if watchlist in memberships.get(subject_id, ())
                and self._second.asks(value, threshold)
            }
        return sorted(near)

    def _together(
        self, candidates: Candidates, opinions: Mapping[int, Opinion], threshold: float
    ) -> Candidates:
        """Return the candidates with what both models say, best first."""
        if self._second is None or not any(opinion.heard for opinion in opinions.values()):
            return candidates
        similarity = candidates.similarity.copy()
        for rank, subject_id in enumerate(candidates.subject_id[0].tolist()):
            opinion = opinions.get(subject_id)
            if opinion is not None and opinion.heard:
                alone = float(similarity[0, rank])
                both = self._second.together(alone, opinion.similarity, threshold)
                similarity[0, rank] = _on_the_same_side(both, threshold)
        order = np.argsort(-similarity[0], kind="stable")[None]
        return Candidates(
            np.take_along_axis(candidates.subject_id, order, axis=1),
            np.take_along_axis(candidates.reference_id, order, axis=1),
            np.take_along_axis(similarity, order, axis=1),
        )

    def _opinion_on(
        self,
        subject_id: int,
        candidates: Candidates,
        opinions: Mapping[int, Opinion],
        threshold: float,
    ) -> Opinion | None:
        """Return the opinion that counted for a subject, with the similarity it was added to."""
        opinion = opinions.get(subject_id)
        alone = float(candidates.similarity[0, candidates.subject_id[0] == subject_id][0])
        if opinion is None or self._second is None or not self._second.asks(alone, threshold):
            return None
        return replace(opinion, first=alone)

    def _told_apart(
        self,
        candidates: Candidates,
        heard: Candidates,
        anchors: Mapping[int, AnchorMatch],
        threshold: float,
    ) -> dict[int, AnchorMatch]:
        """Return the candidates above the threshold that the probe is not, as a human has said.

        The anchor needs no threshold of its own: it is nearer than a subject above one. It is
        compared with the first model's similarity, like with like.
        """
        reached = set(
            heard.subject_id[0, heard.similarity[0].astype(np.float64) >= threshold].tolist()
        )
        apart = {}
        for rank, subject_id in enumerate(candidates.subject_id[0].tolist()):
            similarity, match = float(candidates.similarity[0, rank]), anchors.get(subject_id)
            nearer = match is not None and match.similarity > similarity + self._rule.anchor_margin
            if match is not None and nearer and subject_id in reached:
                apart[subject_id] = match
        return apart

    def close(self, evidence: Evidence, now: datetime) -> list[Decision]:
        """Return the updates that an ended track still owes its alerts.

        Their quiet periods count from when the track was last seen, not from its last look.
        """
        camera_id, at = evidence.camera_id, evidence.last_seen_at
        for (watchlist, subject_id), told in evidence.raised.items():
            self._recent.left(subject_id, watchlist, camera_id, told.alert_id, at)
        for watchlist, last in evidence.decisions.items():
            # A picture of somebody does not prolong the silence about that person.
            if last.verdict is Verdict.QUIET_PERIOD and not last.held:
                self._recent.left(last.subject_id, watchlist, camera_id, last.alert_id, at)
        owed = []
        for watchlist, last in evidence.decisions.items():
            raised = evidence.raised.get((watchlist, last.subject_id))
            if last.verdict is not Verdict.ALREADY_ALERTED or raised is None:
                continue
            if last.similarity < raised.similarity + self._rule.update_gain:
                continue
            raised.revision += 1
            raised.similarity, raised.looks, raised.decided_at = last.similarity, last.looks, now
            owed.append(replace(last, verdict=Verdict.UPDATE, revision=raised.revision))
        return owed

    def presented(
        self,
        evidence: Evidence,
        rules: Mapping[str, PresentationRule],
        presentation: Presentation,
        now: datetime,
    ) -> list[Decision]:
        """Return the revisions that the alerts of a track are owed by a new verdict on it.

        They carry the evidence of the revision before: who it is has not changed. One that was held
        is held no longer unless it still looks like an attack.

        Args:
            rules, presentation: as for `decide`.
        """
        owed = []
        for (watchlist, subject_id), raised in evidence.raised.items():
            asks = rules.get(watchlist, PresentationRule.OFF) is not PresentationRule.OFF
            news = presentation.verdict not in {raised.presented, PresentationVerdict.UNSETTLED}
            if raised.told is None or not asks or not news:
                continue
            raised.revision += 1
            raised.presented, raised.decided_at = presentation.verdict, now
            raised.held = raised.held and presentation.verdict is PresentationVerdict.ATTACK
            self._recent.seen(
                subject_id,
                watchlist,
                evidence.camera_id,
                raised.alert_id,
                evidence.last_seen_at,
                held=raised.held,
            )
            raised.told = replace(
                raised.told,
                verdict=Verdict.UPDATE,
                revision=raised.revision,
                presentation=presentation,
                held=raised.held,
            )
            last = evidence.decisions.get(watchlist)
            if last is not None and last.subject_id == subject_id:
                evidence.decisions[watchlist] = replace(
                    last, presentation=presentation, held=raised.held
                )
            owed.append(raised.told)
        return owed

    def wants(
        self,
        candidates: Candidates,
        thresholds: Mapping[str, float],
        memberships: Mapping[int, tuple[str, ...]],
        within: float,
    ) -> bool:
        """Tell whether anybody on some watchlists is so like a track that it may alert.

        Args:
            thresholds: of those watchlists.
            within: similarity below a threshold from which that may be.
        """
        for watchlist, threshold in thresholds.items():
            rank = self._first_on(watchlist, candidates, memberships)
            if rank is not None and candidates.similarity[0, rank] >= threshold - within:
                return True
        return False

    @staticmethod
    def _first_on(
        watchlist: str, candidates: Candidates, memberships: Mapping[int, tuple[str, ...]]
    ) -> int | None:
        for rank, subject_id in enumerate(candidates.subject_id[0].tolist()):
            if subject_id != NOBODY and watchlist in memberships.get(subject_id, ()):
                return rank
        return None

    def _judge(
        self,
        evidence: Evidence,
        watchlist: str,
        subject_id: int,
        reference_id: int,
        similarity: float,
        threshold: float,
        margin: float,
        now: datetime,
        opinion: Opinion | None = None,
        rule: PresentationRule = PresentationRule.OFF,
        presentation: Presentation | None = None,
    ) -> Decision:
        raised = evidence.raised.get((watchlist, subject_id))
        shown = None if rule is PresentationRule.OFF else presentation
        told_before = raised is not None and not raised.held
        attack = shown is not None and shown.verdict is PresentationVerdict.ATTACK
        held = attack and rule is PresentationRule.HOLD and not told_before

        def decided(verdict: Verdict, alert_id: str = "", revision: int = 0) -> Decision:
            return Decision(
                verdict, watchlist, subject_id, reference_id, similarity, threshold,
                # A runner-up below 0, as nobody is, counts as 0: it is not alike at all.
                min(margin, similarity), evidence.looks, alert_id, revision, opinion=opinion,
                presentation=shown, held=held,
            )  # fmt: skip

        waiting = opinion is not None and opinion.waiting and raised is None
        lacking = self._lacking(similarity, threshold, margin, evidence.looks, waiting=waiting)
        if lacking is not None:
            return decided(lacking, raised.alert_id if raised else "")
        camera_id, at = evidence.camera_id, evidence.last_seen_at
        if raised is not None:
            self._recent.seen(subject_id, watchlist, camera_id, raised.alert_id, at, held=held)
            if not self._worth_telling(raised, similarity, evidence.looks, now):
                return decided(Verdict.ALREADY_ALERTED, raised.alert_id)
            verdict, alert_id, revision = Verdict.UPDATE, raised.alert_id, raised.revision + 1
        else:
            held_by = self._recent.holding(subject_id, watchlist, camera_id, at, held=held)
            if held_by:
                if not held:
                    self._recent.seen(subject_id, watchlist, camera_id, held_by, at)
                return decided(Verdict.QUIET_PERIOD, held_by)
            if rule is PresentationRule.HOLD and shown is not None and _open(shown):
                return decided(Verdict.PRESENTATION_ASKED)
            verdict, alert_id, revision = Verdict.ALERT, self._new_id(), 1
            self._recent.seen(subject_id, watchlist, camera_id, alert_id, at, held=held)
        decision = decided(verdict, alert_id, revision)
        evidence.raised[(watchlist, subject_id)] = RaisedAlert(
            alert_id,
            revision,
            similarity,
            evidence.looks,
            now,
            told=decision,
            presented=shown.verdict if shown is not None else None,
            held=held,
        )
        return decision

    def _lacking(
        self, similarity: float, threshold: float, margin: float, looks: int, *, waiting: bool
    ) -> Verdict | None:
        """Return what an alert still lacks; None when it is due."""
        if similarity < threshold:
            return Verdict.BELOW_THRESHOLD
        if margin < self._rule.margin and similarity < threshold + self._rule.sure_above:
            return Verdict.TOO_CLOSE
        if looks < self._rule.min_looks:
            return Verdict.MORE_LOOKS_NEEDED
        return Verdict.SECOND_OPINION_ASKED if waiting else None

    @staticmethod
    def _or_rejected(
        decision: Decision,
        candidates: Candidates,
        apart: Mapping[int, AnchorMatch],
        memberships: Mapping[int, tuple[str, ...]],
    ) -> Decision:
        """Say so when nobody matched but a subject that the probe was told apart from."""
        if not apart or decision.verdict not in UNMATCHED:
            return decision
        rank = Decider._first_on(decision.watchlist, candidates, memberships)
        subject_id = NOBODY if rank is None else int(candidates.subject_id[0, rank])
        if rank is None or subject_id not in apart:
            return decision
        similarity, anchor = float(candidates.similarity[0, rank]), apart[subject_id]
        return Decision(
            Verdict.REJECTED_BEFORE,
            decision.watchlist,
            subject_id,
            int(candidates.reference_id[0, rank]),
            similarity,
            decision.threshold,
            0.0,
            decision.looks,
            anchor.alert_id,
            anchor=anchor,
        )

    def _worth_telling(
        self, raised: RaisedAlert, similarity: float, looks: int, now: datetime
    ) -> bool:
        waited_s = abs((now - raised.decided_at).total_seconds())
        return (
            looks > raised.looks
            and waited_s >= self._rule.update_every_s
            and similarity >= raised.similarity + self._rule.update_gain
        )

    @staticmethod
    def _or_expired(
        decision: Decision,
        watchlist: str,
        threshold: float,
        expired: Candidates,
        memberships: Mapping[int, tuple[str, ...]],
    ) -> Decision:
        """Say so when an expired subject is the reason that nothing matched."""
        if decision.verdict not in UNMATCHED:
            return decision
        rank = Decider._first_on(watchlist, expired, memberships)
        if rank is None or np.float32(expired.similarity[0, rank]) < threshold:
            return decision
        return Decision(
            Verdict.EXPIRED,
            watchlist,
            int(expired.subject_id[0, rank]),
            int(expired.reference_id[0, rank]),
            float(expired.similarity[0, rank]),
            threshold,
            decision.margin,
            decision.looks,
        )


def _open(presentation: Presentation) -> bool:
    return presentation.verdict is PresentationVerdict.UNSETTLED


def _without(candidates: Candidates, subject_ids: Mapping[int, AnchorMatch]) -> Candidates:
    """Leave some subjects out; those behind them move up, and NOBODY fills the end."""
    kept = np.flatnonzero(~np.isin(candidates.subject_id[0], list(subject_ids)))
    left = Candidates.none(1, candidates.subject_id.shape[1])
    left.subject_id[0, : kept.size] = candidates.subject_id[0, kept]
    left.reference_id[0, : kept.size] = candidates.reference_id[0, kept]
    left.similarity[0, : kept.size] = candidates.similarity[0, kept]
    return left


def _on_the_same_side(value: float, threshold: float) -> np.float32:
    """Round to float32 without passing the threshold."""
    rounded = np.float32(value)
    if (float(rounded) >= threshold) == (value >= threshold):
        return rounded
    return np.float32(np.nextafter(rounded, np.float32(2 if value >= threshold else -2)))
