"""What a watch sees, for people who look: the newest analysed picture of a camera, on demand.

On a Unix socket of mode 0600. Who connects asks for one camera in one line of JSON (`LiveWish`)
and gets messages until it goes away: eight bytes, the lengths of a header and of a JPEG as
big-endian numbers, then both. Without a new picture for a while the header comes alone.

While nobody looks at a camera, its pictures are not even kept. The analysis never waits for
anybody who looks: it leaves a reference to the newest picture, and blurring and encoding happen in
the thread of the one who looks.
"""

import json
import logging
import os
import socket
import struct
import threading
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from facewarden.alert.live_picture import live_picture
from facewarden.data import UNTRACKED, Float32, Image
from facewarden.pipeline.control import require_short
from facewarden.pipeline.look import View
from facewarden.pipeline.raising import SEEN

log = logging.getLogger("facewarden.live")

LENGTHS: Final = struct.Struct("!II")
WISH_BYTES: Final = 1 << 16
WISH_S: Final = 5.0
SILENCE_S: Final = 2.0
"""After so long without a new picture a message without one says that the watch is alive."""
STUCK_S: Final = 10.0
"""Whoever takes nothing for so long is left."""
MOST_LOOKERS: Final = 64
"""Connections at once: a thread each."""
MOST_FPS: Final = 30.0
EXPECTED_S: Final = 1.0
"""After so long unseen, a face is no longer hidden where it was expected: at 5 pictures a second
five detections in a row have missed it."""


class LiveWish(BaseModel):
    """What somebody wants to look at.

    Attributes:
        width_px: of the pictures at most.
        fps: pictures a second at most.
        watchlists: candidates of these are told and left unblurred; None: of every one.
        sharp: nobody is blurred.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    camera: str = Field(max_length=100)
    width_px: int = Field(default=640, ge=64, le=3840)
    fps: float = Field(default=5.0, gt=0, le=MOST_FPS)
    watchlists: frozenset[str] | None = None
    sharp: bool = False


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One alert that a face in view belongs to."""

    alert_id: str
    subject_id: int
    watchlist: str
    similarity: float
    threshold: float


@dataclass(frozen=True, slots=True)
class _Seen:
    """One analysed picture.

    Attributes:
        image: what was searched for faces: beyond, nobody would be found and blurred.
        boxes: (n, 4) px of it, of every face, doubtful ones too.
        expected: (m, 4) px, where tracks are expected though no face was found there.
        candidates: of each face.
    """

    image: Image
    sequence: int
    captured_at: datetime
    boxes: Float32
    confidence: Float32
    track_id: list[int]
    expected: Float32
    candidates: list[tuple[_Candidate, ...]]


