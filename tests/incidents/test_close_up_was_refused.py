"""A passport photograph cut close to the face was refused: no face found.

The detector misses faces that fill a picture of 900 px; it was to be asked again with the picture
made smaller, but never was when the picture was smaller than the first try's 960 px.
"""

import cv2
import numpy as np

from facewarden.pipeline.examine import Examiner
from unit.pipeline.conftest import People


def test_a_face_that_fills_the_picture_is_found(examiner: Examiner, people: People) -> None:
    photograph = people.image("Al Pacino")
    (face,) = examiner.faces(photograph)
    x1, y1, x2, y2 = (int(side) for side in face.box)
    width_px, height_px = x2 - x1, y2 - y1
    close = photograph[
        y1 + height_px // 8 : y2 - height_px // 12, x1 + width_px // 12 : x2 - width_px // 12
    ]
    scale = 900 / len(close)
    large = np.asarray(cv2.resize(close, None, fx=scale, fy=scale), np.uint8)
    found = examiner.embed([examiner.one_face(large, "")])
    similarity = float(found.vectors[0] @ examiner.embed([face]).vectors[0])
    assert similarity > 0.5
