"""Steadier landmarks for faces that are worth embedding."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from facewarden.data import Faces, Float32, Image
from facewarden.detect.detector import Detector
from facewarden.geometry.boxes import iou
from facewarden.geometry.scaling import scaled
from facewarden.geometry.similarity import roll_deg
from facewarden.geometry.warp import warped

OF_PHOTOGRAPHS_PX: Final = (160,)
OF_LOOKS_PX: Final = (160, 384)
"""Sides of the close-ups that are looked at; a face is 1 / `REACH` of them high. On photographs a
second size gained nothing (lfw-dev, 1:N and all pairs), on poor video it did."""
REACH = 2.2
"""Side of a close-up, in heights of the face: the detector wants to see what is around a face."""
SAME_FACE_IOU = 0.5
SAME_FACE_SHARE = 0.15
"""Of a turned close-up's side: a face whose centre is further from the middle is another one."""
LEANS_DEG: Final = 2.5
"""Landmarks that lean by less are left as they are: upright faces' do."""
CLEARLY_LEANS_DEG: Final = 4.0
"""For a glance: of faces that stand one in 15 seems to lean by as much, of those that lean by 20
degrees three in four or more."""
GAIN: Final = 2.0
"""First turn of a close-up, in leans of its landmarks. A detector that was trained on upright faces
makes them more upright than they are: YuNet's lean a half as far as the face, a fifth where it is
small. How they answer to the first turn tells the next one."""
ANSWERS: Final = (0.25, 1.2)
"""Between these a lean answers to a turn, whatever one answer seems to say."""
TURNS: Final = 3
FURTHEST_DEG: Final = 60.0
"""A turn at most: what lies further over is a matter of quarters."""
MIRRORED: Final = [1, 0, 2, 4, 3]
"""Whose place each landmark takes in a mirror image: eyes and mouth corners change sides."""


class _CloseUp:
    """The surroundings of one face, in whole px of its picture."""

    def __init__(self, image: Image, box: Float32) -> None:
        self.image = image
        self.box = box
        self.side = max(1, round(float(box[3] - box[1]) * REACH))
        self.centre = (box[:2] + box[2:]) / 2
        self.corner = np.round(self.centre - self.side / 2).astype(np.int64)

    def turned(self, turn: float, size_px: int) -> tuple[Float32, Float32]:
        """Return (2, 3) transforms to the close-up that undoes a lean of `turn`, and back.

        Args:
            turn: degrees that the face leans clockwise, as a viewer sees it.
        """
        scale, radians = size_px / self.side, np.radians(turn)
        cos, sin = np.cos(radians), np.sin(radians)
        forth = scale * np.array([[cos, sin], [-sin, cos]])
        back = np.linalg.inv(forth)
        middle, centre = np.full(2, size_px / 2), self.centre.astype(np.float64)
        return (
            np.column_stack([forth, middle - forth @ centre]).astype(np.float32),
            np.column_stack([back, centre - back @ middle]).astype(np.float32),
        )


