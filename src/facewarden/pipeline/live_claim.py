"""A photograph that is said to be of somebody who stood before the camera."""

from datetime import UTC, datetime

import numpy as np

from facewarden.data import Image
from facewarden.data.presentation import PresentationVerdict
from facewarden.errors import EnrolmentRefused
from facewarden.pipeline.examine import ExaminedFace
from facewarden.pipeline.presentation import PresentationCheck


class LiveClaim:
    """Refuses a photograph of a photograph or of a screen, and one that cannot be judged.

    Args:
        check: has a model of one picture.
    """

    def __init__(self, check: PresentationCheck) -> None:
        self._check = check

    def require(self, image: Image, face: ExaminedFace) -> None:
        """Check a photograph, (H, W, 3) uint8 BGR, whose face was found in it.

        Raises:
            EnrolmentRefused: it looks like a picture of a picture, or nobody can say.
        """
        shown, now = self._check.track(), datetime.now(UTC)
        box = np.array(face.box, np.float32)
        self._check.keep(shown, image, box, np.zeros((0, 4), np.float32), face.quality, now)
        self._check.ask([(shown, now)])
        shown.known.over = True
        said = shown.known.at(now)
        if said.verdict is PresentationVerdict.ATTACK:
            raise EnrolmentRefused(
                "this looks like a picture of a picture, and a living person was claimed",
                expected=f"live of at least {said.threshold:g}",
                found=f"{said.live or 0:.2f} by {', '.join(said.models)}",
                remedy="take the photograph of the person; or, of a photograph or document, "
                "enrol without that claim",
            )
        if said.verdict is not PresentationVerdict.BONA_FIDE:
            raise EnrolmentRefused(
                "that a living person was photographed cannot be checked",
                found=said.reason,
                remedy="take a larger and sharper photograph, or enrol without that claim",
            )
