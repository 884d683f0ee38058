"""Joins what the watch saw in a clip with who was there."""

from collections import Counter, defaultdict

import numpy as np
from scipy.optimize import linear_sum_assignment

from facewarden.evaluate.watch import NAN, Passage, Watched
from facewarden.geometry.boxes import iou
from facewarden.measure.truth import ClipTruth
from facewarden.measure.watching import Naming, TrackStory, WatchedClip

SAME_FACE = 0.3
"""Overlap (IoU) from which a tracked face is the one of the truth: boxes of detectors and of
people differ in how much of the forehead they hold."""

HALF_VISIBLE = 0.5
TOLERANCE_S = 1.0
"""Around a stretch written by hand without boxes, in which an alert may come."""


def joined(clip: str, seen: WatchedClip, truth: ClipTruth, enrolled: set[str]) -> Watched:
    """Return the passages of a clip with the watch's answer to each.

    A track belongs to the passage whose box it covers in most frames, an alert to the one whose
    box the face covers that raised it: where two people meet, a track may go from one to the other.
    Where the truth has no boxes, both belong to the only person in view, if there is one; else to
    whom the track was taken for, if they are in view about then.

    Args:
        enrolled: names on the list, those of the truth.
    """
    owners = _owners(seen, truth)
    stories: dict[int, list[TrackStory]] = defaultdict(list)
    namings: dict[int, list[Naming]] = defaultdict(list)
    stray_tracks, stray_alerts = 0, 0
    for track_id, story in seen.tracks.items():
        named = [(naming, _by_name(naming, truth)) for naming in story.names.values()]
        owner = owners.get(track_id, next((p for _, p in named if p is not None), None))
        if owner is None:
            stray_tracks += 1
        else:
            stories[owner].append(story)
        for naming, by_name in named:
            whose = _by_face(naming, truth)
            whose = whose if whose is not None else owners.get(track_id, by_name)
            if whose is None:
                stray_alerts += naming.alerted
            else:
                namings[whose].append(naming)
    passages = (
        _passage(clip, number, truth, stories[number], namings[number], enrolled)
        for number in np.unique(truth.passage).tolist()
    )
    return Watched(
        tuple(one for one in passages if one is not None),
        stray_tracks,
        stray_alerts,
        len(seen.frames),
        seen.cpu_s,
        seen.wall_s,
    )


def _owners(seen: WatchedClip, truth: ClipTruth) -> dict[int, int]:
    """Return the passage of each track by the votes of all frames."""
    votes: dict[int, Counter[int]] = defaultdict(Counter)
    for frame in seen.frames:
        rows = truth.at(frame.time_s)
        if not len(rows) or not frame.track:
            continue
        placed = rows[np.isfinite(truth.boxes[rows, 0])]
        left = set(range(len(frame.track)))
        if len(placed):
            overlap = iou(frame.boxes, truth.boxes[placed])
            for face, row in zip(*linear_sum_assignment(-overlap), strict=True):
                if overlap[face, row] >= SAME_FACE:
                    votes[frame.track[face]][int(truth.passage[placed[row]])] += 1
                    left.discard(int(face))
        alone = set(truth.passage[rows].tolist())
        if not len(placed) and len(alone) == 1 and len(left) == 1:
            votes[frame.track[left.pop()]][alone.pop()] += 1
    return {track: count.most_common(1)[0][0] for track, count in votes.items()}


def _by_face(naming: Naming, truth: ClipTruth) -> int | None:
    """Return the passage whose box is best covered by the face that was decided on."""
    rows = truth.at(naming.at_s)
    rows = rows[np.isfinite(truth.boxes[rows, 0])]
    if not naming.box or not len(rows):
        return None
    overlap = iou(np.array([naming.box], np.float32), truth.boxes[rows])[0]
    best = int(np.argmax(overlap))
    return int(truth.passage[rows[best]]) if overlap[best] >= SAME_FACE else None


def _by_name(naming: Naming, truth: ClipTruth) -> int | None:
    """Return the passage without boxes of the person named, if it is about that time."""
    if naming.name not in truth.people:
        return None
    rows = np.flatnonzero(
        (truth.person == truth.people.index(naming.name))
        & ~np.isfinite(truth.boxes[:, 0])
        & (truth.from_s - TOLERANCE_S <= naming.at_s)
        & (naming.at_s <= truth.to_s + TOLERANCE_S)
    )
    return int(truth.passage[rows[0]]) if len(rows) else None


def _passage(
    clip: str,
    number: int,
    truth: ClipTruth,
    stories: list[TrackStory],
    namings: list[Naming],
    enrolled: set[str],
) -> Passage | None:
    """Return one passage; None where the face was never half visible: nothing could be seen."""
    rows = np.flatnonzero(truth.passage == number)
    seen = rows[truth.visible[rows] >= HALF_VISIBLE]
    if not len(seen):
        return None
    person = truth.people[int(truth.person[rows[0]])]
    right = [naming for naming in namings if naming.name == person]
    looks = [story.looked_s for story in stories if np.isfinite(story.looked_s)]
    return Passage(
        clip=clip,
        person=person,
        enrolled=person in enrolled,
        visible_s=float(truth.from_s[seen].min()),
        looked_s=min(looks, default=NAN),
        alerted_s=min((naming.at_s for naming in right if naming.alerted), default=NAN),
        recognised=bool(right),
        wrong=tuple(sorted({naming.name for naming in namings if naming.name != person})),
        tracks=len(stories),
        face_px=max((story.face_px for story in stories), default=0.0),
    )