class LandmarkRefiner:
    """Looks at a face again, close up, and takes the mean of its landmarks.

    Alignment is what an embedding depends on most. A landmark's error at one size has little to do
    with that at another, and an error to one side becomes one to the other in the mirror image, so
    each close-up is looked at as it is and mirrored. Measured by `scripts/bench photo_to_video`
    and `scripts/bench lfw`.

    What a detector learnt from upright faces gives for one that leans, leans less: a crop that is
    turned by half of what it should be, which the embedder does not recognise. So the close-up is
    turned until the landmarks in it stand (`scripts/bench leaning`).

    Args:
        close_ups_px: sides of the close-ups; by the first one a face is stood up.
        turns: of the close-up, at most.
    """

    def __init__(
        self, detector: Detector, close_ups_px: Sequence[int], *, turns: int = TURNS
    ) -> None:
        self._detector = detector
        self._close_ups_px = tuple(close_ups_px)
        self._turns = turns

    def refine(self, image: Image, faces: Faces) -> Faces:
        """Return the faces with better landmarks; those not found again keep theirs.

        A face that leans is looked at in close-ups that are turned until it stands.

        Args:
            image: (H, W, 3) uint8 BGR.
            faces: of that picture; n may be 0. Landmarks that lie on a side or upside down say
                that the face does.
        """
        landmarks = faces.landmarks.copy()
        for row in range(len(faces)):
            landmarks[row] = self._refined(image, faces.boxes[row], landmarks[row])
        return replace(faces, landmarks=landmarks)

    def uprighted(self, image: Image, faces: Faces) -> Faces:
        """Return the faces with better landmarks where they clearly lean; the others keep theirs.

        Cheaper than `refine`: one close-up at a time, not mirrored.
        """
        landmarks = faces.landmarks.copy()
        for row in np.flatnonzero(np.abs(roll_deg(landmarks)) > CLEARLY_LEANS_DEG).tolist():
            face = _CloseUp(image, faces.boxes[row])
            turn, found = self._stood_up(face, _quarter(landmarks[row]), mirrored=False)
            if turn and found:
                landmarks[row] = found[0]
        return replace(faces, landmarks=landmarks)

    def _refined(self, image: Image, box: Float32, landmarks: Float32) -> Float32:
        face = _CloseUp(image, box)
        turn, found = self._stood_up(face, _quarter(landmarks), mirrored=True)
        for size_px in self._close_ups_px[1:]:
            found += self._at(face, turn, size_px, mirrored=True)
        if turn == 0 or not found:  # of a face that leans, the first estimate is a poor one
            found.append(landmarks)
        return np.asarray(np.mean(found, axis=0), np.float32)

    def _stood_up(
        self, face: _CloseUp, start: float, *, mirrored: bool
    ) -> tuple[float, list[Float32]]:
        """Return the turn at which a face stands, degrees clockwise, and its landmarks there.

        Args:
            start: the first turn.
        """
        size_px = self._close_ups_px[0]
        turn, found = start, self._at(face, start, size_px, mirrored=mirrored)
        if not found:
            return turn, found
        lean, gain = _lean(found, turn), GAIN
        for _ in range(self._turns):
            if abs(gain * lean) < GAIN * LEANS_DEG:
                break
            step = float(np.clip(gain * lean, -FURTHEST_DEG, FURTHEST_DEG))
            again = self._at(face, turn + step, size_px, mirrored=mirrored)
            if not again:
                break
            left = _lean(again, turn + step)
            gain = 1 / float(np.clip((lean - left) / step, *ANSWERS))
            turn, lean, found = turn + step, left, again
        return turn, found

    def _at(self, face: _CloseUp, turn: float, size_px: int, *, mirrored: bool) -> list[Float32]:
        """Return (5, 2) landmarks, in px of the picture, of each sight of one close-up."""
        if turn == 0:
            return self._straight(face, size_px, mirrored=mirrored)
        to_close, to_picture = face.turned(turn, size_px)
        close = warped(face.image, to_close[None], size_px, size_px)[0]
        found = []
        for seen in self._seen(close, size_px, mirrored=mirrored):
            if not len(seen):
                continue
            centres = (seen.boxes[:, :2] + seen.boxes[:, 2:]) / 2
            away = np.linalg.norm(centres - size_px / 2, axis=1)
            nearest = int(away.argmin())
            if away[nearest] <= SAME_FACE_SHARE * size_px:
                points = seen.landmarks[nearest] @ to_picture[:, :2].T + to_picture[:, 2]
                found.append(np.asarray(points, np.float32))
        return found

    def _straight(self, face: _CloseUp, size_px: int, *, mirrored: bool) -> list[Float32]:
        x1, y1 = np.maximum(face.corner, 0)
        height, width = face.image.shape[:2]
        x2, y2 = np.minimum(face.corner + face.side, [width, height])
        close = face.image[y1:y2, x1:x2]
        if not close.size:
            return []
        offset = np.array([x1, y1], np.float32)
        wanted = (face.box.reshape(2, 2) - offset).reshape(1, 4)
        found = []
        scale = size_px / face.side
        for seen in self._seen(scaled(close, scale), size_px, mirrored=mirrored):
            if not len(seen):
                continue
            overlap = iou(wanted, seen.boxes / np.float32(scale))[0]
            nearest = int(overlap.argmax())
            if overlap[nearest] >= SAME_FACE_IOU:
                found.append(seen.landmarks[nearest] / np.float32(scale) + offset)
        return found

    def _seen(self, picture: Image, size_px: int, *, mirrored: bool) -> list[Faces]:
        """Return the faces of a close-up as it is, and mirrored if asked, both in its own px."""
        if not mirrored:
            return [self._detector.detect(picture, size_px=size_px, min_confidence=0.3)]
        mirror = np.ascontiguousarray(picture[:, ::-1])
        straight, faces = self._detector.detect_alike(
            (picture, mirror), size_px=size_px, min_confidence=0.3
        )
        width = np.float32(picture.shape[1])
        boxes = faces.boxes.copy()
        boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
        landmarks = faces.landmarks[:, MIRRORED].copy()
        landmarks[..., 0] = width - landmarks[..., 0]
        return [straight, replace(faces, boxes=boxes, landmarks=landmarks)]


class CloseUpDetector(Detector):
    """A detector whose landmarks are found again close up.

    For photographs; and for measuring on photographs what a close look of a watch would see.
    """

    def __init__(self, detector: Detector, close_ups_px: Sequence[int] = OF_PHOTOGRAPHS_PX) -> None:
        self._detector = detector
        self._refiner = LandmarkRefiner(detector, close_ups_px)

    @property
    def model_id(self) -> str:
        """The id of the detector's card."""
        return self._detector.model_id

    def detect(self, image: Image, *, size_px: int, min_confidence: float) -> Faces:
        """Find the faces of one picture."""
        faces = self._detector.detect(image, size_px=size_px, min_confidence=min_confidence)
        return self._refiner.refine(image, faces)


def _quarter(landmarks: Float32) -> float:
    """Return the quarter turn nearest to how landmarks lie, degrees clockwise."""
    return 90.0 * round(float(roll_deg(landmarks[None])[0]) / 90)


def _lean(found: Sequence[Float32], turn: float) -> float:
    """Return how far the landmarks lean beyond a turn, on average, in (-180, 180] degrees."""
    mean = np.stack(found).mean(axis=0, keepdims=True)
    return float((roll_deg(mean)[0] - turn + 180) % 360 - 180)
