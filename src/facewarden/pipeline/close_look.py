"""A cheap glance at every look, and a close one where it may decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from facewarden.align.align import align
from facewarden.align.cutter import Cutter
from facewarden.data import Faces, Image, Templates
from facewarden.detect.refine import LandmarkRefiner
from facewarden.embed.embedder import Embedder
from facewarden.embed.fuse import Fusion
from facewarden.match.gallery import Gallery
from facewarden.pipeline.metrics import Metrics

WITHIN = 0.08
"""Of looks of enrolled people whose close look reaches a threshold (0.35 to 0.45), a glance stays
0.05 or more below it with 0.3 %, and 0.1 or more with none; of strangers' looks 1 % come as near as
0.05 to the threshold of a list of 100, and 7 % as near as 0.1 (composed footage of 1,400 people of
lfw-dev, 2026-11-22, the embeddings of `scripts/bench photo_to_video`)."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One face of a picture, about to be embedded.

    Attributes:
        image: (H, W, 3) uint8 BGR.
        face: that one, of the picture.
        crop: as it was assessed.
        quality: of the crop, in [0, 1].
        fusion: of its track, without this look.
        threshold: the lowest of the watchlists looked for.
    """

    image: Image
    face: Faces
    crop: NDArray[np.uint8]
    quality: float
    fusion: Fusion
    threshold: float


class CloseLook:
    """Embeds looks: the few that may decide as photographs are, all others for half the price.

    Nearly all who pass are like nobody on the list, and a glance shows that: landmarks as the
    detector gave them, or of a close-up where the face leans, and no mirrored face. Where the track
    together with its glance comes near the threshold, the landmarks are found again close up and
    the mirrored face is embedded too, and that template takes the glance's place. So whatever
    raises an alert was looked at closely.

    Args:
        within: distance of similarity below the lowest threshold from which a close look is taken;
            infinity takes one always.
        refiner: finds landmarks again; without one those of the glance serve.
        cutter: for an embedder that takes another crop than the common one.
    """

    def __init__(
        self,
        embedder: Embedder,
        metrics: Metrics,
        *,
        within: float = WITHIN,
        refiner: LandmarkRefiner | None = None,
        cutter: Cutter | None = None,
    ) -> None:
        self._embedder = embedder
        self._metrics = metrics
        self._within = within
        self._refiner = refiner
        self._cutter = cutter

    def templates(self, glimpses: Sequence[Glimpse], gallery: Gallery, now: datetime) -> Templates:
        """Return (n, d), a row per glimpse; n may be 0."""
        embedder = self._embedder
        if not glimpses:
            return Templates.empty(embedder.dimension, embedder.model_id)
        with self._metrics.stage("upright", len(glimpses)):
            standing = np.stack([self._standing(glimpse) for glimpse in glimpses])
        with self._metrics.stage("glance", len(glimpses)):
            looks = embedder.glance(standing)
        near = self._near(glimpses, looks, gallery, now)
        if not near:
            return looks
        with self._metrics.stage("close look", len(near)):
            crops = np.stack([self._close_up(glimpses[i]) for i in near])
            vectors = looks.vectors.copy()
            vectors[near] = embedder.embed(crops).vectors
        return Templates(vectors, looks.model_id)

    def _near(
        self, glimpses: Sequence[Glimpse], looks: Templates, gallery: Gallery, now: datetime
    ) -> list[int]:
        """Return the places of those whose track, with this look, comes near its threshold."""
        pooled = [
            glimpse.fusion.with_look(looks.vectors[i], glimpse.quality)
            for i, glimpse in enumerate(glimpses)
        ]
        probes = Templates.normalised(np.stack(pooled), looks.model_id)
        best = gallery.search(probes, 1, now).similarity[:, 0]
        return [
            i for i, glimpse in enumerate(glimpses) if best[i] >= glimpse.threshold - self._within
        ]

    def _standing(self, glimpse: Glimpse) -> NDArray[np.uint8]:
        """Return the crop of a glance, cut anew where the face leans."""
        face = glimpse.face
        if self._refiner is not None:
            face = self._refiner.uprighted(glimpse.image, face)
        return self._cut(glimpse, face)

    def _close_up(self, glimpse: Glimpse) -> NDArray[np.uint8]:
        face = glimpse.face
        if self._refiner is not None:
            face = self._refiner.refine(glimpse.image, face)
        return self._cut(glimpse, face)

    def _cut(self, glimpse: Glimpse, face: Faces) -> NDArray[np.uint8]:
        """Return one crop: that which was assessed, where it is on the same landmarks."""
        if self._cutter is not None:
            crops = self._cutter.cut(glimpse.image, face)
        elif np.array_equal(face.landmarks, glimpse.face.landmarks):
            return glimpse.crop
        else:
            crops = align(glimpse.image, face.landmarks)
        crop: NDArray[np.uint8] = crops[0]
        return crop
