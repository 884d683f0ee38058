"""Faces cut out as an embedder's card asks, where that is not the common 112x112 px crop."""

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import SIDE_PX
from facewarden.data import Faces, Float32, Image
from facewarden.errors import ModelRefused
from facewarden.geometry.boxes import clip, expand
from facewarden.geometry.similarity import ARCFACE_112, DLIB_150, similarity_transform
from facewarden.geometry.warp import warped
from facewarden.models.model_input import ModelInput

_TEMPLATES = {"arcface-112": (ARCFACE_112, SIDE_PX), "dlib-150": (DLIB_150, 150)}


class Cutter:
    """Cuts the faces of one picture out for one embedder.

    A template is scaled to the side of the input, as publishers do: 160 px is 160 / 112 times the
    coordinates. A box is stretched to the input, after it is cut at the picture's edge, as
    FaceNet's align_dataset_mtcnn does.

    Args:
        side: the input of the embedder's card.

    Raises:
        ModelRefused: an input that no face can be cut out for.
    """

    def __init__(self, side: ModelInput) -> None:
        if side.height_px is None or side.width_px is None or side.alignment == "none":
            raise ModelRefused("this model takes whole pictures, not faces", found=side.alignment)
        self._height_px, self._width_px = side.height_px, side.width_px
        self._margin = side.margin
        self._template = np.zeros((0, 2), np.float32)
        if side.alignment in _TEMPLATES:
            points, size_px = _TEMPLATES[side.alignment]
            self._template = np.array(points, np.float32) * np.float32(side.width_px / size_px)

    def cut(self, image: Image, faces: Faces) -> NDArray[np.uint8]:
        """Return (n, height, width, 3) uint8 BGR; black beyond the picture's edge.

        Args:
            image: (H, W, 3) uint8 BGR.
            faces: of that picture; n may be 0.

        Raises:
            DataError: landmarks that all coincide or are not finite.
        """
        transforms = (
            similarity_transform(faces.landmarks, self._template)
            if len(self._template)
            else self._stretched(image, faces.boxes)
        )
        return warped(image, transforms, self._width_px, self._height_px)

    def _stretched(self, image: Image, boxes: Float32) -> Float32:
        """Return the transforms from boxes to the input; a pixel's coordinate is its centre."""
        inside = clip(expand(boxes, self._margin), image.shape[1], image.shape[0])
        sides = np.maximum(inside[:, 2:] - inside[:, :2], 1)
        scale = np.array([self._width_px, self._height_px], np.float32) / sides
        shift = (0.5 - inside[:, :2]) * scale - 0.5
        transforms = np.zeros((len(boxes), 2, 3), np.float32)
        transforms[:, 0, 0], transforms[:, 1, 1] = scale[:, 0], scale[:, 1]
        transforms[:, :, 2] = shift
        return transforms


def cutter_for(side: ModelInput) -> Cutter | None:
    """Return what cuts faces for an embedder; None where the common crop is what it takes."""
    common = (side.alignment, side.height_px, side.width_px) == ("arcface-112", SIDE_PX, SIDE_PX)
    return None if common else Cutter(side)
