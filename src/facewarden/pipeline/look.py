"""What one picture shows, and one face of it that is worth embedding."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facewarden.data import Faces, Frame
from facewarden.pipeline.camera import TrackedPerson, WatchedCamera


@dataclass(frozen=True, slots=True)
class View:
    """What one picture of one camera shows."""

    camera: WatchedCamera
    frame: Frame
    faces: Faces


@dataclass(frozen=True, slots=True)
class Look:
    """One face of a view that is worth embedding."""

    view: View
    row: int
    person: TrackedPerson
    quality: float
    crop: NDArray[np.uint8]
