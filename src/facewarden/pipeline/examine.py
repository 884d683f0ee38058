"""From a photograph to the one face in it that becomes a reference or a probe."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.align.cutter import Cutter
from facewarden.assess.assessor import Assessor
from facewarden.data import Faces, Float32, Image, Templates
from facewarden.detect.detector import Detector
from facewarden.detect.refine import LandmarkRefiner
from facewarden.embed.embedder import Embedder
from facewarden.errors import EnrolmentRefused

FOUND_PX: Final = 24
"""Height at which the detector finds 95 % of faces, see detect/size.py."""
LARGEST_PX: Final = 1920
"""Longer side that the detector sees of a photograph, at most: it takes 0.2 GB more there."""


@dataclass(frozen=True, slots=True)
class EnrolmentLimits:
    """What a photograph must have to become a reference.

    Attributes:
        min_confidence: of a detection.
        min_face_px: least height of the face; 48 px is what the 112 px template can be filled
            from without inventing more than half of it.
        min_sharpness: of the aligned face, see assess/quality.py: the share of similarity that is
            left. A good photograph blurred to 0.48 is as unlike itself (0.48) as the default
            threshold allows; of 400 first photographs of LFW none is below 0.5.
        rival: a second face counts when it is at least this share of the largest one's height;
            smaller ones are people in the background.
        detect_size_px: longer side that the detector sees; of a larger photograph as much more as
            it needs to find a face of min_face_px, up to LARGEST_PX.
    """

    min_confidence: float = 0.6
    min_face_px: float = 48.0
    min_sharpness: float = 0.5
    rival: float = 0.4
    detect_size_px: int = 960


@dataclass(frozen=True, slots=True)
class ExaminedFace:
    """An aligned face with its quality, ready to be embedded.

    Attributes:
        crop: (112, 112, 3) uint8 BGR, or as the embedder's card asks.
        box: x1 y1 x2 y2 px.
    """

    crop: NDArray[np.uint8]
    box: tuple[float, float, float, float]
    quality: float
    sharpness: float


class Examiner:
    """Detects, aligns and assesses the faces of photographs, and embeds them in batches.

    Args:
        refiner: finds the landmarks of those faces again that are to be embedded.
        cutter: cuts faces for an embedder that takes another crop than the one assessed.
    """

    def __init__(
        self,
        detector: Detector,
        refiner: LandmarkRefiner,
        assessor: Assessor,
        embedder: Embedder,
        limits: EnrolmentLimits,
        cutter: Cutter | None = None,
    ) -> None:
        self._detector = detector
        self._refiner = refiner
        self._assessor = assessor
        self._embedder = embedder
        self.limits = limits
        self._cutter = cutter

    def faces(self, image: Image) -> list[ExaminedFace]:
        """Return every face of a photograph, from left to right."""
        return self.examined(image, self.find(image))

    def find(self, image: Image) -> Faces:
        """Find the faces, from left to right, before their landmarks are refined.

        A face that fills the picture is looked for again at a smaller size.
        """
        limits, longer_px = self.limits, max(image.shape[:2])
        needed_px = min(round(longer_px * FOUND_PX / limits.min_face_px), LARGEST_PX)
        smaller = [size_px for size_px in (320, 160) if size_px < longer_px]
        for size_px in (max(limits.detect_size_px, needed_px), *smaller):
            found = self._detector.detect(
                image, size_px=size_px, min_confidence=limits.min_confidence
            )
            if len(found):
                break
        return found.take(np.argsort(found.boxes[:, 0]))

    def refined(self, image: Image, found: Faces) -> Faces:
        """Return faces that were found with the landmarks they are embedded by."""
        return self._refiner.refine(image, found)

    def examined(self, image: Image, found: Faces) -> list[ExaminedFace]:
        """Return faces that were found, in the same order, ready to be embedded."""
        if not len(found):
            return []
        faces = self.refined(image, found)
        crops = align(image, faces.landmarks)
        assessment = self._assessor.assess(crops, faces)
        if self._cutter is not None:
            crops = self._cutter.cut(image, faces)
        return [
            ExaminedFace(
                crops[i],
                (
                    float(faces.boxes[i, 0]),
                    float(faces.boxes[i, 1]),
                    float(faces.boxes[i, 2]),
                    float(faces.boxes[i, 3]),
                ),
                float(assessment.quality[i]),
                float(assessment.sharpness[i]),
            )
            for i in range(len(faces))
        ]

    def one_face(self, image: Image, which: str) -> ExaminedFace:
        """Return the face to enrol.

        Args:
            which: "" when there must be only one, "largest", or its number from 1, from the left.

        Raises:
            EnrolmentRefused: no face, several, no such face, too small, or too blurred.
        """
        found = self.find(image)
        if not len(found):
            raise EnrolmentRefused(
                "no face found", remedy="use a photograph in which the face is seen from the front"
            )
        row = self._chosen(found.height_px, which)
        height_px = float(found.height_px[row])
        if height_px < self.limits.min_face_px:
            raise EnrolmentRefused(
                "the face is too small",
                expected=f"at least {self.limits.min_face_px:g} px high",
                found=f"{height_px:.0f} px",
                remedy="use a larger photograph or crop of the same one at full size",
            )
        (face,) = self.examined(image, found.take(np.array([row])))
        if face.sharpness < self.limits.min_sharpness:
            raise EnrolmentRefused(
                "the face is too blurred",
                expected=f"sharpness of at least {self.limits.min_sharpness:g}",
                found=f"{face.sharpness:.2f}",
                remedy="use a sharper photograph",
            )
        return face

    def _chosen(self, heights_px: Float32, which: str) -> int:
        """Return the row of the face that is meant."""
        largest = int(heights_px.argmax())
        if which == "largest":
            return largest
        if which:
            if not which.isdecimal() or not 1 <= int(which) <= len(heights_px):
                raise EnrolmentRefused(
                    "there is no such face",
                    expected=f"largest, or a number from 1 to {len(heights_px)} from the left",
                    found=which,
                )
            return int(which) - 1
        rivals = int((heights_px >= self.limits.rival * heights_px[largest]).sum())
        if rivals > 1:
            raise EnrolmentRefused(
                "several faces found",
                expected="one",
                found=str(rivals),
                remedy="say which one: --face largest, or --face N counted from the left",
            )
        return largest

    def embed(self, faces: Sequence[ExaminedFace]) -> Templates:
        """Embed faces in one batch, (n, d)."""
        if not faces:
            return Templates.empty(self._embedder.dimension, self._embedder.model_id)
        return self._embedder.embed(np.stack([face.crop for face in faces]))
