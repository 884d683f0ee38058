"""A watch against the truth: every passage of a person is one opportunity, right or wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.evaluate.intervals import Estimate, bootstrap_all, or_rule_of_three

Float = NDArray[np.float64]
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Passage:
    """One person who passes one camera once, and what the watch made of it.

    Attributes:
        enrolled: whether the person is on the list.
        visible_s: when at least half of the face was first in view; seconds of the clip.
        looked_s: capture time of the first look good enough to be embedded; NaN where none was.
        alerted_s: capture time of the frame that raised the alert for this person, NaN where
            there was none.
        recognised: an alert names this person, raised now or earlier and still in its quiet period.
        wrong: subjects for whom this person was alerted though being somebody else.
        tracks: how many tracks the passage was followed in; 0 where the face was never found.
        face_px: height of the largest face that was found, 0 where none was.
    """

    clip: str
    person: str
    enrolled: bool
    visible_s: float
    looked_s: float = NAN
    alerted_s: float = NAN
    recognised: bool = False
    wrong: tuple[str, ...] = ()
    tracks: int = 0
    face_px: float = 0.0


@dataclass(frozen=True, slots=True)
class Watched:
    """Everything that passed, and what it cost.

    Attributes:
        stray_tracks: tracks that belong to no passage of the truth.
        stray_alerts: alerts of those.
        frames: pictures that were analysed.
        cpu_s, wall_s: of decoding and analysing them.
    """

    passages: tuple[Passage, ...]
    stray_tracks: int
    stray_alerts: int
    frames: int
    cpu_s: float
    wall_s: float

    def joined(self, other: "Watched") -> "Watched":
        """Return both together."""
        return Watched(
            self.passages + other.passages,
            self.stray_tracks + other.stray_tracks,
            self.stray_alerts + other.stray_alerts,
            self.frames + other.frames,
            self.cpu_s + other.cpu_s,
            self.wall_s + other.wall_s,
        )


@dataclass(frozen=True, slots=True)
class WatchFigures:
    """The figures of docs/evaluating.md, 'Watch'; shares in [0, 1], intervals by subject.

    Attributes:
        false_per_1000: false alerts per 1,000 tracks of people who are not enrolled.
        to_alert_s, look_to_alert_s: median seconds from first visible, and from the first usable
            look, to the alert.
        slowest_s: the same from first visible, 95th percentile.
    """

    detection: Estimate
    followed: Estimate
    misidentification: Estimate
    accuracy: Estimate
    precision: Estimate
    recall: Estimate
    far: Estimate
    frr: Estimate
    false_per_1000: Estimate
    to_alert_s: Estimate
    look_to_alert_s: Estimate
    slowest_s: Estimate
    ms_per_frame: float
    cpu_ms_per_frame: float


def figures(watched: Watched) -> WatchFigures:
    """Reckon every figure; intervals draw whole people with replacement."""
    passages = watched.passages
    names = sorted({one.person for one in passages})
    whose = np.array([names.index(one.person) for one in passages], np.int64)
    enrolled = np.array([one.enrolled for one in passages], np.bool_)
    right = np.array([one.recognised for one in passages], np.bool_) & enrolled
    wrong = np.array([len(one.wrong) for one in passages], np.float64)
    tracks = np.array([one.tracks for one in passages], np.float64)
    visible, looked, alerted = (
        np.array([getattr(one, name) for one in passages], np.float64)
        for name in ("visible_s", "looked_s", "alerted_s")
    )
    clean = ~enrolled & (wrong == 0)

    def shares(drawn: Float) -> Float:
        w = drawn[whose]
        strangers = (w * ~enrolled * tracks).sum() + watched.stray_tracks
        false_alerts = (w * ~enrolled * wrong).sum() + watched.stray_alerts
        raised = (w * (right + wrong)).sum() + watched.stray_alerts
        mated, others = (w * enrolled).sum(), (w * ~enrolled).sum()
        return np.array(
            [
                _share((w * right).sum(), mated),
                _share((w * (tracks > 0)).sum(), w.sum()),
                _share((w * enrolled * (wrong > 0)).sum(), mated),
                _share((w * (right & (wrong == 0))).sum() + (w * clean).sum(), w.sum()),
                _share((w * right).sum(), raised),
                _share((w * ~enrolled * (wrong > 0)).sum(), others),
                _share((w * (enrolled & ~right)).sum(), mated),
                _share(1000 * false_alerts, strangers),
                _quantile(alerted - visible, w, 0.5),
                _quantile(alerted - looked, w, 0.5),
                _quantile(alerted - visible, w, 0.95),
            ]
        )

    found = bootstrap_all(shares, len(names))
    mates, strange = (len(set(whose[which])) for which in (enrolled, ~enrolled))
    counts = (mates, len(names), mates, len(names), mates, strange, mates)
    shown = [or_rule_of_three(one, count) for one, count in zip(found[:7], counts, strict=True)]
    detection, followed, mistaken, accuracy, precision, far, frr = shown
    return WatchFigures(
        detection=detection,
        followed=followed,
        misidentification=mistaken,
        accuracy=accuracy,
        precision=precision,
        recall=detection,
        far=far,
        frr=frr,
        false_per_1000=_per_1000(found[7], int((tracks * ~enrolled).sum()) + watched.stray_tracks),
        to_alert_s=found[8],
        look_to_alert_s=found[9],
        slowest_s=found[10],
        ms_per_frame=1000 * _share(watched.wall_s, watched.frames),
        cpu_ms_per_frame=1000 * _share(watched.cpu_s, watched.frames),
    )


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else NAN


def _per_1000(estimate: Estimate, tracks: int) -> Estimate:
    if estimate.value or not tracks:
        return estimate
    return Estimate(0.0, 0.0, 3000 / tracks, tracks, "rule of three: none seen")


def _quantile(values: Float, weights: Float, at: float) -> float:
    """Return a quantile of those values that exist, each counted by its weight."""
    known = np.isfinite(values) & (weights > 0)
    if not known.any():
        return NAN
    order = np.argsort(values[known])
    rising = values[known][order]
    reached = np.cumsum(weights[known][order])
    place = int(np.searchsorted(reached, at * reached[-1], side="left"))
    return float(rising[min(place, len(rising) - 1)])


def by_clip(passages: Sequence[Passage]) -> dict[str, list[Passage]]:
    """Return the passages of each clip, in order."""
    clips: dict[str, list[Passage]] = {}
    for one in passages:
        clips.setdefault(one.clip, []).append(one)
    return clips
