"""From a photograph to the one aligned face in it that a network is trained on."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import SIDE_PX, align
from facewarden.align.cutter import Cutter
from facewarden.assess.assessor import Assessor
from facewarden.capture.image import read_image
from facewarden.data import Faces, Float32, Image
from facewarden.embed.embedder import Embedder
from facewarden.errors import ImageRefused, ModelRefused
from facewarden.geometry.similarity import ARCFACE_112, similarity_transform
from facewarden.geometry.warp import warped
from facewarden.pipeline.examine import Examiner

SIZES_PX = (112, 160, 224)
"""ArcFace's side, FaceNet's and VGG's."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face on the ArcFace template, scaled to the side asked for.

    Attributes:
        crop: (S, S, 3) uint8 RGB.
        landmarks: (5, 2) float32 px of the crop, in the order of `Faces.landmarks`.
        quality: in [0, 1], as the product rates it on its common crop.
        to_embed: (h, w, 3) uint8 BGR, as the embedder's card asks.
    """

    crop: NDArray[np.uint8]
    landmarks: Float32
    quality: float
    to_embed: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one file gave: a face, or a fault that says why there is none.

    Attributes:
        digest: SHA-256 of the file, "" where it could not be read.
    """

    digest: str
    face: Face | None = None
    fault: str = ""


class Cropper:
    """Reads, detects, aligns and rates as enrolment does.

    Of several faces it takes the one nearest the picture's centre, which is LFW's rule for whom a
    photograph is of (Huang et al. 2007).

    Args:
        size_px: side S of the crops; the template's coordinates are scaled by S / 112.
        cutter: cuts faces for an embedder that takes another crop than the common one.
    """

    def __init__(
        self,
        examiner: Examiner,
        assessor: Assessor,
        embedder: Embedder,
        cutter: Cutter | None,
        *,
        size_px: int,
    ) -> None:
        self._examiner, self._assessor, self._embedder = examiner, assessor, embedder
        self._cutter = cutter
        self.size_px = size_px
        self._template = np.array(ARCFACE_112, np.float32) * np.float32(size_px / SIDE_PX)

    @property
    def dimension(self) -> int:
        """Length of a template."""
        return self._embedder.dimension

    def look(self, path: Path) -> Looked:
        """Return the face of a photograph, or why there is none."""
        try:
            image, data = read_image(path)
        except ImageRefused as error:
            return Looked("", fault=str(error))
        digest = hashlib.sha256(data).hexdigest()
        face = self.find(image)
        if face is None:
            return Looked(digest, fault="no face found")
        return Looked(digest, self.cut(image, face))

    def find(self, image: Image) -> Faces | None:
        """Return the face of a photograph, its landmarks refined; None where there is none."""
        found = self._examiner.find(image)
        if not len(found):
            return None
        return self._examiner.refined(image, found.take(central(found, image)))

    def embed(self, faces: "list[Face]") -> "list[Float32 | None]":
        """Return the template of each face; None for those whose numbers are not finite.

        Raises:
            ModelRefused: none has one, so that the model itself is broken.
        """
        if not faces:
            return []
        try:
            return list(self._embedder.embed(np.stack([face.to_embed for face in faces])).vectors)
        except ModelRefused as refused:
            vectors: list[Float32 | None] = []
            for face in faces:
                try:
                    vectors.append(self._embedder.embed(face.to_embed[None]).vectors[0])
                except ModelRefused:
                    vectors.append(None)
            if all(vector is None for vector in vectors):
                raise refused from None
            return vectors

    def cut(self, image: Image, face: Faces) -> Face:
        """Return the one face given, aligned."""
        common = align(image, face.landmarks)
        quality = float(self._assessor.assess(common, face).quality[0])
        transform = similarity_transform(face.landmarks, self._template)
        crop = (
            common[0]
            if self.size_px == SIDE_PX
            else warped(image, transform, self.size_px, self.size_px)[0]
        )
        landmarks = face.landmarks[0] @ transform[0, :, :2].T + transform[0, :, 2]
        to_embed = common if self._cutter is None else self._cutter.cut(image, face)
        return Face(np.ascontiguousarray(crop[..., ::-1]), landmarks, quality, to_embed[0])


def central(faces: Faces, image: Image) -> NDArray[np.int64]:
    """Return the (1,) row of the face nearest the picture's centre; there is one at least."""
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    return np.array([np.linalg.norm(centres - middle, axis=1).argmin()], np.int64)