class LiveView:
    """Gives the pictures of a watch to those who look; see the module.

    Args:
        path: of the socket; the caller holds the watch's lock, so one that is there is stale.
        silence_s: after so long without a new picture a message without one is sent.
    """

    def __init__(self, path: Path, *, silence_s: float = SILENCE_S) -> None:
        self._path = path
        self._silence_s = silence_s
        self._socket: socket.socket | None = None
        self._thread = threading.Thread()
        self._changed = threading.Condition()
        self._lookers: Counter[str] = Counter()
        self._newest: dict[str, _Seen] = {}
        self._connections: set[socket.socket] = set()
        self._stopping = False

    def start(self) -> None:
        """Listen; where that is impossible, say so: the watch goes on without being looked at."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            require_short(self._path)
            self._path.unlink(missing_ok=True)
            os.fchmod(listening.fileno(), 0o600)
            listening.bind(str(self._path))
            self._path.chmod(0o600)
            listening.listen(16)
        except Exception as error:  # noqa: BLE001
            listening.close()
            log.warning("live view will not work: %s", error)
            return
        self._socket = listening
        self._thread = threading.Thread(
            target=self._accept, args=(listening,), name="live", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Leave everybody who looks, and remove the socket."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            for connection in self._connections:
                _shut(connection)
        if self._socket is None:
            return
        _shut(self._socket)
        self._thread.join(5)
        self._socket.close()
        self._path.unlink(missing_ok=True)

    @property
    def lookers(self) -> int:
        """How many connections look at a camera now."""
        return self._lookers.total()

    def offer(self, view: View) -> None:
        """Take what a picture shows, if anybody looks at its camera; called by the analysis."""
        camera_id = view.camera.plan.camera_id
        if not self._lookers.get(camera_id):
            return
        seen = _seen(view)
        with self._changed:
            self._newest[camera_id] = seen
            self._changed.notify_all()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with self._changed:
                full = len(self._connections) >= MOST_LOOKERS or self._stopping
                if not full:
                    self._connections.add(connection)
            if full:
                connection.close()
                continue
            threading.Thread(
                target=self._serve, args=(connection,), name="live looker", daemon=True
            ).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            wish = _wish(connection)
            connection.settimeout(STUCK_S)
            with self._changed:
                self._lookers[wish.camera] += 1
            try:
                self._show(connection, wish)
            finally:
                with self._changed:
                    self._lookers[wish.camera] -= 1
                    if not self._lookers[wish.camera]:
                        del self._lookers[wish.camera]
                        self._newest.pop(wish.camera, None)
        except (OSError, ValueError, ValidationError):
            log.debug("somebody who looked has gone")
        except Exception:
            log.exception("a live view failed")
        finally:
            with self._changed:
                self._connections.discard(connection)
            connection.close()

    def _show(self, connection: socket.socket, wish: LiveWish) -> None:
        shown: _Seen | None = None
        due_s = time.monotonic()
        while not self._stopping:
            newest = self._newer(wish.camera, shown)
            if newest is None:
                connection.sendall(_message({"camera": wish.camera}, b""))
                continue
            left_s = due_s - time.monotonic()
            if left_s > 0:
                with self._changed:
                    if self._changed.wait_for(lambda: self._stopping, timeout=left_s):
                        return
                    newest = self._newest.get(wish.camera, newest)
            due_s = max(due_s + 1 / wish.fps, time.monotonic())
            connection.sendall(_message(*_rendered(newest, wish)))
            shown = newest

    def _newer(self, camera_id: str, shown: _Seen | None) -> _Seen | None:
        """Wait for another picture than the one that is shown; None where none comes.

        A looker that is slow comes back late and gets the newest one: the rest is left out.
        """
        with self._changed:
            self._changed.wait_for(
                lambda: self._stopping or self._newest.get(camera_id) is not shown,
                timeout=self._silence_s,
            )
            newest = self._newest.get(camera_id)
        return None if newest is shown else newest


def _seen(view: View) -> _Seen:
    """Note what is needed to show a view later; the picture itself is not copied."""
    frame, faces, camera = view.frame, view.faces, view.camera
    height_px, width_px = frame.image.shape[:2]
    x1, y1, x2, y2 = camera.plan.region.bounds_px(width_px, height_px)
    corner = np.array([x1, y1, x1, y1], np.float32)
    track_ids = faces.track_id.tolist()
    return _Seen(
        frame.image[y1:y2, x1:x2],
        frame.sequence,
        frame.captured_at,
        faces.boxes - corner,
        faces.confidence,
        track_ids,
        _expected(view) - corner,
        [_candidates(view, track_id) for track_id in track_ids],
    )


def _expected(view: View) -> Float32:
    """Return (m, 4) px: where faces that were just seen should be, though none was found there.

    A prediction grows worse with time, and a face that turns away ends with it: after `EXPECTED_S`
    it would be a patch that wanders over whatever else there is to see. It is never larger than
    the face ever was.
    """
    camera, at = view.camera, view.frame.captured_at
    ids, boxes = camera.tracker.active()
    rows = []
    for track_id, box in zip(ids.tolist(), boxes, strict=True):
        if track_id in view.faces.track_id:
            continue
        person = camera.people.get(track_id)
        if person is None:
            rows.append(box)
            continue
        evidence = person.evidence
        if (at - evidence.last_seen_at).total_seconds() <= EXPECTED_S:
            height_px = float(box[3] - box[1])
            share = min(1.0, evidence.largest_px / height_px) if height_px > 0 else 1.0
            centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * share
            rows.append(np.concatenate([centre - half, centre + half]))
    return np.array(rows, np.float32).reshape(-1, 4)


def _candidates(view: View, track_id: int) -> tuple[_Candidate, ...]:
    person = view.camera.people.get(track_id)
    if track_id == UNTRACKED or person is None:
        return ()
    return tuple(
        _Candidate(
            decision.alert_id,
            decision.subject_id,
            decision.watchlist,
            decision.similarity,
            decision.threshold,
        )
        for decision in person.evidence.decisions.values()
        if decision.verdict in SEEN
    )


def _rendered(seen: _Seen, wish: LiveWish) -> tuple[dict[str, Any], bytes]:
    """Return the header and the JPEG of a picture as this wish may see it."""
    told = [
        [c for c in candidates if wish.watchlists is None or c.watchlist in wish.watchlists]
        for candidates in seen.candidates
    ]
    known = np.array([bool(candidates) for candidates in told], bool)
    none = np.zeros((0, 4), np.float32)
    picture = live_picture(
        seen.image,
        hidden=none if wish.sharp else np.concatenate([seen.boxes[~known], seen.expected]),
        shown=none if wish.sharp else seen.boxes[known],
        width_px=wish.width_px,
    )
    boxes = np.rint(seen.boxes * picture.scale).astype(int).tolist()
    header = {
        "camera": wish.camera,
        "sequence": seen.sequence,
        "captured_at": seen.captured_at.isoformat().replace("+00:00", "Z"),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "boxes": [
            {
                "track": None if seen.track_id[row] == UNTRACKED else seen.track_id[row],
                "box": box,
                "confidence": round(float(seen.confidence[row]), 3),
                "candidates": [
                    {
                        "alert": candidate.alert_id,
                        "subject": int(candidate.subject_id),
                        "watchlist": candidate.watchlist,
                        "similarity": round(float(candidate.similarity), 4),
                        "threshold": round(float(candidate.threshold), 4),
                    }
                    for candidate in told[row]
                ],
            }
            for row, box in enumerate(boxes)
        ],
    }
    return header, picture.jpeg


def _message(header: dict[str, Any], jpeg: bytes) -> bytes:
    text = json.dumps(header).encode()
    return LENGTHS.pack(len(text), len(jpeg)) + text + jpeg


def _wish(connection: socket.socket) -> LiveWish:
    """Read one line within WISH_S, however it trickles in."""
    deadline_s = time.monotonic() + WISH_S
    received = bytearray()
    while not received.endswith(b"\n"):
        connection.settimeout(max(0.001, deadline_s - time.monotonic()))
        part = connection.recv(4096)
        if not part or len(received) + len(part) > WISH_BYTES:
            raise ValueError("no wish")
        received += part
    return LiveWish.model_validate_json(bytes(received))


def _shut(connection: socket.socket) -> None:
    """Wake whoever waits on a socket; one that has closed already needs it no more."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
