"""A tracker that keeps all tracks of a camera in columns."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.data import UNTRACKED, Faces, Float32, Int64
from facewarden.geometry.boxes import iou
from facewarden.track import kalman
from facewarden.track.assignment import assign
from facewarden.track.kalman import Float64, Motion, Noise


def _places(boxes: NDArray[np.float32]) -> Float64:
    """Turn (n, 4) corners into centre x, centre y, width, height."""
    low, high = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64)
    return np.concatenate([(low + high) / 2, high - low], axis=1)


def _boxes(places: Float64) -> Float64:
    """Turn (t, 4) centre x, centre y, width, height into corners."""
    half = places[:, 2:] / 2
    return np.concatenate([places[:, :2] - half, places[:, :2] + half], axis=1)


class ColumnarTracker:
    """Follows faces by where they should be now: constant velocity, then the cheapest pairs.

    Confident faces choose their tracks first; the doubtful ones may only continue what is left,
    close by, as in Zhang et al., ByteTrack (2022), section 3. Every track counts from its first
    face, since waiting for a second one would cost an alert the time between two pictures. The
    gate is in units of face size and of how sure the prediction is, because at 5 pictures a second
    a walking face moves by more than its own width.

    Args:
        patience_s: a track not seen for longer has ended.
        start_confidence: least confidence that starts a track, in [0, 1].
        reach: farthest a face may be from its prediction, in face heights.
        deviations: farthest a face may be from its prediction, in standard deviations.
        growth: largest ratio of heights between a face and its prediction.
        noise: how far boxes stray.
    """

    def __init__(
        self,
        *,
        patience_s: float = 1.5,
        start_confidence: float = 0.6,
        reach: float = 2.0,
        deviations: float = 4.0,
        growth: float = 2.0,
        noise: Noise | None = None,
    ) -> None:
        self._patience_s = patience_s
        self._start_confidence = start_confidence
        self._reach = reach
        self._deviations = deviations
        self._growth = growth
        self._noise = noise or Noise()
        self._motion = Motion.empty()
        self._ids = np.zeros(0, np.int64)
        self._unseen_s = np.zeros(0)
        self._ended: list[int] = []
        self._next_id = 1
        self._at: datetime | None = None

    def update(self, faces: Faces, at: datetime) -> Faces:
        """Return the faces with their track ids; see `Tracker`."""
        self._move_on(at)
        places = _places(faces.boxes)
        confident = faces.confidence >= self._start_confidence
        track_id = np.full(len(faces), UNTRACKED, np.int64)

        cost, allowed, near = self._compare(places, faces.boxes)
        rows, columns = assign(cost, allowed & confident)
        free = np.ones(len(self._ids), np.bool_)
        free[rows] = False
        late = assign(cost, near & ~confident & free[:, None])
        rows, columns = np.concatenate([rows, late[0]]), np.concatenate([columns, late[1]])

        self._see(rows, places[columns])
        track_id[columns] = self._ids[rows]
        fresh = np.flatnonzero(confident & (track_id == UNTRACKED))
        track_id[fresh] = self._begin(places[fresh])
        return faces.with_track_id(track_id)

    def ended(self) -> Int64:
        """Return, once, the (m,) ids of tracks that ended since the last call."""
        ended, self._ended = self._ended, []
        return np.array(ended, np.int64)

    def split(self, track_id: int) -> int:
        """Go on with a living track under a new id; see `Tracker`."""
        if track_id not in self._ids:
            raise KeyError(track_id)
        new = self._next_id
        self._next_id += 1
        self._ids = np.where(self._ids == track_id, np.int64(new), self._ids)
        return new

    def active(self) -> tuple[Int64, Float32]:
        """Return the ids (m,) and expected boxes (m, 4) px of all living tracks, seen or not."""
        return self._ids.copy(), _boxes(self._motion.place).astype(np.float32)

    def _move_on(self, at: datetime) -> None:
        elapsed_s = 0.0 if self._at is None else max((at - self._at).total_seconds(), 0.0)
        self._at = at
        self._unseen_s = self._unseen_s + elapsed_s
        alive = self._unseen_s <= self._patience_s
        if not alive.all():
            self._ended.extend(self._ids[~alive].tolist())
            self._ids, self._unseen_s = self._ids[alive], self._unseen_s[alive]
            self._motion = self._motion.take(alive)
        self._motion = kalman.predict(self._motion, elapsed_s, self._noise)

    def _compare(
        self, places: Float64, boxes: Float32
    ) -> tuple[Float64, NDArray[np.bool_], NDArray[np.bool_]]:
        """Return (t, n): cost, whether a pair may be, and whether it may be for doubtful faces."""
        believed = self._motion.place
        away = places[None, :, :2] - believed[:, None, :2]
        height = np.maximum(places[:, 3], 1.0)
        size = np.sqrt(height[None, :] * self._motion.scale_px)
        distance = np.hypot(away[..., 0], away[..., 1]) / size
        variance = kalman.spread(self._motion, self._noise)[:, None, :2]
        deviations = np.sqrt((away**2 / variance).sum(axis=2))
        growth = np.abs(np.log(height[None, :] / self._motion.scale_px))
        overlap = iou(_boxes(believed), boxes.astype(np.float64))
        alike = growth <= np.log(self._growth)
        allowed = alike & (distance <= self._reach) & (deviations <= self._deviations)
        # Both parts in [0, 1]: overlap tells close boxes apart, distance those that do not touch.
        cost = (1 - overlap) / 2 + distance / (2 * self._reach) + growth / 2
        return cost, allowed, allowed & (overlap > 0)

    def _see(self, rows: Int64, places: Float64) -> None:
        corrected = kalman.correct(self._motion.take(rows), places, self._noise)
        self._motion.place[rows] = corrected.place
        self._motion.velocity[rows] = corrected.velocity
        self._motion.covariance[rows] = corrected.covariance
        self._unseen_s[rows] = 0.0

    def _begin(self, places: Float64) -> Int64:
        ids = np.arange(self._next_id, self._next_id + len(places), dtype=np.int64)
        self._next_id += len(places)
        self._ids = np.concatenate([self._ids, ids])
        self._unseen_s = np.concatenate([self._unseen_s, np.zeros(len(places))])
        self._motion = self._motion.joined(kalman.start(places, self._noise))
        return ids
